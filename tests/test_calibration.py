"""The fits of section 4.5 against the printed figures, and the stored files against the tables."""

from __future__ import annotations

import math
import tomllib
from functools import cache
from typing import Any

import numpy as np
import pytest

from exposure.files import data_path
from exposure.inputs.assumptions import (
    cause_mixes,
    load_assumptions,
    scenario_overrides,
    scenario_problems,
    scenarios,
    under_each,
)
from exposure.inputs.names import load_groups
from exposure.inputs.sources import reference_rows, reference_value
from exposure.inputs.study_file import study_from_mapping
from exposure.model.calibration import (
    SurveyYear,
    complete_causes,
    load_surveys,
    mix_document,
    mix_shares,
    pool_surveys,
    rate_document,
    read_surveys,
    size_bands,
    size_fits,
)
from exposure.model.fits import (
    Bands,
    Fit,
    burr_cdf,
    draw_sizes_of,
    expected_large_leaks,
    fit_bands,
    joint_document,
    mixture_cdf,
    place_of_sum,
)

COUNTS_2006 = [518, 413, 311, 79, 120, 31, 37, 9, 18, 4]


def fitted(survey: str, name: str) -> Fit:
    return next(fit for fit in size_fits(survey) if fit.name == name)


def test_the_table_of_2006_has_ten_groups_and_1540_incidents() -> None:
    bands = size_bands(load_surveys().sizes["media_2006"])
    assert bands.count.tolist() == COUNTS_2006
    assert sum(COUNTS_2006) == 1540


def test_one_lognormal_is_rejected_by_the_table_of_2006() -> None:
    fit = fitted("media_2006", "lognormal")
    assert fit.parameters["sigma"] == pytest.approx(3.29, abs=0.005)
    assert fit.deviance == pytest.approx(23.8, abs=0.05)
    assert fit.degrees == 7
    assert fit.p_value < 0.01


def test_two_lognormals_fit_it() -> None:
    fit = fitted("media_2006", "two_lognormals")
    p = fit.parameters
    assert p["weight"] == pytest.approx(0.23, abs=0.005)
    assert math.exp(p["mu_1"]) == pytest.approx(125, abs=0.5)
    assert math.exp(p["mu_2"]) == pytest.approx(20, abs=0.5)
    assert p["sigma_1"] == pytest.approx(1.30, abs=0.005)
    assert p["sigma_2"] == pytest.approx(4.01, abs=0.005)
    assert fit.deviance == pytest.approx(2.2, abs=0.05)
    assert fit.degrees == 4
    assert size_fits("media_2006")[0] is fit  # by AIC


def test_the_burr_distribution_lies_between() -> None:
    fit = fitted("media_2006", "burr")
    assert fit.deviance == pytest.approx(11.9, abs=0.05)
    assert fit.degrees == 6


def test_listed_companies_of_2012_to_2016() -> None:
    fit = fitted("listed_2012_2016", "lognormal")
    assert size_bands(load_surveys().sizes["listed_2012_2016"]).total == 405
    assert fit.parameters["mu"] == pytest.approx(6.19, abs=0.01)
    assert fit.parameters["sigma"] == pytest.approx(3.12, abs=0.005)
    assert fit.p_value == pytest.approx(0.73, abs=0.02)


@pytest.mark.parametrize(
    ("survey", "name", "n", "total", "place"),
    [
        ("media_2006", "lognormal", 1540, 14_827 * 1540, 0.92),
        ("media_2006", "two_lognormals", 1540, 14_827 * 1540, 0.45),
        ("listed_2012_2016", "lognormal", 405, 75.04e6, 0.96),
    ],
)
def test_the_observed_sum_stands_where_printed(
    survey: str, name: str, n: int, total: float, place: float
) -> None:
    found = place_of_sum(fitted(survey, name), n, total, 1000, 126e6, np.random.default_rng(4))
    # 4 standard errors of 1,000 sums, and half a printed per cent.
    assert found == pytest.approx(place, abs=4 * math.sqrt(place * (1 - place) / 1000) + 0.005)


