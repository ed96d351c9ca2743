"""What the audit finds in our runs: differences, the LMMD's weight, choosing an epoch on the test part, the leak."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from fdan.audit.histories import History
from fdan.data.trials import Trial
from fdan.results.comparisons import Compared, Comparison, alone, compare, estimate
from fdan.results.differences import independent_difference
from fdan.results.runs import PAPER, Measured, RunName
from fdan.results.statistics import Interval

ALPHAS = (1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0)
"""From the smallest of the paper's grid to the default weight of the released code, whose default loss is MMD."""

PREDICTIONS, HISTORIES = "reports/predictions", "runs"


@dataclass(frozen=True)
class Uncertainty:
    """Point 2, our half."""

    sources: tuple[str, ...]
    rows: tuple[Comparison, ...]


def uncertainty(compared: Mapping[str, Sequence[Compared]]) -> Uncertainty:
    """Point 2, our half: every row with its interval, and FDAN minus it."""
    rows = tuple(row.record() for found in compared.values() for row in found)
    return Uncertainty((PREDICTIONS, "data/splits"), rows)


@dataclass(frozen=True)
class Share:
    """The LMMD's share of the gradient in one run, in percent; `lmmd_weight` is that of the last epoch."""

    group: str
    corpus: str
    row: str
    seed: str
    source: str
    lmmd_weight: float
    samples: int
    share: float


@dataclass(frozen=True)
class Summary:
    """A number of the runs of one kind: how many, mean, least, most; and their LMMD's weight where it matters."""

    group: str
    corpus: str
    row: str
    runs: int
    mean: float
    least: float
    most: float
    lmmd_weight: float | None = None


@dataclass(frozen=True)
class Searched:
    """A point of the grid that tuning tried; `share` in percent."""

    corpus: str
    source: str
    alpha: float
    weight_decay: float
    learning_rate: float
    validation_war: float
    share: float
    chosen: bool


@dataclass(frozen=True)
class Effect:
    """FDAN minus FDAN2, which is alpha = 0, seed by seed, in WAR points."""

    group: str
    corpus: str
    sources: tuple[str, ...]
    war_per_seed: tuple[float, ...]
    war_mean: float


@dataclass(frozen=True)
class Alpha:
    """Point 3."""

    sources: tuple[str, ...]
    runs: tuple[Share, ...]
    summary: tuple[Summary, ...]
    fdan_gradients_at_other_alphas: dict[str, dict[str, float]]
    tuning: tuple[Searched, ...]
    without_lmmd: tuple[Effect, ...]


def alpha(
    histories: Sequence[History],
    trials: Mapping[str, tuple[Sequence[Trial], Trial]],
    measured: Mapping[RunName, Measured],
) -> Alpha:
    """Point 3: how much of the gradient the LMMD is, and what leaving it out changes.

    Args:
        histories: of all runs.
        trials: corpus -> the grid that was tried, and its chosen point.
        measured: all runs, of which FDAN and FDAN2 (alpha 0) are compared seed by seed.
    """
    runs = tuple(
        Share(*_name(h.run), h.seed, h.path.as_posix(), h.lmmd_weight or 0.0, len(h.norms), h.share)
        for h in histories
        if h.share is not None
    )
    curves = {}
    for corpus in dict.fromkeys(h.run.corpus for h in histories):
        fdan = [h for h in histories if h.run == RunName(PAPER, corpus, "fdan") and h.norms]
        if fdan:
            curves[corpus] = {f"{at:g}": fmean(h.share_at(at) or 0.0 for h in fdan) for at in ALPHAS}
    tuning = tuple(
        Searched(
            corpus,
            f"reports/tuning/{corpus}.csv",
            trial.alpha,
            trial.weight_decay,
            trial.learning_rate,
            trial.war,
            100 * trial.lmmd_share,
            trial is chosen,
        )
        for corpus, (grid, chosen) in trials.items()
        for trial in grid
    )
    effects = tuple(effect for run in measured if (effect := _effect(run, measured)))
    summary = _summary([(run, run.share, run.lmmd_weight) for run in runs])
    return Alpha((HISTORIES, "reports/tuning", PREDICTIONS), runs, summary, curves, tuning, effects)


def _effect(run: RunName, measured: Mapping[RunName, Measured]) -> Effect | None:
    without = RunName(run.group, run.corpus, "fdan2")
    if run.name != "fdan" or without not in measured:
        return None
    scores = [dict(zip(measured[r].seeds, measured[r].scores, strict=True)) for r in (run, without)]
    differences = tuple(scores[0][seed].war - scores[1][seed].war for seed in scores[0] if seed in scores[1])
    if not differences:
        return None
    sources = tuple(f"{PREDICTIONS}/{r.folder}" for r in (run, without))
    return Effect(run.group, run.corpus, sources, differences, fmean(differences))


