"""Business interruption and fines: off by default, uninsured, and priced when stated."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
from support.model_reference import model_of

from exposure.model.events import simulate_events
from exposure.model.losses import price_losses
from exposure.policy.assignment import losses_for
from exposure.policy.interpreter import pay
from exposure.policy.plan import plan
from exposure.simulation.loss_years import policy_period
from exposure.streams import Luck
from exposure.validation.expected import mean_annual_losses

ON: dict[str, object] = {
    "option.business_interruption.daily_gross_profit": 1_000_000,
    "option.fines.amount": 5_000_000,
    "option.fines.probability": 0.5,
}


def priced(values: dict[str, object], n: int = 2**13, **client: object):
    model = model_of(values, **client)
    simulated = simulate_events(model, n, Luck(51))
    return model, simulated, price_losses(model, simulated, "court", Luck(51))


def test_neither_is_there_by_default() -> None:
    _, _, losses = priced({}, 500)
    assert not {"business_interruption", "fines"} & set(losses.by_head())


def test_stating_them_moves_no_other_head() -> None:
    _, _, without = priced({}, 500)
    _, _, losses = priced(ON, 500)
    for head, amount in without.by_head().items():
        np.testing.assert_array_equal(losses.by_head()[head], amount)


def test_business_stops_after_external_attacks_on_own_systems_only() -> None:
    _, simulated, losses = priced(ON, outsourced_share=1.0)
    stopped = losses.by_head()["business_interruption"]
    at = simulated.circumstances
    own_attack = np.asarray(at.external) & ~np.asarray(at.at_vendor)
    assert ((stopped > 0) == own_attack).all()
    # 5.8 days × 1 million × one half on average.
    sample = stopped[own_attack]
    assert abs(sample.mean() - 2_900_000) < 4 * sample.std() / math.sqrt(sample.size)


def test_fines_follow_the_duty_to_report() -> None:
    _, simulated, losses = priced(ON)
    fined = losses.by_head()["fines"]
    due = np.asarray(simulated.circumstances.reportable)
    assert not fined[~due].any()
    assert set(fined[due].tolist()) == {0.0, 5_000_000.0}
    assert abs((fined[due] > 0).mean() - 0.5) < 4 * 0.5 / math.sqrt(due.sum())


def test_their_mean_is_that_of_the_closed_form() -> None:
    model, simulated, losses = priced(ON, 2**14, records=5_000)
    expected = mean_annual_losses(model, "court")
    some = 1 - model.empty_probability
    for head in ("business_interruption", "fines"):
        annual = simulated.table.years.sum(losses.by_head()[head])
        error = some * annual.std() / math.sqrt(annual.size)
        assert abs(some * annual.mean() - expected[head]) < 4 * error


def test_no_product_pays_them() -> None:
    model, _, losses = priced(ON, 500)
    _, _, without = priced({}, 500)
    for name in ("nipponkoa_2006/F", "aiu_2015@limit=300000000@deductible=0@own_share_percent=0"):
        chosen = plan(name)
        period = policy_period(model)
        table = pay(chosen, losses_for(chosen, losses), period)
        plain = pay(chosen, losses_for(chosen, without), period)
        np.testing.assert_array_equal(table.paid, plain.paid)
        more = table.unpaid_by_reason()["not_covered"] - plain.unpaid_by_reason()["not_covered"]
        both = losses.by_head()["business_interruption"] + losses.by_head()["fines"]
        np.testing.assert_array_equal(more, both)


def test_a_sample_of_cases_has_the_standstill_and_no_fine(tmp_path: Path) -> None:
    study, out = tmp_path / "s.toml", tmp_path / "cases.json"
    study.write_text(
        "[client]\nrecords = 50000\n[assumptions]\n"
        '"option.business_interruption.daily_gross_profit" = { value = 1000000, reason = "x" }\n',
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "exposure.cli", "sample", str(study), "--plan"]
    command += ["nipponkoa_2006/F", "--events", "20", "--out", str(out)]
    subprocess.run(command, check=True, capture_output=True)
    assert "business_interruption" in out.read_text(encoding="utf-8")
    assert '"fines"' not in out.read_text(encoding="utf-8")
    paid = subprocess.run(
        [sys.executable, "-m", "exposure.cli", "payout", str(out), "--json"],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    cases = json.loads(out.read_text(encoding="utf-8"))
    answers = json.loads(paid.stdout)
    assert [a["total"] for a in answers] == [c["expected"]["total"] for c in cases]
