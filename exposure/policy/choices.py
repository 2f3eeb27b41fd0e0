"""Plan identifiers ``product/pattern+endorsement@key=value``, and every variation as a patch.

Checks which choices can be made together, and applies them to the mapping read from TOML. Building
the plan from the result is left to ``plan``.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any  # Any: values read from TOML, before they are checked

from exposure.amounts import format_yen, parse_counted
from exposure.errors import PlanError, Problem, Text
from exposure.files import apply_patch, unknown_key
from exposure.policy.catalogue import Product
from exposure.policy.vocabulary import MOST_YEN, Choice

_ID = re.compile(r"^(?P<product>[^/+@]+)(/(?P<pattern>[^+@]+))?(?P<rest>([+@].*)?)$")

Value = int | float | str | bool | date | None


@dataclass(frozen=True)
class PlanId:
    """The parts of a plan identifier; ``label`` tells quotations for one wording apart."""

    product: str
    pattern: str | None
    endorsements: tuple[str, ...]
    choices: Mapping[str, str]
    label: str | None = None


def parse_id(text: str, where: str = "plan") -> PlanId:
    """Split a plan identifier into its parts.

    Examples
    --------
    >>> parse_id("aiu_2015+card@limit=300000000").choices
    {'limit': '300000000'}
    """
    # A label may hold any sign, so it is taken off first.
    named, hash_sign, label = text.partition("#")
    match = _ID.match(named)
    if match is None or (hash_sign and not label):
        expected = Text(
            "「商品/型+特約@項目=値」の形にしてください",
            "expected product/pattern+endorsement@key=value",
        )
        raise PlanError(Problem(where, "", expected, text))
    endorsements: list[str] = []
    choices: dict[str, str] = {}
    problems: list[Problem] = []
    for sign, part in re.findall(r"([+@])([^+@]*)", match["rest"]):
        key, equals, value = part.partition("=")
        if sign == "+" and part and not equals and part not in endorsements:
            endorsements.append(part)
        elif sign == "@" and key and equals and key not in choices:
            choices[key] = value
        else:
            expected = Text(
                "「+特約」か「@項目=値」を一度ずつ",
                "expected +endorsement or @key=value, each once",
            )
            problems.append(Problem(where, text, expected, sign + part))
    if problems:
        raise PlanError(problems)
    return PlanId(match["product"], match["pattern"], tuple(endorsements), choices, label or None)


def identifier_of(parts: PlanId) -> str:
    """Return the identifier of which these are the parts.

    Examples
    --------
    >>> identifier_of(parse_id("nipponkoa_2006/F@reading.N-4=per_event"))
    'nipponkoa_2006/F@reading.N-4=per_event'
    """
    text = parts.product + (f"/{parts.pattern}" if parts.pattern else "")
    text += "".join(f"+{name}" for name in parts.endorsements)
    text += "".join(f"@{key}={value}" for key, value in parts.choices.items())
    return text if parts.label is None else f"{text}#{parts.label}"


def text_of(value: Value) -> str:
    """Return the value of a choice as an identifier writes it.

    Examples
    --------
    >>> text_of(None), text_of(True), text_of(300_000_000)
    ('null', 'true', '300000000')
    """
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)


def parse_choice(choice: Choice, text: str) -> tuple[Value, Text | None]:
    """Read the text of a choice; return its value, or what was expected instead.

    Amounts are read as anywhere else: ``1億``, ``300,000,000``, ``５０％``.
    """
    if choice.optional and text in ("null", "none", ""):
        return None, None
    if choice.kind == "flag":
        if text in ("true", "false"):
            return text == "true", None
        return None, Text("true か false にしてください", "expected true or false")
    if choice.kind == "date":
        try:
            return date.fromisoformat(text), None
        except ValueError:
            return None, Text("YYYY-MM-DD の日付にしてください", "expected a date YYYY-MM-DD")
    if choice.kind == "percent":
        plain = unicodedata.normalize("NFKC", text).strip().removesuffix("%")
        try:
            number = float(plain) if "." in plain else int(plain)
        except ValueError:
            number = -1
        return check_choice(choice, number)
    if text in choice.values:
        return text, None
    try:
        return check_choice(choice, parse_counted(text, "" if choice.kind == "days" else "円"))
    except ValueError:
        return check_choice(choice, text)


def check_choice(choice: Choice, value: object) -> tuple[Value, Text | None]:
    """Check a value against a choice; return it, or what was expected instead."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if value is None and choice.optional:
        return None, None
    if choice.kind == "flag":
        ok, expected = (
            isinstance(value, bool),
            Text("true か false にしてください", "expected true or false"),
        )
    elif choice.kind == "one_of":
        allowed = ", ".join(map(str, choice.values))
        ok = not isinstance(value, bool) and value in choice.values
        expected = Text(f"次のどれかにしてください: {allowed}", f"expected one of {allowed}")
    elif choice.kind == "percent":
        ok = number and 0 <= value <= 100 and len(str(value)) <= 6  # type: ignore[operator]  # number says so
        expected = Text("0から100の百分率にしてください", "expected a percentage from 0 to 100")
    elif choice.kind == "date":
        ok, expected = isinstance(value, date), Text("日付にしてください", "expected a date")
    else:
        ok = isinstance(value, int) and number and 0 <= value <= MOST_YEN
        expected = Text(
            f"0以上{MOST_YEN:,}以下の整数にしてください",
            f"expected a whole number from 0 to {MOST_YEN:,}",
        )
    return (value, None) if ok else (None, expected)  # type: ignore[return-value]  # checked above


