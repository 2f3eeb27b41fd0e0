"""The sensitivity analysis as a reader sees it: bars, what to ask first, judgements in order.

Arranges what `exposure.study.sensitivity` found as plain data.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from exposure.errors import Text
from exposure.measures.sensitivity import Outcome, TornadoBar
from exposure.shares import share_text
from exposure.study.headline import Plain
from exposure.study.sensitivity import Sensitivity
from exposure.study.setting import Setting
from exposure.study.structure import SCALE
from exposure.yen import format_yen

_DIGITS = 2


def sensitivity_result(found: Sensitivity, regime: str, plan: str, setting: Setting) -> Plain:
    """Return one regime's sensitivity analysis as plain data (感度分析).

    Parameters
    ----------
    found : Sensitivity
    regime, plan : str
        The plan in question under it.
    setting : Setting
    """
    whole, centre = setting.assumptions.whole, found.centre[regime]
    bars = found.bars[regime]
    numeric = [bar for bar in bars if not bar.is_structural]
    priced = any(one.plan.id == plan and one.premium is not None for one in setting.compared)
    return {
        "reference": plan,
        "cost_basis": "economic_cost" if priced else "retained_cost",
        "ends": list(setting.assumptions.values("measure.band")),
        "loss_years": whole("run.tornado_loss_years"),
        "screened": len(found.effects[regime]),
        "screen_loss_years": whole("run.screen_loss_years"),
        "centre": _outcome(centre),
        "parameters": [_bar(bar, centre, setting) for bar in numeric],
        "structural": _structural(found, regime, setting),
        "ask_first": [
            {"name": bar.name, "label": _label(bar, setting)._asdict(), "text": text._asdict()}
            for bar, text in _ask_first(numeric, centre, setting)
        ],
    }


def _structural(found: Sensitivity, regime: str, setting: Setting) -> list[Plain]:
    """Return the other regimes and the other forms of the model, each against the centre."""
    centre = found.centre[regime]
    bars = [
        {
            "name": f"regime={other}",
            "label": _regime_label(other)._asdict(),
            "outcome": _outcome(outcome),
            "swing": _swings(centre, (outcome,)),
            "changes_plan": outcome.plan != centre.plan,
        }
        for other, outcome in found.centre.items()
        if other != regime
    ]
    bars += [
        {
            "name": bar.name,
            "label": found.forms[bar.name].label._asdict(),
            "outcome": _outcome(bar.ends[0]),
            "swing": _swings(centre, bar.ends),
            "changes_plan": bar.changes_plan,
        }
        for bar in found.bars[regime]
        if bar.is_structural and _matters(bar.name, regime)
    ]
    return bars


def _matters(form: str, regime: str) -> bool:
    """Say whether a form of the model bears on a regime: some are of one regime alone."""
    name = form.partition("=")[0]
    return not name.startswith(SCALE) or name == f"{SCALE}{regime}"


def _regime_label(regime: str) -> Text:
    from exposure.labels import label

    return Text(label("regime", regime, "ja"), label("regime", regime, "en"))


def _label(bar: TornadoBar, setting: Setting) -> Text:
    return setting.assumptions.sourced(bar.name).label


def _bar(bar: TornadoBar, centre: Outcome, setting: Setting) -> Plain:
    return {
        "name": bar.name,
        "label": _label(bar, setting)._asdict(),
        "unit": setting.assumptions.sourced(bar.name).unit,
        "ends": [_outcome(end) for end in bar.ends],
        "swing": _swings(centre, bar.ends),
        "changes_plan": bar.changes_plan,
    }


def _outcome(outcome: Outcome) -> Plain:
    return {
        "setting": outcome.setting,
        "adequacy": outcome.adequacy,
        "cost": outcome.cost,
        "limit": outcome.limit,
        "plan": outcome.plan,
    }


def _swings(centre: Outcome, ends: Sequence[Outcome]) -> Plain:
    """Return how far each answer moves; null where it exists in one point and not in another."""
    every = (centre, *ends)
    return {
        "adequacy": _range([one.adequacy for one in every]),
        "cost": _range([one.cost for one in every]),
        "limit": _range([one.limit for one in every]),
    }


def _range(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        return None if known else 0.0
    return max(known) - min(known)


def _ask_first(
    bars: Sequence[TornadoBar], centre: Outcome, setting: Setting
) -> list[tuple[TornadoBar, Text]]:
    """Return the assumptions to ask the client about first: they change the plan, or cost most."""
    most = setting.assumptions.whole("measure.asked_first")
    ordered = sorted(bars, key=lambda bar: (not bar.changes_plan, -bar.swing))[:most]
    return [(bar, _question(bar, setting)) for bar in ordered]


def _question(bar: TornadoBar, setting: Setting) -> Text:
    label = _label(bar, setting)
    target = setting.asked.constraints.target
    ends = sorted(end.adequacy for end in bar.ends)
    low, *_, high = (share_text(end, target=target) for end in ends)
    amount = 0.0 if math.isinf(bar.swing) else float(f"{bar.swing:.{_DIGITS}g}")
    turns = Text("推奨プランが変わります。", " The recommended plan changes.")
    if not bar.changes_plan:
        turns = Text("推奨プランは変わりません。", " The recommended plan stays the same.")
    return Text(
        f"「{label.ja}」しだいで経済的コスト（年間）が{format_yen(amount)}動き、限度額充足度（1事故）は"
        f"{low.ja}～{high.ja}になります。{turns.ja}",
        f"Depending on {label.en}, the economic cost moves by {format_yen(amount, 'en')} a year and"
        f" limit adequacy per event lies between {low.en} and {high.en}.{turns.en}",
    )


def by_effect(judgements: list[Plain], effects: Mapping[str, Mapping[str, float]]) -> list[Plain]:
    """Put the effect on each judgement and order them by it (影響の大きい順).

    Parameters
    ----------
    judgements : list of mapping
    effects : mapping of str to mapping of str to float
        By regime: how far each uncertain parameter moves the cost. [JPY/year]

    Returns
    -------
    list of mapping
        With ``effect``, the largest over the regimes; null for what was not varied, at the end.

    Examples
    --------
    >>> rows = [{"name": "a"}, {"name": "b"}, {"name": "c"}]
    >>> by_effect(rows, {"court": {"a": 1.0, "c": 2.0}})
    [{'name': 'c', 'effect': 2.0}, {'name': 'a', 'effect': 1.0}, {'name': 'b', 'effect': None}]
    """
    largest: dict[str, float] = {}
    for effect in effects.values():
        for name, amount in effect.items():
            largest[name] = max(amount, largest.get(name, 0.0))
    found = [{**row, "effect": largest.get(str(row["name"]))} for row in judgements]
    return sorted(found, key=lambda row: (row["effect"] is None, -(row["effect"] or 0.0)))
