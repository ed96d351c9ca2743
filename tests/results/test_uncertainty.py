import csv
import io
import re

import numpy as np

from fdan.data.emotions import Emotion
from fdan.data.trials import Trial
from fdan.metrics.predictions import make_predictions
from fdan.results.comparisons import compare_with_fdan
from fdan.results.corpus_summary import CorpusFacts
from fdan.results.load_results import Evidence
from fdan.results.printing import Sheet, number, p_value, to_csv, to_latex, to_markdown
from fdan.results.protocols import corpora_sheet, protocols_sheet
from fdan.results.runs import PAPER, Measured, RunName
from fdan.results.uncertainty import uncertainty_sheet

CLASSES = (Emotion.ANGER, Emotion.FEAR)
N = 40
SPEAKERS = {f"u{i:02}": f"s{i % 4}" for i in range(N)}


def measured(group: str, corpus: str, name: str, wrong: int, n: int = N) -> Measured:
    """A system that has the first `wrong` of `n` utterances wrong."""
    truth = np.arange(n) % 2
    predicted = np.where(np.arange(n) < wrong, 1 - truth, truth)
    ids = tuple(f"u{i:02}" for i in range(n))
    return Measured.of(RunName(group, corpus, name), {"0": make_predictions(ids, CLASSES, truth, np.eye(2)[predicted])})


def runs(*found: Measured) -> dict[RunName, Measured]:
    return {m.run: m for m in found}


EVERYTHING = runs(
    measured(PAPER, "savee", "fdan", 4),
    measured(PAPER, "savee", "fdan1", 6),
    measured("cnn", "savee", "vgg16", 20),
    measured("multi", "savee", "fdan", 4),
    measured("disjoint", "savee", "fdan", 8),
    measured("released", "savee", "released", 3, n=30),
)


def facts(synthetic: bool = False, speakers: int = 4) -> dict[str, CorpusFacts]:
    return {"savee": CorpusFacts("SAVEE", synthetic, 480, 384, 96, speakers), "meld": CorpusFacts.of("meld")}


def evidence(
    measured: dict[RunName, Measured],
    facts: dict[str, CorpusFacts],
    targets: tuple[str, ...] = ("savee", "meld"),
    diverged: dict[RunName, tuple[str, ...]] | None = None,
    trials: dict[str, tuple[list[Trial], Trial]] | None = None,
) -> Evidence:
    return Evidence(targets, {}, facts, measured, {}, {}, diverged or {}, trials or {}, {})


def sheet(synthetic: bool = False, speakers: int = 4) -> Sheet:
    return uncertainty_sheet(compare_with_fdan(EVERYTHING, {"savee": SPEAKERS}), facts(synthetic, speakers), {})


def rows(found: Sheet) -> dict[str, dict[str, str]]:
    return {f"{r.get('group')}/{r['row']}": r for r in csv.DictReader(io.StringIO(to_csv(found)))}


def test_each_run_on_the_same_test_part_is_compared_with_fdan() -> None:
    found = rows(sheet())
    assert list(found) == ["paper/fdan", "paper/fdan1", "cnn/vgg16", "multi/fdan", "released/released"]
    assert (found["paper/fdan"]["war_mean"], found["paper/fdan"]["war_lead"]) == ("90.0", "")
    assert not {"p", "p_holm", "p_mcnemar", "told_apart"} & set(found["paper/fdan"])
    assert float(found["cnn/vgg16"]["war_lead"]) == 40
    assert float(found["cnn/vgg16"]["war_lead_low_utterances"]) > 20
    assert len(sheet().columns) == 7
    assert "exploratory and have no p" in sheet().caption


def test_other_utterances_are_not_compared_and_say_so() -> None:
    found = rows(sheet())["released/released"]
    assert (found["war_lead"], found["war_lead_low_utterances"]) == ("", "")
    assert found["war_low"]
    assert "| other utterances | — |" in to_markdown(sheet())


def test_seeds_without_a_common_number_are_paired_by_rank_and_the_notes_say_so() -> None:
    other = EVERYTHING[RunName(PAPER, "savee", "fdan1")]
    renumbered = Measured(other.run, {"5": other.first}, other.scores)
    compared = compare_with_fdan({**EVERYTHING, other.run: renumbered}, {"savee": SPEAKERS})
    notes = uncertainty_sheet(compared, facts(), {}).notes
    assert "SAVEE: FDAN1 and FDAN have no seed in common; they are paired in the order of their seeds." in notes
    assert not any("in common" in note for note in sheet().notes)


def test_the_interval_over_speakers_says_its_degrees_of_freedom() -> None:
    assert "SAVEE: over speakers is a jackknife over 4 speakers, with t of 3 degrees of freedom." in to_markdown(
        sheet()
    )
    unnamed = compare_with_fdan(EVERYTHING, {"savee": {}})["savee"]
    assert unnamed[1].difference is not None
    assert unnamed[1].difference_by_speaker is None
    assert "the speakers are not named, so" in to_markdown(uncertainty_sheet({"savee": unnamed}, facts(speakers=0), {}))


def test_without_fdan_there_are_intervals_alone() -> None:
    others = runs(*(m for run, m in EVERYTHING.items() if run.name != "fdan"))
    compared = compare_with_fdan(others, {"savee": SPEAKERS, "meld": {}})
    assert list(compared) == ["savee"]
    assert all(row.difference is None and row.interval.low < row.interval.high for row in compared["savee"])


