"""The dozen functions of a notebook, on top of everything else (Python API).

Thin: each looks things up and calls one function of the package. Which of them a notebook has is
listed in ``exposure``.
"""

from __future__ import annotations

import datetime
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import (
    TYPE_CHECKING,
    Any,  # Any: a study as a plain mapping
)

import numpy as np

from exposure.errors import DataError, Problem, Text, own_language
from exposure.files import TomlFile, read_toml_file, toml_file_of, unknown_key
from exposure.inputs.assumptions import first_day, load_assumptions
from exposure.inputs.client import Client
from exposure.inputs.fields import Field, fields, whole_number
from exposure.inputs.study_file import REGIMES, StudyFile, read_study, study_from_mapping
from exposure.model.build import build_model
from exposure.model.losses import blocks
from exposure.policy import interpreter
from exposure.policy.assignment import losses_for
from exposure.policy.drafts import catalogue_of
from exposure.policy.plan import Plan
from exposure.policy.plan import plan as build
from exposure.policy.vocabulary import PolicyPeriod
from exposure.records import RuleError
from exposure.result.record import Figure
from exposure.simulation.compound import simulate_compound as simulate_compound
from exposure.simulation.figures import measure_of
from exposure.simulation.large_tables import PaidYears, join_tables, paid_years
from exposure.simulation.loss_years import years_of
from exposure.simulation.machine import bytes_of_years, require_room
from exposure.simulation.own_losses import losses_from_frame as losses_from_frame
from exposure.study.pipeline import StudyResult, comparison_frame, run_study
from exposure.study.since import earlier_result, with_since
from exposure.tables import Fact, LossTable

if TYPE_CHECKING:
    import pandas as pd


_DAYS = ("leaked_on", "discovered_on", "notified_on", "claim_made_on")

_Count = int | str

_FEWEST_YEARS = 2  # one year has no quantiles

_Study = StudyFile | Client | Mapping[str, Any] | str | Path

_Policy = str | Path | Mapping[str, Any]


def load_study(path: str | Path) -> StudyFile:
    """Read and check a study file (検討ファイルの読み込み).

    Examples
    --------
    >>> from exposure.files import data_path
    >>> load_study(data_path("studies", "clinic.toml")).client.records
    100000
    """
    return read_study(path)


def _study(
    study: _Study,
    loss_years: int | str | None = None,
    seed: int | str | None = None,
    least: int = 1,
) -> StudyFile:
    """Return a study from whatever names it, with its years and seed as asked."""
    if isinstance(study, str | Path):
        study = read_study(study)
    elif isinstance(study, Client):
        stated = study.model_dump(exclude_none=True)
        study = study_from_mapping({"client": stated}, "client")
    elif not isinstance(study, StudyFile):
        study = study_from_mapping(study, "study")
    for notice in study.notices:
        warnings.warn(notice.say(own_language()), UserWarning, stacklevel=3)
    asked = {
        "loss_years": None if loss_years is None else _count("loss_years", loss_years, least),
        "seed": None if seed is None else _count("seed", seed, 0),
    }
    stated = {name: value for name, value in asked.items() if value is not None}
    return study.with_settings(**stated)


def _count(name: str, stated: object, least: int) -> int:
    """Read a number of the caller as the field of a study of that name is read, from ``least``."""
    most = fields("study")["seed"].maximum  # whether years fit is asked before they are drawn
    field = Field(label=Text(name, name), kind="whole", minimum=least, maximum=most)
    try:
        return whole_number(stated, field)
    except RuleError as error:
        raise DataError(Problem(name, "", error.text, stated)) from None


def run(
    study: _Study,
    *,
    loss_years: int | str | None = None,
    seed: int | str | None = None,
    band: bool = False,
    workers: int = 1,
    since: str | Path | None = None,
) -> StudyResult:
    """Simulate, pay, compare and recommend for one client (検討の実行).

    Parameters
    ----------
    study : path, StudyFile, Client or mapping
        A client alone is compared on every shipped product.
    loss_years, seed : int, optional
        In place of those of the study.
    band : bool
        Also draw the parameters, and say how the answer depends on them.
    workers : int
        Processes for that; a script that asks for more than one needs the usual
        ``if __name__ == "__main__"``.
    since : path, optional
        ``result.json`` of an earlier run: the result then says what moved since, and why.

    Returns
    -------
    StudyResult
        ``document`` is the content of ``result.json``; ``to_frame()`` compares the plans.

    Examples
    --------
    >>> study = {"client": {"records": 3000}, "plan": [{"id": "nipponkoa_2006/B"}]}
    >>> run(study, loss_years=1000).to_frame().index.tolist()
    [('brochure', 'nipponkoa_2006/B'), ('court', 'nipponkoa_2006/B')]
    """
    stated = _study(study, loss_years, seed, _FEWEST_YEARS)
    earlier = None if since is None else earlier_result(since)
    made = run_study(stated, band=band, workers=_count("workers", workers, 1))
    if earlier is None:
        return made
    return replace(made, record=with_since(made.record, stated, earlier))


