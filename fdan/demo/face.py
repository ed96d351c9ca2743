"""A drawn, talking face: proportions of a person, seven expressions, a frame of a clip.

Lengths are in head heights, with the origin at the middle of the head, x to the right and y down.
The proportions and the shading (dark sockets, bright cheeks and nose ridge, eye whites toned down)
are those of a photographed face, because the Haar cascades of the pipeline must find it.
"""

from dataclasses import astuple, dataclass
from functools import lru_cache

import cv2
import numpy as np
from jaxtyping import Float, Float32, UInt8

from fdan.data.utterance import Emotion

Points = Float[np.ndarray, "n 2"]
Colour = tuple[int, int, int]
Image = UInt8[np.ndarray, "height width 3"]
Field = Float32[np.ndarray, "height width"]


@dataclass(frozen=True)
class Face:
    """How a speaker looks. Colours are blue, green, red in [0, 255].

    Attributes:
        width: of the head, in head heights.
        jaw: how much narrower the jaw is than the temples, in [0, 1].
        skin, hair, iris, clothes: colours.
        style: of the hair: ``short``, ``receding``, ``long`` or ``bun``.
        brow: thickness of the brows, 1 is common.
        eyes: distance of each eye from the middle, in head heights.
        mouth: width of the mouth, 1 is common.
        nose: width of the nose, 1 is common.
        lips: how red and full the lips are, in [0, 1].
        beard: how dark the stubble is, in [0, 1].
    """

    width: float
    jaw: float
    skin: Colour
    hair: Colour
    iris: Colour
    clothes: Colour
    style: str
    brow: float = 1.0
    eyes: float = 0.16
    mouth: float = 1.0
    nose: float = 1.0
    lips: float = 0.3
    beard: float = 0.0


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


UNIT = 128
"""Pixels per head height on the drawing board."""
CENTRE = (0.95 * UNIT, 0.85 * UNIT)
"""The middle of the head on the drawing board, in pixels."""
_SHIFT = 4  # OpenCV's fixed point: sixteenths of a pixel
_SIZE = (288, 244)
_X = (np.arange(_SIZE[1], dtype=np.float32) - CENTRE[0]) / UNIT
_Y = (np.arange(_SIZE[0], dtype=np.float32) - CENTRE[1]) / UNIT
_S = np.linspace(-1.0, 1.0, 25)
_BOW = 1.0 - _S**2
_TURN = np.linspace(0.0, 2.0 * np.pi, 40, endpoint=False)
_ROUND = np.stack([np.cos(_TURN), np.sin(_TURN)], axis=1)


def _fixed(points: Points) -> np.ndarray:
    fixed: np.ndarray = np.round((points * UNIT + CENTRE) * 2**_SHIFT).astype(np.int32)
    return fixed


def _fill(board: np.ndarray, points: Points, colour: Colour) -> None:
    cv2.fillPoly(board, [_fixed(points)], colour, cv2.LINE_AA, _SHIFT)


def _stroke(board: np.ndarray, points: Points, colour: Colour, pixels: int = 1) -> None:
    cv2.polylines(board, [_fixed(points)], False, colour, pixels, cv2.LINE_AA, _SHIFT)


def _points(x: np.ndarray, y: np.ndarray) -> Points:
    return np.stack(np.broadcast_arrays(x, y), axis=1)


def _between(x: np.ndarray, upper: np.ndarray, lower: np.ndarray) -> Points:
    """The outline of the area between two curves over the same x."""
    return np.concatenate([_points(x, upper), _points(x, lower)[::-1]])


def _oval(x: float, y: float, width: float, height: float) -> Points:
    return _ROUND * [width, height] + [x, y]


def _tone(colour: Colour, factor: float) -> Colour:
    blue, green, red = (min(255, round(c * factor)) for c in colour)
    return blue, green, red


def _mix(one: Colour, other: Colour, share: float) -> Colour:
    blue, green, red = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return blue, green, red


def _spot(x: float, y: float, width: float, height: float) -> Field:
    """A Gaussian of height 1 on the drawing board."""
    across = np.exp(-0.5 * ((_X - x) / width) ** 2)
    down = np.exp(-0.5 * ((_Y - y) / height) ** 2)
    return np.outer(down, across)


