"""Which systems can be told apart on their test utterances."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fdan.results.runs import PAPER, Measured, RunName
from fdan.results.statistics import (
    SIGNIFICANCE,
    Difference,
    Interval,
    McNemar,
    correct,
    holm,
    mcnemar,
    paired_bootstrap,
    wilson,
)


@dataclass(frozen=True)
class Compared:
    """One system, and what tells it from a reference on the same utterances.

    Attributes:
        measured: its scores.
        correct: right answers of the seeds' average.
        interval: Wilson, of those.
        difference: reference minus this system over resampled utterances; None for the reference itself, and where
            the utterances are not the same.
        difference_by_speaker: the same over resampled speakers; None also where the corpus names fewer than two.
        test: McNemar, reference first.
        adjusted: its p after Holm's correction over the family.
    """

    measured: Measured
    correct: int
    interval: Interval
    difference: Difference | None = None
    difference_by_speaker: Difference | None = None
    test: McNemar | None = None
    adjusted: float | None = None

    @property
    def size(self) -> int:
        """Test utterances."""
        return len(self.measured.ensemble.utterances)

    @property
    def significant(self) -> bool | None:
        """Whether the test tells it from the reference; None where there is none."""
        return None if self.adjusted is None else self.adjusted < SIGNIFICANCE


def compare(pairs: Sequence[tuple[Measured | None, Measured]], speakers: Mapping[str, str]) -> tuple[Compared, ...]:
    """Compare systems with a reference each, all pairs one family for Holm.

    Args:
        pairs: (reference, other); with None in its place there are intervals alone.
        speakers: utterance -> speaker.
    """
    tests = [_test(reference, other) for reference, other in pairs]
    corrected = iter(holm([test.p for test in tests if test is not None]))
    found = []
    for (reference, other), test in zip(pairs, tests, strict=True):
        plain = alone(other)
        if reference is None or test is None:
            found.append(plain)
            continue
        voices = [speakers.get(utterance, "") for utterance in other.ensemble.utterances]
        by_speaker = None
        if all(voices) and len(set(voices)) > 1:
            by_speaker = paired_bootstrap(reference.ensemble, other.ensemble, voices)
        difference = paired_bootstrap(reference.ensemble, other.ensemble)
        found.append(Compared(other, plain.correct, plain.interval, difference, by_speaker, test, next(corrected)))
    return tuple(found)


def alone(measured: Measured) -> Compared:
    """A system with its interval, compared with nothing."""
    count = int(correct(measured.ensemble).sum())
    return Compared(measured, count, wilson(count, len(measured.ensemble.utterances)))


def _test(reference: Measured | None, other: Measured) -> McNemar | None:
    if reference is None:
        return None
    ours, theirs = reference.ensemble, other.ensemble
    if (ours.utterances, ours.classes) != (theirs.utterances, theirs.classes) or (ours.truth != theirs.truth).any():
        return None
    return mcnemar(correct(ours), correct(theirs))


def compare_with_fdan(
    measured: Mapping[RunName, Measured], speakers: Mapping[str, Mapping[str, str]]
) -> dict[str, tuple[Compared, ...]]:
    """FDAN, then every other run on the paper's test part compared with it; no entry where nothing was run.

    Args:
        measured: all runs.
        speakers: corpus -> utterance -> speaker; its order is the order of the result.
    """
    compared = {}
    for corpus in speakers:
        fdan = measured.get(RunName(PAPER, corpus, "fdan"))
        here = [m for run, m in measured.items() if run.corpus == corpus and run.group not in {"disjoint", "speaker"}]
        here.sort(key=lambda m: m is not fdan)  # FDAN first; the rest keeps its order
        if here:
            compared[corpus] = compare([(None if m is fdan else fdan, m) for m in here], speakers[corpus])
    return compared
