"""Plans that differ in their limits alone, paid once and again where a tighter limit can bind.

They are paid under the widest of their limits. Most years stay below most limits, and in such years
a tighter limit changes nothing. What is paid is left to ``payout``, the one interpreter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from exposure.arrays import FloatArray, IntArray, Years
from exposure.policy.eligible import Eligible, EligibleCache
from exposure.policy.layers import Layer
from exposure.policy.payout import Payment, PayoutTable, limited, pay, pay_cover
from exposure.policy.plans import Plan
from exposure.policy.simulated import losses_for
from exposure.policy.terms import PolicyPeriod
from exposure.tables import LossItem, LossTable


@dataclass(frozen=True)
class Widest:
    """Losses paid under the widest limits of a family of plans (最も広い限度額での支払).

    Parameters
    ----------
    table : PayoutTable
        What the plan with the widest limits pays.
    bound : list of (mapping, array)
        Limits by cover, and the years in which they can bind; filled as plans are paid.
    """

    table: PayoutTable
    bound: list[tuple[dict[str, float], IntArray]] = field(default_factory=list)
    _sums: dict[int, FloatArray] = field(default_factory=dict)

    def paid(self, name: str) -> FloatArray:
        """Return what a cover pays in each year. (n_years,) array [JPY]."""
        return self._sum(self.table.payments[name].payable)

    def demand(self, name: str) -> FloatArray:
        """Return the most that can fall under a cover's tighter limits in each year. [JPY]."""
        if self.table.plan.is_reference(name):
            # What is paid outside a limit is cut by the claim under it, its deductible included.
            return self._sum(self.table.payments[name].eligible)
        return self.paid(name)

    def _sum(self, amount: FloatArray) -> FloatArray:
        """Add up each year, once for covers that hand on what another pays."""
        if id(amount) not in self._sums:
            self._sums[id(amount)] = self.table.losses.events.years.sum(amount)
        return self._sums[id(amount)]


@dataclass(frozen=True)
class Bound:
    """The years in which a tighter limit of a plan can bind, paid under it (限度額に届き得る年度).

    Parameters
    ----------
    place : (n_bound,) array
        The loss years, ascending.
    events : (n_bound_events,) array
        Their events.
    years : Years
        Which of these events belongs to which of these years.
    payments : mapping of str to Payment
        Of these events, by cover, inside out; empty if there are none. What no limit changes is
        not told apart in them: conditions, windows and caps, and of an innermost cover every term
        but the limits.
    tighter : mapping of str to float
        The smallest limit of each cover that is tighter than the widest. [JPY]
    """

    place: IntArray
    events: IntArray
    years: Years
    payments: Mapping[str, Payment]
    tighter: Mapping[str, float]


def with_widest(plans: Sequence[Plan]) -> tuple[tuple[Plan, Plan], ...]:
    """Pair each plan with its family's plan of the widest limits, the same object for all.

    Parameters
    ----------
    plans : sequence of Plan

    Examples
    --------
    >>> from exposure.policy.plans import plan
    >>> pair = with_widest([plan("aiu_2015@limit=50000000"), plan("aiu_2015@limit=300000000")])
    >>> [round(wide.layer("liability").period_limit) for _, wide in pair]
    [300000000, 300000000]
    >>> pair[0][1] is pair[1][1]
    True
    """
    families: dict[object, list[Plan]] = {}
    for plan in plans:
        families.setdefault(plan.family, []).append(plan)
    widest = {key: _widest(family) for key, family in families.items()}
    return tuple((plan, widest[plan.family]) for plan in plans)


def _widest(plans: list[Plan]) -> Plan:
    layers = plans[0].layers
    for plan in plans[1:]:
        layers = tuple(_wider(*both) for both in zip(layers, plan.layers, strict=True))
    return replace(plans[0], layers=layers)


def _wider(one: Layer, other: Layer) -> Layer:
    if other.event_limit <= one.event_limit and other.period_limit <= one.period_limit:
        return one
    return replace(
        one,
        event_limit=max(one.event_limit, other.event_limit),
        period_limit=max(one.period_limit, other.period_limit),
    )


def pay_widest(
    widest: Plan, losses: LossTable, period: PolicyPeriod, cache: EligibleCache | None = None
) -> Widest:
    """Pay losses under the widest limits of a family (最も広い限度額での保険金).

    Parameters
    ----------
    widest : Plan
        From `with_widest`.
    losses : LossTable
        Simulated, under the heads of the simulation.
    period : PolicyPeriod
    cache : EligibleCache, optional
        As in `exposure.policy.payout.pay`.

    Examples
    --------
    See `pay_bound`.
    """
    return Widest(pay(widest, losses_for(widest, losses), period, cache=cache))


