"""The card's row on unseen speakers has intervals over speakers."""

import re

import numpy as np

from fdan.data.emotions import Emotion
from fdan.metrics.predictions import make_predictions
from fdan.prediction.card import _row

CLASSES = (Emotion.ANGER, Emotion.FEAR)


def ends(row: str) -> tuple[float, float]:
    found = re.search(r"\| 1 \| 60\.0 \| ([\d.]+) to ([\d.]+) \|", row)
    assert found
    return float(found[1]), float(found[2])


def test_the_interval_is_over_speakers_where_they_are_named() -> None:
    ids, truth = tuple(f"u{place:02}" for place in range(40)), np.arange(40) % 2
    right = np.arange(40) % 10 < np.repeat([9, 8, 5, 2], 10)
    run = make_predictions(ids, CLASSES, truth, np.eye(2)[np.where(right, truth, 1 - truth)])
    low, high = ends(_row("unseen", [run], {u: f"s{place // 10}" for place, u in enumerate(ids)}))
    wilson_low, wilson_high = ends(_row("unseen", [run]))
    assert (wilson_low, wilson_high) == (44.6, 73.7)
    assert low < 20
    assert high == 100
