import itertools
import json
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, getcontext
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fdan.audit.grim import RULES, AuditError, Printed, reachable_pair, reachable_uar, reachable_war
from fdan.audit.sizes import scan_sizes
from fdan.commands.cli import main as fdan
from fdan.results.published import PUBLISHED

SAVEE = (12, 12, 12, 12, 24, 12, 12)  # 96 of 480
SPEAKER = (15, 15, 15, 15, 30, 15, 15)  # one whole speaker of SAVEE
MELD = (322, 73, 72, 462, 1287, 201, 328)  # 2,745 of 13,708 less one neutral
PYTHON = {"rounded half up": ROUND_HALF_UP, "rounded half to even": ROUND_HALF_EVEN, "truncated": ROUND_DOWN}


def values(metric: str, corpus: str) -> list[str]:
    """What the paper's own runs on a corpus are said to have scored, each once."""
    rows = [row for row in PUBLISHED if row.corpus == corpus and row.kind != "quoted"]
    return list(dict.fromkeys(f"{getattr(row, metric):.2f}" for row in rows))


def printed_by_python(value: Fraction, rule: str, decimals: int) -> str:
    getcontext().prec = 60
    exact = Decimal(100 * value.numerator) / Decimal(value.denominator)
    return str(exact.quantize(Decimal(1).scaleb(-decimals), rounding=PYTHON[rule]))


def test_the_paper_s_fdan_and_fdan2_are_impossible_on_96_utterances_and_no_other_war_is() -> None:
    verdicts = {text: reachable_war(Printed.parse(text), 96) for text in values("war", "savee")}
    assert [text for text, verdict in verdicts.items() if not verdict.possible] == ["86.66", "79.63"]
    assert verdicts["86.66"].nearest == (Fraction(83, 96), Fraction(84, 96))
    assert [text for text, v in verdicts.items() if v.rules == ("truncated",)] == ["67.70", "59.37"]


def test_no_uar_of_the_paper_is_possible_on_its_savee_test_part() -> None:
    verdicts = [reachable_uar(Printed.parse(text), SAVEE) for text in values("uar", "savee")]
    assert len(verdicts) == 9
    assert not any(verdict.possible for verdict in verdicts)
    # 144/168 and 145/168 lie about 86.19
    assert reachable_uar(Printed.parse("86.19"), SAVEE).nearest == (Fraction(144, 168), Fraction(145, 168))


def test_both_tables_of_fdan_are_possible_on_one_whole_speaker() -> None:
    for war, uar in (("86.66", "86.19"), ("87.50", "87.14")):
        verdict = reachable_pair(Printed.parse(war), Printed.parse(uar), SPEAKER)
        assert verdict.possible
        assert "truncated" in verdict.rules
        assert printed_by_python(Fraction(sum(verdict.hits), 120), "truncated", 2) == war
        recalls = [Fraction(k, n) for k, n in zip(verdict.hits, SPEAKER, strict=True)]
        assert printed_by_python(sum(recalls, Fraction()) / 7, "truncated", 2) == uar


def test_every_meld_pair_is_possible_on_2745_but_by_no_rule_alone() -> None:
    rules = {}
    for row in PUBLISHED:
        if row.corpus == "meld" and row.kind != "quoted":
            war, uar = Printed.parse(f"{row.war:.2f}"), Printed.parse(f"{row.uar:.2f}")
            assert reachable_pair(war, uar, MELD).possible
            rules[str(war)] = reachable_war(war, 2745).rules
    assert len(rules) == 9
    rounded = RULES[:2]
    assert {text for text, found in rules.items() if found == rounded} == {"50.31", "75.01"}
    assert {text for text, found in rules.items() if found == ("truncated",)} == {
        *("54.53", "58.68", "63.82", "64.80", "81.16", "81.78")
    }


def test_2745_is_the_only_test_size_and_this_is_what_that_says() -> None:
    wars = [Printed.parse(text) for text in values("war", "meld")]
    scan = scan_sizes(wars, range(500, 2801))
    assert scan.sizes == (2745,)
    assert set(scan.by_rule.values()) == {()}
    assert 0.10 < scan.chance_somewhere < 0.12
    # k/2745 in percent: each k prints as one or two values, and no two k as the same
    seen = {printed_by_python(Fraction(k, 2745), rule, 2) for k in range(2746) for rule in RULES}
    assert scan.chance_at[2745] == pytest.approx((len(seen) / 10_001) ** 9)


