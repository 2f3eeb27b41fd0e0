"""Run many tasks on processes or a Dask cluster, and outlive those that die on the way.

Written against ``concurrent.futures.Executor``. Knows nothing of clients; a task that answers at
all, with a result or with what went wrong, has its answer handed on. What is counted here are
processes that end without an answer.

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
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    ThreadPoolExecutor,
)
from concurrent.futures import wait as wait_for
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Generic, TypeVar
from urllib.parse import urlsplit

from exposure.errors import DataError, Problem, Text
from exposure.files import reason_of

Task = TypeVar("Task")

Answer = TypeVar("Answer")


# A task is given up when it ends its process twice while nothing else runs beside it.
_MOST_ENDS = 2

# So many ends in a row, of whatever tasks, and the machinery itself is broken.
_MOST_IN_A_ROW = 12


class EngineError(Exception):
    """No working process stays alive long enough to answer (処理基盤の異常)."""


class NoAnswer:
    """What stands for the answer of a task whose process ended each time (応答なし)."""

    def __init__(self, reason: str) -> None:
        self.reason = reason


def answers(
    open_pool: Callable[[], AbstractContextManager[tuple[Executor, int]]],
    work: Callable[[Task], Answer],
    tasks: Iterable[Task],
) -> Generator[tuple[Task, Answer | NoAnswer], None, None]:
    """Yield each task with its answer, as they come in (タスクの実行).

    Parameters
    ----------
    open_pool : callable
        Opens an executor and says how many tasks it runs at a time; called again when it breaks.
    work : callable
        Must be importable by name in another process.
    tasks : iterable
        Taken as they are needed, so that a long list is never held as futures.

    Raises
    ------
    EngineError
        If pools keep breaking.

    Examples
    --------
    >>> from concurrent.futures import ThreadPoolExecutor
    >>> from contextlib import contextmanager
    >>> @contextmanager
    ... def two_threads():
    ...     with ThreadPoolExecutor(2) as pool:
    ...         yield pool, 2
    >>> sorted(answer for _, answer in answers(two_threads, abs, [-1, -2, -3]))
    [1, 2, 3]
    """
    run = _Run(work, tasks)
    while run.has_work():
        with open_pool() as (pool, width):
            yield from run.on(pool, width)


class _Run(Generic[Task, Answer]):
    """Tasks to do, tasks at work, and tasks under suspicion of ending their process."""

    def __init__(self, work: Callable[[Task], Answer], tasks: Iterable[Task]) -> None:
        self.work = work
        self.fresh = iter(tasks)
        self.next: deque[Task] = deque()
        self.suspects: deque[Task] = deque()
        self.ends: Counter[int] = Counter()
        self.in_a_row = 0

    def has_work(self) -> bool:
        if not self.next:
            self.next.extend(_first(self.fresh))
        return bool(self.next or self.suspects)

    def on(self, pool: Executor, width: int) -> Iterator[tuple[Task, Answer | NoAnswer]]:
        """Work on one pool until all is done or the pool breaks."""
        at_work: dict[Future[Answer], Task] = {}
        is_broken = False
        while not is_broken or at_work:
            if not is_broken:
                is_broken = not self._submit(pool, at_work, width)
            if not at_work:
                return
            alone = len(at_work) == 1
            finished, _ = wait_for(at_work, return_when=FIRST_COMPLETED)
            for future in finished:
                task = at_work.pop(future)
                error = _error_of(future)
                if error is None:
                    self.in_a_row = 0
                    self.ends.pop(id(task), None)
                    yield task, future.result()
                    continue
                is_broken = is_broken or isinstance(error, BrokenExecutor)
                given_up = self._suspect(task, error, alone)
                if given_up is not None:
                    yield task, given_up

    def _submit(self, pool: Executor, at_work: dict[Future[Answer], Task], width: int) -> bool:
        """Fill the pool; suspects go in alone. Say whether the pool still takes tasks."""
        # Twice the width keeps every process busy while answers are written down.
        room = 1 if self.suspects else 2 * width
        while len(at_work) < room and (not self.suspects or not at_work) and self.has_work():
            task = (self.suspects or self.next).popleft()
            try:
                at_work[pool.submit(self.work, task)] = task
            except (BrokenExecutor, RuntimeError) as error:
                self._count(str(error))
                self.suspects.appendleft(task)
                return False
        return True

    def _suspect(self, task: Task, error: BaseException, alone: bool) -> NoAnswer | None:
        """Put a task without an answer aside, or give it up if it was alone each time."""
        self._count(str(error))
        if alone:
            self.ends[id(task)] += 1
            if self.ends[id(task)] >= _MOST_ENDS:
                del self.ends[id(task)]
                return NoAnswer(f"{type(error).__name__}: {error}".strip(": "))
        self.suspects.append(task)
        return None

    def _count(self, reason: str) -> None:
        self.in_a_row += 1
        if self.in_a_row > _MOST_IN_A_ROW:
            raise EngineError(reason)


def _first(tasks: Iterator[Task]) -> list[Task]:
    for task in tasks:
        return [task]
    return []


def _error_of(future: Future[Answer]) -> BaseException | None:
    try:
        return future.exception()
    except CancelledError as error:
        return error


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
    """Return what opens a pool of processes on this machine (1台での並列処理)."""

    @contextmanager
    def open_pool() -> Iterator[tuple[Executor, int]]:
        from exposure.simulation.machine import process_pool

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

    ``address`` is as ``tcp://10.0.0.1:8786``. The workers there need the same version installed.

    Raises
    ------
    DataError
        At once if no scheduler answers there; when the pool is opened, if it has no worker.
    """
    _check_address(address)
    _check_scheduler(address)

    @contextmanager
    def open_pool() -> Iterator[tuple[Executor, int]]:
        client = _connect(address)
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


def _connect(address: str):  # type: ignore[no-untyped-def]  # a client of an untyped library
    from distributed import Client

    try:
        return Client(address, set_as_default=False, timeout=_CONNECT)  # type: ignore[no-untyped-call]  # as above
    except (OSError, ValueError, TypeError) as error:  # TimeoutError is an OSError
        raise _no_scheduler(address, error) from None
