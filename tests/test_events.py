import datetime
import itertools
import math

import numpy as np
import pytest
from support.model_reference import model_of

from exposure.model.build import build_model
from exposure.model.events import SimulatedEvents, simulate_events
from exposure.streams import Luck
from exposure.tables import CATEGORIES, DATES, FLAGS, EventTable

N = 20_000
MIXED = {
    "sensitive_share": 0.3,
    "card_share": 0.5,
    "my_number_share": 0.2,
    "entrusted_share": 0.4,
    "outsourced_share": 0.5,
    "abroad_share": 0.25,
    "employee_share": 0.2,
}


def _simulated(seed: int = 1, block: int = 0, **client: object) -> SimulatedEvents:
    return simulate_events(model_of(**client), N, Luck(seed, block))


def _day(table: EventTable, name: str) -> np.ndarray:
    return np.asarray(table.facts[name])


def _near(flag: object, p: float, within: object = True) -> bool:
    chosen = np.asarray(flag)[np.broadcast_to(np.asarray(within), np.asarray(flag).shape)]
    return bool(abs(chosen.mean() - p) < 4 * math.sqrt(p * (1 - p) / chosen.size))


def test_facts_have_the_names_of_the_case_schema() -> None:
    table = _simulated(**MIXED).table
    assert set(table.facts) <= set(FLAGS) | set(CATEGORIES) | set(DATES)
    assert set(table.exclusions) == {
        "officer_crime_or_intent",
        "insured_intent",
        "intentional_or_foreseen_harm",
        "knowing_law_violation",
        "knowing_illegal_or_harmful_act",
    }
    assert set(table.exceptions) == {"lost_or_stolen_medium"}
    for value in table.facts.values():
        assert np.ndim(value) == 0 or np.shape(value) == (table.n_events,)


def test_same_seed_same_bits_and_another_seed_or_block_others() -> None:
    first, again = _simulated(**MIXED), _simulated(**MIXED)
    for name, fact in first.table.facts.items():
        np.testing.assert_array_equal(np.asarray(fact), np.asarray(again.table.facts[name]))
    np.testing.assert_array_equal(first.factors.law, again.factors.law)
    for other in (_simulated(seed=2), _simulated(block=1)):
        assert other.table.persons is not None
        assert first.table.persons is not None
        assert not np.array_equal(first.table.persons[:N], other.table.persons[:N])


def test_what_holds_for_every_event_is_one_value() -> None:
    facts = _simulated().table.facts
    assert facts["data_location"] == 0
    assert facts["data_subject"] == 0
    assert facts["entrusted"] is False
    assert _simulated(entrusted_share=1.0).table.facts["entrusted"] is True
    everything = _simulated(sensitive_share=1.0).circumstances
    assert everything.sensitive == 1.0
    assert np.all(everything.reportable)


def test_shares_of_the_client_become_shares_of_events() -> None:
    simulated = _simulated(**MIXED)
    facts = simulated.table.facts
    assert _near(facts["entrusted"], 0.4)
    assert _near(facts["data_location"], 0.25)
    assert _near(np.asarray(facts["data_subject"]) == 1, 0.2)
    assert _near(simulated.circumstances.card, 0.5)


def test_the_outsourced_leak_at_vendors_too() -> None:
    table = _simulated(outsourced_share=1.0).table
    assert table.group is not None
    vendor = table.group_names.index("vendor")
    # 0.24 of the own events, so 0.24/1.24 of all.
    assert (table.group == vendor).mean() == pytest.approx(0.24 / 1.24, abs=0.01)


def test_reports_are_due_by_kind_cause_and_number() -> None:
    at = _simulated().circumstances
    malicious = np.asarray(at.external | at.insider)
    table = _simulated().table
    theft = np.asarray(table.cause) == table.cause_names.index("theft")
    np.testing.assert_array_equal(at.reportable, malicious | theft | (at.persons > 1000))
    # Mistake 7: 1,000 persons need no report, 1,001 do.
    whole = {f"size.rho.{c}": 1 for c in table.cause_names}
    whole |= {f"size.alpha.{g}": 1 for g in ("external", "insider", "physical", "error", "other")}
    for records, due in ((1000, False), (1001, True)):
        simulated = simulate_events(model_of(whole, records=records), 2000, Luck(1))
        at = simulated.circumstances
        assert (at.persons == records).all()
        codes = np.asarray(simulated.table.cause)
        plain = ~np.asarray(at.external | at.insider)
        plain &= codes != table.cause_names.index("theft")
        assert (np.asarray(at.reportable)[plain] == due).all()
        assert np.asarray(at.reportable)[~plain].all()


def test_my_number_is_reported_above_a_hundred() -> None:
    at = _simulated(my_number_share=1.0).circumstances
    assert at.reportable[at.persons > 100].all()
    assert not at.reportable.all()


