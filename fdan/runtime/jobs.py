"""Work on many items, on this machine or on many.

`run_sandboxed` reads clips of strangers: its results are cached, and a clip that crashes its reader costs itself alone.
`run_jobs` runs what trusts its input: trainings (fdan/runtime/cached_job.py caches those).

    run_sandboxed: stage -> supervisor (joblib's process: loky or dask) -> worker (its own process, watched; worker.py)
    run_jobs:  stage -> worker (likewise, without limits), or dask's, or the stage itself

No result depends on the backend, the number of workers or the cache. So the section ``parallel`` is no DVC
parameter of any stage, and changing it reruns nothing.
"""

from fdan.numerics.pins import arithmetic, device, require_arithmetic

import math
import os
import re
import sys
import warnings
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Annotated, Any, Literal, TypeVar

from annotated_types import Ge, MinLen

from fdan.errors import FdanError
from fdan.numerics.semaphores import has_semaphores
from fdan.runtime.cache import Cache, CacheEntry
from fdan.runtime.crash_log import in_short, log_unforeseen
from fdan.runtime.forked import Copy, can_fork
from fdan.runtime.gpu import gpu_count, own_gpu
from fdan.runtime.import_path import safe_path
from fdan.runtime.parent_death import die_with_parent
from fdan.runtime.worker import Failure, Limits, Work, attend, new_program, supervise

LIMITS = Limits(seconds=30.0, megabytes=1000)
"""Of one clip. A sound clip of five minutes stays below half of either."""

_NO_LIMITS = Limits(math.inf, sys.maxsize)

TOGETHER = 256
"""Items that are looked up, computed and written before the next are touched: memory does not grow with the corpus."""

Item = TypeVar("Item")

Result = TypeVar("Result")


_SCHEDULER = re.compile(r"(?:tcp|tls|ucx|inproc)://\S+")


@dataclass(frozen=True)
class ParallelParams:
    """Section ``parallel`` of params.yaml: where the work on clips and images is done.

    Attributes:
        backend: ``loky``: processes on this machine; ``dask``: a dask cluster (``pip install -e '.[dask]'``).
        workers: processes; null is one per core. A cluster at an address has its own number.
        address: of a dask scheduler, such as ``tcp://host:8786``; null starts a cluster on this machine. Its
            workers must see the same files under the same paths and have this project installed.
    """

    backend: Literal["loky", "dask"]
    workers: Annotated[int, Ge(1)] | None
    address: Annotated[str, MinLen(1)] | None

    def __post_init__(self) -> None:
        if self.address and not _SCHEDULER.fullmatch(self.address):
            raise ValueError("expected a scheduler's address, such as tcp://host:8786; http:// is its dashboard's")
        if self.address and self.backend != "dask":
            raise ValueError(f"address {self.address!r} is of a dask scheduler; expected backend dask")
        if self.address and self.workers:
            raise ValueError(f"workers {self.workers}: the cluster at {self.address} has its own; expected null")


def run_sandboxed(
    function: Callable[[Item], Result],
    items: Sequence[Item],
    title: str,
    parallel: ParallelParams,
    *,
    prepare: Callable[[], object],
    cache: Cache | None = None,
    key: Callable[[Item], str | None] | None = None,
    limits: Limits = LIMITS,
) -> Iterator[Result | Failure]:
    """What `function` gives for each item, in order, with a progress bar; what is known is not computed again.

    Args:
        function: from an item to its result; it runs in other processes, perhaps on other machines.
        items: all of them.
        title: of the progress bar.
        parallel: where.
        prepare: called once in each process before its first item.
        cache: of what is known, if `run_sandboxed` is to look there; results are entries then.
        key: the entry's name for an item, or None where the result is not to be kept.
        limits: of one item.

    Yields:
        The result, or why there is none: the item crashed its process twice, or took more than `limits`. That
        alone depends on the machine, and is not kept.

    Raises:
        FdanError: a worker's pins or device are not those of this process.
    """
    from cloudpickle import dumps  # a stage that ends with a mistake in params starts sooner
    from tqdm import tqdm

    work = dumps(Work(function, prepare, limits, arithmetic()))
    with ExitStack() as stack:
        bar = tqdm(total=len(items), desc=title, unit="", mininterval=1, leave=False, disable=None)
        stack.enter_context(bar)
        compute: Callable[[Iterable[bytes]], Iterator[Any]] | None = None
        for some in _groups(items):
            keys = [key(item) if key else None for item in some]
            known = [cache.read(name) if cache and name else None for name in keys]
            missing = [dumps(item) for item, entry in zip(some, known, strict=True) if entry is None]
            results: Iterator[Any] = iter(())
            if missing:
                compute = compute or stack.enter_context(_workers(parallel, work))
                results = compute(missing)
                if isinstance(results, Generator):  # before the workers end, and with them joblib's warnings
                    stack.callback(results.close)
            for name, entry in zip(keys, known, strict=True):
                result: Any = next(results) if entry is None else entry
                if cache and name and entry is None and isinstance(result, CacheEntry):
                    cache.write(name, result)
                bar.update()
                yield result


def _groups(items: Sequence[Item]) -> Iterator[list[Item]]:
    iterator = iter(items)
    while some := list(islice(iterator, TOGETHER)):
        yield some


