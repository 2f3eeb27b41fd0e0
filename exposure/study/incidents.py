"""A few simulated breaches told through a plan, line by line (想定事故の例).

Chooses breaches at stated rarities among those that are alone in their year, and writes each as a
real claim, which the interpreter pays and explains as it does any other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from exposure.arrays import IntArray
from exposure.model.build import BreachModel
from exposure.model.events import SimulatedEvents, simulate_events
from exposure.model.losses import BLOCK_YEARS, price_losses, response_costs
from exposure.policy.assignment import losses_for
from exposure.policy.case_records import Incident
from exposure.policy.case_tables import losses_of
from exposure.policy.explain import explain_events
from exposure.policy.explain_lines import IncidentExplanation, Line
from exposure.policy.payments import Payment
from exposure.policy.payout import PayoutTable, pay
from exposure.policy.plans import Plan
from exposure.policy.sample import incidents_from
from exposure.policy.terms import ROOT, PolicyPeriod
from exposure.policy.vocabulary import HEADS
from exposure.streams import Luck
from exposure.study.headline import Plain, plain
from exposure.study.simulation import policy_period
from exposure.tables import LossItem, LossTable


def first_events(model: BreachModel, loss_years: int, seed: int) -> SimulatedEvents:
    """Return the first events of a study, drawn again (最初の区画の事故)."""
    return simulate_events(model, min(loss_years, BLOCK_YEARS), Luck(seed))


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
    response = response_costs(model, events, Luck(seed))
    losses = losses_for(plan, price_losses(model, events, regime, Luck(seed), response))
    period = policy_period(model)
    return [
        {"one_in": float(rarity), "plan": plan.id, **told(plan, losses.only(at), period)}
        for rarity, at in zip(rarities, _chosen(losses, rarities), strict=False)
    ]


def worked_payment(
    plan: Plan, losses: LossTable, period: PolicyPeriod, rarity: float
) -> IncidentExplanation:
    """Work out what a plan pays for one simulated breach, line by line (支払いの例).

    Parameters
    ----------
    plan : Plan
    losses : LossTable
        Simulated, under the heads of the model.
    period : PolicyPeriod
    rarity : float
        One breach in so many is larger.
    """
    named = losses_for(plan, losses)
    (at,) = _chosen(named, (rarity,))
    return explain_events(pay(plan, as_claim(plan, named.only(at), period), period), period)[0]


def _chosen(losses: LossTable, rarities: Sequence[float]) -> list[int]:
    """Return the breach at each rarity among those that are alone in their year."""
    years, total = losses.events.years, losses.total()
    first = years.sizes[1] if len(years.sizes) > 1 else 0
    alone: IntArray = np.arange(first, years.n_years)
    order = alone[np.argsort(total[alone], kind="stable")]
    places = [int((1 - 1 / rarity) * order.size) for rarity in rarities if rarity <= order.size]
    return [int(order[place]) for place in places]


def told(plan: Plan, losses: LossTable, period: PolicyPeriod) -> Plain:
    """Return what a plan does with one simulated breach, as it would with a claim (支払の内訳).

    Parameters
    ----------
    plan : Plan
    losses : LossTable
        Of one event, under the heads of the plan.
    period : PolicyPeriod

    Examples
    --------
    >>> from datetime import date
    >>> from exposure.arrays import Years
    >>> from exposure.policy.plans import plan
    >>> from exposure.tables import EventTable
    >>> days = {"claim_made_on": np.full(1, np.datetime64("2026-05-01"))}
    >>> losses = LossTable(EventTable(Years((1,)), days), (LossItem("damages", np.array([2e7])),))
    >>> period = PolicyPeriod(start=date(2026, 4, 1), end=date(2027, 3, 31))
    >>> story = told(plan("nipponkoa_2006/A"), losses, period)
    >>> story["loss"], story["paid"], story["covers"][0]["unpaid"]
    (20000000.0, 10000000.0, {'limit': 10000000.0})
    >>> story["explanation"]["lines"][2]["text"]["en"]
    'JPY 20,000,000 > JPY 10,000,000 (limit) → JPY 10,000,000'
    """
    events = losses.events
    claim = as_claim(plan, losses, period)
    table = pay(plan, claim, period)
    amounts = {head: float(amount[0]) for head, amount in claim.by_head().items() if amount[0] > 0}
    loss = sum(amounts.values())
    cause = None if events.cause is None else events.cause_names[int(events.cause[0])]
    return {
        "cause": cause,
        "persons": None if events.persons is None else float(events.persons[0]),
        "claimants": None if events.claimants is None else float(events.claimants[0]),
        "heads": amounts,
        "loss": loss,
        "not_covered": float(table.not_covered[0]),
        "covers": [
            _cover(payment)
            for payment in table.payments.values()
            if payment.layer.name != ROOT and payment.own.loss[0] + payment.due.eligible[0] > 0
        ],
        "overall": _overall(table),
        "paid": float(table.paid[0]),
        "retained": loss - float(table.paid[0]),
        "explanation": _explanation(explain_events(table, period)[0]),
    }


def as_claim(plan: Plan, losses: LossTable, period: PolicyPeriod) -> LossTable:
    """Return one simulated breach as a claim in the case schema states it (事例としての事故).

    What is spent over time becomes two items, inside the plan's window and after it. Heads that no
    product insures have no name in the schema and are added as they are.

    Parameters
    ----------
    plan : Plan
    losses : LossTable
        Of one event, under the heads of the plan.
    period : PolicyPeriod

    Examples
    --------
    >>> from datetime import date
    >>> from exposure.arrays import Years
    >>> from exposure.policy.plans import plan
    >>> from exposure.tables import EventTable
    >>> items = LossItem("damages", np.array([5.0])), LossItem("fines", np.array([7.0]))
    >>> period = PolicyPeriod(start=date(2026, 4, 1), end=date(2027, 3, 31))
    >>> losses = LossTable(EventTable(Years((1,)), {}), items)
    >>> [item.head for item in as_claim(plan("nipponkoa_2006/A"), losses, period).items]
    ['damages', 'fines']
    """
    insurable = tuple(item for item in losses.items if item.head in HEADS)
    others = tuple(
        LossItem(item.head, item.amount) for item in losses.items if item.head not in HEADS
    )
    written = incidents_from(plan, replace(losses, items=insurable), period)
    claim, _ = losses_of([Incident.model_validate(incident) for incident in written])
    return replace(claim, items=claim.items + others)


def _explanation(page: IncidentExplanation) -> Plain:
    return {
        "losses": [_line(line) for line in page.losses],
        "lines": [_line(line) for line in page.lines],
        "unpaid": {reason: amount for reason, amount in page.unpaid.items() if amount},
        "total": page.total,
    }


def _line(line: Line) -> Plain:
    return {
        "kind": line.kind,
        "depth": line.depth,
        "text": line.text._asdict(),
        "amount": line.amount,
        "clause": line.clause,
    }


def _cover(payment: Payment) -> Plain:
    """Return what one cover takes up, cuts and pays."""
    own, cover = payment.own, payment.layer.cover
    assert cover is not None  # only the plan itself has none
    unpaid: dict[str, float] = {}
    for step in payment.steps():
        cut = float(step.before[0] - step.after[0])
        if cut > 0:
            unpaid[step.reason] = unpaid.get(step.reason, 0.0) + cut
    inner = float(payment.due.eligible[0] - own.capped[0])
    return {
        "cover": payment.layer.name,
        "label": cover.label.model_dump(),
        "clause": cover.clause,
        "within": cover.within,
        "loss": float(own.loss[0]),
        "inner": inner,
        "limit": plain(min(payment.layer.event_limit, payment.layer.period_limit)),
        "unpaid": unpaid,
        "payable": float(payment.payable[0]),
    }


def _overall(table: PayoutTable) -> Plain:
    """Return what the limit of the whole plan does with the sum of the sections."""
    whole = table.payments[ROOT]
    return {
        "limit": plain(min(whole.layer.event_limit, whole.layer.period_limit)),
        "payable": float(whole.due.eligible[0]),
        "unpaid": float(whole.due.eligible[0] - whole.payable[0]),
    }
