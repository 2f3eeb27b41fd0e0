"""Losses of one's own: frames and lists read as people write them, and back to the same yen."""

from __future__ import annotations

import datetime
import io
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import exposure as ex
from exposure.arrays import Years
from exposure.errors import DataError
from exposure.policy.assignment import losses_for
from exposure.policy.interpreter import pay
from exposure.policy.plan import plan
from exposure.policy.vocabulary import PolicyPeriod
from exposure.simulation.own_losses import day_of, losses_from_frame
from exposure.tables import CATEGORIES, DATES, FLAGS, EventTable, LossItem, LossTable

START = datetime.date(2026, 4, 1)
PERIOD = PolicyPeriod(start=START, end=datetime.date(2027, 3, 31), first_inception=START)
PLANS = (
    "nipponkoa_2006/F",
    "aiu_2015+execution_double+cyber@limit=300000000",
    "sompo_alive_leak_limited",
)


@st.composite
def tables(draw: st.DrawFn) -> LossTable:
    """Loss tables with facts, days, exclusions, units, days in court and spending profiles."""
    sizes = sorted(draw(st.lists(st.integers(1, 4), min_size=1, max_size=3)), reverse=True)
    n = sum(sizes)
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    day = np.datetime64("2026-03-01") + rng.integers(0, 400, (len(DATES), n)).astype("m8[D]")
    day[rng.random(day.shape) < 0.2] = np.datetime64("NaT", "D")
    facts: dict[str, Any] = {name: day[k] for k, name in enumerate(DATES)}
    facts |= {name: rng.random(n) < 0.7 for name in FLAGS}
    facts |= {
        name: (rng.random(n) < 0.2).astype(np.int8) * (len(of) - 1)
        for name, of in CATEGORIES.items()
    }
    facts = {name: fact for name, fact in facts.items() if draw(st.booleans())}
    if draw(st.booleans()):
        facts |= {"reported_to_authority": True, "claim_made_on": np.datetime64("2026-06-01")}
    intent, medium = rng.random(n) < 0.2, rng.random(n) < 0.3

    def yen() -> Any:
        return np.rint(rng.lognormal(15, 2, n)) * (rng.random(n) < 0.7)

    units = np.rint(rng.lognormal(5, 2, n)) * (rng.random(n) < 0.5)
    officer, employee = rng.poisson(0.5, n).astype(float), rng.poisson(0.5, n).astype(float)
    items = (
        LossItem("damages", yen()),
        LossItem("call_centre", yen(), spending_mean_days=45.5),
        LossItem("cyber_response", yen(), spending_mean_days=20.0),
        LossItem(
            "condolence",
            units * 500,
            units=units,
            per_unit=np.full(n, 500.0),
            spending_mean_days=60.0,
        ),
        LossItem(
            "condolence_shipping",
            units * 110,
            units=units,
            per_unit=np.full(n, 110.0),
            spending_mean_days=60.0,
        ),
        LossItem(
            "court_attendance",
            officer * 10_000 + employee * 5_000,
            officer_days=officer,
            employee_days=employee,
        ),
    )
    events = EventTable(
        years=Years(tuple(sizes)),
        facts=facts,
        exclusions={"insured_intent": intent, "intentional_or_foreseen_harm": intent},
        exceptions={"lost_or_stolen_medium": medium},
        empty_probability=0.9,
        cause=rng.integers(0, 2, n).astype(np.int8),
        cause_names=("theft", "worm_virus"),
        persons=np.rint(rng.lognormal(5, 2, n)),
        claimants=np.rint(rng.lognormal(1, 1, n)),
    )
    return LossTable(events, items)


@given(tables())
@settings(max_examples=40, deadline=None)
def test_a_table_pays_the_same_after_it_was_written_and_read(losses: LossTable) -> None:
    frame = losses.to_frame()
    text = io.StringIO(frame.to_csv(index=False))
    for back in (losses_from_frame(frame), losses_from_frame(pd.read_csv(text))):
        # Years keep their order and events theirs, so that even the places are the same.
        assert back.events.years == losses.events.years
        assert back.events.empty_probability == 0.9
        causes = [
            [table.events.cause_names[code] for code in table.events.cause.tolist()]  # type: ignore[union-attr]  # both have causes
            for table in (losses, back)
        ]
        assert causes[0] == causes[1]
        assert back.total().tolist() == losses.total().tolist()
        for identifier in PLANS:
            built = plan(identifier)
            first, second = (
                pay(built, losses_for(built, table), PERIOD) for table in (losses, back)
            )
            assert first.paid.tolist() == second.paid.tolist()
            assert first.is_covered().tolist() == second.is_covered().tolist()
            one, other = first.unpaid_by_reason(), second.unpaid_by_reason()
            assert {name: amount.tolist() for name, amount in one.items()} == {
                name: amount.tolist() for name, amount in other.items()
            }


