"""Named random streams: one per purpose and block; a draw added in one place moves no other.

Leaves to others what is drawn.
"""

from __future__ import annotations

import zlib

import numpy as np


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
    key = zlib.crc32(purpose.encode("utf-8"))
    return np.random.Generator(np.random.SFC64(np.random.SeedSequence([seed, key, block])))