def simulate(
    study: _Study,
    *,
    regime: str = "brochure",
    loss_years: int | str | None = None,
    seed: int | str | None = None,
) -> LossTable:
    """Simulate the losses of one client under one regime (損害の模擬計算).

    Parameters
    ----------
    study : path, StudyFile, Client or mapping
        Whose losses; its plans play no part.
    regime : str
        ``brochure`` or ``court``.
    loss_years, seed : int, optional
        In place of those of the study; the same numbers give the losses that `run` sees.

    Returns
    -------
    LossTable
        ``annual()`` for the measures, ``to_frame()`` for pandas.

    Examples
    --------
    >>> losses = simulate(Client(records=500), loss_years=100, seed=1)
    >>> losses.events.years.n_years
    100
    """
    whole = _study(study, loss_years, seed)
    if regime not in REGIMES:
        listed = ", ".join(REGIMES)
        text = Text(f"次のいずれかにしてください: {listed}", f"expected one of {listed}")
        raise DataError(Problem("regime", "", text, regime))
    assumptions = whole.in_force()
    client = whole.client.with_defaults(assumptions)
    model = build_model(client, assumptions, whole.study.inception)
    settings = whole.study
    tables: list[LossTable] = []
    for block in blocks(model, settings.loss_years, settings.seed):
        tables.append(block.losses(regime))
        if block.done == 0:
            require_room(bytes_of_years(tables[0], settings.loss_years))
    return join_tables(tables)


def plan(
    source: str | Path | Mapping[str, Any],
    choices: str = "",
    *,
    policies: Sequence[_Policy] = (),
) -> Plan:
    """Build a plan from its identifier, a policy file or a plain mapping (保険プランの組み立て).

    Parameters
    ----------
    source : str, path or mapping
        An identifier; the path of a policy file, behind which pattern, endorsements and choices may
        follow (``x.toml/F+card@limit=1億``); or what such a file says, as a mapping.
    choices : str
        The same pattern, endorsements and choices by themselves.
    policies : sequence of path or mapping
        Policy files of one's own that an identifier may name.

    Raises
    ------
    ExposureError
        If the file or the plan cannot be; with every problem.

    Examples
    --------
    >>> plan("aiu_2015+execution_double@limit=300000000").headline_limit
    300000000.0
    >>> wording = {
    ...     "plan": {
    ...         "product": "draft", "source": "sompo_001", "limit_covers": ["cost"],
    ...         **{key: {"ja": "試作", "en": "draft"}
    ...            for key in ("label", "short", "insurer", "edition")},
    ...     },
    ...     "contract": {"limit": {"label": {"ja": "限度額", "en": "limit"}, "kind": "yen"}},
    ...     "cover": {"cost": {"label": {"ja": "費用", "en": "costs"}, "heads": ["call_centre"],
    ...                        "limit": "$limit"}},
    ... }
    >>> plan(wording, "@limit=1億").id
    'draft@limit=100000000'
    """
    if isinstance(source, str):
        path, ending, behind = source.rpartition(".toml")
        if not ending:
            return build(source + choices, among=catalogue_of(_policies(policies)))
        source, choices = Path(path + ending), behind + choices
    (file,) = _policies([source])
    among = catalogue_of([file, *_policies(policies)])
    name = next(iter(among.own))
    return build(name + choices, among=among)


def _policies(policies: Sequence[_Policy]) -> tuple[TomlFile, ...]:
    """Return policy files of one's own, read."""
    return tuple(
        toml_file_of(one, "plan") if isinstance(one, Mapping) else read_toml_file(one)
        for one in policies
    )


