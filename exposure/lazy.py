"""Results worked out once: properties kept in their object, and what several have in common.

Unlike those of the standard library up to Python 3.11 the properties hold no lock that all objects
share: payments ask one another, and two threads would wait for each other for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar, overload  # Any: of whatever type

T = TypeVar("T")


class lazy(Generic[T]):  # noqa: N801  # used like property
    """Keep what a method returns in the object; two threads at once both work it out.

    Parameters
    ----------
    make : callable
        Of the object alone.

    Examples
    --------
    >>> class Circle:
    ...     @lazy
    ...     def area(self) -> float:
    ...         print("worked out")
    ...         return 3.14
    >>> one = Circle()
    >>> one.area, one.area
    worked out
    (3.14, 3.14)
    """

    def __init__(self, make: Callable[[Any], T]) -> None:
        self.make, self.__doc__, self.name = make, make.__doc__, make.__name__

    @overload
    def __get__(self, of: None, owner: type) -> lazy[T]: ...
    @overload
    def __get__(self, of: object, owner: type) -> T: ...
    def __get__(self, of: object | None, owner: type) -> lazy[T] | T:
        """Work the value out; the next time it is found in the object itself."""
        if of is None:
            return self
        value = of.__dict__[self.name] = self.make(of)
        return value


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
