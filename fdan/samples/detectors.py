"""Face detectors behind one signature."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from annotated_types import Ge, Gt, Le
from jaxtyping import UInt8

from fdan.media.clip import MediaError
from fdan.runtime.cache import digest

LINES = 360
"""Frames are searched at no more lines than this: a speaker's face is larger than a few pixels."""

ANCHORS = {"blazeface.pth": "anchors.npy", "blazefaceback.pth": "anchorsback.npy"}
"""BlazeFace's two models, by the names they are published under; the anchors lie beside them."""

PUBLISHED = {
    "blazeface.pth": "54ecff653feaaaf1f7d44b6aff28fd2fc50e483a4e847563b6dd261369c43ba4",
    "blazefaceback.pth": "e2c03bb3ae45e769eaaa0a7cc7d4f61f54a5e3fbae6367d870166702e7022b11",
    "anchors.npy": "a10bb2fb93ab54ca426d6c750bfc3aad685028a16dcf231357d03694f261fd95",
    "anchorsback.npy": "a10bb2fb93ab54ca426d6c750bfc3aad685028a16dcf231357d03694f261fd95",
    "s3fd-619a316812.pth": "619a316812",
    "face_detection_yunet_2023mar.onnx": "8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4",
}
"""SHA-256 of the files that ``fdan download weights`` gets, or how it begins. A file of your own has another name."""

_FILES = {"sfd": "s3fd-619a316812.pth", "blazeface": "blazefaceback.pth", "yunet": "face_detection_yunet_2023mar.onnx"}

FIND_EYES = ("blazeface", "yunet")
"""The detectors that say where the eyes are."""

EYES_APART = 0.1
"""Eyes nearer to each other than this share of the box's width are a profile's, and say nothing of a tilt."""


@dataclass(frozen=True)
class FaceParams:
    """Section ``faces`` of params.yaml: from frames to face crops.

    Attributes:
        frames: how many frames of an utterance are used.
        detector: ``haar`` needs no download; the others are networks of face-alignment.
        weights: the detector's local file; null for haar. For blazeface its anchors must lie beside it.
        margin: added on every side of the face, as a fraction of the box's longer side.
        size: height and width of a crop.
        jpeg_quality: of the stored crops, 1 to 100.
        align: whether a crop is turned so that the eyes are level; for detectors of `FIND_EYES`.
    """

    frames: Annotated[int, Gt(0)]
    detector: Literal["haar", "sfd", "blazeface", "yunet"]
    weights: str | None
    margin: Annotated[float, Ge(0), Le(4)]
    size: Annotated[int, Gt(0)]
    jpeg_quality: Annotated[int, Ge(1), Le(100)]
    align: bool = False

    def __post_init__(self) -> None:
        if self.align and self.detector not in FIND_EYES:
            raise ValueError(
                f"align: true with the detector {self.detector}, which finds no eyes; expected detector "
                f"{' or '.join(FIND_EYES)}, or align: false"
            )


@dataclass(frozen=True)
class Box:
    """A face, in pixels of the frame: left edge, top edge, width, height; score in (0, 1].

    Attributes:
        eyes: x and y of the face's right eye, which is on the left of a picture, then of its left one; None where the
            detector does not say.
    """

    x: float
    y: float
    width: float
    height: float
    score: float
    eyes: tuple[float, float, float, float] | None = None

    @property
    def tilt(self) -> float:
        """By how many degrees the line through the eyes falls to the right, in (-180, 180]; 0 where it is unknown."""
        if self.eyes is None:
            return 0.0
        across, down = self.eyes[2] - self.eyes[0], self.eyes[3] - self.eyes[1]
        return math.degrees(math.atan2(down, across)) if math.hypot(across, down) >= EYES_APART * self.width else 0.0


Detector = Callable[[UInt8[np.ndarray, "h w 3"]], list[Box]]
"""From an RGB image to all faces found in it; none is an empty list."""


def make_detector(params: FaceParams) -> Detector:
    """The detector that the section ``faces`` names; it runs on the CPU.

    Boxes lie within the image. Images of more than 360 lines are searched at 360.

    Raises:
        MediaError: face-alignment is not installed, or as `weight_files`, or the weights are another detector's.
    """
    import cv2

    find = _haar() if params.detector == "haar" else _network(params)

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
    """The local files that decide what the detector finds; their bytes are looked at.

    Raises:
        MediaError: no file is named, there is none, it bears the name of a published file and is another one, or it is
            BlazeFace's under another name than the published ones.
    """
    if params.detector == "haar":
        return []
    if params.weights is None:
        raise MediaError(
            f"faces.weights: null: expected the file of the {params.detector} detector's weights, such as "
            f"weights/{_FILES[params.detector]}, which fdan download weights gets"
        )
    weights = Path(params.weights)
    files = [weights]
    if params.detector == "blazeface":
        if weights.name not in ANCHORS:
            raise MediaError(f"faces.weights: {weights}: expected a file named {' or '.join(ANCHORS)}")
        files.append(weights.with_name(ANCHORS[weights.name]))
    for file in files:
        if not file.is_file():
            raise MediaError(f"faces.weights: {file}: no such file; fdan download weights {file.parent} gets it")
        published = PUBLISHED.get(file.name, "")
        if not (found := digest(file)).startswith(published):
            raise MediaError(
                f"faces.weights: {file}: found the SHA-256 {found}, expected {published}, as published: cut short, or "
                f"another file; move it away, and fdan download weights {file.parent} gets it"
            )
    return files


