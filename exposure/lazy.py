"""What is kept for later: results worked out once, and memory given back (再利用).

Unlike those of the standard library up to Python 3.11 the properties hold no lock that all objects
share: payments ask one another, and two threads would wait for each other for ever.

A block of a simulation makes and drops hundreds of arrays of a hundred kilobytes and more. The
allocator of Linux hands such memory back to the system at once, which then clears a page for every
512 numbers of the next array: up to a third of the time of a simulation.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Hashable
from typing import (
    Any,  # Any: of whatever type
    Generic,
    TypeVar,
    overload,
)

import numpy as np

T = TypeVar("T")


class lazy(Generic[T]):  # noqa: N801  # used like property
    """Keep what a method returns in the object; two threads at once both work it out.

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
        known = self._known.get(whole)
        if known is None:
            known = self._known[whole] = make(), of
        found: T = known[0]
        return found


# glibc never puts its threshold higher. https://man7.org/linux/man-pages/man3/mallopt.3.html
_MOST = 2**25

# What the allocator keeps at most of the memory given back: twice that threshold. [byte]
FREED_KEPT = 2 * _MOST


@functools.cache
def keep_freed_memory() -> None:
    """Have the allocator keep up to 64 MiB of freed memory for reuse (メモリーの再利用).

    The largest block given back so far decides what counts as large [1]_. One array that nothing is
    written to raises that to its highest value and costs nothing; other allocators ignore it.

    References
    ----------
    .. [1] mallopt(3), "Dynamic mmap threshold".

    Examples
    --------
    >>> keep_freed_memory()
    """
    np.empty(_MOST - 2**16, dtype=np.uint8)


# More than the typesetter takes for a report of two hundred pages.
_FOR_LIBRARIES = 2**28


def require_memory() -> None:
    """Raise `MemoryError` where a library would end the whole program for lack of memory.

    Examples
    --------
    >>> require_memory()
    """
    np.empty(_FOR_LIBRARIES, dtype=np.uint8)
