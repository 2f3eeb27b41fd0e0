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
from exposure.model.groups import load_groups
from exposure.model.losses import price_losses
from exposure.policy.cases import Case, read_cases
from exposure.policy.claims import answer_of, settle
from exposure.streams import Luck
from exposure.validation.checks import EXAMPLE, Check, settings

_YEARS = 2**3
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

    Parameters
    ----------
    assumptions : Assumptions
    """
    examples = settings()["examples"]
    values: dict[str, object] = {
        "claims.kappa": float("inf"),
        "claims.counting": "expected",
        "size.nu": 0,
        "cost.*.sigma": 0,
        "cost.apology_ads.probability": 1,
        "event.publicity.pi_0": examples["persons"],
    }
    causes = load_groups().causes
    wanted = "unauthorised_access"
    values |= {f"cause.share.{cause}": float(cause == wanted) for cause in causes}
    values |= {f"size.rho.{cause}": 1 for cause in causes}
    values |= {"size.alpha.external": 1}
    values |= {f"cost.{head}.probability": 0 for head in examples["off"]}
    values |= {
        name: 0
        for name in assumptions.names()
        if name.startswith("cost.") and name.endswith(".sigma")
    }
    overrides = {name: Override(value=value, reason=_REASON) for name, value in values.items()}
    client = Client(records=examples["persons"])
    changed = assumptions.with_overrides(overrides)
    return build_model(client, changed, assumptions.date("run.inception"))
