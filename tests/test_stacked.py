"""Models paid in one table must give what each gives alone: the slow way is the plain loop."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import Any

import numpy as np
import pytest

from exposure.inputs.parameters import Override
from exposure.inputs.study_file import study_from_mapping
from exposure.model import losses
from exposure.model.build import BreachModel, Parts
from exposure.policy.plan import Plan, plan
from exposure.result.record import Figure
from exposure.simulation import large_tables
from exposure.simulation.figures import regime_figures
from exposure.simulation.large_tables import simulate_models
from exposure.simulation.loss_years import PlanYears, RegimeYears, simulate_study
from exposure.simulation.tallies import TermCuts
from exposure.study.answer import Setting, prepare

REGIMES = ("brochure", "court")
PLANS = tuple(
    plan(name)
    for name in (
        "nipponkoa_2006/A",
        "nipponkoa_2006/F",
        "aiu_2015@limit=50000000",
        "aiu_2015+cyber@limit=50000000",
        "aiu_2015+cyber+execution_double@limit=300000000",
        "sompo_alive_leak_limited",
    )
)


def setting_of(**client: Any) -> Setting:
    settings = {"records": 100_000, "industry": "medical", "entrusted_share": 0.3, **client}
    return prepare(study_from_mapping({"client": settings}, "test"))


def models_of(setting: Setting, n: int) -> list[BreachModel]:
    return [setting.model_of(setting.assumptions.draw(3, k, n)) for k in range(n)]


def alone(model: BreachModel, plans: tuple[Plan, ...], loss_years: int) -> dict[str, RegimeYears]:
    return simulate_study(
        model, REGIMES, plans, (), loss_years=loss_years, seed=5, by_reason=False, by_event=True
    )


def check_plan(found: PlanYears, expected: PlanYears) -> None:
    np.testing.assert_array_equal(found.retained, expected.retained)
    np.testing.assert_array_equal(found.event_retained, expected.event_retained)
    for name in ("paid_total", "unpaid", "sections"):
        assert getattr(found, name) == getattr(expected, name), name
    for name in ("event", "year", "exhausted"):
        one, other = getattr(found, name), getattr(expected, name)
        assert one == other, name
        assert one.pairs == other.pairs, name
    assert found.cuts.keys() == expected.cuts.keys()
    check_cuts(found.all_cuts, expected.all_cuts)
    for name, cuts in found.cuts.items():
        check_cuts(cuts, expected.cuts[name])


def check_cuts(found: TermCuts, expected: TermCuts) -> None:
    assert found.events == expected.events
    assert found.amount == expected.amount
    # Squares of yen are too large to add up exactly.
    assert found.squares == pytest.approx(expected.squares, rel=1e-12)


def check(found: dict[str, RegimeYears], expected: dict[str, RegimeYears]) -> None:
    for regime, years in expected.items():
        own = found[regime]
        for name in ("gross", "largest", "events", "attack"):
            np.testing.assert_array_equal(getattr(own, name), getattr(years, name), name)
        assert own.empty_probability == years.empty_probability
        assert own.by_head == years.by_head
        for plan_years, other in zip(own.plans, years.plans, strict=True):
            check_plan(plan_years, other)


@pytest.mark.parametrize(
    "client",
    [{}, {"records": 800, "incidents_last_3_years": 2}, {"records": 3_000_000, "card_share": 0.4}],
)
def test_models_together_are_the_models_alone(client: dict[str, Any]) -> None:
    models = models_of(setting_of(**client), 7)
    together = simulate_models(models, REGIMES, PLANS, loss_years=400, seed=5, by_event=True)
    assert len(together) == len(models)
    for found, model in zip(together, models, strict=True):
        check(found, alone(model, PLANS, 400))


def test_draws_differ_in_what_is_stacked() -> None:
    """Otherwise the other test would not see what varies by model."""
    (one, *others) = simulate_models(
        models_of(setting_of(), 4), REGIMES, PLANS, loss_years=200, seed=5
    )
    for other in others:
        assert one["court"].plans[0].retained.sum() != other["court"].plans[0].retained.sum()


@pytest.mark.parametrize("most", [1, 900, 10**6])
def test_how_many_are_stacked_at_once_changes_nothing(
    most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    models = models_of(setting_of(), 4)
    expected = [alone(model, PLANS[:3], 250) for model in models]
    monkeypatch.setattr(large_tables, "_STACKED_EVENTS", most)
    found = simulate_models(models, REGIMES, PLANS[:3], loss_years=250, seed=5, by_event=True)
    for one, other in zip(found, expected, strict=True):
        check(one, other)


def test_more_years_than_a_block_holds_are_simulated_one_after_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    models = models_of(setting_of(), 2)
    monkeypatch.setattr(large_tables, "BLOCK_YEARS", 100)
    found = simulate_models(models, REGIMES, PLANS[:2], loss_years=300, seed=5, by_event=True)
    for one, model in zip(found, models, strict=True):
        check(one, alone(model, PLANS[:2], 300))


def test_spending_that_is_slower_in_one_model_counts_in_that_one_alone() -> None:
    setting = setting_of()
    models = models_of(setting, 1) * 3
    heads = tuple(
        replace(head, spending_mean_days=400.0) if head.spending_mean_days is not None else head
        for head in models[0].costs
    )
    models[1] = replace(models[1], costs=heads)
    found = simulate_models(models, REGIMES, PLANS, loss_years=300, seed=5, by_event=True)
    for one, model in zip(found, models, strict=True):
        check(one, alone(model, PLANS, 300))
    assert found[0]["court"].plans[0].paid_total > found[1]["court"].plans[0].paid_total
    assert found[0]["court"].plans[0].paid_total == found[2]["court"].plans[0].paid_total


def test_what_points_have_in_common_is_drawn_once_and_is_the_same() -> None:
    """Every uncertain assumption at both its ends, against a model that shares nothing."""
    setting = setting_of(databases=[60_000, 40_000], incidents_last_3_years=1)
    known = setting.assumptions
    points = [known.at_quantile(name, q) for name in known.uncertain() for q in (0.05, 0.95)]
    apart = [setting.model_of(one) for one in points]
    for start in range(0, len(points), 64):
        parts = Parts()
        some = [setting.model_of(one, parts=parts) for one in points[start : start + 64]]
        found = simulate_models(some, REGIMES, PLANS[4:5], loss_years=50, seed=5, by_event=True)
        for years, model in zip(found, apart[start : start + 64], strict=True):
            check(years, alone(model, PLANS[4:5], 50))


def test_a_regime_that_a_point_does_not_touch_is_not_simulated_again() -> None:
    setting, parts = setting_of(), Parts()
    moved = setting.assumptions.at_quantile("claims.demand_rate.court", 0.95)
    models = [setting.model_of(one, parts=parts) for one in (setting.assumptions, moved)]
    centre, point = simulate_models(models, REGIMES, PLANS[:1], loss_years=200, seed=5)
    assert centre["brochure"] is point["brochure"]
    assert centre["court"].gross.sum() < point["court"].gross.sum()


def test_a_change_of_records_takes_nothing_over() -> None:
    """An override may touch words and lists, of which nobody notes who looked them up."""
    setting, parts = setting_of(), Parts()
    first = setting.model_of(setting.assumptions, parts=parts)
    stated = {"event.loading.costs.Z_pub_heads": Override(value=["consulting"], reason="x")}
    other = setting.model_of(setting.assumptions.with_overrides(stated), parts=parts)
    assert all(one is not two for one, two in zip(first.costs, other.costs, strict=True))
    assert first.costs != other.costs


@pytest.mark.parametrize("most", [2**14, 100])
def test_models_with_numbers_of_their_own_have_years_of_their_own(
    most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The years of draw k are those of the blocks from the k-th on, as many as a draw takes."""
    for module in (large_tables, losses):
        monkeypatch.setattr(module, "BLOCK_YEARS", most)
    models = models_of(setting_of(), 3)
    found = simulate_models(models, REGIMES, PLANS[:1], loss_years=150, seed=5, numbers=(0, 2, 7))
    per_draw = 1 if most > 150 else 2
    for one, model, number in zip(found, models, (0, 2, 7), strict=True):
        expected = simulate_study(
            model, REGIMES, PLANS[:1], (), loss_years=150, seed=5,
            first_block=number * per_draw, by_reason=False,
        )  # fmt: skip
        check(one, expected)
    again = simulate_models(models[:1] * 2, REGIMES, (), loss_years=150, seed=5, numbers=(3, 4))
    assert again[0]["court"].gross.sum() != again[1]["court"].gross.sum()


