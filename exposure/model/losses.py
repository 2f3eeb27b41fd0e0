"""Put yen on simulated leaks, head by head (損害額の算定).

Response costs are the same under every regime and can be priced once; claims differ. Heads are
never added up here: that is for a policy, or for the gross loss of the table.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from exposure.arrays import BoolArray, FloatArray
from exposure.model.build import BreachModel
from exposure.model.claims import draw_claims, draw_voluntary
from exposure.model.costs import (
    ADS,
    CONDOLENCE,
    SHIPPING,
    CostHead,
    cost_amount,
    own_persons,
    spending,
    triggered,
)
from exposure.model.events import SimulatedEvents
from exposure.model.liability import card_misuse, first_claim, liability_items
from exposure.tables import Flag, LossItem, LossTable


@dataclass(frozen=True)
class ResponseCosts:
    """Costs of the response, the same under every regime (対応費用).

    Parameters
    ----------
    items : tuple of LossItem
        All heads but condolence money.
    voucher : flag
        Events whose persons get a voucher, unless they are compensated voluntarily.
    told : (n_events,) array
        Persons the client itself writes to. [person]
    entrustor : (n_events,) array, or None
        The entrustor's own costs that are claimed back. [JPY]
    """

    items: tuple[LossItem, ...]
    voucher: Flag
    told: FloatArray
    entrustor: FloatArray | None


def price_losses(
    model: BreachModel,
    simulated: SimulatedEvents,
    regime: str,
    seed: int,
    block: int,
    response: ResponseCosts | None = None,
) -> LossTable:
    """Put yen on every event under one regime (損害額の算定).

    Parameters
    ----------
    model : BreachModel
    simulated : SimulatedEvents
        From `exposure.model.events.simulate_events`, with the same seed and block.
    regime : str
        ``brochure`` or ``court``.
    seed, block : int
    response : ResponseCosts, optional
        From `response_costs`, when it is priced once for several regimes.

    Returns
    -------
    LossTable
        Its events know the claimants and the day of the first claim. The heads depend on the model
        alone, so that blocks fit together.

    Examples
    --------
    >>> from datetime import date
    >>> from exposure.inputs.assumptions import load_assumptions
    >>> from exposure.inputs.client import Client
    >>> from exposure.model.build import build_model
    >>> from exposure.model.events import simulate_events
    >>> model = build_model(Client(records=500), load_assumptions(), date(2026, 4, 1))
    >>> events = simulate_events(model, 100, seed=1, block=0)
    >>> losses = price_losses(model, events, "brochure", seed=1, block=0)
    >>> "damages" in losses.by_head(), bool((losses.total() > 0).all())
    (True, True)
    """
    claim_model = model.claims[regime]
    at, factors = simulated.circumstances, simulated.factors
    if response is None:
        response = response_costs(model, simulated, seed, block)
    voluntary = draw_voluntary(claim_model.voluntary, at, seed, block)
    given, per_person = _condolence(model, response.voucher, voluntary, at.persons.size)
    claims = draw_claims(claim_model, at, factors.pub, seed, block)

    items = list(response.items)
    items += _condolence_items(model, simulated, response, given, per_person, voluntary is not None)
    claimed = (claims.demanding > 0) | (claims.suing > 0)
    offset = np.where(given, per_person, 0.0)
    items += liability_items(claim_model, claims, claimed, offset, simulated, seed, block)
    card = card_misuse(claim_model, simulated, seed, block)
    if card is not None:
        items.append(LossItem("card_misuse_damages", card))
        claimed = claimed | (card > 0)
    if response.entrustor is not None:
        claimed = claimed | (response.entrustor > 0)
    organised = claim_model.suit is not None
    claim_day = first_claim(model, claims, claimed, organised, simulated, seed, block)
    table = simulated.table
    events = replace(
        table,
        facts={**table.facts, "claim_made_on": claim_day},
        claimants=(claims.demanding + claims.suing).astype(np.float64),
    )
    return LossTable(events, tuple(items))


def response_costs(
    model: BreachModel, simulated: SimulatedEvents, seed: int, block: int
) -> ResponseCosts:
    """Price the response to every event (事故対応費用の算定).

    Parameters
    ----------
    model : BreachModel
    simulated : SimulatedEvents
    seed, block : int
    """
    told = own_persons(simulated.circumstances.notified, simulated.entrusted, model.recourse.omega)
    at = replace(simulated.circumstances, notified=told)
    n = told.size
    spent: dict[str, Flag] = {}
    items = []
    for head in model.costs:
        met = triggered(head, at, spent)
        flag = simulated.own_notice if head.head == ADS else spending(head, met, n, seed, block)
        spent[head.head] = flag
        if head.head in (CONDOLENCE, SHIPPING) or (isinstance(flag, bool) and not flag):
            continue
        amount = cost_amount(head, flag, told, simulated.factors, seed, block)
        items.append(LossItem(head.head, amount, spending_mean_days=head.spending_mean_days))
    shipping = next(head for head in model.costs if head.head == SHIPPING)
    condolence = next(head for head in model.costs if head.head == CONDOLENCE)
    sent = spent[SHIPPING]
    if not isinstance(sent, bool) or sent:
        units = np.where(sent, told, 0.0)
        items.append(
            LossItem(
                SHIPPING,
                units * shipping.per_person,
                units=units,
                per_unit=np.broadcast_to(shipping.per_person, n),
                per_unit_before=np.broadcast_to(condolence.per_person, n),
                spending_mean_days=shipping.spending_mean_days,
            )
        )
    entrustor = _entrustor_costs(model, simulated, spent[CONDOLENCE], seed, block)
    return ResponseCosts(tuple(items), spent[CONDOLENCE], told, entrustor)


def _entrustor_costs(
    model: BreachModel, simulated: SimulatedEvents, voucher: Flag, seed: int, block: int
) -> FloatArray | None:
    """Price what entrustors spend, as if it were the client, and take the share claimed back."""
    if isinstance(simulated.entrusted, bool) and not simulated.entrusted:
        return None
    n = simulated.circumstances.persons.size
    (index,) = np.nonzero(np.broadcast_to(simulated.entrusted, n))
    at = simulated.circumstances.taken(index)
    factors = simulated.factors.taken(index)
    spent: dict[str, Flag] = {CONDOLENCE: np.broadcast_to(voucher, n)[index]}
    total = np.zeros(index.size)
    for head in model.costs:
        if head.head == CONDOLENCE:
            continue
        met = triggered(head, at, spent)
        spent[head.head] = spending(head, met, index.size, seed, block, "recourse")
        if head.head in model.recourse.heads:
            total += cost_amount(
                head, spent[head.head], at.notified, factors, seed, block, "recourse"
            )
    claimed_back = np.zeros(n)
    claimed_back[index] = np.rint(total * model.recourse.fault_share)
    return claimed_back


def _condolence(
    model: BreachModel, voucher: Flag, voluntary: FloatArray | None, n: int
) -> tuple[BoolArray, FloatArray]:
    """Return which events give money to every person, and how much to each."""
    given: BoolArray = np.broadcast_to(np.asarray(voucher), n)
    usual = next(head for head in model.costs if head.head == CONDOLENCE).per_person
    per_person: FloatArray = np.broadcast_to(usual, n)
    if voluntary is not None:
        compensated = voluntary > 0
        per_person = np.where(compensated, voluntary, per_person)
        given = given | compensated
    return given, per_person


def _condolence_items(
    model: BreachModel,
    simulated: SimulatedEvents,
    response: ResponseCosts,
    given: BoolArray,
    per_person: FloatArray,
    has_voluntary: bool,
) -> list[LossItem]:
    """Return condolence money, and what entrustors claim back of costs and of theirs."""
    items = []
    head: CostHead = next(head for head in model.costs if head.head == CONDOLENCE)
    possible = has_voluntary or not isinstance(response.voucher, bool) or response.voucher
    if possible:
        units = np.where(given, response.told, 0.0)
        items.append(_gift(CONDOLENCE, units, per_person, head.spending_mean_days))
    if response.entrustor is not None:
        items.append(LossItem("entrustor_costs", response.entrustor))
        if possible:
            back = np.rint(simulated.circumstances.notified * model.recourse.fault_share)
            units = np.where(given & simulated.entrusted, back, 0.0)
            items.append(_gift("entrustor_condolence", units, per_person, None))
    return items


def _gift(
    head: str, units: FloatArray, per_person: FloatArray, mean_days: float | None
) -> LossItem:
    return LossItem(
        head,
        units * per_person,
        units=units,
        per_unit=per_person,
        spending_mean_days=mean_days,
    )
