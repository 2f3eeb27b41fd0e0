"""What a cover takes up of the losses under it, before deductible, share and limits.

Conditions and exclusions, the window, and the caps per unit, item by item. The rest of the steps is
left to ``payments``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

import numpy as np

from exposure.arrays import FloatArray, prorated
from exposure.policy.conditions import (
    WindowLengths,
    both,
    excluded,
    holds,
    negated,
    window_lengths,
)
from exposure.policy.layers import Layer
from exposure.policy.shared import Shared
from exposure.policy.terms import PolicyPeriod
from exposure.policy.vocabulary import INTERRUPTION_HEADS
from exposure.tables import EventTable, Flag, LossItem, rows

_HOURS_OF_A_DAY = 24
Share: TypeAlias = FloatArray | float


@dataclass(frozen=True)
class Eligible:
    """What a cover takes up of the losses under it, before deductible, share and limits.

    Each is an (n_events,) array [JPY]: the loss, then what is left after conditions and exclusions,
    after the window and after the caps per unit. A step that changes nothing hands on the very
    array it was given. ``by_item`` has the last one item by item, but for simulated items that need
    no looking at one by one. ``is_empty`` says that no loss item falls under the cover.
    """

    loss: FloatArray
    covered: FloatArray
    in_window: FloatArray
    capped: FloatArray
    by_item: tuple[tuple[LossItem, FloatArray], ...]
    is_empty: bool = False


def eligible_of(
    layer: Layer,
    items: tuple[LossItem, ...],
    events: EventTable,
    period: PolicyPeriod,
    shared: Shared | None = None,
) -> Eligible:
    """Return what a cover takes up of its own items, worked out once per loss table."""
    if shared is None:
        return _eligible(layer, items, events, period)
    taken = tuple((layer.head_of(item.head), id(item.amount)) for item in items)
    key = "own", layer.signature if items else "", taken
    return shared.once(key, lambda: _eligible(layer, items, events, period))


class _Asked:
    """What one cover asks of the events, worked out once for all items that are alike."""

    def __init__(self, layer: Layer, events: EventTable, period: PolicyPeriod) -> None:
        self.layer, self.events, self.period = layer, events, period
        self.windows = tuple(c for c in layer.requires if c.is_window)
        self.others = tuple(c for c in layer.requires if not c.is_window)
        self.flags: dict[tuple[int, ...], Flag] = {}
        self.lengths: dict[int, WindowLengths] = {}
        self.spent: dict[tuple[int, float], Share] = {}

    def flag(self, item: LossItem) -> Flag:
        """Say where every condition holds and no exclusion reaches."""
        head = self.layer.head_of(item.head)
        asked = tuple(c for c in self.others if not c.heads or head in c.heads)
        alike = not (item.facts or item.exclusions or item.exceptions)
        key = tuple(map(id, asked))
        if alike and key in self.flags:
            return self.flags[key]
        layer, events, period = self.layer, self.events, self.period
        flag = negated(excluded(layer.exclusions, layer.path, events, item, period))
        for condition in asked:
            flag = both(flag, holds(condition, events, item, period))
        if alike:
            self.flags[key] = flag
        return flag

    def shares(self, item: LossItem) -> list[Share]:
        """Return the share of an item inside each window that is asked of it. [-]."""
        found: list[Share] = []
        head = self.layer.head_of(item.head)
        for k, condition in enumerate(self.windows):
            if condition.heads and head not in condition.heads:
                continue
            if item.spending_mean_days is None:
                inside = holds(condition, self.events, item, self.period)
                found.append(inside if isinstance(inside, bool) else inside.astype(np.float64))
                continue
            found.append(self._spent(k, item.spending_mean_days))
        waiting = waiting_hours(self.layer, item)
        if waiting and item.outage_hours is None and item.spending_mean_days is not None:
            found.append(math.exp(-waiting / (_HOURS_OF_A_DAY * item.spending_mean_days)))
        return found

    def _spent(self, k: int, mean_days: float) -> Share:
        """Return the share of costs of one spending profile inside a window."""
        if (k, mean_days) not in self.spent:
            if k not in self.lengths:
                condition = self.windows[k]
                self.lengths[k] = window_lengths(condition, self.events, None, self.period)
            self.spent[k, mean_days] = self.lengths[k].spent(mean_days)
        return self.spent[k, mean_days]


def added(parts: Sequence[FloatArray]) -> FloatArray:
    """Add up arrays; one alone is handed on as it is."""
    if len(parts) == 1:
        return parts[0]
    total = parts[0] + parts[1]
    for part in parts[2:]:
        total += part
    return total


class _Group:
    """Items under the same conditions, added up before the conditions are applied."""

    def __init__(self, flag: Flag) -> None:
        self.flag = flag
        self.items: list[tuple[FloatArray, list[Share]]] = []

    def steps(self) -> tuple[FloatArray, ...]:
        """Return the loss, and what is left after conditions, window and caps (there are none)."""
        loss = added([amount for amount, _ in self.items])
        has_windows = any(shares for _, shares in self.items)
        inside = _within_windows(self.items) if has_windows else loss
        if self.flag is True:
            return loss, loss, inside, inside
        covered = loss * self.flag
        inside = inside * self.flag if has_windows else covered
        return loss, covered, inside, inside


def _within_windows(items: Sequence[tuple[FloatArray, Sequence[Share]]]) -> FloatArray:
    """Add up what is spent within the windows, in whole yen item by item."""
    total, room = np.zeros_like(items[0][0]), np.empty_like(items[0][0])
    for amount, shares in items:
        part = amount
        for share in shares:
            part = np.multiply(part, share, out=room)
            np.floor(part, out=part)
        total += part
    return total


def _eligible(
    layer: Layer, items: tuple[LossItem, ...], events: EventTable, period: PolicyPeriod
) -> Eligible:
    if not items:
        nothing = np.zeros(events.n_events)
        return Eligible(nothing, nothing, nothing, nothing, (), is_empty=True)
    asked = _Asked(layer, events, period)
    groups: dict[int, _Group] = {}
    by_item: list[tuple[LossItem, FloatArray]] = []
    steps: list[tuple[FloatArray, ...]] = []
    for item in items:
        flag, shares = asked.flag(item), asked.shares(item)
        if _adds_up(layer, item):
            groups.setdefault(id(flag), _Group(flag)).items.append((item.amount, shares))
            continue
        steps.append((item.amount, *_item_steps(layer, item, flag, shares)))
        by_item.append((item, steps[-1][-1]))
    steps += [group.steps() for group in groups.values()]
    return Eligible(*_added(steps), tuple(by_item))


def _added(
    steps: list[tuple[FloatArray, ...]],
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Add up each step; one that changes nothing in any part is the very array before it."""
    by_step = list(zip(*steps, strict=True))
    sums = [added(by_step[0])]
    for before, after in pairwise(by_step):
        same = all(one is other for one, other in zip(before, after, strict=True))
        sums.append(sums[-1] if same else added(after))
    loss, covered, in_window, capped = sums
    return loss, covered, in_window, capped


