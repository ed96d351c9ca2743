"""w-F1 and Fig. 4's sentences beside WAR and UAR."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fdan.audit.beside import beside, fig4, predictions_for, weighted_f1
from fdan.audit.grim import Printed
from fdan.audit.paper import MEAN_OF, NEUTRAL, own_rows
from fdan.data.emotions import Emotion
from fdan.metrics.predictions import make_predictions
from fdan.metrics.scores import score
from fdan.results.published import PUBLISHED
from tests.audit.test_grim import MELD, SAVEE, printed_by_python

RULES = ("rounded half up", "truncated")


def prints(value: Fraction, text: str) -> bool:
    return text in {printed_by_python(value, rule, 2) for rule in RULES}


def confusion(counts: list[int], hits: list[int], predicted: list[int]) -> list[list[int]]:
    """A matrix with these sums: each class' missed answers go to the classes with the most false answers left."""
    classes = range(len(counts))
    missed = [n - k for n, k in zip(counts, hits, strict=True)]
    false = [m - k for m, k in zip(predicted, hits, strict=True)]
    matrix = [[hits[i] if i == j else 0 for j in classes] for i in classes]
    while any(missed):
        # one answer between the two that are tightest, so that no class is left with its own alone
        i = max((i for i in classes if missed[i]), key=lambda i: missed[i] + false[i])
        j = max((j for j in classes if false[j] and j != i), key=lambda j: missed[j] + false[j])
        matrix[i][j] += 1
        missed[i], false[j] = missed[i] - 1, false[j] - 1
    return matrix


def test_every_w_f1_has_an_outcome_of_one_run() -> None:
    found = beside(own_rows("savee"), SAVEE, own_rows("meld"), MELD, NEUTRAL, MEAN_OF)
    assert (found.found, len(found.wf1), found.wf1_left_out) == (13, 13, ("SAVEE's FDAN",))
    published = {(row.corpus, row.row): row for row in PUBLISHED if row.wf1 is not None}
    for example in found.wf1:
        counts, row = {"savee": SAVEE, "meld": MELD}[example.corpus], published[example.corpus, example.row]
        assert prints(Fraction(sum(example.hits), sum(counts)), f"{row.war:.2f}")
        assert prints(weighted_f1(counts, example.hits, example.predicted), f"{row.wf1:.2f}")
        matrix = confusion(list(counts), list(example.hits), list(example.predicted))
        assert tuple(map(sum, matrix)) == counts
        assert tuple(map(sum, zip(*matrix, strict=True))) == example.predicted


def test_weighted_f1_is_that_of_the_metrics() -> None:
    matrix = np.array([[5, 1, 2], [0, 4, 0], [3, 1, 1]])
    truth, predicted = (np.repeat(axis.ravel(), matrix.ravel()) for axis in np.indices(matrix.shape))
    names = tuple(f"u{i:02}" for i in range(len(truth)))
    scores = score(make_predictions(names, tuple(Emotion)[:3], truth, np.eye(3)[predicted]))
    exact = weighted_f1(matrix.sum(axis=1).tolist(), np.diag(matrix).tolist(), matrix.sum(axis=0).tolist())
    assert 100 * float(exact) == pytest.approx(scores.wf1)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 30), st.floats(0, 1)), min_size=2, max_size=7), st.integers(0, 10_000))
def test_what_is_found_prints_as_asked_and_can_be(classes: list[tuple[int, float]], units: int) -> None:
    counts = [n for n, _ in classes]
    hits = [int(share * n) for n, share in classes]
    predicted = predictions_for(Printed(units, 2), counts, hits)
    if predicted:
        assert prints(weighted_f1(counts, hits, predicted), str(Printed(units, 2)))
        assert sum(predicted) == sum(counts)
        confusion(counts, hits, list(predicted))  # raises where there is none


def test_fig_4_s_sentence_follows_from_savee_s_numbers() -> None:
    found = fig4(Printed.parse("86.66"), Printed.parse("86.19"), SAVEE, NEUTRAL, 5)
    assert found
    assert (found.neutral, found.least_above) == (90.0, 6)
    assert (found.first_of_class, found.first_of_neutral) == pytest.approx((1000 / 12, 1900 / 24))
    # by hand: 308 right of six classes of 60, none better than neutral's 54; two at 45 leave 218 for four of 54
    assert 2 * 45 + 4 * 54 < 308 <= 45 + 5 * 54
    assert fig4(Printed.parse("86.66"), Printed.parse("86.19"), SAVEE, NEUTRAL, 1) is None
    several = fig4(Printed.parse("86.66"), Printed.parse("86.19"), SAVEE, NEUTRAL, 100)
    assert several is None


@pytest.mark.parametrize(
    ("hits", "above"), [((223, 54, 53, 397, 1131, 145, 225), 2), ((260, 36, 57, 352, 1097, 160, 266), 6)]
)
def test_on_meld_two_and_six_emotions_above_75_percent_print_alike(hits: tuple[int, ...], above: int) -> None:
    recalls = [Fraction(k, n) for k, n in zip(hits, MELD, strict=True)]
    assert prints(Fraction(sum(hits), sum(MELD)), "81.16")
    assert prints(sum(recalls, Fraction()) / 7, "75.91")
    assert max(recalls) == recalls[NEUTRAL]
    assert sum(recall > Fraction(3, 4) for recall in recalls) == above
