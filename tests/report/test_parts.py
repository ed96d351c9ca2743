"""What the page is made of: curves, places, hashes, pictures."""

from collections.abc import Collection
from pathlib import Path

import numpy as np
import pytest

from fdan.audit.page import Audit, Verdicts
from fdan.audit.replication import Statement, Status
from fdan.audit.runs import Uncertainty
from fdan.audit.verdicts import Outcome, Verdict
from fdan.data.histories import Epoch
from fdan.report.curves import POINTS, decades, over_seeds, read_panels, steps
from fdan.report.interactive import HEIGHT, MARGIN, WIDTH, fit
from fdan.report.opening import ADVICE
from fdan.report.pictures import first
from fdan.report.provenance_section import how_made
from fdan.report.summary import summarise, to_leads
from fdan.results.comparisons import Comparison
from fdan.results.runs import RunName
from fdan.runtime.project import Project
from tests.report.small import record, write_project


@pytest.mark.parametrize(("least", "most"), [(0, 300), (55.2, 81.3), (0.1, 0.13), (5, 5), (0, 0), (2.05, 3.4)])
def test_ticks_are_round_and_enclose_the_range(least: float, most: float) -> None:
    ticks = steps(float(least), float(most))
    assert 2 <= len(ticks) <= 8
    assert ticks[0] <= least + 1e-9
    assert ticks[-1] >= most - 1e-9
    assert np.allclose(np.diff(ticks), ticks[1] - ticks[0])


@pytest.mark.parametrize(("least", "most"), [(1e-4, 3.0), (0.5, 0.6), (1.0, 1.0), (1e-9, 10.0)])
def test_decades_enclose_the_range(least: float, most: float) -> None:
    ticks = decades(least, most)
    assert 2 <= len(ticks) <= 7
    assert ticks[0] <= least * (1 + 1e-9)
    assert ticks[-1] >= most * (1 - 1e-9)


def test_a_long_history_is_thinned_and_keeps_its_end() -> None:
    seeds = [[Epoch(float(k + s), 1.0, 1.0, 0.1, 1.0) for k in range(1000)] for s in (0, 2)]
    band = over_seeds(seeds, lambda epoch: epoch.ce_acoustic)
    assert len(band) <= POINTS
    assert band[-1] == (1000, 1000.0, 999.0, 1001.0)


def test_what_only_some_seeds_measured_is_not_drawn() -> None:
    seeds = [[Epoch(1.0, 1.0, 1.0, 0.1, 1.0, test_war=war)] for war in (50.0, None)]
    assert over_seeds(seeds, lambda epoch: epoch.test_war) == []


def test_panels_of_a_corpus(tmp_path: Path) -> None:
    write_project(tmp_path)
    panels = read_panels(tmp_path / "runs", "savee")
    assert [panel.title.split(",")[0] for panel in panels] == [
        "Cross-entropy",
        "Cross-entropy",
        "LMMD",
        "Test WAR",
    ]
    assert [line.name for line in panels[0].lines] == ["FDAN"]
    assert panels[0].lines[0].band
    assert read_panels(tmp_path / "runs", "meld") == ()


def test_places_fill_the_map_and_keep_its_shape() -> None:
    places = fit([(0.0, 0.0), (10.0, 0.0), (10.0, 4.0)])
    x, y = np.array(places).T
    assert x.min() == MARGIN
    assert x.max() == WIDTH - MARGIN
    assert y[0] > y[2]  # upwards is upwards
    assert np.isclose((x.max() - x.min()) / (y.max() - y.min()), 2.5, atol=0.01)
    assert fit([(1.0, 2.0)]) == [(WIDTH / 2, HEIGHT / 2)]
    assert fit([]) == []


def test_leads_lie_within_their_picture() -> None:
    leads = to_leads("savee", [record("fdan", None), record("fdan1", 12.0), record("fdan2", -29.0)])
    assert leads.reach == 40
    assert [lead.row for lead in leads.rows] == ["FDAN1", "FDAN2"]
    assert [lead.excludes_zero for lead in leads.rows] == [True, True]
    assert leads.rows[0].dot == 65.0
    assert all(0 <= lead.low <= lead.dot <= lead.high <= 100 for lead in leads.rows)
    assert leads.undertrained == ()


def test_a_lead_over_an_undertrained_row_is_no_lead() -> None:
    rows = [record("fdan", None), record("fdan1", 1.0), record("vgg16", 50.0, "cnn")]
    leads = to_leads("savee", rows, {RunName("cnn", "savee", "vgg16")})
    assert (leads.reach, [lead.row for lead in leads.rows], leads.undertrained) == (10, ["FDAN1"], ("VGG-16",))
    assert not leads.rows[0].excludes_zero


