"""Verdicts on effects, and the primary contrasts with the only p of all tables."""

import csv
import io

import numpy as np
import pytest

from fdan.data.emotions import Emotion
from fdan.metrics.predictions import make_predictions
from fdan.results.claims import claim_line, claims_sheet
from fdan.results.corpus_summary import CorpusFacts
from fdan.results.effects import ClaimsParams, Contrast, Effect, Size, effects, verdict
from fdan.results.printing import p_value, to_csv, to_markdown
from fdan.results.runs import Measured, RunName
from fdan.results.statistics import StatisticsError
from fdan.runtime.params import load_params
from tests.declared import ROOT

CLASSES = (Emotion.ANGER, Emotion.FEAR)
N = 96


@pytest.mark.parametrize(
    ("low", "high", "published", "expected"),
    [
        (-9.0, -0.1, 7.03, Size.REVERSED),
        (-1.5, -0.1, 7.03, Size.REVERSED),  # before negligible
        (-9.0, 0.0, 7.03, Size.SMALLER),
        (-1.9, 1.9, 7.03, Size.NEGLIGIBLE),
        (0.1, 1.9, 7.03, Size.NEGLIGIBLE),  # before smaller
        (0.1, 1.9, 1.0, Size.NEGLIGIBLE),  # before as published
        (-2.0, 1.9, 7.03, Size.SMALLER),  # the margin itself is not negligible
        (0.5, 7.02, 7.03, Size.SMALLER),
        (-5.0, 7.02, 7.03, Size.SMALLER),
        (0.1, 7.03, 7.03, Size.AS_PUBLISHED),
        (7.03, 9.0, 7.03, Size.AS_PUBLISHED),
        (7.04, 9.0, 7.03, Size.LARGER),
        (-0.1, 7.04, 7.03, Size.INCONCLUSIVE),
        (0.0, 9.0, 7.03, Size.INCONCLUSIVE),
    ],
)
def test_the_verdicts_and_their_precedence(low: float, high: float, published: float, expected: Size) -> None:
    assert verdict(low, high, published, 2.0) is expected


@pytest.mark.parametrize(
    ("low", "high", "published", "margin"), [(1.0, 0.0, 3.0, 2.0), (0.0, 1.0, 0.0, 2.0), (0.0, 1.0, 3.0, 0.0)]
)
def test_a_verdict_needs_ends_in_order_and_a_published_effect_above_0(
    low: float, high: float, published: float, margin: float
) -> None:
    with pytest.raises(StatisticsError, match="expected ends in order"):
        verdict(low, high, published, margin)


def measured(group: str, name: str, wrong: int, seeds: int = 3, corpus: str = "savee") -> Measured:
    """Networks of which the first `wrong` utterances are wrong, moved on by one with each seed."""
    truth = np.arange(N) % 2
    ids = tuple(f"u{place:02}" for place in range(N))
    runs = {}
    for seed in range(seeds):
        missed = np.isin(np.arange(N), np.arange(seed, seed + wrong))
        runs[str(seed)] = make_predictions(ids, CLASSES, truth, np.eye(2)[np.where(missed, 1 - truth, truth)])
    return Measured.of(RunName(group, corpus, name), runs)


CLAIMS = ClaimsParams(
    2.0,
    (
        Contrast("attention helps", "fdan", "fdan1", ("rotated", "paper"), "savee", 3.33),
        Contrast("LMMD helps", "fdan", "fdan2", ("rotated", "paper"), "savee", 7.03),
        Contrast("LMMD helps", "fdan", "fdan2", ("rotated", "paper"), "meld", 16.36),
    ),
)
SPEAKERS = {"savee": {f"u{place:02}": f"s{place % 4}" for place in range(N)}}


def found(*runs: Measured) -> tuple[Effect, ...]:
    return effects(CLAIMS, {m.run: m for m in runs}, SPEAKERS, ["savee", "meld"])


RUNS = (
    measured("paper", "fdan", 10),
    measured("paper", "fdan1", 10),
    measured("paper", "fdan2", 40),
    measured("rotated", "fdan", 10, 1),
    measured("rotated", "fdan2", 40, 1),
)


def test_a_contrast_is_measured_in_the_first_protocol_that_has_both() -> None:
    attention, lmmd, elsewhere = found(*RUNS)
    assert (attention.protocol, attention.seeds, attention.verdict) == ("paper", 3, Size.NEGLIGIBLE)
    assert (lmmd.protocol, lmmd.seeds, lmmd.utterances, lmmd.unit) == ("rotated", 1, N, "utterances")
    assert lmmd.war == pytest.approx(100 * 30 / N)
    assert lmmd.verdict is Size.LARGER
    assert (elsewhere.protocol, elsewhere.war, elsewhere.p_holm, elsewhere.verdict) == ("", None, None, None)


