"""Every assumption with unit, value, prior, grade and source: a table or data (前提の一覧).

Prints what the assumptions say; works out nothing.
"""

from __future__ import annotations

import datetime
import math
from dataclasses import asdict
from typing import Any  # Any: plain values of a document

from exposure.errors import Lang
from exposure.inputs.assumptions import Assumptions
from exposure.inputs.parameters import Assumption
from exposure.inputs.priors import FeeBracket
from exposure.labels import label
from exposure.output.content.blocks import Cell, Row, Table, columns
from exposure.output.content.words import text_of

_DIGITS = 10  # significant, as written in the files


def assumption_document(assumptions: Assumptions) -> dict[str, Any]:
    """Return the table as plain data (前提の一覧、JSON).

    Examples
    --------
    >>> from exposure.inputs.assumptions import load_assumptions
    >>> rows = assumption_document(load_assumptions())["assumptions"]
    >>> row = next(row for row in rows if row["name"] == "claims.rate.brochure")
    >>> row["value"], row["unit"], row["prior"], row["grade"]
    (0.1, 'share of B', 'lognormal(sd_log10=0.3)', 'C')
    """
    return {
        "schema": "exposure/assumptions/1",
        "assumptions": [_row(record) for record in assumptions.records.values()],
    }


def _row(record: Assumption) -> dict[str, Any]:
    override = record.override
    return {
        "name": record.name,
        "label": record.label._asdict(),
        "value": _plain(record.value),
        "unit": record.unit,
        "range": record.range,
        "prior": record.prior,
        "grade": record.grade,
        "source": record.source,
        "row": record.row,
        "note": record.note._asdict(),
        **(
            {}
            if override is None
            else {
                "override": {
                    "value": _plain(override.value),
                    "prior": override.prior,
                    "reason": override.reason,
                }
            }
        ),
    }


def _plain(value: Any) -> Any:  # Any: a value of any kind an assumption has
    """Return a value that JSON can hold: no limit is the word inf."""
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, FeeBracket):
        return {key: _plain(part) for key, part in asdict(value).items()}
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    return value.isoformat() if isinstance(value, datetime.date) else value


def assumption_cells(assumptions: Assumptions, lang: Lang) -> list[tuple[str, ...]]:
    """Return the cells of the table, a row for every assumption (前提の一覧).

    Examples
    --------
    >>> from exposure.inputs.assumptions import load_assumptions
    >>> cells = assumption_cells(load_assumptions(), "ja")
    >>> next(row for row in cells if "size.nu" in row[0])[1:5]
    ('0.17', '確率', 'beta(1, 5)', 'C')
    """
    rows: list[tuple[str, ...]] = []
    for record in assumptions.records.values():
        changed = record.override is not None
        prior = record.override.prior if record.override is not None else record.prior
        place = f"{record.source} / {record.row}" if record.row else record.source
        mark = label("notice", "changed", lang) if changed else ""
        rows.append(
            (
                f"{record.name}{mark}\n{record.label.say(lang)}",
                shown_value(record.in_use),
                label("unit", record.unit, lang),
                prior,
                record.grade,
                place if not any(record.note) else f"{place}\n{record.note.say(lang)}",
            )
        )
    return rows


def shown_value(value: object) -> str:
    """Return a value as people write it.

    Examples
    --------
    >>> shown_value(100000.0), shown_value(("a", "b"))
    ('100,000', 'a, b')
    """
    if isinstance(value, tuple):
        return ", ".join(shown_value(item) for item in value)
    if isinstance(value, FeeBracket):
        rate, constant = shown_value(value.rate), shown_value(value.constant)
        return f"≤ {shown_value(value.up_to)}: {rate} x + {constant}"
    if isinstance(value, float):
        return f"{value:,.{_DIGITS}g}"
    return str(value)


def assumption_table(assumptions: Assumptions, lang: Lang) -> Table:
    """Return the table of all assumptions (前提の一覧)."""
    names = (
        "judgements.name",
        "judgements.value",
        "assumptions.unit",
        "assumptions.prior",
        "assumptions.grade",
        "assumptions.source.note",
    )
    rows = (Row(tuple(map(Cell, cells))) for cells in assumption_cells(assumptions, lang))
    return Table("", columns(*(text_of(name, lang) for name in names)), tuple(rows))
