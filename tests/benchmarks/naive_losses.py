"""The breach model as one writes it first in NumPy: every policy year, every variate, every head.

Knows the formulas and takes the figures of a compiled model; shares no code with the package. Only
the default client under ``brochure`` is said here: its own customers' data of the basic kind, in
one database in Japan, with no vendor, no entrustor and no suit beyond those of the brochure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from exposure.arrays import BoolArray, FloatArray, IntArray
from exposure.model.build import BreachModel

NEVER = ("card", "stolen_cards", "vendor")  # conditions that the default client cannot meet


@dataclass(frozen=True)
class Events:
    """Events in order of year and discovery; all arrays are (n_events,) but for ``n_years``."""

    n_years: int
    year: IntArray
    first: IntArray  # place of the first event of the same year
    cause: IntArray
    attack: BoolArray  # by an outsider or an insider, as against a slip
    suspected: BoolArray
    intent: BoolArray
    knowing: BoolArray
    reported: BoolArray
    media: BoolArray
    own_notice: BoolArray
    leaked_in_period: BoolArray
    claimed_in_period: BoolArray
    given: FloatArray  # persons who get a voucher
    gift: float  # yen of a voucher, and of sending it
    sending: float
    costs: dict[str, FloatArray]
    mean_days: dict[str, float]  # of the exponential spending profile
    total: FloatArray

    def by_year(self, amount: FloatArray) -> FloatArray:
        """Add up the events of every policy year."""
        return np.bincount(self.year, amount, minlength=self.n_years)

    def any_by_year(self, flag: BoolArray) -> BoolArray:
        """Say of every policy year whether one of its events is flagged."""
        return self.by_year(flag.astype(float)) > 0

    def run_down(self, amount: FloatArray, limit: float) -> FloatArray:
        """Let a limit for the year run down: what is paid so far is never more than the limit."""
        if np.isinf(limit):
            return amount
        total = np.cumsum(amount)
        before = total - amount
        base = before[self.first]
        return np.minimum(total - base, limit) - np.minimum(before - base, limit)


def refuse_other_clients(model: BreachModel) -> None:
    """Raise if a model has something the twin does not say."""
    claims, price = model.claims["brochure"], model.claims["brochure"].price
    unsaid = {
        "data": any(model.attributes.share.values()),
        "vendors": model.rates.by_group[model.groups.groups.index("vendor")] > 0,
        "databases": model.sizes.databases.size > 1,
        "history": model.counts.weight.size > 1 and np.ptp(model.counts.weight) > 0,
        "year factor": model.year_load != 0,
        "logit": any((claims.demand.pub, claims.demand.sensitive, claims.demand.size)),
        "prices": any((price.sigma_level, price.sigma_own, price.jo)),
        "suits": claims.suit_given_claim != 1 or claims.dismissal or claims.suit is not None,
        "voluntary": claims.voluntary.probability or claims.voluntary.probability_misuse,
        "fees": claims.litigation.method != "brochure" or claims.litigation.appeal,
        "court days": claims.litigation.officer_days or claims.litigation.employee_days,
    }
    found = [name for name, present in unsaid.items() if present]
    if found:
        raise ValueError(f"the naive twin knows the default client only; not {found}")


def simulate(model: BreachModel, n_years: int, seed: int) -> Events:
    """Draw all policy years and price all their events."""
    refuse_other_clients(model)
    rng = np.random.default_rng(seed)
    year, cause, discovered = _counted(model, n_years, rng)
    n = year.size
    at, group = model.attributes, model.groups.group_of_cause[cause]
    persons, notified, system = _sizes(model, cause, rng)
    pub, organisation = rng.standard_normal(n), rng.standard_normal(n)
    external, insider = at.external[cause], at.insider[cause]
    pi_0, pi_b, _, pi_c = at.publicity
    logit = pi_0 + pi_b * np.log10(persons) + pi_c * (external | insider) + pub
    lag = rng.lognormal(model.timing.discovery_log[group], model.timing.discovery_sd[group])
    facts = {
        "suspected": rng.random(n) < at.suspected[cause],
        "intent": insider & (rng.random(n) < at.officer_intent),
        "knowing": insider & (rng.random(n) < at.knowing_illegality),
        "reported": (persons > at.reporting_threshold) | at.malicious[cause],
        "media": rng.random(n) < 1 / (1 + np.exp(-logit)),
        "leaked_in_period": np.floor(lag) <= discovered,
    }
    attacks = at.attacks
    ransomware = external & system & (rng.random(n) < attacks.ransomware)
    outside = np.where(system, attacks.outside_system, attacks.outside_local)
    outside = np.where(ransomware, np.maximum(outside, attacks.outside_ransomware), outside)
    attack = {
        "external": external,
        "insider": insider,
        "malicious": at.malicious[cause],
        "system": system,
        "ransomware": ransomware,
        "tech": external & (rng.random(n) < outside),
    }
    claim_lag = np.floor(rng.lognormal(*model.timing.demand, n))
    # A claim that would come after the period is dated to its last day.
    claim_day = np.minimum(discovered + claim_lag, model.period_days - 1)
    costs, own_notice, given = _response(model, facts, attack, notified, pub, organisation, rng)
    heads = {head.head: head for head in model.costs}
    gift, sending = heads["condolence"].per_person, heads["condolence_shipping"].per_person
    costs |= {"condolence": given * gift, "condolence_shipping": given * sending}
    damages, fees = _claims(model, persons, given > 0, gift, rng)
    costs |= {"damages": damages, "litigation_costs": fees}
    return Events(
        n_years=n_years,
        year=year,
        first=np.searchsorted(year, year),
        cause=cause,
        attack=external | insider,
        own_notice=own_notice,
        claimed_in_period=(fees > 0) & (claim_day < model.period_days),
        given=given,
        gift=gift,
        sending=sending,
        costs=costs,
        mean_days={head.head: head.spending_mean_days for head in model.costs},
        total=sum(costs.values(), start=np.zeros(n)),
        **facts,
    )


def _counted(
    model: BreachModel, n_years: int, rng: np.random.Generator
) -> tuple[IntArray, IntArray, IntArray]:
    """Draw year, cause and day of discovery of every event, in order of the days."""
    rates = model.rates
    shared = rng.gamma(rates.size_shared, 1 / rates.size_shared, n_years)
    years, causes = [], []
    for by_cause in rates.by_cause:
        rate = by_cause.sum()
        if rate == 0:
            continue
        own = rng.gamma(rates.size_group, 1 / rates.size_group, n_years)
        count = rng.poisson(rate * shared * own)
        years.append(np.repeat(np.arange(n_years), count))
        causes.append(rng.choice(by_cause.size, count.sum(), p=by_cause / rate))
    year, cause = np.concatenate(years), np.concatenate(causes)
    time = rng.random(year.size)
    order = np.lexsort((time, year))
    days = np.floor(time[order] * model.period_days).astype(np.int64)
    return year[order], cause[order], days


def _sizes(
    model: BreachModel, cause: IntArray, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Draw the persons leaked and told: local, partial or full; and which are no local leaks."""
    sizes, n = model.sizes, cause.size
    level = rng.random(n)
    local = np.ceil(rng.lognormal(sizes.median_log[cause], sizes.sd_log))
    partial = np.ceil(sizes.records ** rng.beta(sizes.shape_a, sizes.shape_b, n))
    system = level < sizes.system[cause]
    drawn = np.where(system, partial, np.maximum(local, 1))
    reached = np.ceil(sizes.reach_from * rng.random(n) ** (-1 / sizes.reach_exponent))
    persons = np.where(level < sizes.full[cause], np.maximum(reached, partial), drawn)
    persons = np.minimum(persons, sizes.records)
    everyone = system & (rng.random(n) < sizes.everyone_told)
    return persons, np.where(everyone, sizes.records, persons), system


