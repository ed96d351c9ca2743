"""The audit page: what it says of the paper, and of runs whose numbers are known."""

import csv
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fdan.audit import paper, runs
from fdan.audit.figures import FIGURES
from fdan.audit.findings import Findings, find
from fdan.audit.histories import read_histories
from fdan.audit.page import to_json, to_page
from fdan.data.emotions import Emotion
from fdan.data.histories import Epoch, write_history
from fdan.data.splits import Part, Split, write_split
from fdan.data.trials import Trial, write_trials
from fdan.figures.style import save
from fdan.metrics.predictions import make_predictions, write_predictions
from fdan.results.deviations import Deviation
from fdan.results.runs import PAPER, RunName, find_runs

ROOT = Path(__file__).parents[2]
CLASSES = tuple(Emotion)
N = 42
ALPHA = 1e-3


def predictions(folder: Path, wrong: int, seed: int = 0, ids: str = "u") -> None:
    """Every class has six of the 42 utterances; the first `wrong` are wrong."""
    truth = np.arange(N) % 7
    predicted = np.where(np.arange(N) < wrong, (truth + 1) % 7, truth)
    folder.mkdir(parents=True, exist_ok=True)
    names = tuple(f"{ids}{i:02}" for i in range(N))
    write_predictions(make_predictions(names, CLASSES, truth, np.eye(7)[predicted]), folder / f"seed-{seed}.csv")


