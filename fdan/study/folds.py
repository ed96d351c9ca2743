"""Folds of the study: which actors are tested, which validate, and whose speech trains."""

import hashlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from fdan.data.splits import TEST, TRAIN, UNUSED, Acoustic, Part, ProtocolError, Split


def folds_of(split: Split, lists: Sequence[Collection[str]]) -> dict[str, Split]:
    """Return the folds by name: the listed actors' speech is tested, that of all other actors trains.

    Actors of whom there is no speech count in no fold, and a fold without any actor is left out.

    Args:
        split: all utterances of the corpus.
        lists: the actors that each fold tests.

    Raises:
        ProtocolError: an actor is in no list, or fewer than two folds are left.
    """
    actors = _actors(split)
    if strangers := actors - {actor for fold in lists for actor in fold}:
        raise ProtocolError(
            f"study.folds: {len(strangers)} actors are in no fold, such as {min(strangers)!r}: found {len(actors)} "
            "actors, expected each in one fold; add them to params.real.yaml"
        )
    tested = [sorted(actors & set(fold)) for fold in lists if actors & set(fold)]
    if len(tested) < 2:
        raise ProtocolError(
            f"study.folds: speech of {len(actors)} actors in {len(tested)} fold: expected actors of at least two folds"
        )
    return {"+".join(names): _test(split, names, ()) for names in tested}


def validation_folds(folds: dict[str, Split]) -> dict[str, Split]:
    """Return each fold with the next fold's actors as its test part; its own actors are unused.

    Nothing that a fold tests is used to choose a setting for it. There are none where fewer than three folds are.
    """
    if len(folds) < 3:
        return {}
    names = list(folds)
    following = dict(zip(names, [*names[1:], names[0]], strict=True))
    return {name: _test(folds[name], folds[following[name]], name.split("+")) for name in names}


def starve(fold: Split, actors: int, seed: int) -> Split:
    """Return the fold with the training speech of so many actors alone, drawn by a hash of seed, fold and actor.

    Raises:
        ProtocolError: the fold has fewer training actors.
    """
    tested = "+".join(sorted(_actors(fold, TEST)))
    training = sorted(_actors(fold, TRAIN), key=lambda actor: _hash(f"{seed}:{tested}:{actor}"))
    if len(training) < actors:
        raise ProtocolError(f"fold {tested}: {len(training)} training actors, expected at least {actors}")
    kept = set(training[:actors])
    return _place(fold, lambda part: UNUSED if part.acoustic == TRAIN and part.speaker not in kept else part.acoustic)


def longer(epochs: int, whole: int, starved: int) -> int:
    """Return how many epochs of `starved` steps have at least as many steps as `epochs` of `whole` steps."""
    return -(-epochs * whole // starved)


def _test(split: Split, tested: Split | Collection[str], unused: Collection[str]) -> Split:
    names = _actors(tested, TEST) if isinstance(tested, Split) else set(tested)
    return _place(split, lambda part: TEST if part.speaker in names else UNUSED if part.speaker in unused else TRAIN)


def _place(split: Split, place: Callable[[Part], Acoustic]) -> Split:
    parts = (replace(part, acoustic=place(part) if part.acoustic else UNUSED) for part in split.parts)
    return replace(split, parts=tuple(parts))


def _actors(split: Split, acoustic: str = "") -> set[str]:
    """The actors whose speech can be used, in one part or in any."""
    return {part.speaker for part in split.parts if part.acoustic and acoustic in {"", part.acoustic}}


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
