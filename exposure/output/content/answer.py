"""The first page: how much it could cost, what would be paid, which plan, how sure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias  # Any: a result read from JSON

from exposure.errors import Lang
from exposure.labels import label, labels
from exposure.output.charts.style import name_of, plan_number
from exposure.output.content.blocks import Block, Cell, Column, Prose, Row, Section, Table
from exposure.output.content.words import (
    DASH,
    about,
    historical,
    limit_cell,
    probability_cell,
    said,
    share_cell,
    text_of,
    yen_cell,
)
from exposure.output.printed import print_probability
from exposure.shares import exact_share
from exposure.yen import format_yen

_View: TypeAlias = Mapping[str, Any]
_Line: TypeAlias = tuple[str, Callable[[_View], Cell | None]]


def answer(result: Mapping[str, Any], regimes: Sequence[str], lang: Lang) -> Section:
    """Return the answer on one page (結論)."""
    views = [result["regimes"][regime] for regime in regimes]

    def words(name: str, **parts: object) -> str:
        return text_of(name, lang, **parts)

    rows: list[Row] = []
    for name, lines in (
        ("answer.chance", _chance(words, lang)),
        ("answer.event", _event(words, lang)),
        ("answer.annual", _annual(words, lang)),
        ("answer.plan", _plan(result, words, lang)),
        ("answer.sure", _sure(words, lang)),
    ):
        found = [_row(line, views) for line in lines]
        kept = [row for row in found if any(cell.text != DASH for cell in row.cells[1:])]
        if kept:
            rows += [Row((Cell(words(name)),), part=True), *kept]
    headings = [Column("", width=1.25)]
    headings += [Column(label("regime", regime, lang), width=1.4) for regime in regimes]
    blocks: list[Block] = [
        Prose(said(result["recommendation"]["statement"], lang), "statement"),
        *_reasons(views, regimes, lang),
        Table("", tuple(headings), tuple(rows)),
        Prose(words("answer.interval"), "small"),
        Prose(
            " ".join(_bases(regimes, lang)) if lang == "en" else "".join(_bases(regimes, lang)),
            "small",
        ),
        Prose(
            (" " if lang == "en" else "").join(
                filter(None, (historical(result, lang), words("method.outside")))
            ),
            "warning",
        ),
    ]
    return Section("answer", words("answer.heading"), tuple(blocks))


def _bases(regimes: Sequence[str], lang: Lang) -> list[str]:
    """Say what each regime stands for."""
    many = text_of("answer.regimes" if len(regimes) > 1 else "answer.regime", lang)
    colon = "：" if lang == "ja" else ": "
    notes = [
        f"{label('regime', r, lang)}{colon}{label('regime', f'{r}.note', lang)}" for r in regimes
    ]
    return [many, *notes]


def _reasons(views: Sequence[_View], regimes: Sequence[str], lang: Lang) -> list[Prose]:
    """Say why, once if it is the same under every regime."""
    reasons = [said(view["recommendation"]["reason"], lang) for view in views]
    if len(set(reasons)) == 1:
        return [Prose(reasons[0])]
    colon = "：" if lang == "ja" else ": "
    return [
        Prose(f"{label('regime', regime, lang)}{colon}{reason}")
        for regime, reason in zip(regimes, reasons, strict=True)
    ]


def _row(line: _Line, views: Sequence[_View]) -> Row:
    name, cell = line
    return Row((Cell(name), *(cell(view) or Cell(DASH) for view in views)))


def _chance(words: Callable[..., str], lang: Lang) -> list[_Line]:
    def chance(view: _View) -> Cell:
        share = 1 - view["frequency"]["probability_of_no_event"]
        low_high = view.get("stability", {}).get("frequency", {}).get("probability_of_no_event")
        cell = probability_cell(share, lang)
        if low_high is None:
            return cell
        ends = (print_probability(1 - x, lang) for x in reversed(low_high))
        return _banded(cell, words, *ends)

    def rate(view: _View) -> Cell:
        number = view["frequency"]["events_per_year"]
        cell = Cell(words("answer.rate", n=f"{number:.2g}"), value=number, kind="number")
        ends = view.get("stability", {}).get("frequency", {}).get("events_per_year")
        if ends is None:
            return cell
        return _banded(cell, words, *(words("answer.rate", n=f"{end:.2g}") for end in ends))

    return [(words("answer.chance.row"), chance), (words("answer.rate.row"), rate)]


def _banded(cell: Cell, words: Callable[..., str], low: str, high: str) -> Cell:
    band = words("band", low=low, high=high)
    return Cell(cell.text, band=band, value=cell.value, kind=cell.kind)


def _event(words: Callable[..., str], lang: Lang) -> list[_Line]:
    def quantile(level: str) -> Callable[[_View], Cell | None]:
        return lambda view: yen_cell(view["ground_up"]["event"]["quantiles"].get(level), lang)

    return [
        (words("answer.mean"), lambda view: yen_cell(view["ground_up"]["event"]["mean"], lang)),
        (words("answer.median"), quantile("0.5")),
        (words("answer.quantile", n="10"), quantile("0.9")),
        (words("answer.quantile", n="100"), quantile("0.99")),
    ]


def _annual(words: Callable[..., str], lang: Lang) -> list[_Line]:
    def aep(years: str) -> Callable[[_View], Cell | None]:
        return lambda view: yen_cell(view["ground_up"]["annual"]["aep"].get(years), lang)

    return [
        (words("answer.mean"), lambda view: yen_cell(view["ground_up"]["annual"]["mean"], lang)),
        (words("answer.aep", n="100"), aep("100")),
        (words("answer.aep", n="200"), aep("200")),
        (
            words("answer.tvar", p="1%", level="99%"),
            lambda view: yen_cell(view["ground_up"]["annual"]["tvar"].get("0.99"), lang),
        ),
    ]


def chosen(view: _View) -> Mapping[str, Any] | None:
    """Return the recommended plan of a regime, or the nearest if none meets the conditions."""
    recommendation = view["recommendation"]
    wanted = recommendation["plan"] or recommendation.get("nearest")
    found: list[Mapping[str, Any]] = [plan for plan in view["plans"] if plan["id"] == wanted]
    return found[0] if found else None


def target_of(view: _View) -> float | None:
    """Return the limit adequacy per event that the client asks for, if the result says so."""
    share = view["recommendation"].get("target")
    return None if share is None else float(share)


def _plan(result: _View, words: Callable[..., str], lang: Lang) -> list[_Line]:
    def name(view: _View) -> Cell:
        plan = chosen(view)
        if view["recommendation"]["plan"] is not None and plan is not None:
            return Cell(name_of(plan, lang), badge=plan_number(result, plan["id"]))
        return Cell(words("answer.no_plan"))

    def nearest(view: _View) -> Cell | None:
        plan = chosen(view)
        if view["recommendation"]["plan"] is not None or plan is None:
            return None
        return Cell(name_of(plan, lang), badge=plan_number(result, plan["id"]))

    def of_plan(cell: Callable[[_View], Cell]) -> Callable[[_View], Cell | None]:
        return lambda view: None if (plan := chosen(view)) is None else cell(plan)

    return [
        (words("answer.plan.row"), name),
        (words("answer.nearest.row"), nearest),
        (words("answer.limit.row"), of_plan(lambda plan: limit_cell(plan["limit"], lang))),
        (words("plans.premium"), of_plan(lambda plan: premium_cell(plan, lang))),
        (words("answer.constraint.row"), lambda view: _constraint(view, lang)),
        (words("answer.paid.row"), of_plan(lambda p: yen_cell(p["paid"]["annual"]["mean"], lang))),
        (
            words("answer.retained.row"),
            of_plan(lambda p: yen_cell(p["retained"]["annual"]["mean"], lang)),
        ),
    ]


def premium_cell(plan: _View, lang: Lang) -> Cell:
    """Return a premium with its basis; what is on enquiry is never a number."""
    premium = plan["premium"]
    basis = label("term", f"basis.{premium['basis']}", lang)
    amount = premium["amount"]
    if amount is None:
        return Cell(basis)
    shown = f"{amount:,.0f}円" if lang == "ja" else f"JPY {amount:,.0f}"
    return Cell(shown, basis, value=amount, kind="yen")


def _sure(words: Callable[..., str], lang: Lang) -> list[_Line]:
    def adequacy(view: _View) -> Cell | None:
        plan = chosen(view)
        if plan is None:
            return None
        return share_cell(plan["limit_adequacy"]["event"], lang, target_of(view))

    def target(view: _View) -> Cell | None:
        share = target_of(view)
        return None if share is None else Cell(exact_share(share), value=share, kind="share")

    def number(name: str) -> Callable[[_View], float | None]:
        return lambda view: view["recommendation"].get(name)

    def share(name: str) -> Callable[[_View], Cell | None]:
        def cell(view: _View) -> Cell | None:
            found = number(name)(view)
            return None if found is None else probability_cell(found, lang)

        return cell

    def regret(view: _View) -> Cell | None:
        amount = number("regret")(view)
        return None if amount is None else Cell(about(amount, lang), value=amount, kind="yen")

    def binding(view: _View) -> Cell | None:
        plan = chosen(view)
        shares = [] if plan is None else plan.get("binding", {}).get("shares", [])
        if not shares:
            return None
        first = shares[0]
        text = words(
            "answer.binding",
            term=said(first["label"], lang),
            p=print_probability(first["share"], lang),
        )
        return Cell(text)

    return [
        (words("answer.adequacy.row"), adequacy),
        (words("answer.target.row"), target),
        (words("answer.binding.row"), binding),
        (words("answer.best.row"), share("probability_best")),
        (words("answer.regret.row"), regret),
    ]


def _constraint(view: _View, lang: Lang) -> Cell | None:
    constraint = view["recommendation"]["constraint"]
    if constraint is None:
        return None
    if not isinstance(constraint, str):
        return Cell(said(constraint, lang))
    named = f"constraint.{constraint}"
    return Cell(text_of(named, lang) if named in labels("report") else constraint)


def client_facts(client: Mapping[str, Any], lang: Lang) -> tuple[tuple[str, str], ...]:
    """Return what is known of the client, in the order of the labels."""
    rows = []
    for key in labels("report"):
        kind, _, field = key.partition(".")
        if kind != "client" or client.get(field) is None:
            continue
        value = client[field]
        if field == "revenue":
            shown = format_yen(value, lang)
        elif field == "industry" and value in labels("industry"):
            shown = label("industry", value, lang)
        elif f"unit.{field}" in labels("report"):
            shown = text_of(f"unit.{field}", lang, n=f"{value:,}")
        else:
            shown = str(value)
        rows.append((text_of(key, lang), shown))
    return tuple(rows)
