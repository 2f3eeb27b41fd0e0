import numpy as np
import pytest
from choice_sample import CONDITIONS, GROSS, PRECISION, plan
from exposure.measures.choice import choose_plan
from exposure.measures.standing import PlanSummary

from exposure.errors import Text
from exposure.measures.cost import assess_plan
from exposure.measures.intervals import Estimate
from exposure.tables import Annual


def conditions(**changes):
    from dataclasses import replace

    return replace(CONDITIONS, **changes)


def choose(*plans, **changes):
    return choose_plan(plans, conditions(**changes), **PRECISION)


def test_economic_cost_by_hand():
    # Limit 80 million: twenty loss years exceed it by 1 … 20 million. E[U] = 0.1 × 2.1 million.
    # The worst tenth of the loss years retain 11 … 20 million: TVaR 15.5 million, VaR 10 million.
    standing = assess_plan(plan("a", 1e6, limit=80e6), CONDITIONS, **PRECISION)
    assert standing.retained_mean.value == pytest.approx(210_000)
    assert standing.retained_var.value == 10e6
    assert standing.retained_tvar.value == pytest.approx(15.5e6)
    cost = 1e6 + 210_000 + 0.05 * (15.5e6 - 210_000)
    assert standing.economic_cost.value == pytest.approx(cost)
    # The years' contributions to it: 0.95 U + 5 (U − 10 million)⁺, a tenth of their mean.
    unpaid = np.maximum(GROSS - 80e6, 0)
    spread = 0.95 * unpaid + 5 * np.maximum(unpaid - 10e6, 0)
    half = 1.6448536269514722 * 0.1 * spread.std(ddof=1) / 10
    assert standing.economic_cost.high == pytest.approx(cost + half)
    assert standing.economic_cost.low == pytest.approx(cost - half)


def test_lowest_cost_wins_among_plans_that_qualify():
    choice = choose(
        plan("small", 1e5, limit=50e6, adequacy=0.90),
        plan("middle", 3e5, limit=90e6, adequacy=0.96),
        plan("large", 9e5, adequacy=1.0),
        tie_standard_errors=0.0,
    )
    # Middle: 300,000 + 55,000 + 0.05 × (5.5 million − 55,000) = 627,250.
    assert choice.plan == "middle"
    assert choice.reason == "lowest_cost"
    assert choice.ties == ()
    assert choice.criterion is None
    assert (choice.nearest, choice.constraint) == (None, None)
    assert [s.failed for s in choice.standings] == [("limit_adequacy",), (), ()]
    assert [s.tied for s in choice.standings] == [False, True, False]
    assert choice.standings[1].economic_cost.value == pytest.approx(627_250)
    assert choice.text.en == (
        "middle has the lowest economic cost, premium and retained risk together"
        " (about JPY 600k a year), of the plans that meet the conditions:"
        " limit adequacy per event of at least 95%."
    )
    assert choice.text.ja == (
        "「middle」は、条件（限度額充足度（1事故）95%以上）を満たすプランのうち、"
        "経済的コスト（保険料と自己保有の費用の合計）が最も小さいプランです（年間約60万円）。"
    )


def test_two_percent_of_the_cost_is_a_tie_and_adequacy_decides():
    choice = choose(plan("cheap", 500_000, adequacy=0.96), plan("better", 509_000, adequacy=0.98))
    assert (choice.plan, choice.reason, choice.criterion) == ("better", "tie", "limit_adequacy")
    assert choice.ties == ("cheap",)
    assert "cannot be told apart by economic cost" in choice.text.en
    assert "「better」（年間約50.9万円）と「cheap」は" in choice.text.ja


def test_just_over_two_percent_is_no_tie():
    choice = choose(plan("cheap", 500_000, adequacy=0.96), plan("better", 510_001, adequacy=0.98))
    assert (choice.plan, choice.reason) == ("cheap", "lowest_cost")


def test_two_standard_errors_of_the_paired_difference_are_a_tie():
    small, large = plan("small", 1e5, limit=80e6), plan("large", 1.3e6, adequacy=1.0)
    # Costs 1,074,500 and 1,300,000; two standard errors of the difference are some 440,000.
    assert choose(small, large, tie_share=0.0).plan == "large"
    assert choose(small, large, tie_share=0.0, tie_standard_errors=1.0).plan == "small"


def test_ties_fall_to_the_smaller_bad_year_then_the_premium_then_the_id():
    retains = plan("retains", 500_000, limit=99.9e6)
    # It retains 100,000 yen in one loss year: mean 100, TVaR 10,000 yen.
    nothing = plan("nothing", 501_000)
    assert choose(retains, nothing).criterion == "tvar"
    assert choose(retains, nothing).plan == "nothing"
    cheaper = choose(plan("b", 501_000), plan("c", 500_000))
    assert (cheaper.plan, cheaper.criterion) == ("c", "premium")
    twins = choose(plan("b", 500_000), plan("a", 500_000))
    assert (twins.plan, twins.criterion, twins.ties) == ("a", "id", ("b",))
    assert "comes first by name" in twins.text.en


def test_identical_plans_that_cost_nothing_are_tied():
    choice = choose(plan("b", 0.0), plan("a", 0.0))
    assert (choice.plan, choice.ties) == ("a", ("b",))


