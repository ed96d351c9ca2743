"""Who plays in the synthetic corpora, and what they say. Nobody here exists."""

from dataclasses import dataclass

from fdan.data.emotions import Emotion
from fdan.demo.face import Face
from fdan.demo.voice import Voice


@dataclass(frozen=True)
class Actor:
    """A speaker: name, face and voice."""

    name: str
    face: Face
    voice: Voice


# Faces: width, jaw; skin, hair, iris, clothes (blue, green, red); style; then what differs from the common.
SAVEE_CAST = (
    Actor(
        "DC",
        Face(0.69, 0.45, (150, 175, 216), (42, 58, 80), (95, 115, 72), (122, 92, 62), "short", beard=0.25),
        Voice(112.0, 1.00, tempo=5.0),
    ),
    Actor(
        "JE",
        Face(0.73, 0.30, (165, 190, 228), (88, 140, 176), (150, 120, 80), (70, 74, 78), "short", 0.8, 0.165, 1.08),
        Voice(132.0, 1.04, tempo=5.5, bright=-2.0),
    ),
    Actor(
        "JK",
        Face(0.67, 0.55, (112, 142, 190), (24, 26, 30), (34, 48, 70), (64, 88, 60), "receding", 1.35, 0.155, beard=0.8),
        Voice(98.0, 0.95, tempo=4.5, breath=0.09, bright=-4.0),
    ),
    Actor(
        "KL",
        Face(
            0.71, 0.40, (86, 116, 162), (22, 22, 24), (26, 36, 54), (150, 150, 160), "short", 1.1, 0.16, 1.12, 1.2, 0.5
        ),
        Voice(121.0, 0.98, tempo=5.2, breath=0.04),
    ),
)

MELD_CAST = (
    Actor(
        "Maya",
        Face(0.70, 0.45, (98, 132, 184), (26, 28, 34), (34, 50, 76), (62, 66, 152), "long", 0.8, lips=0.8),
        Voice(205.0, 1.16, tempo=5.3),
    ),
    Actor(
        "Oscar",
        Face(0.72, 0.30, (156, 182, 222), (50, 82, 118), (140, 116, 84), (100, 110, 60), "short", 1.1),
        Voice(125.0, 1.02, tempo=5.0),
    ),
    Actor(
        "Ines",
        Face(
            0.68, 0.50, (162, 190, 230), (48, 66, 128), (84, 120, 80), (96, 140, 70), "bun", 0.7, 0.155, 0.92, 0.9, 0.7
        ),
        Voice(225.0, 1.20, tempo=5.8, breath=0.10, bright=-3.5),
    ),
    Actor(
        "Tom",
        Face(
            0.74,
            0.25,
            (80, 106, 150),
            (20, 20, 22),
            (24, 34, 50),
            (56, 120, 170),
            "receding",
            1.2,
            0.165,
            1.1,
            1.2,
            0.5,
            0.5,
        ),
        Voice(104.0, 0.96, tempo=4.6, bright=-4.0),
    ),
    Actor(
        "Lena",
        Face(
            0.71,
            0.40,
            (168, 194, 234),
            (96, 156, 194),
            (170, 136, 90),
            (140, 90, 110),
            "long",
            0.7,
            0.16,
            1.0,
            0.9,
            0.6,
        ),
        Voice(190.0, 1.12, tempo=4.8, breath=0.08),
    ),
    Actor(
        "Ravi",
        Face(
            0.69,
            0.50,
            (104, 138, 188),
            (18, 20, 24),
            (28, 40, 60),
            (88, 70, 52),
            "short",
            1.3,
            0.16,
            1.0,
            1.1,
            0.4,
            0.6,
        ),
        Voice(140.0, 1.05, tempo=5.6, breath=0.04, bright=-2.0),
    ),
)

SENTENCES = (
    "The kettle is on the table.",
    "You left the door open, again.",
    "It is Tuesday, isn't it?",
    'They said "noon", so I came at noon.',
    "I put the letters in the drawer.",
    "There’s a bus at ten past four.",
    "So that is where it was…",
    "Nobody told me about the piano.",
    "Wait, which of the two keys?",
    "He has read it twice.",
    "The lift stops on every floor.",
    "Yes.",
    "We could walk, or we could not.",
    "That was the last of the bread!",
    "Somebody is at the window.",
    "Fine, I will bring the ladder.",
)
"""Said under any emotion."""

CUES = {
    Emotion.ANGER: (
        "I can't believe you did that!",
        "Stop it!",
        "How could you?",
        "You always do this!",
        "Get out!",
        "That is not fair!",
    ),
    Emotion.DISGUST: (
        "Ew!",
        "That is gross.",
        "Oh, that smells.",
        "I can't look at it.",
        "Who would eat that?",
        "Ugh.",
    ),
    Emotion.FEAR: (
        "I'm scared.",
        "Please don't let go!",
        "Did you hear that?",
        "What if they find us?",
        "Oh no, no, no.",
        "Careful!",
    ),
    Emotion.HAPPINESS: (
        "That's great!",
        "I love it!",
        "Ha, thank you!",
        "Oh, this is wonderful!",
        "We won!",
        "Congratulations!",
    ),
    Emotion.NEUTRAL: ("Well.", "All right.", "You know,", "Let me see.", "By the way,", "So,"),
    Emotion.SADNESS: (
        "I'm so sorry.",
        "I miss him.",
        "It's over.",
        "Nobody called.",
        "I don't know what to do.",
        "I wish you could stay.",
    ),
    Emotion.SURPRISE: ("What?!", "Oh my God!", "Really?!", "Wow!", "No way!", "You're kidding!"),
}
"""Said before a sentence, mostly under that emotion."""
