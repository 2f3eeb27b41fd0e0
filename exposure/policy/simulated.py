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
from exposure.tables import LossItem, LossTable

_GIFT, _SENDING = "condolence", "condolence_shipping"


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
    key = "named", tuple(renamed), tuple(either.items())
    return (shared or Shared()).once(key, lambda: _renamed(renamed, either, losses))


def _renamed(
    renamed: Mapping[str, str], either: Mapping[str, tuple[str, str]], losses: LossTable
) -> LossTable:
    gift = next((item for item in losses.items if item.head == _GIFT), None)
    items = (_read_as(item, renamed, gift) for item in losses.items)
    return replace(
        losses,
        items=tuple(
            replace(item, claimable_under=either[item.head]) if item.head in either else item
            for item in items
        ),
    )


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
