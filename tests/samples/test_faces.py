import csv
import hashlib
import subprocess
import sys
from dataclasses import replace

import cv2
import numpy as np
import pytest

from fdan.download.fetch import DownloadError, fetch
from fdan.download.sources import _weights
from fdan.media.clip import MediaError
from fdan.samples.crops import choose_face, crop_face
from fdan.samples.detectors import ANCHORS, PUBLISHED, Box, FaceParams, make_detector, weight_files

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


def test_a_wall_has_no_face():
    for height, width in ((256, 320), (1, 1), (4000, 20)):
        assert make_detector(PARAMS)(np.full((height, width, 3), 120, np.uint8)) == []


def test_weights_that_are_no_weights(tmp_path):
    def refused(detector, weights):
        with pytest.raises(MediaError) as caught:
            make_detector(replace(PARAMS, detector=detector, weights=weights and str(weights)))
        assert "\n" not in str(caught.value)
        assert str(caught.value).startswith("faces.weights: ")
        return str(caught.value)

    for detector in ("sfd", "blazeface", "yunet"):
        assert f"no such file; fdan download weights {tmp_path} gets it" in refused(
            detector, tmp_path / "blazeface.pth"
        )
        assert "null: expected the file" in (message := refused(detector, None))
        assert "which fdan download weights gets" in message
    for name in ("s3fd.pth", "yunet.onnx"):  # names of nothing that is published
        (tmp_path / name).write_bytes(b"no weights")
    assert "not weights of the sfd detector" in refused("sfd", tmp_path / "s3fd.pth")
    assert "not weights of the yunet detector" in refused("yunet", tmp_path / "yunet.onnx")
    assert "expected a file named blazeface.pth" in refused("blazeface", tmp_path / "s3fd.pth")


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_published_file_that_is_another_one_is_refused_and_stays(tmp_path, monkeypatch, name):
    """Cut short, or another detector's bytes: one line with both digests; a download leaves it alone."""
    (tmp_path / name).write_bytes(b"the first half")
    detector, weights = {
        "s3fd-619a316812.pth": ("sfd", name),
        "face_detection_yunet_2023mar.onnx": ("yunet", name),
        "anchors.npy": ("blazeface", "blazeface.pth"),
        "anchorsback.npy": ("blazeface", "blazefaceback.pth"),
    }.get(name, ("blazeface", name))
    if weights != name:  # the network is in order
        monkeypatch.setitem(PUBLISHED, weights, "")
        (tmp_path / weights).touch()
    if weights in ANCHORS:
        (tmp_path / ANCHORS[weights]).write_bytes(b"the first half")
    with pytest.raises(MediaError) as caught:
        weight_files(replace(PARAMS, detector=detector, weights=str(tmp_path / weights)))
    found = hashlib.sha256(b"the first half").hexdigest()
    assert f"{tmp_path / name}: found the SHA-256 {found}, expected {PUBLISHED[name]}" in str(caught.value)
    assert f"move it away, and fdan download weights {tmp_path} gets it" in str(caught.value)
    with pytest.raises(DownloadError, match=f"published is {PUBLISHED[name][:10]}"):
        fetch(_weights(f"https://nowhere.invalid/{name}?raw=true"), tmp_path)
    assert (tmp_path / name).read_bytes() == b"the first half"


def test_the_files_that_decide_what_a_detector_finds(tmp_path, monkeypatch):
    """BlazeFace's anchors too, which decide where the boxes lie."""
    monkeypatch.setattr("fdan.samples.detectors.PUBLISHED", {})
    assert weight_files(PARAMS) == []
    weights, anchors = tmp_path / "blazefaceback.pth", tmp_path / "anchorsback.npy"
    weights.touch()
    assert weight_files(replace(PARAMS, detector="sfd", weights=str(weights))) == [weights]
    blazeface = replace(PARAMS, detector="blazeface", weights=str(weights))
    with pytest.raises(MediaError, match=r"anchorsback\.npy: no such file"):
        weight_files(blazeface)
    anchors.touch()
    assert weight_files(blazeface) == [weights, anchors]


def test_the_weights_that_are_measured_with_are_the_published_ones(real_data):
    folder = real_data / "face_detector_weights"
    for name in ANCHORS:
        assert len(weight_files(replace(PARAMS, detector="blazeface", weights=str(folder / name)))) == 2


def test_without_face_alignment_every_detector_but_haar_is_one_line(monkeypatch):
    monkeypatch.setitem(sys.modules, "face_alignment.detection", None)
    for detector in ("sfd", "blazeface", "yunet"):
        with pytest.raises(MediaError, match=f"faces.detector {detector}: .* pip install --no-deps face-alignment"):
            make_detector(FaceParams(3, detector, None, 0.2, 224, 95))
    make_detector(FaceParams(3, "haar", None, 0.2, 224, 95))


def test_torch_is_imported_only_for_the_networks():
    code = "import sys, fdan.samples.crops, fdan.media.frames, fdan.media.sound; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.fixture(scope="module")
def frames(real_data):
    """Photographs with a face, each before a plain wall: (frame, the photograph's square)."""
    rng, found = np.random.default_rng(0), []
    with (real_data / "face_images" / "labels.csv").open() as file:
        names = [row["image"] for row in csv.DictReader(file)]
    for name in names[::12]:
        photo = cv2.cvtColor(cv2.imread(str(real_data / "face_images" / "images" / name)), cv2.COLOR_BGR2RGB)
        height, width = (256, 320) if len(found) % 2 else (360, 640)
        frame = np.full((height, width, 3), rng.integers(70, 180), np.uint8)
        side = int(height * rng.uniform(0.62, 0.86))
        y, x = int(rng.integers(0, height - side)), int(rng.integers(0, width - side))
        frame[y : y + side, x : x + side] = cv2.resize(photo, (side, side))
        found.append((frame, (x, y, side)))
    return found


@pytest.mark.parametrize(
    ("detector", "weights", "least"),
    [("haar", None, 0.85), ("blazeface", "blazefaceback.pth", 0.98), ("blazeface", "blazeface.pth", 0.98)],
)
def test_real_faces_are_found_where_they_are(frames, real_data, detector, weights, least):
    path = weights and str(real_data / "face_detector_weights" / weights)
    detect = make_detector(replace(PARAMS, detector=detector, weights=path))
    hits = 0
    for frame, (left, top, side) in frames:
        box = choose_face(detect(frame), *frame.shape[:2])
        if box is not None:
            x, y = box.x + box.width / 2 - left, box.y + box.height / 2 - top
            hits += 0.2 * side < x < 0.8 * side and 0.2 * side < y < 0.8 * side and box.width > 0.3 * side
    assert hits / len(frames) >= least


def test_a_large_frame_gives_the_same_face_in_its_own_pixels(frames):
    frame, _ = frames[1]
    detect = make_detector(PARAMS)
    large = cv2.resize(frame, None, fx=5, fy=5, interpolation=cv2.INTER_CUBIC)
    small_box, large_box = (choose_face(detect(image), *image.shape[:2]) for image in (frame, large))
    assert large_box.x + large_box.width / 2 == pytest.approx(5 * (small_box.x + small_box.width / 2), abs=60)
    assert large_box.width == pytest.approx(5 * small_box.width, rel=0.2)
