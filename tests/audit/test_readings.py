"""What other readings than one run explain, what chance does, and MELD's WAR minus UAR."""

import itertools
import math
import re
from pathlib import Path

import pytest

from fdan.audit.gaps import N_GRAMS, gaps
from fdan.audit.grim import Printed
from fdan.audit.paper import MEAN_OF, own_rows
from fdan.audit.readings import at_least, reading
from fdan.corpora import savee
from tests.audit.test_grim import MELD

ROOT = Path(__file__).parents[2]


def test_at_least_so_many_of_independent_events() -> None:
    chances = [0.1, 0.5, 0.25, 0.9]
    for wanted in range(5):
        every = (
            math.prod(chance if happens else 1 - chance for chance, happens in zip(chances, one, strict=True))
            for one in itertools.product((0, 1), repeat=4)
            if sum(one) >= wanted
        )
        assert at_least(wanted, chances) == pytest.approx(sum(every))


def test_a_reading_counts_the_rows_that_it_explains() -> None:
    rows = [
        ("one", Printed.parse("50.00"), Printed.parse("50.00")),
        ("two", Printed.parse("50.00"), Printed.parse("55.55")),
    ]
    found = reading("two of each", rows, [2, 2])
    assert (found.size, found.rows) == (4, ("one",))
    # of 201 x 201 pairs around it, the one pair itself; none around the other
    assert found.chance == pytest.approx(100 * (1 / 201**2) / 2)
    assert found.chance_of_as_many == pytest.approx(100 / 201**2)


def test_a_split_of_eight_and_two_tenths_has_five_equal_parts_of_savee() -> None:
    assert all(n == MEAN_OF * (n - 8 * n // 10) for n in savee.COUNTS.values())


def test_war_minus_uar_on_meld() -> None:
    found = gaps(own_rows("meld"), MELD)
    assert [gap.points for gap in found.own] == [0.80, 0.45, -1.12, 0.72, 0.71, 5.25, 3.47, 0.11, 0.47]
    assert [gap.points for gap in found.elsewhere] == [9.08, 20.35, 21.13, 25.11, 27.91, 33.83]
    assert (found.one_number.row, found.one_number.points) == ("MAP", 0)
    assert (found.largest_share, found.smallest_share) == pytest.approx((128_700 / 2745, 7200 / 2745))


def test_the_n_grams_are_those_that_the_pages_record() -> None:
    text = (ROOT / "docs/reproduce.md").read_text(encoding="utf-8")
    found = re.search(r"they reach WAR ([\d.]+), UAR ([\d.]+), w-F1 ", text)
    assert found
    assert tuple(map(float, found.groups())) == N_GRAMS[1:3]


def test_war_equals_uar_on_equal_classes() -> None:
    """The identity that the page states: WAR - UAR is the sum of (share - 1/C) times recall."""
    recalls = [0.9, 0.2, 0.5, 0.7, 0.6, 0.1, 0.3]
    for counts in (MELD, (5,) * 7):
        total = sum(counts)
        war = sum(n / total * recall for n, recall in zip(counts, recalls, strict=True))
        gap = sum((n / total - 1 / 7) * recall for n, recall in zip(counts, recalls, strict=True))
        assert war - sum(recalls) / 7 == pytest.approx(gap)
    assert gap == pytest.approx(0)
