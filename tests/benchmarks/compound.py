"""W1 and W2: lognormal losses of a Poisson number, one layer or ten, through the public API."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

import exposure as ex
from exposure.measures.exceedance import tail_measures
from exposure.policy.catalogue import product_from
from exposure.policy.plan import Plan, build_plan
from exposure.streams import stream

MILLION = 1e6
MEDIAN, SIGMA = 20.0, 1.8  # of the severity [million JPY], [-]
ATTACHMENT = 10.0
LEVEL = 0.995
W1 = ((300.0, 500.0),)
W2 = tuple((x, 1.5 * x) for x in (50.0, 100, 150, 200, 300, 400, 500, 700, 1000, 2000))
# VaR, TVaR and the mean ceded under W1, by the exact transform [million JPY].
EXACT = {0.05: (201.9, 707.6, 2.56663), 2.0: (3328.0, 6557.3, 100.2628)}


def layer(limit: float, aggregate: float) -> Plan:
    """Say a layer above the attachment, with a limit for the year, in the words of a policy."""
    name = {"ja": "層", "en": "layer"}
    raw: dict[str, Any] = {
        "plan": {
            "product": "layer",
            **dict.fromkeys(("label", "short", "insurer", "edition"), name),
            "source": "none",
            "limit_covers": ["loss"],
        },
        "cover": {
            "loss": {
                "label": name,
                "heads": ["damages"],
                "deductible": round(ATTACHMENT * MILLION),
                "event_limit": {"at_most": limit * MILLION},
                "period_limit": {"at_most": aggregate * MILLION},
                "clause": "-",
            }
        },
    }
    return build_plan(product_from(raw, "layer", "layer"), None, {}, {})


@dataclass(frozen=True)
class Case:
    """One workload at one rate. Distributions and plans are ready before the clock runs."""

    rate: float
    layers: tuple[tuple[float, float], ...]
    policy_years: int

    @property
    def loss_years(self) -> int:
        """Years with an event among the policy years."""
        return round(self.policy_years * -math.expm1(-self.rate))

    @property
    def is_w1(self) -> bool:
        """Whether the gross loss is measured too."""
        return self.layers is W1

    def ours(self, seed: int = 1) -> Any:
        """Return a function that answers the workload through the public API."""
        frequency, severity = stats.poisson(self.rate), stats.lognorm(SIGMA, scale=MEDIAN * MILLION)
        plans = [layer(*terms) for terms in self.layers]

        def work() -> list[float]:
            losses = ex.simulate_compound(
                frequency, severity, loss_years=self.loss_years, seed=seed
            )
            found: list[float] = []
            if self.is_w1:
                gross = tail_measures(losses.annual(), [LEVEL], level=0.9, largest_share=0.05)
                found += [gross.mean.value, gross.var[0].value, gross.tvar[0].value]
            for paid in ex.pay_years(plans, losses):
                found.append(paid.mean)
                found += [] if self.is_w1 else [paid.probability_exhausted * MILLION]
            return [value / MILLION for value in found]

        return work

    def twin(self, seed: int = 1) -> Any:
        """Return the naive NumPy twin: every policy year, every layer on every event."""

        def work() -> list[float]:
            rng, n = np.random.default_rng(seed), self.policy_years
            count = rng.poisson(self.rate, n)
            amount = rng.lognormal(math.log(MEDIAN), SIGMA, int(count.sum()))
            year = np.repeat(np.arange(n), count)
            found: list[float] = []
            if self.is_w1:
                gross = np.bincount(year, amount, minlength=n)
                ordered = np.sort(gross)
                rank = math.ceil(n * LEVEL) - 1
                var = ordered[rank]
                excess = (ordered[rank:] - var).sum() / (1 - LEVEL) / n
                found += [gross.mean(), var, var + excess]
            for limit, aggregate in self.layers:
                above = np.minimum(np.maximum(amount - ATTACHMENT, 0.0), limit)
                paid = np.minimum(np.bincount(year, above, minlength=n), aggregate)
                found.append(paid.mean())
                found += [] if self.is_w1 else [(paid >= aggregate).mean()]
            return [float(value) for value in found]

        return work

    def floor(self, seed: int = 1) -> Any:
        """Return the draws of the workload and nothing else."""
        n_events = self.events()
        share = stats.poisson(self.rate).pmf(np.arange(1, 2**5))

        def work() -> None:
            stream(seed, "compound.frequency").multinomial(self.loss_years, share / share.sum())
            rng, piece = stream(seed, "compound.severity"), np.empty(2**14)
            for start in range(0, n_events, piece.size):
                rng.standard_normal(out=piece[: min(piece.size, n_events - start)])

        return work

    def events(self) -> int:
        """Return the number of events simulated."""
        losses = ex.simulate_compound(
            stats.poisson(self.rate), stats.uniform(0, 1), loss_years=self.loss_years, seed=1
        )
        return losses.events.n_events
