"""Plans side by side as a data frame: on one table of losses, or of a finished result (比較表)."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from exposure.errors import DataError, Problem, Text
from exposure.measures.decision import Price
from exposure.policy.plans import Plan
from exposure.result.record import CutByLimits, Figure, Result
from exposure.study.headline import Measure, bare_of, finite, plan_figures, with_premium
from exposure.study.plans import section_limit
from exposure.study.simulation import RegimeYears

if TYPE_CHECKING:
    import pandas as pd


def compared_frame(
    years: RegimeYears,
    plans: Sequence[Plan],
    measure: Measure,
    premiums: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """Return one row per plan, all paid on the same losses (プランの比較表).

    Parameters
    ----------
    years : RegimeYears
        Of the losses, under the plans.
    plans : sequence of Plan
        In the order of the years.
    measure : Measure
    premiums : mapping of str to float, optional
        By plan identifier, where one is known. [JPY/year]

    Returns
    -------
    DataFrame
        Every figure of a result, by the path of its name; ``total_cost`` and ``rank`` where there
        is a premium; ``binding_term``, the limit that cuts the most.

    Raises
    ------
    DataError
        If the losses are of one year: it has no spread to measure.
    """
    import pandas as pd

    if years.gross.size < 2:
        text = Text(
            "事故のある保険年度が2年以上必要です。1年だけでは比べられません",
            "two years with an event are needed; one alone measures nothing",
        )
        raise DataError(Problem("compare", "losses", text))

    bare = bare_of(years, measure)
    rows = []
    for plan, of_plan in zip(plans, years.plans, strict=True):
        figures = plan_figures(plan, of_plan, years, bare, measure)
        premium = (premiums or {}).get(plan.id)
        if premium is not None:
            figures = with_premium(figures, Price(premium, "quoted"))
        values = figure_values(figures)
        values |= {"total_cost": None} if premium is None else {}
        rows.append(
            {
                "label": plan.label.ja,
                "limit": finite(plan.headline_limit),
                "cost_limit": finite(section_limit(plan, "costs")),
                "premium": np.nan if premium is None else premium,
                **values,
                "binding_term": _binding_term(figures.cut_by_limits),
            }
        )
    frame = pd.DataFrame(rows, index=pd.Index([plan.id for plan in plans], name="plan"))
    frame["total_cost"] = frame["total_cost"].astype(float)
    frame["rank"] = frame["total_cost"].rank(method="min")
    return frame


def _binding_term(cut: CutByLimits) -> str | None:
    """Return the limit that cuts the most in a year, if any cuts at all."""
    cutting = [term for term in cut.by_term if term.annual.value]
    return max(cutting, key=lambda term: term.annual.value or 0.0).label.ja if cutting else None


def result_frame(result: Result) -> pd.DataFrame:
    """Return the plans of a finished result, one row per regime and plan.

    Every figure of a plan is a column, by the path of its name in the record.

    Parameters
    ----------
    result : Result
    """
    import pandas as pd

    rows = [
        {
            "regime": regime,
            "plan": plan.id,
            "label": plan.label,
            "limit": plan.limit,
            "cost_limit": plan.cost_limit,
            "premium": plan.premium.amount,
            "premium_basis": plan.premium.basis,
            **figure_values(plan),
            "recommended": plan.id == part.recommendation.plan,
        }
        for regime, part in result.regimes.items()
        for plan in part.plans
    ]
    frame = pd.DataFrame(rows)
    return frame.set_index(["regime", "plan"]) if rows else frame


def figure_values(node: object, path: str = "") -> dict[str, float | None]:
    """Return every figure in a record by its path, without intervals (指標の一覧).

    Examples
    --------
    >>> from exposure.result.record import AnnualMean, Figure, Paid
    >>> figure_values(Paid(AnnualMean(Figure(5.0, 4.0, 6.0))))
    {'annual_mean': 5.0}
    """
    if isinstance(node, Figure):
        return {path: node.value}
    found: dict[str, float | None] = {}
    if isinstance(node, Mapping):
        parts = [(str(key), child) for key, child in node.items()]
    elif dataclasses.is_dataclass(node):
        parts = [(one.name, getattr(node, one.name)) for one in dataclasses.fields(node)]
    else:
        return found
    for name, child in parts:
        found |= figure_values(child, f"{path}_{name}" if path else name)
    return found
