"""Many files that may crash or hang whoever reads them, over a pool of processes."""

import sys
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import active_children, get_context
from typing import TypeVar

from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # comes with scikit-learn
from tqdm import tqdm

Item = TypeVar("Item")
Result = TypeVar("Result")

START = 300.0
"""Seconds for a process to start: imports take long on a busy machine."""

PATIENCE = 60.0
"""Seconds without any file being finished, after which those in hand are taken to hang."""


def spread(
    function: Callable[[Item], Result],
    items: Sequence[Item],
    lost: Callable[[Item, str], Result],
    prepare: Callable[[], None],
    workers: int,
    title: str,
    patience: float = PATIENCE,
) -> list[Result]:
    """`function` of every item, in order, over processes with one thread each and with a progress bar.

    Where a process crashes or all of them hang, the pool is replaced, and the items that it had in
    hand are done again one at a time: so what crashes or hangs costs itself alone.

    Args:
        function: importable by name.
        items: all of them.
        lost: the result for an item that crashes or hangs, and which of the two.
        prepare: importable by name; called in each process before its first item, and not timed.
        workers: processes.
        title: of the progress bar.
        patience: in seconds.
    """
    results: dict[int, Result] = {}
    todo = deque(range(len(items)))
    suspects: deque[int] = deque()
    with tqdm(total=len(items), desc=title, unit="", mininterval=1, leave=False, disable=None, file=sys.stderr) as bar:
        while todo or suspects:
            alone = bool(suspects)
            queue = suspects if alone else todo
            got, held, why = _round(
                function, items, lost, prepare, queue, (1, 1) if alone else (workers, 4), patience, bar
            )
            results |= got
            if alone and held:
                results[held[0]] = lost(items[held[0]], why)
                bar.update()
            else:
                suspects.extend(held)
    return [results[place] for place in range(len(items))]


def _round(
    function: Callable[[Item], Result],
    items: Sequence[Item],
    lost: Callable[[Item, str], Result],
    prepare: Callable[[], None],
    queue: deque[int],
    size: tuple[int, int],
    patience: float,
    bar: "tqdm[None]",
) -> tuple[dict[int, Result], list[int], str]:
    """One pool's life: its results, what it had in hand when it broke, and why it did."""
    workers, ahead = size
    results: dict[int, Result] = {}
    hand: dict[Future[Result], int] = {}
    before = active_children()
    pool = ProcessPoolExecutor(workers, get_context("spawn"), initializer=_begin, initargs=(prepare,))
    pool.submit(_ready, function).result(START)
    why = ""
    try:
        while (queue or hand) and not why:
            while queue and len(hand) < workers * ahead:
                place = queue.popleft()
                hand[pool.submit(function, items[place])] = place
            done, _ = wait(hand, timeout=patience, return_when=FIRST_COMPLETED)
            if not done:
                why = f"takes more than {patience:g} s"
            for future in done:
                try:
                    results[hand[future]] = future.result()
                except BrokenProcessPool:
                    why = "crashes the process that reads it"
                    continue
                except Exception as error:  # not foreseen; one file must not cost the others' hours
                    results[hand[future]] = lost(items[hand[future]], f"fails: {type(error).__name__}: {error}")
                del hand[future]
                bar.update()
    except BrokenProcessPool:  # while handing over: what was taken from the queue last is not in hand
        queue.appendleft(place)
        why = "crashes the process that reads it"
    finally:
        processes = [process for process in active_children() if process not in before]
        if why:
            for process in processes:
                process.kill()
        pool.shutdown(cancel_futures=True)
    return results, sorted(hand.values()), why


def _begin(prepare: Callable[[], None]) -> None:
    threadpool_limits(1)
    prepare()


def _ready(_: object) -> None:
    """Nothing: but its argument's module is imported, and one process is there."""
