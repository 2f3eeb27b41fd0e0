"""What wordings and the market article say of premiums and sellers (保険料表・市場の情報).

Facts to show beside a comparison; nothing here prices anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Literal

from pydantic import ValidationError

from exposure.errors import DataError
from exposure.files import data_path, read_toml, shown_path
from exposure.policy.catalogue import product, products
from exposure.policy.choices import Value
from exposure.policy.plan import Plan
from exposure.policy.vocabulary import Label, PremiumTable, Record, Share, Yen
from exposure.records import problems_from


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
    >>> from exposure.policy.plan import plan
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
    revenue : float or None
        Of the client. [JPY]
    industry : str or None
        Of the client.

    Examples
    --------
    >>> from exposure.policy.plan import plan
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


Grade = Literal["A", "B", "C", "J"]


class Quote(Record):
    """A premium somebody was quoted (見積り例).

    Parameters
    ----------
    trade, industry : Label, str
        As printed, and the name of that industry: the condition under which the quote says
        something of a client.
    revenue, liability_limit, cost_limit, profit_limit, deductible : float
        What was quoted for. [JPY]
    discount_percent : Fraction
        Discount already taken off, as a share.
    premium : float
        [JPY/year]
    """

    trade: Label
    industry: str
    grade: Grade
    revenue: Yen
    liability_limit: Yen
    cost_limit: Yen
    profit_limit: Yen = 0.0
    deductible: Yen
    discount_percent: Share
    premium: Yen
    clause: str


class SoldProduct(Record):
    """A product on the market, its seller and its territory (販売されている商品)."""

    seller: Label
    name: Label
    territory: Label
    stand_alone_ended: bool = False
    grade: Grade
    clause: str


class PremiumDepends(Record):
    """What a premium depends on (保険料を決めるもの)."""

    on: Label
    grade: Grade
    clause: str


class ProfitOption(Record):
    """The option for lost profit, which no shipped plan has (利益補償のオプション)."""

    label: Label
    covers: Label
    grade: Grade
    clause: str


class Differences(Record):
    """Leak insurance against cyber insurance (サイバー保険との違い)."""

    scope: Label
    price: Label
    grade: Grade
    clause: str


class Market(Record):
    """The facts of the market article (市場の情報)."""

    source: str
    quote: tuple[Quote, ...]
    product: tuple[SoldProduct, ...]
    premium_depends: PremiumDepends
    profit_option: ProfitOption
    differences: Differences


@lru_cache(maxsize=1)
def market() -> Market:
    """Return the market facts shipped with the package (市場の情報).

    Raises
    ------
    DataError
        If the file is not what it should be.

    Examples
    --------
    >>> [quote.premium for quote in market().quote]
    [129380.0, 370980.0]
    """
    path = data_path("market.toml")
    try:
        return Market.model_validate(read_toml(path))
    except ValidationError as error:
        raise DataError(problems_from(error, shown_path(path), known=Market)) from None


def market_sources() -> frozenset[str]:
    """Return the sources of market facts: the article, and documents with printed premiums.

    Examples
    --------
    >>> sorted(market_sources())
    ['moneycareer_003', 'sompo_001']
    """
    raw = (product(name).raw for name in products())
    return frozenset(
        {market().source, *(one["plan"]["source"] for one in raw if one.get("premium") is not None)}
    )
