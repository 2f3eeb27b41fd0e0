"""From a plan identifier to a plan ready to pay: patched, chosen, checked, its covers in order.

Every variation (型・特約・契約者の選択・解釈) is a patch on the mapping read from TOML; the plan is
built and checked once, after all patches. Limits that are shares of other limits are resolved, and
circles refused. Reading and patching are left to ``catalogue`` and ``choices``, paying to
``interpreter``.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property, lru_cache

from pydantic import ValidationError

from exposure.amounts import format_yen
from exposure.errors import ExposureError, PlanError, Problem, Text
from exposure.files import unknown_key
from exposure.labels import phrase
from exposure.policy.catalogue import SHIPPED, Catalogue, Product
from exposure.policy.choices import (
    PlanId,
    Value,
    choice_problems,
    conflicts,
    identifier_of,
    parse_choice,
    parse_id,
    substitute,
    text_of,
    wording_of,
)
from exposure.policy.vocabulary import (
    INSURED_AS,
    ROOT,
    Condition,
    Cover,
    Exclusion,
    Label,
    Limit,
    Reading,
    Wording,
)
from exposure.records import problems_from


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
    ratio : tuple of int
        Numerator and denominator of the share paid (縮小てん補割合).
    asks_days, asks_facts : frozenset of str
        Days and attributes that its conditions look at.
    limit_reason : str
        Why its limits leave something unpaid: ``limit`` where they are those of the plan as a
        whole, else ``sublimit``.
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
    ratio: tuple[int, int] = (1, 1)
    asks_days: frozenset[str] = frozenset()
    limit_reason: str = "sublimit"
    asks_facts: frozenset[str] = frozenset()

    @property
    def is_limited(self) -> bool:
        """Whether there is a limit for one event or for the policy period."""
        return math.isfinite(self.event_limit) or math.isfinite(self.period_limit)

    @cached_property
    def asks(self) -> tuple[str, ...]:
        """Days and attributes of an event that its conditions and exclusions look at."""
        saved = (day for _, exclusion in self.exclusions for day in exclusion.saved_in.values())
        return tuple(sorted({*self.asks_days, *self.asks_facts, *saved}))

    @cached_property
    def limits(self) -> Hashable:
        """All that tells apart covers to which the same is due, by what their limits leave."""
        return self.name, self.limit_reason, self.event_limit, self.period_limit

    @cached_property
    def terms(self) -> Hashable:
        """All that tells apart covers which take up the same, by what is due without a limit."""
        own = () if self.cover is None else (self.cover.deductible, self.cover.ratio_limit)
        return self.ratio, bool(self.inner), *own

    def head_of(self, head: str) -> str:
        """Return the head under which the cover judges an item: its own, or what it passes as."""
        passes_as = INSURED_AS.get(head, head)
        heads = () if self.cover is None else self.cover.heads
        return passes_as if head not in heads and passes_as in heads else head


def layers_of(wording: Wording, where: str) -> tuple[Layer, ...]:
    """Return the covers inside out: what is inside or referred to first, the plan itself last.

    Raises
    ------
    PlanError
        If a cover, limit or exclusion refers to something that is not there, or goes in a circle.
    """
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
        asked = tuple(c for part in path for c in covers[part].require.values())
        layers.append(
            Layer(
                name=name,
                cover=covers.get(name),
                requires=asked,
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
                asks_days=frozenset(day for c in asked for day in c.days_asked),
                asks_facts=frozenset[str]().union(*(c.facts_asked for c in asked)),
                limit_reason="limit" if name in wording.plan.limit_covers else "sublimit",
                ratio=covers[name].indemnity_ratio.as_integer_ratio() if path else (1, 1),
            )
        )
    return tuple(layers)


def _signature(path: list[str], wording: Wording) -> str:
    if not path:
        return ""
    own = wording.cover[path[0]]
    taken_up: list[object] = [own.per_unit, own.benefit, own.outside, own.waiting_hours, path]
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
    order.append(name)


def _tree_problems(wording: Wording, where: str) -> list[Problem]:
    covers = wording.cover
    problems: list[Problem] = []
    names = [*covers, ROOT]
    for name, cover in covers.items():
        if name == ROOT or "." in name:
            text = Text("この名前は使えません", "this name cannot be used")
            problems.append(Problem(where, f"cover.{name}", text))
        for key, other in (("within", cover.within), ("outside", cover.outside)):
            if other is not None and other not in covers:
                problems.append(unknown_key(where, f"cover.{name}.{key}", other, covers))
    problems += _cycles(where, "within", {name: c.within for name, c in covers.items()})
    if not problems:
        problems += _circle_of_payment(where, covers)
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


def _circle_of_payment(where: str, covers: Mapping[str, Cover]) -> list[Problem]:
    """Say where a cover would have to be paid before itself: inner covers first, `outside` too."""
    needs: dict[str, set[str]] = {name: set() for name in covers}
    for name, cover in covers.items():
        if cover.within is not None:
            needs[cover.within].add(name)
        if cover.outside is not None:
            needs[name].add(cover.outside)
    done: set[str] = set()
    while ready := {name for name in needs if name not in done and needs[name] <= done}:
        done |= ready
    stuck = [name for name in covers if name not in done and covers[name].outside is not None]
    text = Text(
        "outside の担保は、その外側や内側にない担保にしてください",
        "outside must name a cover that does not itself need this one",
    )
    return [
        Problem(where, f"cover.{name}.outside", text, covers[name].outside) for name in stuck[:1]
    ]


def _resolved_limits(wording: Wording, where: str) -> dict[str, tuple[float, float]]:
    stated: dict[str, tuple[Limit | None, Limit | None]] = {
        name: (cover.limit or cover.event_limit, cover.limit or cover.period_limit)
        for name, cover in wording.cover.items()
    }
    whole = wording.plan
    stated[ROOT] = whole.limit or whole.event_limit, whole.limit or whole.period_limit
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


_MOST_KEPT = 256


@dataclass(frozen=True, repr=False)
class Plan:
    """A plan that can pay: patched, resolved and checked (保険プラン).

    ``layers`` stand inside out: a cover comes after everything inside it and after the cover it is
    paid outside of; the plan itself is last. ``source`` is the product it was built from.
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
    source: Product = field(compare=False)

    def __repr__(self) -> str:
        return f"<Plan {self.id!r}: {self.label.ja}>"

    def variant(self, identifier: str, where: str = "plan") -> Plan:
        """Return the plan of the same product that an identifier names (組み立て直し).

        Parameters
        ----------
        identifier : str
            Its product is not looked at.
        where : str
            What to call the place of the identifier in messages.

        Raises
        ------
        PlanError
            As `plan`.

        Examples
        --------
        >>> plan("nipponkoa_2006/F").variant("nipponkoa_2006/A").headline_limit
        10000000.0
        """
        return _of_product(self.source, parse_id(identifier, where), where)

    @property
    def historical(self) -> bool:
        """Whether its wording is no longer sold (販売が終わった版)."""
        return self.wording.plan.historical

    @cached_property
    def _by_name(self) -> dict[str, Layer]:
        return {layer.name: layer for layer in self.layers}

    def layer(self, name: str) -> Layer:
        """Return one layer by name."""
        return self._by_name[name]

    @property
    def sections(self) -> tuple[str, ...]:
        """Names of the outermost covers, in the order in which they use a shared limit."""
        return self.layer(ROOT).inner

    @cached_property
    def covers_by_section(self) -> Mapping[str, tuple[str, ...]]:
        """Each attached section with every cover inside it (担保とその内枠).

        Examples
        --------
        >>> plan("nipponkoa_2006/A").covers_by_section["liability"]
        ('liability', 'dispute', 'entrustor')
        """
        found = {}
        for section in self.sections:
            if self.layer(section).attached:
                names = [section]
                for name in names:
                    names += self.layer(name).inner
                found[section] = tuple(names)
        return found

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

    @cached_property
    def structure(self) -> Hashable:
        """The same for plans whose covers take up the same losses, whatever their limits.

        Examples
        --------
        >>> small, large = plan("aiu_2015@limit=50000000"), plan("aiu_2015@limit=300000000")
        >>> small.structure == large.structure
        True
        >>> small.structure == plan("aiu_2015+card@limit=50000000").structure
        False
        """
        return tuple(
            (layer.name, layer.signature, layer.attached, tuple(layer.cover.heads))
            for layer in self.layers
            if layer.cover is not None
        )

    @property
    def contract_days(self) -> dict[str, date]:
        """Days that the contract names (初年度契約始期日・遡及日), where it names them."""
        return contract_days(self.contract)

    @property
    def endorsements(self) -> tuple[str, ...]:
        """Names of the options that are part of the contract."""
        return tuple(name for name, value in self.options.items() if value not in (False, None))