@given(st.integers(1, 40), st.integers(0, 1000), st.sampled_from([0, 1, 2]))
def test_a_war_is_possible_when_python_s_decimal_prints_it_so(size: int, units: int, decimals: int) -> None:
    printed = Printed(units % (100 * 10**decimals + 1), decimals)
    verdict = reachable_war(printed, size)
    by_rule = {
        rule: [k for k in range(size + 1) if printed_by_python(Fraction(k, size), rule, decimals) == str(printed)]
        for rule in RULES
    }
    assert verdict.rules == tuple(rule for rule, hits in by_rule.items() if hits)
    assert verdict.possible == any(by_rule.values())
    if not verdict.possible:
        value = Fraction(printed.units, printed.scale)
        assert verdict.nearest == (
            max(Fraction(k, size) for k in range(size + 1) if Fraction(k, size) < value),
            min(Fraction(k, size) for k in range(size + 1) if Fraction(k, size) > value),
        )


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(1, 6), min_size=2, max_size=4), st.integers(0, 1000), st.integers(0, 1000), st.integers(0, 1)
)
def test_uar_and_pairs_agree_with_all_outcomes_counted_out(
    counts: list[int], war_units: int, uar_units: int, decimals: int
) -> None:
    scale = 100 * 10**decimals
    war, uar = Printed(war_units % (scale + 1), decimals), Printed(uar_units % (scale + 1), decimals)
    outcomes = {
        (
            Fraction(sum(hits), sum(counts)),
            sum((Fraction(k, n) for k, n in zip(hits, counts, strict=True)), Fraction()) / len(counts),
        )
        for hits in itertools.product(*(range(n + 1) for n in counts))
    }
    prints = {
        value: {printed_by_python(value, rule, decimals) for rule in RULES} for pair in outcomes for value in pair
    }
    found = reachable_uar(uar, counts)
    assert found.possible == any(str(uar) in prints[value] for _, value in outcomes)
    both = reachable_pair(war, uar, counts)
    assert both.possible == any(str(war) in prints[w] and str(uar) in prints[u] for w, u in outcomes)
    for rule in RULES:
        assert (rule in both.rules) == any(
            printed_by_python(w, rule, decimals) == str(war) and printed_by_python(u, rule, decimals) == str(uar)
            for w, u in outcomes
        )
    if not found.possible:
        target = Fraction(uar.units, scale)
        below, above = ([u for _, u in outcomes if u < target], [u for _, u in outcomes if u > target])
        assert found.nearest == tuple([max(below)] * bool(below) + [min(above)] * bool(above))


def test_the_scan_counts_like_the_single_check() -> None:
    values = [Printed.parse(text) for text in ("33.3", "66.7")]
    sizes = [n for n in range(1, 60) if all(reachable_war(value, n).possible for value in values)]
    assert list(scan_sizes(values, range(1, 60), trials=10).sizes) == sizes
    # on one utterance 0 and 100 are all there is, of 1,001 values
    assert scan_sizes([Printed.parse("0.0")], range(1, 2), trials=10).chance_at == {1: pytest.approx(2 / 1001)}
    # from 10,000 utterances on every value of two decimals is there
    assert scan_sizes([Printed.parse("12.34")], range(10_000, 10_001), trials=100).chance_somewhere == 1


def test_a_search_that_takes_too_long_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fdan.audit.grim._BUDGET", 3)
    assert reachable_uar(Printed.parse("77.77777"), (5, 7, 11, 13)).possible is None


