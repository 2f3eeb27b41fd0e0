"""Expected damages, costs of suits and condolence money (賠償損害の期待値).

The claims' part of `exposure.validation.expected`; draws nothing.
"""

from __future__ import annotations

import math

import numpy as np

from exposure.arrays import FloatArray
from exposure.model.attributes import Circumstances
from exposure.model.build import BreachModel
from exposure.model.claims import ClaimModel, grave_share, voluntary_amount
from exposure.model.costs import CONDOLENCE
from exposure.model.litigation import litigation_costs
from exposure.model.logit import Logit, normal_nodes, probability
from exposure.model.prices import PriceModel, middle_level, price_moments

_SINGLE = 2**6  # claimants up to whom every number is counted
_PER_OCTAVE = 2**4  # cells of claimants for every doubling beyond


def expected_liability(
    model: BreachModel,
    claims: ClaimModel,
    at: Circumstances,
    misuse: FloatArray,
    voucher: FloatArray,
    z_pub: float,
) -> dict[str, FloatArray]:
    """Return the expected yen of claims and of money given, head by head.

    Parameters
    ----------
    model : BreachModel
    claims : ClaimModel
    at : Circumstances
        Misuse is not read from here.
    misuse, voucher : (n,) array
        Probabilities of confirmed misuse, and of a voucher unless compensated. [-]
    z_pub : float

    Returns
    -------
    dict of str to (n,) array
        [JPY]
    """
    paid_before = _gifts(model, claims, at, misuse, voucher)
    result = _given(model, at, paid_before)
    rate = probability(claims.demand, at.persons, at.sensitive, z_pub)
    demanding = at.persons * rate
    if claims.counted_as_expected:
        demanding = np.rint(demanding)
    some = 1 - _none(claims, rate, at.persons)
    result["damages"] = np.zeros(at.persons.size)
    result["litigation_costs"] = np.zeros(at.persons.size)
    if claims.suit is not None and claims.joining is not None:
        sued = probability(claims.suit, at.persons, at.sensitive, z_pub)
        joining = probability(claims.joining, at.persons, at.sensitive, z_pub)
        joined = at.persons * joining
        if claims.counted_as_expected:
            joined = np.rint(joined)
        suing = joined + _none(claims, joining, at.persons)
        least, settled = 1, claims.settlement_factor
    else:
        sued = np.full(at.persons.size, claims.suit_given_claim)
        suing, least = demanding, 0
        demanding, settled = demanding * (1 - sued), claims.settlement_factor
    most = int(np.argmax(at.persons))
    for chance, offset in paid_before:
        if not chance.any():
            continue
        each = _mean_price(claims.price, at, 1.0, offset)
        settlement = _mean_price(claims.price, at, settled, offset)
        won = (1 - claims.dismissal) * each
        result["damages"] += chance * (demanding * settlement + sued * suing * won)
        paid = float(np.broadcast_to(offset, at.persons.shape)[most])
        fees = _fees(claims, claims.joining or claims.demand, at, z_pub, paid, least)
        result["litigation_costs"] += chance * sued * fees
    suits = sued if least else sued * some
    court = claims.litigation
    result["court_attendance"] = suits * (
        court.officer_days * court.officer_day + court.employee_days * court.employee_day
    )
    misused = at.card * at.persons * claims.card_misuse_rate * (at.malicious & at.system)
    result["card_misuse_damages"] = misused * claims.card_misuse_amount
    return result


def _gifts(
    model: BreachModel,
    claims: ClaimModel,
    at: Circumstances,
    misuse: FloatArray,
    voucher: FloatArray,
) -> list[tuple[FloatArray, FloatArray | float]]:
    """Return the probabilities of what each person was given before: nothing, a voucher, more."""
    voluntary = claims.voluntary
    graver = np.broadcast_to(grave_share(at), misuse.shape)
    grave = misuse * (graver > 0)
    more = grave * voluntary.probability_misuse
    some = (1 - grave) * voluntary.probability
    usual = next(head.per_person for head in model.costs if head.head == CONDOLENCE)
    rest = 1 - more - some
    return [
        (rest * (1 - voucher), 0.0),
        (rest * voucher, usual),
        (some, voluntary.amount_basic),
        (more, voluntary_amount(voluntary, graver)),
    ]


def _given(
    model: BreachModel, at: Circumstances, gifts: list[tuple[FloatArray, FloatArray | float]]
) -> dict[str, FloatArray]:
    per_person = sum(chance * amount for chance, amount in gifts)
    entrusted = model.attributes.share["entrusted"]
    told = np.rint(at.notified * model.recourse.omega)
    back = np.rint(at.notified * model.recourse.fault_share)
    return {
        CONDOLENCE: per_person * (at.notified * (1 - entrusted) + told * entrusted),
        "entrustor_condolence": per_person * back * entrusted,
    }


