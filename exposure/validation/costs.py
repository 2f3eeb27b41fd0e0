"""Published costs of leaks and printed premiums against what they are estimated at (金額の照合)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from exposure.inputs.assumptions import Assumptions
from exposure.inputs.client import Client
from exposure.inputs.reference import reference_value
from exposure.inputs.sourced import Override
from exposure.measures.market_premium import leave_one_out
from exposure.model.build import BreachModel, build_model
from exposure.model.events import simulate_events
from exposure.model.groups import load_groups
from exposure.model.logit import normal_nodes
from exposure.model.losses import price_losses
from exposure.streams import Luck
from exposure.validation.checks import BACK_TEST, Check, settings

_NODES = 2**3  # record counts over the holders
_REASON = "検証"
_COURT = "court"


def cost_checks(assumptions: Assumptions, loss_years: int, seed: int) -> list[Check]:
    """Return the back-tests of costs, under what courts show (損害額の照合).

    Parameters
    ----------
    assumptions : Assumptions
    loss_years : int
        Simulated leaks of each test.
    seed : int
    """
    return [
        *_websites(assumptions, loss_years, seed),
        _largest_case(assumptions, loss_years, seed),
        *premium_checks(assumptions),
    ]


def premium_checks(assumptions: Assumptions) -> list[Check]:
    """Hold every printed premium against its estimate from the others (保険料の目安の検証).

    Parameters
    ----------
    assumptions : Assumptions
        ``premium.*``.
    """
    factor = settings()["criteria"]["premium_factor"]
    return [
        Check(
            BACK_TEST, "printed_premium",
            f"{one.point.product} {one.point.trade} {one.point.revenue:.0f} "
            f"{one.point.liability_limit:.0f}",
            one.point.premium, one.estimate, one.estimate / factor, one.estimate * factor,
            f"premiums / {one.point.source}",
        )
        for one in leave_one_out(assumptions)
    ]  # fmt: skip


def _websites(assumptions: Assumptions, loss_years: int, seed: int) -> list[Check]:
    test, factor = settings()["website"], settings()["criteria"]["website_factor"]
    nodes, weights = normal_nodes(_NODES)
    groups = load_groups()
    values = {
        f"frequency.m.{group}": float(np.finfo(float).tiny ** (1 / 2))
        for group in groups.groups
        if group != test["group"]
    }
    # A website is a system: mailboxes and folders, the local leaks, are not in the survey.
    values |= {f"size.rho.{cause}": 1.0 for cause in groups.causes}
    changed = _changed(assumptions, values)
    checks = []
    for kind, item in test["rows"].items():
        mean = 0.0
        for node, weight in zip(nodes.tolist(), weights.tolist(), strict=True):
            records = round(test["median"] * float(np.exp(test["sd_log"] * node)))
            client = Client(records=max(records, 1), card_share=float(kind == "card"))
            model = build_model(client, changed, changed.date("run.inception"))
            mean += weight * _mean_loss(model, max(loss_years // _NODES, 1), seed)
        observed = reference_value("cost_items", "yen_low", item=item)
        checks.append(
            Check(
                BACK_TEST, "website_loss", kind, observed, mean, mean / factor, mean * factor,
                f"cost_items / {item}",
            )
        )  # fmt: skip
    return checks


def _largest_case(assumptions: Assumptions, loss_years: int, seed: int) -> Check:
    test, factor = settings()["case"], settings()["criteria"]["case_factor"]
    causes = load_groups().causes
    values: dict[str, float] = {f"cause.share.{c}": float(c == test["cause"]) for c in causes}
    values |= {f"size.rho.{c}": 1.0 for c in causes}
    # It was in the news, everybody was written to, and each had a voucher of 500 yen.
    values |= {"size.alpha.insider": 1.0, "size.reach.gamma": 0.0}
    values |= {"cost.condolence.probability": 1.0}
    values |= {"claims.voluntary_probability.court": 0.0}
    values |= {"claims.voluntary_probability_misuse.court": 0.0}
    changed = _changed(assumptions, values)
    client = Client(records=test["persons"])
    model = build_model(client, changed, changed.date("run.inception"))
    mean = _mean_loss(model, loss_years // _NODES, seed) / test["persons"]
    observed = test["cost"] / test["persons"]
    return Check(
        BACK_TEST, "case_cost", "", observed, mean, mean / factor, mean * factor, test["row"]
    )


def _mean_loss(model: BreachModel, loss_years: int, seed: int) -> float:
    """Return the mean loss of a leak. [JPY]."""
    simulated = simulate_events(model, loss_years, Luck(seed))
    return float(price_losses(model, simulated, _COURT, Luck(seed)).total().mean())


def _changed(assumptions: Assumptions, values: Mapping[str, float]) -> Assumptions:
    return assumptions.with_overrides(
        {name: Override(value=value, reason=_REASON) for name, value in values.items()}
    )
