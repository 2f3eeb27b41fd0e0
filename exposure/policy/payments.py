"""What one cover takes up of the losses under it and what it pays, step by step.

Every cover applies the same steps in the same order: conditions and exclusions, the window and the
caps per unit, item by item; then deductible, share, ratio, event limit and period limit. Those from
the deductible on are worked out when they are first asked for, so that who asks for the sums of
years does not wait for what each event is paid. Which cover takes what is left to ``assignment``.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from operator import attrgetter
from typing import TypeAlias

import numpy as np

from exposure.arrays import (
    BoolArray,
    FloatArray,
    Years,
    prorate,
    remaining_limit,
    share_of,
    within_period,
)
from exposure.lazy import Shared, lazy
from exposure.policy.conditions import (
    WindowLengths,
    both,
    holds,
    is_excluded,
    negate,
    window_lengths,
)
from exposure.policy.plan import Layer
from exposure.policy.vocabulary import INTERRUPTION_HEADS, PolicyPeriod
from exposure.tables import EventTable, Flag, LossItem, rows

_HOURS_OF_A_DAY = 24
Share: TypeAlias = FloatArray | float
# All that a cover looks at in an item besides its head, which wordings name differently.
_known_of = attrgetter(
    *(one.name for one in fields(LossItem) if one.name not in ("head", "claimable_under"))
)


@dataclass(frozen=True)
class Step:
    """One step of the order in which every cover pays (支払の段階).

    Parameters
    ----------
    reason : str
        Why the difference stays unpaid, of ``REASONS``.
    before, after : (n_events,) array
        The very same array where the step changes nothing. [JPY]
    """

    reason: str
    before: FloatArray
    after: FloatArray

    @property
    def changes(self) -> bool:
        """Whether the cover has such a term."""
        return self.after is not self.before

    @property
    def cuts(self) -> BoolArray:
        """Which events it leaves less of. (n_events,) array."""
        return self.after < self.before


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

    def steps(self) -> Iterator[Step]:
        """Yield what each step makes of the loss, in order."""
        yield Step("excluded", self.loss, self.covered)
        yield Step("window", self.covered, self.in_window)
        yield self.caps

    @property
    def caps(self) -> Step:
        """What the caps per unit cut."""
        return Step("per_unit", self.in_window, self.capped)


def eligible_of(
    layer: Layer,
    items: tuple[LossItem, ...],
    events: EventTable,
    period: PolicyPeriod,
    shared: Shared | None = None,
) -> Eligible:
    """Return what a cover takes up of its own items, once for all covers that take up the same."""
    if shared is None:
        return _eligible(layer, items, events, period)
    key = "own", layer.signature if items else "", period
    heads = tuple(layer.head_of(item.head) for item in items)
    known = (value for item in items for value in _known_of(item))
    # Tables of one block differ in facts worked out for those plans that ask for them.
    facts = (events.facts.get(name) for name in layer.asks) if items else ()
    seen = events.years, events.exclusions, events.exceptions, *facts, *known
    return shared.once((*key, heads), lambda: _eligible(layer, items, events, period), *seen)


class _CoverConditions:
    """What one cover asks of the events, worked out once for all items that are alike."""

    def __init__(self, layer: Layer, events: EventTable, period: PolicyPeriod) -> None:
        self.layer, self.events, self.period = layer, events, period
        self.windows = tuple(c for c in layer.requires if c.is_window)
        self.others = tuple(c for c in layer.requires if not c.is_window)
        self.flags: dict[tuple[int, ...], Flag] = {}
        self.lengths: dict[int, WindowLengths] = {}
        self.spent: dict[tuple[int, int | float], Share] = {}

    def flag(self, item: LossItem) -> Flag:
        """Say where every condition holds and no exclusion reaches."""
        head = self.layer.head_of(item.head)
        asked = tuple(c for c in self.others if not c.heads or head in c.heads)
        alike = not (item.facts or item.exclusions or item.exceptions)
        key = tuple(map(id, asked))
        if alike and key in self.flags:
            return self.flags[key]
        layer, events, period = self.layer, self.events, self.period
        flag = negate(is_excluded(layer.exclusions, layer.path, events, item, period))
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
            found.append(self._share_spent(k, item.spending_mean_days))
        waiting = waiting_hours(self.layer, item)
        if waiting and item.outage_hours is None and item.spending_mean_days is not None:
            found.append(np.exp(-waiting / (_HOURS_OF_A_DAY * item.spending_mean_days)))
        return found

    def _share_spent(self, k: int, mean_days: FloatArray | float) -> Share:
        """Return the share of costs of one spending profile inside a window."""
        # The items hold the arrays as long as this is asked.
        key = k, id(mean_days) if isinstance(mean_days, np.ndarray) else mean_days
        if key not in self.spent:
            if k not in self.lengths:
                condition = self.windows[k]
                self.lengths[k] = window_lengths(condition, self.events, None, self.period)
            self.spent[key] = self.lengths[k].share_within(mean_days)
        return self.spent[key]


def add_up(parts: Sequence[FloatArray]) -> FloatArray:
    """Add up arrays; one alone is handed on as it is."""
    if len(parts) == 1:
        return parts[0]
    total = parts[0] + parts[1]
    for part in parts[2:]:
        total += part
    return total


def _as_number(flag: Flag) -> Share:
    """Return 1 where a flag holds and 0 elsewhere, by which yen are multiplied far faster."""
    return float(flag) if isinstance(flag, bool) else flag.astype(np.float64)


class _Group:
    """Items under the same conditions, added up before the conditions are applied."""

    def __init__(self, flag: Flag) -> None:
        self.flag = flag
        self.items: list[tuple[FloatArray, list[Share]]] = []

    def steps(self) -> tuple[FloatArray, ...]:
        """Return the loss, and what is left after conditions, window and caps (there are none)."""
        loss = add_up([amount for amount, _ in self.items])
        has_windows = any(shares for _, shares in self.items)
        inside = _within_windows(self.items) if has_windows else loss
        if self.flag is True:
            return loss, loss, inside, inside
        held = _as_number(self.flag)
        covered = loss * held
        inside = inside * held if has_windows else covered
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
    asked = _CoverConditions(layer, events, period)
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
    return Eligible(*_add_steps(steps), tuple(by_item))


def _add_steps(
    steps: list[tuple[FloatArray, ...]],
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Add up each step; one that changes nothing in any part is the very array before it."""
    by_step = list(zip(*steps, strict=True))
    sums = [add_up(by_step[0])]
    for before, after in pairwise(by_step):
        same = all(one is other for one, other in zip(before, after, strict=True))
        sums.append(sums[-1] if same else add_up(after))
    loss, covered, in_window, capped = sums
    return loss, covered, in_window, capped


