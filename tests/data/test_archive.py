import hashlib
import tracemalloc
import zipfile

import numpy as np
import pytest

from fdan.data.archive import decode_image, read_bytes, read_images, write_images
from fdan.data.emotions import CorpusError
from fdan.samples.crops import encode_jpeg
from fdan.samples.mels import encode_png

RNG = np.random.default_rng(0)
GREY = RNG.integers(0, 256, (20, 30), np.uint8)
RED = np.full((16, 24, 3), (200, 30, 10), np.uint8)


def test_png_keeps_grey_images_exactly():
    np.testing.assert_array_equal(decode_image(encode_png(GREY), "x"), GREY)


def test_jpeg_keeps_colours_in_their_order():
    image = decode_image(encode_jpeg(RED, 95), "x")
    assert image.shape == RED.shape
    assert np.abs(image.astype(int) - RED).max() < 6


def test_what_is_written_is_read_in_any_order(tmp_path):
    path = tmp_path / "images.zip"
    write_images(path, [("b/1.png", encode_png(GREY)), ("a.jpg", encode_jpeg(RED, 90))])
    red, grey = read_images(path, ["a.jpg", "b/1.png"])
    assert red.shape == RED.shape
    np.testing.assert_array_equal(grey, GREY)


def test_the_bytes_depend_on_the_images_alone(tmp_path):
    path = tmp_path / "images.zip"
    write_images(path, [("a.png", b"one"), ("b.png", b"two")])
    expected = "97ed5fd89a19ee4b3800e3654b1222a23479cf147f6c8027b518b299dfef5a1f"
    assert hashlib.sha256(path.read_bytes()).hexdigest() == expected
    with zipfile.ZipFile(path) as archive:
        assert {m.compress_type for m in archive.infolist()} == {zipfile.ZIP_STORED}
        assert {m.date_time for m in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_images_are_taken_one_at_a_time(tmp_path):
    tracemalloc.start()
    write_images(tmp_path / "images.zip", ((f"{i}.jpg", bytes([i]) * 1_000_000) for i in range(40)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8_000_000


def test_a_name_twice_is_refused(tmp_path):
    with pytest.raises(CorpusError, match=r"images\.zip: image a\.png is given twice"):
        write_images(tmp_path / "images.zip", [("a.png", b"1"), ("a.png", b"2")])


def test_missing_and_broken_images_are_named(tmp_path):
    path = tmp_path / "images.zip"
    write_images(path, [("a.png", encode_png(GREY)), ("bad.png", b"no image"), ("none.png", b"")])
    with pytest.raises(CorpusError, match=r"images\.zip: image c\.png is missing"):
        list(read_images(path, ["a.png", "c.png"]))
    for name in ("bad.png", "none.png"):
        with pytest.raises(CorpusError, match=rf"images\.zip: image {name}: cannot be decoded"):
            list(read_images(path, [name]))
    with pytest.raises(CorpusError, match=r"absent\.zip: no such file"):
        list(read_images(tmp_path / "absent.zip", ["a.png"]))
    damaged = bytearray(path.read_bytes())
    damaged[60] ^= 255  # inside the first image: the checksum of the zip finds it
    path.write_bytes(damaged)
    with pytest.raises(CorpusError, match="not a sound zip file"):
        list(read_images(path, ["a.png"]))
    path.write_bytes(damaged[:100])
    with pytest.raises(CorpusError, match="not a sound zip file"):
        list(read_images(path, ["a.png"]))


def test_a_zip_is_opened_once_in_a_process_and_anew_when_it_is_another(tmp_path, monkeypatch):
    """Opening reads the names of all images: for each of n images that would be n^2."""
    path = tmp_path / "a.zip"
    opened = []
    real = zipfile.ZipFile

    def count(place, *mode):
        opened.append(place)
        return real(place, *mode)

    write_images(path, [("a", b"1"), ("b", b"2")])
    monkeypatch.setattr("fdan.data.archive.zipfile.ZipFile", count)
    assert [next(read_bytes(path, [name])) for name in ("a", "b", "a")] == [b"1", b"2", b"1"]
    assert opened == [path]
    other = tmp_path / "b.zip"
    with real(other, "w") as file:
        file.writestr("a", b"another")
    other.replace(path)
    assert next(read_bytes(path, ["a"])) == b"another"
    assert opened == [path, path]