def waiting_hours(layer: Layer, item: LossItem) -> int:
    """Return the hours of standstill for which a cover pays nothing (待機時間). [h]."""
    waits = layer.cover is not None and item.head in INTERRUPTION_HEADS
    return layer.cover.waiting_hours if waits and layer.cover is not None else 0


def after_waiting(layer: Layer, item: LossItem, amount: FloatArray) -> FloatArray:
    """Take off the part of the waiting time, where it is stated how long business stood still.

    Parameters
    ----------
    layer : Layer
    item : LossItem
    amount : (n_events,) array
        [JPY]
    """
    waiting, hours = waiting_hours(layer, item), item.outage_hours
    if not waiting or hours is None:
        return amount
    return prorated(amount, np.maximum(hours - waiting, 0.0), hours)


def _adds_up(layer: Layer, item: LossItem) -> bool:
    """Say whether an item of a simulated table may be added to others before it is looked at."""
    cover = layer.cover
    assert cover is not None  # the plan itself takes no items
    alike = not (item.facts or item.exclusions or item.exceptions)
    alike &= item.units is None and item.outage_hours is None
    return alike and not cover.benefit and cover.outside is None


def _item_steps(
    layer: Layer, item: LossItem, flag: Flag, shares: list[Share]
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return one item after conditions, after the window and after the caps per unit."""
    n_events = item.amount.size
    if flag is False:
        nothing = np.zeros(n_events)
        return nothing, nothing, nothing
    if item.units is None or benefit_of(layer, item) is not item.amount:
        return _steps(layer, item, flag, shares)
    # Few events have gifts to every person, and all others nothing to look at.
    (place,) = np.nonzero((item.units != 0) | (item.amount != 0))
    if 2 * place.size > n_events:
        return _steps(layer, item, flag, shares)
    part = item.only(place)
    some = _steps(layer, part, rows(flag, place), [rows(share, place) for share in shares])
    whole = {id(part.amount): item.amount}
    for step in some:
        if id(step) not in whole:
            whole[id(step)] = np.zeros(n_events)
            whole[id(step)][place] = step
    covered, in_window, capped = (whole[id(step)] for step in some)
    return covered, in_window, capped


def _steps(
    layer: Layer, item: LossItem, flag: Flag, shares: list[Share]
) -> tuple[FloatArray, FloatArray, FloatArray]:
    amount, units = benefit_of(layer, item), item.units
    covered = amount if flag is True else amount * flag
    for share in shares:
        if units is not None and item.per_unit is not None:
            units = np.floor(units * share)
            amount = units * item.per_unit
        else:
            amount = np.floor(amount * share)
    amount = after_waiting(layer, item, amount)
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
