"""How many persons a breach concerns, and which limit a record count asks for."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any  # Any: a result read from JSON

from exposure.errors import Lang
from exposure.labels import label
from exposure.output.charts.bars import bars
from exposure.output.charts.frame import (
    Frame,
    columns_of,
    loosened,
    open_frame,
    percent_axis,
    yen_axis,
)
from exposure.output.charts.layout import basis, framed
from exposure.output.charts.style import look
from exposure.output.printed import print_count, print_probability

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


def breach_size_chart(
    result: Mapping[str, Any], regime: str, *, ax: Axes | None = None, lang: Lang = "ja"
) -> Axes:
    """Draw how many persons a breach concerns, the breach of everything apart (漏えい人数の分布).

    Parameters
    ----------
    result : mapping
        Content of ``result.json``.
    regime : str
        ``brochure`` or ``court``; sizes do not depend on it.
    ax : Axes, optional
        Where to draw; a new figure if left out.
    lang : {"ja", "en"}
        Language.

    Returns
    -------
    Axes
        One bar per size band; the last one is the probability that all records leak.

    Examples
    --------
    >>> bands = [{"above": 0, "up_to": 10, "share": 0.6}, {"above": 10, "up_to": 50, "share": 0.3}]
    >>> size = {"events": 100, "full_share": 0.1, "bands": bands}
    >>> view = {"ground_up": {"size": size}}
    >>> result = {"study": {"loss_years": 90}, "regimes": {"court": view}}
    >>> [float(bar.get_height()) for bar in breach_size_chart(result, "court").patches]
    [0.6, 0.3, 0.1]
    """
    size, draw, colour = result["regimes"][regime]["ground_up"]["size"], look()["draw"], look()
    shares = [float(band["share"]) for band in size["bands"]] + [float(size["full_share"])]
    hues = [colour["colour"]["first"]] * len(size["bands"]) + [colour["colour"]["second"]]
    with open_frame(ax, lang) as frame:
        for i, (share, hue) in enumerate(zip(shares, hues, strict=True)):
            bars(frame, [(i - draw["bar"] / 2, 0, draw["bar"], share)], color=hue)
            frame.ax.annotate(
                print_probability(share, lang), xy=(i, share), xytext=(0, 2),
                textcoords="offset points", ha="center", va="bottom", fontsize=draw["small"],
            )  # fmt: skip
        ends = [print_count(band["up_to"], lang) for band in size["bands"]]
        names = [frame.text("size.band", n=end) for end in ends]
        names.append(frame.text("size.full", n=ends[-1] if ends else "1"))
        _columns_named(frame, names)
        percent_axis(frame, "y")
        frame.ax.set_xlim(-draw["bar"], len(shares) - 1 + draw["bar"])
        frame.ax.set_ylim(0, max(shares) * (1 + draw["room"]))
        frame.ax.set_xlabel(frame.text("axis.persons"))
        frame.ax.set_ylabel(frame.text("axis.share_of_events"))
        notes = [frame.text("size.note", n=f"{size['events']:,}")]
        return framed(frame, "size.title", notes)


def _columns_named(frame: Frame, names: Sequence[str]) -> None:
    """Name the bars underneath, over several lines and in smaller type where there are many."""
    frame.ax.tick_params(axis="x", length=0)
    frame.ax.grid(visible=False, axis="x")
    draw, rc = look()["draw"], look()["rc"]
    wide = rc["figure.figsize"][0] * draw["points_per_inch"] * draw["axes_share"] * frame.room
    size, room = rc["xtick.labelsize"], wide / max(len(names), 1)
    if _widest(names) * size / 2 > room:
        names = [name.replace(" ", "\n") for name in names]
    size = min(size, 2 * room / _widest(names))
    frame.ax.set_xticks(range(len(names)), names, fontsize=size)
    loosened(frame.ax.get_xticklabels())


def _widest(names: Sequence[str]) -> int:
    """Return the width of the widest line, in half-width columns."""
    return max((columns_of(line) for name in names for line in name.split("\n")), default=1)


def limit_by_records_chart(
    rows: Sequence[Mapping[str, Any]], *, ax: Axes | None = None, lang: Lang = "ja"
) -> Axes:
    """Draw the recommended limit against the records held (保有件数と推奨支払限度額).

    Parameters
    ----------
    rows : sequence of mapping
        As ``exposure size --json`` gives them: records, regime, limit or null.
    ax : Axes, optional
        Where to draw; a new figure if left out.
    lang : {"ja", "en"}
        Language.

    Returns
    -------
    Axes
        One stepped line per regime with its band; crosses where no limit is enough.

    Examples
    --------
    >>> limit = {"value": 1e8, "low": 1e8, "high": 3e8}
    >>> rows = [{"records": 1000, "regime": "court", "limit": limit},
    ...         {"records": 10000, "regime": "court", "limit": limit}]
    >>> [float(y) for y in limit_by_records_chart(rows).lines[0].get_ydata()]
    [100000000.0, 100000000.0]
    """
    regimes = [name for name in labels_of(rows) if any(row["regime"] == name for row in rows)]
    colours = dict(
        zip(regimes, (look()["colour"]["first"], look()["colour"]["second"]), strict=False)
    )

    def of_regime(name: str) -> list[Mapping[str, Any]]:
        own = (row for row in rows if row["regime"] == name)
        return sorted(own, key=lambda row: int(row["records"]))

    ends = [_ends(row, math.nan)[1] for row in rows] + [_value(row) for row in rows]
    most = max((n for n in ends if math.isfinite(n)), default=1.0) * look()["ticks"]["apart"]
    with open_frame(ax, lang) as frame:
        handles = [
            line
            for regime in regimes
            for line in _limits(frame, of_regime(regime), colours[regime], most)
        ]
        frame.ax.set_xscale("log")
        _records_axis(frame, sorted({int(row["records"]) for row in rows}))
        _limits_axis(frame, rows, most)
        frame.ax.set_xlabel(frame.text("axis.records"))
        frame.ax.set_ylabel(frame.text("axis.recommended"))
        return framed(frame, "records.title", [frame.text("records.note")], handles)


def rows_of_sizes(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of `limit_by_records_chart` from the table of recommended limits.

    Examples
    --------
    >>> import pandas as pd
    >>> one = {"records": 1000, "regime": "court", "limit": None, "limit_low": None,
    ...        "limit_high": None, "band_low": None, "band_high": None}
    >>> rows_of_sizes(pd.DataFrame([one]))
    [{'records': 1000, 'regime': 'court', 'limit': None}]
    """
    known = frame["limit"].notna()
    return [
        {
            "records": int(row["records"]),
            "regime": str(row["regime"]),
            "limit": _limit_of(row) if has_limit else None,
        }
        for has_limit, (_, row) in zip(known, frame.iterrows(), strict=True)
    ]


