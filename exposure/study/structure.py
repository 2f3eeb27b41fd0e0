"""Forms of the model that are a choice and not a figure (構造の選択).

Each is the model with one choice made otherwise; shown apart and never averaged in.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from exposure.errors import Text
from exposure.inputs.assumptions import Assumptions
from exposure.inputs.scenarios import cause_mixes, scenarios
from exposure.inputs.sourced import Override
from exposure.labels import labels
from exposure.study.setting import Setting

_POISSON = ("frequency.k_s", "frequency.k_residual")
SCALE = "litigation.scale."
_REASON = "感度分析"
_SAME = 1 / 2**9  # shares nearer than this are the same mix, rounded


@dataclass(frozen=True)
class Form:
    """The model with one choice made otherwise (構造の別案).

    Parameters
    ----------
    name : str
    label : Text
    values : mapping of str to float or str
        Assumptions set otherwise.
    use_history : bool
        Whether the client's past incidents update the rate.
    """

    name: str
    label: Text
    values: Mapping[str, float | str]
    use_history: bool = True


def forms_of(setting: Setting) -> tuple[Form, ...]:
    """Return the forms worth trying for a study (構造の別案).

    Parameters
    ----------
    setting : Setting

    Examples
    --------
    >>> from exposure.inputs.study_file import study_from_mapping
    >>> from exposure.study.setting import prepared
    >>> study = study_from_mapping({"client": {"records": 3000}}, "example")
    >>> [form.name for form in forms_of(prepared(study))][:2]
    ['poisson', 'litigation.scale.brochure=old_scale']
    """
    assumptions = setting.assumptions
    poisson = Text("事故件数をポアソン分布とする", "counts are Poisson")
    found = [Form("poisson", poisson, dict.fromkeys(_POISSON, math.inf))]
    if setting.study.client.history is not None:
        ignored = Text("過去の事故歴を使わない", "past incidents are not used")
        found.append(Form("no_history", ignored, {}, use_history=False))
    for regime in setting.study.study.regimes:
        name = f"{SCALE}{regime}"
        record = assumptions.sourced(name)
        for scale in record.choices:
            if scale != record.in_use:
                chosen = labels("choice")[scale]
                text = Text(f"{record.label.ja}：{chosen.ja}", f"{record.label.en}: {chosen.en}")
                found.append(Form(f"{name}={scale}", text, {name: scale}))
    if assumptions.choice("price.model") != "jo" and not _all_claim(assumptions):
        formula = Text("賠償単価をJOモデルで計算する", "prices by the JNSA formula")
        found.append(Form("price_jo", formula, {"price.model": "jo"}))
    found += _other_mixes(assumptions)
    return tuple(found)


def _all_claim(assumptions: Assumptions) -> bool:
    """Say whether everybody claims in court, with which the JNSA formula may not be combined."""
    rates = ("claims.rate.court", "claims.demand_rate.court")
    return any(assumptions.value(name) == 1 for name in rates)


def _other_mixes(assumptions: Assumptions) -> list[Form]:
    """Return the rates of attacks by other surveys than the one in force (頻度の別案)."""
    forms = []
    for name in cause_mixes():
        scenario = scenarios()[name]
        values = {key: float(setting.value) for key, setting in scenario.settings.items()}
        apart = max(abs(value - assumptions.value(key)) for key, value in values.items())
        if apart > _SAME:
            text = Text(
                f"外部攻撃の頻度：{scenario.label.ja}", f"rate of attacks: {scenario.label.en}"
            )
            forms.append(Form(name, text, values))
    return forms


def with_values(assumptions: Assumptions, values: Mapping[str, float | str]) -> Assumptions:
    """Return the assumptions with some values set otherwise, held fixed.

    Examples
    --------
    >>> from exposure.inputs.assumptions import load_assumptions
    >>> with_values(load_assumptions(), {"claims.rate.brochure": 0.2}).value("claims.rate.brochure")
    0.2
    """
    if not values:
        return assumptions
    return assumptions.with_overrides(
        {name: Override(value=value, reason=_REASON) for name, value in values.items()}
    )
