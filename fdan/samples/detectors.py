"""Face detectors behind one signature."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from annotated_types import Ge, Gt, Le
from jaxtyping import UInt8

from fdan.media.clip import MediaError

LINES = 360
"""Frames are searched at no more lines than this: a speaker's face is larger than a few pixels."""

ANCHORS = {"blazeface.pth": "anchors.npy", "blazefaceback.pth": "anchorsback.npy"}
"""BlazeFace's two models, by the names they are published under; the anchors lie beside them."""


@dataclass(frozen=True)
class FaceParams:
    """Section ``faces`` of params.yaml: from frames to face crops.

    Attributes:
        frames: how many frames of an utterance are used.
        detector: ``haar`` needs no download; the others are networks of face-alignment.
        weights: the detector's local file. Null lets face-alignment download it (its own cache,
            internet access needed). For blazeface its anchors must lie beside it.
        margin: added on every side of the face, as a fraction of the box's longer side.
        size: height and width of a crop.
        jpeg_quality: of the stored crops, 1 to 100.
    """

    frames: Annotated[int, Gt(0)]
    detector: Literal["haar", "sfd", "blazeface", "yunet"]
    weights: str | None
    margin: Annotated[float, Ge(0), Le(4)]
    size: Annotated[int, Gt(0)]
    jpeg_quality: Annotated[int, Ge(1), Le(100)]


@dataclass(frozen=True)
class Box:
    """A face, in pixels of the frame: left edge, top edge, width, height; score in (0, 1]."""

    x: float
    y: float
    width: float
    height: float
    score: float


Detector = Callable[[UInt8[np.ndarray, "h w 3"]], list[Box]]
"""From an RGB image to all faces found in it; none is an empty list."""


def make_detector(params: FaceParams) -> Detector:
    """The detector that the section ``faces`` names; it runs on the CPU.

    Boxes lie within the image. Images of more than 360 lines are searched at 360.

    Raises:
        MediaError: the detector's weights are missing, cannot be downloaded, or are another
            detector's.
    """
    import cv2

    find = _haar() if params.detector == "haar" else _network(params.detector, params.weights)

    def detect(image: UInt8[np.ndarray, "h w 3"]) -> list[Box]:
        height, width = image.shape[:2]
        scale = max(1.0, height / LINES)
        if scale > 1:
            small = (max(1, round(width / scale)), LINES)
            image = cv2.resize(image, small, interpolation=cv2.INTER_AREA)
        boxes = (_clip(box, scale, height, width) for box in find(image))
        return [box for box in boxes if box.width >= 1 and box.height >= 1]

    return detect


@cache
def detector_of(params: FaceParams) -> Detector:
    """`make_detector`, once in a process."""
    return make_detector(params)


def weight_files(params: FaceParams) -> list[Path]:
    """The local files that decide what the detector finds.

    Raises:
        MediaError: weights of BlazeFace under another name than the published ones, or without their anchors.
    """
    if params.weights is None:
        return []
    return [Path(params.weights), *([_anchors(params.weights)] if params.detector == "blazeface" else [])]


def _clip(box: Box, scale: float, height: int, width: int) -> Box:
    left, right = (min(max(x * scale, 0.0), float(width)) for x in (box.x, box.x + box.width))
    top, bottom = (min(max(y * scale, 0.0), float(height)) for y in (box.y, box.y + box.height))
    return Box(left, top, right - left, bottom - top, box.score)


