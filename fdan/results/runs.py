"""The runs that lie below a folder, by what was run, their names in print, and the scores of their seeds."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, stdev

from fdan.data.emotions import CorpusError
from fdan.data.records import read_records
from fdan.data.splits import NOT_RUN
from fdan.metrics.predictions import DIVERGED, MISSING, TRAINED, Predictions, TrainedParameters, read_predictions
from fdan.metrics.scores import Scores, score
from fdan.results.published import PUBLISHED, PublishedRow

WORDS = "ngrams"
"""The run that is the yardstick of those that read text: n-grams and logistic regression."""

PAPER = "paper"
"""The group of runs under the paper's own protocol."""

CNN = "cnn"
"""The group of the networks that the paper fine-tunes."""

METHOD = "methods"
"""The group of the methods that the paper quotes."""

FINETUNE = "finetune"
"""The group of FDAN and its variants whose backbone was trained too."""

RELEASED = "released"
"""The group of what the released code does, on our frozen features; no row of the paper's tables."""


@dataclass(frozen=True, order=True)
class RunName:
    """What was run, in one seed or several.

    Attributes:
        group: one of `PROTOCOLS`, or ``cnn``, ``methods``, ``multi``, ``tuned``, ``finetune``, ``released``.
        corpus: whose test utterances were recognised.
        name: variant, network or method.
    """

    group: str
    corpus: str
    name: str

    @property
    def folder(self) -> str:
        """Where its predictions lie, below ``reports/predictions``."""
        return f"{self.group}/{self.corpus}/{self.name}"

    @property
    def row(self) -> str | None:
        """`PublishedRow.run` of its row in the paper's tables; None for what they do not have, such as a tuned FDAN."""
        name = "multi" if self.group == "multi" else self.name
        if self.group not in {PAPER, "multi", CNN, METHOD}:
            return None
        return name if any((row.corpus, row.run) == (self.corpus, name) for row in PUBLISHED) else None


def find_runs(folder: Path, corpora: Sequence[str]) -> dict[RunName, tuple[Path, ...]]:
    """Return the csv file of every seed of every run on `corpora`: ``<group>/<corpus>/<name>/seed-<n>.csv``.

    Runs come in the order of `corpora`, and of each the paper's protocol first. A seed that diverged is left out.
    """
    files = ((RunName(*path.relative_to(folder).parts[:-1]), path) for path in folder.glob("*/*/*/seed-*.csv"))
    return _sorted(files, corpora)


def find_histories(folder: Path, corpora: Sequence[str]) -> dict[RunName, tuple[Path, ...]]:
    """Return the training histories below ``runs`` as `find_runs` does; the paper's own have no folder of a group."""
    own = ((RunName(PAPER, *path.relative_to(folder).parts[:-1]), path) for path in folder.glob("*/*/seed-*.csv"))
    others = ((run, path) for run, paths in find_runs(folder, corpora).items() for path in paths)
    return _sorted([*own, *others], corpora)


def _sorted(files: Iterable[tuple[RunName, Path]], corpora: Sequence[str]) -> dict[RunName, tuple[Path, ...]]:
    found: dict[RunName, list[Path]] = {}
    for run, path in sorted(files, key=lambda file: file[1]):
        if run.corpus in corpora and not path.with_suffix(DIVERGED).exists():
            found.setdefault(run, []).append(path)
    order = sorted(found, key=lambda run: (corpora.index(run.corpus), run.group != PAPER, run))
    return {run: tuple(found[run]) for run in order}


def find_missing(folder: Path, corpora: Sequence[str]) -> dict[RunName, str]:
    """Return why runs have no predictions: nothing to read (``missing.txt``), or not asked for (``not_run.txt``)."""
    return {run: " ".join(lines) for run, lines in _notes(folder, corpora, (MISSING, NOT_RUN)).items()}


def find_diverged(folder: Path, corpora: Sequence[str]) -> dict[RunName, tuple[str, ...]]:
    """Return what is said of each seed whose training diverged."""
    return _notes(folder, corpora, (f"seed-*{DIVERGED}",))


def _notes(folder: Path, corpora: Sequence[str], patterns: Iterable[str]) -> dict[RunName, tuple[str, ...]]:
    """The text of the files of these names in the runs' folders, a line each."""
    found: dict[RunName, tuple[str, ...]] = {}
    for path in sorted(path for pattern in patterns for path in folder.glob(f"*/*/*/{pattern}")):
        run = RunName(*path.relative_to(folder).parts[:-1])
        if run.corpus in corpora:
            text = " ".join(path.read_text(encoding="utf-8", errors="replace").split())
            found[run] = (*found.get(run, ()), text or path.stem)
    return found