def test_protocols_stand_side_by_side_and_what_was_not_run_says_so() -> None:
    found = protocols_sheet(evidence(EVERYTHING, facts()))
    records = list(csv.DictReader(io.StringIO(to_csv(found))))
    assert [(r["corpus"], r["protocol"], r["row"], r["utterances"], r["WAR_mean"]) for r in records] == [
        ("SAVEE", "paper", "fdan", "40", "90.0"),
        ("SAVEE", "paper", "fdan1", "40", "85.0"),
        ("SAVEE", "disjoint", "fdan", "40", "80.0"),
        ("SAVEE", "speaker", "fdan", "0", ""),
        ("SAVEE", "rotated", "fdan", "0", ""),
        ("MELD", "paper", "fdan", "0", ""),
        ("MELD", "disjoint", "fdan", "0", ""),
        ("MELD", "speaker", "fdan", "0", ""),
        ("MELD", "rotated", "fdan", "0", ""),
    ]
    assert to_markdown(found).count("not run") == 3 * 6
    assert len(found.columns) == 8


EXTRA_FACTS = {"ravdess": CorpusFacts("RAVDESS", False, 1248, 998, 250), "cremad": CorpusFacts.of("cremad")}


def test_corpora_that_the_paper_lacks_have_a_table_of_their_own() -> None:
    extra = runs(measured(PAPER, "ravdess", "fdan", 4), measured("cnn", "ravdess", "vgg16", 20))
    found = corpora_sheet(evidence(extra, EXTRA_FACTS), ["ravdess", "cremad"])
    assert [line[:3] for line in found.lines] == [
        ("RAVDESS", "paper", "FDAN"),
        ("RAVDESS", "cnn", "VGG-16"),
        ("CREMA-D", "paper", "FDAN"),
    ]
    assert found.lines[2][4] == "not run"


def test_tuned_runs_stand_below_the_paper_s_protocol_with_their_settings() -> None:
    tuned = runs(*EVERYTHING.values(), measured("tuned", "savee", "fdan", 2))
    best = Trial(1e-4, 1e-3, 3e-4, 61.5, 60.0, 60.0, 0.01)
    found = protocols_sheet(evidence(tuned, facts(), ("savee",), trials={"savee": ([best], best)}))
    assert [line[1:3] for line in found.lines][:3] == [("paper", "FDAN"), ("paper", "FDAN1"), ("paper", "FDAN (tuned)")]
    assert "SAVEE, tuned: alpha 0.0001, weight decay 0.001, learning rate 0.0003, chosen" in found.notes[-1]


def test_a_demo_says_so_first_in_every_form() -> None:
    for found in (sheet(synthetic=True), protocols_sheet(evidence(EVERYTHING, facts(synthetic=True), ("savee",)))):
        assert found.caption.startswith("SYNTHETIC DEMO, not SAVEE: ")
        assert r"\caption{SYNTHETIC DEMO" in to_latex(found)
        assert {r["synthetic"] for r in csv.DictReader(io.StringIO(to_csv(found)))} == {"yes"}
    assert "SYNTHETIC" not in to_markdown(sheet())


def test_latex_of_the_companions_is_well_formed() -> None:
    for found in (sheet(), protocols_sheet(evidence(EVERYTHING, facts(), ("savee",)))):
        text = to_latex(found)
        assert text.isascii()
        bare = re.sub(r"\\[\\{}&%$#_]", "", text)
        assert bare.count("{") == bare.count("}")
        assert bare.count("$") % 2 == 0
        first, *lines = re.findall(r"^(.*) \\\\$", text, flags=re.M)
        spans = [int(span) for span in re.findall(r"\\multicolumn\{(\d)\}", first)]
        assert first.count("&") + 1 + sum(spans) - len(spans) == len(found.columns)
        assert all(line.replace(r"\&", "").count("&") == len(found.columns) - 1 for line in lines)


def test_numbers_in_print() -> None:
    assert [number(v, "+") for v in (None, -0.001, -1.5, 2.0)] == ["—", "+0.00", "−1.50", "+2.00"]
    assert [p_value(v) for v in (0.0004, 0.0449, 1.0)] == ["< 0.001", "0.045", "1"]


def test_what_diverged_has_a_line_and_a_note_under_every_protocol() -> None:
    diverged = {
        RunName("disjoint", "savee", "fdan"): ("diverged in epoch 3 of seed 1",),  # its other seed is there
        RunName("speaker", "savee", "fdan"): ("diverged in epoch 1 of seed 0", "diverged in epoch 2 of seed 1"),
    }
    found = protocols_sheet(evidence(EVERYTHING, facts(), ("savee",), diverged))
    assert [line[1:3] + line[4:5] for line in found.lines][2:] == [
        ("disjoint", "FDAN", "80.00 [65.2, 89.5]"),
        ("speaker", "FDAN", "diverged"),
        ("rotated", "FDAN", "not run"),
    ]
    assert found.notes[-2:] == (
        "SAVEE, FDAN (disjoint): diverged in epoch 3 of seed 1.",
        "SAVEE, FDAN (speaker): diverged in epoch 1 of seed 0; diverged in epoch 2 of seed 1.",
    )
    other = {RunName(PAPER, "ravdess", "fdan"): ("diverged in epoch 3 of seed 0",)}
    (line,) = corpora_sheet(evidence({}, EXTRA_FACTS, ("ravdess",), other), ["ravdess"]).lines
    assert line == ("RAVDESS", "paper", "FDAN", "—", "diverged", "—", "—", "—")
