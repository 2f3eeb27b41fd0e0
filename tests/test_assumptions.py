"""The assumptions: values by name, overrides, draws and quantiles."""

from __future__ import annotations

import datetime
import itertools
import math
import pickle
from pathlib import Path

import numpy as np
import pytest

from exposure.errors import DataError
from exposure.files import data_path, read_table, read_toml
from exposure.inputs.assumptions import (
    Assumptions,
    assumption_problems,
    load_assumptions,
    override_problems,
    read_rows,
)
from exposure.inputs.parameters import Override, levels_of
from exposure.inputs.priors import FeeBracket, Prior, check_value, parse_prior, quantile
from exposure.records import RuleError


def stated(value: object, **more: object) -> Override:
    return Override.model_validate({"value": value, "reason": "r", **more})


# ---- values by name


def test_values_stand_as_the_tables_give_them() -> None:
    known = load_assumptions()
    assert known.value("frequency.external.certified") == 0.018
    assert known.value("litigation.u.brochure") == 14 / 11.07
    assert known.values("measure.limit_grid") == (
        10e6, 30e6, 50e6, 100e6, 200e6, 300e6, 500e6, 1000e6,
    )  # fmt: skip
    assert known.values("frequency.external.certified") == (0.018,)
    assert known.choice("litigation.scale.brochure") == "brochure"
    assert known.date("run.inception") == datetime.date(2026, 4, 1)
    assert known.whole("run.history_grid_points") == 400


def test_the_fee_scale_is_that_of_the_bar_association() -> None:
    assert load_assumptions().brackets("litigation.bar_scale") == (
        FeeBracket(3e6, 0.08, 0.0),
        FeeBracket(30e6, 0.05, 90e3),
        FeeBracket(300e6, 0.03, 690e3),
        FeeBracket(math.inf, 0.02, 3690e3),
    )


def test_the_fee_scale_is_continuous() -> None:
    scale = load_assumptions().brackets("litigation.bar_scale")
    for lower, upper in itertools.pairwise(scale):
        x = lower.up_to
        assert lower.rate * x + lower.constant == pytest.approx(upper.rate * x + upper.constant)


def test_a_name_without_a_row_takes_that_of_its_family() -> None:
    known = load_assumptions()
    assert known.value("cost.investigation.sigma") == known.value("cost.*.sigma") == 0.5
    assert known.value("cost.system_repair.sigma") == 1.0
    assert known.value("cost.condolence.sigma") == 0.0
    assert known.value("frequency.r_ind.medical_welfare") == 1.0
    assert known.key("frequency.m.vendor") == "frequency.m.*"


@pytest.mark.parametrize(
    "name", ["frequency.bass", "frequency.m.extrnal", "cost.nothing.sigma", "", "frequency.m."]
)
def test_an_unknown_name_is_a_programming_mistake(name: str) -> None:
    with pytest.raises(KeyError, match="no assumption"):
        load_assumptions().value(name)


def test_asking_for_the_wrong_kind_is_a_programming_mistake() -> None:
    with pytest.raises(TypeError, match="not a number"):
        load_assumptions().value("litigation.scale.court")
    with pytest.raises(TypeError, match="not a date"):
        load_assumptions().date("frequency.external.certified")


def test_the_table_lists_every_row() -> None:
    frame = load_assumptions().to_frame()
    assert tuple(frame.index) == load_assumptions().names()
    assert frame.loc["frequency.external.certified", "grade"] == "B"
    assert frame.loc["cost.misuse_monitoring.condition", "note"].startswith("カード番号が故意に")


# ---- overrides


def test_an_override_stands_beside_the_default() -> None:
    changed = load_assumptions().with_overrides({"claims.rate.brochure": stated(0.05)})
    record = changed.record("claims.rate.brochure")
    assert (changed.value("claims.rate.brochure"), record.value) == (0.05, 0.1)
    assert record.override is not None
    assert record.override.reason == "r"
    assert load_assumptions().value("claims.rate.brochure") == 0.1


def test_overrides_join_the_judgements() -> None:
    known = load_assumptions()
    assert not known.record("claims.rate.brochure").is_judgement
    changed = known.with_overrides({"claims.rate.brochure": stated(0.05)})
    before, after = ({record.name for record in some.judgements()} for some in (known, changed))
    assert after - before == {"claims.rate.brochure"}
    assert "claims.card_misuse.rate" in before


