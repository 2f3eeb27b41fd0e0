"""What the market article says: quoted premiums, sellers, territories, profit option (市場の情報).

Facts to show beside a comparison; nothing here prices anything.
"""

from __future__ import annotations

from functools import lru_cache

from pydantic import ValidationError

from exposure.errors import DataError
from exposure.files import data_path, read_toml, shown_path
from exposure.policy.vocabulary import Label, Record, Share, Yen
from exposure.records import problems_from


class Quote(Record):
    """A premium somebody was quoted (見積り例).

    Parameters
    ----------
    revenue, liability_limit, cost_limit, profit_limit, deductible : float
        What was quoted for. [JPY]
    discount_percent : Fraction
        Discount already taken off, as a share.
    premium : float
        [JPY/year]
    """

    trade: Label
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
    clause: str


class ProfitOption(Record):
    """The option for lost profit, which no shipped plan has (利益補償のオプション)."""

    label: Label
    covers: Label
    clause: str


class Differences(Record):
    """Leak insurance against cyber insurance (サイバー保険との違い)."""

    scope: Label
    price: Label
    clause: str


class Market(Record):
    """The facts of the market article (市場の情報)."""

    source: str
    quote: tuple[Quote, ...]
    product: tuple[SoldProduct, ...]
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