def _clip(box: Box, scale: float, height: int, width: int) -> Box:
    left, right = (min(max(x * scale, 0.0), float(width)) for x in (box.x, box.x + box.width))
    top, bottom = (min(max(y * scale, 0.0), float(height)) for y in (box.y, box.y + box.height))
    x, y, x2, y2 = box.eyes or (0.0, 0.0, 0.0, 0.0)
    eyes = (x * scale, y * scale, x2 * scale, y2 * scale) if box.eyes else None
    return Box(left, top, right - left, bottom - top, box.score, eyes)


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


def _network(params: FaceParams) -> Detector:
    """One of face-alignment's detectors, without its landmark network."""
    name = params.detector
    try:
        from face_alignment.detection import blazeface, sfd, yunet  # imports torch: only where it is asked for
    except ModuleNotFoundError as error:
        raise MediaError(
            f"faces.detector {name}: {error.name} is not installed; pip install --no-deps face-alignment "
            "(and numba scikit-image), or take haar"
        ) from None

    files = [str(file) for file in weight_files(params)]
    try:
        if name == "blazeface":
            return _blazeface(blazeface.FaceDetector, *files)
        if name == "yunet":
            return _yunet(yunet.FaceDetector("cpu", path_to_detector=files[0]).face_detector)
        detector = sfd.FaceDetector("cpu", path_to_detector=files[0])
    except Exception as error:
        # Unpickling and OpenCV each have their own exceptions.
        reason = str(error).strip().split("\n")[0] or type(error).__name__
        raise MediaError(f"faces.weights: {files[0]}: not weights of the {name} detector ({reason})") from None
    return lambda image: _boxes(detector.detect_from_image(image))


def _blazeface(make: Any, weights: str, anchors: str) -> Detector:
    """BlazeFace: its back-camera model, which sees small faces too, or the front camera's, by the file's name.

    The model looks at the image's centred square only, so a frame is first made square by
    repeating its edge pixels. On 312 frames with a face of 62 to 86 % of the height, all are found.
    face-alignment keeps five of the seventeen numbers of a face and not the eyes, and its way to the network's size
    ends one pixel short of it for some sides (162, for one), so the network is asked itself.
    """
    import cv2

    back = "back" in Path(weights).name
    size = (256, 256) if back else (128, 128)
    network = make("cpu", back_model=back, path_to_detector=weights, path_to_anchor=anchors).face_detector

    def find(image: UInt8[np.ndarray, "h w 3"]) -> list[Box]:
        height, width = image.shape[:2]
        side = max(height, width)
        top, left = (side - height) // 2, (side - width) // 2
        rest = (top, side - height - top, left, side - width - left)
        square = cv2.copyMakeBorder(image, *rest, cv2.BORDER_REPLICATE)
        faces = network.predict_on_image(cv2.resize(square, size, interpolation=cv2.INTER_AREA)).numpy()
        # top, left, bottom, right, x and y of both eyes and four other points, as shares of the side; the score
        corners = np.column_stack([faces[:, [1, 0, 3, 2]] * side, faces[:, 16]])
        return [
            Box(box.x - left, box.y - top, box.width, box.height, box.score, eyes)
            for box, eyes in ((box, _moved(box.eyes, left, top)) for box in _boxes(corners, faces[:, 4:8] * side))
        ]

    return find


def _yunet(detector: Any) -> Detector:
    """YuNet, by OpenCV's class FaceDetectorYN; face-alignment keeps five of the fifteen numbers of a face."""
    import cv2

    def find(image: UInt8[np.ndarray, "h w 3"]) -> list[Box]:
        detector.setInputSize((image.shape[1], image.shape[0]))
        _, faces = detector.detect(cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
        if faces is None:
            return []
        # left, top, width, height, x and y of both eyes and three other points; the score
        rows = np.asarray(faces, dtype=np.float64)
        return _boxes(np.column_stack([rows[:, :2], rows[:, :2] + rows[:, 2:4], rows[:, 14]]), rows[:, 4:8])

    return find


def _moved(eyes: tuple[float, float, float, float] | None, left: int, top: int) -> Any:
    return eyes and (eyes[0] - left, eyes[1] - top, eyes[2] - left, eyes[3] - top)


def _boxes(corners: Any, eyes: Any = None) -> list[Box]:
    """From rows (left, top, right, bottom, score), and (x, y, x, y) of the eyes where they are known."""
    rows = np.asarray(corners, dtype=np.float64).reshape(-1, 5)
    points = np.full((len(rows), 4), np.nan) if eyes is None else np.asarray(eyes, dtype=np.float64)
    known = np.isfinite(points).all(axis=1)
    return [
        Box(x, y, right - x, bottom - y, score, tuple(point) if seen else None)
        for (x, y, right, bottom, score), point, seen in zip(rows.tolist(), points.tolist(), known, strict=True)
        if all(map(math.isfinite, (x, y, right, bottom, score)))
    ]
