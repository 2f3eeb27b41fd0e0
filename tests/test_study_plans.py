"""The plans of a study: built, priced where a price is known, and rebuilt at every limit."""

from __future__ import annotations

from typing import Any

import pytest
from support.wordings_filled import filled

from exposure.errors import DataError, PlanError
from exposure.files import data_path, read_toml
from exposure.inputs.assumptions import load_assumptions
from exposure.inputs.study_file import study_from_mapping
from exposure.policy.catalogue import Catalogue
from exposure.policy.plan import plan
from exposure.study.offers import Offer, ladder, offers_of, rungs_of, section_limit


def offers(*plans: dict[str, Any], tried: bool = False, **client: Any) -> tuple[Offer, ...]:
    raw = {
        "client": {"records": 3000, **client},
        "plan": list(plans),
        "study": {"endorsements": "tried" if tried else "as_given"},
    }
    return offers_of(study_from_mapping(raw, "test"), load_assumptions(), "test.toml")


def test_a_quotation_and_a_printed_premium_are_told_apart() -> None:
    (quoted,) = offers({"id": "sompo_alive_leak_limited", "premium": 99_000}, revenue=60_000_000)
    (printed,) = offers({"id": "sompo_alive_leak_limited"}, revenue=60_000_000)
    assert quoted.quoted == 99_000
    assert printed.quoted is None
    assert printed.published == quoted.published is not None


def test_a_premium_nobody_stated_is_not_taken_for_one() -> None:
    for one in offers({"id": "nipponkoa_2006/A"}, {"id": "sompo_alive_leak_limited"}):
        assert (one.quoted, one.published) == (None, None)


def test_without_plans_every_product_that_needs_no_more_than_a_limit_is_compared() -> None:
    found = offers()
    assert {one.product for one in found} == {
        "aiu_2015", "nipponkoa_2006", "sompo_alive_leak_limited",
    }  # fmt: skip
    assert sum(one.product == "nipponkoa_2006" for one in found) == 6


def test_every_wrong_plan_is_named_at_once() -> None:
    with pytest.raises(PlanError) as error:
        offers({"id": "nipponkoa_2006/Z"}, {"id": "foo"}, {"id": "nipponkoa_2006/A"})
    assert len(error.value.problems) == 2
    assert "plan[1]" in str(error.value)
    assert "plan[2]" in str(error.value)


def test_the_same_plan_twice_needs_labels_and_keeps_both() -> None:
    with pytest.raises(DataError, match="is there twice"):
        offers({"id": "nipponkoa_2006/A"}, {"id": "nipponkoa_2006/A"})
    found = offers(
        {"id": "nipponkoa_2006/A", "label": "甲社", "premium": 1000},
        {"id": "nipponkoa_2006/A", "label": "乙社", "premium": 2000},
    )
    assert {one.quoted for one in found} == {1000, 2000}
    assert len({one.id for one in found}) == len({one.product for one in found}) == 2


def test_endorsements_are_tried_unless_plans_are_taken_as_given() -> None:
    stated = {"id": "aiu_2015+execution_double@limit=100000000", "premium": 300_000}
    assert [one.id for one in offers(stated)] == [stated["id"]]
    found = offers(stated, tried=True)
    assert len(found) == 16  # two that double a cost limit, card and cyber: with and without
    assert len({one.series for one in found}) == 1
    assert [one.id for one in found if one.is_stated] == [stated["id"]]
    assert [one.quoted for one in found if one.quoted is not None] == [300_000]
    bare = next(one for one in found if not one.tried)
    assert bare.id == "aiu_2015@limit=100000000"


def test_plans_stand_by_product_then_by_amount() -> None:
    found = offers(
        {"id": "nipponkoa_2006/F"}, {"id": "nipponkoa_2006/A"}, {"id": "aiu_2015@limit=50000000"},
    )  # fmt: skip
    assert [one.id for one in found] == [
        "aiu_2015@limit=50000000", "nipponkoa_2006/A", "nipponkoa_2006/F",
    ]  # fmt: skip


