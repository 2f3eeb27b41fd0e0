"""The finished result: valid, reproducible, and a sentence for every awkward question."""

from __future__ import annotations

import copy
import dataclasses
import json
import math
from functools import cache
from typing import Any, Literal, get_args, get_type_hints

import jsonschema

from exposure.files import data_path, read_json, to_json
from exposure.inputs.assumptions import load_assumptions
from exposure.inputs.study_file import study_from_mapping
from exposure.result.document import result_from
from exposure.result.lines import overall_of
from exposure.result.record import Basis, Figure, PlanFigures, Premium
from exposure.study.pipeline import result_frame, run_study

VALIDATOR = jsonschema.Draft202012Validator(read_json(data_path("schemas", "result.schema.json")))
BASE: dict[str, Any] = {
    "study": {"loss_years": 3000, "seed": 5},
    "client": {"records": 100_000, "industry": "medical"},
    "plan": [
        {"id": "nipponkoa_2006/A", "premium": 50_000},
        {"id": "nipponkoa_2006/F", "premium": 420_000},
        {"id": "aiu_2015@limit=300000000"},
    ],
}
DRAWN = (
    "claims.rate.brochure", "cost.condolence.per_person", "cost.consulting.level",
    "frequency.external.certified", "price.median.basic.court", "size.alpha.external",
)  # fmt: skip
FEW: dict[str, Any] = {
    name: {"value": value, "reason": "試験"}
    for name, value in {
        "run.parameter_draws": 6,
        "run.draw_loss_years": 1000,
        "run.screen_loss_years": 200,
        "run.tornado_loss_years": 500,
        "run.tornado_parameters": 3,
        "run.size_loss_years": 500,
        "run.size_draws": 4,
        "run.size_draw_loss_years": 200,
        # The others are held at their values, so that few points are enough.
        **{
            name: load_assumptions().record(name).in_use
            for name in load_assumptions().uncertain()
            if name not in DRAWN
        },
    }.items()
}


def document(band: bool = False, **changes: Any) -> dict[str, Any]:
    raw = copy.deepcopy(BASE)
    for key, value in changes.items():
        raw[key] = {**raw[key], **value} if isinstance(value, dict) and key in raw else value
    return run_study(study_from_mapping(raw, "test"), band=band).document


@cache
def plain() -> dict[str, Any]:
    return document()


@cache
def banded() -> dict[str, Any]:
    priced = [{**plan, "premium": plan.get("premium", 600_000)} for plan in BASE["plan"]]
    return document(band=True, assumptions=FEW, plan=priced)


def problems(found: Any) -> list[str]:
    return [
        f"{'/'.join(map(str, error.absolute_path))}: {error.message[:100]}"
        for error in VALIDATOR.iter_errors(json.loads(to_json(found)))
    ]


def test_the_result_fits_its_schema_with_and_without_the_band() -> None:
    assert problems(plain()) == []
    assert problems(banded()) == []


def test_the_same_seed_gives_the_same_bytes_and_another_seed_does_not() -> None:
    assert to_json(document()) == to_json(plain())
    assert document(study={"seed": 6}) != plain()


def figures_of(kind: type, node: dict[str, Any], path: str = "") -> dict[str, Any]:
    """Return every figure that a record has by its own fields, by path, as the document has it."""
    found: dict[str, Any] = {}
    hints = get_type_hints(kind)
    for one in dataclasses.fields(kind):
        hint, value = hints[one.name], node.get(one.name)
        kinds = [part for part in (hint, *get_args(hint)) if dataclasses.is_dataclass(part)]
        if value is None or not kinds:
            continue
        if Figure in kinds:
            many = (
                value
                if get_args(hint) and isinstance(value, dict) and "value" not in value
                else None
            )
            for name, figure in (many or {"": value}).items():
                found[f"{path}{one.name}{name}"] = figure
        elif isinstance(value, dict) and isinstance(kinds[0], type):
            found |= figures_of(kinds[0], value, f"{path}{one.name}.")
    return found


