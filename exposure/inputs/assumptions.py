"""Every number of the model: rows, overrides, joint draws, scenarios (前提条件・シナリオ).

Reads ``data/assumptions`` and ``data/scenarios``. A name without a row of its own takes the row of
its family, so ``frequency.m.external`` is ``frequency.m.*``. How often there are attacks by each
survey is a scenario. Whether the values fit together is left to ``parameters``, what they mean and
running the model under them to others.
"""

from __future__ import annotations

import datetime
import functools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import (
    TYPE_CHECKING,
    Any,  # Any: plain documents
    TypeVar,
)

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from exposure.errors import DataError, Problem, Text
from exposure.files import data_path, nearest, read_table, read_toml, shown_path, unknown_key
from exposure.inputs import parameters
from exposure.inputs.names import groups, heads, industries, members
from exposure.inputs.parameters import Assumption, Override, check_prior
from exposure.inputs.priors import FeeBracket, Value, as_typed, check_value, quantile
from exposure.inputs.sources import JUDGEMENT, load_sources
from exposure.records import RuleError, key_of, problems_from

if TYPE_CHECKING:
    import pandas as pd


def read_rows(path: Path) -> tuple[dict[str, Assumption], list[Problem]]:
    """Read one assumption file: the rows that are right, and what is wrong with the others.

    A row with the choices of another names it in their place.
    """
    where = shown_path(path)
    try:
        raw = read_toml(path)
    except DataError as error:
        return {}, list(error.problems)
    records: dict[str, Assumption] = {}
    problems: list[Problem] = []
    for name, row in raw.items():
        if not isinstance(row, dict):
            problems.append(
                Problem(
                    where,
                    key_of((name,)),
                    Text("項目の組（表）を指定してください", "expected a table of keys and values"),
                    row,
                )
            )
            continue
        other = row.get("choices")
        if isinstance(other, str) and isinstance(raw.get(other), dict):
            row = {**row, "choices": raw[other].get("choices", ())}
        try:
            records[name] = Assumption.model_validate({**row, "name": name})
        except ValidationError as error:
            problems += problems_from(error, where, key_of((name,)), known=Assumption)
    return records, problems


def row_of(records: Mapping[str, Assumption], name: str) -> str:
    """Return the name of the row that answers for a name: its own, or that of its family.

    Raises
    ------
    KeyError
        If there is none.
    """
    if name in records:
        return name
    for family, record in records.items():
        if record.members is not None and _member(family, name) in members(record.members):
            return family
    near = nearest(name, records)
    raise KeyError(f"no assumption {name!r}" + (f"; did you mean {near!r}?" if near else ""))


def _member(family: str, name: str) -> str:
    """Return what ``*`` stands for when a name belongs to a family, else an empty string."""
    before, after = family.split("*")
    fits = name.startswith(before) and name.endswith(after)
    return name[len(before) : len(name) - len(after)] if fits else ""


def apply_overrides(
    records: Mapping[str, Assumption], overrides: Mapping[str, Override], where: str
) -> tuple[dict[str, Assumption], list[Problem]]:
    """Put a study's values beside the defaults, with everything that is wrong with them.

    Parameters
    ----------
    records : mapping of str to Assumption
        All rows.
    overrides : mapping of str to Override
        By name; a member of a family gets a row of its own.
    where : str
        File as the user named it.
    """
    changed = dict(records)
    problems: list[Problem] = []
    for name, override in overrides.items():
        place = key_of((name,), "assumptions")
        misspelt = unknown_name(records, name, where)
        if misspelt is not None:
            problems.append(misspelt)
            continue
        key = row_of(records, name)
        record = records[key]
        try:
            value = _like_default(record, override.value)
            check_prior(override.prior, value)
        except RuleError as error:
            if error.key:
                problems.append(Problem(where, f"{place}.{error.key}", error.text, override.prior))
            else:
                problems.append(Problem(where, f"{place}.value", error.text, override.value))
            continue
        stated = override.model_copy(update={"value": value})
        own = {"override": stated} if key == name else _own_row(record, name, stated)
        changed[name] = record.model_copy(update=own)
    if not problems:
        problems = [
            Problem(where, key_of((name,), "assumptions"), text)
            for name, text in parameters.contradictions(changed)
        ]
    return changed, problems


