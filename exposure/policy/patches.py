"""Every variation of a wording as a patch: patterns, endorsements, readings, contract terms.

Checks which choices can be made together, and applies them to the mapping read from TOML. Building
the plan from the result is left to ``plans``.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any  # Any: values read from TOML, before they are checked

from exposure.errors import Problem, Text
from exposure.files import patched, unknown_key
from exposure.policy.catalogue import Product
from exposure.policy.choices import Value
from exposure.yen import format_yen

_PATCH_KEYS = ("set", "add", "remove")
_WORDING_KEYS = ("plan", "cover", "exclusion", "exception", "derive", "premium")


def stated(
    source: Product,
    pattern: str | None,
    options: Mapping[str, Value],
    readings: Mapping[str, str],
    where: str,
) -> dict[str, Any]:
    """Return what the policy says after pattern, readings and options, before contract terms.

    Contract terms still stand as ``"$name"``; see `substituted`.
    """
    raw: dict[str, Any] = {key: source.raw[key] for key in _WORDING_KEYS if key in source.raw}
    for patch, name in _patches(source, pattern, options, readings):
        raw = patched(raw, patch, f"{where}: {name}")
    return raw


def choice_problems(
    source: Product,
    pattern: str | None,
    options: Mapping[str, Value],
    contract: Mapping[str, Value],
    readings: Mapping[str, str],
    where: str,
) -> list[Problem]:
    """Return what is wrong with the choices themselves, or missing among them."""
    problems: list[Problem] = []
    known = ", ".join(source.patterns)
    if source.patterns and pattern not in source.patterns:
        text = Text(f"型を選んでください: {known}", f"choose a pattern: {known}")
        problems.append(Problem(where, "pattern", text, pattern or ""))
    if not source.patterns and pattern is not None:
        text = Text("この商品に型はありません", "this product has no patterns")
        problems.append(Problem(where, "pattern", text, pattern))
    for name, choice in source.contract.items():
        if name not in contract and choice.default is None and not choice.optional:
            text = Text(
                f"契約で定める「{choice.label.ja}」を @{name}=… で選んでください",
                f"the contract must state {choice.label.en}: choose @{name}=…",
            )
            problems.append(Problem(where, f"@{name}", text))
    problems += _out_of_bounds(source, contract, where)
    on = {name: options.get(name, choice.default) for name, choice in source.options.items()}
    for name, value in on.items():
        for need in source.options[name].needs:
            if need not in source.options:
                continue  # said when the file is read
            if value not in (False, None) and on[need] in (False, None):
                label = source.options[need].label
                text = Text(
                    f"「{label.ja}」がなければ付けられません",
                    f"not possible without the {label.en}",
                )
                problems.append(Problem(where, name, text))
    for code, name in readings.items():
        reading = source.readings.get(code)
        alternatives = [*reading.alternative, "adopted"] if reading else []
        if reading is None:
            problems.append(unknown_key(where, f"reading.{code}", code, source.readings))
        elif name not in alternatives:
            listed = ", ".join(alternatives)
            text = Text(f"次のどれかにしてください: {listed}", f"expected one of {listed}")
            problems.append(Problem(where, f"reading.{code}", text, name))
    return problems


def bound_of(
    bound: int | str | None, source: Product, contract: Mapping[str, Value]
) -> int | float | None:
    """Return a bound of a choice as a figure: stated, or that of another contract term.

    Examples
    --------
    >>> from exposure.policy.catalogue import product
    >>> bound_of("$limit", product("aiu_2015"), {"limit": 100})
    100
    """
    if not isinstance(bound, str):
        return bound
    name = bound.removeprefix("$")
    value = contract.get(name, source.contract[name].default if name in source.contract else None)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _out_of_bounds(source: Product, contract: Mapping[str, Value], where: str) -> Iterator[Problem]:
    """Yield the contract terms below or above what the wording allows."""
    for name, choice in source.contract.items():
        value = contract.get(name, choice.default)
        place = f"@{name}" if name in contract else f"contract.{name}.default"
        for bound in (choice.at_least, choice.at_most):
            if isinstance(bound, str) and bound.removeprefix("$") not in source.contract:
                yield unknown_key(
                    where, f"contract.{name}", bound, [f"${n}" for n in source.contract]
                )
        if not isinstance(value, int | float) or isinstance(value, bool):
            continue
        least = bound_of(choice.at_least, source, contract)
        most = bound_of(choice.at_most, source, contract)
        shown = str if choice.kind != "yen" else format_yen
        if least is not None and value < least:
            text = Text(f"{shown(least)}以上にしてください", f"expected {least:,} or more")
            yield Problem(where, place, text, value)
        if most is not None and value > most:
            text = Text(f"{shown(most)}以下にしてください", f"expected {most:,} at most")
            yield Problem(where, place, text, value)


def _patches(
    source: Product, pattern: str | None, options: Mapping[str, Value], readings: Mapping[str, str]
) -> Iterator[tuple[dict[str, Any], str]]:
    if pattern is not None:
        entry = source.raw["pattern"][pattern]
        yield {key: entry[key] for key in _PATCH_KEYS if key in entry}, f"pattern.{pattern}"
    for code, name in readings.items():
        if name != "adopted":
            alternative = source.readings[code].alternative[name]
            patch = alternative.model_dump(include=set(_PATCH_KEYS))
            yield patch, f"reading.{code}.{name}"
    for name in _in_force(source, options):
        choice, value = source.options[name], options[name]
        stands_for = choice.means.get(value, value) if isinstance(value, str) else value
        patch = choice.model_dump(include=set(_PATCH_KEYS))
        yield substituted(patch, {"value": stands_for}), f"option.{name}"


def _in_force(source: Product, options: Mapping[str, Value]) -> list[str]:
    """Return the options that are attached and that no other attached one replaces."""
    attached = [name for name in source.options if options[name] not in (False, None)]
    replaced = {other for name in attached for other in source.options[name].replaces}
    return [name for name in attached if name not in replaced]


def conflicts(source: Product, options: Mapping[str, Value], where: str) -> list[Problem]:
    """Say which attached options change the same thing, so that their order would matter."""
    problems = []
    for one, other in itertools.combinations(_in_force(source, options), 2):
        for path, also in itertools.product(*map(_touched, (one, other), (source, source))):
            if path[0] == also[0] == "add":
                continue
            if f"{path[1]}.".startswith(f"{also[1]}.") or f"{also[1]}.".startswith(f"{path[1]}."):
                text = Text(
                    f"「{other}」と同じ箇所（{also[1]}）を変えています。"
                    "どちらかの replaces にもう一方を書いてください",
                    f'changes the same place as "{other}" ({also[1]}); '
                    "one of them must name the other in replaces",
                )
                problems.append(Problem(where, f"option.{one}", text, path[1]))
    return problems


def _touched(name: str, source: Product) -> list[tuple[str, str]]:
    choice = source.options[name]
    changes = (("set", choice.set), ("add", choice.add), ("remove", choice.remove))
    return [(verb, path) for verb, paths in changes for path in paths]


def substituted(node: Any, values: Mapping[str, Any]) -> Any:  # Any: a tree read from TOML
    """Return a tree with ``"$name"`` replaced by the value of that name.

    Examples
    --------
    >>> substituted({"limit": "$limit", "of": "plan"}, {"limit": 100})
    {'limit': 100, 'of': 'plan'}
    """
    if isinstance(node, dict):
        return {key: substituted(value, values) for key, value in node.items()}
    if isinstance(node, list | tuple):
        return [substituted(value, values) for value in node]
    if isinstance(node, str) and node.startswith("$") and node[1:] in values:
        return values[node[1:]]
    return node
