"""docs/choices.md and the answers on README and docs/audit.md: numbers that can be computed are computed again."""

import math
import re
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from fdan.audit import paper
from fdan.audit.paper import Arithmetic
from fdan.corpora import meld, savee
from fdan.data.emotions import Emotion

ROOT = Path(__file__).parents[2]
NUMBERS = "no one two three four five six seven eight nine".split()  # noqa: SIM905


def words(page: str) -> str:
    """The text of a page with single spaces."""
    return " ".join((ROOT / page).read_text(encoding="utf-8").split())


@pytest.fixture(scope="module")
def arithmetic() -> Arithmetic:
    return paper.arithmetic(*(tuple(counts[emotion] for emotion in Emotion) for counts in (savee.COUNTS, meld.COUNTS)))


def classes_over_shared(counts: list[int], batch: int = 32) -> float:
    """Return the mean of C over the classes that both halves of a batch have; exact, by inclusion-exclusion."""
    shares = np.array(counts) / sum(counts)
    classes = len(counts)
    subsets = list(product((0, 1), repeat=classes))
    inside = {one: float(np.dot(one, shares)) ** batch for one in subsets}  # all of one half lies in these classes
    present = {}  # exactly these classes are in one half
    for one in subsets:
        smaller = (other for other in subsets if all(a <= b for a, b in zip(other, one, strict=True)))
        present[one] = sum((-1) ** (sum(one) - sum(other)) * inside[other] for other in smaller)
    likely = {one: p for one, p in present.items() if p > 1e-12}
    return math.fsum(
        p * q * classes / max(1, sum(a & b for a, b in zip(one, other, strict=True)))
        for one, p in likely.items()
        for other, q in likely.items()
    )


def test_what_division_by_shared_classes_makes_of_alpha() -> None:
    found = [classes_over_shared(list(counts.values())) for counts in (meld.COUNTS, savee.COUNTS)]
    assert found == pytest.approx([1.323, 1.029], abs=0.003)
    assert f"on average {found[0]:.1f} x on MELD, {found[1]:.1f} x on SAVEE" in words("docs/choices.md")


def test_the_share_of_meld_where_the_faces_of_both_train() -> None:
    total = sum(meld.COUNTS.values())
    share = 100 * total / (total + sum(savee.COUNTS.values()))
    assert f"unbalanced: {share:.0f} % of the utterances whose faces train are MELD's" in words("docs/choices.md")


def test_the_missing_figures_are_said_on_top_and_in_the_bank_s_row() -> None:
    page = (ROOT / "docs/choices.md").read_text(encoding="utf-8")
    assert "figures were\nnot at hand, Fig. 3" in page.partition("| open point")[0]
    (bank,) = (line for line in page.splitlines() if line.startswith("| a test utterance's visual context"))
    assert "Fig. 3" in bank


@pytest.mark.parametrize("page", ["README.md", "docs/audit.md"])
def test_the_answers_that_need_no_run_are_those_of_the_arithmetic(page: str, arithmetic: Arithmetic) -> None:
    part, scan, gaps = arithmetic.savee, arithmetic.scan, arithmetic.gaps
    wars = " and ".join(f"{row.printed_war:.2f} ({row.row})" for row in part.rows if row.war.possible is False)
    uars = sum(row.uar.possible is False for row in part.rows)
    means, speaker = part.readings
    assert uars == len(part.rows)
    text = words(page)
    assert (
        f"One run on SAVEE's {part.size} test utterances cannot give the WARs {wars}, nor any of the nine UARs." in text
    )
    assert (
        f"As means of {NUMBERS[paper.MEAN_OF]} equal runs or folds {NUMBERS[len(means.rows)]} of the "
        f"{NUMBERS[len(part.rows)]} pairs of WAR and UAR are possible, where chance gives {NUMBERS[len(means.rows)]} "
        f"or more in {means.chance_of_as_many:.3f} % of cases; on one whole speaker {NUMBERS[len(speaker.rows)]} are."
    ) in text
    assert scan.sizes == (2745,)
    assert not any(scan.sizes_by_rule.values())
    assert (
        f"Nine random values pass at some size {100 * scan.chance_somewhere:.0f} % of the time, at 2,745 itself "
        f"{100 * scan.chance_at['2745']:.2f} %."
    ) in text
    own, elsewhere = ([gap.points for gap in rows] for rows in (gaps.own, gaps.elsewhere))
    assert (
        f"On MELD WAR minus UAR is −{-min(own):.2f} to +{max(own):.2f} points in the paper's nine rows, and "
        f"+{min(elsewhere):.2f} to +{max(elsewhere):.2f} elsewhere"
    ) in text
    assert not re.search(r"speaks of one run", text)
