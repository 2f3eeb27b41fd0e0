"""What the market asks for such limits: one formula fitted to printed premiums (保険料の相場).

An estimate of a premium nobody quoted, always labelled as one; which premium is used in the end is
settled in `exposure.measures.decision`.
"""

from __future__ import annotations

from exposure.inputs.assumptions import Assumptions


def relative_premium(limit: float, costs: float, assumptions: Assumptions) -> float:
    """Return the market estimate of some limits, relative to those of the reference (限度額の相場比).

    Parameters
    ----------
    limit, costs : float
        Liability limit and sum of the cost limits. [JPY]
    assumptions : Assumptions

    Examples
    --------
    >>> from exposure.inputs.assumptions import load_assumptions
    >>> relative_premium(1e8, 3e7, load_assumptions())
    1.0
    """
    value = assumptions.value
    of_limit = (limit / value("tariff.limit")) ** value("tariff.limit_exponent")
    share = max(costs / limit, value("tariff.least_cost_share"))
    of_costs = (share / value("tariff.cost_share")) ** value("tariff.cost_exponent")
    return float(of_limit * of_costs)


def market_premium(
    revenue: float | None,
    industry: str | None,
    limit: float,
    costs: float,
    assumptions: Assumptions,
) -> float | None:
    """Return what the market asks, or None where no tariff reaches (保険料の相場). [JPY/year].

    Parameters
    ----------
    revenue : float or None
        Of the client. [JPY/year]
    industry : str or None
    limit, costs : float
        Liability limit and sum of the cost limits. [JPY]
    assumptions : Assumptions

    Examples
    --------
    A hospital of 12 billion yen and the largest limits sold:

    >>> from exposure.inputs.assumptions import load_assumptions
    >>> shipped = load_assumptions()
    >>> round(market_premium(12e9, "medical_welfare", 1e9, 1.05e8, shipped), -3)
    620000.0
    >>> market_premium(None, None, 1e9, 1.05e8, shipped) is None
    True
    """
    value = assumptions.value
    if revenue is None or not value("tariff.least_revenue") <= revenue <= value(
        "tariff.most_revenue"
    ):
        return None
    base = value("tariff.premium") * _trade(industry, assumptions) / value("tariff.trade.other")
    of_revenue = (revenue / value("tariff.revenue")) ** value("tariff.revenue_exponent")
    amount = base * of_revenue * relative_premium(limit, costs, assumptions)
    return max(float(amount), value("tariff.least_premium"))


def _trade(industry: str | None, assumptions: Assumptions) -> float:
    name = f"tariff.trade.{industry}"
    known = industry is not None and name in assumptions.records
    return assumptions.value(name if known else "tariff.trade.other")