def waiting_hours(layer: Layer, item: LossItem) -> int:
    """Return the hours of standstill for which a cover pays nothing (待機時間). [h]."""
    waits = layer.cover is not None and item.head in INTERRUPTION_HEADS
    return layer.cover.waiting_hours if waits and layer.cover is not None else 0


def after_waiting(layer: Layer, item: LossItem, amount: FloatArray) -> FloatArray:
    """Take off the part of the waiting time, where it is stated how long business stood still.

    (n_events,) arrays [JPY].
    """
    waiting, hours = waiting_hours(layer, item), item.outage_hours
    if not waiting or hours is None:
        return amount
    return prorate(amount, np.maximum(hours - waiting, 0.0), hours)


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
    held = _as_number(flag)
    covered = amount if flag is True else amount * held
    for share in shares:
        if units is not None and item.per_unit is not None:
            units = np.floor(units * share)
            amount = units * item.per_unit
        else:
            amount = np.floor(amount * share)
    amount = after_waiting(layer, item, amount)
    in_window = amount if flag is True else amount * held
    capped = _cap_units(layer, item, units, in_window)
    if capped is not in_window and flag is not True:
        capped = capped * held
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


def _cap_units(
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


# --- terms --------------------------------------------------------------------------------------


class Due:
    """What one cover would pay if it had no limit, step by step; (n_events,) arrays [JPY].

    A step that the cover does not have hands on the very array it was given.

    Parameters
    ----------
    layer : Layer
        Its limits do not matter here.
    inside : sequence of Payment
        Of the covers directly inside, those that anything falls under.
    outside : Payment, or None
        Of the cover outside of whose limit this one is paid.
    """

    def __init__(
        self,
        layer: Layer,
        own: Eligible,
        inside: Sequence[Payment],
        outside: Payment | None,
        years: Years,
    ) -> None:
        self.layer, self.own, self.inside, self.outside = layer, own, inside, outside
        self.years = years
        self.deductible = 0.0 if layer.cover is None else layer.cover.deductible
        self.is_empty = own.is_empty and not inside  # nothing falls under it or a cover inside it
        # Whether any term but the limits can leave something unpaid.
        self.has_terms = self.deductible > 0 or layer.ratio != (1, 1) or outside is not None

    @lazy
    def eligible(self) -> FloatArray:
        """Taken up, and paid by the covers inside."""
        paid = [payment.payable for payment in self.inside]
        return add_up(paid if paid and self.own.is_empty else [self.own.capped, *paid])

    @lazy
    def after_deductible(self) -> FloatArray:
        """What the deductible leaves."""
        if not self.deductible:
            return self.eligible
        left = self.eligible - self.deductible
        return np.maximum(left, 0.0, out=left)

    @lazy
    def after_share(self) -> FloatArray:
        """What the insured's own share leaves."""
        return share_of(self.after_deductible, *self.layer.ratio)

    @lazy
    def after_ratio(self) -> FloatArray:
        """What is left where the claim under another cover exceeds that one's limit."""
        return self.after_share if self.outside is None else _after_ratio(self, self.outside)

    def steps(self) -> Iterator[Step]:
        """Yield what each term but the limits makes of what is taken up, in order."""
        yield Step("deductible", self.eligible, self.after_deductible)
        yield Step("share", self.after_deductible, self.after_share)
        # The ratio cuts what is paid outside a limit because damages exceed that limit.
        yield Step("limit", self.after_share, self.after_ratio)

    @lazy
    def each_year(self) -> FloatArray:
        """Sum of each year, which needs no event where no term does. (n_years,) array [JPY]."""
        if self.has_terms or not self.own.is_empty or not self.inside:
            return self.years.sum(self.after_ratio)
        return add_up([payment.each_year for payment in self.inside])


class Payment:
    """What one cover pays, its limits applied to what is due.

    Parameters
    ----------
    used : float, or (n_years,) array
        Paid under the cover before the first event; year by year where each has one event. [JPY]
    """

    def __init__(self, due: Due, layer: Layer, used: float | FloatArray) -> None:
        self.due, self.layer, self.used = due, layer, used
        self.own, self.is_empty = due.own, due.is_empty
        # Whether a limit, or the ratio to another cover's limit, can cut what is due.
        self.can_be_cut = not due.is_empty and (layer.is_limited or due.outside is not None)

    def steps(self) -> Iterator[Step]:
        """Yield every step from the loss to the payment, in order (支払の段階)."""
        yield from self.own.steps()
        yield from self.due.steps()
        yield Step(self.layer.limit_reason, self.due.after_ratio, self.payable)

    @property
    def limits(self) -> Step:
        """What the limits cut, the ratio to another cover's limit included."""
        return Step(self.layer.limit_reason, self.due.after_share, self.payable)

    @property
    def after_event_limit(self) -> FloatArray:
        """What the limit for one event leaves, before that for the period. [JPY]."""
        return np.minimum(self.due.after_ratio, self.layer.event_limit)

    @lazy
    def payable(self) -> FloatArray:
        """What is paid for each event, after all terms. (n_events,) array [JPY]."""
        if not self.is_reached:
            return self.due.after_ratio
        amount, sums, layer = self._of_event(), self.due.each_year, self.layer
        if math.isinf(layer.period_limit):
            return amount
        return within_period(amount, self.due.years, layer.period_limit, self.used, sums)

    @lazy
    def each_year(self) -> FloatArray:
        """What is paid in each year. (n_years,) array [JPY]."""
        if not self.is_reached:
            return self.due.each_year
        # A limit no smaller than that of the period changes nothing that the other leaves.
        by_event = self.layer.event_limit < self.layer.period_limit
        total = self.due.years.sum(self._of_event()) if by_event else self.due.each_year
        return np.minimum(total, self._limit_left)

    @property
    def _limit_left(self) -> float | FloatArray:
        left = self.layer.period_limit - self.used
        return max(left, 0.0) if isinstance(left, float) else np.maximum(left, 0.0)

    @lazy
    def is_reached(self) -> bool:
        """Whether any year comes to more than a limit; the losses of many stay below them."""
        if self.is_empty or not self.layer.is_limited:
            return False
        left = self._limit_left
        if not isinstance(left, float):
            return bool((self.due.each_year > np.minimum(self.layer.event_limit, left)).any())
        return float(self.due.each_year.max(initial=0.0)) > min(self.layer.event_limit, left)

    def _of_event(self) -> FloatArray:
        """Return what is due, cut by the limit for one event where it is the smaller. [JPY]."""
        # Not kept: who asks for years only would fill the cache with it.
        if self.layer.event_limit < self.layer.period_limit:
            return np.minimum(self.due.after_ratio, self.layer.event_limit)
        return self.due.after_ratio


def total_of(amounts: Iterable[FloatArray], n_events: int) -> FloatArray:
    """Add up any number of arrays, none included. (n_events,) array."""
    total = np.zeros(n_events)
    for amount in amounts:
        total += amount
    return total


def _after_ratio(due: Due, reference: Payment) -> FloatArray:
    """Cut what is paid outside a limit by limit ÷ claim where the claim exceeds it.

    Fractions are dropped head by head where the heads are paid as they are, else once.
    """
    cover, of, years = due.layer.cover, reference.layer, due.years
    assert cover is not None  # only covers stand outside others
    room = np.full(years.n_events, of.event_limit)
    if cover.ratio_limit == "available" and np.isfinite(of.period_limit):
        left = remaining_limit(reference.payable, years, of.period_limit, reference.used)
        room = np.minimum(room, left)
    claim = reference.due.eligible
    if due.layer.inner or cover.deductible > 0 or due.layer.ratio != (1, 1):
        return prorate(due.after_share, room, claim)
    heads: dict[str, FloatArray] = {}
    for item, amount in due.own.by_item:
        heads[item.head] = heads[item.head] + amount if item.head in heads else amount
    return total_of((prorate(amount, room, claim) for amount in heads.values()), len(room))
