import csv
import re
from pathlib import Path

import pytest

from fdan.results.published import PUBLISHED, QUOTED

TRANSCRIPT = Path(__file__).parents[2] / ".." / "shared" / "published" / "tables.csv"


@pytest.mark.skipif(not TRANSCRIPT.is_file(), reason="the transcript of the paper's tables lies outside the repository")
def test_it_is_the_transcript() -> None:
    with TRANSCRIPT.open(newline="", encoding="utf-8") as file:
        transcript = [tuple(row.values()) for row in csv.DictReader(file)]
    ours = [
        (
            str(row.table),
            row.corpus,
            row.row,
            *("" if value is None else f"{value:.2f}" for value in (row.war, row.uar, row.wf1)),
            row.kind,
            row.modalities,
            row.note,
        )
        for row in PUBLISHED
    ]
    assert ours == transcript


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
