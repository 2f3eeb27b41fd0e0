"""The answers of nine ordinary clients: what a broker finds natural and an actuary cannot fault.

Reference values were worked out with an independent prototype of the model and the rule, on other
random numbers. Amounts are in 10,000 yen, as the references are written.
"""

from __future__ import annotations

import functools
import re
from typing import Any

import pytest
from support.clients import ORDINARY, SAMPLES, study_of

from exposure.measures.decision import decide, flip_price
from exposure.study.answer import Setting, StudyAnswer, answer_of, prepare, rules_of
from exposure.study.pipeline import result_of
from exposure.study.uncertainty import trials_of

YEARS = 40_000
MAN = 10_000

# Recommended plan, or the best on the market of a programme; verdict; worth and needed limits by
# regime (brochure, court).
REFERENCE: dict[str, dict[str, Any]] = {
    "dental": {
        "plans": {"nipponkoa_2006/C", "nipponkoa_2006/D"}, "verdict": "sufficient",
        "worth": (31, 20), "liability": (374, 93), "costs": (460, 465), "mean": (10.5, 8.2),
    },
    "school": {
        "plans": {"nipponkoa_2006/D", "nipponkoa_2006/C"}, "verdict": "sufficient",
        "worth": (45, 29), "liability": (464, 109), "costs": (621, 627), "mean": (13.4, 10.2),
    },
    "shop": {
        "plans": {"aiu_2015+execution_double+card+cyber@limit=200000000"},
        "verdict": "sufficient", "worth": (283, 176), "liability": (4_750, 2_360),
        "costs": (3_050, 3_070), "mean": (102, 72),
    },
    "hospital": {
        "plans": {
            "aiu_2015+execution_double@limit=1000000000", "nipponkoa_2006/F",
            "aiu_2015+execution_double@limit=500000000",
        },
        "verdict": "sufficient", "worth": (1_280, 537), "liability": (20_900, 3_120),
        "costs": (13_400, 13_800), "mean": (532, 335),
    },
    "saas": {
        "plans": {"aiu_2015+execution_double@limit=1000000000"}, "verdict": "programme",
        "worth": (3_170, 1_250), "liability": (104_000, 22_600), "costs": (25_400, 26_300),
        "mean": (2_080, 833),
    },
    "bank": {
        "plans": {"aiu_2015+execution_double+card@limit=1000000000"}, "verdict": "programme",
        "worth": (9_810, 8_720), "liability": (2_140_000, 1_330_000),
        "costs": (607_000, 726_000), "mean": (69_700, 52_300),
    },
    "clinic": {
        "plans": {"nipponkoa_2006/F"}, "verdict": "sufficient", "worth": (448, 210),
        "liability": (3_110, 505), "costs": (4_150, 4_200), "mean": (128, 86),
    },
    "small_office": {
        "plans": {"nipponkoa_2006/D", "nipponkoa_2006/C"}, "verdict": "sufficient",
        "worth": (27, 18), "liability": (242, 80), "costs": (399, 402), "mean": (9.0, 7.0),
    },
}  # fmt: skip


@functools.cache
def answered(name: str) -> tuple[Setting, StudyAnswer]:
    study = study_of(name, YEARS)
    if name == "small_office":
        # The sample compares four plans only; the reference chose from all.
        study = study.model_copy(update={"plans": ()})
    setting = prepare(study)
    return setting, answer_of(setting, setting.model_of(setting.assumptions))


@pytest.mark.parametrize("name", REFERENCE)
def test_the_answer_is_that_of_the_reference(name: str) -> None:
    _, found = answered(name)
    expected = REFERENCE[name]
    assert found.decision.same_plan
    for answer in found.decision.answers.values():
        assert answer.verdict == expected["verdict"]
        named = answer.best_on_market
        assert named is not None
        assert named.split("@deductible")[0] in expected["plans"]


