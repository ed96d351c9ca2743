"""GRIM over runs and folds: against every outcome counted out, and the paper's rows."""

import itertools
import json
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fdan.audit.grim import RULES, AuditError, Printed, reachable_pair, reachable_uar
from fdan.audit.means import least_runs, mean_of_folds, nearby, nearby_possible
from fdan.commands.cli import main as fdan
from tests.audit.test_grim import MELD, SAVEE, SPEAKER, exit_code, printed_by_python

FOLDS = (49, 58, 43, 38, 55, 35, 61, 69, 56, 71)
RIGHT = (36, 42, 35, 26, 38, 24, 46, 52, 35, 52)
COUNTS = ",".join(map(str, SAVEE))


def outcomes(counts: list[int]) -> set[tuple[Fraction, Fraction]]:
    """Every WAR and UAR of one run; a class without test utterances is left out of the mean."""
    tested = [n for n in counts if n]
    return {
        (
            Fraction(sum(hits), sum(tested)),
            sum((Fraction(k, n) for k, n in zip(hits, tested, strict=True)), Fraction()) / len(tested),
        )
        for hits in itertools.product(*(range(n + 1) for n in tested))
    }


def printed(value: Fraction, decimals: int) -> set[str]:
    return {printed_by_python(value, rule, decimals) for rule in RULES}


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(0, 5), min_size=2, max_size=4).filter(lambda counts: sum(n > 0 for n in counts) > 1),
    st.integers(0, 1000),
    st.integers(0, 1000),
    st.integers(0, 1),
)
def test_nearby_values_are_counted_like_every_outcome(
    counts: list[int], war_units: int, uar_units: int, decimals: int
) -> None:
    scale = 100 * 10**decimals
    war, uar = Printed(war_units % (scale + 1), decimals), Printed(uar_units % (scale + 1), decimals)
    pairs = {
        (one, other) for w, u in outcomes(counts) for one in printed(w, decimals) for other in printed(u, decimals)
    }
    wars, uars = ([str(Printed(unit, decimals)) for unit in nearby(value)] for value in (war, uar))
    both = nearby_possible(war, uar, counts)
    assert both is not None
    assert both.tolist() == [[(w, u) in pairs for u in uars] for w in wars]
    alone = nearby_possible(None, uar, counts), nearby_possible(war, None, counts)
    assert alone[0] is not None
    assert alone[1] is not None
    assert alone[0].tolist() == [u in {other for _, other in pairs} for u in uars]
    assert alone[1].tolist() == [w in {one for one, _ in pairs} for w in wars]
    # the dynamic program and the search agree, at the pair itself too
    places = nearby(war).index(war.units), nearby(uar).index(uar.units)
    assert both[places] == reachable_pair(war, uar, counts).possible


def test_runs_are_one_run_on_counts_times_their_number() -> None:
    runs = {
        tuple(sum((pair[i] for pair in one), Fraction()) / 3 for i in (0, 1))
        for one in itertools.combinations_with_replacement(outcomes([2, 3]), 3)
    }
    assert runs == outcomes([6, 9])


PAPER = {  # least runs for WAR, UAR and both; then what chance passes at that number, in percent
    ("64.58", "63.33"): (1, 5, 5),
    ("67.70", "66.41"): (1, 7, 7),
    ("59.37", "59.01"): (1, 7, 7),
    ("69.79", "70.33"): (1, 6, 6),
    ("68.75", "68.31"): (1, 13, 13),
    ("86.66", "86.19"): (5, 5, 5),
    ("87.50", "87.14"): (1, 5, 5),
    ("83.33", "82.91"): (1, 7, 7),
    ("79.63", "79.25"): (9, 7, 20),
}


def test_the_fewest_runs_of_each_row_on_savee() -> None:
    tried = range(1, 21)
    for (war, uar), least in PAPER.items():
        one, other = Printed.parse(war), Printed.parse(uar)
        found = [least_runs(*asked, SAVEE, tried) for asked in ((one, None), (None, other), (one, other))]
        assert tuple(here.runs for here in found) == least, (war, uar)
        assert not any(here.undecided for here in found)
        k, hits = found[2].runs, found[2].hits
        assert k is not None
        assert war in printed(Fraction(sum(hits), 96 * k), 2)
        assert uar in printed(sum((Fraction(h, k * n) for h, n in zip(hits, SAVEE, strict=True)), Fraction()) / 7, 2)
    assert least_runs(Printed.parse("79.63"), Printed.parse("79.25"), SAVEE, range(1, 20)).runs is None


