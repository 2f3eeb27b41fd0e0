"""Days that a wording works out from others: events that count as found on one day (みなし日).

Whether such a day meets a condition is left to ``conditions``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from exposure.arrays import DateArray, Years
from exposure.policy.conditions import fact
from exposure.policy.terms import Day
from exposure.tables import NOT_STATED, EventTable

_DAY = np.timedelta64(1, "D")


def with_deemed_days(events: EventTable, derive: Mapping[str, Day]) -> EventTable:
    """Add the days that a wording works out from others (みなし日).

    An event found within so many days after an earlier one of the same period counts as found on
    that one's day.
    """
    if not derive:
        return events
    facts = dict(events.facts)
    for name, rule in derive.items():
        days = np.broadcast_to(
            np.asarray(fact(rule.date, events, None), dtype="datetime64[D]"), events.n_events
        )
        within = rule.same_day_within_days * _DAY
        deemed = _deemed_in_order(days, events.years, within)
        facts[name] = _deemed(days, events.years, within) if deemed is None else deemed
    return replace(events, facts=facts)


def _deemed_in_order(days: DateArray, years: Years, within: np.timedelta64) -> DateArray | None:
    """Return the days that count if each year's are in order, or None if they are not.

    Days that count lie further apart than the rule reaches, so only the last of them can be near.
    """
    deemed = days.copy()
    last = np.full(years.n_years, NOT_STATED)
    for part, size in zip(years.slices(), years.sizes, strict=True):
        own, base = deemed[part], last[:size]
        lag = own - base
        if (lag < 0 * _DAY).any():
            return None
        near = lag <= within
        np.copyto(own, base, where=near)
        np.copyto(base, own, where=~np.isnat(own))
    return deemed


def _deemed(days: DateArray, years: Years, within: np.timedelta64) -> DateArray:
    deemed = days.copy()
    parts = list(years.slices())
    for j, part in enumerate(parts):
        size = part.stop - part.start
        own = deemed[part]
        open_still = ~np.isnat(own)
        for earlier in parts[:j]:
            base = deemed[earlier][:size]
            lag = days[part] - base
            near = (lag >= 0 * _DAY) & (lag <= within) & open_still
            own[near] = base[near]
            open_still &= ~near
    return deemed
