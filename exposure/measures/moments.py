"""Mean and spread of long vectors, stretch by stretch in the cache.

What is done to a vector of a million years in one go is done in main memory; here nothing larger
than a stretch is ever written.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from exposure.arrays import FloatArray

# Few enough values that a handful of stretches stays in the cache.
_STRETCH = 2**15


@dataclass(frozen=True)
class Moments:
    """Mean and spread of a sample (平均とばらつき).

    Parameters
    ----------
    n : int
        Sample size, 2 or more.
    total : float
        Sum of the values.
    squares : float
        Sum of the squared deviations from the mean.
    """

    n: int
    total: float
    squares: float

    @property
    def mean(self) -> float:
        """Mean of the sample."""
        return self.total / self.n

    @property
    def standard_error(self) -> float:
        """Standard error of the mean of independent values."""
        return math.sqrt(self.squares / (self.n - 1)) / math.sqrt(self.n)

    @property
    def turned(self) -> Moments:
        """The moments of the values with the other sign."""
        return Moments(self.n, -self.total, self.squares)


def stretches(n: int) -> Iterator[slice]:
    """Return the stretches of a vector of n values.

    Examples
    --------
    >>> list(stretches(3))
    [slice(0, 3, None)]
    """
    return (slice(start, min(start + _STRETCH, n)) for start in range(0, n, _STRETCH))


def moments(values: FloatArray, less: FloatArray | None = None) -> Moments:
    """Return mean and spread of a sample, or of the difference of two (平均とばらつき).

    Parameters
    ----------
    values : (n,) array
    less : (n,) array, optional
        To be taken off the values, pair by pair.

    Raises
    ------
    ValueError
        If there are fewer than two values.

    Notes
    -----
    Squares of deviations are taken from the mean of their stretch, and what the stretches differ
    in is added [1]_, so that nothing is lost where the mean is large against the spread.

    References
    ----------
    .. [1] Chan, Golub, LeVeque (1983), The American Statistician 37(3).

    Examples
    --------
    >>> moments(np.array([5.0, 9.0]), np.array([4.0, 6.0]))
    Moments(n=2, total=4.0, squares=2.0)
    """
    n = values.size
    if n < 2:
        raise ValueError(f"{n} value(s) say nothing about their spread: two are needed")
    room = np.empty(min(n, _STRETCH))
    parts: list[tuple[int, float, float]] = []
    for part in stretches(n):
        own, kept = values[part], room[: part.stop - part.start]
        if less is not None:
            own = np.subtract(own, less[part], out=kept)
        total = np.add.reduce(own)
        np.square(np.subtract(own, total / own.size, out=kept), out=kept)
        parts.append((own.size, float(total), float(np.add.reduce(kept))))
    total = sum(total for _, total, _ in parts)
    mean = total / n
    within = sum(squares for _, _, squares in parts)
    between = sum(size * (total / size - mean) ** 2 for size, total, _ in parts)
    return Moments(n, total, within + between)