def opened(audit: Audit, undertrained: Collection[RunName] = (), synthetic: bool = True) -> tuple[str, ...]:
    return summarise(audit, undertrained, synthetic).opening


def audited(*statuses: tuple[int, Status, str], failing: int = 1, rows: tuple[Comparison, ...] = ()) -> Audit:
    statements = tuple(Statement(table, status, reason, ()) for table, status, reason in statuses)
    checks = (*[Verdict(Outcome.FAILS, "a", 1)] * failing, Verdict(Outcome.HOLDS, "b", 1))
    return Audit("", statements, Verdicts(checks, ()), Uncertainty((), rows))


def test_five_sentences_open_the_page() -> None:
    rows = record("fdan", None), record("fdan1", 12.0), record("fdan2", -1.0), record("vgg16", 50.0, "cnn")
    statuses = (1, Status.YES, ""), (2, Status.NO, ""), (3, Status.PARTLY, ""), (4, Status.PARTLY, "")
    assert opened(audited(*statuses, rows=rows), {RunName("cnn", "savee", "vgg16")}, synthetic=False) == (
        "We trained 4 systems on SAVEE (4 test utterances), 4 runs in all.",
        "Table 1 is replicated and Tables 3 and 4 are partly replicated.",
        "Table 2 is not replicated, and of 2 checks of the paper's own text and tables, which need no run, 1 does not "
        "hold.",
        "The 95 % interval of FDAN minus the row excludes 0 for 1 of 2 rows; 1 undertrained row is not ranked.",
        ADVICE[False],
    )


def test_five_sentences_of_a_demo_and_of_nothing() -> None:
    reason = "only synthetic clips were at hand"
    found = audited((1, Status.UNTESTED, reason), (2, Status.UNTESTED, reason), failing=2)
    assert opened(found) == (
        "No row has been run yet.",
        "None of the paper's 2 tables could be tested, because only synthetic clips were at hand.",
        "Of 3 checks of the paper's own text and tables, which need no run, 2 do not hold.",
        "No row could be compared with FDAN on the same test utterances.",
        ADVICE[True],
    )
    mixed = audited((1, Status.UNTESTED, reason), (2, Status.NO, ""))
    assert opened(mixed)[1] == "None of the paper's 2 tables is replicated."


def test_the_released_head_is_not_ranked() -> None:
    rows = record("fdan", None), record("fdan1", 1.0), record("released_mmd", 30.0, "released")
    summary = summarise(audited(rows=rows))
    assert summary.opening[0].startswith("We trained 2 systems on SAVEE")
    assert summary.opening[3] == "The 95 % interval of FDAN minus the row excludes 0 for 0 of 1 rows."
    assert [lead.row for lead in summary.leads[0].rows] == ["FDAN1"]


@pytest.mark.parametrize("lead", [-12.0, -2.0, 0.0, 2.0, 12.0])
def test_an_interval_that_touches_zero_does_not_exclude_it(lead: float) -> None:
    sentence = opened(audited(rows=(record("fdan", None), record("fdan1", lead))))[3]
    assert sentence == f"The 95 % interval of FDAN minus the row excludes 0 for {int(abs(lead) > 2)} of 1 rows."


def test_hashes_are_those_of_dvc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data/splits").mkdir(parents=True)
    (tmp_path / "data/splits/savee.csv").write_bytes(b"abc")
    (tmp_path / "runs/savee").mkdir(parents=True)
    (tmp_path / "runs/savee/UNPINNED.txt").write_text("made without the pins\n")
    made = how_made(Project(), (), ["savee", "meld"])
    assert made.hashes == {"data/splits/savee.csv": "900150983cd24fb0d6963f7d28e17f72"}
    assert made.unpinned == ("runs/savee: made without the pins",)


def test_hashes_are_of_the_project_that_is_given(tmp_path: Path) -> None:
    (tmp_path / "data/splits").mkdir(parents=True)
    (tmp_path / "data/splits/savee.csv").write_bytes(b"abc")
    assert list(how_made(Project(tmp_path), (), ["savee"]).hashes) == ["data/splits/savee.csv"]


def test_a_seed_that_diverged_is_in_no_curve(tmp_path: Path) -> None:
    write_project(tmp_path)
    (tmp_path / "runs/savee/fdan/seed-1.csv").write_text("broken off", encoding="utf-8")
    (tmp_path / "runs/savee/fdan/seed-1.diverged.txt").touch()
    (line,) = read_panels(tmp_path / "runs", "savee")[0].lines
    assert not line.band


def test_the_first_names_come_once() -> None:
    assert first(["b", "a", "b", "c"], 2) == ["b", "a"]