def test_a_fit_finds_the_distribution_it_was_made_from() -> None:
    lower = np.array([1.0, 10, 100, 1000, 10_000, 100_000])
    truth = {"scale": 200.0, "c": 0.8, "k": 0.9}
    share = np.diff(np.concatenate([[0.0], burr_cdf(lower[1:] - 0.5, truth), [1.0]]))
    fit = fit_bands("burr", Bands(lower, 1e6 * share))
    assert fit.deviance == pytest.approx(0, abs=1e-3)
    assert fit.parameters["c"] == pytest.approx(0.8, rel=0.01)


@pytest.mark.parametrize("name", ["burr", "lognormal", "two_lognormals"])
def test_draws_have_the_distribution_they_are_drawn_from(name: str) -> None:
    fit = fitted("media_2006", name)
    sizes = draw_sizes_of(fit, (40_000,), np.random.default_rng(5))
    from exposure.model import fits as module

    expected = module._CDF[name](np.array([99.0]), fit.parameters)[0]
    assert abs((sizes <= 99).mean() - expected) < 4 * math.sqrt(0.25 / 40_000)
    assert sizes.min() == 1


def test_a_mixture_is_the_weighted_mean_of_its_parts() -> None:
    p = {"weight": 0.25, "mu_1": 0.0, "sigma_1": 1.0, "mu_2": math.log(10), "sigma_2": 1.0}
    # At 1: half of the first, Φ(−ln 10) = 0.01065 of the second.
    assert mixture_cdf(np.array([1.0]), p)[0] == pytest.approx(
        0.25 * 0.5 + 0.75 * 0.010651, abs=1e-5
    )


# ---- cause mixes


def test_pooled_years_share_out_what_a_year_does_not_list() -> None:
    years = [
        SurveyYear(1, 100.0, {"a": 60.0, "b": 30.0, "c": 10.0}),
        SurveyYear(2, 80.0, {"a": 40.0}),
    ]
    shares, weight = pool_surveys(years, ["a", "b", "c"], np.array([1.0, 1.0]))
    # b and c keep their proportion but for the half incident of the prior.
    assert weight == pytest.approx(180)
    assert shares[0] == pytest.approx(100.5 / 181.5, abs=1e-9)
    assert shares[1] / shares[2] == pytest.approx(3, abs=0.1)
    assert shares.sum() == pytest.approx(1)


def test_a_complete_year_is_left_as_it_is() -> None:
    year = SurveyYear(1, 10.0, {"a": 7.0, "b": 3.0})
    assert complete_causes(year, ["a", "b"], np.array([0.5, 0.5])).tolist() == [7.0, 3.0]


def test_persons_are_never_read_as_incidents() -> None:
    row = {
        "survey_year": "2013",
        "basis": "persons",
        "cause": "theft",
        "value": "33512",
        "share_pct": "0.4",
    }
    assert read_surveys([row], {2013: 1388.0}, ["theft"], {})[0].listed == {}
    with pytest.raises(ValueError, match="no cause"):
        read_surveys([{**row, "basis": "incidents", "cause": "x"}], {2013: 1.0}, ["theft"], {})


@pytest.mark.parametrize(
    ("mix", "access", "misoperation"),
    [
        ("mix_jnsa_2018", 90 / 443, 109 / 443),
        ("mix_jnsa_2013", 255 / 1388 * 1.2 / 19.6, 485 / 1388),
        ("mix_listed_2025", 116 / 180 * 20.3 / 22.6, 37 / 180 * 24.6 / 28.2),
    ],
)
def test_a_mix_is_the_published_one(mix: str, access: float, misoperation: float) -> None:
    shares, _ = mix_shares(mix, load_assumptions())
    assert shares["unauthorised_access"] == pytest.approx(access, rel=0.01)
    assert shares["misoperation"] == pytest.approx(misoperation, rel=0.01)
    assert sum(shares.values()) == pytest.approx(1)
    assert set(shares) == set(load_groups().causes)


def test_the_pooled_mix_lies_between_the_old_years_and_the_new() -> None:
    shares, weight = mix_shares("mix_pooled", load_assumptions())
    assert 0.012 < shares["unauthorised_access"] < 0.203
    assert weight > 44.3


