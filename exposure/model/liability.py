"""Put yen on the claims after a leak: damages, costs of suits, days in court (賠償損害の算定).

Who claims is drawn in `exposure.model.claims`; the response to the leak is priced in
`exposure.model.losses`.
"""

from __future__ import annotations

import numpy as np

from exposure.arrays import DateArray, FloatArray, IntArray
from exposure.model.build import BreachModel
from exposure.model.claims import ClaimModel, Claims
from exposure.model.events import SimulatedEvents
from exposure.model.litigation import LitigationModel, litigation_costs
from exposure.model.prices import price_levels, total_paid
from exposure.streams import Luck
from exposure.tables import NOT_STATED, LossItem


def liability_items(
    claim_model: ClaimModel,
    claims: Claims,
    offset: FloatArray,
    simulated: SimulatedEvents,
    luck: Luck,
) -> list[LossItem]:
    """Price damages, costs of suits and days in court (損害賠償金・争訟費用・出頭).

    Parameters
    ----------
    claim_model : ClaimModel
    claims : Claims
    offset : (n_events,) array
        Already paid to each person, as a voucher or voluntarily. [JPY]
    simulated : SimulatedEvents
    luck : Luck
    """
    n, index, in_court = offset.size, claims.events, claims.sued
    level = price_levels(claim_model.price, index, simulated.circumstances, simulated.factors, luck)
    already = offset.take(index)
    spread = claim_model.price.sigma_own
    damages = np.zeros(n)
    if claims.demanding.any():
        damages[index] = total_paid(
            claims.demanding.take(index),
            level * claim_model.settlement_factor,
            already,
            spread,
            luck.stream("price.demand"),
        )
    # Events in court are found among those with a claimant, unless they are all of them.
    sued = slice(None) if in_court.size == index.size else np.searchsorted(index, in_court)
    at_stake = total_paid(
        claims.suing.take(in_court),
        level[sued],
        already[sued],
        spread,
        luck.stream("price.suit"),
    )
    awarded = np.rint(at_stake)
    awarded *= ~claims.dismissed
    np.rint(damages, out=damages)
    damages[in_court] += awarded
    items = [LossItem("damages", damages)]
    items += _suit_items(claim_model.litigation, in_court, at_stake, awarded, n, luck)
    return items


def _suit_items(
    model: LitigationModel,
    sued: IntArray,
    at_stake: FloatArray,
    awarded: FloatArray,
    n: int,
    luck: Luck,
) -> list[LossItem]:
    instances = np.ones(sued.size)
    if model.appeal:
        instances += luck.stream("litigation.appeal").random(sued.size) < model.appeal
    costs = np.zeros(n)
    costs[sued] = np.rint(litigation_costs(model, at_stake, awarded, instances))
    items = [LossItem("litigation_costs", costs)]
    if model.officer_days or model.employee_days:
        rng = luck.stream("litigation.attendance")
        officer, employee = np.zeros(n), np.zeros(n)
        officer[sued] = rng.poisson(model.officer_days, sued.size)
        employee[sued] = rng.poisson(model.employee_days, sued.size)
        amount = officer * model.officer_day + employee * model.employee_day
        items.append(
            LossItem("court_attendance", amount, officer_days=officer, employee_days=employee)
        )
    return items


def card_misuse(model: ClaimModel, simulated: SimulatedEvents, luck: Luck) -> FloatArray | None:
    """Price the misuse of card numbers stolen from a system (カード不正使用).

    Returns
    -------
    (n_events,) array, or None
        None if there is nothing to price. [JPY]
    """
    at = simulated.circumstances
    if not (model.card_misuse_rate and model.card_misuse_amount):
        return None
    if not isinstance(at.card, np.ndarray) and not at.card:
        return None
    amount = np.zeros(at.persons.size)
    held = np.rint(at.persons * at.card)
    (index,) = np.nonzero((held > 0) & at.malicious & at.system)
    misused = luck.stream("claims.card_misuse").binomial(
        held[index].astype(np.int64), model.card_misuse_rate
    )
    amount[index] = np.rint(misused * model.card_misuse_amount)
    return amount


def first_claim(
    model: BreachModel,
    claim_model: ClaimModel,
    claims: Claims,
    claimed: IntArray,
    simulated: SimulatedEvents,
    luck: Luck,
) -> DateArray:
    """Return the day of the first claim (最初の請求日), at the latest the last of the period.

    Parameters
    ----------
    model : BreachModel
    claim_model : ClaimModel
    claims : Claims
    claimed : (n,) array
        Places of the events with a claim of any kind.
    simulated : SimulatedEvents
    luck : Luck

    Returns
    -------
    (n_events,) array of datetime64
        NaT where nobody claims.
    """
    discovered = np.asarray(simulated.table.facts["discovered_on"])
    day = np.full(discovered.size, NOT_STATED)
    (median_log, sd), suit = model.timing.demand, model.timing.suit
    lag = luck.stream("claims.lag").standard_normal(claimed.size)
    if claim_model.suit is not None:
        # Demands and recourse come within months; a suit that nothing preceded comes later.
        suit_alone = (claims.suing.take(claimed) > 0) & (claims.demanding.take(claimed) == 0)
        lag *= np.where(suit_alone, suit[1], sd)
        lag += np.where(suit_alone, suit[0], median_log)
    else:
        lag *= sd
        lag += median_log
    np.exp(lag, out=lag)
    np.minimum(lag, model.period_days, out=lag)
    # Days are counted as whole numbers; dates would be looked at one by one for missing ones.
    first = discovered.take(claimed).view(np.int64)
    first += lag.astype(np.int64)
    np.minimum(first, model.last_day.astype(np.int64), out=first)
    day[claimed] = first.view(day.dtype)
    return day
