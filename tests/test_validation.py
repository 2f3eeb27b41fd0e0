"""The validation report: what it holds, what it does with a miss, and what it catches."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence

import numpy as np
import pytest

from exposure.files import to_json
from exposure.inputs.assumptions import load_assumptions
from exposure.labels import labels
from exposure.model.groups import load_groups
from exposure.model.history import CountMixture, updated_counts
from exposure.model.population import Holders, cause_weights, draw_holders
from exposure.output.validation import validation_html
from exposure.validation import calibrated
from exposure.validation.backtests import _listed, _mean_persons, _person_shares, _small_shares
from exposure.validation.calibrated import coverage, posterior_rates, update_p_values
from exposure.validation.checks import (
    BACK_TEST,
    EXACT,
    SECTIONS,
    Check,
    printed,
    settings,
    within,
)
from exposure.validation.costs import cost_checks
from exposure.validation.exact import _compound, _history, _sizes, _transforms
from exposure.validation.examples import example_checks
from exposure.validation.report import _by_name, failed
from exposure.validation.sanity import mix_table, sanity_table
from exposure.validation.surveys import mix_without

A = load_assumptions()
RATE, SIZE, SHARED, YEARS = np.array([0.02, 0.01, 0.3]), np.array([2.0, 1.0, 0.5]), 1.0, 3.0


def update(years: float = YEARS, twice: int = 1, swapped: bool = False):
    def of(events: Sequence[int]) -> CountMixture:
        counts = updated_counts(
            RATE, SHARED, SIZE, [x * twice for x in events], years * twice, points=400
        )
        if not swapped:
            return counts
        # Rate and scale of the gamma exchanged.
        ratio = 1 - counts.ratio
        return CountMixture(counts.weight, counts.zero, counts.linear / counts.ratio * ratio, ratio)

    return of


def p_values(repeats: int, seed: int, **mistake: object) -> list[float]:
    return update_p_values(update(**mistake), RATE, SHARED, SIZE, YEARS, repeats, seed)  # type: ignore[arg-type]


def test_the_history_update_is_calibrated() -> None:
    # Four tests at 0.001: fails for one seed in 250.
    assert min(p_values(1000, 1)) > 0.001


@pytest.mark.parametrize(
    "mistake", [{"years": 1.0}, {"twice": 2}, {"swapped": True}], ids=lambda m: next(iter(m))
)
def test_calibration_finds_a_wrong_update(mistake: dict[str, object]) -> None:
    # A three-year count used as one year, the history used twice, rate and scale swapped.
    assert min(p_values(1000, 1, **mistake)) < 1e-6


@pytest.mark.slow
def test_the_history_update_is_calibrated_in_many_repeats() -> None:
    assert min(p_values(16_000, 2)) > 0.001


def test_posterior_rates_are_those_of_the_mixture() -> None:
    counts = update()([0, 0, 6])
    drawn = posterior_rates(counts, 20_000, np.random.default_rng(3))
    error = drawn.std(axis=0) / math.sqrt(20_000)
    assert (np.abs(drawn.mean(axis=0) - counts.mean) < 4 * error).all()


def test_intervals_cover_as_often_as_they_say() -> None:
    for covered in coverage(1000, 4).values():
        assert 0.93 <= covered <= 0.97


def test_every_exact_check_passes_on_a_short_run() -> None:
    checks = [*_compound(8192, 1), *_sizes(A, 8192, 1), *_history(8192, 1), _transforms()]
    assert [check.name for check in checks if not check.inside] == []
    assert all(check.section == EXACT for check in checks)


def test_every_printed_example_passes() -> None:
    checks = example_checks(A, 1)
    assert [check.observed for check in checks] == [35_200_000, 15_000_000, 4_500_000, 154_000_000]
    assert all(check.inside for check in checks)


def test_back_tests_leave_the_tested_year_out() -> None:
    with_2016, _ = mix_without(None, A)
    without, _ = mix_without(2016, A)
    access = load_groups().causes.index("unauthorised_access")
    # 14.5 % in 2016 is above the pool.
    assert without[access] < with_2016[access]


def test_back_tests_state_what_was_published() -> None:
    checks = [*_small_shares(A, 20, 1), *_mean_persons(A, 20, 1), *_person_shares(A, 20, 1)]
    checks += _listed(A, 20, 1)
    observed = {(check.name, check.detail): check.observed for check in checks}
    assert observed["mean_persons", "2013"] == 7_031
    assert observed["person_share", "unauthorised_access"] == pytest.approx(0.787, abs=0.001)
    assert observed["listed_incidents", "2025"] == 180
    assert observed["listed_companies", "2025"] == 158
    assert observed["share_small", "listed_companies 2012-2016"] == pytest.approx(0.593, abs=0.001)
    assert all(
        check.section == BACK_TEST and check.low <= check.expected <= check.high for check in checks
    )


def test_costs_are_within_the_stated_factors_of_what_was_published() -> None:
    checks = {(c.name, c.detail): c for c in cost_checks(A, 32_768, 1)}
    assert checks["case_cost", ""].observed == pytest.approx(691, abs=0.5)
    assert checks["case_cost", ""].inside
    assert checks["website_loss", "basic"].observed == 29_550_000
    assert checks["website_loss", "card"].inside


def test_a_miss_is_reported_and_is_no_error_but_a_wrong_exact_figure_is() -> None:
    miss = Check(BACK_TEST, "mean_persons", "2008", 9.0, 1.0, 0.0, 2.0)
    assert not miss.inside
    assert miss.comment.en
    assert failed({"checks": [miss.document()]}) == []
    wrong = within(EXACT, "oep", "", 0.2, 0.1, 0.001)
    assert failed({"checks": [wrong.document()]}) == [wrong.document()]


def test_back_tests_are_counted_by_name_with_their_lean() -> None:
    low = Check(BACK_TEST, "mean_persons", "1", 1.0, 2.0, 0.0, 3.0)
    out = Check(BACK_TEST, "mean_persons", "2", 9.0, 2.0, 0.0, 3.0)
    exact = within(EXACT, "oep", "", 0.1, 0.1, 0.001)
    (found,) = _by_name([low, out, exact])
    assert (found["checks"], found["inside"], found["below"]) == (2, 1, 1)
    assert found["note"]["en"]


def test_a_printed_figure_is_met_to_its_digits() -> None:
    assert printed(EXACT, "no_event", "", 0.929614, 0.92961).inside
    assert not printed(EXACT, "no_event", "", 0.92962, 0.92961).inside


def test_holders_weighted_by_their_rate_have_their_median_moved() -> None:
    # Weighting a lognormal by the power ε multiplies the median by exp(ε s²).
    held = draw_holders(Holders(1000.0, 1.0, 1e9), 40_000, np.random.default_rng(6), 0.5)
    assert np.median(np.log(held)) == pytest.approx(math.log(1000) + 0.5, abs=4 * 1.2533 / 200)
    weights = cause_weights(np.array([0.5, 0.5]), np.array([0.0, 1.0]), Holders(1.0, 1.0, 1e9), 1.0)
    assert weights[1] / weights[0] == pytest.approx(math.exp(0.5))


def test_the_sanity_table_grows_with_the_records_and_has_both_regimes() -> None:
    rows = sanity_table(A, 4096, 1)
    assert [row["records"] for row in rows[::2]] == settings()["sanity"]["records"]
    for regime in ("brochure", "court"):
        means = [row["annual_mean"] for row in rows if row["regime"] == regime]
        assert means == sorted(means)


def test_the_mix_table_has_every_mix_and_the_newest_costs_most() -> None:
    rows = [row for row in mix_table(A, 8192, 1) if row["regime"] == "court"]
    by_mix = {row["mix"]: row["annual_mean"] for row in rows}
    assert max(by_mix, key=lambda mix: by_mix[mix]) == "mix_listed_2025"
    assert by_mix["mix_jnsa_2018"] < by_mix["mix_certified"]
    assert [row["mix"] for row in rows if row["default"]] == ["mix_certified"]


def covered(share: float) -> dict[str, object]:
    return {
        "records": 1000, "regime": "court", "statistic": "tvar", "truth": 4.07e7, "nominal": 0.9,
        "title": dict(settings()["text"]["covered_tvar"]),
        "covered": {"value": share, "low": 0.86, "high": 0.92}, "inside": share < 0.95,
        "range": [0.85, 0.95], "repeats": 400, "loss_years": 2000, "truth_years": 400_000,
    }  # fmt: skip


def test_the_page_says_everything_and_escapes_it() -> None:
    miss = Check(BACK_TEST, "mean_persons", "<2008>", 9.0, 1.0, 0.0, 2.0)
    document = {
        "version": "1", "profile": "full", "seed": 7,
        "summary": {section: {"inside": 0, "checks": 1} for section in SECTIONS},
        "checks": [miss.document()],
        "back_tests": _by_name([miss]),
        "sanity": {"rows": sanity_table(A, 500, 1), "facts": list(settings()["sanity"]["facts"])},
        "mixes": {"records": 100_000, "rows": mix_table(A, 500, 1)},
        "repeated": [covered(0.8975), covered(0.99)],
    }  # fmt: skip
    page = validation_html(json.loads(to_json(document)), "en")
    assert "&lt;2008&gt;" in page
    assert miss.comment.en.split(".")[0] in page
    assert "--full --seed 7" in page
    assert "89.8% (86.0% – 92.0%)" in page
    assert page.count('class="chosen"') == 2
    assert "<script" not in page
    assert set(SECTIONS) <= set(labels("validation"))


def test_texts_are_in_both_languages() -> None:
    for kind in ("text", "miss", "lean"):
        for name, words in settings()[kind].items():
            assert words["ja"], name
            assert words["en"], name
    assert calibrated.__doc__
