"""Whether a simulation fits into memory, asked before it starts (必要メモリの見積り)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any  # Any: columns of several types

import numpy as np
from numpy.typing import NDArray

from exposure.errors import DataError, Problem, Text
from exposure.tables import EventTable, LossItem, LossTable

_NUMBER = np.dtype(np.float64).itemsize
_MEGA = 1e6
_KIBI = 2**10
_MEMINFO = Path("/proc/meminfo")
_CGROUP = Path("/sys/fs/cgroup")


def bytes_needed(
    loss_years: int, events_per_loss_year: float, *, of_year: int, of_event: int, regimes: int = 1
) -> float:
    """Return about what the vectors of a simulation take. [byte].

    Those of events are there twice while the blocks are put together.

    Parameters
    ----------
    loss_years : int
        [year]
    events_per_loss_year : float
        [event/year]
    of_year, of_event : int
        Numbers kept of every loss year and of every event, under each regime.
    regimes : int

    Examples
    --------
    >>> bytes_needed(1000, 1.0, of_year=6, of_event=2)
    80000.0
    """
    of_all = of_year + 2 * of_event * events_per_loss_year
    return float(_NUMBER * regimes * loss_years * of_all)


def bytes_of_years(table: LossTable, loss_years: int) -> float:
    """Return about what a table of losses of so many years takes, going by one of a few. [byte].

    Twice the columns: the blocks, and the whole they become.

    Parameters
    ----------
    table : LossTable
        Of some of the years.
    loss_years : int
        [year]

    Examples
    --------
    >>> from exposure.arrays import Years
    >>> from exposure.tables import EventTable, LossItem
    >>> table = LossTable(EventTable(Years((2,)), {}), (LossItem("damages", np.ones(2)),))
    >>> bytes_of_years(table, 1000)
    16000.0
    """
    held = {id(column): column.nbytes for column in _arrays(table)}
    return 2.0 * sum(held.values()) * loss_years / table.events.years.n_years


def _arrays(table: LossTable) -> Iterator[NDArray[Any]]:
    """Yield the columns of a table; some stand in it several times."""
    records: tuple[EventTable | LossItem, ...] = (table.events, *table.items)
    for record in records:
        for field in fields(record):
            value = getattr(record, field.name)
            for column in value.values() if isinstance(value, Mapping) else (value,):
                if isinstance(column, np.ndarray):
                    yield column


def bytes_available() -> float:
    """Return the memory that can still be had; ``inf`` where the system does not say. [byte]."""
    return min(_of_container(), _of_machine())


def _of_machine() -> float:
    try:
        lines = _MEMINFO.read_text(encoding="ascii").splitlines()
        kibibytes = next(line.split()[1] for line in lines if line.startswith("MemAvailable:"))
        return float(kibibytes) * _KIBI
    except (OSError, ValueError, StopIteration):
        return float("inf")


def _of_container() -> float:
    try:
        most = (_CGROUP / "memory.max").read_text(encoding="ascii").strip()
        used = (_CGROUP / "memory.current").read_text(encoding="ascii").strip()
        return float("inf") if most == "max" else float(most) - float(used)
    except (OSError, ValueError):
        return float("inf")


def require_room(needed: float, available: float | None = None) -> None:
    """Refuse a simulation that would not fit into memory.

    Parameters
    ----------
    needed : float
        From `bytes_needed`. [byte]
    available : float, optional
        What the system says if left out. [byte]

    Raises
    ------
    DataError
        Saying what is needed and what there is.

    Examples
    --------
    >>> require_room(1e6, available=2e6)
    """
    room = bytes_available() if available is None else available
    if needed <= room:
        return
    need, have = round(needed / _MEGA), round(max(room, 0.0) / _MEGA)
    text = Text(
        f"メモリが足りません（必要 約{need:,}MB、空き 約{have:,}MB）。"
        "loss_years を減らすか、プランか賠償の前提を減らしてください",
        f"does not fit into memory (needs about {need:,} MB, {have:,} MB are free): ask for fewer"
        " loss_years, plans or regimes",
    )
    raise DataError(Problem("study", "loss_years", text))
