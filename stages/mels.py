"""Stage mels: the log-Mel image of every utterance's sound."""

import argparse
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from fdan.data.index import Mel, write_index
from fdan.data.utterance import Utterance, read_manifest
from fdan.extraction.cache import Cache, Entry, clip_key
from fdan.extraction.keeper import Lost
from fdan.extraction.parallel import ParallelParams, extract
from fdan.media.archive import encode_png, write_images
from fdan.media.audio import MelParams, mel_image, read_sound, sound_problem
from fdan.media.clip import MediaError, locate
from fdan.params import load_params
from stages.process import output, report, run

CODE = (
    "fdan/media/archive.py",
    "fdan/media/audio.py",
    "fdan/media/clip.py",
    "fdan/media/container.py",
    "stages/mels.py",
)
LIBRARIES = ("av", "librosa", "numpy", "opencv-python", "scipy", "soxr")


def main() -> None:
    """Write ``data/mels/<corpus>/{mels.zip,index.csv}``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus")
    corpus = parser.parse_args().corpus
    params = load_params("mels", MelParams)
    folder = Path(load_params(f"raw.{corpus}", str)).absolute()
    known = Cache("mels", params, CODE, LIBRARIES)
    utterances = read_manifest(Path(f"data/manifests/{corpus}.csv")).utterances
    entries = extract(
        partial(image_of, folder=folder, params=params),
        [u.audio for u in utterances if u.audio],
        f"mels {corpus}",
        load_params("parallel", ParallelParams),
        # The first image of a process takes seconds, minutes in a fresh environment: librosa compiles.
        prepare=partial(mel_image, np.zeros(params.n_fft, np.float32), params),
        cache=known,
        key=partial(clip_key, folder=folder, cache=known),
    )
    index: list[Mel] = []

    def images() -> Iterator[tuple[str, bytes]]:
        for utterance in utterances:
            entry = next(entries) if utterance.audio else Lost("no sound file")
            mel = row_of(utterance, entry)
            index.append(mel)
            if isinstance(entry, Entry) and mel.image:
                yield mel.image, entry.blobs[0]

    with output(Path(f"data/mels/{corpus}")) as out:
        out.mkdir()
        write_images(out / "mels.zip", images())
        write_index(index, Mel, out / "index.csv")
    summarise(corpus, index, sounds=any(u.audio for u in utterances))


def image_of(audio: str, folder: Path, params: MelParams) -> Entry:
    """The Mel image of one sound, its length in seconds, and what is wrong with it."""
    try:
        sound = read_sound(locate(folder, audio), params.sample_rate)
    except MediaError as error:
        return Entry([0.0, str(error).removeprefix(f"{folder / audio}: ")], ())
    seconds = round(len(sound.samples) / params.sample_rate, 3)
    return Entry([seconds, sound_problem(sound, params)], (encode_png(mel_image(sound.samples, params)),))


def row_of(utterance: Utterance, entry: Entry | Lost) -> Mel:
    """The row of one utterance."""
    if isinstance(entry, Entry) and entry.blobs:
        seconds, problem = entry.about
        return Mel(utterance.id, utterance.emotion, f"{utterance.id}.png", seconds, problem)
    reason = entry.about[1] if isinstance(entry, Entry) else entry.reason
    problem = f"{utterance.audio}: {reason}" if utterance.audio else reason
    return Mel(utterance.id, utterance.emotion, "", 0.0, problem)


def summarise(corpus: str, index: list[Mel], sounds: bool) -> None:
    """Name every sound that is lost or flagged, and print the summary line; a corpus without sounds is one fact."""
    lost = [mel for mel in index if not mel.image]
    flagged = [mel for mel in index if mel.image and mel.problem]
    report(
        [f"{mel.utterance}: no acoustic sample: {mel.problem}" for mel in lost if sounds]
        + [f"{len(lost)} utterances without a sound: the corpus has faces alone"] * (not sounds and len(lost) > 0)
        + [f"{mel.utterance}: used, but {mel.problem}" for mel in flagged],
        f"data/mels/{corpus}/index.csv",
    )
    seconds = sum(mel.seconds for mel in index)
    print(
        f"mels {corpus}: {len(index) - len(lost)} images of {seconds:.0f} s of sound; "
        f"{len(lost)} utterances without sound, {len(flagged)} flagged but used"
    )


if __name__ == "__main__":
    run()
