"""What the market asks for a plan: estimate and range from printed premiums (保険料の目安).

A formula fitted to the printed premiums, never shown without the range of what products with a
printed premium near this client would ask. Quotations, printed premiums of the plan itself and the
technical premium are left to others.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TypeAlias

from exposure.inputs.assumptions import Assumptions
from exposure.inputs.sources import PrintedPremium, printed_premiums

# Liability limit and the sum of the cost limits. [JPY]
Limits: TypeAlias = tuple[float, float]

_REFERENCE = "wholesale_retail"


@dataclass(frozen=True)
class MarketEstimate:
    """A premium the market could ask (市場の保険料の目安).

    ``low`` and ``high`` are its range. [JPY/year]
    """

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class CrossCheck:
    """One printed premium, estimated from the others (1点を除いた検証).

    Parameters
    ----------
    estimate : float
        [JPY/year]
    from_own : bool
        Whether other premiums of the product itself gave it; else those of other products.
    """

    point: PrintedPremium
    estimate: float
    from_own: bool

    @property
    def ratio(self) -> float:
        """Estimate ÷ printed premium. [-]."""
        return self.estimate / self.point.premium


def market_estimate(
    revenue: float | None,
    industry: str | None,
    limit: float,
    cost_limit: float,
    assumptions: Assumptions,
) -> MarketEstimate | None:
    """Estimate what the market asks for a plan (市場の保険料の目安).

    Parameters
    ----------
    revenue : float or None
        Of the client. [JPY/year]
    industry : str or None
        Of the client; None counts as one without a printed premium.
    limit, cost_limit : float
        Liability limit, and the sum of the limits of the costs. [JPY]
    assumptions : Assumptions
        ``premium.*``.

    Returns
    -------
    MarketEstimate or None
        None where the revenue is not stated or outside what the formula is good for, or a limit is
        not a positive amount.

    Examples
    --------
    A school with 300 million of revenue, limits of 100 million and 10 million:

    >>> from exposure.inputs.assumptions import load_assumptions
    >>> known = load_assumptions()
    >>> found = market_estimate(3e8, "education", 1e8, 1e7, known)
    >>> [round(yen, -3) for yen in (found.low, found.value, found.high)]
    [43000.0, 64000.0, 96000.0]
    >>> market_estimate(None, "education", 1e8, 1e7, known) is None
    True
    """
    tariff = _tariff(assumptions)
    least, most = tariff.revenue_range
    if revenue is None or not least <= revenue <= most:
        return None
    if not all(0 < yen < math.inf for yen in (limit, cost_limit)):
        return None
    relativity = _relativity(assumptions, industry)
    value = max(tariff.premium(revenue, relativity, (limit, cost_limit)), tariff.minimum)
    near = _anchors(printed_premiums(), _Risk(industry, None, relativity, revenue), assumptions)
    asked = [_at_limits(anchors, (limit, cost_limit), tariff) for anchors in near.values()]
    low = max(min([value / tariff.range_factor, *asked]), tariff.minimum)
    return MarketEstimate(value, low, max([value * tariff.range_factor, *asked]))


def leave_one_out(assumptions: Assumptions) -> tuple[CrossCheck, ...]:
    """Estimate every printed premium from the others (1点を除いた検証).

    From other premiums of the product itself where it has any near enough, else the geometric mean
    of what other products would ask. Points that nothing else says anything of are left out.

    Examples
    --------
    >>> from exposure.inputs.assumptions import load_assumptions
    >>> found = leave_one_out(load_assumptions())
    >>> one = next(one for one in found if one.point.premium == 130_000)
    >>> one.point.product, round(one.estimate, -3), one.from_own
    ('DATAproACE', 113000.0, True)
    """
    tariff, found = _tariff(assumptions), []
    for point in printed_premiums():
        if not point.comparable:
            continue
        rest = tuple(other for other in printed_premiums() if other is not point)
        risk = _Risk(point.industry, point.trade, _relativity_of(point, assumptions), point.revenue)
        near = _anchors(rest, risk, assumptions)
        limits = point.liability_limit, point.cost_limit
        own = [anchors for (seller, _), anchors in near.items() if seller == point.source]
        asked = [_at_limits(anchors, limits, tariff) for anchors in own or near.values()]
        if asked:
            mean = math.exp(math.fsum(map(math.log, asked)) / len(asked))
            found.append(CrossCheck(point, mean, bool(own)))
    return tuple(found)


# --- the formula ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Tariff:
    """The parameters of the formula and of the range."""

    base: float
    reference: tuple[float, float, float]  # revenue, liability limit, cost limit
    reference_relativity: float
    minimum: float
    revenue_exponent: float
    limit_exponent: float
    cost_exponent: float
    revenue_range: tuple[float, float]
    range_factor: float
    extrapolation: float

    def premium(self, revenue: float, relativity: float, limits: Limits) -> float:
        """Return the estimate of the formula. [JPY/year]."""
        at, limit, cost_limit = self.reference
        by_revenue = math.pow(revenue / at, self.revenue_exponent)
        by_trade = relativity / self.reference_relativity
        return self.base * by_trade * by_revenue * self.factor_between((limit, cost_limit), limits)

    def factor_between(self, of: Limits, to: Limits) -> float:
        """Return the factor from one pair of liability and cost limit to another. [-]."""
        (old, old_cost), (new, new_cost) = of, to
        share = (new_cost / new) / (old_cost / old)
        return math.pow(new / old, self.limit_exponent) * math.pow(share, self.cost_exponent)


def _tariff(known: Assumptions) -> _Tariff:
    limit = known.value("premium.limit")
    least, most = known.values("premium.revenue_range")
    return _Tariff(
        base=known.value("premium.base"),
        reference=(
            known.value("premium.revenue"),
            limit,
            limit * known.value("premium.cost_share"),
        ),
        reference_relativity=_relativity(known, _REFERENCE),
        minimum=known.value("premium.minimum"),
        revenue_exponent=known.value("premium.revenue_exponent"),
        limit_exponent=known.value("premium.limit_exponent"),
        cost_exponent=known.value("premium.cost_exponent"),
        revenue_range=(least, most),
        range_factor=known.value("premium.range_factor"),
        extrapolation=known.value("premium.extrapolation"),
    )


def _relativity(known: Assumptions, industry: str | None) -> float:
    return known.value(f"premium.trade.{industry or '*'}")


def _relativity_of(point: PrintedPremium, known: Assumptions) -> float:
    """Return the relativity of a trade finer than an industry where it has one. [-]."""
    own = f"premium.trade.{point.trade}"
    return known.value(own) if own in known.records else _relativity(known, point.industry)


# --- what products near this client ask ----------------------------------------------------------


@dataclass(frozen=True)
class _Risk:
    """Whom a premium is wanted for; a trade where one finer than the industry is meant."""

    industry: str | None
    trade: str | None
    relativity: float
    revenue: float


@dataclass(frozen=True)
class _Anchor:
    """What a product asks at one pair of limits. [JPY/year]."""

    limits: Limits
    premium: float


def _anchors(
    points: Sequence[PrintedPremium], risk: _Risk, known: Assumptions
) -> dict[tuple[str, str], list[_Anchor]]:
    """Return what products ask of a risk, by source and trade, at the limits they print.

    Where none prints a premium for the trade near enough, all are moved there by the relativities.
    """
    reach = known.value("premium.extrapolation")
    same: dict[tuple[str, str], list[_Anchor]] = {}
    moved: dict[tuple[str, str], list[_Anchor]] = {}
    comparable = [point for point in points if point.comparable]
    # Several sellers call their product alike: one source prints one product.
    for source in dict.fromkeys(point.source for point in comparable):
        of_product = [point for point in comparable if point.source == source]
        exponent = _exponent(of_product)
        for trade in dict.fromkeys(point.trade for point in of_product):
            of_trade = [point for point in of_product if point.trade == trade]
            anchors = _at_revenue(of_trade, risk.revenue, exponent, reach)
            if not anchors:
                continue
            if _is_of(of_trade[0], risk):
                same[source, trade] = anchors
            else:
                factor = risk.relativity / _relativity_of(of_trade[0], known)
                moved[source, trade] = [
                    replace(one, premium=one.premium * factor) for one in anchors
                ]
    return same or moved


def _is_of(point: PrintedPremium, risk: _Risk) -> bool:
    if risk.trade is not None:
        return point.trade == risk.trade
    return point.industry == risk.industry


def _series(points: Iterable[PrintedPremium]) -> dict[Limits, list[PrintedPremium]]:
    """Sort the premiums of a trade by revenue, apart for each pair of limits."""
    found: dict[Limits, list[PrintedPremium]] = {}
    for point in sorted(points, key=lambda point: point.revenue):
        found.setdefault((point.liability_limit, point.cost_limit), []).append(point)
    return found


def _exponent(points: Sequence[PrintedPremium]) -> float | None:
    """Return the mean exponent of revenue of a product; None if it prints one revenue only."""
    found = [
        _slope(series[0], series[-1])
        for trade in dict.fromkeys(point.trade for point in points)
        for series in _series(point for point in points if point.trade == trade).values()
        if len(series) > 1
    ]
    return math.fsum(found) / len(found) if found else None


def _slope(low: PrintedPremium, high: PrintedPremium) -> float:
    return math.log(high.premium / low.premium) / math.log(high.revenue / low.revenue)


def _at_revenue(
    points: Sequence[PrintedPremium], revenue: float, exponent: float | None, reach: float
) -> list[_Anchor]:
    """Read the premiums of one product and trade at a revenue, pair of limits by pair of limits."""
    found = []
    for limits, series in _series(points).items():
        premium = _read(series, revenue, exponent, reach)
        if premium is not None:
            found.append(_Anchor(limits, premium))
    return found


def _read(
    series: Sequence[PrintedPremium], revenue: float, exponent: float | None, reach: float
) -> float | None:
    for point in series:
        band = point.revenue_from is not None and point.revenue_from < revenue <= point.revenue
        if band or point.revenue == revenue:
            return point.premium
    for low, high in pairwise(series):
        if low.revenue < revenue < high.revenue:
            return low.premium * math.pow(revenue / low.revenue, _slope(low, high))
    if len(series) > 1:
        exponent = _slope(series[0], series[-1])
    near = series[0] if revenue < series[0].revenue else series[-1]
    far = max(revenue / near.revenue, near.revenue / revenue)
    if exponent is None or far > reach:
        return None
    return near.premium * math.pow(revenue / near.revenue, exponent)


def _at_limits(anchors: Sequence[_Anchor], limits: Limits, tariff: _Tariff) -> float:
    """Move what a product asks to a pair of limits: between printed ones, else by the formula."""
    ladder = sorted(anchors, key=lambda anchor: anchor.limits)
    for low, high in pairwise(ladder):
        (below, cost_below), (above, cost_above) = low.limits, high.limits
        if below < limits[0] < above:
            share = math.log(limits[0] / below) / math.log(above / below)
            premium = low.premium * math.pow(high.premium / low.premium, share)
            between = limits[0], cost_below * math.pow(cost_above / cost_below, share)
            return premium * tariff.factor_between(between, limits)
    near = min(ladder, key=lambda anchor: abs(math.log(limits[0] / anchor.limits[0])))
    return near.premium * tariff.factor_between(near.limits, limits)