def test_a_single_plan_that_qualifies_is_the_only_candidate():
    choice = choose(plan("a", 420_000, label=Text("プランA", "Plan A")))
    assert (choice.plan, choice.reason) == ("a", "only_candidate")
    assert choice.text.ja == (
        "条件（限度額充足度（1事故）95%以上）を満たすプランは「プランA」だけです（年間約42万円）。"
    )


def test_the_only_candidate_may_lack_a_premium():
    choice = choose(plan("a"), plan("b", 1e5, adequacy=0.5))
    assert (choice.plan, choice.reason) == ("a", "only_candidate")
    assert choice.text.en.endswith("premium on enquiry.")


def test_without_a_premium_cost_takes_no_part():
    choice = choose(
        plan("cheap", 1e5, adequacy=0.96),
        plan("unpriced", None, adequacy=0.97, limit=90e6),
        plan("same", 9e9, adequacy=0.97, limit=95e6),
    )
    assert (choice.plan, choice.reason, choice.criterion) == ("same", "premium_unknown", "tvar")
    assert choice.ties == ()
    assert not any(standing.tied for standing in choice.standings)
    assert choice.standings[1].economic_cost is None
    assert choice.text.ja.startswith(
        "「unpriced」の保険料が不明なため、経済的コストでは比べていません。"
    )
    assert "The premium of unpriced is not known" in choice.text.en


def test_no_premium_at_all_is_ranked_by_adequacy():
    choice = choose(plan("a", adequacy=0.96), plan("b", adequacy=0.98))
    assert (choice.plan, choice.criterion) == ("b", "limit_adequacy")


def test_a_missing_premium_of_a_plan_that_fails_anyway_does_not_matter():
    choice = choose(plan("a", 5e5), plan("b", 9e5), plan("c", None, adequacy=0.5))
    assert (choice.plan, choice.reason) == ("a", "lowest_cost")


def test_nobody_qualifies_for_want_of_adequacy():
    choice = choose(plan("a", 1e5, adequacy=0.80), plan("b", 2e5, adequacy=0.9496))
    assert (choice.plan, choice.reason) == (None, "none_qualifies")
    assert (choice.nearest, choice.constraint) == ("b", "limit_adequacy")
    assert choice.ties == ()
    # 94.96 % must not read as the 95 % it misses.
    assert "限度額充足度（1事故）は94.96%です" in choice.text.ja
    assert "b comes nearest, but its limit adequacy per event is 94.96%." in choice.text.en


def test_nobody_qualifies_for_want_of_liquidity():
    choice = choose(plan("a", 1e5, limit=70e6), plan("b", 2e5, limit=80e6), liquidity=5e6)
    assert (choice.plan, choice.nearest, choice.constraint) == (None, "b", "liquidity")
    assert "自己保有額のVaR 99%が500万円以内" in choice.text.ja
    assert choice.text.en == (
        "No plan meets the conditions: limit adequacy per event of at least 95%, and a VaR 99% of"
        " the retained loss of no more than JPY 5M. b comes nearest, but its retained loss has a"
        " VaR 99% of about JPY 10M."
    )


def test_the_nearest_plan_misses_the_fewest_conditions():
    choice = choose(
        plan("both", 1e5, limit=89e6, adequacy=0.949),
        plan("one", 1e5, limit=50e6, adequacy=0.96),
        liquidity=0.0,
    )
    assert choice.nearest == "one"
    assert choice.standings[0].failed == ("limit_adequacy", "liquidity")


def test_no_liquidity_at_all_asks_for_nothing_unpaid_in_all_but_the_worst_years():
    choice = choose(plan("a", 1e5, limit=89e6), plan("b", 9e5), liquidity=0.0)
    assert (choice.plan, choice.standings[0].failed) == ("b", ("liquidity",))
    # The VaR of 99 % is the 90 millionth yen: a limit there retains nothing at that level.
    assert choose(plan("a", 1e5, limit=90e6), liquidity=0.0).plan == "a"


def test_dominated_plans_are_pointed_out():
    choice = choose(
        plan("good", 3e5, limit=90e6),
        plan("dear", 4e5, limit=80e6),
        plan("unpriced", None, limit=10e6),
        plan("large", 9e5),
        plan("twin", 9e5),
    )
    found = {standing.id: standing.dominated_by for standing in choice.standings}
    assert found == {"good": None, "dear": "good", "unpriced": None, "large": None, "twin": None}


def test_no_plans_is_said_so():
    choice = choose()
    assert (choice.plan, choice.reason, choice.nearest) == (None, "no_plans", None)
    assert choice.text == Text("比較するプランがありません。", "There is no plan to compare.")


def test_two_plans_may_not_share_an_id():
    with pytest.raises(ValueError, match="share an id"):
        choose(plan("a", 1.0), plan("a", 2.0))


def test_plans_of_different_years_are_not_compared():
    other = PlanSummary("b", 1.0, Estimate(1, 1, 1), Annual(np.zeros(5), 0.9), 0.0)
    with pytest.raises(ValueError, match="same simulated years"):
        choose(plan("a", 1.0), other)


def test_order_of_the_plans_does_not_matter():
    plans = [plan("a", 3e5, limit=90e6), plan("b", 5e5, limit=95e6), plan("c", 9e5)]
    assert {choose(*order).plan for order in (plans, plans[::-1], plans[1:] + plans[:1])} == {
        choose(*plans).plan
    }
