"""Crops whose eyes are level."""

import csv
import math
from dataclasses import replace

import cv2
import numpy as np
import pytest

from fdan.runtime.jobs import ParallelParams
from fdan.runtime.params import ParamsError, load_params
from fdan.samples import crops
from fdan.samples.clips import Clips
from fdan.samples.crops import choose_face, crop_face, write_faces
from fdan.samples.detectors import Box, FaceParams, _boxes, _yunet, make_detector

LOOSE = FaceParams(frames=3, detector="blazeface", weights="blazefaceback.pth", margin=0.2, size=224, jpeg_quality=95)
LEVEL = replace(LOOSE, align=True)


@pytest.mark.parametrize(
    ("eyes", "degrees"),
    [
        ((10, 50, 60, 50), 0),
        ((10, 50, 60, 100), 45),
        ((10, 50, 60, 0), -45),
        ((60, 50, 10, 50), 180),  # upside down: the right eye is on the right
        ((10, 50, 10, 90), 90),
        ((10, 50, 15, 55), 0),  # a profile: nearer to each other than a tenth of the width
        (None, 0),
    ],
)
def test_the_tilt_of_a_face(eyes, degrees):
    eyes = eyes and tuple(map(float, eyes))
    assert Box(0.0, 0.0, 100.0, 100.0, 1.0, eyes).tilt == pytest.approx(degrees)


def drawn(degrees: float, centre: tuple[float, float], size: tuple[int, int] = (240, 320)):
    """A picture with a red right and a green left eye, tilted clockwise; and what a detector says of it."""
    image = np.full((*size, 3), 90, np.uint8)
    x, y, a = *centre, math.radians(degrees)
    eyes = [(x + s * 25 * math.cos(a) + 10 * math.sin(a), y + s * 25 * math.sin(a) - 10 * math.cos(a)) for s in (-1, 1)]
    for (across, down), colour in zip(eyes, ((255, 0, 0), (0, 255, 0)), strict=True):
        cv2.circle(image, (round(across), round(down)), 6, colour, -1)
    return image, Box(x - 50.0, y - 50.0, 100.0, 100.0, 0.9, (*eyes[0], *eyes[1]))


def seen(crop, channel):
    """Where a drawn eye is in a crop: x and y."""
    grey = crop.astype(int)[..., channel] - crop.astype(int)[..., 1 - channel]
    down, across = np.nonzero(grey > 100)
    return across.mean(), down.mean()


@pytest.mark.parametrize("degrees", [-170, -90, -30, -8, 3, 20, 45, 90, 135, 180])
@pytest.mark.parametrize("centre", [(160, 120), (161.5, 118.3), (45, 45)])
def test_a_turned_crop_has_the_eyes_level_and_in_their_place(degrees, centre):
    image, box = drawn(degrees, centre)
    crop = crop_face(image, box, LEVEL)
    (left, left_down), (right, right_down) = seen(crop, 0), seen(crop, 1)
    scale = 224 / 140  # the box's side and two margins
    assert left_down == pytest.approx(right_down, abs=2.5)
    assert right - left == pytest.approx(50 * scale, abs=4)
    assert (left + right) / 2 == pytest.approx(112, abs=3)
    assert left_down == pytest.approx(112 - 10 * scale, abs=3)


def test_beyond_the_frame_a_turned_crop_repeats_its_edge():
    image, box = drawn(30, (20, 30))
    assert crop_face(image, box, LEVEL)[:60].min() >= 89
    assert crop_face(image, replace(box, x=-500.0, y=-500.0), LEVEL).shape == (224, 224, 3)


def test_without_align_or_eyes_or_tilt_no_bit_is_another():
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (240, 320, 3), np.uint8)
    for _ in range(20):
        x, y, side = rng.uniform(-40, 300), rng.uniform(-40, 220), rng.uniform(2, 400)
        box = Box(x, y, side, side, 0.9)
        plain = crop_face(image, box, LOOSE)
        tilted = replace(box, eyes=(x, y, x + side, y + side / 3))
        assert np.array_equal(plain, crop_face(image, tilted, LOOSE))
        assert not np.array_equal(plain, crop_face(image, tilted, LEVEL))
        for eyes in (None, (x, y, x + side, y), (x, y, x + side / 99, y + side / 99)):
            assert np.array_equal(plain, crop_face(image, replace(box, eyes=eyes), LEVEL))


