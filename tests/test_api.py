"""What a notebook calls: light to import, and consistent with the command line."""

from __future__ import annotations

import functools
import html
import json
import math
import pickle
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

import exposure as ex
from exposure.cli import main
from exposure.errors import DataError
from exposure.files import read_json, to_json
from exposure.measures.exceedance import tail_measures, value_at_risk
from exposure.model.events import simulate_events
from exposure.model.losses import BLOCK_YEARS
from exposure.output.content import Prose, Table
from exposure.output.content.report import report_of
from exposure.result.document import result_from
from exposure.result.lines import plan_name, rounded_yen
from exposure.simulation.large_tables import join_tables
from exposure.streams import Luck
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
            assert (
                row["retained_annual_tvar_0.99"]
                == plan["retained"]["annual"]["tvar"]["0.99"]["value"]
            )
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
    from exposure.study.answer import prepare

    setting = prepare(study_from_mapping(STUDY, "test"))
    model = setting.model_of(setting.assumptions)
    return [
        price_losses(model, simulate_events(model, n, Luck(1, block)), "court", Luck(1, block))
        for block, n in enumerate(sizes)
    ]


def test_joining_blocks_keeps_every_event_with_its_year() -> None:
    parts = blocks((300, 200))
    whole = join_tables(parts)
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


# --- since an earlier result ---------------------------------------------------------------------

LAST: dict[str, Any] = {
    "study": {"loss_years": 1000, "name": "前回"},
    "client": {"records": 100_000, "incidents_last_3_years": 0, "liquidity": 50_000_000},
    "plan": [
        {"id": "nipponkoa_2006/C", "premium": 150_000},
        {"id": "nipponkoa_2006/F", "premium": 420_000},
    ],
}
# Each cause by what it changes of the study.
CAUSES: dict[str, dict[str, Any]] = {
    "records": {"client": {"records": 150_000}},
    "history": {"client": {"incidents_last_3_years": 1}},
    "client": {"client": {"industry": "金融"}},
    "assumptions": {
        "assumptions": {
            "claims.rate.brochure": {"value": 0.05, "reason": "試験"},
            "claims.rate.court": {"value": 0.01, "reason": "試験"},
        }
    },
}


def changed(*causes: str) -> dict[str, Any]:
    made = dict(LAST)
    for cause in causes:
        for key, value in CAUSES[cause].items():
            made[key] = {**made.get(key, {}), **value}
    return made


@functools.cache
def figures_of(*causes: str) -> dict[tuple[str, str], tuple[float, float]]:
    """Worth, and cost without the premium, by regime and plan, of a study with some changes."""
    frame = ex.run(changed(*causes)).to_frame()
    return {
        key: (row["worth"], row["total_cost"] - row["premium"]) for key, row in frame.iterrows()
    }


