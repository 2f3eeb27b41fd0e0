"""The lines of a worked example, and the phrases they are made of (計算過程の行)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from exposure.errors import Text
from exposure.policy.phrases import yen
from exposure.policy.terms import Cover
from exposure.tables import NOT_STATED, LossItem


@dataclass(frozen=True)
class Line:
    """One line of the arithmetic (計算の1行).

    Parameters
    ----------
    kind : str
        ``title``, ``loss``, ``not_met``, ``excluded``, ``window``, ``cap``, ``benefit``, ``sum``,
        ``deductible``, ``share``, ``ratio``, ``limit``, ``left`` or ``payable``.
    depth : int
        How deep the cover lies.
    text : Text
    amount : int or None
        What is left after the line. [JPY]
    clause : str
    """

    kind: str
    depth: int
    text: Text
    amount: int | None = None
    clause: str = ""


@dataclass(frozen=True)
class IncidentExplanation:
    """One incident: its losses, the arithmetic of every section, what stays unpaid and why.

    ``losses`` are lettered as in a brochure; ``unpaid`` maps reasons to yen.
    """

    number: int
    losses: tuple[Line, ...]
    lines: tuple[Line, ...]
    total: int
    unpaid: dict[str, int]


@dataclass(frozen=True)
class CaseExplanation:
    """A case, explained (事例の説明)."""

    id: str
    plan: Text
    plan_id: str
    incidents: tuple[IncidentExplanation, ...]
    total: int
    uninsured: int


def letter_of(k: int) -> str:
    """Return the letter of a loss, as a brochure numbers them: a), b), …."""
    alphabet = "abcdefghijklmnopqrstuvwxyz"
    return (letter_of(k // len(alphabet) - 1)[:-1] if k >= len(alphabet) else "") + (
        f"{alphabet[k % len(alphabet)]})"
    )


def counter_of(head: str) -> Text:
    """Return the counter of a head: persons or corporations."""
    if head == "condolence_corporate":
        return Text("法人", "corporations")
    return Text("名", "persons")


def spent_on(item: LossItem, event: int = 0) -> Text | None:
    """Return the day a cost of an event was spent, where it is stated: windows ask for it."""
    days = np.asarray(item.facts.get("incurred_on", NOT_STATED))
    day = days[event] if days.ndim else days
    if np.isnat(day):
        return None
    stated = str(day.astype("datetime64[D]"))
    return Text(f"{stated}支出", f"spent {stated}")


def percent_of(cover: Cover) -> str:
    """Return the share a cover pays, in percent."""
    return f"{float(cover.indemnity_ratio * 100):.6g}%"


def unpaid_because(before: Text, why: Text, kind: str) -> Text:
    """Say why an item is not paid."""
    said = {
        "excluded": Text("免責事由に該当", "excluded"),
        "not_met": Text("要件を満たさない", "condition not met"),
        "window": Text("期間外の費用", "outside the window"),
    }[kind]
    return Text(
        f"{before.ja}：{said.ja}（{why.ja}） → 0円", f"{before.en}: {said.en} ({why.en}) → JPY 0"
    )


def compared(kind: str, depth: int, amount: int, limit: float, what: Text, clause: str) -> Line:
    """Write an amount against a limit, as brochures do: 1,520万円 < 3,000万円."""
    sign = "<" if amount < limit else "=" if amount == limit else ">"
    most, is_cut = yen(limit), amount > limit
    text = Text(
        f"{yen(amount).ja} {sign} {most.ja}（{what.ja}）",
        f"{yen(amount).en} {sign} {most.en} ({what.en})",
    )
    if is_cut:
        text = Text(f"{text.ja} → {most.ja}", f"{text.en} → {most.en}")
    return Line(kind, depth, text, int(min(amount, limit)), clause)
