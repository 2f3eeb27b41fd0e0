"""All of the validation as one document (検証報告書の中身)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any  # Any: plain data

from exposure import __version__
from exposure.inputs.assumptions import Assumptions
from exposure.validation.backtests import survey_checks
from exposure.validation.calibrated import calibration_checks
from exposure.validation.checks import BACK_TEST, SECTIONS, Check, settings
from exposure.validation.costs import cost_checks
from exposure.validation.exact import exact_checks
from exposure.validation.examples import example_checks
from exposure.validation.repeated import coverage_checks, coverage_table
from exposure.validation.sanity import mix_table, sanity_table

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
    assumptions : Assumptions
    profile : str
        ``fast`` or ``full``, of ``data/validation.toml``.
    seed : int
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
        lambda: survey_checks(assumptions, repeats, seed),
        lambda: cost_checks(assumptions, years, seed),
        lambda: calibration_checks(runs["sbc_repeats"], runs["coverage_repeats"], seed),
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
    *checked, covered, sanity, mixes = found
    checks: list[Check] = [check for part in checked for check in part]
    checks += coverage_checks(covered)
    return {
        "schema": "exposure/validation/1",
        "version": __version__,
        "profile": profile,
        "seed": seed,
        "summary": {section: _count(checks, section) for section in SECTIONS},
        "back_tests": _by_name(checks),
        "checks": [check.document() for check in checks],
        "repeated": covered,
        "sanity": {"rows": sanity, "facts": list(settings()["sanity"]["facts"])},
        "mixes": {"records": settings()["sanity"]["mix_records"], "rows": mixes},
    }


def _count(checks: list[Check], section: str) -> dict[str, int]:
    of_section = [check for check in checks if check.section == section]
    return {"inside": sum(check.inside for check in of_section), "checks": len(of_section)}


def _by_name(checks: list[Check]) -> list[dict[str, Any]]:
    """Return how many figures of each back-test are inside, and how many below the middle."""
    found: dict[str, list[Check]] = {}
    for check in checks:
        if check.section == BACK_TEST:
            found.setdefault(check.name, []).append(check)
    said = settings()["lean"]
    return [
        {
            "name": name,
            "title": tests[0].title._asdict(),
            "checks": len(tests),
            "inside": sum(check.inside for check in tests),
            "below": sum(check.observed < check.expected for check in tests),
            "note": dict(said.get(name, {"ja": "", "en": ""})),
        }
        for name, tests in found.items()
    ]


def failed(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the checks whose failure means that the program is wrong (誤りを示す項目).

    A back-test that misses says something of the model and its data; anything else that fails is
    an error.

    Examples
    --------
    >>> check = {"section": "back_test", "inside": False}
    >>> failed({"checks": [check, {**check, "section": "exact"}]})
    [{'section': 'exact', 'inside': False}]
    """
    return [
        check
        for check in document["checks"]
        if not check["inside"] and check["section"] != BACK_TEST
    ]
