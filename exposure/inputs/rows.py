"""The rows of the assumption files: reading them, finding them by name, replacing their values.

Whether the values fit together is left to ``joint``; using them to ``assumptions``.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from exposure.errors import DataError, Problem, Text
from exposure.files import nearest, read_toml, shown_path, unknown_key
from exposure.inputs import joint
from exposure.inputs.names import groups, heads, industries, members
from exposure.inputs.sourced import Override, Sourced, check_prior
from exposure.inputs.values import Value, as_typed, checked_value
from exposure.records import RuleError, key_of, problems_from


def read_rows(path: Path) -> tuple[dict[str, Sourced], list[Problem]]:
    """Read one assumption file: the rows that are right, and what is wrong with the others."""
    where = shown_path(path)
    try:
        raw = read_toml(path)
    except DataError as error:
        return {}, list(error.problems)
    records: dict[str, Sourced] = {}
    problems: list[Problem] = []
    for name, row in raw.items():
        if not isinstance(row, dict):
            problems.append(
                Problem(
                    where,
                    key_of((name,)),
                    Text("項目の組（表）を指定してください", "expected a table of keys and values"),
                    row,
                )
            )
            continue
        try:
            records[name] = Sourced.model_validate({**row, "name": name})
        except ValidationError as error:
            problems += problems_from(error, where, key_of((name,)), known=Sourced)
    return records, problems


def row_of(records: Mapping[str, Sourced], name: str) -> str:
    """Return the name of the row that answers for a name: its own, or that of its family.

    Raises
    ------
    KeyError
        If there is none.
    """
    if name in records:
        return name
    for family, record in records.items():
        if record.members is not None and _member(family, name) in members(record.members):
            return family
    near = nearest(name, records)
    raise KeyError(f"no assumption {name!r}" + (f"; did you mean {near!r}?" if near else ""))


def _member(family: str, name: str) -> str:
    """Return what ``*`` stands for when a name belongs to a family, else an empty string."""
    before, after = family.split("*")
    fits = name.startswith(before) and name.endswith(after)
    return name[len(before) : len(name) - len(after)] if fits else ""


def overridden(
    records: Mapping[str, Sourced], overrides: Mapping[str, Override], where: str
) -> tuple[dict[str, Sourced], list[Problem]]:
    """Put a study's values beside the defaults, with everything that is wrong with them.

    Parameters
    ----------
    records : mapping of str to Sourced
        All rows.
    overrides : mapping of str to Override
        By name; a member of a family gets a row of its own.
    where : str
        File as the user named it.
    """
    changed = dict(records)
    problems: list[Problem] = []
    for name, override in overrides.items():
        place = key_of((name,), "assumptions")
        misspelt = unknown_name(records, name, where)
        if misspelt is not None:
            problems.append(misspelt)
            continue
        key = row_of(records, name)
        record = records[key]
        try:
            value = _like_default(record, override.value)
            check_prior(override.prior, value)
        except RuleError as error:
            if error.key:
                problems.append(Problem(where, f"{place}.{error.key}", error.text, override.prior))
            else:
                problems.append(Problem(where, f"{place}.value", error.text, override.value))
            continue
        stated = override.model_copy(update={"value": value})
        own = {"override": stated} if key == name else _own_row(record, name, stated)
        changed[name] = record.model_copy(update=own)
    if not problems:
        problems = [
            Problem(where, key_of((name,), "assumptions"), text)
            for name, text in joint.contradictions(changed)
        ]
    return changed, problems


def _like_default(record: Sourced, raw: object) -> Value:
    """Return a stated value that is in range, and a list exactly where the default is one."""
    value = checked_value(as_typed(raw, record.range), record.range, record.choices)
    if isinstance(record.value, tuple) and not isinstance(value, tuple):
        raise RuleError(Text("[ ] で囲んだ並びを指定してください", "expected a list in [ ]"))
    if isinstance(value, tuple) and not isinstance(record.value, tuple):
        raise RuleError(Text("値を1つだけ指定してください", "expected a single value"))
    return value


def _own_row(record: Sourced, name: str, override: Override) -> dict[str, object]:
    member = _member(record.name, name)
    known = {**groups(), **heads(), **industries()}[member].label
    label = Text(f"{record.label.ja}（{known.ja}）", f"{record.label.en}, {known.en}")
    return {"name": name, "label": label, "members": None, "override": override}


def unknown_name(records: Mapping[str, Sourced], name: str, where: str) -> Problem | None:
    """Return the problem of a name no row answers for, with the nearest one that does."""
    try:
        row_of(records, name)
    except KeyError:
        return unknown_key(where, key_of((name,), "assumptions"), name, _suggestible(records))
    return None


def _suggestible(records: Mapping[str, Sourced]) -> list[str]:
    names: list[str] = []
    for name, record in records.items():
        names.append(name)
        if record.members is not None:
            names += [name.replace("*", member) for member in members(record.members)]
    return names
