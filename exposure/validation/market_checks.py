"""Payments and premiums against printed ones, brochure examples and a broker's figures (目安).

A hold-out: no parameter was chosen by it. Printed premiums state sales and no records; how many
records a trade holds is a judgement, and both ways in which they may grow with sales are shown.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any  # Any: settings as read from TOML, plain data

import numpy as np

from exposure.files import data_path
from exposure.inputs.assumptions import Assumptions, cause_mixes, scenarios, under_each
from exposure.inputs.client import Client
from exposure.inputs.parameters import Override
from exposure.inputs.sources import PrintedPremium, printed_premiums
from exposure.model.build import REGIMES, BreachModel, build_model
from exposure.model.events import simulate_events
from exposure.model.losses import blocks, price_losses, response_costs
from exposure.policy.assignment import losses_for
from exposure.policy.cases import Case, answer_of, read_cases, settle
from exposure.policy.interpreter import pay
from exposure.policy.plan import Plan, plan
from exposure.simulation.loss_years import policy_period
from exposure.streams import Luck
from exposure.study.incidents import printed_scenarios
from exposure.validation.checks import EXAMPLE, BackTest, Check, back_test, part, settings


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
    """Return the back-test of the level, for the smallest clients (水準の照合)."""
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
    """Return what a plan pays a year on average, by regime (年間の支払の平均). [JPY/year]."""
    simulated = simulate_events(model, loss_years, Luck(seed))
    response = response_costs(model, simulated, Luck(seed))
    found = {}
    for regime in REGIMES:
        losses = price_losses(model, simulated, regime, Luck(seed), response)
        table = pay(bought, losses_for(bought, losses), policy_period(model))
        weight = (1 - model.empty_probability) / loss_years
        found[regime] = weight * float(table.paid.sum())
    return found


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
    """
    scenario = printed_scenarios()[_PRINTED_BY]
    overrides = {
        name: Override(value=value, reason=_REASON) for name, value in scenario.assumptions.items()
    }
    client = Client(records=scenario.persons)
    changed = assumptions.with_overrides(overrides)
    return build_model(client, changed, assumptions.date("run.inception"))


@dataclass(frozen=True)
class Headline:
    """What a client may expect under one regime (見込みの要約).

    Parameters
    ----------
    events_per_year : float
        [1/year]
    annual_mean : float
        [JPY/year]
    event_quantiles : mapping of str to float
        Of one leak, by level. [JPY]
    """

    events_per_year: float
    annual_mean: float
    event_quantiles: Mapping[str, float]


def headlines(
    model: BreachModel, levels: Sequence[float], loss_years: int, seed: int
) -> dict[str, Headline]:
    """Simulate the headline figures of a client by regime (要約の模擬).

    Examples
    --------
    >>> from exposure.inputs.assumptions import load_assumptions
    >>> a = load_assumptions()
    >>> model = build_model(Client(records=1000), a, a.date("run.inception"))
    >>> found = headlines(model, [0.5], 1000, 1)
    >>> found["brochure"].events_per_year == found["court"].events_per_year
    True
    """
    losses: dict[str, list[Any]] = {regime: [] for regime in REGIMES}
    for block in blocks(model, loss_years, seed):
        for regime, parts in losses.items():
            parts.append(block.losses(regime).total())
    rate = float(model.events_per_year.sum())
    found = {}
    for regime, parts in losses.items():
        amounts = np.concatenate(parts)
        quantiles = np.quantile(amounts, levels, method="inverted_cdf").tolist()
        found[regime] = Headline(
            rate,
            (1 - model.empty_probability) * float(amounts.sum()) / loss_years,
            {str(level): value for level, value in zip(levels, quantiles, strict=True)},
        )
    return found


def sanity_table(assumptions: Assumptions, loss_years: int, seed: int) -> list[dict[str, Any]]:
    """Return the headline figures for clients of many sizes, both regimes (目安表)."""
    rows = []
    for records in settings()["sanity"]["records"]:
        model = build_model(Client(records=records), assumptions, assumptions.date("run.inception"))
        for regime, headline in headlines(model, _levels(assumptions), loss_years, seed).items():
            rows.append({"records": records, "regime": regime, **_plain(headline)})
    return rows


def mix_table(assumptions: Assumptions, loss_years: int, seed: int) -> list[dict[str, Any]]:
    """Return the headline figures under every cause mix, both regimes (構成比の影響)."""
    client = Client(records=settings()["sanity"]["mix_records"])

    def run(changed: Assumptions) -> dict[str, Headline]:
        model = build_model(client, changed, changed.date("run.inception"))
        return headlines(model, _levels(assumptions), loss_years, seed)

    return [
        {
            "mix": name,
            "label": scenarios()[name].label._asdict(),
            "note": scenarios()[name].note._asdict(),
            "default": scenarios()[name].is_default,
            "regime": regime,
            **_plain(headline),
        }
        for name, found in under_each(assumptions, cause_mixes(), run).items()
        for regime, headline in found.items()
    ]


def _levels(assumptions: Assumptions) -> tuple[float, ...]:
    return assumptions.values("measure.event_levels")


def _plain(headline: Headline) -> dict[str, Any]:
    return {
        "events_per_year": headline.events_per_year,
        "annual_mean": headline.annual_mean,
        "event": dict(headline.event_quantiles),
    }
