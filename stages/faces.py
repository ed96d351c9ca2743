"""Stage faces: frames of every utterance's clip, and the face cropped out of each."""

import argparse
from collections.abc import Iterator
from functools import cache, partial
from pathlib import Path

from fdan.data.index import Face, write_index
from fdan.data.utterance import Utterance, read_manifest
from fdan.media.archive import encode_jpeg, write_images
from fdan.media.container import MediaError
from fdan.media.faces import Detector, FaceParams, choose_face, crop_face, make_detector
from fdan.media.video import sample_frames
from fdan.params import load_params
from stages.process import output, pool, report, run

_detector = cache(make_detector)  # one per worker process


def main() -> None:
    """Write ``data/faces/<corpus>/{crops.zip,index.csv}``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus")
    corpus = parser.parse_args().corpus
    params = load_params("faces", FaceParams)
    folder = Path(load_params(f"raw.{corpus}", str))
    make_detector(params)  # a missing weights file is one error here, not one per clip
    utterances = read_manifest(Path(f"data/manifests/{corpus}.csv")).utterances
    index: list[Face] = []

    def crops() -> Iterator[tuple[str, bytes]]:
        for faces in pool(partial(faces_of, folder=folder, params=params), utterances, f"faces {corpus}"):
            for face, crop in faces:
                index.append(face)
                if face.crop:
                    yield face.crop, crop

    with output(Path(f"data/faces/{corpus}")) as out:
        out.mkdir()
        write_images(out / "crops.zip", crops())
        write_index(index, Face, out / "index.csv")
    summarise(corpus, index)


def faces_of(utterance: Utterance, folder: Path, params: FaceParams) -> list[tuple[Face, bytes]]:
    """The crops of one utterance; a clip that gives none is one row that says why."""
    try:
        if not utterance.video:
            raise MediaError("no clip")
        sampled = sample_frames(folder / utterance.video, params.frames)
    except MediaError as error:
        face = Face(
            utterance.id,
            utterance.emotion,
            "",
            -1,
            0,
            0,
            0,
            0,
            0,
            params.detector,
            0,
            0,
            str(error).removeprefix(f"{folder}/"),
        )
        return [(face, b"")]
    rows = []
    detector: Detector = _detector(params)
    for i, (image, number) in enumerate(zip(sampled.images, sampled.numbers, strict=True)):
        boxes = detector(image)
        box = choose_face(boxes, *image.shape[:2])
        place = (round(box.x), round(box.y), round(box.width), round(box.height)) if box else (0, 0, 0, 0)
        face = Face(
            utterance.id,
            utterance.emotion,
            f"{utterance.id}_{i + 1}.jpg",
            number,
            sampled.decoded,
            *place,
            params.detector,
            len(boxes),
            int(box is not None),
            sampled.problem,
        )
        rows.append((face, encode_jpeg(crop_face(image, box, params), params.jpeg_quality)))
    return rows


def summarise(corpus: str, index: list[Face]) -> None:
    """Name every damaged clip, and print the summary line."""
    crops = [face for face in index if face.crop]
    lost = [face for face in index if not face.crop]
    flagged = {face.utterance: face.problem for face in crops if face.problem}
    found = sum(face.found for face in crops)
    share = 100 * found / max(len(crops), 1)
    report(
        [f"{face.utterance}: no visual sample: {face.problem}" for face in lost]
        + [f"{utterance}: used as far as it decodes: {problem}" for utterance, problem in flagged.items()],
        f"data/faces/{corpus}/index.csv",
    )
    print(
        f"faces {corpus}: {len(crops)} frames, a face in {found} ({share:.1f} %), "
        f"{len(crops) - found} centre crops; {len(lost)} utterances without frames, {len(flagged)} damaged but used"
    )


if __name__ == "__main__":
    run()
