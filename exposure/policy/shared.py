"""Results that plans paid for the same losses have in common (共通の計算結果).

Plans of one product differ in a limit or two; whatever they have in common is worked out once.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar  # Any: results of several types

T = TypeVar("T")


class Shared:
    """Results already worked out for one loss table and one period, by what they depend on.

    Keys may name an array or record by its identity as long as it is part of the loss table or of
    a result kept here, which keeps it alive.

    Examples
    --------
    >>> shared = Shared()
    >>> shared.once("answer", lambda: 42), shared.once("answer", lambda: 0)
    (42, 42)
    """

    def __init__(self) -> None:
        self._known: dict[Hashable, Any] = {}

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return the result of this key, made now if it is not there yet."""
        if key not in self._known:
            self._known[key] = make()
        found: T = self._known[key]
        return found
