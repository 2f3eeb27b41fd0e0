"""What a result says of wordings, judgements and sources (解釈・判断・出典).

Collects what other modules know; measures nothing.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

from exposure.inputs.assumptions import Assumptions
from exposure.inputs.sourced import Sourced
from exposure.inputs.sources import JUDGEMENT, load_sources
from exposure.model.build import client_notes
from exposure.policy.market import market_sources
from exposure.policy.plans import Plan
from exposure.policy.terms import Label
from exposure.result.record import Judgement, Notice, Reading, Source, Thresholds, Value, Words
from exposure.study.setting import Setting


def thresholds_of(assumptions: Assumptions) -> Thresholds:
    """Return where the words of the answer change (表示の境目)."""
    return Thresholds(
        least_liability=assumptions.value("report.least_liability"),
        least_costs=assumptions.value("report.least_costs"),
        doubtful_loss_ratio=assumptions.value("report.doubtful_loss_ratio"),
    )


def readings_of(plans: Sequence[Plan]) -> list[Reading]:
    """Return the readings adopted for the products compared, each once (約款の解釈)."""
    found: dict[tuple[str, str], Reading] = {}
    for one in plans:
        for code, reading in one.all_readings.items():
            selected = one.readings.get(code, "adopted")
            chosen = reading.choice
            if selected != "adopted":
                chosen = reading.alternative[selected].label
            key = (one.product, f"{code}={selected}")
            found[key] = Reading(
                product=one.product,
                code=code,
                question=_words(reading.question),
                choice=_words(chosen),
                why=_words(reading.why),
            )
    return list(found.values())


def judgements_of(assumptions: Assumptions) -> list[Judgement]:
    """Return what rests on judgement or was changed for the client (判断による前提)."""
    return [
        Judgement(
            name=one.name,
            label=Words(*one.label),
            value=_shown(one),
            unit=one.unit,
            note=one.override.reason if one.override else Words(*one.note),
            override=one.override is not None,
        )
        for one in assumptions.judgements()
        if one.override is not None or not one.is_setting
    ]


def notices_of(setting: Setting) -> list[Notice]:
    """Return what the reader must know of the inputs (入力についての注意).

    What is assumed of the client, what it should be asked, and a history that does not fit.
    """
    notes = client_notes(setting.study.client, setting.assumptions)
    return [Notice(f"client.{k}", Words(*note)) for k, note in enumerate(notes, start=1)]


def _words(label: Label) -> Words:
    return Words(label.ja, label.en)


def _shown(record: Sourced) -> Value:
    """Return the value in use as plain data; JSON knows no infinity."""
    stated = record.override or record
    value = stated.model_dump(mode="json")["value"]
    infinite = isinstance(value, float) and not math.isfinite(value)
    shown: Value = str(value) if infinite else value
    return shown


def sources_of(assumptions: Assumptions, plans: Sequence[Plan]) -> list[Source]:
    """Return the sources cited by assumptions, wordings and market facts (出典)."""
    cited = {record.source for record in assumptions.records.values()} - {JUDGEMENT}
    cited |= {one.wording.plan.source for one in plans}
    cited |= market_sources()
    own = {
        key: Source(
            key=key,
            title=citation.title,
            publisher=citation.publisher,
            year=citation.year,
            title_en=citation.title,
            publisher_en=citation.publisher,
        )
        for one in plans
        for key, citation in one.source.sources.items()
        if key in cited
    }
    return [*sources_named(cited), *own.values()]


def sources_named(keys: Collection[str]) -> list[Source]:
    """Return the shipped sources of some keys, in the order of their file (出典)."""
    return [
        Source(
            key=key,
            title=source.title,
            publisher=source.publisher,
            year=source.year,
            title_en=source.title_en or source.title,
            publisher_en=source.publisher_en or source.publisher,
        )
        for key, source in load_sources().items()
        if key in keys
    ]
