"""Everything wrong with a policy file, shipped or drafted: every way to build it is tried.

All patterns, each option alone with what it needs, each other reading, with stand-ins for what the
contract leaves open.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path

from exposure.errors import ExposureError, PlanError, Problem, Text
from exposure.files import TomlFile, by_likeness, read_toml_file, unknown_key
from exposure.labels import labels
from exposure.policy.catalogue import (
    NAME_TAKEN,
    SHIPPED,
    Catalogue,
    Product,
    identity_problems,
    is_open,
    name_in,
    not_blank,
    product_parts,
    products,
)
from exposure.policy.choices import Value, check_choice
from exposure.policy.description import stand_in
from exposure.policy.plan import Choices, Layer, Plan, build_plan
from exposure.policy.vocabulary import INSURED_AS, MOST_YEN, Choice


def catalogue_of(files: Iterable[TomlFile]) -> Catalogue:
    """Return the shipped products with those of some files of one's own (商品の一覧).

    The same file twice counts once.

    Raises
    ------
    PlanError
        With every problem of all files, names that are taken included.

    Examples
    --------
    >>> catalogue_of([]).names == products()
    True
    """
    own: dict[str, Product] = {}
    problems: list[Problem] = []
    taken: dict[str, TomlFile] = {}
    for file in dict.fromkeys(files):
        name = name_in(file.raw)
        if any(file.sha256 == other.sha256 for other in taken.values()):
            continue
        read, found = _own(file)
        problems += found
        own[read.name] = read
        if name in products():
            problems.append(Problem(file.where, "plan.product", NAME_TAKEN, name))
        elif name in taken:
            other = taken[name].where
            text = Text(
                f"{other} と同じ名前です。別の名前にしてください",
                f"{other} has this name too; choose another",
            )
            problems.append(Problem(file.where, "plan.product", text, name))
        if name is not None:
            taken.setdefault(name, file)
    if problems:
        raise PlanError(problems)
    return Catalogue(own) if own else SHIPPED


@lru_cache(maxsize=32)
def _own(file: TomlFile) -> tuple[Product, tuple[Problem, ...]]:
    """Return the product of a file, the same one as long as the file is the same."""
    name = name_in(file.raw) or Path(file.where).stem
    read, problems = product_parts(file.raw, name, file.where, file.sha256)
    return read, _each_once([*problems, *problems_of(read)])


def policy_problems(path: Path | str) -> list[Problem]:
    """Return what is wrong with a policy file, without raising (``exposure check``).

    Examples
    --------
    >>> from exposure.files import data_path
    >>> policy_problems(data_path("policies", "aiu_2015.toml"))
    []
    >>> policy_problems("no_such_policy.toml")[0].say("en")
    'no_such_policy.toml: no such file'
    """
    try:
        file = read_toml_file(path)
    except ExposureError as error:
        return list(error.problems)
    return list(_own(file)[1])


def _each_once(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Leave out what is said already: a fault shows in every way of building the plan."""
    return tuple({problem.say("en"): problem for problem in problems}.values())


def problems_of(source: Product) -> tuple[Problem, ...]:
    """Return what is wrong with a product in any way it can be built."""
    found = [*identity_problems(source), *_ladder_problems(source), *_premium_problems(source)]
    if not source.raw.get("cover") or not source.raw.get("plan"):
        return _each_once(found)  # that they are missing is said by who read the file
    for pattern, options, readings in _ways(source):
        try:
            built = build_plan(source, pattern, options, _terms(source), readings)
        except ExposureError as error:
            found += error.problems
        else:
            found += _loose_ends(built, source)
    return _each_once(not_blank(source, found))


def _ladder_problems(source: Product) -> Iterator[Problem]:
    """Yield the printed ladders that are out of order or beyond what can be reckoned with."""
    for kind, choices in (("contract", source.contract), ("option", source.options)):
        for name, choice in choices.items():
            amounts = [value for value in choice.values if isinstance(value, int)]
            place = f"{kind}.{name}.values"
            words = [v for v in choice.values if isinstance(v, str) and v not in choice.means]
            if amounts and words:
                text = Text("金額は「1億円」の形にしてください", "expected amounts, as 1億円")
                yield Problem(source.where, place, text, words[0])
            if amounts != sorted(set(amounts)):
                text = Text(
                    "小さい順に一度ずつ並べてください", "expected rising amounts, each once"
                )
                yield Problem(source.where, place, text, list(choice.values))
            if any(not 0 <= amount <= MOST_YEN for amount in amounts):
                text = Text(
                    f"0以上{MOST_YEN:,}以下の金額にしてください",
                    f"expected amounts from 0 to {MOST_YEN:,}",
                )
                yield Problem(source.where, place, text, list(choice.values))


