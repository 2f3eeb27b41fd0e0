"""Which answers of a questionnaire move the loss, and by how much (簡易リスク診断).

Prices the client with each answer at its best, the others as they are, on the same luck. Reading
answers is left to `exposure.inputs.questionnaire`.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any  # Any: answers as written

import numpy as np

from exposure.arrays import FloatArray, sum_of_products
from exposure.inputs.assumptions import Assumptions
from exposure.inputs.client import Client
from exposure.inputs.questionnaire import SCORE, Question, client_fields, load_intake
from exposure.model.build import REGIMES, BreachModel, build_model
from exposure.model.losses import blocks

# What these fields say moves how often, never how much.
_RATES_ONLY = frozenset({SCORE, "incidents_last_3_years"})


@dataclass(frozen=True)
class Standing:
    """What a client has to expect (見込み).

    Parameters
    ----------
    events_per_year : float
        [1/year]
    annual_loss : mapping of str to float
        Expected, by regime. [JPY/year]
    """

    events_per_year: float
    annual_loss: Mapping[str, float]


@dataclass(frozen=True)
class Finding:
    """What one answer does (診断の1行)."""

    question: str
    answer: object
    best: object
    at_best: Standing

    def saving(self, now: Standing) -> dict[str, float]:
        """Return what the best answer would save in a year, by regime. [JPY/year]."""
        return {
            regime: now.annual_loss[regime] - loss
            for regime, loss in self.at_best.annual_loss.items()
        }


@dataclass(frozen=True)
class Diagnosis:
    """The diagnosis of a client (簡易リスク診断).

    Parameters
    ----------
    now : Standing
        With the answers given.
    findings : tuple of Finding
        Answers that could be better, the largest saving first.
    unanswered : tuple of str
        Questions left out.
    """

    now: Standing
    findings: tuple[Finding, ...]
    unanswered: tuple[str, ...]


def diagnose(
    client: Client,
    answers: Mapping[str, Any],
    assumptions: Assumptions,
    inception: datetime.date,
    *,
    loss_years: int,
    seed: int,
) -> Diagnosis:
    """Say which answers move the loss (簡易リスク診断).

    Parameters
    ----------
    client : Client
        As the answers describe it.
    answers : mapping of str to object
        By question.
    loss_years : int
        Simulated policy years with a leak. [year]

    Examples
    --------
    >>> from exposure.inputs.assumptions import load_assumptions
    >>> answers = {"records": 500, "training": "none"}
    >>> client = Client.model_validate(client_fields(answers, "q")[0])
    >>> found = diagnose(client, answers, load_assumptions(), datetime.date(2026, 4, 1),
    ...                  loss_years=500, seed=1)
    >>> found.findings[0].question, found.findings[0].best
    ('training', 'yearly')
    """
    model = build_model(client, assumptions, inception)
    costs = _mean_costs(model, loss_years, seed)
    now = _standing(model, costs)
    findings = []
    for name, question in load_intake().items():
        if name not in answers:
            continue
        best: Finding | None = None
        for other in _alternatives(question, answers[name]):
            changed = _change(client, {**answers, name: other})
            other_model = build_model(changed, assumptions, inception)
            fields = {f for f in Client.model_fields if getattr(changed, f) != getattr(client, f)}
            same = fields <= _RATES_ONLY
            found = costs if same else _mean_costs(other_model, loss_years, seed)
            finding = Finding(name, answers[name], other, _standing(other_model, found))
            if best is None or _total(finding.at_best) < _total(best.at_best):
                best = finding
        if best is not None and _total(best.at_best) < _total(now):
            findings.append(best)
    findings.sort(key=lambda finding: _total(finding.at_best))
    left_out = tuple(name for name in load_intake() if name not in answers)
    return Diagnosis(now, tuple(findings), left_out)


def _alternatives(question: Question, answer: object) -> list[object]:
    """Return the answers that could be given instead; of several kinds, each one given up."""
    if question.field:
        return [] if question.best is None or answer == question.best else [question.best]
    if question.many and isinstance(answer, list | tuple):
        settable = [name for name in answer if question.choices[name].settings]
        return [[name for name in answer if name != left] for left in settable]
    return [name for name in question.choices if name != answer]


def _change(client: Client, answers: Mapping[str, Any]) -> Client:
    settings, problems = client_fields(answers, "answers")
    if problems:
        raise ValueError("answers that were checked before")
    return Client.model_validate({"name": client.name, **settings})


def _total(standing: Standing) -> float:
    return math.fsum(standing.annual_loss.values())


def _mean_costs(model: BreachModel, loss_years: int, seed: int) -> dict[str, FloatArray]:
    """Return the mean loss of a leak of each group, by regime. (n_groups,) arrays [JPY]."""
    n_groups = len(model.groups.groups)
    total = {regime: np.zeros(n_groups) for regime in REGIMES}
    count = np.zeros(n_groups)
    for block in blocks(model, loss_years, seed):
        group = block.events.table.group
        assert group is not None  # simulated events have a group
        count += np.bincount(group, minlength=n_groups)
        for regime in REGIMES:
            total[regime] += np.bincount(group, block.losses(regime).total(), minlength=n_groups)
    return {regime: amount / np.maximum(count, 1) for regime, amount in total.items()}


def _standing(model: BreachModel, costs: Mapping[str, FloatArray]) -> Standing:
    rates = model.events_per_year
    losses = {regime: sum_of_products(rates, cost) for regime, cost in costs.items()}
    return Standing(float(rates.sum()), losses)
