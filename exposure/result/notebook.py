"""How a result shows itself in a notebook: one line, or the answer with a short table (表示)."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from exposure.labels import label
from exposure.result.lines import (
    Lang,
    basis_name,
    plan_name,
    rounded_yen,
    share_text,
    view_name,
)
from exposure.result.record import Figure, PlanResult, RegimeResult, Result
from exposure.yen import format_yen

_DASH = "–"
_BAD_YEAR = "0.99"


def result_line(result: Result) -> str:
    """Return a result in one line: whose, which plan by view, on how many years (一行の表示).

    Parameters
    ----------
    result : Result
    """
    answers = ", ".join(
        f"{name} {view.recommendation.plan or _DASH} ({view.recommendation.verdict})"
        for name, view in result.regimes.items()
    )
    return f"{result.study.name!r}: {answers}; {result.study.loss_years:,} loss years"


def regime_line(view: RegimeResult) -> str:
    """Return one view in one line: the plan named, the verdict, how many plans (一行の表示)."""
    named = view.recommendation.plan or _DASH
    return f"{named} ({view.recommendation.verdict}), {len(view.plans)} plans"


def plan_line(plan: PlanResult) -> str:
    """Return a plan in one line: its id, worth and premium (一行の表示)."""
    premium = plan.premium.amount
    paid = _DASH if premium is None else rounded_yen(premium, "en")
    return f"{plan.id!r}: worth {_yen(plan.worth, 'en')}, premium {paid} ({plan.premium.basis})"


def result_html(result: Result, lang: Lang) -> str:
    """Return the answer in its five lines and the plans side by side, as HTML (ノートブックの表示).

    Parameters
    ----------
    result : Result
    lang : {"ja", "en"}
        Language.

    Returns
    -------
    str
        Nothing a client or a policy file says is read as markup.
    """
    lines = result.recommendation.lines
    words = [*(lines.ja if lang == "ja" else lines.en)]
    if result.since is not None:
        moved = result.since.lines
        words += moved.ja if lang == "ja" else moved.en
    said = "".join(f"<li>{escape(line)}</li>" for line in words)
    return (
        f"<div><b>{escape(result.study.name)}</b>"
        f"<ul style='margin:0.3em 0 0.6em'>{said}</ul>{_table(result, lang)}</div>"
    )


_FIGURES = ("worth", "total_cost", "share_paid", "retained")


def _table(result: Result, lang: Lang) -> str:
    """Return the plans as a table: a group of columns for each view, the cheapest first."""
    names, views = list(result.regimes), list(result.regimes.values())
    heads = "".join(
        f"<th colspan='{len(_FIGURES)}' style='text-align:center'>"
        f"{escape(view_name(name, lang))}</th>"
        for name in names
    )
    figures = "".join(f"<th>{escape(_head(name, lang))}</th>" for name in _FIGURES)
    rows = [_row(plan, views, lang) for plan in sorted(views[0].plans, key=_cost)]
    return (
        f"<table><thead><tr><th></th><th></th>{heads}</tr>"
        f"<tr><th style='text-align:left'>{escape(_head('plan', lang))}</th>"
        f"<th>{escape(_head('premium', lang))}</th>{figures * len(views)}</tr></thead>"
        f"<tbody>{_bare(views, lang)}{''.join(rows)}</tbody></table>"
    )


def _head(name: str, lang: Lang) -> str:
    return label("answer", f"since.{name}", lang)


def _cost(plan: PlanResult) -> tuple[bool, float, str]:
    cost = None if plan.total_cost is None else plan.total_cost.value
    return cost is None, cost or 0.0, plan.id


def _bare(views: Sequence[RegimeResult], lang: Lang) -> str:
    """Return the row of having no insurance."""
    figures = []
    for view in views:
        bad = view.ground_up.annual.var.get(_BAD_YEAR)
        figures += [_DASH, _yen(view.no_insurance.total_cost, lang), _DASH, _yen(bad, lang)]
    return _cells([label("report", "none_of_them", lang), _DASH, *figures], marked=False)


def _row(plan: PlanResult, views: Sequence[RegimeResult], lang: Lang) -> str:
    """Return the row of a plan; bold where a view recommends it."""
    figures = []
    for view in views:
        of_view = next((one for one in view.plans if one.id == plan.id), None)
        if of_view is None:
            figures += [_DASH] * len(_FIGURES)
            continue
        figures += [
            _yen(of_view.worth, lang),
            _yen(of_view.total_cost, lang),
            share_text(of_view.share_paid, lang),
            _yen(of_view.retained.annual.var.get(_BAD_YEAR), lang),
        ]
    marked = any(view.recommendation.plan == plan.id for view in views)
    return _cells([plan_name(plan, lang), _premium(plan, lang), *figures], marked=marked)


def _premium(plan: PlanResult, lang: Lang) -> str:
    basis = basis_name(plan.premium.basis, lang)
    if plan.premium.amount is None:
        return basis
    return f"{format_yen(plan.premium.amount, lang)} ({basis})"


def _yen(one: Figure | None, lang: Lang) -> str:
    return _DASH if one is None or one.value is None else rounded_yen(one.value, lang)


def _cells(texts: Sequence[str], *, marked: bool) -> str:
    name, *rest = (f"<b>{escape(text)}</b>" if marked else escape(text) for text in texts)
    figures = "".join(f"<td style='text-align:right'>{text}</td>" for text in rest)
    return f"<tr><td style='text-align:left'>{name}</td>{figures}</tr>"
