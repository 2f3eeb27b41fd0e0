"""One assumption: its value with unit, allowed range, prior, grade and source (前提条件の1項目).

Holds the record and what makes it coherent. The collection of all assumptions and draws are left
to ``assumptions``.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Literal  # Any: values as read from TOML, before they are checked

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from exposure.errors import Text
from exposure.inputs.priors import Prior, fits, parse_prior
from exposure.inputs.sources import JUDGEMENT, load_sources
from exposure.inputs.values import Range, Value, checked_value
from exposure.records import RuleError


class Override(BaseModel):
    """What a study says instead of a default (顧客・コンサルタントによる変更).

    Parameters
    ----------
    value : number, list, word or date
        In the unit and range of the assumption.
    reason : str
        Why; printed in the report.
    prior : str
        Uncertainty of the new value. Left out, the value is held fixed when parameters are drawn.
    date : date or None
        When it was decided.

    Examples
    --------
    >>> Override(value=0.05, reason="顧問弁護士の見解").reason
    '顧問弁護士の見解'
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: Any  # its kind depends on the assumption it replaces, which checks it
    reason: str
    prior: str = "point"
    date: datetime.date | None = None

    @model_validator(mode="before")
    @classmethod
    def _is_a_table(cls, raw: object) -> object:
        if isinstance(raw, Override):
            return raw
        if not isinstance(raw, Mapping):
            raise RuleError(
                Text(
                    '{ value = …, reason = "…" } の形で書いてください',
                    'expected { value = ..., reason = "..." }',
                )
            )
        if "value" not in raw and any(isinstance(part, Mapping) for part in raw.values()):
            raise RuleError(
                Text(
                    '名前全体を引用符で囲んでください（例 "claims.rate.brochure"）',
                    'put the whole name in quotes, as "claims.rate.brochure"',
                )
            )
        return raw

    @field_validator("reason")
    @classmethod
    def _says_why(cls, reason: str) -> str:
        if not reason.strip():
            raise RuleError(Text("変更の理由を書いてください", "state the reason for the change"))
        return reason


class Sourced(BaseModel):
    """An assumption with everything a reviewer asks about it (前提条件).

    Parameters
    ----------
    name : str
        Dotted; ``*`` stands for every group, industry or head without a row of its own.
    label : Text
        Shown to people.
    value : number, tuple, str or date
        The default, in ``unit``.
    unit, range : str
        What it measures, and which values it may take.
    choices : tuple of str
        For the range ``choice``.
    members : str or None
        Which names ``*`` stands for: a category of ``data/names.toml``.
    prior : str
        Its uncertainty, as ``priors.parse_prior`` reads it.
    grade : str
        A primary statistic, B secondary report, C one case or one insurer, J judgement.
    source, row : str
        Key of ``data/sources.toml`` or ``judgement``; where in it.
    note : Text
        The reason, in both languages or in neither.
    override : Override or None
        Kept beside the default, never over it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    label: Text
    value: Any  # narrowed to Value by the validator below
    unit: str = Field(min_length=1)
    range: Range
    choices: tuple[str, ...] = ()
    members: Literal["group", "cause", "head", "industry"] | None = None
    prior: str
    grade: Literal["A", "B", "C", "J"]
    source: str
    row: str = ""
    note: Text = Text("", "")
    override: Override | None = None

    @field_validator("label", "note", mode="before")
    @classmethod
    def _is_bilingual(cls, raw: object) -> object:
        if isinstance(raw, str):
            raise RuleError(
                Text(
                    '{ ja = "…", en = "…" } の形で書いてください',
                    'expected { ja = "...", en = "..." }',
                )
            )
        return raw

    @model_validator(mode="after")
    def _is_coherent(self) -> Sourced:
        if self.override is None:
            try:
                checked = checked_value(self.value, self.range, self.choices)
            except RuleError as error:
                raise RuleError(error.text, "value") from None
            object.__setattr__(self, "value", checked)
        check_prior(self.prior, self.value)
        if self.source != JUDGEMENT and self.source not in load_sources():
            raise RuleError(
                Text(
                    "出所が data/sources.toml にありません",
                    "this source is not in data/sources.toml",
                ),
                "source",
            )
        if any(self.note) != all(self.note):
            raise RuleError(
                Text("日本語と英語の両方で書いてください", "say it in both ja and en"), "note"
            )
        if self.source == JUDGEMENT and not any(self.note):
            raise RuleError(
                Text("判断の理由を書いてください", "a judgement needs its reason"), "note"
            )
        if self.source != JUDGEMENT and not self.row:
            raise RuleError(Text("出所のどこかを書いてください", "say where in the source"), "row")
        return self

    @property
    def in_use(self) -> Value:
        """The value the model uses: the override if there is one, else the default."""
        used: Value = self.value if self.override is None else self.override.value
        return used

    @property
    def prior_in_use(self) -> Prior:
        """The uncertainty of the value in use."""
        return parse_prior(self.prior if self.override is None else self.override.prior)

    @property
    def is_setting(self) -> bool:
        """Whether it says how the program computes and prints, and nothing about the world."""
        return self.name.startswith(_SETTINGS)

    @property
    def is_judgement(self) -> bool:
        """Whether a report lists it among the judgements."""
        return self.grade == "J" or self.override is not None


_SETTINGS = (
    "run.",
    "report.",
    "portfolio.",
    "measure.annual_levels",
    "measure.first_questions",
    "measure.band",
    "measure.curve_points",
    "measure.event_levels",
    "measure.information_groups",
    "measure.interval_level",
    "measure.kind_levels",
    "measure.known_parameters",
    "measure.largest_share",
    "measure.limit_grid",
    "measure.record_grid",
    "measure.return_periods",
)


def check_prior(text: str, value: Value) -> None:
    """Refuse a prior that cannot belong to a value.

    Raises
    ------
    RuleError
        If the text is no prior, or the value cannot be its centre.

    Examples
    --------
    >>> check_prior("lognormal(sd_log=1)", 0.0)
    Traceback (most recent call last):
    exposure.records.RuleError: this value cannot have this prior
    """
    try:
        prior = parse_prior(text)
    except RuleError as error:
        raise RuleError(error.text, "prior") from None
    possible = fits(prior, value) if isinstance(value, float) else prior.is_point
    if not possible:
        raise RuleError(
            Text("この値にこの事前分布は使えません", "this value cannot have this prior"), "prior"
        )