def test_the_default_survey_is_the_shipped_one() -> None:
    (default,) = [s for s in scenarios().values() if s.is_default]
    assert load_surveys().rates[default.name].default
    for name, setting in default.settings.items():
        assert load_assumptions().value(name) == setting.value


def test_the_shares_in_use_are_those_of_the_default_mix() -> None:
    shares, _ = mix_shares(load_surveys().default, load_assumptions())
    for cause, share in shares.items():
        # The shipped shares are rounded to a tenth of a per cent.
        assert load_assumptions().value(f"cause.share.{cause}") == pytest.approx(share, abs=0.001)


def test_the_stored_mixes_are_what_the_tables_give() -> None:
    path = data_path("assumptions", "fits", "cause_mixes.toml")
    stored = tomllib.loads(path.read_text(encoding="utf-8"))
    assert stored == mix_document(load_assumptions())
    for mix in stored.values():
        assert sum(mix["share"].values()) == pytest.approx(1)


@pytest.mark.parametrize("name", list(load_surveys().rates))
def test_the_stored_scenario_is_what_the_surveys_say(name: str) -> None:
    path = data_path("scenarios", f"{name}.toml")
    assert tomllib.loads(path.read_text(encoding="utf-8")) == rate_document(name)
    assert scenario_problems(path) == []


@pytest.mark.parametrize("name", list(load_surveys().sizes))
def test_the_stored_fit_is_what_the_tables_give(name: str) -> None:
    stored = tomllib.loads(
        data_path("assumptions", "fits", f"{name}.toml").read_text(encoding="utf-8")
    )
    for record, fit in zip(stored["fit"], size_fits(name), strict=True):
        assert record["distribution"] == fit.name
        assert record["log_likelihood"] == pytest.approx(fit.log_likelihood, abs=0.01)
        assert record["aic"] == pytest.approx(fit.aic, abs=0.02)
    assert stored["survey"]["incidents"] == size_bands(load_surveys().sizes[name]).count.tolist()


def test_a_study_chooses_a_mix_and_its_own_figure_goes_before() -> None:
    raw = {"study": {"scenarios": ["mix_listed_2025"]}, "client": {"records": 3000}}
    study = study_from_mapping(raw, "s")
    assert study.in_force().value("frequency.external.certified") == 0.024
    assert study.in_force().record("frequency.external.certified").override is not None
    both = {**raw, "assumptions": {"cause.pooling_weight": {"value": 0.2, "reason": "x"}}}
    assert study_from_mapping(both, "s").in_force().value("cause.pooling_weight") == 0.2


def test_an_unknown_scenario_is_refused_with_the_nearest() -> None:
    from exposure.errors import DataError

    raw = {"study": {"scenarios": ["mix_jnsa_2014"]}, "client": {"records": 3000}}
    with pytest.raises(
        DataError, match=r'study\.scenarios: unknown key; did you mean "mix_jnsa_201'
    ):
        study_from_mapping(raw, "s")


def test_every_survey_is_compared() -> None:
    name = "frequency.external.certified"
    found = under_each(load_assumptions(), cause_mixes(), lambda a: a.value(name))
    assert list(found) == ["mix_certified", "mix_jnsa_2018", "mix_listed_2025"]
    assert found["mix_jnsa_2018"] < found["mix_certified"] < found["mix_listed_2025"]
    assert set(scenario_overrides(["mix_listed_2025"], "w", "k")) == {name}


def test_no_mix_uses_a_row_nobody_read() -> None:
    rows = reference_rows("jnsa_cause_shares")
    assert not [
        r
        for r in rows
        if r["survey_year"] == "2013" and r["cause"] == "theft" and r["basis"] == "incidents"
    ]
    assert (
        reference_value("jnsa_annual_totals", "value", survey_year="2013", metric="incidents")
        == 1388
    )


