"""Whether what a wording asks for is true of an event or a loss item, and which share of it.

Answers come as arrays over events, or as one answer for all. What can be asked is in
``vocabulary``; what is paid is left to ``payments``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from exposure.arrays import DateArray, FloatArray, IntArray, Years
from exposure.policy.vocabulary import Condition, Exclusion, PolicyPeriod
from exposure.policy.vocabulary import Day as DayRule
from exposure.tables import CATEGORIES, FLAGS, NOT_STATED, EventTable, Fact, Flag, LossItem

Day: TypeAlias = DateArray | np.datetime64

_DAY = np.timedelta64(1, "D")


def both(left: Flag, right: Flag) -> Flag:
    """Return ``left and right``, without making an array of two plain answers."""
    if left is True:
        return right
    if right is True:
        return left
    if left is False or right is False:
        return False
    return np.logical_and(left, right)


def either(left: Flag, right: Flag) -> Flag:
    """Return ``left or right``, without making an array of two plain answers."""
    if left is False:
        return right
    if right is False:
        return left
    if left is True or right is True:
        return True
    return np.logical_or(left, right)


def negate(flag: Flag) -> Flag:
    """Return ``not flag``."""
    return (not flag) if isinstance(flag, bool) else np.logical_not(flag)


def _plain(flag: object) -> Flag:
    """Turn NumPy's scalar answers into Python's, so that identity tests work."""
    if isinstance(flag, bool | np.bool_) or np.ndim(flag) == 0:  # type: ignore[arg-type]  # any answer
        return bool(flag)
    return flag  # type: ignore[return-value]  # a boolean array


def fact(name: str, events: EventTable, item: LossItem | None) -> Fact:
    """Return an attribute of the item, else of the event, else the default of the case schema."""
    if item is not None and name in item.facts:
        return item.facts[name]
    if name in events.facts:
        return events.facts[name]
    if name in FLAGS:
        return FLAGS[name]
    return 0 if name in CATEGORIES else NOT_STATED


def holds(
    condition: Condition, events: EventTable, item: LossItem | None, period: PolicyPeriod
) -> Flag:
    """Say where a condition that is no window holds (要件の充足).

    Parameters
    ----------
    condition : Condition
        What the wording asks for.
    item : LossItem or None
        The item it is asked of; None for the event itself.

    Returns
    -------
    (n_events,) array of bool, or bool
    """
    if condition.any_of:
        found: Flag = False
        for alternative in condition.any_of:
            every: Flag = True
            for part in alternative:
                every = both(every, holds(part, events, item, period))
            found = either(found, every)
        return found
    if condition.any:
        found = False
        for flag in condition.any:
            found = either(found, _plain(fact(flag, events, item)))
        return found
    if condition.fact is not None:
        return _among(condition.fact, condition.among, fact(condition.fact, events, item))
    if condition.stated is not None:
        return negate(_plain(np.isnat(_day(condition.stated, events, item, period))))
    return _holds_by_date(condition, events, item, period)


def _among(name: str, values: tuple[str | bool, ...], found: Fact) -> Flag:
    if name in FLAGS:
        flag = _plain(found)
        if True in values and False in values:
            return True
        return flag if True in values else negate(flag)
    answer: Flag = False
    for value in values:
        answer = either(answer, _plain(np.equal(found, CATEGORIES[name].index(str(value)))))
    return answer


def _day(name: str, events: EventTable, item: LossItem | None, period: PolicyPeriod) -> Day:
    stated = {
        "period.start": period.start,
        "period.end": period.end,
        "first_inception": period.first_inception or period.start,
        "retroactive_date": period.retroactive_date,
    }
    if name in stated:
        day = stated[name]
        return NOT_STATED if day is None else np.datetime64(day, "D")
    return fact(name, events, item)  # type: ignore[return-value]  # DATES hold days


def _holds_by_date(
    condition: Condition, events: EventTable, item: LossItem | None, period: PolicyPeriod
) -> Flag:
    assert condition.date is not None  # guaranteed by Condition
    day = _day(condition.date, events, item, period)
    missing = _plain(np.isnat(day))
    # A cost whose day is not stated arose within every window.
    unstated = missing if condition.date == "incurred_on" or condition.or_unstated else False
    if condition.within == "period":
        start, end = np.datetime64(period.start, "D"), np.datetime64(period.end, "D")
        return either(unstated, _between(day, start, end))
    if condition.is_window:
        return either(unstated, _between(day, *window(condition, events, item, period)))
    answer = negate(missing)
    for other, earlier in ((condition.not_before, False), (condition.not_after, True)):
        if other is not None:
            bound = _day(other, events, item, period)
            inside = _between(bound, day, None) if earlier else _between(day, bound, None)
            answer = both(answer, either(inside, _plain(np.isnat(bound))))
    if condition.before is not None:
        answer = both(answer, _plain(day < _day(condition.before, events, item, period)))
    return either(unstated, answer)


def _between(day: Day, first: Day, last: Day | None) -> Flag:
    """Say where a day is neither before the first nor after the last; never if one is not stated.

    Many days are compared with one as whole numbers, several times faster than as days.
    """
    one_day = not np.ndim(first) and (last is None or not np.ndim(last))
    if np.ndim(day) and one_day and not np.isnat(first):
        number = np.asarray(day, dtype="datetime64[D]").view(np.int64)
        # A day not stated is the smallest number.
        inside: Flag = number >= _number(first)
        return inside if last is None else both(inside, number <= _number(last))
    inside = _plain(day >= first)
    return inside if last is None else both(inside, _plain(day <= last))


def _number(day: Day) -> int:
    return int(np.asarray(day, dtype="datetime64[D]").astype(np.int64))


def window(
    condition: Condition, events: EventTable, item: LossItem | None, period: PolicyPeriod
) -> tuple[Day, Day]:
    """Return the first and the last day of a window (期間の初日と末日).

    Days are counted without the first one (民法140条), so day n is in; a window of months ends with
    the corresponding day (応当日), or the last day of a shorter month.
    """
    assert condition.of is not None  # guaranteed by Condition
    start = _day(condition.of, events, item, period)
    if condition.days is not None:
        return start, start + condition.days * _DAY
    return start, _corresponding_day(start, int(condition.months or 0))


def _corresponding_day(start: Day, months: int) -> DateArray:
    days, place = _distinct(start)
    later = _months_later(days, months)
    return later if place is None else later[place]


def _distinct(start: Day) -> tuple[DateArray, IntArray | None]:
    """Return days among which are all those given, and the place of each; None if in order.

    Many events share few days, and the calendar is slow: each day is asked once.
    """
    days = np.asarray(start, dtype="datetime64[D]")
    number = days.view(np.int64)
    if number.size < 2:
        return days, None
    first = number.min()
    # A day not stated is so far outside of any calendar that the span is too wide.
    if int(number.max()) - int(first) >= number.size:
        return days, None
    span = np.arange(first, number.max() + 1)
    return span.view("datetime64[D]"), number - first


def _months_later(days: DateArray, months: int) -> DateArray:
    month = days.astype("datetime64[M]")
    day_of_month = days - month.astype("datetime64[D]")
    target = month + np.timedelta64(months, "M")
    last_of_month = (target + np.timedelta64(1, "M")).astype("datetime64[D]") - _DAY
    day: DateArray = np.minimum(target.astype("datetime64[D]") + day_of_month, last_of_month)
    return day


@dataclass(frozen=True)
class WindowLengths:
    """How long a window is, event by event (期間の日数).

    Parameters
    ----------
    days : (n_lengths,) array
        The lengths that occur; NaN where the day a window runs from is not stated. [day]
    which : (n_events,) array, or None
        Place of each event's length in ``days``; None where all are the same.
    """

    days: FloatArray
    which: IntArray | None

    def share_within(self, mean_days: FloatArray | float) -> FloatArray | float:
        """Return the share of a simulated cost within the window (期間内に生じる割合). [-].

        The spending profile is exponential and starts with the window: an insured who knows the
        wording orders nothing before the day from which it counts.

        ``mean_days`` is the mean of the profile. [day]

        Examples
        --------
        >>> round(WindowLengths(np.array([180.0]), None).share_within(30.0), 5)
        0.99752
        """
        if isinstance(mean_days, np.ndarray):
            days = self.days[0] if self.which is None else self.days[self.which]
            of_event: FloatArray = np.nan_to_num(-np.expm1(-days / mean_days))
            return of_event
        share = np.nan_to_num(-np.expm1(-self.days / mean_days))
        return float(share[0]) if self.which is None else share[self.which]


def window_lengths(
    condition: Condition, events: EventTable, item: LossItem | None, period: PolicyPeriod
) -> WindowLengths:
    """Return how long a window is for each event (期間の日数)."""
    assert condition.of is not None  # guaranteed by Condition
    start = np.asarray(_day(condition.of, events, item, period), dtype="datetime64[D]")
    if condition.days is not None:
        length = np.array([condition.days, np.nan])
        missing = np.isnat(start)
        if missing.any():
            return WindowLengths(length, np.broadcast_to(missing, events.n_events).astype(np.int64))
        return WindowLengths(length[:1], None)
    days, place = _distinct(start)
    length = np.atleast_1d((_months_later(days, int(condition.months or 0)) - days) / _DAY)
    if length.size == 1 or length.min() == length.max():
        return WindowLengths(length[:1], None)
    return WindowLengths(length, np.arange(length.size) if place is None else place)


def is_excluded(
    exclusions: tuple[tuple[str, Exclusion], ...],
    path: tuple[str, ...],
    events: EventTable,
    item: LossItem | None,
    period: PolicyPeriod,
) -> Flag:
    """Say where an exclusion reaches and nothing lifts it (免責事由の該当).

    Parameters
    ----------
    exclusions : tuple of (id, Exclusion)
        Those that reach the cover.
    path : tuple of str
        The cover and the covers around it; some exceptions and savings hold in one cover only.
    """
    found: Flag = False
    of_items = item.exclusions if item is not None else {}
    for key, exclusion in exclusions:
        if key not in events.exclusions and key not in of_items:
            continue
        of_event, of_item = (_flag_of(key, table) for table in (events.exclusions, of_items))
        if of_event is False and of_item is False:
            continue
        reached = either(of_event, of_item)
        for cover, other in exclusion.only_with.items():
            if cover in path:
                also = _flag_of(other, events.exclusions)
                if item is not None:
                    also = either(also, _flag_of(other, item.exclusions))
                reached = both(reached, also)
        for exception in exclusion.unless:
            name, _, only_in = exception.partition(":")
            if only_in and only_in not in path:
                continue
            reached = both(reached, negate(_flag_of(name, events.exceptions)))
            if item is not None:
                reached = both(reached, negate(_flag_of(name, item.exceptions)))
        for cover, day in exclusion.saved_in.items():
            if cover in path:
                known = _plain(np.isnat(_day(day, events, item, period)))
                reached = both(reached, known)
        found = either(found, reached)
    return found


def _flag_of(key: str, table: Mapping[str, Flag]) -> Flag:
    return _plain(table.get(key, False))


# --- days worked out from others ----------------------------------------------------------------


def add_deemed_days(events: EventTable, derive: Mapping[str, DayRule]) -> EventTable:
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
        deemed = _deem_in_order(days, events.years, within)
        facts[name] = _deem_days(days, events.years, within) if deemed is None else deemed
    return replace(events, facts=facts)


def _deem_in_order(days: DateArray, years: Years, within: np.timedelta64) -> DateArray | None:
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


def _deem_days(days: DateArray, years: Years, within: np.timedelta64) -> DateArray:
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
