"""Properties worked out when they are first asked for, and then kept.

Unlike those of the standard library up to Python 3.11 they hold no lock that all objects share:
payments ask one another, and two threads would wait for each other for ever.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload  # Any: whatever class has the property

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
