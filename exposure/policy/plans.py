"""From a plan identifier to a plan ready to pay: reading, patching, choosing, checking.

``product/pattern+endorsement@key=value``. Every variation (型・特約・契約者の選択・解釈) is a patch on
the mapping read from TOML; the plan is built and checked once, after all patches. What the terms
mean is left to ``terms``; paying is left to ``payout``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any  # Any: values read from TOML or JSON, before they are checked

from pydantic import ValidationError

from exposure.errors import ExposureError, PlanError, Problem, Text
from exposure.files import data_path, nearest, patched, read_toml, shown_path, unknown_key
from exposure.policy.terms import (
    ROOT,
    Choice,
    Condition,
    Cover,
    Exclusion,
    Label,
    Limit,
    Reading,
    Wording,
)
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
_PATCH_KEYS = ("set", "add", "remove")
_ID = re.compile(r"^(?P<product>[^/+@]+)(/(?P<pattern>[^+@]+))?(?P<rest>([+@].*)?)$")
Value = int | float | str | bool | date | None


@dataclass(frozen=True)
class Layer:
    """A cover with its limits resolved and its place in the tree (担保).

    Parameters
    ----------
    name : str
        Name in the policy file; ``plan`` for the plan itself.
    cover : Cover or None
        Its terms; None for the plan itself.
    requires : tuple of Condition
        Conditions of the cover and of every cover around it.
    exclusions : tuple of (str, Exclusion)
        Exclusions that reach it.
    event_limit, period_limit : float
        Most for one event and for the policy period; ``inf`` for none. [JPY]
    inner : tuple of str
        Covers directly inside, in the order in which they use a shared limit.
    attached : bool
        Whether the cover and every cover around it is part of the contract.
    path : tuple of str
        The cover and the covers around it, inside out; empty for the plan itself.
    signature : str
        The same for covers that take up the same losses, whatever their limits.
    """

    name: str
    cover: Cover | None
    requires: tuple[Condition, ...]
    exclusions: tuple[tuple[str, Exclusion], ...]
    event_limit: float
    period_limit: float
    inner: tuple[str, ...]
    attached: bool
    path: tuple[str, ...]
    signature: str


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


@dataclass(frozen=True)
class PlanId:
    """The parts of a plan identifier."""

    product: str
    pattern: str | None
    endorsements: tuple[str, ...]
    choices: Mapping[str, str]


def parse_id(text: str, where: str = "plan") -> PlanId:
    """Split a plan identifier into its parts.

    Examples
    --------
    >>> parse_id("aiu_2015+card@limit=300000000").choices
    {'limit': '300000000'}
    """
    match = _ID.match(text)
    if match is None:
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
    return PlanId(match["product"], match["pattern"], tuple(endorsements), choices)


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
        parsed, expected = _typed(known[name], value)
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


def _typed(choice: Choice, text: str) -> tuple[Value, Text | None]:
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
        try:
            number = float(text) if "." in text else int(text)
        except ValueError:
            number = -1
        return check_choice(choice, number)
    if re.fullmatch(r"\d{1,15}", text):
        return check_choice(choice, int(text))
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
        ok = isinstance(value, int) and number and 0 <= value < 10**15
        expected = Text("0以上の整数にしてください", "expected a whole number, 0 or more")
    return (value, None) if ok else (None, expected)  # type: ignore[return-value]  # checked above


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
        raise PlanError(problems_from(error, where)) from None
    return Plan(
        id=identifier or _identifier(source, pattern, options, contract, readings),
        product=source.name,
        pattern=pattern,
        options=chosen,
        contract=terms,
        readings=readings,
        wording=wording,
        all_readings=source.readings,
        layers=_layers(wording, where),
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
    for name, choice in source.options.items():
        value = options[name]
        if value not in (False, None):
            stands_for = choice.means.get(value, value) if isinstance(value, str) else value
            patch = choice.model_dump(include=set(_PATCH_KEYS))
            yield _substituted(patch, {"value": stands_for}), f"option.{name}"


def _substituted(node: Any, values: Mapping[str, Any]) -> Any:  # Any: a tree read from TOML
    if isinstance(node, dict):
        return {key: _substituted(value, values) for key, value in node.items()}
    if isinstance(node, list | tuple):
        return [_substituted(value, values) for value in node]
    if isinstance(node, str) and node.startswith("$") and node[1:] in values:
        return values[node[1:]]
    return node


def _layers(wording: Wording, where: str) -> tuple[Layer, ...]:
    covers = wording.cover
    problems = _tree_problems(wording, where)
    if problems:
        raise PlanError(problems)
    limits = _resolved_limits(wording, where)
    inner: dict[str, list[str]] = {name: [] for name in (ROOT, *covers)}
    for name, cover in covers.items():
        inner[cover.within or ROOT].append(name)
    order: list[str] = []
    for name in (*covers, ROOT):
        _visit(name, covers, inner, order)
    layers = []
    for name in order:
        path = _path(name, covers)
        layers.append(
            Layer(
                name=name,
                cover=covers.get(name),
                requires=tuple(c for part in path for c in covers[part].require.values()),
                exclusions=tuple(
                    (key, exclusion)
                    for key, exclusion in wording.exclusion.items()
                    if any(part in exclusion.reaches for part in path)
                ),
                event_limit=limits[name][0],
                period_limit=limits[name][1],
                inner=tuple(inner[name]),
                attached=all(covers[part].attached for part in path),
                path=tuple(path),
                signature=_signature(path, wording),
            )
        )
    return tuple(layers)


def _signature(path: list[str], wording: Wording) -> str:
    if not path:
        return ""
    own = wording.cover[path[0]]
    taken_up = [own.per_unit, own.benefit, path]
    taken_up += [wording.cover[part].require for part in path]
    taken_up += [
        (key, exclusion)
        for key, exclusion in wording.exclusion.items()
        if any(part in exclusion.reaches for part in path)
    ]
    return repr((wording.plan.product, wording.derive, taken_up))


def _path(name: str, covers: Mapping[str, Cover]) -> list[str]:
    path = []
    while name != ROOT:
        path.append(name)
        name = covers[name].within or ROOT
    return path


def _visit(
    name: str, covers: Mapping[str, Cover], inner: Mapping[str, list[str]], order: list[str]
) -> None:
    if name in order:
        return
    for part in inner[name]:
        _visit(part, covers, inner, order)
    if name in covers and covers[name].outside:
        _visit(str(covers[name].outside), covers, inner, order)
    if name not in order:
        order.append(name)


def _tree_problems(wording: Wording, where: str) -> list[Problem]:
    covers = wording.cover
    problems: list[Problem] = []
    names = [*covers, ROOT]
    for name, cover in covers.items():
        if name == ROOT or "." in name:
            text = Text("この名前は使えません", "this name cannot be used")
            problems.append(Problem(where, f"cover.{name}", text))
        for field, other in (("within", cover.within), ("outside", cover.outside)):
            if other is not None and other not in covers:
                problems.append(unknown_key(where, f"cover.{name}.{field}", other, covers))
    problems += _cycles(where, "within", {name: c.within for name, c in covers.items()})
    problems += _cycles(where, "outside", {name: c.outside for name, c in covers.items()})
    for key, exclusion in wording.exclusion.items():
        for reached in exclusion.reaches:
            if reached not in covers:
                problems.append(unknown_key(where, f"exclusion.{key}.reaches", reached, covers))
        for exception in exclusion.unless:
            bare = exception.partition(":")[0]
            if bare not in wording.exception:
                at = f"exclusion.{key}.unless"
                problems.append(unknown_key(where, at, bare, wording.exception))
    for name in wording.plan.limit_covers:
        if name not in names:
            problems.append(unknown_key(where, "plan.limit_covers", name, names))
    for key, name in wording.plan.prior.items():
        if name not in covers:
            problems.append(unknown_key(where, f"plan.prior.{key}", name, covers))
    taken: dict[tuple[str, str], str] = {}
    for name, cover in covers.items():
        for head in cover.heads:
            kinds = _claim_kinds(cover)
            for kind in kinds:
                other = taken.setdefault((head, kind), name)
                if other != name:
                    text = Text(
                        f"「{head}」は担保「{other}」と重複しています",
                        f'head "{head}" is in cover "{other}" too',
                    )
                    problems.append(Problem(where, f"cover.{name}.heads", text))
    return problems


def _claim_kinds(cover: Cover) -> tuple[str, ...]:
    """Return the kinds of claim a cover takes; covers apart by it may share a head (court days)."""
    for condition in cover.require.values():
        if condition.fact == "claim" and not condition.heads:
            return tuple(str(value) for value in condition.among)
    return ("",)


def _cycles(where: str, field: str, edges: Mapping[str, str | None]) -> list[Problem]:
    for start in edges:
        seen = [start]
        step = edges.get(start)
        while step is not None and step in edges and step not in seen:
            seen.append(step)
            step = edges[step]
        if step is not None and step in seen:
            chain = " → ".join([*seen, step])
            text = Text(f"循環しています（{chain}）", f"goes in a circle ({chain})")
            return [Problem(where, f"cover.{start}.{field}", text)]
    return []


def _resolved_limits(wording: Wording, where: str) -> dict[str, tuple[float, float]]:
    stated: dict[str, tuple[Limit | None, Limit | None]] = {
        ROOT: (wording.plan.limit, wording.plan.limit)
    }
    for name, cover in wording.cover.items():
        stated[name] = (cover.limit or cover.event_limit, cover.limit or cover.period_limit)
    resolved: dict[str, tuple[float, float]] = {}

    def amount(limit: Limit | None, chain: list[str]) -> float:
        if limit is None:
            return float("inf")
        if limit.of is None:
            return limit.at_most
        key = f"cover.{chain[-1]}.limit.of"
        if limit.of not in stated:
            raise PlanError(unknown_key(where, key, limit.of, stated))
        if limit.of in chain:
            shown = " → ".join([*chain, limit.of])
            text = Text(f"限度額が循環しています（{shown}）", f"limits go in a circle ({shown})")
            raise PlanError(Problem(where, key, text))
        base = min(amount(part, [*chain, limit.of]) for part in stated[limit.of])
        rate = limit.rate_percent if limit.rate_percent is not None else 1
        share = base if base == float("inf") else float(int(base) * rate // 1)
        return min(share, limit.at_most)

    problems: list[Problem] = []
    for name, (event, period) in stated.items():
        try:
            resolved[name] = (amount(event, [name]), amount(period, [name]))
        except ExposureError as error:
            problems += error.problems
    if problems:
        raise PlanError(dict.fromkeys(problems))
    return resolved


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
    ja, en = [wording.plan.label.ja], [wording.plan.label.en]
    if pattern:
        ja.append(source.patterns[pattern].ja)
        en.append(source.patterns[pattern].en)
    for name, value in options.items():
        label = source.options[name].label
        if value is True:
            ja.append(label.ja)
            en.append(label.en)
        elif value is False and source.options[name].default is True:
            ja.append(f"{label.ja}なし")
            en.append(f"without {label.en}")
    return Label(ja="・".join(ja), en=", ".join(en))
