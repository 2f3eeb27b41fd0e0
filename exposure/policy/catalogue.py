"""The policy files: which products exist, and what each file says before any choice is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any  # Any: values read from TOML, before they are checked

from pydantic import ValidationError

from exposure.errors import PlanError, Problem, Text
from exposure.files import data_path, nearest, read_toml, shown_path, unknown_key
from exposure.policy.terms import Choice, Label, Reading
from exposure.records import problems_from

_SECTIONS = (
    "plan",
    "contract",
    "option",
    "pattern",
    "cover",
    "exclusion",
    "exception",
    "derive",
    "premium",
    "reading",
)


@dataclass(frozen=True)
class Product:
    """A policy file, read but not yet built (商品)."""

    name: str
    where: str
    raw: Mapping[str, Any]
    patterns: Mapping[str, Label]
    contract: Mapping[str, Choice]
    options: Mapping[str, Choice]
    readings: Mapping[str, Reading]


def policy_files() -> tuple[Path, ...]:
    """Return the shipped policy files."""
    return tuple(sorted(data_path("policies").glob("*.toml")))


def products() -> tuple[str, ...]:
    """Return the names of the shipped products (商品コード).

    Examples
    --------
    >>> "aiu_2015" in products()
    True
    """
    return tuple(path.stem for path in policy_files())


@lru_cache(maxsize=32)
def _shipped(name: str) -> Product:
    return read_product(data_path("policies", f"{name}.toml"))


def product(name: str, where: str = "plan") -> Product:
    """Return a shipped product, or say which exist."""
    if name not in products():
        near = nearest(name, products())
        hint = f"「{near}」ではありませんか" if near else "使えるのは: " + ", ".join(products())
        hint_en = f'did you mean "{near}"?' if near else "known: " + ", ".join(products())
        raise PlanError(
            Problem(
                where, "", Text(f"知らない商品です。{hint}", f"unknown product; {hint_en}"), name
            )
        )
    return _shipped(name)


def _table(raw: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = raw.get(key, {})
    return value if isinstance(value, dict) else {}


def read_product(path: Path | str) -> Product:
    """Read one policy file; everything wrong with it at once.

    Raises
    ------
    DataError
        If the file is missing or not TOML.
    PlanError
        If it is not a policy.
    """
    path = Path(path)
    where = shown_path(path)
    raw = read_toml(path)
    problems = [unknown_key(where, key, key, _SECTIONS) for key in raw if key not in _SECTIONS]
    for key in ("plan", "cover"):
        if not isinstance(raw.get(key), dict) or not raw[key]:
            text = Text(f"[{key}] が必要です", f"[{key}] is needed")
            problems.append(Problem(where, key, text))
    read: dict[str, dict[str, Any]] = {}
    for key, model in (("contract", Choice), ("option", Choice), ("reading", Reading)):
        read[key] = {}
        for name, entry in _table(raw, key).items():
            try:
                read[key][name] = model.model_validate(entry)
            except ValidationError as error:
                problems += problems_from(error, where, f"{key}.{name}")
    patterns: dict[str, Label] = {}
    for name, entry in _table(raw, "pattern").items():
        try:
            patterns[name] = Label.model_validate(entry["label"])
        except (ValidationError, KeyError, TypeError):
            text = Text("label = { ja, en } が必要です", "label = { ja, en } is needed")
            problems.append(Problem(where, f"pattern.{name}.label", text))
    if problems:
        raise PlanError(problems)
    return Product(
        name=path.stem,
        where=where,
        raw=raw,
        patterns=patterns,
        contract=read["contract"],
        options=read["option"],
        readings=read["reading"],
    )