def _premium_problems(source: Product) -> Iterator[Problem]:
    """Yield the rows of a premium table that no client or choice can ever meet."""
    table = source.raw.get("premium")
    bands = table.get("bands") if isinstance(table, dict) else None
    highest: dict[str, float] = {}
    for number, band in enumerate(bands if isinstance(bands, list) else (), start=1):
        when = band.get("when", {}) if isinstance(band, dict) else None
        up_to = band.get("revenue_up_to", math.inf) if isinstance(band, dict) else None
        if not isinstance(when, dict) or not isinstance(up_to, int | float):
            continue  # said when the table is read
        place = f"premium.bands[{number}]"
        for name, value in when.items():
            yield from _key_problems(source, f"{place}.when.{name}", name, value)
        if up_to <= highest.get(str(when), -1):
            text = Text(
                "同じ条件の行は、売上高の小さい順に並べてください",
                "expected rows of the same keys by rising revenue",
            )
            yield Problem(source.where, f"{place}.revenue_up_to", text, up_to)
        highest[str(when)] = max(up_to, highest.get(str(when), -1))


def _key_problems(source: Product, place: str, name: str, value: object) -> Iterator[Problem]:
    """Yield what is wrong with a key of a premium table."""
    choices = {**source.contract, **source.options}
    if name in ("pattern", "industry"):
        known = source.patterns if name == "pattern" else labels("industry")
        if value not in known:
            listed = ", ".join(by_likeness(str(value), known))
            text = Text(f"次のどれかにしてください: {listed}", f"expected one of {listed}")
            yield Problem(source.where, place, text, value)
    elif name not in choices:
        yield unknown_key(source.where, place, name, ["pattern", "industry", *choices])
    else:
        _, expected = check_choice(choices[name], value)
        if expected is not None:
            yield Problem(source.where, place, expected, value)


def _ways(
    source: Product,
) -> Iterator[tuple[str | None, dict[str, Value], dict[str, str]]]:
    """Yield every pattern, every option alone, every other reading alone."""
    patterns: list[str | None] = list(source.patterns) or [None]
    for pattern in patterns:
        yield pattern, {}, {}
    for name, option in source.options.items():
        for value in option.values or (True,):
            yield patterns[0], {**_options_needed(source, name), name: value}, {}
    for code, reading in source.readings.items():
        for other in reading.alternative:
            yield patterns[0], {}, {code: other}


def usual_plan(source: Product, chosen: Choices | None = None) -> Plan | None:
    """Build a product as its file states it, with stand-ins for what is left open.

    None for a template that says too little to be built.

    ``chosen`` says what is not left open.

    Examples
    --------
    >>> from exposure.policy.catalogue import product
    >>> usual_plan(product("nipponkoa_2006")).pattern
    'A'
    """
    pattern = next(iter(source.patterns), None)
    if chosen is None:
        chosen = Choices(source.name, None, {}, {}, {})
    terms = {**_terms(source), **chosen.contract}
    try:
        return build_plan(source, chosen.pattern or pattern, chosen.options, terms, chosen.readings)
    except PlanError:
        if source.blanks:
            return None
        raise


def _options_needed(source: Product, name: str) -> dict[str, Value]:
    """Return the options an option cannot be without, at their first value."""
    found: dict[str, Value] = {}
    waiting = list(source.options[name].needs)
    while waiting:
        need = waiting.pop()
        if need in source.options and need not in found and need != name:
            values = source.options[need].values
            found[need] = values[0] if values else True
            waiting += source.options[need].needs
    return found


def _terms(source: Product) -> Mapping[str, Value]:
    return {name: stand_in(choice) for name, choice in source.contract.items() if is_open(choice)}


def _loose_ends(built: Plan, source: Product) -> Iterator[Problem]:
    """Yield what builds but cannot be meant: a default of the wrong kind, an empty cover."""
    for kind, choices in (("contract", source.contract), ("option", source.options)):
        for name, choice in choices.items():
            if choice.default is not None and not _fits(choice):
                text = Text("種類（kind）に合いません", "does not fit its kind")
                yield Problem(source.where, f"{kind}.{name}.default", text, choice.default)
    for layer in built.layers:
        cover = layer.cover
        if cover is not None:
            yield from _idle_heads(built, layer, source.where)
        if cover is not None and not cover.heads and not layer.inner:
            text = Text(
                "heads も内側の担保もない担保です",
                "a cover with neither heads nor covers inside it",
            )
            yield Problem(source.where, f"cover.{layer.name}", text)


def _idle_heads(built: Plan, layer: Layer, where: str) -> Iterator[Problem]:
    """Yield heads that a cap or condition of a cover names and that nothing in the cover takes."""
    inside = [layer.name]
    for name in inside:
        inside += built.layer(name).inner
    taken = [head for name in inside for head in built.wording.cover[name].heads]
    cover = built.wording.cover[layer.name]
    named = {f"per_unit.{name}": cap.heads for name, cap in cover.per_unit.items()}
    named |= {f"require.{name}": condition.heads for name, condition in cover.require.items()}
    for place, heads in named.items():
        for head in heads:
            if not any(head in (one, INSURED_AS.get(one)) for one in taken):
                text = Text(
                    f"「{head}」はこの担保の費目にありません", f'"{head}" is no head of this cover'
                )
                yield Problem(where, f"cover.{layer.name}.{place}.heads", text)


def _fits(choice: Choice) -> bool:
    default = choice.default
    if choice.kind == "date":
        return isinstance(default, date)
    return check_choice(choice, default)[1] is None