@pytest.fixture(scope="module")
def last(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("last") / "result.json"
    path.write_text(to_json(ex.run(LAST).document), encoding="utf-8")
    return path


def test_nothing_moves_between_a_study_and_itself(last: Path) -> None:
    since = ex.run(LAST, since=last).record.since
    assert since is not None
    for regime in since.regimes.values():
        assert regime.plan_before == regime.plan_after
        assert all(moved.before == moved.after for moved in regime.figures)
        assert regime.held is not None
        assert regime.held.effects == []
    assert (
        since.lines.ja[0]
        == "前回との比較　推奨は前回（前回）と同じ「日本興亜2006 パターンF（3億円）」"
    )
    assert "nothing moved it" in since.lines.en[2]


def test_every_cause_is_what_it_does_alone_and_they_add_up(last: Path) -> None:
    now = {**changed(*CAUSES), "plan": [{"id": "nipponkoa_2006/F", "premium": 500_000}]}
    made = ex.run(now, since=last)
    since = made.record.since
    assert since is not None
    for name, regime in since.regimes.items():
        held = regime.held
        assert held is not None
        assert held.plan == "nipponkoa_2006/F"
        effects = {effect.code: effect for effect in held.effects}
        assert set(effects) == {*CAUSES, "premium", "together"}
        key = (name, held.plan)
        for cause in CAUSES:
            wanted = np.subtract(figures_of(cause)[key], figures_of()[key])
            found = effects[cause].worth, effects[cause].total_cost
            assert found == pytest.approx(wanted, abs=1e-3)
        assert (effects["premium"].worth, effects["premium"].total_cost) == (0, 80_000)
        assert held.worth.after == pytest.approx(figures_of(*CAUSES)[key][0])
        for moved, amounts in (
            (held.worth, [effect.worth for effect in held.effects]),
            (held.total_cost, [effect.total_cost for effect in held.effects]),
        ):
            assert moved.before is not None
            assert moved.after is not None
            total = sum(amount for amount in amounts if amount is not None)
            assert total == pytest.approx(moved.after - moved.before, abs=1e-3)
    # It is read back as it was written.
    assert result_from(made.document).since == since


def test_another_draw_is_put_down_to_the_program(last: Path) -> None:
    since = ex.run(LAST, since=last, seed=9).record.since
    assert since is not None
    held = since.regimes["court"].held
    assert held is not None
    (effect,) = held.effects
    assert effect.code == "program"
    assert "20260401→9" in effect.detail.ja.replace(",", "")
    assert held.worth.after is not None
    assert held.worth.before is not None
    assert effect.worth == pytest.approx(held.worth.after - held.worth.before)


def test_a_plan_that_is_no_more_is_said_to_be_gone(last: Path, tmp_path: Path) -> None:
    old = last.read_text(encoding="utf-8").replace("nipponkoa_2006", "nipponkoa_1999")
    path = tmp_path / "gone.json"
    path.write_text(old, encoding="utf-8")
    since = ex.run(LAST, since=path).record.since
    assert since is not None
    held = since.regimes["brochure"].held
    assert held is not None
    assert held.worth.after is None
    assert held.effects == []
    assert "組めません" in since.lines.ja[1]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "no such file"),
        ("{", "not valid JSON"),
        ("[]", "made by an earlier edition"),
        ('{"schema": "exposure/result/1"}', "made by an earlier edition"),
        ('{"schema": "exposure/result/2"}', "not the shape of a result"),
    ],
)
def test_an_earlier_result_that_is_none_is_refused_before_anything_is_written(
    content: str | None, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study, old, out = (tmp_path / name for name in ("study.toml", "old.json", "out"))
    study.write_text("[client]\nrecords = 3000\nrecrods = 1\n", encoding="utf-8")
    if content is not None:
        old.write_text(content, encoding="utf-8")
    words = ["run", str(study), "--out", str(out), "--since", str(old), "--lang", "en"]
    assert main([*words, "--no-band", "--loss-years", "1000", "--formats", "json"]) == 2
    wrong, line, *more = capsys.readouterr().err.splitlines()
    assert more == []
    assert "recrods" in wrong  # whatever is wrong is said in one pass
    assert "old.json" in line
    assert said in line
    assert not out.exists()


def test_a_client_that_cannot_be_is_refused(last: Path, tmp_path: Path) -> None:
    document = json.loads(last.read_text(encoding="utf-8"))
    document["client"]["records"] = "many"
    path = tmp_path / "old.json"
    path.write_text(to_json(document), encoding="utf-8")
    with pytest.raises(DataError, match=r"client\.records"):
        ex.run(LAST, since=path)


def test_the_report_says_what_moved_and_the_earlier_file_may_be_replaced(
    last: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study, out = tmp_path / "study.toml", tmp_path / "out"
    study.write_text(
        "[client]\nrecords = 150_000\nincidents_last_3_years = 0\nliquidity = 50_000_000\n"
        '[[plan]]\nid = "nipponkoa_2006/F"\npremium = 420_000\n',
        encoding="utf-8",
    )
    out.mkdir()
    shutil.copy(last, out / "result.json")
    words = ["run", str(study), "--out", str(out), "--since", str(out / "result.json")]
    assert main([*words, "--no-band", "--loss-years", "1000", "--formats", "json"]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert [line.partition("　")[0] for line in printed[5:9]] == [
        "前回との比較", "価値と費用", "価値が動いた理由", "総費用が動いた理由",
    ]  # fmt: skip
    assert "保有件数（保有する個人情報の件数 100,000→150,000）" in printed[7]
    report = report_of(result_from(read_json(out / "result.json")), "ja")
    section = next(section for section in report.sections if section.name == "since")
    tables = [block for block in section.flat() if isinstance(block, Table)]
    assert len(tables) == 4
    first_page = [block.text for block in report.sections[0].flat() if isinstance(block, Prose)]
    assert any("前回との比較" in text for text in first_page)


# --- in a notebook -------------------------------------------------------------------------------


def test_what_a_notebook_shows_is_one_line() -> None:
    losses = ex.simulate(ex.Client(records=3000), loss_years=1000, seed=1)
    plan = ex.plan("nipponkoa_2006/F")
    made = ex.run(LAST)
    view = made.record.regimes["court"]
    shown = (
        made, made.record, view, view.plans[0], losses, losses.annual(), plan,
        ex.pay(plan, losses), *ex.pay_years([plan], losses),
    )  # fmt: skip
    for one in shown:
        assert type(one).__name__ in repr(one)
        assert "\n" not in repr(one)
        assert len(repr(one)) < 200
    assert f"court {view.recommendation.plan} ({view.recommendation.verdict})" in repr(made)


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_a_result_shows_its_five_lines_and_every_plan(
    lang: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EXPOSURE_LANG", lang)
    name = "<script>alert(1)</script> & 会社"
    made = ex.run({**LAST, "study": {**LAST["study"], "name": name}})
    page = made._repr_html_()
    assert page == made.record._repr_html_()
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    for line in getattr(made.record.recommendation.lines, lang):
        assert html.escape(line) in page
    rows = re.findall(r"<tr><td.*?</tr>", page)
    assert len(rows) == 1 + len(made.record.regimes["court"].plans)
    named = made.record.regimes["court"].recommendation.plan
    assert named is not None
    plan = made.record.regimes["court"].plan(named)
    (marked,) = [row for row in rows if "<b>" in row]
    assert plan_name(plan, "ja" if lang == "ja" else "en") in marked
    assert plan.worth.value is not None
    assert rounded_yen(plan.worth.value, "ja" if lang == "ja" else "en") in marked


def test_the_package_lists_what_a_user_may_use() -> None:
    assert dir(ex) == sorted(ex.__all__)
