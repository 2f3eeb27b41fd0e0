"""What a plan pays for a table of losses (保険金の計算).

One interpreter for a million simulated events and for one real claim. Every cover applies the same
steps in the same order: conditions and exclusions, window, cap per unit, deductible, share, ratio,
event limit, period limit. Each cut is kept with its reason, so that paid and unpaid always add up
to the loss.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from exposure.arrays import BoolArray, FloatArray, prorated, share_of, within_period
from exposure.policy.conditions import (
    both,
    excluded,
    holds,
    negated,
    spent_within,
    with_deemed_days,
)
from exposure.policy.layers import Layer
from exposure.policy.plans import Plan
from exposure.policy.terms import REASONS, ROOT, Condition, PolicyPeriod
from exposure.tables import CATEGORIES, EventTable, Flag, LossItem, LossTable


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


@dataclass(frozen=True)
class Payment:
    """What one cover does with its losses, step by step; (n_events,) arrays [JPY].

    ``eligible`` includes what inner covers pay; ``payable`` is after all of the cover's own terms;
    ``available`` is what was left of its limits before each event.
    """

    layer: Layer
    own: Eligible
    eligible: FloatArray
    after_deductible: FloatArray
    after_share: FloatArray
    after_ratio: FloatArray
    after_event_limit: FloatArray
    payable: FloatArray
    available: FloatArray


@dataclass(frozen=True)
class PayoutTable:
    """What a plan pays for each event (支払保険金の一覧).

    Parameters
    ----------
    plan : Plan
    losses : LossTable
    payments : mapping of str to Payment
        By cover, inside out; ``plan`` last.
    not_covered : (n_events,) array
        Loss of heads that no cover takes. [JPY]
    """

    plan: Plan
    losses: LossTable
    payments: Mapping[str, Payment]
    not_covered: FloatArray

    @property
    def paid(self) -> FloatArray:
        """Payment for each event. (n_events,) array [JPY]."""
        return self.payments[ROOT].payable

    def paid_by_section(self) -> dict[str, FloatArray]:
        """Return each section's part of the payment (担保別の保険金).

        A limit shared by the sections is used in their order. (n_events,) arrays [JPY].
        """
        left = self.paid
        parts: dict[str, FloatArray] = {}
        for name in self.plan.sections:
            parts[name] = np.minimum(self.payments[name].payable, left)
            left = left - parts[name]
        return parts

    def unpaid_by_reason(self) -> dict[str, FloatArray]:
        """Return what stays unpaid of each event, by reason; sums to loss less payment. [JPY]."""
        unpaid = {reason: np.zeros(self.losses.events.n_events) for reason in REASONS}
        unpaid["not_covered"] += self.not_covered
        for payment in self.payments.values():
            own, overall = payment.own, self._limit_reason(payment.layer.name)
            unpaid["excluded"] += own.loss - own.covered
            unpaid["window"] += own.covered - own.in_window
            unpaid["per_unit"] += own.in_window - own.capped
            unpaid["deductible"] += payment.eligible - payment.after_deductible
            unpaid["share"] += payment.after_deductible - payment.after_share
            # The ratio cuts what is paid outside a limit because damages exceed that limit.
            unpaid["limit"] += payment.after_share - payment.after_ratio
            unpaid[overall] += payment.after_ratio - payment.payable
        return unpaid

    def _limit_reason(self, name: str) -> str:
        return "limit" if name in self.plan.wording.plan.limit_covers else "sublimit"

    def is_covered(self) -> BoolArray:
        """Say for each event whether any cover responds. (n_events,) array."""
        covered = np.zeros(self.losses.events.n_events, dtype=np.bool_)
        for payment in self.payments.values():
            covered |= payment.own.covered > 0
        return covered

    def is_within_limits(self) -> BoolArray:
        """Say for each event whether no yen is unpaid because of any limit. (n_events,) array."""
        within = np.ones(self.losses.events.n_events, dtype=np.bool_)
        for payment in self.payments.values():
            own = payment.own
            within &= own.capped >= own.in_window
            within &= payment.payable >= payment.after_share
        return within


@dataclass
class EligibleCache:
    """Eligible losses already worked out for one loss table, shared between plans.

    Plans of one product differ in their limits, not in what they take up.
    """

    known: dict[object, Eligible] = field(default_factory=dict)


def pay(
    plan: Plan,
    losses: LossTable,
    period: PolicyPeriod,
    used: Mapping[str, float] | None = None,
    assigned: Mapping[int, str] | None = None,
    cache: EligibleCache | None = None,
) -> PayoutTable:
    """Apply a plan to every event (保険金の計算).

    Parameters
    ----------
    plan : Plan
    losses : LossTable
        Events in order of discovery within each policy year.
    period : PolicyPeriod
    used : mapping of str to float, optional
        Yen already paid under a cover before the first event. [JPY]
    assigned : mapping of int to str, optional
        Cover that takes the item with this number, where the head does not decide.
    cache : EligibleCache, optional
        For this loss table, when several plans are paid.

    Returns
    -------
    PayoutTable

    Examples
    --------
    See ``tests/wordings`` for the printed examples.
    """
    used = used or {}
    events = with_deemed_days(losses.events, plan.wording.derive)
    payments: dict[str, Payment] = {}
    by_cover = _items_by_cover(plan, losses, assigned or {})
    for layer in plan.layers:
        items = by_cover.pop(layer.name, ())
        own = _eligible_cached(layer, items, events, period, cache)
        payments[layer.name] = _pay_cover(plan, layer, own, payments, events, used)
    not_covered = _total([item.amount for item in by_cover.get("", ())], events.n_events)
    return PayoutTable(plan, losses, payments, not_covered)


def _items_by_cover(
    plan: Plan, losses: LossTable, assigned: Mapping[int, str]
) -> dict[str, tuple[LossItem, ...]]:
    """Sort the items under the covers that take them; under "" those that none takes."""
    found: dict[str, list[LossItem]] = {}
    for number, item in enumerate(losses.items):
        name = assigned[number] if number in assigned else taking_cover(plan, item)
        found.setdefault(name or "", []).append(item)
    return {name: tuple(items) for name, items in found.items()}


def taking_cover(plan: Plan, item: LossItem) -> str | None:
    """Return the attached cover whose head and kind of claim fit an item, or None."""
    kind = CATEGORIES["claim"][int(item.facts.get("claim", 0))]
    for layer in plan.layers:
        if layer.cover is None or not layer.attached or item.head not in layer.cover.heads:
            continue
        asked = [c for c in layer.requires if c.fact == "claim"]
        if all(kind in condition.among for condition in asked):
            return layer.name
    return None


def _total(amounts: list[FloatArray], n_events: int) -> FloatArray:
    total = np.zeros(n_events)
    for amount in amounts:
        total += amount
    return total


def _eligible_cached(
    layer: Layer,
    items: tuple[LossItem, ...],
    events: EventTable,
    period: PolicyPeriod,
    cache: EligibleCache | None,
) -> Eligible:
    if cache is None:
        return _eligible(layer, items, events, period)
    key = (layer.signature if items else "", *((item.head, id(item.amount)) for item in items))
    if key not in cache.known:
        cache.known[key] = _eligible(layer, items, events, period)
    return cache.known[key]


def _eligible(
    layer: Layer, items: tuple[LossItem, ...], events: EventTable, period: PolicyPeriod
) -> Eligible:
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
    amount, units = _benefit(layer, item), item.units
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


def _benefit(layer: Layer, item: LossItem) -> FloatArray:
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
            amount = units * np.minimum(item.per_unit, room)
    return amount


def _pay_cover(
    plan: Plan,
    layer: Layer,
    own: Eligible,
    payments: Mapping[str, Payment],
    events: EventTable,
    used: Mapping[str, float],
) -> Payment:
    cover = layer.cover
    eligible = own.capped
    for name in layer.inner:
        eligible = eligible + payments[name].payable
    after_deductible = after_share = eligible
    if cover is not None and cover.deductible > 0:
        after_deductible = after_share = np.maximum(eligible - cover.deductible, 0.0)
    if cover is not None and cover.indemnity_ratio != 1:
        ratio = cover.indemnity_ratio
        after_share = share_of(after_deductible, ratio.numerator, ratio.denominator)
    after_ratio = after_share
    if cover is not None and cover.outside is not None:
        after_ratio = _after_ratio(plan, layer, own, payments[cover.outside])
    after_event_limit = after_ratio
    if np.isfinite(layer.event_limit):
        after_event_limit = np.minimum(after_ratio, layer.event_limit)
    already = used.get(layer.name, 0.0)
    if layer.name == ROOT:
        already = sum(used.get(section, 0.0) for section in plan.sections)
    if np.isfinite(layer.period_limit):
        payable, left = within_period(after_event_limit, events.years, layer.period_limit, already)
    else:
        payable, left = after_event_limit, np.full(events.n_events, np.inf)
    return Payment(
        layer=layer,
        own=own,
        eligible=eligible,
        after_deductible=after_deductible,
        after_share=after_share,
        after_ratio=after_ratio,
        after_event_limit=after_event_limit,
        payable=payable,
        available=np.minimum(left, layer.event_limit),
    )


def _after_ratio(plan: Plan, layer: Layer, own: Eligible, reference: Payment) -> FloatArray:
    """Cut what is paid outside a limit by limit ÷ claim where the claim exceeds it."""
    assert layer.cover is not None  # only covers stand outside others
    room = reference.available
    if layer.cover.ratio_limit == "event":
        room = np.full_like(room, reference.layer.event_limit)
    heads: dict[str, FloatArray] = {}
    for item, amount in own.by_item:
        heads[item.head] = heads[item.head] + amount if item.head in heads else amount
    cut = [prorated(amount, room, reference.eligible) for amount in heads.values()]
    return _total(cut, len(room))
