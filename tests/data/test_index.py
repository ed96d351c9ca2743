import dataclasses

import pytest

from fdan.data.emotions import CorpusError, Emotion
from fdan.data.index import FaceRow, MelRow
from fdan.data.records import read_records, write_records


def test_an_index_is_read_as_written(tmp_path):
    faces = [
        FaceRow("u1", Emotion.FEAR, "u1_1.jpg", 7, 40, 10, 11, 120, 130, "haar", 2, 1, ""),
        FaceRow("u2", Emotion.FEAR, "", -1, 0, 0, 0, 0, 0, "haar", 0, 0, "u2.avi: the file is empty"),
    ]
    write_records(tmp_path / "faces.csv", FaceRow, faces)
    assert read_records(tmp_path / "faces.csv", FaceRow) == faces
    mels = [MelRow("u1", Emotion.ANGER, "u1.png", 1.25, "silent")]
    write_records(tmp_path / "mels.csv", MelRow, mels)
    assert read_records(tmp_path / "mels.csv", MelRow) == mels
    with pytest.raises(CorpusError, match="columns"):
        read_records(tmp_path / "faces.csv", MelRow)


def test_a_broken_index_names_line_and_column(tmp_path):
    path = tmp_path / "mels.csv"
    good = MelRow("u1", Emotion.ANGER, "u1.png", 1.25, "")
    write_records(path, MelRow, [good, dataclasses.replace(good, utterance="u2")])
    path.write_text(path.read_text().replace("u2,anger,u1.png,1.25", "u2,anger,u1.png,long"))
    with pytest.raises(CorpusError, match=r"line 3: seconds is 'long'; expected a valid number"):
        read_records(path, MelRow)
