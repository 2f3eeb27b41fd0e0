"""What the market article says: quoted premiums, sellers, territories, profit option (市場の情報).

Facts to show beside a comparison; nothing here prices anything.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

from pydantic import ValidationError

from exposure.errors import DataError
from exposure.files import data_path, read_toml, shown_path
from exposure.policy.catalogue import product, products
from exposure.policy.vocabulary import Label, Record, Share, Yen
from exposure.records import problems_from

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
