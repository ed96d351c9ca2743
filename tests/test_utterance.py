import pytest

from fdan.data.utterance import (
    SYNTHETIC_MARKER,
    CorpusError,
    Emotion,
    Manifest,
    Utterance,
    is_synthetic,
    read_manifest,
    write_manifest,
)

UTTERANCES = (
    Utterance("DC_a01", "DC", Emotion.ANGER, "AudioData/DC/a01.wav", "AudioVisualClip/DC/a1.avi"),
    Utterance("DC_n01", "DC", Emotion.NEUTRAL, "", 'odd, "name"\n.avi', "train"),
)


def test_the_emotions_are_the_paper_s_in_its_order():
    assert [e.short for e in Emotion] == ["AN", "DI", "FE", "HA", "NE", "SA", "SU"]


@pytest.mark.parametrize("synthetic", [True, False])
def test_a_manifest_is_read_as_written(tmp_path, synthetic):
    path = tmp_path / "manifest.csv"
    write_manifest(Manifest(UTTERANCES, synthetic), path)
    assert read_manifest(path) == Manifest(UTTERANCES, synthetic)


def test_ids_are_unique_and_sorted():
    for wrong in ((UTTERANCES[0], UTTERANCES[0]), UTTERANCES[::-1]):
        with pytest.raises(CorpusError, match="sorted and unique"):
            Manifest(wrong, False)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (b"anger", b"angst", "DC_a01: emotion 'angst' is unknown; expected one of anger"),
        (b"speaker", b"spkr", "columns are .*; expected utterance, speaker"),
        (b"DC_a01,DC", b"DC_a01", "line 2 has not 7 cells"),
        (b",train,recorded", b",train,synthetic", "origin"),
        (b"DC_a01", b"\xff\xfe", "not UTF-8"),
    ],
)
def test_a_broken_manifest_is_one_line(tmp_path, old, new, message):
    path = tmp_path / "manifest.csv"
    write_manifest(Manifest(UTTERANCES, False), path)
    path.write_bytes(path.read_bytes().replace(old, new, 1))
    with pytest.raises(CorpusError, match=message):
        read_manifest(path)


def test_a_missing_manifest_says_who_makes_it(tmp_path):
    with pytest.raises(CorpusError, match="no such file; it is made by an earlier stage"):
        read_manifest(tmp_path / "manifest.csv")


def test_the_marker(tmp_path):
    assert not is_synthetic(tmp_path)
    (tmp_path / SYNTHETIC_MARKER).write_text("made up")
    assert is_synthetic(tmp_path)
