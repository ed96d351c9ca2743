"""Seeds against seeds, and the errors of that comparison: simulated data sets of which the truth is known."""

import json
from dataclasses import asdict

import numpy as np
import pytest
from pydantic import TypeAdapter

from fdan.data.emotions import Emotion
from fdan.metrics.predictions import Predictions, make_predictions
from fdan.results.comparisons import Comparison, alone, compare, compare_with_fdan, of_mean, pair_seeds
from fdan.results.jackknife import over_groups
from fdan.results.runs import PAPER, Measured, RunName
from fdan.results.statistics import bootstrap, correct, wilson
from fdan.results.units import Unit

CLASSES = (Emotion.ANGER, Emotion.FEAR)
SETS = 200
N = 96  # SAVEE's test part


def predictions(right: np.ndarray) -> Predictions:
    """A network that is right where it is said."""
    truth = np.arange(len(right)) % 2
    ids = tuple(f"u{place:03}" for place in range(len(right)))
    return make_predictions(ids, CLASSES, truth, np.eye(2)[np.where(right, truth, 1 - truth)])


def row(name: str, seeds: dict[str, list[int]] | dict[str, np.ndarray], group: str = PAPER) -> Measured:
    found = {seed: predictions(np.asarray(right, dtype=bool)) for seed, right in seeds.items()}
    return Measured.of(RunName(group, "savee", name), found)


def found_different(
    points: float, numbers: tuple[tuple[int, ...], tuple[int, ...]], size: int = N, seed_sd: float = 2.0
) -> tuple[float, float]:
    """How often two systems of three seeds each differ by p < 0.05, and by how many points they do on average.

    Utterances are of all difficulties; a seed moves a whole network by `seed_sd` points, and each of its answers by
    itself as well. The first system is moved by `points`, which is less in the end: nobody is right more than always.
    """
    rng = np.random.default_rng(0)
    hits, leads = 0, []
    for _ in range(SETS):
        chances = rng.beta(3, 1.2, size)  # of being right: 71 % on average, some utterances hopeless, many easy
        rows = []
        for better, names in zip((points, 0.0), numbers, strict=True):
            moved = (better + seed_sd * rng.normal(size=(3, 1))) / 100
            right = rng.random((3, size)) < np.clip(chances + moved, 0, 1)
            seeds = {str(name): predictions(part) for name, part in zip(names, right, strict=True)}
            rows.append(Measured(RunName(PAPER, "savee", "x"), seeds, ()))  # scores are not needed here
        pairs, _ = pair_seeds(*rows)
        gains = [correct(one).astype(float) - correct(two) for one, two in pairs]
        found = bootstrap(np.stack(gains), rows[0].first.truth)
        hits += found.p < 0.05
        leads.append(found.war)
    return hits / SETS, float(np.mean(leads))


SAME, DISJOINT = ((0, 1, 2), (0, 1, 2)), ((7, 8, 9), (0, 1, 2))


@pytest.mark.parametrize(
    ("numbers", "size", "seed_sd"),
    [
        pytest.param(SAME, N, 2.0, id="same seeds"),
        pytest.param(DISJOINT, N, 2.0, id="FDAN's seeds renumbered"),
        # MELD's test part, where what a seed does outweighs the utterances: draws of three seeds alone give 18 %
        pytest.param(SAME, 2745, 4.0, id="MELD's size", marks=pytest.mark.slow),
    ],
)
def test_equal_systems_rarely_differ(
    numbers: tuple[tuple[int, ...], tuple[int, ...]], size: int, seed_sd: float
) -> None:
    assert found_different(0, numbers, size, seed_sd)[0] <= 0.08


@pytest.mark.parametrize("numbers", [SAME, DISJOINT], ids=["same seeds", "FDAN's seeds renumbered"])
def test_fifteen_points_are_mostly_found(numbers: tuple[tuple[int, ...], tuple[int, ...]]) -> None:
    often, points = found_different(18.4, numbers)
    assert points == pytest.approx(15, abs=0.5)
    assert often >= 0.8


