"""The columns of the tables of clients in the summary of a book (顧客別の表, 全数値).

Picks and restates what finished rows hold; how they are written is left to `output.summary`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from exposure.batch.summary_row import RegimeRow, Row
from exposure.errors import Lang, Text
from exposure.inputs.names import industries
from exposure.labels import label
from exposure.result.document import figures_in, part_of
from exposure.result.lines import basis_name, verdict_name
from exposure.result.record import RegimeFigures
from exposure.shares import exact_share

LEVEL = "0.99"
YEN, SHARE, RATE, FIGURE = "#,##0", "0.0%", "0.0000", "#,##0.####"
Value = float | int | str | None


@dataclass(frozen=True)
class Column:
    """A column of a table of clients: heading, number format (empty for text) and values."""

    heading: str
    number: str
    values: list[Value]


@dataclass(frozen=True)
class ShownRegime:
    """One regime of a row as the workbook shows it: cells by name, every figure by its path."""

    cells: Mapping[str, Value]
    figures: Mapping[str, float | None]


@dataclass(frozen=True)
class Shown:
    """The part of a row that the workbook shows, so that a long book fits in memory (表示行)."""

    client_id: str
    name: str | None
    vendor: str | None
    status: str
    error: tuple[Text, ...]
    flags: Sequence[str]
    client: Mapping[str, Value]
    regimes: Mapping[str, ShownRegime]
    lines: Sequence[str]


_OF_CLIENT = ("industry", "records", "revenue")


def shown_of(row: Row, lang: Lang) -> Shown:
    """Return the part of a row that the workbook shows.

    Examples
    --------
    >>> shown_of(Row("A1", "甲", None, "failed"), "ja").client
    {'industry': None, 'records': None, 'revenue': None}
    """
    done = row.summary
    stated = {} if done is None else done.client
    lines = () if done is None else getattr(done.recommendation.lines, lang)
    return Shown(
        client_id=row.client_id,
        name=row.name,
        vendor=row.vendor,
        status=row.status,
        error=row.error,
        flags=() if done is None else done.flags,
        client={key: _cell(stated.get(key)) for key in _OF_CLIENT},
        regimes={name: _shown_regime(part, lang) for name, part in row.regimes.items()},
        lines=lines,
    )


def _cell(stated: object) -> Value:
    return stated if isinstance(stated, float | int | str) else None


def _shown_regime(part: RegimeRow, lang: Lang) -> ShownRegime:
    choice, premium, plan = part.recommendation, part.premium, part.figures
    annual = part.ground_up.annual
    named = None if part.label is None else part.label.say(lang)
    short = choice.short_of
    cells: dict[str, Value] = {
        "need_liability": part.need.liability.value,
        "need_costs": part.need.costs.value,
        "verdict": verdict_name(choice.verdict, lang),
        "plan": named if choice.plan else label("summary", "no_plan", lang),
        "best_on_market": named,
        "limit": choice.limit,
        "premium": None if premium is None else premium.amount,
        "basis": None if premium is None else basis_name(premium.basis, lang),
        "worth": None if part.worth is None else part.worth.value,
        "share_paid": None,
        "loss_ratio": None,
        "short_of": short[0].label.say(lang) if short else None,
        "events_per_year": part.frequency.events_per_year,
        "annual_mean": annual.mean.value,
        "annual_tail": annual.var[LEVEL].value if LEVEL in annual.var else None,
        "retained_mean": None,
        "retained_tail": None,
        "reason": choice.reason.say(lang),
    }
    if plan is not None:
        ratio, kept = plan.implied_loss_ratio, plan.retained.annual
        cells |= {
            "share_paid": plan.share_paid.value,
            "loss_ratio": None if ratio is None else ratio.value,
            "retained_mean": kept.mean.value,
            "retained_tail": kept.var[LEVEL].value if LEVEL in kept.var else None,
        }
    # By type, not by name: what is added to the record stands in the table.
    figures = dict(figures_in(part_of(RegimeFigures, part))) | dict(figures_in(plan, "plan"))
    return ShownRegime(cells, {path: one.value for path, one in figures.items()})


def columns_of(rows: Sequence[Shown], lang: Lang) -> Iterator[Column]:
    """Return the columns of the table of clients, those of each regime side by side (顧客別の表).

    Examples
    --------
    >>> [column.heading for column in columns_of([], "ja")][:2]
    ['顧客番号', '会社名']
    """

    def said(name: str) -> str:
        return label("summary", name, lang).format(level=exact_share(float(LEVEL)))

    known = {key: name.label.say(lang) for key, name in industries().items()}
    yield Column(said("client_id"), "", [row.client_id for row in rows])
    yield Column(said("name"), "", [row.name for row in rows])
    yield Column(said("status"), "", [said(row.status) for row in rows])
    flags = ["、".join(label("flag", flag, lang) for flag in row.flags) for row in rows]
    yield Column(said("flags"), "", [*flags])
    yield Column(said("vendor"), "", [row.vendor for row in rows])
    yield Column(said("industry"), "", [known.get(str(row.client["industry"])) for row in rows])
    yield Column(said("records"), YEN, [row.client["records"] for row in rows])
    yield Column(said("revenue"), YEN, [row.client["revenue"] for row in rows])
    for regime in regimes_of(rows):
        before = f"{label('regime', regime, lang)}: "
        parts = [row.regimes.get(regime) for row in rows]
        for name, number in _NUMBERS.items():
            cells = [None if part is None else part.cells[name] for part in parts]
            yield Column(before + said(name), number, cells)
    for place, words in enumerate(
        ("line_need", "line_plan", "line_price", "line_effect", "line_stays")
    ):
        lines = [row.lines[place] if len(row.lines) > place else None for row in rows]
        yield Column(said(words), "", [*lines])
    errors = ["; ".join(text.say(lang) for text in row.error) for row in rows]
    yield Column(said("error"), "", [*errors])


def figure_columns(rows: Sequence[Shown], lang: Lang) -> Iterator[Column]:
    """Return the columns of the table of all figures, one row per client and regime (全数値).

    The heading of a figure is its path in the record; those of the plan named begin with ``plan``.
    """

    def said(name: str) -> str:
        return label("summary", name, lang)

    parts = [(row, regime, part) for row in rows for regime, part in row.regimes.items()]
    plans = [part.cells["best_on_market"] for _, _, part in parts]
    yield Column(said("client_id"), "", [row.client_id for row, _, _ in parts])
    yield Column(said("name"), "", [row.name for row, _, _ in parts])
    yield Column(said("regime"), "", [label("regime", regime, lang) for _, regime, _ in parts])
    yield Column(said("figures_plan"), "", plans)
    for path in dict.fromkeys(path for _, _, part in parts for path in part.figures):
        yield Column(path, FIGURE, [part.figures.get(path) for _, _, part in parts])


def regimes_of(rows: Sequence[Row] | Sequence[Shown]) -> tuple[str, ...]:
    """Return the regimes that any row has.

    Examples
    --------
    >>> regimes_of([Row("A1", "甲", None, "failed")])
    ()
    """
    return tuple(dict.fromkeys(regime for row in rows for regime in row.regimes))


_NUMBERS = {
    "need_liability": YEN,
    "need_costs": YEN,
    "verdict": "",
    "plan": "",
    "best_on_market": "",
    "limit": YEN,
    "premium": YEN,
    "basis": "",
    "worth": YEN,
    "share_paid": SHARE,
    "loss_ratio": SHARE,
    "short_of": "",
    "events_per_year": RATE,
    "annual_mean": YEN,
    "annual_tail": YEN,
    "retained_mean": YEN,
    "retained_tail": YEN,
    "reason": "",
}
