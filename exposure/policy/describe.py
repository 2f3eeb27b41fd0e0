"""What a plan says, as a table: covers with figures, conditions and exclusions, each with clause.

Terms the contract leaves open are named as such. Printing is left to ``output``.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any  # Any: figures as stated in TOML, and plain data for JSON

from exposure.errors import Text
from exposure.policy.catalogue import SHIPPED, Catalogue, Product
from exposure.policy.choices import Value, parse_id
from exposure.policy.figures import Figures, Row, text_of
from exposure.policy.listing import historical_note, is_open
from exposure.policy.patches import stated
from exposure.policy.phrases import condition, exclusion, joined, named, round_yen
from exposure.policy.plans import Plan, build_plan, choices_in
from exposure.policy.terms import Choice, PremiumBand, PremiumTable
from exposure.policy.vocabulary import ROOT


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
    raw = stated(source, pattern, built.options, built.readings, place)
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
            Row(name, text_of(choice.label), _chosen(built.contract[name], choice), choice.clause)
            for name, choice in source.contract.items()
            if name not in missing
        ),
        open_choices=tuple(
            Row(name, text_of(choice.label), Text(f"@{name}=…", f"@{name}=…"), choice.clause)
            for name, choice in missing.items()
        ),
        options=tuple(
            Row(name, text_of(choice.label), _chosen(built.options[name], choice), choice.clause)
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


def _chosen(value: Value, choice: Choice) -> Text:
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
        what = named(key, "term")
        said = named(str(value), "industry") if key == "industry" else Text(str(value), str(value))
        if key in built.contract and isinstance(value, int) and not isinstance(value, bool):
            said = round_yen(value)
        parts.append(Text(f"{what.ja} {said.ja}", f"{what.en} {said.en}"))
    if math.isfinite(one.revenue_up_to):
        bound = round_yen(one.revenue_up_to)
        parts.append(Text(f"売上高{bound.ja}以下", f"revenue up to {bound.en}"))
    name = joined(parts, Text("、", ", ")) if parts else named("premium", "term")
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
                    Text("期間", "Window") if asked.is_window else named("trigger", "term"),
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
            known = named(when, "fact")
            parts.append(
                Text(f"{known.ja}までの費用は支払う", f"costs until known are paid ({known.en})")
            )
    return joined(parts, Text("、", "; "))