def draw_head(face: Face, expression: Expression, gaze: float = 0.0) -> tuple[Image, UInt8[np.ndarray, "height width"]]:
    """Head and shoulders on the drawing board, and the mask of what is drawn.

    Args:
        face: who.
        expression: what the face does.
        gaze: where the eyes look, in [-1, 1] from left to right.
    """
    board = np.full((*_SIZE, 3), 128, np.uint8)
    mask = np.zeros(_SIZE, np.uint8)
    for outline, colour in _silhouettes(face, expression):
        _fill(board, outline, colour)
        cv2.fillPoly(mask, [_fixed(outline)], 255, cv2.LINE_AA, _SHIFT)
    board = _shade(board, face, expression)
    for side in (-1, 1):
        _draw_eye(board, face, expression, side, gaze)
        _draw_brow(board, face, expression, side)
    _draw_nose(board, face, expression)
    _draw_mouth(board, face, expression)
    _draw_hair(board, mask, face)
    return cv2.GaussianBlur(board, (0, 0), 0.7), mask


def _silhouettes(face: Face, expression: Expression) -> list[tuple[Points, Colour]]:
    half = face.width / 2
    angle = np.linspace(0.0, 2.0 * np.pi, 80, endpoint=False)
    across, down = np.cos(angle), np.sin(angle)
    narrow = 1.0 - face.jaw * 0.35 * np.clip(down, 0.0, 1.0) ** 2
    chin = 0.5 + 0.035 * expression.mouth_open
    head = _points(half * np.sign(across) * np.abs(across) ** 0.85 * narrow, np.where(down > 0, chin, 0.5) * down)
    neck = np.array([[-0.19, 0.25], [0.19, 0.25], [0.23, 0.72], [-0.23, 0.72]])
    rim = np.linspace(-0.95, 0.95, 40)
    shoulders = _between(rim, 0.56 + 0.30 * (np.abs(rim) / 0.85) ** 2.2, np.full(40, 1.45))
    collar = _oval(0.0, 0.565, 0.215, 0.085)
    ears = [(_oval(side * half * 0.99, 0.03, 0.05, 0.1), _tone(face.skin, 0.86)) for side in (-1, 1)]
    back = []
    if face.style == "long":
        back = [(np.concatenate([_oval(0.0, -0.08, half * 1.17, 0.5)[20:], [[half * 1.2, 0.62], [-half * 1.2, 0.62]]]),
                 _tone(face.hair, 0.8))]  # fmt: skip
    if face.style == "bun":
        back = [(_oval(0.0, -0.56, 0.15, 0.13), _tone(face.hair, 0.85))]
    return [
        *back,
        (shoulders, face.clothes),
        (neck, _tone(face.skin, 0.78)),
        (collar, _tone(face.skin, 0.82)),
        *ears,
        (head, face.skin),
    ]


@lru_cache(maxsize=16)
def _light(face: Face) -> tuple[Field, Field]:
    """The light on a calm face, and how red each place is: what no expression changes."""
    light = np.ones(_SIZE, np.float32)
    sides = np.clip((_X / (face.width / 2)) ** 4, 0, 1)  # they turn away from the light
    light -= 0.26 * np.outer(np.abs(_Y) < 0.62, sides)
    light += 0.10 * _spot(0.0, -0.27, 0.2, 0.1) - 0.10 * _spot(0.0, 0.37, 0.09, 0.03)
    light += 0.17 * _spot(0.0, 0.05, 0.025, 0.11) + 0.08 * _spot(0.0, 0.44, 0.08, 0.05)
    light -= 0.22 * _spot(0.0, 0.62, 0.25, 0.06)  # the chin's shadow on the neck
    red = np.zeros(_SIZE, np.float32)
    for side in (-1, 1):
        light -= 0.40 * _spot(side * face.eyes, -0.045, 0.075, 0.042)
        light += 0.17 * _spot(side * 0.19, 0.13, 0.075, 0.06) - 0.12 * _spot(side * 0.055, 0.05, 0.022, 0.08)
        red += 8 * _spot(side * 0.2, 0.15, 0.07, 0.05)
    if face.beard:
        stubble = _spot(0.0, 0.4, 0.2, 0.1) + 0.6 * _spot(0.0, 0.235, 0.11, 0.02)
        light *= 1 - 0.5 * face.beard * np.clip(stubble, 0, 1) * (np.abs(_X) < face.width / 2)
    return light, red


