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
from exposure.policy.terms import Choice, Reading
from exposure.policy.vocabulary import Label
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
    return product_from(read_toml(path), path.stem, shown_path(path))


def product_from(raw: Mapping[str, Any], name: str, where: str) -> Product:
    """Check a policy given as a plain mapping, laid out as the TOML file is.

    Raises
    ------
    PlanError
        With every problem found.

    Examples
    --------
    >>> product_from({"plan": {}, "cover": {}}, "draft", "draft.toml")
    Traceback (most recent call last):
    exposure.errors.PlanError: draft.toml: plan: [plan] is needed
    draft.toml: cover: [cover] is needed
    """
    problems = [unknown_key(where, key, key, _SECTIONS) for key in raw if key not in _SECTIONS]
    for key in ("plan", "cover"):
        if not isinstance(raw.get(key), dict) or not raw[key]:
            text = Text(f"[{key}] が必要です", f"[{key}] is needed")
            problems.append(Problem(where, key, text))
    read: dict[str, dict[str, Any]] = {}
    for key, model in (("contract", Choice), ("option", Choice), ("reading", Reading)):
        read[key] = {}
        for entry_name, entry in _table(raw, key).items():
            try:
                read[key][entry_name] = model.model_validate(entry)
            except ValidationError as error:
                problems += problems_from(error, where, f"{key}.{entry_name}", known=model)
    patterns: dict[str, Label] = {}
    for pattern, entry in _table(raw, "pattern").items():
        try:
            patterns[pattern] = Label.model_validate(entry["label"])
        except (ValidationError, KeyError, TypeError):
            text = Text("label = { ja, en } が必要です", "label = { ja, en } is needed")
            problems.append(Problem(where, f"pattern.{pattern}.label", text))
    problems += _reference_problems(read["option"], where)
    if problems:
        raise PlanError(problems)
    return Product(
        name=name,
        where=where,
        raw=raw,
        patterns=patterns,
        contract=read["contract"],
        options=read["option"],
        readings=read["reading"],
    )


def _reference_problems(options: Mapping[str, Choice], where: str) -> list[Problem]:
    """Say which options refer to others that are not there, or replace each other."""
    problems = []
    for name, option in options.items():
        for field, others in (("needs", option.needs), ("replaces", option.replaces)):
            problems += [
                unknown_key(where, f"option.{name}.{field}", other, options)
                for other in others
                if other not in options
            ]
        for other in option.replaces:
            if other in options and name in options[other].replaces:
                text = Text("互いに置き換えることはできません", "two options replace each other")
                problems.append(Problem(where, f"option.{name}.replaces", text, other))
    return problems