@pytest.mark.parametrize("name", REFERENCE)
def test_figures_are_those_of_the_reference(name: str) -> None:
    _, found = answered(name)
    expected = REFERENCE[name]
    for k, (regime, measured) in enumerate(found.regimes.items()):
        case, answer = measured.case, found.decision.answers[regime]
        one = next(c for c in case.candidates if c.id == answer.best_on_market)
        assert measured.details.figures.ground_up.annual.mean.value / MAN == pytest.approx(
            expected["mean"][k], rel=0.08
        )
        # Another plan near the line may be named on so few years; its worth is another too.
        if len(expected["plans"]) == 1:
            assert one.worth / MAN == pytest.approx(expected["worth"][k], rel=0.08)
        assert case.costs / MAN == pytest.approx(expected["costs"][k], rel=0.1)
        assert case.liability / MAN == pytest.approx(expected["liability"][k], rel=0.15)


def test_the_retailer_needs_a_programme_best_with_the_largest_limit_and_cards() -> None:
    # Three cards in ten are in every large leak now, not all or none as in the prototype, so that
    # the tail is lighter than the reference; the answer is the same.
    _, found = answered("retailer")
    for regime, answer in found.decision.answers.items():
        assert (answer.plan, answer.verdict) == (None, "programme")
        assert answer.best_on_market is not None
        assert answer.best_on_market.startswith("aiu_2015+execution_double+card@limit=1000000000")
        assert found.regimes[regime].case.costs > 2 * 110_000_000


@pytest.mark.parametrize("name", [*ORDINARY, *SAMPLES])
def test_no_plan_with_a_known_premium_above_its_worth(name: str) -> None:
    _, found = answered(name)
    for regime, answer in found.decision.answers.items():
        if answer.plan is not None and answer.prices[answer.plan].is_known:
            one = next(c for c in found.regimes[regime].case.candidates if c.id == answer.plan)
            assert answer.prices[answer.plan].amount <= one.worth


def dental(*plans: tuple[str, int | None]) -> StudyAnswer:
    entries = [{"id": name} | ({"premium": yen} if yen else {}) for name, yen in plans]
    setting = prepare(study_of("dental", YEARS, plan=entries))
    return answer_of(setting, setting.model_of(setting.assumptions))


def test_a_dentist_quoted_for_d_and_f_but_not_e_buys_d() -> None:
    found = dental(
        ("nipponkoa_2006/D", 120_000), ("nipponkoa_2006/E", None), ("nipponkoa_2006/F", 900_000)
    )
    assert {one.plan for one in found.decision.answers.values()} == {"nipponkoa_2006/D"}


def test_a_dentist_quoted_for_f_alone_buys_it_only_below_its_worth() -> None:
    found = dental(("nipponkoa_2006/F", 400_000)).decision.answers
    assert {one.verdict for one in found.values()} == {"no_insurance"}
    found = dental(("nipponkoa_2006/F", 300_000)).decision.answers
    assert (found["brochure"].plan, found["court"].verdict) == ("nipponkoa_2006/F", "no_insurance")


def test_an_absurd_quotation_among_all_plans_does_not_end_in_no_insurance() -> None:
    plans = [(f"nipponkoa_2006/{pattern}", None) for pattern in "ABCDE"]
    found = dental(*plans, ("nipponkoa_2006/F", 900_000), ("sompo_alive_leak_limited", None))
    assert {one.plan for one in found.decision.answers.values()} == {"sompo_alive_leak_limited"}


@pytest.mark.parametrize("name", ["clinic", "shop"])
def test_the_flip_price_is_shown_by_a_rerun(name: str) -> None:
    setting, found = answered(name)
    rules, cases = rules_of(setting.assumptions), found.cases
    for regime, answer in found.decision.answers.items():
        flip = flip_price(cases, rules, found.decision, regime)
        assert flip.amount is not None
        assert answer.plan is not None
        products = {c.id: c.product for c in cases[regime].candidates}
        below = decide(cases, rules, {answer.plan: flip.amount * 0.97}).answers[regime].plan
        above = decide(cases, rules, {answer.plan: flip.amount * 1.03}).answers[regime].plan
        assert below is not None
        assert products[below] == products[answer.plan]
        assert above is None or products[above] != products[answer.plan]