def _response(
    model: BreachModel,
    facts: dict[str, Any],
    attack: dict[str, BoolArray],
    told: FloatArray,
    pub: FloatArray,
    organisation: FloatArray,
    rng: np.random.Generator,
) -> tuple[dict[str, FloatArray], BoolArray, FloatArray]:
    """Price every head of the response; who advertises and who gets a voucher."""
    n, media, reported = told.size, facts["media"], facts["reported"]
    external, insider, tech = attack["external"], attack["insider"], attack["tech"]
    system, ransomware = attack["system"], attack["ransomware"]
    spent: dict[str, BoolArray] = {}
    costs: dict[str, FloatArray] = {}
    for head in model.costs:
        if head.condition in NEVER:
            continue
        met = {
            "every_event": lambda h: np.ones(n, dtype=bool),
            "reportable": lambda h: reported,
            "reportable_or_media": lambda h: reported | media,
            "reportable_and_persons": lambda h: reported & (told > h.threshold),
            "outside_response": lambda h: tech,
            "insider_or_outside_response": lambda h: insider | tech,
            "external": lambda h: external,
            "external_or_insider": lambda h: external | insider,
            "media": lambda h: media,
            "media_or_persons": lambda h: media | (told >= h.threshold),
            "media_and_persons": lambda h: media & (told >= h.threshold),
            "media_and_external_or_insider": lambda h: media & (external | insider),
            "with_call_centre": lambda h: spent["call_centre"],
            "with_condolence": lambda h: spent["condolence"],
        }[head.condition](head)
        chance = np.full(n, head.probability)
        if head.probability_local is not None:
            chance = np.where(external, np.where(system, chance, head.probability_local), 1.0)
        chance = np.where(ransomware, chance * head.ransomware_factor, chance)
        if head.engagement is not None:
            e = head.engagement
            logit = e.level + e.slope * np.log10(told / e.persons)
            logit += e.media * media + e.malicious * attack["malicious"]
            chance = chance / (1 + np.exp(-logit))
        met = met & (rng.random(n) < chance)
        if head.head == "system_repair":
            met = met & ~ransomware
        spent[head.head] = met
        fixed = np.where(told < head.national, head.fixed_small, head.fixed)
        if head.head == "regulatory_report":
            worked = (told > head.threshold) | (external & system)
            fixed = np.where(worked, head.fixed, head.small_report)
        if head.head == "cyber_response":
            fixed = _examined(model, system, ransomware, rng)
        if head.power is not None:
            fixed = head.power.level * (told / head.power.persons) ** head.power.exponent
        xi = head.load_pub * pub + head.load_org * organisation
        xi += head.own_load * rng.standard_normal(n)
        spread = np.exp(head.sigma * xi - (0 if head.is_median else head.sigma**2 / 2))
        amount = (fixed + head.per_person * told) * spread
        if head.is_median:
            amount = np.clip(amount, head.least, head.most)
        costs[head.head] = np.rint(met * amount)
    recovery = model.recovery
    xi = recovery.load_org * organisation + recovery.own_load * rng.standard_normal(n)
    recovered = np.rint(recovery.fixed * np.exp(recovery.sigma * xi))
    recovered = np.rint(recovered * np.where(tech, 1.0, model.recovery_in_house))
    costs["system_repair"] += ransomware * recovered
    return costs, spent["apology_ads"], spent["condolence"] * told


