"""What a notebook calls: light to import, and consistent with the command line."""

from __future__ import annotations

import math
import pickle
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import stats

import exposure as ex
from exposure.errors import DataError
from exposure.measures.exceedance import tail_measures, value_at_risk
from exposure.model.events import simulate_events
from exposure.model.losses import BLOCK_YEARS
from exposure.streams import Luck
from exposure.study.stacked import joined
from exposure.tables import LossTable

STUDY: dict[str, Any] = {
    "study": {"loss_years": 2000},
    "client": {"records": 50_000},
    "plan": [{"id": "nipponkoa_2006/C", "premium": 200_000}, {"id": "aiu_2015@limit=100000000"}],
}


def test_importing_the_package_loads_nothing_heavy() -> None:
    heavy = ("pandas", "scipy", "matplotlib", "pydantic", "rich")
    code = f"import sys, exposure; print([m for m in {heavy} if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_every_promised_name_is_there() -> None:
    for name in ex.__all__:
        assert getattr(ex, name) is not None
    assert set(ex.__all__) <= set(dir(ex))
    with pytest.raises(AttributeError, match="no_such_name"):
        ex.no_such_name  # noqa: B018


def test_simulated_losses_are_those_of_the_run() -> None:
    result = ex.run(STUDY)
    for regime in ("brochure", "court"):
        losses = ex.simulate(STUDY, regime=regime)
        shown = result.document["regimes"][regime]
        mean = shown["ground_up"]["annual"]["mean"]["value"]
        assert losses.annual().mean == pytest.approx(mean, rel=1e-12)
        frame = ex.compare(
            losses, [plan["id"] for plan in shown["plans"]],
            premiums={"nipponkoa_2006/C": 200_000},
        )  # fmt: skip
        for plan in shown["plans"]:
            row = frame.loc[plan["id"]]
            assert math.isclose(row["paid_annual_mean"], plan["paid"]["annual"]["mean"]["value"])
            assert row["limit_adequacy_event"] == plan["limit_adequacy"]["event"]["value"]
            assert row["retained_annual_tvar_0.99"] == plan["retained"]["annual"]["tvar"]["0.99"]["value"]
        priced = next(plan for plan in shown["plans"] if plan["id"] == "nipponkoa_2006/C")
        cost = frame["total_cost"]
        assert math.isclose(cost["nipponkoa_2006/C"], priced["total_cost"]["value"])
        assert cost.drop("nipponkoa_2006/C").isna().all()


def test_the_frame_of_a_result_holds_its_figures() -> None:
    result = ex.run(STUDY)
    frame = result.to_frame()
    assert list(frame.index.names) == ["regime", "plan"]
    plan = result.document["regimes"]["court"]["plans"][0]
    row = frame.loc["court", plan["id"]]
    assert row["retained_annual_mean"] == plan["retained"]["annual"]["mean"]["value"]
    assert frame.loc["court", "nipponkoa_2006/C"]["premium"] == 200_000


def blocks(sizes: tuple[int, ...]) -> list[LossTable]:
    from exposure.inputs.study_file import study_from_mapping
    from exposure.model.losses import price_losses
    from exposure.study.setting import prepared

    setting = prepared(study_from_mapping(STUDY, "test"))
    model = setting.model_of(setting.assumptions)
    return [
        price_losses(model, simulate_events(model, n, Luck(1, block)), "court", Luck(1, block))
        for block, n in enumerate(sizes)
    ]


def test_joining_blocks_keeps_every_event_with_its_year() -> None:
    parts = blocks((300, 200))
    whole = joined(parts)
    assert whole.events.years.n_years == 500
    assert whole.events.n_events == sum(part.events.n_events for part in parts)

    def seen(tables: list[LossTable]) -> list[Any]:
        """Everything about each year, the order of years apart."""
        years: list[Any] = []
        for table in tables:
            events = table.events
            by_year: dict[int, list[Any]] = {}
            for k, year in enumerate(events.years.year_of_event().tolist()):
                assert events.cause is not None
                assert events.persons is not None
                facts = tuple(
                    str(np.broadcast_to(np.asarray(value), events.n_events)[k])
                    for value in events.facts.values()
                )
                amounts = tuple(float(item.amount[k]) for item in table.items)
                row = (int(events.cause[k]), float(events.persons[k]), facts, amounts)
                by_year.setdefault(year, []).append(row)
            years += by_year.values()
        return sorted(years, key=str)

    assert seen([whole]) == seen(parts)


