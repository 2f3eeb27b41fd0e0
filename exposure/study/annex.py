"""What a report adds to the figures: terms of the plans, sourced assumptions, sizes, convergence.

Restates plans, assumptions and simulated years as plain data; decides nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any  # Any: values of assumptions as plain data

import numpy as np

from exposure.inputs.assumptions import Assumptions
from exposure.measures.exceedance import tail_measures
from exposure.model.build import BreachModel
from exposure.model.events import SimulatedEvents
from exposure.policy.layers import Layer
from exposure.policy.plans import Plan
from exposure.policy.terms import ROOT, Cover
from exposure.study.cover import cover_of
from exposure.study.headline import Asked, Plain, plain
from exposure.study.incidents import first_events, incidents
from exposure.study.market import market_facts
from exposure.study.plans import ComparedPlan
from exposure.study.setting import Setting
from exposure.study.simulation import BLOCK_YEARS, RegimeYears


def with_annex(
    document: Plain, setting: Setting, model: BreachModel, years: Mapping[str, RegimeYears]
) -> None:
    """Write sizes, convergence, incidents, terms, market and sources into a result.

    Parameters
    ----------
    document : mapping
        Content of ``result.json``; changed in place.
    setting : Setting
    model : BreachModel
    years : mapping of str to RegimeYears
    """
    study, assumptions = setting.study.study, setting.assumptions
    built = {one.plan.id: one.plan for one in setting.compared}
    events = first_events(model, study.loss_years, study.seed)
    rarities = assumptions.values("report.incident_rarity")
    size = size_distribution(events, setting.study.client.records, assumptions)
    for regime, part in document["regimes"].items():
        part["ground_up"]["size"] = size
        part["convergence"] = convergence(years[regime], setting.asked)
        named = part["recommendation"]["plan"] or part["recommendation"].get("nearest")
        part["incidents"] = (
            incidents(model, events, regime, built[named], rarities, study.seed)
            if named is not None
            else []
        )
        chosen = None if named is None else built[named]
        products = {plan.product: plan for plan in reversed(list(built.values()))}
        part["cover"] = cover_of(
            model,
            events,
            regime,
            chosen,
            [products[name] for name in sorted(products)],
            setting.asked,
            study.seed,
        )
    document["terms"] = [terms_of(one) for one in setting.compared]
    document["assumptions"] = sourced_assumptions(assumptions)
    document["market"] = market_facts(setting.study.client)


def size_distribution(events: SimulatedEvents, records: int, assumptions: Assumptions) -> Plain:
    """Return how many persons a breach concerns (漏えい人数の分布).

    Parameters
    ----------
    events : SimulatedEvents
    records : int
        Persons the client holds, N. [person]
    assumptions : Assumptions

    Returns
    -------
    mapping
        Quantiles, the share of breaches that take everything (P(B = N)), and shares by size band.
    """
    persons = events.table.persons
    assert persons is not None  # simulated events have a size
    edges = [0.0]
    step = assumptions.value("report.size_band")
    edge = 1.0
    while edge * step < records:
        edge *= step
        edges.append(edge)
    edges.append(float(records))
    below = np.searchsorted(np.sort(persons), edges, side="right")
    full = int(np.count_nonzero(persons >= records))
    counts = np.diff(below).astype(np.float64)
    counts[-1] -= full
    levels = assumptions.values("measure.event_levels")
    return {
        "events": int(persons.size),
        "mean": float(persons.mean()),
        "quantiles": {f"{level:g}": float(np.quantile(persons, level)) for level in levels},
        "full_share": full / persons.size,
        "bands": [
            {"above": low, "up_to": high, "share": float(count) / persons.size}
            for low, high, count in zip(edges, edges[1:], counts, strict=False)
        ],
    }


def convergence(years: RegimeYears, asked: Asked) -> Plain:
    """Return how mean and tail settle as years are added, block by block (収束の様子)."""
    level = max(level for level in asked.annual_levels if level <= asked.constraints.tail_level)
    ends = [
        *range(BLOCK_YEARS, years.gross.size, BLOCK_YEARS),
        years.gross.size,
    ]
    rows = []
    for end in ends:
        annual = years.annual(years.gross[:end])
        found = tail_measures(
            annual, (level,), level=asked.level, largest_share=asked.largest_share
        )
        rows.append((end, found.mean, found.var[0]))
    return {
        "level": f"{level:g}",
        "years": [end for end, _, _ in rows],
        "mean": [_triple(mean) for _, mean, _ in rows],
        "var": [_triple(var) for _, _, var in rows],
    }


def _triple(one: Any) -> Plain:  # Any: an Estimate, whose module names it differently by measure
    return {"value": plain(one.value), "low": plain(one.low), "high": plain(one.high)}


def terms_of(one: ComparedPlan) -> Plain:
    """Return the terms of a plan, cover by cover, with clauses and edition (プランの条件).

    Examples
    --------
    >>> from exposure.policy.plans import plan
    >>> built = plan("nipponkoa_2006/A")
    >>> terms = terms_of(ComparedPlan(built, built.label, None, "on_enquiry"))
    >>> terms["edition"]["ja"], terms["covers"][0]["name"]
    ('2006年2月版', 'liability')
    """
    built = one.plan
    identity = built.wording.plan
    return {
        "id": built.id,
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
