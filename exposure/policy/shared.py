"""Results that plans paid for the same losses have in common (共通の計算結果).

Plans of one product differ in a limit or two; whatever they have in common is worked out once.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar  # Any: results of several types

T = TypeVar("T")


class Shared:
    """Results already worked out, by what they depend on.

    Arrays and records they depend on are told apart by identity, and kept as long as the results:
    an identity is free for another object once nobody holds the first.

    Examples
    --------
    >>> shared = Shared()
    >>> shared.once("answer", lambda: 42), shared.once("answer", lambda: 0)
    (42, 42)
    >>> shared.once("sum", lambda: 3, [1, 2]), shared.once("sum", lambda: 7, [3, 4])
    (3, 7)
    """

    def __init__(self) -> None:
        self._known: dict[Hashable, tuple[Any, tuple[object, ...]]] = {}

    def once(self, key: Hashable, make: Callable[[], T], *of: object) -> T:
        """Return the result of this key for these very objects, made now if it is not there yet."""
        whole = key, *map(id, of)
        if whole not in self._known:
            self._known[whole] = make(), of
        found: T = self._known[whole][0]
        return found
