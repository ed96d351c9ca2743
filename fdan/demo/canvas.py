"""The drawing board of a head: its size, its unit, and the strokes and shades that a face is made of.

Lengths are in head heights, with the origin at the middle of the head, x to the right and y down.
"""

import cv2
import numpy as np
from jaxtyping import Float, Float32, UInt8

Points = Float[np.ndarray, "n 2"]
Colour = tuple[int, int, int]
Image = UInt8[np.ndarray, "height width 3"]
Field = Float32[np.ndarray, "height width"]

UNIT = 128
"""Pixels per head height on the drawing board."""
CENTRE = (0.95 * UNIT, 0.85 * UNIT)
"""The middle of the head on the drawing board, in pixels."""
SHIFT = 4
"""OpenCV's fixed point: sixteenths of a pixel."""
SIZE = (288, 244)
"""Height and width of the drawing board, in pixels."""
X = (np.arange(SIZE[1], dtype=np.float32) - CENTRE[0]) / UNIT
Y = (np.arange(SIZE[0], dtype=np.float32) - CENTRE[1]) / UNIT
ACROSS = np.linspace(-1.0, 1.0, 25)
BOW = 1.0 - ACROSS**2
_TURN = np.linspace(0.0, 2.0 * np.pi, 40, endpoint=False)
ROUND = np.stack([np.cos(_TURN), np.sin(_TURN)], axis=1)


def fixed(outline: Points) -> np.ndarray:
    """Points in OpenCV's fixed point, in pixels of the board."""
    places: np.ndarray = np.round((outline * UNIT + CENTRE) * 2**SHIFT).astype(np.int32)
    return places


def fill(board: np.ndarray, outline: Points, colour: Colour) -> None:
    """Fill a polygon."""
    cv2.fillPoly(board, [fixed(outline)], colour, cv2.LINE_AA, SHIFT)


def stroke(board: np.ndarray, outline: Points, colour: Colour, pixels: int = 1) -> None:
    """Draw a line through points."""
    cv2.polylines(board, [fixed(outline)], False, colour, pixels, cv2.LINE_AA, SHIFT)


def points(x: np.ndarray, y: np.ndarray) -> Points:
    """Pairs of x and y; either may be one number for all."""
    return np.stack(np.broadcast_arrays(x, y), axis=1)


def between(x: np.ndarray, upper: np.ndarray, lower: np.ndarray) -> Points:
    """The outline of the area between two curves over the same x."""
    return np.concatenate([points(x, upper), points(x, lower)[::-1]])


def oval(x: float, y: float, width: float, height: float) -> Points:
    """The outline of an ellipse around (x, y) with these half axes."""
    return ROUND * [width, height] + [x, y]


def tone(colour: Colour, factor: float) -> Colour:
    """A colour lighter or darker by a factor."""
    blue, green, red = (min(255, round(c * factor)) for c in colour)
    return blue, green, red


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """The first colour with a share of the second."""
    blue, green, red = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return blue, green, red


def spot(x: float, y: float, width: float, height: float) -> Field:
    """A Gaussian of height 1 on the drawing board."""
    across = np.exp(-0.5 * ((X - x) / width) ** 2)
    down = np.exp(-0.5 * ((Y - y) / height) ** 2)
    return np.outer(down, across)
