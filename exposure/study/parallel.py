"""Run independent pieces of work on several processes, with the same results as on one.

Each piece depends on its number alone, so that neither the number of processes nor their order
changes a figure. Ctrl-C is for the process that asked: the others never hear of it and end at once.
"""

from __future__ import annotations

import multiprocessing
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import resource_tracker
from typing import Any, TypeVar  # Any: what travels between processes

Shared = TypeVar("Shared")
Piece = TypeVar("Piece")
Result = TypeVar("Result")

_SHARED: list[object] = []


def in_order(
    work: Callable[[Shared, Piece], Result],
    shared: Shared,
    pieces: list[Piece],
    workers: int = 1,
) -> Iterator[Result]:
    """Yield what work makes of each piece, in their order (並列計算).

    Parameters
    ----------
    work : callable
        A function of a module, of what all pieces share and of one piece.
    shared : object
        Sent to each process once.
    pieces : list
    workers : int
        Processes; with 1 everything happens here. A script that asks for more needs the usual
        ``if __name__ == "__main__"``.

    Examples
    --------
    >>> import operator
    >>> list(in_order(operator.add, 10, [1, 2]))
    [11, 12]
    """
    if workers < 2 or len(pieces) < 2:
        for piece in pieces:
            yield work(shared, piece)
        return
    size = max(len(pieces) // (workers * _CHUNKS_PER_WORKER), 1)
    chunks = [pieces[start : start + size] for start in range(0, len(pieces), size)]
    with process_pool(workers, _receive, work, shared) as pool:
        # Not pool.map: left early, it takes back work that the pool then trips over.
        results = deque(pool.submit(_do, chunk) for chunk in chunks)
        while results:
            yield from results.popleft().result()


# Few enough to keep the messages small, enough to keep every process busy to the end.
_CHUNKS_PER_WORKER = 2**3


@contextmanager
def process_pool(
    workers: int, start: Callable[..., object], *given: object
) -> Iterator[ProcessPoolExecutor]:
    """Open a pool of processes that leaves none behind, however it is left (作業プロセス).

    Parameters
    ----------
    workers : int
        Processes.
    start : callable
        What each process does first, with what is given.

    Examples
    --------
    >>> with process_pool(2, int) as pool:
    ...     pass
    """
    before = set(multiprocessing.active_children())
    context = multiprocessing.get_context("spawn")
    pool = _Pool(workers, mp_context=context, initializer=start, initargs=given)
    try:
        yield pool
    except BaseException:
        # Left early: nobody waits for the answers, so the processes need not finish.
        pool.shutdown(wait=False, cancel_futures=True)
        for child in set(multiprocessing.active_children()) - before:
            child.terminate()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


class _Pool(ProcessPoolExecutor):
    """A pool whose processes do not hear Ctrl-C, not even while they start."""

    def submit(
        self, work: Callable[..., Result], /, *args: object, **kwargs: object
    ) -> Future[Result]:
        with _uninterrupted():  # a process starts here if none is idle
            return super().submit(work, *args, **kwargs)


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Put Ctrl-C off for a moment; what is started within never hears of it.

    A process inherits which signals are blocked, but no handler.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    # It would let signals through again when it is started along with the first process.
    resource_tracker.ensure_running()
    came: list[int] = []
    in_main = threading.current_thread() is threading.main_thread()
    # Another thread may be given the signal in place of this one; only the main one acts on it.
    handler = signal.signal(signal.SIGINT, lambda *_: came.append(1)) if in_main else None
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        if handler is not None:
            signal.signal(signal.SIGINT, handler)
    if came:
        signal.raise_signal(signal.SIGINT)


def _receive(work: object, shared: object) -> None:
    # Ctrl-C reaches every process of the terminal; the one that asked decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _SHARED[:] = [work, shared]


def _do(pieces: Sequence[object]) -> list[Any]:  # Any: whatever the work returns
    work, shared = _SHARED
    assert callable(work)  # put there by in_order
    return [work(shared, piece) for piece in pieces]