def _limit_of(row: Any) -> dict[str, Any]:  # Any: a row of the table
    band = (row["band_low"], row["band_high"])
    ends = {"low": row["limit_low"], "high": row["limit_high"]}
    limit: dict[str, Any] = {"value": float(row["limit"])}
    limit |= {name: None if end != end else end for name, end in ends.items()}
    return limit if None in band or band != band else {**limit, "band": band}


def labels_of(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the regimes of the rows, each once."""
    return list(dict.fromkeys(str(row["regime"]) for row in rows))


def _limits(frame: Frame, rows: Sequence[Mapping[str, Any]], colour: str, most: float) -> list[Any]:
    """Draw one regime: a step for each record count, its band, and where no limit is enough."""
    import numpy as np

    draw = look()["draw"]
    stroke = "-" if colour == look()["colour"]["first"] else "--"
    name = label("regime", str(rows[0]["regime"]), frame.lang)
    # Marks of equal limits stand beside each other.
    aside = 1 / draw["aside"] if stroke == "-" else draw["aside"]
    edges = _edges([int(row["records"]) for row in rows])
    y = [_value(row) for row in rows]
    low, high = zip(*(_ends(row, most) for row in rows), strict=True)
    frame.ax.stairs(
        high, edges, baseline=np.array(low), fill=True, color=colour, alpha=draw["band_alpha"],
        linewidth=0,
    )  # fmt: skip
    drawn = frame.ax.plot(
        [row["records"] * aside for row in rows], y, color=colour, linestyle="", marker="o",
        markersize=draw["marker"], label=name,
    )  # fmt: skip
    frame.ax.stairs(y, edges, baseline=None, color=colour, linestyle=stroke)
    without = [row["records"] * aside for row in rows if row["limit"] is None]
    if without:
        frame.ax.plot(without, [most] * len(without), "x", color=colour)
    return list(drawn)


def _value(row: Mapping[str, Any]) -> float:
    return float("nan") if row["limit"] is None else float(row["limit"]["value"])


def _ends(row: Mapping[str, Any], most: float) -> tuple[float, float]:
    """Return the band of a record count; up to the top where no limit may be enough."""
    if row["limit"] is None:
        return float("nan"), float("nan")
    limit = row["limit"]
    low, high = limit.get("band") or (limit["low"], limit["high"])
    return low or limit["value"], high if high and math.isfinite(high) else most


def _edges(records: Sequence[int]) -> list[float]:
    """Return where steps end: halfway between record counts on the log axis."""
    inner = [math.sqrt(one * other) for one, other in pairwise(records)]
    if not inner:
        return [records[0] / 2, records[0] * 2.0]
    return [records[0] ** 2 / inner[0], *inner, records[-1] ** 2 / inner[-1]]


def _limits_axis(frame: Frame, rows: Sequence[Mapping[str, Any]], most: float) -> None:
    """Name the limits that occur, but none so close to another that they would touch."""
    from matplotlib.ticker import FixedLocator, NullLocator

    found: list[float] = []
    shown = (n for row in rows for n in (_value(row), *_ends(row, math.nan)))
    for limit in sorted(n for n in set(shown) if math.isfinite(n)):
        if not found or limit >= found[-1] * look()["ticks"]["apart"]:
            found.append(limit)
    yen_axis(frame, "y", log=True)
    if found:
        frame.ax.yaxis.set_major_locator(FixedLocator(found))
        frame.ax.yaxis.set_minor_locator(NullLocator())
        frame.ax.set_ylim(found[0] / look()["ticks"]["apart"], most * look()["ticks"]["apart"])


def _records_axis(frame: Frame, records: Sequence[int]) -> None:
    from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

    frame.ax.tick_params(axis="x", labelsize=look()["draw"]["number"])
    frame.ax.xaxis.set_major_locator(FixedLocator(records))
    frame.ax.xaxis.set_major_formatter(
        FixedFormatter([print_count(n, frame.lang) for n in records])
    )
    frame.ax.xaxis.set_minor_locator(NullLocator())


def convergence_chart(
    result: Mapping[str, Any], regime: str, *, ax: Axes | None = None, lang: Lang = "ja"
) -> Axes:
    """Draw how mean and tail of the annual loss settle as years are added (計算の収束).

    Parameters
    ----------
    result : mapping
        Content of ``result.json``.
    regime : str
        ``brochure`` or ``court``.
    ax : Axes, optional
        Where to draw; a new figure if left out.
    lang : {"ja", "en"}
        Language.

    Returns
    -------
    Axes
        Each figure relative to its final value, with its interval.

    Examples
    --------
    >>> def rows(*values):
    ...     return [{"value": v, "low": v - 1, "high": v + 1} for v in values]
    >>> run = {"level": "0.99", "years": [10, 20], "mean": rows(12.0, 10.0), "var": rows(50, 40)}
    >>> result = {"study": {"loss_years": 20}, "regimes": {"court": {"convergence": run}}}
    >>> [float(y) for y in convergence_chart(result, "court").lines[0].get_ydata()]
    [1.2, 1.0]
    """
    run, draw, colour = result["regimes"][regime]["convergence"], look()["draw"], look()["colour"]
    shown = {
        "convergence.mean": ("mean", colour["first"], "-"),
        "convergence.var": ("var", colour["second"], "--"),
    }
    with open_frame(ax, lang) as frame:
        handles: list[Any] = []
        for name, (field, hue, stroke) in shown.items():
            rows = [r for r in zip(run["years"], run[field], strict=True) if _complete(r[1])]
            if not rows or not rows[-1][1]["value"]:
                continue
            final = rows[-1][1]["value"]
            years = [n for n, _ in rows]
            low, high = ([r[side] / final for _, r in rows] for side in ("low", "high"))
            frame.ax.fill_between(
                years, low, high, color=hue, alpha=draw["band_alpha"], linewidth=0
            )
            words = frame.text(name, p=f"{float(run['level']):.0%}")
            handles += frame.ax.plot(
                years, [r["value"] / final for _, r in rows], color=hue, linestyle=stroke,
                marker="o", markersize=draw["marker"], label=words,
            )  # fmt: skip
        percent_axis(frame, "y")
        frame.ax.xaxis.set_major_formatter(lambda n, _: f"{n:,.0f}")
        frame.ax.set_xlabel(frame.text("axis.loss_years"))
        frame.ax.set_ylabel(frame.text("axis.relative"))
        notes = basis(frame, result, regime, "interval")
        return framed(frame, "convergence.title", notes, handles)


def _complete(estimate: Mapping[str, float | None]) -> bool:
    return None not in (estimate["value"], estimate["low"], estimate["high"])
