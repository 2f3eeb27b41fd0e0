"""Properties that ask one another across objects must not make threads wait for each other."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from exposure.lazy import lazy


class Asking:
    """Two properties that ask each other's in another object, once both threads are inside."""

    def __init__(self, inside: threading.Barrier) -> None:
        self.inside = inside
        self.other: Asking

    @lazy
    def first(self) -> int:
        self.inside.wait(timeout=10)
        return self.other.second_alone

    @lazy
    def second(self) -> int:
        self.inside.wait(timeout=10)
        return self.other.first_alone

    @lazy
    def first_alone(self) -> int:
        return 1

    @lazy
    def second_alone(self) -> int:
        return 2


def test_threads_do_not_wait_for_each_other() -> None:
    # Both threads are inside the same property of different objects at once, or the wait fails.
    inside = threading.Barrier(2)
    one, other = Asking(inside), Asking(inside)
    one.other, other.other = other, one
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(lambda asked: asked.first, (one, other))) == [2, 2]
        assert list(pool.map(lambda asked: asked.second, (one, other))) == [1, 1]
