"""What the machine has: memory for a simulation, processes for work (メモリと並列処理).

Each piece depends on its number alone, so that neither the number of processes nor their order
changes a figure. Ctrl-C is for the process that asked: the others never hear of it and end at once.
"""

from __future__ import annotations

import gc
import multiprocessing
import pickle
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import fields
from functools import lru_cache
from multiprocessing import resource_tracker
from pathlib import Path
from typing import (
    Any,  # Any: columns of several types
    TypeVar,
)

import numpy as np
from numpy.typing import NDArray

from exposure.errors import DataError, Problem, Text
from exposure.tables import EventTable, LossItem, LossTable

_NUMBER = np.dtype(np.float64).itemsize

_MEGA = 1e6

_KIBI = 2**10

_MEMINFO = Path("/proc/meminfo")

_CGROUP = Path("/sys/fs/cgroup")


def bytes_needed(
    loss_years: int, events_per_loss_year: float, *, of_year: int, of_event: float, regimes: int = 1
) -> float:
    """Return about what the vectors of a simulation take. [byte].

    Parameters
    ----------
    loss_years : int
        [year]
    events_per_loss_year : float
        [event/year]
    of_year, of_event : int, float
        Numbers kept of every loss year and of every event, under each regime.

    Examples
    --------
    >>> bytes_needed(1000, 1.0, of_year=6, of_event=2)
    64000.0
    """
    of_all = of_year + of_event * events_per_loss_year
    return float(_NUMBER * regimes * loss_years * of_all)


def bytes_of_years(table: LossTable, loss_years: int) -> float:
    """Return about what a table of losses of so many years takes, going by one of a few. [byte].

    Twice the columns: the blocks, and the whole they become.

    Parameters
    ----------
    table : LossTable
        Of some of the years.
    loss_years : int
        [year]

    Examples
    --------
    >>> from exposure.arrays import Years
    >>> from exposure.tables import EventTable, LossItem
    >>> table = LossTable(EventTable(Years((2,)), {}), (LossItem("damages", np.ones(2)),))
    >>> bytes_of_years(table, 1000)
    16000.0
    """
    held = {id(column): column.nbytes for column in _arrays(table)}
    return 2.0 * sum(held.values()) * loss_years / table.events.years.n_years


def _arrays(table: LossTable) -> Iterator[NDArray[Any]]:
    """Yield the columns of a table; some stand in it several times."""
    records: tuple[EventTable | LossItem, ...] = (table.events, *table.items)
    for record in records:
        for field in fields(record):
            value = getattr(record, field.name)
            for column in value.values() if isinstance(value, Mapping) else (value,):
                if isinstance(column, np.ndarray):
                    yield column


def bytes_available() -> float:
    """Return the memory that can still be had; ``inf`` where the system does not say. [byte]."""
    return min(_of_container(), _of_machine())


def _of_machine() -> float:
    try:
        lines = _MEMINFO.read_text(encoding="utf-8").splitlines()
        kibibytes = next(line.split()[1] for line in lines if line.startswith("MemAvailable:"))
        return float(kibibytes) * _KIBI
    except (OSError, ValueError, StopIteration):
        return float("inf")


def _of_container() -> float:
    try:
        most = (_CGROUP / "memory.max").read_text(encoding="utf-8").strip()
        used = (_CGROUP / "memory.current").read_text(encoding="utf-8").strip()
        return float("inf") if most == "max" else float(most) - float(used)
    except (OSError, ValueError):
        return float("inf")


def require_room(needed: float, available: float | None = None) -> None:
    """Refuse a simulation that would not fit into memory.

    Parameters
    ----------
    needed : float
        From `bytes_needed`. [byte]
    available : float, optional
        What the system says if left out. [byte]

    Raises
    ------
    DataError
        Saying what is needed and what there is.

    Examples
    --------
    >>> require_room(1e6, available=2e6)
    """
    room = bytes_available() if available is None else available
    if needed <= room:
        return
    need, have = round(needed / _MEGA), round(max(room, 0.0) / _MEGA)
    text = Text(
        f"メモリが足りません（必要 約{need:,}MB、空き 約{have:,}MB）。"
        "loss_years を減らすか、プランか賠償の前提を減らしてください",
        f"does not fit into memory (needs about {need:,} MB, {have:,} MB are free): ask for fewer"
        " loss_years, plans or regimes",
    )
    raise DataError(Problem("study", "loss_years", text))


