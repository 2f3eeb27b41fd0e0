"""The reference tables: published figures, one fact a row (参考表).

Reads ``data/reference``. What a figure is good for is left to whoever asks for it.
"""

from __future__ import annotations

import csv
import functools
import io
from collections.abc import Mapping
from types import MappingProxyType

from exposure.errors import DataError, Problem, Text
from exposure.files import data_path, read_text, shown_path

_DOUBT = ("read_from", "derivation")
_UNREAD = "unverified"


@functools.cache
def reference_rows(table: str, *, unverified: bool = False) -> tuple[Mapping[str, str], ...]:
    """Return the rows of a reference table (参考表の行).

    Parameters
    ----------
    table : str
        Name of the file without its ending.
    unverified : bool
        Also return the rows no text was read for, which must not feed a default.

    Examples
    --------
    >>> rows = reference_rows("jnsa_cause_shares")
    >>> len(reference_rows("jnsa_cause_shares", unverified=True)) - len(rows)
    2
    """
    text = read_text(data_path("reference", f"{table}.csv"))
    rows = csv.DictReader(io.StringIO(text))
    return tuple(
        MappingProxyType(row)
        for row in rows
        if unverified or not any(row.get(column) == _UNREAD for column in _DOUBT)
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
