"""What a cover takes up of the losses under it, before deductible, share and limits.

Conditions and exclusions, the window, and the caps per unit, item by item. The rest of the steps is
left to ``payout``.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from exposure.arrays import FloatArray
from exposure.policy.conditions import both, excluded, holds, negated, spent_within
from exposure.policy.layers import Layer
from exposure.policy.terms import PolicyPeriod
from exposure.policy.vocabulary import Condition
from exposure.tables import EventTable, Flag, LossItem


@dataclass(frozen=True)
class Eligible:
    """What a cover takes up of the losses under it, before deductible, share and limits.

    Each is an (n_events,) array [JPY]: the loss, then what is left after conditions and exclusions,
    after the window and after the caps per unit. ``by_item`` has the last one item by item.
    """

    loss: FloatArray
    covered: FloatArray
    in_window: FloatArray
    capped: FloatArray
    by_item: tuple[tuple[LossItem, FloatArray], ...]


@dataclass
class EligibleCache:
    """Eligible losses already worked out for one loss table, shared between plans.

    Plans of one product differ in their limits, not in what they take up.
    """

    known: dict[object, Eligible] = field(default_factory=dict)


def eligible_of(
    layer: Layer,
    items: tuple[LossItem, ...],
    events: EventTable,
    period: PolicyPeriod,
    cache: EligibleCache | None,
) -> Eligible:
    """Return what a cover takes up of its own items, worked out once per loss table."""
    if cache is None:
        return _eligible(layer, items, events, period)
    key = (layer.signature if items else "", *((item.head, id(item.amount)) for item in items))
    if key not in cache.known:
        cache.known[key] = _eligible(layer, items, events, period)
    return cache.known[key]


def _eligible(
    layer: Layer, items: tuple[LossItem, ...], events: EventTable, period: PolicyPeriod
) -> Eligible:
    if not items:
        nothing = np.zeros(events.n_events)
        return Eligible(nothing, nothing, nothing, nothing, ())
    loss, covered = np.zeros(events.n_events), np.zeros(events.n_events)
    in_window, capped = np.zeros(events.n_events), np.zeros(events.n_events)
    by_item: list[tuple[LossItem, FloatArray]] = []
    answers: dict[tuple[Condition, ...], Flag] = {}
    for item in items:
        flag = _item_flag(layer, item, events, period, answers)
        steps = _item_steps(layer, item, flag, events, period)
        loss += item.amount
        for total, step in zip((covered, in_window, capped), steps, strict=True):
            total += step
        by_item.append((item, steps[-1]))
    return Eligible(loss, covered, in_window, capped, tuple(by_item))


def _item_flag(
    layer: Layer,
    item: LossItem,
    events: EventTable,
    period: PolicyPeriod,
    answers: dict[tuple[Condition, ...], Flag],
) -> Flag:
    """Say where every condition holds and no exclusion reaches; asked once for items alike."""
    asked = tuple(
        c for c in layer.requires if not c.is_window and (not c.heads or item.head in c.heads)
    )
    alike = not (item.facts or item.exclusions or item.exceptions)
    if alike and asked in answers:
        return answers[asked]
    flag = negated(excluded(layer.exclusions, layer.path, events, item, period))
    for condition in asked:
        flag = both(flag, holds(condition, events, item, period))
    if alike:
        answers[asked] = flag
    return flag


def _item_steps(
    layer: Layer, item: LossItem, flag: Flag, events: EventTable, period: PolicyPeriod
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return one item after conditions, after the window and after the caps per unit."""
    if flag is False:
        nothing = np.zeros(events.n_events)
        return nothing, nothing, nothing
    amount, units = benefit_of(layer, item), item.units
    covered = amount if flag is True else amount * flag
    for condition in layer.requires:
        if condition.is_window and (not condition.heads or item.head in condition.heads):
            if item.spending_mean_days is None:
                inside = holds(condition, events, item, period)
                amount = amount * inside
                units = units * inside if units is not None else None
            elif units is not None and item.per_unit is not None:
                units = np.floor(units * spent_within(condition, events, item, period))
                amount = units * item.per_unit
            else:
                amount = np.floor(amount * spent_within(condition, events, item, period))
    in_window = amount if flag is True else amount * flag
    capped = _capped(layer, item, units, in_window)
    if capped is not in_window and flag is not True:
        capped = capped * flag
    return covered, in_window, capped


def benefit_of(layer: Layer, item: LossItem) -> FloatArray:
    """Return the fixed benefit (定額) where the cover pays one, else the loss itself."""
    assert layer.cover is not None  # the plan itself takes no items
    if not layer.cover.benefit:
        return item.amount
    days = {"officer_day": item.officer_days, "employee_day": item.employee_days}
    total = np.zeros_like(item.amount)
    for unit, yen in layer.cover.benefit.items():
        count = days[unit]
        if count is not None:
            total += count * yen
    return total


def _capped(
    layer: Layer, item: LossItem, units: FloatArray | None, amount: FloatArray
) -> FloatArray:
    assert layer.cover is not None  # the plan itself takes no items
    for cap in layer.cover.per_unit.values():
        if item.head in cap.heads and units is not None and item.per_unit is not None:
            room: FloatArray | float = cap.amount
            if len(cap.heads) > 1 and item.per_unit_before is not None:
                room = np.maximum(cap.amount - item.per_unit_before, 0.0)
            amount = np.minimum(amount, units * np.minimum(item.per_unit, room))
    return amount