def read_trained(runs: Mapping[RunName, Sequence[Path]]) -> dict[RunName, tuple[TrainedParameters, ...]]:
    """Return what is known of the training of each run, a record per seed; raises `CorpusError` for a broken table."""
    files = {run: paths[0].with_name(TRAINED) for run, paths in runs.items()}
    return {run: tuple(read_records(file, TrainedParameters)) for run, file in files.items() if file.is_file()}


def training_war(seeds: Iterable[TrainedParameters]) -> float | None:
    """Return a run's mean WAR over seeds on its own training speech, in percent; None where it was not measured."""
    wars = [seed.training_war for seed in seeds if seed.training_war is not None]
    return fmean(wars) if wars else None


def undertrained(war: float | None, largest: float) -> bool:
    """Return whether a run has hardly learned its own training speech, so that no sentence may rank it.

    Args:
        war: of `training_war`, in percent; a run of which it is not known is not called undertrained.
        largest: share of the largest class of the training speech, in percent.
    """
    return war is not None and war < max(50.0, largest + 10.0)


def run_of(row: PublishedRow) -> RunName:
    """Return the run that stands beside a published row; that of FDAN has a frozen backbone."""
    if row.kind == "ours":
        return RunName("multi", row.corpus, "fdan") if row.run == "multi" else RunName(PAPER, row.corpus, row.run)
    return RunName(CNN if row.kind == "fine-tuned" else METHOD, row.corpus, row.run)


def judged_run(row: PublishedRow, measured: Collection[RunName], undertrained: Collection[RunName]) -> RunName:
    """Return the run that the replication statement compares with a published row.

    It is that of the fine-tuned backbone where there is one that is not undertrained, else `run_of`.
    """
    tuned = RunName(FINETUNE, row.corpus, row.run)
    return tuned if row.kind == "ours" and tuned in measured and tuned not in undertrained else run_of(row)


@dataclass(frozen=True)
class Measured:
    """One row of a table: its seeds, and the scores of each.

    Attributes:
        run: what was run.
        seeds: seed -> what that run says, all on the same utterances; in the order of their numbers.
        scores: of each seed.
    """

    run: RunName
    seeds: Mapping[str, Predictions]
    scores: tuple[Scores, ...]

    @staticmethod
    def of(run: RunName, seeds: Mapping[str, Predictions]) -> "Measured":
        """Score the runs of one or more seeds; raises `CorpusError` where their utterances or labels differ."""
        if len({(p.utterances, p.classes, tuple(p.truth.tolist())) for p in seeds.values()}) != 1:
            raise CorpusError(f"{run.folder}: expected one or more seeds on the same utterances, with the same labels")
        ordered = {seed: seeds[seed] for seed in sorted(seeds, key=_number)}
        return Measured(run, ordered, tuple(score(p) for p in ordered.values()))

    @property
    def first(self) -> Predictions:
        """Of the first seed; the others have the same utterances and labels."""
        return next(iter(self.seeds.values()))

    def only(self, seeds: Collection[str]) -> "Measured":
        """The same of some of the seeds."""
        return Measured.of(self.run, {seed: p for seed, p in self.seeds.items() if seed in seeds})

    def mean_sd(self, metric: str) -> tuple[float, float | None]:
        """Mean and sample standard deviation over seeds of ``war``, ``uar`` or ``wf1``, in percent."""
        values = [float(getattr(scores, metric)) for scores in self.scores]
        return fmean(values), stdev(values) if len(values) > 1 else None


def _number(seed: str) -> tuple[int, str]:
    return (int(seed), "") if seed.isdecimal() else (-1, seed)


def measure(runs: Mapping[RunName, Sequence[Path]]) -> dict[RunName, Measured]:
    """Read and score predictions; raises `CorpusError` for a broken file or seeds on different utterances."""
    return {
        run: Measured.of(run, {path.stem.removeprefix("seed-"): read_predictions(path) for path in paths})
        for run, paths in runs.items()
    }


PROTOCOLS = {
    PAPER: "8/10 of each emotion's speech trains, and all faces, including those of test utterances",
    "disjoint": "the same test part; no face of a test utterance trains",
    "speaker": "unseen speakers: each speaker of SAVEE is held out once, all pooled; MELD's own train, dev and test",
    "rotated": "the paper's split, rotated so that each utterance is tested once, all pooled",
}
"""Name -> what it is, in the order of the tables."""

_GROUPS = {"multi": "FDAN (faces of several corpora)", "tuned": "FDAN (tuned)"}

_RELEASED = {"released_mmd": "released, mmd x 10", "released_lmmd": "released, lmmd x 0.5"}


def label(run: RunName) -> str:
    """Return the name of a run in print."""
    if run.group in _GROUPS:
        return _GROUPS[run.group]
    if run.group == RELEASED:
        return _RELEASED.get(run.name, run.name)
    if run.name == WORDS:
        return "n-grams"
    name = next((row.row for row in PUBLISHED if row.run == run.name), run.name)
    return f"{name} fine-tuned" if run.group == FINETUNE else name
