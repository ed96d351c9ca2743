"""What the paper claims, as differences between systems that were measured side by side."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fdan.data.emotions import CorpusError
from fdan.results.comparisons import compare
from fdan.results.printing import interval, number
from fdan.results.runs import PAPER, Measured, find_runs, measure
from fdan.results.statistics import SIGNIFICANCE, Estimate, holm
from fdan.study.params import NO_FACES, PROBE, SPEECH, VALIDATION, StudyParams

SYSTEMS = {
    "fdan": "FDAN",
    "fdan1": "FDAN1: without cross-attention",
    "fdan2": "FDAN2: without LMMD",
    "released": "as the released code does it",
    NO_FACES: "no faces at all",
    PROBE: "a linear probe",
}
"""Name -> in print, in the order of the tables."""

CLAIMS = {
    "fdan1": "Attention helps",
    "fdan2": "LMMD helps",
    NO_FACES: "Faces help at all",
    PROBE: "FDAN beats a linear probe",
}
"""What FDAN is compared with -> the claim that it is better."""

PRETRAINING = "Pre-training helps"

HEARING = "A speech encoder helps"

POWER = 0.84
"""Standard errors by which an estimate falls short of the truth one time in five."""


@dataclass(frozen=True)
class Claim:
    """One claim, measured once.

    Attributes:
        claim: in words.
        better: what is said to be better, in print.
        worse: than this.
        backbone: whose features both read.
        protocol: ``paper`` or ``speaker``.
        difference: WAR of `better` minus `worse`, over resampled seeds and utterances, or speakers by ``speaker``.
        adjusted: its p after Holm's correction for all claims of the study.
    """

    claim: str
    better: str
    worse: str
    backbone: str
    protocol: str
    difference: Estimate
    adjusted: float

    @property
    def detectable(self) -> float:
        """The smallest true difference, in points, that this comparison would find four times out of five.

        It is found where the interval leaves 0 out, so half of that, and `POWER` standard errors more.
        """
        interval = self.difference.war_interval
        return (interval.high - interval.low) / 2 + POWER * self.difference.war_error

    @property
    def verdict(self) -> str:
        """What may be said."""
        if self.adjusted >= SIGNIFICANCE:
            return "cannot be told"
        return "yes" if self.difference.war > 0 else "no: it harms"


def read_runs(folder: Path) -> dict[tuple[str, str], Measured]:
    """What was measured on the features of one backbone: (protocol, name) -> its seeds."""
    measured = measure(find_runs(folder / "reports/predictions", [SPEECH]))
    if not measured:
        raise CorpusError(f"{folder}: no predictions")
    found = {}
    for run, seeds in measured.items():
        group = PAPER if run.group in SYSTEMS else run.group.partition("-")[0]
        found[group, run.name] = seeds
    return found


def claims(
    measured: Mapping[str, Mapping[tuple[str, str], Measured]], study: StudyParams, speakers: Mapping[str, str]
) -> list[Claim]:
    """Every claim where it was measured, the p corrected over all of them.

    Args:
        measured: backbone -> `read_runs`.
        study: what was asked.
        speakers: utterance -> speaker.
    """
    found: list[tuple[tuple[str, str, str, str, str], Estimate]] = []
    for protocol, backbones in ((PAPER, list(study.backbones)), ("speaker", list(study.whole))):
        for backbone in backbones:
            runs = measured[backbone]
            for other, claim in CLAIMS.items():
                said = (claim, SYSTEMS["fdan"], SYSTEMS[other], backbone, protocol)
                found.append((said, _difference(runs[protocol, "fdan"], runs[protocol, other], speakers, protocol)))
    better, worse = measured[study.main][PAPER, "fdan"], measured[study.untrained][PAPER, "fdan"]
    said = (PRETRAINING, f"FDAN on {study.main}", f"FDAN on {study.untrained}", study.main, PAPER)
    found.append((said, _difference(better, worse, speakers, PAPER)))
    for encoder in study.encoders:
        for protocol in (PAPER, "speaker"):
            better, worse = measured[encoder][protocol, "fdan"], measured[study.main][protocol, "fdan"]
            said = (HEARING, f"FDAN on {encoder}", f"FDAN on {study.main}", encoder, protocol)
            found.append((said, _difference(better, worse, speakers, protocol)))
    adjusted = holm([difference.p for _, difference in found])
    return [Claim(*said, difference, p) for (said, difference), p in zip(found, adjusted, strict=True)]


def _difference(better: Measured, worse: Measured, speakers: Mapping[str, str], protocol: str) -> Estimate:
    compared = compare(better, worse, speakers)
    difference = compared.difference_by_speaker if protocol == "speaker" else compared.difference
    if difference is None:
        raise CorpusError(f"{better.run.folder} and {worse.run.folder}: not measured on the same utterances")
    return difference


def count_runs(measured: Mapping[str, Mapping[tuple[str, str], Measured]], folds: int) -> int:
    """How many runs were tested: what keeps speakers apart counts for each fold, a linear probe once for all seeds."""
    return sum(
        (1 if name == PROBE else len(seeds.seeds)) * (folds if protocol in {"speaker", VALIDATION} else 1)
        for runs in measured.values()
        for (protocol, name), seeds in runs.items()
    )


def in_print(difference: Estimate) -> str:
    """A difference of WAR in points, and its 95 % interval."""
    ends = difference.war_interval
    return f"{number(difference.war, '+')} {interval(ends.low, ends.high, '+')}"
