"""Checks against closed forms and printed reference results (厳密解との照合)."""

from __future__ import annotations

import math

import numpy as np

from exposure.arrays import FloatArray
from exposure.inputs.assumptions import Assumptions, load_assumptions
from exposure.inputs.client import Client
from exposure.measures.exceedance import tail_measures
from exposure.model.build import REGIMES, build_model
from exposure.model.counts import count_tables, draw_counts
from exposure.model.history import prior_counts, updated_counts
from exposure.model.losses import BLOCK_YEARS, blocks
from exposure.model.population import draw_incident_sizes
from exposure.model.sizes import beta_line, expected_persons, size_model
from exposure.streams import stream
from exposure.tables import Annual
from exposure.validation.aggregate import (
    compound_fft,
    compound_panjer,
    count_pgf,
    discretise,
    lognormal_limited_mean,
    negative_binomial,
)
from exposure.validation.checks import EXACT, Check, printed, settings, within
from exposure.validation.expected import mean_annual_loss


def exact_checks(assumptions: Assumptions, loss_years: int, seed: int) -> list[Check]:
    """Return every check of the program against an exact figure (厳密解との照合).

    Parameters
    ----------
    assumptions : Assumptions
    loss_years : int
        Simulated years with an event, of each check.
    seed : int
    """
    return [
        *_compound(loss_years, seed),
        _transforms(),
        *_sizes(assumptions, loss_years, seed),
        *_history(loss_years, seed),
        *_annual_means(assumptions, loss_years, seed),
    ]


def _capped(x: FloatArray) -> FloatArray:
    c = settings()["compound"]
    return lognormal_limited_mean(np.minimum(x, c["cap"]), math.log(c["median"]), c["sigma"])


def _compound_years(n: int, seed: int) -> tuple[Annual, Annual]:
    """Draw annual sums and largest events with the model's own counts."""
    c = settings()["compound"]
    counts = prior_counts(np.array([c["mean"]]), math.inf, c["size"], points=1)
    years, _, _ = draw_counts(count_tables(counts), n, stream(seed, "validation/counts"))
    z = stream(seed, "validation/severity").standard_normal(years.n_events)
    loss = np.minimum(c["median"] * np.exp(c["sigma"] * z), c["cap"])
    empty = counts.empty_probability
    return Annual(years.sum(loss), empty), Annual(years.max(loss), empty)


def _compound(n: int, seed: int) -> list[Check]:
    c, criteria = settings()["compound"], settings()["criteria"]
    total, largest = _compound_years(n, seed)
    some = 1 - total.empty_probability
    mean = float(_capped(np.array([math.inf]))[0])
    # E[min(X, cap)²] of the lognormal X, in closed form.
    mu, sigma = math.log(c["median"]), c["sigma"]
    z = (math.log(c["cap"]) - mu) / sigma
    from scipy.special import ndtr

    square = math.exp(2 * mu + 2 * sigma**2) * ndtr(z - 2 * sigma) + c["cap"] ** 2 * ndtr(-z)
    variance = c["mean"] * square + (c["mean"] * mean) ** 2 / c["size"]
    centred = (total.values - c["mean"] * mean) ** 2
    beside = (c["mean"] * mean) ** 2 * (1 - some)
    checks = [
        _mean_check("compound_mean", "", total.values, some, 0.0, c["mean"] * mean),
        _mean_check("compound_variance", "", centred, some, beside, variance),
    ]
    levels = [float(level) for level in c["quantiles"]]
    measured = tail_measures(total, levels, level=criteria["rank_level"], largest_share=1.0)
    for level, estimate, reference in zip(
        levels, measured.var, c["quantiles"].values(), strict=True
    ):
        # The printed figure stands on the grid of the transform.
        low, high = estimate.low - c["step"], estimate.high + c["step"]
        shift = estimate.value - reference
        checks.append(
            Check(
                EXACT, "quantile", f"{level}", estimate.value, reference, low + shift, high + shift
            )
        )
    for limit, reference in c["limited"].items():
        paid = np.minimum(total.values, float(limit))
        checks.append(_mean_check("limited", f"{int(limit):,}", paid, some, 0.0, reference))
    below = ndtr((math.log(c["oep_at"]) - mu) / sigma)
    law = negative_binomial(c["mean"], c["size"])
    beyond = 1 - float(count_pgf(law, np.array([below]))[0])
    hit = (largest.values > c["oep_at"]).astype(np.float64)
    checks.append(_mean_check("oep", f"{c['oep_at']:,}", hit, some, 0.0, beyond))
    return checks


