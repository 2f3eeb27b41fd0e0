import math
from datetime import date

import numpy as np
import pytest
from model_reference import model_of, response_of_one_event

from exposure.inputs.assumptions import load_assumptions
from exposure.inputs.client import Client
from exposure.model.build import build_model
from exposure.model.claims import Claims, claimants, draw_claims
from exposure.model.costs import HEADS
from exposure.model.events import simulate_events
from exposure.model.logit import normal_nodes, probability, solved_logit
from exposure.model.losses import price_losses, response_costs
from exposure.model.prices import price_moments, total_paid
from exposure.streams import Luck
from exposure.tables import LossItem, LossTable

GROUPS = ("external", "insider", "physical", "error", "other")
SIX = ("consulting", "legal_consultation", "investigation", "apology_letters", "call_centre")
# Every leak takes everything, every variation is off, and the six heads of the printed scenario
# alone are switched on.
SCENARIO: dict[str, object] = {
    **{f"size.alpha.{group}": 1 for group in GROUPS},
    **{f"cost.{head}.sigma": 0 for head in HEADS},
    **{f"cost.{head}.probability": 1 if head in (*SIX, "apology_ads") else 0 for head in HEADS},
    "event.publicity.pi_0": 1000,
    "claims.kappa": math.inf,
    "claims.counting": "expected",
    "frequency.m.insider": 1e-12,
    "frequency.m.physical": 1e-12,
    "frequency.m.error": 1e-12,
    "frequency.m.other": 1e-12,
    "frequency.k_residual": math.inf,
    "frequency.k_s": math.inf,
}


def _scenario(records: int, regime: str = "brochure", **values: object) -> LossTable:
    model = model_of({**_whole(), **SCENARIO, **values}, records=records)
    simulated = simulate_events(model, 50, Luck(1))
    return price_losses(model, simulated, regime, Luck(1))


def _whole() -> dict[str, object]:
    return {f"size.rho.{cause}": 1 for cause in model_of().groups.causes}


def _item(losses: LossTable, head: str) -> LossItem:
    (item,) = (item for item in losses.items if item.head == head)
    return item


def test_the_printed_scenario_of_100_000_persons_costs_154_million() -> None:
    losses = _scenario(100_000)
    heads = {head: amount for head, amount in losses.by_head().items() if amount.any()}
    printed = {
        "consulting": 5_000_000,
        "apology_letters": 10_000_000,
        "call_centre": 10_000_000,
        "apology_ads": 13_000_000,
        "legal_consultation": 1_000_000,
        "investigation": 1_000_000,
        "damages": 100_000_000,
        "litigation_costs": 14_000_000,
    }
    assert {head: set(amount.tolist()) for head, amount in heads.items()} == {
        head: {float(amount)} for head, amount in printed.items()
    }
    assert (losses.total() == 154_000_000).all()


@pytest.mark.parametrize("records", [10, 1_000, 1_001, 5_000, 5_001, 10_000, 99_999, 1_000_000])
def test_the_six_heads_are_those_of_the_plain_sum(records: int) -> None:
    # Mistake 7: triggers and fixed parts decide, not persons.
    heads = _scenario(records).by_head()
    event = {"notified": records, "reported": True, "media": True, "malicious": True}
    expected = response_of_one_event(event)
    for head in (*SIX, "apology_ads"):
        assert set(heads[head].tolist()) == {expected.get(head, 0.0)}


def test_response_costs_do_not_grow_in_proportion() -> None:
    # 175 M for a million persons, not 400 M; 26.1 M for 1,000 with every head, not 0.4 M.
    million = response_of_one_event(
        {"notified": 1_000_000, "reported": True, "media": True, "malicious": True}
    )
    assert sum(million.values()) == 5e6 + 1e6 + 100e6 + 55e6 + 1e6 + 13e6
    assert sum(million.values()) / 40e6 < 10


def test_a_typical_small_leak_costs_under_a_million() -> None:
    model = model_of(records=10)
    losses = price_losses(model, simulate_events(model, 4000, Luck(1)), "brochure", Luck(1))
    cause = np.asarray(losses.events.cause)
    plain = np.isin(cause, [losses.events.cause_names.index("misoperation")])
    assert np.median(losses.total()[plain]) < 1_000_000


