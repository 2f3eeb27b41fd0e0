"""What the next endorsement or the next limit would buy (次の一手).

Builds the plans one step away from a plan and compares them with it on the same simulated years.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from exposure.errors import PlanError, Text
from exposure.measures.adequacy import adequacy
from exposure.measures.intervals import Estimate, paired_difference
from exposure.measures.wording import about
from exposure.policy.choices import identifier_of, parse_id
from exposure.policy.plans import Plan
from exposure.shares import share_text
from exposure.study.headline import Asked, Plain, estimate
from exposure.study.plans import ladder
from exposure.study.simulation import RegimeYears
from exposure.yen import format_yen


@dataclass(frozen=True)
class Step:
    """A plan one change away from another (一つだけ変えたプラン).

    Parameters
    ----------
    kind : str
        ``endorsement``, ``pattern`` or ``limit``.
    label : Text
        What changes.
    plan : Plan
    """

    kind: Literal["endorsement", "pattern", "limit"]
    label: Text
    plan: Plan


def steps_from(built: Plan, limits: Sequence[float]) -> tuple[Step, ...]:
    """Return every endorsement a plan could still attach, and the next limit up (次の一手).

    Parameters
    ----------
    built : Plan
    limits : sequence of float
        Tried where the limit is free. [JPY]

    Examples
    --------
    >>> from exposure.policy.plans import plan
    >>> [step.label.en for step in steps_from(plan("nipponkoa_2006/E"), ())]
    ['pattern F']
    >>> names = [step.plan.endorsements[-1] for step in steps_from(plan("aiu_2015@limit=9"), ())]
    >>> "execution_double" in names
    True
    """
    source, parts = built.source, parse_id(built.id)
    found: list[Step] = []
    for name, choice in source.options.items():
        if choice.kind != "flag" or built.options[name] not in (False, None):
            continue
        choices = {key: value for key, value in parts.choices.items() if key != name}
        endorsements = (*parts.endorsements, name)
        try:
            with_it = built.variant(
                identifier_of(replace(parts, endorsements=endorsements, choices=choices))
            )
        except PlanError:
            # It needs, or collides with, another endorsement: more than one step away.
            continue
        found.append(Step("endorsement", Text(choice.label.ja, choice.label.en), with_it))
    rungs = ladder(built, limits).plans if limits or source.patterns else ()
    higher = [rung for rung in rungs if rung.headline_limit > built.headline_limit]
    if higher and higher[0].pattern is not None:
        label = source.patterns[higher[0].pattern]
        found.append(Step("pattern", Text(label.ja, label.en), higher[0]))
    elif higher:
        amount = higher[0].headline_limit
        raised = f"支払限度額{format_yen(amount)}", f"a limit of {format_yen(amount, 'en')}"
        found.append(Step("limit", Text(*raised), higher[0]))
    return tuple(found)


def steps_result(
    base: Plan, steps: Sequence[Step], order: Sequence[str], years: RegimeYears, asked: Asked
) -> list[Plain]:
    """Return what each step would buy, as plain data; the most useful first.

    Parameters
    ----------
    base : Plan
    steps : sequence of Step
        From the base.
    order : sequence of str
        Identifiers of the plans simulated, in order.
    years : RegimeYears
        Base and steps on the same years.
    asked : Asked
    """
    simulated = dict(zip(order, years.plans, strict=True))
    before = simulated[base.id]
    enough = adequacy(before.event, level=asked.level)
    found = []
    for step in steps:
        after = simulated[step.plan.id]
        # What is paid more is what is retained less, on the same gross loss.
        extra = paired_difference(
            years.annual(before.retained), years.annual(after.retained), level=asked.level
        )
        more = adequacy(after.event, level=asked.level)
        found.append(
            {
                "id": step.plan.id,
                "kind": step.kind,
                "label": step.label._asdict(),
                "extra_paid": estimate(extra),
                "adequacy": estimate(more),
                "adequacy_change": more.value - enough.value,
                "text": _sentence(step, extra, enough, more)._asdict(),
            }
        )
    return sorted(found, key=lambda one: -one["extra_paid"]["value"])


def _sentence(step: Step, extra: Estimate, enough: Estimate, more: Estimate) -> Text:
    label, attached = step.label, step.kind == "endorsement"
    with_it = f"{label.ja}{'を付けた' if attached else 'にした'}場合、"
    if extra.value == 0 and more.value == enough.value:
        return Text(
            f"{with_it}試算した事故では支払保険金は変わりません。",
            f"With {label.en}, nothing more is paid for the simulated leaks.",
        )
    amount, moved = about(extra), _moved(more.value - enough.value)
    why = Text("", "")
    if extra.value > 0 and more.value < enough.value:
        why = Text(
            "下がるのは、加わった補償の限度額も数えるためです。",
            " It falls because the limits of what is added count too.",
        )
    return Text(
        f"{with_it}支払保険金は年間平均で{amount.ja}増え、限度額充足度（1事故）は{moved.ja}。{why.ja}",
        f"With {label.en}, {amount.en} more is paid in a mean year, and limit adequacy per event"
        f" {moved.en}.{why.en}",
    )


def _moved(change: float) -> Text:
    """Say by how many points a share moves; the points of the plan itself stand in the tables."""
    points = share_text(abs(change)).ja.replace("%", "ポイント"), share_text(abs(change)).en
    if change == 0:
        return Text("変わりません", "stays the same")
    ja, en = ("上がります", "rises") if change > 0 else ("下がります", "falls")
    return Text(f"{points[0]}{ja}", f"{en} by {points[1].replace('%', ' points')}")