@pytest.mark.parametrize(
    "text", ["", "nan", "-1", "100.01", "1e1", "86,66,1", "8%6", "+5", "٣", "1.2.3", "9" * 50, "1.1234567"]
)
def test_what_is_no_percentage_is_refused(text: str) -> None:
    with pytest.raises(AuditError, match="percentage"):
        Printed.parse(text)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ("--counts 12,12,12,12,24,12,12 --war 86.66 --uar 86.19", 1, "86.4583 (83/96) and 87.5000 (84/96)"),
        ("--counts 15,15,15,15,30,15,15 --war 86.66 --uar 86.19", 0, "both 86.66/86.19: possible, truncated"),
        ("--counts 12,12,12,12,24,12,12 --uar 86.31", 0, "UAR 86.31: possible, rounded (for example"),
        ("--counts 10,90 --war 90.00 --uar 20.00", 1, "IMPOSSIBLE together"),
        ("--size 96 --war 83.33 87.50", 0, "WAR 83.33: possible, rounded or truncated (for example 80 of 96)"),
        ("--scan 500:2800 --war 50.31 54.53 58.68 63.82 61.02 81.16 81.78 75.01 64.80", 0, "mixed: 1: 2745"),
        ("--scan 2:9 --war 99.99", 1, "mixed: 0"),
        # 10 of 12 in six classes and 22 of 24 are a WAR of 82/96 = 85.42 and a UAR of 84.52.
        ("--counts 12,12,12,12,24,12,12 --war 85.42 --uar 84.52", 0, "Verdict: possible."),
        ("--counts 12,12,12,12,24,12,12 --war 84.52 --uar 85.42", 2, "but possible with WAR and UAR exchanged: check"),
        # Pair by pair: one of two; and a third, which is impossible either way, stays the only one that is accused.
        ("--counts 12,12,12,12,24,12,12 --war 85.42 84.52 --uar 84.52 85.42", 2, "UAR exchanged (84.52/85.42): check"),
        (
            "--counts 12,12,12,12,24,12,12 --war 84.52 86.66 --uar 85.42 86.19",
            1,
            "84.52: not as a WAR, but possible as",
        ),
        # A value by itself, of the other metric.
        ("--counts 12,12,12,12,24,12,12 --war 84.52", 2, "WAR 84.52: not as a WAR, but possible as a UAR"),
        (
            "--counts 12,12,12,12,24,12,12 --uar 84.52 85.42",
            2,
            "possible as a WAR (85.42): check which column is which",
        ),
        ("--counts 12,12,12,12,24,12,12 --uar 86.66 85.42", 1, "UAR 86.66: IMPOSSIBLE; nearest"),
    ],
)
def test_the_command_answers_in_words_and_by_its_exit_code(
    arguments: str, code: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert fdan(["grim", *arguments.split()]) == code
    assert words in capsys.readouterr().out


def exit_code(arguments: list[str]) -> int | str | None:
    """Of the command, whether it returns or argparse ends it."""
    try:
        return fdan(arguments)
    except SystemExit as ended:
        return ended.code


@pytest.mark.parametrize(
    ("text", "percent"),
    [
        ("0.8542", "85.42"),
        ("0.86", "86"),
        ("0.854", "85.4"),
        ("0.9", "90"),
        (".5", "50"),
        ("1.0", "100"),
        ("1.00", "100"),
    ],
)
def test_a_fraction_is_told_and_nobody_is_accused(text: str, percent: str) -> None:
    with pytest.raises(AuditError, match=rf"'{text}' looks like a fraction of 1; a value is in percent: {percent}$"):
        Printed.parse(text)


@pytest.mark.parametrize("text", ["0", "0.0", "0.00", "1", "1.01", "100.00"])
def test_what_is_no_fraction_is_read(text: str) -> None:
    assert str(Printed.parse(text)) == text


def test_json_says_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    assert fdan(["grim", "--counts", ",".join(map(str, SAVEE)), "--war", "86.66", "--json"]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert answer["possible"] is False
    assert answer["checks"][0]["nearest"] == [86.4583, 87.5]
    assert fdan(["grim", "--scan", "2744:2746", "--war", "81.16", "--json"]) == 0
    assert 2745 in json.loads(capsys.readouterr().out)["sizes"]


@pytest.mark.parametrize(
    "arguments",
    [
        "",
        "--war 3",
        "--size 96",
        "--size 96 --uar 3",
        "--size -3 --war 1",
        "--size 0 --war 1",
        "--size 99999999999999999999 --war 1",
        "--size 96 --counts 1,2 --war 1",
        "--counts 1,,2 --war 1",
        "--counts 0,2 --war 1",
        "--counts 1,2 --folds 1,2 --war 1",
        "--folds 10 --war 1",
        "--folds 3,0 --war 1",
        "--folds 3,4 --uar 1",
        "--size 9 --folds 10 --war 1",
        "--scan 2:9 --runs 2 --war 1",
        "--size 9 --runs 0:3 --war 1",
        "--size 9 --runs 3:1 --war 1",
        "--size 9 --runs 1:9999 --war 1",
        "--size 2,745 --war 1",
        "--size 96 --war 86,66",
        "--counts 5 --war 1",
        "--counts 1,2 --war 1 2 --uar 1",
        "--counts x\ny --war 1",
        "--scan 5 --war 1",
        "--scan 9:5 --war 1",
        "--scan 1:99999999 --war 1",
        "--scan 1:5 --war 1.0 1.00",
        "--size 96 --war 1 --nonsense",
    ],
)
def test_a_senseless_question_is_one_line_and_exit_code_2(arguments: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(["grim", *arguments.split(" ")]) == 2
    error = capsys.readouterr().err
    assert error.startswith("fdan grim: error: ")
    assert error.count("\n") == 1


def test_random_values_pass_as_often_as_counted_out() -> None:
    seen = {printed_by_python(Fraction(k, n), rule, 0) for n in range(3, 8) for k in range(n + 1) for rule in RULES}
    scan = scan_sizes([Printed.parse("50")], range(3, 8), trials=50_000, seed=1)
    assert scan.chance_somewhere == pytest.approx(len(seen) / 101, abs=4 * np.sqrt(0.25 / 50_000))