def test_a_member_of_a_family_gets_a_row_of_its_own() -> None:
    changed = load_assumptions().with_overrides({"frequency.m.error": stated(2)})
    assert changed.value("frequency.m.error") == 2.0
    assert changed.value("frequency.m.external") == 1.0
    assert changed.record("frequency.m.error").name == "frequency.m.error"


def test_an_override_is_held_fixed_unless_it_states_a_prior() -> None:
    name = "claims.rate.brochure"
    fixed = load_assumptions().with_overrides({name: stated(0.05)})
    assert [fixed.draw(1, draw, 3).value(name) for draw in range(3)] == [0.05, 0.05, 0.05]
    loose = load_assumptions().with_overrides({name: stated(0.05, prior="uniform(0.04, 0.06)")})
    values = [loose.draw(1, draw, 3).value(name) for draw in range(3)]
    assert len(set(values)) == 3
    assert all(0.04 <= value <= 0.06 for value in values)


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("claims.rate.brochur", 0.1, 'did you mean "claims.rate.brochure"?'),
        ("frequency.m.extrnal", 2, 'did you mean "frequency.m.external"?'),
        ("claims.rate.brochure", 1.2, "expected a number in [0, 1]"),
        ("claims.rate.brochure", math.nan, "expected a number in [0, 1]"),
        ("claims.rate.brochure", True, "expected a number in [0, 1]"),
        ("claims.rate.brochure", "much", "expected a number in [0, 1]"),
        ("cost.consulting.least", -1, "expected a number of 0 or more"),
        ("cost.consulting.least", math.inf, "expected a number of 0 or more"),
        ("price.median.basic.court", 0, "expected a number above 0"),
        ("claims.kappa", 0, "expected a number above 0; inf is allowed"),
        ("litigation.claimed_to_paid.court", 0.5, "expected a number of 1 or more"),
        ("event.publicity.pi_0", "x", "expected a number"),
        ("event.loading.year.Y", 1.1, "expected a number in [-1, 1]"),
        ("run.loss_years", 1000.5, "expected a whole number of 0 or more"),
        ("litigation.scale.court", "new", 'expected one of "brochure", "old_scale"'),
        ("event.loading.costs.Z_pub_heads", "x", "expected a list of words"),
        ("run.inception", "soon", "expected a date as YYYY-MM-DD"),
        ("litigation.bar_scale", [{"up_to": 3, "rate": 0.1, "constant": 0}], "rising to inf"),
        ("measure.limit_grid", [], "expected a number above 0"),
        ("measure.limit_grid", 1e6, "expected a list in [ ]"),
        ("claims.rate.brochure", [0.1, 0.2], "expected a single value"),
        ("frequency.delta.error", 0.8, "the effect of the score is at most"),
        ("cause.share.theft", 0.5, "must sum to 1"),
        ("event.loading.year.Y", 0.5, "must sum to less than 1"),
        ("frequency.k_s", 0.5, "must be at least frequency.k_residual"),
        ("frequency.k_residual", 2, "must be at least frequency.k_residual"),
    ],
)
def test_a_value_that_cannot_be_is_refused(name: str, value: object, line: str) -> None:
    problems = override_problems({name: stated(value)}, "a.toml")
    assert line in problems[0].say("en")
    assert problems[0].say("en").startswith("a.toml: assumptions.")
    with pytest.raises(DataError):
        load_assumptions().with_overrides({name: stated(value)})


def test_all_overrides_are_checked_at_once() -> None:
    wrong = {"claims.rate.brochur": stated(1), "claims.kappa": stated(-1)}
    assert len(override_problems(wrong, "a.toml")) == 2


def test_a_prior_must_fit_the_value() -> None:
    problems = override_problems(
        {"price.sigma_A.court": stated(0, prior="lognormal(sd_log=1)")}, "a"
    )
    assert problems[0].say("en").startswith('a: assumptions."price.sigma_A.court".prior')


@pytest.mark.parametrize("raw", [3, "x", {"value": 1}, {"value": 1, "reason": " "}])
def test_an_override_is_a_value_with_a_reason(raw: object) -> None:
    with pytest.raises(ValueError, match="reason"):
        Override.model_validate(raw)


def test_poisson_counts_and_fixed_rates_are_available() -> None:
    changed = load_assumptions().with_overrides(
        {
            name: stated(math.inf)
            for name in ("frequency.k_residual", "frequency.k_s", "claims.kappa")
        }
    )
    assert changed.value("claims.kappa") == math.inf
    assert changed.draw(1, 0, 1).value("frequency.k_s") == math.inf