@pytest.mark.parametrize("identifier", PLANS)
def test_simulated_losses_pay_the_same_after_the_round_trip(identifier: str) -> None:
    client = {"records": 20_000, "card_share": 0.5, "entrusted_share": 0.3}
    losses = ex.simulate({"client": client}, regime="court", loss_years=2000, seed=1)
    back = ex.losses_from_frame(losses.to_frame())
    assert back.events.empty_probability == losses.events.empty_probability
    first, second = ex.pay(identifier, losses), ex.pay(identifier, back)
    assert first.paid.sum() > 0
    assert first.paid.tolist() == second.paid.tolist()


def test_an_event_that_costs_nothing_keeps_its_year() -> None:
    losses = LossTable(EventTable(Years((2, 1)), {}), (LossItem("damages", np.array([0.0, 5, 0])),))
    frame = losses.to_frame()
    assert frame["head"].tolist() == ["", "", "damages"]
    back = losses_from_frame(pd.read_csv(io.StringIO(frame.to_csv(index=False))))
    assert back.events.years == Years((2, 1))
    assert back.total().tolist() == [0.0, 5.0, 0.0]


def test_what_one_row_an_item_cannot_say_is_said_and_refused() -> None:
    item = LossItem("condolence", np.array([5.0]), facts={"form": 4})
    table = LossTable(
        EventTable(Years((1,)), {}), (item, replace(item, claimable_under=("a", "b")))
    )
    frame = table.to_frame()
    assert frame["lacks"].tolist() == ["item_facts claimable_under repeated_heads"] * 2
    with pytest.raises(DataError, match="item_facts claimable_under repeated_heads"):
        losses_from_frame(frame)


BASE = {"year": [1, 2], "event_id": ["a", "b"], "ground_up": [5_000_000, 1]}
LATE = "2025-04-01T00:30:00+09:00"


@pytest.mark.parametrize(
    "days",
    [
        pd.to_datetime(["2025-04-01"] * 2),
        pd.to_datetime(["2025-04-01"] * 2).tz_localize("Asia/Tokyo"),
        pd.to_datetime(["2025-04-01 23:30"] * 2).tz_localize("America/New_York"),
        [pd.Timestamp("2025-04-01", tz="Asia/Tokyo"), datetime.date(2025, 4, 1)],
        [np.datetime64("2025-04-01"), datetime.datetime(2025, 4, 1, 23, tzinfo=datetime.UTC)],
        [LATE, "2025/4/1"],
        ["２０２５年４月１日", "2025-04-01 00:30"],
    ],
)
def test_a_day_is_the_local_one(days: Any) -> None:
    frame = pd.DataFrame({**BASE, "claim_made_on": days})
    found = losses_from_frame(frame).events.facts["claim_made_on"]
    assert found.tolist() == [datetime.date(2025, 4, 1)] * 2  # type: ignore[union-attr]  # an array


def test_every_row_keeps_its_cause_however_many_there_are() -> None:
    frame = pd.DataFrame(
        {"year": range(200), "ground_up": 1, "cause": [f"c{k:03}" for k in range(200)]}
    )
    assert losses_from_frame(frame).to_frame()["cause"].tolist() == frame["cause"].tolist()


@pytest.mark.parametrize(
    "given",
    [
        [(2023, 3_000_000), (2024, "500万"), (2024, np.int64(7))],
        np.array([[2023, 3_000_000], [2024, 5_000_000], [2024, 7]]),
        pd.Series([3_000_000, 5_000_000, 7], index=[2023, 2024, 2024]),
        {"year": [2023, 2024, 2024], "amount": [3_000_000, "５００万円", 7.0]},
        pd.DataFrame({"年度": [2023, 2024, 2024], "損害額": ["300万", "5,000,000", 7]}),
    ],
)
def test_a_year_and_an_amount_are_enough(given: Any) -> None:
    losses = losses_from_frame(given)
    assert losses.events.years == Years((2, 1))
    # The year with two events comes first.
    assert losses.total().tolist() == [5_000_000, 3_000_000, 7]
    assert list(losses.by_head()) == ["damages"]


