"""Simulated losses as a plan's wording names them.

In a real claim the adjuster knows whether a bill is one of the security consultant; in the
simulation such work is insured as cause investigation wherever a plan has no cover of its own, and
as whichever pays more where it has both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from exposure.policy.plans import Plan
from exposure.policy.shared import Shared
from exposure.policy.vocabulary import INSURED_AS
from exposure.tables import NOT_STATED, Fact, LossItem, LossTable, code_of

_GIFT, _SENDING, _LETTERS = "condolence", "condolence_shipping", "apology_letters"
_DERIVED = frozenset(("letters_sent", "attack"))


def losses_for(plan: Plan, losses: LossTable, shared: Shared | None = None) -> LossTable:
    """Return simulated losses under the heads of a plan (プランの項目への読み替え).

    Parameters
    ----------
    plan : Plan
    losses : LossTable
        Simulated; a real claim keeps its heads.
    shared : Shared, optional
        For this loss table, when several plans are paid.

    Examples
    --------
    >>> import numpy as np
    >>> from exposure.arrays import Years
    >>> from exposure.policy.plans import plan
    >>> from exposure.tables import EventTable, LossItem
    >>> item = LossItem("cyber_response", np.array([1e6]))
    >>> losses = LossTable(EventTable(Years((1,)), {}), (item,))
    >>> losses_for(plan("nipponkoa_2006/F"), losses).items[0].head
    'investigation'
    >>> item = losses_for(plan("aiu_2015+cyber@limit=100000000"), losses).items[0]
    >>> item.head, item.claimable_under
    ('cyber_response', ('cyber', 'execution'))
    """
    covers = {head: (plan.takes(head), plan.takes(other)) for head, other in INSURED_AS.items()}
    renamed = {head: INSURED_AS[head] for head, (own, _) in covers.items() if own is None}
    either = {
        head: (own, other)
        for head, (own, other) in covers.items()
        if own is not None and other is not None and own != other
    }
    asked = frozenset[str]().union(*(layer.asks_facts for layer in plan.layers)) & _DERIVED
    key = "named", tuple(renamed), tuple(either.items()), asked
    return (shared or Shared()).once(key, lambda: _renamed(renamed, either, losses, asked))


def _renamed(
    renamed: Mapping[str, str],
    either: Mapping[str, tuple[str, str]],
    losses: LossTable,
    asked: frozenset[str],
) -> LossTable:
    gift = next((item for item in losses.items if item.head == _GIFT), None)
    items = (_read_as(item, renamed, gift) for item in losses.items)
    facts = {name: _fact(name, losses) for name in asked if name not in losses.events.facts}
    events = replace(losses.events, facts={**losses.events.facts, **facts})
    return LossTable(
        events if facts else losses.events,
        tuple(
            replace(item, claimable_under=either[item.head]) if item.head in either else item
            for item in items
        ),
    )


def _fact(name: str, losses: LossTable) -> Fact:
    """Work out an attribute that a wording asks for and the loss model does not name."""
    if name == "letters_sent":
        sent = np.zeros(losses.events.n_events, dtype=np.bool_)
        for item in losses.items:
            if item.head == _LETTERS:
                sent |= item.amount > 0
        return sent
    # The model draws no false alarms: a security incident that was found was an attack.
    found = np.asarray(losses.events.facts.get("security_discovered_on", NOT_STATED))
    codes = [code_of("attack", value) for value in ("none_alleged", "confirmed")]
    return np.where(np.isnat(found), *codes).astype(np.int8)


def _read_as(item: LossItem, renamed: Mapping[str, str], gift: LossItem | None) -> LossItem:
    if item.head == _SENDING and gift is not None:
        # A gift and its sending are one item of a claim: spent together, and under one cap.
        before = None
        if gift.units is not None and gift.per_unit is not None:
            before = np.where(gift.units > 0, gift.per_unit, 0.0)
        return replace(item, per_unit_before=before, spending_mean_days=gift.spending_mean_days)
    if item.head == _SENDING:
        return replace(item, per_unit_before=None)
    return replace(item, head=renamed[item.head]) if item.head in renamed else item
