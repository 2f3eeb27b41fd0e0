"""A few simulated breaches told through a plan, line by line (想定事故の例).

Chooses breaches at stated rarities among those that are alone in their year, and writes down what
each cover does with them. The sentences are left to the reports.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from exposure.arrays import FloatArray, IntArray
from exposure.model.build import BreachModel
from exposure.model.events import SimulatedEvents, simulate_events
from exposure.model.losses import price_losses, response_costs
from exposure.policy.payout import Payment, PayoutTable, pay
from exposure.policy.plans import Plan
from exposure.policy.simulated import losses_for
from exposure.policy.terms import ROOT
from exposure.study.headline import Plain, plain
from exposure.study.simulation import BLOCK_YEARS, policy_period
from exposure.tables import LossTable


def first_events(model: BreachModel, loss_years: int, seed: int) -> SimulatedEvents:
    """Return the first events of a study, drawn again (最初の区画の事故)."""
    return simulate_events(model, min(loss_years, BLOCK_YEARS), seed, 0)


def incidents(
    model: BreachModel,
    events: SimulatedEvents,
    regime: str,
    plan: Plan,
    rarities: Sequence[float],
    seed: int,
) -> list[Plain]:
    """Tell some breaches of the study through a plan (想定事故の例).

    Parameters
    ----------
    model : BreachModel
    events : SimulatedEvents
        Of `first_events`.
    regime : str
    plan : Plan
    rarities : sequence of float
        One breach that one in so many exceeds, for each of these numbers.
    seed : int
        Of the study.

    Returns
    -------
    list of mapping
        Fewer than asked for if the study has too few breaches.
    """
    response = response_costs(model, events, seed, 0)
    losses = losses_for(plan, price_losses(model, events, regime, seed, 0, response))
    table = pay(plan, losses, policy_period(model))
    return [
        {"one_in": float(rarity), "plan": plan.id, **told(table, at)}
        for rarity, at in zip(rarities, _chosen(losses, rarities), strict=False)
    ]


def _chosen(losses: LossTable, rarities: Sequence[float]) -> list[int]:
    """Return the breach at each rarity among those that are alone in their year."""
    years, total = losses.events.years, losses.total()
    first = years.sizes[1] if len(years.sizes) > 1 else 0
    alone: IntArray = np.arange(first, years.n_years)
    order = alone[np.argsort(total[alone], kind="stable")]
    places = [int((1 - 1 / rarity) * order.size) for rarity in rarities if rarity <= order.size]
    return [int(order[place]) for place in places]


def told(table: PayoutTable, at: int) -> Plain:
    """Return what a plan does with one event, cover by cover (支払の内訳).

    Parameters
    ----------
    table : PayoutTable
    at : int
        Number of the event.

    Examples
    --------
    >>> from datetime import date
    >>> from exposure.arrays import Years
    >>> from exposure.policy.plans import plan
    >>> from exposure.policy.terms import PolicyPeriod
    >>> from exposure.tables import EventTable, LossItem
    >>> days = {"claim_made_on": np.full(1, np.datetime64("2026-05-01"))}
    >>> losses = LossTable(EventTable(Years((1,)), days), (LossItem("damages", np.array([2e7])),))
    >>> period = PolicyPeriod(start=date(2026, 4, 1), end=date(2027, 3, 31))
    >>> story = told(pay(plan("nipponkoa_2006/A"), losses, period), 0)
    >>> story["loss"], story["paid"], story["covers"][0]["unpaid"]
    (20000000.0, 10000000.0, {'limit': 10000000.0})
    """
    events, heads = table.losses.events, table.losses.by_head()
    amounts = {head: float(amount[at]) for head, amount in heads.items() if amount[at] > 0}
    loss = sum(amounts.values())
    cause = None if events.cause is None else events.cause_names[int(events.cause[at])]
    return {
        "cause": cause,
        "persons": _person(events.persons, at),
        "claimants": _person(events.claimants, at),
        "heads": amounts,
        "loss": loss,
        "not_covered": float(table.not_covered[at]),
        "covers": [
            _cover(table, payment, at)
            for payment in table.payments.values()
            if payment.layer.name != ROOT and payment.own.loss[at] + payment.eligible[at] > 0
        ],
        "overall": _overall(table, at),
        "paid": float(table.paid[at]),
        "retained": loss - float(table.paid[at]),
    }


def _person(values: FloatArray | None, at: int) -> float | None:
    return None if values is None else float(values[at])


def _cover(table: PayoutTable, payment: Payment, at: int) -> Plain:
    """Return what one cover takes up, cuts and pays."""
    own, cover = payment.own, payment.layer.cover
    assert cover is not None  # only the plan itself has none
    limited = payment.layer.name in table.plan.wording.plan.limit_covers
    cuts = {
        "excluded": own.loss - own.covered,
        "window": own.covered - own.in_window,
        "per_unit": own.in_window - own.capped,
        "deductible": payment.eligible - payment.after_deductible,
        "share": payment.after_deductible - payment.after_share,
        "limit" if limited else "sublimit": payment.after_share - payment.payable,
    }
    inner = float(payment.eligible[at] - own.capped[at])
    return {
        "cover": payment.layer.name,
        "label": cover.label.model_dump(),
        "clause": cover.clause,
        "within": cover.within,
        "loss": float(own.loss[at]),
        "inner": inner,
        "limit": plain(min(payment.layer.event_limit, payment.layer.period_limit)),
        "unpaid": {reason: float(cut[at]) for reason, cut in cuts.items() if cut[at] > 0},
        "payable": float(payment.payable[at]),
    }


def _overall(table: PayoutTable, at: int) -> Plain:
    """Return what the limit of the whole plan does with the sum of the sections."""
    whole = table.payments[ROOT]
    return {
        "limit": plain(min(whole.layer.event_limit, whole.layer.period_limit)),
        "payable": float(whole.eligible[at]),
        "unpaid": float(whole.eligible[at] - whole.payable[at]),
    }