def test_japanese_heads_and_facts_are_read() -> None:
    frame = pd.DataFrame(
        {
            "年度": [2024, 2024],
            "事故番号": ["甲", "甲"],
            "損害項目": ["損害賠償金", "コールセンター費用"],
            "金額": [1e6, 2e6],
            "情報の主体": ["従業員", "従業員"],
            "発覚日": ["2024/5/1", "2024/5/1"],
        }
    )
    losses = losses_from_frame(frame)
    assert list(losses.by_head()) == ["damages", "call_centre"]
    assert losses.events.facts["data_subject"].tolist() == [1]  # type: ignore[union-attr]  # an array


def test_empty_cells_are_not_stated() -> None:
    frame = pd.DataFrame(
        {
            **BASE,
            "cause": [pd.NA, "theft"],
            "media_report": pd.array([True, pd.NA], dtype="boolean"),
            "data_subject": ["employee", None],
            "claim_made_on": [pd.NaT, pd.Timestamp("2025-04-01")],
            "units": pd.array([pd.NA, 2], dtype="Int64"),
            "per_unit": [None, 500],
            "persons": [pd.NA, pd.NA],
        }
    )
    events = losses_from_frame(frame).events
    found = {name: fact.tolist() for name, fact in events.facts.items()}  # type: ignore[union-attr]  # arrays
    assert found == {
        "media_report": [True, False],
        "data_subject": [1, 0],
        "claim_made_on": [None, datetime.date(2025, 4, 1)],
    }
    assert events.cause_names == ("", "theft")
    assert events.persons is None


def test_one_year_is_read_and_paid_but_not_compared() -> None:
    losses = losses_from_frame({"year": [7, 7], "ground_up": [3e6, 1e6]}, empty_probability=0.95)
    assert ex.pay("nipponkoa_2006/A", losses).paid.sum() > 0
    with pytest.raises(DataError, match="two years with an event"):
        ex.compare(losses, ["nipponkoa_2006/A"])


@pytest.mark.parametrize("given", [5, "frame.csv", [1, 2], [(1, 2, 3)], [], {}, {"year": 5}, None])
def test_what_is_no_list_of_losses_is_refused(given: Any) -> None:
    with pytest.raises(DataError):
        losses_from_frame(given)


CELLS: st.SearchStrategy[Any] = st.one_of(
    st.none(), st.just(pd.NA), st.just(pd.NaT), st.just(float("nan")), st.booleans(),
    st.integers(-5, 10**20), st.floats(), st.text(max_size=5), st.dates(), st.datetimes(),
    st.sampled_from(["damages", "損害賠償金", "2025-04-01", "true", "insured_intent", "1億"]),
    st.just([1]), st.just({}), st.just(complex(1, 1)), st.just(pd.Timedelta(1, "D")),
)  # fmt: skip
COLUMNS = [
    "year", "event_id", "head", "ground_up", "cause", "persons", "units", "per_unit",
    "officer_days", "spending_mean_days", "media_report", "data_subject", "claim_made_on",
    "exclusions", "empty_probability", "lacks", "plan",
]  # fmt: skip


@pytest.mark.parametrize("missing", [None, "", " ", pd.NaT, pd.NA, np.nan, np.datetime64("NaT")])
def test_no_day_stands_in_an_empty_cell(missing: object) -> None:
    """Whichever way pandas and numpy say empty; some of them are dates to Python."""
    assert day_of(missing) is None
    rows = [[1, "damages", 5.0, "2026-04-02"], [2, "damages", 7.0, missing]]
    frame = pd.DataFrame(rows, columns=["year", "head", "ground_up", "claim_made_on"], dtype=object)
    assert np.isnat(losses_from_frame(frame).events.facts["claim_made_on"]).tolist() == [
        False,
        True,
    ]


@given(
    st.lists(st.sampled_from(COLUMNS), min_size=2, unique=True).flatmap(
        lambda names: st.lists(st.tuples(*[CELLS for _ in names]), min_size=1, max_size=4).map(
            lambda rows: pd.DataFrame([list(row) for row in rows], columns=names)
        )
    )
)
@settings(max_examples=150, deadline=None)
def test_any_frame_is_read_or_refused(frame: pd.DataFrame) -> None:
    try:
        losses = losses_from_frame(frame)
    except DataError as error:
        assert all(line.startswith("losses_from_frame") for line in error.lines("en"))
        return
    assert losses.events.n_events > 0