def _like_default(record: Assumption, raw: object) -> Value:
    """Return a stated value that is in range, and a list exactly where the default is one."""
    value = check_value(as_typed(raw, record.range, record.unit), record.range, record.choices)
    if isinstance(record.value, tuple) and not isinstance(value, tuple):
        raise RuleError("[ ] で囲んだ並びを指定してください", "expected a list in [ ]")
    if isinstance(value, tuple) and not isinstance(record.value, tuple):
        raise RuleError("値を1つだけ指定してください", "expected a single value")
    return value


def _own_row(record: Assumption, name: str, override: Override) -> dict[str, object]:
    member = _member(record.name, name)
    known = {**groups(), **heads(), **industries()}[member].label
    label = Text(f"{record.label.ja}（{known.ja}）", f"{record.label.en}, {known.en}")
    return {"name": name, "label": label, "members": None, "override": override}


def unknown_name(records: Mapping[str, Assumption], name: str, where: str) -> Problem | None:
    """Return the problem of a name no row answers for, with the nearest one that does."""
    try:
        row_of(records, name)
    except KeyError:
        return unknown_key(where, key_of((name,), "assumptions"), name, _suggestible(records))
    return None


def _suggestible(records: Mapping[str, Assumption]) -> list[str]:
    names: list[str] = []
    for name, record in records.items():
        names.append(name)
        if record.members is not None:
            names += [name.replace("*", member) for member in members(record.members)]
    return names


_TWICE = Text("同じ名前の項目が別のファイルにあります", "another file has a row of this name")