def _name(run: RunName) -> tuple[str, str, str]:
    return run.group, run.corpus, run.name


@dataclass(frozen=True)
class Selected:
    """What choosing the best epoch on the test part would add in one run, in WAR points.

    The test part was looked at after every `every`-th epoch and the last, so it is a lower bound where that is not 1.
    """

    group: str
    corpus: str
    row: str
    seed: str
    source: str
    epochs: int
    every: int
    last: float
    best: float
    best_epoch: int
    gain: float


@dataclass(frozen=True)
class Selection:
    """Point 4; `every`: after how many epochs each the test part was looked at, of all runs."""

    sources: tuple[str, ...]
    every: tuple[int, ...]
    runs: tuple[Selected, ...]
    summary: tuple[Summary, ...]


def _summary(runs: Sequence[tuple[Share | Selected, float, float | None]]) -> tuple[Summary, ...]:
    groups: dict[tuple[str, str, str], list[tuple[float, float | None]]] = {}
    for run, value, weight in runs:
        groups.setdefault((run.group, run.corpus, run.row), []).append((value, weight))
    found = []
    for name, members in groups.items():
        values = [value for value, _ in members]
        found.append(Summary(*name, len(values), fmean(values), min(values), max(values), members[0][1]))
    return tuple(found)


def selection(histories: Sequence[History]) -> Selection:
    """Point 4: what choosing the best epoch on the test part would add, per run."""
    runs = []
    for history in histories:
        if history.gain is None:
            continue
        wars = history.test_war
        best = max(wars, key=lambda epoch: wars[epoch])
        where = history.seed, history.path.as_posix(), history.epochs
        last, gain = wars[max(wars)], history.gain
        runs.append(Selected(*_name(history.run), *where, min(wars), last, wars[best], best, gain))
    every = tuple(sorted({run.every for run in runs}))
    return Selection((HISTORIES,), every, tuple(runs), _summary([(run, run.gain, None) for run in runs]))


@dataclass(frozen=True)
class Protocol:
    """A run under another protocol beside the same seeds under the paper's.

    Attributes:
        paper: under the paper's split.
        other: under the other protocol.
        difference: paper minus other, WAR points.
        low: of its 95 % interval: over the same utterances, or from the errors of both.
        high: likewise.
    """

    corpus: str
    group: str
    row: str
    paper: Comparison
    other: Comparison
    difference: float
    low: float
    high: float

    @property
    def interval(self) -> Interval:
        """Return the interval of the difference."""
        return Interval(self.low, self.high)


@dataclass(frozen=True)
class Leak:
    """Point 5."""

    sources: tuple[str, ...]
    rows: tuple[Protocol, ...]


def leak(measured: Mapping[RunName, Measured], speakers: Mapping[str, Mapping[str, str]]) -> Leak:
    """Point 5: the paper's split against the two without a leak, on the seeds that both have.

    The protocol ``speaker`` has other utterances, so its difference has the errors of both, not that of a pair.
    """
    rows = []
    for corpus in speakers:
        for protocol in ("disjoint", "speaker"):
            for run, paper in measured.items():
                other = measured.get(RunName(protocol, corpus, run.name))
                common = set(paper.seeds) & set(other.seeds) if other else set()
                if (run.group, run.corpus) != (PAPER, corpus) or other is None or not common:
                    continue
                whole, part = paper.only(common), other.only(common)
                found = compare(whole, part, speakers[corpus])
                ends = (
                    found.difference.war_interval
                    if found.difference
                    else independent_difference(estimate(whole), estimate(part, speakers[corpus]))
                )
                difference = whole.mean_sd("war")[0] - part.mean_sd("war")[0]
                said = (alone(whole).record(), found.record(), difference, ends.low, ends.high)
                rows.append(Protocol(corpus, protocol, run.name, *said))
    return Leak((PREDICTIONS, "data/splits"), tuple(rows))


@dataclass(frozen=True)
class Released:
    """Point 6: of each corpus FDAN and the rows of the released head; what the best test epoch adds, and its WAR."""

    sources: tuple[str, ...]
    rows: tuple[tuple[Comparison, float | None, float | None], ...]


def released(compared: Mapping[str, Sequence[Compared]], chosen: Selection) -> Released:
    """Point 6: the rows of the released head beside FDAN as the paper writes it; choices are in docs/choices.md."""
    gains = {(s.group, s.corpus, s.row): s.mean for s in chosen.summary}
    rows = [
        (row.record(), gain, None if gain is None else row.measured.mean_sd("war")[0] + gain)
        for found in compared.values()
        if any(row.measured.run.group == "released" for row in found)
        for row in found
        for gain in [gains.get(_name(row.measured.run))]
        if row.measured.run.group == "released" or row.measured.run == RunName(PAPER, row.measured.run.corpus, "fdan")
    ]
    return Released(("docs/choices.md", PREDICTIONS, HISTORIES), tuple(rows))
