"""The places of Fig. 5: which sample stands where."""

from pathlib import Path

import numpy as np
import pytest

from fdan.data.emotions import CorpusError, Emotion, Modality
from fdan.figures.places import Place, Sample, numbered, read_places, write_places
from fdan.figures.tsne import Points, to_places


def test_the_samples_of_an_utterance_are_counted_in_their_order() -> None:
    found = numbered("savee", ["a", "a", "b", "a"])
    assert [(sample.utterance, sample.number) for sample in found] == [("a", 0), ("a", 1), ("b", 0), ("a", 2)]


def test_places_survive_their_table(tmp_path: Path) -> None:
    samples = (Sample("savee", "a", 0), Sample("savee", "b", 2))
    points = Points(np.array([[1.5, -2.25], [0.0, 3.0]]), np.array([1, 0]), "visual", "train", samples)
    places = to_places([points], (Emotion.FEAR, Emotion.SADNESS))
    assert places[0] == Place("savee", "a", 0, Modality.VISUAL, "train", Emotion.SADNESS, 1.5, -2.25)
    assert places[1].emotion is Emotion.FEAR
    write_places(places, tmp_path / "places.csv")
    assert read_places(tmp_path / "places.csv") == places


def test_points_of_which_nobody_knows_what_they_are_make_no_table() -> None:
    points = Points(np.zeros((1, 2)), np.array([0]), "visual", "train")
    with pytest.raises(ValueError, match="zip"):
        to_places([points], (Emotion.FEAR,))


def test_a_table_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "places.csv").write_text("x,y\n1,2\n", encoding="utf-8")
    with pytest.raises(CorpusError, match="columns"):
        read_places(tmp_path / "places.csv")