@pytest.mark.parametrize(
    ("war", "uar", "right", "neutral"),
    [("86.66", "86.19", 416, 108), ("87.50", "87.14", 420, 108), ("64.58", "63.33", 310, 88)],
)
def test_five_runs_have_one_number_of_right_answers(war: str, uar: str, right: int, neutral: int) -> None:
    """Of 480 in all and of 120 neutral; six classes weigh twice as much in the UAR, so that 2h - s are neutral."""
    hits = least_runs(Printed.parse(war), Printed.parse(uar), SAVEE, range(5, 6)).hits
    assert (sum(hits), hits[4]) == (right, neutral)
    every = itertools.product(Printed.parse(war).numerators(480), Printed.parse(uar).numerators(840))
    assert [(h, 2 * h - s) for h, s in every if 0 <= 2 * h - s <= 120 and 0 <= s - h <= 360] == [(right, neutral)]


def test_a_pair_of_one_whole_speaker_is_one_of_five_runs_too() -> None:
    """One speaker has 15 or 30 utterances of a class, five runs have 60 or 120: four times as many."""
    assert all(5 * n == 4 * m for n, m in zip(SAVEE, SPEAKER, strict=True))
    for war, uar in PAPER:
        one, other = Printed.parse(war), Printed.parse(uar)
        speaker, runs = (nearby_possible(one, other, counts) for counts in (SPEAKER, [5 * n for n in SAVEE]))
        assert speaker is not None
        assert runs is not None
        assert not (speaker & ~runs).any()


def test_chance_passes_five_runs_in_0_84_percent_and_one_speaker_in_0_05() -> None:
    shares = []
    for counts in ([5 * n for n in SAVEE], SPEAKER):
        near = [nearby_possible(Printed.parse(war), Printed.parse(uar), counts) for war, uar in PAPER]
        shares.append(100 * float(np.mean([one for one in near if one is not None])))
    assert shares == pytest.approx([0.844, 0.0514], abs=0.0005)


def test_chance_with_so_many_runs_or_fewer_is_the_union() -> None:
    war, uar = Printed.parse("86.66"), Printed.parse("86.19")
    grids = [nearby_possible(war, uar, [k * n for n in SAVEE]) for k in range(1, 6)]
    found = least_runs(war, uar, SAVEE, range(1, 21))
    assert found.chance == float(grids[-1].mean())
    assert found.chance_up_to == float(np.logical_or.reduce(grids).mean())


def test_what_is_too_much_to_count_or_to_search_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    war, uar = Printed.parse("81.16"), Printed.parse("75.91")
    assert nearby_possible(war, uar, MELD) is None
    found = least_runs(war, uar, MELD, range(1, 4))
    assert (found.runs, found.chance, found.chance_up_to) == (1, None, None)
    monkeypatch.setattr("fdan.audit.grim._BUDGET", 1)
    assert least_runs(Printed.parse("77.77"), Printed.parse("77.77"), (5, 7, 11, 13), range(1, 3)).undecided == (1, 2)
    assert fdan(["grim", "--counts", "5,7,11,13", "--war", "77.77", "--uar", "77.77", "--runs", "1:2"]) == 2
    assert fdan(["grim", "--counts", "5,7,11,13", "--uar", "77.77"]) == 2  # was: possible


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 80), st.floats(0, 1)), min_size=2, max_size=10), st.sampled_from(RULES))
def test_no_true_mean_over_folds_is_ever_called_impossible(folds: list[tuple[int, float]], rule: str) -> None:
    sizes = [n for n, _ in folds]
    mean = sum((Fraction(round(share * n), n) for n, share in folds), Fraction()) / len(folds)
    assert mean_of_folds(Printed.parse(printed_by_python(mean, rule, 2)), sizes).possible is not False


def test_the_mean_of_ten_unequal_folds_was_called_impossible() -> None:
    mean = sum((Fraction(k, n) for k, n in zip(RIGHT, FOLDS, strict=True)), Fraction()) / 10
    assert printed_by_python(mean, "rounded half up", 2) == "71.99"
    verdict = mean_of_folds(Printed.parse("71.99"), FOLDS)
    assert verdict.possible
    found = sum((Fraction(k, n) for k, n in zip(verdict.hits, FOLDS, strict=True)), Fraction()) / 10
    assert "71.99" in printed(found, 2)


def test_folds_of_equal_size_are_equal_runs() -> None:
    for units in range(0, 10_001, 37):
        value = Printed(units, 2)
        assert mean_of_folds(value, [12] * 5).possible == bool(least_runs(value, None, [12], range(5, 6)).runs)


@pytest.mark.parametrize("sizes", [[], [5], [5, 0], [5, -1], [1] * 101])
def test_folds_that_nobody_has_are_refused(sizes: list[int]) -> None:
    with pytest.raises(AuditError, match="2 to 100 folds"):
        mean_of_folds(Printed.parse("50.00"), [*sizes] or [0])