def contract_days(contract: Mapping[str, Value]) -> dict[str, date]:
    """Return the days among the terms of a contract, where they are stated.

    Examples
    --------
    >>> contract_days({"limit": 10, "retroactive_date": None, "first_inception": date(2020, 4, 1)})
    {'first_inception': datetime.date(2020, 4, 1)}
    """
    return {name: day for name, day in contract.items() if isinstance(day, date)}


def _known_days(layers: tuple[Layer, ...], contract: Mapping[str, Value]) -> tuple[Layer, ...]:
    """Tell covers apart that ask the same of different days."""
    days = contract_days(contract)
    if not days:
        return layers
    return tuple(replace(layer, signature=f"{layer.signature}{days}") for layer in layers)


def plan(identifier: str, where: str = "plan", among: Catalogue = SHIPPED) -> Plan:
    """Build the plan an identifier names (保険プランの組み立て).

    Parameters
    ----------
    identifier : str
        ``product/pattern+endorsement@key=value``; see ``exposure plans`` for what exists. A label
        may follow (``#label``), to tell quotations for one wording apart.
    where : str
        What to call the place of the identifier in messages.
    among : Catalogue
        The products there are to choose from.

    Raises
    ------
    PlanError
        If the product, pattern, endorsement or choice does not exist, or a choice that the contract
        leaves open has not been made.

    Examples
    --------
    >>> plan("nipponkoa_2006/F").headline_limit
    300000000.0
    >>> plan("aiu_2015@limit=3億").id
    'aiu_2015@limit=300000000'
    """
    parts = parse_id(identifier, where)
    return _of_product(among.product(parts.product, where), parts, where)


