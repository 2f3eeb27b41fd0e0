"""Named random streams: one per purpose and block; a draw added in one place moves no other.

Leaves to others what is drawn.
"""

from __future__ import annotations

import functools
import zlib
from dataclasses import dataclass
from typing import Any  # NumPy's own signature

import numpy as np
from numpy.typing import NDArray

_KEPT = 2**11  # streams of some thirty blocks


def stream(seed: int, purpose: str, block: int = 0) -> np.random.Generator:
    """Return the generator of one purpose and block (用途別の乱数系列).

    Parameters
    ----------
    seed : int
        The study's seed, 0 or more.
    purpose : str
        ``"frequency"``, ``"size"``, ….  Keyed by its text, not by its position.
    block : int
        Number of the block of loss years.

    Examples
    --------
    >>> a = stream(1, "size").random()
    >>> bool(a == stream(1, "size").random()), bool(a == stream(1, "price").random())
    (True, False)
    """
    return np.random.Generator(np.random.SFC64(_seeds(seed, purpose, block)))


@dataclass(frozen=True)
class Luck:
    """What decides every draw of one block of loss years (乱数の種と区画).

    Examples
    --------
    >>> bool(Luck(1, 2).stream("size").random() == stream(1, "size", 2).random())
    True
    """

    seed: int
    block: int = 0

    def stream(self, purpose: str) -> np.random.Generator:
        """Return the generator of one purpose (用途別の乱数系列)."""
        return stream(self.seed, purpose, self.block)


class _Seeds(np.random.SeedSequence):
    """A seed sequence that keeps the words it has worked out."""

    def __init__(self, entropy: NDArray[np.uint32] | list[int]) -> None:
        super().__init__(entropy)
        self.words: dict[object, NDArray[Any]] = {}

    def generate_state(self, n_words: int, dtype: Any = np.uint32) -> NDArray[Any]:
        """Return the words of a state, the same whenever they are asked for."""
        asked = n_words, dtype
        if asked not in self.words:
            self.words[asked] = super().generate_state(n_words, dtype)
        return self.words[asked]


@functools.lru_cache(maxsize=_KEPT)
def _seeds(seed: int, purpose: str, block: int) -> _Seeds:
    # Mixing a seed takes several times as long as the rest of making a generator, and a study asks
    # for the streams of its first blocks anew with every draw of its parameters.
    entropy = [seed, zlib.crc32(purpose.encode("utf-8")), block]
    # An array is taken in half the time of a list, which numbers beyond 32 bits need.
    return _Seeds(np.array(entropy, dtype=np.uint32) if max(entropy) < 2**32 else entropy)
