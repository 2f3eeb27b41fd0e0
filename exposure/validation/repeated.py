"""How often the intervals of a study hold the value of a far longer run (区間の被覆実験).

Studies are repeated with other seeds. What is repeated, and how often, is in
``data/validation.toml``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any  # Any: settings as read from TOML, and plain data

import numpy as np

from exposure.inputs.assumptions import Assumptions
from exposure.inputs.study_file import study_from_mapping
from exposure.study.coverage import Covered, Experiment, coverage
from exposure.study.plans import ladder
from exposure.study.sizing import size_task
from exposure.validation.checks import COVERAGE, Check, settings


def coverage_table(
    assumptions: Assumptions, repeats: int, seed: int, workers: int = 1
) -> list[dict[str, Any]]:
    """Return how often each interval held its truth, client by client (被覆率の表).

    Parameters
    ----------
    assumptions : Assumptions
    repeats : int
    seed : int
        Of the long run; the repeats have those that follow.
    workers : int
        Processes; their number changes nothing but the time.
    """
    rows = []
    for client in settings()["repeated"]["client"]:
        experiment = experiment_of(client, assumptions)
        truth_years = settings()["repeated"]["truth_factor"] * experiment.loss_years
        found = coverage(experiment, repeats, truth_years, seed, workers)
        rows += coverage_rows(experiment, found, client, repeats, truth_years)
    return rows


def experiment_of(client: Mapping[str, Any], assumptions: Assumptions) -> Experiment:
    """Return what is repeated for one client of the settings (被覆実験の組み立て).

    Parameters
    ----------
    client : mapping
        Of ``repeated.client`` in ``data/validation.toml``.
    assumptions : Assumptions

    Examples
    --------
    >>> from exposure.inputs.assumptions import load_assumptions
    >>> client = settings()["repeated"]["client"][0]
    >>> experiment = experiment_of(client, load_assumptions())
    >>> len(experiment.fine.plans) > len(experiment.sold.plans)
    True
    """
    study = study_from_mapping({"client": dict(client["holds"])}, "validation")
    product, records = client["product"], client["holds"]["records"]
    task = size_task([records], study, product, client["target"])
    fine = client["fine"]
    limits = np.linspace(fine["from"], fine["to"], fine["count"]).tolist()
    return Experiment(
        model=task.model_of(task.clients[0], assumptions),
        asked=task.asked,
        regime=client["regime"],
        sold=task.rungs,
        fine=ladder(product, limits),
        adequacy_at=float(client["adequacy_at"]),
        target=client["target"],
        level=settings()["repeated"]["level"],
        loss_years=client["loss_years"],
    )


def coverage_rows(
    experiment: Experiment,
    found: Mapping[str, Covered],
    client: Mapping[str, Any],
    repeats: int,
    truth_years: int,
) -> list[dict[str, Any]]:
    """Return the coverage of one client as plain data, with a verdict (被覆率の判定).

    Parameters
    ----------
    experiment : Experiment
    found : mapping of str to Covered
    client : mapping
        As in `experiment_of`.
    repeats, truth_years : int
    """
    low, high = settings()["criteria"]["repeated_low"], settings()["criteria"]["repeated_high"]
    # Limits sold come in steps: an interval of whole steps holds the right one more often.
    most = {"sold_limit": 1.0}
    return [
        {
            "records": client["holds"]["records"],
            "regime": experiment.regime,
            "statistic": name,
            "title": dict(settings()["text"][f"covered_{name}"]),
            "truth": one.truth if math.isfinite(one.truth) else None,
            "nominal": experiment.asked.level,
            "covered": {
                "value": one.share.value,
                "low": one.share.low,
                "high": one.share.high,
            },
            "range": [low, most.get(name, high)],
            "inside": low <= one.share.value <= most.get(name, high),
            "repeats": repeats,
            "loss_years": experiment.loss_years,
            "truth_years": truth_years,
        }
        for name, one in found.items()
    ]


def coverage_checks(rows: list[dict[str, Any]]) -> list[Check]:
    """Return a check of every row of the table (被覆率の照合).

    Parameters
    ----------
    rows : list
        Of `coverage_table`.
    """
    return [
        Check(
            COVERAGE, f"covered_{row['statistic']}", f"{row['records']:,} {row['regime']}",
            row["covered"]["value"], row["nominal"], *row["range"],
        )
        for row in rows
    ]  # fmt: skip
