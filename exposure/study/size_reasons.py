"""Why a client of N records should buy this limit, in sentences it understands (推奨額の理由)."""

from __future__ import annotations

from collections.abc import Sequence

from exposure.errors import Text
from exposure.measures.sizing import Binding, RecommendedLimit
from exposure.policy.plans import Plan
from exposure.shares import share_text
from exposure.study.binding import term_label
from exposure.study.plans import Ladder
from exposure.study.scenario import scenario_text
from exposure.yen import format_yen


def place_shown(rungs: Ladder, found: RecommendedLimit) -> int:
    """Return the place of the recommended limit on the ladder, or of the largest tried (−1)."""
    return -1 if found.value is None else rungs.limits.index(found.value)


def reason_of(
    identifier: str,
    rungs: Ladder,
    records: int,
    found: RecommendedLimit,
    binding: Binding,
    *,
    is_odd: bool,
    enough_share: float | None,
) -> Text:
    """Say why a limit is recommended, or why none is (推奨額の理由).

    Parameters
    ----------
    identifier : str
        Of the product, with its endorsements and choices.
    rungs : Ladder
    records : int
        [person]
    found : RecommendedLimit
    binding : Binding
        Of the limit shown.
    is_odd : bool
        Fewer records ask for clearly more.
    enough_share : float or None
        Parameter draws in which some limit was enough; None if none were drawn. [-]
    """
    parts = [found.text]
    plan = rungs.plans[place_shown(rungs, found)]
    if len(rungs.plans) == 1:
        parts.insert(0, _only_limit(plan))
    if binding.term is not None:
        label, share = term_label(plan, binding.term), share_text(binding.share)
        parts.append(
            Text(
                f"この限度額で支払いを最も多く制限するのは{label.ja}で、補償対象の事故の{share.ja}です。",
                f"At this limit {label.en} cuts most often, in {share.en} of covered breaches.",
            )
        )
    parts.append(scenario_text(identifier, plan.product, records, rungs.limits))
    if is_odd:
        parts.append(
            Text(
                "より少ない件数の推奨額を下回っています。原因の構成が変わるためで、確認が必要です。",
                "This is below the limit for fewer records, because the mix of causes changes;"
                " it deserves a look.",
            )
        )
    if found.value is None and enough_share is not None:
        parts.append(_in_some_draws(enough_share))
    return _joined(parts)


def _joined(parts: Sequence[Text]) -> Text:
    said = [part for part in parts if part.ja]
    return Text("".join(part.ja for part in said), " ".join(part.en for part in said))


def _in_some_draws(share: float) -> Text:
    shown = share_text(share)
    return Text(
        f"前提を幅の中で変えた試算では、{shown.ja}の場合に足りる限度額がありました。",
        f"With the parameters drawn from their ranges, some limit was enough in {shown.en}"
        " of the draws.",
    )


def _only_limit(plan: Plan) -> Text:
    amount = plan.headline_limit
    return Text(
        f"この商品の支払限度額は{format_yen(amount)}の1種類です。",
        f"This product is sold with one limit only, {format_yen(amount, 'en')}.",
    )
