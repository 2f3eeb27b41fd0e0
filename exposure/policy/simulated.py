"""Simulated losses as a plan's wording names them.

In a real claim the adjuster knows whether a bill is one of the security consultant; in the
simulation such work is insured as cause investigation wherever a plan has no cover of its own.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np

from exposure.policy.plans import Plan
from exposure.policy.shared import Shared
from exposure.tables import LossItem, LossTable

_GIFT, _SENDING = "condolence", "condolence_shipping"
_RENAMED = {"cyber_response": "investigation"}


def losses_for(plan: Plan, losses: LossTable, shared: Shared | None = None) -> LossTable:
    """Return simulated losses under the heads of a plan (プランの項目への読み替え).

    Parameters
    ----------
    plan : Plan
    losses : LossTable
        Simulated; a real claim keeps its heads.
    shared : Shared, optional
        When several plans are paid.

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
    >>> losses_for(plan("aiu_2015+cyber@limit=100000000"), losses).items[0].head
    'cyber_response'
    """
    renamed = {head: other for head, other in _RENAMED.items() if plan.takes(head) is None}
    shared = shared or Shared()
    return shared.once(("named", *renamed), lambda: _renamed(renamed, losses, shared), losses)


def _renamed(renamed: dict[str, str], losses: LossTable, shared: Shared) -> LossTable:
    gift = next((item for item in losses.items if item.head == _GIFT), None)
    items = []
    for item in losses.items:
        # An item that two plans read alike is one record for both, so that it is paid once.
        key = "item", renamed.get(item.head)
        items.append(shared.once(key, partial(_read_as, item, renamed, gift), item, gift))
    return replace(losses, items=tuple(items))


def _read_as(item: LossItem, renamed: dict[str, str], gift: LossItem | None) -> LossItem:
    if item.head == _SENDING and gift is not None:
        # A gift and its sending are one item of a claim: spent together, and under one cap.
        before = None
        if gift.units is not None and gift.per_unit is not None:
            before = np.where(gift.units > 0, gift.per_unit, 0.0)
        return replace(item, per_unit_before=before, spending_mean_days=gift.spending_mean_days)
    if item.head == _SENDING:
        return replace(item, per_unit_before=None)
    return replace(item, head=renamed[item.head]) if item.head in renamed else item
