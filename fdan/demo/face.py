"""A drawn, talking face: proportions of a person, seven expressions, a frame of a clip.

Lengths are in head heights, with the origin at the middle of the head, x to the right and y down.
The proportions and the shading (dark sockets, bright cheeks and nose ridge, eye whites toned down)
are those of a photographed face, because the Haar cascades of the pipeline must find it.
"""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from jaxtyping import UInt8

from fdan.demo.canvas import (
    ACROSS,
    BOW,
    CENTRE,
    SHIFT,
    SIZE,
    UNIT,
    Colour,
    Field,
    Image,
    Points,
    X,
    Y,
    between,
    fill,
    fixed,
    mix,
    oval,
    points,
    spot,
    stroke,
    tone,
)
from fdan.demo.expression import Expression


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


def draw_head(face: Face, expression: Expression, gaze: float = 0.0) -> tuple[Image, UInt8[np.ndarray, "height width"]]:
    """Head and shoulders on the drawing board, and the mask of what is drawn.

    Args:
        face: who.
        expression: what the face does.
        gaze: where the eyes look, in [-1, 1] from left to right.
    """
    board = np.full((*SIZE, 3), 128, np.uint8)
    mask = np.zeros(SIZE, np.uint8)
    for outline, colour in _silhouettes(face, expression):
        fill(board, outline, colour)
        cv2.fillPoly(mask, [fixed(outline)], 255, cv2.LINE_AA, SHIFT)
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
    head = points(half * np.sign(across) * np.abs(across) ** 0.85 * narrow, np.where(down > 0, chin, 0.5) * down)
    neck = np.array([[-0.19, 0.25], [0.19, 0.25], [0.23, 0.72], [-0.23, 0.72]])
    rim = np.linspace(-0.95, 0.95, 40)
    shoulders = between(rim, 0.56 + 0.30 * (np.abs(rim) / 0.85) ** 2.2, np.full(40, 1.45))
    collar = oval(0.0, 0.565, 0.215, 0.085)
    ears = [(oval(side * half * 0.99, 0.03, 0.05, 0.1), tone(face.skin, 0.86)) for side in (-1, 1)]
    back = []
    if face.style == "long":
        back = [(np.concatenate([oval(0.0, -0.08, half * 1.17, 0.5)[20:], [[half * 1.2, 0.62], [-half * 1.2, 0.62]]]),
                 tone(face.hair, 0.8))]  # fmt: skip
    if face.style == "bun":
        back = [(oval(0.0, -0.56, 0.15, 0.13), tone(face.hair, 0.85))]
    return [
        *back,
        (shoulders, face.clothes),
        (neck, tone(face.skin, 0.78)),
        (collar, tone(face.skin, 0.82)),
        *ears,
        (head, face.skin),
    ]


@lru_cache(maxsize=16)
def _light(face: Face) -> tuple[Field, Field]:
    """The light on a calm face, and how red each place is: what no expression changes."""
    light = np.ones(SIZE, np.float32)
    sides = np.clip((X / (face.width / 2)) ** 4, 0, 1)  # they turn away from the light
    light -= 0.26 * np.outer(np.abs(Y) < 0.62, sides)
    light += 0.10 * spot(0.0, -0.27, 0.2, 0.1) - 0.10 * spot(0.0, 0.37, 0.09, 0.03)
    light += 0.17 * spot(0.0, 0.05, 0.025, 0.11) + 0.08 * spot(0.0, 0.44, 0.08, 0.05)
    light -= 0.22 * spot(0.0, 0.62, 0.25, 0.06)  # the chin's shadow on the neck
    red = np.zeros(SIZE, np.float32)
    for side in (-1, 1):
        light -= 0.40 * spot(side * face.eyes, -0.045, 0.075, 0.042)
        light += 0.17 * spot(side * 0.19, 0.13, 0.075, 0.06) - 0.12 * spot(side * 0.055, 0.05, 0.022, 0.08)
        red += 8 * spot(side * 0.2, 0.15, 0.07, 0.05)
    if face.beard:
        stubble = spot(0.0, 0.4, 0.2, 0.1) + 0.6 * spot(0.0, 0.235, 0.11, 0.02)
        light *= 1 - 0.5 * face.beard * np.clip(stubble, 0, 1) * (np.abs(X) < face.width / 2)
    return light, red