def test_shares_can_be_replaced_together() -> None:
    names = [n for n in load_assumptions().names() if n.startswith("cause.share.")]
    shares = dict.fromkeys(names, 0.05) | {names[0]: 0.5}
    changed = load_assumptions().with_overrides({n: stated(s) for n, s in shares.items()})
    assert changed.value(names[0]) == 0.5


# ---- priors, one by one


@pytest.mark.parametrize(
    ("text", "value", "q", "expected"),
    [
        ("point", 3.0, 0.9, 3.0),
        ("lognormal(sd_log=0.5)", 2.0, 0.5, 2.0),
        ("lognormal(sd_log=0.5)", 2.0, 0.8413447460685429, 2.0 * math.exp(0.5)),
        ("lognormal(sd_log10=1)", 2.0, 0.8413447460685429, 20.0),
        ("lognormal(factor90=2)", 2.0, 0.05, 1.0),
        ("lognormal(factor90=2)", 2.0, 0.95, 4.0),
        ("normal(sd=0.2)", -1.0, 0.8413447460685429, -0.8),
        ("logit-normal(sd=1)", 0.5, 0.8413447460685429, 1 / (1 + math.exp(-1))),
        ("uniform(1, 3)", 2.0, 0.25, 1.5),
        ("beta(1, 1)", 0.5, 0.25, 0.25),
        ("beta(2, 1)", 0.5, 0.25, 0.5),
        ("beta(2 v, 2 - 2 v)", 0.5, 0.25, 0.25),
        ("gamma(1, 2)", 0.5, 1 - math.exp(-1), 0.5),
    ],
)
def test_quantiles_of_each_prior(text: str, value: float, q: float, expected: float) -> None:
    assert quantile(parse_prior(text), value, q) == pytest.approx(expected, rel=1e-9)


def test_a_bounded_prior_is_conditioned_not_cut_off() -> None:
    prior = parse_prior("uniform(0, 4)")
    assert quantile(prior, 1.0, 0.5, low=2.0) == pytest.approx(3.0)
    assert quantile(prior, 1.0, 0.5, high=2.0) == pytest.approx(1.0)
    exponential = parse_prior("gamma(1, 1)")
    # Memoryless: above 3, the median lies ln 2 further on.
    assert quantile(exponential, 1.0, 0.5, low=3.0) == pytest.approx(3.0 + math.log(2))


@pytest.mark.parametrize("text", ["lognormal(sd_log=1)", "normal(sd=1)", "logit-normal(sd=1)",
                                  "uniform(0.1, 0.9)", "beta(2, 3)", "beta(5 v, 5 - 5 v)",
                                  "gamma(2, 3)"])  # fmt: skip
def test_conditioning_agrees_with_the_unbounded_quantiles(text: str) -> None:
    prior = parse_prior(text)
    low, high = (quantile(prior, 0.4, q) for q in (0.2, 0.6))
    assert quantile(prior, 0.4, 0.5, low, high) == pytest.approx(quantile(prior, 0.4, 0.4))


@pytest.mark.parametrize(
    "text",
    ["", "Point", "normal", "normal(sd=-1)", "normal(sd=0)", "normal(0.2)", "uniform(1, 0)",
     "uniform(0,1)", "beta(0, 1)", "beta(10 v, 9 - 10 v)", "gamma(1)", "lognormal(factor90=1)",
     "lognormal(sd_log=0.5) ", "lognormal(sd_log=x)"],
)  # fmt: skip
def test_a_bad_prior_is_refused(text: str) -> None:
    with pytest.raises(RuleError):
        parse_prior(text)


def test_a_prior_is_read_into_its_figures() -> None:
    assert parse_prior("dirichlet(44.3 v + 0.5)") == Prior("dirichlet", (44.3, 0.5))


# ---- joint draws


def drawn(name: str, n: int = 400) -> np.ndarray:
    known = load_assumptions()
    only = {n: r for n, r in known.records.items() if n == name or r.prior_in_use.is_point}
    needed = {n: known.records[n] for n in known.records if n.startswith("frequency.k_")}
    few = Assumptions({**only, **needed})
    return np.array([few.draw(7, draw, n).value(name) for draw in range(n)])


def test_a_draw_is_the_same_every_time_and_differs_from_the_next() -> None:
    known = load_assumptions()
    assert known.draw(1, 5, 10).replaced == known.draw(1, 5, 10).replaced
    assert known.draw(1, 5, 10).replaced != known.draw(1, 6, 10).replaced
    assert known.draw(1, 5, 10).replaced != known.draw(2, 5, 10).replaced


