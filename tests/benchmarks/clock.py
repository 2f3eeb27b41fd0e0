"""CPU time of pieces of work that take turns, so that a busy machine disturbs all of them alike."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping


def best_times(work: Mapping[str, Callable[[], object]], repeats: int) -> dict[str, float]:
    """Return the least CPU time of each piece over rounds in which every piece runs once. [s]."""
    best = dict.fromkeys(work, float("inf"))
    for _ in range(repeats):
        for name, piece in work.items():
            start = time.process_time()
            piece()
            best[name] = min(best[name], time.process_time() - start)
    return best
