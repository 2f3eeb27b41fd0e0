"""Who claims after a leak (損害賠償請求).

Three ways to a payment: voluntary compensation of everybody, demands of individuals, and an
organised suit. The regimes ``brochure`` and ``court`` are two sets of figures for the same
functions. What a claimant is paid and a suit costs is in `exposure.model.claim_costs`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from exposure.arrays import BoolArray, FloatArray, IntArray
from exposure.errors import DataError, Problem, Text
from exposure.inputs.assumptions import Assumptions
from exposure.model.attributes import Circumstances, Share, take
from exposure.model.claim_costs import LitigationModel, PriceModel, litigation_model, price_model
from exposure.model.costs import optional
from exposure.model.curves import Logit, probability, solve_logit
from exposure.streams import Luck


@dataclass(frozen=True)
class Voluntary:
    """Voluntary compensation of all persons notified (自主的な賠償).

    Parameters
    ----------
    probability, probability_misuse : float
        The latter when misuse of income, card or sensitive data is confirmed. [-]
    amount_basic, amount : float
        The latter in that case. [JPY/person]
    """

    probability: float
    probability_misuse: float
    amount_basic: float
    amount: float


@dataclass(frozen=True)
class ClaimModel:
    """Claims under one regime (賠償請求の前提).

    Parameters
    ----------
    demand : Logit
        Share of the persons leaked who demand and are paid. [-]
    settlement_factor : float
        What a demand is paid ÷ what a court awards. [-]
    suit : Logit or None
        Probability of an organised suit; None if claims as such go to court.
    joining : Logit or None
        Share of the persons leaked who join it. [-]
    suit_given_claim : float
        Probability that demands go to court, where there is no organised suit. [-]
    kappa : float
        Shape of the claim rate; ``inf`` for none. [-]
    counted_as_expected : bool
        Claimants are their expected number instead of a draw.
    dismissal : float
        Probability that a suit is dismissed. [-]
    card_misuse_rate, card_misuse_amount : float
        [-], [JPY/person]
    """

    regime: str
    demand: Logit
    settlement_factor: float
    suit: Logit | None
    joining: Logit | None
    suit_given_claim: float
    kappa: float
    counted_as_expected: bool
    dismissal: float
    price: PriceModel
    voluntary: Voluntary
    litigation: LitigationModel
    card_misuse_rate: float
    card_misuse_amount: float


@dataclass(frozen=True)
class Claims:
    """Claimants of every event (請求者数).

    Parameters
    ----------
    demanding, suing, claimants : (n_events,) array of int64
        Claimants paid without and within a suit, and both together. [person]
    events, sued : (n,) arrays
        Places of the events with a claimant, and of those with a suit.
    dismissed : (n_sued,) array of bool
        Whether the suit is dismissed.
    """

    demanding: IntArray
    suing: IntArray
    claimants: IntArray
    events: IntArray
    sued: IntArray
    dismissed: BoolArray


def claim_model(regime: str, assumptions: Assumptions) -> ClaimModel:
    """Compile the claims of one regime.

    Raises
    ------
    DataError
        If everybody claims in court at the price of the JNSA formula, which prices just that.
    """
    _refuse_formula_for_all(regime, assumptions)
    value = assumptions.value
    reference = value("claims.reference_persons")
    slopes = (
        value(f"claims.beta_pub.{regime}"),
        value(f"claims.beta_s.{regime}"),
        value(f"claims.beta_B.{regime}"),
    )
    own_court = regime == "court"
    suit = joining = None
    if own_court:
        suit = solve_logit(
            value("claims.suit_probability_100000.court"),
            value("claims.suit_pub.court"),
            value("claims.suit_sensitive.court"),
            value("claims.suit_slope.court"),
            reference,
        )
        joining = solve_logit(value("claims.rate.court"), *slopes, reference)
    demand_rate = value("claims.demand_rate.court" if own_court else "claims.rate.brochure")
    return ClaimModel(
        regime=regime,
        demand=solve_logit(demand_rate, *slopes, reference),
        settlement_factor=optional(assumptions, f"claims.settlement_factor.{regime}", 1.0),
        suit=suit,
        joining=joining,
        suit_given_claim=optional(assumptions, f"claims.suit_probability.{regime}", 0.0),
        kappa=value("claims.kappa"),
        counted_as_expected=assumptions.choice("claims.counting") == "expected",
        dismissal=value(f"price.dismissal.{regime}"),
        price=price_model(regime, assumptions),
        voluntary=Voluntary(
            value(f"claims.voluntary_probability.{regime}"),
            optional(assumptions, f"claims.voluntary_probability_misuse.{regime}", 0.0),
            float(round(value("claims.voluntary_amount_basic"))),
            float(round(value("claims.voluntary_amount"))),
        ),
        litigation=litigation_model(regime, assumptions),
        card_misuse_rate=value("claims.card_misuse.rate"),
        card_misuse_amount=value("claims.card_misuse.amount"),
    )


def _refuse_formula_for_all(regime: str, assumptions: Assumptions) -> None:
    """Refuse the JNSA formula where all persons claim in court: it exceeds every award known."""
    if regime != "court" or assumptions.choice("price.model") != "jo":
        return
    for name in ("claims.rate.court", "claims.demand_rate.court"):
        if assumptions.value(name) == 1:
            text = Text(
                "JOモデル（price.model）は全員が請求した場合の目安なので、請求率1とは併用できません",
                "the JNSA formula (price.model) prices everybody claiming; not with a rate of 1",
            )
            raise DataError(Problem("assumptions", name, text, assumptions.value(name)))


def draw_claims(model: ClaimModel, at: Circumstances, z_pub: FloatArray, luck: Luck) -> Claims:
    """Draw who claims (請求者の抽選).

    ``z_pub`` is the publicity factor. (n_events,) array [-].
    """
    rate = probability(model.demand, at.persons, at.sensitive, z_pub)
    total = demanding = claimants(model, rate, at.persons, luck, "claims.demand")
    suing = np.zeros_like(total)
    if model.suit is not None and model.joining is not None:
        sued, joined = _draw_suits(model, model.suit, model.joining, at, z_pub, luck)
        suing[sued] = joined
        total = demanding + suing
        (events,) = np.nonzero(total > 0)
    else:
        (events,) = np.nonzero(total > 0)
        sued = events
        if model.suit_given_claim == 1:
            # Every claim goes to court, and those who claim are those who sue.
            demanding, suing = suing, demanding
        else:
            u = luck.stream("claims.suit").random(events.size)
            sued = events.compress(u < model.suit_given_claim)
            suing[sued] = total.take(sued)
            demanding = total - suing
    dismissed = np.zeros(sued.size, dtype=np.bool_)
    if model.dismissal:
        dismissed = luck.stream("claims.dismissal").random(sued.size) < model.dismissal
    return Claims(demanding, suing, total, events, sued, dismissed)


def _draw_suits(
    model: ClaimModel,
    suit: Logit,
    joining: Logit,
    at: Circumstances,
    z_pub: FloatArray,
    luck: Luck,
) -> tuple[IntArray, IntArray]:
    """Draw organised suits: the events that see one, and who joins it, at least one person."""
    chance = probability(suit, at.persons, at.sensitive, z_pub)
    (sued,) = np.nonzero(luck.stream("claims.suit").random(chance.size) < chance)
    persons, sensitive = at.persons.take(sued), take(at.sensitive, sued)
    rate = probability(joining, persons, sensitive, z_pub.take(sued))
    return sued, np.maximum(claimants(model, rate, persons, luck, "claims.join"), 1)


def claimants(
    model: ClaimModel, rate: FloatArray, persons: FloatArray, luck: Luck, purpose: str
) -> IntArray:
    """Draw the number of claimants of every event, beta-binomial by its shape (請求者数).

    q ~ Beta(κ, κ(1−q̄)/q̄) and C ~ Binomial(B, q). The first claimant's place among the persons is
    geometric; only events that have one go on to the binomial of the rest, which is exact.

    (n_events,) array of int64 [person].

    Parameters
    ----------
    rate : (n_events,) array
        Mean q̄. [-]
    persons : (n_events,) array
        B. [person]
    purpose : str
        First words of the streams.
    """
    n = persons.size
    if model.counted_as_expected:
        expected: IntArray = np.rint(persons * rate).astype(np.int64)
        return expected
    q = _rates_of_events(model, rate, n, luck, purpose)
    u = luck.stream(f"{purpose}.first").random(n)
    with np.errstate(divide="ignore"):
        log_none = np.log1p(-q)
    none = persons * log_none
    np.expm1(none, out=none)
    count = np.zeros(n, dtype=np.int64)
    np.negative(none, out=none)
    (index,) = np.nonzero(u < none)
    persons = persons.take(index)
    # Given a claimant, u is uniform below P(C ≥ 1), and inverts the place of the first.
    place = np.log1p(-u.take(index))
    place /= log_none.take(index)
    np.ceil(place, out=place)
    np.maximum(place, 1, out=place)
    np.minimum(place, persons, out=place)
    rest = (persons - place).astype(np.int64)
    drawn = luck.stream(f"{purpose}.rest").binomial(rest, q.take(index))
    drawn += 1
    count[index] = drawn
    return count


def _rates_of_events(
    model: ClaimModel, rate: FloatArray, n: int, luck: Luck, purpose: str
) -> FloatArray:
    if math.isinf(model.kappa) or not n:
        return np.array(rate)
    flat = rate.strides == (0,)
    mean = rate[:1] if flat else rate
    if not mean.any():
        return np.zeros(n)
    # A beta is a ratio of gammas; two streams keep the luck of an event when its rate moves.
    low = luck.stream(f"{purpose}.rate").standard_gamma(model.kappa, n)
    other = model.kappa * (1 - mean) / mean
    high = luck.stream(f"{purpose}.rate_rest").standard_gamma(float(other[0]) if flat else other, n)
    high += low
    with np.errstate(invalid="ignore"):
        low /= high
    # A gamma of small shape may underflow to 0 beside another that is 0.
    lost = np.isnan(low)
    if lost.any():
        low[lost] = 1.0
    return low


def draw_voluntary(
    model: Voluntary, at: Circumstances, luck: Luck
) -> tuple[IntArray, FloatArray] | None:
    """Draw voluntary compensation, in place of any voucher (自主的な賠償の抽選).

    Returns
    -------
    tuple of (n_paid,) arrays, or None
        Places of the events, and yen for each person notified; None if the regime knows no such
        payments. [JPY]
    """
    if not (model.probability or model.probability_misuse):
        return None
    n = at.persons.size
    graver = np.broadcast_to(grave_share(at), n)
    grave: BoolArray = np.logical_and(at.misuse, graver > 0)
    chance = np.array([model.probability, model.probability_misuse]).take(grave)
    (paid,) = np.nonzero(luck.stream("claims.voluntary").random(n) < chance)
    amount = voluntary_amount(model, np.where(grave, graver, 0.0).take(paid))
    return paid.compress(amount > 0), amount.compress(amount > 0)


def grave_share(at: Circumstances) -> Share:
    """Return the share of the persons with income, card or sensitive data in the leak. [-]."""
    plain: Share = (1.0 - at.income) * (1.0 - at.card) * (1.0 - at.sensitive)
    return 1.0 - plain


def voluntary_amount(model: Voluntary, grave: FloatArray) -> FloatArray:
    """Return what each person is paid on average, in whole yen (1人あたりの自主的な賠償の額).

    ``grave`` is the share of the persons who get the larger amount. (n,) arrays.
    """
    amount: FloatArray = np.rint(model.amount_basic + grave * (model.amount - model.amount_basic))
    return amount
