"""The row of a client in the summary of the book, restated from its result (一覧の1行).

Everything estimated of a client, and of the plan named, is taken over by its type: what is added to
`RegimeFigures` or `PlanFigures` stands in the row and in every table made of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

from exposure.errors import Text
from exposure.result.document import part_of, to_plain
from exposure.result.record import (
    Figure,
    Frequency,
    GroundUpFigures,
    Overall,
    PlanFigures,
    PlanResult,
    Premium,
    Recommendation,
    RegimeFigures,
    RegimeResult,
    Result,
    Words,
)

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


@dataclass(frozen=True, kw_only=True)
class RegimeRow(RegimeFigures):
    """One regime of a client: its figures, and those of the plan named or best on the market."""

    frequency: Frequency
    recommendation: Recommendation
    label: Words | None
    premium: Premium | None
    worth: Figure | None
    figures: PlanFigures | None


@dataclass(frozen=True)
class ClientSummary:
    """What the summary says of a client that was worked out (顧客の要約).

    Parameters
    ----------
    client : dict
        As read.
    inputs_sha256 : str
    regimes : dict of str to RegimeRow
    recommendation : Overall
        The statement over all regimes, and the five lines.
    flags : list of str
        Names of ``FLAGS``.
    """

    client: dict[str, object]
    inputs_sha256: str
    regimes: dict[str, RegimeRow]
    recommendation: Overall
    flags: list[str]


@dataclass(frozen=True)
class Row:
    """A row of the summary (一覧の1行).

    Parameters
    ----------
    client_id : str
    name, vendor : str or None
    status : str
        ``done``, ``refused`` or ``failed``.
    error : tuple of Text
        What went wrong, a line each.
    summary : ClientSummary or None
        None unless it is done.
    """

    client_id: str
    name: str | None
    vendor: str | None
    status: str
    error: tuple[Text, ...] = ()
    summary: ClientSummary | None = None

    @property
    def regimes(self) -> Mapping[str, RegimeRow]:
        """Its regimes; none unless it is done."""
        return {} if self.summary is None else self.summary.regimes


def row_document(row: Row) -> dict[str, object]:
    """Return a row as it stands in ``summary.json``.

    Examples
    --------
    >>> row_document(Row("A1", "甲", None, "failed", (Text("誤り", "error"),)))["error"]
    [{'ja': '誤り', 'en': 'error'}]
    """
    found: dict[str, object] = {
        "client_id": row.client_id,
        "name": row.name,
        "vendor": row.vendor,
        "status": row.status,
        "error": [text._asdict() for text in row.error],
    }
    if row.summary is not None:
        found |= {one.name: to_plain(getattr(row.summary, one.name)) for one in fields(row.summary)}
    return found


def summary_of(result: Result) -> ClientSummary:
    """Return what the summary says of a client (顧客の要約).

    Parameters
    ----------
    result : Result
    """
    return ClientSummary(
        client=result.client,
        inputs_sha256=result.study.inputs_sha256,
        regimes={name: _regime(part) for name, part in result.regimes.items()},
        recommendation=result.recommendation,
        flags=_flags(result),
    )


def _regime(part: RegimeResult) -> RegimeRow:
    named = part.named
    own = replace(part_of(RegimeFigures, part), ground_up=part_of(GroundUpFigures, part.ground_up))
    return RegimeRow(
        **{one.name: getattr(own, one.name) for one in fields(RegimeFigures)},
        frequency=part.frequency,
        recommendation=part.recommendation,
        label=None if named is None else Words(named.label, named.label_en),
        premium=None if named is None else named.premium,
        worth=None if named is None else named.worth,
        figures=None if named is None else plan_figures_of(named),
    )


def plan_figures_of(plan: PlanResult) -> PlanFigures:
    """Return every figure of a plan, without the curve and the lists that only a report shows."""
    found = part_of(PlanFigures, plan)
    return replace(
        found,
        retained=replace(found.retained, curve=None),
        cut_by_limits=replace(found.cut_by_limits, by_term=[]),
        limit_adequacy=replace(found.limit_adequacy, by_section=[]),
    )


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
