"""The tables of a study, written and read back."""

from __future__ import annotations

import math
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from exposure.arrays import Years
from exposure.cli import main
from exposure.errors import DataError
from exposure.inputs.assumptions import load_assumptions
from exposure.inputs.study_file import study_from_mapping
from exposure.measures.exceedance import tail_measures
from exposure.policy.assignment import losses_for
from exposure.policy.interpreter import pay
from exposure.policy.plan import plan
from exposure.policy.vocabulary import PolicyPeriod
from exposure.simulation.own_losses import losses_from_frame
from exposure.study.answer import Setting, prepare
from exposure.study.pipeline import run_study
from exposure.study.table_files import export_study
from exposure.tables import Annual, EventTable, LossItem, LossTable

RAW = {
    "study": {"loss_years": 1000, "regimes": ["court"]},
    "client": {"records": 20_000},
    "plan": [{"id": "nipponkoa_2006/B"}, {"id": "aiu_2015@limit=50000000"}],
}
PERIOD = PolicyPeriod(start=date(2026, 4, 1), end=date(2027, 3, 31))
BOUGHT = PolicyPeriod(start=PERIOD.start, end=PERIOD.end, first_inception=PERIOD.start)


def setting(**study: Any) -> Setting:
    return prepare(study_from_mapping({**RAW, "study": {**RAW["study"], **study}}, "test"))  # type: ignore[dict-item]


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pd.DataFrame]:
    folder = tmp_path_factory.mktemp("export")
    written = export_study(setting(), folder)
    assert [path.name for path in written] == ["ept_court.csv", "yelt_court.csv", "ylt_court.csv"]
    assert sorted(path.name for path in folder.iterdir()) == [path.name for path in written]
    return {path.stem.removesuffix("_court"): pd.read_csv(path) for path in written}


def test_the_columns_are_the_agreed_ones(tables: dict[str, pd.DataFrame]) -> None:
    unpaid = [
        "unpaid_not_covered", "unpaid_excluded", "unpaid_window", "unpaid_per_unit",
        "unpaid_deductible", "unpaid_share", "unpaid_sublimit", "unpaid_limit",
    ]  # fmt: skip
    columns = list(tables["yelt"].columns)
    assert columns[:10] == [
        "year", "event_id", "cause", "persons", "claimants", "head", "ground_up",
        "plan", "paid", "retained",
    ]  # fmt: skip
    assert columns[10:19] == ["covered", *unpaid]
    assert {
        "units", "per_unit", "spending_mean_days", "discovered_on", "claim_made_on",
        "reported_to_authority", "leak_status", "exclusions", "exceptions", "empty_probability",
    } <= set(columns[19:])  # fmt: skip
    assert list(tables["ylt"].columns) == [
        "year", "events", "ground_up", "largest_event", "plan", "paid", "retained", *unpaid,
        "empty_probability",
    ]  # fmt: skip
    assert list(tables["ept"].columns) == [
        "perspective", "ep_type", "return_period", "loss", "low", "high",
    ]  # fmt: skip
    assert sorted(set(tables["ept"]["ep_type"])) == [1, 2, 3, 4]


def test_the_tables_add_up_to_the_result(tables: dict[str, pd.DataFrame]) -> None:
    document = run_study(setting().study).document["regimes"]["court"]
    weight = 1 - document["frequency"]["probability_of_no_event"]
    yelt, ylt = tables["yelt"], tables["ylt"]
    gross = yelt[yelt["plan"].isna()]
    assert set(ylt["year"]) == set(range(1, 1001))
    mean = weight * gross["ground_up"].sum() / 1000
    assert math.isclose(mean, document["ground_up"]["annual"]["mean"]["value"])
    by_head = weight * gross.groupby("head")["ground_up"].sum() / 1000
    for head, amount in document["ground_up"]["by_head"].items():
        assert math.isclose(by_head[head], amount)
    for one in document["plans"]:
        for table in (yelt, ylt):
            own = table[table["plan"] == one["id"]]
            paid, kept = own["paid"].sum(), own["retained"].sum()
            assert math.isclose(weight * paid / 1000, one["paid"]["annual"]["mean"]["value"])
            assert paid + kept == gross["ground_up"].sum()


def test_the_exceedance_table_is_that_of_the_years(tables: dict[str, pd.DataFrame]) -> None:
    p0 = setting().model_of(setting().assumptions).empty_probability
    years = tables["ylt"][tables["ylt"]["plan"].isna()]
    annual = Annual(years["ground_up"].to_numpy(dtype=float), p0)
    ept = tables["ept"][tables["ept"]["perspective"] == "ground_up"]
    aep, tail = ept[ept["ep_type"] == 3], ept[ept["ep_type"] == 4]
    assert aep["return_period"].is_monotonic_increasing
    for place in (10, 50, 100):
        p = 1 - 1 / aep["return_period"].iloc[place]
        found = tail_measures(annual, [p], level=0.9, largest_share=0.05)
        assert math.isclose(found.var[0].value, aep["loss"].iloc[place])
        assert math.isclose(found.tvar[0].value, tail["loss"].iloc[place], rel_tol=1e-9)


