"""The study's page, docs/real_people.md: every number in it is computed from what the study has written."""

import hashlib
import wave
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fdan.data.emotions import Emotion
from fdan.data.manifest import read_manifest
from fdan.data.records import read_records
from fdan.data.splits import Split, read_split
from fdan.results.runs import Measured
from fdan.runtime.outputs import replaced_file
from fdan.runtime.project import Project
from fdan.samples.recordings import Recording
from fdan.study import tables
from fdan.study.answer import in_short
from fdan.study.claims import effects, read_diverged, read_runs, read_teacher
from fdan.study.folds import folds_of
from fdan.study.notes import Notes, notes_file, read_notes
from fdan.study.params import FACES, SPEECH, StudyParams

PAGES = ("real_people.md", "real_people.png", "real_people_photographs.txt")

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
    """A corpus of the study.

    Attributes:
        names: of its recordings or photographs, as paths below the corpus' folder, sorted.
        identity: SHA-256 of their SHA-256 digests, sorted, one a line: names and folders do not count.
        counts: utterances, or photographs, of each emotion.
        rates: sample rates of the wav files, in Hz; there is none of photographs.
    """

    names: tuple[str, ...]
    identity: str
    counts: dict[Emotion, int]
    rates: tuple[int, ...]

    @staticmethod
    def of(project: Project, corpus: str, folder: Path) -> "DataSet":
        """Return a corpus by what the stage ``manifests`` left of it, and by its files in `folder`."""
        records = list(read_records(project.recordings(corpus), Recording))
        digests = sorted(record.sha256 for record in records)
        identity = hashlib.sha256("".join(f"{line}\n" for line in digests).encode()).hexdigest()
        emotions = [u.emotion for u in read_manifest(project.manifest(corpus)).utterances]
        names = tuple(sorted(record.path for record in records))
        counts = {emotion: emotions.count(emotion) for emotion in Emotion}
        return DataSet(names, identity, counts, _rates([folder / record.path for record in records]))


def _rates(files: Sequence[Path]) -> tuple[int, ...]:
    """The sample rates of the wav files among these, from their headers; a header that is not plain PCM is skipped."""
    found = set()
    for file in files:
        with suppress(OSError, EOFError, wave.Error), wave.open(str(file)) as header:
            found.add(header.getframerate())
    return tuple(sorted(found))


@dataclass(frozen=True)
class Study:
    """All that the page is made from.

    Attributes:
        params: section ``study``.
        epochs: of section ``train``.
        measured: arm -> its seeds, of the arms that were run; without the seeds that diverged.
        diverged: the arms of which a seed diverged.
        teacher: classifier of photographs -> its seeds.
        notes: backbone -> what was chosen and measured on its features.
        split: of the speech.
        sets: corpus -> what it is.
    """

    params: StudyParams
    epochs: int
    measured: Mapping[str, Measured]
    diverged: Collection[str]
    teacher: Mapping[str, Measured]
    notes: Mapping[str, Notes]
    split: Split
    sets: Mapping[str, DataSet]

    @property
    def speakers(self) -> dict[str, str]:
        """Utterance -> actor."""
        return {part.utterance: part.speaker for part in self.split.parts}


def read_study(
    work: Path, params: StudyParams, epochs: int, backbones: Sequence[str], raw: Mapping[str, Path]
) -> Study:
    """Read what the study has written below `work`.

    Args:
        work: its folder.
        params: section ``study``.
        epochs: of section ``train``.
        backbones: those whose arms were run.
        raw: the folder of each corpus.

    Raises:
        FdanError: a file is missing or broken.
    """
    project = Project(work / SHARED)
    measured = {arm: seeds for name in backbones for arm, seeds in read_runs(work / name).items()}
    return Study(
        params,
        epochs,
        {arm: measured[arm] for arm in params.arms if arm in measured},
        {arm for name in backbones for arm in read_diverged(work / name)},
        read_teacher(work / params.main),
        {name: read_notes(notes_file(Project(work / name))) for name in backbones},
        read_split(project.split(SPEECH)),
        {corpus: DataSet.of(project, corpus, raw[corpus]) for corpus in (SPEECH, FACES)},
    )


def write_page(study: Study, to: Path) -> None:
    """Write ``real_people.md``, its figure and the list of photographs; former ones are kept in ``build/former``.

    Args:
        study: of `read_study`.
        to: the folder of the page.
    """
    from fdan.figures.style import PAGE_DPI, save
    from fdan.study.figure import draw

    found = [effect for effect in effects(study.measured, study.params, study.speakers) if effect.contrast.primary]
    text = to_page(study)
    page, picture, photographs = (to / name for name in PAGES)
    with replaced_file(picture) as path:
        save(draw(found, study.params.margin), path, PAGE_DPI)
    with replaced_file(photographs) as path:
        path.write_text("".join(f"{name}\n" for name in study.sets[FACES].names), encoding="utf-8")
    with replaced_file(page) as path:
        path.write_text(text, encoding="utf-8")


def to_page(study: Study) -> str:
    """Return the page as Markdown."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,  # Markdown, and every value is our own
    )
    params, speakers = study.params, study.speakers
    found = effects(study.measured, params, speakers)
    values: dict[str, Any] = {
        "answer": in_short(found, study.measured, speakers, len(study.sets[FACES].names)),
        "primaries": tables.primaries(found, params),
        "family": len(params.primaries),
        "others": tables.others(found, params),
        "arms": tables.arms(study.measured, study.diverged, params, speakers),
        "alphas": tables.alphas(study.measured, found, params, study.notes[params.main].shares),
        "chosen": tables.chosen(study.notes[params.main].alphas),
        "starved": tables.starved(study.measured, found, params, speakers),
        "teacher": tables.teacher(study.teacher),
        "folds": len(folds_of(study.split, params.folds)),
        "actors": len({part.speaker for part in study.split.parts if part.acoustic}),
        "seeds": len(params.seeds),
        "other_seeds": len(params.other_seeds),
        "epochs": study.epochs,
        "margin": f"{params.margin:g}",
        "largest": tables.largest(study.measured),
        "data": [_data(corpus, here) for corpus, here in study.sets.items()],
        "photographs": PAGES[2],
    }
    return environment.get_template("page.md.jinja").render(values)


def _data(corpus: str, here: DataSet) -> str:
    counts = ", ".join(f"{emotion} {n}" for emotion, n in here.counts.items() if n)
    origin = f", {KNOWN[here.identity]}" if here.identity in KNOWN else ""
    rates = f" at {' and '.join(f'{rate / 1000:g}' for rate in here.rates)} kHz" if here.rates else ""
    return f"- {NAMES[corpus]}{origin}: {len(here.names)} files{rates} ({counts}); {here.identity}"
