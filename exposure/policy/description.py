"""What a plan says, as a table: covers, figures, conditions, exclusions, each with clause.

A figure the contract has not fixed yet, or that differs by pattern, is named as such.

Terms the contract leaves open are named as such. Printing is left to ``output``.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import (
    Any,  # Any: figures as stated in TOML
    Protocol,
)

from exposure.errors import Text
from exposure.policy.catalogue import SHIPPED, Catalogue, Product, historical_note, is_open
from exposure.policy.choices import Value, parse_id, wording_of
from exposure.policy.phrases import condition, exclusion, heads, join_texts, label_of, round_yen
from exposure.policy.plan import Plan, build_plan, choices_in
from exposure.policy.vocabulary import ROOT, Choice, Cover, Label, PremiumBand, PremiumTable

OPEN = Text("契約で定める", "by contract")

WHOLE = Text("契約全体", "the whole plan")

_NAMES = {
    "limit": Text("支払限度額（1事故・保険期間中）", "Limit (per event and period)"),
    "event_limit": Text("支払限度額（1事故）", "Limit per event"),
    "period_limit": Text("支払限度額（保険期間中）", "Limit for the period"),
    "indemnity_percent": Text("縮小てん補割合", "Indemnity ratio"),
    "own_share_percent": Text("自己負担割合", "Own share"),
    "deductible": Text("免責金額", "Deductible"),
}


@dataclass(frozen=True)
class Row:
    """One term: what it is about, what it says, and where that is printed (条項)."""

    key: str
    name: Text
    value: Text
    clause: str = ""


def text_of(label: Label) -> Text:
    """Return a label of a policy file as a text."""
    return Text(label.ja, label.en)


# --- the figures of a cover in words, for whoever prints them ------------------------------------


class Cap(Protocol):
    """A cap per person or corporation, of a wording or of a result. [JPY]."""

    @property
    def amount(self) -> float:
        """The most of one unit."""

    @property
    def heads(self) -> Sequence[str]:
        """The heads it is for."""


def cap_text(cap: Cap) -> Text:
    """Say a cap per person or corporation (1名・1法人あたり限度額)."""
    what, amount = heads(cap.heads), round_yen(cap.amount)
    corporate = all(head.endswith("_corporate") for head in cap.heads)
    each = Text("1法人", "per corporation") if corporate else Text("1名", "per person")
    return Text(f"{each.ja}につき{amount.ja}（{what.ja}）", f"{amount.en} {each.en} ({what.en})")


def benefit_text(unit: str, per_day: float) -> Text:
    """Say a fixed benefit per day (定額).

    Examples
    --------
    >>> benefit_text("officer_day", 10_000).ja
    '役員1日につき1万円'
    """
    of = Text("役員1日", "officer, per day")
    if unit != "officer_day":
        of = Text("使用人1日", "employee, per day")
    amount = round_yen(per_day)
    return Text(f"{of.ja}につき{amount.ja}", f"{of.en}: {amount.en}")


def limit_share_text(of: Text, rate: str, at_most: float | None) -> Text:
    """Say a limit that is a share of another one.

    Examples
    --------
    >>> limit_share_text(Text("賠償", "liability"), "10%", 30_000_000).ja
    '「賠償」の支払限度額の10%か3,000万円の低い方'
    """
    text = Text(f"「{of.ja}」の支払限度額の{rate}", f'{rate} of the limit of "{of.en}"')
    if at_most is None:
        return text
    most = round_yen(at_most)
    return Text(f"{text.ja}か{most.ja}の低い方", f"the lower of {text.en} and {most.en}")


def outside_text(other: Text) -> Text:
    """Say that a cover pays on top of the limit of another one (支払限度額の外枠)."""
    return Text(
        f"「{other.ja}」の限度額の外枠。超えるときは限度額÷請求額で按分",
        f'on top of the limit of "{other.en}"; if the claim is more, times limit ÷ claim',
    )


def name_of(figure: str) -> Text:
    """Return what a figure of a cover is called."""
    return _NAMES[figure]


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
        rows = [
            Row(f"per_unit.{unit}", label_of("per_unit", "term"), cap_text(cap), cap.clause)
            for unit, cap in cover.per_unit.items()
        ]
        rows += [
            Row(
                f"benefit.{unit}",
                label_of("benefit", "term"),
                benefit_text(unit, per_day),
                cover.clause_of("benefit"),
            )
            for unit, per_day in cover.benefit.items()
        ]
        if cover.waiting_hours:
            hours = Text(f"{cover.waiting_hours}時間", f"{cover.waiting_hours} hours")
            where = cover.clause_of("waiting_hours")
            rows.append(Row("waiting_hours", label_of("waiting_hours", "term"), hours, where))
        for key in ("deductible", "indemnity_percent", "own_share_percent"):
            figure = self.raw["cover"][name].get(key)
            if figure is not None:
                rows.append(Row(key, _NAMES[key], self.value(key, figure), cover.clause_of(key)))
        if cover.outside is not None:
            value = outside_text(self._label(cover.outside))
            rows.append(
                Row("outside", label_of("outside", "term"), value, cover.clause_of("outside"))
            )
        return tuple(rows) + self.limits(name, self.raw["cover"][name], f"cover.{name}")

    def limits(self, name: str, terms: Mapping[str, Any], path: str) -> tuple[Row, ...]:
        """Return the limits of a cover, or of the whole plan."""
        cover = self.plan.layer(name).cover
        identity = self.plan.wording.plan

        def clause(key: str) -> str:
            return identity.clause if cover is None else cover.clause_of(key)

        rows = []
        for key in ("limit", "event_limit", "period_limit"):
            at = f"{path}.{key}"
            if at in self.by_pattern:
                listed = join_texts(
                    (Text(f"{n.ja} {v.ja}", f"{n.en} {v.en}") for n, v in self._by_pattern(at)),
                    Text("、", "; "),
                )
                rows.append(
                    Row(key, _NAMES[key], Text(f"型による（{listed.ja}）", listed.en), clause(key))
                )
            elif key in terms:
                value = self.value(key, terms[key])
                layer = self.plan.layer(name)
                amount = layer.event_limit if key != "period_limit" else layer.period_limit
                if (
                    isinstance(terms[key], dict)
                    and "of" in terms[key]
                    and not self.is_open(terms[key])
                ):
                    shown = round_yen(amount)
                    value = Text(f"{value.ja} ＝ {shown.ja}", f"{value.en} = {shown.en}")
                rows.append(Row(key, _NAMES[key], value, clause(key)))
        return tuple(rows)

    def _by_pattern(self, path: str) -> list[tuple[Text, Text]]:
        return [(name, round_yen(amount)) for name, amount in self.by_pattern[path]]

    def value(self, key: str, figure: Any) -> Text:
        """Return one figure in words, as stated or as the contract has it."""
        if isinstance(figure, str) and figure.startswith("$"):
            name = figure[1:]
            if name in self.missing:
                label = text_of(self.source.contract[name].label)
                return Text(f"{OPEN.ja}（{label.ja}）", f"{OPEN.en} ({label.en})")
            figure = self.plan.contract[name]
        if isinstance(figure, dict):
            return self._share(figure)
        if key.endswith("_percent"):
            return Text(f"{figure}%", f"{figure}%")
        if key == "deductible" and figure == 0:
            return Text("なし", "none")
        return round_yen(float("inf") if figure is None else figure)

    def _share(self, figure: Mapping[str, Any]) -> Text:
        if "of" not in figure:
            return round_yen(figure["at_most"])
        of, rate = self._label(figure["of"]), f"{figure['rate_percent']}%"
        return limit_share_text(of, rate, figure.get("at_most"))

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
            self.is_open(terms.get(key)) or f"{path}.{key}" in self.by_pattern
            for key in ("limit", "event_limit", "period_limit")
        )

    def _label(self, name: str) -> Text:
        return WHOLE if name == ROOT else text_of(self.plan.wording.cover[name].label)


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

    Parameters
    ----------
    identifier : str
    among : Catalogue
        The products there are to choose from.

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
            Row(blank.key, Text(blank.key, blank.key), Text(blank.wanted, blank.wanted))
            for blank in source.blanks
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
            Row(name, text_of(choice.label), Text(f"@{name}=…", f"@{name}=…"), choice.clause)
            for name, choice in missing.items()
        ),
        options=tuple(
            Row(
                name,
                text_of(choice.label),
                _choice_text(built.options[name], choice),
                choice.clause,
            )
            for name, choice in source.options.items()
        ),
        figures=reader.limits(ROOT, reader.raw["plan"], "plan"),
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
        return Text("なし", "none")
    if isinstance(value, bool):
        return Text("あり", "attached") if value else Text("なし", "not attached")
    if choice.kind == "percent":
        return Text(f"{value}%", f"{value}%")
    if choice.kind == "days":
        return Text(f"{value}日", f"{value} days")
    if isinstance(value, int):
        return round_yen(value)
    return Text(str(value), str(value))


def _reading(built: Plan, code: str) -> Text:
    reading, name = built.all_readings[code], built.readings.get(code, "adopted")
    if name != "adopted":
        return text_of(reading.alternative[name].label)
    return Text(
        f"{reading.choice.ja}（理由：{reading.why.ja}）", f"{reading.choice.en} ({reading.why.en})"
    )


def _premium(built: Plan) -> tuple[Row, ...]:
    table = built.wording.premium
    if table is None:
        return ()
    rows = [_premium_row(built, table, band) for band in table.bands]
    if any(band.when for band in table.bands):
        return tuple(rows)
    above = round_yen(table.bands[-1].revenue_up_to)
    name = Text(f"売上高{above.ja}超", f"revenue above {above.en}")
    return (*rows, Row("premium", name, Text("別途ご照会", "on enquiry"), table.clause))


def _premium_row(built: Plan, table: PremiumTable, one: PremiumBand) -> Row:
    """Return one line of a table, with the choices it holds for."""
    parts = []
    for key, value in one.when.items():
        what = label_of(key, "term")
        said = (
            label_of(str(value), "industry") if key == "industry" else Text(str(value), str(value))
        )
        if key in built.contract and isinstance(value, int) and not isinstance(value, bool):
            said = round_yen(value)
        parts.append(Text(f"{what.ja} {said.ja}", f"{what.en} {said.en}"))
    if math.isfinite(one.revenue_up_to):
        bound = round_yen(one.revenue_up_to)
        parts.append(Text(f"売上高{bound.ja}以下", f"revenue up to {bound.en}"))
    name = join_texts(parts, Text("、", ", ")) if parts else label_of("premium", "term")
    return Row("premium", name, round_yen(one.premium), table.clause)


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
                    Text("期間", "Window") if asked.is_window else label_of("trigger", "term"),
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
        if reader.is_open(figure.get(name)):
            length = reader.value(name, figure[name])
            return Text(
                text.ja.replace(f"{asked.days}日", length.ja),
                text.en.replace(f"{asked.days} days", length.en),
            )
    return text


def _lifting(built: Plan, key: str, path: tuple[str, ...]) -> Text:
    """Return what lifts or limits an exclusion in a cover."""
    rule = built.wording.exclusion[key]
    parts = []
    for exception in rule.unless:
        name, _, only_in = exception.partition(":")
        if not only_in or only_in in path:
            label = built.wording.exception[name]
            parts.append(Text(f"{label.ja}を除く", f"unless {label.en}"))
    for cover, other in rule.only_with.items():
        if cover in path:
            also = exclusion(other, built.wording.exclusion)
            parts.append(Text(f"{also.ja}に当たる場合のみ", f"only together with: {also.en}"))
    for cover, when in rule.saved_in.items():
        if cover in path:
            known = label_of(when, "fact")
            parts.append(
                Text(f"{known.ja}までの費用は支払う", f"costs until known are paid ({known.en})")
            )
    return join_texts(parts, Text("、", "; "))
