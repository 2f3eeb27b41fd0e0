"""What a report adds to the figures: terms of the plans, sourced assumptions, sizes, convergence.

Restates plans, assumptions and simulated years as plain data; decides nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from exposure.inputs.assumptions import Assumptions
from exposure.measures.exceedance import tail_measures
from exposure.measures.intervals import wilson_interval
from exposure.model.build import BreachModel
from exposure.model.losses import BLOCK_YEARS
from exposure.policy.layers import Layer
from exposure.policy.plans import Plan
from exposure.policy.terms import ROOT, Cover
from exposure.result import record
from exposure.result.document import typed
from exposure.result.record import (
    Convergence,
    Figure,
    Incident,
    Persons,
    Result,
    SizeBand,
    SourcedAssumption,
    Terms,
)
from exposure.study.answer import StudyAnswer
from exposure.study.cover import cover_of
from exposure.study.headline import Measure, Plain, event_loss, figure, plain
from exposure.study.incidents import first_events, incidents
from exposure.study.market import market_of, wording_sources
from exposure.study.plans import Offer
from exposure.study.setting import Setting
from exposure.study.simulation import RegimeYears
from exposure.study.statements import sources_named


def with_annex(result: Result, setting: Setting, model: BreachModel, answer: StudyAnswer) -> Result:
    """Return a result with sizes, convergence, incidents, terms and market (付録).

    Parameters
    ----------
    result : Result
    setting : Setting
    model : BreachModel
    answer : StudyAnswer
    """
    study, assumptions = setting.study.study, setting.assumptions
    offers = {offer.id: offer for offer in answer.priced.offers}
    events = first_events(model, study.loss_years, study.seed)
    rarities = assumptions.values("report.incident_rarity")
    products = {offer.plan.product: offer.plan for offer in reversed(offers.values())}
    regimes = {}
    for regime, part in result.regimes.items():
        chosen = None if part.named is None else offers[part.named.id].plan
        if chosen is not None:  # what a dispute is worth is asked of the plan in question
            products[chosen.product] = chosen
        told = (
            [] if chosen is None else incidents(model, events, regime, chosen, rarities, study.seed)
        )
        ends = cover_of(
            model,
            events,
            regime,
            chosen,
            [products[name] for name in sorted(products)],
            setting.measure,
            study.seed,
        )
        years = answer.regimes[regime].years
        size = size_distribution(years, setting.study.client.records, setting)
        regimes[regime] = replace(
            part,
            ground_up=replace(part.ground_up, size=size),
            convergence=convergence(years, setting.measure),
            incidents=typed(list[Incident], told),
            cover=typed(record.Cover, ends),
        )
    known = market_of(result, setting)
    cited = {source.key for source in result.sources}
    behind = {one.source for one in known.offers} | wording_sources()
    return replace(
        result,
        regimes=regimes,
        sources=[*result.sources, *sources_named(behind - cited)],
        terms=typed(list[Terms], [terms_of(offer) for offer in offers.values()]),
        assumptions=typed(list[SourcedAssumption], sourced_assumptions(assumptions)),
        market=known,
    )


def size_distribution(years: RegimeYears, records: int, setting: Setting) -> Persons | None:
    """Return how many persons a breach concerns, over all simulated years (漏えい人数の分布).

    Parameters
    ----------
    years : RegimeYears
    records : int
        Persons the client holds, N. [person]
    setting : Setting

    Returns
    -------
    Persons or None
        Mean and quantiles, the share of breaches that take everything (P(B = N)), and shares by
        size band, each with its interval; None where the persons are not known.
    """
    persons, measure, assumptions = years.persons, setting.measure, setting.assumptions
    if persons is None:
        return None

    def share(count: int) -> Figure:
        return figure(wilson_interval(count, persons.size, level=measure.level))

    edges = [0.0]
    step = assumptions.value("report.size_band")
    edge = 1.0
    while edge * step < records:
        edge *= step
        edges.append(edge)
    edges.append(float(records))
    below = np.searchsorted(np.sort(persons), edges, side="right")
    full = int(np.count_nonzero(persons >= records))
    counts = np.diff(below).tolist()
    counts[-1] -= full
    levels = assumptions.values("measure.event_levels")
    spread = event_loss(persons, levels, measure)
    return Persons(
        events=int(persons.size),
        mean=spread.mean,
        quantiles=spread.quantiles,
        full_share=share(full),
        bands=[
            SizeBand(low, high, share(count))
            for low, high, count in zip(edges, edges[1:], counts, strict=False)
        ],
    )


def convergence(years: RegimeYears, measure: Measure) -> Convergence:
    """Return how mean and tail settle as years are added, block by block (収束の様子)."""
    level = max(level for level in measure.annual_levels if level <= measure.cost.tail_level)
    size = years.gross.size
    ends = [*range(BLOCK_YEARS, size, BLOCK_YEARS), size]
    found = [
        tail_measures(
            years.annual(years.gross[:end]),
            (level,),
            level=measure.level,
            largest_share=measure.largest_share,
        )
        for end in ends
    ]
    return Convergence(
        level=f"{level:g}",
        years=ends,
        mean=[figure(one.mean) for one in found],
        var=[figure(one.var[0]) for one in found],
    )


def terms_of(one: Offer) -> Plain:
    """Return the terms of a plan, cover by cover, with clauses and edition (プランの条件).

    Examples
    --------
    >>> from exposure.inputs.assumptions import load_assumptions
    >>> from exposure.inputs.study_file import study_from_mapping
    >>> from exposure.study.plans import offers_of
    >>> raw = {"client": {"records": 3000}, "plan": [{"id": "nipponkoa_2006/A"}]}
    >>> offer, = offers_of(study_from_mapping(raw, "example"), load_assumptions())
    >>> terms = terms_of(offer)
    >>> terms["edition"]["ja"], terms["covers"][0]["name"]
    ('2006年2月版', 'liability')
    """
    built = one.plan
    identity = built.wording.plan
    return {
        "id": one.id,
        "product": built.product,
        "product_label": identity.label.model_dump(),
        "insurer": identity.insurer.model_dump(),
        "edition": identity.edition.model_dump(),
        "source": identity.source,
        "historical": identity.historical,
        "clause": identity.clause,
        "chosen": _chosen(built),
        "limit": plain(min(built.layer(ROOT).event_limit, built.layer(ROOT).period_limit)),
        "covers": [_cover(built, layer, depth) for layer, depth in _outside_in(built)],
        "exclusions": [
            {"name": name, "clause": exclusion.clause}
            for name, exclusion in built.wording.exclusion.items()
        ],
    }


def _chosen(built: Plan) -> list[Plain]:
    """Return what the contract and the client decide, with the clause that leaves it to them."""
    source = built.source
    rows = []
    for choices, values in (
        (source.contract, built.contract),
        (source.options, built.options),
    ):
        for name, choice in choices.items():
            value = values[name]
            if value is None or value is False:
                continue
            shown = value if isinstance(value, int | float | bool) else str(value)
            rows.append(
                {
                    "label": choice.label.model_dump(),
                    "kind": choice.kind,
                    "value": shown,
                    "clause": choice.clause,
                }
            )
    return rows


def _outside_in(built: Plan) -> list[tuple[Layer, int]]:
    """Return the attached covers, each section before what is inside it, with its depth."""
    found: list[tuple[Layer, int]] = []

    def add(names: Sequence[str], depth: int) -> None:
        for name in names:
            layer = built.layer(name)
            if layer.attached:
                found.append((layer, depth))
                add(layer.inner, depth + 1)

    add(built.sections, 0)
    return found


def _cover(built: Plan, layer: Layer, depth: int) -> Plain:
    cover = layer.cover
    assert cover is not None  # only the plan itself has none
    return {
        "name": layer.name,
        "label": cover.label.model_dump(),
        "depth": depth,
        "clause": cover.clause,
        "heads": list(cover.heads),
        "event_limit": plain(layer.event_limit),
        "period_limit": plain(layer.period_limit),
        "limit_share": _share_of(built, cover),
        "deductible": float(cover.deductible),
        "indemnity_ratio": float(cover.indemnity_ratio),
        "per_unit": [
            {"amount": float(cap.amount), "heads": list(cap.heads), "clause": cap.clause}
            for cap in cover.per_unit.values()
        ],
        "benefit": {unit: float(amount) for unit, amount in cover.benefit.items()},
        "window_days": [
            {"days": condition.days, "clause": condition.clause}
            for condition in cover.require.values()
            if condition.days is not None
        ],
        "outside": cover.outside,
    }


def _share_of(built: Plan, cover: Cover) -> Plain | None:
    """Return of which limit a limit is a share, if it is one."""
    limit = cover.limit or cover.event_limit
    if limit is None or limit.rate_percent is None:
        return None
    of = built.wording.plan.label if limit.of == ROOT else built.wording.cover[str(limit.of)].label
    return {
        "rate": float(limit.rate_percent),
        "of": of.model_dump(),
        "at_most": plain(limit.at_most),
    }


def sourced_assumptions(assumptions: Assumptions) -> list[Plain]:
    """Return every assumption that has a source, with its grade (出典のある前提)."""
    values = assumptions.document()
    return [
        {
            "name": record.name,
            "label": record.label._asdict(),
            "value": values[record.name],
            "unit": record.unit,
            "grade": record.grade,
            "source": record.source,
            "row": record.row,
        }
        for record in assumptions.records.values()
        if not record.is_judgement
    ]
