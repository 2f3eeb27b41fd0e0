"""W3 and W3u: the breach model with 24 plans, and its band over parameter draws."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import Any
from unittest.mock import patch

import numpy as np

from exposure import streams
from exposure.inputs.study_file import study_from_mapping
from exposure.model.build import BreachModel
from exposure.policy.plan import Plan
from exposure.result.record import Curve, PlanFigures
from exposure.simulation.figures import AllFigures, curve_of, regime_figures
from exposure.simulation.large_tables import together
from exposure.simulation.loss_years import PlanYears, RegimeYears, simulate_study
from exposure.study.answer import Setting, answer_of, prepare
from exposure.study.uncertainty import DrawTask, draw_answers
from exposure.tables import Annual
from tests.benchmarks import naive

REGIME = "brochure"
GENERIC = (
    "galileo_generic@limit_per_event=100000000@cost_limit_per_event=30000000"
    "@response_period_days=180"
)
LIMITS = (50_000_000, 100_000_000, 300_000_000, 1_000_000_000)
RIDERS = ("", "+execution_double", "+cyber", "+execution_double+card")
PLANS = (
    *(f"nipponkoa_2006/{pattern}" for pattern in "ABCDEF"),
    "sompo_alive_leak_limited",
    GENERIC,
    *(f"aiu_2015{riders}@limit={limit}" for limit, riders in product(LIMITS, RIDERS)),
)


def setting_at(rate: float, loss_years: int) -> Setting:
    """Return the default client with a base rate that gives so many events a year."""

    def at(base: float) -> Setting:
        override = {"value": base, "reason": "benchmark"}
        return prepare(
            study_from_mapping(
                {
                    "study": {
                        "loss_years": loss_years,
                        "regimes": [REGIME],
                        "seed": 1,
                        "endorsements": "as_given",
                    },
                    "client": {"records": 100_000, "employees": 40, "revenue": 500_000_000},
                    "plan": [{"id": one} for one in PLANS],
                    "assumptions": {"frequency.m.*": override},
                },
                "benchmark",
            )
        )

    base = 0.01
    found = at(base)
    own = float(found.model_of(found.assumptions).events_per_year.sum())
    return at(base * rate / own)


@dataclass(frozen=True)
class Measured:
    """The simulated years with every figure and curve of the result."""

    years: RegimeYears
    figures: AllFigures
    curves: tuple[Curve, ...]
    retained: tuple[Curve, ...]

    def of_plans(self, plans: tuple[Plan, ...]) -> dict[str, tuple[PlanYears, PlanFigures]]:
        """Return what was counted and what was measured of each plan."""
        both = zip(plans, self.years.plans, self.figures.plans, strict=True)
        return {plan.id: (counted, measured) for plan, counted, measured in both}


@dataclass(frozen=True)
class Case:
    """W3 at one rate."""

    setting: Setting
    model: BreachModel
    policy_years: int

    @property
    def loss_years(self) -> int:
        """Years with an event among the policy years."""
        return max(round(self.policy_years * (1 - self.model.empty_probability)), 1)

    @property
    def plans(self) -> tuple[Plan, ...]:
        """The plans, in the order of the study."""
        return tuple(offer.plan for offer in self.setting.offers)

    def ours(self, n_plans: int = len(PLANS), *, measured: bool = True) -> Callable[[], Any]:
        """Return the simulation under so many plans, with all measures of the result."""
        measure, plans = self.setting.measure, self.plans[:n_plans]

        def work() -> Any:
            years = simulate_study(
                self.model, [REGIME], plans, (), loss_years=self.loss_years, seed=1
            )[REGIME]
            if not measured:
                return years
            gross = years.annual(years.gross)
            return Measured(
                years,
                regime_figures(years, plans, measure),
                (
                    curve_of(gross, measure),
                    curve_of(years.annual(years.largest), measure, "oep"),
                    curve_of(Annual(years.events, 0.0), measure, "event"),
                ),
                tuple(curve_of(years.annual(one.retained), measure) for one in years.plans),
            )

        return work

    def twin(self) -> Callable[[], Any]:
        """Return the naive twin, which draws and pays every policy year without the package."""

        def work() -> Any:
            measure = self.setting.measure
            return naive.answer(self.model, self.plans, measure, self.policy_years, 1)

        return work

    def floor(self) -> Callable[[], None]:
        """Return the very draws of one block, again and again, and nothing else."""
        calls = recorded(lambda: self.ours(0, measured=False)())

        def work() -> None:
            rng = np.random.Generator(np.random.SFC64(1))
            for name, args, kwargs in calls:
                getattr(rng, name)(*args, **kwargs)

        return work

    def events(self) -> int:
        """Return the number of events simulated."""
        return int(self.ours(0, measured=False)().events.size)


class _Recorder:
    """A generator that keeps what was asked of it."""

    def __init__(self, rng: np.random.Generator, calls: list[Any]) -> None:
        self._rng, self._calls = rng, calls

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._rng, name)
        if not callable(method):
            return method

        def asked(*args: Any, **kwargs: Any) -> Any:
            self._calls.append((name, args, kwargs))
            return method(*args, **kwargs)

        return asked


def recorded(work: Callable[[], object]) -> list[Any]:
    """Return every draw that some work asks of its streams."""
    calls: list[Any] = []
    plain = streams.stream

    def listening(seed: int, purpose: str, block: int = 0) -> Any:
        return _Recorder(plain(seed, purpose, block), calls)

    users = [
        module
        for name, module in list(sys.modules.items())
        if name.startswith("exposure.") and getattr(module, "stream", None) is plain
    ]
    for module in users:
        module.stream = listening  # type: ignore[attr-defined]
    try:
        work()
    finally:
        for module in users:
            module.stream = plain  # type: ignore[attr-defined]
    return calls


def case(rate: float, policy_years: int) -> Case:
    """Return W3 with the years that have an event among so many policy years."""
    setting = setting_at(rate, 1000)
    model = setting.model_of(setting.assumptions)
    return Case(setting, model, policy_years)


def band(rate: float, draws: int, loss_years: int) -> Callable[[], Any]:
    """Return W3u: so many parameter draws, each simulated and decided under every plan."""
    found = setting_at(rate, 1000)
    whole = type(found.assumptions).whole

    def counted(self: Any, name: str) -> int:
        return draws if name == "run.parameter_draws" else whole(self, name)

    answer = answer_of(found, found.model_of(found.assumptions))
    plans = {offer.plan.id: offer.plan for offer in answer.priced.offers}
    task = DrawTask(found, tuple(plans.values()), loss_years)

    def work() -> Any:
        with patch.object(type(found.assumptions), "whole", counted):
            return [draw_answers(task, numbers) for numbers in together(range(draws), loss_years)]

    return work
