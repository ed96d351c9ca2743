"""What the audit measures on runs whose numbers are known."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from fdan.audit import runs
from fdan.audit.histories import read_histories
from fdan.audit.page import to_page
from fdan.data.histories import Epoch, write_history
from fdan.results.differences import independent_difference
from fdan.results.load_results import load_results
from fdan.results.runs import PAPER, RunName, find_histories
from fdan.results.statistics import Estimate, Interval
from fdan.runtime.project import Project
from tests.audit.known import ALPHA, found_in, make_project, section


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
    found = runs.selection(read_histories(Project(tmp_path), find_histories(tmp_path, ["savee"])))
    (run,) = found.runs
    assert (run.epochs, run.every, run.best_epoch, run.gain) == (7, 3, 3, 20.0)
    text = section(to_page(replace(nothing, selection=found)), 4)
    assert "looked at once in 3 epochs and after the last (`watch.every`), so each number is a **lower bound**" in text


def test_a_history_without_measurements_says_nothing(tmp_path: Path) -> None:
    path = tmp_path / "savee/fdan/seed-0.csv"
    path.parent.mkdir(parents=True)
    write_history([Epoch(1.0, 1.0, 0.5, 0.1, 0.25)], path)
    (bare,) = read_histories(Project(tmp_path), find_histories(tmp_path, ["savee"]))
    assert (bare.run, bare.seed, bare.lmmd_weight) == (RunName(PAPER, "savee", "fdan"), "0", 0.25)
    assert (bare.norms, bare.test_war, bare.gain, bare.share, bare.share_at(1.0)) == ((), {}, None, None, None)
    assert runs.selection([bare]).runs == ()


def test_the_leak_is_measured_on_the_seeds_that_both_protocols_have(project) -> None:
    *_, found = project
    rows = {row.group: row for row in found.leak.rows}
    # seed 0 alone: 5 wrong of 42 against 15; ten utterances right apart, all for the paper's split
    paper_war, disjoint_war = rows["disjoint"].paper.war_mean, rows["disjoint"].other.war_mean
    assert (paper_war, disjoint_war) == pytest.approx((3700 / 42, 2700 / 42))
    assert rows["disjoint"].difference == pytest.approx(1000 / 42)
    assert rows["disjoint"].interval == rows["disjoint"].other.lead_interval
    assert rows["disjoint"].low > 0
    assert (rows["speaker"].other.war_mean, rows["speaker"].other.war_lead) == (pytest.approx(2200 / 42), None)
    # 37 and 22 of 42 right on other utterances: the difference has the binomial errors of both
    expected = independent_difference(*(binomial(right) for right in (37, 22)))
    assert (rows["speaker"].low, rows["speaker"].high) == pytest.approx((expected.low, expected.high))
    assert re.search(r"\| utterances \| \+35\.71 \[\+17\.\d, \+54\.\d\] \|", section(to_page(found), 5))


def binomial(right: int) -> Estimate:
    share, ends = right / 42, Interval(0.0, 0.0)
    return Estimate(100 * share, 0.0, ends, ends, 1.0, 100 * (share * (1 - share) / 41) ** 0.5, 41.0)


def test_the_released_variant_stands_beside_fdan(project) -> None:
    *_, found = project
    assert [row.row for row, *_ in found.released.rows] == ["fdan", "released"]
    assert found.released.rows[1][1:] == (20, pytest.approx(3000 / 42 + 20))


def test_a_seed_that_diverged_is_said_and_blocks_nothing(tmp_path: Path) -> None:
    make_project(tmp_path, False)
    predictions, runs_ = tmp_path / "reports/predictions", tmp_path / "runs"
    for place in ("paper/savee/fdan", "disjoint/savee/fdan", "methods/savee/inca"):
        seed = 1 if place.startswith("paper") else 0
        (predictions / place / f"seed-{seed}.csv").unlink()
        (predictions / place / f"seed-{seed}.diverged.txt").write_text(f"diverged in epoch 2 of seed {seed}\n")
    (runs_ / "savee/fdan/seed-1.csv").write_text("what a training left that was broken off")
    (runs_ / "savee/fdan/seed-1.diverged.txt").touch()
    found = found_in(tmp_path, "savee")
    assert found.diverged == (
        "SAVEE, FDAN (disjoint): diverged in epoch 2 of seed 0.",
        "SAVEE, INCA (methods): diverged in epoch 2 of seed 0.",
        "SAVEE, FDAN (paper): diverged in epoch 2 of seed 1.",
    )
    assert next((row.row, row.seeds) for row in found.uncertainty.rows) == ("fdan", 1)
    assert [row.group for row in found.leak.rows] == ["speaker"]
    assert [run.seed for run in found.selection.runs if (run.group, run.row) == ("paper", "fdan")] == ["0"]
    page = to_page(found)
    assert all(text in section(page, 2) for text in found.diverged)
    assert "| INCA (SAVEE) | partial | 81.63 | diverged | — |" in section(page, 7)


def test_a_grid_that_diverged_at_every_point_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_project(tmp_path, False)
    (tmp_path / "reports/predictions/tuned/savee/fdan/seed-0.csv").unlink()
    monkeypatch.setattr("fdan.results.load_results.read_trials", lambda path: None)
    evidence = load_results(Project(tmp_path), ["savee"])
    assert (evidence.trials, evidence.chosen) == ({}, {})
    assert list(evidence.diverged_notes.values()) == ["SAVEE, FDAN (tuned): every setting of the grid diverged."]
