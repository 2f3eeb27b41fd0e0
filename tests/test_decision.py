"""The rule of the recommendation: every branch on plans worked out by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exposure.measures.decision import (
    Candidate,
    Case,
    Rules,
    decide,
    flip_price,
    kept_sets,
    prices_of,
    wins_below,
)
from exposure.measures.decision import _named as named_alone

RULES = Rules(
    worth_share=0.9,
    endorsement_share=0.01,
    short_share=0.1,
    programme_multiple=2.0,
    sold_liability=1e9,
    sold_costs=1.1e8,
    most_scaling=4.0,
)
GROSS_MEAN, GROSS_VAR, GROSS_TVAR = 400_000.0, 8e6, 9e6


def plan(
    name: str,
    *,
    product: str = "p",
    limit: float = 1e8,
    worth: float = 500_000.0,
    quoted: float | None = None,
    published: float | None = None,
    tariff: float | None = 100_000.0,
    rider: float = 0.0,
    technical: float = 300_000.0,
    cut: float = 0.0,
    var: float = 1e6,
    series: str | None = None,
    endorsements: int = 0,
    mean: float | None = None,
    is_sold: bool = True,
) -> Candidate:
    return Candidate(
        id=name, product=product, series=series or name, endorsements=endorsements, limit=limit,
        cost_limit=limit / 10, shape=(tariff or 100_000.0) / 100_000.0, tariff=tariff, rider=rider,
        technical=technical, quoted=quoted, published=published, is_sold=is_sold, worth=worth,
        mean=GROSS_MEAN - worth / 2 if mean is None else mean, var=var, tvar=var, cut=cut,
    )  # fmt: skip


def case(*plans: Candidate, liability: float = 1e7, costs: float = 1e6, **more: float) -> Case:
    return Case(plans, 900_000.0, GROSS_VAR, liability, costs, more.get("own_funds"))


def named(*plans: Candidate, **more: float) -> str | None:
    return decide({"court": case(*plans, **more)}, RULES).answers["court"].plan


# --- premiums ----------------------------------------------------------------------------------


def test_the_first_premium_that_exists_is_used() -> None:
    every = [
        plan("quoted", product="a", quoted=1.0, published=2.0),
        plan("published", product="b", published=2.0),
        plan("market", product="c", tariff=7.0),
        plan("technical", product="d", tariff=None, technical=9.0),
        plan("closed", product="e", is_sold=False),
    ]
    # A quotation of 1 for an estimate of 100,000 moves other estimates by a quarter and no more.
    found = {name: (p.amount, p.basis) for name, p in prices_of(every, RULES).items()}
    assert found == {
        "quoted": (1.0, "quoted"),
        "published": (2.0, "published"),
        "market": (7.0 / 4, "market"),
        "technical": (9.0, "technical"),
        "closed": (math.inf, "not_sold"),
    }


def test_a_quotation_scales_the_tariff_of_its_product_and_no_rider() -> None:
    # 250,000 for a tariff of 100,000 and a rider of 50,000: the tariff part is twice the estimate.
    every = [
        plan("small", quoted=250_000.0, rider=50_000.0),
        plan("large", tariff=150_000.0, rider=60_000.0),
    ]
    assert prices_of(every, RULES)["large"].amount == pytest.approx(2 * 150_000 + 60_000)


def test_a_cheap_quotation_with_a_rider_leaves_a_tariff_above_nothing() -> None:
    # 75,000 is half of 100,000 and 50,000: both are taken to be half.
    every = [plan("small", quoted=75_000.0, rider=50_000.0), plan("large", tariff=150_000.0)]
    assert prices_of(every, RULES)["large"].amount == pytest.approx(75_000)


def test_between_two_quotations_the_level_is_interpolated() -> None:
    every = [
        plan("low", limit=1e8, tariff=100_000.0, quoted=200_000.0),
        plan("high", limit=4e8, tariff=100_000.0, quoted=800_000.0),
        plan("middle", limit=2e8, tariff=100_000.0),
        plan("above", limit=9e8, tariff=100_000.0),
    ]
    found = prices_of(every, RULES)
    assert found["middle"].amount == pytest.approx(400_000)
    assert found["above"].amount == pytest.approx(800_000)


def test_other_products_move_with_the_geometric_mean_of_quotations() -> None:
    every = [
        plan("a", product="a", quoted=200_000.0),
        plan("b", product="b", quoted=50_000.0, limit=2e8),
        plan("c", product="c"),
    ]
    assert prices_of(every, RULES)["c"].amount == pytest.approx(100_000)  # √(2 × ½) = 1
    absurd = [plan("a", product="a", quoted=1e9), plan("c", product="c")]
    assert prices_of(absurd, RULES)["c"].amount == pytest.approx(400_000)


def test_no_premium_is_scaled_to_or_from_a_plan_without_a_limit() -> None:
    """One that has none, or pays nothing for liability, has no place among the tariffs."""
    free = replace(plan("free", limit=math.inf, tariff=None), shape=None)
    every = [free, plan("known", quoted=200_000.0), plan("larger", limit=2e8)]
    found = prices_of(every, RULES)
    assert (found["free"].amount, found["free"].basis) == (300_000, "technical")
    assert (found["larger"].amount, found["larger"].basis) == (200_000, "scaled")
    quoted = replace(free, quoted=900_000.0)
    found = prices_of([quoted, plan("other")], RULES)
    assert found["free"].amount == 900_000
    assert (found["other"].amount, found["other"].basis) == (100_000, "market")


def test_at_the_technical_premium_known_ones_stay() -> None:
    every = [plan("a", quoted=1.0), plan("b", published=2.0), plan("c", technical=3.0)]
    found = prices_of(every, RULES, at_technical=True)
    assert [found[name].amount for name in "abc"] == [1.0, 2.0, 3.0]


# --- which plan --------------------------------------------------------------------------------


def test_least_total_cost_wins() -> None:
    # Savings 300,000 and 100,000.
    cheap = plan("cheap", quoted=200_000.0, limit=3e8)
    assert named(cheap, plan("dear", quoted=400_000.0, limit=1e8)) == "cheap"


def test_ties_go_to_the_smallest_limit_then_known_premium_then_cost() -> None:
    # Savings 399,000 and 370,000, more than nine tenths; the large plan is a little dearer.
    large = plan("large", quoted=101_000.0, limit=3e8)
    small = plan("small", quoted=100_000.0, limit=1e8, worth=470_000.0)
    assert named(large, small) == "small"
    further = plan("small", quoted=100_000.0, limit=1e8, worth=450_000.0)  # 350,000: no tie
    assert named(large, further) == "large"
    estimate = plan("a", product="q", limit=1e8, tariff=99_000.0, mean=150_000.0)
    known = plan("b", limit=1e8, published=100_000.0, worth=490_000.0, mean=145_000.0)
    assert named(estimate, known) == "b"


def test_an_estimate_is_no_tie_with_a_known_best() -> None:
    best = plan("best", quoted=100_000.0, limit=3e8, worth=500_000.0)
    other = plan("other", product="q", limit=1e8, worth=490_000.0, mean=100_000.0, tariff=101_000.0)
    assert named(best, other) == "best"
    assert named(best, replace(other, product="p", shape=1.0)) == "other"


def test_no_insurance_where_nothing_saves() -> None:
    found = decide({"court": case(plan("a", quoted=600_000.0))}, RULES).answers["court"]
    assert (found.plan, found.verdict, found.best_on_market) == (None, "no_insurance", "a")


def test_a_dominated_plan_is_never_named() -> None:
    # b leaves more on average and no less anywhere, at no lower premium; its limit is smaller.
    better = plan("a", limit=3e8, quoted=100_000.0, worth=500_000.0)
    worse = plan("b", limit=1e8, quoted=100_000.0, worth=495_000.0)
    assert named(better, worse) == "a"
    assert named(better, replace(worse, quoted=90_000.0)) == "b"


def test_own_funds_set_plans_aside_while_another_passes() -> None:
    cheap = plan("cheap", quoted=100_000.0, var=5e6)
    safe = plan("safe", quoted=400_000.0, var=1e6, limit=3e8)
    assert named(cheap, safe) == "cheap"
    assert named(cheap, safe, own_funds=2e6) == "safe"
    # Dearer than it is worth, but no insurance would exceed the own funds.
    assert named(plan("dear", quoted=700_000.0, var=1e6), own_funds=2e6) == "dear"
    found = decide({"court": case(cheap, own_funds=1e6)}, RULES).answers["court"]
    assert (found.plan, found.passes_own_funds) == ("cheap", False)


def test_no_insurance_stands_where_it_passes_too() -> None:
    assert named(plan("dear", quoted=700_000.0), own_funds=GROSS_VAR) is None


def test_short_where_limits_take_more_than_a_tenth_of_the_worth() -> None:
    for cut, verdict in ((50_000.0, "sufficient"), (50_001.0, "short")):
        one = plan("a", quoted=100_000.0, cut=cut)
        assert decide({"court": case(one)}, RULES).answers["court"].verdict == verdict


def test_a_programme_beyond_twice_what_is_sold_in_any_regime() -> None:
    one = plan("a", quoted=100_000.0)
    for liability, costs, verdict in (
        (2e9, 1e6, "sufficient"), (2.01e9, 1e6, "programme"), (1e7, 2.21e8, "programme"),
    ):  # fmt: skip
        cases = {"brochure": case(one, liability=liability, costs=costs), "court": case(one)}
        found = decide(cases, RULES)
        assert {answer.verdict for answer in found.answers.values()} == {verdict}
        assert all(answer.best_on_market == "a" for answer in found.answers.values())
    # A plan of one's own that reaches the need is named after all.
    large = replace(plan("own", quoted=100_000.0, limit=3e9), cost_limit=3e8)
    assert decide({"court": case(large, liability=2.5e9)}, RULES).answers["court"].plan == "own"


def test_outside_the_tariffs_the_largest_worth_is_best_on_the_market() -> None:
    small = plan("small", limit=1e8, worth=400_000.0, tariff=None, technical=600_000.0)
    large = plan("large", limit=3e8, worth=500_000.0, tariff=None, technical=800_000.0)
    found = decide({"court": case(small, large, liability=5e9)}, RULES).answers["court"]
    assert (found.plan, found.verdict, found.best_on_market) == (None, "programme", "large")
    near = replace(small, worth=496_000.0)  # within a hundredth
    found = decide({"court": case(near, large, liability=5e9)}, RULES).answers["court"]
    assert found.best_on_market == "small"


# --- endorsements ------------------------------------------------------------------------------


def test_an_endorsement_appears_only_if_it_is_worth_its_price() -> None:
    bare = plan("p", series="p", worth=500_000.0, quoted=100_000.0)
    rider = plan("p+r", series="p", endorsements=1, worth=520_000.0, quoted=130_000.0)
    for worth, kept in ((520_000.0, "p"), (534_000.0, "p"), (536_000.0, "p+r")):
        # Costs 30,000 more: it must bring that and a hundredth of the worth.
        every = [bare, replace(rider, worth=worth)]
        assert kept_sets([every], [prices_of(every, RULES)], RULES) == (kept,)


# --- over regimes ------------------------------------------------------------------------------


def test_a_plan_tied_under_both_regimes_is_recommended_for_both() -> None:
    # Under one view the small plan saves most, under the other the large, the small within a tenth.
    small = plan("small", limit=1e8, quoted=100_000.0, worth=500_000.0)
    large = plan("large", limit=3e8, quoted=150_000.0, worth=500_000.0, mean=100_000.0)
    other = (
        replace(small, worth=480_000.0),
        replace(large, worth=560_000.0, mean=90_000.0),
    )
    found = decide({"brochure": case(small, large), "court": case(*other)}, RULES)
    assert found.same_plan
    assert {answer.plan for answer in found.answers.values()} == {"small"}


def test_without_a_common_plan_each_regime_has_its_own() -> None:
    small = plan("small", limit=1e8, quoted=100_000.0, worth=500_000.0)
    large = plan("large", limit=3e8, quoted=150_000.0, worth=500_000.0, mean=100_000.0)
    other = replace(small, worth=200_000.0), replace(large, worth=900_000.0, mean=50_000.0)
    found = decide({"brochure": case(small, large), "court": case(*other)}, RULES)
    assert not found.same_plan
    assert [answer.plan for answer in found.answers.values()] == ["small", "large"]


def test_a_plan_for_one_regime_and_none_for_the_other() -> None:
    one = plan("a", quoted=300_000.0)
    found = decide({"brochure": case(one), "court": case(replace(one, worth=200_000.0))}, RULES)
    assert [answer.verdict for answer in found.answers.values()] == ["sufficient", "no_insurance"]


# --- flip prices -------------------------------------------------------------------------------


def test_the_flip_price_is_where_a_rerun_names_another_product() -> None:
    own = plan("own", quoted=200_000.0, worth=500_000.0)
    other = plan("other", product="q", quoted=150_000.0, worth=400_000.0, limit=2e8)
    cases = {"court": case(own, other)}
    decision = decide(cases, RULES)
    flip = flip_price(cases, RULES, decision, "court")
    # The other saves 250,000. Both premiums are known, so the own one is tied, and of the smaller
    # limit, until it saves less than nine tenths of that: 500,000 − 225,000.
    assert flip.to == "other"
    assert flip.amount == pytest.approx(275_000, rel=1e-3)
    for factor, expected in ((0.97, "own"), (1.03, "other")):
        quoted = decide(cases, RULES, {"own": flip.amount * factor})
        assert quoted.answers["court"].plan == expected


def test_the_flip_price_alone_is_the_worth() -> None:
    cases = {"court": case(plan("own", quoted=200_000.0, worth=500_000.0))}
    flip = flip_price(cases, RULES, decide(cases, RULES), "court")
    assert flip.to is None
    assert flip.amount == pytest.approx(500_000, rel=1e-3)


def test_an_alternative_wins_below_a_price() -> None:
    own = plan("own", quoted=200_000.0, worth=500_000.0)
    other = plan("other", product="q", quoted=390_000.0, worth=400_000.0, limit=2e8)
    cases = {"court": case(own, other)}
    price = wins_below(cases, RULES, decide(cases, RULES), "court", "other")
    # It must leave the own plan, which saves 300,000, outside nine tenths of what it saves.
    assert price == pytest.approx(400_000 - 300_000 / 0.9, rel=1e-3)
    assert decide(cases, RULES, {"other": price * 0.97}).answers["court"].plan == "other"
    assert decide(cases, RULES, {"other": price * 1.03}).answers["court"].plan == "own"


# --- properties --------------------------------------------------------------------------------

amounts = st.floats(1e4, 1e6).map(round).map(float)


@st.composite
def plans(draw: st.DrawFn, name: str) -> Candidate:
    worth = draw(amounts)
    return plan(
        name,
        product=draw(st.sampled_from("pqr")),
        limit=draw(st.sampled_from([1e7, 1e8, 3e8, 1e9])),
        worth=worth,
        quoted=draw(st.none() | amounts),
        tariff=draw(amounts),
        technical=draw(amounts),
        cut=draw(st.floats(0, 1e5)),
        var=draw(st.sampled_from([1e6, 3e6, 8e6])),
        mean=max(GROSS_MEAN - worth / 2, 0.0),
    )


@st.composite
def choices(draw: st.DrawFn) -> list[Candidate]:
    return [draw(plans(f"plan{k}")) for k in range(draw(st.integers(1, 6)))]


@settings(max_examples=200, deadline=None)
@given(choices(), st.randoms())
def test_the_order_of_the_plans_never_matters(every: list[Candidate], luck: object) -> None:
    shuffled = list(every)
    luck.shuffle(shuffled)  # type: ignore[attr-defined]  # a random.Random
    found = [decide({"court": case(*some)}, RULES).answers["court"] for some in (every, shuffled)]
    assert found[0].plan == found[1].plan
    assert found[0].best_on_market == found[1].best_on_market


@settings(max_examples=200, deadline=None)
@given(choices())
def test_a_plan_named_saves_within_a_tenth_of_the_most(every: list[Candidate]) -> None:
    answer = decide({"court": case(*every)}, RULES).answers["court"]
    saving = {one.id: one.worth - answer.prices[one.id].amount for one in every}
    if answer.plan is None:
        # Nothing but a dominated plan can save anything then.
        assert answer.verdict == "no_insurance"
    else:
        assert saving[answer.plan] > 0
        assert saving[answer.plan] >= 0.9 * saving[answer.ties[0]] - 1e-6
        known = answer.prices[answer.plan].is_known
        one = next(one for one in every if one.id == answer.plan)
        assert not known or answer.prices[answer.plan].amount <= one.worth


@settings(max_examples=150, deadline=None)
@given(choices(), plans("added"))
def test_a_further_plan_never_costs_more_than_the_tie(
    every: list[Candidate], added: Candidate
) -> None:
    # Known premiums throughout, so that the plan added moves no other price.
    fixed = [replace(one, quoted=one.quoted or one.technical) for one in (*every, added)]
    before = decide({"court": case(*fixed[:-1])}, RULES).answers["court"]
    after = decide({"court": case(*fixed)}, RULES).answers["court"]

    def saving(name: str | None) -> float:
        return next((one.worth - (one.quoted or 0.0) for one in fixed if one.id == name), 0.0)

    most = max(0.0, *(saving(one.id) for one in fixed))
    assert saving(after.plan) >= saving(before.plan) - 0.1 * most - 1e-6


@settings(max_examples=200, deadline=None)
@given(choices(), st.lists(st.floats(0.2, 3.0), min_size=6, max_size=6), amounts, st.booleans())
def test_the_plan_named_alone_is_that_of_the_whole_rule(
    every: list[Candidate], factors: list[float], quotation: float, in_need: bool
) -> None:
    other = [replace(one, worth=one.worth * by) for one, by in zip(every, factors, strict=False)]
    cases = {"brochure": case(*every), "court": case(*other)}
    if in_need:
        cases["court"] = replace(cases["court"], liability=1e12)
    for one in every:
        whole = decide(cases, RULES, {one.id: quotation}).answers
        for regime, answer in whole.items():
            assert named_alone(cases, RULES, {one.id: quotation}, regime) == answer.plan
