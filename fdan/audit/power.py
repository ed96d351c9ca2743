"""How often an effect would be called replicated: a simulation with fixed seeds, whose result is power.csv.

Two systems answer the same utterances with three networks each. Utterance i is right with probability
Phi(mu + SPREAD z_i), z_i standard normal, so some utterances are hard for every network; mu gives a system its WAR
(Phi(mu / sqrt(1 + SPREAD^2))), and each network's WAR strays by SEED_SD points. ``fdan power`` runs it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float64

from fdan.data.records import read_records
from fdan.results.differences import implied_error, published_error
from fdan.results.published import PublishedRow
from fdan.results.statistics import LEVEL, Estimate, Interval, bootstrap

SIZES = {"savee": (96, 480), "meld": (96, 480, 2745)}
"""Corpus -> test utterances: the paper's test parts, SAVEE as a whole, and parts of MELD."""

TESTED = {"savee": 96, "meld": 2745}
"""Corpus -> utterances of the paper's test part."""

SEEDS = 3

SPREAD = 1.5
"""Standard deviation of the utterances' difficulty, in probits."""

SEED_SD = 2.0
"""Standard deviation of a network's WAR over seeds, in points."""

RUNS = 500

FILE = Path(__file__).with_suffix(".csv")


@dataclass(frozen=True)
class Cell:
    """One effect at one size.

    Attributes:
        corpus: of the effect.
        row: that FDAN is compared with, in print.
        published: the effect, in points of WAR.
        utterances: simulated.
        seeds: networks of each system.
        runs: simulated measurements.
        power: share of *replicated* where the truth is the published effect.
        false_positives: the same where the truth is 0.
    """

    corpus: str
    row: str
    published: float
    utterances: int
    seeds: int
    runs: int
    power: float
    false_positives: float


def prediction_interval(found: Estimate, error: float) -> Interval:
    """Return where a second measurement of the same truth lies in 95 % of cases.

    Args:
        found: the first one.
        error: standard error of the second one, in points.
    """
    from scipy.stats import t

    half = float(t.ppf((1 + LEVEL) / 2, found.freedom)) * float(np.hypot(implied_error(found), error))
    return Interval(found.war - half, found.war + half)


def replicates(found: Estimate, published: float, error: float) -> bool:
    """Whether a difference replicates a published one, which is above 0.

    Its interval lies above 0, and the published effect lies in its prediction interval.

    Args:
        found: our difference.
        published: in points.
        error: its standard error.
    """
    return found.war_interval.low > 0 and prediction_interval(found, error).has(published)


def read_power() -> tuple[Cell, ...]:
    """Return the committed result of the simulation."""
    return tuple(read_records(FILE, Cell))


def cell_for(cells: Sequence[Cell], row: PublishedRow, utterances: int) -> Cell | None:
    """Return the cell of a row at the largest simulated size that is no larger than ours; None below all of them."""
    here = [
        cell for cell in cells if (cell.corpus, cell.row) == (row.corpus, row.row) and cell.utterances <= utterances
    ]
    return max(here, key=lambda cell: cell.utterances, default=None)


def simulate(
    effects: Sequence[tuple[str, str, float, float, int]],
    runs: int = RUNS,
    sizes: dict[str, tuple[int, ...]] | None = None,
) -> Iterator[Cell]:
    """Yield a cell for each effect and size.

    Args:
        effects: corpus, row, the paper's WAR of the better system and of the worse one, the paper's test size.
        runs: simulated measurements in each cell.
        sizes: corpus -> test utterances; `SIZES` by default.
    """
    for corpus, several in (sizes or SIZES).items():
        for size in several:
            none: dict[float, list[Estimate]] = {}  # of a true effect of 0, which rows with one better system share
            for _, row, better, worse, tested in (effect for effect in effects if effect[0] == corpus):
                published, error = round(better - worse, 2), published_error(better, worse, tested)
                if better not in none:
                    none[better] = [measure(better, better, size, k) for k in range(runs)]
                truths = [measure(better, worse, size, k) for k in range(runs)], none[better]
                power, false = (sum(replicates(f, published, error) for f in found) / runs for found in truths)
                yield Cell(corpus, row, published, size, SEEDS, runs, power, false)


def measure(better: float, worse: float, size: int, number: int) -> Estimate:
    """Return the difference of two simulated systems, over seeds and utterances.

    Args:
        better: true WAR of the first system, in percent.
        worse: of the second one.
        size: test utterances.
        number: of the measurement; it seeds the draws, so each effect meets the same ones.
    """
    rng = np.random.default_rng((size, number))
    hardness = rng.normal(size=size)
    first, second = (_right(war, hardness, rng) for war in (better, worse))
    return bootstrap(first - second, np.zeros(size, np.int64))


def _right(war: float, hardness: Float64[np.ndarray, "n"], rng: np.random.Generator) -> Float64[np.ndarray, "m n"]:
    """Which utterances each network has right, 0 or 1."""
    from scipy.special import ndtr, ndtri

    wars = np.clip(war + SEED_SD * rng.normal(size=(SEEDS, 1)), 1, 99) / 100
    chances = np.asarray(ndtr(np.sqrt(1 + SPREAD**2) * ndtri(wars) + SPREAD * hardness))
    return (rng.random((SEEDS, len(hardness))) < chances).astype(np.float64)