def numbers(value: object, path: str = "") -> dict[str, float | None]:
    """Every figure's value in a record, by its place."""
    if isinstance(value, Figure):
        return {path: value.value}
    if is_dataclass(value) and not isinstance(value, type):
        parts: dict[str, object] = {one.name: getattr(value, one.name) for one in fields(value)}
    elif isinstance(value, dict):
        parts = value
    elif isinstance(value, list):
        parts = {str(k): one for k, one in enumerate(value)}
    else:
        return {}
    return {k: v for name, one in parts.items() for k, v in numbers(one, f"{path}.{name}").items()}


def test_figures_without_intervals_are_those_with_them() -> None:
    setting = setting_of()
    (model,) = models_of(setting, 1)
    for years in alone(model, PLANS, 2000).values():
        exact = numbers(regime_figures(years, PLANS, setting.measure))
        rough = regime_figures(years, PLANS, replace(setting.measure, with_intervals=False))
        found = numbers(rough)
        assert len(found) > 200
        assert found.keys() == exact.keys()
        for name, value in found.items():
            if value is None or exact[name] is None:
                assert value == exact[name], name
            else:
                assert value == pytest.approx(exact[name], rel=1e-9, abs=1e-6), name


def test_models_with_other_heads_are_paid_apart() -> None:
    setting = setting_of()
    (model,) = models_of(setting, 1)
    fewer = replace(model, costs=tuple(head for head in model.costs if head.head != "call_centre"))
    models = [model, fewer, model]
    found = simulate_models(models, REGIMES, PLANS[:3], loss_years=200, seed=5, by_event=True)
    for one, own in zip(found, models, strict=True):
        check(one, alone(own, PLANS[:3], 200))
    assert "call_centre" in found[2]["court"].by_head
    assert "call_centre" not in found[1]["court"].by_head
