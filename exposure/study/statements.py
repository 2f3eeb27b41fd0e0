"""What a result says in words: over all regimes, of the wordings, judgements and sources.

Collects and phrases what other modules know; measures nothing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any  # Any: plain data on its way to JSON

from exposure.errors import Text
from exposure.inputs.assumptions import Assumptions
from exposure.inputs.sourced import Sourced
from exposure.inputs.sources import JUDGEMENT, load_sources
from exposure.measures.choice import Choice
from exposure.policy.market import market_sources
from exposure.study.plans import ComparedPlan

Plain = dict[str, Any]


def overall(choices: Mapping[str, Choice], compared: Sequence[ComparedPlan]) -> Plain:
    """Say whether all regimes recommend the same plan, or how they differ (前提を通じた結論)."""
    names = {one.plan.id: one.label for one in compared}
    plans = {choice.plan for choice in choices.values()}
    same = len(plans) == 1
    plan = next(iter(plans)) if same else None
    if same and plan is not None:
        label = names[plan]
        statement = Text(
            f"どの賠償前提でも推奨は「{label.ja}」です。",
            f"The recommendation is {label.en} on every basis shown.",
        )
    elif same:
        statement = Text(
            "どの賠償前提でも、条件をすべて満たすプランはありません。",
            "No plan meets every condition on any basis shown.",
        )
    else:
        statement = _differences(choices, names)
    return {"same_plan": same, "plan": plan, "statement": statement._asdict()}


def _differences(choices: Mapping[str, Choice], names: Mapping[str, Any]) -> Text:
    from exposure.labels import label

    ja, en = [], []
    for regime, choice in choices.items():
        chosen = names[choice.plan] if choice.plan is not None else None
        said = chosen.ja if chosen else "条件を満たすプランなし"
        ja.append(f"{label('regime', regime, 'ja')}では{said}")
        said = chosen.en if chosen else "no plan that qualifies"
        en.append(f"{label('regime', regime, 'en')}: {said}")
    return Text(
        "賠償の前提によって推奨が異なります（" + "、".join(ja) + "）。",
        "The recommendation depends on the basis of liability (" + "; ".join(en) + ").",
    )


def readings_of(compared: Sequence[ComparedPlan]) -> list[Plain]:
    """Return the readings adopted for the products compared, each once (約款の解釈)."""
    found: dict[tuple[str, str], Plain] = {}
    for one in compared:
        for code, reading in one.plan.all_readings.items():
            selected = one.plan.readings.get(code, "adopted")
            chosen = reading.choice
            if selected != "adopted":
                chosen = reading.alternative[selected].label
            key = (one.plan.product, f"{code}={selected}")
            found[key] = {
                "product": one.plan.product,
                "code": code,
                "question": reading.question.model_dump(),
                "choice": chosen.model_dump(),
                "why": reading.why.model_dump(),
            }
    return list(found.values())


def judgements_of(assumptions: Assumptions) -> list[Plain]:
    """Return what rests on judgement or was changed for the client (判断による前提)."""
    return [
        {
            "name": record.name,
            "label": record.label._asdict(),
            "value": _shown(record),
            "unit": record.unit,
            "note": record.override.reason if record.override else record.note._asdict(),
            "override": record.override is not None,
        }
        for record in assumptions.judgements()
    ]


def _shown(record: Sourced) -> Any:  # Any: a number, word, date or list on its way to JSON
    """Return the value in use as plain data; JSON knows no infinity."""
    stated = record.override or record
    value = stated.model_dump(mode="json")["value"]
    infinite = isinstance(value, float) and not math.isfinite(value)
    return str(value) if infinite else value


def sources_of(assumptions: Assumptions, compared: Sequence[ComparedPlan]) -> list[Plain]:
    """Return the sources cited by assumptions, wordings and market facts (出典)."""
    sources = load_sources()
    cited = {record.source for record in assumptions.records.values()} - {JUDGEMENT}
    cited |= {one.plan.wording.plan.source for one in compared}
    cited |= market_sources()
    own = {
        key: {
            "key": key,
            "title": citation.title,
            "publisher": citation.publisher,
            "year": citation.year,
            "title_en": citation.title,
            "publisher_en": citation.publisher,
        }
        for one in compared
        for key, citation in one.plan.source.sources.items()
        if key in cited
    }
    return [
        {
            "key": key,
            "title": source.title,
            "publisher": source.publisher,
            "year": source.year,
            "title_en": source.title_en or source.title,
            "publisher_en": source.publisher_en or source.publisher,
        }
        for key, source in sources.items()
        if key in cited
    ] + list(own.values())
