"""What would help FDAN with new speakers? Its settings changed one at a time, on speakers who validate alone.

Of each fold by speakers another fold's speech validates, and the fold's own is heard nowhere: no network that the
study's tables test was looked at here.
"""

from collections.abc import Mapping
from dataclasses import replace

from fdan.data.splits import TEST, UNUSED, Split, speaker_splits
from fdan.results.comparisons import compare
from fdan.results.printing import grid, mean_sd
from fdan.results.runs import Measured
from fdan.results.statistics import Estimate
from fdan.study.claims import SYSTEMS, in_print
from fdan.study.params import NO_FACES, PROBE, StudyParams

AS_IS = "fdan"
"""FDAN as params.real.yaml has it, from which each change starts."""

_OTHERS = (NO_FACES, PROBE)


def validation_splits(split: Split) -> dict[str, Split]:
    """The folds of `speaker_splits`, the next one's test part in the place of each one's; none of fewer than three.

    Raises:
        ProtocolError: as `speaker_splits`.
    """
    folds = list(speaker_splits(split).items())
    if len(folds) < 3:
        return {}
    moved = {}
    for (name, fold), (_, following) in zip(folds, [*folds[1:], folds[0]], strict=True):
        tests, validates = fold.acoustic(TEST), following.acoustic(TEST)
        parts = (
            replace(p, acoustic=TEST if p.utterance in validates else UNUSED if p.utterance in tests else p.acoustic)
            for p in fold.parts
        )
        moved[name] = replace(fold, parts=tuple(parts))
    return moved


def in_words(measured: Mapping[str, Measured], study: StudyParams, speakers: Mapping[str, str]) -> str:
    """What differs from FDAN as it is by more than its interval, in a list.

    Args:
        measured: name -> its seeds, of group `VALIDATION` of one backbone.
        study: what was asked.
        speakers: utterance -> speaker.
    """
    moves = [(name, found) for name in _names(study) if (found := _difference(measured, name, speakers))]
    apart = [
        f"{SYSTEMS.get(n, n)} {in_print(f)}" for n, f in moves if not f.war_interval.low <= 0 <= f.war_interval.high
    ]
    return ", ".join(apart) or "nothing"


def table(measured: Mapping[str, Mapping[str, Measured]], study: StudyParams, speakers: Mapping[str, str]) -> str:
    """A row for each change, columns for each backbone (the keys of `measured`): WAR, and the difference it makes."""
    columns = [("", "Validation WAR"), *((" ", part) for name in measured for part in (name, "minus FDAN's"))]
    lines = [
        (
            SYSTEMS.get(name, f"FDAN, {name}"),
            *(
                cell
                for runs in measured.values()
                for cell in (mean_sd(*runs[name].mean_sd("war")), _minus_fdan(runs, name, speakers))
            ),
        )
        for name in (AS_IS, *_names(study))
    ]
    return grid(tuple(columns), tuple(lines)).rstrip("\n")


def _names(study: StudyParams) -> tuple[str, ...]:
    return (*study.changes, *_OTHERS)


def _difference(measured: Mapping[str, Measured], name: str, speakers: Mapping[str, str]) -> Estimate | None:
    return None if name == AS_IS else compare(measured[name], measured[AS_IS], speakers).difference_by_speaker


def _minus_fdan(measured: Mapping[str, Measured], name: str, speakers: Mapping[str, str]) -> str:
    difference = _difference(measured, name, speakers)
    return in_print(difference) if difference else ""