def _shade(board: Image, face: Face, expression: Expression) -> Image:
    light, red = _light(face)
    smile = max(expression.mouth_curve, 0.0)
    if smile > 0.1 or expression.wrinkle > 0.1:
        light = light.copy()
        for side in (-1, 1):
            light += 0.09 * smile * spot(side * 0.2, 0.11, 0.07, 0.05)
            light -= 0.10 * expression.wrinkle * spot(side * 0.1, 0.16, 0.02, 0.05)
    shaded = board * light[..., None]
    shaded[..., 2] += (1 + smile) * red
    lit: Image = np.clip(shaded, 0, 255).astype(np.uint8)
    return lit


def _draw_eye(board: Image, face: Face, expression: Expression, side: int, gaze: float) -> None:
    x, y = side * face.eyes, -0.035
    height = 0.031 * max(1.0 + expression.eye_open, 0.1)
    lift = 0.007 * max(expression.mouth_curve, 0.0) + 0.010 * expression.wrinkle  # a raised cheek lifts the lower lid
    across = x + 0.066 * ACROSS
    slant = 0.006 * side * ACROSS + 0.008 * expression.brow_tilt * side * ACROSS
    upper = y + slant - height * BOW**0.8
    lower = y + slant + np.minimum(0.75 * height, max(0.75 * height - lift, 0.003)) * BOW
    left, top = (int((v - 0.1) * UNIT + c) for v, c in zip((x, y), CENTRE, strict=True))
    socket = board[top : top + UNIT // 5, left : left + UNIT // 5]
    skin = socket.copy()
    white = mix(face.skin, (205, 208, 210), 0.75)
    fill(board, oval(x, y, 0.075, 0.075), white)
    fill(board, oval(x + 0.018 * gaze, y - 0.002, 0.030, 0.030), face.iris)
    fill(board, oval(x + 0.018 * gaze, y - 0.002, 0.015, 0.015), (18, 16, 16))
    fill(board, oval(x + 0.018 * gaze + 0.010, y - 0.012, 0.006, 0.006), (235, 235, 235))
    stroke(board, points(across, upper + 0.008), tone(white, 0.72), 3)  # the lid's shadow
    mask = np.zeros(SIZE, np.uint8)
    fill(mask, between(across, upper, lower), (255, 255, 255))
    between_lids = mask[top : top + UNIT // 5, left : left + UNIT // 5, None] > 127
    socket[:] = np.where(between_lids, socket, skin)
    stroke(board, points(across, upper), tone(face.skin, 0.22), 3)
    stroke(board, points(across, lower), tone(face.skin, 0.55), 1)
    stroke(board, points(across, upper - 0.016 - 0.004 * BOW), tone(face.skin, 0.56), 1)


def _draw_brow(board: Image, face: Face, expression: Expression, side: int) -> None:
    inner_to_outer = (ACROSS + 1) / 2
    x = side * (0.062 + 0.006 * expression.brow_tilt + (face.eyes + 0.025) * inner_to_outer)
    y = -0.118 - 0.046 * expression.brow_raise - 0.02 * BOW * (1 + 0.3 * expression.brow_raise)
    y = y - 0.045 * expression.brow_tilt * (0.75 - inner_to_outer)
    half = 0.0125 * face.brow * (1.0 - 0.65 * inner_to_outer**2)
    colour = mix(tone(face.hair, 0.75), face.skin, 0.15)
    fill(board, between(x, y - half, y + half), colour)
    for rank in range(2) if expression.brow_raise > 0.55 else ():
        crease = -0.26 - 0.04 * rank - 0.01 * np.cos(2 * ACROSS)
        stroke(board, points(0.17 * ACROSS, crease), tone(face.skin, 0.80), 1)
    if expression.brow_tilt < -0.3:
        stroke(board, np.array([[side * 0.022, -0.08], [side * 0.026, -0.14]]), tone(face.skin, 0.6), 2)


def _draw_nose(board: Image, face: Face, expression: Expression) -> None:
    dark, line = tone(face.skin, 0.38), tone(face.skin, 0.62)
    up = 0.014 * expression.wrinkle
    for side in (-1, 1):
        fill(board, oval(side * 0.034 * face.nose, 0.172 - up, 0.017 * face.nose, 0.010), dark)
        wing = np.array([[0.058, 0.125], [0.07, 0.15], [0.066, 0.175], [0.05, 0.182]])
        stroke(board, wing * [side * face.nose, 1] - [0, up], line, 2)
        fold = max(expression.wrinkle, 0.8 * max(expression.mouth_curve, 0.0))
        if fold > 0.2:
            cheek = np.array([[0.075, 0.15], [0.12, 0.19], [0.15 + 0.02 * fold, 0.27]])
            stroke(board, cheek * [side, 1], tone(face.skin, 1 - 0.3 * min(fold, 1.0)), 2)
        for rank in range(3) if expression.wrinkle > 0.4 else ():
            crease = np.array([[0.008, 0.0 + 0.026 * rank], [0.04, -0.022 + 0.026 * rank]])
            stroke(board, crease * [side, 1], tone(face.skin, 0.62), 2)
    stroke(board, points(0.02 * ACROSS, 0.19 - up - 0.006 * BOW), line, 1)


def _draw_mouth(board: Image, face: Face, expression: Expression) -> None:
    x = 0.13 * face.mouth * (1.0 + 0.55 * expression.mouth_wide + 0.12 * max(expression.mouth_curve, 0)) * ACROSS
    corner = 0.052 * expression.mouth_curve
    middle = 0.285 - corner * ACROSS**2 + 0.45 * corner
    gap = 0.125 * expression.mouth_open
    snarl = 0.022 * expression.wrinkle * np.exp(-(((np.abs(ACROSS) - 0.45) / 0.3) ** 2))
    upper = middle - 0.3 * gap * BOW - snarl
    lower = middle + 0.8 * gap * BOW**0.75
    lip = mix(face.skin, (85, 75, 175), 0.3 + 0.55 * face.lips)
    full = 0.75 + 0.6 * face.lips
    cupid = 0.022 * full * BOW**0.6 * (1 - 0.35 * np.exp(-((ACROSS / 0.16) ** 2)))
    fill(board, between(x, upper - cupid, upper + 0.004), tone(lip, 0.84))
    fill(board, between(x, lower - 0.004, lower + 0.031 * full * BOW**0.7), lip)
    stroke(board, points(0.6 * x, lower + 0.016 * full * BOW), tone(lip, 1.12), 2)
    if gap + snarl.max() > 0.006:
        fill(board, between(x, upper, lower), (38, 30, 60))
        teeth = np.minimum(upper + 0.02 + 0.012 * max(expression.mouth_curve, 0.0), lower)
        fill(board, between(0.86 * x, upper, teeth), (205, 214, 218))
        if gap > 0.05:
            fill(board, between(0.6 * x, lower - 0.022 * BOW, lower), (75, 70, 150))
    stroke(board, points(x, (upper + lower) / 2 if gap < 0.006 else upper), (35, 32, 62), 2)


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
    cap = between(1.05 * half * rim, top, fringe)
    fill(board, cap, face.hair)
    cv2.fillPoly(mask, [fixed(cap)], 255, cv2.LINE_AA, SHIFT)
    part = -0.35 if face.style in {"short", "receding"} else 0.0
    for place in range(3, 58, 2):  # strands, combed from the parting
        share = np.linspace(0.08, 0.96, 6)
        x = 1.05 * half * (rim[place] + (rim[place] - part) * 0.18 * (share - 0.5))
        y = top[place] + (fringe[place] - top[place]) * share
        stroke(board, points(x, y), tone(face.hair, 1.22 if place % 4 == 1 else 0.82))
    shine = points(0.5 * half * rim, -0.475 + 0.05 * rim**2)
    stroke(board, shine, tone(face.hair, 1.35), 3)
