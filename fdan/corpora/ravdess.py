"""RAVDESS (Livingstone & Russo 2018), its speech: names of files to utterances."""

import re
from pathlib import Path, PurePosixPath

from fdan.corpora.folder import FURTHER, SECOND, Folder, absent, preferred
from fdan.data.emotions import Emotion
from fdan.data.manifest import Listing, Utterance

COUNTS = dict.fromkeys(Emotion, 192) | {Emotion.NEUTRAL: 96}
"""Published utterances per emotion (1,248: 24 actors, 8 each, 4 neutral); 192 calm ones are left out."""

EMOTIONS = {
    "01": Emotion.NEUTRAL,
    "03": Emotion.HAPPINESS,
    "04": Emotion.SADNESS,
    "05": Emotion.ANGER,
    "06": Emotion.FEAR,
    "07": Emotion.DISGUST,
    "08": Emotion.SURPRISE,
}

_CALM, _SPEECH, _SONG = "02", "01", "02"

# modality - channel - emotion - intensity - statement - repetition - actor
STATEMENTS = {"01": "Kids are talking by the door.", "02": "Dogs are sitting by the door."}
"""What is said in all of it."""

_NAME = re.compile(r"(0[123])-((0[12])-(0[1-8])-0[12]-(0[12])-0[12]-([0-9]{2}))\.(wav|mp4)", re.I | re.A)

# Of several files of one utterance the first named is used: the modalities are 01 sound and picture,
# 02 picture alone, 03 sound alone, which is the same recording without the video's compression.
_SOUND = ("03.wav", "01.wav", "01.mp4")

_PICTURE = ("01.mp4", "02.mp4")


def read_ravdess(folder: Path) -> Listing:
    """Find RAVDESS' spoken utterances below a folder, ``Actor_01/03-01-05-01-02-01-01.wav`` and so on.

    The audio-only, the audio-visual and the video-only copy of a recording are one utterance; its id is
    the file name without the modality. Calm speech is none of the seven emotions, and songs are no
    speech: both are left out, counted. A sentence is one of the two statements.

    Raises:
        CorpusError: no such folder, or no utterance in it.
    """
    files = Folder(folder, "ravdess")
    found: dict[str, dict[str, PurePosixPath]] = {}
    for path in files.paths:
        match = _NAME.fullmatch(path.name)
        if match is None:
            files.leave_out(path, "not named like RAVDESS'")
        elif match[3] == _SONG:
            files.leave_out(path, "a song")
        elif match[4] == _CALM:
            files.leave_out(path, "calm speech, none of the seven emotions")
        elif (kind := f"{match[1]}.{match[7].lower()}") in (copies := found.setdefault(match[2], {})):
            files.leave_out(path, SECOND)
        else:
            copies[kind] = path
    if not found:
        raise files.refuse("no speech of RAVDESS here; expected for example Actor_01/03-01-05-01-01-01-01.wav")
    utterances = []
    for id_, copies in sorted(found.items()):
        audio, video = preferred(copies, _SOUND), preferred(copies, _PICTURE)
        utterances.append(Utterance(id_, id_[-2:], EMOTIONS[id_[3:5]], audio, video, text=STATEMENTS[id_[9:11]]))
    sentences = {u.id: u.id[9:11] for u in utterances}
    return files.listing(utterances, absent(utterances), sentences, rest=FURTHER)
