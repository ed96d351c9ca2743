"""The study's page, docs/real_people.md: every number in it is computed from what the study has written."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fdan.data.emotions import Emotion
from fdan.data.manifest import read_manifest
from fdan.data.records import read_records
from fdan.data.splits import Split, read_split, speaker_splits
from fdan.results.comparisons import of_mean
from fdan.results.printing import grid, interval, mean_sd, number, p_value
from fdan.results.runs import PAPER, Measured
from fdan.runtime.outputs import replaced_file
from fdan.runtime.project import Project
from fdan.samples.recordings import Recording
from fdan.study import validation
from fdan.study.claims import SYSTEMS, Claim, claims, count_runs, read_runs
from fdan.study.hearing import in_two_sentences
from fdan.study.params import FACES, SPEECH, VALIDATION, StudyParams

PAGES = ("real_people.md", "real_people.png")

SHARED = "shared"
"""The folder of what does not depend on the backbone."""

NAMES = {
    SPEECH: "RAVDESS, speech (Livingstone & Russo 2018, doi:10.5281/zenodo.1188976, CC BY-NC-SA 4.0)",
    FACES: "labelled photographs of faces",
}

KNOWN = {
    "00df155052f6df63ded6fa82f90bb3bd8c1d0893a6cdbb47216bb86d455a69e8": "some of muxspace/facial_expressions "
    "(GitHub, Apache-2.0)",
}
"""Collections without a form of their own, by `DataSet.identity`."""


@dataclass(frozen=True)
class DataSet:
    """What a corpus of the study is.

    Attributes:
        files: recordings or photographs that were used.
        identity: SHA-256 of their SHA-256 digests, sorted, one a line: names and folders do not count.
        counts: utterances, or photographs, of each emotion.
    """

    files: int
    identity: str
    counts: dict[Emotion, int]

    @staticmethod
    def of(project: Project, corpus: str) -> "DataSet":
        """Return a corpus by what the stage ``manifests`` left of it."""
        digests = sorted(r.sha256 for r in read_records(project.recordings(corpus), Recording))
        identity = hashlib.sha256("".join(f"{line}\n" for line in digests).encode()).hexdigest()
        emotions = [u.emotion for u in read_manifest(project.manifest(corpus)).utterances]
        return DataSet(len(digests), identity, {emotion: emotions.count(emotion) for emotion in Emotion})


Runs = Mapping[str, Mapping[tuple[str, str], Measured]]
"""Backbone -> (protocol, name) -> its seeds."""


def write_page(work: Path, study: StudyParams, params: Mapping[str, Any], to: Path) -> None:
    """Write ``real_people.md`` and ``real_people.png``; the former ones are kept in ``build/former``.

    Args:
        work: the study's folder.
        study: what was asked.
        params: all of params.real.yaml.
        to: the folder of the page.

    Raises:
        FdanError: a file is missing or broken.
    """
    from fdan.figures.style import PAGE_DPI, save
    from fdan.study.figure import draw

    project = Project(work / SHARED)
    split = read_split(project.split(SPEECH))
    measured = {name: read_runs(work / name) for name in study.backbones}
    speakers = {part.utterance: part.speaker for part in split.parts}
    found = claims(measured, study, speakers)
    sets = {corpus: DataSet.of(project, corpus) for corpus in (SPEECH, FACES)}
    text = to_page(measured, found, sets, split, speakers, study, params)
    page, picture = (to / name for name in PAGES)
    with replaced_file(picture) as path:
        save(draw(found, measured, study), path, PAGE_DPI)
    with replaced_file(page) as path:
        path.write_text(text, encoding="utf-8")


def to_page(
    measured: Runs,
    found: Sequence[Claim],
    sets: Mapping[str, DataSet],
    split: Split,
    speakers: Mapping[str, str],
    study: StudyParams,
    params: Mapping[str, Any],
) -> str:
    """The page as Markdown; see `write_page`."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,  # Markdown, and every value is our own
    )
    folds = speaker_splits(split)
    paper, speaker = measured[study.main][PAPER, "fdan"], measured[study.main]["speaker", "fdan"]
    return environment.get_template("page.md.jinja").render(
        in_words=_claims_in_words(found),
        hearing=in_two_sentences(found, measured, study),
        claims=_claims_table(found),
        tests=len(found),
        systems=_systems(measured, study),
        alphas=_alphas(measured, study),
        changes=_changes(measured, study, speakers),
        changed_seeds=len(study.changed_seeds),
        seeds=len(study.seeds),
        epochs=params["train"]["epochs"],
        runs=count_runs(measured, len(folds)),
        folds=len(folds),
        tested=len(paper.first.utterances),
        pooled=len(speaker.first.utterances),
        largest=(number(_largest(paper)), number(_largest(speaker))),
        data=[_data(corpus, here) for corpus, here in sets.items()],
    )


