"""Simulated years written as cases: adjusting the file gives the very yen the simulation paid."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.reference import adjudicate

from exposure.arrays import Years
from exposure.cli import main
from exposure.errors import PlanError
from exposure.files import data_path, to_json
from exposure.inputs.study_file import study_from_mapping
from exposure.model.build import build_model
from exposure.model.events import simulate_events
from exposure.model.losses import price_losses
from exposure.policy.assignment import losses_for
from exposure.policy.cases import Case, adjust, read_cases
from exposure.policy.plan import plan
from exposure.policy.simulated_cases import cases_from
from exposure.streams import Luck
from exposure.tables import EventTable, LossItem, LossTable

START, END = date(2026, 4, 1), date(2027, 3, 31)
PLANS = (
    "nipponkoa_2006/A",
    "nipponkoa_2006/F",
    "sompo_alive_leak_limited",
    "galileo_generic@limit_per_event=50000000@cost_limit_per_event=5000000@response_period_days=90",
    "galileo_generic+pre_inception_leak@limit_per_event=20000000@limit_aggregate=30000000"
    "@deductible=500000@cost_limit_per_event=5000000@cost_limit_aggregate=6000000"
    "@cost_rate_percent=90@response_period_days=30@first_inception=2024-04-01",
    "aiu_2015@limit=100000000",
    "aiu_2015@limit=30000000@execution=false@retroactive_date=2026-06-01",
    "aiu_2015+card+dispatch+cyber@limit=50000000@deductible=100000@own_share_percent=5"
    "@corporate_info=same@ip=10000000",
    "aiu_2015+consulting_double+execution_double+execution_own_share_waiver@limit=300000000"
    "@corporate_info=30000000@ip=30000000",
)
# Every kind of data, place and subject, so that each condition fails now and then.
SHARES = {
    "employee_share": 0.1,
    "officer_share": 0.05,
    "corporate_share": 0.05,
    "deceased_share": 0.05,
    "entrusted_share": 0.3,
    "outsourced_share": 0.3,
    "abroad_share": 0.1,
    "card_share": 0.3,
    "my_number_share": 0.2,
}


def simulated(regime: str, n_years: int) -> LossTable:
    raw = {"client": {"records": 80_000, "industry": "retail", "revenue": 10**9, **SHARES}}
    study = study_from_mapping(raw, "study")
    assumptions = study.in_force()
    model = build_model(study.client.with_defaults(assumptions), assumptions, START)
    return price_losses(model, simulate_events(model, n_years, Luck(7)), regime, Luck(7))


def sums(answer: Any) -> list[tuple[Any, ...]]:
    return [
        (
            incident["total"],
            incident["uninsured"],
            {name: section["paid"] for name, section in incident["sections"].items()},
        )
        for incident in answer["incidents"]
    ]


def round_trip(identifier: str, losses: LossTable, path: Path) -> tuple[list[Any], int]:
    """Write, read and adjust; return the cases and how many differ."""
    written = list(cases_from(plan(identifier), losses, START, END))
    path.write_text(to_json(written), encoding="utf-8")
    differ = 0
    for raw, case in zip(written, read_cases(path), strict=True):
        assert isinstance(case, Case)
        answer: Any = adjust(case)
        same = sums(answer) == sums(raw["expected"]) and answer["total"] == raw["expected"]["total"]
        differ += not same
    return written, differ


@pytest.mark.parametrize("regime", ["brochure", "court"])
def test_every_plan_pays_the_sampled_file_as_it_paid_the_simulation(
    regime: str, tmp_path: Path
) -> None:
    losses = simulated(regime, 300)
    for identifier in PLANS:
        written, differ = round_trip(identifier, losses, tmp_path / "cases.json")
        assert differ == 0, identifier
        assert len(written) == 300
        assert sum(case["expected"]["total"] for case in written) > 0


@pytest.mark.slow
@pytest.mark.parametrize("identifier", PLANS)
def test_ten_thousand_years_come_back_to_the_yen(identifier: str, tmp_path: Path) -> None:
    _, differ = round_trip(identifier, simulated("court", 10_000), tmp_path / "cases.json")
    assert differ == 0


def test_the_slow_twin_pays_the_sampled_cases_alike() -> None:
    losses = simulated("court", 60)
    for identifier in PLANS:
        for case in cases_from(plan(identifier), losses, START, END):
            twin = f"{case['id']}, {identifier}: the slow twin is tests/support/reference_*.py"
            assert sums(adjudicate(case)) == sums(case["expected"]), twin


def test_the_sample_reaches_windows_exclusions_and_several_events() -> None:
    losses = simulated("court", 4000)
    seen: Counter[str] = Counter()
    for case in cases_from(plan(PLANS[7]), losses, START, END):
        seen["several"] += len(case["incidents"]) > 1
        for incident in case["incidents"]:
            seen.update(incident.get("exclusions", []))
            seen.update(key for key in incident if not key.endswith("_on"))
            seen.update("dated" for item in incident["items"] if "incurred_on" in item)
            seen.update(item["head"] for item in incident["items"])
    for name in ("several", "leak_status", "data_subject", "dated", "condolence", "damages"):
        assert seen[name] > 0, name
    assert seen["cyber_response"] > 0
    assert seen["officer_crime_or_intent"] > 0


def one_year(*items: LossItem, **facts: Any) -> LossTable:
    return LossTable(EventTable(Years((1,)), facts), items)


def test_a_cost_spent_over_time_is_split_at_the_end_of_the_window() -> None:
    day = np.datetime64("2026-06-01")
    item = LossItem("consulting", np.array([1_000_000.0]), spending_mean_days=180.0)
    losses = one_year(item, discovered_on=day, security_discovered_on=day)
    case = next(cases_from(plan("aiu_2015@limit=100000000"), losses, START, END))
    # 1 - e^-1 = 0.6321205... within 180 days of 1 June; 28 November is day 180.
    assert case["incidents"][0]["items"] == [
        {"head": "consulting", "amount": 632_120, "incurred_on": "2026-06-01"},
        {"head": "consulting", "amount": 367_880, "incurred_on": "2026-11-29"},
    ]
    assert case["expected"]["total"] == 632_120


def test_a_gift_and_its_sending_are_one_item_of_whole_persons() -> None:
    day = np.datetime64("2026-06-01")
    gift = LossItem(
        "condolence",
        np.array([450_000.0]),
        units=np.array([900.0]),
        per_unit=np.array([500.0]),
        spending_mean_days=180.0,
    )
    sending = LossItem(
        "condolence_shipping",
        np.array([72_000.0]),
        units=np.array([900.0]),
        per_unit=np.array([80.0]),
        per_unit_before=np.array([999.0]),
        spending_mean_days=1.0,
    )
    losses = one_year(gift, sending, discovered_on=day, reported_to_authority=True)
    case = next(cases_from(plan("aiu_2015@limit=100000000"), losses, START, END))
    # 568 of 900 persons within 180 days: 900 x 0.63212 = 568.9.
    gift_item = {"head": "condolence", "per_person": 500, "shipping_per_person": 80}
    assert case["incidents"][0]["items"] == [
        {**gift_item, "persons": 568, "incurred_on": "2026-06-01"},
        {**gift_item, "persons": 332, "incurred_on": "2026-11-29"},
    ]
    assert case["expected"]["total"] == 568 * 580 * 9 // 10


def test_a_sending_without_a_gift_stands_alone() -> None:
    sending = LossItem(
        "condolence_shipping",
        np.array([800.0]),
        units=np.array([10.0]),
        per_unit=np.array([80.0]),
        per_unit_before=np.array([500.0]),
    )
    losses = one_year(sending)
    case = next(cases_from(plan("sompo_alive_leak_limited"), losses, START, END))
    assert case["incidents"][0]["items"] == [
        {"head": "condolence", "persons": 10, "per_person": 0, "shipping_per_person": 80}
    ]
    assert case["expected"]["total"] == 800
    renamed = losses_for(plan("sompo_alive_leak_limited"), losses).items[0]
    assert renamed.per_unit_before is None


def test_another_reading_cannot_be_written_as_a_case() -> None:
    chosen = plan("sompo_alive_leak_limited@reading.S-1=per_event")
    with pytest.raises(PlanError, match="adopted readings only"):
        next(cases_from(chosen, one_year(LossItem("damages", np.array([1.0]))), START, END))


def test_the_command_writes_a_file_that_pays_what_it_expects(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study, out = str(data_path("studies", "clinic.toml")), tmp_path / "cases.json"
    command = ["sample", study, "--plan", "nipponkoa_2006/C", "--events", "40", "--out", str(out)]
    assert main([*command, "--seed", "5", "--regime", "court"]) == 0
    first = out.read_bytes()
    assert main([*command, "--seed", "5", "--regime", "court"]) == 0
    assert out.read_bytes() == first
    capsys.readouterr()
    assert main(["payout", str(out), "--json"]) == 0
    answers = json.loads(capsys.readouterr().out)
    written = json.loads(first)
    assert [a["total"] for a in answers] == [c["expected"]["total"] for c in written]
    assert len(answers) == 40
    assert main(command) == 0


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        (["--events", "0"], "--events"),
        (["--events", "many"], "--events"),
        (["--events", "9" * 30], "--events"),
        (["--events", "2", "--seed", "-1"], "--seed"),
        (["--events", "2", "--plan", "aiu_2051"], "did you mean"),
        (["--events", "2", "--out", "/dev/null/cases.json"], "/dev/null"),
    ],
)
def test_a_sample_that_cannot_be_is_refused(
    extra: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["sample", str(data_path("studies", "clinic.toml")), "--lang", "en"]
    defaults = ["--plan", "nipponkoa_2006/C", "--out", str(tmp_path / "out.json")]
    assert main([*command, *defaults, *extra]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert not (tmp_path / "out.json").exists()
