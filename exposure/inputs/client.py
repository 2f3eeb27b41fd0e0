"""Who the client is (顧客).

One record, checked when it is read; what its answers mean for the loss is left to the model.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any  # Any: values as read from a file, before they are checked

from pydantic import (
    AliasChoices,
    BaseModel,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)

from exposure.errors import Text
from exposure.files import nearest
from exposure.inputs.assumptions import Assumptions
from exposure.inputs.fields import as_field, fields, printable_text, share, whole_number
from exposure.inputs.names import groups, industries, industry_of, likely_data
from exposure.labels import phrase
from exposure.records import Refusing, RuleError

# Shares of the records, which the assumptions state where the client does not.
SHARES: tuple[str, ...] = (
    "employee_share",
    "officer_share",
    "corporate_share",
    "deceased_share",
    "entrusted_share",
    "outsourced_share",
    "abroad_share",
    "sensitive_share",
    "card_share",
    "income_share",
    "my_number_share",
)
# Whose data a record is: one of these, or else a customer's.
_SUBJECTS = ("employee_share", "officer_share", "corporate_share")

_Text = Annotated[str, as_field("client", printable_text)]
_Whole = Annotated[int, as_field("client", whole_number)]
_Share = Annotated[float, as_field("client", share)]


def _field_name(key: str) -> str:
    """Return a field as a Japanese message names it."""
    return f"「{fields('client')[key].label.ja}」"


def _other(key: str) -> str:
    return "tolerance" if key == "liquidity" else "liquidity"


@dataclass(frozen=True)
class _TwoAmounts:
    """Own funds stated under both names, and not the same; shown as both in messages."""

    liquidity: int
    tolerance: int

    def __repr__(self) -> str:
        return f"{self.liquidity:,} / {self.tolerance:,}"


class Client(BaseModel, metaclass=Refusing):
    """The client of a study (顧客).

    Parameters
    ----------
    name : str
        Shown in the report; a study without one takes the study's name.
    records : int
        Persons on record. [person]
    industry : str or None
        Key of ``names.industries``; read from its key or Japanese name, or its beginning.
    revenue : int or None
        Annual revenue, consumption tax included. [JPY/year]
    employees : int or None
        [person]
    incidents_last_3_years : int or None
        Leaks and suspected leaks; left out, no history is used, while 0 is a history. [event]
    incidents_by_group : mapping of str to int or None
        The same by cause group. [event]
    databases : tuple of int or None
        Persons in each database; they may overlap, so their sum is at least ``records``. [person]
    employee_share, officer_share, corporate_share : float or None
        Whose data they are; the rest are customers'. [-]
    deceased_share : float or None
        Data of the dead. [-]
    entrusted_share, outsourced_share, abroad_share : float or None
        Held for others (受託), handed to vendors (委託), stored abroad. [-]
    sensitive_share, card_share, income_share, my_number_share : float or None
        Records with such data. [-]
    questionnaire_score : float or None
        1 is best. [-]
    pcs, servers : int or None
        Devices to examine after an attack. [device]
    liquidity : int or None
        Own funds: the most one year may cost; ``tolerance`` is read as the same. [JPY]
    cost_of_liquidity : float or None
        [1/year]
    adequacy_target : float or None
        Of edition 0.1: read and checked, but nothing depends on it any more. [-]

    Examples
    --------
    >>> client = Client.model_validate({"records": "１２万件", "industry": "医療"})
    >>> client.records, client.industry
    (120000, 'medical_welfare')
    """

    model_config = ConfigDict(frozen=True, extra="forbid", validate_by_name=True)

    name: _Text | None = None
    records: _Whole
    industry: str | None = None
    revenue: _Whole | None = None
    employees: _Whole | None = None
    incidents_last_3_years: _Whole | None = None
    incidents_by_group: Mapping[str, int] | None = None
    databases: tuple[int, ...] | None = None
    employee_share: _Share | None = None
    officer_share: _Share | None = None
    corporate_share: _Share | None = None
    deceased_share: _Share | None = None
    entrusted_share: _Share | None = None
    outsourced_share: _Share | None = None
    abroad_share: _Share | None = None
    sensitive_share: _Share | None = None
    card_share: _Share | None = None
    income_share: _Share | None = None
    my_number_share: _Share | None = None
    questionnaire_score: _Share | None = None
    pcs: _Whole | None = None
    servers: _Whole | None = None
    liquidity: _Whole | None = Field(None, validation_alias=AliasChoices("liquidity", "tolerance"))
    cost_of_liquidity: _Share | None = None
    adequacy_target: _Share | None = None

    @model_validator(mode="before")
    @classmethod
    def _own_funds_once(cls, raw: object) -> object:
        """Take ``liquidity`` and ``tolerance`` for one key; what is wrong with either is kept."""
        if not isinstance(raw, Mapping) or not {"liquidity", "tolerance"} <= raw.keys():
            return raw
        field, read = fields("client")["liquidity"], dict[str, int | None]()
        for key in ("liquidity", "tolerance"):
            try:
                read[key] = None if raw[key] is None else whole_number(raw[key], field)
            except RuleError:
                return {name: value for name, value in raw.items() if name != _other(key)}
        one, two = read["liquidity"], read["tolerance"]
        rest = {name: value for name, value in raw.items() if name != "tolerance"}
        if one is None or two is None or one == two:
            return {**rest, "liquidity": two if one is None else one}
        return {**rest, "liquidity": _TwoAmounts(one, two)}

    @field_validator("industry", mode="before")
    @classmethod
    def _known_industry(cls, raw: object) -> str | None:
        if raw is None:
            return None
        if not isinstance(raw, str):
            raise RuleError("文字列を入力してください", "expected text in quotes")
        return industry_of(raw)

    @field_validator("liquidity", mode="before")
    @classmethod
    def _one_amount(cls, raw: object) -> object:
        if isinstance(raw, _TwoAmounts):
            raise RuleError(
                "liquidity と tolerance は同じ項目です。どちらか一方にしてください",
                "liquidity and tolerance are one and the same; state one of them",
            )
        return raw

    @field_validator("databases", mode="before")
    @classmethod
    def _counts(cls, raw: object) -> tuple[int, ...] | None:
        if raw is None:
            return None
        if not isinstance(raw, list | tuple) or not raw:
            raise RuleError(
                "[ ] で囲んだ件数の並びを指定してください", "expected a list of counts in [ ]"
            )
        return tuple(whole_number(count, fields("client")["databases"]) for count in raw)

    @field_validator("incidents_by_group", mode="before")
    @classmethod
    def _by_group(cls, raw: object) -> dict[str, int] | None:
        if raw is None:
            return None
        if not isinstance(raw, Mapping):
            raise RuleError(
                "原因群と件数の表を指定してください", "expected a table of groups and counts"
            )
        for group in raw:
            if group not in groups():
                near = nearest(str(group), groups()) or ", ".join(groups())
                named = [f"{groups()[key].label.ja}（{key}）" for key in near.split(", ")]
                raise RuleError(
                    f"知らない原因群です（{group}）。使えるのは: {'、'.join(named)}",
                    f'unknown cause group "{group}"; known: {near}',
                )
        field = fields("client")["incidents_by_group"]
        return {group: whole_number(count, field) for group, count in raw.items()}

    @model_validator(mode="after")
    def _fits_together(self) -> Client:
        if self.databases is not None and self.records > sum(self.databases):
            raise RuleError(
                f"データベースの合計が{_field_name('records')}（{self.records:,}）に足りません",
                f"the databases hold fewer persons than records ({self.records:,})",
                "databases",
            )
        if self.incidents_by_group is not None and self.incidents_last_3_years is not None:
            total = sum(self.incidents_by_group.values())
            if total != self.incidents_last_3_years:
                raise RuleError(
                    f"原因群別の合計（{total}）が{_field_name('incidents_last_3_years')}と違います",
                    f"the counts by group sum to {total}, not to incidents_last_3_years",
                    "incidents_by_group",
                )
        if math.fsum(getattr(self, name) or 0.0 for name in _SUBJECTS) > 1.0:
            raise RuleError(
                f"{'、'.join(map(_field_name, _SUBJECTS))}の合計を1以下にしてください",
                f"{', '.join(_SUBJECTS)} must sum to 1 or less",
                _SUBJECTS[0],
            )
        return self

    @property
    def history(self) -> int | None:
        """Leaks of the last years in all, or None if no history is used. [event]."""
        if self.incidents_by_group is not None:
            return sum(self.incidents_by_group.values())
        return self.incidents_last_3_years

    def with_defaults(self, assumptions: Assumptions) -> Client:
        """Return the client with every share and the score stated (未回答の補完).

        Parameters
        ----------
        assumptions : Assumptions
            What holds for a client who did not say.

        Examples
        --------
        >>> from exposure.inputs.assumptions import load_assumptions
        >>> Client(records=1000).with_defaults(load_assumptions()).card_share
        0.0
        """
        unstated: dict[str, Any] = {
            name: assumptions.value(name_of_default(name, self.industry, assumptions))
            for name in SHARES
            if getattr(self, name) is None
        }
        if self.questionnaire_score is None:
            unstated["questionnaire_score"] = assumptions.value("frequency.score")
        # Checked again: defaults a study changed may not fit what the client said.
        return Client.model_validate({**self.model_dump(), **unstated})

    def with_records(self, count: int) -> Client:
        """Return the client with another record count, its databases in proportion (別の件数).

        Parameters
        ----------
        count : int
            Records held. [person]

        Examples
        --------
        >>> Client(records=1000, databases=(800, 300)).with_records(500).databases
        (400, 150)
        """
        stated: dict[str, Any] = self.model_dump(exclude_none=True) | {"records": count}
        if self.databases is not None:
            stated["databases"] = [-(-held * count // self.records) for held in self.databases]
        return Client.model_validate(stated)


def name_of_default(share: str, industry: str | None, assumptions: Assumptions) -> str:
    """Return the assumption that holds for a share a client did not state (未回答の前提).

    That of the client's industry, where it has one of its own, or else that of everybody.

    Examples
    --------
    >>> from exposure.inputs.assumptions import load_assumptions
    >>> name_of_default("sensitive_share", "medical_welfare", load_assumptions())
    'client.sensitive_share.medical_welfare'
    >>> name_of_default("sensitive_share", "manufacturing", load_assumptions())
    'client.sensitive_share'
    """
    own = f"client.{share}.{industry}"
    return own if own in assumptions.records else f"client.{share}"


def data_of_industry(client: Client, assumptions: Assumptions) -> list[Text]:
    """Say which data a client is taken to hold because of its industry (業種から置いた前提).

    Examples
    --------
    >>> from exposure.inputs.assumptions import load_assumptions
    >>> clinic = Client(records=1000, industry="medical_welfare")
    >>> print(data_of_industry(clinic, load_assumptions())[0].en[:63])
    Share of sensitive data: taken as 100%, since it is not stated;
    >>> data_of_industry(Client(records=1000, industry="manufacturing"), load_assumptions())
    []
    """
    found = []
    for name in SHARES:
        key = name_of_default(name, client.industry, assumptions)
        if getattr(client, name) is not None or key == f"client.{name}":
            continue
        label, why = fields("client")[name].label, assumptions.record(key).note
        found.append(
            phrase(
                "notice",
                "share.taken",
                label=Text(label.ja, _start_sentence(label.en)),
                taken=f"{assumptions.value(key):.0%}",
                why=why,
            )
        )
    return found


def _start_sentence(words: str) -> str:
    """Return words as they open a sentence."""
    return words[:1].upper() + words[1:]


def data_to_state(client: Client, assumptions: Assumptions) -> list[Text]:
    """Say which data a client should state, as its trade may well hold them (確認が必要な情報).

    Nothing is assumed of them in the meantime.

    Examples
    --------
    >>> from exposure.inputs.assumptions import load_assumptions
    >>> shop = Client(records=1000, industry="wholesale_retail", sensitive_share=0.0)
    >>> print(data_to_state(shop, load_assumptions())[0].en)
    Share of card or account numbers: not stated and taken as 0%, though likely in Wholesale, \
retail; please state it
    """
    found = []
    known = industries()
    for name in likely_data(client.industry):
        key = name_of_default(name, client.industry, assumptions)
        if getattr(client, name) is not None or key != f"client.{name}":
            continue
        label, taken = fields("client")[name].label, f"{assumptions.value(key):.0%}"
        in_trade = client.industry is not None and name in likely_data(client.industry)[1:]
        trade = known[client.industry].label if client.industry is not None else Text("", "")
        found.append(
            phrase(
                "notice",
                "share.likely" if in_trade else "share.missing",
                label=Text(label.ja, _start_sentence(label.en)),
                taken=taken,
                trade=trade,
            )
        )
    return found
