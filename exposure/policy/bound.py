"""Plans that differ in their limits alone, paid once without limits and again where one can bind.

Most years stay below every limit of most plans; in such years a limit changes nothing, whatever its
amount. What is paid is left to ``payout``, which stays the one interpreter.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from exposure.arrays import FloatArray, IntArray, Years
from exposure.policy.eligible import Eligible, EligibleCache
from exposure.policy.layers import Layer
from exposure.policy.payout import Payment, PayoutTable, pay, pay_cover
from exposure.policy.plans import Plan
from exposure.policy.simulated import losses_for
from exposure.policy.terms import PolicyPeriod
from exposure.tables import LossItem, LossTable


@dataclass(frozen=True)
class Unlimited:
    """Losses paid without any limit, for all plans that differ in limits alone (限度額なしの支払).

    Parameters
    ----------
    table : PayoutTable
        What the plan would pay if none of its covers had a limit.
    demand : mapping of str to (n_years,) array
        Most that can fall under a cover's limits, by cover; filled as it is asked for. [JPY]
    bound : list of (mapping, array)
        Limits by cover, and the years in which they can bind; filled as plans are paid.
    """

    table: PayoutTable
    demand: dict[str, FloatArray] = field(default_factory=dict)
    bound: list[tuple[dict[str, float], IntArray]] = field(default_factory=list)


@dataclass(frozen=True)
class Bound:
    """The years in which a limit of a plan can bind, paid under its limits (限度額に届き得る年度).

    Parameters
    ----------
    place : (n_bound,) array
        The loss years, ascending.
    events : (n_bound_events,) array
        Their events.
    years : Years
        Which of these events belongs to which of these years.
    payments : mapping of str to Payment
        Of these events, by cover, inside out. What conditions, windows and caps per unit leave
        unpaid is not in them.
    """

    place: IntArray
    events: IntArray
    years: Years
    payments: Mapping[str, Payment]


def family_of(plan: Plan) -> object:
    """Return a key that plans share if they differ in their limits alone (限度額以外の条件).

    Examples
    --------
    >>> from exposure.policy.plans import plan
    >>> small, large = plan("aiu_2015@limit=50000000"), plan("aiu_2015@limit=300000000")
    >>> family_of(small) == family_of(large)
    True
    >>> family_of(small) == family_of(plan("aiu_2015+card@limit=50000000"))
    False
    """
    terms = tuple(_terms(layer) for layer in plan.layers)
    return plan.product, repr(plan.wording.derive), plan.wording.plan.limit_covers, terms


def _terms(layer: Layer) -> object:
    kept = layer.name, layer.signature, layer.inner, layer.attached, layer.ratio
    if layer.cover is None:
        return kept
    cover = layer.cover
    return *kept, tuple(cover.heads), cover.deductible, cover.outside, cover.ratio_limit


def pay_unlimited(
    plan: Plan, losses: LossTable, period: PolicyPeriod, cache: EligibleCache | None = None
) -> Unlimited:
    """Pay losses as if no cover of a plan had a limit (限度額がない場合の保険金).

    Parameters
    ----------
    plan : Plan
        Any of its family.
    losses : LossTable
        Simulated, under the heads of the simulation.
    period : PolicyPeriod
    cache : EligibleCache, optional
        As in `exposure.policy.payout.pay`.

    Examples
    --------
    >>> from datetime import date
    >>> from exposure.policy.plans import plan
    >>> from exposure.tables import EventTable, LossItem
    >>> days = {"claim_made_on": np.full(1, np.datetime64("2026-05-01"))}
    >>> losses = LossTable(EventTable(Years((1,)), days), (LossItem("damages", np.array([2e7])),))
    >>> period = PolicyPeriod(start=date(2026, 4, 1), end=date(2027, 3, 31))
    >>> pay_unlimited(plan("nipponkoa_2006/A"), losses, period).table.paid
    array([20000000.])
    """
    layers = (replace(one, event_limit=math.inf, period_limit=math.inf) for one in plan.layers)
    free = replace(plan, layers=tuple(layers))
    return Unlimited(pay(free, losses_for(plan, losses), period, cache=cache))


def pay_bound(plan: Plan, unlimited: Unlimited) -> Bound:
    """Pay the years in which a limit of a plan can bind (限度額に届き得る年度の保険金).

    In every other year the plan pays what it would pay without limits, step by step and to the yen.

    Parameters
    ----------
    plan : Plan
    unlimited : Unlimited
        Of a plan of the same family.

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
    >>> small = plan("nipponkoa_2006/A")
    >>> bound = pay_bound(small, pay_unlimited(small, losses, period))
    >>> bound.place, bound.payments["plan"].payable
    (array([1]), array([10000000.]))
    """
    whole = unlimited.table.losses.events.years
    place = _years_bound(plan, unlimited)
    events, years = whole.part(place)
    payments: dict[str, Payment] = {}
    zeros = np.zeros(events.size)
    nothing = Eligible(zeros, zeros, zeros, zeros, (), is_empty=True)
    for layer in plan.layers:
        free = unlimited.table.payments[layer.name]
        if free.is_empty:
            payments[layer.name] = Payment(
                layer, nothing, zeros, zeros, zeros, zeros, zeros, zeros, used=0.0
            )
            continue
        own = nothing if free.own.is_empty else _part(layer, free.own, events)
        payments[layer.name] = pay_cover(plan, layer, own, payments, years, {})
    return Bound(place, events, years, payments)


def _years_bound(plan: Plan, unlimited: Unlimited) -> IntArray:
    """Return the years whose total under some cover reaches the smaller of its limits."""
    least = _least_limits(plan, unlimited.table)
    overall = plan.wording.plan.limit_covers
    within = _among(unlimited, least)
    n_years = unlimited.table.losses.events.years.n_years
    reached = np.zeros(n_years if within is None else within.size, dtype=np.bool_)
    for name, limit in least.items():
        if name not in unlimited.demand:
            unlimited.demand[name] = _demand(plan, unlimited.table, name)
        demand = unlimited.demand[name] if within is None else unlimited.demand[name][within]
        # A limit met to the yen cuts nothing; whether the overall one is used up is asked, though.
        reached |= demand >= limit if name in overall else demand > limit
    place = np.flatnonzero(reached) if within is None else within[reached]
    unlimited.bound.append((least, place))
    return place


def _least_limits(plan: Plan, table: PayoutTable) -> dict[str, float]:
    """Return the smaller limit of each cover where it can matter. [JPY]."""
    found = {}
    for layer in plan.layers:
        least = min(layer.event_limit, layer.period_limit)
        asked = layer.name in plan.wording.plan.limit_covers and least <= 0
        if not math.isinf(least) and (asked or not table.payments[layer.name].is_empty):
            found[layer.name] = least
    return found


def _among(unlimited: Unlimited, least: Mapping[str, float]) -> IntArray | None:
    """Return the years that limits no larger than these can bind, if such limits have been paid."""
    larger = (
        place
        for known, place in unlimited.bound
        if all(known.get(name, math.inf) <= limit for name, limit in least.items())
    )
    return min(larger, key=len, default=None)


def _demand(plan: Plan, table: PayoutTable, name: str) -> FloatArray:
    payment, years = table.payments[name], table.losses.events.years
    # What is paid outside a limit is cut by the claim under it, its deductible included.
    return years.sum(payment.eligible if plan.is_reference(name) else payment.after_ratio)


def _part(layer: Layer, own: Eligible, events: IntArray) -> Eligible:
    """Return what a cover takes up of some events, after all steps but its own terms."""
    capped = own.capped[events]
    by_item: tuple[tuple[LossItem, FloatArray], ...] = ()
    if layer.cover is not None and layer.cover.outside is not None:
        by_item = tuple((item, amount[events]) for item, amount in own.by_item)
    return Eligible(capped, capped, capped, capped, by_item)
