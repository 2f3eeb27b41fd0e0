"""Simulated years pushed through plans: what must hold whatever the numbers are."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
import pytest

from exposure.inputs.study_file import study_from_mapping
from exposure.measures.adequacy import Tally, event_tally
from exposure.model.events import simulate_events
from exposure.model.losses import BLOCK_YEARS, price_losses
from exposure.policy.assignment import losses_for
from exposure.policy.interpreter import pay
from exposure.policy.plan import Plan, plan
from exposure.simulation.figures import size_distribution
from exposure.simulation.loss_years import RegimeYears, policy_period, simulate_study
from exposure.simulation.tallies import PER_UNIT, cuts
from exposure.streams import Luck
from exposure.study.answer import Setting, prepare

PLANS = ("nipponkoa_2006/B", "aiu_2015@limit=50000000", "sompo_alive_leak_limited")
PRO_RATA = (
    "galileo_generic@limit_per_event=30000000@cost_limit_per_event=10000000"
    "@response_period_days=180"
)
YEARS = 3000


def setting(plans: tuple[str, ...] = PLANS, **more: Any) -> Setting:
    raw = {
        "client": {"records": 100_000},
        "plan": [{"id": identifier} for identifier in plans],
        **more,
    }
    return prepare(study_from_mapping(raw, "test"))


def built(identifiers: tuple[str, ...] = PLANS) -> tuple[Plan, ...]:
    """The plans in this very order, without the endorsements that a study would try."""
    return tuple(plan(identifier) for identifier in identifiers)


@cache
def years(plans: tuple[str, ...] = PLANS, seed: int = 1, n: int = YEARS) -> dict[str, RegimeYears]:
    found = setting(plans)
    model = found.model_of(found.assumptions)
    return simulate_study(model, ("brochure", "court"), built(plans), (), loss_years=n, seed=seed)


def test_another_plan_or_another_order_changes_no_plan() -> None:
    alone, turned = years(PLANS[:1]), years(PLANS[::-1])
    for regime, together in years().items():
        first = together.plans[0]
        for other in (alone[regime].plans[0], turned[regime].plans[-1]):
            assert other.retained.tolist() == first.retained.tolist()
            assert other.unpaid == first.unpaid
            assert (other.event, other.year, other.cuts) == (first.event, first.year, first.cuts)


def test_regimes_share_events_and_differ_in_claims_alone() -> None:
    brochure, court = years().values()
    assert brochure.count_by_cause == court.count_by_cause
    assert brochure.by_head["call_centre"] == court.by_head["call_centre"]
    assert brochure.by_head["damages"] != court.by_head["damages"]


def test_what_is_unpaid_by_reason_is_what_is_retained() -> None:
    for of_regime in years().values():
        for one in of_regime.plans:
            assert math.isclose(sum(one.unpaid.values()), one.retained.sum())
            assert math.isclose(one.paid_total, (of_regime.gross - one.retained).sum())
            assert min(one.unpaid.values()) >= 0
            assert one.retained.min() >= 0


def test_limits_cut_what_is_unpaid_because_of_limits() -> None:
    """Costs outside a limit are cut pro rata where damages exceed it, which is its doing too."""
    for of_regime in years((*PLANS, PRO_RATA)).values():
        for one in of_regime.plans:
            because = one.unpaid["limit"] + one.unpaid["sublimit"]
            assert one.all_cuts.amount == because == sum(cut.amount for cut in one.cuts.values())
    pro_rata = years((*PLANS, PRO_RATA))["brochure"].plans[-1].cuts["litigation"]
    assert pro_rata.amount > 0
    assert pro_rata.events > 0


def test_heads_and_causes_add_up_to_the_gross_loss() -> None:
    for of_regime in years().values():
        total = of_regime.gross.sum()
        assert math.isclose(sum(of_regime.by_head.values()), total)
        assert math.isclose(sum(of_regime.by_cause.values()), total)
        assert of_regime.events.sum() == total
        assert (of_regime.largest <= of_regime.gross).all()
        assert sum(of_regime.count_by_cause.values()) == of_regime.events.size


def test_a_plain_loop_over_events_finds_the_same_tallies() -> None:
    found = setting()
    model = found.model_of(found.assumptions)
    events = simulate_events(model, YEARS, Luck(1))
    losses = price_losses(model, events, "court", Luck(1))
    for one, kept in zip(built(), years()["court"].plans, strict=True):
        table = pay(one, losses_for(one, losses), policy_period(model))
        covered, within = table.is_covered(), table.is_within_limits()
        enough = sum(1 for c, w in zip(covered, within, strict=True) if c and w)
        assert kept.event == event_tally(within, covered, losses.events.years)
        assert (kept.event.n_ok, kept.event.n) == (enough, int(covered.sum()))
        seen: dict[int, list[bool]] = {}
        year_of_event = losses.events.years.year_of_event().tolist()
        for year, c, w in zip(year_of_event, covered, within, strict=True):
            if c:
                seen.setdefault(year, []).append(bool(w))
        assert kept.year == Tally(sum(all(ok) for ok in seen.values()), len(seen))
        flags = {name: flag for name, flag in cuts(table).items() if not name.endswith(PER_UNIT)}
        assert {name: cut.events for name, cut in kept.cuts.items()} == {
            name: int(flag.sum()) for name, flag in flags.items()
        }
        for name, cut in kept.cuts.items():
            payment, of_year = table.payments[name], dict.fromkeys(range(YEARS), 0.0)
            lost = payment.due.after_share - payment.payable
            for year, amount in zip(year_of_event, lost.tolist(), strict=True):
                of_year[year] += amount
            assert cut.amount == sum(of_year.values())
            assert cut.squares == pytest.approx(sum(one**2 for one in of_year.values()))


def test_halving_the_rate_leaves_the_adequacy_of_a_breach_unchanged() -> None:
    """The two shares differ by less than five standard errors (one in two million seeds)."""
    full, half = (
        setting(assumptions={"frequency.m.*": {"value": factor, "reason": "試験"}})
        for factor in (0.4, 0.2)
    )
    tallies = []
    for found in (full, half):
        model = found.model_of(found.assumptions)
        simulated = simulate_study(
            model, ("court",), built(), (), loss_years=6000, seed=4, by_reason=False
        )
        tallies.append([plan.event for plan in simulated["court"].plans])
    for a, b in zip(*tallies, strict=True):
        share = (a.n_ok + b.n_ok) / (a.n + b.n)
        error = math.sqrt(share * (1 - share) * (1 / a.n + 1 / b.n))
        assert abs(a.n_ok / a.n - b.n_ok / b.n) <= 5 * error
    rates = [found.model_of(found.assumptions).events_per_year.sum() for found in (full, half)]
    assert math.isclose(rates[0], 2 * rates[1])


def test_the_empty_years_are_exactly_those_that_a_plain_draw_leaves_empty() -> None:
    """Conditioned on a breach, weighted by 1 − p₀: the mean number of breaches is the rate.

    Within five standard errors; the rate is known in closed form.
    """
    found = setting()
    model = found.model_of(found.assumptions)
    of_regime = years()["court"]
    per_loss_year = of_regime.events.size / YEARS
    expected = model.events_per_year.sum() / (1 - model.empty_probability)
    counts = simulate_events(model, YEARS, Luck(1)).table.years
    spread = counts.sum(np.ones(counts.n_events)).std() / math.sqrt(YEARS)
    assert abs(per_loss_year - expected) < 5 * spread


def test_blocks_are_reported_as_they_are_done() -> None:
    seen: list[tuple[int, int]] = []
    found = setting(PLANS[:1])
    simulate_study(
        found.model_of(found.assumptions), ("court",), built(PLANS[:1]), (),
        loss_years=20_000, seed=1, progress=lambda done, total: seen.append((done, total)),
    )  # fmt: skip
    assert seen == [(16_384, 20_000), (20_000, 20_000)]


def test_the_policy_year_is_the_model_year() -> None:
    found = setting()
    period = policy_period(found.model_of(found.assumptions))
    assert (str(period.start), str(period.end)) == ("2026-04-01", "2027-03-31")
    assert period.first_inception == period.start


@pytest.mark.parametrize("section", ["liability", "cost"])
def test_a_section_is_counted_by_its_own_limits(section: str) -> None:
    found = years()["court"].plans[0]
    tally = found.sections[section]
    assert 0 < tally.n <= found.event.n
    cut = sum(one.events for term, one in found.cuts.items() if term.startswith(section))
    assert tally.n - tally.n_ok <= cut + sum(
        one.events for term, one in found.cuts.items() if term in ("dispute", "entrustor")
    )


def test_sizes_are_those_of_all_years_with_intervals() -> None:
    study = study_from_mapping(
        {"client": {"records": 20_000}, "plan": [{"id": "nipponkoa_2006/A"}]}, "sizes"
    )
    own = prepare(study)
    model = own.model_of(own.assumptions)
    more = BLOCK_YEARS + 500
    found = simulate_study(model, ("court",), (), (), loss_years=more, seed=1)["court"]
    persons = found.persons
    assert persons is not None
    assert persons.size == found.events.size > more
    size = size_distribution(found, 20_000, own.measure, own.assumptions)
    assert size is not None
    assert size.events == persons.size
    assert size.mean.value == pytest.approx(persons.mean())
    for level, one in size.quantiles.items():
        exact = np.quantile(persons, float(level), method="inverted_cdf")
        assert one.value == exact
        assert one.low is not None
        assert one.low <= exact
    full = (persons == 20_000).mean()
    assert size.full_share.value == pytest.approx(full)
    assert size.full_share.low < full < size.full_share.high  # type: ignore[operator]  # both are there
    shares = [band.share.value for band in size.bands]
    assert sum(shares) + full == pytest.approx(1)  # type: ignore[arg-type]  # every band has one
    assert shares[0] == pytest.approx((persons <= size.bands[0].up_to).mean())
