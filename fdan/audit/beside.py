"""What the paper says beside WAR and UAR: w-F1, and Sec. 3.5's sentences on Fig. 4, as far as the text allows."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from fdan.audit.grim import Printed, reachable_war
from fdan.corpora.registry import title_of
from fdan.results.published import PublishedRow

BETTER_THAN = Fraction(3, 4)
"""Sec. 3.5: "a recognition accuracy of more than 75% for most emotion categories"."""


@dataclass(frozen=True)
class F1Example:
    """One outcome of one run that prints as a row's WAR and its w-F1.

    Attributes:
        corpus: the corpus.
        row: the row.
        printed_wf1: its w-F1, in percent.
        hits: right answers of each class; empty where no outcome was found.
        predicted: how often each class is the answer.
    """

    corpus: str
    row: str
    printed_wf1: float
    hits: tuple[int, ...]
    predicted: tuple[int, ...]


@dataclass(frozen=True)
class Fig4:
    """What the printed WAR and UAR of FDAN on SAVEE, read as a mean of runs, say of its confusion matrix.

    Attributes:
        runs: how many runs.
        neutral: recall of the neutral utterances, in percent; no other number of right answers prints so.
        least_above: the fewest emotions whose recall is above 75 %, if "NE has the best recognition results".
        first_of_class: the first recall above 75 % of a class of the test part in one run, in percent.
        first_of_neutral: likewise of the neutral class.
    """

    runs: int
    neutral: float
    least_above: int
    first_of_class: float
    first_of_neutral: float


@dataclass(frozen=True)
class Beside:
    """What w-F1 and Fig. 4 add to the arithmetic.

    Attributes:
        wf1: an outcome for each row with a w-F1 and a WAR that one run allows.
        wf1_left_out: rows with a w-F1 whose WAR one run does not allow.
        fig4: of FDAN on SAVEE; None if the numbers leave no outcome or several.
    """

    wf1: tuple[F1Example, ...]
    wf1_left_out: tuple[str, ...]
    fig4: Fig4 | None

    @property
    def found(self) -> int:
        """How many rows have an outcome."""
        return sum(bool(example.hits) for example in self.wf1)


def beside(
    savee: Sequence[PublishedRow],
    savee_counts: Sequence[int],
    meld: Sequence[PublishedRow],
    meld_counts: Sequence[int],
    neutral: int,
    runs: int,
) -> Beside:
    """Check w-F1 of both corpora's own rows, and Fig. 4's sentences on SAVEE.

    Args:
        savee: the paper's own rows.
        savee_counts: test utterances of each emotion.
        meld: likewise.
        meld_counts: likewise.
        neutral: the place of the neutral class.
        runs: the means of how many runs Fig. 4 is read as.
    """
    examples = (*f1_examples(savee, savee_counts), *f1_examples(meld, meld_counts))
    shown = [row for row in (*savee, *meld) if row.wf1 is not None]
    places = {(example.corpus, example.row) for example in examples}
    left_out = tuple(f"{title_of(row.corpus)}'s {row.row}" for row in shown if (row.corpus, row.row) not in places)
    fdan = next(row for row in savee if row.row == "FDAN")
    war, uar = (Printed.parse(f"{value:.2f}") for value in (fdan.war, fdan.uar))
    return Beside(examples, left_out, fig4(war, uar, savee_counts, neutral, runs))


def fig4(war: Printed, uar: Printed, counts: Sequence[int], neutral: int, runs: int) -> Fig4 | None:
    """Derive what a pair says of the confusion matrix; None if it is impossible, or not of one outcome alone.

    Args:
        war: of FDAN.
        uar: of FDAN.
        counts: test utterances of each emotion in one run; all but the neutral ones are of one size.
        neutral: the place of the neutral class.
        runs: how many are averaged.
    """
    large, (small, *others) = runs * counts[neutral], (runs * n for i, n in enumerate(counts) if i != neutral)
    classes = 1 + len(others)
    assert all(n == small for n in others)
    found = []
    for right in war.numerators(large + classes * small):
        for of_neutral in range(large + 1):
            sum_of_recalls = Fraction(right - of_neutral, small) + Fraction(of_neutral, large)
            if 0 <= right - of_neutral <= classes * small and _prints(sum_of_recalls / (classes + 1), uar):
                found.append((right - of_neutral, of_neutral))
    if len(found) != 1:
        return None
    ((six, of_neutral),) = found
    best, low = small * of_neutral // large, int(small * BETTER_THAN)  # most right answers of another class; not above
    above = next(above for above in range(classes + 1) if above * best + (classes - above) * min(low, best) >= six)
    first = [100 * (int(n * BETTER_THAN) + 1) / n for n in (small // runs, counts[neutral])]
    return Fig4(runs, 100 * of_neutral / large, above + (of_neutral > large * BETTER_THAN), *first)


def f1_examples(rows: Sequence[PublishedRow], counts: Sequence[int]) -> tuple[F1Example, ...]:
    """Look for an outcome of each row that prints as its w-F1; a row without w-F1, or with impossible WAR, has none.

    Args:
        rows: the paper's own on one corpus.
        counts: test utterances of each emotion.
    """
    found = []
    for row in rows:
        if row.wf1 is None:
            continue
        war, wf1 = (Printed.parse(f"{value:.2f}") for value in (row.war, row.wf1))
        alone = reachable_war(war, sum(counts))
        if not alone.possible:
            continue
        starts = _spread(alone.hits[0], counts)
        example = next(((hits, one) for hits in starts if (one := predictions_for(wf1, counts, hits))), ((), ()))
        found.append(F1Example(row.corpus, row.row, row.wf1, *example))
    return tuple(found)


_ROUNDING = 1e-12
"""A step that gains less may undo an earlier one, for ever."""


def predictions_for(wf1: Printed, counts: Sequence[int], hits: Sequence[int]) -> tuple[int, ...]:
    """How often each class may be the answer so that the w-F1 prints as given; empty where the descent ends elsewhere.

    It starts where every class is answered as often as it is true, and moves wrong answers from class to class. A
    confusion matrix with these sums exists where no class has more false and missed answers than there are errors.
    """
    missed = [n - k for n, k in zip(counts, hits, strict=True)]
    errors, false, total = sum(missed), list(missed), sum(counts)
    target = (4 * wf1.units + 1) / (4 * wf1.scale)  # in the middle of what is printed so

    def part(place: int, of_false: int) -> float:
        return 2 * counts[place] * hits[place] / (counts[place] + hits[place] + of_false or 1) / total

    for step in (64, 16, 4, 1):
        while True:
            here = sum(map(part, range(len(counts)), false)) - target
            moves = [
                (
                    abs(
                        here
                        + part(i, false[i] - step)
                        - part(i, false[i])
                        + part(j, false[j] + step)
                        - part(j, false[j])
                    ),
                    i,
                    j,
                )
                for i in range(len(counts))
                for j in range(len(counts))
                if i != j and false[i] >= step and false[j] + step + missed[j] <= errors
            ]
            best, i, j = min(moves, default=(abs(here), 0, 0))
            if best >= abs(here) - _ROUNDING:
                break
            false[i], false[j] = false[i] - step, false[j] + step
    predicted = tuple(k + f for k, f in zip(hits, false, strict=True))
    can_be = all(f + m <= errors for f, m in zip(false, missed, strict=True))
    return predicted if can_be and _prints(weighted_f1(counts, hits, predicted), wf1) else ()


def weighted_f1(counts: Sequence[int], hits: Sequence[int], predicted: Sequence[int]) -> Fraction:
    """The mean of the classes' F1, 2 k / (n + m), weighted by their utterances n; exact, a fraction of 1."""
    rows = zip(counts, hits, predicted, strict=True)
    return sum((Fraction(2 * n * k, n + m) for n, k, m in rows if k), Fraction()) / sum(counts)


def _spread(right: int, counts: Sequence[int]) -> list[tuple[int, ...]]:
    """Ways to spread right answers over the classes: from nearly equal recalls to very unequal ones."""
    found = []
    for slope in range(8):
        total = sum(counts)
        hits = [max(0, min(n, n * right * (10 + slope * (i % 3 - 1)) // (10 * total))) for i, n in enumerate(counts)]
        place = 0
        while sum(hits) != right:
            i = place % len(counts)
            step = 1 if sum(hits) < right else -1
            hits[i] += step if 0 <= hits[i] + step <= counts[i] else 0
            place += 1
        found.append(tuple(hits))
    return found


def _prints(value: Fraction, printed: Printed) -> bool:
    return value.numerator in printed.numerators(value.denominator)