@pytest.mark.parametrize("draw", [None, 0, 1])
def test_amounts_are_whole_yen_and_never_negative(draw: int | None) -> None:
    shares = dict.fromkeys(("sensitive_share", "card_share", "entrusted_share"), 0.5)
    client = Client(records=100_000, outsourced_share=0.5, income_share=0.5, **shares)
    assumptions = load_assumptions() if draw is None else load_assumptions().drawn(1, draw)
    model = build_model(client, assumptions, date(2026, 4, 1))
    simulated = simulate_events(model, 4000, Luck(1))
    for regime in ("brochure", "court"):
        losses = price_losses(model, simulated, regime, Luck(1))
        for item in losses.items:
            assert item.amount.shape == (simulated.table.n_events,)
            assert (item.amount == np.floor(item.amount)).all(), item.head
            assert (item.amount >= 0).all()
            if item.per_unit is not None:
                assert (item.per_unit == np.floor(item.per_unit)).all(), item.head
        assert len({item.head for item in losses.items}) == len(losses.items)


def test_both_regimes_share_every_response_cost() -> None:
    model = model_of(sensitive_share=0.5)
    simulated = simulate_events(model, 4000, Luck(1))
    once = response_costs(model, simulated, Luck(1))
    brochure = price_losses(model, simulated, "brochure", Luck(1))
    court = price_losses(model, simulated, "court", Luck(1), once).by_head()
    for item in once.items:
        np.testing.assert_array_equal(brochure.by_head()[item.head], court[item.head])


def test_a_change_of_one_head_moves_no_other() -> None:
    before, after = (
        price_losses(model, simulate_events(model, 2000, Luck(1)), "court", Luck(1)).by_head()
        for model in (model_of(), model_of({"cost.call_centre.per_person": 70}))
    )
    moved = {head for head in before if not np.array_equal(before[head], after[head])}
    assert moved == {"call_centre"}


def test_condolence_money_is_persons_times_yen_exactly() -> None:
    model = model_of({"claims.voluntary_probability.court": 0.3}, records=1_000_000)
    simulated = simulate_events(model, 8000, Luck(1))
    for regime, amounts in (("brochure", {500.0}), ("court", {500.0, 1000.0})):
        losses = price_losses(model, simulated, regime, Luck(1))
        gift = _item(losses, "condolence")
        assert gift.units is not None
        assert gift.per_unit is not None
        np.testing.assert_array_equal(gift.amount, gift.units * gift.per_unit)
        paid = gift.amount > 0
        assert set(gift.per_unit[paid].tolist()) == amounts
        np.testing.assert_array_equal(gift.units[paid], simulated.circumstances.notified[paid])
        sent = _item(losses, "condolence_shipping")
        assert sent.per_unit is not None
        assert sent.per_unit_before is not None
        assert sent.per_unit[0] == 150
        assert sent.per_unit_before[0] == 500
        if regime == "brochure":
            np.testing.assert_array_equal(sent.amount * 500, gift.amount * 150)
    assert "condolence" not in response_costs(model, simulated, Luck(1)).items


def test_vouchers_need_press_and_malice() -> None:
    model = model_of(records=1_000_000)
    simulated = simulate_events(model, 8000, Luck(1))
    at = simulated.circumstances
    possible = np.asarray(at.media) & (np.asarray(at.external) | np.asarray(at.insider))
    voucher = np.zeros(possible.size, dtype=np.bool_)
    voucher[response_costs(model, simulated, Luck(1)).voucher] = True
    assert not voucher[~possible].any()
    assert voucher[possible].mean() == pytest.approx(0.2, abs=4 * 0.4 / possible.sum() ** 0.5)


def test_income_leaks_with_misuse_are_compensated_at_10_000_yen() -> None:
    model = model_of(
        {"claims.voluntary_probability_misuse.court": 1, "event.confirmed_misuse.external": 1},
        income_share=1.0,
    )
    simulated = simulate_events(model, 2000, Luck(1))
    gift = _item(price_losses(model, simulated, "court", Luck(1)), "condolence")
    external = np.asarray(simulated.circumstances.external)
    assert gift.per_unit is not None
    assert set(gift.per_unit[external].tolist()) == {10_000.0}


def test_cyber_response_by_devices_replaces_the_fixed_sum() -> None:
    model = model_of({"cost.cyber_response.sigma": 0}, pcs=3, servers=2)
    simulated = simulate_events(model, 500, Luck(1))
    amount = price_losses(model, simulated, "court", Luck(1)).by_head()["cyber_response"]
    # 0.8 M + 3 × 1.2 M + 2 × 1.75 M.
    assert set(amount[np.asarray(simulated.circumstances.external)].tolist()) == {7_900_000.0}


