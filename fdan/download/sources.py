"""Where the corpora and the weights are published, and how each is put together."""

import json
import os
import re
import shutil
import zipfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from tqdm import tqdm

from fdan.corpora.meld import PARTS
from fdan.download.archives import unpack
from fdan.download.fetch import DownloadError, File, fetch, require
from fdan.runtime.outputs import new_file
from fdan.runtime.process import report
from fdan.samples.detectors import PUBLISHED

URLS = {
    # RAVDESS: the record's own list has every file's size and MD5.
    "ravdess": "https://zenodo.org/api/records/1188976",
    # CREMA-D: the repository as a zip holds Git LFS pointers, each with the size and the SHA-256 of its file.
    "cremad tree": "https://codeload.github.com/CheyneyComputerScience/CREMA-D/zip/refs/heads/master",
    "cremad files": "https://media.githubusercontent.com/media/CheyneyComputerScience/CREMA-D/master/",
    # MELD: the authors' archive; its labels are in their repository too. No checksum is published.
    "meld": "https://web.eecs.umich.edu/~mihalcea/downloads/MELD.Raw.tar.gz",
    "meld labels": "https://raw.githubusercontent.com/declare-lab/MELD/master/data/MELD/",
    # Whisper-base (MIT, OpenAI) in CTranslate2's format, as faster-whisper takes it.
    "speech": "https://huggingface.co/Systran/faster-whisper-base/resolve/ebe41f70d5b6dfa9166e2c581c45c9c0cfc57b66/",
    "savee": "http://kahlan.eps.surrey.ac.uk/savee/",
}

_RAVDESS_LICENCE = "CC BY-NC-SA 4.0, Livingstone & Russo 2018"

LICENCES = {
    "ravdess": _RAVDESS_LICENCE,
    "ravdess-speech": _RAVDESS_LICENCE,
    "cremad": "ODbL 1.0, Cao et al. 2014",
    "meld": "the labels GPL-3.0, Poria et al. 2019; the clips are the broadcaster's, for research",
    "weights": "their authors'",
}

SPEECH_LICENCE = "MIT, Radford et al. 2022"

_RAVDESS = r"Audio_Speech_Actors_01-24\.zip|Video_Speech_Actor_[0-9]{2}\.zip"
_RAVDESS_SOUNDS = r"Audio_Speech_Actors_01-24\.zip"
_CREMAD = re.compile(r"[^/]+/((?:AudioWAV|VideoFlash)/[0-9A-Z_]+\.(?:wav|flv))")
_POINTER = re.compile(rb"version https://git-lfs[^\n]*\noid sha256:([0-9a-f]{64})\nsize ([0-9]{1,12})\n")
_MISSING = 20  # files of CREMA-D that may be missing before the rest is not asked for: it is the network then, the disk
_MISSING_LARGE = 3  # or the server; likewise archives, tables or weights
_ARCHIVES = (".tar.gz", ".zip")
_MELD_INNER = ("train.tar.gz", "dev.tar.gz", "test.tar.gz")
_MELD_LABELS = ("train_sent_emo.csv", "dev_sent_emo.csv", "test_sent_emo.csv")


def get_ravdess(folder: Path, named: str = _RAVDESS) -> None:
    """The speech of RAVDESS: one archive of sounds (0.2 GB), one of clips per actor (13 GB).

    Args:
        folder: where to.
        named: a pattern of the archives' names.

    Raises:
        DownloadError: there is no list of them, or some cannot be had, after all others have come; the first is named.
    """
    archives = [file for file in _zenodo_files() if re.fullmatch(named, file.name)]
    if not archives:
        raise DownloadError(f"{URLS['ravdess']}: lists no speech archive")
    _get_archives(archives, folder)


def _zenodo_files() -> list[File]:
    url = URLS["ravdess"]
    with TemporaryDirectory() as folder:  # with the patience of all other files, and never an old one
        data = fetch(File(url, "record.json"), Path(folder), bar=False).read_bytes()
    try:
        return [
            File(str(f["links"]["self"]), str(f["key"]), str(f["checksum"]), int(f["size"]))
            for f in json.loads(data)["files"]
        ]
    except (KeyError, TypeError, ValueError) as error:
        raise DownloadError(f"{url}: not a list of files as Zenodo makes it ({error!r})") from None


