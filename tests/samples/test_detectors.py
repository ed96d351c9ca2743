"""Where the faces of a frame are, and the weights that decide it."""

import csv
import hashlib
import sys
from dataclasses import replace

import cv2
import numpy as np
import pytest

from fdan.download.fetch import DownloadError, fetch
from fdan.download.sources import _weights
from fdan.media.clip import MediaError
from fdan.runtime.params import ParamsError, load_params
from fdan.samples.crops import choose_face
from fdan.samples.detectors import ANCHORS, PUBLISHED, Box, FaceParams, _boxes, _yunet, make_detector, weight_files

HAAR = FaceParams(frames=3, detector="haar", weights=None, margin=0.0, size=224, jpeg_quality=95)


def test_a_wall_has_no_face():
    for height, width in ((256, 320), (1, 1), (4000, 20)):
        assert make_detector(HAAR)(np.full((height, width, 3), 120, np.uint8)) == []


def test_weights_that_are_no_weights(tmp_path):
    def refused(detector, weights):
        with pytest.raises(MediaError) as caught:
            make_detector(replace(HAAR, detector=detector, weights=weights and str(weights)))
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
        weight_files(replace(HAAR, detector=detector, weights=str(tmp_path / weights)))
    found = hashlib.sha256(b"the first half").hexdigest()
    assert f"{tmp_path / name}: found the SHA-256 {found}, expected {PUBLISHED[name]}" in str(caught.value)
    assert f"move it away, and fdan download weights {tmp_path} gets it" in str(caught.value)
    with pytest.raises(DownloadError, match=f"published is {PUBLISHED[name][:10]}"):
        fetch(_weights(f"https://nowhere.invalid/{name}?raw=true"), tmp_path)
    assert (tmp_path / name).read_bytes() == b"the first half"


def test_the_files_that_decide_what_a_detector_finds(tmp_path, monkeypatch):
    """BlazeFace's anchors too, which decide where the boxes lie."""
    monkeypatch.setattr("fdan.samples.detectors.PUBLISHED", {})
    assert weight_files(HAAR) == []
    weights, anchors = tmp_path / "blazefaceback.pth", tmp_path / "anchorsback.npy"
    weights.touch()
    assert weight_files(replace(HAAR, detector="sfd", weights=str(weights))) == [weights]
    blazeface = replace(HAAR, detector="blazeface", weights=str(weights))
    with pytest.raises(MediaError, match=r"anchorsback\.npy: no such file"):
        weight_files(blazeface)
    anchors.touch()
    assert weight_files(blazeface) == [weights, anchors]


def test_the_weights_that_are_measured_with_are_the_published_ones(real_data):
    folder = real_data / "face_detector_weights"
    for name in ANCHORS:
        assert len(weight_files(replace(HAAR, detector="blazeface", weights=str(folder / name)))) == 2


def test_without_face_alignment_every_detector_but_haar_is_one_line(monkeypatch):
    monkeypatch.setitem(sys.modules, "face_alignment.detection", None)
    for detector in ("sfd", "blazeface", "yunet"):
        with pytest.raises(MediaError, match=f"faces.detector {detector}: .* pip install --no-deps face-alignment"):
            make_detector(FaceParams(3, detector, None, 0.2, 224, 95))
    make_detector(FaceParams(3, "haar", None, 0.2, 224, 95))


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
    detect = make_detector(replace(HAAR, detector=detector, weights=path))
    hits = 0
    for frame, (left, top, side) in frames:
        box = choose_face(detect(frame), *frame.shape[:2])
        if box is not None:
            x, y = box.x + box.width / 2 - left, box.y + box.height / 2 - top
            hits += 0.2 * side < x < 0.8 * side and 0.2 * side < y < 0.8 * side and box.width > 0.3 * side
    assert hits / len(frames) >= least


def test_a_large_frame_gives_the_same_face_in_its_own_pixels(frames):
    frame, _ = frames[1]
    detect = make_detector(HAAR)
    large = cv2.resize(frame, None, fx=5, fy=5, interpolation=cv2.INTER_CUBIC)
    small_box, large_box = (choose_face(detect(image), *image.shape[:2]) for image in (frame, large))
    assert large_box.x + large_box.width / 2 == pytest.approx(5 * (small_box.x + small_box.width / 2), abs=60)
    assert large_box.width == pytest.approx(5 * small_box.width, rel=0.2)


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


@pytest.mark.parametrize("detector", ["haar", "sfd"])
def test_a_detector_without_eyes_cannot_align(tmp_path, detector):
    file = tmp_path / "params.yaml"
    section = f"frames: 3, detector: {detector}, weights: null, margin: 0.2, size: 64, jpeg_quality: 95, align: true"
    file.write_text(f"faces: {{{section}}}\n")
    with pytest.raises(ParamsError, match=f"align: true with the detector {detector}, which finds no eyes") as caught:
        load_params("faces", FaceParams, file)
    assert "expected detector blazeface or yunet, or align: false" in str(caught.value)
    assert "\n" not in str(caught.value)


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
    detect = make_detector(replace(HAAR, detector="blazeface", weights=str(path)))
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
def test_no_side_of_a_frame_is_one_pixel_short(real_data, side):
    """face-alignment's way to the network's size is, for four of these, and then fails."""
    weights = str(real_data / "face_detector_weights" / "blazeface.pth")
    detect = make_detector(replace(HAAR, detector="blazeface", weights=weights))
    assert detect(np.zeros((side, side, 3), np.uint8)) == []
