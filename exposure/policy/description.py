"""What a plan says, as a table: covers, figures, conditions, exclusions, each with clause.

A figure the contract has not fixed yet, or that differs by pattern, is named as such.

Terms the contract leaves open are named as such. Printing is left to ``output``.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any  # Any: figures as stated in TOML

from exposure.errors import Text
from exposure.policy.catalogue import SHIPPED, Catalogue, Product, historical_note, is_open
from exposure.policy.choices import Value, parse_id, wording_of
from exposure.policy.phrases import (
    condition,
    exclusion,
    heads,
    join_texts,
    label_of,
    round_yen,
    words,
)
from exposure.policy.plan import Plan, build_plan, choices_in
from exposure.policy.vocabulary import (
    ROOT,
    Choice,
    Cover,
    Label,
    PremiumBand,
    PremiumTable,
    UnitCap,
)

LIMITS = ("limit", "event_limit", "period_limit")

# In the order in which they are applied; what they are is said by their names alone.
FIGURES = ("waiting_hours", "deductible", "indemnity_percent", "own_share_percent")


@dataclass(frozen=True)
class Row:
    """One term: what it is about, what it says, and where that is printed (条項).

    ``amount`` is what a limit that is a share of another comes to.
    """

    key: str
    name: Text
    value: Text
    clause: str = ""
    amount: Text | None = None


def text_of(label: Label) -> Text:
    """Return a label of a policy file as a text."""
    return Text(label.ja, label.en)


def cap_text(cap: UnitCap, amount: Text) -> Text:
    """Say a cap per person or corporation (1名・1法人あたり限度額)."""
    corporate = all(head.endswith("_corporate") for head in cap.heads)
    name = "cap.corporation" if corporate else "cap.person"
    return words(name, amount=amount, heads=heads(cap.heads))


@dataclass(frozen=True)
class Figures:
    """Reads figures as stated, before contract terms are put in."""

    plan: Plan
    raw: Mapping[str, Any]
    source: Product
    missing: set[str]
    by_pattern: Mapping[str, list[tuple[Text, Any]]]

    def of_cover(self, name: str, cover: Cover) -> tuple[Row, ...]:
        """Return caps, benefits, deductible, shares and limits of one cover."""
        stated, path = self.raw["cover"][name], f"cover.{name}"
        rows = []
        for unit, cap in cover.per_unit.items():
            at = f"per_unit.{unit}"
            figure = stated["per_unit"][unit].get("amount")
            amount = self.apart(f"{path}.{at}.amount", figure) or round_yen(cap.amount)
            rows.append(Row(at, label_of("per_unit", "term"), cap_text(cap, amount), cap.clause))
        for unit, per_day in cover.benefit.items():
            at = f"benefit.{unit}"
            amount = self.apart(f"{path}.{at}", stated["benefit"][unit]) or round_yen(per_day)
            said, where = words(at, amount=amount), cover.clause_of("benefit")
            rows.append(Row(at, label_of("benefit", "term"), said, where))
        if cover.waiting_hours or self.is_blank(f"{path}.waiting_hours"):
            hours = self.apart(f"{path}.waiting_hours", stated.get("waiting_hours"))
            hours = hours or words("hours", n=cover.waiting_hours)
            where = cover.clause_of("waiting_hours")
            rows.append(Row("waiting_hours", label_of("waiting_hours", "term"), hours, where))
        for key in FIGURES[1:]:
            figure = stated.get(key)
            if figure is not None or self.is_blank(f"{path}.{key}"):
                value = self.apart(f"{path}.{key}", figure) or self.value(key, figure)
                rows.append(Row(key, words(f"name.{key}"), value, cover.clause_of(key)))
        if cover.outside is not None:
            value = words("outside", other=self._label(cover.outside))
            if cover.ratio_limit == "event":
                value = words("outside.event", said=value)
            rows.append(
                Row("outside", label_of("outside", "term"), value, cover.clause_of("outside"))
            )
        return tuple(rows) + self.limits(name, stated, path)

    def of_plan(self) -> tuple[Row, ...]:
        """Return the limits of the whole plan, days that are deemed, and to whom it is sold."""
        identity, derive = self.plan.wording.plan, self.plan.wording.derive
        rows = list(self.limits(ROOT, self.raw["plan"], "plan"))
        for name, one in derive.items():
            length = words("days", n=one.same_day_within_days)
            said = words("deemed", day=label_of(one.date, "fact", "term"), length=length)
            rows.append(Row(f"derive.{name}", words("name.deemed"), said, one.clause))
        most = identity.sold_up_to_revenue
        if most is not None:
            sold = words("revenue.up_to", amount=round_yen(most))
            key = "sold_up_to_revenue"
            rows.append(Row(key, words("name.sold_up_to"), sold, identity.clause))
        return tuple(rows)

    def limits(self, name: str, terms: Mapping[str, Any], path: str) -> tuple[Row, ...]:
        """Return the limits of a cover, or of the whole plan."""
        layer, identity = self.plan.layer(name), self.plan.wording.plan
        rows = []
        for key in LIMITS:
            at = f"{path}.{key}"
            if key not in terms and at not in self.by_pattern and not self.is_blank(at):
                continue
            figure, amount = terms.get(key), None
            value = self.apart(at, figure)
            if value is None:
                value = self.value(key, figure)
                if isinstance(figure, dict) and "of" in figure and not self.is_open(figure):
                    is_period = key == "period_limit"
                    amount = round_yen(layer.period_limit if is_period else layer.event_limit)
            clause = identity.clause if layer.cover is None else layer.cover.clause_of(key)
            rows.append(Row(key, words(f"name.{key}"), value, clause, amount))
        return tuple(rows)

    def is_blank(self, path: str) -> bool:
        """Say whether a template leaves a figure to be looked up."""
        return any(blank.key == path for blank in self.source.blanks)

    def apart(self, path: str, figure: Any) -> Text | None:
        """Return what is said of a figure that is blank, left to the contract or by pattern."""
        if path in self.by_pattern:
            listed = (
                words("beside", first=name, second=self.value(path, amount))
                for name, amount in self.by_pattern[path]
            )
            return words("by_pattern", listed=join_texts(listed, words("listed.apart")))
        if self.is_blank(path):
            return words("blank")
        if isinstance(figure, str) and figure.startswith("$") and figure[1:] in self.missing:
            return words("by_contract", label=self.source.contract[figure[1:]].label)
        return None

    def value(self, key: str, figure: Any) -> Text:
        """Return one figure in words, as the contract has it; ``key`` ends in its name."""
        if isinstance(figure, str) and figure.startswith("$"):
            figure = self.plan.contract[figure[1:]]
        if isinstance(figure, dict):
            return self._share(figure)
        if key.endswith("_percent"):
            return words("percent", n=figure)
        if key.endswith("deductible") and figure == 0:
            return words("no_value")
        return round_yen(float("inf") if figure is None else figure)

    def _share(self, figure: Mapping[str, Any]) -> Text:
        if "of" not in figure:
            most = figure.get("at_most")
            return round_yen(float("inf") if most is None else most)
        of, rate = self._label(figure["of"]), words("percent", n=figure["rate_percent"])
        if figure.get("at_most") is None:
            return words("share", of=of, rate=rate)
        most = round_yen(figure["at_most"])
        return words("share.at_most", of=of, rate=rate, most=most)

    def is_open(self, figure: Any) -> bool:
        """Say whether a figure hangs on a term the contract has not stated."""
        if isinstance(figure, str):
            return figure.startswith("$") and figure[1:] in self.missing
        if not isinstance(figure, dict) or "of" not in figure:
            return False
        of = figure["of"]
        terms = self.raw["plan"] if of == ROOT else self.raw["cover"][of]
        path = "plan" if of == ROOT else f"cover.{of}"
        return any(
            self.is_open(terms.get(key)) or f"{path}.{key}" in self.by_pattern for key in LIMITS
        )

    def _label(self, name: str) -> Text:
        return words("whole") if name == ROOT else text_of(self.plan.wording.cover[name].label)


@dataclass(frozen=True)
class CoverSheet:
    """The terms of one cover (担保).

    ``figures`` are limits, shares and caps; ``depth`` is 1 for a section, 2 for a cover inside one.
    """

    name: str
    label: Text
    clause: str
    depth: int
    attached: bool
    heads: tuple[str, ...]
    figures: tuple[Row, ...]
    conditions: tuple[Row, ...]
    exclusions: tuple[Row, ...]


@dataclass(frozen=True)
class PlanSheet:
    """The terms of a plan (保険プランの条件)."""

    id: str
    product: str
    label: Text
    insurer: Text
    edition: Text
    source: str
    note: Text | None
    blanks: tuple[Row, ...]
    clause: str
    chosen: tuple[Row, ...]
    open_choices: tuple[Row, ...]
    options: tuple[Row, ...]
    figures: tuple[Row, ...]
    covers: tuple[CoverSheet, ...]
    readings: tuple[Row, ...]
    alternatives: Mapping[str, tuple[Row, ...]]
    premium: tuple[Row, ...]


def describe(identifier: str, among: Catalogue = SHIPPED) -> PlanSheet:
    """Return the terms of the plan an identifier names, whether or not its choices are all made.

    Examples
    --------
    >>> sheet = describe("aiu_2015")
    >>> [row.key for row in sheet.open_choices]
    ['limit']
    >>> sheet.figures[0].value.ja
    '契約で定める（個人情報漏洩特約の支払限度額）'
    """
    source = among.product(parse_id(identifier).product)
    chosen, place = choices_in(identifier, source)
    missing = {
        name: choice
        for name, choice in source.contract.items()
        if is_open(choice) and name not in chosen.contract
    }
    contract = {**chosen.contract, **{name: stand_in(choice) for name, choice in missing.items()}}
    # Without a pattern the terms are shown as the file states them, the patterns' own beside them.
    pattern = chosen.pattern or next(iter(source.patterns), None)
    built = build_plan(
        source, pattern, chosen.options, contract, chosen.readings, place, chosen.identifier
    )
    raw = wording_of(source, pattern, built.options, built.readings, place)
    by_pattern = source.patterns and chosen.pattern is None
    reader = Figures(
        built, raw, source, set(missing), _pattern_values(source) if by_pattern else {}
    )
    return _sheet(built, source, reader, missing, chosen.identifier)


def sheet_of(built: Plan) -> PlanSheet:
    """Return the terms of a plan whose choices are all made.

    Examples
    --------
    >>> from exposure.policy.plan import plan
    >>> sheet_of(plan("aiu_2015@limit=100000000")).figures[0].value.ja
    '1億円'
    """
    source = built.source
    raw = _stated(
        source, built.pattern, tuple(built.options.items()), tuple(built.readings.items())
    )
    return _sheet(built, source, Figures(built, raw, source, set(), {}), {}, built.id)


@functools.lru_cache(maxsize=2**7)
def _stated(
    source: Product,
    pattern: str | None,
    options: tuple[tuple[str, Value], ...],
    readings: tuple[tuple[str, str], ...],
) -> dict[str, Any]:
    """Return a wording as stated, once for all plans that differ in contract terms alone."""
    return wording_of(source, pattern, dict(options), dict(readings), source.name)


def stand_in(choice: Choice) -> Value:
    """Return any value of the right kind, for terms that will be shown as open."""
    if choice.kind == "date":
        return date.min
    least = choice.at_least if isinstance(choice.at_least, int) else 0
    return choice.values[0] if choice.values else least


def _pattern_values(source: Product) -> dict[str, list[tuple[Text, Any]]]:
    values: dict[str, list[tuple[Text, Any]]] = {}
    for name, label in source.patterns.items():
        for path, value in source.raw["pattern"][name].get("set", {}).items():
            values.setdefault(path, []).append((text_of(label), value))
    return values


def _sheet(
    built: Plan,
    source: Product,
    reader: Figures,
    missing: Mapping[str, Choice],
    identifier: str,
) -> PlanSheet:
    identity = built.wording.plan
    return PlanSheet(
        id=identifier,
        product=source.name,
        label=text_of(identity.label),
        insurer=text_of(identity.insurer),
        edition=text_of(identity.edition),
        source=identity.source,
        note=historical_note(source),
        blanks=tuple(
            Row(blank.key, Text(blank.key, blank.key), blank.wanted) for blank in source.blanks
        ),
        clause=identity.clause,
        chosen=tuple(
            Row(
                name,
                text_of(choice.label),
                _choice_text(built.contract[name], choice),
                choice.clause,
            )
            for name, choice in source.contract.items()
            if name not in missing
        ),
        open_choices=tuple(
            Row(name, text_of(choice.label), _open_text(name, choice, source), choice.clause)
            for name, choice in missing.items()
        ),
        options=tuple(
            Row(
                name,
                text_of(choice.label),
                _option_text(built.options[name], choice, source),
                choice.clause,
            )
            for name, choice in source.options.items()
        ),
        figures=reader.of_plan(),
        covers=tuple(_cover_sheets(built, reader, built.sections, 1)),
        readings=tuple(
            Row(code, text_of(reading.question), _reading(built, code), reading.clause)
            for code, reading in built.all_readings.items()
        ),
        alternatives={
            code: tuple(
                Row(
                    name,
                    text_of(alternative.label),
                    Text(f"@reading.{code}={name}", f"@reading.{code}={name}"),
                )
                for name, alternative in reading.alternative.items()
            )
            for code, reading in built.all_readings.items()
            if reading.alternative
        },
        premium=_premium(built),
    )


def _choice_text(value: Value, choice: Choice) -> Text:
    if value is None:
        return words("no_value")
    if isinstance(value, bool):
        return words("attached" if value else "not_attached")
    if choice.kind in ("percent", "days"):
        return words(choice.kind, n=value)
    if isinstance(value, int):
        return round_yen(value)
    return Text(str(value), str(value))


def _option_text(value: Value, choice: Choice, source: Product) -> Text:
    """Say whether an option is attached, and what it cannot be had without."""
    said = words("not_attached") if value is None else _choice_text(value, choice)
    if not choice.needs:
        return said
    others = join_texts(text_of(source.options[name].label) for name in choice.needs)
    return words("needs", said=said, others=others)


def _open_text(name: str, choice: Choice, source: Product) -> Text:
    """Say how a choice is written, and among what or between what it can be made."""
    if choice.values:
        values = join_texts(_choice_text(value, choice) for value in choice.values)
        return words("choose.among", name=name, values=values)
    bounds = {
        side: source.contract[bound[1:]].label
        if isinstance(bound, str)
        else _choice_text(bound, choice)
        for side, bound in (("least", choice.at_least), ("most", choice.at_most))
        if bound is not None
    }
    if not bounds:
        return words("choose", name=name)
    kind = "between" if len(bounds) > 1 else "from" if "least" in bounds else "up_to"
    return words("choose.among", name=name, values=words(f"choose.{kind}", **bounds))


def _reading(built: Plan, code: str) -> Text:
    reading, name = built.all_readings[code], built.readings.get(code, "adopted")
    if name != "adopted":
        return text_of(reading.alternative[name].label)
    return words("reading", choice=reading.choice, why=reading.why)


def _premium(built: Plan) -> tuple[Row, ...]:
    table = built.wording.premium
    if table is None:
        return ()
    rows = [_premium_row(built, table, band) for band in table.bands]
    if any(band.when for band in table.bands):
        return tuple(rows)
    name = words("revenue.above", amount=round_yen(table.bands[-1].revenue_up_to))
    return (*rows, Row("premium", name, words("on_enquiry"), table.clause))


def _premium_row(built: Plan, table: PremiumTable, one: PremiumBand) -> Row:
    """Return one line of a table, with the choices it holds for."""
    parts = []
    for key, value in one.when.items():
        said = (
            label_of(str(value), "industry") if key == "industry" else Text(str(value), str(value))
        )
        if key in built.contract and isinstance(value, int) and not isinstance(value, bool):
            said = round_yen(value)
        parts.append(words("beside", first=label_of(key, "term"), second=said))
    if math.isfinite(one.revenue_up_to):
        parts.append(words("revenue.up_to", amount=round_yen(one.revenue_up_to)))
    name = join_texts(parts, words("listed")) if parts else label_of("premium", "term")
    length = words("months", n=table.months)
    premium = words("premium.months", amount=round_yen(one.premium), length=length)
    return Row("premium", name, premium, table.clause)


def _cover_sheets(
    built: Plan, reader: Figures, names: Iterable[str], depth: int
) -> Iterable[CoverSheet]:
    for name in names:
        layer = built.layer(name)
        cover = layer.cover
        assert cover is not None  # only the plan itself has none
        yield CoverSheet(
            name=name,
            label=text_of(cover.label),
            clause=cover.clause,
            depth=depth,
            attached=layer.attached,
            heads=cover.heads,
            figures=reader.of_cover(name, cover),
            conditions=tuple(
                Row(
                    key,
                    words("name.window") if asked.is_window else label_of("trigger", "term"),
                    _condition(reader, name, key, built),
                    asked.clause,
                )
                for key, asked in cover.require.items()
            ),
            exclusions=tuple(
                Row(
                    key,
                    exclusion(key, built.wording.exclusion),
                    _lifting(built, key, layer.path),
                    rule.clause,
                )
                for key, rule in built.wording.exclusion.items()
                if name in rule.reaches
            ),
        )
        yield from _cover_sheets(built, reader, layer.inner, depth + 1)


def _condition(reader: Figures, cover: str, key: str, built: Plan) -> Text:
    asked = built.wording.cover[cover].require[key]
    figure = reader.raw["cover"][cover]["require"][key]
    text = condition(asked, built.wording.derive)
    for name in ("days", "months"):
        length = reader.apart(f"cover.{cover}.require.{key}.{name}", figure.get(name))
        if length is not None:
            stated = words(name, n=getattr(asked, name))
            text = Text(
                text.ja.replace(stated.ja, length.ja), text.en.replace(stated.en, length.en)
            )
    return words("condition.or_unstated", said=text) if asked.or_unstated else text


def _lifting(built: Plan, key: str, path: tuple[str, ...]) -> Text:
    """Return what lifts or limits an exclusion in a cover."""
    rule = built.wording.exclusion[key]
    parts = []
    for exception in rule.unless:
        name, _, only_in = exception.partition(":")
        if not only_in or only_in in path:
            parts.append(words("exception.unless", label=built.wording.exception[name]))
    for cover, other in rule.only_with.items():
        if cover in path:
            also = exclusion(other, built.wording.exclusion)
            parts.append(words("exception.only_with", other=also))
    for cover, when in rule.saved_in.items():
        if cover in path:
            parts.append(words("exception.saved", day=label_of(when, "fact")))
    return join_texts(parts, words("listed.apart"))
