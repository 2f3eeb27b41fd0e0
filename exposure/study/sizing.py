"""Which limit a client of N records should buy (推奨支払限度額).

The same random numbers at every N and every limit, the whole product rebuilt at each limit. The
interval is simulation error, the band is not knowing the parameters; the two are never mixed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from exposure.errors import DataError, ExposureError, Problem, Text
from exposure.inputs.assumptions import Assumptions
from exposure.inputs.client import Client
from exposure.inputs.study_file import StudyFile, study_from_mapping
from exposure.measures.adequacy import adequacy
from exposure.measures.exceedance import value_at_risk
from exposure.measures.intervals import Estimate
from exposure.measures.sizing import (
    Binding,
    RecommendedLimit,
    binding_term,
    recommended_limit,
    unexpected_decreases,
)
from exposure.model.build import BreachModel, build_model
from exposure.policy.drafts import catalogue_of
from exposure.policy.plans import Plan
from exposure.study.headline import Asked, Plain, asked_of, estimate, plain
from exposure.study.parallel import in_order
from exposure.study.plans import Ladder, ladder
from exposure.study.simulation import Progress, RegimeYears, simulate_study
from exposure.study.size_reasons import place_shown, reason_of


@dataclass(frozen=True)
class SizeRow:
    """The recommended limit for one record count under one regime (推奨支払限度額).

    Parameters
    ----------
    records : int
        [person]
    regime, product : str
    limit : RecommendedLimit
        With its simulation interval.
    band : tuple of float, or None
        Over the parameter draws; ``inf`` where no limit tried is enough. None if not asked. [JPY]
    binding : Binding
        Limits that cut at the recommended limit, or at the largest tried.
    reason : Text
        Why, as sentences a client understands.
    """

    records: int
    regime: str
    product: str
    limit: RecommendedLimit
    band: tuple[float, float] | None
    binding: Binding
    reason: Text

    def to_plain(self) -> Plain:
        """Return the row as ``exposure size --json`` prints it."""
        found = self.limit
        limit: Plain | None = None
        if found.value is not None:
            limit = {
                "value": plain(found.value),
                "low": None if found.low is None else plain(found.low),
                "high": None if found.high is None else plain(found.high),
            }
            if self.band is not None:
                limit["band"] = [plain(end) for end in self.band]
        return {
            "records": self.records,
            "regime": self.regime,
            "product": self.product,
            "limit": limit,
            "adequacy": estimate(found.adequacy),
            "binding_term": self.binding.term,
            "reason": {"code": found.reason, **self.reason._asdict()},
        }


@dataclass(frozen=True)
class SizeTask:
    """What is asked (限度額の試算の設問).

    Parameters
    ----------
    study : StudyFile
        Its client's records are what varies.
    clients : tuple of Client
        One per record count.
    assumptions : Assumptions
    asked : Asked
    identifier : str
        Of the product, with its endorsements and choices.
    rungs : Ladder
    """

    study: StudyFile
    clients: tuple[Client, ...]
    assumptions: Assumptions
    asked: Asked
    identifier: str
    rungs: Ladder

    @property
    def regimes(self) -> tuple[str, ...]:
        """The regimes of the study."""
        return self.study.study.regimes

    @property
    def has_liquidity(self) -> bool:
        """Whether the client named what it can bear, so that retained years matter too."""
        return self.asked.constraints.liquidity is not None

    def model_of(self, client: Client, assumptions: Assumptions) -> BreachModel:
        """Return the model of one record count under given assumptions."""
        stated = client.with_defaults(assumptions)
        return build_model(stated, assumptions, self.study.study.inception)


def size_task(
    records: Sequence[int],
    study: StudyFile | None = None,
    product: str | Plan = "aiu_2015",
    target: float | None = None,
    seed: int | None = None,
) -> SizeTask:
    """Look up and build what a recommended limit needs; bad input is refused here.

    Raises
    ------
    ExposureError
        If a record count, the target or the product cannot be.
    """
    base = study or study_from_mapping({"client": {"records": 1}}, "size")
    if seed is not None:
        settings = base.study.model_copy(update={"seed": seed})
        base = base.model_copy(update={"study": settings})
    problems: list[Problem] = []
    clients = [_with_records(base.client, count, problems) for count in records]
    if len(set(records)) < len(records) or not records:
        text = Text("件数を1回ずつ指定してください", "expected record counts, each once")
        problems.append(Problem("--records", "", text, ",".join(map(str, records))))
    if target is not None and not 0 < target < 1:
        text = Text("0より大きく1より小さい数値にしてください", "expected a number between 0 and 1")
        problems.append(Problem("--target", "", text, target))
    assumptions = base.in_force()
    rungs = None
    try:
        among = catalogue_of(base.policies)
        rungs = ladder(product, assumptions.values("measure.limit_grid"), "--product", among)
    except ExposureError as error:
        problems += error.problems
    if problems or rungs is None:
        raise DataError(problems)
    wanted = (
        base.client
        if target is None
        else base.client.model_copy(update={"adequacy_target": target})
    )
    return SizeTask(
        base, tuple(c for c in clients if c), assumptions, asked_of(wanted, assumptions),
        product if isinstance(product, str) else product.id, rungs,
    )  # fmt: skip


def _with_records(client: Client, count: int, problems: list[Problem]) -> Client | None:
    """Return the client with another record count; its databases hold for its own count only."""
    from pydantic import ValidationError

    from exposure.records import problems_from

    stated = client.model_dump(exclude_none=True) | {"records": count}
    if count != client.records:
        stated.pop("databases", None)
    try:
        return Client.model_validate(stated)
    except ValidationError as error:
        problems += problems_from(error, "--records", known=Client)
        return None


def size_limits(
    task: SizeTask, *, band: bool = True, workers: int = 1, progress: Progress | None = None
) -> tuple[SizeRow, ...]:
    """Return the recommended limit of every record count and regime (推奨支払限度額).

    Parameters
    ----------
    task : SizeTask
    band : bool
        Also draw the parameters.
    workers : int
        Processes; their number changes nothing but the time.
    progress : callable, optional
        Called with work done and work in all.
    """
    draws = task.assumptions.whole("run.size_draws") if band else 0
    pieces = [(True, number) for number in range(len(task.clients))]
    pieces += [(False, number) for number in range(draws)]
    centres: list[_Centre] = []
    drawn: list[_Drawn] = []
    for found in in_order(_piece, task, pieces, workers):
        if isinstance(found, _Centre):
            centres.append(found)
        else:
            drawn.append(found)
        if progress is not None:
            progress(len(centres) + len(drawn), len(pieces))
    return tuple(
        row for regime in task.regimes for row in _rows_of_regime(task, regime, centres, drawn)
    )


@dataclass(frozen=True)
class _Centre:
    """What the central parameters say of one record count, by regime."""

    limits: Mapping[str, RecommendedLimit]
    binding: Mapping[str, Binding]


@dataclass(frozen=True)
class _Drawn:
    """Recommended limits of one parameter draw, ``inf`` where none is enough. [JPY]."""

    limits: Mapping[tuple[int, str], float]


def _piece(task: SizeTask, piece: tuple[bool, int]) -> _Centre | _Drawn:
    """Work out a record count at the central parameters, or all record counts in one draw."""
    central, number = piece
    return _centre(task, number) if central else _Drawn(limits_of_draw(task, number))


def _centre(task: SizeTask, number: int) -> _Centre:
    model = task.model_of(task.clients[number], task.assumptions)
    loss_years = task.assumptions.whole("run.size_loss_years")
    years = _simulated(task, model, loss_years, detailed=True)
    limits, binding = {}, {}
    for regime, of_regime in years.items():
        found = _recommended(task, of_regime)
        place = place_shown(task.rungs, found)
        limits[regime], binding[regime] = found, binding_term(of_regime.plans[place].cut_shares)
    return _Centre(limits, binding)


def _simulated(
    task: SizeTask, model: BreachModel, loss_years: int, *, detailed: bool
) -> dict[str, RegimeYears]:
    """Simulate every limit; in full where retained years or the binding terms are asked."""
    full = detailed or task.has_liquidity
    return simulate_study(
        model,
        task.regimes,
        task.rungs.plans if full else (),
        () if full else task.rungs.plans,
        loss_years=loss_years,
        seed=task.study.study.seed,
        by_reason=detailed,
    )


def _recommended(task: SizeTask, years: RegimeYears) -> RecommendedLimit:
    level, conditions = task.asked.level, task.asked.constraints
    tallies = [plan.event for plan in years.plans] or [event for event, _ in years.ladder]
    enough = [adequacy(tally, level=level) for tally in tallies]
    retained: list[Estimate] = []
    if conditions.liquidity is not None:
        retained = [
            value_at_risk(years.annual(plan.retained), conditions.tail_level, level=level)
            for plan in years.plans
        ]
    return recommended_limit(
        task.rungs.limits,
        enough,
        conditions.target,
        retained_var=retained,
        liquidity=math.inf if conditions.liquidity is None else conditions.liquidity,
    )


def limits_of_draw(task: SizeTask, number: int) -> dict[tuple[int, str], float]:
    """Return the recommended limits of one parameter draw; ``inf`` where none is enough. [JPY]."""
    assumptions = task.assumptions.drawn(task.study.study.seed, number)
    found = {}
    for client in task.clients:
        model = task.model_of(client, assumptions)
        loss_years = task.assumptions.whole("run.size_draw_loss_years")
        years = _simulated(task, model, loss_years, detailed=False)
        for regime in task.regimes:
            value = _recommended(task, years[regime]).value
            found[client.records, regime] = math.inf if value is None else value
    return found


def _rows_of_regime(
    task: SizeTask,
    regime: str,
    centres: Sequence[_Centre],
    drawn: Sequence[_Drawn],
) -> list[SizeRow]:
    limits = [centre.limits[regime] for centre in centres]
    order = sorted(range(len(limits)), key=lambda k: task.clients[k].records)
    odd = {order[place] for place in unexpected_decreases([limits[k] for k in order])}
    ends = task.assumptions.values("measure.band")
    rows = []
    for k, (client, found) in enumerate(zip(task.clients, limits, strict=True)):
        binding = centres[k].binding[regime]
        values = np.array([draw.limits[client.records, regime] for draw in drawn])
        # The band is of limits that exist, so no value between two of them.
        band = np.quantile(values, ends, method="inverted_cdf").tolist() if drawn else None
        reason = reason_of(
            task.identifier, task.rungs, client.records, found, binding,
            is_odd=k in odd,
            enough_share=float(np.isfinite(values).mean()) if drawn else None,
        )  # fmt: skip
        rows.append(
            SizeRow(
                client.records, regime, task.rungs.product, found,
                None if band is None else (band[0], band[1]), binding, reason,
            )
        )  # fmt: skip
    return rows
