"""Run many tasks on any executor, and outlive the processes that die on the way.

Written against ``concurrent.futures.Executor``. Knows nothing of clients; a task that answers at
all, with a result or with what went wrong, has its answer handed on. What is counted here are
processes that end without an answer.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Executor, Future
from concurrent.futures import wait as wait_for
from contextlib import AbstractContextManager
from typing import Generic, TypeVar

Task = TypeVar("Task")
Answer = TypeVar("Answer")

# A task is given up when it ends its process twice while nothing else runs beside it.
_MOST_ENDS = 2
# So many ends in a row, of whatever tasks, and the machinery itself is broken.
_MOST_IN_A_ROW = 12


class EngineError(Exception):
    """No working process stays alive long enough to answer (処理基盤の異常)."""


class NoAnswer:
    """What stands for the answer of a task whose process ended each time (応答なし).

    Parameters
    ----------
    reason : str
        What the executor said.
    """

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