def test_a_product_is_offered_to_the_clients_its_wording_sells_to() -> None:
    wording = read_toml(data_path("policies", "sompo_alive_leak_limited.toml"))
    wording["plan"] |= {"product": "small_firms", "sold_up_to_revenue": 1_000_000_000}
    del wording["premium"]

    def sold(revenue: int | None) -> bool:
        client = {"records": 3000} | ({} if revenue is None else {"revenue": revenue})
        raw = {"client": client, "plan": [{"id": "small_firms"}], "policy": [wording]}
        return offers_of(study_from_mapping(raw, "test"), load_assumptions())[0].is_sold

    assert sold(1_000_000_000)
    assert not sold(1_000_000_001)
    assert sold(None)


@pytest.mark.parametrize(
    ("identifier", "liability", "costs"),
    [
        # Execution and consulting pay a tenth and a twentieth each of the liability limit.
        ("aiu_2015@limit=100000000", 1e8, 1e7 + 5e6),
        ("aiu_2015+execution_double@limit=100000000", 1e8, 2e7 + 5e6),
        ("nipponkoa_2006/F", 3e8, 3e7),
    ],
)
def test_the_limit_of_a_section_is_what_its_covers_can_pay(
    identifier: str, liability: float, costs: float
) -> None:
    built = plan(identifier)
    assert section_limit(built, "liability") == liability
    assert section_limit(built, "costs") == costs


@pytest.mark.parametrize(
    ("name", "chosen", "costs"),
    [
        # Other people's business at a standstill is liability: its limit is none for costs.
        ("tokio_cyber", "/A@limit=1億@deductible=0@cost_limit=3,000万", 3e7),
        ("aioi_cyber", "@limit=1億@deductible=0@cost_limit=3,000万@cost_deductible=0", 3e7),
        # Profit and extra expense have a limit of their own, which pays no response.
        ("sompo_cyber", "/1+interruption@deductible=0", 3e7),
        ("ms_cyber_protector", "/standard+profit@limit=1億@deductible=0@cost_limit=3,000万", 3e7),
        ("nichibyo_leak", "@limit=1億", 1e7),
        ("dataproace_2014", "@limit=1億@cost_limit=2,000万", 2e7),
    ],
)
@pytest.mark.parametrize("turn", [0, 1])
def test_the_cost_limit_of_todays_wordings_is_the_printed_one(
    name: str, chosen: str, costs: float, turn: int
) -> None:
    among = Catalogue({name: filled(name, turn)})
    assert section_limit(plan(name + chosen, among=among), "costs") == costs


def test_shares_of_the_limit_move_with_the_ladder() -> None:
    rungs = ladder("aiu_2015", (1e8, 2e8)).plans
    assert [rung.layer("execution").event_limit for rung in rungs] == [1e7, 2e7]
    assert [rung.layer("consulting").event_limit for rung in rungs] == [5e6, 5e6]


def test_the_ladder_keeps_endorsements_and_choices() -> None:
    rungs = ladder("aiu_2015+execution_double@limit=1@deductible=7", (1e8,)).plans
    assert rungs[0].id == "aiu_2015+execution_double@limit=100000000@deductible=7"


def test_an_offer_at_every_limit_keeps_its_endorsements_and_its_quotation() -> None:
    raw = {
        "client": {"records": 3000},
        "plan": [{"id": "aiu_2015+execution_double@limit=100000000", "premium": 1000}],
    }
    study = study_from_mapping(raw, "test")
    stated = next(one for one in offers_of(study, load_assumptions()) if one.is_stated)
    rungs = rungs_of(stated, (5e7, 1e8, 3e8), study)
    assert [one.limit for one in rungs] == [5e7, 1e8, 3e8]
    assert [one.quoted for one in rungs] == [None, 1000, None]
    assert {one.tried for one in rungs} == {("execution_double",)}
