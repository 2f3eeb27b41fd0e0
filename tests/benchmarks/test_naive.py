"""The naive twin of W3 answers the same question as the package, for every one of its 24 plans."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
import pytest

from exposure.inputs.study_file import study_from_mapping
from exposure.study.setting import prepared
from tests.benchmarks import naive, study
from tests.benchmarks.naive_losses import Events, refuse_other_clients, simulate
from tests.benchmarks.naive_plans import Sheet, pay

POLICY_YEARS = {0.05: 200_000, 2.0: 20_000}
RATES = sorted(POLICY_YEARS)
SEED = 7


@cache
def answers(rate: float) -> tuple[study.Case, dict[str, Any], dict[str, Any]]:
    """Return the workload, what the package says and what the twin says."""
    case = study.case(rate, POLICY_YEARS[rate])
    result, _ = case.ours()()
    compared, asked = case.setting.compared, case.setting.asked
    return case, result, naive.answer(case.model, compared, asked, case.policy_years, SEED)


def differs(ours: dict[str, float], twin: tuple[float, float, float]) -> float:
    """Return the difference in standard errors; both have a 90 % interval."""
    widths = ours["high"] - ours["low"], twin[2] - twin[1]
    error = math.hypot(*widths) / (2 * 1.6449)
    return abs(ours["value"] - twin[0]) / error if error else float(ours["value"] != twin[0])


@pytest.mark.parametrize("rate", RATES)
def test_gross_loss_of_the_twin(rate: float) -> None:
    case, result, twin = answers(rate)
    ours, theirs = result["ground_up"]["annual"], twin["ground_up"]["annual"]
    assert differs(ours["mean"], theirs["mean"]) < 4
    for level, var in zip(case.setting.asked.annual_levels, theirs["var"], strict=True):
        assert differs(ours["var"][f"{level:g}"], var) < 4
    event = result["ground_up"]["event"]
    for level, quantile in zip(
        case.setting.asked.event_levels, twin["ground_up"]["event"]["quantiles"], strict=True
    ):
        assert differs(event["quantiles"][f"{level:g}"], quantile) < 4


@pytest.mark.parametrize("rate", RATES)
def test_every_plan_pays_and_leaves_what_the_twin_says(rate: float) -> None:
    case, result, twin = answers(rate)
    assert len(result["plans"]) == 24
    levels = case.setting.asked.annual_levels
    for plan in result["plans"]:
        theirs = twin["plans"][plan["id"]]
        assert differs(plan["paid"]["annual"]["mean"], theirs["paid"]) < 4, plan["id"]
        exhausted = plan["probability_limit_exhausted"]
        assert differs(exhausted, theirs["exhausted"]) < 4, plan["id"]
        for level, var in zip(levels, theirs["retained"]["var"], strict=True):
            assert differs(plan["retained"]["annual"]["var"][f"{level:g}"], var) < 4, plan["id"]


@pytest.mark.parametrize("rate", RATES)
def test_limits_of_every_plan_are_enough_as_often_as_the_twin_says(rate: float) -> None:
    """Breaches of one year share its limits, so the errors are those of years, not of breaches."""
    case, result, twin = answers(rate)
    events = simulate(case.model, case.policy_years, SEED)
    for plan, one in zip(result["plans"], case.setting.plans, strict=True):
        ours, theirs = plan["limit_adequacy"], twin["plans"][one.id]["adequacy"]
        error = math.sqrt(2) * clustered_error(pay(one, events))
        assert abs(ours["event"]["value"] - theirs["event"][0]) < 4 * error, one.id
        assert differs(ours["year"], theirs["year"]) < 4, one.id
        for part in ours["by_section"]:
            assert part["section"] in theirs["section"]


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
    _, result, twin = answers(rate)
    gross = result["ground_up"]["annual"]["mean"]["value"]
    own = twin["ground_up"]["annual"]["mean"][0]
    for plan in result["plans"]:
        theirs = twin["plans"][plan["id"]]
        assert sum(theirs["unpaid_by_reason"].values()) == pytest.approx(own - theirs["paid"][0])
        for reason, amount in plan["unpaid_by_reason"].items():
            share = theirs["unpaid_by_reason"][reason] / own
            assert amount / gross == pytest.approx(share, abs=0.05), (plan["id"], reason)


def test_a_limit_runs_down_over_the_events_of_a_year() -> None:
    fields = {name: np.zeros(3) for name in Events.__dataclass_fields__}
    fields |= {"n_years": 2, "year": np.array([0, 0, 1]), "first": np.array([0, 0, 2])}
    events = Events(**fields)  # type: ignore[arg-type]
    assert events.run_down(np.array([60.0, 50.0, 30.0]), 100.0).tolist() == [60, 40, 30]
    assert events.by_year(np.array([1.0, 2.0, 4.0])).tolist() == [3, 4]


def test_another_client_is_refused() -> None:
    other = prepared(
        study_from_mapping({"client": {"records": 3000, "outsourced_share": 0.4}}, "test")
    )
    with pytest.raises(ValueError, match="vendors"):
        refuse_other_clients(other.model_of(other.assumptions))
