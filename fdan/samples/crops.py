"""From a clip to its face crops: the choice of one face in a frame, its crop, and the rows that say so."""

import math
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import UInt8

from fdan.data.index import FaceRow
from fdan.data.manifest import Utterance
from fdan.media.clip import ClipError, locate
from fdan.media.frames import sample_frames
from fdan.media.problem import describe
from fdan.runtime.cache import Cache, CacheEntry, code_of, digest
from fdan.runtime.process import report
from fdan.runtime.worker import Failure
from fdan.samples.clips import Clips, Sample, extract_files, name_each, write_samples
from fdan.samples.detectors import Box, FaceParams, detector_of, weight_files


def choose_face(boxes: Sequence[Box], height: int, width: int) -> Box | None:
    """The speaker's face, most likely: large, central and certain; None if there is no box.

    The rule is the greatest sqrt(box width x box height) x (1 - distance of the box's centre from
    the frame's, in half diagonals) x score. Of equals the topmost is taken, then the leftmost.

    Args:
        boxes: all faces found in a frame, in any order.
        height: of the frame.
        width: of the frame.
    """

    def rank(box: Box) -> tuple[float, float, float]:
        across = box.x + box.width / 2 - width / 2
        down = box.y + box.height / 2 - height / 2
        centrality = 1 - math.hypot(across, down) / (math.hypot(width, height) / 2)
        return -math.sqrt(box.width * box.height) * centrality * box.score, box.y, box.x

    return min(boxes, key=rank, default=None)


def crop_face(
    image: UInt8[np.ndarray, "h w 3"], box: Box | None, params: FaceParams
) -> UInt8[np.ndarray, "size size 3"]:
    """A square crop around a face, or the largest centred square where there is none.

    The square's centre is the box's; its side the box's longer side plus `FaceParams.margin` of
    it on both sides. With `FaceParams.align` it is turned about its centre, so that the eyes are level.
    Beyond the frame's edge its pixels are repeated.
    """
    import cv2

    height, width = image.shape[:2]
    if box is None:
        side = min(height, width)
        left, top = (width - side) // 2, (height - side) // 2
    else:
        side = max(1, round(max(box.width, box.height) * (1 + 2 * params.margin)))
        left, top = round(box.x + box.width / 2 - side / 2), round(box.y + box.height / 2 - side / 2)
    if box is not None and params.align and box.tilt:
        image = _turned(image, box, side)
    else:
        right, bottom = left + side, top + side
        beyond = (max(0, -top), max(0, bottom - height), max(0, -left), max(0, right - width))
        image = image[max(0, top) : min(height, bottom), max(0, left) : min(width, right)]
        image = cv2.copyMakeBorder(image, *beyond, cv2.BORDER_REPLICATE)
    method = cv2.INTER_AREA if side > params.size else cv2.INTER_LINEAR
    return cv2.resize(image, (params.size, params.size), interpolation=method)


