"""Where a plan's cover ends, and what its arguable wordings are worth (補償の空白と解釈の争い).

Works on the first block of a study's simulated years, drawn again; what a gap is, and how a reading
is exchanged for another, is left to ``policy``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from exposure.measures.exceedance import value_at_risk
from exposure.model.build import BreachModel
from exposure.model.events import SimulatedEvents
from exposure.model.losses import price_losses
from exposure.policy.assignment import losses_for
from exposure.policy.gaps import Dispute, Gap, cover_gaps, dispute_worth, with_riders
from exposure.policy.payout import pay
from exposure.policy.plans import Plan
from exposure.policy.terms import PolicyPeriod
from exposure.streams import Luck
from exposure.study.headline import Measure, Plain
from exposure.study.simulation import policy_period
from exposure.tables import Annual, LossTable


def cover_of(
    model: BreachModel,
    events: SimulatedEvents,
    regime: str,
    chosen: Plan | None,
    products: Sequence[Plan],
    measure: Measure,
    seed: int,
) -> Plain:
    """Say where the cover ends under one regime, and what disputes are worth (補償の空白).

    Parameters
    ----------
    model : BreachModel
    events : SimulatedEvents
        Of the first block of the study.
    regime : str
    chosen : Plan or None
        The plan recommended, or the nearest to it.
    products : sequence of Plan
        One plan of each product compared.
    measure : Measure
        For the level of the tail.
    seed : int
        Of the study.

    Returns
    -------
    mapping
        ``gaps`` of the chosen plan (None without one) and ``disputes`` of all products. Amounts are
        yen a year over all years; those of ``tail`` are means over the worst years.
    """
    losses = price_losses(model, events, regime, Luck(seed))
    period = policy_period(model)
    gaps = None if chosen is None else _gaps(chosen, losses, period, measure)
    return {
        "loss_years": losses.events.years.n_years,
        "gaps": gaps,
        "disputes": _disputes(products, losses, period),
    }


def disputes_of(
    model: BreachModel, events: SimulatedEvents, regime: str, plans: Sequence[Plan], seed: int
) -> list[Plain]:
    """Say what every arguable reading of some plans is worth under one regime (解釈の争い).

    Parameters
    ----------
    model, events, regime, seed
        As in `cover_of`.
    plans : sequence of Plan
    """
    losses = price_losses(model, events, regime, Luck(seed))
    return _disputes(plans, losses, policy_period(model))


def _disputes(plans: Sequence[Plan], losses: LossTable, period: PolicyPeriod) -> list[Plain]:
    return [
        _dispute(one, built) for built in plans for one in dispute_worth(built.id, losses, period)
    ]


def _gaps(chosen: Plan, losses: LossTable, period: PolicyPeriod, measure: Measure) -> Plain:
    table = pay(chosen, losses_for(chosen, losses), period)
    riders = with_riders(chosen, losses, period)
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
