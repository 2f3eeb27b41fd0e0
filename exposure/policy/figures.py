"""Limits, shares and caps in words, as the policy file states them (支払限度額など).

A figure the contract has not fixed yet, or that differs by pattern, is named as such.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol  # Any: figures as stated in TOML

from exposure.errors import Text
from exposure.policy.catalogue import Product
from exposure.policy.phrases import heads, joined, named, round_yen
from exposure.policy.plans import Plan
from exposure.policy.terms import Cover
from exposure.policy.vocabulary import ROOT, Label

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
            Row(f"per_unit.{unit}", named("per_unit", "term"), cap_text(cap), cap.clause)
            for unit, cap in cover.per_unit.items()
        ]
        rows += [
            Row(
                f"benefit.{unit}",
                named("benefit", "term"),
                benefit_text(unit, per_day),
                cover.clause_of("benefit"),
            )
            for unit, per_day in cover.benefit.items()
        ]
        if cover.waiting_hours:
            hours = Text(f"{cover.waiting_hours}時間", f"{cover.waiting_hours} hours")
            where = cover.clause_of("waiting_hours")
            rows.append(Row("waiting_hours", named("waiting_hours", "term"), hours, where))
        for key in ("deductible", "indemnity_percent", "own_share_percent"):
            figure = self.raw["cover"][name].get(key)
            if figure is not None:
                rows.append(Row(key, _NAMES[key], self.value(key, figure), cover.clause_of(key)))
        if cover.outside is not None:
            value = outside_text(self._label(cover.outside))
            rows.append(Row("outside", named("outside", "term"), value, cover.clause_of("outside")))
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
                listed = joined(
                    (Text(f"{n.ja} {v.ja}", f"{n.en} {v.en}") for n, v in self._patterned(at)),
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

    def _patterned(self, path: str) -> list[tuple[Text, Text]]:
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
