"""The paper's split (Sec. 3.2): per emotion, 8/10 of the speech trains; every usable face trains."""

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from annotated_types import Ge, Gt, Lt

from fdan.data.utterance import CorpusError, Emotion, Manifest, parse_emotion, read_rows, write_rows

TRAIN, TEST, UNUSED = "train", "test", ""


@dataclass(frozen=True)
class SplitParams:
    """Section ``splits`` of params.yaml."""

    seed: Annotated[int, Ge(0)]
    train_fraction: Annotated[float, Gt(0), Lt(1)]


@dataclass(frozen=True)
class Part:
    """Where the samples of an utterance go: ``train``, ``test``, or unused (empty) because unusable."""

    utterance: str
    speaker: str
    emotion: Emotion
    acoustic: str
    visual: str


@dataclass(frozen=True)
class Split:
    """The parts of all utterances of a corpus."""

    parts: tuple[Part, ...]
    synthetic: bool

    @property
    def classes(self) -> tuple[Emotion, ...]:
        """The emotions that have speech to train on, in the paper's order; a corpus may lack some."""
        there = {part.emotion for part in self.parts if part.acoustic == TRAIN}
        return tuple(emotion for emotion in Emotion if emotion in there)

    def acoustic(self, part: str) -> frozenset[str]:
        """Utterances whose speech is in this part."""
        return frozenset(p.utterance for p in self.parts if p.acoustic == part)

    def visual(self) -> frozenset[str]:
        """Utterances whose faces train."""
        return frozenset(p.utterance for p in self.parts if p.visual == TRAIN)


def paper_split(manifest: Manifest, heard: Collection[str], seen: Collection[str], params: SplitParams) -> Split:
    """Split what can be used, emotion by emotion: ``floor(0.8 n)`` of the speech trains, at least one.

    The order within an emotion is that of a hash of seed and utterance id, so a split depends on no
    library's random stream, and ten more clips move few of the others.

    Args:
        manifest: the corpus.
        heard: utterances whose sound can be used.
        seen: utterances whose video gave frames; all of them train (the paper's rule).
        params: seed and fraction.
    """
    heard, seen = set(heard), set(seen)
    training: set[str] = set()
    for emotion in Emotion:
        ids = [u.id for u in manifest.utterances if u.emotion is emotion and u.id in heard]
        ids.sort(key=lambda id_: hashlib.sha256(f"{params.seed}:{id_}".encode()).digest())
        # In hundredths of a percent, since 0.8 * 15 is 12.000000000000002 or 11.999999999999998 elsewhere.
        training.update(ids[: max(1, round(params.train_fraction * 10_000) * len(ids) // 10_000)])
    parts = tuple(
        Part(
            u.id,
            u.speaker,
            u.emotion,
            UNUSED if u.id not in heard else TRAIN if u.id in training else TEST,
            TRAIN if u.id in seen else UNUSED,
        )
        for u in manifest.utterances
    )
    return Split(parts, manifest.synthetic)


_FIELDS = ("utterance", "speaker", "emotion", "acoustic", "visual", "origin")


def write_split(split: Split, path: Path) -> None:
    """Write a split as csv."""
    origin = "synthetic" if split.synthetic else "recorded"
    rows = ((p.utterance, p.speaker, p.emotion, p.acoustic, p.visual, origin) for p in split.parts)
    write_rows(path, _FIELDS, rows)


def read_split(path: Path) -> Split:
    """Read what `write_split` wrote; raises `CorpusError` where it is not one."""
    rows = read_rows(path, _FIELDS)
    for row in rows:
        if row["acoustic"] not in {TRAIN, TEST, UNUSED} or row["visual"] not in {TRAIN, UNUSED}:
            raise CorpusError(f"{path}: {row['utterance']}: part {row['acoustic']!r}/{row['visual']!r} is unknown")
    parts = tuple(
        Part(
            r["utterance"],
            r["speaker"],
            parse_emotion(r["emotion"], f"{path}: {r['utterance']}"),
            r["acoustic"],
            r["visual"],
        )
        for r in rows
    )
    return Split(parts, {r["origin"] for r in rows} == {"synthetic"})


def refuse_mix(splits: Iterable[tuple[str, Split]]) -> None:
    """Raise `CorpusError` where synthetic and real corpora would meet in one run or one table."""
    origins = {name: "synthetic" if split.synthetic else "recorded" for name, split in splits}
    if len(set(origins.values())) > 1:
        raise CorpusError(
            f"synthetic and real corpora never mix in one run: {origins}; "
            "point raw.savee and raw.meld of params.yaml both at real corpora, or both at the demo"
        )
