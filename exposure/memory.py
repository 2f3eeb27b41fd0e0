"""Memory: what arrays give back is kept for the next ones, and what is lacking is said in time.

A block of a simulation makes and drops hundreds of arrays of a hundred kilobytes and more. The
allocator of Linux hands such memory back to the system at once, which then clears a page for every
512 numbers of the next array: up to a third of the time of a simulation.
"""

from __future__ import annotations

import functools

import numpy as np

# glibc never puts its threshold higher. https://man7.org/linux/man-pages/man3/mallopt.3.html
_MOST = 2**25


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


def require_memory(n_bytes: int = _FOR_LIBRARIES) -> None:
    """Raise `MemoryError` where a library would end the whole program for lack of memory.

    Examples
    --------
    >>> require_memory()
    """
    np.empty(n_bytes, dtype=np.uint8)