def _claims_in_words(found: Sequence[Claim]) -> str:
    said: dict[str, dict[str, list[str]]] = {}
    for claim in found:
        place = f"{claim.backbone}, {claim.protocol}"
        said.setdefault(claim.claim, {}).setdefault(claim.verdict, []).append(place)
    return "\n".join(
        f"- **{claim}?** "
        + "; ".join(f"{verdict} ({' | '.join(places)})" for verdict, places in verdicts.items())
        + "."
        for claim, verdicts in said.items()
    )


def _claims_table(found: Sequence[Claim]) -> str:
    columns = [("", name) for name in ("Claim", "Better", "than", "Backbone", "Protocol")]
    columns += [(" ", name) for name in ("Difference", "95 %", "p", "Could have been seen")] + [("", "Verdict")]
    lines = [
        (
            *(c.claim, c.better, c.worse, c.backbone, c.protocol, number(c.difference.war, "+")),
            *(interval(c.difference.war_interval.low, c.difference.war_interval.high, "+"), p_value(c.adjusted)),
            *(number(c.detectable, digits=1), c.verdict),
        )
        for c in found
    ]
    return grid(tuple(columns), tuple(lines)).rstrip("\n")


def _systems(measured: Runs, study: StudyParams) -> list[str]:
    said = []
    for protocol, backbones in ((PAPER, list(study.backbones)), ("speaker", list(study.whole))):
        columns = [("", f"WAR, {protocol}"), *((" ", name) for name in backbones)]
        lines = [
            (print_, *(_cell(measured[backbone][protocol, name]) for backbone in backbones))
            for name, print_ in SYSTEMS.items()
        ]
        said += [grid(tuple(columns), tuple(lines))]
    return said


def _alphas(measured: Runs, study: StudyParams) -> str:
    names = [f"{alpha:g}" for alpha in study.alphas]
    lines = [(name, *(_cell(measured[backbone]["alpha", name]) for backbone in study.whole)) for name in names]
    return grid((("", "WAR at alpha"), *((" ", name) for name in study.whole)), tuple(lines)).rstrip("\n")


def _changes(measured: Runs, study: StudyParams, speakers: Mapping[str, str]) -> str:
    looked_at = {
        backbone: {name: seeds for (group, name), seeds in measured[backbone].items() if group == VALIDATION}
        for backbone in study.whole
    }
    if not all(looked_at.values()):
        return ""
    said = [f"on {name}, {validation.in_words(runs, study, speakers)}" for name, runs in looked_at.items()]
    words = f"What differs from FDAN as it is by more than its 95 % interval: {'; '.join(said)}."
    return f"{words}\n\n{validation.table(looked_at, study, speakers)}"


def _cell(measured: Measured) -> str:
    ends = of_mean(measured)
    return f"{mean_sd(*measured.mean_sd('war'))} {interval(ends.low, ends.high)}"


def _largest(measured: Measured) -> float:
    return float(100 * np.bincount(measured.first.truth).max() / len(measured.first.truth))


def _data(corpus: str, here: DataSet) -> str:
    counts = ", ".join(f"{emotion} {n}" for emotion, n in here.counts.items() if n)
    origin = f", {KNOWN[here.identity]}" if here.identity in KNOWN else ""
    return f"- {NAMES[corpus]}{origin}: {here.files} files ({counts}); {here.identity}"