def test_seeds_are_paired_by_number_else_by_rank() -> None:
    right = [1, 0, 1, 1]
    three, two, others = (
        row("a", dict.fromkeys(seeds, right)) for seeds in (("0", "1", "10"), ("10", "1"), ("5", "7"))
    )
    assert list(three.seeds) == ["0", "1", "10"]  # by number, not by letter
    assert [len(pair_seeds(*rows)[0]) for rows in ((three, two), (three, others))] == [2, 2]
    assert pair_seeds(three, two)[1] == "seed"
    assert pair_seeds(three, others)[1] == "rank"
    assert pair_seeds(three, others)[0][1] == (three.seeds["1"], others.seeds["7"])


def test_three_seeds_against_one_are_one_against_one() -> None:
    # as an ensemble FDAN would have everything right; its first network has not
    fdan = row("fdan", {"0": [0, 0, 1, 1], "1": [1, 1, 0, 1], "2": [1, 1, 1, 0]})
    rival = row("vgg16", {"0": [0, 1, 1, 0]}, "cnn")
    found = compare(fdan, rival, {})
    assert (found.pairs, found.paired) == (1, "seed")
    assert found.difference
    assert found.difference.war == 0
    assert found.interval == wilson(2, 4)
    assert alone(fdan).interval != wilson(2, 4)


def test_the_unit_is_the_speaker_where_speakers_are_held_out() -> None:
    speakers = {f"u{place:03}": f"s{place // 10}" for place in range(40)}
    right = np.arange(40) % 10 < np.repeat([9, 8, 5, 2], 10)
    held, own = row("fdan", {"0": right}, "speaker"), row("fdan", {"0": right})
    expected = over_groups([held.first], list(speakers.values())).war_interval
    assert of_mean(held, speakers) == expected
    assert of_mean(own, speakers) == of_mean(held) == wilson(24, 40)
    assert expected.high - expected.low > 2 * (wilson(24, 40).high - wilson(24, 40).low)
    assert (alone(held, speakers).unit, alone(own, speakers).unit) == (Unit.SPEAKER, Unit.UTTERANCE)
    other = row("fdan2", {"0": np.ones(40)}, "speaker")
    compared = compare(held, other, speakers)
    assert compared.primary == (compared.difference_by_speaker, Unit.SPEAKER)
    same = compare(own, row("fdan2", {"0": np.ones(40)}), speakers)
    assert same.primary == (same.difference, Unit.UTTERANCE)


def test_other_protocols_are_not_compared_with_fdan() -> None:
    rows = [row("fdan", {"0": np.ones(40)}, group) for group in (PAPER, "disjoint", "speaker", "rotated", "tuned")]
    compared = compare_with_fdan({m.run: m for m in rows}, {"savee": {}})["savee"]
    assert [c.measured.run.group for c in compared] == [PAPER, "tuned"]


def test_a_record_holds_every_number_to_its_full_precision() -> None:
    fdan = row("fdan", {"0": [0, 1, 1], "1": [1, 1, 1]})
    record = compare(
        fdan, row("fdan1", {"0": [0, 0, 1], "1": [0, 0, 1]}), {"u000": "a", "u001": "b", "u002": "b"}
    ).record()
    assert (record.war_mean, record.war_sd, record.war_lead) == (pytest.approx(100 / 3), 0, pytest.approx(50))
    assert record.lead_interval_by_speaker is not None
    assert (record.war_unit, record.group_unit, record.groups) == ("utterances", "speakers", 2)
    assert record.excludes_zero == (not record.lead_interval.has(0.0))  # type: ignore[union-attr]
    assert (record.run, record.source) == (RunName(PAPER, "savee", "fdan1"), "reports/predictions/paper/savee/fdan1")
    text = json.dumps(asdict(record))
    assert TypeAdapter(Comparison).validate_json(text) == record
    reference = alone(fdan).record()
    assert reference.excludes_zero is None
    assert (reference.war_lead, reference.lead_interval, reference.lead_interval_by_speaker) == (None, None, None)
    assert TypeAdapter(Comparison).validate_python(asdict(reference)) == reference
