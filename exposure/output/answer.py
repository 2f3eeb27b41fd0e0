"""The answer on one page and the table of plans, as words and printed numbers.

What every report opens with, whatever its format; arranges, computes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any  # Any: a result read from JSON

from exposure.errors import Lang
from exposure.labels import label, labels
from exposure.output.charts.style import name_of, plan_number
from exposure.output.printed import (
    print_probability,
    print_share,
    print_share_range,
    print_yen,
    print_yen_range,
)
from exposure.yen import format_yen


@dataclass(frozen=True)
class Cell:
    """A printed number with its interval and its parameter band, if it has them."""

    text: str
    note: str = ""
    band: str = ""


@dataclass(frozen=True)
class Row:
    """A line of the answer: one cell per regime."""

    name: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Part:
    """A question and the lines that answer it."""

    heading: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class PlanRow:
    """A plan in the tables of one regime."""

    number: int
    label: str
    chosen: bool
    cells: tuple[Cell, ...]
    unpaid: tuple[str, ...]
    retained: str


@dataclass(frozen=True)
class PlanView:
    """All plans under one regime."""

    regime: str
    plans: tuple[PlanRow, ...]


def text_of(name: str, lang: Lang, **parts: object) -> str:
    """Return a sentence of the report with its parts filled in.

    Examples
    --------
    >>> text_of("answer.quantile", "ja", n=100)
    '100件に1件の水準'
    """
    return label("report", name, lang).format(**parts)


def yen_cell(estimate: Mapping[str, Any], lang: Lang) -> Cell:
    """Return an estimated amount with interval and band (金額と区間).

    Examples
    --------
    >>> yen_cell({"value": 2e6, "low": 1.9e6, "high": 2.1e6}, "ja")
    Cell(text='200万円', note='190～210万円', band='')
    """
    band = ""
    if "band" in estimate:
        low, high = estimate["band"]
        rounded = (format_yen(float(f"{x:.2g}"), lang) for x in (low, high))
        band = text_of("band", lang, **dict(zip(("low", "high"), rounded, strict=True)))
    return Cell(print_yen(estimate, lang), print_yen_range(estimate, lang), band)


def share_cell(estimate: Mapping[str, Any], lang: Lang) -> Cell:
    """Return an estimated probability with interval and band (確率と区間).

    Examples
    --------
    >>> share_cell({"value": 0.953, "low": 0.951, "high": 0.955}, "en")
    Cell(text='95.3%', note='95.1–95.5%', band='')
    """
    band = ""
    if "band" in estimate:
        low, high = (print_probability(x, lang) for x in estimate["band"])
        band = text_of("band", lang, low=low, high=high)
    return Cell(print_share(estimate, lang), print_share_range(estimate, lang), band)


def answer(result: Mapping[str, Any], regimes: Sequence[str], lang: Lang) -> tuple[Part, ...]:
    """Return the questions a client asks, each answered under every regime (結論).

    Examples
    --------
    >>> answer({"regimes": {}}, [], "en")[0].heading
    'How likely is a breach?'
    """
    views = [result["regimes"][regime] for regime in regimes]

    def rows(*lines: tuple[str, Callable[[Mapping[str, Any]], Cell | None]]) -> tuple[Row, ...]:
        made = (Row(name, tuple(_or_dash(cell(view)) for view in views)) for name, cell in lines)
        return tuple(row for row in made if not views or any(c.text != _DASH for c in row.cells))

    def said(name: str, **parts: object) -> str:
        return text_of(name, lang, **parts)

    return (
        Part(said("answer.chance"), rows(*_chance(said, lang))),
        Part(said("answer.event"), rows(*_event(said, lang))),
        Part(said("answer.annual"), rows(*_annual(said, lang))),
        Part(said("answer.plan"), rows(*_plan(said, lang))),
        Part(said("answer.sure"), rows(*_sure(said, lang))),
    )


_DASH = "－"
_Said = Callable[..., str]
_Lines = list[tuple[str, Callable[[Mapping[str, Any]], Cell | None]]]


def _or_dash(cell: Cell | None) -> Cell:
    return Cell(_DASH) if cell is None else cell


def _chance(said: _Said, lang: Lang) -> _Lines:
    def chance(view: Mapping[str, Any]) -> Cell:
        return Cell(print_probability(1 - view["frequency"]["probability_of_no_event"], lang))

    def rate(view: Mapping[str, Any]) -> Cell:
        return Cell(said("answer.rate", n=f"{view['frequency']['events_per_year']:.2g}"))

    return [(said("answer.chance.row"), chance), (said("answer.rate.row"), rate)]


def _event(said: _Said, lang: Lang) -> _Lines:
    def quantile(level: str) -> Callable[[Mapping[str, Any]], Cell | None]:
        return lambda view: _yen(view["ground_up"]["event"]["quantiles"].get(level), lang)

    return [
        (said("answer.mean"), lambda view: _yen(view["ground_up"]["event"]["mean"], lang)),
        (said("answer.median"), quantile("0.5")),
        (said("answer.quantile", n="10"), quantile("0.9")),
        (said("answer.quantile", n="100"), quantile("0.99")),
    ]


def _annual(said: _Said, lang: Lang) -> _Lines:
    def aep(years: str) -> Callable[[Mapping[str, Any]], Cell | None]:
        return lambda view: _yen(view["ground_up"]["annual"]["aep"].get(years), lang)

    return [
        (said("answer.mean"), lambda view: _yen(view["ground_up"]["annual"]["mean"], lang)),
        *((said("answer.aep", n=years), aep(years)) for years in ("50", "100", "200")),
        (
            said("answer.tvar", p="1%", level="99%"),
            lambda view: _yen(view["ground_up"]["annual"]["tvar"].get("0.99"), lang),
        ),
    ]


def _plan(said: _Said, lang: Lang) -> _Lines:
    def name(view: Mapping[str, Any]) -> Cell:
        plan = _chosen(view)
        return Cell(said("answer.no_plan") if plan is None else name_of(plan, lang))

    def reason(view: Mapping[str, Any]) -> Cell:
        return Cell(str(view["recommendation"]["reason"][lang]))

    def limit(view: Mapping[str, Any]) -> Cell | None:
        amount = view["recommendation"]["limit"]
        return None if amount is None else Cell(format_yen(amount, lang))

    def of_plan(
        cell: Callable[[Mapping[str, Any]], Cell],
    ) -> Callable[[Mapping[str, Any]], Cell | None]:
        return lambda view: None if (plan := _chosen(view)) is None else cell(plan)

    return [
        (said("answer.plan.row"), name),
        (said("readings.why"), reason),
        (said("answer.limit.row"), limit),
        (said("answer.constraint.row"), lambda view: _constraint(view, said, lang)),
        (said("answer.paid.row"), of_plan(lambda p: yen_cell(p["paid"]["annual"]["mean"], lang))),
        (
            said("answer.retained.row"),
            of_plan(lambda p: yen_cell(p["retained"]["annual"]["mean"], lang)),
        ),
    ]


def _sure(said: _Said, lang: Lang) -> _Lines:
    def adequacy(view: Mapping[str, Any]) -> Cell | None:
        plan = _chosen(view)
        return None if plan is None else share_cell(plan["limit_adequacy"]["event"], lang)

    def best(view: Mapping[str, Any]) -> Cell | None:
        share = view["recommendation"]["probability_best"]
        return None if share is None else Cell(f"{share:.0%}")

    def regret(view: Mapping[str, Any]) -> Cell | None:
        amount = view["recommendation"]["regret"]
        return None if amount is None else Cell(format_yen(float(f"{amount:.2g}"), lang))

    def target(view: Mapping[str, Any]) -> Cell | None:
        share = view["recommendation"].get("target")
        return None if share is None else Cell(f"{share:.0%}")

    return [
        (said("answer.adequacy.row"), adequacy),
        (said("answer.target.row"), target),
        (said("answer.best.row"), best),
        (said("answer.regret.row"), regret),
    ]


def _yen(estimate: Mapping[str, Any] | None, lang: Lang) -> Cell | None:
    return None if estimate is None else yen_cell(estimate, lang)


def _constraint(view: Mapping[str, Any], said: _Said, lang: Lang) -> Cell | None:
    constraint = view["recommendation"]["constraint"]
    if constraint is None:
        return None
    if not isinstance(constraint, str):
        return Cell(str(constraint[lang]))
    known = f"constraint.{constraint}"
    return Cell(said(known) if known in labels("report") else constraint)


def _chosen(view: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the recommended plan of a regime."""
    wanted = view["recommendation"]["plan"]
    found: list[Mapping[str, Any]] = [plan for plan in view["plans"] if plan["id"] == wanted]
    return found[0] if found else None


