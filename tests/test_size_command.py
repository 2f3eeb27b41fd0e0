"""Which limit a client of N records should buy: the rows, the reasons, bad input."""

from __future__ import annotations

import json
from typing import Any

import pytest

from exposure.cli import main
from exposure.errors import ExposureError
from exposure.inputs.study_file import study_from_mapping
from exposure.study.scenario import enough_for, scenario_text, scenarios
from exposure.study.sizing import SizeTask, size_limits, size_task

FEW = {
    "run.size_loss_years": {"value": 3000, "reason": "試験"},
    "run.size_draws": {"value": 4, "reason": "試験"},
    "run.size_draw_loss_years": {"value": 1000, "reason": "試験"},
}


def task(records: list[int], product: str = "aiu_2015", **client: Any) -> SizeTask:
    raw = {"client": {"records": 1000, **client}, "assumptions": FEW}
    return size_task(records, study_from_mapping(raw, "test"), [product])


def test_the_sublimit_binds_below_315_million_in_the_printed_scenario() -> None:
    case = scenarios()["aiu_2015"].case
    found = enough_for("aiu_2015", case, (1e9,))
    assert found is not None
    assert (found.limit, found.term, found.unpaid) == (315_000_000, "execution", 3_500_000)
    # Doubling the sublimit halves what the plan must be; waiving the own share needs 350 million.
    doubled = enough_for("aiu_2015+execution_double", case, (1e9,))
    waived = enough_for("aiu_2015+execution_own_share_waiver", case, (1e9,))
    assert doubled is not None
    assert waived is not None
    assert (doubled.limit, waived.limit, waived.unpaid) == (157_500_000, 350_000_000, 0)


def test_the_scenario_is_told_for_its_own_number_of_persons_only() -> None:
    said = scenario_text("aiu_2015", "aiu_2015", 100_000, (1e9,))
    assert "3.15億円" in said.ja
    assert "JPY 315M" in said.en
    assert scenario_text("aiu_2015", "aiu_2015", 99_999, (1e9,)).ja == ""
    assert scenario_text("nipponkoa_2006", "nipponkoa_2006", 100_000, (1e9,)).ja == ""


def test_rows_have_the_agreed_shape_with_one_per_count_and_regime() -> None:
    rows = [row.to_plain() for row in size_limits(task([1000, 100_000], target=0.5))]
    assert [(row["regime"], row["records"]) for row in rows] == [
        ("brochure", 1000), ("brochure", 100_000), ("court", 1000), ("court", 100_000),
    ]  # fmt: skip
    for row in rows:
        assert set(row) == {
            "records", "regime", "product", "limit", "adequacy", "binding_term", "reason",
        }  # fmt: skip
        assert set(row["limit"]) == {"value", "low", "high", "band"}
        assert row["limit"]["low"] <= row["limit"]["value"] <= row["limit"]["high"]
        assert set(row["adequacy"]) == {"value", "low", "high"}
        assert set(row["reason"]) == {"code", "ja", "en"}
        json.dumps(row, allow_nan=False)
    assert "3.15億円" in rows[1]["reason"]["ja"]


def test_the_limit_does_not_fall_when_more_records_are_held() -> None:
    rows = size_limits(task([300, 3000, 30_000, 300_000], "nipponkoa_2006", target=0.6), band=False)
    for regime in ("brochure", "court"):
        values = [row.limit.value or float("inf") for row in rows if row.regime == regime]
        assert values == sorted(values)


def test_the_number_of_processes_changes_nothing() -> None:
    few = task([1000])
    assert size_limits(few) == size_limits(few, workers=2) == size_limits(few, workers=8)


def test_a_product_with_one_limit_says_so() -> None:
    row = size_limits(task([500], "sompo_alive_leak_limited"), band=False)[0]
    assert "1種類" in row.reason.ja
    assert "one limit only" in row.reason.en
    enough = size_limits(task([500], "sompo_alive_leak_limited", target=0.01), band=False)[0]
    assert enough.limit.value == 100_000_000


def test_a_limit_that_another_term_caps_is_tried_once() -> None:
    product = (
        "galileo_generic@response_period_days=180@cost_limit_per_event=30000000"
        "@limit_aggregate=100000000"
    )
    assert task([500], product).rungs.limits == (1e7, 3e7, 5e7, 1e8)


def test_a_client_without_liquidity_is_told_which_condition_fails() -> None:
    row = size_limits(
        task([100_000], target=0.01, client={"liquidity": 0, "incidents_last_3_years": 20}),
        band=False,
    )[0]
    assert row.limit.value is None
    assert row.limit.reason == "insufficient_liquidity"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--records", "0"], ["--records"]),
        (["--records", "10,10"], ["--records"]),
        (["--records", "x", "--target", "2", "--product", "foo"],
         ["--records", "--target", "--product"]),
        (["--records", "10", "--product", "galileo_generic"], ["--product", "--product"]),
        (["--records", "10", "--study", "no_such.toml"], ["no_such.toml"]),
    ],
)  # fmt: skip
def test_bad_input_ends_with_one_line_each(
    words: list[str], expected: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["size", *words, "--lang", "en"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    lines = printed.err.splitlines()
    assert [line.split(":")[0].split(" ")[0] for line in lines] == expected


def test_an_unknown_endorsement_is_refused() -> None:
    with pytest.raises(ExposureError, match="--product"):
        task([10], "aiu_2015+executoin_double")
