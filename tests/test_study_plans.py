"""The plans of a study: built, priced where a price is known, and rebuilt at every limit."""

from __future__ import annotations

from typing import Any

import pytest
from exposure.study.steps import steps_from

from exposure.errors import DataError, PlanError
from exposure.inputs.assumptions import load_assumptions
from exposure.inputs.study_file import study_from_mapping
from exposure.policy.plans import plan
from exposure.study.plans import ComparedPlan, compared_plans, ladder, ladders


def compared(*plans: dict[str, Any], **client: Any) -> tuple[ComparedPlan, ...]:
    raw = {"client": {"records": 3000, **client}, "plan": list(plans)}
    return compared_plans(study_from_mapping(raw, "test"), load_assumptions(), "test.toml")


def test_a_quotation_goes_before_a_printed_premium() -> None:
    quoted, printed = (
        compared({"id": "sompo_alive_leak_limited", **more}, revenue=60_000_000)[0]
        for more in ({"premium": 99_000}, {})
    )
    assert (quoted.premium, quoted.basis) == (99_000, "quoted")
    assert printed.basis == "published"
    assert printed.premium is not None


def test_a_premium_nobody_stated_is_never_invented() -> None:
    for one in compared({"id": "nipponkoa_2006/A"}, {"id": "sompo_alive_leak_limited"}):
        assert (one.premium, one.basis) == (None, "on_enquiry")


def test_without_plans_every_product_that_needs_no_more_than_a_limit_is_compared() -> None:
    found = compared()
    products = {one.plan.product for one in found}
    assert products == {"aiu_2015", "nipponkoa_2006", "sompo_alive_leak_limited"}
    assert sum(one.plan.product == "nipponkoa_2006" for one in found) == 6


def test_every_wrong_plan_is_named_at_once() -> None:
    with pytest.raises(PlanError) as error:
        compared({"id": "nipponkoa_2006/Z"}, {"id": "foo"}, {"id": "nipponkoa_2006/A"})
    assert len(error.value.problems) == 2
    assert "plan[1]" in str(error.value)
    assert "plan[2]" in str(error.value)


def test_the_same_plan_twice_is_refused() -> None:
    with pytest.raises(DataError, match="is there twice"):
        compared({"id": "nipponkoa_2006/A"}, {"id": "nipponkoa_2006/A"})


def test_shares_of_the_limit_move_with_the_ladder() -> None:
    rungs = ladder("aiu_2015", (1e8, 2e8)).plans
    assert [rung.layer("execution").event_limit for rung in rungs] == [1e7, 2e7]
    assert [rung.layer("consulting").event_limit for rung in rungs] == [5e6, 5e6]


def test_the_ladder_keeps_endorsements_and_choices() -> None:
    rungs = ladder("aiu_2015+execution_double@limit=1@deductible=7", (1e8,)).plans
    assert rungs[0].id == "aiu_2015+execution_double@limit=100000000@deductible=7"


def test_products_have_one_ladder_each_and_single_limits_none() -> None:
    found = ladders(
        compared(
            {"id": "nipponkoa_2006/B"}, {"id": "nipponkoa_2006/A"},
            {"id": "sompo_alive_leak_limited"}, {"id": "aiu_2015@limit=50000000"},
        ),
        (1e8, 3e8),
    )  # fmt: skip
    assert [one.product for one in found] == ["nipponkoa_2006", "aiu_2015"]
    assert found[0].limits == (1e7, 3e7, 5e7, 1e8, 2e8, 3e8)


def test_the_next_step_is_an_endorsement_or_the_next_limit() -> None:
    steps = steps_from(plan("aiu_2015+execution_double@limit=100000000"), (5e7, 1e8, 3e8, 5e8))
    by_kind = {(step.kind, step.plan.id) for step in steps}
    assert ("limit", "aiu_2015+execution_double@limit=300000000") in by_kind
    assert (
        "endorsement",
        "aiu_2015+execution_double+execution_own_share_waiver@limit=100000000",
    ) in by_kind
    assert not any("execution_double+execution_double" in step.plan.id for step in steps)


def test_an_endorsement_that_needs_another_is_no_single_step() -> None:
    steps = steps_from(plan("aiu_2015@limit=100000000@execution=false"), ())
    names = {step.plan.id for step in steps}
    assert "aiu_2015+execution@limit=100000000" in names
    assert not any("execution_double" in name for name in names)


def test_the_largest_pattern_has_no_next_one() -> None:
    assert steps_from(plan("nipponkoa_2006/F"), ()) == ()
