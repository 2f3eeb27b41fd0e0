"""Simulated policy years written as claims in the case schema (模擬事故の事例化).

Each year becomes a case with ``expected``: what the vectorised `pay` paid. A cost that is spent
over time becomes two items, one dated inside the plan's window and one after it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any  # Any: plain data for JSON

import numpy as np

from exposure.arrays import BoolArray, DateArray, FloatArray
from exposure.errors import PlanError, Problem, Text
from exposure.policy.assignment import losses_for
from exposure.policy.conditions import add_deemed_days, window
from exposure.policy.interpreter import PayoutTable, pay
from exposure.policy.payments import eligible_of, waiting_hours
from exposure.policy.plan import Plan
from exposure.policy.vocabulary import PolicyPeriod
from exposure.tables import CATEGORIES, DATES, FLAGS, EventTable, LossItem, LossTable

_GIFT, _SENDING = "condolence", "condolence_shipping"

_BY_UNIT = {
    _GIFT: ("persons", "per_person"),
    "entrustor_condolence": ("persons", "per_person"),
    "condolence_corporate": ("corporations", "per_corporation"),
}

_ONE_DAY = np.timedelta64(1, "D")

# Days a claim states of itself; that of a cost stands at the item.
_EVENT_DAYS = tuple(name for name in DATES if name != "incurred_on")


Plain = dict[str, Any]


@dataclass(frozen=True)
class _Part:
    """Some of an item, spent on one day or in so many hours; None where that does not matter."""

    amount: FloatArray
    units: FloatArray | None
    day: DateArray | None
    hours: int | None = None


def period_of(plan: Plan, start: date, end: date) -> PolicyPeriod:
    """Return the policy period of a plan, with the days its contract names (保険期間).

    Examples
    --------
    >>> from exposure.policy.plan import plan
    >>> chosen = plan("aiu_2015@limit=100000000@retroactive_date=2015-01-01")
    >>> period_of(chosen, date(2016, 4, 1), date(2017, 3, 31)).retroactive_date
    datetime.date(2015, 1, 1)
    """
    return PolicyPeriod(start=start, end=end).model_copy(update=plan.contract_days)


def cases_from(
    plan: Plan, losses: LossTable, start: date, end: date, first: int = 1
) -> Iterator[Plain]:
    """Write simulated policy years as cases, with what the plan pays (模擬事故の事例化).

    Parameters
    ----------
    plan : Plan
        With the adopted readings, which are the only ones a case knows.
    losses : LossTable
        Simulated; one case for each of its years.
    start, end : date
        First and last day of the policy year.
    first : int
        Number of the first case.

    Yields
    ------
    dict
        In the case schema. ``expected`` holds totals and sections of every incident.

    Raises
    ------
    PlanError
        If the plan follows another reading than the adopted one.

    Examples
    --------
    >>> from exposure.arrays import Years
    >>> from exposure.policy.plan import plan
    >>> days = {"notified_on": np.datetime64("2016-06-01"), "reported_to_authority": True}
    >>> item = LossItem("call_centre", np.array([1000.0]))
    >>> losses = LossTable(EventTable(Years((1,)), days), (item,))
    >>> days = date(2016, 4, 1), date(2017, 3, 31)
    >>> case = next(cases_from(plan("nipponkoa_2006/F"), losses, *days))
    >>> case["incidents"][0]["items"], case["expected"]["total"]
    ([{'head': 'call_centre', 'amount': 1000}], 950)
    """
    other = {code: name for code, name in plan.readings.items() if name != "adopted"}
    if other:
        text = Text(
            "事例は採用した解釈でしか書き出せません",
            "cases can be written for adopted readings only",
        )
        raise PlanError(
            [Problem(plan.id, f"@reading.{code}", text, n) for code, n in other.items()]
        )
    period = period_of(plan, start, end)
    named = losses_for(plan, losses)
    table = pay(plan, named, period)
    incidents = incidents_from(plan, named, period, table)
    expected = _expected_payments(table)
    years = losses.events.years
    rows: list[list[int]] = [[] for _ in range(years.n_years)]
    for row, year in enumerate(years.year_of_event().tolist()):
        rows[year].append(row)
    for number, events in enumerate(rows, start=first):
        paid = [expected[row] for row in events]
        yield {
            "id": f"SIM-{number:06d}",
            "product": plan.product,
            "plan": plan.pattern or plan.source.case_plan,
            "options": {name: on for name, on in plan.options.items() if on is not None},
            "policy": _policy(plan, start, end),
            "prior_paid": {},
            "incidents": [incidents[row] for row in events],
            "expected": {
                "incidents": paid,
                "total": sum(one["total"] for one in paid),
                "uninsured": sum(one["uninsured"] for one in paid),
            },
        }


def _policy(plan: Plan, start: date, end: date) -> Plain:
    stated = dict(plan.contract)
    if "first_inception" in stated:
        stated["first_inception"] = stated["first_inception"] or start
    terms = {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in stated.items()
    }
    return {"period": {"start": start.isoformat(), "end": end.isoformat()}, **terms}


def _expected_payments(table: PayoutTable) -> list[Plain]:
    sections = {name: paid.tolist() for name, paid in table.paid_by_section().items()}
    paid, loss = table.paid.tolist(), table.losses.total().tolist()
    return [
        {
            "sections": {name: {"paid": int(amounts[row])} for name, amounts in sections.items()},
            "total": int(paid[row]),
            "uninsured": int(loss[row] - paid[row]),
        }
        for row in range(len(paid))
    ]


# --- incidents -----------------------------------------------------------------------------------


def incidents_from(
    plan: Plan, losses: LossTable, period: PolicyPeriod, table: PayoutTable | None = None
) -> list[Plain]:
    """Write simulated events as incidents of the case schema (模擬事故の事例化).

    Parameters
    ----------
    losses : LossTable
        Simulated, under the heads of the plan.
    table : PayoutTable, optional
        What the plan pays for them, where it is known already.

    Returns
    -------
    list of dict
        One for each event, in order.

    Examples
    --------
    >>> from exposure.arrays import Years
    >>> from exposure.policy.plan import plan
    >>> table = LossTable(EventTable(Years((1,)), {}), (LossItem("damages", np.array([5.0])),))
    >>> period = PolicyPeriod(start=date(2026, 4, 1), end=date(2027, 3, 31))
    >>> incidents_from(plan("nipponkoa_2006/F"), table, period)
    [{'items': [{'head': 'damages', 'amount': 5}]}]
    """
    found = _attributes(plan, losses.events)
    for incident in found:
        incident["items"] = []
    events = add_deemed_days(losses.events, plan.wording.derive)
    with_gift = any(item.head == _GIFT for item in losses.items)
    sendings: list[tuple[LossItem, tuple[_Part, ...]]] = []
    for _, cover, item in (table or pay(plan, losses, period)).items_by_cover():
        parts = _parts(plan, cover, item, events, period)
        if item.head == _SENDING:
            sendings.append((item, parts))
            continue
        for part in parts:
            _write(found, item, part, cover)
    for sending, parts in sendings:
        _write_sending(found, sending, parts, with_gift)
    return found


def _attributes(plan: Plan, events: EventTable) -> list[Plain]:
    """Write what is true of each event, leaving out what the schema takes for granted."""
    found: list[Plain] = [{} for _ in range(events.n_events)]
    for name in _EVENT_DAYS:
        for row, day in _rows(events.facts.get(name), events.n_events):
            if day is not None:
                found[row][name] = day.isoformat()
    for name, values in CATEGORIES.items():
        for row, code in _rows(events.facts.get(name), events.n_events):
            if code:
                found[row][name] = values[code]
    for name, usual in FLAGS.items():
        for row, flag in _rows(events.facts.get(name), events.n_events):
            if flag != usual:
                found[row][name] = flag
    known = (
        ("exclusions", events.exclusions, plan.wording.exclusion),
        ("exceptions", events.exceptions, plan.wording.exception),
    )
    for kind, established, ids in known:
        for key, flags in established.items():
            for row, flag in _rows(flags, events.n_events) if key in ids else ():
                if flag:
                    found[row].setdefault(kind, []).append(key)
    return found


def _rows(column: object, n_events: int) -> Iterator[tuple[int, Any]]:
    if column is not None:
        yield from enumerate(np.broadcast_to(np.asarray(column), n_events).tolist())


# --- items ---------------------------------------------------------------------------------------


def _parts(
    plan: Plan, cover: str | None, item: LossItem, events: EventTable, period: PolicyPeriod
) -> tuple[_Part, ...]:
    """Split an item at the end of the window, or the waiting time, of the cover that takes it."""
    layer = plan.layer(cover) if cover is not None else None
    windows = [
        condition
        for condition in (layer.requires if layer is not None else ())
        if condition.is_window
        and (not condition.heads or layer is None or layer.head_of(item.head) in condition.heads)
    ]
    waiting = 0 if layer is None or item.outage_hours is not None else waiting_hours(layer, item)
    if layer is None or item.spending_mean_days is None or not (windows or waiting):
        return (_Part(item.amount, item.units, None),)
    own = eligible_of(layer, (item,), events, period, None)
    # Where nothing is covered anyway, the day of the cost decides nothing and is left out.
    covered: BoolArray = own.covered > 0
    inside = np.where(covered, own.in_window, item.amount)
    after = item.amount - inside
    units_inside = units_after = None
    if item.units is not None and item.per_unit is not None:
        each = np.maximum(item.per_unit, 1)
        units_inside = np.where(covered, inside // each, item.units)
        units_after = item.units - units_inside
    if not windows:
        return _Part(inside, None, None), _Part(after, None, None, waiting)
    found = np.asarray(events.facts.get("discovered_on", np.datetime64("NaT", "D")))
    first, last = (np.asarray(day) for day in window(windows[0], events, item, period))
    within = np.where(found > last, first, np.fmax(first, found))
    later = np.where(np.isnat(last), found, last + _ONE_DAY)
    shape = events.n_events
    return (
        _Part(inside, units_inside, _day_spent(within, covered, shape)),
        _Part(after, units_after, _day_spent(later, covered, shape)),
    )


def _day_spent(day: DateArray, covered: BoolArray, n_events: int) -> DateArray:
    days = np.broadcast_to(day.astype("datetime64[D]"), n_events).copy()
    days[~covered] = np.datetime64("NaT", "D")
    return days


def _write(found: list[Plain], item: LossItem, part: _Part, cover: str | None) -> None:
    for row in np.nonzero(part.amount > 0)[0].tolist():
        written: Plain = {"head": item.head}
        if item.claimable_under and cover is not None:
            # All of the item goes under the cover it was claimed under, part by part.
            written["claimable_under"] = [cover]
        if item.head in _BY_UNIT and part.units is not None and item.per_unit is not None:
            counted = int(part.units[row]), int(item.per_unit[row])
            written |= dict(zip(_BY_UNIT[item.head], counted, strict=True))
        elif item.head == "court_attendance":
            days = (("officer_days", item.officer_days), ("employee_days", item.employee_days))
            written |= {name: int(count[row]) for name, count in days if count is not None}
        else:
            written["amount"] = int(part.amount[row])
        if item.outage_hours is not None and item.outage_hours[row]:
            written["outage_hours"] = int(item.outage_hours[row])
        elif part.hours is not None:
            written["outage_hours"] = part.hours
        if part.day is not None and not np.isnat(part.day[row]):
            written["incurred_on"] = str(part.day[row])
        found[row]["items"].append(written)


def _write_sending(
    found: list[Plain], sending: LossItem, parts: tuple[_Part, ...], with_gift: bool
) -> None:
    """Write the sending of a gift at the gift it belongs to, or alone where nothing was given."""
    for part in parts:
        for row in np.nonzero(part.amount > 0)[0].tolist():
            assert part.units is not None  # a sending counts persons
            assert sending.per_unit is not None  # and yen for each
            persons, each = int(part.units[row]), int(sending.per_unit[row])
            day = None
            if part.day is not None and not np.isnat(part.day[row]):
                day = str(part.day[row])
            gift = next(
                (
                    written
                    for written in found[row]["items"]
                    if with_gift
                    and written["head"] == _GIFT
                    and "shipping_per_person" not in written
                    and written["persons"] == persons
                    and written.get("incurred_on") == day
                ),
                None,
            )
            if gift is None:
                gift = {"head": _GIFT, "persons": persons, "per_person": 0}
                if day is not None:
                    gift["incurred_on"] = day
                found[row]["items"].append(gift)
            gift["shipping_per_person"] = each