def test_a_parameter_added_moves_no_other() -> None:
    known = load_assumptions()
    records = dict(known.records)
    del records["size.sigma"]
    without = Assumptions(records).draw(1, 0, 10).replaced
    assert without == {n: v for n, v in known.draw(1, 0, 10).replaced.items() if n != "size.sigma"}


def test_draws_have_the_stated_median_and_spread() -> None:
    # ln of the median of 400 draws: standard error 1.25 × 0.4 / 20 = 0.025; five of them.
    logs = np.log(drawn("frequency.external.certified") / 0.018)
    assert abs(np.median(logs)) < 5 * 0.025
    assert abs(logs.std() - 0.4) < 5 * 0.4 / math.sqrt(800)


def test_draws_of_a_parameter_fall_one_into_each_part_of_its_prior() -> None:
    known, n = load_assumptions(), 50
    values = np.array([known.draw(5, draw, n).value("size.sigma") for draw in range(n)])
    record = known.record("size.sigma")
    edges = [quantile(record.prior_in_use, float(record.in_use), k / n) for k in range(1, n)]
    np.testing.assert_array_equal(np.bincount(np.searchsorted(edges, values), minlength=n), 1)


def test_draws_of_two_parameters_are_not_tied() -> None:
    # 1,000 pairs free of each other: the correlation has a standard error of 0.032; four of them.
    levels = levels_of(["size.sigma", "size.a"], seed=2, n=1000)
    together = np.corrcoef(levels["size.sigma"], levels["size.a"])[0, 1]
    assert abs(together) < 4 * 0.032


def test_a_latin_hypercube_places_the_mean_better_than_draws_free_of_each_other() -> None:
    # The mean of n uniform draws has variance 1/(12 n), that of one draw a part 1/(12 n³).
    n = 20
    means = [levels_of(["x"], seed, n)["x"].mean() for seed in range(200)]
    assert np.var(means) < 1.5 / (12 * n**3)


def test_every_draw_is_allowed() -> None:
    known = load_assumptions()
    for draw in range(40):
        values = known.draw(3, draw, 40)
        for name in known.uncertain():
            record = known.records[name]
            check_value(values.value(name), record.range, record.choices)
        assert values.value("frequency.k_s") >= values.value("frequency.k_residual")
        price = [values.value(f"event.loading.price.{z}") for z in ("Z_law", "Z_org")]
        assert sum(loading**2 for loading in price) < 1.0


def test_a_rate_drawn_from_a_lognormal_stays_a_probability() -> None:
    known = load_assumptions().with_overrides(
        {"claims.rate.brochure": stated(0.9, prior="lognormal(sd_log=1)")}
    )
    values = [known.draw(1, draw, 50).value("claims.rate.brochure") for draw in range(50)]
    assert max(values) < 1.0
    assert 1.0 not in values


def test_drawn_shares_sum_to_one_and_scatter_as_a_dirichlet() -> None:
    known = load_assumptions()
    shares = [n for n in known.names() if n.startswith("cause.share.")]
    draws = [known.draw(11, draw, 200) for draw in range(200)]
    table = np.array([[some.value(name) for name in shares] for some in draws])
    assert table.sum(axis=1) == pytest.approx(np.ones(200))
    theft = table[:, shares.index("cause.share.theft")]
    # Dirichlet of total weight 44.3 + 11 × 0.5 = 49.8, of which theft has 44.3 × 0.038 + 0.5.
    mean = (44.3 * 0.038 + 0.5) / 49.8
    sd = math.sqrt(mean * (1 - mean) / 50.8)
    assert abs(theft.mean() - mean) < 5 * sd / math.sqrt(200)


def test_a_fixed_shared_level_bounds_the_total() -> None:
    known = load_assumptions().with_overrides({"frequency.k_s": stated(0.7)})
    draws = [known.draw(1, draw, 100).value("frequency.k_residual") for draw in range(100)]
    assert max(draws) <= 0.7


def test_draws_travel_to_other_processes() -> None:
    one = load_assumptions().draw(1, 0, 10)
    assert pickle.loads(pickle.dumps(one)).replaced == one.replaced


# ---- quantiles for the tornado


def test_one_parameter_moves_and_the_others_stay() -> None:
    known = load_assumptions()
    moved = known.at_quantile("event.loading.price.Z_org", 0.95)
    assert moved.replaced == {"event.loading.price.Z_org": pytest.approx(0.95 * 0.7)}
    name = "frequency.external.certified"
    assert moved.value(name) == known.value(name)


