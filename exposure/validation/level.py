"""The level of the payments against printed premiums, by size of the client (保険料の水準との照合).

A hold-out: no parameter was chosen by it. Printed premiums state sales and no records; how many
records a trade holds is a judgement, and both ways in which they may grow with sales are shown.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any  # Any: settings as read from TOML, plain data

import numpy as np

from exposure.inputs.assumptions import Assumptions
from exposure.inputs.client import Client
from exposure.inputs.reference import PrintedPremium, printed_premiums
from exposure.model.build import REGIMES, BreachModel, build_model
from exposure.model.events import simulate_events
from exposure.model.losses import price_losses, response_costs
from exposure.policy.assignment import losses_for
from exposure.policy.payout import pay
from exposure.policy.plans import Plan, plan
from exposure.streams import Luck
from exposure.study.simulation import policy_period
from exposure.validation.checks import BackTest, back_test, part, settings


def compared_premiums() -> list[PrintedPremium]:
    """Return the printed premiums that are compared (比べる保険料).

    Of each source, product, trade and revenue the lowest plan: those above carry the loadings of
    upper layers. Trades of which nobody says how many records they hold are left out, and so are
    plans with cover of another kind.

    Examples
    --------
    >>> rows = compared_premiums()
    >>> len({(row.source, row.product, row.trade, row.revenue) for row in rows}) == len(rows)
    True
    """
    held, without = settings()["level"]["records"], settings()["level"]["without"]
    lowest: dict[tuple[str, str, str, float], PrintedPremium] = {}
    for row in printed_premiums():
        if not row.comparable or row.trade not in held or row.trade in without:
            continue
        key = row.source, row.product, row.trade, row.revenue
        if key not in lowest or row.liability_limit < lowest[key].liability_limit:
            lowest[key] = row
    return list(lowest.values())


def level_table(assumptions: Assumptions, loss_years: int, seed: int) -> list[dict[str, Any]]:
    """Return expected payment ÷ printed premium by band of sales (保険料に対する支払の割合).

    Parameters
    ----------
    assumptions : Assumptions
    loss_years : int
        Of each client. [year]
    seed : int

    Returns
    -------
    list of dict
        One for each band of sales and way in which records grow with sales: geometric means over
        the premiums under each regime, and of the mean of the regimes.
    """
    test = settings()["level"]
    rows = compared_premiums()
    paid: dict[tuple[int, str, str], Mapping[str, float]] = {}
    table = []
    for exponent in test["exponents"]:
        found = []
        for row in rows:
            records = records_of(row, exponent)
            terms = _identifier(row)
            key = records, row.industry, terms
            if key not in paid:
                paid[key] = _payments(key, assumptions, loss_years, seed)
            ratios = {regime: yen / row.premium for regime, yen in paid[key].items()}
            found.append((row.revenue, ratios))
        for band in test["bands"]:
            of_band = [r for sales, r in found if band["above"] < sales <= band["up_to"]]
            means = [float(np.mean(list(ratios.values()))) for ratios in of_band]
            inside = sum(test["low"] <= mean <= test["high"] for mean in means)
            table.append(
                {
                    "label": dict(band["label"]),
                    "exponent": exponent,
                    "rows": len(of_band),
                    **{
                        regime: _geometric([ratios[regime] for ratios in of_band])
                        for regime in REGIMES
                    },
                    "mean": _geometric(means),
                    "least": min(means),
                    "most": max(means),
                    "inside": inside,
                }
            )
    return table


def level_test(table: list[dict[str, Any]]) -> BackTest:
    """Return the back-test of the level, for the smallest clients (水準の照合).

    Parameters
    ----------
    table : list of dict
        From `level_table`.
    """
    test = settings()["level"]
    first, ratio = table[0], float(table[0]["mean"])
    scaling = test["low"] / ratio, test["high"] / ratio
    source = "data/premiums.csv"
    within = test["low"], test["high"]
    one = part("level", str(first["label"]["en"]), ratio, ratio, within, scaling, source)
    return back_test("level", [one])


def records_of(row: PrintedPremium, exponent: float) -> int:
    """Return the records assumed of a client with a printed premium (想定する保有件数).

    Examples
    --------
    >>> row = next(row for row in compared_premiums() if row.revenue == 500_000_000)
    >>> records_of(row, 1.0) == records_of(row, 0.6)
    True
    """
    test = settings()["level"]
    size = math.pow(row.revenue / test["sales"], exponent)
    return max(round(float(test["records"][row.trade]) * size), 1)


def _geometric(values: list[float]) -> float:
    return math.exp(math.fsum(map(math.log, values)) / len(values))


def _identifier(row: PrintedPremium) -> str:
    """Return the generic plan of two parts with the limits of a printed premium."""
    test = settings()["level"]
    limit, costs = round(row.liability_limit), round(row.cost_limit)
    return (
        f"{test['product']}@limit_per_event={limit}@limit_aggregate={limit}"
        f"@cost_limit_per_event={costs}@cost_limit_aggregate={costs}"
        f"@deductible={test['deductible']}@response_period_days={test['response_period_days']}"
    )


def _payments(
    key: tuple[int, str, str], assumptions: Assumptions, loss_years: int, seed: int
) -> dict[str, float]:
    records, industry, terms = key
    client = Client(records=records, industry=industry)
    model = build_model(client, assumptions, assumptions.date("run.inception"))
    return expected_payments(model, plan(terms), loss_years, seed)


def expected_payments(
    model: BreachModel, bought: Plan, loss_years: int, seed: int
) -> dict[str, float]:
    """Return what a plan pays a year on average, by regime (年間の支払の平均). [JPY/year].

    Parameters
    ----------
    model : BreachModel
    bought : Plan
    loss_years : int
    seed : int
    """
    simulated = simulate_events(model, loss_years, Luck(seed))
    response = response_costs(model, simulated, Luck(seed))
    found = {}
    for regime in REGIMES:
        losses = price_losses(model, simulated, regime, Luck(seed), response)
        table = pay(bought, losses_for(bought, losses), policy_period(model))
        weight = (1 - model.empty_probability) / loss_years
        found[regime] = weight * float(table.paid.sum())
    return found