def test_leaks_at_vendors_leave_the_clients_systems_alone() -> None:
    model = model_of(outsourced_share=1.0)
    simulated = simulate_events(model, 8000, Luck(1))
    heads = price_losses(model, simulated, "brochure", Luck(1)).by_head()
    vendor = np.asarray(simulated.circumstances.at_vendor)
    assert not heads["system_repair"][vendor].any()
    assert not heads["recourse_claim_costs"][~vendor].any()
    assert (heads["recourse_claim_costs"][vendor] > 0).mean() == pytest.approx(0.3, abs=0.05)


def test_entrusted_data_are_not_counted_twice() -> None:
    plain = {"cost.apology_letters.sigma": 0, "recourse.heads": ["apology_letters"]}
    model = model_of(plain, records=1_000_000, entrusted_share=1.0)
    simulated = simulate_events(model, 4000, Luck(1))
    heads = price_losses(model, simulated, "brochure", Luck(1)).by_head()
    told = simulated.circumstances.notified
    due = np.asarray(simulated.circumstances.reportable)
    np.testing.assert_array_equal(heads["apology_letters"][due], 100 * np.rint(0.2 * told[due]))
    np.testing.assert_array_equal(heads["entrustor_costs"][due], np.rint(50 * told[due]))
    given = heads["condolence"] > 0
    back = 500 * np.rint(0.5 * told[given])
    np.testing.assert_array_equal(heads["entrustor_condolence"][given], back)


def test_a_first_claim_is_dated_to_the_period_and_only_where_someone_claims() -> None:
    model = model_of()
    simulated = simulate_events(model, 8000, Luck(1))
    found = np.asarray(simulated.table.facts["discovered_on"])
    for regime in ("brochure", "court"):
        losses = price_losses(model, simulated, regime, Luck(1))
        day = np.asarray(losses.events.facts["claim_made_on"])
        claimed = ~np.isnat(day)
        assert claimed[losses.by_head()["damages"] > 0].all()
        assert claimed.any()
        assert not claimed.all()
        assert (day[claimed] >= found[claimed]).all()
        assert day[claimed].max() == np.datetime64("2027-03-31")
    assert "claim_made_on" not in simulated.table.facts


def test_the_claim_rate_of_the_reference_event_is_the_stated_one() -> None:
    logit = solved_logit(2e-4, 0.5, 2.3, -0.3, 100_000.0)
    nodes, weights = normal_nodes()
    mean = sum(
        float(w) * float(probability(logit, np.array([1e5]), False, float(z))[0])
        for z, w in zip(nodes, weights, strict=True)
    )
    assert mean == pytest.approx(2e-4, rel=1e-9)


def test_claimants_are_overdispersed() -> None:
    # Mistake 4: variance above 100 × binomial. κ = 2, so β = 18: that of the printed 6,547.
    model = model_of({"claims.kappa": 2}).claims["brochure"]
    n, b = 100_000, 100_000.0
    count = claimants(model, np.full(n, 0.1), np.full(n, b), Luck(3), "test")
    assert abs(count.mean() - 10_000) < 4 * count.std() / math.sqrt(n)
    assert count.std() == pytest.approx(6_547, rel=0.02)
    assert np.quantile(count, 0.99) == pytest.approx(30_091, rel=0.02)
    assert count.var() > 100 * b * 0.1 * 0.9


def test_without_overdispersion_claimants_are_binomial() -> None:
    model = model_of({"claims.kappa": math.inf}).claims["brochure"]
    n = 50_000
    count = claimants(model, np.full(n, 0.1), np.full(n, 100_000.0), Luck(3), "test")
    assert count.std() == pytest.approx(95, abs=2)
    assert np.quantile(count, 0.99) == pytest.approx(10_221, abs=8)
    small = claimants(model, np.full(n, 0.1), np.full(n, 3.0), Luck(3), "test")
    for c, p in enumerate((0.729, 0.243, 0.027, 0.001)):
        assert abs((small == c).mean() - p) < 4 * math.sqrt(p * (1 - p) / n)


@pytest.mark.parametrize("persons", [1.0, 30.0])
def test_claimants_of_small_leaks_follow_the_beta_binomial(persons: float) -> None:
    from scipy.stats import betabinom

    model = model_of().claims["brochure"]
    n = 100_000
    count = claimants(model, np.full(n, 0.1), np.full(n, persons), Luck(3), "test")
    for c in range(3):
        p = float(betabinom.pmf(c, int(persons), 0.5, 4.5))
        assert abs((count == c).mean() - p) < 4 * math.sqrt(p * (1 - p) / n) + 1e-12


