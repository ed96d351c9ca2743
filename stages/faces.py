"""Stage faces: frames of every utterance's clip, and the face cropped out of each."""

import argparse
from collections.abc import Iterator
from functools import cache, partial
from pathlib import Path

from fdan.data.index import Face, write_index
from fdan.data.utterance import Utterance, read_manifest
from fdan.extraction.cache import Cache, Entry, clip_key
from fdan.extraction.keeper import Lost
from fdan.extraction.parallel import ParallelParams, extract
from fdan.media.archive import encode_jpeg, write_images
from fdan.media.clip import MediaError, digest, locate
from fdan.media.faces import Detector, FaceParams, choose_face, crop_face, make_detector
from fdan.params import load_params
from stages.process import output, report, run

CODE = (
    "fdan/media/archive.py",
    "fdan/media/clip.py",
    "fdan/media/container.py",
    "fdan/media/faces.py",
    "fdan/media/photograph.py",
    "fdan/media/video.py",
    "stages/faces.py",
)
LIBRARIES = ("av", "face-alignment", "numpy", "opencv-python", "pillow", "torch")


def main() -> None:
    """Write ``data/faces/<corpus>/{crops.zip,index.csv}``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus")
    corpus = parser.parse_args().corpus
    params = load_params("faces", FaceParams)
    folder = Path(load_params(f"raw.{corpus}", str)).absolute()
    weights = digest(Path(params.weights)) if params.weights else ""
    known = Cache("faces", (params, weights), CODE, LIBRARIES)
    utterances = read_manifest(Path(f"data/manifests/{corpus}.csv")).utterances
    entries = extract(
        partial(crops_of, folder=folder, params=params),
        [u.video for u in utterances if u.video],
        f"faces {corpus}",
        load_params("parallel", ParallelParams),
        prepare=partial(_detector, params),
        cache=known,
        key=partial(clip_key, folder=folder, cache=known),
    )
    index: list[Face] = []

    def crops() -> Iterator[tuple[str, bytes]]:
        for utterance in utterances:
            entry = next(entries) if utterance.video else Lost("no clip")
            faces = rows_of(utterance, entry, params.detector)
            index.extend(faces)
            if isinstance(entry, Entry):
                yield from ((face.crop, crop) for face, crop in zip(faces, entry.blobs, strict=False))

    with output(Path(f"data/faces/{corpus}")) as out:
        out.mkdir()
        write_images(out / "crops.zip", crops())
        write_index(index, Face, out / "index.csv")
    summarise(corpus, index, clips=any(u.video for u in utterances))


def crops_of(video: str, folder: Path, params: FaceParams) -> Entry:
    """The crops of one clip, and of each its frame's number, the face's box, how many faces there were, and if any."""
    from fdan.media.video import sample_frames

    try:
        sampled = sample_frames(locate(folder, video), params.frames)
    except MediaError as error:
        return Entry([0, str(error).removeprefix(f"{folder / video}: "), []], ())
    frames, crops = [], []
    for image, number in zip(sampled.images, sampled.numbers, strict=True):
        boxes = _detector(params)(image)
        box = choose_face(boxes, *image.shape[:2])
        place = [round(box.x), round(box.y), round(box.width), round(box.height)] if box else [0, 0, 0, 0]
        frames.append([number, *place, len(boxes), int(box is not None)])
        crops.append(encode_jpeg(crop_face(image, box, params), params.jpeg_quality))
    return Entry([sampled.decoded, sampled.problem, frames], tuple(crops))


@cache  # one per process
def _detector(params: FaceParams) -> Detector:
    return make_detector(params)


def rows_of(utterance: Utterance, entry: Entry | Lost, detector: str) -> list[Face]:
    """The rows of one utterance; a clip that gives no frame is one row that says why."""
    decoded, problem, frames = entry.about if isinstance(entry, Entry) else (0, entry.reason, [])
    if not frames:
        reason = f"{utterance.video}: {problem}" if utterance.video else problem
        return [Face(utterance.id, utterance.emotion, "", -1, 0, 0, 0, 0, 0, detector, 0, 0, reason)]
    return [
        Face(
            utterance.id,
            utterance.emotion,
            f"{utterance.id}_{i}.jpg",
            number,
            decoded,
            x,
            y,
            width,
            height,
            detector,
            faces,
            found,
            problem,
        )
        for i, (number, x, y, width, height, faces, found) in enumerate(frames, start=1)
    ]


def summarise(corpus: str, index: list[Face], clips: bool) -> None:
    """Name every damaged clip, and print the summary line; a corpus without clips is one fact, not many."""
    crops = [face for face in index if face.crop]
    lost = [face for face in index if not face.crop]
    flagged = {face.utterance: face.problem for face in crops if face.problem}
    found = sum(face.found for face in crops)
    share = 100 * found / max(len(crops), 1)
    report(
        [f"{face.utterance}: no visual sample: {face.problem}" for face in lost if clips]
        + [f"{len(lost)} utterances without a clip: the corpus has voices alone"] * (not clips and len(lost) > 0)
        + [f"{utterance}: used as far as it decodes: {problem}" for utterance, problem in flagged.items()],
        f"data/faces/{corpus}/index.csv",
    )
    print(
        f"faces {corpus}: {len(crops)} frames, a face in {found} ({share:.1f} %), several in "
        f"{sum(face.faces > 1 for face in crops)}, {len(crops) - found} centre crops; "
        f"{len(lost)} utterances without frames, {len(flagged)} damaged but used"
    )


if __name__ == "__main__":
    run()