def pay_bound(plan: Plan, widest: Widest) -> Bound:
    """Pay the years in which a tighter limit of a plan can bind (限度額に届き得る年度の保険金).

    In every other year the plan pays what the widest limits pay, step by step and to the yen.

    Parameters
    ----------
    plan : Plan
    widest : Widest
        Of the plan's family.

    Examples
    --------
    Two years; only the second reaches 10 million yen:

    >>> from datetime import date
    >>> from exposure.policy.plans import plan
    >>> from exposure.tables import EventTable, LossItem
    >>> days = {"claim_made_on": np.full(2, np.datetime64("2026-05-01"))}
    >>> item = LossItem("damages", np.array([3e6, 2e7]))
    >>> losses = LossTable(EventTable(Years((2,)), days), (item,))
    >>> period = PolicyPeriod(start=date(2026, 4, 1), end=date(2027, 3, 31))
    >>> small, large = plan("nipponkoa_2006/A"), plan("nipponkoa_2006/F")
    >>> bound = pay_bound(small, pay_widest(large, losses, period))
    >>> bound.place, bound.payments["plan"].payable
    (array([1]), array([10000000.]))
    """
    whole = widest.table.losses.events.years
    tighter = _tighter_limits(plan, widest.table)
    place = _years_bound(plan, widest, tighter)
    events, years = whole.part(place)
    if not place.size:
        return Bound(place, events, years, {}, tighter)
    payments: dict[str, Payment] = {}
    for layer in plan.layers:
        wide = widest.table.payments[layer.name]
        if wide.is_empty or layer.is_innermost:
            claim = plan.is_reference(layer.name)
            payments[layer.name] = _limited_anew(layer, wide, events, years, claim_asked=claim)
        else:
            own = _part(layer, wide.own, events)
            payments[layer.name] = pay_cover(plan, layer, own, payments, years, {})
    return Bound(place, events, years, payments, tighter)


def _limited_anew(
    layer: Layer, wide: Payment, events: IntArray, years: Years, *, claim_asked: bool
) -> Payment:
    """Apply the limits to what the other terms of a cover leave, which no limit changes."""
    if wide.is_empty:
        amount = of_event = payable = np.broadcast_to(0.0, events.size)
    else:
        amount = wide.after_ratio[events]
        of_event, payable = limited(layer, amount, years, 0.0)
    return Payment(
        layer=layer,
        own=Eligible(amount, amount, amount, amount, (), is_empty=wide.is_empty),
        # What is paid outside a limit is cut by the whole claim under it.
        eligible=wide.eligible[events] if claim_asked else amount,
        after_deductible=amount,
        after_share=amount,
        after_ratio=amount,
        after_event_limit=of_event,
        payable=payable,
        used=0.0,
        is_empty=wide.is_empty,
    )


def _tighter_limits(plan: Plan, table: PayoutTable) -> dict[str, float]:
    """Return the smallest tighter limit of each cover where it can matter. [JPY]."""
    found = {}
    for layer, wide in zip(plan.layers, table.plan.layers, strict=True):
        limits = (layer.event_limit, wide.event_limit), (layer.period_limit, wide.period_limit)
        tighter = [own for own, widest in limits if own < widest]
        if not tighter:
            continue
        asked = layer.name in plan.wording.plan.limit_covers and min(tighter) <= 0
        if asked or not table.payments[layer.name].is_empty:
            found[layer.name] = min(tighter)
    return found


def _years_bound(plan: Plan, widest: Widest, tighter: dict[str, float]) -> IntArray:
    """Return the years whose total under some cover reaches its tighter limit."""
    overall = plan.wording.plan.limit_covers
    within = _among(widest, tighter)
    n_years = widest.table.losses.events.years.n_years
    reached = np.zeros(n_years if within is None else within.size, dtype=np.bool_)
    for name, limit in tighter.items():
        demand = widest.demand(name) if within is None else widest.demand(name)[within]
        # A limit met to the yen cuts nothing; whether the overall one is used up is asked, though.
        reached |= demand >= limit if name in overall else demand > limit
    place = np.flatnonzero(reached) if within is None else within[reached]
    widest.bound.append((tighter, place))
    return place


def _among(widest: Widest, tighter: Mapping[str, float]) -> IntArray | None:
    """Return the years that limits no larger than these can bind, if such limits have been paid."""
    larger = (
        place
        for known, place in widest.bound
        if all(known.get(name, np.inf) <= limit for name, limit in tighter.items())
    )
    return min(larger, key=len, default=None)


def _part(layer: Layer, own: Eligible, events: IntArray) -> Eligible:
    """Return what a cover takes up of some events, after all steps but its own terms."""
    if own.is_empty:
        nothing = np.broadcast_to(0.0, events.size)
        return Eligible(nothing, nothing, nothing, nothing, (), is_empty=True)
    capped = own.capped[events]
    by_item: tuple[tuple[LossItem, FloatArray], ...] = ()
    if layer.cover is not None and layer.cover.outside is not None:
        by_item = tuple((item, amount[events]) for item, amount in own.by_item)
    return Eligible(capped, capped, capped, capped, by_item)
