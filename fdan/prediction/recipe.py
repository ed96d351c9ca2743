"""The Mel image that the exported network reads, from a 16-bit mono wav file, with numpy alone.

  python mels.py clip.wav       # with model.onnx beside it: the probabilities, through onnxruntime

The file's rate must be the network's own; what resamples and mixes channels is left to you. The numbers are those of
librosa.feature.melspectrogram (Slaney's Mel scale and norm, a centred and periodic Hann window, zeros at both ends) and
of a bilinear resize whose pixels are centred.
"""

import json
import struct
import sys
from pathlib import Path
from typing import Any

import numpy as np


def mel_filters(rate: int, n_fft: int, bands: int) -> np.ndarray:
    """Triangles on Slaney's Mel scale, each of area one, [bands, n_fft / 2 + 1]."""
    step = 200 / 3
    top = rate / 2
    highest = top / step if top < 1000 else 15 + np.log(top / 1000) * 27 / np.log(6.4)
    mels = np.linspace(0, highest, bands + 2)
    edges = np.where(mels < 15, mels * step, 1000 * np.exp((mels - 15) * np.log(6.4) / 27))
    hertz = np.linspace(0, top, n_fft // 2 + 1)
    rising = (hertz - edges[:-2, None]) / np.diff(edges)[:-1, None]
    falling = (edges[2:, None] - hertz) / np.diff(edges)[1:, None]
    triangles = np.maximum(0, np.minimum(rising, falling))
    return triangles * (2 / (edges[2:] - edges[:-2]))[:, None]


def resize(image: np.ndarray, size: int, axis: int) -> np.ndarray:
    """Linear interpolation along one axis; beyond the outermost pixels' centres, those pixels."""
    n = image.shape[axis]
    places = np.clip((np.arange(size) + 0.5) * n / size - 0.5, 0, n - 1)
    low = np.minimum(places.astype(int), max(n - 2, 0))
    share = places - low
    share = share[:, None] if axis == 0 else share
    between: np.ndarray = image.take(low, axis) * (1 - share) + image.take(np.minimum(low + 1, n - 1), axis) * share
    return between


def mel_image(samples: np.ndarray, mels: dict[str, Any]) -> np.ndarray:
    """A grey image, uint8 [size, size], of mono samples in [-1, 1] at ``mels["sample_rate"]``."""
    n_fft, hop = mels["n_fft"], mels["hop_length"]
    samples = np.pad(samples, (0, max(0, n_fft - len(samples))))
    padded = np.pad(samples, n_fft // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, n_fft)[::hop]
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n_fft) / n_fft)
    power = np.abs(np.fft.rfft(frames * hann)) ** 2
    bands = mel_filters(mels["sample_rate"], n_fft, mels["n_mels"]) @ power.T
    decibels = 10 * np.log10(np.maximum(bands, 1e-30))
    shade = np.clip((decibels - mels["floor_db"]) / (mels["ceiling_db"] - mels["floor_db"]), 0, 1)[::-1]
    image = resize(resize(shade, mels["size"], 0), mels["size"], 1)
    grey: np.ndarray = np.rint(image * 255).astype(np.uint8)
    return grey


def read_wav(path: str) -> tuple[np.ndarray, int]:
    """Mono samples in [-1, 1] of a 16-bit wav file, and their rate; ends with one line where it is none."""
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        sys.exit(f"{path}: cannot be read ({error.strerror})")
    chunks: dict[bytes, bytes] = {}
    place = 12
    while len(head := data[place : place + 8]) == 8:
        size = int.from_bytes(head[4:], "little")
        chunks.setdefault(head[:4], data[place + 8 : place + 8 + size])
        place += 8 + size + size % 2
    form, samples = chunks.get(b"fmt ", b""), chunks.get(b"data", b"")
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE" or len(form) < 16 or b"data" not in chunks:
        sys.exit(f"{path}: no 16-bit PCM wav file")
    kind, channels, rate, _, _, bits = struct.unpack("<HHIIHH", form[:16])
    if kind == 0xFFFE and len(form) >= 26:  # WAVE_FORMAT_EXTENSIBLE: the kind stands further behind
        (kind,) = struct.unpack("<H", form[24:26])
    if kind != 1:
        sys.exit(f"{path}: no 16-bit PCM wav file (format {kind})")
    if (channels, bits) != (1, 16):
        sys.exit(f"{path}: {channels} channels of {bits} bits; expected 16-bit mono")
    return np.frombuffer(samples[: len(samples) // 2 * 2], "<i2") / 32768, rate


def main() -> None:
    """Print the probability of every emotion."""
    if len(sys.argv) != 2:
        sys.exit("usage: python mels.py clip.wav")
    samples, rate = read_wav(sys.argv[1])
    try:
        import onnxruntime
    except ImportError:
        sys.exit("onnxruntime is not installed: pip install onnxruntime")
    session = onnxruntime.InferenceSession(str(Path(__file__).with_name("model.onnx")))
    about = session.get_modelmeta().custom_metadata_map
    mels = json.loads(about["mels"])
    if rate != mels["sample_rate"]:
        sys.exit(f"{sys.argv[1]}: {rate} Hz; expected {mels['sample_rate']} Hz")
    (probabilities,) = session.run(["probabilities"], {"image": mel_image(samples, mels)[None]})
    for name, value in zip(json.loads(about["emotions"]), probabilities[0], strict=True):
        print(f"{name:<10}{value:.4f}")


if __name__ == "__main__":
    main()
