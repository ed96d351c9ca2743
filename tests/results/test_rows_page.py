"""The page of rows, and what is measured but not ranked, from a project whose numbers are known."""

from dataclasses import replace
from pathlib import Path

import pytest

from fdan.data.splits import read_split, write_split
from fdan.results.load_results import NO_FACES, READ_FACES, Evidence, load_results
from fdan.results.paper_tables import Table, paper_tables
from fdan.results.rows import rows_page
from fdan.results.runs import FINETUNE, METHOD, RELEASED, RunName
from fdan.runtime.project import Project
from tests.audit.known import history, make_project, predictions

INCA, SMIN = RunName(METHOD, "savee", "inca"), RunName(METHOD, "savee", "smin")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    make_project(tmp_path, synthetic=True)
    return tmp_path


def read(root: Path) -> tuple[Evidence, tuple[Table, ...], str]:
    evidence = load_results(Project(root), ["savee", "meld"])
    tables = paper_tables(evidence, {}, "lexical")
    return evidence, tables, rows_page(tables[:2], evidence, "Settings that differ: none.")


def paragraph(page: str, title: str) -> str:
    return page.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def trained(root: Path, run: RunName, war: str) -> None:
    file = root / "reports/predictions" / run.folder / "trained.csv"
    file.write_text(f"seed,parameters,training_war\n0,1234,{war}\n")


def test_a_row_is_compared_with_fdan_unless_it_is_undertrained(root: Path) -> None:
    trained(root, INCA, "80.0")
    text = paragraph(read(root)[2], "INCA")
    assert "1 seed, 1,234 trained parameters, training WAR 80.00, FDAN minus INCA: +38.10 [" in text
    trained(root, INCA, "49.9")
    evidence, (first, *_), page = read(root)
    text = paragraph(page, "INCA")
    assert "training WAR 49.90, undertrained, so it is not ranked.\n" in text
    assert "FDAN minus" not in text
    assert evidence.undertrained == {INCA}
    assert next(row for row in first.rows if row.run == INCA).found.undertrained


def test_of_an_undertrained_row_it_is_not_said_that_n_grams_are_better(root: Path) -> None:
    words = "It reads text and is not above n-grams with logistic regression on the same split (WAR 76.19)."
    assert words in paragraph(read(root)[2], "SMIN")
    trained(root, SMIN, "20.0")
    assert words not in paragraph(read(root)[2], "SMIN")


def test_a_method_that_reads_faces_is_left_out_where_the_faces_are_of_other_people(root: Path) -> None:
    assert {"smin", "trin", "sdt", "map"} == READ_FACES
    file = root / "data/splits/savee.csv"
    split = read_split(file)
    write_split(replace(split, parts=tuple(replace(part, visual="") for part in split.parts)), file)
    evidence, _, page = read(root)
    assert SMIN not in evidence.measured
    assert evidence.missing[SMIN] == NO_FACES
    assert INCA in evidence.measured
    assert not [row for row in evidence.compared["savee"] if row.measured.run == SMIN]
    assert f"- SAVEE (synthetic, 0 train, 42 test): {NO_FACES}.\n" in paragraph(page, "SMIN")


def test_the_released_head_has_its_last_and_its_best_epoch_side_by_side(root: Path) -> None:
    run = RunName(RELEASED, "savee", "released_mmd")
    predictions(root / "reports/predictions" / run.folder, 12)
    history(root / "runs" / run.folder / "seed-0.csv", [80, 75, 70], [None] * 3, [1.0] * 3)
    evidence, tables, page = read(root)
    assert evidence.best_epochs[run] == (80.0,)
    text = paragraph(page, "The released head on our frozen features")
    (line,) = [line for line in text.splitlines() if "mmd" in line]
    cells = [cell.strip() for cell in line.strip("|").split("|")]
    assert cells[:2] == ["SAVEE", "released, mmd x 10"]
    assert cells[2].startswith("71.43 [")  # 30 of 42
    assert cells[3:] == ["80.00", "+8.57"]
    assert "The paper claims nothing of these settings" in text
    assert not [row for table in tables for row in table.rows if "released" in row.label]


def test_a_fine_tuned_run_is_read_into_its_table(root: Path) -> None:
    run = RunName(FINETUNE, "savee", "fdan")
    predictions(root / "reports/predictions" / run.folder, 3)
    trained(root, run, "30.0")
    _, (first, *_), _ = read(root)
    row = next(row for row in first.rows if row.run == run)
    assert (row.label, row.found.undertrained, row.found.training_war) == ("FDAN fine-tuned", True, 30.0)
    assert row.found.interval is not None
