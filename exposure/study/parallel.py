"""Run independent pieces of work on several processes, with the same results as on one.

Each piece depends on its number alone, so that neither the number of processes nor their order
changes a figure.
"""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
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
    context = multiprocessing.get_context("spawn")
    chunk = max(len(pieces) // (workers * _CHUNKS_PER_WORKER), 1)
    with ProcessPoolExecutor(
        workers, mp_context=context, initializer=_receive, initargs=(work, shared)
    ) as pool:
        yield from pool.map(_do, pieces, chunksize=chunk)


# Few enough to keep the messages small, enough to keep every process busy to the end.
_CHUNKS_PER_WORKER = 2**3


def _receive(work: object, shared: object) -> None:
    # Ctrl-C reaches every process of the terminal; the one that asked decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _SHARED[:] = [work, shared]


def _do(piece: object) -> Any:  # Any: whatever the work returns
    work, shared = _SHARED
    assert callable(work)  # put there by in_order
    return work(shared, piece)