def test_holm_counts_the_primary_contrasts_run_or_not() -> None:
    _, lmmd, _ = found(*RUNS)
    assert lmmd.p is not None
    assert lmmd.p_holm == pytest.approx(3 * lmmd.p)
    assert lmmd.family == 3
    assert found(*RUNS, measured("cnn", "vgg16", 50))[1] == lmmd  # other runs move nothing


def test_undertrained_runs_are_not_compared() -> None:
    weak = RunName("rotated", "savee", "fdan2")
    runs = {m.run: m for m in RUNS}
    _, lmmd, _ = effects(CLAIMS, runs, SPEAKERS, [], undertrained=[weak])
    assert (lmmd.protocol, lmmd.missing) == ("paper", "")
    _, lmmd, _ = effects(CLAIMS, runs, SPEAKERS, [], undertrained=[weak, RunName("paper", "savee", "fdan2")])
    assert (lmmd.protocol, lmmd.missing, lmmd.verdict) == ("", "undertrained", None)


def test_all_means_every_target() -> None:
    claims = ClaimsParams(2.0, (Contrast("LMMD helps", "fdan", "fdan2", ("paper",), "all", 7.03),))
    assert [e.corpus for e in effects(claims, {}, {}, ["savee", "ravdess"])] == ["savee", "ravdess"]


def test_unseen_speakers_are_the_unit_where_they_are_held_out() -> None:
    claims = ClaimsParams(2.0, (Contrast("LMMD helps", "fdan", "fdan2", ("speaker",), "savee", 7.03),))
    runs = {m.run: m for m in (measured("speaker", "fdan", 10), measured("speaker", "fdan2", 40))}
    (effect,) = effects(claims, runs, SPEAKERS, [])
    assert effect.unit == "speakers"


def facts(synthetic: bool) -> dict[str, CorpusFacts]:
    return {name: CorpusFacts(name.upper(), synthetic, 480, 384, 96, 4) for name in ("savee", "meld")}


def test_the_table_of_claims() -> None:
    sheet = claims_sheet(found(*RUNS), facts(False))
    assert len(sheet.columns) == 8
    assert {len(line) for line in sheet.lines} == {8}
    assert len(sheet.caption.split()) <= 75
    text = to_markdown(sheet)
    row = "| SAVEE | attention helps | FDAN minus FDAN1, paper | +0.00 [+0.0, +0.0] | +3.33 | negligible |"
    assert f"{row} {p_value(1.0)} |" in text
    assert "| MELD | LMMD helps | FDAN minus FDAN2 | not run | +16.36 | — | — | — |" in text
    assert "over the 3 contrasts that params.yaml names, run or not" in text
    rows = list(csv.DictReader(io.StringIO(to_csv(sheet))))
    assert [row["verdict"] for row in rows] == ["negligible", "larger than published", ""]
    assert to_markdown(claims_sheet(found(), facts(False))).count("| not run |") == 3


def test_synthetic_clips_have_a_difference_and_no_verdict() -> None:
    measured_ = effects(CLAIMS, {m.run: m for m in RUNS}, SPEAKERS, ["savee", "meld"], ["savee", "meld"])
    assert [(e.war is None, e.verdict) for e in measured_] == [(False, None), (False, None), (True, None)]
    sheet = claims_sheet(measured_, facts(True))
    assert sheet.caption.startswith("SYNTHETIC DEMO, not SAVEE or MELD")
    assert [line[5] for line in sheet.lines] == ["synthetic", "synthetic", "—"]


@pytest.mark.parametrize(
    ("war", "low", "high", "printed"),
    [
        (-1.9, -16.4, 12.6, "−1.90 [−16.4, +12.6]"),
        (0.0, -4.0, 4.0, "+0.00 [−4.0, +4.0]"),
        (1.9, -12.6, 16.4, "+1.90 [−12.6, +16.4]"),
    ],
)
def test_differences_are_printed_with_their_sign(war: float, low: float, high: float, printed: str) -> None:
    size = verdict(low, high, 7.03, 2.0)
    effect = Effect(
        "x",
        "savee",
        "fdan",
        "fdan2",
        "paper",
        7.03,
        2.0,
        4,
        3,
        N,
        "utterances",
        war,
        low,
        high,
        0.4,
        1.0,
        9.0,
        "",
        size,
    )
    assert claim_line(effect)[1:3] == ("FDAN minus FDAN2, paper", printed)


def test_the_committed_contrasts_are_the_paper_s_differences() -> None:
    claims = load_params("claims", ClaimsParams, ROOT / "params.yaml")
    assert [(c.corpus, c.second, c.published) for c in claims.primary] == [
        ("savee", "fdan1", round(86.66 - 83.33, 2)),
        ("meld", "fdan1", round(81.16 - 75.01, 2)),
        ("savee", "fdan2", round(86.66 - 79.63, 2)),
        ("meld", "fdan2", round(81.16 - 64.80, 2)),
    ]
