"""The figures of the audit, and the stage that writes it and the tables."""

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fdan.audit.figures import FIGURES
from fdan.audit.page import read_audit
from fdan.figures.style import save
from fdan.results.printing import read_sheet
from tests.audit.known import ROOT, make_project, section


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
def test_the_stage_runs_and_its_tables_agree_with_the_page(tmp_path) -> None:
    make_project(tmp_path, True)
    for name in ("params.yaml", "params.paper.yaml"):
        shutil.copy(ROOT / name, tmp_path)
    result = stage(tmp_path, "results")
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
    assert read_sheet(reports / "tables/claims.json").lines[2][:2] == ("SAVEE", "LMMD helps")
    words = {None: "", True: "yes", False: "no"}
    for one, other in zip(written, held, strict=True):
        for key in set(one) - {"corpus", "synthetic"}:
            value = other[key]
            assert one[key] == (words[value] if value is None or isinstance(value, bool) else str(value)), key
    assert "| MELD | disjoint | FDAN | — | not run |" in (reports / "tables/protocols.md").read_text()
    figures = {f"{name}.png" for name in FIGURES} | {"rows/savee.png", "rows/meld.png"}
    assert {p.relative_to(reports / "figures").as_posix() for p in reports.glob("figures/**/*.png")} == figures
    assert [path.name for path in (reports / "curves").iterdir()] == ["savee.csv"]
    assert (reports / "curves/savee.csv").read_text().splitlines()[:2] == [
        "epoch,ce_acoustic,ce_visual,lmmd",
        "1,1,1,1",
    ]
    assert read_sheet(reports / "tables/uncertainty.json").lines[0][:2] == ("SAVEE", "FDAN")
    audit = read_audit(reports / "audit.json")
    assert audit
    assert [row.row for row in audit.uncertainty.rows][:2] == ["fdan", "fdan2"]
    rows = (reports / "rows.md").read_text()
    assert "# The quoted rows, measured\n\nSYNTHETIC DEMO, not SAVEE or MELD: measured on" in rows
    inca = rows.partition("\n## INCA\n")[2].partition("\n## ")[0]
    assert inca.startswith("\n*Partial.* Source: Tuncer et al. 2021, doi:10.1016/j.knosys.2020.106547")
    assert (
        "- SAVEE (synthetic, 0 train, 42 test): WAR 50.00 [35.5, 64.5], UAR 50.00, w-F1 50.00; 1 seed, 1,234 " in inca
    )
    assert "FDAN minus INCA: +38.10 [" in inca
    assert "- MELD (synthetic, 0 train, 42 test): not run." in inca
    assert "not above" not in inca  # it reads no text
    assert "The text baseline on SAVEE, n-grams with logistic regression: WAR 76.19 [61.5, 86.5], UAR" in rows
    smin = rows.partition("\n## SMIN\n")[2].partition("\n## ")[0]
    assert "is not above n-grams with logistic regression on the same split (WAR 76.19).\n" in smin
    assert "(synthetic, 0 train, 42 test): no transcript." in rows.partition("\n## SDT\n")[2]
    table1, table4 = ((reports / f"tables/table{n}.md").read_text() for n in (1, 4))
    assert "| INCA † | A → A | 81.63 | 50.00 [35.5, 64.5] | 79.73 / 50.00 | 80.59 / 50.00 | — | partial |" in table1
    list_of_all = (reports / "tables/params.md").read_text()
    assert "features.weights random (paper imagenet), 4 cnn settings, " in table1
    assert "features.weights random (paper imagenet).\n" in table4  # nothing of rows that it has not
    assert all("alpha 0.001 (the paper does not say which of " in text for text in (table1, table4, page, rows))
    assert "| `cnn.size` | 32 | 224 |" in list_of_all


def test_predictions_on_a_corpus_without_a_split_are_refused_in_one_line(tmp_path) -> None:
    make_project(tmp_path, True)
    for name in ("params.yaml", "params.paper.yaml"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "data/splits/savee.csv").unlink()
    result = stage(tmp_path, "results")
    assert result.returncode == 1
    assert result.stderr.startswith("stages.results: error: reports/predictions: predictions on savee, of which")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "slow"),
    [("results", {"torch", "sklearn", "scipy", "matplotlib"}), ("report", {"torch", "sklearn", "scipy"})],
)
def test_a_stage_starts_without_the_libraries_that_take_seconds(name: str, slow: set[str]) -> None:
    code = f"import sys, stages.{name}; print(sorted({slow!r} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stdout == "[]\n"


def test_only_corpora_that_were_asked_for_are_drawn(tmp_path) -> None:
    make_project(tmp_path, True)
    params = (
        (ROOT / "params.yaml").read_text(encoding="utf-8").replace("  savee: savee\n  meld: meld\n", "  savee: savee\n")
    )
    (tmp_path / "params.yaml").write_text(params, encoding="utf-8")
    shutil.copy(ROOT / "params.paper.yaml", tmp_path)
    result = stage(tmp_path, "results")
    assert result.returncode == 0, result.stderr
    assert [path.name for path in (tmp_path / "reports/figures/rows").iterdir()] == ["savee.png"]
    assert "(figures/rows/meld.png)" not in (tmp_path / "reports/rows.md").read_text(encoding="utf-8")
