"""Real clips with bits flipped, ends cut, pieces swapped and headers rewritten: no hang, no crash of the parent.

30 of them, or as many as FDAN_FUZZ says.
"""

import os
import subprocess
import time
from functools import partial
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest

from fdan.media.sound import MelParams
from fdan.runtime.cache import CacheEntry
from fdan.runtime.jobs import LIMITS, ParallelParams, run_sandboxed
from fdan.runtime.worker import Failure
from fdan.samples import crops
from fdan.samples import mels as image
from fdan.samples.detectors import FaceParams

pytestmark = pytest.mark.slow

FACES = FaceParams(frames=3, detector="haar", weights=None, margin=0.2, size=64, jpeg_quality=90)
MELS = MelParams(16000, 1024, 256, 128, -80.0, 20.0, 64)
COUNT = int(os.environ.get("FDAN_FUZZ", "30"))


def both(name: str, folder: Path) -> CacheEntry:
    """What both modalities make of a clip, and how long it took."""
    start = time.monotonic()
    visual, acoustic = crops.crops_of(name, folder, FACES), image.image_of(name, folder, MELS)
    return CacheEntry([visual.about, acoustic.about, time.monotonic() - start], visual.blobs + acoustic.blobs)


def prepare() -> None:
    crops.prepare(FACES)
    image.prepare(MELS)


def mutate(data: bytes, other: bytes, rng: np.random.Generator) -> bytes:
    """One of the ways in which files break, or are broken."""
    kind = rng.integers(7)
    blob = np.frombuffer(data, np.uint8).copy()
    length = len(blob)
    if kind == 0:  # single bits anywhere
        places = rng.integers(0, length, max(1, length // 10_000))
        blob[places] ^= (1 << rng.integers(0, 8, len(places))).astype(np.uint8)
    elif kind == 1:  # one bit in a hundred
        places = rng.integers(0, length, length // 12)
        blob[places] ^= (1 << rng.integers(0, 8, len(places))).astype(np.uint8)
    elif kind == 2:  # the end is missing
        return data[: int(rng.integers(1, length))]
    elif kind == 3:  # a piece of another clip
        start, size = int(rng.integers(0, length)), int(rng.integers(1, 5000))
        piece = other[int(rng.integers(0, len(other))) :][:size]
        return data[:start] + piece + data[start:]
    elif kind == 4:  # the header, where sizes and counts are stated
        places = rng.integers(0, min(length, 2000), 8)
        blob[places] = rng.choice(np.array([0, 1, 127, 128, 255], np.uint8), 8)
    elif kind == 5:  # the end, where an mp4 may keep its tables
        places = rng.integers(max(0, length - 4000), length, 8)
        blob[places] = rng.choice(np.array([0, 1, 127, 128, 255], np.uint8), 8)
    else:  # four bytes that are a number somewhere
        for place in rng.integers(0, max(1, length - 4), 6):
            blob[place : place + 4] = np.frombuffer(rng.choice([0, 1, 2**31 - 1, 2**32 - 1]).astype(">u4"), np.uint8)
    return blob.tobytes()


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    """Small clips of every container, and recordings of people where they are at hand."""
    folder = tmp_path_factory.mktemp("clips")
    source = ["-f", "lavfi", "-i", "testsrc=s=160x120:d=0.6", "-f", "lavfi", "-i", "sine=d=0.6"]
    for name, *options in (
        ("a.avi", "-c:v", "mpeg4", "-c:a", "pcm_s16le"),
        ("b.mp4",),
        ("c.mp4", "-movflags", "frag_keyframe+empty_moov"),
        ("d.mkv",),
        ("e.flv", "-ar", "44100"),
        ("f.wav", "-map", "1"),
        ("g.mp3", "-map", "1"),
        ("h.flac", "-map", "1"),
        ("i.png", "-map", "0", "-frames:v", "1", "-update", "1"),
        ("j.jpg", "-map", "0", "-frames:v", "1", "-update", "1"),
    ):
        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *source, "-threads", "1", *options]
        subprocess.run([*command, str(folder / name)], check=True)
    found = sorted(folder.iterdir())
    real = Path(os.environ.get("FDAN_REAL_DATA", Path(__file__).parents[3] / "shared" / "data"))
    if real.is_dir():
        found += sorted(real.glob("ravdess_av/*.mp4"))
        found += sorted(real.glob("ravdess_speech/Actor_01/*.wav"))[:2]
        found += sorted(real.glob("face_images/images/*.jpg"))[:2]
    return found


def test_mutated_clips_cost_at_most_themselves(clips, tmp_path):
    rng = np.random.default_rng(0)
    names = []
    for number in range(COUNT):
        clip, other = clips[number % len(clips)], clips[int(rng.integers(len(clips)))]
        names.append(f"{number:05d}{clip.suffix}")
        (tmp_path / names[-1]).write_bytes(mutate(clip.read_bytes(), other.read_bytes(), rng))
    start = time.monotonic()
    results = run_sandboxed(
        partial(both, folder=tmp_path),
        names,
        "fuzz",
        ParallelParams("loky", 1 if COUNT > 100 else 2, None),
        prepare=prepare,
    )
    lost, damaged, slowest = {}, 0, 0.0
    for name, result in zip(names, results, strict=True):
        if isinstance(result, Failure):
            lost[name] = result.reason
            continue
        (decoded, frames_say, frames), (seconds, sound_says), took = result.about
        slowest = max(slowest, took)
        damaged += bool(frames_say or sound_says)
        assert len(result.blobs) == len(frames) + (seconds > 0 or not sound_says), name
        assert len(frames) == min(decoded, 3), name
        assert decoded or frames_say, name
        assert "\n" not in frames_say + sound_says, name
    print(
        f"{COUNT} mutated clips in {time.monotonic() - start:.0f} s: {damaged} named as damaged, {COUNT - damaged} as "
        f"sound, slowest {slowest:.1f} s; lost: {lost}"
    )
    assert not [reason for reason in lost.values() if reason.startswith("unforeseen")], lost
    assert damaged > COUNT / 3
    assert slowest < LIMITS.seconds
