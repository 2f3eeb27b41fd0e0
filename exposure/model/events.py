"""Draw the leaks of many policy years, and which of them spend on which head (事故の抽選).

Who leaks what, how many, when, and what a policy asks about it. Triggers, not unit costs, decide
small leaks. What it costs is left to `exposure.model.losses`; nothing here depends on the regime of
the claims.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from exposure.arrays import BoolArray, CodeArray, DateArray, FloatArray, Years
from exposure.model.attributes import (
    AttributeModel,
    Circumstances,
    any_of,
    cards,
    draw_circumstances,
    draw_flag,
    take,
    unless,
)
from exposure.model.build import BreachModel, vendor_code
from exposure.model.costs import (
    ADS,
    CALL_CENTRE,
    CONDOLENCE,
    INTERRUPTION,
    REPAIR,
    CostHead,
    Factors,
)
from exposure.model.counts import arrange_groups, discovery_times, draw_counts
from exposure.model.curves import edges_reached
from exposure.model.sizes import draw_sizes
from exposure.streams import Luck
from exposure.tables import (
    NOT_STATED,
    EventTable,
    Fact,
    Flag,
    Places,
    code_of,
    flags_at,
    gather,
    places_of,
)

# Work on systems of the client's own, which a leak at a vendor leaves alone.
_OWN_SYSTEMS = frozenset(
    {
        "certification",
        INTERRUPTION,
    }
)

# Heads that go along with another, whatever triggers it.
_COMPANIONS: Mapping[str, str] = {
    "with_call_centre": CALL_CENTRE,
    "with_condolence": CONDOLENCE,
}

_CONDITIONS: Mapping[str, Callable[[Circumstances, float], Flag]] = {
    "every_event": lambda at, limit: True,
    "reportable": lambda at, limit: at.reportable,
    "reportable_or_media": lambda at, limit: at.reportable | at.media,
    "reportable_and_persons": lambda at, limit: at.reportable & (at.notified > limit),
    "external": lambda at, limit: at.external,
    "external_or_insider": lambda at, limit: at.external | at.insider,
    "vendor": lambda at, limit: at.at_vendor,
    "media": lambda at, limit: at.media,
    "media_or_persons": lambda at, limit: at.media | (at.notified >= limit),
    "media_and_persons": lambda at, limit: at.media & (at.notified >= limit),
    "media_and_external_or_insider": lambda at, limit: at.media & (at.external | at.insider),
    "card": lambda at, limit: any_of(at.card),
    "stolen_cards": lambda at, limit: _stolen_cards(at, limit),
    # Those handled in house have no outside help, and neither have leaks at a vendor.
    "outside_response": lambda at, limit: at.tech,
    "insider_or_outside_response": lambda at, limit: at.insider | at.tech,
}


def _stolen_cards(at: Circumstances, limit: float) -> Flag:
    """Say where card numbers were stolen, from a system or in some number."""
    held = any_of(at.card)
    if held is False:
        return False
    return held & at.malicious & (at.system | (cards(at) > limit))


def meets_condition(head: CostHead, at: Circumstances, others: Mapping[str, Flag]) -> Flag:
    """Say which events meet the condition of a head (支出の条件).

    ``others`` has the events that spend on the heads this one may go along with.
    """
    if head.condition in _COMPANIONS:
        return others[_COMPANIONS[head.condition]]
    met = _CONDITIONS[head.condition](at, head.threshold)
    if head.head == REPAIR:
        # Recovery from ransomware takes its place.
        met = unless(met, at.ransomware)
    return unless(met, at.at_vendor) if head.head in _OWN_SYSTEMS else met


def draw_spending(
    heads: Iterable[CostHead],
    at: Circumstances,
    decided: Mapping[str, Places],
    luck: Luck,
    purpose: str = "cost",
) -> dict[str, Places]:
    """Draw which events spend on each head (支出する事故の抽選).

    Parameters
    ----------
    heads : iterable of CostHead
        A head that goes along with another stands after it.
    decided : mapping of str to chosen events
        Heads of which it is known already.
    purpose : str
        First word of the streams.
    """
    spent = dict(decided)
    met: dict[tuple[str, float, bool, bool], Places] = {}
    for head in heads:
        if head.head in spent:
            continue
        if head.condition in _COMPANIONS:
            candidates = spent[_COMPANIONS[head.condition]]
        else:
            # Many heads have one trigger; its events are looked for once.
            trigger = (
                head.condition,
                head.threshold,
                head.head in _OWN_SYSTEMS,
                head.head == REPAIR,
            )
            if trigger not in met:
                met[trigger] = places_of(meets_condition(head, at, {}))
            candidates = met[trigger]
        spent[head.head] = spending(head, candidates, at, luck, purpose)
    return spent


def spending(
    head: CostHead, met: Places, at: Circumstances, luck: Luck, purpose: str = "cost"
) -> Places:
    """Draw which of the events that meet the condition of a head spend on it."""
    if met is False:
        return met
    chance = spending_probability(head, at, met)
    if not isinstance(chance, np.ndarray) and chance == 1:
        return met
    # One for every event, so that the luck of one does not depend on which others come into it.
    u = luck.stream(f"{purpose}.decision.{head.head}").random(at.persons.size)
    if met is True:
        return places_of(u < chance)
    return met.compress(u.take(met) < chance)


def spending_probability(
    head: CostHead, at: Circumstances, met: Places = True
) -> FloatArray | float:
    """Return the probability of spending on a head, given its condition (支出する確率).

    ``met`` are the events that meet the condition.

    (n_met,) array [-].
    """

    def of_met(flag: Flag) -> Flag:
        return flag if isinstance(met, bool) else take(flag, met)

    chance: FloatArray | float = head.probability
    if head.probability_local is not None:
        attack = np.where(of_met(at.system), head.probability, head.probability_local)
        chance = np.where(of_met(at.external), attack, 1.0)
    if head.ransomware_factor != 1 and at.ransomware is not False:
        chance = np.where(of_met(at.ransomware), chance * head.ransomware_factor, chance)
    if head.engagement is not None:
        persons = np.asarray(gather(cards(at) if head.by_cards else at.notified, met))
        chance = chance * head.engagement.probability(
            persons, of_met(at.media), of_met(at.malicious)
        )
    return chance


_OFFICER_INTENT = (
    "officer_crime_or_intent",
    "insured_intent",
    "intentional_or_foreseen_harm",
)

_KNOWING_ILLEGALITY = "knowing_law_violation"

_EITHER = "knowing_illegal_or_harmful_act"

_LOST_MEDIUM = "lost_or_stolen_medium"

_PURPOSES = ("publicity", "organisation", "law")


@dataclass(frozen=True)
class SimulatedEvents:
    """Events with what the loss model needs beyond what a policy asks (抽選した事故).

    Parameters
    ----------
    table : EventTable
        What the policies see, but for the day of the first claim, which depends on the regime.
    noticed : chosen events
        Those of which a notice was placed in the press.
    entrusted : flag
        Whether the data were held for an entrustor.
    """

    table: EventTable
    circumstances: Circumstances
    factors: Factors
    noticed: Places
    entrusted: Flag


def simulate_events(model: BreachModel, n_years: int, luck: Luck) -> SimulatedEvents:
    """Draw the leaks of loss years, those with at least one (事故の抽選).

    Parameters
    ----------
    n_years : int
        Loss years of this block.
    luck : Luck
        The same numbers give the same events.

    Examples
    --------
    >>> from datetime import date
    >>> from exposure.inputs.assumptions import load_assumptions
    >>> from exposure.inputs.client import Client
    >>> from exposure.model.build import build_model
    >>> model = build_model(Client(name="例", records=500), load_assumptions(), date(2026, 4, 1))
    >>> events = simulate_events(model, 100, Luck(1)).table
    >>> events.years.n_years, float(events.persons.max()) <= 500
    (100, True)
    """
    years, single, several = draw_counts(model.count_tables, n_years, luck.stream("frequency"))
    group = arrange_groups(years, single, several, luck.stream("order"))
    n = group.size
    position = luck.stream("cause").random(n)
    position += group
    cells = model.cause_cells
    # Adding the group may round a draw next to 1 up to the end of the line.
    cause: CodeArray = cells.cause.take(edges_reached(cells.edges, position), mode="clip")
    vendor = vendor_code(model.groups)
    has_vendors = bool(model.rates.by_group[vendor])
    at_vendor: Flag = group == vendor if has_vendors else False

    sizes = draw_sizes(model.sizes, cause, luck)
    factors = _factors(model, years, luck)
    at = draw_circumstances(
        model.attributes,
        cause,
        sizes,
        at_vendor,
        factors.pub,
        luck,
    )
    (noticed,) = draw_spending([press_notice(model)], at, {}, luck).values()
    entrusted = draw_flag(model.attributes.share["entrusted"], n, luck, "entrusted")

    facts = _facts(model.attributes, cause, at, luck)
    facts |= {"own_notice": flags_at(noticed, n), "entrusted": entrusted}
    facts |= _dates(model, years, group, at, luck)
    table = EventTable(
        years=years,
        facts=facts,
        exclusions=_exclusions(model.attributes, at, luck),
        exceptions={_LOST_MEDIUM: model.attributes.physical.take(cause)},
        empty_probability=model.empty_probability,
        cause=cause,
        group=group,
        persons=sizes.persons,
        notified=sizes.notified,
        attack_type=attack_types(at),
        tech=np.broadcast_to(at.tech, n),
        cause_names=model.groups.causes,
        group_names=model.groups.groups,
    )
    return SimulatedEvents(table, at, factors, noticed, entrusted)


def event_parts(model: BreachModel) -> tuple[object, ...]:
    """Return the parts of a model that `simulate_events` draws from, the press notice apart.

    Models of one policy year that share them, and `press_notice`, have the same events.
    """
    return (
        model.rates,
        model.count_tables,
        model.cause_cells,
        model.sizes,
        model.attributes,
        model.timing,
        model.year_load,
    )


def press_notice(model: BreachModel) -> CostHead:
    """Return the head of notices in the press, which make a leak known."""
    return next(head for head in model.costs if head.head == ADS)


def attack_types(at: Circumstances) -> CodeArray:
    """Return the codes of ``ATTACK_TYPES``: none, an intrusion or ransomware (攻撃の種類)."""
    found: CodeArray = np.asarray(at.external).astype(np.int8)
    found += np.asarray(at.ransomware).astype(np.int8)
    return found


def _factors(model: BreachModel, years: Years, luck: Luck) -> Factors:
    pub, org, law = (
        luck.stream(f"factor.{purpose}").standard_normal(years.n_events) for purpose in _PURPOSES
    )
    year: FloatArray | float = 0.0
    if model.year_load:
        of_year = luck.stream("factor.year").standard_normal(years.n_years)
        year = of_year[years.year_of_event()]
    return Factors(pub, org, law, year)


def _facts(
    model: AttributeModel, cause: CodeArray, at: Circumstances, luck: Luck
) -> dict[str, Fact]:
    n = cause.size
    share = model.share
    suspected: BoolArray = luck.stream("suspected").random(n) < model.suspected.take(cause)
    abroad = draw_flag(share["abroad"], n, luck, "location")
    return {
        "leak_status": suspected.view(np.int8),
        "data_subject": _data_subject(model, n, luck),
        "data_location": abroad.view(np.int8) if isinstance(abroad, np.ndarray) else int(abroad),
        "deceased": draw_flag(share["deceased"], n, luck, "deceased"),
        "reported_to_authority": at.reportable,
        "media_report": at.media,
    }


def _data_subject(model: AttributeModel, n: int, luck: Luck) -> Fact:
    """Draw whose data leaked; the customers' are what the other shares leave."""
    kinds = {k: model.share[k] for k in ("employee", "officer", "corporate") if model.share[k]}
    if not kinds:
        return code_of("data_subject", "customer")
    u = luck.stream("subject").random(n)
    subject = np.full(n, code_of("data_subject", "customer"), dtype=np.int8)
    reached = 0.0
    for kind, share in kinds.items():
        subject[(u >= reached) & (u < reached + share)] = code_of("data_subject", kind)
        reached += share
    return subject


