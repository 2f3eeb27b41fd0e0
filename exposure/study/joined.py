"""Put the loss tables of several blocks into one (区画の結合).

Years of all blocks are ordered by their number of events again, so that the table is one like any
other; within a year the events keep their order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any  # Any: columns of several kinds, each put in order the same way

import numpy as np

from exposure.arrays import IntArray, Years
from exposure.tables import EventTable, LossItem, LossTable

_EVENT_COLUMNS = ("cause", "group", "persons", "notified", "claimants", "attack_type", "tech")
_ITEM_COLUMNS = (
    "amount", "units", "per_unit", "per_unit_before", "officer_days", "employee_days",
)  # fmt: skip


def joined(tables: Sequence[LossTable]) -> LossTable:
    """Return one table with the years of all (損害の一覧の結合).

    Parameters
    ----------
    tables : sequence of LossTable
        Of the same model: with the same items in the same order.

    Examples
    --------
    >>> def table(sizes, amount):
    ...     return LossTable(EventTable(Years(sizes), {}), (LossItem("damages", amount),))
    >>> whole = joined([table((1,), np.array([5.0])), table((1, 1), np.array([3.0, 4.0]))])
    >>> whole.events.years.sizes, whole.items[0].amount
    ((2, 1), array([3., 5., 4.]))
    """
    if len(tables) == 1:
        return tables[0]
    events = [table.events for table in tables]
    place, years = _places([one.years for one in events])
    sizes = [one.n_events for one in events]

    def of_events(field: str) -> dict[str, Any]:
        """Join a mapping of the events: facts, exclusions or exceptions."""
        maps = [getattr(one, field) for one in events]
        return {name: _spread([of[name] for of in maps], sizes, place) for name in maps[0]}

    def columns(rows: Sequence[EventTable | LossItem], fields: Sequence[str]) -> dict[str, Any]:
        """Join the columns that are there."""
        found = {field: [getattr(row, field) for row in rows] for field in fields}
        there = {field: parts for field, parts in found.items() if parts[0] is not None}
        return {field: _spread(parts, sizes, place) for field, parts in there.items()}

    whole = replace(
        events[0],
        years=years,
        facts=of_events("facts"),
        exclusions=of_events("exclusions"),
        exceptions=of_events("exceptions"),
        **columns(events, _EVENT_COLUMNS),
    )
    items = (
        replace(parts[0], **columns(parts, _ITEM_COLUMNS))
        for parts in zip(*(table.items for table in tables), strict=True)
    )
    return LossTable(whole, tuple(items))


def _spread(parts: Sequence[Any], sizes: Sequence[int], place: IntArray) -> Any:
    """Put the parts of all blocks at their places; what holds everywhere stays a scalar."""
    scalar = not any(isinstance(part, np.ndarray) for part in parts)
    if scalar and all(part == parts[0] for part in parts):
        return parts[0]
    whole = np.concatenate(
        [np.broadcast_to(np.asarray(part), n) for part, n in zip(parts, sizes, strict=True)]
    )
    out = np.empty_like(whole)
    out[place] = whole
    return out


def _places(blocks: Sequence[Years]) -> tuple[IntArray, Years]:
    """Return where the events of all blocks, one after the other, go in the joined table."""
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
    return place, Years(sizes)
