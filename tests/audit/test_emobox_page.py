"""docs/emobox.md: every number that can be computed is computed again."""

import re
from pathlib import Path

import pytest

from fdan.audit.gaps import gaps
from fdan.audit.grim import Printed, reachable_war
from fdan.audit.means import least_runs
from fdan.audit.paper import own_rows
from fdan.corpora import savee
from fdan.results.published import YARDSTICKS
from tests.audit.test_grim import MELD

PAGE = (Path(__file__).parents[2] / "docs/emobox.md").read_text(encoding="utf-8")
SIZES = {"RAVDESS": 24 * 60, "SAVEE": 480, "MELD": 2610}


def rows(columns: int) -> list[list[str]]:
    """The cells of the table with so many columns, without its head."""
    lines = [[cell.strip() for cell in line[1:-1].split(" | ")] for line in PAGE.splitlines() if line.startswith("| ")]
    return [cells for cells in lines if len(cells) == columns and cells[0] in SIZES]


def test_what_luck_gives_of_ten_values() -> None:
    found = rows(4)
    assert [cells[0] for cells in found] == list(SIZES)
    for corpus, size, _, expected in found:
        assert int(size.replace(",", "")) == SIZES[corpus]
        assert float(expected) == pytest.approx(10 * len(printable(SIZES[corpus])) / 10_001, abs=0.05)
    assert SIZES["SAVEE"] == sum(savee.COUNTS.values()) == 4 * 120


def printable(size: int) -> set[int]:
    """Every value of two decimals that a count of `size` may be printed as, in hundredths of a percent."""
    return {unit for k in range(size + 1) for unit in (k * 10_000 // size, (2 * k * 10_000 + size) // (2 * size))}


def test_each_wa_has_its_count_its_runs_and_their_chance() -> None:
    found = rows(6)
    assert len(found) == 11
    for corpus, _, both, count, runs, chance in found:
        war, size = Printed.parse(both.split(" / ")[0]), SIZES[corpus]
        verdict = reachable_war(war, size)
        assert count == (f"{verdict.hits[0]:,} of {size:,}" if verdict.possible else "no")
        least = least_runs(war, None, [size], range(1, 21))
        assert least.runs == int(runs)
        assert least.chance_up_to is not None
        assert chance == f"{100 * least.chance_up_to:.0f} %"


def test_the_page_has_the_yardsticks_of_the_audit() -> None:
    shown = {(cells[0].lower(), cells[2]) for cells in rows(6)}
    known = {(y.corpus, f"{y.war:.2f} / {y.uar:.2f}") for y in YARDSTICKS if "EmoBox" in y.source}
    assert known == {pair for pair in shown if pair[0] != "ravdess"}


def test_the_gaps_on_meld() -> None:
    found = gaps(own_rows("meld"), MELD)
    emobox = [gap.points for gap in found.elsewhere if "EmoBox" in gap.source]
    assert f"exceeds its UA by {min(emobox):.0f} to {max(emobox):.0f} points in the three rows above" in PAGE
    assert f"differ by at most {max(abs(gap.points) for gap in found.own):.2f}" in PAGE


def test_it_says_what_it_does_not_say() -> None:
    assert re.search(r"It does not say that EmoBox's numbers are wrong", PAGE)
