"""The sentence that tells a client why a plan is recommended, or why none is.

One function per reason, Japanese and English side by side; the decision itself is made in
`exposure.measures.choice`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal, TypeAlias

from exposure.errors import Text
from exposure.measures.standing import Constraints, PlanSummary, Standing
from exposure.measures.wording import about, share_of
from exposure.shares import exact_share
from exposure.yen import format_yen

Reason = Literal[
    "lowest_cost", "tie", "only_candidate", "premium_unknown", "none_qualifies", "no_plans"
]
Criterion = Literal["limit_adequacy", "tvar", "premium", "id"]
CRITERIA: tuple[Criterion, ...] = ("limit_adequacy", "tvar", "premium", "id")

_Pairs: TypeAlias = Sequence[tuple[PlanSummary, Standing]]
_BEST_BY: Mapping[Criterion, Text] = {
    "limit_adequacy": Text("限度額充足度が最も高い", "it has the highest limit adequacy"),
    "tvar": Text("大きな事故の年の自己保有額が最も小さい", "it retains the least in bad years"),
    "premium": Text("保険料が最も安い", "its premium is the lowest"),
    "id": Text("名称順で先の", "it comes first by name, all else being equal"),
}


def choice_text(
    reason: Reason,
    criterion: Criterion | None,
    shown: _Pairs,
    passing: _Pairs,
    constraints: Constraints,
) -> Text:
    """Return the reason of a choice as a sentence a client understands.

    Parameters
    ----------
    reason, criterion
        As in `exposure.measures.choice.Choice`.
    shown : sequence of (PlanSummary, Standing)
        The plan to name and, after it, the others in order of preference; of failing plans the
        nearest first. Empty if there is no plan at all.
    passing : sequence of (PlanSummary, Standing)
        All plans that meet the conditions.
    constraints : Constraints
        The client's conditions.

    Examples
    --------
    >>> conditions = Constraints(0.95, None, 0.99, 0.05, 2.0, 0.02)
    >>> choice_text("no_plans", None, [], [], conditions).en
    'There is no plan to compare.'
    """
    return _SENTENCES[reason](criterion, shown, passing, constraints)


def _no_plans(
    criterion: Criterion | None, shown: _Pairs, passing: _Pairs, constraints: Constraints
) -> Text:
    return Text("比較するプランがありません。", "There is no plan to compare.")


def _lowest_cost(
    criterion: Criterion | None, shown: _Pairs, passing: _Pairs, constraints: Constraints
) -> Text:
    (plan, standing), terms = shown[0], _conditions(constraints)
    cost = _cost(standing)
    return Text(
        f"「{plan.name.ja}」は、{terms.ja}を満たすプランのうち、経済的コスト（保険料と自己保有の費用"
        f"の合計）が最も小さいプランです（{cost.ja}）。",
        f"{plan.name.en} has the lowest economic cost, premium and retained risk together"
        f" ({cost.en}), of the plans that meet the conditions: {terms.en}.",
    )


def _tie(
    criterion: Criterion | None, shown: _Pairs, passing: _Pairs, constraints: Constraints
) -> Text:
    (plan, standing), terms = shown[0], _conditions(constraints)
    best, others, cost = _best_by(criterion), _names(shown[1:]), _cost(standing)
    return Text(
        f"{terms.ja}を満たすプランのうち、「{plan.name.ja}」（{cost.ja}）と{others.ja}は"
        f"経済的コストに差があるとは言えません。その中で{best.ja}「{plan.name.ja}」を推奨します。",
        f"Of the plans that meet the conditions ({terms.en}), {plan.name.en}"
        f" ({cost.en}) and {others.en} cannot be told apart by economic cost. {plan.name.en} is"
        f" recommended because {best.en}.",
    )


def _only_candidate(
    criterion: Criterion | None, shown: _Pairs, passing: _Pairs, constraints: Constraints
) -> Text:
    (plan, standing), terms = shown[0], _conditions(constraints)
    cost = _cost(standing)
    return Text(
        f"{terms.ja}を満たすプランは「{plan.name.ja}」だけです（{cost.ja}）。",
        f"{plan.name.en} is the only plan that meets the conditions ({terms.en}); {cost.en}.",
    )


def _premium_unknown(
    criterion: Criterion | None, shown: _Pairs, passing: _Pairs, constraints: Constraints
) -> Text:
    plan, terms, best = shown[0][0], _conditions(constraints), _best_by(criterion)
    unpriced = _names([pair for pair in passing if pair[0].premium is None])
    return Text(
        f"{unpriced.ja}の保険料が不明なため、経済的コストでは比べていません。"
        f"{terms.ja}を満たすプランのうち、{best.ja}「{plan.name.ja}」を挙げます。保険料の見積りがそろうと結論が変わることがあります。",
        f"The premium of {unpriced.en} is not known, so economic costs were not compared. Of the"
        f" plans that meet the conditions ({terms.en}), {plan.name.en} is named because {best.en}."
        " Quotations may change the conclusion.",
    )


def _none_qualifies(
    criterion: Criterion | None, shown: _Pairs, passing: _Pairs, constraints: Constraints
) -> Text:
    (plan, standing), terms = shown[0], _conditions(constraints)
    if standing.failed[0] == "limit_adequacy":
        share = share_of(standing.limit_adequacy, constraints.target)
        miss = Text(
            f"限度額充足度（1事故）は{share.ja}です", f"its limit adequacy per event is {share.en}"
        )
    else:
        year = about(standing.retained_var)
        bad = exact_share(constraints.tail_level)
        miss = Text(
            f"自己保有額のVaR {bad}が{year.ja}になります",
            f"its retained loss has a VaR {bad} of {year.en}",
        )
    return Text(
        f"{terms.ja}を満たすプランはありません。最も近いのは「{plan.name.ja}」ですが、{miss.ja}。",
        f"No plan meets the conditions: {terms.en}. {plan.name.en} comes nearest, but {miss.en}.",
    )


_SENTENCES: Mapping[Reason, Callable[[Criterion | None, _Pairs, _Pairs, Constraints], Text]] = {
    "no_plans": _no_plans,
    "lowest_cost": _lowest_cost,
    "tie": _tie,
    "only_candidate": _only_candidate,
    "premium_unknown": _premium_unknown,
    "none_qualifies": _none_qualifies,
}


def _conditions(constraints: Constraints) -> Text:
    """Name the client's conditions."""
    target = exact_share(constraints.target)
    ja = f"限度額充足度（1事故）{target}以上"
    en = f"limit adequacy per event of at least {target}"
    if constraints.liquidity is None:
        return Text(f"条件（{ja}）", en)
    level, most = exact_share(constraints.tail_level), constraints.liquidity
    return Text(
        f"条件（{ja}、自己保有額のVaR {level}が{format_yen(most)}以内）",
        f"{en}, and a VaR {level} of the retained loss of no more than {format_yen(most, 'en')}",
    )


def _best_by(criterion: Criterion | None) -> Text:
    return _BEST_BY[criterion or "id"]


def _names(pairs: _Pairs) -> Text:
    ja = "".join(f"「{plan.name.ja}」" for plan, _ in pairs)
    return Text(ja, ", ".join(plan.name.en for plan, _ in pairs))


def _cost(standing: Standing) -> Text:
    if standing.economic_cost is None:
        return Text("保険料は照会が必要", "premium on enquiry")
    amount = about(standing.economic_cost)
    return Text(f"年間{amount.ja}", f"{amount.en} a year")