@dataclass(frozen=True)
class Assumptions:
    """All assumptions of a run (前提条件の一式).

    Parameters
    ----------
    records : mapping of str to Assumption
        By name, in the order of the files.
    replaced : mapping of str to float
        Values that a draw or a quantile puts in place of those of the records.

    Examples
    --------
    >>> assumptions = load_assumptions()
    >>> assumptions.value("claims.rate.brochure")
    0.1
    >>> assumptions.value("cost.investigation.sigma")
    0.5
    >>> assumptions.choice("litigation.scale.court")
    'old_scale'
    """

    records: Mapping[str, Assumption]
    replaced: Mapping[str, float] = field(default_factory=dict)
    _draws: dict[tuple[int, int], dict[str, list[float]]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    # Names looked up so far, with their rows; draws of the same rows share them.
    _keys: dict[str, str] = field(default_factory=dict, repr=False, compare=False)

    def names(self) -> tuple[str, ...]:
        """Return the name of every row, in the order of the files."""
        return tuple(self.records)

    def key(self, name: str) -> str:
        """Return the name of the row that answers for a name: its own, or that of its family.

        Examples
        --------
        >>> load_assumptions().key("frequency.tau.error")
        'frequency.tau.*'

        Raises
        ------
        KeyError
            If there is none.
        """
        if name not in self._keys:
            self._keys[name] = row_of(self.records, name)
        return self._keys[name]

    def record(self, name: str) -> Assumption:
        """Return the record of a name, with its source and any override."""
        return self.records[self.key(name)]

    def value(self, name: str) -> float:
        """Return a number."""
        key = self.key(name)
        if key in self.replaced:
            return self.replaced[key]
        value = self.records[key].in_use
        if not isinstance(value, float):
            raise TypeError(f"{name} is not a number")
        return value

    def whole(self, name: str) -> int:
        """Return a whole number.

        Examples
        --------
        >>> load_assumptions().whole("run.loss_years")
        200000
        """
        return int(self.value(name))

    def values(self, name: str) -> tuple[float, ...]:
        """Return a list of numbers; a single number is a list of one.

        Examples
        --------
        >>> load_assumptions().values("measure.band")
        (0.05, 0.95)
        """
        value = self.record(name).in_use
        numbers = value if isinstance(value, tuple) else (value,)
        return tuple(number for number in numbers if isinstance(number, float))

    def words(self, name: str) -> tuple[str, ...]:
        """Return a list of words.

        Examples
        --------
        >>> load_assumptions().words("event.loading.costs.Z_pub_heads")
        ('call_centre', 'press_conference', 'consulting')
        """
        value = self.record(name).in_use
        words = value if isinstance(value, tuple) else (value,)
        return tuple(word for word in words if isinstance(word, str))

    def choice(self, name: str) -> str:
        """Return a word."""
        (word,) = self.words(name)
        return word

    def date(self, name: str) -> datetime.date:
        """Return a date.

        Examples
        --------
        >>> load_assumptions().date("run.inception")
        datetime.date(2026, 4, 1)
        """
        value = self.record(name).in_use
        if not isinstance(value, datetime.date):
            raise TypeError(f"{name} is not a date")
        return value

    def brackets(self, name: str) -> tuple[FeeBracket, ...]:
        """Return a fee scale.

        Examples
        --------
        >>> load_assumptions().brackets("litigation.bar_scale")[0]
        FeeBracket(up_to=3000000.0, rate=0.08, constant=0.0)
        """
        value = self.record(name).in_use
        lines = value if isinstance(value, tuple) else ()
        return tuple(line for line in lines if isinstance(line, FeeBracket))

    def judgements(self) -> tuple[Assumption, ...]:
        """Return what rests on judgement: every record of grade J, and every override."""
        return tuple(record for record in self.records.values() if record.is_judgement)

    def uncertain(self) -> tuple[str, ...]:
        """Return the names of the rows that have a prior, in the order of the files."""
        return tuple(n for n, record in self.records.items() if not record.prior_in_use.is_point)

    def to_frame(self) -> pd.DataFrame:
        """Return the assumptions as a table, one row each, for notebooks and workbooks."""
        import pandas as pd

        return pd.DataFrame(
            {
                "name": name,
                "label": record.label.ja,
                "value": self.replaced.get(name, record.in_use),
                "unit": record.unit,
                "grade": record.grade,
                "source": record.source,
                "row": record.row,
                "note": record.note.ja,
                "reason": record.override.reason if record.override else "",
            }
            for name, record in self.records.items()
        ).set_index("name")

    def document(self) -> dict[str, Any]:
        """Return the values in use as plain data, for hashes and files."""
        return {
            name: self.replaced.get(name, record.model_dump(mode="json")["value"])
            if record.override is None
            else record.override.model_dump(mode="json")
            for name, record in self.records.items()
        }

    def with_overrides(
        self, overrides: Mapping[str, Override], where: str = "assumptions"
    ) -> Assumptions:
        """Return the assumptions with some values replaced (前提の変更).

        Parameters
        ----------
        overrides : mapping of str to Override
            By name; a member of a family gets a row of its own.
        where : str
            File as the user named it, for messages.

        Raises
        ------
        DataError
            If a name is unknown, a value is not in its range, or the values do not fit together.

        Examples
        --------
        >>> stated = {"claims.rate.brochure": Override(value=0.05, reason="顧問弁護士の見解")}
        >>> assumptions = load_assumptions().with_overrides(stated)
        >>> assumptions.value("claims.rate.brochure")
        0.05
        >>> assumptions.record("claims.rate.brochure").value
        0.1
        """
        records, problems = apply_overrides(self.records, overrides, where)
        if problems:
            raise DataError(problems)
        return Assumptions(records, self.replaced)

    def draw(self, seed: int, draw: int, of: int) -> Assumptions:
        """Return one of several joint draws of all parameters from their priors (パラメータの抽出).

        Together they are a Latin hypercube, each parameter with a stream of its own, keyed by its
        name: a parameter added to the files moves no other.

        Parameters
        ----------
        seed : int
            Of the study.
        draw : int
            Number of the draw, 0 or more.
        of : int
            Number of draws in all.

        Examples
        --------
        >>> first, again = (load_assumptions().draw(1, 0, of=10) for _ in range(2))
        >>> first.value("size.sigma") == again.value("size.sigma")
        True
        """
        if (seed, of) not in self._draws:
            levels = parameters.levels_of(self.uncertain(), seed, of)
            values = parameters.draw_jointly(self.records, levels)
            self._draws[seed, of] = {name: drawn.tolist() for name, drawn in values.items()}
        values_of = self._draws[seed, of]
        replaced = {name: drawn[draw] for name, drawn in values_of.items()}
        return Assumptions(self.records, replaced, self._keys)

    def at_quantile(self, name: str, q: float) -> Assumptions:
        """Return the assumptions with one parameter at a quantile of its prior (感度分析用).

        The others stay as they are; if the parameter is one of shares that sum to one, the rest of
        them shrink or grow in proportion.

        Parameters
        ----------
        name : str
            Of a row.
        q : float
            Probability. [-]

        Examples
        --------
        >>> assumptions = load_assumptions().at_quantile("event.loading.price.Z_law", 0.5)
        >>> round(assumptions.value("event.loading.price.Z_law"), 6)
        0.35
        """
        key = self.key(name)
        record = self.records[key]
        prior = record.prior_in_use
        if prior.is_point:
            return self
        if prior.family == "dirichlet":
            moved = parameters.shares_at_quantile(self.records, key, q)
        else:
            low, high = parameters.bounds_given_others(self.records, key)
            moved = {key: quantile(prior, self.value(key), q, low, high)}
        return Assumptions(self.records, {**self.replaced, **moved}, self._keys)


def override_problems(overrides: Mapping[str, Override], where: str) -> list[Problem]:
    """Return what is wrong with the overrides of a study, without raising.

    Examples
    --------
    >>> stated = {"claims.rate.brochure": Override(value=1.2, reason="x")}
    >>> print(override_problems(stated, "a.toml")[0].say("en"))
    a.toml: assumptions."claims.rate.brochure".value = 1.2: expected a number in [0, 1]
    """
    return apply_overrides(load_assumptions().records, overrides, where)[1]


def assumption_problems(path: Path | str) -> list[Problem]:
    """Return what is wrong with one assumption file, without raising (``exposure check``).

    Examples
    --------
    >>> assumption_problems(data_path("assumptions", "claims.toml"))
    []
    """
    return read_rows(Path(path))[1]


@functools.cache
def load_assumptions() -> Assumptions:
    """Return the shipped assumptions (標準の前提条件).

    Raises
    ------
    DataError
        If a file is broken, with every problem of every file.
    """
    records: dict[str, Assumption] = {}
    problems: list[Problem] = []
    for path in sorted(data_path("assumptions").glob("*.toml")):
        found, wrong = read_rows(path)
        problems += wrong
        problems += [
            Problem(shown_path(path), key_of((name,)), _TWICE) for name in found if name in records
        ]
        records |= found
    if not problems:
        problems = [
            Problem("data/assumptions", key_of((name,)), text)
            for name, text in parameters.contradictions(records)
        ]
    if problems:
        raise DataError(problems)
    return Assumptions(records)


@functools.cache
def first_day() -> datetime.date:
    """Return the first day of the policy period where nobody states one, from its own table alone.

    Losses of one's own need no other figure of the model, and reading all takes longer than most of
    what is done with them.

    Examples
    --------
    >>> first_day() == load_assumptions().date("run.inception")
    True
    """
    value = read_table(data_path("assumptions", "run.toml"), '"run.inception"')["value"]
    assert isinstance(value, datetime.date)  # as every test that loads the assumptions sees
    return value


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
                "出所が data/sources.toml にありません",
                "this source is not in data/sources.toml",
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
