"""Plans side by side as a data frame: on one table of losses, or of a finished result (比較表)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any  # Any: a result as plain data

import numpy as np

from exposure.errors import DataError, Problem, Text
from exposure.inputs.assumptions import load_assumptions
from exposure.measures.adequacy import adequacy, event_tally
from exposure.measures.exceedance import tail_measures
from exposure.policy.payout import PayoutTable
from exposure.study.binding import any_cut, cuts, term_label
from exposure.tables import Annual

if TYPE_CHECKING:
    import pandas as pd


def compared_frame(
    tables: Sequence[PayoutTable], premiums: Mapping[str, float] | None = None
) -> pd.DataFrame:
    """Return one row per plan, all paid on the same losses (プランの比較表).

    Parameters
    ----------
    tables : sequence of PayoutTable
    premiums : mapping of str to float, optional
        By plan identifier, where one is known. [JPY/year]

    Raises
    ------
    DataError
        If the losses are of one year: it has no spread to measure.
    """
    import pandas as pd

    if any(table.losses.events.years.n_years < 2 for table in tables):
        text = Text(
            "事故のある保険年度が2年以上必要です。1年だけでは比べられません",
            "two years with an event are needed; one alone measures nothing",
        )
        raise DataError(Problem("compare", "losses", text))
    rows = [_row(table, (premiums or {}).get(table.plan.id)) for table in tables]
    return pd.DataFrame(rows, index=pd.Index([t.plan.id for t in tables], name="plan"))


def _row(table: PayoutTable, premium: float | None) -> dict[str, Any]:
    value = load_assumptions().value
    level, share = value("measure.interval_level"), value("measure.largest_share")
    tail_level, cost = value("measure.ecr_level"), value("measure.ecr_cost")
    events = table.losses.events
    years, p0 = events.years, events.empty_probability
    gross, paid = years.sum(table.losses.total()), years.sum(table.paid)
    retained = tail_measures(
        Annual(gross - paid, p0), [tail_level], level=level, largest_share=share
    )
    flags = cuts(table)
    enough = adequacy(
        event_tally(~any_cut(flags, events.n_events), table.is_covered(), years), level=level
    )
    most = max(flags, key=lambda term: int(np.count_nonzero(flags[term])), default=None)
    cutting = most is not None and bool(flags[most].any())
    mean, tvar = retained.mean.value, retained.tvar[0].value
    known = np.nan if premium is None else premium
    return {
        "label": table.plan.label.ja,
        "limit": table.plan.headline_limit,
        "premium": known,
        "paid_mean": (1 - p0) * float(paid.mean()),
        "retained_mean": mean,
        "retained_var": retained.var[0].value,
        "retained_tvar": tvar,
        "limit_adequacy": enough.value,
        "limit_adequacy_low": enough.low,
        "limit_adequacy_high": enough.high,
        "binding_term": term_label(table.plan, most).ja if cutting and most else "",
        "economic_cost": known + mean + cost * (tvar - mean),
    }


def result_frame(document: Mapping[str, Any]) -> pd.DataFrame:
    """Return the plans of a finished result, one row per regime and plan.

    Parameters
    ----------
    document : mapping
        Content of ``result.json``.

    Examples
    --------
    >>> len(result_frame({"regimes": {}}))
    0
    """
    import pandas as pd

    rows = []
    for regime, part in document["regimes"].items():
        for plan in part["plans"]:
            retained = plan["retained"]["annual"]
            rows.append(
                {
                    "regime": regime,
                    "plan": plan["id"],
                    "label": plan["label"],
                    "limit": plan["limit"],
                    "premium": plan["premium"]["amount"],
                    "paid_mean": plan["paid"]["annual"]["mean"]["value"],
                    "retained_mean": retained["mean"]["value"],
                    **{f"retained_var_{p}": one["value"] for p, one in retained["var"].items()},
                    **{f"retained_tvar_{p}": one["value"] for p, one in retained["tvar"].items()},
                    "limit_adequacy": plan["limit_adequacy"]["event"]["value"],
                    "limit_adequacy_low": plan["limit_adequacy"]["event"]["low"],
                    "limit_adequacy_high": plan["limit_adequacy"]["event"]["high"],
                    "economic_cost": (plan["economic_cost"] or {}).get("value"),
                    "recommended": plan["id"] == part["recommendation"]["plan"],
                }
            )
    frame = pd.DataFrame(rows)
    return frame.set_index(["regime", "plan"]) if rows else frame
