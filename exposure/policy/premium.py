"""Printed premiums (保険料表), looked up; a premium that is not printed is never invented."""

from __future__ import annotations

from collections.abc import Mapping

from exposure.policy.choices import Value
from exposure.policy.plans import Plan
from exposure.policy.terms import PremiumTable


def printed_premium(
    table: PremiumTable,
    revenue: float,
    months: int | None = None,
    chosen: Mapping[str, Value] | None = None,
) -> int | None:
    """Return the premium of a printed table (年間保険料、中途加入は月割).

    Parameters
    ----------
    table : PremiumTable
        Bands of revenue; upper bounds are inclusive (以下), lower ones exclusive (超). The first
        that holds for all its keys counts.
    revenue : float
        Annual revenue including consumption tax. [JPY]
    months : int, optional
        Months of cover when joining mid-term; a full year if left out. [month]
    chosen : mapping of str to value, optional
        ``pattern``, ``industry``, contract terms and options, for a table that asks for them.

    Returns
    -------
    int or None
        [JPY]; None above the last band, where the insurer quotes on enquiry (別途ご照会).

    Examples
    --------
    >>> from exposure.policy.plans import plan
    >>> table = plan("sompo_alive_leak_limited").wording.premium
    >>> printed_premium(table, 50_000_000), printed_premium(table, 50_000_001, 6)
    (20000, 15000)
    """
    known = chosen or {}
    for band in table.bands:
        holds = all(name in known and known[name] == value for name, value in band.when.items())
        if holds and revenue <= band.revenue_up_to:
            full = int(band.premium)
            return full if months is None else full * months // table.months
    return None


def premium_of(plan: Plan, revenue: float | None, industry: str | None = None) -> int | None:
    """Return the premium that is printed for a plan and a client (年間保険料).

    Parameters
    ----------
    plan : Plan
    revenue : float or None
        Of the client. [JPY]
    industry : str or None
        Of the client.

    Examples
    --------
    >>> from exposure.policy.plans import plan
    >>> premium_of(plan("sompo_alive_leak_limited"), 80_000_000)
    30000
    >>> premium_of(plan("nipponkoa_2006/D"), 80_000_000) is None
    True
    """
    table = plan.wording.premium
    if table is None or revenue is None:
        return None
    chosen = {"pattern": plan.pattern, "industry": industry, **plan.contract, **plan.options}
    return printed_premium(table, revenue, chosen=chosen)
