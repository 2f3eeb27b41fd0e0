"""One check of the validation, and its settings (検証の項目と設定).

What is checked is in the other modules of this package; the figures are in
``data/validation.toml``.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any  # Any: settings as read from TOML

from exposure.errors import Text
from exposure.files import data_path, read_toml

EXACT, EXAMPLE, BACK_TEST, CALIBRATION = "exact", "example", "back_test", "calibration"
TARIFF, COVERAGE = "tariff", "repeated"
SECTIONS = (EXACT, EXAMPLE, BACK_TEST, TARIFF, CALIBRATION, COVERAGE)
# What a miss of says something of the world, and not of the program.
OF_THE_WORLD = (BACK_TEST, TARIFF)
COUNTED = ("held_out", "held_out_in_part")


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
    scaling : tuple of float
        In a back-test: factors on the quantity tested between which the figure would still pass.
    """

    section: str
    name: str
    detail: str
    observed: float
    expected: float
    low: float
    high: float
    source: str = ""
    scaling: tuple[float, float] = (math.nan, math.nan)

    @property
    def inside(self) -> bool:
        """Whether the figure is in its range."""
        return bool(self.low <= self.observed <= self.high)

    @property
    def title(self) -> Text:
        """What is checked."""
        if self.name in settings()["backtest"]:
            words = settings()["backtest"][self.name]["title"]
            return Text(words["ja"], words["en"])
        return _text("text", self.name)

    @property
    def comment(self) -> Text:
        """What to make of a miss; empty if it is inside."""
        known = settings()["miss"]
        if self.inside or self.name not in known:
            return Text("", "")
        return _text("miss", self.name)

    @property
    def factors(self) -> tuple[float, float]:
        """Factors on the quantity tested between which the figure would still pass."""
        least, most = self.scaling
        if math.isnan(least) and self.low > 0 and self.observed > 0:
            # Where the prediction itself is scaled.
            return self.observed / self.high, self.observed / self.low
        return least, most

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
            "scaling": [_finite(factor) for factor in self.factors],
        }


@dataclass(frozen=True)
class BackTest:
    """One distinct test against published figures, its criterion fixed in advance (実績との照合).

    Parameters
    ----------
    name : str
        Of its words in ``data/validation.toml``.
    parts : tuple of Check
        Figures that must all be inside, unless ``verdict`` says otherwise; together they are one
        test.
    verdict : bool, optional
        Whether the test passes as a whole.
    range : tuple of float, optional
        Factors between which it does.
    """

    name: str
    parts: tuple[Check, ...]
    verdict: bool | None = None
    range: tuple[float, float] | None = None

    @property
    def words(self) -> Mapping[str, Any]:
        """What ``data/validation.toml`` says of the test."""
        words: Mapping[str, Any] = settings()["backtest"][self.name]
        return words

    @property
    def inside(self) -> bool:
        """Whether the test passes."""
        return all(part.inside for part in self.parts) if self.verdict is None else self.verdict

    @property
    def scaling(self) -> tuple[float, float]:
        """Factors between which every figure would pass; the first is above the other if none."""
        if self.range is not None:
            return self.range
        factors = [part.factors for part in self.parts]
        return max(least for least, _ in factors), min(most for _, most in factors)

    @property
    def has_power(self) -> bool:
        """Whether a model off by less than the stated factor would have failed."""
        widest = max(
            (most / least if least > 0 else math.inf for least, most in self.passing),
            default=math.inf,
        )
        return bool(widest <= settings()["criteria"]["power_factor"])

    @property
    def passing(self) -> list[tuple[float, float]]:
        """The range of factors in which the test passes; that of each figure if it never does."""
        least, most = self.scaling
        return [(least, most)] if least <= most else [part.factors for part in self.parts]

    @property
    def is_counted(self) -> bool:
        """Whether it counts: held out, with power, its criterion set before any run."""
        return self.words["status"] in COUNTED and self.has_power

    def document(self) -> dict[str, Any]:
        """Return the test as plain data."""
        words, (least, most) = self.words, self.scaling
        miss = words.get("miss") if not self.inside else None
        return {
            "name": self.name,
            "title": dict(words["title"]),
            "criterion": dict(words["criterion"]),
            "quantity": dict(words["quantity"]),
            "status": words["status"],
            "has_power": self.has_power,
            "counted": self.is_counted,
            "inside": self.inside,
            "scaling": [_finite(least), _finite(most)] if least <= most else None,
            "note": dict(miss or words.get("note", {"ja": "", "en": ""})),
            "parts": [part.document() for part in self.parts],
        }


def back_test(
    name: str,
    parts: Sequence[Check],
    verdict: bool | None = None,
    scaling: tuple[float, float] | None = None,
) -> BackTest:
    """Return a back-test of its figures, named as in ``data/validation.toml``."""
    return BackTest(name, tuple(parts), verdict, scaling)


def part(
    name: str,
    detail: str,
    observed: float,
    expected: float,
    within: tuple[float, float],
    scaling: tuple[float, float] = (math.nan, math.nan),
    source: str = "",
) -> Check:
    """Return one figure of a back-test.

    Parameters
    ----------
    observed, expected : float
        What was published, and what is predicted.
    within : tuple of float
        Range of the prediction.
    scaling : tuple of float, optional
        Factors between which it passes; if left out, those on the prediction itself.
    """
    return Check(BACK_TEST, name, detail, observed, expected, *within, source, scaling)


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
    >>> settings()["runs"]["fast"]["repeats"]
    400
    """
    return read_toml(data_path("validation.toml"))


def within(
    section: str, name: str, detail: str, observed: float, expected: float, error: float
) -> Check:
    """Return a check that passes within so many standard errors (標準誤差による照合).

    ``error`` is the standard error of ``observed``.

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