def _of_product(source: Product, parts: PlanId, where: str) -> Plan:
    identifier = identifier_of(parts)
    try:
        return _keep_plan(source, identifier)
    except PlanError:
        # Said again under the name of the place, on which a plan that can be does not depend.
        return _build_from(source, identifier, where)


@lru_cache(maxsize=_MOST_KEPT)
def _keep_plan(source: Product, identifier: str) -> Plan:
    """Keep what many clients of a book are compared under."""
    return _build_from(source, identifier, "plan")


def require_filled(source: Product, where: str = "") -> None:
    """Refuse a template whose blanks are not filled in; say what to look up (空欄のある約款).

    Raises
    ------
    PlanError
        With every blank.
    """
    if source.blanks:
        place = f"{where}: {source.where}" if where else source.where
        raise PlanError(blank.problem(place) for blank in source.blanks)


def _build_from(source: Product, identifier: str, where: str) -> Plan:
    chosen, place = choices_in(identifier, source, where)
    require_filled(source)
    return build_plan(
        source,
        chosen.pattern,
        chosen.options,
        chosen.contract,
        chosen.readings,
        where=place,
        identifier=chosen.identifier,
    )


@dataclass(frozen=True)
class Choices:
    """The choices an identifier makes, read but not yet checked against each other.

    ``identifier`` says the same with every amount in plain digits.
    """

    identifier: str
    pattern: str | None
    options: Mapping[str, Value]
    contract: Mapping[str, Value]
    readings: Mapping[str, str]


def choices_in(identifier: str, source: Product, where: str = "plan") -> tuple[Choices, str]:
    """Return the choices an identifier makes, and the name of the place for messages."""
    parts = parse_id(identifier, where)
    place = f"{where}: {identifier}" if where != "plan" else identifier
    written: dict[str, str] = dict(parts.choices)
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
        parsed, expected = parse_choice(known[name], value)
        if expected is not None:
            problems.append(Problem(place, f"@{name}", expected, value))
        elif name in source.options:
            if name in options and options[name] != parsed:
                text = Text("特約の有無が二通りに指定されています", "attached and detached at once")
                problems.append(Problem(place, f"@{name}", text, value))
            options[name] = parsed
        else:
            contract[name] = parsed
        written[name] = text_of(parsed)
    if problems:
        raise PlanError(problems)
    plain = identifier_of(replace(parts, choices=written))
    return Choices(plain, parts.pattern, options, contract, readings), place


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
    problems = choice_problems(source, pattern, options, contract, readings, where)
    if problems:
        raise PlanError(problems)
    chosen = {name: options.get(name, choice.default) for name, choice in source.options.items()}
    problems = conflicts(source, chosen, where)
    if problems:
        raise PlanError(problems)
    terms = {name: contract.get(name, choice.default) for name, choice in source.contract.items()}
    raw = substitute(wording_of(source, pattern, chosen, readings, where), terms)
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
        layers=_known_days(layers_of(wording, where), terms),
        label=_label(source, wording, pattern, options, contract),
        source=source,
    )


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
            text += f"@{name}={text_of(value)}"
    return text + "".join(f"@reading.{code}={name}" for code, name in readings.items())


def _label(
    source: Product,
    wording: Wording,
    pattern: str | None,
    options: Mapping[str, Value],
    contract: Mapping[str, Value],
) -> Label:
    """Return a name short enough for a chart, yet different for plans that differ."""
    said = Text(wording.plan.short.ja, wording.plan.short.en)
    if pattern:
        said = phrase("wording", "beside", first=said, second=source.patterns[pattern])
    for term in ("limit", "limit_per_event"):
        amount = contract.get(term)
        if isinstance(amount, int):
            shown = Text(format_yen(amount), format_yen(amount, "en"))
            said = phrase("wording", "beside", first=said, second=shown)
    for name, value in options.items():
        choice = source.options[name]
        if value is False and choice.default is True:
            said = phrase("wording", "without", plan=said, option=choice.label)
        elif value not in (False, None):
            said = phrase("wording", "with", plan=said, option=choice.label)
    return Label(ja=said.ja, en=said.en)