def test_blocks_join_in_a_long_simulation() -> None:
    losses = ex.simulate(STUDY, loss_years=BLOCK_YEARS + 10)
    assert losses.events.years.n_years == BLOCK_YEARS + 10
    counts = losses.events.years.sum(np.ones(losses.events.n_events))
    assert (np.diff(counts) <= 0).all()


def test_a_compound_has_the_exact_moments() -> None:
    """E S = λE X and Var S = λE X²: fails by chance less than once in a million seeds."""
    losses = ex.simulate_compound(
        stats.poisson(0.5), stats.gamma(2.0, scale=1e6), loss_years=100_000, seed=11
    )
    annual = losses.annual()
    weight = 1 - annual.empty_probability
    assert math.isclose(annual.empty_probability, math.exp(-0.5))
    second = weight * float(np.mean(annual.values**2))
    mean, variance = 0.5 * 2e6, 0.5 * 6e12
    error = weight * annual.values.std() / math.sqrt(100_000)
    assert abs(annual.mean - mean) < 5 * error
    spread = weight * (annual.values**2).std() / math.sqrt(100_000)
    assert abs(second - (variance + mean**2)) < 5 * spread


@pytest.mark.parametrize(
    ("frequency", "pmf"),
    [
        (stats.binom(3, 0.2), [0.384, 0.096, 0.008]),
        (stats.nbinom(1, 0.8), [0.16, 0.032, 0.0064]),
        (stats.poisson(0.05), [0.05 * math.exp(-0.05), 0.00125 * math.exp(-0.05)]),
    ],
)
def test_counts_follow_the_given_law(frequency: Any, pmf: list[float]) -> None:
    n = 200_000
    losses = ex.simulate_compound(frequency, stats.uniform(1, 1), loss_years=n, seed=3)
    sizes = (*losses.events.years.sizes, 0)
    p1 = 1 - losses.events.empty_probability
    for k, probability in enumerate(pmf, start=1):
        share = probability / p1
        drawn = (sizes[k - 1] - sizes[k]) / n if k < len(sizes) else 0.0
        assert abs(drawn - share) < 5 * math.sqrt(share * (1 - share) / n) + 1e-12


def test_the_workload_of_peers_has_its_exact_figures() -> None:
    """Lognormal losses at λ = 0.05: the exact VaR and TVaR at 99.5 % of all years [million]."""
    losses = ex.simulate_compound(
        stats.poisson(0.05), stats.lognorm(1.8, scale=20e6), loss_years=48_771, seed=5
    )
    found = tail_measures(losses.annual(), [0.995], level=0.999, largest_share=1.0)
    assert found.var[0].low < 201.9e6 < found.var[0].high
    assert found.tvar[0].low < 707.6e6 < found.tvar[0].high


def test_own_distributions_meet_the_same_plans() -> None:
    """Limited expected value: E min(X, 10 million) = 10 million × (1 − e⁻¹) for mean 10 million."""
    losses = ex.simulate_compound(
        stats.binom(1, 0.1), stats.expon(scale=1e7), loss_years=40_000, seed=2
    )
    row = ex.compare(losses, ["nipponkoa_2006/A"]).iloc[0]
    exact = 0.1 * 1e7 * (1 - math.exp(-1))
    assert abs(row["paid_annual_mean"] - exact) < 5 * 0.1 * 4e6 / math.sqrt(40_000)
    assert math.isclose(row["paid_annual_mean"] + row["retained_annual_mean"], losses.annual().mean)
    assert row["binding_term"] == "「賠償責任部分」の支払限度額"


@pytest.mark.parametrize(
    ("frequency", "severity", "expected"),
    [
        (stats.poisson(0.0), stats.expon(), "frequency"),
        (stats.poisson(1.0), stats.norm(0.0, 1e6), "severity"),
    ],
)
def test_distributions_that_cannot_be_are_refused(
    frequency: Any, severity: Any, expected: str
) -> None:
    with pytest.raises(DataError, match=expected):
        ex.simulate_compound(frequency, severity, loss_years=100, seed=1)


def test_frames_of_tables_add_up() -> None:
    losses = ex.simulate(STUDY, loss_years=200)
    table = ex.pay("aiu_2015@limit=50000000", losses)
    frame = table.to_frame()
    unpaid = frame.drop(columns=["year", "loss", "paid"]).sum(axis=1)
    assert (frame["paid"] + unpaid == frame["loss"]).all()
    assert losses.to_frame()["ground_up"].sum() == frame["loss"].sum()
    assert value_at_risk(losses.annual(), 0.99, level=0.9).value >= 0