def test_the_court_has_some_twenty_claimants_in_a_suit_of_100_000_persons() -> None:
    # Mistake 5.
    values = {**_whole(), **{f"size.alpha.{g}": 1 for g in GROUPS}}
    values |= {"claims.suit_probability_100000.court": 1, "claims.beta_pub.court": 0}
    model = model_of(values)
    simulated = simulate_events(model, 20_000, Luck(1))
    drawn: Claims = draw_claims(
        model.claims["court"], simulated.circumstances, simulated.factors.pub, Luck(1)
    )
    assert (drawn.suing >= 1).all()
    # 20 on average, and 1 in place of none: P(C = 0) = 0.156.
    assert drawn.suing.mean() == pytest.approx(20.16, abs=4 * 28 / math.sqrt(20_000))


def test_the_common_level_does_not_diversify() -> None:
    rng = np.random.default_rng(1)
    n = 20_000
    level = np.exp(0.6 * rng.standard_normal(n) - 0.18)
    count, nothing = np.full(n, 10_000), np.zeros(n)
    total = total_paid(count, level, nothing, 0.5, rng)
    assert total.std() / total.mean() == pytest.approx(0.65, abs=0.03)
    # All variance idiosyncratic: ln-variance 0.6² + 0.5².
    alone = total_paid(count, np.ones(n), nothing, math.sqrt(0.61), rng)
    assert alone.std() / alone.mean() == pytest.approx(0.009, abs=0.0005)


@pytest.mark.parametrize("count", [1, 40, 400])
def test_what_claimants_are_paid_has_the_exact_moments(count: int) -> None:
    rng = np.random.default_rng(2)
    n = 40_000
    total = total_paid(np.full(n, count), np.full(n, 800.0), np.full(n, 500.0), 0.5, rng)
    mean, variance = price_moments(np.full(1, 800.0), np.full(1, 500.0), 0.5)
    each = np.maximum(800 * np.exp(0.5 * rng.standard_normal(10**6) - 0.125) - 500, 0)
    assert mean[0] == pytest.approx(each.mean(), rel=0.01)
    assert variance[0] == pytest.approx(each.var(), rel=0.02)
    assert abs(total.mean() - count * mean[0]) < 4 * total.std() / math.sqrt(n)
    assert total.var() == pytest.approx(count * variance[0], rel=0.05)


def test_a_voucher_is_deducted() -> None:
    rng = np.random.default_rng(0)
    paid = total_paid(np.array([10, 10]), np.array([6000.0, 300.0]), np.full(2, 500.0), 0.0, rng)
    np.testing.assert_array_equal(paid, [55_000, 0])


def test_days_in_court_stand_beside_their_amount() -> None:
    model = model_of({"claims.suit_probability_100000.court": 1}, records=1_000_000)
    losses = price_losses(model, simulate_events(model, 4000, Luck(1)), "court", Luck(1))
    item = _item(losses, "court_attendance")
    assert item.officer_days is not None
    assert item.employee_days is not None
    expected = 50_000 * item.officer_days + 25_000 * item.employee_days
    np.testing.assert_array_equal(item.amount, expected)
    assert item.amount.any()


def test_card_misuse_needs_rate_and_amount() -> None:
    rate: dict[str, object] = {"claims.card_misuse.rate": 0.01}
    for values, expected in ((rate, False), ({**rate, "claims.card_misuse.amount": 50_000}, True)):
        model = model_of(values, card_share=1.0)
        losses = price_losses(model, simulate_events(model, 2000, Luck(1)), "court", Luck(1))
        assert ("card_misuse_damages" in losses.by_head()) == expected
    amount = losses.by_head()["card_misuse_damages"]
    np.testing.assert_array_equal(amount % 50_000, 0)
    persons = np.asarray(losses.events.persons).sum()
    assert amount.sum() / 50_000 / persons == pytest.approx(0.01, rel=0.02)


def test_heads_are_the_same_in_every_block() -> None:
    model = model_of(sensitive_share=0.1, entrusted_share=0.1)
    for regime in ("brochure", "court"):
        heads = {
            tuple(
                item.head
                for item in price_losses(
                    model, simulate_events(model, n, Luck(1, block)), regime, Luck(1, block)
                ).items
            )
            for block, n in enumerate((1, 2, 500))
        }
        assert len(heads) == 1


@pytest.mark.parametrize("records", [1, 100_000_000])
def test_extreme_clients_have_a_loss(records: int) -> None:
    model = model_of(
        records=records,
        outsourced_share=1.0,
        **dict.fromkeys(("sensitive_share", "card_share", "my_number_share"), 1.0),
    )
    simulated = simulate_events(model, 2000, Luck(1))
    for regime in ("brochure", "court"):
        total = price_losses(model, simulated, regime, Luck(1)).total()
        assert np.isfinite(total).all()
        assert (total > 0).all()
