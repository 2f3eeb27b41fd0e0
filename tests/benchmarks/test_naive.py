"""The naive twin of W3 answers the same question as the package, for every one of its 24 plans."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
import pytest

from exposure.inputs.study_file import study_from_mapping
from exposure.result.record import Figure
from exposure.study.answer import prepare
from tests.benchmarks import naive, study
from tests.benchmarks.naive_losses import Events, refuse_other_clients, simulate
from tests.benchmarks.naive_plans import Sheet, pay

POLICY_YEARS = {0.05: 200_000, 2.0: 20_000}
RATES = sorted(POLICY_YEARS)
SEED = 7


@cache
def answers(rate: float) -> tuple[study.Case, study.Measured, dict[str, Any]]:
    """Return the workload, what the package says and what the twin says."""
    case = study.case(rate, POLICY_YEARS[rate])
    twin = naive.answer(case.model, case.plans, case.setting.measure, case.policy_years, SEED)
    return case, case.ours()(), twin


def differs(ours: Figure, twin: tuple[float, float, float]) -> float:
    """Return the difference in standard errors; both have a 90 % interval."""
    assert ours.value is not None and ours.low is not None and ours.high is not None
    widths = ours.high - ours.low, twin[2] - twin[1]
    error = math.hypot(*widths) / (2 * 1.6449)
    return abs(ours.value - twin[0]) / error if error else float(ours.value != twin[0])


@pytest.mark.parametrize("rate", RATES)
def test_gross_loss_of_the_twin(rate: float) -> None:
    case, result, twin = answers(rate)
    measure, found = case.setting.measure, result.figures
    ours, theirs = found.ground_up.annual, twin["ground_up"]["annual"]
    assert differs(ours.mean, theirs["mean"]) < 4
    for level, var in zip(measure.annual_levels, theirs["var"], strict=True):
        assert differs(ours.var[f"{level:g}"], var) < 4
    quantiles = twin["ground_up"]["event"]["quantiles"]
    for level, quantile in zip(measure.event_levels, quantiles, strict=True):
        assert differs(found.ground_up.event.quantiles[f"{level:g}"], quantile) < 4


@pytest.mark.parametrize("rate", RATES)
def test_what_the_client_needs_and_bears_is_what_the_twin_says(rate: float) -> None:
    _, result, twin = answers(rate)
    found, theirs = result.figures, twin["ground_up"]
    assert differs(found.need.liability, theirs["need"]["liability"]) < 4
    assert differs(found.need.costs, theirs["need"]["costs"]) < 4
    assert differs(found.no_insurance.total_cost, theirs["total_cost"]) < 4
    assert differs(found.no_insurance.own_funds_return_period, theirs["own_funds"]) < 4
    assert found.ground_up.kinds is not None
    for ours, kind in zip(
        (found.ground_up.kinds.slip, found.ground_up.kinds.attack), theirs["kinds"], strict=True
    ):
        assert differs(ours.share_of_breaches, kind["share"]) < 4
        assert differs(ours.mean, kind["mean"]) < 4


@pytest.mark.parametrize("rate", RATES)
def test_every_plan_pays_and_leaves_what_the_twin_says(rate: float) -> None:
    case, result, twin = answers(rate)
    found = result.of_plans(case.plans)
    assert len(found) == 24
    levels = case.setting.measure.annual_levels
    for name, (_, plan) in found.items():
        theirs = twin["plans"][name]
        assert differs(plan.paid.annual.mean, theirs["paid"]) < 4, name
        assert differs(plan.probability_limit_exhausted, theirs["exhausted"]) < 4, name
        for level, var in zip(levels, theirs["retained"]["var"], strict=True):
            assert differs(plan.retained.annual.var[f"{level:g}"], var) < 4, name


@pytest.mark.parametrize("rate", RATES)
def test_every_plan_is_worth_what_the_twin_says(rate: float) -> None:
    case, result, twin = answers(rate)
    for name, (_, plan) in result.of_plans(case.plans).items():
        theirs = twin["plans"][name]
        assert plan.total_cost is not None
        for ours, own in (
            (plan.worth, "worth"),
            (plan.total_cost, "total_cost"),
            (plan.share_paid, "share_paid"),
            (plan.own_funds_return_period, "own_funds"),
        ):
            assert differs(ours, theirs[own]) < 4, (name, own)
        # Breaches of one year are not independent: its own interval is a little too narrow.
        assert differs(plan.no_payment_share, theirs["no_payment"]) < 5, name


@pytest.mark.parametrize("rate", RATES)
def test_limits_cut_what_the_twin_says(rate: float) -> None:
    case, result, twin = answers(rate)
    for name, (_, plan) in result.of_plans(case.plans).items():
        cuts, theirs = plan.cut_by_limits, twin["plans"][name]["cut_by_limits"]
        assert differs(cuts.annual, theirs["all"][0]) < 4, name
        for one in cuts.by_term:
            if one.annual.value:
                assert differs(one.annual, theirs[one.term][0]) < 4, (name, one.term)
            else:
                assert one.term not in theirs or theirs[one.term][0][0] == 0, (name, one.term)


@pytest.mark.parametrize("rate", RATES)
def test_limits_of_every_plan_are_enough_as_often_as_the_twin_says(rate: float) -> None:
    """Breaches of one year share its limits, so the errors are those of years, not of breaches."""
    case, result, twin = answers(rate)
    events = simulate(case.model, case.policy_years, SEED)
    found = result.of_plans(case.plans)
    for plan in case.plans:
        counted, measured = found[plan.id]
        ours, theirs = measured.limit_adequacy, twin["plans"][plan.id]["adequacy"]
        error = math.sqrt(2) * clustered_error(pay(plan, events))
        assert ours.event.value is not None
        assert abs(ours.event.value - theirs["event"][0]) < 4 * error, plan.id
        assert differs(ours.year, theirs["year"]) < 4, plan.id
        assert counted.sections.keys() <= theirs["section"].keys()


def clustered_error(sheet: Sheet) -> float:
    """Return the standard error of the adequacy per breach, years being independent."""
    n = sheet.events.total.size
    covered, cut = np.zeros(n, dtype=bool), np.zeros(n, dtype=bool)
    for flag in sheet.covered.values():
        covered |= flag
    for flag in sheet.cut.values():
        cut |= flag
    of_year = sheet.events.by_year(covered.astype(float))
    enough = sheet.events.by_year((covered & ~cut).astype(float))
    rest = enough - enough.sum() / of_year.sum() * of_year
    return float(np.sqrt((rest**2).sum()) / of_year.sum())


@pytest.mark.parametrize("rate", RATES)
def test_money_is_left_unpaid_for_the_reasons_the_twin_gives(rate: float) -> None:
    """The shares of so few years are told apart by a twentieth of the gross loss, no better."""
    case, result, twin = answers(rate)
    gross, own = float(result.years.gross.sum()), twin["ground_up"]["annual"]["mean"][0]
    for name, (counted, _) in result.of_plans(case.plans).items():
        theirs = twin["plans"][name]
        assert sum(theirs["unpaid_by_reason"].values()) == pytest.approx(own - theirs["paid"][0])
        for reason, amount in counted.unpaid.items():
            share = theirs["unpaid_by_reason"][reason] / own
            assert amount / gross == pytest.approx(share, abs=0.05), (name, reason)


def test_a_limit_runs_down_over_the_events_of_a_year() -> None:
    fields = {name: np.zeros(3) for name in Events.__dataclass_fields__}
    fields |= {"n_years": 2, "year": np.array([0, 0, 1]), "first": np.array([0, 0, 2])}
    events = Events(**fields)  # type: ignore[arg-type]
    assert events.run_down(np.array([60.0, 50.0, 30.0]), 100.0).tolist() == [60, 40, 30]
    assert events.by_year(np.array([1.0, 2.0, 4.0])).tolist() == [3, 4]


def test_another_client_is_refused() -> None:
    other = prepare(
        study_from_mapping({"client": {"records": 3000, "outsourced_share": 0.4}}, "test")
    )
    with pytest.raises(ValueError, match="vendors"):
        refuse_other_clients(other.model_of(other.assumptions))
