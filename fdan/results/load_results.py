"""Everything measured that the tables, the audit and the report read, from the files of the pipeline."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from fdan.corpora.registry import title_of
from fdan.data.emotions import CorpusError
from fdan.data.histories import read_history
from fdan.data.splits import NOT_RUN, Split, read_split, refuse_mix
from fdan.data.trials import Trial, read_trials
from fdan.metrics.predictions import TrainedParameters
from fdan.results.comparisons import Compared, compare_with_fdan
from fdan.results.corpus_summary import Chosen, CorpusFacts, Facts
from fdan.results.published import CORPORA, PUBLISHED
from fdan.results.runs import (
    FINETUNE,
    METHOD,
    RELEASED,
    WORDS,
    Measured,
    RunName,
    find_diverged,
    find_histories,
    find_missing,
    find_runs,
    label,
    measure,
    read_trained,
    training_war,
    undertrained,
)
from fdan.runtime.project import Project

NO_FACES = "left out: the corpus has no faces of its own speakers"
"""Why a method that reads faces has no row on a corpus whose source faces are those of other people.

The face beside an utterance would be one chosen by its label, which the method would read at test time.
"""

READ_FACES = frozenset(row.run for row in PUBLISHED if row.kind == "quoted" and "visual" in row.modalities)
"""The quoted methods that read the faces of the utterance that they recognise."""


@dataclass(frozen=True)
class Evidence:
    """What was measured.

    Attributes:
        targets: the corpora that were asked for.
        splits: of those targets that have one.
        facts: of every target and of the paper's corpora.
        measured: all runs.
        trained: of some runs, what is known of the training of each seed.
        missing: why runs have no scores: nothing to read, not asked for, no faces of their own, diverged.
        diverged: run -> a sentence on each of its seeds whose training diverged.
        trials: corpus -> the grid that was tried and its chosen point, where it was.
        compared: corpus -> FDAN, then all that is compared with it.
        best_epochs: run of the released code -> best test WAR over the epochs of each seed, in percent.
    """

    targets: tuple[str, ...]
    splits: Mapping[str, Split]
    facts: Mapping[str, CorpusFacts]
    measured: Mapping[RunName, Measured]
    trained: Mapping[RunName, tuple[TrainedParameters, ...]]
    missing: Mapping[RunName, str]
    diverged: Mapping[RunName, tuple[str, ...]]
    trials: Mapping[str, tuple[list[Trial], Trial]]
    compared: Mapping[str, Sequence[Compared]]
    best_epochs: Mapping[RunName, tuple[float, ...]] = field(default_factory=dict)

    @cached_property
    def undertrained(self) -> frozenset[RunName]:
        """The runs that no sentence may rank."""
        return find_undertrained(self.trained, self.facts)

    @property
    def corpora(self) -> tuple[str, ...]:
        """The targets that have a split."""
        return tuple(self.splits)

    @property
    def speakers(self) -> Mapping[str, Mapping[str, str]]:
        """Corpus -> utterance -> speaker."""
        return speakers_of(self.splits)

    def words(self, corpus: str) -> float | None:
        """The mean WAR of n-grams, the yardstick of rows that read text; None where it was not run."""
        found = self.measured.get(RunName(METHOD, corpus, WORDS))
        return found.mean_sd("war")[0] if found else None

    @property
    def chosen(self) -> Chosen:
        """The settings of each corpus' tuned runs."""
        return {corpus: best for corpus, (_, best) in self.trials.items()}

    @property
    def diverged_notes(self) -> Mapping[RunName, str]:
        """A line on each run of which a seed diverged."""
        notes = {}
        for run, sentences in self.diverged.items():
            name = label(run)
            group = "" if name.endswith(")") or run.group in {FINETUNE, RELEASED} else f" ({run.group})"
            notes[run] = f"{self.facts[run.corpus].name}, {name}{group}: {'; '.join(sentences)}."
        return notes


def load_results(project: Project, targets: Sequence[str]) -> Evidence:
    """Read all predictions and splits of the target corpora, and compare every row with FDAN.

    Raises:
        CorpusError: a broken file, predictions on a corpus without a split, or synthetic and real corpora together.
    """
    splits = load_splits(project, targets)
    predictions = project.predictions()
    runs = find_runs(predictions, targets)
    everything = measure(runs)
    diverged = find_diverged(predictions, targets)
    grids = {corpus: project.tuning(corpus) for corpus in targets}
    trials = {corpus: read_trials(path) for corpus, path in grids.items() if path.is_file()}
    diverged |= {RunName("tuned", c, "fdan"): ("every setting of the grid diverged",) for c in trials if not trials[c]}
    if strangers := sorted({run.corpus for run in everything} - set(splits)):
        raise CorpusError(f"{predictions}: predictions on {', '.join(strangers)}, of which data/splits has nothing")
    faceless = {r for r in everything if r.group == METHOD and r.name in READ_FACES and not splits[r.corpus].visual()}
    measured = {run: found for run, found in everything.items() if run not in faceless}
    return Evidence(
        targets=tuple(targets),
        splits=splits,
        facts={corpus: CorpusFacts.of(corpus, splits.get(corpus)) for corpus in dict.fromkeys((*targets, *CORPORA))},
        measured=measured,
        trained=read_trained(runs),
        missing=dict.fromkeys(diverged.keys() - everything.keys(), "diverged")
        | find_missing(predictions, targets)
        | dict.fromkeys(faceless, NO_FACES),
        diverged=diverged,
        trials={corpus: grid for corpus, grid in trials.items() if grid},
        compared=compare_with_fdan(measured, speakers_of(splits)),
        best_epochs=_best_epochs(project, targets),
    )


def _best_epochs(project: Project, targets: Sequence[str]) -> dict[RunName, tuple[float, ...]]:
    histories = find_histories(project.runs(), targets)
    found = {
        run: tuple(
            max(wars)
            for path in paths
            if (wars := [epoch.test_war for epoch in read_history(path) if epoch.test_war is not None])
        )
        for run, paths in histories.items()
        if run.group == RELEASED
    }
    return {run: wars for run, wars in found.items() if wars}


def find_undertrained(trained: Mapping[RunName, Sequence[TrainedParameters]], facts: Facts) -> frozenset[RunName]:
    """Return the runs that have hardly learned their own training speech, by the rule of `undertrained`."""
    return frozenset(
        run for run, seeds in trained.items() if undertrained(training_war(seeds), facts[run.corpus].largest)
    )


def load_splits(project: Project, targets: Sequence[str]) -> dict[str, Split]:
    """Read the splits of those targets that have one; raises `CorpusError` as `load_results` does."""
    paths = {corpus: project.split(corpus) for corpus in targets}
    splits = {corpus: read_split(path) for corpus, path in paths.items() if path.is_file()}
    refuse_mix(splits.items())
    return splits


def speakers_of(splits: Mapping[str, Split]) -> dict[str, dict[str, str]]:
    """Corpus -> utterance -> speaker."""
    return {corpus: {part.utterance: part.speaker for part in split.parts} for corpus, split in splits.items()}


def not_run(project: Project, corpora: Sequence[str], protocols: Collection[str]) -> tuple[str, ...]:
    """Return a line on each protocol that a corpus cannot have, and why."""
    files = {(p, c): project.predictions(p, c, NOT_RUN) for c in corpora for p in protocols}
    return tuple(
        f"{title_of(corpus)}, {protocol}: not run: {file.read_text(encoding='utf-8').strip()}."
        for (protocol, corpus), file in files.items()
        if file.is_file()
    )