def plans(*, policies: Sequence[_Policy] = ()) -> pd.DataFrame:
    """Return every product and pattern, one row each, with what can be chosen (保険プランの一覧).

    Parameters
    ----------
    policies : sequence of path or mapping
        Policy files of one's own, listed after those shipped.

    Examples
    --------
    >>> "nipponkoa_2006/F" in plans().index
    True
    """
    import pandas as pd

    from exposure.policy.catalogue import catalogue

    rows = [
        {
            "plan": entry["product"] + (f"/{pattern}" if pattern else ""),
            "label": entry["label"]["ja"],
            "edition": entry["edition"]["ja"],
            "historical": entry["historical"],
            "source": entry["source"],
            "endorsements": ", ".join(one["name"] for one in entry["endorsements"]),
            "required": ", ".join(one["name"] for one in entry["contract"] if one["required"]),
        }
        for entry in catalogue(catalogue_of(_policies(policies)))
        for pattern in entry["patterns"] or [None]
    ]
    return pd.DataFrame(rows).set_index("plan")


def pay(
    chosen: Plan | str, losses: LossTable, *, inception: datetime.date | None = None
) -> interpreter.PayoutTable:
    """Apply a plan to a table of losses (保険金の計算).

    Parameters
    ----------
    chosen : Plan or str
        A plan or its identifier.
    losses : LossTable
        Simulated, or your own. A leak whose day is not stated is leaked, discovered, notified and
        claimed on the first day of the period.
    inception : date, optional
        First day of the policy year; the study default if left out.

    Returns
    -------
    PayoutTable
        ``to_frame()`` has one row per event, with what is unpaid by reason.

    Examples
    --------
    >>> from scipy import stats
    >>> losses = simulate_compound(
    ...     stats.poisson(2), stats.uniform(20e6, 0.4), loss_years=10, seed=1
    ... )
    >>> table = pay("nipponkoa_2006/A", losses)
    >>> float(table.paid[0]), float(table.to_frame()["limit"][0])
    (10000000.0, 10000000.0)
    """
    built = build(chosen) if isinstance(chosen, str) else chosen
    dated, period = _state_days(losses, inception)
    return interpreter.pay(built, losses_for(built, dated), period)


def _state_days(
    losses: LossTable, inception: datetime.date | None
) -> tuple[LossTable, PolicyPeriod]:
    """Return losses whose days are all stated, and the policy period."""
    start = inception or first_day()
    period = PolicyPeriod.year_from(start)
    unstated: dict[str, Fact] = dict.fromkeys(_DAYS, np.datetime64(start, "D"))
    events = replace(losses.events, facts={**unstated, **losses.events.facts})
    return replace(losses, events=events), period


def pay_years(
    plans: Sequence[Plan | str], losses: LossTable, *, inception: datetime.date | None = None
) -> tuple[PaidYears, ...]:
    """Pay the same losses under several plans, year by year (年間支払保険金).

    Faster than `pay` for many plans or many years, and the same to the yen: what plans have in
    common is worked out once. ``mean`` and ``probability_exhausted`` come first; who asks for the
    years of ``paid`` has them paid once more and laid out, those of all plans together.

    Parameters
    ----------
    plans : sequence of Plan or str
        Plans or their identifiers.
    losses : LossTable
        As in `pay`.
    inception : date, optional
        As in `pay`.

    Returns
    -------
    tuple of PaidYears
        One for each plan, in their order; ``paid.to_frame()`` has one row per loss year.

    Examples
    --------
    >>> losses = simulate(Client(records=3000), loss_years=1000, seed=1)
    >>> small, large = pay_years(["nipponkoa_2006/A", "nipponkoa_2006/F"], losses)
    >>> small.mean < large.mean
    True
    >>> small.probability_exhausted > large.probability_exhausted
    True
    """
    built = [build(one) if isinstance(one, str) else one for one in plans]
    dated, period = _state_days(losses, inception)
    return paid_years(built, dated, period)


def compare(
    losses: LossTable,
    plans: Sequence[Plan | str],
    *,
    premiums: Mapping[str, float] | None = None,
    inception: datetime.date | None = None,
    client: Client | None = None,
) -> pd.DataFrame:
    """Pay the same losses under several plans and set them side by side (プランの比較).

    Parameters
    ----------
    losses : LossTable
        Simulated, or your own.
    plans : sequence of Plan or str
        Plans or their identifiers.
    premiums : mapping of str to float, optional
        By plan identifier; without one the total cost is not a number. One for a plan that is not
        compared is refused. [JPY/year]
    inception : date, optional
        First day of the policy year.
    client : Client, optional
        For its own funds and its cost of liquidity.

    Returns
    -------
    DataFrame
        One row per plan with every figure a result has: worth, total cost and rank, share paid,
        what stays with the client.

    Examples
    --------
    >>> losses = simulate(Client(records=3000), loss_years=1000, seed=1)
    >>> frame = compare(losses, ["nipponkoa_2006/A", "nipponkoa_2006/F"])
    >>> bool(frame["paid_annual_mean"].is_monotonic_increasing)
    True
    """
    built = [build(one) if isinstance(one, str) else one for one in plans]
    dated, period = _state_days(losses, inception)
    measure = measure_of(client or Client(records=1), load_assumptions())
    known = _premiums(premiums or {}, plans, built)
    return comparison_frame(years_of(dated, built, period), built, measure, known)


