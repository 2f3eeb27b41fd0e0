"""All of the validation as one document (検証報告書の中身)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any  # Any: plain data

from exposure import __version__
from exposure.inputs.assumptions import Assumptions
from exposure.validation.backtests import back_tests, tariff_checks
from exposure.validation.checks import BACK_TEST, OF_THE_WORLD, SECTIONS, BackTest, Check, settings
from exposure.validation.coverage import (
    band_checks,
    calibration_checks,
    coverage_checks,
    coverage_table,
)
from exposure.validation.exact import exact_checks
from exposure.validation.listed import fitted_parameters
from exposure.validation.market_checks import (
    example_checks,
    level_table,
    level_test,
    mix_table,
    sanity_table,
)

Progress = Callable[[int, int], None]


def validation_document(
    assumptions: Assumptions,
    profile: str,
    seed: int,
    progress: Progress | None = None,
    workers: int = 1,
) -> dict[str, Any]:
    """Run every check and return the report as plain data (検証の実行).

    Parameters
    ----------
    profile : str
        ``fast`` or ``full``, of ``data/validation.toml``.
    progress : callable, optional
        Called with steps done and steps in all.
    workers : int
        Processes for the repeated studies; their number changes nothing but the time.
    """
    runs = settings()["runs"][profile]
    years, repeats = runs["loss_years"], runs["repeats"]
    steps: list[Callable[[], list[Any]]] = [
        lambda: exact_checks(assumptions, years, seed),
        lambda: example_checks(assumptions, seed),
        lambda: tariff_checks(assumptions),
        lambda: calibration_checks(runs["sbc_repeats"], runs["coverage_repeats"], seed),
        lambda: band_checks(assumptions, runs["band_repeats"], seed, workers),
        lambda: back_tests(assumptions, years // 2, repeats, seed),
        lambda: level_table(assumptions, years // 2**3, seed),
        lambda: fitted_parameters(assumptions),
        lambda: coverage_table(assumptions, runs["study_repeats"], seed, workers),
        lambda: sanity_table(assumptions, runs["sanity_loss_years"], seed),
        lambda: mix_table(assumptions, runs["sanity_loss_years"], seed),
    ]
    found = []
    for done, step in enumerate(steps):
        if progress is not None:
            progress(done, len(steps))
        found.append(step())
    if progress is not None:
        progress(len(steps), len(steps))
    *checked, tests, level, fitted, covered, sanity, mixes = found
    checks: list[Check] = [check for part in checked for check in part]
    checks += coverage_checks(covered)
    tests = [*tests, level_test(level)]
    return {
        "schema": "exposure/validation/2",
        "version": __version__,
        "profile": profile,
        "seed": seed,
        "use": list(settings()["use"]["sentences"]),
        "summary": {
            section: _count(checks, section) if section != BACK_TEST else _count_tests(tests)
            for section in SECTIONS
        },
        "back_tests": [test.document() for test in tests],
        "checks": [check.document() for check in checks],
        "level": level,
        "fitted": fitted,
        "repeated": covered,
        "sanity": {"rows": sanity, "facts": list(settings()["sanity"]["facts"])},
        "mixes": {"records": settings()["sanity"]["mix_records"], "rows": mixes},
    }


def _count(checks: list[Check], section: str) -> dict[str, int]:
    of_section = [check for check in checks if check.section == section]
    return {"inside": sum(check.inside for check in of_section), "checks": len(of_section)}


def _count_tests(tests: list[BackTest]) -> dict[str, int]:
    """Count distinct tests: held out, with power, their criterion set before any run."""
    counted = [test for test in tests if test.is_counted]
    return {"inside": sum(test.inside for test in counted), "checks": len(counted)}


def failures(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the checks whose failure means that the program is wrong (誤りを示す項目).

    A back-test that misses says something of the model and its data; anything else that fails is
    an error.

    Examples
    --------
    >>> check = {"section": "back_test", "inside": False}
    >>> failures({"checks": [check, {**check, "section": "exact"}]})
    [{'section': 'exact', 'inside': False}]
    """
    return [
        check
        for check in document["checks"]
        if not check["inside"] and check["section"] not in OF_THE_WORLD
    ]
