"""What the histories of training say for the audit: the LMMD's share of the gradient, and the test WAR by epoch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from fdan.data.histories import Norms, lmmd_share, read_history, sampled_norms
from fdan.results.runs import RunName
from fdan.runtime.project import Project


@dataclass(frozen=True)
class History:
    """One run of training, as far as it was recorded.

    Attributes:
        run: what was run.
        seed: its seed, and in a protocol with folds the fold: ``0``, ``0-DC``.
        path: the file, below the project.
        lmmd_weight: what the LMMD counted in the last epoch: alpha, in the variant ``released`` after its ramp.
        norms: of the gradient's two parts, sampled.
        epochs: how many.
        test_war: epoch -> WAR on the test part after it, in percent, of those after which somebody looked; recorded
            for this audit, used nowhere else.
    """

    run: RunName
    seed: str
    path: Path
    lmmd_weight: float | None
    norms: tuple[Norms, ...]
    epochs: int
    test_war: dict[int, float]

    @property
    def share(self) -> float | None:
        """Mean of ``w |g_LMMD| / (|g_CE| + w |g_LMMD|)`` over the samples, in percent; w weighs the LMMD in each."""
        return 100 * lmmd_share(self.norms) if self.norms else None

    def share_at(self, alpha: float) -> float | None:
        """The same on this run's path with another alpha in the formula."""
        norms = [replace(sample, weight=alpha) for sample in self.norms]
        return 100 * lmmd_share(norms) if norms else None

    @property
    def gain(self) -> float | None:
        """What choosing the best epoch looked at would add to the last one's WAR, in points; no less for all epochs."""
        return max(self.test_war.values()) - self.test_war[max(self.test_war)] if self.test_war else None


def read_histories(project: Project, runs: Mapping[RunName, Sequence[Path]]) -> tuple[History, ...]:
    """Read the csv files of runs below the project, as far as the two were measured.

    Raises:
        CorpusError: a file is not a history.
    """
    return tuple(_read(run, path, path.relative_to(project.root)) for run, paths in runs.items() for path in paths)


def _read(run: RunName, file: Path, name: Path) -> History:
    epochs = read_history(file)
    return History(
        run,
        file.stem.removeprefix("seed-"),
        name,
        epochs[-1].lmmd_weight if epochs else None,
        tuple(sampled_norms(epochs)),
        len(epochs),
        {place: epoch.test_war for place, epoch in enumerate(epochs, start=1) if epoch.test_war is not None},
    )
