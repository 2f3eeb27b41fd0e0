"""What the response to a leak costs, head by head (事故対応費用).

Each head has a condition, a fixed part and a part per person notified, or a power of the persons.
What an attack costs depends on what is examined, never on what is owned. Which events meet the
condition is in `exposure.model.events`, claims by victims are in `exposure.model.claims`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from exposure.arrays import FloatArray, IntArray
from exposure.inputs.assumptions import Assumptions
from exposure.inputs.client import Client
from exposure.model.attributes import Circumstances, cards
from exposure.streams import Luck
from exposure.tables import Flag, Places, gather, places_of, scatter

ADS, CALL_CENTRE, CONDOLENCE, SHIPPING = (
    "apology_ads",
    "call_centre",
    "condolence",
    "condolence_shipping",
)
CARD_REISSUE, CYBER, REPAIR = "card_reissue", "cyber_response", "system_repair"
_GIVEN = frozenset({CONDOLENCE, SHIPPING})
_BY_CARDS = frozenset({CARD_REISSUE, "misuse_monitoring"})
INTERRUPTION, FINES = "business_interruption", "fines"
_PLACES = ("local", "system", "ransomware")
_DEVICES = 2**5  # more of them are never examined


@dataclass(frozen=True)
class Power:
    """A cost that is a power of the persons concerned (人数のべき乗で決まる費用).

    Parameters
    ----------
    level : float
        At so many ``persons``. [JPY]
    persons : float
        [person]
    exponent : float
        [-]
    saturates : bool
        Whether more persons than that cost no more.
    """

    level: float
    persons: float
    exponent: float
    saturates: bool

    def at(self, persons: FloatArray) -> FloatArray:
        """Return the cost for numbers of persons. [JPY].

        Examples
        --------
        >>> Power(4e6, 100_000.0, 0.5, saturates=False).at(np.array([25_000.0]))
        array([2000000.])
        """
        ratio = persons / self.persons
        if self.saturates:
            ratio = np.minimum(ratio, 1.0)
        found: FloatArray = self.level * ratio**self.exponent
        return found


@dataclass(frozen=True)
class Engagement:
    """How readily somebody is engaged, as a logit of the persons (依頼する確率).

    Parameters
    ----------
    persons : float
        Persons at which the logit is ``level``. [person]
    level : float
        [logit]
    slope : float
        [logit per log10 of persons]
    media, malicious : float
        What a media report and a malicious act add. [logit]
    """

    persons: float
    level: float
    slope: float
    media: float = 0.0
    malicious: float = 0.0

    def probability(self, persons: FloatArray, media: Flag, malicious: Flag) -> FloatArray:
        """Return the probability of every event. (n_events,) array [-].

        Examples
        --------
        >>> Engagement(5000.0, 0.0, 3.0).probability(np.array([0.0, 5000.0]), False, False)
        array([0. , 0.5])
        """
        with np.errstate(divide="ignore", over="ignore"):
            x = np.log10(persons / self.persons)
            x *= self.slope
            x += self.level
            if self.media:
                x += self.media * np.asarray(media, dtype=float)
            if self.malicious:
                x += self.malicious * np.asarray(malicious, dtype=float)
            np.negative(x, out=x)
            np.exp(x, out=x)
        x += 1.0
        return np.reciprocal(x, out=x)


@dataclass(frozen=True)
class Examination:
    """What is examined after an attack, and what it costs (調査する機器).

    Parameters
    ----------
    first_response, per_pc, per_server : float
        [JPY], [JPY/device]
    pcs, servers : mapping of str to tuple of float
        Least number examined and mean of the Poisson number beyond it, by what was hit: ``local``,
        ``system`` or ``ransomware``. [device]
    pcs_owned, servers_owned : float
        Not more of them; infinity if not stated. [device]
    """

    first_response: float
    per_pc: float
    per_server: float
    pcs: Mapping[str, tuple[float, float]]
    servers: Mapping[str, tuple[float, float]]
    pcs_owned: float
    servers_owned: float


@dataclass(frozen=True)
class CostHead:
    """Cost of one head (費用項目).

    Parameters
    ----------
    head, condition : str
        Name of the head, and of the condition that triggers it.
    threshold : float
        Persons the condition speaks of; 0 if it speaks of none. [person]
    fixed, per_person : float
        [JPY]
    fixed_small, national : float
        Fixed part of fewer persons than ``national`` notified. [JPY], [person]
    small_report : float, or None
        Fixed part of leaks of ``threshold`` persons or fewer that are no attack on a system. [JPY]
    probability : float
        Of spending at all, given the condition. [-]
    probability_local : float, or None
        The same after an attack that is local; without an attack it is then certain. [-]
    ransomware_factor : float
        What the probability is multiplied by after ransomware. [-]
    engagement : Engagement, or None
        A probability that depends on the event, and multiplies.
    power : Power, or None
        Part that is a power of the persons.
    is_median : bool
        Whether the amount is the median of the cost, not its mean.
    least, most : float
        The cost is kept within, with its spread for a median and before it for a mean. [JPY]
    by_cards : bool
        Whether it goes by the persons notified whose card numbers leaked.
    sigma : float
        Spread of the cost. [ln]
    load_pub, load_org, load_year : float
        Loadings on the common factors. [-]
    spending_mean_days : float, or None
        Mean of the exponential spending profile after discovery; None for what is claimed. [day]
    """

    head: str
    condition: str
    threshold: float
    fixed: float
    per_person: float
    fixed_small: float
    national: float
    probability: float
    sigma: float
    load_pub: float
    load_org: float
    load_year: float
    spending_mean_days: float | None
    small_report: float | None = None
    probability_local: float | None = None
    ransomware_factor: float = 1.0
    engagement: Engagement | None = None
    power: Power | None = None
    is_median: bool = False
    least: float = 0.0
    most: float = math.inf
    by_cards: bool = False

    @property
    def own_load(self) -> float:
        """Loading on the factor that belongs to this head alone. [-]."""
        return math.sqrt(1 - self.load_pub**2 - self.load_org**2 - self.load_year**2)


@dataclass(frozen=True)
class Factors:
    """Standard normal factors shared by the components of an event (事故の共通要因).

    Parameters
    ----------
    pub, org, law : (n_events,) array
        Publicity, how badly the organisation handles it, legal climate. [-]
    year : (n_events,) array or float
        Factor of the year; 0 where nothing loads on it. [-]
    """

    pub: FloatArray
    org: FloatArray
    law: FloatArray
    year: FloatArray | float

    def select(self, index: IntArray) -> Factors:
        """Return the factors of some of the events."""
        year = self.year[index] if isinstance(self.year, np.ndarray) else self.year
        return Factors(self.pub[index], self.org[index], self.law[index], year)


def priced_heads(assumptions: Assumptions) -> list[str]:
    """Return the heads whose cost is simulated: those with a condition (模擬計算する費用の項目).

    Examples
    --------
    >>> from exposure.inputs.assumptions import load_assumptions
    >>> priced_heads(load_assumptions())[:2]
    ['consulting', 'legal_consultation']
    """
    rows = [name.split(".") for name in assumptions.names()]
    return [row[1] for row in rows if row[0] == "cost" and row[-1] == "condition"]


def cost_heads(assumptions: Assumptions) -> tuple[CostHead, ...]:
    """Compile the cost heads of a client."""
    value = assumptions.value
    loud = assumptions.words("event.loading.costs.Z_pub_heads")
    heads = []
    for head in priced_heads(assumptions):
        fixed = optional(assumptions, f"cost.{head}.fixed", 0.0)
        power = _power(head, assumptions)
        address = optional(assumptions, f"cost.{head}.address_share", 1.0)
        per_person = optional(assumptions, f"cost.{head}.per_person", 0.0) * address
        heads.append(
            CostHead(
                head=head,
                condition=assumptions.choice(f"cost.{head}.condition"),
                threshold=optional(assumptions, f"cost.{head}.threshold", 0.0),
                fixed=0.0 if power else fixed,
                # What is given to each person is paid in whole yen, in a draw as well.
                per_person=float(round(per_person)) if head in _GIVEN else per_person,
                fixed_small=optional(assumptions, f"cost.{head}.fixed_local", fixed),
                national=optional(assumptions, f"cost.{head}.national_threshold", 0.0),
                small_report=_value_or_none(assumptions, f"cost.{head}.small"),
                probability=optional(assumptions, f"cost.{head}.probability", 1.0),
                probability_local=_value_or_none(assumptions, f"cost.{head}.probability_local"),
                ransomware_factor=optional(assumptions, f"cost.{head}.after_ransomware", 1.0),
                engagement=_engagement(head, assumptions),
                power=power,
                is_median=power is not None and not power.saturates,
                least=optional(assumptions, f"cost.{head}.least", 0.0),
                most=optional(assumptions, f"cost.{head}.most", math.inf),
                by_cards=head in _BY_CARDS,
                sigma=value(f"cost.{head}.sigma"),
                load_pub=value("event.loading.costs.Z_pub") if head in loud else 0.0,
                load_org=value("event.loading.costs.Z_org"),
                load_year=value("event.loading.year.Y"),
                spending_mean_days=_value_or_none(assumptions, f"date.spending_mean.{head}"),
            )
        )
    return (*heads, *optional_heads(assumptions))


def _power(head: str, assumptions: Assumptions) -> Power | None:
    exponent = _value_or_none(assumptions, f"cost.{head}.exponent")
    if exponent is None:
        return None
    level = _value_or_none(assumptions, f"cost.{head}.level")
    if level is None:
        reference = assumptions.value(f"cost.{head}.reference")
        return Power(assumptions.value(f"cost.{head}.fixed"), reference, exponent, saturates=True)
    return Power(level, assumptions.value("cost.level_persons"), exponent, saturates=False)


def _engagement(head: str, assumptions: Assumptions) -> Engagement | None:
    slope = _value_or_none(assumptions, f"cost.{head}.slope")
    if slope is None:
        return None
    half = _value_or_none(assumptions, f"cost.{head}.half")
    return Engagement(
        persons=assumptions.value(f"cost.{head}.reference") if half is None else half,
        level=optional(assumptions, f"cost.{head}.engaged", 0.0),
        slope=slope,
        media=optional(assumptions, f"cost.{head}.engaged_media", 0.0),
        malicious=optional(assumptions, f"cost.{head}.engaged_malicious", 0.0),
    )


def examination_of(client: Client, assumptions: Assumptions) -> Examination:
    """Compile what is examined after an attack on a client (調査する機器の台数)."""
    value = assumptions.value

    def counts(device: str) -> dict[str, tuple[float, float]]:
        return {
            place: (
                value(f"cost.cyber_response.{device}_{place}_least"),
                value(f"cost.cyber_response.{device}_{place}"),
            )
            for place in _PLACES
        }

    return Examination(
        first_response=value("cost.cyber_response.first_response"),
        per_pc=value("cost.cyber_response.per_pc"),
        per_server=value("cost.cyber_response.per_server"),
        pcs=counts("pc"),
        servers=counts("server"),
        pcs_owned=math.inf if client.pcs is None else float(client.pcs),
        servers_owned=math.inf if client.servers is None else float(client.servers),
    )


def examination_costs(
    model: Examination, spent: Places, at: Circumstances, luck: Luck
) -> FloatArray:
    """Return what examining the devices of each attack costs, before its spread (機器の調査費用).

    ``spent`` are the events examined. (n_spent,) array [JPY].
    """
    n = at.persons.size
    hit = places_hit(at)
    hit = hit if isinstance(spent, bool) else hit.take(spent)
    total = np.full(hit.size, model.first_response)
    for device, each, owned, price in (
        ("pc", model.pcs, model.pcs_owned, model.per_pc),
        ("server", model.servers, model.servers_owned, model.per_server),
    ):
        u = luck.stream(f"cost.{device}").random(n)
        u = u if isinstance(spent, bool) else u.take(spent)
        number = np.zeros(hit.size)
        for code, (least, mean) in enumerate(each[place] for place in _PLACES):
            (index,) = np.nonzero(hit == code)
            beyond = np.searchsorted(poisson_steps(mean), u.take(index), side="right")
            number[index] = least + beyond
        np.minimum(number, owned, out=number)
        number *= price
        total += number
    return total


def mean_examination_costs(model: Examination, at: Circumstances) -> FloatArray:
    """Return what examining the devices costs on average (機器の調査費用の期待値).

    (n_events,) array [JPY].
    """
    beyond = np.arange(_DEVICES)
    by_place = []
    for place in _PLACES:
        cost = model.first_response
        for each, owned, price in (
            (model.pcs, model.pcs_owned, model.per_pc),
            (model.servers, model.servers_owned, model.per_server),
        ):
            least, mean = each[place]
            chance = np.diff(poisson_steps(mean), prepend=0.0)
            cost += price * float(np.sum(chance * np.minimum(least + beyond, owned)))
        by_place.append(cost)
    found: FloatArray = np.array(by_place).take(places_hit(at))
    return found


def places_hit(at: Circumstances) -> IntArray:
    """Return what each attack hit, as codes of local, system and ransomware. (n_events,) array."""
    hit = np.where(at.ransomware, 2, np.where(at.system, 1, 0))
    return np.broadcast_to(hit, at.persons.shape)


def poisson_steps(mean: float) -> FloatArray:
    """Return P(X ≤ k) of a Poisson number for k = 0, 1, … (ポアソン分布).

    Examples
    --------
    >>> poisson_steps(0.3)[:2].round(4)
    array([0.7408, 0.9631])
    """
    from scipy.special import pdtr

    found: FloatArray = np.asarray(pdtr(np.arange(_DEVICES), mean), dtype=np.float64)
    return found


def recovery_head(client: Client, repair: CostHead, assumptions: Assumptions) -> CostHead:
    """Return what recovering from ransomware costs, in place of the usual repair (復旧費用)."""
    value = assumptions.value
    size = client.records / value("frequency.n_ref")
    return replace(
        repair,
        fixed=value("cost.ransomware.median") * size ** value("cost.ransomware.exponent"),
        sigma=value("cost.ransomware.sigma"),
        is_median=True,
    )


def _value_or_none(assumptions: Assumptions, name: str) -> float | None:
    return assumptions.value(name) if name in assumptions.records else None


def optional_heads(assumptions: Assumptions) -> tuple[CostHead, ...]:
    """Compile the heads that are off unless their figures are stated (任意の費目).

    Business interruption is days × gross profit of a day × share stopped, after an external attack
    on the client's own systems; fines follow the duty to report. No product read insures either.

    Examples
    --------
    >>> from exposure.inputs.assumptions import load_assumptions
    >>> optional_heads(load_assumptions())
    ()
    """
    value = assumptions.value
    days = value("option.business_interruption.days")
    per_day = value("option.business_interruption.daily_gross_profit")
    stopped = value("option.business_interruption.share_stopped")
    spread = value("option.business_interruption.sigma")
    found = (
        _plain_head(INTERRUPTION, "external", days * per_day * stopped, 1.0, spread, days),
        _plain_head(
            FINES,
            "reportable",
            value("option.fines.amount"),
            value("option.fines.probability"),
            0.0,
            value("date.spending_mean.regulatory_proceedings"),
        ),
    )
    return tuple(head for head in found if head.fixed > 0 and head.probability > 0)


def _plain_head(
    head: str, condition: str, fixed: float, probability: float, sigma: float, days: float
) -> CostHead:
    """Return a head without a part per person and without common factors."""
    return CostHead(
        head=head,
        condition=condition,
        threshold=0.0,
        fixed=fixed,
        per_person=0.0,
        fixed_small=fixed,
        national=0.0,
        probability=probability,
        sigma=sigma,
        load_pub=0.0,
        load_org=0.0,
        load_year=0.0,
        spending_mean_days=days,
    )


def optional(assumptions: Assumptions, name: str, default: float) -> float:
    """Return a parameter that only some heads have."""
    return assumptions.value(name) if name in assumptions.records else default


def cost_amount(
    head: CostHead,
    spent: Places,
    at: Circumstances,
    factors: Factors,
    luck: Luck,
    purpose: str = "cost",
    plain: FloatArray | float | None = None,
) -> FloatArray:
    """Price one head (費用の額).

    Parameters
    ----------
    spent : chosen events
        Those that spend on it.
    purpose : str
        First word of the stream.
    plain : (n_spent,) array or float, optional
        What it costs before its spread, where the head does not say. [JPY]

    Returns
    -------
    (n_events,) array
        Whole yen; 0 where nothing is spent. [JPY]
    """
    n = at.notified.size
    if spent is False:
        return np.zeros(n)
    amount = plain_amounts(head, spent, at) if plain is None else plain
    if head.sigma:
        # One for every event, so that the luck of one does not depend on which others spend.
        xi = luck.stream(f"{purpose}.{head.head}").standard_normal(n)
        if spent is not True:
            xi = xi.take(spent)
        xi *= head.own_load
        for load, factor in (
            (head.load_org, factors.org),
            (head.load_pub, factors.pub),
            (head.load_year, factors.year),
        ):
            if load:
                xi += load * gather(factor, spent)
        xi *= head.sigma
        if not head.is_median:
            xi -= head.sigma**2 / 2
        np.exp(xi, out=xi)
        xi *= amount
        amount = xi
    if head.is_median and (head.least or math.isfinite(head.most)):
        amount = np.clip(amount, head.least, head.most)
    return scatter(np.rint(amount), spent, n)


def mean_amount(head: CostHead, at: Circumstances, z_pub: float) -> FloatArray:
    """Return what a head costs on average, if spent and given the publicity (費用の期待値).

    (n_events,) array [JPY].

    Parameters
    ----------
    z_pub : float
        Publicity factor. [-]
    """
    from scipy.special import ndtr

    plain = np.broadcast_to(plain_amounts(head, True, at), at.persons.shape)
    load = head.sigma * head.load_pub
    if not head.is_median:
        loud: FloatArray = plain * math.exp(load * z_pub - load**2 / 2)
        return loud
    own = head.sigma * math.sqrt(1 - head.load_pub**2)
    # Nobody to be told costs nothing; the least positive number keeps its logarithm finite.
    median = np.maximum(plain * math.exp(load * z_pub), np.finfo(float).tiny)
    if not own:
        return np.clip(median, head.least, head.most)
    with np.errstate(divide="ignore", over="ignore"):
        low, high = (np.log(end / median) / own for end in (head.least, head.most))
    found: FloatArray = median * math.exp(own**2 / 2) * (ndtr(high - own) - ndtr(low - own))
    found += head.least * ndtr(low)
    if math.isfinite(head.most):
        found += head.most * ndtr(-high)
    return found


def plain_amounts(head: CostHead, spent: Places, at: Circumstances) -> FloatArray | float:
    """Return what a head costs before its spread (ばらつきを除いた費用). (n_spent,) array [JPY]."""
    fixed: FloatArray | float = head.fixed
    if not (head.national or head.per_person or head.power or head.small_report is not None):
        return fixed
    persons = np.asarray(gather(cards(at) if head.by_cards else at.notified, spent))
    if head.national:
        fixed = np.where(persons < head.national, head.fixed_small, head.fixed)
    if head.small_report is not None:
        attack = np.broadcast_to(np.logical_and(at.external, at.system), at.notified.shape)
        attack = attack if isinstance(spent, bool) else attack.take(spent)
        fixed = np.where((persons > head.threshold) | attack, head.fixed, head.small_report)
    if head.power is not None:
        fixed = fixed + head.power.at(persons)
    if head.least and not head.is_median:
        fixed = np.maximum(fixed, head.least)
    return persons * head.per_person + fixed if head.per_person else fixed


def own_persons(notified: FloatArray, entrusted: Flag, omega: float) -> FloatArray:
    """Return the persons the client itself writes to (自社が通知する人数).

    The entrustor writes to the persons whose data it entrusted; the client does so again only for
    a share ω.

    Examples
    --------
    >>> own_persons(np.array([100.0, 100.0]), np.array([True, False]), 0.2)
    array([ 20., 100.])
    """
    elsewhere = places_of(entrusted)
    if elsewhere is False:
        return notified
    if elsewhere is True:
        return np.rint(notified * omega)
    told = notified.copy()
    told[elsewhere] = np.rint(gather(notified, elsewhere) * omega)
    return told
