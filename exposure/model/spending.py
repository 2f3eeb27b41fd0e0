"""Which events spend on which head of the response (事故対応費用の支出).

Triggers, not unit costs, decide small leaks. What a head costs is in `exposure.model.costs`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from exposure.model.attributes import Circumstances, unless
from exposure.model.chosen import Chosen, chosen
from exposure.model.costs import CALL_CENTRE, CONDOLENCE, INTERRUPTION, CostHead
from exposure.streams import Luck
from exposure.tables import Flag

# Work on systems of the client's own, which a leak at a vendor leaves alone.
_OWN_SYSTEMS = frozenset(
    {
        "cyber_response",
        "recurrence_prevention",
        "system_repair",
        "data_restoration",
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
    "reportable_and_persons": lambda at, limit: at.reportable & (at.notified > limit),
    "external": lambda at, limit: at.external,
    "external_or_insider": lambda at, limit: at.external | at.insider,
    "vendor": lambda at, limit: at.at_vendor,
    "media": lambda at, limit: at.media,
    "media_or_persons": lambda at, limit: at.media | (at.notified >= limit),
    "media_and_persons": lambda at, limit: at.media & (at.notified >= limit),
    "media_and_external_or_insider": lambda at, limit: at.media & (at.external | at.insider),
    "card": lambda at, limit: at.card,
}


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
    met: dict[tuple[str, float, bool], Chosen] = {}
    for head in heads:
        if head.head in spent:
            continue
        if head.condition in _COMPANIONS:
            candidates = spent[_COMPANIONS[head.condition]]
        else:
            # Many heads have one trigger; its events are looked for once.
            trigger = (head.condition, head.threshold, head.head in _OWN_SYSTEMS)
            if trigger not in met:
                met[trigger] = chosen(triggered(head, at, {}))
            candidates = met[trigger]
        spent[head.head] = spending(head, candidates, at.persons.size, luck, purpose)
    return spent


def spending(
    head: CostHead, met: Chosen, n_events: int, luck: Luck, purpose: str = "cost"
) -> Chosen:
    """Draw which of the events that meet the condition of a head spend on it."""
    if head.probability == 1 or met is False:
        return met
    rng = luck.stream(f"{purpose}.decision.{head.head}")
    if met is True:
        return chosen(rng.random(n_events) < head.probability)
    return met.compress(rng.random(met.size) < head.probability)
