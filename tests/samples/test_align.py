"""Crops whose eyes are level."""

import math
from dataclasses import replace

import cv2
import numpy as np
import pytest

from fdan.runtime.jobs import ParallelParams
from fdan.samples import crops
from fdan.samples.clips import Clips
from fdan.samples.crops import choose_face, crop_face, write_faces
from fdan.samples.detectors import Box, FaceParams, make_detector

LOOSE = FaceParams(frames=3, detector="blazeface", weights="blazefaceback.pth", margin=0.2, size=224, jpeg_quality=95)
LEVEL = replace(LOOSE, align=True)


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


@pytest.fixture(scope="module")
def blazeface(real_data):
    return replace(LEVEL, weights=str(real_data / "face_detector_weights" / "blazeface.pth"))


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
