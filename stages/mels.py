"""Stage mels: the log-Mel image of every utterance's sound."""

import argparse
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from fdan.data.index import Mel, write_index
from fdan.data.utterance import Utterance, read_manifest
from fdan.media.archive import encode_png, write_images
from fdan.media.audio import MelParams, mel_image, read_sound, sound_problem
from fdan.media.container import MediaError
from fdan.params import load_params
from stages.process import output, pool, report, run


def main() -> None:
    """Write ``data/mels/<corpus>/{mels.zip,index.csv}``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus")
    corpus = parser.parse_args().corpus
    params = load_params("mels", MelParams)
    folder = Path(load_params(f"raw.{corpus}", str))
    utterances = read_manifest(Path(f"data/manifests/{corpus}.csv")).utterances
    index: list[Mel] = []

    def images() -> Iterator[tuple[str, bytes]]:
        for mel, image in pool(partial(mel_of, folder=folder, params=params), utterances, f"mels {corpus}"):
            index.append(mel)
            if mel.image:
                yield mel.image, image

    with output(Path(f"data/mels/{corpus}")) as out:
        out.mkdir()
        write_images(out / "mels.zip", images())
        write_index(index, Mel, out / "index.csv")

    lost = [mel for mel in index if not mel.image]
    flagged = [mel for mel in index if mel.image and mel.problem]
    report(
        [f"{mel.utterance}: no acoustic sample: {mel.problem}" for mel in lost]
        + [f"{mel.utterance}: used, but {mel.problem}" for mel in flagged],
        f"data/mels/{corpus}/index.csv",
    )
    seconds = sum(mel.seconds for mel in index)
    print(
        f"mels {corpus}: {len(index) - len(lost)} images of {seconds:.0f} s of sound; "
        f"{len(lost)} utterances without sound, {len(flagged)} flagged but used"
    )


def mel_of(utterance: Utterance, folder: Path, params: MelParams) -> tuple[Mel, bytes]:
    """The Mel image of one utterance, or a row that says why there is none."""
    try:
        if not utterance.audio:
            raise MediaError("no sound file")
        sound = read_sound(folder / utterance.audio, params.sample_rate)
    except MediaError as error:
        return Mel(utterance.id, utterance.emotion, "", 0.0, str(error).removeprefix(f"{folder}/")), b""
    seconds = round(len(sound.samples) / params.sample_rate, 3)
    mel = Mel(utterance.id, utterance.emotion, f"{utterance.id}.png", seconds, sound_problem(sound, params))
    return mel, encode_png(mel_image(sound.samples, params))


if __name__ == "__main__":
    run()