@pytest.mark.parametrize("name", [*ORDINARY, *SAMPLES])
def test_the_five_lines_have_yen_and_an_answer(name: str) -> None:
    setting, found = answered(name)
    record = result_of(setting, found, setting.model_of(setting.assumptions))
    for lang, yen in (("ja", r"\d(?:万|億)?円"), ("en", r"JPY \d")):
        lines = record.recommendation.lines.ja if lang == "ja" else record.recommendation.lines.en
        need, answer, price, effect, stays = lines
        for line in (need, price, effect, stays):
            assert re.search(yen, line), line
        named = {view.named.label if lang == "ja" else view.named.label_en
                 for view in record.regimes.values() if view.named is not None}  # fmt: skip
        assert named
        assert any(one in answer for one in named)
        for line in lines:
            assert "premium technical" not in line
            assert not re.search(r"約数|about a few|nan|None", line), line


def limits_and_needs(name: str, records: int) -> dict[str, tuple[float, ...]]:
    """Return the limit named and the needed limits, by regime, of a client of so many records."""
    study = study_of(name, YEARS // 2)
    known = study.client
    databases = tuple(records * held // known.records for held in known.databases or ())
    client = known.model_copy(update={"records": records, "databases": databases or None})
    setting = prepare(study.model_copy(update={"client": client}))
    found = answer_of(setting, setting.model_of(setting.assumptions))
    limits = {offer.id: offer.limit for offer in found.priced.offers}
    return {
        regime: (
            limits[answer.best_on_market or ""],
            found.cases[regime].liability,
            found.cases[regime].costs,
        )
        for regime, answer in found.decision.answers.items()
    }


def check_more_records_need_no_less(name: str) -> None:
    records = study_of(name, YEARS).client.records
    half, whole, double = (limits_and_needs(name, n) for n in (records // 2, records, 2 * records))
    for regime in whole:
        for fewer, more in ((half, whole), (whole, double)):
            (limit, liability, costs), (larger, more_liability, more_costs) = (
                fewer[regime], more[regime],
            )  # fmt: skip
            assert larger >= limit
            # Simulated on so many years; the needs of the reference hold within a tenth.
            assert more_liability >= 0.9 * liability
            assert more_costs >= 0.9 * costs


@pytest.mark.parametrize("name", ["dental", "small_office"])
def test_more_records_need_no_smaller_limit(name: str) -> None:
    check_more_records_need_no_less(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", [*ORDINARY, *SAMPLES])
def test_more_records_need_no_smaller_limit_for_any_client(name: str) -> None:
    check_more_records_need_no_less(name)


RATES = (
    "frequency.external.certified",
    "frequency.rest.certified_over_1000",
    "frequency.insider.base",
)


@pytest.mark.parametrize("name", ["dental", "school"])
def test_half_the_rates_move_the_answer_by_no_more_than_a_step(name: str) -> None:
    setting, found = answered(name)
    halved = {
        rate: {"value": setting.assumptions.value(rate) / 2, "reason": "半分"} for rate in RATES
    }
    other = prepare(study_of(name, YEARS, assumptions=halved))
    model, whole = other.model_of(other.assumptions), setting.model_of(setting.assumptions)
    # Three years without an incident take less off a lower rate, so that it is not quite half.
    ratio = model.events_per_year.sum() / whole.events_per_year.sum()
    assert ratio == pytest.approx(0.5, abs=0.1)
    again = answer_of(other, model)
    offers = [*found.priced.offers, *again.priced.offers]
    for regime, answer in found.decision.answers.items():
        moved = trials_of(answer, [again.decision.answers[regime]], offers)
        assert moved.other == 0
        assert again.cases[regime].liability <= 1.1 * found.cases[regime].liability
        assert again.cases[regime].costs <= 1.1 * found.cases[regime].costs
