import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from fdan.samples.crops import choose_face, crop_face
from fdan.samples.detectors import Box, FaceParams

PARAMS = FaceParams(frames=3, detector="haar", weights=None, margin=0.0, size=224, jpeg_quality=95)


def face_box(side: float, x: float, y: float, score: float = 0.9) -> Box:
    return Box(float(x), float(y), float(side), float(side), score)


def test_no_box_no_face():
    assert choose_face([], 100, 200) is None


def test_the_larger_more_central_more_certain_face_is_chosen():
    centre = face_box(40, 80, 30)
    assert choose_face([face_box(20, 90, 40), centre], 100, 200) == centre
    assert choose_face([face_box(40, 0, 0), centre], 100, 200) == centre
    assert choose_face([replace(centre, score=0.5), replace(centre, x=90.0)], 100, 200).x == 90
    # By hand: 40 x (1 - 0) x 0.9 = 36 against 60 x (1 - 70 / 111.8) x 0.9 = 20.2.
    assert choose_face([face_box(60, 0, 20), centre], 100, 200) == centre


def test_the_choice_does_not_depend_on_the_order_even_in_a_tie():
    rng = np.random.default_rng(0)
    boxes = [face_box(30, x, y) for x in (20, 150) for y in (10, 60)]  # all equally far from the centre
    assert choose_face(boxes, 100, 200) == face_box(30, 20, 10)
    for _ in range(20):
        assert choose_face([boxes[i] for i in rng.permutation(4)], 100, 200) == face_box(30, 20, 10)


def test_a_crop_without_a_face_is_the_centred_square():
    image = np.zeros((90, 200, 3), np.uint8)
    image[:, 55:145] = (10, 20, 30)
    np.testing.assert_array_equal(np.unique(crop_face(image, None, PARAMS).reshape(-1, 3), axis=0), [[10, 20, 30]])
    tall = np.ascontiguousarray(image.transpose(1, 0, 2))
    assert crop_face(tall, None, PARAMS).min() == 10


def test_a_crop_holds_the_box_with_its_margin_and_no_more():
    image = np.zeros((200, 300, 3), np.uint8)
    image[60:140, 100:180] = 200
    box = Box(100.0, 70.0, 80.0, 60.0, 1.0)  # its longer side makes the square: y from 60 to 140
    assert crop_face(image, box, PARAMS).min() == 200
    wide = crop_face(image, box, replace(PARAMS, margin=0.25))
    assert (wide > 100).mean() == pytest.approx((80 / 120) ** 2, abs=0.02)
    assert wide[112, 112, 0] == 200 > wide[10, 10, 0] == 0


def test_beyond_the_frame_its_edge_is_repeated():
    image = np.full((100, 100, 3), 50, np.uint8)
    image[:, :2] = 250
    crop = crop_face(image, Box(-20.0, 20.0, 40.0, 40.0, 1.0), PARAMS)
    assert crop[:, :110].min() == 250
    assert crop[:, 130:].max() == 50
    assert crop_face(image, Box(0.0, 0.0, 100.0, 100.0, 1.0), replace(PARAMS, margin=4.0)).shape == (224, 224, 3)
    assert crop_face(image[:1, :1], None, PARAMS).shape == (224, 224, 3)


def test_a_crop_is_averaged_when_it_shrinks():
    board = np.zeros((1120, 1120, 3), np.uint8)
    board[::2, ::2] = board[1::2, 1::2] = 255
    crop = crop_face(board, None, PARAMS)
    assert crop.min() > 115
    assert crop.max() < 140


def test_torch_is_imported_only_for_the_networks():
    code = "import sys, fdan.samples.crops, fdan.media.frames, fdan.media.sound; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