@pytest.mark.parametrize("detector", ["haar", "sfd"])
def test_a_detector_without_eyes_cannot_align(tmp_path, detector):
    file = tmp_path / "params.yaml"
    section = f"frames: 3, detector: {detector}, weights: null, margin: 0.2, size: 64, jpeg_quality: 95, align: true"
    file.write_text(f"faces: {{{section}}}\n")
    with pytest.raises(ParamsError, match=f"align: true with the detector {detector}, which finds no eyes") as caught:
        load_params("faces", FaceParams, file)
    assert "expected detector blazeface or yunet, or align: false" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_is_cached_depends_on_the_weights_and_on_align(tmp_path, monkeypatch):
    keys = []

    def extract_files(*_, cache, **__):
        keys.append(cache.key("a clip"))
        return []

    monkeypatch.setattr(crops, "extract_files", extract_files)
    monkeypatch.setattr("fdan.samples.detectors.PUBLISHED", {})  # so that these are weights
    monkeypatch.setattr(crops, "write_samples", lambda *_: [])
    weights = tmp_path / "blazefaceback.pth"
    clips = Clips("savee", (), tmp_path, ParallelParams("loky", 1, None))
    for network, anchors, align in ((b"a", b"a", False), (b"b", b"a", False), (b"a", b"b", False), (b"a", b"a", True)):
        weights.write_bytes(network)
        (tmp_path / "anchorsback.npy").write_bytes(anchors)
        write_faces(tmp_path, clips, replace(LOOSE, weights=str(weights), align=align))
    assert len(set(keys)) == 4


class FaceDetectorYN:
    """OpenCV's class, as far as it is asked; it finds one face that leans to the right."""

    def setInputSize(self, size):
        self.size = size

    def detect(self, image):
        assert image.shape == (*self.size[::-1], 3)
        face = [10, 20, 40, 50, 20, 35, 40, 45, 30, 50, 22, 60, 38, 60, 0.75]
        return 1, None if image.max() == 0 else np.asarray([face], np.float32)


def test_the_eyes_of_yunet_are_columns_4_to_7():
    find = _yunet(FaceDetectorYN())
    assert find(np.full((90, 160, 3), 9, np.uint8)) == [Box(10.0, 20.0, 40.0, 50.0, 0.75, (20.0, 35.0, 40.0, 45.0))]
    assert find(np.zeros((90, 160, 3), np.uint8)) == []


def test_a_face_with_eyes_nowhere_is_a_face():
    rows = np.array([[0, 0, 10, 10, 0.5], [0, 0, np.nan, 10, 0.5]])
    assert _boxes(rows, np.full((2, 4), np.inf)) == [Box(0.0, 0.0, 10.0, 10.0, 0.5)]


@pytest.fixture(scope="module")
def blazeface(real_data):
    return replace(LEVEL, weights=str(real_data / "face_detector_weights" / "blazeface.pth"))


@pytest.fixture(scope="module")
def photographs(real_data):
    with (real_data / "face_images" / "labels.csv").open() as file:
        names = [row["image"] for row in csv.DictReader(file)][::12]
    paths = (real_data / "face_images" / "images" / name for name in names)
    return [cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB) for path in paths]


def square(image):
    """The upper left of a picture, with a side that face-alignment's own way can take."""
    side = min(image.shape[:2])
    while any(int(side * (size / side)) != size for size in (128, 256)):
        side -= 1
    return np.ascontiguousarray(image[:side, :side])


@pytest.mark.parametrize("weights", ["blazeface.pth", "blazefaceback.pth"])
def test_the_boxes_are_those_of_face_alignments_own_detector(real_data, photographs, weights):
    from face_alignment.detection.blazeface import FaceDetector

    path = real_data / "face_detector_weights" / weights
    anchors = path.with_name(path.name.replace("blazeface", "anchors").replace(".pth", ".npy"))
    files = {"path_to_detector": str(path), "path_to_anchor": str(anchors)}
    detector = FaceDetector("cpu", back_model="back" in weights, **files)
    detect = make_detector(replace(LEVEL, weights=str(path)))
    found = 0
    for image in map(square, photographs):
        theirs, ours = _boxes(detector.detect_from_image(image)), detect(image)
        assert len(theirs) == len(ours)
        for box, other in zip(ours, theirs, strict=True):
            inside = other.x >= 0 and other.y >= 0 and other.x + other.width <= len(image) >= other.y + other.height
            assert not inside or replace(box, eyes=None) == other
            found += inside
    assert found > 10


@pytest.mark.parametrize("side", [49, 98, 161, 187, 300])
def test_no_side_of_a_frame_is_one_pixel_short(blazeface, side):
    """face-alignment's way to the network's size is, for four of these, and then fails."""
    assert make_detector(blazeface)(np.zeros((side, side, 3), np.uint8)) == []


@pytest.mark.parametrize("degrees", [-30, 0, 15])
def test_aligned_photographs_have_level_eyes(blazeface, photographs, degrees):
    """Of faces that are turned before, too."""
    detect, before, after = make_detector(blazeface), [], []
    for photograph in photographs:
        height, width = photograph.shape[:2]
        turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
        image = cv2.warpAffine(photograph, turn, (width, height), borderMode=cv2.BORDER_REPLICATE)
        face = choose_face(detect(image), height, width)
        if face is None or not face.tilt:
            continue
        crop = crop_face(image, face, blazeface)
        again = choose_face(detect(crop), *crop.shape[:2])
        if again is not None:
            before.append(abs(face.tilt))
            after.append(abs(again.tilt))
    assert len(after) >= 0.8 * len(photographs)
    assert np.median(after) < 5
    assert np.median(after) < np.median(before) / 1.5
