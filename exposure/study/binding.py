"""Which terms of a wording cut a payment short, and what they are called (支払を制限する条件).

Looks at what a plan has paid, cover by cover; how often is left to the counters, which of them
matters to the measures.
"""

from __future__ import annotations

import numpy as np

from exposure.arrays import BoolArray
from exposure.errors import Text
from exposure.inputs.names import need_section
from exposure.policy.payout import PayoutTable
from exposure.policy.plans import Plan
from exposure.policy.terms import ROOT

PER_UNIT = ".per_unit"


def cuts(table: PayoutTable) -> dict[str, BoolArray]:
    """Say for each limit of a plan which events it cuts (限度額に達した事故).

    Parameters
    ----------
    table : PayoutTable

    Returns
    -------
    dict of str to (n_events,) array of bool
        By the name of the cover; ``NAME.per_unit`` for its caps per person or corporation. Limits
        that the plan does not have, or that have nothing to cut, are left out.

    Examples
    --------
    >>> from datetime import date
    >>> from exposure.arrays import Years
    >>> from exposure.policy.payout import pay
    >>> from exposure.policy.plans import plan
    >>> from exposure.policy.terms import PolicyPeriod
    >>> from exposure.tables import EventTable, LossItem, LossTable
    >>> days = {"claim_made_on": np.full(1, np.datetime64("2026-05-01"))}
    >>> losses = LossTable(EventTable(Years((1,)), days), (LossItem("damages", np.array([2e7])),))
    >>> period = PolicyPeriod(start=date(2026, 4, 1), end=date(2027, 3, 31))
    >>> cuts(pay(plan("nipponkoa_2006/A"), losses, period))["liability"]
    array([ True])
    """
    found: dict[str, BoolArray] = {}
    for name, payment in table.payments.items():
        if payment.own.caps.changes:
            found[name + PER_UNIT] = payment.own.caps.cuts
        if payment.can_be_cut:
            found[name] = payment.limits.cuts
    return found


def any_cut(flags: dict[str, BoolArray], n_events: int) -> BoolArray:
    """Say which events any limit cuts. (n_events,) array.

    Examples
    --------
    >>> any_cut({"a": np.array([True, False]), "b": np.array([False, False])}, 2)
    array([ True, False])
    """
    found = np.zeros(n_events, dtype=np.bool_)
    for flag in flags.values():
        found |= flag
    return found


def term_section(plan: Plan, term: str) -> str:
    """Return the section a limit belongs to: ``liability``, ``costs`` or ``overall``.

    Examples
    --------
    >>> from exposure.policy.plans import plan
    >>> term_section(plan("nipponkoa_2006/A"), "cost"), term_section(plan("nipponkoa_2006/A"), ROOT)
    ('costs', 'overall')
    """
    if term == ROOT:
        return "overall"
    inside = [layer for layer in plan.layers if term in layer.path and layer.cover is not None]
    named = {need_section(head) for layer in inside if layer.cover for head in layer.cover.heads}
    if named == {"costs"}:
        return "costs"
    return "overall" if "costs" in named else "liability"


def term_label(plan: Plan, term: str) -> Text:
    """Return what a client reads for a limit (限度額の名称).

    Parameters
    ----------
    plan : Plan
    term : str
        As `cuts` names it.

    Examples
    --------
    >>> from exposure.policy.plans import plan
    >>> term_label(plan("aiu_2015@limit=100000000"), "execution")
    Text(ja='「危機管理実行費用」の支払限度額', en='the limit of "Crisis execution"')
    """
    name = term.removesuffix(PER_UNIT)
    if name == ROOT:
        return Text("プラン全体の支払限度額", "the limit of the whole plan")
    label = plan.wording.cover[name].label
    if term.endswith(PER_UNIT):
        return Text(f"「{label.ja}」の1名あたりの限度", f'the cap per person of "{label.en}"')
    return Text(f"「{label.ja}」の支払限度額", f'the limit of "{label.en}"')
