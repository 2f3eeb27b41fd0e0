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
from exposure.measures.wording import percent
from exposure.model.build import BreachModel, build_model
from exposure.policy.plans import Plan
from exposure.study.binding import term_label
from exposure.study.headline import Asked, Plain, asked_of, estimate, plain
from exposure.study.parallel import in_order
from exposure.study.plans import Ladder, ladder
from exposure.study.scenario import scenario_text
from exposure.study.simulation import Progress, RegimeYears, simulate_study
from exposure.yen import format_yen


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
    product: str = "aiu_2015",
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
        rungs = ladder(product, assumptions.values("measure.limit_grid"), "--product")
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
        product, rungs,
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
        Processes for the draws; their number changes nothing but the time.
    progress : callable, optional
        Called with work done and work in all.
    """
    whole = task.assumptions.whole
    numbers = list(range(whole("run.size_draws"))) if band else []
    total = len(task.clients) + len(numbers)
    years = []
    for client in task.clients:
        model = task.model_of(client, task.assumptions)
        years.append(_simulated(task, model, whole("run.size_loss_years"), detailed=True))
        if progress is not None:
            progress(len(years), total)
    drawn: list[Mapping[tuple[int, str], float]] = []
    for limits in in_order(limits_of_draw, task, numbers, workers):
        drawn.append(limits)
        if progress is not None:
            progress(len(years) + len(drawn), total)
    return tuple(
        row for regime in task.regimes for row in _rows_of_regime(task, regime, years, drawn)
    )


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
    years: Sequence[Mapping[str, RegimeYears]],
    drawn: Sequence[Mapping[tuple[int, str], float]],
) -> list[SizeRow]:
    limits = [_recommended(task, of_count[regime]) for of_count in years]
    order = sorted(range(len(limits)), key=lambda k: task.clients[k].records)
    odd = {order[place] for place in unexpected_decreases([limits[k] for k in order])}
    ends = task.assumptions.values("measure.band")
    rows = []
    for k, (client, found) in enumerate(zip(task.clients, limits, strict=True)):
        shown = task.rungs.limits.index(found.value) if found.value is not None else -1
        binding = binding_term(years[k][regime].plans[shown].cut_shares)
        values = np.array([draw[client.records, regime] for draw in drawn])
        # The band is of limits that exist, so no value between two of them.
        band = np.quantile(values, ends, method="inverted_cdf").tolist() if drawn else None
        reason = _sentences(task, client.records, found, binding, shown, k in odd)
        if found.value is None and drawn:
            reason = _joined([reason, _in_some_draws(float(np.isfinite(values).mean()))])
        rows.append(
            SizeRow(
                client.records, regime, task.rungs.product, found,
                None if band is None else (band[0], band[1]), binding, reason,
            )
        )  # fmt: skip
    return rows


def _sentences(
    task: SizeTask, records: int, found: RecommendedLimit, binding: Binding, shown: int, odd: bool
) -> Text:
    parts = [found.text]
    plan = task.rungs.plans[shown]
    if len(task.rungs.plans) == 1:
        parts.insert(0, _only_limit(plan))
    if binding.term is not None:
        label, share = term_label(plan, binding.term), percent(binding.share)
        parts.append(
            Text(
                f"この限度額で支払いを最も多く制限するのは{label.ja}で、補償対象の事故の{share}です。",
                f"At this limit {label.en} cuts most often, in {share} of covered breaches.",
            )
        )
    parts.append(scenario_text(task.identifier, plan.product, records, task.rungs.limits))
    if odd:
        parts.append(
            Text(
                "より少ない件数の推奨額を下回っています。原因の構成が変わるためで、確認が必要です。",
                "This is below the limit for fewer records, because the mix of causes changes;"
                " it deserves a look.",
            )
        )
    return _joined(parts)


def _joined(parts: Sequence[Text]) -> Text:
    said = [part for part in parts if part.ja]
    return Text("".join(part.ja for part in said), " ".join(part.en for part in said))


def _in_some_draws(share: float) -> Text:
    return Text(
        f"前提を幅の中で変えた試算では、{percent(share)}の場合に足りる限度額がありました。",
        f"With the parameters drawn from their ranges, some limit was enough in {percent(share)}"
        " of the draws.",
    )


def _only_limit(plan: Plan) -> Text:
    amount = plan.headline_limit
    return Text(
        f"この商品の支払限度額は{format_yen(amount)}の1種類です。",
        f"This product is sold with one limit only, {format_yen(amount, 'en')}.",
    )