def history(path: Path, wars: list[float], norms: list[tuple[float, float] | None], weights: list[float]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    epochs = [
        Epoch(1.0, 1.0, 1.0, 0.1, float(weight), *(map(float, pair) if pair else (None, None)), test_war=float(war))
        for weight, pair, war in zip(weights, norms, wars, strict=True)
    ]
    write_history(epochs, path)


DEVIATIONS = (Deviation("alpha", ALPHA, [1e-3, 1e-4]), Deviation("train.epochs", 3, 300))


def make_project(folder: Path, synthetic: bool) -> None:
    """SAVEE with all protocols; MELD with a split and nothing else."""
    for corpus in ("savee", "meld"):
        parts = [Part(f"u{i:02}", f"s{i % 4}", CLASSES[i % 7], "test", "train") for i in range(N)]
        (folder / "data/splits").mkdir(parents=True, exist_ok=True)
        write_split(Split(tuple(parts), synthetic), folder / f"data/splits/{corpus}.csv")
    reports, histories = folder / "reports/predictions", folder / "runs"
    for seed in (0, 1):
        predictions(reports / "savee/fdan", 5 + seed, seed)
        predictions(reports / "savee/fdan2", 7 + seed, seed)
        for name, alpha in (("fdan", ALPHA), ("fdan2", 0.0)):
            # shares at alpha 1e-3: 0.001 / 1.001 and 0.003 / 1.003
            history(
                histories / f"savee/{name}/seed-{seed}.csv", [50, 70, 66 - seed], [(1, 1), None, (1, 3)], [alpha] * 3
            )
    predictions(reports / "disjoint/savee/fdan", 15)
    history(histories / "disjoint/savee/fdan/seed-0.csv", [40, 41], [(1, 1), None], [ALPHA] * 2)
    predictions(reports / "speaker/savee/fdan", 20, ids="v")
    for fold in ("s0", "s1"):
        history(histories / f"speaker/savee/fdan/seed-0-{fold}.csv", [40, 30], [None, None], [ALPHA] * 2)
    predictions(reports / "released/savee/released", 12)
    history(histories / "released/savee/released/seed-0.csv", [60, 40], [(1, 0.5), (1, 0.5)], [2.0, 6.0])
    predictions(reports / "methods/savee/inca", 21)
    predictions(reports / "methods/savee/ngrams", 10)
    predictions(reports / "methods/savee/smin", 25)
    (reports / "methods/savee/sdt").mkdir(parents=True)
    (reports / "methods/savee/sdt/missing.txt").write_text("no transcript\n")
    (reports / "methods/savee/inca/trained.csv").write_text("seed,parameters\n0,1234\n")
    predictions(reports / "tuned/savee/fdan", 6)
    history(histories / "tuned/savee/fdan/seed-0.csv", [60, 60], [(1, 1), None], [1e-4] * 2)
    trials = [Trial(a, 1e-3, 1e-3, 60.0 + 1e4 * a, 50.0, 50.0, 2 * a) for a in (1e-3, 1e-4)]
    (folder / "reports/tuning").mkdir(parents=True)
    write_trials(trials, folder / "reports/tuning/savee.csv")


@pytest.fixture(scope="module", params=[True, False], ids=["synthetic", "recorded"])
def project(request, tmp_path_factory) -> tuple[Path, bool, Findings]:
    folder = tmp_path_factory.mktemp("project")
    make_project(folder, request.param)
    before = Path.cwd()
    os.chdir(folder)
    try:
        found = find(["savee", "meld"], DEVIATIONS)
    finally:
        os.chdir(before)
    return folder, request.param, found


@pytest.fixture(scope="module")
def nothing(tmp_path_factory):
    """Findings where no stage has run."""
    before = Path.cwd()
    os.chdir(tmp_path_factory.mktemp("empty"))
    try:
        return find(["savee", "meld"], DEVIATIONS)
    finally:
        os.chdir(before)


def section(page: str, number: int) -> str:
    return page.partition(f"\n## {number}. ")[2].partition("\n## ")[0]


def test_it_says_of_the_paper_what_its_arithmetic_says(nothing) -> None:
    page = to_page(nothing)
    short = page.partition("## In short")[2].partition("\n## 1.")[0]
    assert "test part of 96 utterances" in short
    assert "the WAR 86.66 of FDAN, the WAR 79.63 of FDAN2 and 9 of its 9 UARs" in short
    assert "9 of 9 WAR/UAR pairs are possible on 2745 utterances; no other test size from 500 to 2800" in short
    assert "w-F1. Table 2 says 78.40 against 80.72; MAP is ahead on UAR" in short
    assert "SAVEE: whether FDAN beats INCA, GM-TCNet, TF-Mix, FDAN1 and FDAN2." in short
    one = section(page, 1)
    assert "**1** (2745). With one rule for all: rounded half up 0, rounded half to even 0, truncated 0." in one
    assert "9 random values pass at some size of this range 11 % of times, at 2745 itself 0.03 %" in one
    assert "once 1 to 5 neutral clips are left out" in one
    assert "WAR and UAR of FDAN and SAVEE{Sv,Mv,Sa} are possible together on one whole speaker" in one
    assert (
        "| FDAN (Table 1) | 86.66 / 86.19 | **impossible** (86.46 or 87.50) | **impossible** (85.71 or 86.31) |" in one
    )
    assert "| SAVEE | FDAN | 86.66 | 83/96 | [78.2, 91.9] |" in section(page, 2)
    assert len(re.findall(r"^\| \w.* \| (?:no|cannot be told) \|", section(page, 7), flags=re.M)) == 8


def test_the_verdicts_follow_the_numbers_not_a_constant(monkeypatch: pytest.MonkeyPatch) -> None:
    # a corpus of half the size has another test part: 86.66 is then impossible, 87.50 is not
    found = paper.arithmetic((30, 30, 30, 30, 60, 30, 30), (1607, 361, 358, 2308, 6436, 1002, 1636))
    assert found.savee.size == 48
    possible = {row.printed_war: row.war.possible for row in found.savee.rows}
    assert (possible[87.5], possible[64.58], possible[67.7]) == (True, True, False)
    # without a neutral clip lost MELD's rule gives 2,746, which is not the size found
    assert found.meld.neutral_clips_lost == (1, 2, 3, 4, 5)
    monkeypatch.setattr(paper, "SIZES", range(500, 2745))
    paper.arithmetic.cache_clear()
    narrowed = paper.arithmetic((60, 60, 60, 60, 120, 60, 60), (1607, 361, 358, 2308, 6436, 1002, 1636))
    assert narrowed.scan.sizes == ()
    assert narrowed.meld.neutral_clips_lost == ()
    assert narrowed.meld.size == 2746
    paper.arithmetic.cache_clear()


def test_what_was_not_run_is_said_in_every_section(nothing) -> None:
    page = to_page(nothing)
    assert "SYNTHETIC" not in page
    for number, words in {
        2: "Not run.",
        3: "The gradients while training: not run.",
        4: "The test WAR by epoch: not run.",
        5: "The protocols `disjoint` and `speaker`: not run.",
        6: "The variant `released`: not run.",
        7: "The same methods on FDAN's own split: not run.",
    }.items():
        assert words in section(page, number)
    assert "- SAVEE: not run (point 2)." in page
    assert "- MELD: not run (point 2)." in page


def test_runs_are_labelled_synthetic_exactly_when_they_are(project) -> None:
    _, synthetic, found = project
    page = to_page(found)
    assert ("**SYNTHETIC DEMO, not SAVEE and MELD:**" in page) == synthetic
    assert ("**Our runs, synthetic**" in page) == synthetic
    for number in (3, 4, 5, 6, 7):
        assert ("*Synthetic.*" in section(page, number)) == synthetic


def test_the_share_of_the_gradient_is_that_of_the_formula_at_each_epoch_s_own_weight(project) -> None:
    *_, found = project
    share = 100 * (0.001 / 1.001 + 0.003 / 1.003) / 2
    rows = {(row.group, row.row): row for row in found.alpha.summary}
    assert rows[PAPER, "fdan"].mean == pytest.approx(share)
    assert (rows[PAPER, "fdan"].lmmd_weight, rows[PAPER, "fdan"].runs) == (ALPHA, 2)
    assert rows[PAPER, "fdan2"].mean == 0  # its weight is 0
    assert rows["disjoint", "fdan"].mean == pytest.approx(100 * 0.001 / 1.001)
    assert rows["tuned", "fdan"].mean == pytest.approx(100 * 1e-4 / 1.0001)
    # its ramp: each epoch's own weight, 2 and then 6; the last one is shown
    assert rows["released", "released"].mean == pytest.approx(100 * (1 / 2 + 3 / 4) / 2)
    assert rows["released", "released"].lmmd_weight == 6
    at_ten = 100 * (10 / 11 + 30 / 31) / 2
    assert found.alpha.fdan_gradients_at_other_alphas["savee"]["10"] == pytest.approx(at_ten)
    assert [row.share for row in found.alpha.tuning] == pytest.approx([0.2, 0.02])
    assert [row.chosen for row in found.alpha.tuning] == [True, False]
    # FDAN 5 and 6 wrong of 42, FDAN2 7 and 8
    (effect,) = found.alpha.without_lmmd
    assert effect.war_per_seed == pytest.approx((200 / 42, 200 / 42))


def test_selection_is_best_minus_last_epoch_of_each_run(project) -> None:
    *_, found = project
    gains = {(r.group, r.row, r.seed): r.gain for r in found.selection.runs}
    assert (gains[PAPER, "fdan", "0"], gains[PAPER, "fdan", "1"]) == (4, 5)
    assert (gains["disjoint", "fdan", "0"], gains["released", "released", "0"]) == (0, 20)
    assert gains["speaker", "fdan", "0-s0"] == gains["speaker", "fdan", "0-s1"] == 10
    first = found.selection.runs[0]
    assert (first.best_epoch, first.epochs, first.every, first.source) == (2, 3, 1, "runs/savee/fdan/seed-0.csv")
    assert "lower bound" not in to_page(found)
    assert "| SAVEE | paper | FDAN | 2 | +4.50 | +4.00 | +5.00 |" in section(to_page(found), 4)


def test_what_was_looked_at_now_and_then_is_a_lower_bound(nothing, tmp_path) -> None:
    path = tmp_path / "savee/fdan/seed-0.csv"
    path.parent.mkdir(parents=True)
    wars = [None, None, 70.0, None, None, 60.0, 50.0]  # every third epoch and the last
    write_history([Epoch(1.0, 1.0, 0.5, 0.1, 0.25, test_war=war) for war in wars], path)
    found = runs.selection(read_histories(find_runs(tmp_path, ["savee"])))
    (run,) = found.runs
    assert (run.epochs, run.every, run.best_epoch, run.gain) == (7, 3, 3, 20.0)
    text = section(to_page(replace(nothing, selection=found)), 4)
    assert "looked at once in 3 epochs and after the last (`watch.every`), so each number is a **lower bound**" in text


def test_the_page_says_where_our_runs_are_not_the_papers(project) -> None:
    *_, found = project
    assert "alpha 0.001 (paper one of 0.001, 0.0001), train.epochs 3 (paper 300)." in to_page(found)
    assert json.loads(json.dumps(to_json(found)))["deviations"][1] == {"key": "train.epochs", "value": 3, "paper": 300}


def test_protocols_at_different_alphas_are_shown_and_not_compared(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    make_project(tmp_path, False)
    for seed in (0, 1):
        history(tmp_path / f"runs/savee/fdan/seed-{seed}.csv", [50], [(1, 1)], [1e-5])
    found = find(["savee"], DEVIATIONS)
    assert [(row.difference, row.other["war_lead"]) for row in found.leak.rows] == [(None, None)] * 2
    assert "| not compared | alpha 1e-05 against 0.001 |" in section(to_page(found), 5)
    assert "`disjoint` and the paper's split were trained at different alphas (0.001 and 1e-05): not compared" in (
        to_page(found)
    )


def test_the_leak_is_measured_on_the_seeds_that_both_protocols_have(project) -> None:
    *_, found = project
    rows = {row.group: row for row in found.leak.rows}
    # seed 0 alone: 5 wrong of 42 against 15; ten utterances right apart, all for the paper's split
    paper_war, disjoint_war = rows["disjoint"].paper["war_mean"], rows["disjoint"].other["war_mean"]
    assert (paper_war, disjoint_war) == pytest.approx((3700 / 42, 2700 / 42))
    assert rows["disjoint"].difference == pytest.approx(1000 / 42)
    assert rows["disjoint"].other["p_mcnemar"] == pytest.approx(2 / 2**10)
    assert rows["disjoint"].other["war_lead_low_utterances"] > 0
    assert rows["disjoint"].other["told_apart"] is None  # no row of the paper's
    assert (rows["speaker"].other["war_mean"], rows["speaker"].other["war_lead"]) == (pytest.approx(2200 / 42), None)
    assert "other utterances" in section(to_page(found), 5)


def test_the_released_variant_stands_beside_fdan(project) -> None:
    *_, found = project
    assert [record["row"] for record, _ in found.released.rows] == ["fdan", "released"]
    assert found.released.rows[1][1] == 20


def test_a_quoted_row_stands_beside_what_its_method_scored_here(project) -> None:
    _, _, found = project
    seven = section(to_page(found), 7)
    # 21 of 42 right; FDAN's first seed has five wrong
    assert re.search(
        r"^\| INCA \(SAVEE\) \| after \| 81.63 \| 50.00 \[35.5, 64.5\] \| \+38.10 \[.* \|$", seven, flags=re.M
    )
    assert "| SDT (MELD) | faithful | 67.55 | not run | — | — | — |" in seven
    assert "reports/predictions/methods" in seven


def numbers(found: object) -> set[str]:
    """Every number of the findings, to each precision that the page prints, and those within its strings."""
    if isinstance(found, dict):
        return set().union(*map(numbers, [*found.keys(), *found.values()]))
    if isinstance(found, list | tuple):
        return set().union({str(len(found))}, *map(numbers, found))
    if isinstance(found, str):
        return set(re.findall(r"\d+(?:\.\d+)?(?:e-\d+)?", found))
    if isinstance(found, bool) or found is None:
        return set()
    value = abs(float(found))
    digits = {f"{value:.{n}f}" for n in range(5)} | {f"{100 * value:.{n}f}" for n in (0, 2)}
    return digits | {f"{value:g}", f"{value:.3g}", f"{value:.3f}"}


def test_every_number_of_the_page_stands_in_its_json(project) -> None:
    *_, found = project
    known = numbers(json.loads(json.dumps(to_json(found))))
    text = re.sub(r"`[^`]*`|\[[a-z.]+\]\([^)]*\)|\(figures/[^)]*\)|^## \d.*$", " ", to_page(found), flags=re.M)
    printed = set(re.findall(r"(?<![\w.])\d+\.\d+(?:e-\d+)?", text))
    assert len(printed) > 150
    # the rule of the split, sections of the paper, p below 0.001
    assert printed - known - {"0.8", "3.2", "3.3", "3.4", "0.001"} == set()


def test_each_section_and_run_names_its_source(project) -> None:
    _, _, found = project
    for key in ("arithmetic", "intervals", "uncertainty", "alpha", "selection", "leak", "released", "quoted"):
        assert getattr(found, key).sources
    sources = [row["source"] for row in found.uncertainty.rows]
    sources += [row.source for row in (*found.alpha.runs, *found.selection.runs, *found.alpha.tuning)]
    assert all((project[0] / source).exists() for source in sources)


def test_the_figures_are_drawn_with_and_without_runs_and_have_the_same_bytes_twice(project, nothing, tmp_path) -> None:
    _, synthetic, found = project
    for name, draw in FIGURES.items():
        figure = draw(found)
        title = " ".join(axes.get_title() for axes in figure.axes)
        if name != "audit_published":
            assert ("Synthetic demo" in title) == synthetic
            assert "not run" in draw(nothing).axes[0].texts[0].get_text()
        for copy in ("one", "two"):
            save(draw(found), tmp_path / f"{name}_{copy}.png")
        assert (tmp_path / f"{name}_one.png").read_bytes() == (tmp_path / f"{name}_two.png").read_bytes()


def test_impossible_values_are_crossed_out_in_the_figure(nothing) -> None:
    savee, meld = FIGURES["audit_published"](nothing).axes
    crossed = [line.get_xdata()[0] for line in savee.lines if line.get_marker() == "X"]
    assert crossed == [86.66, 79.63]
    assert not [line for line in meld.lines if line.get_marker() == "X"]


def test_a_history_without_measurements_says_nothing(tmp_path: Path) -> None:
    path = tmp_path / "savee/fdan/seed-0.csv"
    path.parent.mkdir(parents=True)
    write_history([Epoch(1.0, 1.0, 0.5, 0.1, 0.25)], path)
    (bare,) = read_histories(find_runs(tmp_path, ["savee"]))
    assert (bare.run, bare.seed, bare.lmmd_weight) == (RunName(PAPER, "savee", "fdan"), "0", 0.25)
    assert (bare.norms, bare.test_war, bare.gain, bare.share, bare.share_at(1.0)) == ((), {}, None, None, None)
    assert runs.selection([bare]).runs == ()


def stage(folder: Path, name: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", f"stages.{name}"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_both_stages_run_and_their_tables_agree_with_the_page(tmp_path) -> None:
    make_project(tmp_path, True)
    for name in ("params.yaml", "params.paper.yaml"):
        shutil.copy(ROOT / name, tmp_path)
    for name in ("audit", "tables"):
        result = stage(tmp_path, name)
        assert result.returncode == 0, result.stderr
        assert result.stdout.count("\n") == 1
    reports = tmp_path / "reports"
    page, table = (reports / "audit.md").read_text(), (reports / "tables/uncertainty.md").read_text()
    assert json.loads((reports / "audit.json").read_text())["synthetic"] == ["SAVEE", "MELD"]
    cells = [line for line in table.splitlines() if line.startswith("| SAVEE | ")]
    assert len(cells) == 7
    assert cells == [line for line in section(page, 2).splitlines() if line in cells]  # every cell, in the same order
    written = list(csv.DictReader((reports / "tables/uncertainty.csv").read_text().splitlines()))
    held = json.loads((reports / "audit.json").read_text())["uncertainty"]["rows"]
    words = {None: "", True: "yes", False: "no"}
    for one, other in zip(written, held, strict=True):
        for key in set(one) - {"corpus", "synthetic"}:
            value = other[key]
            assert one[key] == (words[value] if value is None or isinstance(value, bool) else str(value)), key
    assert "| MELD | disjoint | FDAN | — | not run |" in (reports / "tables/protocols.md").read_text()
    figures = [*FIGURES, "rows_savee", "rows_meld"]
    assert sorted(p.name for p in (reports / "figures").iterdir()) == sorted(f"{name}.png" for name in figures)
    rows = (reports / "rows.md").read_text()
    assert "# The quoted rows, measured\n\nSYNTHETIC DEMO, not SAVEE or MELD: measured on" in rows
    inca = rows.partition("\n## INCA\n")[2].partition("\n## ")[0]
    assert inca.startswith("\n*After.* Source: Tuncer et al. 2021, doi:10.1016/j.knosys.2020.106547")
    assert (
        "- SAVEE (synthetic, 0 train, 42 test): WAR 50.00 [35.5, 64.5], UAR 50.00, w-F1 50.00; 1 seed, 1,234 " in inca
    )
    assert "FDAN minus it +38.10 [" in inca
    assert "by Holm: differs." in inca
    assert "- MELD (synthetic, 0 train, 42 test): not run." in inca
    assert "does not beat" not in inca  # it reads no text
    assert "The yardstick of text on SAVEE, n-grams with logistic regression: WAR 76.19 [61.5, 86.5], UAR" in rows
    smin = rows.partition("\n## SMIN\n")[2].partition("\n## ")[0]
    assert "does not beat n-grams with logistic regression on the same split (WAR 76.19).\n" in smin
    assert "(synthetic, 0 train, 42 test): no transcript." in rows.partition("\n## SDT\n")[2]
    table1, table4 = ((reports / f"tables/table{n}.md").read_text() for n in (1, 4))
    assert "| INCA † | A | after | 1,234 | 1 |" in table1
    list_of_all = (reports / "tables/params.md").read_text()
    assert "features.weights random (paper imagenet), cnn in 4 values, baselines in " in table1
    assert "features.weights random (paper imagenet).\n" in table4  # nothing of rows that it has not
    assert all("alpha 0.001 (paper one of " in text for text in (table1, table4, page, rows))
    assert "| `cnn.size` | 64 | 224 |" in list_of_all


def test_predictions_on_a_corpus_without_a_split_are_refused_in_one_line(tmp_path) -> None:
    make_project(tmp_path, True)
    shutil.copy(ROOT / "params.yaml", tmp_path)
    (tmp_path / "data/splits/savee.csv").unlink()
    result = stage(tmp_path, "tables")
    assert result.returncode == 1
    assert result.stderr.startswith("stages.tables: error: reports/predictions: predictions on savee, of which")
    assert result.stderr.count("\n") == 1


def test_the_stages_start_without_the_libraries_that_take_seconds() -> None:
    code = "import sys, stages.{0}; print(sorted({{'torch', 'sklearn', 'scipy', 'matplotlib'}} & set(sys.modules)))"
    for name in ("audit", "tables"):
        command = [sys.executable, "-c", code.format(name)]
        result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        assert result.stdout == "[]\n"
