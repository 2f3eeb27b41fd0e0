"""Every number of the model, with overrides, joint draws and quantiles (前提条件).

Reads ``data/assumptions``. A name without a row of its own takes the row of its family, so
``frequency.m.external`` is ``frequency.m.*``. What the numbers mean is left to the model.
"""

from __future__ import annotations

import datetime
import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any  # Any: plain documents

from exposure.errors import DataError, Problem, Text
from exposure.files import data_path, read_toml, shown_path
from exposure.inputs import joint
from exposure.inputs.priors import quantile
from exposure.inputs.rows import overridden, read_rows, row_of
from exposure.inputs.sourced import Override, Sourced
from exposure.inputs.values import FeeBracket
from exposure.records import key_of

if TYPE_CHECKING:
    import pandas as pd

_TWICE = Text("同じ名前の項目が別のファイルにあります", "another file has a row of this name")


@dataclass(frozen=True)
class Assumptions:
    """All assumptions of a run (前提条件の一式).

    Parameters
    ----------
    records : mapping of str to Sourced
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

    records: Mapping[str, Sourced]
    replaced: Mapping[str, float] = field(default_factory=dict)
    _draws: dict[tuple[int, int], dict[str, list[float]]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

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
        return row_of(self.records, name)

    def sourced(self, name: str) -> Sourced:
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
        value = self.sourced(name).in_use
        numbers = value if isinstance(value, tuple) else (value,)
        return tuple(number for number in numbers if isinstance(number, float))

    def words(self, name: str) -> tuple[str, ...]:
        """Return a list of words.

        Examples
        --------
        >>> load_assumptions().words("event.loading.costs.Z_pub_heads")
        ('call_centre', 'press_conference', 'consulting')
        """
        value = self.sourced(name).in_use
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
        value = self.sourced(name).in_use
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
        value = self.sourced(name).in_use
        lines = value if isinstance(value, tuple) else ()
        return tuple(line for line in lines if isinstance(line, FeeBracket))

    def judgements(self) -> tuple[Sourced, ...]:
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
        >>> assumptions.sourced("claims.rate.brochure").value
        0.1
        """
        records, problems = overridden(self.records, overrides, where)
        if problems:
            raise DataError(problems)
        return Assumptions(records, self.replaced)

    def drawn(self, seed: int, draw: int, of: int) -> Assumptions:
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
        >>> first, again = (load_assumptions().drawn(1, 0, of=10) for _ in range(2))
        >>> first.value("size.sigma") == again.value("size.sigma")
        True
        """
        if (seed, of) not in self._draws:
            levels = joint.levels_of(self.uncertain(), seed, of)
            values = joint.drawn_jointly(self.records, levels)
            self._draws[seed, of] = {name: drawn.tolist() for name, drawn in values.items()}
        values_of = self._draws[seed, of]
        return Assumptions(self.records, {name: drawn[draw] for name, drawn in values_of.items()})

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
            moved = joint.shares_at_quantile(self.records, key, q)
        else:
            low, high = joint.bounds_given_others(self.records, key)
            moved = {key: quantile(prior, self.value(key), q, low, high)}
        return Assumptions(self.records, {**self.replaced, **moved})


def override_problems(overrides: Mapping[str, Override], where: str) -> list[Problem]:
    """Return what is wrong with the overrides of a study, without raising.

    Examples
    --------
    >>> stated = {"claims.rate.brochure": Override(value=1.2, reason="x")}
    >>> print(override_problems(stated, "a.toml")[0].say("en"))
    a.toml: assumptions."claims.rate.brochure".value = 1.2: expected a number in [0, 1]
    """
    return overridden(load_assumptions().records, overrides, where)[1]


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
    records: dict[str, Sourced] = {}
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
            for name, text in joint.contradictions(records)
        ]
    if problems:
        raise DataError(problems)
    return Assumptions(records)


@functools.cache
def first_day() -> datetime.date:
    """Return the first day of the policy period where nobody states one, from its own file alone.

    Losses of one's own need no other figure of the model, and reading all takes longer than most of
    what is done with them.

    Examples
    --------
    >>> first_day() == load_assumptions().date("run.inception")
    True
    """
    value = read_toml(data_path("assumptions", "run.toml"))["run.inception"]["value"]
    assert isinstance(value, datetime.date)  # as every test that loads the assumptions sees
    return value
