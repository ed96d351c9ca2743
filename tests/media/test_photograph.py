import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from fdan.data.suffixes import PHOTOGRAPHS as SUFFIXES
from fdan.media.clip import MediaError
from fdan.media.frames import sample_frames
from fdan.media.photograph import PHOTOGRAPHS, read_photograph

HALVES = np.zeros((20, 40, 3), np.uint8)
HALVES[:, 20:] = (250, 10, 10)  # red on the right


def test_a_photograph_is_a_clip_of_one_frame(tmp_path):
    Image.fromarray(HALVES).save(tmp_path / "a.png")
    sampled = sample_frames(tmp_path / "a.png", 3)
    assert (sampled.numbers, sampled.decoded, sampled.problems) == ((0,), 1, ())
    [image] = sampled.images  # one sample, not one three times
    np.testing.assert_array_equal(image, HALVES)


@pytest.mark.parametrize(("orientation", "side"), [(1, "right"), (3, "left"), (6, "bottom"), (8, "top"), (2, "left")])
def test_exif_says_which_side_is_up(tmp_path, orientation, side):
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(HALVES).save(tmp_path / "a.JPG", "JPEG", exif=exif, quality=95)
    image = read_photograph(tmp_path / "a.JPG")
    red = image[:, :, 0] > 128
    edge = {"left": red[:, 0], "right": red[:, -1], "top": red[0], "bottom": red[-1]}
    assert {name for name, pixels in edge.items() if pixels.all()} == {side}


@pytest.mark.parametrize("mode", ["L", "P", "CMYK", "RGBA", "LA", "1", "I;16"])
def test_every_kind_of_pixel_becomes_rgb(tmp_path, mode):
    suffix = "jpg" if mode == "CMYK" else "png"
    picture = Image.fromarray(HALVES)
    picture = Image.new("I;16", (40, 20)) if mode == "I;16" else picture.convert(mode)
    picture.save(tmp_path / f"a.{suffix}")
    image = read_photograph(tmp_path / f"a.{suffix}")
    assert (image.shape, image.dtype) == ((20, 40, 3), np.uint8)


def png(width: int, height: int) -> bytes:
    """A png of this size by its header, with a few bytes of pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(99))) + chunk(b"IEND", b"")


def test_refused_pictures(tmp_path):
    Image.fromarray(HALVES).save(tmp_path / "good.jpg")
    good = (tmp_path / "good.jpg").read_bytes()
    cases = {
        "huge.png": (png(16_000, 16_000), "a picture of far more pixels than the 134217728 that are read at most"),
        "vast.png": (png(2**31 - 1, 2**31 - 1), "a picture of far more pixels than"),
        "large.png": (png(9_000, 9_000), "a picture of 9000 x 9000; at most 67108864 pixels are read"),
        "short.png": (png(40, 20), "not a readable picture ("),
        "half.jpg": (good[: len(good) // 2], "not a readable picture ("),
        "empty.jpg": (b"", "the file is empty"),
        "text.jpg": (b"no picture", "not a readable picture (cannot identify"),
        "png.jpg": (png(4, 4), "not a readable picture (cannot identify"),
    }
    for name, (data, message) in cases.items():
        (tmp_path / name).write_bytes(data)
        with pytest.raises(MediaError) as caught:
            read_photograph(tmp_path / name)
        assert str(caught.value).startswith(f"{tmp_path / name}: {message}"), name
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "form", "tolerance"),
    [
        ("a.webp", "WEBP", 40),
        ("a.bmp", "BMP", 0),
        ("a.tif", "TIFF", 0),
        ("a.tiff", "TIFF", 0),
        ("a.GIF", "GIF", 0),
        ("a.jfif", "JPEG", 40),
    ],
)
def test_every_common_kind_of_picture_is_read(tmp_path, name, form, tolerance):
    Image.fromarray(HALVES).save(tmp_path / name, form)
    image = read_photograph(tmp_path / name).astype(int)
    assert np.abs(image - HALVES)[:, [5, 35]].max() <= tolerance
    assert (tmp_path / name).suffix.lower() in SUFFIXES


def test_the_corpus_finds_what_can_be_read_and_no_more():
    assert set(SUFFIXES) == set(PHOTOGRAPHS)


def test_of_a_moving_picture_the_first_is_read(tmp_path):
    first, second = Image.fromarray(HALVES), Image.fromarray(HALVES[:, ::-1].copy())
    first.save(tmp_path / "a.gif", save_all=True, append_images=[second])
    np.testing.assert_array_equal(read_photograph(tmp_path / "a.gif"), HALVES)


def test_sixteen_bits_are_their_upper_eight(tmp_path):
    ramp = np.linspace(0, 65535, 800).astype(np.uint16).reshape(20, 40)
    for name in ("a.png", "a.tif"):
        Image.fromarray(ramp).save(tmp_path / name)
        image = read_photograph(tmp_path / name)
        np.testing.assert_array_equal(image, np.repeat((ramp >> 8)[..., None], 3, axis=-1))


@pytest.mark.parametrize(
    ("name", "mode", "factor"),
    [("a.jpg", "RGB", 2), ("a.jpg", "CMYK", 2), ("a.png", "RGB", 2), ("a.png", "P", 2), ("a.png", "LA", 2),
     ("a.tif", "I;16", 2), ("b.jpg", "L", 4)],
)  # fmt: skip
def test_a_telephone_s_photograph_is_read_reduced(tmp_path, name, mode, factor):
    """12 megapixels and more: both sides are divided by a power of two, whatever the kind of pixel."""
    width, height = (4033, 3025) if factor == 2 else (8160, 6144)
    halves = Image.new("L", (width, height), 10)
    halves.paste(240, (width // 2, 0, width, height))
    picture = Image.fromarray(np.asarray(halves).astype(np.uint16) << 8) if mode == "I;16" else halves.convert(mode)
    picture.save(tmp_path / name)
    image = read_photograph(tmp_path / name)
    assert image.shape == (-(-height // factor), -(-width // factor), 3)
    assert np.abs(image[::100, [100, -100]].astype(int) - np.array([10, 240])[None, :, None]).max() <= 2


def test_a_large_photograph_is_turned_upright_and_a_smaller_one_is_not_touched(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    for suffix in ("jpg", "tif"):
        Image.new("RGB", (4000, 3000)).save(tmp_path / f"a.{suffix}", exif=exif)
        assert read_photograph(tmp_path / f"a.{suffix}").shape == (2000, 1500, 3), suffix
    edge = np.random.default_rng(0).integers(0, 256, (2304, 4096, 3), np.uint8)
    Image.fromarray(edge).save(tmp_path / "edge.png", compress_level=1)
    np.testing.assert_array_equal(read_photograph(tmp_path / "edge.png"), edge)


@pytest.mark.parametrize("mode", ["I", "F"])
def test_pixels_of_no_stated_white_are_refused(tmp_path, mode):
    Image.new(mode, (40, 20)).save(tmp_path / "a.tif")
    with pytest.raises(MediaError, match=rf"a\.tif: pixels of kind {mode}, .* save them as 8 or 16 bits"):
        read_photograph(tmp_path / "a.tif")


@pytest.mark.parametrize("name", ["a.heic", "a.HEIF", "a.jpg"])
def test_a_telephone_s_heic_is_refused_with_the_cure_by_whatever_name(tmp_path, name):
    (tmp_path / name).write_bytes(b"\0\0\0\x18ftypheic" + bytes(100))
    with pytest.raises(MediaError, match="HEIC, which is not read; convert it to JPEG"):
        read_photograph(tmp_path / name)
