"""Where figures come from: documents, and published tables, one fact a row (出所と参考表).

Reads ``data/sources.toml``, ``data/reference`` and the printed premiums of ``data/premiums.csv``.
Which number cites which source, and what a figure is good for, is left to whoever asks for it.
"""

from __future__ import annotations

import csv
import functools
import io
import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from exposure.errors import DataError, Problem, Text
from exposure.files import data_path, read_text, read_toml, shown_path
from exposure.records import problems_from

JUDGEMENT = "judgement"


class Source(BaseModel):
    """One document or table (出所).

    Parameters
    ----------
    title, publisher : str
        As printed.
    title_en, publisher_en : str
        In English, where they are printed in Japanese; ours, for a reader of English.
    year : int or None
        Year of publication, where it is known.
    url : str
        Address; may be cut to the site path.
    kind : str
        ``policy`` (an insurer's brochure), ``law``, ``table`` (of ``data/reference``), ``primary``
        (read in the issuing body's own text) or ``secondary`` (read in a text that reports it).
    file : str
        Path of a table inside ``data/``.
    listed_as : str
        Title under which the reference tables cite it, if another.
    tables : tuple of str
        Reference tables that cite it.
    note : str
        Anything else.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    publisher: str
    title_en: str = ""
    publisher_en: str = ""
    year: int | None = None
    url: str = ""
    kind: Literal["policy", "law", "table", "primary", "secondary"]
    file: str = ""
    listed_as: str = ""
    tables: tuple[str, ...] = ()
    note: str = ""


@functools.cache
def load_sources() -> Mapping[str, Source]:
    """Return every source by its key.

    Raises
    ------
    DataError
        If the file is broken.

    Examples
    --------
    >>> load_sources()["nipponkoa_2006_02"].publisher
    '日本興亜損害保険'
    """
    path = data_path("sources.toml")
    try:
        sources = TypeAdapter(dict[str, Source]).validate_python(read_toml(path))
    except ValidationError as error:
        raise DataError(problems_from(error, shown_path(path), known=Source)) from None
    return MappingProxyType(sources)


_DOUBT = ("read_from", "derivation")

_UNREAD = "unverified"


@functools.cache
def reference_rows(table: str) -> tuple[Mapping[str, str], ...]:
    """Return the rows of a reference table, named without the ending of its file (参考表の行).

    Rows no text was read for are left out: they must not feed a default.

    Examples
    --------
    >>> any(row["read_from"] == "unverified" for row in reference_rows("jnsa_cause_shares"))
    False
    """
    text = read_text(data_path("reference", f"{table}.csv"))
    rows = csv.DictReader(io.StringIO(text))
    return tuple(
        MappingProxyType(row)
        for row in rows
        if not any(row.get(column) == _UNREAD for column in _DOUBT)
    )


def reference_value(table: str, column: str, **keys: str) -> float:
    """Return the one number of a table that belongs to some keys (参考表の数値).

    Parameters
    ----------
    table : str
        Name of the file without its ending.
    column : str
        Where the number stands.
    **keys : str
        Other columns and what they hold; of several rows that fit, the first counts.

    Raises
    ------
    DataError
        If no row fits, or it holds no number.

    Examples
    --------
    >>> reference_value("jnsa_annual_totals", "value", survey_year="2018", metric="incidents")
    443.0
    """
    for row in reference_rows(table):
        if all(row.get(name) == value for name, value in keys.items()):
            try:
                return float(row[column])
            except ValueError:
                break
    place = data_path("reference", f"{table}.csv")
    stated = ", ".join(f"{name}={value}" for name, value in keys.items())
    text = Text(f"{column} の数値がありません", f"holds no number in {column}")
    raise DataError(Problem(shown_path(place), stated, text))


@dataclass(frozen=True)
class PrintedPremium:
    """An annual premium somebody printed or was quoted (印刷された保険料).

    Parameters
    ----------
    product, edition, trade : str
        As printed; ``trade`` in English.
    industry : str
        The industry of the surveys that the trade belongs to.
    revenue_from, revenue : float or None, float
        Of the insured; the lower and the upper bound where a band is printed. [JPY/year]
    liability_limit, cost_limit : float
        [JPY]
    premium : float
        [JPY/year]
    comparable : bool
        Whether it prices the usual cover by revenue, with both limits printed; the others are
        facts to show, not to estimate from.
    discount : str
        What has been taken off already.
    source, grade, note : str
        Where it was read, how sure it is, and what else was printed.
    """

    product: str
    edition: str
    trade: str
    industry: str
    revenue_from: float | None
    revenue: float
    liability_limit: float
    cost_limit: float
    premium: float
    comparable: bool
    discount: str
    source: str
    grade: str
    note: str


@functools.cache
def printed_premiums() -> tuple[PrintedPremium, ...]:
    """Return the printed premiums (印刷された保険料).

    Figures that are not printed are NaN; premiums with such a figure are not comparable.

    Examples
    --------
    >>> one = printed_premiums()[0]
    >>> one.trade, one.revenue, one.liability_limit, one.premium
    ('manufacturing', 500000000.0, 100000000.0, 67000.0)
    """
    text = read_text(data_path("premiums.csv"))

    def number(cell: str) -> float:
        return float(cell) if cell else math.nan

    return tuple(
        PrintedPremium(
            product=row["product"],
            edition=row["edition"],
            trade=row["trade"],
            industry=row["industry"],
            revenue_from=float(row["revenue_from"]) if row["revenue_from"] else None,
            revenue=number(row["revenue"]),
            liability_limit=number(row["liability_limit"]),
            cost_limit=number(row["cost_limit"]),
            premium=number(row["premium"]),
            comparable=row["comparable"] == "yes",
            discount=row["discount"],
            source=row["source"],
            grade=row["grade"],
            note=row["note"],
        )
        for row in csv.DictReader(io.StringIO(text))
    )
