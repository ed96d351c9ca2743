"""Splits: the paper's (Sec. 3.2), and the protocols and the validation part that are made from it."""

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, astuple, dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Final, Literal

from annotated_types import Ge, Gt, Lt

from fdan.data.emotions import CorpusError, Emotion, shown
from fdan.data.manifest import Manifest, Origin, hashed_name, id_problem, one_origin, safe_name
from fdan.data.records import read_records, write_records

TRAIN: Final = "train"
TEST: Final = "test"
UNUSED: Final = ""

Acoustic = Literal["train", "test", ""]

Visual = Literal["train", ""]  # faces train or do not; none is ever tested


NOT_RUN = "not_run.txt"
"""Lies where a protocol's predictions would: why a corpus has none."""


class ProtocolError(CorpusError):
    """A corpus does not have what a protocol needs; it has no row of that protocol then."""


@dataclass(frozen=True)
class SplitParams:
    """Section ``splits`` of params.yaml."""

    seed: Annotated[int, Ge(0)]
    train_fraction: Annotated[float, Gt(0), Lt(1)]


@dataclass(frozen=True)
class Part:
    """Where the samples of an utterance go: ``train``, ``test``, or unused (empty) because unusable.

    `official` is the part that the corpus itself puts it into, empty if it has none.
    """

    utterance: str
    speaker: str
    emotion: Emotion
    acoustic: Acoustic
    visual: Visual
    official: str = ""


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
        training |= _first(ids, params.seed, params.train_fraction)[0]
    parts = tuple(
        Part(
            u.id,
            u.speaker,
            u.emotion,
            UNUSED if u.id not in heard else TRAIN if u.id in training else TEST,
            TRAIN if u.id in seen else UNUSED,
            u.part,
        )
        for u in manifest.utterances
    )
    return Split(parts, manifest.synthetic)


def disjoint_split(split: Split, faces: Collection[str] = ()) -> Split:
    """The same split without the leak: the faces of test utterances do not train.

    Raises:
        ProtocolError: the faces are those of other corpora, named by `faces`: there is no leak to take away.
    """
    if faces:
        raise ProtocolError(f"the faces are those of {', '.join(faces)}, so the paper's own split is disjoint")
    return _assign(split, lambda part: (part.acoustic, UNUSED if part.acoustic == TEST else part.visual))


def speaker_splits(split: Split) -> dict[str, Split]:
    """Folds that keep speakers apart, each named; together they test every utterance once, or the official test part.

    A corpus with an official split has one fold: its train part trains, its test part is tested, its dev
    part is unused, since nothing is chosen on it. Elsewhere every speaker is held out once, with up to ten
    speakers one at a time, with more in ten groups. Faces of held-out speakers do not train.

    Raises:
        ProtocolError: there is neither an official split nor a second speaker.
    """
    if any(part.official for part in split.parts):
        place: dict[str, Acoustic] = {TRAIN: TRAIN, TEST: TEST}
        return {"official": _hold(split, lambda part: place.get(part.official, UNUSED))}
    speakers = sorted({part.speaker for part in split.parts if part.speaker and part.acoustic})
    if len(speakers) < 2:
        found = f"one speaker, {shown(speakers[0])}" if speakers else "no speaker named"
        raise ProtocolError(f"a protocol that keeps speakers apart needs two, or an official split; found {found}")
    groups = [speakers[i::_FOLDS] for i in range(min(_FOLDS, len(speakers)))]

    def fold(held_out: Collection[str]) -> Split:
        # An utterance of an unknown speaker could be anybody's: it is in no fold.
        return _hold(split, lambda part: TEST if part.speaker in held_out else TRAIN if part.speaker else UNUSED)

    return {_fold_name(group): fold(group) for group in groups}


def rotated_splits(split: Split, rotations: int) -> dict[str, Split]:
    """Folds that together test every usable utterance once, each with the paper's rule: all faces train.

    The first fold is the split itself. The training speech of each emotion is dealt into the test parts of the others,
    as equal in size as can be, in the order of a hash of the utterances' ids.

    Args:
        split: the paper's.
        rotations: how many folds, at least 2; five of the paper's 8/10 : 2/10 are of equal size.
    """
    tested: dict[str, int] = {part.utterance: 0 for part in split.parts if part.acoustic == TEST}
    for emotion in Emotion:
        ids = [part.utterance for part in split.parts if part.emotion is emotion and part.acoustic == TRAIN]
        for place, id_ in enumerate(_in_order(ids, 0)):
            tested[id_] = 1 + place * (rotations - 1) // len(ids)

    def fold(number: int) -> Split:
        def place(part: Part) -> tuple[Acoustic, Visual]:
            return (TEST if tested[part.utterance] == number else TRAIN) if part.acoustic else UNUSED, part.visual

        return _assign(split, place)

    return {str(number + 1): fold(number) for number in range(rotations)}