def _premiums(
    stated: Mapping[str, object], plans: Sequence[Plan | str], built: Sequence[Plan]
) -> dict[str, float]:
    """Return the premiums by the id of the plan built, under whatever name it was stated."""
    ids = {plan.id: plan.id for plan in built}
    for one, plan in zip(plans, built, strict=True):
        ids[one if isinstance(one, str) else one.id] = plan.id
    premiums: dict[str, float] = {}
    problems: list[Problem] = []
    for name, amount in stated.items():
        if name not in ids:
            problems.append(unknown_key("premiums", str(name), str(name), ids))
            continue
        try:
            premiums[ids[name]] = float(whole_number(amount, fields("plan")["premium"]))
        except RuleError as error:
            problems.append(Problem("premiums", str(name), error.text, amount))
    if problems:
        raise DataError(problems)
    return premiums


def size(
    records: int | str | Iterable[int | str],
    *,
    study: _Study | None = None,
    product: str | Plan | Sequence[str | Plan] = (),
    seed: _Count | None = None,
    band: bool = True,
    workers: int = 1,
) -> pd.DataFrame:
    """Say which limits each record count needs, and what to buy of each product (限度額の試算).

    Parameters
    ----------
    records : int or sequence of int
        Persons on record, one count or several; ``"10万"`` will do. [person]
    study : path, StudyFile, Client or mapping, optional
        Of the client whose records are varied.
    product : str, Plan or a sequence of them
        Product, or any plan or identifier; its limit, if it states one, is what varies, and
        endorsements it names are kept. All shipped products if left out.
    seed : int, optional
        In place of that of the study.
    band : bool
        Also draw the parameters.
    workers : int
        Processes for that.

    Returns
    -------
    DataFrame
        One row per record count, regime and product, the products by worth; ``need_…`` are of the
        record count and regime alone. `charts.limit_by_records_chart` draws them. [JPY]

    Examples
    --------
    >>> frame = size(1000, product="nipponkoa_2006", band=False)
    >>> frame[["records", "regime", "product"]].values.tolist()
    [[1000, 'brochure', 'nipponkoa_2006'], [1000, 'court', 'nipponkoa_2006']]
    """
    import pandas as pd

    from exposure.study.sizing import size_limits, size_task

    several = isinstance(records, Iterable) and not isinstance(records, str)
    stated: Iterable[object] = records if several else [records]  # type: ignore[assignment]  # as asked
    counts = [_records(one) for one in stated]
    base = None if study is None else _study(study)
    wanted = [product] if isinstance(product, str | Plan) else list(product)
    start = None if seed is None else _count("seed", seed, 0)
    task = size_task(counts, base, wanted, start)
    rows = size_limits(task, band=band, workers=_count("workers", workers, 1))
    return pd.DataFrame(
        {
            "records": row.records,
            "regime": row.regime,
            "product": one.product,
            "plan": one.plan,
            "limit": one.limit.value,
            "limit_low": one.limit.low,
            "limit_high": one.limit.high,
            "band_low": None if one.limit.band is None else one.limit.band[0],
            "band_high": None if one.limit.band is None else one.limit.band[1],
            "cost_limit": one.cost_limit,
            "worth": one.worth.value,
            "cut_by_limits": one.cut_by_limits.annual.value,
            "endorsements": ", ".join(one.endorsements),
            "verdict": one.verdict,
            **_need_columns("need_liability", row.need.liability),
            **_need_columns("need_costs", row.need.costs),
            "reason": one.reason.ja,
        }
        for row in rows
        for one in row.products
    )


def _need_columns(name: str, need: Figure) -> dict[str, float | None]:
    """Return a needed limit with its interval and band, as columns."""
    low, high = need.band or (None, None)
    return {
        name: need.value,
        f"{name}_low": need.low,
        f"{name}_high": need.high,
        f"{name}_band_low": low,
        f"{name}_band_high": high,
    }


def _records(stated: object) -> int:
    try:
        return whole_number(stated, fields("client")["records"])
    except RuleError as error:
        raise DataError(Problem("records", "", error.text, stated)) from None
