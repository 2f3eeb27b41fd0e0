"""What a plan pays for a table of losses (保険金の計算).

One interpreter for a million simulated events and for one real claim. Every cover applies the same
steps in the same order: conditions and exclusions, window, cap per unit, deductible, share, ratio,
event limit, period limit. Each cut is kept with its reason, so that paid and unpaid always add up
to the loss.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from exposure.arrays import (
    BoolArray,
    FloatArray,
    Years,
    left_before,
    prorated,
    share_of,
    within_period,
)
from exposure.policy.deemed import with_deemed_days
from exposure.policy.eligible import Eligible, added, eligible_of
from exposure.policy.layers import Layer
from exposure.policy.plans import Plan
from exposure.policy.shared import Shared
from exposure.policy.terms import PolicyPeriod
from exposure.policy.vocabulary import REASONS, ROOT
from exposure.tables import CATEGORIES, EventTable, LossItem, LossTable

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Eligible", "Payment", "PayoutTable", "Shared", "pay", "taking_cover"]


@dataclass(frozen=True)
class Due:
    """What one cover would pay if it had no limit, step by step; (n_events,) arrays [JPY].

    ``eligible`` includes what inner covers pay. A step that the cover does not have, or that cuts
    nothing, hands on the very array it was given. ``is_empty`` says that no loss item falls under
    the cover or one inside it.
    """

    own: Eligible
    eligible: FloatArray
    after_deductible: FloatArray
    after_share: FloatArray
    after_ratio: FloatArray
    is_empty: bool


@dataclass(frozen=True)
class Payment(Due):
    """What one cover does with its losses, step by step; (n_events,) arrays [JPY].

    ``payable`` is after all of the cover's own terms. ``used`` is what had been paid under the
    cover before the first event [JPY].
    """

    layer: Layer
    payable: FloatArray
    used: float

    @property
    def after_event_limit(self) -> FloatArray:
        """What the limit for one event leaves, before that for the period. [JPY]."""
        return np.minimum(self.after_ratio, self.layer.event_limit)

    @property
    def can_be_cut(self) -> bool:
        """Whether a limit, or the ratio to another cover's limit, can cut what is due."""
        limited = self.layer.is_limited and not self.is_empty
        return limited or self.after_ratio is not self.after_share


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
            for reason, before, after in (
                ("excluded", own.loss, own.covered),
                ("window", own.covered, own.in_window),
                ("per_unit", own.in_window, own.capped),
                ("deductible", payment.eligible, payment.after_deductible),
                ("share", payment.after_deductible, payment.after_share),
                # The ratio cuts what is paid outside a limit because damages exceed that limit.
                ("limit", payment.after_share, payment.after_ratio),
                (overall, payment.after_ratio, payment.payable),
            ):
                if after is not before:
                    unpaid[reason] += before - after
        return unpaid

    def _limit_reason(self, name: str) -> str:
        return "limit" if name in self.plan.wording.plan.limit_covers else "sublimit"

    def is_covered(self) -> BoolArray:
        """Say for each event whether any cover responds. (n_events,) array."""
        covered = np.zeros(self.losses.events.n_events, dtype=np.bool_)
        for payment in self.payments.values():
            if not payment.own.is_empty:
                covered |= payment.own.covered > 0
        return covered

    def is_within_limits(self) -> BoolArray:
        """Say for each event whether no yen is unpaid because of any limit. (n_events,) array."""
        within = np.ones(self.losses.events.n_events, dtype=np.bool_)
        for payment in self.payments.values():
            own = payment.own
            if own.capped is not own.in_window:
                within &= own.capped >= own.in_window
            if payment.payable is not payment.after_share:
                within &= payment.payable >= payment.after_share
        return within

    def to_frame(self) -> pd.DataFrame:
        """Return one row per event: loss, payment and what is unpaid by reason (支払の一覧表).

        Examples
        --------
        See ``exposure.pay``.
        """
        import pandas as pd

        columns = {"loss": self.losses.total(), "paid": self.paid, **self.unpaid_by_reason()}
        frame = pd.DataFrame(columns).rename_axis("event_id")
        frame.insert(0, "year", self.losses.events.years.year_of_event())
        return frame


def pay(
    plan: Plan,
    losses: LossTable,
    period: PolicyPeriod,
    used: Mapping[str, float] | None = None,
    assigned: Mapping[int, str] | None = None,
    shared: Shared | None = None,
) -> PayoutTable:
    """Apply a plan to every event (保険金の計算).

    Parameters
    ----------
    plan : Plan
    losses : LossTable
        Events in order of discovery within each policy year.
    period : PolicyPeriod
        Days that the plan's contract names go before those of the period.
    used : mapping of str to float, optional
        Yen already paid under a cover before the first event. [JPY]
    assigned : mapping of int to str, optional
        Cover that takes the item with this number, where the head does not decide.
    shared : Shared, optional
        For this loss table, when several plans are paid: covers with the same losses and the same
        terms are paid once.

    Returns
    -------
    PayoutTable

    Examples
    --------
    See ``tests/wordings`` for the printed examples.
    """
    used, shared = used or {}, shared or Shared()
    owns, not_covered = shared.once(
        ("owns", plan.structure, tuple((assigned or {}).items())),
        lambda: _taken_up(plan, losses, period, assigned or {}, shared),
    )
    payments: dict[str, Payment] = {}
    for layer in plan.layers:
        own = owns[layer.name]
        payments[layer.name] = _paid(plan, layer, own, payments, losses.events.years, used, shared)
    return PayoutTable(plan, losses, payments, not_covered)