def _fold_name(speakers: Sequence[str]) -> str:
    """It becomes a part of files' names, so it may not be any text of any length."""
    text = "+".join(speakers)
    return hashed_name(safe_name(text), text) if id_problem(text) else text


def check_folds(folds: Mapping[str, Split], faces: Mapping[str, Split] = MappingProxyType({})) -> None:
    """Raise `ProtocolError` where a fold has nothing to learn from or nothing to test.

    Args:
        folds: by name.
        faces: the corpora whose faces teach, where they are not the folds' own.
    """
    for name, fold in folds.items():
        for what, there in (
            ("speech trains", fold.acoustic(TRAIN)),
            ("faces train", any(part.visual() for part in faces.values() or [fold])),
            ("speech is tested", fold.acoustic(TEST)),
        ):
            if not there:
                raise ProtocolError(f"{f'fold {shown(name)}: ' if name else ''}no {what}")


def cut_validation(split: Split, fraction: float, seed: int) -> Split:
    """Training and validation (as its test part), both out of the training part; test utterances are in neither.

    Args:
        split: the split whose training part is cut.
        fraction: of each emotion's training speech that validates, rounded up, but one utterance at least
            trains. Faces all train (the paper's rule), but those of test utterances.
        seed: of the cut, apart from the split's own.

    Raises:
        ProtocolError: no emotion has two utterances that train.
    """
    chosen: set[str] = set()
    for emotion in Emotion:
        ids = [part.utterance for part in split.parts if part.emotion is emotion and part.acoustic == TRAIN]
        chosen |= _first(ids, seed, 1 - fraction)[1]
    if not chosen:
        raise ProtocolError("no training speech is left to validate on: an emotion needs 3 utterances for that")

    def place(part: Part) -> tuple[Acoustic, Visual]:
        if part.acoustic != TRAIN:
            return UNUSED, UNUSED if part.acoustic == TEST else part.visual
        return TEST if part.utterance in chosen else TRAIN, part.visual

    return _assign(split, place)


_FOLDS = 10


def _hold(split: Split, place: Callable[[Part], Acoustic]) -> Split:
    """Speech goes where `place` says if it can be used; the faces of what trains train."""
    return _assign(
        split,
        lambda part: (place(part) if part.acoustic else UNUSED, part.visual if place(part) == TRAIN else UNUSED),
    )


def _assign(split: Split, places: Callable[[Part], tuple[Acoustic, Visual]]) -> Split:
    moved = ((part, *places(part)) for part in split.parts)
    return replace(split, parts=tuple(replace(part, acoustic=a, visual=v) for part, a, v in moved))


def _in_order(ids: Iterable[str], seed: int) -> list[str]:
    """Sort by a hash of seed and id, which depends on no library's random stream."""
    return sorted(ids, key=lambda id_: hashlib.sha256(f"{seed}:{id_}".encode()).digest())


def _first(ids: Sequence[str], seed: int, fraction: float) -> tuple[set[str], set[str]]:
    """The first floor(fraction n) of `ids`, at least one, in the order of a hash of seed and id; and the rest."""
    ids = _in_order(ids, seed)
    # In hundredths of a percent, since 0.8 * 15 is 12.000000000000002 or 11.999999999999998 elsewhere.
    count = max(1, round(fraction * 10_000) * len(ids) // 10_000)
    return set(ids[:count]), set(ids[count:])


@dataclass(frozen=True)
class _Row(Part):
    origin: Origin = "recorded"


def write_split(split: Split, path: Path) -> None:
    """Write a split as csv."""
    origin: Origin = "synthetic" if split.synthetic else "recorded"
    write_records(path, _Row, (_Row(**asdict(part), origin=origin) for part in split.parts))


def read_split(path: Path) -> Split:
    """Read what `write_split` wrote; raises `CorpusError` where it is not one."""
    rows = read_records(path, _Row)
    origin = one_origin(path, [row.origin for row in rows])
    return Split(tuple(Part(*astuple(row)[:-1]) for row in rows), origin == "synthetic")


def refuse_mix(splits: Iterable[tuple[str, Split]]) -> None:
    """Raise `CorpusError` where synthetic and real corpora would meet in one run or one table."""
    origins = {name: "synthetic" if split.synthetic else "recorded" for name, split in splits}
    if len(set(origins.values())) > 1:
        raise CorpusError(
            f"synthetic and real corpora never mix in one run: {origins}; "
            "point raw.savee and raw.meld of params.yaml both at real corpora, or both at the demo"
        )