def _dates(
    model: BreachModel, years: Years, group: CodeArray, at: Circumstances, luck: Luck
) -> dict[str, Fact]:
    days = discovery_times(years, luck.stream("timing"))
    days *= model.period_days
    # Days are counted as whole numbers; dates would be looked at one by one for missing ones.
    found = days.astype(np.int64)
    found += model.inception.astype(np.int64)
    discovered: DateArray = found.view(model.inception.dtype)
    timing = model.timing
    lag = luck.stream("lag").standard_normal(group.size)
    lag *= timing.discovery_sd.take(group)
    lag += timing.discovery_log.take(group)
    np.exp(lag, out=lag)
    leaked = found - lag.astype(np.int64)
    notified = found + round(timing.notice_lag_days)
    attack = np.full(group.size, NOT_STATED)
    (index,) = np.nonzero(np.asarray(at.external))
    attack[index] = discovered.take(index)
    return {
        "leaked_on": leaked.view(discovered.dtype),
        "discovered_on": discovered,
        "notified_on": notified.view(discovered.dtype),
        "security_discovered_on": attack,
    }


def _exclusions(model: AttributeModel, at: Circumstances, luck: Luck) -> dict[str, Flag]:
    """Draw which exclusions are established, before and apart from any amount."""
    (index,) = np.nonzero(np.asarray(unless(at.insider, at.at_vendor)))
    n = at.persons.size
    intent = np.zeros(n, dtype=np.bool_)
    knowing = np.zeros(n, dtype=np.bool_)
    rng = luck.stream("exclusion")
    intent[index] = rng.random(index.size) < model.officer_intent
    knowing[index] = rng.random(index.size) < model.knowing_illegality
    return {
        **dict.fromkeys(_OFFICER_INTENT, intent),
        _KNOWING_ILLEGALITY: knowing,
        _EITHER: intent | knowing,
    }
