"""What the check says of photographs that are there twice, and of corpora that are too small for some rows."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from fdan.check import clips
from fdan.check.clips import Exam, SoundExam, examine
from fdan.check.report import as_text
from fdan.check.too_few import not_run
from fdan.commands.check import judge, repeated
from fdan.commands.cli import main
from fdan.corpora.photographs import read_images
from fdan.corpora.registry import CORPORA, Corpus
from fdan.data.emotions import Emotion
from fdan.data.manifest import Listing, Manifest, Utterance
from fdan.data.splits import SplitParams, paper_split
from fdan.media.sound import MelParams
from fdan.samples.detectors import FaceParams

ROOT = Path(__file__).parents[2]
MELS = MelParams(16000, 1024, 256, 128, -80.0, 20.0, 224)
FACES = FaceParams(3, "haar", None, 0.2, 224, 95)
SPLITS = SplitParams(seed=0, train_fraction=0.8)


def test_a_photograph_in_two_emotions_folders_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr(clips, "detector_of", lambda _: lambda image: [1])
    images = {}
    for i, name in enumerate(("fear/1.png", "anger/2.png", "anger/3.png", "sad/4.png", "sad/5.png")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        images[name] = cv2.imencode(".png", np.full((20, 20, 3), 10 * i, np.uint8))[1].tobytes()
    images["anger/2.png"] = images["fear/1.png"]
    images["sad/5.png"] = images["sad/4.png"]
    for name, data in images.items():
        (tmp_path / name).write_bytes(data)
    listing = read_images(tmp_path)
    exams = [examine((u, tmp_path, MELS, FACES)) for u in listing.utterances]
    checked = judge("mine", listing, exams, CORPORA["images"], SPLITS)
    duplicates, not_compared = repeated([checked], {"mine": tmp_path}, MELS)
    assert [(one.emotions, one.exact, [path for *_, path in one.files]) for one in duplicates] == [
        (("anger", "fear"), True, ["anger/2.png", "fear/1.png"]),
        (("sadness",), True, ["sad/4.png", "sad/5.png"]),
    ]
    assert not_compared == 0
    text = as_text([checked], duplicates, 0)
    assert "mine anger_2 (anger/2.png) = mine fear_1 (fear/1.png), labelled anger and fear\n" in text


@pytest.mark.parametrize(
    ("start", "said"),
    [
        ("version https://git-lfs.github.com/spec/v1\n", "a Git LFS pointer, not the recording; fetch it with git lfs"),
        ("/annex/objects/SHA256E-s9--1.wav\n", "a git-annex pointer, not the recording; fetch it with git annex get"),
    ],
)
def test_a_pointer_in_a_recording_s_place_is_named(tmp_path, start, said):
    (tmp_path / "a.wav").write_text(start)
    failure = clips.hear("a.wav", tmp_path, MELS).failure
    assert failure.detail.startswith(said)


# Too small


def split_of(per_emotion, speakers=("A", "B"), faces=True, emotions=tuple(Emotion)):
    utterances = tuple(
        Utterance(f"{e}_{i}", speakers[i % len(speakers)], e, "a.wav", "a.mp4")
        for e in emotions
        for i in range(per_emotion)
    )
    ids = {u.id for u in utterances}
    return paper_split(Manifest(utterances, synthetic=False), ids, ids if faces else set(), SPLITS)


def said(split):
    return not_run(split, fraction=0.2, seed=0)


def test_three_utterances_per_emotion_are_enough_for_every_row():
    assert said(split_of(3)) == []


def test_two_utterances_per_emotion_leave_nothing_to_validate_on():
    assert said(split_of(2)) == [
        "no speech of any emotion to tune and calibrate on: an emotion needs 3 utterances for that"
    ]


def test_one_utterance_per_emotion_leaves_nothing_to_test():
    lines = said(split_of(1, speakers=("A",)))
    apart = "a protocol that keeps speakers apart needs two, or an official split; found one speaker, A"
    assert lines == [
        "the paper's split cannot be had: no speech is tested",
        f"protocol speaker cannot be had: {apart}",
        "protocol disjoint cannot be had: no speech is tested",
        "no speech of any emotion to test on: an emotion needs 2 utterances for that",
        "no speech of any emotion to tune and calibrate on: an emotion needs 3 utterances for that",
    ]


def test_an_emotion_that_a_part_lacks_is_named():
    few, many = (split_of(n, emotions=e) for n, e in ((1, (Emotion.FEAR,)), (5, (Emotion.ANGER, Emotion.SADNESS))))
    both = type(few)((*few.parts, *many.parts), synthetic=False)
    assert said(both) == [
        "no speech of fear to test on: an emotion needs 2 utterances for that",
        "no speech of fear to tune and calibrate on: an emotion needs 3 utterances for that",
    ]


def test_voices_alone_need_the_faces_of_others():
    assert said(split_of(3, faces=False)) == [
        "no face of its own: another corpus has to teach it (sources in params.yaml)"
    ]


def test_what_is_not_run_is_told_and_no_fault(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    utterances = tuple(Utterance(f"u{i}", "", Emotion.FEAR, "a.wav", "") for i in range(3))
    read = Corpus(lambda folder: Listing(utterances), {})
    monkeypatch.setattr("fdan.commands.check.find_corpus", lambda name, folder: read)
    exams = [Exam(SoundExam("a.wav", seconds=1.0), None)] * 3
    monkeypatch.setattr("fdan.commands.check.run_sandboxed", lambda *arguments, **named: exams)
    assert main(["check", "talks", str(tmp_path), "--json", str(tmp_path / "r.json")]) == 0
    lines = capsys.readouterr().out.partition("what it is too small for\n")[2].splitlines()
    speaker = "protocol speaker cannot be had: a protocol that keeps speakers apart needs two, or an official split"
    assert lines[:2] == [
        "  no face of its own: another corpus has to teach it (sources in params.yaml)",
        f"  {speaker}; found no speaker named",
    ]
    found = json.loads((tmp_path / "r.json").read_text())["corpora"]["talks"]["not run"]
    assert found == [line.strip() for line in lines[:2]]
