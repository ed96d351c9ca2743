import dataclasses

import pytest

from fdan.data.emotions import CorpusError, Emotion
from fdan.data.index import FaceRow, MelRow, read_index, write_index


def test_an_index_is_read_as_written(tmp_path):
    faces = [
        FaceRow("u1", Emotion.FEAR, "u1_1.jpg", 7, 40, 10, 11, 120, 130, "haar", 2, 1, ""),
        FaceRow("u2", Emotion.FEAR, "", -1, 0, 0, 0, 0, 0, "haar", 0, 0, "u2.avi: the file is empty"),
    ]
    write_index(faces, FaceRow, tmp_path / "faces.csv")
    assert read_index(FaceRow, tmp_path / "faces.csv") == faces
    mels = [MelRow("u1", Emotion.ANGER, "u1.png", 1.25, "silent")]
    write_index(mels, MelRow, tmp_path / "mels.csv")
    assert read_index(MelRow, tmp_path / "mels.csv") == mels
    with pytest.raises(CorpusError, match="columns"):
        read_index(MelRow, tmp_path / "faces.csv")


def test_a_broken_index_names_line_and_column(tmp_path):
    path = tmp_path / "mels.csv"
    good = MelRow("u1", Emotion.ANGER, "u1.png", 1.25, "")
    write_index([good, dataclasses.replace(good, utterance="u2")], MelRow, path)
    path.write_text(path.read_text().replace("u2,anger,u1.png,1.25", "u2,anger,u1.png,long"))
    with pytest.raises(CorpusError, match=r"line 3: seconds is 'long'"):
        read_index(MelRow, path)
