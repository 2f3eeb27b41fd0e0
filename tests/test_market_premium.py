"""The market premium: the formula by hand, its range, and printed premiums left out in turn."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exposure.inputs.assumptions import load_assumptions
from exposure.inputs.names import industries
from exposure.inputs.sources import PrintedPremium, load_sources, printed_premiums
from exposure.measures.market_premium import MarketEstimate, leave_one_out, market_estimate
from exposure.validation.backtests import tariff_checks

KNOWN = load_assumptions()


def estimate(revenue: float, industry: str | None, limit: float, costs: float) -> MarketEstimate:
    found = market_estimate(revenue, industry, limit, costs, KNOWN)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("revenue", "industry", "limit", "costs", "expected"),
    [
        # 93,000 itself: a retailer of 500 million with limits of 100 and 30 million.
        (5e8, "wholesale_retail", 1e8, 3e7, 93_000),
        # A dentist of 80 million, limits of 50 and 5 million: x 0.16^.40 x 0.5^.34 x (1/3)^.15
        (8e7, "medical_welfare", 5e7, 5e6, 93_000 * 0.4804 * 0.7900 * 0.8481),
        # A builder pays two thirds of a retailer's premium.
        (5e8, "construction", 1e8, 3e7, 62_000),
        # 3 billion of IT, a billion and 105 million: x 2.77/1.5 x 6^.40 x 10^.34 x .35^.15
        (3e9, "information_communication", 1e9, 1.05e8, 93_000 * 1.8467 * 2.0477 * 2.1878 * 0.8543),
        (None, None, 1e8, 3e7, None),
        (1.99e7, "education", 1e8, 3e7, None),
        (3.01e10, "education", 1e8, 3e7, None),
        (5e8, "education", math.inf, 3e7, None),
        (5e8, "education", 1e8, 0.0, None),
        # The smallest sums of the smallest client: 93,000 x .04^.40 x .1^.34 x (1/3)^.15 = 9,900.
        (2e7, "wholesale_retail", 1e7, 1e6, 20_000),
    ],
)
def test_the_formula_is_that_of_its_hand_computed_values(
    revenue: float | None, industry: str | None, limit: float, costs: float, expected: float | None
) -> None:
    found = market_estimate(revenue, industry, limit, costs, KNOWN)
    if expected is None:
        assert found is None
    else:
        assert found is not None
        assert found.value == pytest.approx(expected, rel=1e-3)


def test_an_unknown_industry_pays_as_one_without_a_printed_premium() -> None:
    assert estimate(5e8, None, 1e8, 3e7).value == estimate(5e8, "education", 1e8, 3e7).value


def test_the_range_holds_what_products_print_for_the_client() -> None:
    """Restaurants at 500 million: 123,000 (Sompo, 100M/30M) and 120,000 (ACE, 100M/20M)."""
    found = estimate(5e8, "accommodation_food", 1e8, 3e7)
    assert found.value == pytest.approx(93_000 * 1.98 / 1.5)
    assert found.low == pytest.approx(found.value / 1.5)
    # ACE moved to costs of 30 million: (30/20)^.15 = 1.0627; the formula x 1.5 lies above both.
    assert found.high == pytest.approx(found.value * 1.5)


def test_a_product_far_from_the_formula_widens_the_range() -> None:
    """IT at 500 million: ACE prints 240,000 at 100M/20M, the formula says 171,700 at 100M/30M."""
    found = estimate(3e8, "wholesale_retail", 1e8, 1e6)
    # Alive prints 66,000 for 250 to 300 million of revenue at these very limits; within.
    assert found.low <= 66_000 <= found.high
    high = estimate(3e8, "transport_post", 1e8, 3e7)
    # Sompo's logistics: 165,000 at 500 million, moved with its own exponent ln(334/165)/ln 6.
    own = math.log(334 / 165) / math.log(6)
    assert high.low <= 165_000 * 0.6**own <= high.high


@given(
    revenue=st.floats(2e7, 3e10),
    industry=st.sampled_from([None, *industries()]),
    limit=st.floats(1e6, 1e10),
    share=st.floats(0.01, 2.0),
)
def test_the_range_holds_the_estimate(
    revenue: float, industry: str | None, limit: float, share: float
) -> None:
    found = estimate(revenue, industry, limit, share * limit)
    assert 20_000 <= found.low <= found.value <= found.high
    assert found.high >= 1.5 * found.value * (1 - 1e-12)
    more = estimate(revenue, industry, 2 * limit, share * 2 * limit)
    assert more.value >= found.value


def test_left_out_four_printed_premiums_of_five_come_back_within_a_factor() -> None:
    found = leave_one_out(KNOWN)
    comparable = [point for point in printed_premiums() if point.comparable]
    assert len(found) >= len(comparable) - 1 >= 50
    near = [one for one in found if 1 / 1.5 <= one.ratio <= 1.5]
    assert len(near) >= 0.8 * len(found)


def test_what_is_left_out_says_nothing_of_itself() -> None:
    """ACE retail at 500 million from 300 and 1,000: 80,000 x (180/80)^(ln(5/3)/ln(10/3))."""
    one = next(one for one in leave_one_out(KNOWN) if one.point.premium == 130_000
               and one.point.source == "dataproace_2014")  # fmt: skip
    share = math.log(5 / 3) / math.log(10 / 3)
    assert one.estimate == pytest.approx(80_000 * (180 / 80) ** share)
    assert one.from_own


def test_validate_lists_every_printed_premium_with_its_error() -> None:
    checks = tariff_checks(KNOWN)
    assert len(checks) == len(leave_one_out(KNOWN))
    one = next(check for check in checks if check.observed == 130_000)
    assert one.inside
    assert not all(check.inside for check in checks)


@pytest.mark.parametrize("point", printed_premiums(), ids=lambda p: f"{p.source}-{p.premium:.0f}")
def test_every_printed_premium_is_sourced(point: PrintedPremium) -> None:
    assert point.source in load_sources()
    assert point.industry in industries()
    assert point.grade in ("A", "B", "C")
    assert point.premium > 0
    if point.comparable:
        assert all(map(math.isfinite, (point.revenue, point.liability_limit, point.cost_limit)))
    else:
        assert point.note
