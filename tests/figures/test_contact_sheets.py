import cv2
import numpy as np
import pytest

from fdan.data.archive import write_images
from fdan.data.emotions import Emotion
from fdan.data.index import FaceRow, MelRow
from fdan.data.manifest import Manifest, Utterance, write_manifest
from fdan.data.records import write_records
from fdan.figures.contact_sheets import FRAMES, choose_tiles, face_tiles, mel_tiles
from fdan.samples.crops import encode_jpeg
from fdan.samples.mels import encode_png
from stages import sheets

ANGER, FEAR = Emotion.ANGER, Emotion.FEAR


def face(i, emotion=ANGER, faces=1, problem=""):
    return FaceRow(f"u{i:02d}", emotion, f"u{i:02d}_1.jpg", 0, 9, 1, 1, 5, 5, "haar", faces, int(faces > 0), problem)


def test_what_is_flagged():
    index = [face(0), face(1, faces=0), face(2, faces=3, problem="x"), face(3, problem="5 of 9 frames decode")]
    lost = FaceRow("u9", ANGER, "", -1, 0, 0, 0, 0, 0, "haar", 0, 0, "no clip")
    assert [tile.flag for tile in face_tiles([*index, lost])] == ["", "no face", "several faces", "damaged"]
    mels = [MelRow("a", FEAR, "a.png", 1.25, ""), MelRow("b", FEAR, "b.png", 2.0, "silent")]
    mels.append(MelRow("c", FEAR, "", 0.0, "no sound"))
    assert [(t.flag, t.caption) for t in mel_tiles(mels)] == [("", "a, 1.2 s"), ("damaged", "b, 2.0 s")]


@pytest.mark.parametrize(
    ("sound", "flagged", "shown", "shown_flagged"),
    [
        (100, 0, 10, 0),
        (100, 1, 10, 1),
        (1000, 50, 10, 4),
        (50, 50, 10, 5),
        (3, 100, 10, 7),
        (0, 30, 10, 10),
        (4, 2, 6, 2),
    ],
)
def test_rows_are_full_and_hold_some_of_the_flagged(sound, flagged, shown, shown_flagged):
    tiles = face_tiles([face(i, faces=int(i >= flagged)) for i in range(sound + flagged)])
    row = choose_tiles(tiles, columns=10)[ANGER]
    assert (len(row), sum(bool(tile.flag) for tile in row)) == (shown, shown_flagged)
    assert row == sorted(row, key=tiles.index)
    assert choose_tiles(tiles, columns=10)[FEAR] == []


@pytest.fixture
def corpus(tmp_path, monkeypatch):
    """A corpus of four utterances after faces and mels, real or synthetic."""

    def build(synthetic):
        for folder in ("data/manifests", "data/faces/x", "data/mels/x"):
            (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        index = [face(0), face(1, faces=0), face(2, FEAR, faces=2), face(3, FEAR)]
        images = [(f.crop, encode_jpeg(np.full((20, 20, 3), 60 * i, np.uint8), 90)) for i, f in enumerate(index)]
        write_images(tmp_path / "data/faces/x/crops.zip", images)
        write_records(tmp_path / "data/faces/x/index.csv", FaceRow, index)
        mels = [MelRow(f.utterance, f.emotion, f"{f.utterance}.png", 1.0, "") for f in index]
        write_images(
            tmp_path / "data/mels/x/mels.zip", [(m.image, encode_png(np.zeros((20, 20), np.uint8))) for m in mels]
        )
        write_records(tmp_path / "data/mels/x/index.csv", MelRow, mels)
        utterances = tuple(Utterance(f.utterance, "", f.emotion, "a.wav", "a.avi") for f in index)
        write_manifest(Manifest(utterances, synthetic), tmp_path / "data/manifests/x.csv")
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr("sys.argv", ["sheets", "x"])
        sheets.main()
        return tmp_path / "reports"

    return build


def colours(path):
    image = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
    return {f"#{r:02x}{g:02x}{b:02x}" for r, g, b in np.unique(image.reshape(-1, 3), axis=0)}


def test_a_synthetic_corpus_has_its_sheets_in_the_report_with_the_flagged_framed(corpus):
    reports = corpus(True)
    shown = colours(reports / "figures/faces_x.png")
    assert FRAMES["no face"] in shown
    assert FRAMES["several faces"] in shown
    assert FRAMES["damaged"] not in shown
    assert [path.name for path in (reports / "local/x").iterdir()] == ["README.txt"]
    files = sorted((reports / "figures").iterdir())
    before = [path.read_bytes() for path in files]
    corpus(True)
    assert before == [path.read_bytes() for path in files]


def test_faces_of_real_people_are_not_in_the_report(corpus):
    reports = corpus(False)
    assert sorted(path.name for path in (reports / "local/x").iterdir()) == ["README.txt", "faces.png", "mels.png"]
    assert FRAMES["no face"] in colours(reports / "local/x/faces.png")
    for kind in ("faces", "mels"):
        note = cv2.imread(str(reports / f"figures/{kind}_x.png"))
        assert note.shape[0] < 150  # a line of text
        assert np.ptp(note.astype(int), axis=2).max() == 0  # and no picture in it
