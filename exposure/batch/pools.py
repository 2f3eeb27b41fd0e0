"""Executors for the engine: processes of this machine, or an existing Dask cluster.

A pool is opened by a context manager that yields the executor and the number of tasks it runs at a
time, and that leaves no process behind, however it is left.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import AbstractContextManager, contextmanager, suppress

from exposure.errors import DataError, Problem, Text

_CONNECT = "10s"

OpenPool = Callable[[], AbstractContextManager[tuple[Executor, int]]]


def usable_processors() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def local_pool(workers: int) -> OpenPool:
    """Return what opens a pool of processes on this machine (1台での並列処理).

    Parameters
    ----------
    workers : int
        Processes.
    """

    @contextmanager
    def open_pool() -> Iterator[tuple[Executor, int]]:
        from exposure.study.parallel import process_pool

        with process_pool(workers, _start_worker) as pool:
            yield pool, workers

    return open_pool


def _start_worker() -> None:
    """Leave interrupts to the parent, and end with it even if it is killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    from multiprocessing import parent_process
    from multiprocessing.connection import wait

    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def cluster_pool(address: str) -> OpenPool:
    """Return what connects to a Dask scheduler (既存のDaskクラスター).

    Parameters
    ----------
    address : str
        Of the scheduler, as ``tcp://10.0.0.1:8786``. Its workers need the same version installed.

    Raises
    ------
    DataError
        When the pool is opened, if nobody answers there or no worker is connected.
    """

    @contextmanager
    def open_pool() -> Iterator[tuple[Executor, int]]:
        client = _connected(address)
        try:
            width = sum(client.ncores().values())
            if not width:
                text = Text(
                    "このスケジューラには作業プロセスがありません。dask worker を起動してください",
                    "no worker is connected to this scheduler; start one with `dask worker`",
                )
                raise DataError(Problem("--scheduler", "", text, address))
            executor = client.get_executor(pure=False)
            try:
                yield executor, width
            finally:
                executor.shutdown(wait=False)
        finally:
            with suppress(Exception):  # the scheduler may be gone already
                client.close()

    return open_pool


def _connected(address: str):  # type: ignore[no-untyped-def]  # a client of an untyped library
    try:
        from distributed import Client
    except ImportError:
        text = Text(
            "クラスターを使うには pip install 'breach-exposure[cluster]' が必要です",
            "a cluster needs pip install 'breach-exposure[cluster]'",
        )
        raise DataError(Problem("--scheduler", "", text, address)) from None
    try:
        return Client(address, set_as_default=False, timeout=_CONNECT)  # type: ignore[no-untyped-call]  # as above
    except (OSError, ValueError, TypeError) as error:  # TimeoutError is an OSError
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        text = Text(
            f"スケジューラに接続できません（{reason}）", f"no scheduler answers there ({reason})"
        )
        raise DataError(Problem("--scheduler", "", text, address)) from None
