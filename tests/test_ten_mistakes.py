"""Ten mistakes a model like this can make: each check passes, and fails once the mistake is in.

``CHECKS`` hold the right behaviour; ``PLANTED`` puts each mistake into the program by replacing one
function, as a wrong edit would.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import chisquare
from support.model_reference import model_of, with_values

import exposure.measures.adequacy as adequacy_module
import exposure.measures.exceedance as exceedance_module
import exposure.model.claim_costs as litigation_module
import exposure.model.claims as claims_module
import exposure.model.costs as costs_module
import exposure.model.frequency as frequency_module
import exposure.model.frequency as history_module
import exposure.model.sizes as sizes_module
import exposure.policy.plan as plans_module
from exposure.errors import DataError
from exposure.inputs.assumptions import Assumptions
from exposure.inputs.study_file import study_from_mapping
from exposure.measures.exceedance import TailMeasures
from exposure.measures.intervals import Estimate
from exposure.model.events import simulate_events
from exposure.model.losses import price_losses
from exposure.policy.interpreter import pay
from exposure.streams import Luck
from exposure.study.incidents import printed_scenarios
from exposure.tables import Annual
from exposure.validation.expected import mean_annual_loss

Monkey = pytest.MonkeyPatch

PERSONS_2013 = {"unauthorised_access": 0.787, "management_error": 0.092, "loss_misplacement": 0.061,
                "misconfiguration": 0.027, "misoperation": 0.017, "theft": 0.004,
                "bug_security_hole": 0.0004, "worm_virus": 0.0002, "unauthorised_take_out": 0.001,
                "insider_crime": 0.00004, "other_unknown": 0.01136}  # fmt: skip


# ---- 1. Shares of persons used as probabilities of causes


def causes_are_drawn_by_incidents() -> None:
    model = model_of(records=30_000)
    table = simulate_events(model, 20_000, Luck(31)).table
    assert table.cause is not None
    observed = np.bincount(table.cause, minlength=11)
    shares = {
        "misoperation": 0.246, "management_error": 0.122, "loss_misplacement": 0.262,
        "theft": 0.038, "unauthorised_access": 0.203, "unauthorised_take_out": 0.023,
        "misconfiguration": 0.036, "insider_crime": 0.029, "bug_security_hole": 0.018,
        "worm_virus": 0.005, "other_unknown": 0.018,
    }  # fmt: skip
    # Shares of incidents within attacks, leaks by insiders and the rest, at their anchored rates.
    attack = {"unauthorised_access", "bug_security_hole", "worm_virus"}
    insider = {"unauthorised_take_out", "insider_crime"}
    classes = (attack, insider, set(shares) - attack - insider)
    expected = np.zeros(11)
    for members, rate in zip(classes, (0.01982, 0.00234, 0.0655), strict=True):
        whole = sum(shares[cause] for cause in members)
        for place, cause in enumerate(table.cause_names):
            if cause in members:
                expected[place] = rate * shares[cause] / whole
    expected *= observed.sum() / expected.sum()
    assert chisquare(observed, expected).pvalue > 1e-4


def plant_person_shares(patch: Monkey) -> None:
    value = Assumptions.value

    def by_persons(self: Assumptions, name: str) -> float:
        _, _, cause = name.partition("cause.share.")
        return PERSONS_2013[cause] if cause else value(self, name)

    patch.setattr(Assumptions, "value", by_persons)


# ---- 2. A size distribution of a population cut at N


def sizes_reach_the_whole_database() -> None:
    values: dict[str, object] = {"size.a": 4, "size.b": 2, "size.sigma": 2}
    values |= {f"size.rho.{c}": 0.4 for c in model_of().groups.causes}
    values |= {f"size.m.{c}": 4 for c in model_of().groups.causes}
    values |= {
        f"size.alpha.{g}": 0.25 for g in ("external", "insider", "physical", "error", "other")
    }
    model, n = model_of(values, records=1_000_000), 100_000
    b = sizes_module.draw_sizes(model.sizes, np.zeros(n, dtype=np.int8), Luck(32)).persons
    # ρα (K/N)^γ = 0.1 × 0.1^0.4, and E[B]/N = 0.0813, not 0.016.
    assert abs((b == 1_000_000).mean() - 0.0398) < 4 * math.sqrt(0.04 / n)
    assert b.mean() / 1e6 == pytest.approx(0.08132, abs=4 * b.std() / 1e6 / math.sqrt(n))


def plant_a_capped_lognormal(patch: Monkey) -> None:
    def capped(model: sizes_module.SizeModel, cause: np.ndarray, luck: Luck):
        z = np.random.default_rng(luck.seed).standard_normal(cause.size)
        b = np.minimum(np.ceil(np.exp(3.62 + 3.29 * z)), model.records)
        return sizes_module.Sizes(b, b, np.zeros(b.size, dtype=np.bool_))

    patch.setattr(sizes_module, "draw_sizes", capped)


# ---- 3. The rate of one population with the sizes of another


def populations_are_not_mixed() -> None:
    refused = False
    try:
        model_of({"frequency.conversion": "none"})
    except DataError:
        refused = True
    assert refused


def plant_mixed_populations(patch: Monkey) -> None:
    patch.setattr(frequency_module, "_refuse_mixed_populations", lambda assumptions: None)


# ---- 4. Independent claimants


def claimants_vary_together() -> None:
    model = model_of()
    simulated = simulate_events(model, 4000, Luck(33))
    n = simulated.circumstances.persons.size
    at = replace(simulated.circumstances, persons=np.full(n, 100_000.0))
    claims = claims_module.draw_claims(
        model.claims["brochure"], at, simulated.factors.pub, Luck(33)
    )
    assert claims.suing.var() > 100 * 100_000 * 0.1 * 0.9


def plant_independent_claimants(patch: Monkey) -> None:
    patch.setattr(
        claims_module,
        "_rates_of_events",
        lambda model, rate, n, luck, purpose: np.array(np.broadcast_to(rate, n)),
    )


# ---- 5. The brochure's claim rate taken as data


def courts_see_twenty_claimants_and_both_regimes_are_shown() -> None:
    model = model_of({"claims.suit_probability_100000.court": 1})
    simulated = simulate_events(model, 4000, Luck(34))
    n = simulated.circumstances.persons.size
    at = replace(simulated.circumstances, persons=np.full(n, 100_000.0), sensitive=False)
    suing = claims_module.draw_claims(
        model.claims["court"], at, simulated.factors.pub, Luck(34)
    ).suing
    # At least one joins: the mean is a little above 0.02 % of 100,000.
    assert suing.mean() == pytest.approx(20, abs=1 + 4 * suing.std() / math.sqrt(n))
    study = study_from_mapping({"client": {"records": 1000}}, "s")
    assert study.study.regimes == ("brochure", "court")


def plant_the_brochure_rate(patch: Monkey) -> None:
    value = Assumptions.value
    patch.setattr(
        Assumptions,
        "value",
        lambda self, name: value(self, name.replace("claims.rate.court", "claims.rate.brochure")),
    )


# ---- 6. The lawyers' fee on the amount paid


def fees_follow_what_is_claimed_and_avoided() -> None:
    scale = litigation_module.fee_scale(with_values({}))
    fee = litigation_module.defence_fee
    assert float(fee(100e6, 100e6, 1, scale)) == pytest.approx(3_690_000)
    assert float(fee(200e6, 100e6, 1, scale)) == pytest.approx(14_070_000)


def plant_fees_on_the_amount_paid(patch: Monkey) -> None:
    patch.setattr(
        litigation_module,
        "defence_fee",
        lambda claimed, paid, instances, scale: (
            litigation_module.retainer(paid, scale) + litigation_module.success_fee(paid, scale)
        ),
    )


# ---- 7. Response costs in proportion to persons, or every head triggered


def _losses(records: int) -> np.ndarray:
    printed = dict(printed_scenarios()["aiu_2015"].assumptions)
    model = model_of({**printed, "size.reach.gamma": 0, "claims.rate.brochure": 0}, records=records)
    return price_losses(model, simulate_events(model, 20, Luck(35)), "brochure", Luck(35)).total()


def costs_follow_triggers_not_persons() -> None:
    assert set(_losses(100_000).tolist()) == {40_000_000.0}
    assert _losses(1_000_000).max() < 10 * 40_000_000
    usual = model_of(records=10)
    small = price_losses(usual, simulate_events(usual, 4000, Luck(36)), "court", Luck(36)).total()
    assert np.median(small) < 1_000_000


def plant_costs_in_proportion(patch: Monkey) -> None:
    picked = costs_module.gather
    patch.setattr(
        costs_module,
        "plain_amounts",
        lambda head, spent, at: picked(at.notified, spent) * 400 / 6,
    )


def plant_every_trigger(patch: Monkey) -> None:
    import exposure.model.events as spending_module

    patch.setattr(spending_module, "meets_condition", lambda head, at, others: True)


# ---- 8. Measures that flatter, and the TVaR at atoms


def measures_are_given_a_breach_and_right_at_atoms() -> None:
    # Probabilities .90, .06 and .04 of 0, 1 million and 100 million: 80.2 million at 95 %.
    annual = Annual(np.array([1e6] * 6 + [100e6] * 4), 0.9)
    measures = exceedance_module.tail_measures(annual, [0.95], level=0.9, largest_share=1.0)
    assert measures.tvar[0].value == pytest.approx(80.2e6)
    # Two covered breaches, one within the limits; two more that no cover takes.
    ok, covered = np.array([True, False, True, True]), np.array([True, True, False, False])
    tally = adequacy_module.event_tally(ok, covered, None)
    assert adequacy_module.adequacy(tally, level=0.9).value == 0.5


def plant_the_mean_beyond_the_var(patch: Monkey) -> None:
    right = exceedance_module.tail_measures

    def shortcut(annual: Annual, levels: list[float], **precision: float) -> TailMeasures:
        beyond = annual.values[annual.values > 1e6]
        wrong = Estimate(float(beyond.mean()), 0.0, math.inf)
        return replace(right(annual, levels, **precision), tvar=(wrong,))

    patch.setattr(exceedance_module, "tail_measures", shortcut)


def plant_adequacy_over_everything(patch: Monkey) -> None:
    tally = adequacy_module.event_tally
    patch.setattr(
        adequacy_module,
        "event_tally",
        lambda ok, covered, years: tally(ok | ~covered, np.ones_like(covered), years),
    )


# ---- 9. Sublimits frozen while the limit varies


def sublimits_follow_the_limit() -> None:
    plans_module._keep_plan.cache_clear()
    case = printed_scenarios()["aiu_2015"].case
    paid = {
        100: 100_000_000,
        200: 139_000_000,
        300: 149_000_000,
        315: 150_500_000,
        500: 150_500_000,
    }
    for million, expected in paid.items():
        chosen = f"aiu_2015@limit={million}000000@deductible=0@own_share_percent=0"
        table = pay(plans_module.plan(chosen), case.losses, case.period)
        assert float(table.paid[0]) == expected
        unpaid = sum(float(amount[0]) for amount in table.unpaid_by_reason().values())
        assert unpaid == 154_000_000 - expected


def plant_frozen_sublimits(patch: Monkey) -> None:
    layers_of = plans_module.layers_of

    def frozen(wording: object, where: str):
        return tuple(
            replace(layer, event_limit=10_000_000.0, period_limit=10_000_000.0)
            if layer.name == "execution"
            else layer
            for layer in layers_of(wording, where)
        )

    patch.setattr(plans_module, "layers_of", frozen)


# ---- 10. Empty years forgotten


def empty_years_count() -> None:
    model = model_of(records=10_000)
    simulated = simulate_events(model, 2**14, Luck(37))
    gross = simulated.table.years.sum(price_losses(model, simulated, "court", Luck(37)).total())
    some = 1 - model.empty_probability
    error = some * gross.std() / math.sqrt(gross.size)
    assert abs(some * gross.mean() - mean_annual_loss(model, "court")) < 4 * error
    raised = False
    try:
        Annual(gross)  # type: ignore[call-arg]
    except TypeError:
        raised = True
    assert raised


def plant_forgotten_empty_years(patch: Monkey) -> None:
    patch.setattr(history_module.CountMixture, "empty_probability", property(lambda self: 0.0))


PLANTED: dict[str, tuple[Callable[[], None], Callable[[Monkey], None]]] = {
    "1 person shares as cause probabilities": (causes_are_drawn_by_incidents, plant_person_shares),
    "2 population sizes cut at N": (sizes_reach_the_whole_database, plant_a_capped_lognormal),
    "3 rate and sizes of two populations": (populations_are_not_mixed, plant_mixed_populations),
    "4 independent claimants": (claimants_vary_together, plant_independent_claimants),
    "5 brochure claim rate as data": (
        courts_see_twenty_claimants_and_both_regimes_are_shown, plant_the_brochure_rate),
    "6 fee on the amount paid": (
        fees_follow_what_is_claimed_and_avoided, plant_fees_on_the_amount_paid),
    "7a costs in proportion to persons": (
        costs_follow_triggers_not_persons, plant_costs_in_proportion),
    "7b every head triggered": (costs_follow_triggers_not_persons, plant_every_trigger),
    "8a mean beyond the VaR as TVaR": (
        measures_are_given_a_breach_and_right_at_atoms, plant_the_mean_beyond_the_var),
    "8b adequacy over everything": (
        measures_are_given_a_breach_and_right_at_atoms, plant_adequacy_over_everything),
    "9 frozen sublimits": (sublimits_follow_the_limit, plant_frozen_sublimits),
    "10 empty years forgotten": (empty_years_count, plant_forgotten_empty_years),
}  # fmt: skip


@pytest.mark.parametrize("mistake", PLANTED)
def test_the_check_passes_and_fails_with_the_mistake_in(mistake: str, monkeypatch: Monkey) -> None:
    check, plant = PLANTED[mistake]
    check()
    plant(monkeypatch)
    with pytest.raises(AssertionError):
        check()
    monkeypatch.undo()
    plans_module._keep_plan.cache_clear()


# ---- further traps of one line each


@pytest.mark.parametrize(("records", "reported"), [(1_000, False), (1_001, True)])
def test_a_report_is_due_from_a_thousand_and_one_persons(records: int, reported: bool) -> None:
    causes = model_of().groups.causes
    values: dict[str, object] = {f"cause.share.{c}": float(c == "misoperation") for c in causes}
    values |= {"size.rho.misoperation": 1, "size.alpha.error": 1}
    model = model_of(values, records=records)
    flags = simulate_events(model, 200, Luck(38)).circumstances.reportable
    assert set(np.atleast_1d(flags).tolist()) == {reported}


def test_vouchers_are_a_cost_and_never_damages() -> None:
    model = model_of({"cost.condolence.probability": 1})
    simulated = simulate_events(model, 4000, Luck(39))
    heads = price_losses(model, simulated, "brochure", Luck(39)).by_head()
    silent = model_of({"cost.condolence.probability": 0})
    plain = price_losses(
        silent, simulate_events(silent, 4000, Luck(39)), "brochure", Luck(39)
    ).by_head()
    # 500 yen given before are deducted from 10,000, and appear under their own head once.
    assert heads["condolence"].sum() > 0
    assert heads["damages"].sum() < plain["damages"].sum()


@pytest.mark.parametrize(
    ("client", "values"),
    [
        ({"records": 1}, {}),
        ({"records": 100_000_000}, {}),
        ({"records": 50_000, "sensitive_share": 1.0, "card_share": 1.0, "income_share": 1.0,
          "my_number_share": 1.0}, {}),
        ({"records": 50_000, "outsourced_share": 1.0, "entrusted_share": 1.0}, {}),
        ({"records": 50_000}, {"frequency.m.*": 1000}),
        ({"records": 50_000, "incidents_last_3_years": 0}, {"frequency.m.*": 1e-9}),
    ],
)  # fmt: skip
@pytest.mark.parametrize("regime", ["brochure", "court"])
def test_extreme_clients_are_priced(
    client: dict[str, object], values: dict[str, object], regime: str
) -> None:
    model = model_of(values, **client)
    simulated = simulate_events(model, 200, Luck(40))
    total = price_losses(model, simulated, regime, Luck(40)).total()
    assert np.isfinite(total).all()
    assert (total >= 0).all()
    assert (total == np.rint(total)).all()
    assert 0 <= model.empty_probability <= 1


def test_no_records_at_all_are_refused() -> None:
    with pytest.raises(DataError, match=r"client\.records = 0: expected a whole number"):
        study_from_mapping({"client": {"records": 0}}, "s")


def test_a_rate_of_zero_leaves_nothing_to_simulate() -> None:
    zero = {
        f"frequency.m.{g}": 1e-300 for g in ("external", "insider", "physical", "error", "other")
    }
    anchored = ("external.certified", "rest.certified_over_1000", "insider.base")
    with pytest.raises(DataError, match="nothing to simulate"):
        model_of({**zero, **{f"frequency.{name}": 1e-300 for name in anchored}})