def _taken_up(
    plan: Plan,
    losses: LossTable,
    period: PolicyPeriod,
    assigned: Mapping[int, str],
    shared: Shared,
) -> tuple[dict[str, Eligible], FloatArray]:
    """Return what every cover takes up of the losses, and what none takes."""
    if plan.contract_days:
        period = period.model_copy(update=plan.contract_days)
    events = _with_days(plan, losses.events, shared)
    by_cover = _items_by_cover(plan, losses, assigned)
    owns = {
        layer.name: eligible_of(layer, by_cover.get(layer.name, ()), events, period, shared)
        for layer in plan.layers
    }
    left = [item.amount for item in by_cover.get("", ())]
    return owns, _total(left, events.n_events)


def _with_days(plan: Plan, events: EventTable, shared: Shared) -> EventTable:
    """Add the days worked out from others, if an attached cover asks for one."""
    derive = plan.wording.derive
    if not any(layer.attached and layer.asks_days & set(derive) for layer in plan.layers):
        return events
    return shared.once(("days", plan.product), lambda: with_deemed_days(events, derive))


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


def _total(amounts: Iterable[FloatArray], n_events: int) -> FloatArray:
    total = np.zeros(n_events)
    for amount in amounts:
        total += amount
    return total


def _paid(
    plan: Plan,
    layer: Layer,
    own: Eligible,
    payments: Mapping[str, Payment],
    years: Years,
    used: Mapping[str, float],
    shared: Shared,
) -> Payment:
    """Apply a cover's own terms to what it takes up and what the covers inside it pay."""
    cover = layer.cover
    inside = [payments[name].payable for name in layer.inner if not payments[name].is_empty]
    names = plan.sections if layer.name == ROOT else (layer.name,)
    already = sum(used.get(name, 0.0) for name in names) if used else 0.0
    limits = layer.name, layer.event_limit, layer.period_limit, already
    if own.is_empty and not inside:
        return shared.once(("nothing", *limits), lambda: _nothing(layer, own, already))
    outside = None if cover is None or cover.outside is None else payments[cover.outside]
    deductible = 0.0 if cover is None else cover.deductible
    ratio_limit = None if outside is None or cover is None else cover.ratio_limit
    terms = deductible, layer.ratio, bool(layer.inner), id(outside), ratio_limit
    due = shared.once(
        ("due", id(own), *map(id, inside), *terms),
        lambda: _due(layer, own, inside, outside, years),
    )
    return shared.once(
        ("paid", id(due), *limits), lambda: _limited(layer, due, years, already, shared)
    )


def _nothing(layer: Layer, own: Eligible, used: float) -> Payment:
    """Return the payment of a cover that nothing falls under."""
    zero = own.capped
    return Payment(own, zero, zero, zero, zero, is_empty=True, layer=layer, payable=zero, used=used)


def _due(
    layer: Layer,
    own: Eligible,
    inside: Sequence[FloatArray],
    outside: Payment | None,
    years: Years,
) -> Due:
    eligible = own.capped
    if inside:
        eligible = added(inside if own.is_empty else [eligible, *inside])
    after_deductible = after_share = eligible
    if layer.cover is not None and layer.cover.deductible > 0:
        after_deductible = after_share = eligible - layer.cover.deductible
        np.maximum(after_deductible, 0.0, out=after_deductible)
    if layer.ratio != (1, 1):
        after_share = share_of(after_deductible, *layer.ratio)
    after_ratio = after_share
    if outside is not None:
        after_ratio = _after_ratio(layer, own, after_share, outside, years)
    return Due(own, eligible, after_deductible, after_share, after_ratio, is_empty=False)


def _limited(layer: Layer, due: Due, years: Years, used: float, shared: Shared) -> Payment:
    """Apply the limits of a cover, for one event and for the period."""
    payable = due.after_ratio
    most = min(layer.event_limit, max(layer.period_limit - used, 0.0))
    if math.isfinite(most):
        sums = year_sum(payable, years, shared)
        # Plans of one product differ in their limits, and most losses stay below most of them.
        if sums.max(initial=0.0) > most:
            if layer.event_limit < layer.period_limit:
                payable = np.minimum(payable, layer.event_limit)
            if math.isfinite(layer.period_limit):
                payable = within_period(payable, years, layer.period_limit, used, sums)
    return Payment(**vars(due), layer=layer, payable=payable, used=used)


def year_sum(amount: FloatArray, years: Years, shared: Shared) -> FloatArray:
    """Add up each year what a cover owes or pays, once for all plans. (n_years,) array [JPY]."""
    return shared.once(("year", id(amount)), lambda: years.sum(amount))


def _after_ratio(
    layer: Layer,
    own: Eligible,
    after_share: FloatArray,
    reference: Payment,
    years: Years,
) -> FloatArray:
    """Cut what is paid outside a limit by limit ÷ claim where the claim exceeds it.

    Fractions are dropped head by head where the heads are paid as they are, else once.
    """
    cover = layer.cover
    assert cover is not None  # only covers stand outside others
    of = reference.layer
    room = np.full(years.n_events, of.event_limit)
    if cover.ratio_limit == "available" and np.isfinite(of.period_limit):
        left = left_before(reference.payable, years, of.period_limit, reference.used)
        room = np.minimum(room, left)
    if layer.inner or cover.deductible > 0 or layer.ratio != (1, 1):
        return prorated(after_share, room, reference.eligible)
    heads: dict[str, FloatArray] = {}
    for item, amount in own.by_item:
        heads[item.head] = heads[item.head] + amount if item.head in heads else amount
    cut = [prorated(amount, room, reference.eligible) for amount in heads.values()]
    return _total(cut, len(room))
