"""The tables that stand beside the face crops and the Mel images: what became of every utterance."""

from dataclasses import dataclass

from fdan.data.emotions import Emotion


@dataclass(frozen=True)
class FaceRow:
    """One sampled frame of an utterance, or an utterance without any.

    Attributes:
        utterance: its id.
        emotion: its label.
        crop: name of the face crop in ``crops.zip``; empty if the clip gave no frame.
        frame: number of the decoded frame, from 0.
        decoded: how many frames of the clip decode.
        x: left edge of the face in pixels of the frame; y, width, height likewise.
        y: top edge.
        width: of the face.
        height: of the face.
        detector: that looked for it.
        faces: how many it saw.
        found: 1 if it saw any; 0 means a centre crop.
        problem: what is wrong with the clip; empty if nothing.
    """

    utterance: str
    emotion: Emotion
    crop: str
    frame: int
    decoded: int
    x: int
    y: int
    width: int
    height: int
    detector: str
    faces: int
    found: int
    problem: str


@dataclass(frozen=True)
class MelRow:
    """The Mel image of an utterance, or why there is none.

    Attributes:
        utterance: its id.
        emotion: its label.
        image: name of the image in ``mels.zip``; empty if the sound cannot be used.
        seconds: length of the sound.
        problem: what is wrong with the sound; empty if nothing.
    """

    utterance: str
    emotion: Emotion
    image: str
    seconds: float
    problem: str