def test_publicity_follows_the_index() -> None:
    model = model_of({"event.publicity.pi_0": -1, "event.publicity.pi_B": 0})
    simulated = simulate_events(model, N, Luck(1))
    loud = np.asarray(simulated.circumstances.external | simulated.circumstances.insider)
    nodes, weights = np.polynomial.hermite_e.hermegauss(64)
    weights /= weights.sum()
    for malicious, level in ((True, 0.0), (False, -1.0)):
        expected = float(weights @ (1 / (1 + np.exp(-level - nodes))))
        assert _near(simulated.circumstances.media, expected, loud == malicious)


def test_exclusions_belong_to_the_clients_own_insiders() -> None:
    simulated = _simulated(records=1_000_000, outsourced_share=1.0)
    exclusions = simulated.table.exclusions
    own = np.asarray(
        simulated.circumstances.insider & ~np.asarray(simulated.circumstances.at_vendor)
    )
    intent, knowing = exclusions["insured_intent"], exclusions["knowing_law_violation"]
    assert _near(intent, 0.05, own)
    assert _near(knowing, 0.01, own)
    assert not np.asarray(intent)[~own].any()
    either = exclusions["knowing_illegal_or_harmful_act"]
    np.testing.assert_array_equal(either, np.asarray(intent) | np.asarray(knowing))
    assert exclusions["officer_crime_or_intent"] is intent
    lost = simulated.table.exceptions["lost_or_stolen_medium"]
    names = simulated.table.cause_names
    physical = [names.index("theft"), names.index("loss_misplacement")]
    np.testing.assert_array_equal(lost, np.isin(simulated.table.cause, physical))


def test_suspicion_by_group() -> None:
    simulated = _simulated()
    suspected = np.asarray(simulated.table.facts["leak_status"])
    assert _near(suspected, 0.3, simulated.circumstances.external)
    assert _near(suspected, 0.05, simulated.circumstances.insider)


def test_dates_are_in_order_and_discovery_in_the_period() -> None:
    table = _simulated(**MIXED).table
    leaked, found = _day(table, "leaked_on"), _day(table, "discovered_on")
    assert (leaked <= found).all()
    assert found.min() >= np.datetime64("2026-04-01")
    assert found.max() <= np.datetime64("2027-03-31")
    np.testing.assert_array_equal(_day(table, "notified_on") - found, np.timedelta64(7, "D"))
    slices = list(table.years.slices())
    for before, after in itertools.pairwise(slices):
        later = found[after]
        assert (later >= found[before][: later.size]).all()
    known = ~np.isnat(_day(table, "security_discovered_on"))
    np.testing.assert_array_equal(known, _simulated(**MIXED).circumstances.external)


def test_the_lag_to_discovery_has_its_median_by_group() -> None:
    simulated = _simulated(records=1_000_000)
    table = simulated.table
    lag = (_day(table, "discovered_on") - _day(table, "leaked_on")).astype(int)
    # Half of the lags are below the median of 60 days.
    assert _near(lag < 60, 0.5, simulated.circumstances.external)


@pytest.mark.parametrize(
    ("inception", "last"),
    [
        ("2026-04-01", "2027-03-31"),
        ("2023-04-01", "2024-03-31"),
        ("2024-02-29", "2025-02-28"),
    ],
)
def test_the_policy_year_ends_the_day_before_the_anniversary(inception: str, last: str) -> None:
    from exposure.inputs.assumptions import load_assumptions
    from exposure.inputs.client import Client

    model = build_model(
        Client(records=1000), load_assumptions(), datetime.date.fromisoformat(inception)
    )
    assert model.last_day == np.datetime64(last)


def test_a_change_of_publicity_moves_neither_sizes_nor_dates() -> None:
    plain = _simulated()
    loud = simulate_events(model_of({"event.publicity.pi_0": 0}), N, Luck(1))
    np.testing.assert_array_equal(plain.table.persons, loud.table.persons)
    np.testing.assert_array_equal(_day(plain.table, "leaked_on"), _day(loud.table, "leaked_on"))
    assert np.asarray(loud.circumstances.media)[np.asarray(plain.circumstances.media)].all()


def test_first_events_keep_their_size_when_more_is_held() -> None:
    flat = {f"frequency.epsilon.{g}": 0 for g in ("external", "insider", "error", "other")}
    smaller, larger = (
        simulate_events(model_of(flat, records=r), N, Luck(1)).table for r in (50_000, 500_000)
    )
    np.testing.assert_array_equal(smaller.cause, larger.cause)
    assert (np.asarray(larger.persons) >= np.asarray(smaller.persons)).all()


def test_a_year_factor_is_shared_by_the_events_of_a_year() -> None:
    simulated = simulate_events(model_of({"event.loading.year.Y": 0.1}), N, Luck(1))
    year = np.asarray(simulated.factors.year)
    years = simulated.table.years
    second = list(years.slices())[1]
    np.testing.assert_array_equal(year[second], year[: years.sizes[1]])
