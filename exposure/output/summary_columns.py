"""The columns of the table of clients in the summary of a book (顧客別の表).

Picks and restates what finished rows hold; how they are written is left to `output.summary`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any  # Any: rows as plain data

from exposure.errors import Lang
from exposure.inputs.names import industries
from exposure.labels import label
from exposure.result.lines import basis_name, verdict_name
from exposure.shares import exact_share

LEVEL = "0.99"
YEN, SHARE, RATE = "#,##0", "0.0%", "0.0000"


@dataclass(frozen=True)
class Column:
    """A column of the table of clients: heading, number format (empty for text) and value."""

    heading: str
    number: str
    values: list[Any]


_KEPT = ("client_id", "name", "vendor", "status", "flags", "error")
_KEPT_OF_CLIENT = ("industry", "records", "revenue")


def shown_of(row: Mapping[str, Any], lang: Lang) -> dict[str, Any]:
    """Return the part of a row that the workbook shows, so that a long book fits in memory.

    Examples
    --------
    >>> shown_of({"name": "甲", "client": {"records": 5, "employees": 2}}, "ja")["client"]
    {'industry': None, 'records': 5, 'revenue': None}
    """
    client = row.get("client", {})
    return {
        **{key: row[key] for key in _KEPT if key in row},
        "client": {key: client.get(key) for key in _KEPT_OF_CLIENT},
        "regimes": {name: _shown_regime(p, lang) for name, p in row.get("regimes", {}).items()},
        "lines": row.get("recommendation", {}).get("lines", {}).get(lang, []),
    }


def _shown_regime(part: Mapping[str, Any], lang: Lang) -> dict[str, Any]:
    choice, premium = part["recommendation"], part["premium"] or {}
    named = part["label" if lang == "ja" else "label_en"]
    short = choice["short_of"]
    basis = premium.get("basis")
    return {
        "events_per_year": part["events_per_year"],
        "annual_mean": _at(part, ("annual_mean", "value")),
        "annual_tail": _at(part, ("annual_var", LEVEL, "value")),
        "need_liability": _at(part, ("need", "liability", "value")),
        "need_costs": _at(part, ("need", "costs", "value")),
        "verdict": verdict_name(choice["verdict"], lang),
        "plan": named if choice["plan"] else None,
        "best_on_market": named,
        "limit": choice["limit"],
        "premium": premium.get("amount"),
        "basis": None if basis is None else basis_name(basis, lang),
        "worth": _at(part, ("worth", "value")),
        "share_paid": _at(part, ("figures", "share_paid", "value")),
        "loss_ratio": _at(part, ("figures", "implied_loss_ratio", "value")),
        "retained_mean": _at(part, ("figures", "retained", "annual", "mean", "value")),
        "retained_tail": _at(part, ("figures", "retained", "annual", "var", LEVEL, "value")),
        "short_of": short[0]["label"][lang] if short else None,
        "reason": choice["reason"][lang],
    }


def columns_of(rows: Sequence[Mapping[str, Any]], lang: Lang) -> Iterator[Column]:
    """Return the columns of the table of clients, those of each regime side by side (顧客別の表).

    Examples
    --------
    >>> [column.heading for column in columns_of([], "ja")][:2]
    ['顧客番号', '会社名']
    """

    def said(name: str) -> str:
        return label("summary", name, lang).format(level=exact_share(float(LEVEL)))

    def client(row: Mapping[str, Any], key: str) -> Any:
        return row.get("client", {}).get(key)

    known = {key: name.label.say(lang) for key, name in industries().items()}
    yield Column(said("client_id"), "", [row["client_id"] for row in rows])
    yield Column(said("name"), "", [row["name"] for row in rows])
    yield Column(said("status"), "", [said(row["status"]) for row in rows])
    flags = ["、".join(label("flag", f, lang) for f in row.get("flags", ())) for row in rows]
    yield Column(said("flags"), "", flags)
    yield Column(said("vendor"), "", [row["vendor"] for row in rows])
    yield Column(said("industry"), "", [known.get(client(row, "industry")) for row in rows])
    yield Column(said("records"), YEN, [client(row, "records") for row in rows])
    yield Column(said("revenue"), YEN, [client(row, "revenue") for row in rows])
    for regime in regimes_of(rows):
        parts = [row.get("regimes", {}).get(regime) for row in rows]
        before = f"{label('regime', regime, lang)}: "
        for name, number, values in _regime_columns(parts, lang):
            yield Column(before + said(name), number, values)
    for place, words in enumerate(
        ("line_need", "line_plan", "line_price", "line_effect", "line_stays")
    ):
        lines = [row.get("lines", []) for row in rows]
        yield Column(said(words), "", [one[place] if len(one) > place else None for one in lines])
    yield Column(said("error"), "", ["; ".join(e[lang] for e in row["error"]) for row in rows])


def regimes_of(rows: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return the regimes that any row has.

    Examples
    --------
    >>> regimes_of([{"regimes": {"court": {}}}, {}])
    ('court',)
    """
    return tuple(dict.fromkeys(regime for row in rows for regime in row.get("regimes", ())))


_NUMBERS = {
    "need_liability": YEN,
    "need_costs": YEN,
    "verdict": "",
    "plan": "",
    "best_on_market": "",
    "limit": YEN,
    "premium": YEN,
    "basis": "",
    "worth": YEN,
    "share_paid": SHARE,
    "loss_ratio": SHARE,
    "short_of": "",
    "events_per_year": RATE,
    "annual_mean": YEN,
    "annual_tail": YEN,
    "retained_mean": YEN,
    "retained_tail": YEN,
    "reason": "",
}


def _regime_columns(
    parts: Sequence[Mapping[str, Any] | None], lang: Lang
) -> Iterator[tuple[str, str, list[Any]]]:
    none = label("summary", "no_plan", lang)
    for name, number in _NUMBERS.items():
        values = [None if part is None else part[name] for part in parts]
        if name == "plan":
            values = [
                none if part is not None and value is None else value
                for part, value in zip(parts, values, strict=True)
            ]
        yield name, number, values


def _at(document: Any, path: Sequence[str]) -> Any:
    for key in path:
        document = document.get(key) if isinstance(document, Mapping) else None
    return document
