"""Which events spend on which head of the response (事故対応費用の支出).

Triggers, not unit costs, decide small leaks. What a head costs is in `exposure.model.costs`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import numpy as np

from exposure.arrays import FloatArray
from exposure.model.attributes import Circumstances, any_of, cards, taken, unless
from exposure.model.chosen import Chosen, chosen, picked
from exposure.model.costs import CALL_CENTRE, CONDOLENCE, INTERRUPTION, REPAIR, CostHead
from exposure.streams import Luck
from exposure.tables import Flag

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


def triggered(head: CostHead, at: Circumstances, others: Mapping[str, Flag]) -> Flag:
    """Say which events meet the condition of a head (支出の条件).

    Parameters
    ----------
    head : CostHead
    at : Circumstances
    others : mapping of str to flag
        Events that spend on the heads this one may go along with.
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
    decided: Mapping[str, Chosen],
    luck: Luck,
    purpose: str = "cost",
) -> dict[str, Chosen]:
    """Draw which events spend on each head (支出する事故の抽選).

    Parameters
    ----------
    heads : iterable of CostHead
        A head that goes along with another stands after it.
    at : Circumstances
    decided : mapping of str to chosen events
        Heads of which it is known already.
    luck : Luck
    purpose : str
        First word of the streams.
    """
    spent = dict(decided)
    met: dict[tuple[str, float, bool, bool], Chosen] = {}
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
                met[trigger] = chosen(triggered(head, at, {}))
            candidates = met[trigger]
        spent[head.head] = spending(head, candidates, at, luck, purpose)
    return spent


def spending(
    head: CostHead, met: Chosen, at: Circumstances, luck: Luck, purpose: str = "cost"
) -> Chosen:
    """Draw which of the events that meet the condition of a head spend on it."""
    if met is False:
        return met
    chance = spending_probability(head, at, met)
    if not isinstance(chance, np.ndarray) and chance == 1:
        return met
    # One for every event, so that the luck of one does not depend on which others come into it.
    u = luck.stream(f"{purpose}.decision.{head.head}").random(at.persons.size)
    if met is True:
        return chosen(u < chance)
    return met.compress(u.take(met) < chance)


def spending_probability(
    head: CostHead, at: Circumstances, met: Chosen = True
) -> FloatArray | float:
    """Return the probability of spending on a head, given its condition (支出する確率).

    Parameters
    ----------
    head : CostHead
    at : Circumstances
    met : chosen events
        Those that meet the condition.

    Returns
    -------
    (n_met,) array, or float
        [-]
    """

    def of_met(flag: Flag) -> Flag:
        return flag if isinstance(met, bool) else taken(flag, met)

    chance: FloatArray | float = head.probability
    if head.probability_local is not None:
        attack = np.where(of_met(at.system), head.probability, head.probability_local)
        chance = np.where(of_met(at.external), attack, 1.0)
    if head.ransomware_factor != 1 and at.ransomware is not False:
        chance = np.where(of_met(at.ransomware), chance * head.ransomware_factor, chance)
    if head.engagement is not None:
        persons = np.asarray(picked(cards(at) if head.by_cards else at.notified, met))
        chance = chance * head.engagement.probability(
            persons, of_met(at.media), of_met(at.malicious)
        )
    return chance
