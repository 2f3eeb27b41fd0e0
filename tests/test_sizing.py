import math
from dataclasses import replace

import pytest
from exposure.measures.sizing import (
    Binding,
    binding_term,
    recommended_limit,
    unexpected_decreases,
)

from exposure.measures.intervals import Estimate

LIMITS = (50e6, 100e6, 200e6, 300e6)
ADEQUACY = (
    Estimate(0.90, 0.88, 0.92),
    Estimate(0.948, 0.93, 0.96),
    Estimate(0.955, 0.94, 0.97),
    Estimate(0.99, 0.98, 0.995),
)


def test_smallest_sufficient_limit_with_the_limits_its_interval_allows():
    found = recommended_limit(LIMITS, ADEQUACY, 0.95)
    assert (found.value, found.low, found.high) == (200e6, 100e6, 300e6)
    assert found.adequacy == ADEQUACY[2]
    assert found.reason == "sufficient"
    assert found.text.ja == (
        "支払限度額2億円なら限度額充足度（1事故）は96%で、目標の95%を満たします。"
        "試算したこれより小さい支払限度額では条件を満たしません。"
    )
    assert found.text.en == (
        "At a limit of JPY 200M the limit adequacy per event is 96%, which meets the target of 95%;"
        " no smaller limit tried does."
    )


def test_upper_end_is_open_if_no_lower_bound_passes():
    found = recommended_limit(LIMITS[:3], ADEQUACY[:3], 0.95)
    assert (found.value, found.low, found.high) == (200e6, 100e6, None)


def test_no_limit_reaches_the_target():
    found = recommended_limit(LIMITS, ADEQUACY, 0.999)
    assert (found.value, found.low, found.high) == (None, None, None)
    assert found.reason == "insufficient_adequacy"
    assert found.adequacy == ADEQUACY[3]
    assert "試算した最大の支払限度額3億円でも限度額充足度（1事故）は99.0%で" in found.text.ja
    assert "misses the target of 99.9%" in found.text.en


def test_liquidity_asks_for_more_than_adequacy():
    retained = (
        Estimate(90e6, 80e6, 99e6),
        Estimate(40e6, 30e6, 50e6),
        Estimate(12e6, 9e6, 15e6),
        Estimate(8e6, 7e6, 11e6),
    )
    found = recommended_limit(LIMITS, ADEQUACY, 0.95, retained_var=retained, liquidity=10e6)
    assert (found.value, found.low, found.high) == (300e6, 200e6, None)


def test_no_limit_keeps_the_retained_loss_bearable():
    retained = tuple(Estimate(value, value, value) for value in (90e6, 80e6, 70e6, 35e6))
    found = recommended_limit(LIMITS, ADEQUACY, 0.95, retained_var=retained, liquidity=10e6)
    assert (found.value, found.reason) == (None, "insufficient_liquidity")
    assert "約3,500万円となり、手元資金の1,000万円を超えます" in found.text.ja
    assert "leaves about JPY 35M retained, more than the JPY 10M" in found.text.en


def test_no_limit_of_a_product_may_be_infinite():
    found = recommended_limit([1e8, math.inf], [ADEQUACY[0], Estimate(1, 1, 1)], 0.95)
    assert found.value == math.inf
    assert "支払限度額無制限なら" in found.text.ja


def test_the_first_limit_may_do():
    assert recommended_limit(LIMITS, (Estimate(1, 0.99, 1),) * 4, 0.95).value == 50e6


@pytest.mark.parametrize("limits", [(), (2e8, 1e8), (1e8, 1e8)])
def test_limits_must_ascend(limits):
    with pytest.raises(ValueError, match="ascend"):
        recommended_limit(limits, ADEQUACY[: len(limits)], 0.95)


def test_liquidity_without_retained_losses_is_refused():
    with pytest.raises(ValueError, match="liquidity needs the VaR"):
        recommended_limit(LIMITS, ADEQUACY, 0.95, liquidity=1e7)


def test_binding_term_is_the_one_that_cuts_most_breaches():
    shares = {"limit": 0.002, "execution.limit": 0.03, "per_unit": 0.0, "deductible": 0.03}
    found = binding_term(shares)
    assert (found.term, found.share) == ("execution.limit", 0.03)
    assert found.shares == (("execution.limit", 0.03), ("deductible", 0.03), ("limit", 0.002))


def test_nothing_binds_where_nothing_is_cut():
    assert binding_term({"limit": 0.0}) == Binding(None, 0.0, ())


def recommended(value, low, high):
    whole = recommended_limit([1.0], [Estimate(1, 1, 1)], 0.5)
    return replace(whole, value=value, low=low, high=high)


def test_only_a_fall_beyond_simulation_error_is_flagged():
    by_records = [
        recommended(100e6, 100e6, 200e6),
        recommended(300e6, 200e6, 300e6),
        recommended(200e6, 200e6, 300e6),
        recommended(100e6, 50e6, 100e6),
        recommended(300e6, 300e6, None),
    ]
    assert unexpected_decreases(by_records) == (3,)


def test_a_limit_after_none_was_enough_is_flagged():
    by_records = [recommended(None, None, None), recommended(300e6, 300e6, 300e6)]
    assert unexpected_decreases(by_records) == (1,)
