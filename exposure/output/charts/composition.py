"""What the annual loss is made of: paid and unpaid by reason, heads, causes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any  # Any: a result read from JSON

from exposure.errors import Lang
from exposure.labels import label, labels
from exposure.output.charts.bars import beside, row_bars, rows_named
from exposure.output.charts.frame import (
    Frame,
    open_frame,
    percent_axis,
    plan_name,
    wrapped,
    yen_axis,
)
from exposure.output.charts.layout import basis, framed
from exposure.output.charts.style import look

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def paid_retained_chart(
    result: Mapping[str, Any], regime: str, *, ax: Axes | None = None, lang: Lang = "ja"
) -> Axes:
    """Draw what each plan pays of the mean annual loss, what not, and why (未払の理由).

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
        One stacked bar per plan, the limits next to what is paid.

    Examples
    --------
    >>> unpaid = dict.fromkeys(["not_covered", "excluded", "window", "per_unit", "deductible",
    ...                         "share", "sublimit", "limit"], 0.0) | {"limit": 3e5}
    >>> plan = {"id": "a", "label": "A", "paid": {"annual": {"mean": {"value": 7e5}}},
    ...         "unpaid_by_reason": unpaid}
    >>> result = {"study": {"loss_years": 1000}, "regimes": {"court": {"plans": [plan]}}}
    >>> [float(bar.get_width()) for bar in paid_retained_chart(result, "court").patches]
    [700000.0, 300000.0]
    """
    plans = sorted(result["regimes"][regime]["plans"], key=lambda plan: str(plan["id"]))
    draw = look()["draw"]
    with open_frame(ax, lang, len(plans) * draw["plan_row"] + 1) as frame:
        parts = {"paid": [float(plan["paid"]["annual"]["mean"]["value"]) for plan in plans]}
        for reason in reversed(tuple(labels("reason"))):
            parts[reason] = [float(plan["unpaid_by_reason"][reason]) for plan in plans]
        parts = {name: widths for name, widths in parts.items() if any(widths)}
        handles = _stack(frame, parts)
        rows_named(frame, [plan_name(frame, result, plan, draw["wrap"]) for plan in plans])
        yen_axis(frame, "x")
        longest = max(map(sum, zip(*parts.values(), strict=True)), default=0)
        frame.ax.set_xlim(0, longest * (1 + draw["margin"]) or 1)
        frame.ax.set_xlabel(frame.text("axis.mean"))
        notes = basis(frame, result, regime, "all_bars")
        return framed(frame, "paid.title", notes, handles, draw["key_columns"] + 1)


def _stack(frame: Frame, parts: Mapping[str, list[float]]) -> list[Any]:
    """Draw the segments side by side, with a figure in each that is wide enough."""
    draw, segment = look()["draw"], look()["segment"]
    n = len(next(iter(parts.values()), []))
    left, whole = [0.0] * n, [sum(column) for column in zip(*parts.values(), strict=True)]
    handles: list[Any] = []
    for name, widths in parts.items():
        look_of = segment[name]
        words = frame.text("paid") if name == "paid" else label("reason", name, frame.lang)
        handles += row_bars(
            frame, range(n), widths, lefts=left, facecolor=look_of["colour"],
            hatch=look_of["hatch"], edgecolor=look()["colour"]["light"], linewidth=draw["thin"],
            label=words,
        )  # fmt: skip
        for i, width in enumerate(widths):
            if whole[i] > 0 and width / whole[i] * frame.room >= draw["least_share"] * 2:
                _figure_in(frame, left[i] + width / 2, i, frame.yen(width), dark=name == "paid")
        left = [a + b for a, b in zip(left, widths, strict=True)]
    return handles


def _figure_in(frame: Frame, x: float, y: float, words: str, dark: bool) -> None:
    """Write an amount into a segment, on a ground that keeps it legible."""
    colour, draw = look()["colour"], look()["draw"]
    box = None if dark else {"facecolor": colour["light"], "edgecolor": "none", "pad": 1}
    frame.ax.text(
        x, y, words, ha="center", va="center_baseline", fontsize=draw["number"],
        color=colour["light"] if dark else colour["ink"], bbox=box,
        in_layout=False,
    )  # fmt: skip


def cost_by_head_chart(
    result: Mapping[str, Any], regime: str, *, ax: Axes | None = None, lang: Lang = "ja"
) -> Axes:
    """Draw the mean annual loss of each head, largest first (費目別の損害額).

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
        One bar per head, with amount and share.

    Examples
    --------
    >>> view = {"ground_up": {"by_head": {"investigation": 1e6, "damages": 3e6}}}
    >>> result = {"study": {"loss_years": 1000}, "regimes": {"court": view}}
    >>> [t.get_text() for t in cost_by_head_chart(result, "court").get_yticklabels()]
    ['損害賠償金', '事故原因調査費用']
    """
    by_head = result["regimes"][regime]["ground_up"]["by_head"]
    heads = sorted((h for h in by_head if by_head[h] > 0), key=lambda h: (-by_head[h], h))
    amounts, draw = [float(by_head[head]) for head in heads], look()["draw"]
    whole = sum(amounts)
    with open_frame(ax, lang, len(heads) * draw["row"]) as frame:
        row_bars(frame, range(len(heads)), amounts, color=look()["colour"]["first"])
        for i, amount in enumerate(amounts):
            share = frame.share(amount / whole)
            words = frame.text("amount_share", amount=frame.yen(amount), p=share)
            beside(frame, amount, i, words, draw["small"])
        rows_named(frame, [label("head", head, lang) for head in heads])
        yen_axis(frame, "x")
        frame.ax.set_xlim(0, max(amounts, default=1) * (1 + draw["room_words"]))
        frame.ax.set_xlabel(frame.text("axis.mean"))
        return framed(frame, "head.title", basis(frame, result, regime))


def cost_by_cause_chart(
    result: Mapping[str, Any], regime: str, *, ax: Axes | None = None, lang: Lang = "ja"
) -> Axes:
    """Draw each cause's share of events beside its share of the loss (原因別の件数と損害額).

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
        Two bars per cause, the costliest cause on top.

    Examples
    --------
    >>> causes = {"theft": {"mean": 1e6, "share_of_events": 0.8},
    ...           "worm_virus": {"mean": 3e6, "share_of_events": 0.2}}
    >>> view = {"ground_up": {"by_cause": causes}}
    >>> result = {"study": {"loss_years": 1000}, "regimes": {"court": view}}
    >>> [float(bar.get_width()) for bar in cost_by_cause_chart(result, "court").patches]
    [0.2, 0.8, 0.75, 0.25]
    """
    by_cause = result["regimes"][regime]["ground_up"]["by_cause"]
    causes = sorted(by_cause, key=lambda cause: (-by_cause[cause]["mean"], cause))
    whole = sum(by_cause[cause]["mean"] for cause in causes) or 1
    draw, colour = look()["draw"], look()["colour"]
    kinds = {
        "share_of_events": ([by_cause[c]["share_of_events"] for c in causes], colour["pale"], -1),
        "share_of_loss": ([by_cause[c]["mean"] / whole for c in causes], colour["second"], 1),
    }
    with open_frame(ax, lang, len(causes) * draw["row"] * 2) as frame:
        handles = []
        for name, (shares, hue, side) in kinds.items():
            rows = [i + side * draw["pair"] / 2 for i in range(len(causes))]
            words = frame.text(name)
            handles += row_bars(frame, rows, shares, thick=draw["pair"], color=hue, label=words)
            for y, share in zip(rows, shares, strict=True):
                beside(frame, share, y, f"{share:.1%}", draw["number"])
        rows_named(frame, [wrapped(label("cause", cause, lang), draw["wrap"]) for cause in causes])
        percent_axis(frame, "x")
        longest = max(max(shares, default=1) for shares, _, _ in kinds.values())
        frame.ax.set_xlim(0, longest * (1 + draw["room"] / frame.room))
        frame.ax.set_xlabel(frame.text("axis.share"))
        return framed(frame, "cause.title", basis(frame, result, regime), handles)
