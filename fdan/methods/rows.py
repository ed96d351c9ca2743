"""Rows of Tables 1 and 2 beside FDAN: those that are trained now, those that are cached, and their files."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from fdan.data.splits import NOT_RUN, TRAIN, Split
from fdan.metrics.predictions import DIVERGED, Predictions, TrainedParameters, tested, unpack
from fdan.metrics.scores import write_runs
from fdan.runtime.cache import Cache, CacheEntry
from fdan.runtime.cached_job import CachedJob, run_cached
from fdan.runtime.jobs import ParallelParams


class SeedJob(CachedJob, Protocol):
    """The job of one seed; its entry is that of `fdan.methods.running.entry_of`."""

    @property
    def seed(self) -> int:
        """Of all that is random."""


def run_rows(
    rows: Mapping[str, Sequence[SeedJob]],
    trained_now: Collection[str],
    title: str,
    parallel: ParallelParams,
    gpus: bool = False,
) -> tuple[dict[str, list[CacheEntry]], str]:
    """Return the results of all rows whose results are known, and how many were trained now.

    Args:
        rows: the jobs of each row, one per seed.
        trained_now: rows to train where the cache does not have them. Another row has results if the cache has all.
        title: of the progress bar.
        parallel: where.
        gpus: whether the jobs compute on GPUs where there are some.

    Raises:
        FdanError: jobs failed, each named with its reason; the results of all others are in the cache by then.
    """
    now = [name for name in rows if name in trained_now]
    computed = run_cached([job for name in now for job in rows[name]], title, parallel, gpus=gpus)
    entries = iter(computed.entries)
    found = {name: [next(entries) for _ in rows[name]] for name in now}
    for name in (name for name in rows if name not in trained_now):
        known = [_cached(job) for job in rows[name]]
        if all(known):
            found[name] = [entry for entry in known if entry]
    return {name: found[name] for name in rows if name in found}, computed.counts


def _cached(job: SeedJob) -> CacheEntry | None:
    cache = Cache(job.kind, (), job.code, job.libraries)
    return cache.read(job.key(cache))


def predictions_by_seed(
    split: Split, seeds: Sequence[int], answers: Iterable[tuple[int, Sequence[str], float | None, bytes]]
) -> Iterator[tuple[Predictions, TrainedParameters]]:
    """Yield the predictions of each run of a system, and what was measured while it was trained, for `write_runs`.

    Args:
        split: whose utterances are tested.
        seeds: one of each run.
        answers: of each run how many parameters were trained, the test utterances, the training WAR in percent, and the
            packed probabilities of the test utterances.
    """
    for seed, (parameters, utterances, war, packed) in zip(seeds, answers, strict=True):
        predictions = tested(split, utterances, unpack(packed, len(utterances)))
        yield predictions, TrainedParameters(seed, parameters, war)


def _largest_class(split: Split) -> float:
    """The share of the most frequent emotion among the training speech, in percent."""
    counts = Counter(part.emotion for part in split.parts if part.acoustic == TRAIN)
    return 100 * max(counts.values(), default=0) / max(counts.total(), 1)


def write_row(
    folder: Path, split: Split, jobs: Sequence[SeedJob], entries: Sequence[CacheEntry] | None, key: str
) -> str:
    """Write the predictions of each seed of a row, ``seed-<n>.csv``, and ``trained.csv``; return a line on them.

    A seed whose training diverged has ``seed-<n>.diverged.txt`` instead, and a row that was not run ``not_run.txt``.

    Args:
        folder: is made.
        split: whose utterances are tested.
        jobs: one per seed.
        entries: their results; None where the row was not run.
        key: the key of params.yaml that lists the rows that are trained.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if entries is None:
        why = f"not run ({key})"
        (folder / NOT_RUN).write_text(f"{why}\n", encoding="utf-8")
        return why
    finite = [(job.seed, entry) for job, entry in zip(jobs, entries, strict=True) if entry.blobs]
    answers = ((*entry.about, entry.blobs[0]) for _, entry in finite)
    runs = predictions_by_seed(split, [seed for seed, _ in finite], answers)
    said = [f"WAR {war:.2f} %" for war in write_runs(folder, runs)]
    largest = _largest_class(split)
    weak = [seed for seed, entry in finite if entry.about[2] is not None and entry.about[2] <= largest]
    if weak:
        named = ", ".join(map(str, weak))
        said.append(f"training WAR stays at the largest class ({largest:.2f} %) in seed {named}")
    for job, entry in zip(jobs, entries, strict=True):
        if not entry.blobs:
            (folder / f"seed-{job.seed}{DIVERGED}").write_text(f"{entry.about[0]}\n", encoding="utf-8")
            said.append(entry.about[0])
    return ", ".join(said)