@pytest.mark.parametrize("runs", [range(0), range(0, 3), range(1, 1002)])
def test_runs_that_nobody_has_are_refused(runs: range) -> None:
    with pytest.raises(AuditError, match="1 to 1,000 runs"):
        least_runs(Printed.parse("50.00"), None, [10], runs)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (f"--counts {COUNTS} --war 86.66 --uar 86.19", 1, "Verdict: impossible for one run; ask for a mean over runs"),
        (f"--counts {COUNTS} --war 86.66 --uar 86.19 --runs 1:20", 0, "as a mean of 5 runs."),
        (f"--counts {COUNTS} --war 86.66 --uar 86.19 --runs 5", 0, "60+60+60+60+108+60+8; chance 0.74 %\n"),
        (
            f"--counts {COUNTS} --war 86.66 --uar 86.19 --runs 1:20",
            0,
            "both 86.66/86.19: from 5 runs, for example 416 of",
        ),
        (f"--counts {COUNTS} --war 86.66 79.63 --uar 86.19 79.25 --runs 1:20", 0, "each of its own number of runs."),
        (f"--counts {COUNTS} --war 79.63 --uar 79.25 --runs 1:19", 1, "Verdict: impossible as a mean of 1 to 19 runs."),
        ("--size 96 --war 83.33 --runs 3", 0, "WAR 83.33: from 3 runs, for example 240 of 288"),
        (f"--folds {','.join(map(str, FOLDS))} --war 71.99", 0, "Verdict: possible."),
        ("--folds 5 7 --war 58.33", 0, "not as a mean over folds, but possible over all utterances (7 of 12)"),
        ("--folds 5,7 --war 99.00", 1, "impossible, as a mean over folds and over all utterances"),
        ("--folds 10 --size 535 --war 71.99", 2, "not decidable for folds of unequal size; give the size of each"),
        ("--folds 10 --size 5350 --war 72.00", 0, "possible over all utterances (3852 of 5350)"),
        ("--counts 12,0,12 --war 50.00 --uar 50.00", 0, "in 2 classes: a WAR is a multiple of 1/24, a UAR of 1/24"),
        ("--counts 12,0,12 --uar 30.56", 0, "; the class without test utterances counted as recall 0"),
        ("--counts 12,0,12 --uar 34.00", 1, "UAR 34.00: IMPOSSIBLE; nearest"),
        ("--counts 12 12 24 --war 50.00", 0, "48 test utterances in 3 classes"),
        ("--counts 12, 12, 24 --war 50.00", 0, "48 test utterances in 3 classes"),
        ("--counts [12,12] --war 50.00%", 0, "24 test utterances in 2 classes"),
        ("--counts 12+12 --war 50.00 %", 0, "WAR 50.00: possible"),
        ("--scan 96 --war 50.00", 2, ""),
    ],
)
def test_the_command_answers(arguments: str, code: int, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(["grim", *arguments.split()]) == code
    assert words in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "cure"),
    [
        ("--size 96 --war 86,66", "fdan grim: error: '86,66': expected a decimal point and spaces between values"),
        ("--size 2,745 --war 8", "fdan grim: error: --size: '2,745': expected whole numbers, for example 2745"),
        ("--folds 10 --war 8", "fdan grim: error: --folds: not decidable for folds of unequal size; expected the size"),
        ("--scan 500 --war 8", "fdan grim: error: --scan: '500': expected a range from the lower to the higher"),
        ("--size 9 --counts 1,2 --war 8", "fdan grim: error: expected one of --counts, --size, --scan and --folds,"),
    ],
)
def test_what_has_two_readings_is_refused_with_what_to_write(
    text: str, cure: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code(["grim", *text.split()]) == 2
    assert capsys.readouterr().err.startswith(cure)


def test_json_has_the_fewest_runs_and_their_chance(capsys: pytest.CaptureFixture[str]) -> None:
    assert fdan(["grim", "--counts", COUNTS, "--war", "86.66", "--uar", "86.19", "--runs", "1:20", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["possible"], answer["runs"]) == (True, [1, 20])
    assert [check["least_runs"] for check in answer["checks"]] == [5, 5, 5]
    assert answer["checks"][2]["chance"] == pytest.approx(0.0074, abs=1e-4)


def test_a_class_without_test_utterances_is_read_in_both_ways() -> None:
    """11 of 12 and none of 12: 45.83 over two classes, 30.56 over three with recall 0 for the one without any."""
    counts = (12, 0, 12)
    assert reachable_uar(Printed.parse("45.83"), counts).hits[1] == 0
    assert reachable_uar(Printed.parse("30.56"), counts).possible is False
    assert reachable_uar(Printed.parse("30.56"), counts, classes=3).possible
    assert reachable_pair(Printed.parse("45.83"), Printed.parse("30.56"), counts, classes=3).possible
