"""Printed reference results that no other test holds: by formula, or within the stated error."""

from __future__ import annotations

import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.stats import betabinom
from support.model_reference import model_of
from support.population_sizes import total_size

from exposure.inputs.sources import reference_rows
from exposure.model.calibration import spread_over
from exposure.model.claim_costs import fee_scale, litigation_costs, retainer, success_fee
from exposure.model.costs import Factors, cost_amount
from exposure.streams import Luck

ANCHORS = [15_000, 35_000, 6_000, 5_000, 3_300, 1_000]


def test_certified_companies_of_2018_have_a_total_size_of_0_036() -> None:
    # 912 companies, 5.6 % of the holders, made 2,323 reports.
    holders = 912 / 0.056
    assert total_size(2_323 / holders, 912 / holders) == pytest.approx(0.036, abs=0.0005)


@pytest.mark.parametrize(("access", "factor"), [(0.047, 13.2), (0.03, 20.7), (0.06, 10.4)])
def test_drawing_causes_by_persons_multiplies_the_mean_by_one_plus_chi_square(
    access: float, factor: float
) -> None:
    # 2013: 485, 449 and 199 of 1,388 incidents; the rest lumped.
    p = np.array([485 / 1388, 449 / 1388, 199 / 1388, access, 0.0])
    p[-1] = 1 - p.sum()
    persons = np.array([157_202, 850_329, 565_659, 7_283_082, 0.0])
    persons[-1] = 9_254_513 - persons.sum()
    s = persons / persons.sum()
    multiplied = float((s**2 / p).sum())
    assert multiplied == pytest.approx(factor, abs=0.05)
    assert multiplied == pytest.approx(1 + float(((s - p) ** 2 / p).sum()))


@pytest.mark.parametrize(
    ("persons", "mean", "known", "incidents"),
    [(9_252_305, 7_031, 1_316, 1_388), (5_613_797, 13_334, 421, 443)],
)
def test_means_are_over_incidents_of_known_size(
    persons: int, mean: int, known: int, incidents: int
) -> None:
    assert round(persons / mean) == known
    # Dividing by all incidents understates by 5 %.
    assert persons / incidents / mean == pytest.approx(0.95, abs=0.005)


def test_the_evidence_on_claim_rates() -> None:
    cases = {"Uji City", "Waseda University", "TBC", "Yahoo!BB", "Benesse"}
    rows = [r for r in reference_rows("claim_rate_evidence") if r["case"] in cases]
    plaintiffs = np.array([float(row["numerator"]) for row in rows])
    victims = np.array([float(row["denominator"]) for row in rows])
    rate = plaintiffs / victims
    assert rate.min() == pytest.approx(1.1e-6, rel=0.02)
    assert rate.max() == pytest.approx(4.3e-3, rel=0.01)
    assert plaintiffs.sum() / victims.sum() == pytest.approx(3.4e-4, rel=0.01)
    assert rate.mean() == pytest.approx(9.9e-4, rel=0.01)
    assert math.exp(np.log(rate).mean()) == pytest.approx(9.4e-5, rel=0.01)
    spread = float(np.log10(rate).std(ddof=1))
    assert spread == pytest.approx(1.39, abs=0.005)
    # A lognormal of that spread has a mean of 168 times its median: never use it.
    assert math.exp((spread * math.log(10)) ** 2 / 2) == pytest.approx(168, rel=0.03)


def test_a_precision_instead_of_a_shape_puts_nearly_every_event_at_no_claimant() -> None:
    # q = 1e-4 and φ = 20: α = 0.002, β = 19.998.
    assert betabinom.pmf(0, 100_000, 0.002, 19.998) == pytest.approx(0.98, abs=0.005)
    # A shape of one half does not.
    assert betabinom.pmf(0, 100_000, 0.5, 0.5 * (1 - 1e-4) / 1e-4) < 0.3


def test_six_awards_have_the_printed_mean_and_spread() -> None:
    logs = np.log(np.array(ANCHORS))
    assert math.exp(logs.mean()) == pytest.approx(6_109, abs=1)
    assert logs.std(ddof=1) == pytest.approx(1.23, abs=0.005)


def test_three_ways_to_fourteen_million_but_not_from_the_plain_scale() -> None:
    from exposure.inputs.assumptions import load_assumptions

    scale = fee_scale(load_assumptions())
    r, w = float(retainer(100e6, scale)), float(success_fee(100e6, scale))
    assert r + w == pytest.approx(11_070_000)
    assert 1.3 * (r + w) == pytest.approx(14_391_000)
    assert 2 * r + w == pytest.approx(14_760_000)
    assert float(retainer(200e6, scale)) + w == pytest.approx(14_070_000)
    assert r + w != pytest.approx(14_000_000, rel=0.01)


def test_fees_under_the_brochure_scale() -> None:
    # The minimum is of the retainer alone: 14/11.07 × (100,000 + 1,600); at 100 M the printed 14 M.
    model = model_of().claims["brochure"].litigation
    for amount, fee in ((10_000.0, 128_491), (100e6, 14_000_000)):
        paid = np.array([amount])
        found = litigation_costs(model, paid, paid, np.ones(1))
        assert found[0] == pytest.approx(fee, abs=0.5)


@pytest.mark.parametrize(("correlation", "ratio"), [(0.0, 0.55), (0.4, 0.71), (0.8, 0.90)])
def test_quantiles_of_heads_may_not_be_added(correlation: float, ratio: float) -> None:
    # Four lognormal heads of spread 1.2 that share one factor.
    n, rng = 200_000, np.random.default_rng(41)
    base = next(head for head in model_of().costs if head.head == "investigation")
    factors = Factors(*(rng.standard_normal(n) for _ in range(3)), 0.0)
    at = SimpleNamespace(notified=np.ones(n))
    amounts = [
        cost_amount(
            replace(
                base, head=f"head{i}", fixed=1e9, sigma=1.2, load_org=math.sqrt(correlation),
                load_pub=0.0, load_year=0.0,
            ),
            True, at, factors, Luck(42),
        )
        for i in range(4)
    ]  # fmt: skip
    alone = sum(np.quantile(amount, 0.99) for amount in amounts)
    assert np.quantile(sum(amounts), 0.99) / alone == pytest.approx(ratio, abs=0.015)


def test_conditioning_on_a_leak_cuts_the_variance_some_twentyfold() -> None:
    # p0 = 0.953, as in the printed case; capped lognormal years, 1 / (1 − p0) = 21.3.
    rng, p0 = np.random.default_rng(43), 0.953
    loss = np.minimum(rng.lognormal(math.log(2e6), 2.0, 400_000), 1e9)
    every_year = (1 - p0) * loss.var() + p0 * (1 - p0) * loss.mean() ** 2
    conditioned = (1 - p0) ** 2 * loss.var()
    assert 19 < every_year / conditioned < 25


def test_a_category_of_one_cause_is_that_cause() -> None:
    assert spread_over({"a": 7.0}, {"a": ["x"]}, {"x": 0.1}) == {"x": 7.0}
