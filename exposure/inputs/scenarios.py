"""Scenarios: named sets of assumptions, applied as a study's own overrides are (シナリオ).

Reads ``data/scenarios``, one file each. How often there are attacks by each survey is a scenario.
Running the model under one is left to the caller.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar  # Any: a mapping as read from a file

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from exposure.errors import DataError, Problem, Text
from exposure.files import data_path, read_toml, shown_path, unknown_key
from exposure.inputs.assumptions import Assumptions, override_problems
from exposure.inputs.sourced import Override
from exposure.inputs.sources import JUDGEMENT, load_sources
from exposure.records import RuleError, problems_from

_Result = TypeVar("_Result")
_ATTACKS = "frequency.external.certified"


class _Setting(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    value: Any  # its kind depends on the assumption it replaces, which checks it
    prior: str = "point"


class Scenario(BaseModel):
    """A named set of assumptions (シナリオ).

    Parameters
    ----------
    name : str
        Of its file, without the ending.
    label, note : Text
        What it is called, and on what it rests.
    is_default : bool
        Whether the shipped assumptions are these already.
    source, row : str
        Key of ``data/sources.toml``, and the place in it.
    settings : mapping of str to value and prior
        By the names of the assumptions.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    label: Text
    note: Text
    is_default: bool = Field(default=False, alias="default")
    source: str
    row: str = ""
    settings: Mapping[str, _Setting] = Field(alias="set")

    @model_validator(mode="after")
    def _is_sourced(self) -> Scenario:
        if self.source != JUDGEMENT and self.source not in load_sources():
            raise RuleError(
                Text(
                    "出所が data/sources.toml にありません",
                    "this source is not in data/sources.toml",
                ),
                "source",
            )
        return self

    @property
    def overrides(self) -> dict[str, Override]:
        """The assumptions as a study states them, with the scenario as the reason."""
        return {
            name: Override(value=one.value, prior=one.prior, reason=self.label.ja)
            for name, one in self.settings.items()
        }


def scenario_problems(path: Path | str) -> list[Problem]:
    """Return what is wrong with a scenario file, without raising (``exposure check``).

    Examples
    --------
    >>> scenario_problems(data_path("scenarios", "mix_jnsa_2018.toml"))
    []
    """
    try:
        scenario = _read(Path(path))
    except DataError as error:
        return list(error.problems)
    return override_problems(scenario.overrides, shown_path(path))


def _read(path: Path) -> Scenario:
    try:
        return Scenario.model_validate({**read_toml(path), "name": path.stem})
    except ValidationError as error:
        raise DataError(problems_from(error, shown_path(path), known=Scenario)) from None


@functools.cache
def scenarios() -> Mapping[str, Scenario]:
    """Return the shipped scenarios by name, the default ones first (シナリオの一覧).

    Examples
    --------
    >>> next(iter(scenarios()))
    'mix_certified'
    """
    found = [_read(path) for path in sorted(data_path("scenarios").glob("*.toml"))]
    found.sort(key=lambda scenario: not scenario.is_default)
    return MappingProxyType({scenario.name: scenario for scenario in found})


def scenario_overrides(names: Iterable[str], where: str, key: str) -> dict[str, Override]:
    """Return the assumptions several scenarios set, later ones going before earlier ones.

    Parameters
    ----------
    names : iterable of str
    where, key : str
        File and key that name them, for messages.

    Raises
    ------
    DataError
        If there is no such scenario.

    Examples
    --------
    >>> found = scenario_overrides(["mix_listed_2025"], "a.toml", "study.scenarios")
    >>> found["frequency.external.certified"].value
    0.024
    """
    known, found = scenarios(), dict[str, Override]()
    problems = [unknown_key(where, key, name, known) for name in names if name not in known]
    if problems:
        raise DataError(problems)
    for name in names:
        found |= known[name].overrides
    return found


def under_each(
    assumptions: Assumptions, names: Iterable[str], run: Callable[[Assumptions], _Result]
) -> dict[str, _Result]:
    """Run something under each of several scenarios (シナリオ別の結果).

    Parameters
    ----------
    assumptions : Assumptions
        In force otherwise; what a scenario sets goes before an override of the study.
    names : iterable of str
    run : callable
        From assumptions to whatever is to be compared.

    Returns
    -------
    dict of str to result
        By scenario, in the order given.

    Examples
    --------
    >>> from exposure.inputs.assumptions import load_assumptions
    >>> def attacks(assumptions: Assumptions) -> float:
    ...     return assumptions.value("frequency.external.certified")
    >>> under_each(load_assumptions(), ["mix_jnsa_2018"], attacks)
    {'mix_jnsa_2018': 0.011}
    """
    return {
        name: run(
            assumptions.with_overrides(scenario_overrides([name], "scenario", name), "scenario")
        )
        for name in names
    }


def cause_mixes() -> tuple[str, ...]:
    """Return the scenarios that set how often there are attacks and nothing else (調査の選択).

    Examples
    --------
    >>> cause_mixes()
    ('mix_certified', 'mix_jnsa_2018', 'mix_listed_2025')
    """
    return tuple(
        name for name, scenario in scenarios().items() if set(scenario.settings) == {_ATTACKS}
    )