def test_numbers_of_numpy_and_of_offices_are_read_wherever_numbers_are() -> None:
    study = {"client": {"records": np.int64(3000)}, "plan": [{"id": "nipponkoa_2006/C"}]}
    plain = ex.simulate(study, loss_years=2000, seed=7)
    for years, seed in ((np.int32(2000), np.uint8(7)), ("2千", "７"), (2000.0, "7")):
        same = ex.simulate(study, loss_years=years, seed=seed)
        assert same.total().tolist() == plain.total().tolist()
    one = ex.size(np.int64(3000), product="nipponkoa_2006", band=False)
    for records in ("3,000", ["3千"], np.array([3000])):
        again = ex.size(records, product="nipponkoa_2006", band=False)
        assert again.equals(one)


@pytest.mark.parametrize(
    ("call", "line"),
    [
        (lambda: ex.run(STUDY, loss_years=1), "loss_years = 1: expected a whole number"),
        (lambda: ex.run(STUDY, loss_years="many"), 'loss_years = "many": expected a whole'),
        (lambda: ex.run(STUDY, loss_years=2.5), "loss_years = 2.5: expected a whole number"),
        (lambda: ex.run(STUDY, seed=-1), "seed = -1: expected a whole number from 0"),
        (lambda: ex.run(STUDY, workers=0), "workers = 0: expected a whole number from 1"),
        (lambda: ex.simulate(STUDY, loss_years=0), "loss_years = 0: expected a whole number"),
        (lambda: ex.simulate(STUDY, regime="cort"), 'regime = "cort": expected one of brochure'),
        (lambda: ex.size(0), "records = 0: expected a whole number of persons from 1"),
        (lambda: ex.size(["5万", "x"]), 'records = "x": expected a whole number of persons'),
        (lambda: ex.Client(recrods=5), 'Client: recrods: unknown key; did you mean "records"?'),
        (lambda: ex.Client(records="-1"), 'Client: records = "-1": expected a whole number'),
    ],
)
def test_what_cannot_be_read_is_said_in_one_line(call: Callable[[], object], line: str) -> None:
    with pytest.raises(DataError) as caught:
        call()
    assert any(said.startswith(line) for said in str(caught.value).splitlines()), caught.value


def test_premiums_go_by_the_plans_compared() -> None:
    losses = ex.simulate(STUDY, loss_years=1000)
    plans = ["nipponkoa_2006/A", ex.plan("nipponkoa_2006/C")]
    stated = {"nipponkoa_2006/A": np.int64(50_000), "nipponkoa_2006/C": "12万"}
    assert ex.compare(losses, plans, premiums=stated)["premium"].tolist() == [50_000, 120_000]
    with pytest.raises(DataError) as caught:
        ex.compare(losses, plans, premiums={"nipponkoa_2006/B": 1, "nipponkoa_2006/A": "dear"})
    assert caught.value.lines("en") == [
        'premiums: nipponkoa_2006/B: unknown key; did you mean "nipponkoa_2006/C"?',
        'premiums: nipponkoa_2006/A = "dear": expected a whole number of JPY from 0 to '
        "1,000,000,000,000",
    ]


def test_a_key_that_no_longer_decides_is_said_in_a_notebook_too() -> None:
    with pytest.warns(UserWarning, match="adequacy_target: no longer decides"):
        ex.simulate({"client": {"records": 3000, "adequacy_target": 0.9}}, loss_years=10)


@pytest.mark.parametrize(
    ("variables", "line"),
    [
        ({"EXPOSURE_LANG": "ja", "LANG": "en_US.UTF-8"}, "client.records = 0: 1以上"),
        ({"LANG": "ja_JP.UTF-8"}, "client.records = 0: 1以上"),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "ja_JP.UTF-8"}, "client.records = 0: 1以上"),
        ({"LANG": "ja_JP.UTF-8", "LC_ALL": "C"}, "client.records = 0: expected a whole"),
        ({"EXPOSURE_LANG": "en", "LANG": "ja_JP.UTF-8"}, "client.records = 0: expected a whole"),
        ({"LANG": "C.UTF-8"}, "client.records = 0: expected a whole"),
    ],
)
def test_errors_speak_the_language_of_the_notebook(
    variables: dict[str, str], line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("EXPOSURE_LANG", "LANG", "LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(DataError) as caught:
        ex.simulate({"client": {"records": 0}})
    assert line in str(caught.value)


def test_errors_travel_between_processes() -> None:
    with pytest.raises(DataError) as caught:
        ex.simulate({"client": {"records": 0}})
    again = pickle.loads(pickle.dumps(caught.value))
    assert again.problems == caught.value.problems
    assert again.lines("ja") == caught.value.lines("ja")
