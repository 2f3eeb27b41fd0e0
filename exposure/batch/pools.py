"""Executors for the engine: processes of this machine, or an existing Dask cluster.

A pool is opened by a context manager that yields the executor and the number of tasks it runs at a
time, and that leaves no process behind, however it is left.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, suppress
from urllib.parse import urlsplit

from exposure.errors import DataError, Problem, Text
from exposure.files import reason_of

_CONNECT = "10s"
_ANSWER_SECONDS = 5
_SCHEMES = ("tcp", "tls")

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
        At once if no scheduler answers there; when the pool is opened, if it has no worker.
    """
    _check_address(address)
    _check_scheduler(address)

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


def _check_address(address: str) -> None:
    """Refuse what is no address, or one where nothing listens."""
    try:
        parts = urlsplit(address)
        named, port = parts.hostname, parts.port
    except ValueError:
        named, port = None, None
    if parts.scheme not in _SCHEMES or not named or not port or parts.path.strip("/"):
        text = Text(
            "tcp://10.0.0.1:8786 の形で指定してください",
            "expected an address as tcp://10.0.0.1:8786",
        )
        raise DataError(Problem("--scheduler", "", text, address))
    try:
        with socket.create_connection((named, port), timeout=_ANSWER_SECONDS):
            pass
    except (OSError, UnicodeError) as error:
        raise _no_scheduler(address, error) from None


def _no_scheduler(address: str, error: Exception) -> DataError:
    if isinstance(error, TimeoutError):
        why = Text("応答がありません", "no answer")
    elif isinstance(error, OSError):
        why = reason_of(error)
    else:
        why = Text("Daskのスケジューラではありません", "what answers is no Dask scheduler")
    text = Text(
        f"スケジューラに接続できません（{why.ja}）", f"no scheduler answers there ({why.en})"
    )
    return DataError(Problem("--scheduler", "", text, address))


def _check_scheduler(address: str) -> None:
    """Ask whoever listens who it is; a client of another program would wait, and not let go."""
    try:
        from distributed import Security
        from distributed.core import rpc
    except ImportError:
        text = Text(
            "クラスターを使うには pip install 'breach-exposure[cluster]' が必要です",
            "a cluster needs pip install 'breach-exposure[cluster]'",
        )
        raise DataError(Problem("--scheduler", "", text, address)) from None

    async def ask() -> object:
        arguments = Security().get_connection_args("client")  # type: ignore[no-untyped-call]  # of an untyped library
        other = rpc(address, timeout=_ANSWER_SECONDS, connection_args=arguments)  # type: ignore[no-untyped-call]  # as above
        async with other:
            answer = await asyncio.wait_for(other.identity(), _ANSWER_SECONDS)
        return answer.get("type") if isinstance(answer, Mapping) else None

    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what it says is said below
    try:
        with ThreadPoolExecutor(1) as beside:  # there may be a loop here already
            kind = beside.submit(asyncio.run, ask()).result()
    except Exception as error:  # of whatever library listens or reads there
        raise _no_scheduler(address, error) from None
    if kind != "Scheduler":
        raise _no_scheduler(address, ValueError(str(kind)))


def _connected(address: str):  # type: ignore[no-untyped-def]  # a client of an untyped library
    from distributed import Client

    try:
        return Client(address, set_as_default=False, timeout=_CONNECT)  # type: ignore[no-untyped-call]  # as above
    except (OSError, ValueError, TypeError) as error:  # TimeoutError is an OSError
        raise _no_scheduler(address, error) from None