def _get_archives(archives: list[File], folder: Path) -> None:
    """Download and unpack one archive after another; what is done is remembered beside the folder."""
    done = _done(folder)
    work = done.parent
    work.mkdir(parents=True, exist_ok=True)
    unpacked = set(done.read_text().splitlines()) if done.exists() and folder.is_dir() else set()
    todo = [file for file in archives if f"{file.name} {file.checksum}" not in unpacked]
    if todo:
        require(work, sum(f.size for f in todo) + max(f.size for f in todo), "the download with its contents")

    def get(file: File) -> None:
        archive = fetch(file, work, beyond=1)
        unpack(archive, folder, partial(_remember, folder))
        unpacked.add(f"{file.name} {file.checksum}")
        done.write_text("".join(f"{line}\n" for line in sorted(unpacked)))
        archive.unlink()

    _get_each([partial(get, file) for file in todo])


def _get_each(jobs: Sequence[Callable[[], object]]) -> None:
    """Do one job after another; what cannot be had costs itself alone, and is told in the end."""
    failures: list[DownloadError] = []
    for job in jobs:
        try:
            job()
        except DownloadError as error:
            failures.append(error)
            if len(failures) > _MISSING_LARGE:
                raise
    _tell(failures, len(jobs))


def _tell(failures: Sequence[DownloadError], files: int) -> None:
    """Raise one error for all files that cannot be had, if any; of a single file it is that file's."""
    if failures and files == 1:
        raise failures[0]
    if failures:
        raise DownloadError(
            f"{len(failures)} of {files} files cannot be had, all others are there; the first: {failures[0]}; the "
            "same command tries them again"
        )


def _done(folder: Path) -> Path:
    """The list of a folder's archives that are unpacked, which lies beside them."""
    return folder.with_name(f".{folder.name}.download") / "unpacked.txt"


def _inner(folder: Path) -> Path:
    """The list of archives that came out of archives, which may be removed once they are unpacked."""
    return folder.with_name(f".{folder.name}.download") / "inner.txt"


def _ours(folder: Path) -> set[str]:
    return set(_inner(folder).read_text(encoding="utf-8").splitlines()) if _inner(folder).is_file() else set()


def _remember(folder: Path, files: Sequence[Path]) -> None:
    """Write down which archives are about to come out of an archive."""
    made = {str(path.relative_to(folder)) for path in files if path.name.endswith(_ARCHIVES)}
    if made:
        _inner(folder).write_text("".join(f"{name}\n" for name in sorted(made | _ours(folder))), encoding="utf-8")


def get_meld(folder: Path) -> None:
    """MELD's clips and labels (about 11 GB, twice that while unpacking).

    Raises:
        DownloadError: the archive cannot be had, or one of its parts or of the labels, after all others have come.
    """
    archive = File(URLS["meld"], "MELD.Raw.tar.gz")
    for inner, clips in zip(_MELD_INNER, PARTS.values(), strict=True):
        if not any(folder.rglob(inner)) and not any(folder.rglob(clips)):  # removed, since it was broken
            _done(folder).unlink(missing_ok=True)
    _get_archives([archive], folder)

    def open_up(inner: Path) -> None:
        unpack(inner, inner.parent)
        if str(inner.relative_to(folder)) in _ours(folder):
            inner.unlink()
        else:
            report([f"{inner}: unpacked; it was here before, so it stays"])

    inners = [inner for name in _MELD_INNER for inner in sorted(folder.rglob(name))]
    labels = [File(URLS["meld labels"] + name, name) for name in _MELD_LABELS if not any(folder.rglob(name))]
    _get_each([*(partial(open_up, inner) for inner in inners), *(partial(fetch, file, folder) for file in labels)])


def get_cremad(folder: Path) -> None:
    """The sounds and clips of CREMA-D, file by file, each with its published SHA-256.

    Raises:
        DownloadError: files cannot be had, after all others have come; the first is named.
    """
    work = folder.with_name(f".{folder.name}.download")
    tree = fetch(File(URLS["cremad tree"], "tree.zip"), work)
    files = list(_cremad_files(tree, folder))
    if not files:
        raise DownloadError(f"{tree}: no AudioWAV or VideoFlash in it; remove it and try again")
    missing = sum(file.size for file in files if not (folder / file.name).exists())
    require(work, missing, "the download")
    with ThreadPoolExecutor(8) as pool:
        jobs = [pool.submit(_fetch_below, file, folder) for file in files]
        failures = []
        try:
            for job in tqdm(jobs, "cremad", unit="", mininterval=1, leave=False, disable=None):
                try:
                    job.result()
                except DownloadError as error:
                    failures.append(error)
                    if len(failures) > _MISSING:  # it is not the files, but the network, the disk or the server
                        raise
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    _tell(failures, len(files))
    shutil.rmtree(work)