_PATCH_KEYS = ("set", "add", "remove")

_WORDING_KEYS = ("plan", "cover", "exclusion", "exception", "derive", "premium")


def wording_of(
    source: Product,
    pattern: str | None,
    options: Mapping[str, Value],
    readings: Mapping[str, str],
    where: str,
) -> dict[str, Any]:
    """Return what the policy says after pattern, readings and options, before contract terms.

    Contract terms still stand as ``"$name"``; see `substitute`.
    """
    raw: dict[str, Any] = {key: source.raw[key] for key in _WORDING_KEYS if key in source.raw}
    for patch, name in _patches(source, pattern, options, readings):
        raw = apply_patch(raw, patch, f"{where}: {name}")
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
        yield substitute(patch, {"value": stands_for}), f"option.{name}"


def _in_force(source: Product, options: Mapping[str, Value]) -> list[str]:
    """Return the options that are attached and that no other attached one replaces."""
    attached = [name for name in source.options if options[name] not in (False, None)]
    replaced = {other for name in attached for other in source.options[name].replaces}
    return [name for name in attached if name not in replaced]


def conflicts(source: Product, options: Mapping[str, Value], where: str) -> list[Problem]:
    """Say which attached options change the same thing, so that their order would matter."""
    problems = []
    for one, other in itertools.combinations(_in_force(source, options), 2):
        for path, also in itertools.product(*map(_changed_paths, (one, other), (source, source))):
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


def _changed_paths(name: str, source: Product) -> list[tuple[str, str]]:
    choice = source.options[name]
    changes = (("set", choice.set), ("add", choice.add), ("remove", choice.remove))
    return [(verb, path) for verb, paths in changes for path in paths]


def substitute(node: Any, values: Mapping[str, Any]) -> Any:  # Any: a tree read from TOML
    """Return a tree with ``"$name"`` replaced by the value of that name.

    Examples
    --------
    >>> substitute({"limit": "$limit", "of": "plan"}, {"limit": 100})
    {'limit': 100, 'of': 'plan'}
    """
    if isinstance(node, dict):
        return {key: substitute(value, values) for key, value in node.items()}
    if isinstance(node, list | tuple):
        return [substitute(value, values) for value in node]
    if isinstance(node, str) and node.startswith("$") and node[1:] in values:
        return values[node[1:]]
    return node