def test_the_tornado_shows_every_other_mix_and_the_jnsa_price() -> None:
    from exposure.study.answer import prepare
    from exposure.study.sensitivity import forms_of

    raw = {"client": {"records": 3000}}
    names = [form.name for form in forms_of(prepare(study_from_mapping(raw, "s")))]
    assert {"price_jo", "mix_jnsa_2018", "mix_listed_2025"} <= set(names)
    assert "mix_certified" not in names
    chosen = {**raw, "study": {"scenarios": ["mix_listed_2025"]}}
    others = [form.name for form in forms_of(prepare(study_from_mapping(chosen, "s")))]
    assert "mix_certified" in others
    assert "mix_listed_2025" not in others


# Printed: posterior mean and 5-95 % of the joint fit to listed companies.
JOINT = {
    "epsilon": (0.44, 0.26, 0.61),
    "gamma": (0.39, 0.12, 0.69),
    "alpha": (0.27, 0.09, 0.52),
    "rho": (0.50, 0.38, 0.63),
    "median": (67_000, 28_000, 128_000),
    "external": (0.0187, None, None),
    "rest": (0.0086, None, None),
}
# Printed: 5, 50 and 95 % of the leaks a year of at least so many persons.
COUNTS = {
    "10000": (45, 59, 75),
    "100000": (18, 26, 36),
    "1000000": (3.0, 4.5, 6.5),
    "10000000": (0.15, 0.31, 0.60),
}


@cache
def joint() -> dict[str, Any]:
    return joint_document(load_surveys().joint["listed"], load_assumptions())


@pytest.mark.parametrize("name", JOINT)
def test_the_joint_fit_is_the_printed_one(name: str) -> None:
    mean, low, high = JOINT[name]
    found = joint()["posterior"][name]
    # A thousand effective draws, here and there: an eighth of the band, and the rounding.
    assert found["mean"] == pytest.approx(mean, rel=0.05)
    if low is not None:
        assert found["low"] == pytest.approx(low, abs=0.12 * (high - low))
        assert found["high"] == pytest.approx(high, abs=0.12 * (high - low))
    # What is shipped lies within.
    shipped = {"epsilon": "frequency.epsilon.external", "gamma": "size.reach.gamma",
               "alpha": "size.alpha.external", "rho": "size.rho.unauthorised_access",
               "external": "frequency.external.certified",
               "rest": "frequency.rest.certified_over_1000"}  # fmt: skip
    if name in shipped:
        value = load_assumptions().value(shipped[name])
        assert value == pytest.approx(found["mean"], rel=0.1)


@pytest.mark.parametrize("start", COUNTS)
def test_the_joint_fit_expects_the_printed_counts(start: str) -> None:
    found = joint()["expected_per_year"][start]
    for name, printed in zip(("low", "median", "high"), COUNTS[start], strict=True):
        assert found[name] == pytest.approx(printed, rel=0.1)


def test_exponent_and_records_are_fitted_together() -> None:
    assert joint()["survey"]["correlation_epsilon_log_median"] == pytest.approx(-0.53, abs=0.03)


def test_the_stored_joint_fit_is_what_the_counts_give() -> None:
    path = data_path("assumptions", "fits", "listed_joint.toml")
    stored = tomllib.loads(path.read_text(encoding="utf-8"))
    for part in ("posterior", "expected_per_year"):
        for name, summary in joint()[part].items():
            assert stored[part][name] == pytest.approx(summary, rel=1e-3)


def test_the_first_version_is_far_from_the_counts() -> None:
    # Without a reach and with the old exponent and share, millions are lost ten times too often.
    survey, known = load_surveys().joint["listed"], load_assumptions()
    old = {"median": 1e5, "epsilon": 0.6, "gamma": 0.0, "alpha": 0.25, "rho": 0.75,
           "external": 0.011, "rest": 0.0082}  # fmt: skip
    drawn = {name: np.array([value]) for name, value in old.items()}
    found = expected_large_leaks(drawn, (1e6, 1e7), survey, known)[:, 0]
    # Printed: 23 a year against 2, 8, 2 and 6; 5.3 against 3 in 14 years.
    assert found[0] == pytest.approx(23, rel=0.1)
    assert found[1] == pytest.approx(5.3, rel=0.1)
