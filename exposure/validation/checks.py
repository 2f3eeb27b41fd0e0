"""One check of the validation, and its settings (検証の項目と設定).

What is checked is in the other modules of this package; the figures are in
``data/validation.toml``.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any  # Any: settings as read from TOML

from exposure.errors import Text
from exposure.files import data_path, read_toml

EXACT, EXAMPLE, BACK_TEST, CALIBRATION = "exact", "example", "back_test", "calibration"
COVERAGE = "repeated"
SECTIONS = (EXACT, EXAMPLE, BACK_TEST, CALIBRATION, COVERAGE)


@dataclass(frozen=True)
class Check:
    """One figure beside what it should be (検証の1項目).

    Parameters
    ----------
    section : str
        One of ``SECTIONS``.
    name : str
        Of its text in ``data/validation.toml``.
    detail : str
        Which year, level or case.
    observed : float
        In a back-test the published figure; elsewhere what the program gave.
    expected : float
        What the model predicts (its median), or the exact or printed figure.
    low, high : float
        The range in which ``observed`` passes.
    source : str
        Table and row of a published figure.
    """

    section: str
    name: str
    detail: str
    observed: float
    expected: float
    low: float
    high: float
    source: str = ""

    @property
    def inside(self) -> bool:
        """Whether the figure is in its range."""
        return bool(self.low <= self.observed <= self.high)

    @property
    def title(self) -> Text:
        """What is checked."""
        return _text("text", self.name)

    @property
    def comment(self) -> Text:
        """What to make of a miss; empty if it is inside."""
        known = settings()["miss"]
        if self.inside or self.name not in known:
            return Text("", "")
        return _text("miss", self.name)

    def document(self) -> dict[str, Any]:
        """Return the check as plain data."""
        return {
            "section": self.section,
            "name": self.name,
            "title": self.title._asdict(),
            "detail": self.detail,
            "observed": _finite(self.observed),
            "expected": _finite(self.expected),
            "low": _finite(self.low),
            "high": _finite(self.high),
            "inside": self.inside,
            "source": self.source,
            "comment": self.comment._asdict(),
        }


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _text(kind: str, name: str) -> Text:
    words = settings()[kind][name]
    return Text(words["ja"], words["en"])


@functools.cache
def settings() -> Mapping[str, Any]:
    """Return what ``data/validation.toml`` says (検証の設定).

    Examples
    --------
    >>> settings()["criteria"]["website_factor"]
    2
    """
    return read_toml(data_path("validation.toml"))


def within(
    section: str, name: str, detail: str, observed: float, expected: float, error: float
) -> Check:
    """Return a check that passes within so many standard errors (標準誤差による照合).

    Parameters
    ----------
    section, name, detail : str
    observed, expected : float
    error : float
        Standard error of ``observed``.

    Examples
    --------
    >>> within(EXACT, "oep", "", 0.11, 0.10, 0.003).inside
    True
    """
    width = settings()["criteria"]["standard_errors"] * error
    return Check(section, name, detail, observed, expected, expected - width, expected + width)


def printed(section: str, name: str, detail: str, observed: float, expected: float) -> Check:
    """Return a check against a printed figure, to the digits printed (印刷値との照合).

    Examples
    --------
    >>> printed(EXACT, "no_event", "", 0.929613, 0.92961).inside
    True
    """
    digits = str(expected).partition(".")[2]
    half = float(f"5e-{len(digits) + 1}")
    return Check(section, name, detail, observed, expected, expected - half, expected + half)