def test_every_figure_of_a_plan_has_a_band_and_a_column_of_its_own() -> None:
    """What is added to the figures of a plan is drawn, compared and tabled by itself."""
    frame = result_frame(result_from(banded()))
    for regime, part in banded()["regimes"].items():
        for plan in part["plans"]:
            found = figures_of(PlanFigures, plan)
            assert len(found) > 20
            for path, figure in found.items():
                if figure["value"] is not None:
                    assert figure.get("band") is not None, path
                    low, high = figure["band"]
                    # No band without an end: a year beyond the own funds may not come in any draw.
                    assert low is not None or "return_period" in path, path
                    assert low is None or high is None or low <= high, path
            columns = set(frame.columns)
            for name in {path.split(".")[0] for path in found}:
                assert any(column.startswith(name) for column in columns), name
            assert frame.loc[(regime, plan["id"]), "worth"] == plan["worth"]["value"]


def test_not_knowing_the_parameters_is_wider_than_simulation() -> None:
    for part in banded()["regimes"].values():
        mean = part["ground_up"]["annual"]["mean"]
        assert mean["band"][1] - mean["band"][0] > mean["high"] - mean["low"]


def test_trials_count_every_draw_once() -> None:
    for part in banded()["regimes"].values():
        trials, draws = part["recommendation"]["trials"], part["stability"]["draws"]
        assert draws == FEW["run.parameter_draws"]["value"]
        assert trials["same"] + trials["one_step"] + trials["other"] == draws
        assert sum(trials["by_plan"].values()) <= draws
        assert part["recommendation"]["regret"] >= 0


def test_the_sensitivity_names_the_assumptions_to_ask_about_first() -> None:
    result = banded()
    for part in result["regimes"].values():
        found = part["sensitivity"]
        assert len(found["ask_first"]) == 3
        assert {one["name"] for one in found["ask_first"]} <= {
            bar["name"] for bar in found["parameters"]
        }
        swings = [bar["swing"] for bar in found["parameters"]]
        assert swings == sorted(swings, reverse=True)
        names = [bar["name"] for bar in found["structural"]]
        assert "poisson" in names
        assert any(name.startswith("regime=") for name in names)
    effects = [one.get("effect") for one in result["judgements"]]
    known = [effect for effect in effects if effect is not None]
    assert known == sorted(known, reverse=True)
    assert effects[len(known) :] == [None] * (len(effects) - len(known))


def test_the_number_of_processes_changes_no_byte() -> None:
    raw = {
        **BASE, "assumptions": FEW, "plan": BASE["plan"][:1],
        "study": {"loss_years": 1000, "regimes": ["court"]},
    }  # fmt: skip
    study = study_from_mapping(raw, "test")
    one, two = (run_study(study, band=True, workers=n).document for n in (1, 2))
    assert to_json(one) == to_json(two)


def test_reasons_and_payment_add_up_to_the_gross_mean() -> None:
    for part in plain()["regimes"].values():
        gross = part["ground_up"]["annual"]["mean"]["value"]
        assert math.isclose(sum(part["ground_up"]["by_head"].values()), gross)
        for plan in part["plans"]:
            retained = plan["retained"]["annual"]["mean"]["value"]
            assert math.isclose(sum(plan["unpaid_by_reason"].values()), retained)
            assert math.isclose(plan["paid"]["annual"]["mean"]["value"] + retained, gross)