def _examined(
    model: BreachModel, system: BoolArray, ransomware: BoolArray, rng: np.random.Generator
) -> FloatArray:
    """Price the devices examined after an attack."""
    examined, n = model.examined, system.size
    total = np.full(n, examined.first_response)
    for each, owned, price in (
        (examined.pcs, examined.pcs_owned, examined.per_pc),
        (examined.servers, examined.servers_owned, examined.per_server),
    ):
        number = np.zeros(n)
        for place, hit in (
            ("local", ~system), ("system", system & ~ransomware), ("ransomware", ransomware),
        ):  # fmt: skip
            least, mean = each[place]
            number = np.where(hit, least + rng.poisson(mean, n), number)
        total += price * np.minimum(number, owned)
    return total


def _claims(
    model: BreachModel,
    persons: FloatArray,
    has_voucher: BoolArray,
    gift: float,
    rng: np.random.Generator,
) -> tuple[FloatArray, FloatArray]:
    """Draw the claimants and price damages and costs of suits."""
    claims = model.claims["brochure"]
    mean, kappa = claims.demand.level, claims.kappa
    rate = rng.beta(kappa, kappa * (1 - mean) / mean, persons.size)
    claimants = rng.binomial(persons.astype(np.int64), rate)
    damages = np.rint(claimants * (claims.price.median_basic - gift * has_voucher))
    law = claims.litigation
    rates, constants, ends = (
        np.array([getattr(line, name) for line in law.scale.brackets])
        for name in ("rate", "constant", "up_to")
    )
    line = np.searchsorted(ends, damages)
    on_scale = damages * rates[line] + constants[line]
    retainer = np.maximum(on_scale, law.scale.minimum)
    fee = law.adjustment * (retainer + law.scale.success_factor * on_scale)
    return damages, np.rint(np.where(claimants > 0, fee, 0.0))
