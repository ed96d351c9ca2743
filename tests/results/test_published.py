import csv
import hashlib
import io
import re
import tomllib
from pathlib import Path

from fdan.results import published
from fdan.results.published import PUBLISHED, QUOTED

TRANSCRIPT = "2aeadab3608243c67cbb5be682ea1170b6f35632cdb145eccbc856a9eacf2c6c"
"""SHA-256 of the tables as they were transcribed: all columns of ``published.csv`` but `run`, which is ours."""


def test_it_is_the_transcript() -> None:
    with Path(published.__file__).with_suffix(".csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(row[:-1] for row in rows)
    assert rows[0][-1] == "run"
    assert hashlib.sha256(text.getvalue().encode()).hexdigest() == TRANSCRIPT
    for row, cells in zip(PUBLISHED, rows[1:], strict=True):
        numbers = ["" if value is None else f"{value:.2f}" for value in (row.war, row.uar, row.wf1)]
        assert [str(row.table), row.corpus, row.row, *numbers, row.kind, row.modalities, row.note, row.run] == cells


def test_the_package_ships_it() -> None:
    pyproject = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
    assert pyproject["tool"]["setuptools"]["package-data"]["fdan.results"] == ["published.csv", "yardsticks.csv"]


def test_table_4_repeats_fdan_of_tables_1_and_2() -> None:
    def fdan(tables: set[int]) -> dict[str, tuple[float | None, float | None]]:
        return {r.corpus: (r.war, r.uar) for r in PUBLISHED if r.table in tables and r.row == "FDAN"}

    assert fdan({4}) == fdan({1, 2})
    assert fdan({4}).keys() == {"savee", "meld"}


def test_rows_are_unique_and_only_quoted_ones_may_have_no_run() -> None:
    assert len({(r.table, r.corpus, r.row) for r in PUBLISHED}) == len(PUBLISHED) == 28
    assert all(row.run for row in PUBLISHED if row.kind != "quoted")
    assert all(row.note for row in PUBLISHED if row.kind == "quoted")
    runs = [(row.table, row.corpus, row.run) for row in PUBLISHED if row.run]
    assert len(set(runs)) == len(runs)


def test_every_value_is_a_percentage_and_no_row_is_empty() -> None:
    for row in PUBLISHED:
        values = [value for value in (row.war, row.uar, row.wf1) if value is not None]
        assert values
        assert all(0 < value < 100 for value in values)


def test_each_of_the_eight_quoted_rows_says_why_it_is_or_is_not_like_for_like() -> None:
    assert list(QUOTED) == [row.row for row in PUBLISHED if row.kind == "quoted"]
    assert len(QUOTED) == 8
    for quoted in QUOTED.values():
        assert quoted.why.endswith(".")
        assert re.search(r"doi:10\.|arXiv:|jair\.org", quoted.source)
        assert "not known" in quoted.why or quoted.like == "no"
