"""Which limit a client of N records should buy: the rows, the reasons, bad input."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

import pytest

from exposure.cli import main
from exposure.errors import ExposureError
from exposure.inputs.assumptions import load_assumptions
from exposure.inputs.study_file import study_from_mapping
from exposure.result.document import to_plain
from exposure.result.lines import rounded_yen
from exposure.result.record import Result
from exposure.study.incidents import enough_for, printed_scenarios, scenario_text
from exposure.study.pipeline import run_study
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
    case = printed_scenarios()["aiu_2015"].case
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
    rows = [to_plain(row) for row in size_limits(task([1000, 100_000]))]
    assert [(row["regime"], row["records"]) for row in rows] == [
        ("brochure", 1000), ("court", 1000), ("brochure", 100_000), ("court", 100_000),
    ]  # fmt: skip
    for row in rows:
        assert set(row) == {"records", "regime", "need", "products"}
        for need in row["need"].values():
            assert set(need) == {"value", "low", "high", "band"}
        for product in row["products"]:
            assert set(product) == {
                "product", "plan", "label", "limit", "cost_limit", "worth", "cut_by_limits",
                "endorsements", "verdict", "short_of", "reason",
            }  # fmt: skip
            limit = product["limit"]
            assert limit["value"] is not None
            assert limit["low"] <= limit["value"] <= limit["high"]
            assert product["verdict"] in {"sufficient", "short", "programme"}
            assert (product["verdict"] == "short") <= bool(product["short_of"])
        json.dumps(row, allow_nan=False)
    assert "3.15億円" in rows[2]["products"][0]["reason"]["ja"]


def test_without_a_product_those_sold_to_the_client_stand_by_worth() -> None:
    raw = {"client": {"records": 1000}, "assumptions": FEW}
    rows = size_limits(size_task([3000], study_from_mapping(raw, "test")), band=False)
    for row in rows:
        worths = [one.worth.value for one in row.products]
        assert worths == sorted(worths, key=lambda worth: -(worth or 0.0))
        assert {"aiu_2015", "nipponkoa_2006"} <= {one.product for one in row.products}


def test_the_limit_keeps_nine_tenths_of_the_worth_of_the_best_limit_sold() -> None:
    """Held against the worth of every pattern, each worked out as a plan of a study."""
    raw = {
        "client": {"records": 30_000},
        "study": {"loss_years": 3000, "regimes": ["court"]},
        "plan": [{"id": f"nipponkoa_2006/{pattern}"} for pattern in "ABCDEF"],
        "assumptions": FEW,
    }
    study = study_from_mapping(raw, "test")
    plans = run_study(study, band=False).record.regimes["court"].plans
    worth = {plan.id: plan.worth.value or 0.0 for plan in plans}
    enough = [name for name in sorted(worth) if worth[name] >= 0.9 * max(worth.values())]
    (row,) = size_limits(size_task([30_000], study, ["nipponkoa_2006"]), band=False)
    assert row.products[0].plan == enough[0]
    assert row.products[0].worth.value == pytest.approx(worth[enough[0]], rel=1e-12)


def test_the_limit_does_not_fall_when_more_records_are_held() -> None:
    rows = size_limits(task([3000, 30_000, 300_000], "nipponkoa_2006"), band=False)
    for regime in ("brochure", "court"):
        mine = [row for row in rows if row.regime == regime]
        limits = [row.products[0].limit.value or 0.0 for row in mine]
        assert limits == sorted(limits)
        for section in ("liability", "costs"):
            needs = [getattr(row.need, section).value or 0.0 for row in mine]
            assert needs == sorted(needs)


def test_the_number_of_processes_changes_nothing() -> None:
    few = task([1000])
    assert size_limits(few) == size_limits(few, workers=2) == size_limits(few, workers=8)


def test_a_product_with_one_limit_says_so() -> None:
    product = size_limits(task([500], "sompo_alive_leak_limited"), band=False)[0].products[0]
    assert product.limit.value == 100_000_000
    assert product.cost_limit == 1_000_000
    assert product.verdict == "short"
    assert [one.section for one in product.short_of] == ["costs"]
    # What it is worth moves with every cost of a breach; the sentence says what the record says.
    assert f"年{rounded_yen(product.worth.value or 0.0, 'ja')}の価値" in product.reason.ja


def test_a_limit_that_another_term_caps_is_tried_once() -> None:
    product = (
        "galileo_generic@response_period_days=180@cost_limit_per_event=30000000"
        "@limit_aggregate=100000000"
    )
    (asked,) = task([500], product).products
    assert {one.limits for one in asked.sets} == {(1e7, 3e7, 5e7, 1e8)}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--records", "0"], ["--records"]),
        (["--records", "10,10"], ["--records"]),
        (["--records", "x", "--product", "foo"], ["--records", "--product"]),
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


@functools.cache
def with_band(workers: int = 1) -> tuple[Result, tuple[tuple[int, int], ...]]:
    """A small study of a shop with its band, and the progress it reported."""
    raw = {
        "client": {"records": 20_000, "databases": [15_000, 5000]},
        "study": {"loss_years": 1000},
        "plan": [{"id": f"nipponkoa_2006/{pattern}"} for pattern in "BDF"],
        "assumptions": {
            **FEW,
            **{
                name: {"value": value, "reason": "test"}
                for name, value in {
                    "run.parameter_draws": 4, "run.draw_loss_years": 500,
                    "run.screen_loss_years": 100, "run.tornado_loss_years": 200,
                    "run.tornado_parameters": 2,
                }.items()
            },
        },
    }  # fmt: skip
    told: list[tuple[int, int]] = []
    study = study_from_mapping(raw, "test")
    made = run_study(study, "test", lambda *done: told.append(done), band=True, workers=workers)
    return made.record, tuple(told)


def test_a_study_with_its_band_says_what_other_record_counts_need() -> None:
    result, _ = with_band()
    grid = {int(n) for n in load_assumptions().values("measure.record_grid")}
    assert result.size is not None
    assert {(row.records, row.regime) for row in result.size} == {
        (n, regime) for n in grid | {20_000} for regime in result.regimes
    }
    first = next(part for part in result.regimes.values() if part.named is not None)
    assert first.named is not None
    for row in result.size:
        assert [one.product for one in row.products] == [first.named.product]
        assert row.need.liability.band is None  # no parameters are drawn
    for regime in result.regimes:
        rows = sorted((r for r in result.size if r.regime == regime), key=lambda r: r.records)
        needs = [row.need.costs.value or 0.0 for row in rows]
        assert needs == sorted(needs)


def test_the_row_of_the_client_is_what_size_says_of_it() -> None:
    result, _ = with_band()
    raw = {
        "client": {"records": 20_000, "databases": [15_000, 5000]},
        "study": {"endorsements": "as_given"},
        "assumptions": FEW,
    }
    study = study_from_mapping(raw, "test")
    own = size_limits(size_task([20_000], study, ["nipponkoa_2006"]), band=False)
    assert [row for row in result.size or [] if row.records == 20_000] == list(own)


def test_a_study_without_its_band_holds_no_other_record_counts() -> None:
    study = study_from_mapping({"client": {"records": 500}, "study": {"loss_years": 1000}}, "test")
    assert run_study(study).record.size is None


def test_processes_change_neither_the_sizes_nor_the_progress_told() -> None:
    one, told = with_band()
    two, told_by_two = with_band(2)
    assert one.size == two.size
    done = [part / whole for part, whole in told]
    assert done == sorted(done)
    assert told[-1][0] == told[-1][1]
    assert told_by_two[-1] == told[-1]


def test_the_words_of_an_answer_follow_the_study_that_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study = tmp_path / "study.toml"
    study.write_text(
        "[client]\nrecords = 1000\n\n[assumptions]\n"
        '"report.least_costs" = { value = 10_000_000_000, reason = "試験" }\n'
        '"report.least_liability" = { value = 20_000_000_000, reason = "試験" }\n'
        '"run.size_loss_years" = { value = 1000, reason = "試験" }\n',
        encoding="utf-8",
    )
    words = ["--product", "aiu_2015", "--no-band", "--lang", "ja"]
    assert main(["size", "--records", "1000", "--study", str(study), *words]) == 0
    first, *_ = capsys.readouterr().out.splitlines()
    assert first == "1,000人　必要な限度額　賠償 200億円以下、対応費用 100億円以下"