def _turned(image: UInt8[np.ndarray, "h w 3"], box: Box, side: int) -> UInt8[np.ndarray, "side side 3"]:
    """The square of `side` pixels around a box's centre, turned about it by the tilt of the eyes."""
    import cv2

    centre = (box.x + box.width / 2 - 0.5, box.y + box.height / 2 - 0.5)  # a pixel's own centre is at whole numbers
    turn: Any = cv2.getRotationMatrix2D(centre, box.tilt, 1.0)  # counter-clockwise on the screen
    turn[:, 2] += (side - 1) / 2 - np.asarray(centre)
    return cv2.warpAffine(image, turn, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def encode_jpeg(image: UInt8[np.ndarray, "h w 3"], quality: int) -> bytes:
    """An RGB image as JPEG; quality from 1 to 100."""
    import cv2

    bgr = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    return cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()


LIBRARIES = ("av", "face-alignment", "numpy", "opencv-python-headless", "pillow", "torch")


def prepare(params: FaceParams) -> None:
    """Ready a process for `crops_of`: OpenCV on one thread, the detector loaded."""
    import cv2

    cv2.setNumThreads(1)
    detector_of(params)


def write_faces(out: Path, clips: Clips, params: FaceParams) -> list[FaceRow]:
    """Write ``crops.zip`` and ``index.csv`` of a corpus into a new folder; return the index' rows."""
    weights = " ".join(map(digest, weight_files(params)))
    entries = extract_files(
        partial(crops_of, folder=clips.folder, params=params),
        [u.video for u in clips.utterances],
        clips,
        "faces",
        prepare=partial(prepare, params),
        cache=Cache("faces", (params, weights), code_of(__name__), LIBRARIES),
    )

    def samples() -> Iterator[Sample[FaceRow]]:
        for utterance, entry in zip(clips.utterances, entries, strict=True):
            rows = rows_of(utterance, entry or Failure("no clip"), params.detector)
            blobs = entry.blobs if isinstance(entry, CacheEntry) else ()
            named = [(row.crop, blob) for row, blob in zip(rows, blobs, strict=False)]  # a row may be of no crop
            yield Sample(utterance.video, rows, named)

    return write_samples(out, "crops.zip", FaceRow, samples())


def crops_of(video: str, folder: Path, params: FaceParams) -> CacheEntry:
    """The crops of one clip, and of each its frame's number, the face's box, how many faces there were, and if any."""
    try:
        sampled = sample_frames(locate(folder, video), params.frames)
    except ClipError as error:
        return CacheEntry([0, error.problem.detail, []], ())
    frames, crops = [], []
    for image, number in zip(sampled.images, sampled.numbers, strict=True):
        boxes = detector_of(params)(image)
        box = choose_face(boxes, *image.shape[:2])
        place = [round(box.x), round(box.y), round(box.width), round(box.height)] if box else [0, 0, 0, 0]
        frames.append([number, *place, len(boxes), int(box is not None)])
        crops.append(encode_jpeg(crop_face(image, box, params), params.jpeg_quality))
    return CacheEntry([sampled.decoded, describe(sampled.problems), frames], tuple(crops))


def rows_of(utterance: Utterance, entry: CacheEntry | Failure, detector: str) -> list[FaceRow]:
    """The rows of one utterance; a clip that gives no frame is one row that says why."""
    decoded, problem, frames = entry.about if isinstance(entry, CacheEntry) else (0, entry.reason, [])
    id_, emotion = utterance.id, utterance.emotion
    if not frames:
        return [FaceRow(id_, emotion, "", -1, 0, 0, 0, 0, 0, detector, 0, 0, problem)]
    return [
        FaceRow(id_, emotion, f"{id_}_{i}.jpg", frame, decoded, x, y, width, height, detector, faces, found, problem)
        for i, (frame, x, y, width, height, faces, found) in enumerate(frames, start=1)
    ]


def summarise(clips: Clips, index: Sequence[FaceRow], listed: Path) -> None:
    """Name every damaged clip, and print the summary line; a corpus without clips is one fact, not many.

    Args:
        clips: the corpus.
        index: what `write_faces` returned.
        listed: the file that lists all of it.
    """
    crops = [face for face in index if face.crop]
    lost = [face for face in index if not face.crop]
    flagged = {face.utterance: face.problem for face in crops if face.problem}
    found = sum(face.found for face in crops)
    share = 100 * found / max(len(crops), 1)
    if any(utterance.video for utterance in clips.utterances):
        notes = name_each({face.utterance: f"no visual sample: {face.problem}" for face in lost})
    else:
        notes = [f"{len(lost)} utterances without a clip: the corpus has voices alone"] * (len(lost) > 0)
    notes += name_each({utterance: f"used, but {problem}" for utterance, problem in flagged.items()})
    report(notes, str(listed))
    print(
        f"faces {clips.corpus}: {len(crops)} frames, a face in {found} ({share:.1f} %), several in "
        f"{sum(face.faces > 1 for face in crops)}, {len(crops) - found} centre crops; "
        f"{len(lost)} utterances without frames, {len(flagged)} damaged but used"
    )