def plan_views(
    result: Mapping[str, Any], regimes: Sequence[str], lang: Lang
) -> tuple[PlanView, ...]:
    """Return the table of plans under each regime, in the order of plan ids (プランの比較).

    Cells are premium, paid, retained mean, VaR and TVaR, adequacy per event and year, exhaustion.

    Examples
    --------
    >>> plan_views({"regimes": {"court": {"plans": []}}}, ["court"], "ja")
    (PlanView(regime='court', plans=()),)
    """
    views = []
    for regime in regimes:
        view = result["regimes"][regime]
        plans = sorted(view["plans"], key=lambda plan: str(plan["id"]))
        views.append(PlanView(regime, tuple(_plan_row(result, view, p, lang) for p in plans)))
    return tuple(views)


def _plan_row(
    result: Mapping[str, Any], view: Mapping[str, Any], plan: Mapping[str, Any], lang: Lang
) -> PlanRow:
    annual, premium = plan["retained"]["annual"], plan["premium"]
    basis = label("term", f"basis.{premium['basis']}", lang)
    amount = premium["amount"]
    if amount is None:
        price = Cell(basis)
    else:
        price = Cell(f"{amount:,.0f}円" if lang == "ja" else f"JPY {amount:,.0f}", basis)
    cells = (
        price,
        yen_cell(plan["paid"]["annual"]["mean"], lang),
        yen_cell(annual["mean"], lang),
        _or_dash(_yen(annual["var"].get("0.99"), lang)),
        _or_dash(_yen(annual["tvar"].get("0.99"), lang)),
        share_cell(plan["limit_adequacy"]["event"], lang),
        share_cell(plan["limit_adequacy"]["year"], lang),
        share_cell(plan["probability_limit_exhausted"], lang),
    )
    unpaid = (plan["unpaid_by_reason"][reason] for reason in labels("reason"))
    return PlanRow(
        number=plan_number(result, plan["id"]),
        label=name_of(plan, lang),
        chosen=plan["id"] == view["recommendation"]["plan"],
        cells=cells,
        unpaid=tuple(format_yen(float(f"{x:.2g}"), lang) if x else "0" for x in unpaid),
        retained=print_yen(annual["mean"], lang),
    )
