"""What a plan pays for a table of losses (保険金の計算).

One interpreter for a million simulated events and for one real claim. Every cover applies the same
steps in the same order: conditions and exclusions, window, cap per unit, deductible, share, ratio,
event limit, period limit. Each cut is kept with its reason, so that paid and unpaid always add up
to the loss.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from exposure.arrays import BoolArray, FloatArray, Years
from exposure.lazy import Shared
from exposure.policy.assignment import (
    Assignment,
    affected_layers,
    best_ways,
    by_way,
    places_by_way,
    terms_of,
    uptake_by_way,
    uptake_of,
    ways_of,
)
from exposure.policy.conditions import add_deemed_days
from exposure.policy.payments import Due, Eligible, Payment, eligible_of, total_of
from exposure.policy.plan import Layer, Plan
from exposure.policy.vocabulary import REASONS, ROOT, PolicyPeriod
from exposure.tables import CATEGORIES, EventTable, LossItem, LossTable

if TYPE_CHECKING:
    import pandas as pd


_BY_HEAD = Assignment(({},))


@dataclass(frozen=True, repr=False)
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
    assignment : Assignment
        The covers of items that the head alone does not place.
    """

    plan: Plan
    losses: LossTable
    payments: Mapping[str, Payment]
    not_covered: FloatArray
    assignment: Assignment = _BY_HEAD

    def __repr__(self) -> str:
        return (
            f"<PayoutTable {self.plan.id!r}: {self.losses.events.n_events:,} events, "
            f"{self.paid.sum():,.0f} JPY paid>"
        )

    @property
    def paid(self) -> FloatArray:
        """Payment for each event, not to be written to. (n_events,) array [JPY]."""
        # Where no term cuts anything this is the very array of the losses.
        paid = self.payments[ROOT].payable.view()
        paid.flags.writeable = False
        return paid

    def items_by_cover(self) -> Iterator[tuple[int, str | None, LossItem]]:
        """Yield every item with its number and the cover that takes it, or None (項目と担保).

        An item that several covers could take comes once for each, with the events of each.
        """
        for number, item in enumerate(self.losses.items):
            if number in self.assignment.ways[0]:
                for name, part in self.assignment.parts(number, item):
                    yield number, name or None, part
            else:
                yield number, taking_cover(self.plan, item), item

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
            for step in payment.steps():
                if step.changes:
                    unpaid[step.reason] += step.before - step.after
        return unpaid

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
            for step in (payment.own.caps, payment.limits):
                if step.changes:
                    within &= ~step.cuts
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
    losses : LossTable
        Events in order of discovery within each policy year.
    period : PolicyPeriod
        Days that the plan's contract names go before those of the period.
    used : mapping of str to float, optional
        Yen already paid under a cover before the first event. [JPY]
    assigned : mapping of int to str, optional
        Cover that takes the item with this number, where the head does not decide. Any other item
        that is claimable under several goes, event by event, where it is paid most.
    shared : Shared, optional
        When several plans are paid: covers with the same losses and the same terms are paid once.

    Examples
    --------
    See ``tests/wordings`` for the printed examples.
    """
    used, shared = used or {}, shared or Shared()
    years, ways = losses.events.years, ways_of(plan, losses, assigned or {})
    found = [_owns(plan, losses, period, way, shared) for way in ways]
    payments: dict[str, Payment] = {}
    chosen: tuple[Assignment, Mapping[str, Eligible], FloatArray] = (Assignment(ways), *found[0])
    later = affected_layers(plan, [of_way for of_way, _ in found]) if len(ways) > 1 else ()
    if later:
        names = {layer.name for layer in later}
        for layer in plan.layers:
            if layer.name not in names:
                own = found[0][0][layer.name]
                payments[layer.name] = _pay_cover(plan, layer, own, payments, years, used, shared)
        chosen = _best(plan, ways, found, later, payments, years, used, shared)
    assignment, owns, not_covered = chosen
    for layer in plan.layers:
        if layer.name not in payments:
            own = owns[layer.name]
            payments[layer.name] = _pay_cover(plan, layer, own, payments, years, used, shared)
    in_order = {layer.name: payments[layer.name] for layer in plan.layers}
    return PayoutTable(plan, losses, in_order, not_covered, assignment)


def _best(
    plan: Plan,
    ways: tuple[Mapping[int, str], ...],
    found: Sequence[tuple[Mapping[str, Eligible], FloatArray]],
    layers: Sequence[Layer],
    payments: Mapping[str, Payment],
    years: Years,
    used: Mapping[str, float],
    shared: Shared,
) -> tuple[Assignment, Mapping[str, Eligible], FloatArray]:
    """Let every event go the way that pays it most; once for plans that differ in nothing else."""
    owns, left = zip(*found, strict=True)
    already = {layer.name: _used_before(plan, layer, used) for layer in layers}

    def choose() -> tuple[Assignment, Mapping[str, Eligible], FloatArray]:
        chosen = best_ways(layers, owns, payments, years, already, shared)
        merged, not_covered = shared.once(
            "merged",
            lambda: (uptake_of(owns, chosen), by_way(left, places_by_way(chosen, len(left)))),
            chosen,
            *owns,
            *left,
        )
        return Assignment(ways, chosen), merged, not_covered

    # What no cover takes is the same array for plans whose covers take up the same.
    key = "best", terms_of(layers), tuple(already.items()), len(ways)
    return shared.once(key, choose, *owns, *left, *uptake_by_way(layers, owns, payments))


def _used_before(plan: Plan, layer: Layer, used: Mapping[str, float]) -> float:
    names = plan.sections if layer.name == ROOT else (layer.name,)
    return math.fsum(used.get(name, 0.0) for name in names) if used else 0.0


def _owns(
    plan: Plan,
    losses: LossTable,
    period: PolicyPeriod,
    assigned: Mapping[int, str],
    shared: Shared,
) -> tuple[dict[str, Eligible], FloatArray]:
    return shared.once(
        ("owns", plan.structure, tuple(assigned.items()), period),
        lambda: _take_up(plan, losses, period, assigned, shared),
        losses,
    )


def _take_up(
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
    return owns, total_of(left, events.n_events)


def _with_days(plan: Plan, events: EventTable, shared: Shared) -> EventTable:
    """Add the days worked out from others, if an attached cover asks for one."""
    derive = plan.wording.derive
    if not any(layer.attached and layer.asks_days & set(derive) for layer in plan.layers):
        return events
    return shared.once(("days", repr(derive)), lambda: add_deemed_days(events, derive), events)


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


def _pay_cover(
    plan: Plan,
    layer: Layer,
    own: Eligible,
    payments: Mapping[str, Payment],
    years: Years,
    used: Mapping[str, float],
    shared: Shared,
) -> Payment:
    """Say what a cover pays; the same object for all plans in which it is the same."""
    already = _used_before(plan, layer, used) if used else 0.0
    limits = layer.limits, already
    inside = [payments[name] for name in layer.inner if not payments[name].is_empty]
    if own.is_empty and not inside:
        return shared.once(
            ("nothing", limits),
            lambda: Payment(Due(layer, own, (), None, years), layer, already),
            own,
        )
    cover = layer.cover
    outside = None if cover is None or cover.outside is None else payments[cover.outside]
    due = shared.once(
        ("due", layer.terms), lambda: Due(layer, own, inside, outside, years), outside, own, *inside
    )
    return shared.once(("paid", limits), lambda: Payment(due, layer, already), due)
