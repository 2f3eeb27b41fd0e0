"""The row of a client in the summary of the book, restated from its result (一覧の1行)."""

from __future__ import annotations

from typing import Any  # Any: a row as plain data, on its way to JSON and through a registry

from exposure.result.document import to_plain
from exposure.result.record import PlanFigures, PlanResult, RegimeResult, Result

FLAGS: tuple[str, ...] = (
    "programme",
    "no_insurance",
    "short",
    "regimes_differ",
    "premium_estimated",
    "own_funds_exceeded",
    "past_incidents",
    "answers_missing",
)
_ANSWERS = ("industry", "revenue", "employees", "incidents_last_3_years")


def summary_row(result: Result) -> dict[str, Any]:
    """Return what the summary says of a client.

    Parameters
    ----------
    result : Result

    Returns
    -------
    dict
        ``client``, ``regimes`` (need, recommendation, premium and worth of the plan named or best
        on the market, every figure of it), ``flags`` (names of ``FLAGS``), the statement over all
        regimes and the five lines.
    """
    return {
        "client": to_plain(result.client),
        "inputs_sha256": result.study.inputs_sha256,
        "regimes": {name: _regime(part) for name, part in result.regimes.items()},
        "recommendation": to_plain(result.recommendation),
        "flags": _flags(result),
    }


def _regime(part: RegimeResult) -> dict[str, Any]:
    named, ground_up = part.named, part.ground_up
    return {
        "events_per_year": part.frequency.events_per_year,
        "probability_of_no_event": part.frequency.probability_of_no_event,
        "annual_mean": to_plain(ground_up.annual.mean),
        "annual_var": to_plain(ground_up.annual.var),
        "event_quantiles": to_plain(ground_up.event.quantiles),
        "need": to_plain(part.need),
        "no_insurance": to_plain(part.no_insurance),
        "recommendation": to_plain(part.recommendation),
        "label": None if named is None else named.label,
        "label_en": None if named is None else named.label_en,
        "premium": None if named is None else to_plain(named.premium),
        "worth": None if named is None else to_plain(named.worth),
        "figures": None if named is None else figures_of(named),
    }


def figures_of(plan: PlanResult) -> dict[str, Any]:
    """Return every figure of a plan, without what only a report shows."""
    found: dict[str, Any] = {}
    for name in type(plan).__dataclass_fields__:
        if name in PlanFigures.__dataclass_fields__:
            found[name] = to_plain(getattr(plan, name))
    found["retained"].pop("curve", None)
    found["cut_by_limits"].pop("by_term", None)
    found["limit_adequacy"].pop("by_section", None)
    return found


def _flags(result: Result) -> list[str]:
    parts, client = list(result.regimes.values()), result.client
    verdicts = {part.recommendation.verdict for part in parts}
    named = [part.named for part in parts]
    tests = [part.recommendation.own_funds for part in parts]
    is_set = {
        "programme": "programme" in verdicts,
        "no_insurance": "no_insurance" in verdicts,
        "short": "short" in verdicts,
        "regimes_differ": not result.recommendation.same_plan,
        "premium_estimated": any(
            plan is not None and plan.premium.basis not in ("quoted", "published") for plan in named
        ),
        "own_funds_exceeded": any(test is not None and test.missing > 0 for test in tests),
        "past_incidents": bool(
            client.get("incidents_last_3_years") or client.get("incidents_by_group")
        ),
        "answers_missing": any(client.get(answer) is None for answer in _ANSWERS),
    }
    return [flag for flag in FLAGS if is_set[flag]]
