"""From a plan identifier to a plan ready to pay: patching, choosing, checking.

Every variation (型・特約・契約者の選択・解釈) is a patch on the mapping read from TOML; the plan is
built and checked once, after all patches. Paying is left to ``payout``.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any  # Any: values read from TOML, before they are checked

from pydantic import ValidationError

from exposure.errors import PlanError, Problem, Text
from exposure.files import patched, unknown_key
from exposure.policy.catalogue import Product, product
from exposure.policy.choices import Value, parse_id, typed
from exposure.policy.layers import Layer, layers_of
from exposure.policy.terms import Reading, Wording
from exposure.policy.vocabulary import ROOT, Label
from exposure.records import problems_from
from exposure.yen import format_yen

_PATCH_KEYS = ("set", "add", "remove")


@dataclass(frozen=True)
class Plan:
    """A plan that can pay: patched, resolved and checked (保険プラン).

    ``layers`` stand inside out: a cover comes after everything inside it and after the cover it is
    paid outside of; the plan itself is last.
    """

    id: str
    product: str
    pattern: str | None
    options: Mapping[str, Value]
    contract: Mapping[str, Value]
    readings: Mapping[str, str]
    wording: Wording
    all_readings: Mapping[str, Reading]
    layers: tuple[Layer, ...]
    label: Label

    def layer(self, name: str) -> Layer:
        """Return one layer by name."""
        return next(layer for layer in self.layers if layer.name == name)

    @property
    def sections(self) -> tuple[str, ...]:
        """Names of the outermost covers, in the order in which they use a shared limit."""
        return self.layer(ROOT).inner

    @property
    def headline_limit(self) -> float:
        """The limit that sizes the plan (支払限度額): of the plan, or of its liability. [JPY]."""
        return min(
            min(self.layer(name).event_limit, self.layer(name).period_limit)
            for name in self.wording.plan.limit_covers
        )

    def takes(self, head: str) -> str | None:
        """Return the attached cover that takes a head, or None."""
        for layer in self.layers:
            if layer.cover is not None and layer.attached and head in layer.cover.heads:
                return layer.name
        return None

    @property
    def endorsements(self) -> tuple[str, ...]:
        """Names of the options that are part of the contract."""
        return tuple(name for name, value in self.options.items() if value not in (False, None))


def plan(identifier: str, where: str = "plan") -> Plan:
    """Build the plan an identifier names (保険プランの組み立て).

    Parameters
    ----------
    identifier : str
        ``product/pattern+endorsement@key=value``; see ``exposure plans`` for what exists.
    where : str
        What to call the place of the identifier in messages.

    Raises
    ------
    PlanError
        If the product, pattern, endorsement or choice does not exist, or a choice that the contract
        leaves open has not been made.

    Examples
    --------
    >>> plan("nipponkoa_2006/F").headline_limit
    300000000.0
    """
    parts = parse_id(identifier, where)
    source = product(parts.product, f"{where} {identifier}" if where != identifier else where)
    place = f"{where}: {identifier}" if where != "plan" else identifier
    options: dict[str, Value] = {}
    contract: dict[str, Value] = {}
    readings: dict[str, str] = {}
    problems: list[Problem] = []
    for name in parts.endorsements:
        choice = source.options.get(name)
        if choice is None:
            problems.append(unknown_key(place, f"+{name}", name, source.options))
        elif choice.kind != "flag":
            allowed = ", ".join(map(str, choice.values))
            text = Text(
                f"@{name}=値 の形で選んでください: {allowed}", f"choose @{name}= one of {allowed}"
            )
            problems.append(Problem(place, f"+{name}", text))
        else:
            options[name] = True
    for name, value in parts.choices.items():
        if name.startswith("reading."):
            readings[name.removeprefix("reading.")] = value
            continue
        known = {**source.contract, **source.options}
        if name not in known:
            problems.append(unknown_key(place, f"@{name}", name, [*known, "reading.CODE"]))
            continue
        parsed, expected = typed(known[name], value)
        if expected is not None:
            problems.append(Problem(place, f"@{name}", expected, value))
        elif name in source.options:
            if name in options and options[name] != parsed:
                text = Text("特約の有無が二通りに指定されています", "attached and detached at once")
                problems.append(Problem(place, f"@{name}", text, value))
            options[name] = parsed
        else:
            contract[name] = parsed
    if problems:
        raise PlanError(problems)
    return build_plan(
        source, parts.pattern, options, contract, readings, where=place, identifier=identifier
    )


def build_plan(
    source: Product,
    pattern: str | None,
    options: Mapping[str, Value],
    contract: Mapping[str, Value],
    readings: Mapping[str, str] | None = None,
    where: str = "",
    identifier: str | None = None,
) -> Plan:
    """Build a plan from a product and the choices made; see `plan`."""
    where = where or source.where
    readings = dict(readings or {})
    problems = _choice_problems(source, pattern, options, contract, readings, where)
    if problems:
        raise PlanError(problems)
    chosen = {name: options.get(name, choice.default) for name, choice in source.options.items()}
    problems = _conflicts(source, chosen, where)
    if problems:
        raise PlanError(problems)
    terms = {name: contract.get(name, choice.default) for name, choice in source.contract.items()}
    raw: dict[str, Any] = {
        key: source.raw[key]
        for key in ("plan", "cover", "exclusion", "exception", "derive", "premium")
        if key in source.raw
    }
    for patch, name in _patches(source, pattern, chosen, readings):
        raw = patched(raw, patch, f"{where}: {name}")
    raw = _substituted(raw, terms)
    try:
        wording = Wording.model_validate(raw)
    except ValidationError as error:
        raise PlanError(problems_from(error, where, known=Wording)) from None
    return Plan(
        id=identifier or _identifier(source, pattern, options, contract, readings),
        product=source.name,
        pattern=pattern,
        options=chosen,
        contract=terms,
        readings=readings,
        wording=wording,
        all_readings=source.readings,
        layers=layers_of(wording, where),
        label=_label(source, wording, pattern, options, contract),
    )


def _choice_problems(
    source: Product,
    pattern: str | None,
    options: Mapping[str, Value],
    contract: Mapping[str, Value],
    readings: Mapping[str, str],
    where: str,
) -> list[Problem]:
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
    on = {name: options.get(name, choice.default) for name, choice in source.options.items()}
    for name, value in on.items():
        for need in source.options[name].needs:
            if value not in (False, None) and on.get(need) in (False, None):
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
        yield _substituted(patch, {"value": stands_for}), f"option.{name}"


def _in_force(source: Product, options: Mapping[str, Value]) -> list[str]:
    """Return the options that are attached and that no other attached one replaces."""
    attached = [name for name in source.options if options[name] not in (False, None)]
    replaced = {other for name in attached for other in source.options[name].replaces}
    return [name for name in attached if name not in replaced]


def _conflicts(source: Product, options: Mapping[str, Value], where: str) -> list[Problem]:
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


def _substituted(node: Any, values: Mapping[str, Any]) -> Any:  # Any: a tree read from TOML
    if isinstance(node, dict):
        return {key: _substituted(value, values) for key, value in node.items()}
    if isinstance(node, list | tuple):
        return [_substituted(value, values) for value in node]
    if isinstance(node, str) and node.startswith("$") and node[1:] in values:
        return values[node[1:]]
    return node


def _identifier(
    source: Product,
    pattern: str | None,
    options: Mapping[str, Value],
    contract: Mapping[str, Value],
    readings: Mapping[str, str],
) -> str:
    text = source.name + (f"/{pattern}" if pattern else "")
    text += "".join(f"+{name}" for name, value in options.items() if value is True)
    for name, value in (*contract.items(), *options.items()):
        if value is not True:
            shown = "null" if value is None else str(value).lower() if value is False else value
            text += f"@{name}={shown}"
    return text + "".join(f"@reading.{code}={name}" for code, name in readings.items())


def _label(
    source: Product,
    wording: Wording,
    pattern: str | None,
    options: Mapping[str, Value],
    contract: Mapping[str, Value],
) -> Label:
    """Return a name short enough for a chart, yet different for plans that differ."""
    ja, en = wording.plan.short.ja, wording.plan.short.en
    if pattern:
        ja, en = f"{ja} {source.patterns[pattern].ja}", f"{en} {source.patterns[pattern].en}"
    for term in ("limit", "limit_per_event"):
        amount = contract.get(term)
        if isinstance(amount, int):
            ja, en = f"{ja} {format_yen(amount)}", f"{en} {format_yen(amount, 'en')}"
    for name, value in options.items():
        choice = source.options[name]
        if value is False and choice.default is True:
            ja, en = f"{ja}・{choice.label.ja}なし", f"{en} without {choice.label.en}"
        elif value not in (False, None):
            ja, en = f"{ja}＋{choice.label.ja}", f"{en} + {choice.label.en}"
    return Label(ja=ja, en=en)
