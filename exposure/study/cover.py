"""Where a plan's cover ends, and what its arguable wordings are worth (補償の空白と解釈の争い).

Works on the first block of a study's simulated years, drawn again; what a gap is, and how a reading
is exchanged for another, is left to ``policy``.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from exposure.errors import PlanError
from exposure.inputs.study_file import REGIMES, StudyFile, study_from_mapping
from exposure.lazy import Shared
from exposure.measures.exceedance import value_at_risk
from exposure.model.build import build_model
from exposure.model.events import simulate_events
from exposure.model.losses import price_losses
from exposure.policy.assignment import losses_for
from exposure.policy.drafts import usual_plan
from exposure.policy.gaps import Dispute, Gap, cover_gaps, dispute_worth, with_choice, with_riders
from exposure.policy.interpreter import pay
from exposure.policy.plan import Plan, choices_in
from exposure.policy.vocabulary import PolicyPeriod
from exposure.simulation.figures import Measure, Plain
from exposure.simulation.loss_years import policy_period
from exposure.streams import Luck
from exposure.tables import Annual, LossTable


def cover_of(
    losses: LossTable,
    period: PolicyPeriod,
    chosen: Plan | None,
    products: Sequence[Plan],
    measure: Measure,
) -> Plain:
    """Say where the cover ends under one regime, and what disputes are worth (補償の空白).

    Parameters
    ----------
    losses : LossTable
        Of the first block of the study.
    period : PolicyPeriod
        They fall into.
    chosen : Plan or None
        The plan recommended, or the nearest to it.
    products : sequence of Plan
        One plan of each product compared.
    measure : Measure
        For the level of the tail.

    Returns
    -------
    mapping
        ``gaps`` of the chosen plan (None without one) and ``disputes`` of all products. Amounts are
        yen a year over all years; those of ``tail`` are means over the worst years.
    """
    shared = Shared()
    gaps = None if chosen is None else _gaps(chosen, losses, period, measure, shared)
    return {
        "loss_years": losses.events.years.n_years,
        "gaps": gaps,
        "disputes": disputes_of(losses, period, products, shared),
    }


def disputes_of(
    losses: LossTable, period: PolicyPeriod, plans: Sequence[Plan], shared: Shared | None = None
) -> list[Plain]:
    """Say what every arguable reading of some plans is worth under one regime (解釈の争い).

    Parameters
    ----------
    losses, period
        As in `cover_of`.
    shared : Shared, optional
        When the same losses are paid under other plans, too.
    """
    kept = shared or Shared()
    return [
        _dispute(one, built)
        for built in plans
        for one in dispute_worth(built, losses, period, kept)
    ]


def _gaps(
    chosen: Plan, losses: LossTable, period: PolicyPeriod, measure: Measure, shared: Shared
) -> Plain:
    table = pay(chosen, losses_for(chosen, losses, shared), period, shared=shared)
    riders = with_riders(chosen, losses, period, shared)
    years = losses.events.years
    gross = Annual(years.sum(losses.total()), losses.events.empty_probability)
    level = measure.cost.tail_level
    worst = gross.values >= max(value_at_risk(gross, level, level=measure.level).value, 1.0)
    by_head = cover_gaps(table, period, riders, by_cause=False, named=losses)
    tail = {
        gap.head: gap for gap in cover_gaps(table, period, {}, worst, by_cause=False, named=losses)
    }
    by_cause = cover_gaps(table, period, {}, named=losses)
    return {
        "plan": chosen.id,
        "tail_level": level,
        "tail_years": int(np.count_nonzero(worst)),
        "heads": [_head(gap, tail.get(gap.head)) for gap in by_head],
        "causes": [{"cause": gap.cause, "head": gap.head, **_parts(gap)} for gap in by_cause],
    }


def _head(gap: Gap, tail: Gap | None) -> Plain:
    nothing = Gap(gap.head, None, 0.0, 0.0, 0.0, 0.0, {})
    riders = {name: worth for name, worth in gap.by_rider.items() if worth > 0}
    return {
        "head": gap.head,
        **_parts(gap),
        "riders": dict(sorted(riders.items(), key=lambda entry: -entry[1])),
        "tail": _parts(tail or nothing),
    }


def _parts(gap: Gap) -> Mapping[str, float]:
    return {
        "loss": gap.loss,
        "covered": gap.covered,
        "capped": gap.capped,
        "excluded": gap.excluded,
    }


def _dispute(one: Dispute, built: Plan) -> Plain:
    return {
        "product": built.product,
        "plan": built.id,
        "code": one.code,
        "name": one.name,
        "question": one.question.model_dump(),
        "adopted": one.adopted.model_dump(),
        "alternative": one.alternative.model_dump(),
        "worth": one.worth,
    }


# --- heads that no cover takes -------------------------------------------------------------------


@dataclass(frozen=True)
class BreachLosses:
    """What one breach costs on the mean, head by head, before insurance (1事故の損害の内訳).

    Parameters
    ----------
    records : int
        Of the client. [person]
    table : LossTable
        The simulated losses; its heads are those of the model.
    period : PolicyPeriod
        They fall into.
    mean : mapping of str to float
        By head, largest first. [JPY/event]
    """

    records: int
    regime: str
    table: LossTable
    period: PolicyPeriod
    mean: Mapping[str, float]

    def share(self, heads: Sequence[str]) -> float:
        """Return the share of the loss that some heads make up. [-]."""
        whole = math.fsum(self.mean.values())
        return math.fsum(self.mean.get(head, 0.0) for head in heads) / whole if whole else 0.0


def breach_losses(study: StudyFile | None = None) -> tuple[BreachLosses, ...]:
    """Return what one breach costs at two sizes of client, or for the client of a study.

    Without a study, of an average organisation at the record counts of ``report.wording_records``.

    Returns
    -------
    tuple of BreachLosses
        One for each regime and record count.

    Examples
    --------
    >>> [(one.regime, one.records) for one in breach_losses()][:2]
    [('brochure', 10000), ('brochure', 100000)]
    """
    if study is None:
        return _usual_losses()
    return tuple(_of_breaches(study, regime) for regime in study.study.regimes)


@functools.cache
def _usual_losses() -> tuple[BreachLosses, ...]:
    base = study_from_mapping({"client": {"records": 1}}, "client")
    counts = [int(count) for count in base.in_force().values("report.wording_records")]
    studies = [study_from_mapping({"client": {"records": count}}, "client") for count in counts]
    return tuple(_of_breaches(study, regime) for regime in REGIMES for study in studies)


def _of_breaches(study: StudyFile, regime: str) -> BreachLosses:
    assumptions, settings = study.in_force(), study.study
    client = study.client.with_defaults(assumptions)
    model = build_model(client, assumptions, settings.inception)
    years = assumptions.whole("report.live_loss_years")
    events = simulate_events(model, years, Luck(settings.seed))
    table = price_losses(model, events, regime, Luck(settings.seed))
    by_head = {head: float(amounts.mean()) for head, amounts in table.by_head().items()}
    largest = dict(sorted(by_head.items(), key=lambda entry: -entry[1]))
    return BreachLosses(client.records, regime, table, policy_period(model), largest)


@dataclass(frozen=True)
class UncoveredHeads:
    """The loss heads that no cover of a plan takes (補償しない費目).

    Parameters
    ----------
    heads : tuple of str
        Largest first, in the first of ``losses``.
    options : mapping of str to tuple of str
        By head: endorsements that would cover it.
    losses : tuple of BreachLosses
        Before insurance.
    """

    heads: tuple[str, ...]
    options: Mapping[str, tuple[str, ...]]
    losses: tuple[BreachLosses, ...]

    def to_plain(self) -> Plain:
        """Return the heads as ``exposure show --json`` prints them."""
        return {
            "heads": [
                {
                    "head": head,
                    "endorsements": list(self.options.get(head, ())),
                    "losses": [
                        {
                            "records": one.records,
                            "regime": one.regime,
                            "mean": one.mean.get(head, 0.0),
                            "share": one.share([head]),
                        }
                        for one in self.losses
                    ],
                }
                for head in self.heads
            ],
            "shares": [
                {
                    "records": one.records,
                    "regime": one.regime,
                    "share": one.share(self.heads),
                }
                for one in self.losses
            ],
        }


def find_uncovered(built: Plan, losses: Sequence[BreachLosses]) -> UncoveredHeads:
    """Return the heads that no cover of a plan takes, and what they come to (補償しない費目).

    Examples
    --------
    >>> from exposure.policy.plan import plan
    >>> found = find_uncovered(plan("aiu_2015@limit=100000000"), breach_losses())
    >>> "system_repair" in found.heads, "damages" in found.heads
    (True, False)
    """
    heads = _not_taken(built, losses)
    options: dict[str, tuple[str, ...]] = {}
    for name, option in built.source.options.items():
        if option.kind != "flag" or built.options[name] not in (False, None):
            continue
        with_it = _variant(built, with_choice(built.id, name, True))
        if with_it is None:
            continue
        for head in set(heads) - set(_not_taken(with_it, losses)):
            options[head] = (*options.get(head, ()), name)
    return UncoveredHeads(heads, options, tuple(losses))


def _variant(built: Plan, identifier: str) -> Plan | None:
    """Return the plan that an identifier names, or None where endorsements do not go together."""
    source = built.source
    try:
        if source.blanks:
            return usual_plan(source, choices_in(identifier, source)[0])
        return built.variant(identifier)
    except PlanError:
        return None


def _not_taken(built: Plan, losses: Sequence[BreachLosses]) -> tuple[str, ...]:
    taken = {
        simulated.head: built.takes(named.head) is not None
        for one in losses
        for simulated, named in zip(
            one.table.items, losses_for(built, one.table).items, strict=True
        )
    }
    return tuple(head for head in losses[0].mean if not taken.get(head, False))