def _mean_price(
    price: PriceModel, at: Circumstances, factor: float, offset: FloatArray | float
) -> FloatArray:
    """Return what a claimant is paid on average, over the event's level and his own. [JPY]."""
    level = middle_level(price, at) * factor * np.exp(price.sigma_level**2 / 2)
    sigma = math.hypot(price.sigma_level, price.sigma_own)
    if not sigma:
        certain: FloatArray = np.maximum(level - offset, 0.0)
        return certain
    mean, _ = price_moments(level, np.broadcast_to(offset, level.shape), sigma)
    return mean


def _none(claims: ClaimModel, rate: FloatArray, persons: FloatArray) -> FloatArray:
    """Return the probability of no claimant."""
    none: FloatArray = _at_most(claims, np.zeros(1), np.asarray(rate), persons)[0]
    return none


def _at_most(
    claims: ClaimModel, edges: FloatArray, rate: FloatArray, persons: FloatArray
) -> FloatArray:
    """Return P(C ≤ edge), exactly for single claimants and by the rate alone for many."""
    from scipy.special import bdtr, betainc, betaln, gammaln

    c = edges[:, None]
    if claims.counted_as_expected:
        return (np.rint(persons * rate) <= c).astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        if math.isinf(claims.kappa):
            below = bdtr(c, persons, rate)
        else:
            other = claims.kappa * (1 - rate) / rate
            few = np.arange(min(_SINGLE, edges.max()) + 1)[:, None]
            log_ways = gammaln(persons + 1) - gammaln(few + 1) - gammaln(persons - few + 1)
            log_pmf = log_ways + betaln(few + claims.kappa, persons - few + other)
            log_pmf -= betaln(claims.kappa, other)
            exact = np.cumsum(np.where(few <= persons, np.exp(log_pmf), 0.0), axis=0)
            place = np.minimum((2 * c + 1) / 2 / persons, 1.0)
            many = c[:, 0] > _SINGLE
            below = np.empty((edges.size, persons.size))
            below[~many] = exact[edges[~many].astype(np.int64)]
            below[many] = betainc(claims.kappa, other, place[many])
    certain: FloatArray = np.where((persons <= c) | (rate == 0), 1.0, below)
    return certain


def _geometric(first: int, last: float, per_octave: int) -> FloatArray:
    """Return whole numbers from 0, single up to ``first`` and then in equal ratios up to last."""
    octaves = max(math.log2(last / first), 0.0)
    beyond = first * 2.0 ** (np.arange(int(octaves * per_octave) + 1) / per_octave)
    found = np.unique(np.floor(np.concatenate([np.arange(first + 1), beyond, [last]])))
    kept: FloatArray = found[found <= last]
    return kept


def _fees(
    claims: ClaimModel,
    joining: Logit,
    at: Circumstances,
    z_pub: float,
    offset: float,
    least: int,
) -> FloatArray:
    """Return the expected costs of a suit of each event, over how many join it."""
    # Smooth in the size of the leak, so a few sizes are worked out and the rest interpolated.
    persons = _geometric(_PER_OCTAVE, float(at.persons.max()), _PER_OCTAVE)[1:]
    # Fees weigh in large leaks, where the kinds of data are mixed as in the largest.
    most = int(np.argmax(at.persons))
    sensitive = float(np.broadcast_to(at.sensitive, at.persons.shape)[most])
    rate = probability(joining, persons, sensitive, z_pub)
    edges = _geometric(_SINGLE, persons[-1], _PER_OCTAVE)
    upto = _at_most(claims, edges, rate, persons)
    middle = np.maximum(np.concatenate([[0.0], (edges[:-1] + 1 + edges[1:]) / 2]), least)
    fee = _mean_fees(claims, float(middle_level(claims.price, at)[most]), middle, offset)
    mean: FloatArray = np.einsum("i,ij->j", fee, np.diff(upto, axis=0, prepend=0.0))
    return np.interp(np.log(at.persons), np.log(persons), mean)


def _mean_fees(claims: ClaimModel, median: float, count: FloatArray, offset: float) -> FloatArray:
    """Return the expected fee of a suit by its claimants, over price, outcome and appeal."""
    price = claims.price
    nodes, weights = normal_nodes()
    own = np.log1p(math.expm1(price.sigma_own**2) / np.maximum(count, 1))[:, None]
    sigma = np.sqrt(price.sigma_level**2 + own)
    level = median * np.exp(sigma * nodes - own / 2)
    at_stake = count[:, None] * np.maximum(level - offset, 0.0)
    fee = np.zeros(count.size)
    for won, p_outcome in ((0.0, claims.dismissal), (1.0, 1 - claims.dismissal)):
        for instances, p in ((2.0, claims.litigation.appeal), (1.0, 1 - claims.litigation.appeal)):
            if p_outcome * p:
                through = np.full(at_stake.shape, instances)
                cost = litigation_costs(claims.litigation, at_stake, at_stake * won, through)
                fee += p_outcome * p * np.einsum("ij,j->i", cost, weights)
    return np.where(count > 0, fee, 0.0)
