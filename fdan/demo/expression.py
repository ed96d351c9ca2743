"""What a face does: seven expressions, and how strongly an utterance shows one."""

from dataclasses import astuple, dataclass

import numpy as np

from fdan.data.emotions import Emotion


@dataclass(frozen=True)
class Expression:
    """What the face does; all zero is a calm face, one is a full movement.

    Attributes:
        brow_raise: both brows up (negative: down).
        brow_tilt: inner ends up, as in grief (negative: down, as in rage).
        eye_open: lids further apart (negative: closer; -1 is shut).
        mouth_curve: corners up (negative: down).
        mouth_open: jaw down.
        mouth_wide: corners apart (negative: together).
        wrinkle: nose wrinkled, upper lip up.
    """

    brow_raise: float = 0.0
    brow_tilt: float = 0.0
    eye_open: float = 0.0
    mouth_curve: float = 0.0
    mouth_open: float = 0.0
    mouth_wide: float = 0.0
    wrinkle: float = 0.0


FULL: dict[Emotion, Expression] = {
    Emotion.ANGER: Expression(-0.8, -1.0, -0.2, -0.45, 0.12, 0.0, 0.35),
    Emotion.DISGUST: Expression(-0.45, -0.35, -0.5, -0.6, 0.12, -0.1, 1.0),
    Emotion.FEAR: Expression(0.7, 0.9, 0.45, -0.35, 0.35, 0.25, 0.0),
    Emotion.HAPPINESS: Expression(0.2, 0.0, -0.2, 1.0, 0.35, 0.25, 0.0),
    Emotion.NEUTRAL: Expression(),
    Emotion.SADNESS: Expression(0.0, 1.0, -0.35, -0.9, 0.0, -0.15, 0.0),
    Emotion.SURPRISE: Expression(1.0, 0.1, 0.55, 0.0, 0.9, -0.3, 0.0),
}
"""Each emotion at full strength, after the action units usually named for it."""


def act(emotion: Emotion, intensity: float, stray: float, rng: np.random.Generator) -> Expression:
    """The expression of one utterance.

    Args:
        emotion: what is felt.
        intensity: how strongly it shows: 0 is neutral, 1 the full expression.
        stray: standard deviation of what this utterance does beside its emotion.
        rng: the utterance's own generator.
    """
    values = intensity * np.array(astuple(FULL[emotion])) + rng.normal(0.0, stray, 7)
    values[4] = max(values[4], 0.0)
    values[6] = max(values[6], 0.0)
    return Expression(*np.clip(values, -1.1, 1.3).tolist())
