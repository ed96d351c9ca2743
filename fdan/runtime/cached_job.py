"""Jobs of minutes or hours whose results are kept, such as trainings: an interrupted stage goes on where it was."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar, runtime_checkable

from fdan.errors import FdanError
from fdan.runtime.cache import Cache, CacheEntry
from fdan.runtime.jobs import ParallelParams, run_jobs
from fdan.runtime.worker import Failure


@runtime_checkable  # tests check types as they run
class CachedJob(Protocol):
    """One training, fit or other job: a frozen dataclass whose fields decide the result.

    A kind of job states `kind` and `libraries` as class variables, or as properties where they differ.
    """

    @property
    def kind(self) -> str:
        """Folder of its entries in the cache."""

    @property
    def code(self) -> tuple[str, ...]:
        """`fdan.runtime.cache.code_of` the module whose imports decide the result, which is mostly the job's own."""

    @property
    def libraries(self) -> tuple[str, ...]:
        """Distributions whose versions the result depends on."""

    @property
    def name(self) -> str:
        """What error messages call it, such as ``fdan seed 0``."""

    def key(self, cache: Cache) -> str:
        """Return `Cache.key` of all that the result depends on beside code and libraries: settings and digests."""

    def run(self) -> CacheEntry:
        """Compute the result, on one thread, perhaps in another process.

        Raises:
            FdanError: a mistake in params or files; other jobs go on.
        """


Job = TypeVar("Job", bound=CachedJob)


@dataclass(frozen=True)
class Stack(Generic[Job]):
    """Jobs that one process does together because that is faster.

    Attributes:
        jobs: one or more.
        run: from the jobs to their entries, in order; a module's own function, so that it can be pickled.
    """

    jobs: tuple[Job, ...]
    run: Callable[[tuple[Job, ...]], list[CacheEntry]]


@dataclass(frozen=True)
class Computed:
    """The results of some jobs.

    Attributes:
        entries: in the order of the jobs.
        fresh: how many were computed now; jobs that are alike are computed once.
    """

    entries: list[CacheEntry]
    fresh: int

    @property
    def counts(self) -> str:
        """For a stage's summary line."""
        return f"trained {self.fresh}, known {len(self.entries) - self.fresh}"


def run_cached(
    jobs: Sequence[Job],
    title: str,
    parallel: ParallelParams,
    *,
    gpus: bool = False,
    stacks: Callable[[Sequence[Job]], Sequence[Stack[Job]]] | None = None,
) -> Computed:
    """Compute what no earlier run has computed; every result is written to the cache as it comes.

    Args:
        jobs: of one kind or several.
        title: of the progress bar.
        parallel: where.
        gpus: whether the jobs compute where `fdan.numerics.pins.device` says.
        stacks: which of the missing jobs run together, those with the most to do first; by default each by itself.

    Raises:
        FdanError: some jobs failed, each named with its reason, after all others have been computed; or a worker's
            pins or device are not those of this process.
    """
    caches = {kind: Cache(kind[0], (), kind[1], kind[2]) for kind in {_kind_of(job) for job in jobs}}
    keys = [job.key(caches[_kind_of(job)]) for job in jobs]
    entries: dict[str, CacheEntry | None] = {
        key: caches[_kind_of(job)].read(key) for key, job in dict(zip(keys, jobs, strict=True)).items()
    }
    missing = {key: job for key, job in zip(keys, jobs, strict=True) if entries[key] is None}
    key_of = {id(job): key for key, job in missing.items()}
    todo = (stacks or _each_alone)(list(missing.values()))
    failed: list[tuple[str, str]] = []
    for place, result in run_jobs(_run, todo, title, parallel, gpus):
        if isinstance(result, Failure):
            failed += ((job.name, result.reason) for job in todo[place].jobs)
            continue
        for job, computed in zip(todo[place].jobs, result, strict=True):
            key = key_of[id(job)]
            caches[_kind_of(job)].write(key, computed)
            entries[key] = computed
    if failed:
        raise FdanError(_told(failed, len(missing)))
    return Computed([entry for key in keys if (entry := entries[key])], len(missing))


def _kind_of(job: CachedJob) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    return job.kind, job.code, job.libraries


def _each_alone(jobs: Sequence[Job]) -> list[Stack[Job]]:
    return [Stack((job,), _run_alone) for job in jobs]


def _run_alone(jobs: Iterable[CachedJob]) -> list[CacheEntry]:
    return [job.run() for job in jobs]


def _run(stack: Stack[Job]) -> list[CacheEntry]:
    return stack.run(stack.jobs)


def _told(failed: Sequence[tuple[str, str]], of: int) -> str:
    reasons = "; ".join(f"{name}: {reason}" for name, reason in failed)
    others = "; the others are cached, and a rerun computes these alone" if len(failed) < of else ""
    return f"{len(failed)} of {of} jobs failed: {reasons}{others}"