def _cremad_files(tree: Path, folder: Path) -> Iterator[File]:
    """What the repository's pointers point to; a file that is in the zip itself is put in its place."""
    try:
        with zipfile.ZipFile(tree) as zipped:
            for member in zipped.infolist():
                match = _CREMAD.fullmatch(member.filename)
                if match is None:
                    continue
                data = zipped.read(member)
                pointer = _POINTER.fullmatch(data)
                if pointer:
                    yield File(
                        URLS["cremad files"] + match[1], match[1], f"sha256:{pointer[1].decode()}", int(pointer[2])
                    )
                elif not os.path.lexists(place := folder / match[1]):
                    with new_file(place) as path:
                        path.write_bytes(data)
                elif not place.is_file() or place.read_bytes() != data:
                    report([f"{place}: is another file than the published one; it is left alone"])
    except zipfile.BadZipFile as error:
        raise DownloadError(f"{tree}: not a readable archive ({error}); remove it and try again") from None


def _fetch_below(file: File, folder: Path) -> None:
    path = folder / file.name
    fetch(File(file.url, path.name, file.checksum, file.size), path.parent, bar=False)


def weight_files() -> list[File]:
    """The face detectors' weights, and ImageNet weights of FDAN's backbone, the CNN rows and `make real`.

    The addresses are those of the installed torchvision and face-alignment, so that these find
    their files. The checksum is `PUBLISHED`'s, or what the name ends in, a SHA-256's first digits.
    """
    try:
        from face_alignment.detection.blazeface import blazeface_detector
        from face_alignment.detection.sfd import sfd_detector
        from face_alignment.detection.yunet import yunet_detector
    except ModuleNotFoundError as error:
        raise DownloadError(f"{error.name} is not installed; pip install --no-deps face-alignment") from None

    from fdan.backbones.vision import models
    from fdan.methods.registry import NETWORKS

    urls = [*blazeface_detector.models_urls.values(), yunet_detector.model_url, *sfd_detector.models_urls.values()]
    urls += [
        models.get_model_weights(name).IMAGENET1K_V1.url for name in sorted({"resnet34", "mobilenet_v2", *NETWORKS})
    ]
    return [_weights(url) for url in urls]


def _weights(url: str) -> File:
    name = url.partition("?")[0].rpartition("/")[2]
    match = re.search(r"-([0-9a-f]{8,64})\.", name)
    checksum = PUBLISHED.get(name) or (match[1] if match else "")
    return File(url, name, f"sha256:{checksum}" if checksum else "")


def get_weights(folder: Path) -> None:
    """All weights that params.yaml and params.real.yaml can ask for (about 1.6 GB)."""
    _get_each([partial(fetch, file, folder) for file in weight_files()])


SPEECH = (
    ("model.bin", "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9", 145_217_532),
    ("config.json", "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a", 2_309),
    ("tokenizer.json", "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab", 2_203_239),
    ("vocabulary.txt", "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913", 459_861),
)
"""The encoder's files: name, SHA-256 and bytes, of the one revision that `URLS` names."""


def get_speech(folder: Path) -> None:
    """The speech encoder of `features.acoustic: whisper` (0.15 GB), Whisper-base; the large file first."""
    files = [File(URLS["speech"] + name, name, f"sha256:{checksum}", size) for name, checksum, size in SPEECH]
    _get_each([partial(fetch, file, folder) for file in files])


SOURCES: dict[str, Callable[[Path], None]] = {
    "ravdess": get_ravdess,
    "ravdess-speech": partial(get_ravdess, named=_RAVDESS_SOUNDS),
    "cremad": get_cremad,
    "meld": get_meld,
    "weights": get_weights,
}
"""What can be downloaded: a corpus, or a part of it behind a hyphen."""


def default_folder(name: str, speech: bool = False) -> Path:
    """Where it goes: ``data/raw/<corpus>``; weights to ``weights`` or ``encoders``, on which the stages depend."""
    if speech:
        return Path("encoders/whisper-base")
    return Path("weights") if name == "weights" else Path("data/raw") / name
