"""CPU time of pieces of work that take turns, so that a busy machine disturbs all of them alike."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

_TURN = 0.1  # CPU time of a turn: short work is repeated, for what ran before has cooled the cache


def best_times(work: Mapping[str, Callable[[], object]], repeats: int) -> dict[str, float]:
    """Return the least CPU time of each piece over rounds in which every piece runs once. [s]."""
    best = dict.fromkeys(work, float("inf"))
    for _ in range(repeats):
        for name, piece in work.items():
            spent = 0.0
            while spent < _TURN:
                start = time.process_time()
                piece()
                took = time.process_time() - start
                best[name] = min(best[name], took)
                spent += took
    return best
