"""The row of a client in the summary of the book, restated from its result (一覧の1行)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any  # Any: a result as plain data

FLAGS: tuple[str, ...] = (
    "no_plan",
    "regimes_differ",
    "premium_on_enquiry",
    "below_target",
    "past_incidents",
    "answers_missing",
)
_ANSWERS = ("industry", "revenue", "employees", "incidents_last_3_years")


def summary_row(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the summary says of a client.

    Parameters
    ----------
    document : mapping
        Content of its ``result.json``.

    Returns
    -------
    dict
        ``client``, ``regimes`` (loss, recommended plan, limit, premium, retained), ``flags``
        (names of ``FLAGS``) and the statement over all regimes.
    """
    regimes = {name: _regime(part) for name, part in document["regimes"].items()}
    return {
        "client": document["client"],
        "inputs_sha256": document["study"]["inputs_sha256"],
        "regimes": regimes,
        "recommendation": document["recommendation"],
        "flags": _flags(document, regimes),
    }


def _regime(part: Mapping[str, Any]) -> dict[str, Any]:
    annual, event = part["ground_up"]["annual"], part["ground_up"]["event"]
    choice = part["recommendation"]
    chosen = next((plan for plan in part["plans"] if plan["id"] == choice["plan"]), None)
    return {
        "events_per_year": part["frequency"]["events_per_year"],
        "probability_of_no_event": part["frequency"]["probability_of_no_event"],
        "annual_mean": annual["mean"],
        "annual_var": annual["var"],
        "event_quantiles": event["quantiles"],
        "recommendation": {
            "plan": choice["plan"],
            "label": chosen["label"] if chosen else None,
            "label_en": chosen["label_en"] if chosen else None,
            "limit": choice["limit"],
            "reason": choice["reason"],
            "premium": chosen["premium"] if chosen else None,
            "paid_mean": chosen["paid"]["annual"]["mean"] if chosen else None,
            "retained_mean": chosen["retained"]["annual"]["mean"] if chosen else None,
            "retained_var": chosen["retained"]["annual"]["var"] if chosen else None,
            "limit_adequacy": chosen["limit_adequacy"]["event"] if chosen else None,
            "target": choice.get("target"),
        },
    }


def _flags(document: Mapping[str, Any], regimes: Mapping[str, Any]) -> list[str]:
    choices = [regime["recommendation"] for regime in regimes.values()]
    client = document["client"]
    is_set = {
        "no_plan": any(choice["plan"] is None for choice in choices),
        "regimes_differ": not document["recommendation"]["same_plan"],
        "premium_on_enquiry": any(
            choice["premium"] is not None and choice["premium"]["amount"] is None
            for choice in choices
        ),
        "below_target": any(_is_below(choice) for choice in choices),
        "past_incidents": bool(
            client.get("incidents_last_3_years") or client.get("incidents_by_group")
        ),
        "answers_missing": any(client.get(answer) is None for answer in _ANSWERS),
    }
    return [flag for flag in FLAGS if is_set[flag]]


def _is_below(choice: Mapping[str, Any]) -> bool:
    adequacy, target = choice["limit_adequacy"], choice["target"]
    return adequacy is not None and target is not None and adequacy["value"] < target