def run_jobs(
    function: Callable[[Item], Result],
    items: Sequence[Item],
    title: str,
    parallel: ParallelParams,
    gpus: bool = False,
) -> Iterator[tuple[int, Result | Failure]]:
    """Call a function for each item, with a progress bar; no item that fails costs another its result.

    Where there is one item, or one worker on this machine, it is called in this process: the same bits.

    Args:
        function: from an item to its result; it runs on one thread, perhaps in other processes on other machines.
        items: all of them; they are trusted, and may take any time.
        title: of the progress bar.
        parallel: where.
        gpus: whether the function computes where `device` says: then each process has a GPU for itself.

    Yields:
        The place of an item and its result, or why there is none, in the order in which they come.

    Raises:
        FdanError: a worker's pins or device are not those of this process.
    """
    from tqdm import tqdm

    place = _Place(os.getcwd(), gpus and device() == "cuda")
    call = partial(_caught, function, place)
    results = _on_dask(call, items, parallel) if parallel.backend == "dask" else _on_this(call, items, parallel, place)
    with closing(results):
        yield from tqdm(results, title, total=len(items), mininterval=1, leave=False, disable=None)


@dataclass(frozen=True)
class _Place:
    """Where the stage runs, for its workers: its folder, and whether each of them takes a GPU."""

    folder: str
    gpus: bool


def _caught(function: Callable[[Item], Result], place: _Place, item: Item) -> Result | Failure:
    os.chdir(place.folder)
    try:
        with own_gpu() if place.gpus else nullcontext():
            return function(item)
    except (FdanError, OSError) as error:
        return Failure(str(error))
    except Exception as error:
        return Failure(log_unforeseen("worker", error))


def _on_this(
    call: Callable[[Item], Result | Failure], items: Sequence[Item], parallel: ParallelParams, place: _Place
) -> Generator[tuple[int, Result | Failure]]:
    """In processes of this machine, or in this one where that does as well."""
    from cloudpickle import dumps
    from joblib.externals.loky import cpu_count

    workers = gpu_count() if place.gpus else parallel.workers or cpu_count()
    if min(workers, len(items)) > 1:
        start = Copy if can_fork() else new_program
        yield from attend(dumps(Work(call, _nothing, _NO_LIMITS, arithmetic())), items, workers, start)
    else:
        yield from enumerate(map(call, items))


def _on_dask(
    call: Callable[[Item], Result | Failure], items: Sequence[Item], parallel: ParallelParams
) -> Generator[tuple[int, Result | Failure]]:
    missing = set(range(len(items)))
    with _jobs(parallel, return_as="generator_unordered") as jobs:
        try:
            for number, result in jobs(
                (_numbered, call, item, number, arithmetic()) for number, item in enumerate(items)
            ):
                missing.remove(number)
                yield number, result
        except FdanError:
            raise
        except Exception as error:  # the cluster's own: a worker that died, or the scheduler
            yield from ((number, Failure(f"dask: {in_short(error)}")) for number in sorted(missing))


def _numbered(
    call: Callable[[Item], Result | Failure], item: Item, number: int, expected: str
) -> tuple[int, Result | Failure]:
    require_arithmetic(expected)
    return number, call(item)


def _nothing() -> None:
    pass


@contextmanager
def _workers(parallel: ParallelParams, work: bytes) -> Iterator[Callable[[Iterable[bytes]], Iterator[Any]]]:
    """A function from items to their results, in order, each done by a watched process of its own."""
    do = _mortal if parallel.backend == "loky" and has_semaphores() else supervise
    with _jobs(parallel) as jobs:
        yield lambda items: jobs((do, work, item) for item in items)


@contextmanager
def _jobs(
    parallel: ParallelParams, return_as: str = "generator"
) -> Iterator[Callable[[Iterable[tuple[Any, ...]]], Iterator[Any]]]:
    """A function from calls (function and arguments) to their results through joblib, in order unless said."""
    import joblib
    from joblib.externals.loky import cpu_count

    with ExitStack() as stack:
        stack.enter_context(safe_path())
        if parallel.backend == "dask":
            stack.enter_context(_cluster(parallel))
        elif not has_semaphores():
            threads = ThreadPoolExecutor(parallel.workers or cpu_count())
            stack.callback(threads.shutdown, cancel_futures=True)
            yield lambda calls: threads.map(lambda call: call[0](*call[1:]), calls)
            return
        # A mistake that ends the stage is one line, without what joblib says of the work it drops.
        stack.enter_context(warnings.catch_warnings())
        warnings.filterwarnings("ignore", r"\d+ tasks which were still being processed", UserWarning)
        with joblib.parallel_config(parallel.backend, n_jobs=parallel.workers or -1):  # knows dask; Parallel does not
            run = joblib.Parallel(return_as=return_as)
        yield lambda calls: run(joblib.delayed(function)(*arguments) for function, *arguments in calls)


def _mortal(work: bytes, item: bytes) -> Any:
    """What loky's workers run: they end with their stage. Dask's see to that themselves."""
    die_with_parent()
    return supervise(work, item)


@contextmanager
def _cluster(parallel: ParallelParams) -> Iterator[None]:
    """The dask cluster at the address, or one of this machine's processes, for as long as it is needed."""
    try:
        import distributed
    except ModuleNotFoundError:
        raise OSError("parallel.backend dask: dask is not installed; pip install -e '.[dask]'") from None
    if not has_semaphores():
        raise OSError(
            "parallel.backend dask: joblib has no semaphores here (/dev/shm cannot be written); expected loky"
        )
    from joblib.externals.loky import cpu_count

    with ExitStack() as stack:
        if parallel.address:
            address = parallel.address
        else:
            local: Any = distributed.LocalCluster
            cluster = local(
                n_workers=parallel.workers or cpu_count(),
                threads_per_worker=1,
                processes=True,
                dashboard_address=None,
                host="127.0.0.1",
            )
            address = stack.enter_context(cluster)
        connect: Any = distributed.Client
        try:
            stack.enter_context(connect(address, timeout=20))
        except OSError as error:
            raise OSError(f"parallel.address {address}: no dask scheduler answers ({error})") from None
        yield
