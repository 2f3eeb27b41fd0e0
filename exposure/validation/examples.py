"""What the brochures print, paid and priced again (印刷された例)."""

from __future__ import annotations

import functools
from collections.abc import Mapping

from exposure.files import data_path
from exposure.inputs.assumptions import Assumptions
from exposure.inputs.client import Client
from exposure.inputs.sourced import Override
from exposure.model.build import BreachModel, build_model
from exposure.model.events import simulate_events
from exposure.model.losses import price_losses
from exposure.policy.cases import Case, read_cases
from exposure.policy.claims import answer_of, settle
from exposure.streams import Luck
from exposure.study.scenario import scenarios
from exposure.validation.checks import EXAMPLE, Check, settings

_YEARS = 2**3
_PRINTED_BY = "aiu_2015"
_REASON = "案内書の損害想定"


def example_checks(assumptions: Assumptions, seed: int) -> list[Check]:
    """Return the checks against printed payments and the printed scenario (印刷された例)."""
    examples = settings()["examples"]
    checks = []
    for entry in examples["cases"]:
        case = _cases(entry["product"])[entry["id"]]
        paid = float(answer_of(case, settle(case))["total"])
        expected = float(entry["paid"])
        detail = f"{entry['product']} {entry['id']}"
        checks.append(Check(EXAMPLE, "printed_payment", detail, paid, expected, expected, expected))
    total = float(examples["total"])
    model = scenario_model(assumptions)
    simulated = simulate_events(model, _YEARS, Luck(seed))
    losses = price_losses(model, simulated, "brochure", Luck(seed)).total()
    amounts = sorted(set(losses.tolist()))
    return checks + [
        Check(EXAMPLE, "printed_scenario", "", amount, total, total, total) for amount in amounts
    ]


@functools.cache
def _cases(product: str) -> Mapping[str, Case]:
    read = read_cases(data_path("cases", f"{product}.json"))
    return {case.id: case for case in read if isinstance(case, Case)}


def scenario_model(assumptions: Assumptions) -> BreachModel:
    """Return the model of the printed scenario: all records leak, six heads, no variances.

    It does not follow from the shipped assumptions; the printed figures stand in their place.

    Parameters
    ----------
    assumptions : Assumptions
    """
    scenario = scenarios()[_PRINTED_BY]
    overrides = {
        name: Override(value=value, reason=_REASON) for name, value in scenario.assumptions.items()
    }
    client = Client(records=scenario.persons)
    changed = assumptions.with_overrides(overrides)
    return build_model(client, changed, assumptions.date("run.inception"))