def _haar() -> Detector:
    """OpenCV's `alt2` cascade: coarse steps of scale first, finer ones where nothing is found.

    The grey values are stretched, which dark frames need; equalising their histogram instead loses
    faces before a plain wall (57 against 64 of 70). The score grows with the number n of
    overlapping hits: n / (n + 10).
    """
    import cv2

    cascade = cv2.CascadeClassifier(str(Path(cv2.__file__).parent / "data" / "haarcascade_frontalface_alt2.xml"))

    def find(image: UInt8[np.ndarray, "h w 3"]) -> list[Box]:
        grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
        grey = cv2.normalize(grey, np.empty_like(grey), 0, 255, cv2.NORM_MINMAX)
        smallest = len(grey) // 10  # a speaker's face is larger; what is smaller is mostly none
        for factor, neighbours in ((1.1, 4), (1.05, 3)):
            found, hits = cascade.detectMultiScale2(
                grey, scaleFactor=factor, minNeighbors=neighbours, minSize=(smallest, smallest)
            )
            if len(found):  # nothing found is a tuple, not an empty array
                pairs = zip(np.asarray(found, np.float64).tolist(), np.asarray(hits).ravel().tolist(), strict=True)
                return [Box(x, y, width, height, n / (n + 10)) for (x, y, width, height), n in pairs]
        return []

    return find


def _network(name: str, weights: str | None) -> Detector:
    """One of face-alignment's detectors: boxes alone, without its landmark network."""
    try:
        from face_alignment.detection import blazeface, sfd, yunet  # imports torch: only where it is asked for
    except ModuleNotFoundError as error:
        raise MediaError(
            f"faces.detector {name}: {error.name} is not installed; pip install --no-deps face-alignment "
            "(and numba scikit-image), or take haar"
        ) from None

    if weights is not None and not Path(weights).is_file():
        raise MediaError(
            f"faces.weights: {weights}: no such file; name the local file of the {name} detector's weights, "
            "or null to download them"
        )
    try:
        if name == "blazeface":
            return _blazeface(blazeface.FaceDetector, weights)
        detector = {"sfd": sfd, "yunet": yunet}[name].FaceDetector("cpu", path_to_detector=weights)
    except MediaError:
        raise
    except Exception as error:
        # Downloads, unpickling and OpenCV each have their own exceptions.
        reason = str(error).strip().split("\n")[0] or type(error).__name__
        what = f"{weights}: not weights of" if weights else "null: cannot download the weights of"
        raise MediaError(f"faces.weights: {what} the {name} detector ({reason})") from None
    return lambda image: _boxes(detector.detect_from_image(image))


def _blazeface(make: Any, weights: str | None) -> Detector:
    """BlazeFace; its back-camera model by default, which sees small faces too.

    The model looks at the image's centred square only, so a frame is first made square by
    repeating its edge pixels. On 312 frames with a face of 62 to 86 % of the height, all are found.
    """
    import cv2

    files = {}
    if weights is not None:
        files = {"path_to_detector": weights, "path_to_anchor": str(_anchors(weights))}
    detector = make("cpu", back_model=weights is None or "back" in Path(weights).name, **files)

    def find(image: UInt8[np.ndarray, "h w 3"]) -> list[Box]:
        height, width = image.shape[:2]
        side = max(height, width)
        top, left = (side - height) // 2, (side - width) // 2
        rest = (top, side - height - top, left, side - width - left)
        found = detector.detect_from_image(cv2.copyMakeBorder(image, *rest, cv2.BORDER_REPLICATE))
        return [Box(box.x - left, box.y - top, box.width, box.height, box.score) for box in _boxes(found)]

    return find


def _anchors(weights: str) -> Path:
    name = ANCHORS.get(Path(weights).name)
    if name is None:
        raise MediaError(f"faces.weights: {weights}: expected a file named {' or '.join(ANCHORS)}")
    file = Path(weights).with_name(name)
    if not file.is_file():
        raise MediaError(f"faces.weights: {file}: no such file; BlazeFace's anchors lie beside its weights")
    return file


def _boxes(corners: Any) -> list[Box]:
    """From rows (left, top, right, bottom, score)."""
    rows = np.asarray(corners, dtype=np.float64).reshape(-1, 5)
    rows = rows[np.isfinite(rows).all(axis=1)]
    return [Box(x, y, right - x, bottom - y, score) for x, y, right, bottom, score in rows.tolist()]
