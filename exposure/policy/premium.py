"""Printed premiums (保険料表), looked up; a premium that is not printed is never invented."""

from __future__ import annotations

from exposure.policy.terms import PremiumTable


def printed_premium(table: PremiumTable, revenue: float, months: int | None = None) -> int | None:
    """Return the premium of a printed table (年間保険料、中途加入は月割).

    Parameters
    ----------
    table : PremiumTable
        Bands of revenue; upper bounds are inclusive (以下), lower ones exclusive (超).
    revenue : float
        Annual revenue including consumption tax. [JPY]
    months : int, optional
        Months of cover when joining mid-term; a full year if left out. [month]

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
    for band in table.bands:
        if revenue <= band.revenue_up_to:
            full = int(band.premium)
            return full if months is None else full * months // table.months
    return None
