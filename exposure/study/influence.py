"""The sensitivity analysis as a reader sees it: bars, what to ask first, judgements in order.

Arranges what `exposure.study.sensitivity` found.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from exposure.errors import Text
from exposure.inputs.sourced import Sourced
from exposure.result.lines import LANGS, rounded_yen, setting_words
from exposure.result.record import (
    Judgement,
    Outcome,
    Question,
    Sensitivity,
    StructuralBar,
    TornadoBar,
    Words,
)
from exposure.study import sensitivity
from exposure.study.answer import StudyAnswer
from exposure.study.sensitivity import Bar
from exposure.study.setting import Setting
from exposure.study.structure import SCALE


def sensitivity_result(
    found: sensitivity.Sensitivity, regime: str, setting: Setting, answer: StudyAnswer
) -> Sensitivity | None:
    """Return one regime's sensitivity analysis as the record has it (感度分析).

    Parameters
    ----------
    found : exposure.study.sensitivity.Sensitivity
    regime : str
    setting : Setting
    answer : StudyAnswer

    Returns
    -------
    Sensitivity or None
        None where nothing is sold to the client.
    """
    if regime not in found.reference:
        return None
    whole, centre = setting.assumptions.whole, found.centre[regime]
    low, high = setting.assumptions.values("measure.band")
    names = {offer.id: offer.label for offer in answer.priced.offers}
    bars = [_bar(bar, setting) for bar in found.bars[regime]]
    return Sensitivity(
        reference=found.reference[regime],
        ends=(low, high),
        loss_years=whole("run.tornado_loss_years"),
        screened=len(found.effects[regime]),
        screen_loss_years=whole("run.screen_loss_years"),
        centre=centre,
        parameters=bars,
        structural=_structural(found, regime),
        ask_first=[
            Question(
                bar.name,
                bar.label,
                question_of(bar, centre, setting.assumptions.sourced(bar.name), names),
            )
            for bar in bars[: whole("measure.first_questions")]
        ],
    )


def _bar(bar: Bar, setting: Setting) -> TornadoBar:
    record = setting.assumptions.sourced(bar.name)
    return TornadoBar(
        name=bar.name,
        label=Words(*record.label),
        unit=record.unit,
        low=bar.low,
        high=bar.high,
        swing=bar.swing,
        changes_plan=bar.changes_plan,
        flips_at=bar.flips_at,
    )


def _structural(found: sensitivity.Sensitivity, regime: str) -> list[StructuralBar]:
    """Return the other regimes and the other forms of the model, each against the centre."""
    from exposure.labels import label

    centre = found.centre[regime]
    bars = [
        StructuralBar(
            name=f"regime={other}",
            label=Words(label("regime", other, "ja"), label("regime", other, "en")),
            outcome=outcome,
            swing=abs(outcome.cost - centre.cost),
            changes_plan=outcome.plan != centre.plan,
        )
        for other, outcome in found.centre.items()
        if other != regime
    ]
    bars += [
        StructuralBar(
            name=form.name,
            label=Words(*form.label),
            outcome=outcome,
            swing=abs(outcome.cost - centre.cost),
            changes_plan=outcome.plan != centre.plan,
        )
        for form, outcome in found.forms[regime]
        if _matters(form.name, regime)
    ]
    return sorted(bars, key=lambda bar: (not bar.changes_plan, -bar.swing))


def _matters(form: str, regime: str) -> bool:
    """Say whether a form of the model bears on a regime: some are of one regime alone."""
    name = form.partition("=")[0]
    return not name.startswith(SCALE) or name == f"{SCALE}{regime}"


def question_of(
    bar: TornadoBar, centre: Outcome, record: Sourced, names: Mapping[str, object]
) -> Words:
    """Say what an assumption does, and from which value another answer holds (確かめたい前提).

    Parameters
    ----------
    bar : TornadoBar
    centre : Outcome
        With every assumption at its own value.
    record : Sourced
        The assumption.
    names : mapping of str to label
        Of the plans, by id.
    """
    worths = sorted([bar.low.worth, bar.high.worth])
    ja = [rounded_yen(amount, "ja") for amount in worths]
    en = [rounded_yen(amount, "en") for amount in worths]
    said = Words(
        f"「{bar.label.ja}」しだいで、この保険の価値は年{ja[0]}～{ja[1]}になります。",
        f"Depending on “{bar.label.en}”, the plan is worth {en[0]} to {en[1]} a year.",
    )
    if ja[0] == ja[1] or en[0] == en[1]:  # it moves what no plan pays
        costs = sorted([bar.low.cost, bar.high.cost])
        low, high = ([rounded_yen(amount, lang) for lang in LANGS] for amount in costs)
        said = Words(
            f"「{bar.label.ja}」しだいで、総費用は年{low[0]}～{high[0]}になります"
            "（この保険の価値はほとんど変わりません）。",
            f"Depending on “{bar.label.en}”, the total cost is {low[1]} to {high[1]} a year"
            " (the worth of the plan hardly moves).",
        )
    if not bar.changes_plan or bar.flips_at is None:
        return said
    value = Text(*(setting_words(bar.flips_at, record.unit, lang) for lang in LANGS))
    other = bar.low.plan if bar.low.plan != centre.plan else bar.high.plan
    to = _named(other, names)
    return Words(
        f"{said.ja}{value.ja}あたりから、答えは{to.ja}に変わります。",
        f"{said.en} From about {value.en} on the answer is {to.en}.",
    )


def _named(plan: str | None, names: Mapping[str, object]) -> Text:
    if plan == "programme":
        return Text("保険計画", "a programme")
    if plan is None or plan == "none":
        return Text("保険なし", "no insurance")
    label = names.get(plan)
    return Text(getattr(label, "ja", plan), getattr(label, "en", plan))


def by_effect(
    judgements: Sequence[Judgement], effects: Mapping[str, Mapping[str, float]]
) -> list[Judgement]:
    """Put the effect on each judgement and order them by it (影響の大きい順).

    Parameters
    ----------
    judgements : sequence of Judgement
    effects : mapping of str to mapping of str to float
        By regime: how far each uncertain parameter moves the cost. [JPY/year]

    Returns
    -------
    list of Judgement
        With the largest effect over the regimes; None for what was not varied, at the end.

    Examples
    --------
    >>> of = lambda name: Judgement(name, Words("", ""), 1.0, "", "", False)
    >>> rows = by_effect([of("a"), of("b"), of("c")], {"court": {"a": 1.0, "c": 2.0}})
    >>> [(row.name, row.effect) for row in rows]
    [('c', 2.0), ('a', 1.0), ('b', None)]
    """
    largest: dict[str, float] = {}
    for effect in effects.values():
        for name, amount in effect.items():
            largest[name] = max(amount, largest.get(name, 0.0))
    found = [replace(one, effect=largest.get(one.name)) for one in judgements]
    return sorted(found, key=lambda one: (one.effect is None, -(one.effect or 0.0)))
