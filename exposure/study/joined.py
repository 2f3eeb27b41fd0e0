"""Put the loss tables of several blocks into one (区画の結合).

Years of all blocks are ordered by their number of events again, so that the table is one like any
other; within a year the events keep their order.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any  # Any: columns of several kinds, each put in order the same way

import numpy as np

from exposure.arrays import IntArray, Years
from exposure.tables import LossTable, combined


def joined(tables: Sequence[LossTable]) -> LossTable:
    """Return one table with the years of all (損害の一覧の結合).

    Parameters
    ----------
    tables : sequence of LossTable
        Of the same model: with the same items in the same order.

    Examples
    --------
    >>> from exposure.tables import EventTable, LossItem
    >>> def table(sizes, amount):
    ...     return LossTable(EventTable(Years(sizes), {}), (LossItem("damages", amount),))
    >>> whole = joined([table((1,), np.array([5.0])), table((1, 1), np.array([3.0, 4.0]))])
    >>> whole.events.years.sizes, whole.items[0].amount
    ((2, 1), array([3., 5., 4.]))
    """
    return tables[0] if len(tables) == 1 else stacked(tables)[0]


def stacked(tables: Sequence[LossTable]) -> tuple[LossTable, IntArray]:
    """Return one table with the years of all, and where each of them stands (損害の一覧の結合).

    Parameters
    ----------
    tables : sequence of LossTable
        As in `joined`.

    Returns
    -------
    LossTable
    (n_years,) array
        Place in it of every year of the first table, then of the second, and so on.
    """
    events = [table.events for table in tables]
    place, rank, years = _places([one.years for one in events])
    sizes = [one.n_events for one in events]
    return combined(tables, years, lambda parts: _spread(parts, sizes, place)), rank


def _spread(parts: Sequence[Any], sizes: Sequence[int], place: IntArray) -> Any:
    """Put the parts of all blocks at their places."""
    whole = np.concatenate(
        [np.broadcast_to(np.asarray(part), n) for part, n in zip(parts, sizes, strict=True)]
    )
    out = np.empty_like(whole)
    out[place] = whole
    return out


def _places(blocks: Sequence[Years]) -> tuple[IntArray, IntArray, Years]:
    """Return where the events and years of all blocks, in turn, go in the joined table."""
    counts = [
        np.sum([np.arange(years.n_years) < size for size in years.sizes], axis=0)
        for years in blocks
    ]
    count = np.concatenate(counts)
    rank = np.empty(count.size, dtype=np.int64)
    rank[np.argsort(-count, kind="stable")] = np.arange(count.size)
    sizes = tuple(int((count > j).sum()) for j in range(int(count.max())))
    offset = np.concatenate(([0], np.cumsum(sizes))).astype(np.int64)
    places, before = [], 0
    for years in blocks:
        for j, size in enumerate(years.sizes):
            places.append(offset[j] + rank[before : before + size])
        before += years.n_years
    place: IntArray = np.concatenate(places)
    return place, rank, Years(sizes)
