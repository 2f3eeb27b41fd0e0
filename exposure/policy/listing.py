"""The catalogue as plain data: which products there are and what can be chosen in each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any  # Any: plain data for JSON

from exposure.errors import Text
from exposure.policy.catalogue import SHIPPED, Catalogue, Product
from exposure.policy.terms import Choice


def historical_note(source: Product) -> Text | None:
    """Return the warning that a printed wording is of its day, where it is one."""
    if not source.historical:
        return None
    edition = source.raw["plan"]["edition"]
    return Text(
        f"{edition['ja']}の記載による。現在販売されている商品とは異なることがあります。",
        f"After the {edition['en']}; products sold today may differ.",
    )


def catalogue(among: Catalogue = SHIPPED) -> list[dict[str, Any]]:
    """Return every product with what can be chosen in it (保険プランの一覧).

    Parameters
    ----------
    among : Catalogue
        Those shipped, and files of one's own.

    Examples
    --------
    >>> [entry["product"] for entry in catalogue()][-3]
    'sompo_alive_leak_limited'
    """
    return [_entry(among.product(name)) for name in among.names]


def _entry(source: Product) -> dict[str, Any]:
    terms = source.raw["plan"]
    note = historical_note(source)
    return {
        "product": source.name,
        "label": terms["label"],
        "insurer": terms["insurer"],
        "edition": terms["edition"],
        "source": terms["source"],
        "historical": source.historical,
        "blanks": [{"key": blank.key, "wanted": blank.wanted} for blank in source.blanks],
        "note": note._asdict() if note else None,
        "patterns": {name: label.model_dump() for name, label in source.patterns.items()},
        "endorsements": [_choice(name, choice) for name, choice in source.options.items()],
        "contract": [
            {**_choice(name, choice), "required": is_open(choice)}
            for name, choice in source.contract.items()
        ],
        "readings": {
            code: ["adopted", *reading.alternative] for code, reading in source.readings.items()
        },
        "premium_table": "premium" in source.raw,
    }


def _choice(name: str, choice: Choice) -> dict[str, Any]:
    return {
        "name": name,
        "label": choice.label.model_dump(),
        "kind": choice.kind,
        "values": list(choice.values),
        "default": choice.default,
        "needs": list(choice.needs),
        "clause": choice.clause,
    }


def is_open(choice: Choice) -> bool:
    """Say whether the contract must state a choice."""
    return choice.default is None and not choice.optional


def plain(value: Any) -> Any:
    """Return a sheet, or a part of one, as plain data for JSON: texts as ``{"ja", "en"}``."""
    if isinstance(value, Text):
        return value._asdict()
    if isinstance(value, Mapping):
        return {key: plain(part) for key, part in value.items()}
    if isinstance(value, tuple | list):
        return [plain(part) for part in value]
    if hasattr(value, "__dataclass_fields__"):
        return {name: plain(getattr(value, name)) for name in value.__dataclass_fields__}
    return value