def test_blocks_only_move_what_is_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two blocks number their years and events on, and both are in every file."""
    monkeypatch.setattr("exposure.model.losses.BLOCK_YEARS", 600)
    export_study(setting(), tmp_path)
    yelt, ylt = pd.read_csv(tmp_path / "yelt_court.csv"), pd.read_csv(tmp_path / "ylt_court.csv")
    gross = ylt[ylt["plan"].isna()]
    assert gross["year"].tolist() == list(range(1, 1001))
    events = yelt[yelt["plan"] == "nipponkoa_2006/B"]
    assert sorted(events["event_id"]) == list(range(1, len(events) + 1))
    assert len(events) == gross["events"].sum()


def test_parquet_holds_the_same_rows(tmp_path: Path, tables: dict[str, pd.DataFrame]) -> None:
    pytest.importorskip("pyarrow")
    export_study(setting(), tmp_path, "parquet")
    found = pd.read_parquet(tmp_path / "yelt_court.parquet")
    assert len(found) == len(tables["yelt"])
    assert found["ground_up"].sum() == tables["yelt"]["ground_up"].sum()


def test_a_failed_export_leaves_the_folder_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "yelt_court.csv").write_text("before", encoding="utf-8")

    def broken(*args: object) -> None:
        raise RuntimeError("in the middle")

    monkeypatch.setattr("exposure.study.table_files.exceedance_rows", broken)
    with pytest.raises(RuntimeError, match="in the middle"):
        export_study(setting(), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["yelt_court.csv"]
    assert (tmp_path / "yelt_court.csv").read_text(encoding="utf-8") == "before"


def test_text_that_looks_like_a_formula_is_neutral(tmp_path: Path) -> None:
    from exposure.study.table_files import _csv_writer

    write = _csv_writer(tmp_path / "a.csv")
    write(pd.DataFrame({"head": ["=1+1", "@x", "-2", "damages"], "ground_up": [-1, 2, 3, 4]}))
    assert (tmp_path / "a.csv").read_text(encoding="utf-8").splitlines() == [
        "head,ground_up", "'=1+1,-1", "'@x,2", "'-2,3", "damages,4",
    ]  # fmt: skip


def test_an_exported_table_reads_back_to_the_same_years(tables: dict[str, pd.DataFrame]) -> None:
    yelt = tables["yelt"]
    losses = losses_from_frame(yelt, empty_probability=0.9)
    gross = yelt[yelt["plan"].isna()]
    by_year = np.sort(gross.groupby("year")["ground_up"].sum().to_numpy())
    assert np.sort(losses.events.years.sum(losses.total())).tolist() == by_year.tolist()
    assert losses.events.empty_probability == 0.9
    chance = losses_from_frame(yelt).events.empty_probability
    assert chance == setting().model_of(setting().assumptions).empty_probability
    assert set(losses.by_head()) == set(gross["head"])


def table() -> LossTable:
    """Two years with two and one event; facts, days, money by head and a spending profile."""
    days = np.array(["2026-05-01", "2026-08-01", "2026-06-01"], dtype="datetime64[D]")
    events = EventTable(
        years=Years((2, 1)),
        facts={
            "reported_to_authority": np.array([True, False, True]),
            "data_subject": np.array([0, 1, 0], dtype=np.int8),
            "claim_made_on": days,
            "discovered_on": days,
            "notified_on": days,
        },
        empty_probability=0.9,
        cause=np.array([0, 1, 0], dtype=np.int8),
        cause_names=("theft", "worm_virus"),
        persons=np.array([10.0, 20.0, 4000.0]),
        claimants=np.array([1.0, 0.0, 2.0]),
    )
    units = np.array([10.0, 20.0, 4000.0])
    items = (
        LossItem("damages", np.array([4e6, 2e6, 3e7])),
        LossItem("call_centre", np.array([1e6, 5e5, 2e6]), spending_mean_days=200.0),
        LossItem("condolence", units * 1000, units=units, per_unit=np.full(3, 1000.0)),
    )
    return LossTable(events, items)


@pytest.mark.parametrize(
    "identifier", ["nipponkoa_2006/A", "aiu_2015@limit=30000000", "sompo_alive_leak_limited"]
)
def test_a_table_with_its_facts_pays_the_same_after_the_round_trip(identifier: str) -> None:
    before = table()
    after = losses_from_frame(before.to_frame())
    # Years of equal length keep the order of their rows, so even the places agree here.
    assert after.events.years == before.events.years
    built = plan(identifier)
    first, second = (pay(built, losses, PERIOD) for losses in (before, after))
    assert first.paid.tolist() == second.paid.tolist()
    assert first.paid.sum() > 0


def wrong(**columns: list[Any]) -> pd.DataFrame:
    base: dict[str, list[Any]] = {
        "year": [1, 1], "event_id": [1, 2], "head": ["damages"] * 2, "ground_up": [1.0, 2.0],
    }  # fmt: skip
    return pd.DataFrame({**base, **columns})


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        (wrong(ground_up=[-1.0, 2.0]), "row 0, ground_up"),
        (wrong(ground_up=[1.0, float("nan")]), "row 1, ground_up"),
        (wrong(ground_up=[1.5, 2.0]), "row 0, ground_up"),
        (wrong(head=["damages", "damage"]), "row 1, head"),
        (wrong(persns=[1, 2]), 'persns: unknown column; did you mean "persons"'),
        (wrong(units=[1.0, 2.0]), "units"),
        (wrong(media_report=["yes", "no"]), "row 0, media_report"),
        (wrong(data_subject=["customer", "dog"]), "row 1, data_subject"),
        (wrong(claim_made_on=["2026-05-01", "May"]), "row 1, claim_made_on"),
        (wrong(event_id=[1, 1], year=[1, 2], head=["damages", "call_centre"]), "event_id 1, year"),
        (wrong(event_id=[1, 1]), "row 1, head"),
        (wrong(year=[1, None]), "row 1, year"),
        (wrong().drop(columns="ground_up"), "ground_up: this column is needed"),
        (wrong(損害額=[1.0, 2.0]), "columns"),
        (wrong(head=["damages", None]), "row 1, head"),
        (wrong(ground_up=[1.0, pd.NA]), "row 1, ground_up"),
        (wrong(ground_up=[True, 2.0]), "row 0, ground_up"),
        (wrong(ground_up=["1億", "多い"]), "row 1, ground_up"),
        (wrong(persons=[1, pd.NA]), "row 1, persons"),
        (wrong(claim_made_on=["2026-05-01", 20260501]), "row 1, claim_made_on"),
        (wrong(exclusions=["insured_intent", "intent"]), "row 1, exclusions"),
        (wrong(spending_mean_days=[30.0, 20.0]), "damages, spending_mean_days"),
        (wrong(empty_probability=[0.5, 0.6]), "empty_probability"),
        (wrong(lacks=["item_facts", "item_facts"]), "lacks"),
        (wrong().head(0), "at least one row"),
    ],
)
def test_a_frame_that_cannot_be_is_refused(frame: pd.DataFrame, expected: str) -> None:
    with pytest.raises(DataError, match=expected.replace("?", r"\?")):
        losses_from_frame(frame)


def test_an_empty_probability_of_one_is_refused() -> None:
    with pytest.raises(DataError, match="empty_probability"):
        losses_from_frame(wrong(), empty_probability=1.0)


def test_a_file_in_place_of_the_folder_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "file"
    target.write_text("x", encoding="utf-8")
    assert main(["export", "data/studies/clinic.toml", "--out", str(target), "--lang", "en"]) == 2
    assert capsys.readouterr().err.startswith("--out = ")


def test_what_stays_unpaid_is_told_by_reason(tables: dict[str, pd.DataFrame]) -> None:
    document = run_study(setting().study).document["regimes"]["court"]
    weight = 1 - tables["ylt"]["empty_probability"].iloc[0]
    for table in (tables["yelt"], tables["ylt"]):
        reasons = [name for name in table.columns if name.startswith("unpaid_")]
        for one in document["plans"]:
            own = table[table["plan"] == one["id"]]
            assert (own[reasons].sum(axis=1) == own["retained"]).all()
            for reason, amount in one["unpaid_by_reason"].items():
                found = weight * own[f"unpaid_{reason}"].sum() / 1000
                assert math.isclose(found, amount, abs_tol=1e-6), reason


@pytest.mark.parametrize("plan_id", [raw["id"] for raw in RAW["plan"]])  # type: ignore[index]  # of the constant
def test_an_exported_table_pays_again_what_it_says(
    tables: dict[str, pd.DataFrame], plan_id: str
) -> None:
    yelt = tables["yelt"]
    built, own = plan(plan_id), yelt[yelt["plan"] == plan_id].set_index("event_id")
    losses = losses_from_frame(yelt)
    again = pay(built, losses_for(built, losses), BOUGHT)
    assert sorted(again.paid.tolist()) == sorted(own["paid"].tolist())
    assert again.is_covered().sum() == own["covered"].sum()


def test_fewer_years_are_exported_unless_more_are_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study = tmp_path / "study.toml"
    lines = [
        "[study]", 'regimes = ["court"]', "loss_years = 6000",
        "[client]", "records = 500", "[[plan]]", 'id = "nipponkoa_2006/A"',
    ]  # fmt: skip
    study.write_text("\n".join(lines), encoding="utf-8")
    most = load_assumptions().value("run.export_loss_years")
    for more, years in (([], most), (["--loss-years", "5500"], 5500)):
        assert (
            main(["export", str(study), "--out", str(tmp_path / "t"), "--lang", "en", *more]) == 0
        )
        assert pd.read_csv(tmp_path / "t" / "ylt_court.csv")["year"].max() == years
        assert ("--loss-years 6000" in capsys.readouterr().out) == (not more)


def test_tables_that_do_not_fit_into_memory_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exposure.simulation.machine.bytes_available", lambda: 1e5)
    with pytest.raises(DataError, match="memory"):
        export_study(setting(), tmp_path / "tables")
    assert not (tmp_path / "tables").exists()
