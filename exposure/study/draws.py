"""One joint draw of the parameters, and what a study gives under it (パラメータの抽出).

Every draw runs on the same random numbers as the study, so that draws differ by their parameters
alone. What the draws say together is left to `exposure.study.uncertainty`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from exposure.arrays import BoolArray, FloatArray
from exposure.measures.exceedance import level_at
from exposure.measures.ranks import Ranks, ranks_at
from exposure.measures.tails import tail_values
from exposure.study.headline import Asked, Plain
from exposure.study.plans import ComparedPlan
from exposure.study.setting import Setting
from exposure.study.simulation import PlanYears, RegimeYears, simulate_study
from exposure.tables import Annual


@dataclass(frozen=True)
class DrawnRegime:
    """What one draw gives under one regime (抽出ごとの結果).

    Parameters
    ----------
    figures : mapping
        Headline figures, laid out as in the result, each a bare number.
    annual : Annual
        Gross loss of its years. [JPY]
    retained_cost : (n_plans,) array
        Economic cost of risk of each plan less its premium. [JPY]
    tvar : (n_plans,) array
        Of the retained loss, at the level of the economic cost. [JPY]
    adequacy : (n_plans,) array
        Per event. [-]
    qualifies : (n_plans,) array of bool
        The plan meets the client's conditions.
    """

    figures: Plain
    annual: Annual
    retained_cost: FloatArray
    tvar: FloatArray
    adequacy: FloatArray
    qualifies: BoolArray


@dataclass(frozen=True)
class Draw:
    """One joint draw (パラメータの1組).

    Parameters
    ----------
    parameters : mapping of str to float
        The values drawn.
    events_per_year, empty_probability : float
        [1/year], [-]
    regimes : mapping of str to DrawnRegime
    """

    parameters: Mapping[str, float]
    events_per_year: float
    empty_probability: float
    regimes: Mapping[str, DrawnRegime]


def drawn(setting: Setting, number: int) -> Draw:
    """Draw all parameters and run the study on them (パラメータの抽出と試算).

    Parameters
    ----------
    setting : Setting
    number : int
        Of the draw, 0 or more; the same number gives the same parameters.
    """
    seed = setting.study.study.seed
    assumptions = setting.assumptions.drawn(seed, number)
    model = setting.model_of(assumptions)
    years = simulate_study(
        model,
        setting.study.study.regimes,
        setting.plans,
        (),
        loss_years=setting.assumptions.whole("run.draw_loss_years"),
        seed=seed,
        by_reason=False,
    )
    return Draw(
        parameters=dict(assumptions.replaced),
        events_per_year=float(model.events_per_year.sum()),
        empty_probability=float(model.empty_probability),
        regimes={
            regime: drawn_regime(of_regime, setting.compared, setting.asked)
            for regime, of_regime in years.items()
        },
    )


def drawn_regime(years: RegimeYears, compared: Sequence[ComparedPlan], asked: Asked) -> DrawnRegime:
    """Measure the years of one draw under one regime."""
    conditions = asked.constraints
    levels = (*asked.annual_levels, conditions.tail_level)
    ranks = ranks_at(years.gross.size, years.empty_probability, np.array(levels))
    plans, cost, tvars, adequacy, qualifies = [], [], [], [], []
    for one, plan in zip(compared, years.plans, strict=True):
        figures, var, tvar = _plan_values(plan, years, ranks, asked)
        mean = figures["retained"]["annual"]["mean"]
        held = mean + conditions.liquidity_cost * (tvar - mean)
        figures["economic_cost"] = None if one.premium is None else one.premium + held
        enough = figures["limit_adequacy"]["event"]
        bearable = conditions.liquidity is None or var <= conditions.liquidity
        plans.append(figures)
        cost.append(held)
        tvars.append(tvar)
        adequacy.append(enough)
        qualifies.append(enough >= conditions.target and bearable)
    return DrawnRegime(
        figures={"ground_up": _gross_values(years, asked), "plans": plans},
        annual=years.annual(years.gross),
        retained_cost=np.array(cost),
        tvar=np.array(tvars),
        adequacy=np.array(adequacy),
        qualifies=np.array(qualifies, dtype=np.bool_),
    )


def _by_level(levels: Sequence[float], values: FloatArray) -> Plain:
    return {f"{level:g}": value for level, value in zip(levels, values.tolist(), strict=True)}


def _values(annual: Annual, levels: Sequence[float]) -> tuple[FloatArray, FloatArray]:
    ranks = ranks_at(annual.values.size, annual.empty_probability, np.array(levels))
    return tail_values(annual.values, ranks)


def _gross_values(years: RegimeYears, asked: Asked) -> Plain:
    annual, largest = years.annual(years.gross), years.annual(years.largest)
    quantiles, _ = _values(Annual(years.events, 0.0), asked.event_levels)
    n_levels = len(asked.annual_levels)
    periods = [level_at(period) for period in asked.return_periods]
    var, tvar = _values(annual, (*asked.annual_levels, *periods))
    return {
        "event": {
            "mean": float(years.events.mean()),
            "quantiles": _by_level(asked.event_levels, quantiles),
        },
        "annual": {
            "mean": annual.mean,
            "var": _by_level(asked.annual_levels, var[:n_levels]),
            "tvar": _by_level(asked.annual_levels, tvar[:n_levels]),
            "oep": _by_level(asked.return_periods, _values(largest, periods)[0]),
            "aep": _by_level(asked.return_periods, var[n_levels:]),
        },
    }


def _plan_values(
    plan: PlanYears, years: RegimeYears, ranks: Ranks, asked: Asked
) -> tuple[Plain, float, float]:
    """Return a plan's figures, and VaR and TVaR at the level of the economic cost.

    The ranks are of the annual levels and of that level.
    """
    weight = 1 - years.empty_probability
    retained = years.annual(plan.retained)
    levels = asked.annual_levels
    var, tvar = tail_values(plan.retained, ranks)
    figures = {
        "paid": {"annual": {"mean": weight * plan.paid_total / years.gross.size}},
        "retained": {
            "annual": {
                "mean": retained.mean,
                "var": _by_level(levels, var[:-1]),
                "tvar": _by_level(levels, tvar[:-1]),
            }
        },
        "limit_adequacy": {
            "event": plan.event.n_ok / max(plan.event.n, 1),
            "year": plan.year.n_ok / max(plan.year.n, 1),
        },
        "probability_limit_exhausted": weight * plan.exhausted.n_ok / plan.exhausted.n,
    }
    return figures, float(var[-1]), float(tvar[-1])