def _shade(board: Image, face: Face, expression: Expression) -> Image:
    light, red = _light(face)
    smile = max(expression.mouth_curve, 0.0)
    if smile > 0.1 or expression.wrinkle > 0.1:
        light = light.copy()
        for side in (-1, 1):
            light += 0.09 * smile * _spot(side * 0.2, 0.11, 0.07, 0.05)
            light -= 0.10 * expression.wrinkle * _spot(side * 0.1, 0.16, 0.02, 0.05)
    shaded = board * light[..., None]
    shaded[..., 2] += (1 + smile) * red
    lit: Image = np.clip(shaded, 0, 255).astype(np.uint8)
    return lit


def _draw_eye(board: Image, face: Face, expression: Expression, side: int, gaze: float) -> None:
    x, y = side * face.eyes, -0.035
    height = 0.031 * max(1.0 + expression.eye_open, 0.1)
    lift = 0.007 * max(expression.mouth_curve, 0.0) + 0.010 * expression.wrinkle  # a raised cheek lifts the lower lid
    across = x + 0.066 * _S
    slant = 0.006 * side * _S + 0.008 * expression.brow_tilt * side * _S
    upper = y + slant - height * _BOW**0.8
    lower = y + slant + np.minimum(0.75 * height, max(0.75 * height - lift, 0.003)) * _BOW
    left, top = (int((v - 0.1) * UNIT + c) for v, c in zip((x, y), CENTRE, strict=True))
    socket = board[top : top + UNIT // 5, left : left + UNIT // 5]
    skin = socket.copy()
    white = _mix(face.skin, (205, 208, 210), 0.75)
    _fill(board, _oval(x, y, 0.075, 0.075), white)
    _fill(board, _oval(x + 0.018 * gaze, y - 0.002, 0.030, 0.030), face.iris)
    _fill(board, _oval(x + 0.018 * gaze, y - 0.002, 0.015, 0.015), (18, 16, 16))
    _fill(board, _oval(x + 0.018 * gaze + 0.010, y - 0.012, 0.006, 0.006), (235, 235, 235))
    _stroke(board, _points(across, upper + 0.008), _tone(white, 0.72), 3)  # the lid's shadow
    mask = np.zeros(_SIZE, np.uint8)
    _fill(mask, _between(across, upper, lower), (255, 255, 255))
    between_lids = mask[top : top + UNIT // 5, left : left + UNIT // 5, None] > 127
    socket[:] = np.where(between_lids, socket, skin)
    _stroke(board, _points(across, upper), _tone(face.skin, 0.22), 3)
    _stroke(board, _points(across, lower), _tone(face.skin, 0.55), 1)
    _stroke(board, _points(across, upper - 0.016 - 0.004 * _BOW), _tone(face.skin, 0.56), 1)


def _draw_brow(board: Image, face: Face, expression: Expression, side: int) -> None:
    inner_to_outer = (_S + 1) / 2
    x = side * (0.062 + 0.006 * expression.brow_tilt + (face.eyes + 0.025) * inner_to_outer)
    y = -0.118 - 0.046 * expression.brow_raise - 0.02 * _BOW * (1 + 0.3 * expression.brow_raise)
    y = y - 0.045 * expression.brow_tilt * (0.75 - inner_to_outer)
    half = 0.0125 * face.brow * (1.0 - 0.65 * inner_to_outer**2)
    colour = _mix(_tone(face.hair, 0.75), face.skin, 0.15)
    _fill(board, _between(x, y - half, y + half), colour)
    for rank in range(2) if expression.brow_raise > 0.55 else ():
        crease = -0.26 - 0.04 * rank - 0.01 * np.cos(2 * _S)
        _stroke(board, _points(0.17 * _S, crease), _tone(face.skin, 0.80), 1)
    if expression.brow_tilt < -0.3:
        _stroke(board, np.array([[side * 0.022, -0.08], [side * 0.026, -0.14]]), _tone(face.skin, 0.6), 2)


def _draw_nose(board: Image, face: Face, expression: Expression) -> None:
    dark, line = _tone(face.skin, 0.38), _tone(face.skin, 0.62)
    up = 0.014 * expression.wrinkle
    for side in (-1, 1):
        _fill(board, _oval(side * 0.034 * face.nose, 0.172 - up, 0.017 * face.nose, 0.010), dark)
        wing = np.array([[0.058, 0.125], [0.07, 0.15], [0.066, 0.175], [0.05, 0.182]])
        _stroke(board, wing * [side * face.nose, 1] - [0, up], line, 2)
        fold = max(expression.wrinkle, 0.8 * max(expression.mouth_curve, 0.0))
        if fold > 0.2:
            cheek = np.array([[0.075, 0.15], [0.12, 0.19], [0.15 + 0.02 * fold, 0.27]])
            _stroke(board, cheek * [side, 1], _tone(face.skin, 1 - 0.3 * min(fold, 1.0)), 2)
        for rank in range(3) if expression.wrinkle > 0.4 else ():
            crease = np.array([[0.008, 0.0 + 0.026 * rank], [0.04, -0.022 + 0.026 * rank]])
            _stroke(board, crease * [side, 1], _tone(face.skin, 0.62), 2)
    _stroke(board, _points(0.02 * _S, 0.19 - up - 0.006 * _BOW), line, 1)


def _draw_mouth(board: Image, face: Face, expression: Expression) -> None:
    x = 0.13 * face.mouth * (1.0 + 0.55 * expression.mouth_wide + 0.12 * max(expression.mouth_curve, 0)) * _S
    corner = 0.052 * expression.mouth_curve
    middle = 0.285 - corner * _S**2 + 0.45 * corner
    gap = 0.125 * expression.mouth_open
    snarl = 0.022 * expression.wrinkle * np.exp(-(((np.abs(_S) - 0.45) / 0.3) ** 2))
    upper = middle - 0.3 * gap * _BOW - snarl
    lower = middle + 0.8 * gap * _BOW**0.75
    lip = _mix(face.skin, (85, 75, 175), 0.3 + 0.55 * face.lips)
    full = 0.75 + 0.6 * face.lips
    cupid = 0.022 * full * _BOW**0.6 * (1 - 0.35 * np.exp(-((_S / 0.16) ** 2)))
    _fill(board, _between(x, upper - cupid, upper + 0.004), _tone(lip, 0.84))
    _fill(board, _between(x, lower - 0.004, lower + 0.031 * full * _BOW**0.7), lip)
    _stroke(board, _points(0.6 * x, lower + 0.016 * full * _BOW), _tone(lip, 1.12), 2)
    if gap + snarl.max() > 0.006:
        _fill(board, _between(x, upper, lower), (38, 30, 60))
        teeth = np.minimum(upper + 0.02 + 0.012 * max(expression.mouth_curve, 0.0), lower)
        _fill(board, _between(0.86 * x, upper, teeth), (205, 214, 218))
        if gap > 0.05:
            _fill(board, _between(0.6 * x, lower - 0.022 * _BOW, lower), (75, 70, 150))
    _stroke(board, _points(x, (upper + lower) / 2 if gap < 0.006 else upper), (35, 32, 62), 2)


def _draw_hair(board: Image, mask: UInt8[np.ndarray, "height width"], face: Face) -> None:
    half = face.width / 2
    line = {"short": -0.335, "receding": -0.42, "long": -0.36, "bun": -0.36}[face.style]
    rim = np.linspace(-1.0, 1.0, 61)
    top = -0.03 - 0.52 * (1 - np.abs(rim) ** 2.6) ** 0.5
    if face.style == "long":  # a parting, and strands that frame the face
        fringe = line + 0.30 * np.abs(rim + 0.15) ** 3
    elif face.style == "bun":
        fringe = line + 0.26 * np.abs(rim) ** 4
    else:  # uneven tufts, and sideburns
        fringe = line + 0.35 * np.abs(rim) ** 7 + 0.03 * rim + 0.010 * np.sin(17 * rim) + 0.008 * np.sin(29 * rim + 1)
    fringe = np.maximum(fringe, top)
    cap = _between(1.05 * half * rim, top, fringe)
    _fill(board, cap, face.hair)
    cv2.fillPoly(mask, [_fixed(cap)], 255, cv2.LINE_AA, _SHIFT)
    part = -0.35 if face.style in {"short", "receding"} else 0.0
    for place in range(3, 58, 2):  # strands, combed from the parting
        share = np.linspace(0.08, 0.96, 6)
        x = 1.05 * half * (rim[place] + (rim[place] - part) * 0.18 * (share - 0.5))
        y = top[place] + (fringe[place] - top[place]) * share
        _stroke(board, _points(x, y), _tone(face.hair, 1.22 if place % 4 == 1 else 0.82))
    shine = _points(0.5 * half * rim, -0.475 + 0.05 * rim**2)
    _stroke(board, shine, _tone(face.hair, 1.35), 3)
