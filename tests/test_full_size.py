"""docs/full_size.md: the hours of its correction are those of its own table."""

from pathlib import Path

import pytest

PAGE = (Path(__file__).parent.parent / "docs/full_size.md").read_text(encoding="utf-8")


def test_the_corrected_hours_are_cpu_minutes_over_two_cores():
    hours = {True: 0.0, False: 0.0}
    for line in PAGE.splitlines():
        cells = [cell.strip() for cell in line[1:-1].split("|")]
        if len(cells) != 10 or not cells[8].replace("e+", "").replace(".", "").isdigit():
            continue
        minutes, cpu, times, in_all = (float(cells[i]) for i in (1, 3, 8, 9))
        cnn = cells[0].startswith("baselines@")
        # the column of factors has two digits: of the CNN rows the factor is that of their hours
        hours[cnn] += cpu / 2 / 60 * (60 * in_all / minutes if cnn else times)
    assert hours[True] == pytest.approx(7524, abs=1)
    assert hours[False] == pytest.approx(34, abs=0.5)
    savee = hours[True] * 480 / 13_708
    assert savee == pytest.approx(264, abs=1)
    assert savee / 24 == pytest.approx(11, abs=0.1)
    assert sum(hours.values()) + savee == pytest.approx(7800, abs=50)
    for number in ("7,800 hours", "7,524 for MELD's", "264 for SAVEE's", "11 days", "34 for everything else"):
        assert number in PAGE