def test_every_uncertain_parameter_rises_with_its_quantile() -> None:
    known = load_assumptions()
    for name in known.uncertain():
        low, high = (known.at_quantile(name, q).value(name) for q in (0.05, 0.95))
        assert low < high, name


def test_a_share_at_its_quantile_takes_from_the_others_in_proportion() -> None:
    known = load_assumptions()
    moved = known.at_quantile("cause.share.theft", 0.95)
    shares = [n for n in known.names() if n.startswith("cause.share.")]
    assert sum(moved.value(n) for n in shares) == pytest.approx(1.0)
    assert moved.value("cause.share.theft") > 0.038
    ratio = moved.value("cause.share.misoperation") / moved.value("cause.share.management_error")
    assert ratio == pytest.approx(0.246 / 0.122)


def test_a_parameter_without_a_prior_does_not_move() -> None:
    known = load_assumptions()
    assert known.at_quantile("run.loss_years", 0.95) is known


def test_the_total_at_its_quantile_leaves_room_for_the_shared_level() -> None:
    moved = load_assumptions().at_quantile("frequency.k_residual", 0.99)
    assert moved.value("frequency.k_residual") < moved.value("frequency.k_s") == 1.0


# ---- files


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


ROW = """
["size.extra"]
label = { ja = "a", en = "a" }
value = 1
unit = "ratio"
range = "positive"
prior = "point"
grade = "J"
source = "judgement"
note = { ja = "理由", en = "why" }
"""


def test_a_good_row_is_read(tmp_path: Path) -> None:
    rows, problems = read_rows(write(tmp_path / "a.toml", ROW))
    assert problems == []
    assert rows["size.extra"].in_use == 1.0


def test_a_row_may_name_another_for_its_choices(tmp_path: Path) -> None:
    chosen = ROW.replace("value = 1", 'value = "b"').replace('"positive"', '"choice"')
    first = chosen.replace("prior", 'choices = ["a", "b"]\nprior')
    second = chosen.replace("prior", 'choices = "size.extra"\nprior').replace("extra", "more", 1)
    rows, problems = read_rows(write(tmp_path / "a.toml", first + second))
    assert problems == []
    assert rows["size.more"].choices == ("a", "b")
    _, problems = read_rows(write(tmp_path / "b.toml", second))
    assert "size.more" in str(problems[0])
    assert "choices" in str(problems[0])


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ('grade = "J"', 'grade = "D"', 'grade = "D": expected one of'),
        ('unit = "ratio"', "", '"size.extra".unit: required, but missing'),
        ('unit = "ratio"', 'unit = ""', 'unit = "": expected at least 1 characters'),
        ('source = "judgement"', 'source = "x"', "source: this source is not in data/sources.toml"),
        ('source = "judgement"', 'source = "cost_items"', "row: say where in the source"),
        ('note = { ja = "理由", en = "why" }', "", "note: a judgement needs its reason"),
        ('ja = "理由", ', "", "note.ja: required, but missing"),
        ('ja = "理由"', 'ja = ""', "note: say it in both ja and en"),
        ('{ ja = "理由", en = "why" }', '"why"', 'note = "why": expected { ja = "...", en'),
        ('prior = "point"', 'prior = "guess"', "prior: expected a prior such as"),
        ("value = 1", "value = 0", "value: expected a number above 0"),
        ("unit", "untt", 'untt: unknown key; did you mean "unit"?'),
    ],
)
def test_a_bad_row_is_named(tmp_path: Path, old: str, new: str, line: str) -> None:
    problems = assumption_problems(write(tmp_path / "a.toml", ROW.replace(old, new, 1)))
    assert any(line in problem.say("en") for problem in problems)


def test_a_file_that_is_no_table_of_rows_is_refused(tmp_path: Path) -> None:
    (problem,) = assumption_problems(write(tmp_path / "a.toml", '"size.extra" = 3'))
    assert '"size.extra" = 3: expected a table' in problem.say("en")
    (problem,) = assumption_problems(write(tmp_path / "b.toml", "= ="))
    assert "not valid TOML" in problem.say("en")
    (problem,) = assumption_problems(tmp_path / "c.toml")
    assert "no such file" in problem.say("en")


def test_one_table_of_a_file_is_read_as_in_the_whole_file() -> None:
    for path in sorted(data_path("assumptions").glob("*.toml")):
        for name, table in read_toml(path).items():
            assert read_table(path, f'"{name}"') == table