def _mean_check(
    name: str, detail: str, values: FloatArray, some: float, beside: float, expected: float
) -> Check:
    """Return the check of a mean over all years; ``beside`` is what the empty years add."""
    error = some * float(values.std()) / math.sqrt(values.size)
    return within(EXACT, name, detail, some * float(values.mean()) + beside, expected, error)


def _transforms() -> Check:
    c = settings()["compound"]
    severity = discretise(_capped, c["step"], c["points"])
    mean = float(_capped(np.array([math.inf]))[0])
    law = negative_binomial(c["mean"], c["size"])
    pair = [f(law, severity, c["step"], mean) for f in (compound_fft, compound_panjer)]
    difference = float(np.abs(pair[0].probability - pair[1].probability).max())
    return Check(EXACT, "fft_panjer", "", difference, 0.0, 0.0, settings()["criteria"]["relative"])


def _sizes(assumptions: Assumptions, n: int, seed: int) -> list[Check]:
    from dataclasses import replace

    s = settings()["expected_size"]
    base = size_model(Client(records=1), assumptions)
    n_causes = base.median_log.size
    model = replace(
        base,
        median_log=np.full(n_causes, float(s["m"])),
        sd_log=float(s["sigma"]),
        system=np.full(n_causes, s["rho"]),
        full=np.full(n_causes, s["rho"] * s["alpha"]),
        shape_a=float(s["a"]),
        shape_b=float(s["b"]),
        log_share=beta_line(float(s["a"]), float(s["b"])),
        reach_from=float(s["reach_from"]),
        reach_exponent=float(s["reach_exponent"]),
    )
    reach = (float(s["reach_from"]), float(s["reach_exponent"]))
    checks = []
    for records, reference in s["records"].items():
        exact = expected_persons(
            float(records), s["rho"], s["alpha"], (s["a"], s["b"]), s["m"], s["sigma"], reach
        )
        checks.append(printed(EXACT, "expected_size", f"N = {int(records):,}", exact, reference))
        rng = stream(seed, f"validation/sizes/{records}")
        cause = np.zeros(n, dtype=np.int64)
        held = np.full(n, float(records))
        persons = draw_incident_sizes(model, cause, held, rng)
        error = float(persons.std()) / math.sqrt(n)
        found = within(
            EXACT,
            "expected_size",
            f"N = {int(records):,}, n = {n:,}",
            float(persons.mean()),
            exact,
            error,
        )
        # Rounding up to whole persons adds less than one.
        checks.append(replace(found, high=found.high + 1))
    return checks


def _history(n: int, seed: int) -> list[Check]:
    h = settings()["history"]
    rate = np.array([h["rate"]])
    checks = []
    for events, reference in enumerate(h["means"]):
        after = updated_counts(rate, math.inf, h["size"], events, float(h["years"]), points=1)
        mean = float(after.mean[0])
        checks.append(printed(EXACT, "history_mean", f"x = {events}", mean, reference))
        b = h["size"] / h["rate"] + h["years"]
        exact = (b / (b + 1)) ** (h["size"] + events)
        rng = stream(seed, f"validation/history/{events}")
        theta = rng.gamma(h["size"] + events, 1 / b, n)
        none = (rng.poisson(theta) == 0).astype(np.float64)
        error = float(none.std()) / math.sqrt(n)
        checks.append(
            within(EXACT, "history_predictive", f"x = {events}", float(none.mean()), exact, error)
        )
        checks.append(
            within(
                EXACT, "history_predictive", f"x = {events}, mixture", after.empty_probability,
                exact, float(np.finfo(float).eps),
            )
        )  # fmt: skip
    counts = prior_counts(
        np.array(h["no_event_rates"]),
        h["no_event_shared"],
        np.array(h["no_event_sizes"]),
        points=load_assumptions().whole("run.history_grid_points"),
    )
    checks.append(printed(EXACT, "no_event", "", counts.empty_probability, h["no_event"]))
    return checks


def _annual_means(assumptions: Assumptions, loss_years: int, seed: int) -> list[Check]:
    client = Client.model_validate(settings()["client"])
    model = build_model(client, assumptions, assumptions.date("run.inception"))
    gross: dict[str, list[FloatArray]] = {regime: [] for regime in REGIMES}
    for block in blocks(model, -(-loss_years // BLOCK_YEARS) * BLOCK_YEARS, seed):
        for regime, parts in gross.items():
            parts.append(block.events.table.years.sum(block.losses(regime).total()))
    some = 1 - model.empty_probability
    return [
        _mean_check(
            "annual_mean", regime, np.concatenate(parts), some, 0.0, mean_annual_loss(model, regime)
        )
        for regime, parts in gross.items()
    ]
