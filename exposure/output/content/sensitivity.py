"""How sure the answer is: sensitivity, recommended limits by record count, convergence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any  # Any: a result read from JSON

from exposure.errors import Lang
from exposure.labels import label
from exposure.output.charts.style import plan_number
from exposure.output.content.answer import target_of
from exposure.output.content.blocks import (
    Block,
    Bullets,
    Cell,
    Charts,
    Column,
    Heading,
    Prose,
    Row,
    Section,
    Table,
)
from exposure.output.content.losses import regime_charts
from exposure.output.content.words import (
    DASH,
    amount_cell,
    count_cell,
    limit_cell,
    probability_cell,
    said,
    share_cell,
    text_of,
    value_text,
)
from exposure.shares import exact_share
from exposure.yen import format_yen

_View = Mapping[str, Any]


def sensitivity(result: _View, regimes: Sequence[str], lang: Lang) -> Section:
    """Return what moves the answer, or the sentence that it was not computed (感度分析)."""
    heading = text_of("sensitivity.heading", lang)
    known = [r for r in regimes if result["regimes"][r].get("sensitivity")]
    blocks: list[Block] = []
    if known:
        blocks.append(regime_charts("tornado", known, lang))
        for regime in known:
            blocks += _tables(result, regime, lang)
    else:
        blocks.append(Prose(text_of("sensitivity.missing", lang)))
    runs = [r for r in regimes if _converges(result["regimes"][r])]
    if runs:
        blocks += [
            Heading(text_of("convergence.heading", lang)),
            regime_charts("convergence", runs, lang),
        ]
    return Section("sensitivity", heading, tuple(blocks))


def _converges(view: _View) -> bool:
    """Say whether there is more than one point to draw."""
    return len(view.get("convergence", {}).get("years", [])) > 1


def _tables(result: _View, regime: str, lang: Lang) -> list[Block]:
    view = result["regimes"][regime]
    found = view["sensitivity"]
    names = {plan["id"]: str(plan_number(result, plan["id"])) for plan in view["plans"]}
    ends = tuple(exact_share(end) for end in found["ends"])
    rows = [Row((Cell(text_of("sensitivity.parameters", lang)),), part=True)]
    target = target_of(view)
    rows += [Row(_cells(bar, bar["ends"], names, lang, target)) for bar in found["parameters"]]
    if found["structural"]:
        rows.append(Row((Cell(text_of("sensitivity.structural", lang)),), part=True))
    rows += [Row(_cells(bar, [bar["outcome"]], names, lang, target)) for bar in found["structural"]]
    basis = text_of(f"sensitivity.{found['cost_basis']}", lang)
    blocks: list[Block] = [Heading(label("regime", regime, lang))]
    if found["ask_first"]:
        blocks.append(Prose(text_of("sensitivity.ask", lang)))
        blocks.append(Bullets(tuple(said(one["text"], lang) for one in found["ask_first"])))
    blocks.append(
        Table(
            heading_of(regime, lang),
            (
                Column(text_of("sensitivity.name", lang), width=2.2),
                Column(text_of("sensitivity.values", lang, low=ends[0], high=ends[-1]), width=1.2),
                Column(basis, numeric=True, width=1.3),
                Column(text_of("sensitivity.adequacy", lang), numeric=True, width=1.1),
                Column(text_of("sensitivity.plan", lang), width=1.3),
            ),
            tuple(rows),
            small=True,
        )
    )
    return blocks


def heading_of(regime: str, lang: Lang) -> str:
    """Return the caption of a regime's sensitivity table."""
    return f"{text_of('sensitivity.heading', lang)} – {label('regime', regime, lang)}"


def _cells(
    bar: _View,
    ends: Sequence[_View],
    names: Mapping[str, str],
    lang: Lang,
    target: float | None,
) -> tuple[Cell, ...]:
    """Return one assumption: its values, and what each of them does."""
    arrow = " → "
    settings = [_setting(end["setting"], lang) for end in ends if end["setting"] != ""]
    costs = [amount_cell(end["cost"], lang).text for end in ends]
    shares = [probability_cell(end["adequacy"], lang, target).text for end in ends]
    plans = list(dict.fromkeys(names.get(end["plan"], DASH) for end in ends))
    changed = text_of("sensitivity.changes", lang, plan=arrow.join(plans))
    low, high = (_number([end["cost"] for end in ends], pick) for pick in (min, max))
    return (
        Cell(said(bar["label"], lang)),
        Cell(arrow.join(settings) if len(settings) > 1 else ""),
        Cell(arrow.join(costs), low=low, high=high, value=high, kind="yen"),
        Cell(arrow.join(shares)),
        Cell(changed if bar["changes_plan"] else text_of("sensitivity.same", lang)),
    )


def _setting(setting: object, lang: Lang) -> str:
    if isinstance(setting, float | int):
        return f"{setting:,.3g}" if abs(setting) < 1 else f"{float(f'{setting:.3g}'):,.10g}"
    return value_text(setting, lang)


def _number(values: Sequence[float | None], pick: Any) -> float | None:  # Any: min or max
    known = [value for value in values if value is not None]
    return pick(known) if known else None


def sizing(result: _View, lang: Lang) -> Section | None:
    """Return the recommended limit by record count, or None without it (件数別の推奨限度額)."""
    rows = result.get("size", [])
    if not rows:
        return None
    target = next((target_of(view) for view in result["regimes"].values()), None)
    table = Table(
        text_of("sizing.heading", lang),
        (
            Column(text_of("sizing.records", lang), numeric=True),
            Column(text_of("sizing.regime", lang), width=1.6),
            Column(text_of("sizing.limit", lang), numeric=True),
            Column(text_of("sizing.interval", lang), numeric=True, width=1.4),
            Column(text_of("sizing.band", lang), numeric=True, width=1.6),
            Column(text_of("plans.adequacy", lang), numeric=True),
        ),
        tuple(
            Row(
                (
                    count_cell(row["records"], lang),
                    Cell(label("regime", row["regime"], lang)),
                    _limit(row["limit"], lang),
                    *_bands(row["limit"], lang),
                    _adequacy(row["adequacy"], target, lang),
                )
            )
            for row in rows
        ),
    )
    blocks = (Charts(("records",), ("",)), table)
    return Section("sizing", text_of("sizing.heading", lang), blocks)


def _limit(limit: _View | None, lang: Lang) -> Cell:
    """Return a recommended limit, or say that none sold is enough."""
    return Cell(text_of("sizing.none", lang)) if limit is None else limit_cell(limit["value"], lang)


def _bands(limit: _View | None, lang: Lang) -> tuple[Cell, Cell]:
    """Return the interval of a recommended limit and its parameter band, where they are known."""
    if limit is None:
        return Cell(""), Cell("")
    band = limit.get("band")
    return _ends((limit["low"], limit["high"]), lang), _ends(band, lang) if band else Cell("")


def _ends(pair: Sequence[float | None], lang: Lang) -> Cell:
    """Return a range of limits; where its upper end is open, no limit sold may be enough."""
    low, high = (None if end is None else format_yen(end, lang) for end in pair)
    if low is None:
        return Cell(text_of("sizing.none", lang))
    if high is None:
        return Cell(label("report", "range_open", lang).format(low=low))
    both = label("report", "range", lang).format(low=low, high=high)
    return Cell(low if low == high else both)


def _adequacy(share: float | _View, target: float | None, lang: Lang) -> Cell:
    """Return an adequacy that may come with its interval."""
    if isinstance(share, Mapping):
        return share_cell(share, lang, target)
    return probability_cell(share, lang, target)