Shared = TypeVar("Shared")

Piece = TypeVar("Piece")

Result = TypeVar("Result")


# The processes that everything within `same_processes` uses.
_OPEN: ContextVar[ProcessPoolExecutor | None] = ContextVar("_OPEN", default=None)


@contextmanager
def same_processes(workers: int, *, at_once: bool = False) -> Iterator[None]:
    """Let every `in_order` within use the same processes (作業プロセスの共用).

    A process that starts imports everything anew.

    Parameters
    ----------
    workers : int
        Processes; with 1 there are none.
    at_once : bool
        Start them now, not with the first piece.

    Examples
    --------
    >>> with same_processes(1):
    ...     list(in_order(max, 3, [1, 5]))
    [3, 5]
    """
    if workers < 2 or _OPEN.get() is not None:
        yield
        return
    with process_pool(workers, _ignore_interrupts) as pool:
        for _ in range(workers if at_once else 0):
            pool.submit(int)
        token = _OPEN.set(pool)
        try:
            yield
        finally:
            _OPEN.reset(token)


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
        Unpacked by each process once.
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
    packed = pickle.dumps((work, shared), pickle.HIGHEST_PROTOCOL)
    kept = _OPEN.get()
    with nullcontext(kept) if kept else process_pool(workers, _ignore_interrupts) as pool:
        # Left early, nothing is taken back, as pool.map would: a pool that ends trips over it.
        results = deque(pool.submit(_do, packed, chunk) for chunk in chunks)
        while results:
            yield from results.popleft().result()


_SET_APART = gc.get_freeze_count()  # Python 3.12 starts with some


@contextmanager
def spared_objects() -> Iterator[Callable[[], None]]:
    """Give a function that sets all objects there are apart from Python's collector of cycles.

    The collector walks over what is kept again and again: over the figures of some hundred draws it
    takes longer than to work them out. What is set apart is looked at again at the end.

    Examples
    --------
    >>> import gc
    >>> with spared_objects() as spare:
    ...     spare()
    ...     gc.get_freeze_count() > 0
    True
    >>> gc.get_freeze_count()
    0
    """
    if gc.get_freeze_count() > _SET_APART:  # somebody else's, who would lose them at the end
        yield lambda: None
        return

    def spare() -> None:
        gc.collect()  # or cycles that nobody needs would stay as well
        gc.freeze()

    try:
        yield spare
    finally:
        gc.unfreeze()


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
        for child in set(multiprocessing.active_children()) - before:
            child.terminate()
        raise
    finally:
        # Waits for the thread that looks after them: Python would trip over it when it ends.
        pool.shutdown(wait=True, cancel_futures=True)


class _Pool(ProcessPoolExecutor):
    """A pool whose processes do not hear Ctrl-C, not even while they start."""

    def submit(
        self, work: Callable[..., Result], /, *args: object, **kwargs: object
    ) -> Future[Result]:
        with _hold_interrupts():  # a process starts here if none is idle
            return super().submit(work, *args, **kwargs)


@contextmanager
def _hold_interrupts() -> Iterator[None]:
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


def _ignore_interrupts() -> None:
    # Ctrl-C reaches every process of the terminal; the one that asked decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@lru_cache(maxsize=1)
def _unpacked(packed: bytes) -> tuple[Callable[[object, object], Any], object]:
    """Return the work and what its pieces share; kept, as many pieces come with the same."""
    work, shared = pickle.loads(packed)
    return work, shared


def _do(packed: bytes, pieces: Sequence[object]) -> list[Any]:  # Any: whatever the work returns
    work, shared = _unpacked(packed)
    return [work(shared, piece) for piece in pieces]
