"""How sure an answer is, and how what is needed grows with the records."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any  # Any: cells of a frame

from exposure.errors import Lang
from exposure.labels import label, labels
from exposure.output.charts.frame import (
    Frame,
    add_tip,
    floor_of,
    is_seen,
    name_rows,
    open_frame,
    row_bars,
    wrap,
    yen_axis,
)
from exposure.output.charts.layout import arrange, basis
from exposure.output.charts.style import is_frame, look, named_views, result_of, view_of
from exposure.output.printed import about, columns_of, print_count
from exposure.result.record import Figure, Need, SizeRow, TornadoBar, Trials

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes


def stability_chart(
    result: object, *, ax: Axes | None = None, lang: Lang = "ja", bare: bool = False
) -> Axes:
    """Draw in how many trials of other assumptions each answer came out (結論の安定性).

    Returns
    -------
    Axes
        A strip for each view: the same plan, one step smaller or larger, another answer.

    Raises
    ------
    ValueError
        If no view of the result holds trials, as after a run without its band.

    Examples
    --------
    >>> import exposure as ex
    >>> study = {"client": {"records": 3000}, "plan": [{"id": "nipponkoa_2006/B"}]}
    >>> stability_chart(ex.run(study, loss_years=200))
    Traceback (most recent call last):
    ValueError: the result holds no trials of other assumptions; run it with its band
    """
    found = result_of(result)
    known = [(v, found.regimes[v].recommendation.trials) for v in named_views(found, None)]
    tried = [(view, trials) for view, trials in known if trials is not None]
    if not tried:
        raise ValueError("the result holds no trials of other assumptions; run it with its band")
    draw = look()["draw"]
    with open_frame(ax, lang, len(tried) * draw["row"] * 1.3, bare=bare) as frame:
        handles: list[Artist] = []
        for i, (_, trials) in enumerate(tried):
            handles = _strip(frame, i, trials) or handles
        name_rows(frame, [label("regime", view, lang) for view, _ in tried])
        frame.ax.set_xlim(0, max(_all(trials) for _, trials in tried))
        frame.ax.set_xticks([])
        for side in ("left", "bottom"):
            frame.ax.spines[side].set_visible(False)
        notes = basis(frame, found, [view for view, _ in tried], "trials")
        return arrange(frame, "stability.title", notes, handles, len(handles) or 1)


def _all(trials: Trials) -> int:
    return trials.same + trials.one_step + trials.other


def _strip(frame: Frame, row: int, trials: Trials) -> list[Artist]:
    """Draw one strip of counts, and return its key."""
    draw, colour = look()["draw"], look()["colour"]
    kinds = (
        ("same", trials.same, colour["first"], "", colour["light"]),
        ("one_step", trials.one_step, colour["light_fill"], "", colour["ink"]),
        ("other", trials.other, colour["beyond"], "///", colour["ink"]),
    )
    left, handles = 0.0, []
    for name, count, hue, hatch, ink in kinds:
        words = frame.text(f"trials.{name}")
        drawn = row_bars(
            frame, [row], [float(count)], lefts=[left], thick=draw["bar"], facecolor=hue,
            hatch=hatch, edgecolor=colour["pale"] if hatch else hue, linewidth=draw["thin"],
            label=words,
        )  # fmt: skip
        add_tip(drawn[0], f"{words} {count}")
        handles += drawn
        if count >= draw["least_share"] * _all(trials):
            frame.ax.text(
                left + count / 2, row, f"{count}", ha="center", va="center_baseline", color=ink,
                fontsize=draw["number"], fontweight="bold", in_layout=False,
                bbox={"facecolor": hue, "edgecolor": "none", "pad": 0.6} if hatch else None,
            )  # fmt: skip
        left += count
    return [*handles]


# --- what moves the answer ---------------------------------------------------------------------


def tornado_chart(
    result: object, regime: str, *, ax: Axes | None = None, lang: Lang = "ja"
) -> Axes:
    """Draw how far each assumption moves the yearly cost of the plan in question (感度分析).

    Returns
    -------
    Axes
        Assumptions that change the answer on top, with a star; the cost at both ends printed.

    Raises
    ------
    ValueError
        If the result holds no sensitivity analysis, as after a run without its band.

    Examples
    --------
    >>> import exposure as ex
    >>> study = {"client": {"records": 3000}, "plan": [{"id": "nipponkoa_2006/B"}]}
    >>> tornado_chart(ex.run(study, loss_years=200), "court")
    Traceback (most recent call last):
    ValueError: the result holds no sensitivity analysis; run it with its band
    """
    found = result_of(result)
    sensitivity = view_of(found, regime).sensitivity
    if sensitivity is None:
        raise ValueError("the result holds no sensitivity analysis; run it with its band")
    draw, colour = look()["draw"], look()["colour"]
    centre = sensitivity.centre.cost
    shown = starred_first(sensitivity.parameters)[: draw["most_bars"]]
    named = [bar.label.say(lang) for bar in shown]
    names = [
        ("★" if bar.changes_plan else "") + name[:1].upper() + name[1:]
        for bar, name in zip(shown, named, strict=True)
    ]
    lines = [wrap(name, draw["wrap_plan"]) for name in names]
    most = max((line.count("\n") + 1 for line in lines), default=1)
    height = max(draw["row"] * 1.7, most * draw["name_line"])
    with open_frame(ax, lang, len(shown) * height) as frame:
        handles: list[Artist] = []
        for which, hue in (("low", colour["light_fill"]), ("high", colour["first"])):
            ends = [(b.low if which == "low" else b.high).cost for b in shown]
            handles += row_bars(
                frame, range(len(shown)), [end - centre for end in ends],
                lefts=[centre] * len(shown), color=hue, label=frame.text(f"tornado.{which}"),
            )[:1]  # fmt: skip
        frame.ax.axvline(centre, color=colour["ink"], linewidth=draw["thin"])
        _end_figures(frame, shown)
        name_rows(frame, lines)
        yen_axis(frame, "x")
        ends = [centre, *(end.cost for bar in shown for end in (bar.low, bar.high))]
        room = (max(ends) - min(ends)) * _room_beside(frame, lines, ends) or 1
        frame.ax.set_xlim(min(ends) - room, max(ends) + room)
        frame.ax.set_xlabel(frame.text("axis.cost"))
        starred = ["tornado.changes"] if any(bar.changes_plan for bar in shown) else []
        notes = basis(frame, found, [regime], *starred, loss_years=sensitivity.loss_years)
        return arrange(frame, "tornado.title", notes, handles)


def _room_beside(frame: Frame, names: Sequence[str], amounts: Sequence[float]) -> float:
    """Return how much room the amounts beside the bars take, in lengths of the longest bar."""
    draw, rc = look()["draw"], look()["rc"]
    named = max((columns_of(line) for name in names for line in name.split("\n")), default=0)
    figure = rc["figure.figsize"][0] * draw["points_per_inch"] * frame.room
    panel = max(figure - named * rc["ytick.labelsize"] / 2 - 4 * draw["pad"], 1.0)
    words = max(columns_of(about(amount, frame.lang)) for amount in amounts)
    share = min((words * draw["number"] / 2 + 2 * draw["pad"]) / panel, draw["pair"])
    return float(share / (1 - 2 * share))


def starred_first(bars: Sequence[TornadoBar]) -> list[TornadoBar]:
    """Return what changes the answer first, then what moves the cost most."""
    return sorted(bars, key=lambda bar: (not bar.changes_plan, -abs(bar.swing)))


def _end_figures(frame: Frame, shown: Sequence[TornadoBar]) -> None:
    """Print the cost at both ends of every bar."""
    draw = look()["draw"]
    for i, bar in enumerate(shown):
        least, most = sorted((bar.low.cost, bar.high.cost))
        for amount, side, shift in ((least, "right", -2), (most, "left", 2)):
            frame.ax.text(
                amount, i, about(amount, frame.lang), ha=side, va="center_baseline",
                fontsize=draw["number"], in_layout=False,
                transform=frame.shifted(shift, 0, frame.ax.transData),
            )  # fmt: skip


# --- by records --------------------------------------------------------------------------------


def limit_by_records_chart(rows: object, *, ax: Axes | None = None, lang: Lang = "ja") -> Axes:
    """Draw the needed limits of liability and of costs against the records held (必要な限度額).

    Parameters
    ----------
    rows : Result, mapping, DataFrame or sequence of SizeRow
        A finished study that holds them, or what ``exposure.size`` returned.

    Returns
    -------
    Axes
        A line with its band for each section and view.

    Raises
    ------
    ValueError
        If there are no rows.

    Examples
    --------
    >>> from exposure.result.record import Need
    >>> need = Need(Figure(2e6, 1.8e6, 2.2e6), Figure(1.4e6, 1.3e6, 1.5e6))
    >>> rows = [SizeRow(n, "court", need, []) for n in (1000, 10_000)]
    >>> [float(y) for y in limit_by_records_chart(rows).lines[0].get_ydata()]
    [2000000.0, 2000000.0]
    """
    found = rows_of_sizes(rows)
    if not found:
        raise ValueError("there are no rows of sizes to draw")
    views = [v for v in labels("regime") if any(row.regime == v for row in found)]
    with open_frame(ax, lang) as frame:
        handles: list[Artist] = []
        for section, marker in (("liability", "o"), ("costs", "^")):
            for view in views:
                own = sorted((r for r in found if r.regime == view), key=lambda r: r.records)
                handles += _needs(frame, own, section, view, marker)
        frame.ax.set_xscale("log")
        _records_axis(frame, sorted({row.records for row in found}))
        yen_axis(frame, "y", log=True)
        least = [need.value for row in found for need in (row.need.liability, row.need.costs)]
        frame.ax.set_ylim(bottom=floor_of([x for x in least if x]))
        frame.ax.set_xlabel(frame.text("axis.records"))
        frame.ax.set_ylabel(frame.text("axis.needed"))
        return arrange(frame, "records.title", _ends_note(frame, found), handles)


def _ends_note(frame: Frame, rows: Sequence[SizeRow]) -> list[str]:
    """Say what the pale bands are, where they can be seen."""
    needs = [need for row in rows for need in (row.need.liability, row.need.costs)]
    ends = [_ends(need) for need in needs]
    if not is_seen(frame, [low for low, _ in ends], [high for _, high in ends]):
        return []
    banded = any(need.band is not None for need in needs)
    return [frame.text("records.band" if banded else "records.interval")]


def _ends(need: Figure) -> tuple[float, float]:
    """Return band or interval of a needed limit; what is not known has no place."""
    low, high = need.band or (need.low, need.high)
    return low or math.nan, high or math.nan


def rows_of_sizes(rows: object) -> list[SizeRow]:
    """Return needed limits by record count, however they are held (件数別の必要な限度額).

    Parameters
    ----------
    rows : Result, mapping, DataFrame or sequence of SizeRow
        Of a frame of ``exposure.size`` the products are left out.

    Raises
    ------
    TypeError
        If they are neither a result nor rows.
    ValueError
        If the frame is none of ``exposure.size``.

    Examples
    --------
    >>> import exposure as ex
    >>> rows = rows_of_sizes(ex.size([500, 1000], product="nipponkoa_2006", band=False))
    >>> [(row.records, row.regime) for row in rows]
    [(500, 'brochure'), (500, 'court'), (1000, 'brochure'), (1000, 'court')]
    """
    if is_frame(rows):
        return _rows_of_frame(rows)
    if isinstance(rows, Sequence) and all(isinstance(row, SizeRow) for row in rows):
        return list(rows)
    found = result_of(rows)
    return list(found.size or [])


def _rows_of_frame(frame_of: object) -> list[SizeRow]:
    table: pd.DataFrame = frame_of  # type: ignore[assignment]  # told by its columns above
    wanted = ("records", "regime", *(f"need_{section}" for section in ("liability", "costs")))
    missing = [name for name in wanted if name not in table.columns]
    if missing:
        raise ValueError(f"the frame has no column {', '.join(missing)}; see exposure.size")
    each = table.drop_duplicates(["records", "regime"]).to_dict("records")

    def need(row: Mapping[Hashable, Any], name: str) -> Figure:
        ends = [row.get(f"{name}_{end}") for end in ("low", "high", "band_low", "band_high")]
        low, high, least, most = (None if end is None or math.isnan(end) else end for end in ends)
        banded = least is not None and most is not None
        return Figure(row[name], low, high, (least, most) if banded else None)

    return [
        SizeRow(
            int(row["records"]),
            row["regime"],
            Need(need(row, "need_liability"), need(row, "need_costs")),
            [],
        )
        for row in each
    ]


def _needs(
    frame: Frame, rows: Sequence[SizeRow], section: str, view: str, marker: str
) -> list[Artist]:
    """Draw one section of one view."""
    draw, drawn_as = look()["draw"], look()["view"][view]

    def need(row: SizeRow) -> Figure:
        return row.need.liability if section == "liability" else row.need.costs

    x = [row.records for row in rows]
    ends = [_ends(need(row)) for row in rows]
    frame.ax.fill_between(
        x, [low for low, _ in ends], [high for _, high in ends],
        color=drawn_as["colour"], alpha=draw["band_alpha"] / 2, linewidth=0,
    )  # fmt: skip
    words = f"{frame.text(section)} – {label('regime', view, frame.lang)}"
    drawn = frame.ax.plot(
        x, [need(row).value or math.nan for row in rows], color=drawn_as["colour"], marker=marker,
        linestyle="-" if section == "liability" else "--", markersize=draw["marker"], label=words,
    )  # fmt: skip
    add_tip(drawn[0], words)
    return [*drawn]


def _records_axis(frame: Frame, records: Sequence[int]) -> None:
    from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

    shown: list[int] = []
    for n in records:
        if not shown or n >= shown[-1] * look()["ticks"]["apart_records"] / frame.room:
            shown.append(n)
    frame.ax.xaxis.set_major_locator(FixedLocator(shown))
    frame.ax.xaxis.set_major_formatter(FixedFormatter([print_count(n, frame.lang) for n in shown]))
    frame.ax.xaxis.set_minor_locator(NullLocator())