def by_id(part: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {plan["id"]: plan for plan in part["plans"]}


def test_worth_is_what_insurance_saves_before_its_premium() -> None:
    """Total cost with the premium is that of no insurance, less the worth, plus the premium."""
    for part in plain()["regimes"].values():
        for plan in part["plans"]:
            without = part["no_insurance"]["total_cost"]["value"]
            expected = without - plan["worth"]["value"] + plan["premium"]["amount"]
            assert math.isclose(plan["total_cost"]["value"], expected, rel_tol=1e-9)


def test_the_technical_premium_is_the_expected_payment_with_its_loading() -> None:
    for part in plain()["regimes"].values():
        for plan in part["plans"]:
            paid = plan["paid"]["annual"]["mean"]["value"]
            assert math.isclose(plan["premium"]["technical"] * (1 - 0.4), paid)


def test_a_quotation_is_used_as_it_is_and_moves_the_other_limits_of_its_product() -> None:
    part = by_id(plain()["regimes"]["court"])
    quoted = part["nipponkoa_2006/F"]["premium"]
    assert (quoted["amount"], quoted["basis"]) == (420_000, "quoted")
    assert part["aiu_2015@limit=300000000"]["premium"]["basis"] in {"market", "technical"}


def test_the_flip_price_flips_and_a_little_less_does_not() -> None:
    """Entered as the quotation of a study, 3 % beside it, as a broker would try it."""
    plans = [{"id": "nipponkoa_2006/D", "premium": 50_000}, {"id": "sompo_alive_leak_limited"}]
    client = {"records": 3000, "revenue": 60_000_000}

    def court(premium: float) -> dict[str, Any]:
        quoted = [plans[0] | {"premium": round(premium)}, plans[1]]
        part: dict[str, Any] = document(
            plan=quoted, client=client, study={"regimes": ["court"]}
        )["regimes"]["court"]["recommendation"]  # fmt: skip
        return part

    said = court(50_000)
    assert said["plan"] == "nipponkoa_2006/D"
    flip = said["flip_premium"]
    assert flip > 50_000
    assert court(0.97 * flip)["plan"] == "nipponkoa_2006/D"
    assert court(1.03 * flip)["plan"] == said["flips_to"] != "nipponkoa_2006/D"


def test_dearer_and_worse_is_never_named() -> None:
    plans = [
        {"id": "nipponkoa_2006/F", "premium": 100_000},
        {"id": "nipponkoa_2006/A", "premium": 200_000},
    ]
    found = document(plan=plans)
    for part in found["regimes"].values():
        assert part["recommendation"]["plan"] != "nipponkoa_2006/A"


def test_plans_stand_in_one_order_everywhere() -> None:
    for part in plain()["regimes"].values():
        keys = [
            (plan["product"], plan["limit"] or math.inf, plan["cost_limit"] or math.inf)
            for plan in part["plans"]
        ]
        assert keys == sorted(keys)


def test_there_is_an_answer_without_any_premium() -> None:
    found = document(plan=[{"id": "nipponkoa_2006/F"}], study={"regimes": ["court"]})
    assert problems(found) == []
    said = found["regimes"]["court"]["recommendation"]
    assert said["verdict"] in {"sufficient", "short", "programme", "no_insurance"}
    assert (said["plan"] is None) == (said["verdict"] in {"programme", "no_insurance"})
    assert said["reason"]["ja"]
    assert said["reason"]["en"]
    assert len(found["recommendation"]["lines"]["ja"]) == 5
    assert len(found["recommendation"]["lines"]["en"]) == 5


def test_a_premium_beyond_its_worth_means_no_insurance() -> None:
    plans = [{"id": "nipponkoa_2006/A", "premium": 50_000_000}]
    found = document(plan=plans, client={"records": 300}, study={"endorsements": "as_given"})
    for part in found["regimes"].values():
        said = part["recommendation"]
        assert (said["plan"], said["verdict"]) == (None, "no_insurance")


def test_no_own_funds_at_all_are_a_condition_that_is_said() -> None:
    found = document(client={"liquidity": 0, "incidents_last_3_years": 30})
    assert problems(found) == []
    for part in found["regimes"].values():
        test = part["recommendation"]["own_funds"]
        assert test is None or test["missing"] > 0


def test_a_sample_too_small_for_a_figure_says_null() -> None:
    found = document(
        study={"loss_years": 1000}, client={"incidents_last_3_years": 0, "records": 50}
    )
    assert problems(found) == []
    high = found["regimes"]["court"]["ground_up"]["event"]["quantiles"]["0.995"]["high"]
    assert high is None or high >= 0


def test_another_seed_moves_the_estimates_within_their_intervals() -> None:
    """Nine in ten 90 % intervals hold the value of a far longer run: 12 seeds, two figures.

    A right interval fails this less than once in ten thousand seeds (binomial, 24 draws, 0.9).
    """
    figures = [
        ("ground_up", "annual", "mean"), ("ground_up", "event", "quantiles", "0.9"),
    ]  # fmt: skip

    def figure(found: dict[str, Any], path: tuple[str, ...]) -> dict[str, float]:
        node: Any = found["regimes"]["court"]
        for key in path:
            node = node[key]
        return node  # type: ignore[no-any-return]

    def one(seed: int, loss_years: int) -> dict[str, Any]:
        return document(
            study={"seed": seed, "loss_years": loss_years, "regimes": ["court"]},
            plan=[{"id": "nipponkoa_2006/A"}],
        )

    truth = one(99, 50_000)
    inside = 0
    for seed in range(12):
        found = one(seed, 1000)
        for path in figures:
            shown, right = figure(found, path), figure(truth, path)["value"]
            inside += shown["low"] <= right <= (shown["high"] or math.inf)
    assert inside >= 15


def overridden(**values: float) -> dict[str, Any]:
    return {f"report.{name}": {"value": value, "reason": "試験"} for name, value in values.items()}


def test_where_the_words_of_the_answer_change_is_what_the_study_says() -> None:
    unquoted = [{"id": "nipponkoa_2006/F"}]

    def lines(**values: float) -> list[str]:
        client = {"revenue": 500_000_000}
        found = document(plan=unquoted, client=client, assumptions=overridden(**values))
        kept = found["thresholds"]
        assert {name: kept[name] for name in values} == values
        return list(found["recommendation"]["lines"]["ja"])

    small = lines(least_liability=2e10, least_costs=1e10, doubtful_loss_ratio=1e-6)
    assert small[0] == "必要な限度額　賠償 200億円以下、対応費用 100億円以下"
    assert small[2].count("低すぎるおそれ") == 2
    large = lines(least_liability=1.0, least_costs=1.0, doubtful_loss_ratio=1e9)
    assert "以下" not in large[0]
    assert "低すぎるおそれ" not in large[2]


def test_own_funds_that_no_plan_meets_are_said_with_yen_and_cure_in_the_five_lines() -> None:
    found = document(client={"liquidity": 100_000})
    tests = [part["recommendation"]["own_funds"] for part in found["regimes"].values()]
    worst = max(tests, key=lambda test: test["missing"])
    assert worst["missing"] > 0
    for lang, lines in found["recommendation"]["lines"].items():
        assert worst["cure"][lang].casefold() in lines[4].casefold()
    assert ". Own funds are short by JPY" in found["recommendation"]["lines"]["en"][4]
    assert "手元資金が" in worst["cure"]["ja"]
    stated = document(client={"liquidity": 10**11})
    assert "手元資金" not in stated["recommendation"]["lines"]["ja"][4]


def test_the_line_of_premiums_reads_as_a_sentence() -> None:
    """A technical premium is no premium premium, and a small price is no "few thousand"."""
    made = result_from(plain())
    part = made.regimes["court"]
    plan = part.plan(part.recommendation.plan or "")

    def said(amount: float, basis: Basis, lang: Literal["ja", "en"]) -> str:
        priced = dataclasses.replace(
            plan,
            premium=Premium(amount, basis, None, 6_170),
            implied_loss_ratio=None if basis == "technical" else Figure(0.3, None, None),
        )
        others = [one for one in part.plans if one.id != plan.id]
        own = dataclasses.replace(part, plans=[priced, *others])
        lines = overall_of({"court": own}, made.thresholds, same=True).lines
        line = (lines.ja if lang == "ja" else lines.en)[2]
        return line.partition({"ja": "保険料は ", "en": "a year; premium: "}[lang])[2]

    # Worth is far below that.
    assert said(1.1e8, "technical", "ja").startswith("1.1億円（技術的保険料、払う価値を上回る）")
    assert said(6_170, "technical", "en").startswith("JPY 6.2k (technical premium)")
    assert said(90_000, "quoted", "ja").startswith("見積り 9万円（見込み損害率 30%）")
    assert said(90_000, "quoted", "en").startswith("JPY 90k (quoted, implied loss ratio 30%)")
    assert said(30_000, "market", "ja").startswith("目安 3万円（")
    assert (
        said(30_000, "market", "ja")
        .split("）")[0]
        .endswith("技術的保険料 6,200円、見込み損害率 30%")
    )


def test_a_limit_far_below_the_loss_is_seen_to_take_something_off() -> None:
    made = result_from(plain())
    part = made.regimes["court"]
    annual = part.ground_up.annual
    year = dataclasses.replace(annual, var={**annual.var, "0.99": Figure(1.72e10, None, None)})
    plans = [
        dataclasses.replace(
            plan,
            retained=dataclasses.replace(
                plan.retained,
                annual=dataclasses.replace(
                    plan.retained.annual, var={"0.99": Figure(1.65e10, None, None)}
                ),
            ),
        )
        for plan in part.plans
    ]

    def effect(before: float) -> str:
        var = {**annual.var, "0.99": Figure(before, None, None)}
        ground_up = dataclasses.replace(part.ground_up, annual=dataclasses.replace(year, var=var))
        own = dataclasses.replace(part, ground_up=ground_up, plans=plans)
        return overall_of({"court": own}, made.thresholds, same=True).lines.ja[3]

    assert effect(1.7e10).endswith("170億円→160億円")
    assert effect(1.64e10).endswith("164億円→165億円")
