"""What the printed scenario of a brochure says about a limit (案内書の損害想定).

Pays the printed losses at rising limits, the whole product rebuilt at each, and finds where the
sublimits stop cutting. The wording decides; nothing here knows a figure of it.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from exposure.errors import DataError, Problem, Text
from exposure.files import data_path, read_toml, shown_path
from exposure.inputs.sources import load_sources
from exposure.policy.cases import Case, read_cases
from exposure.policy.payout import PayoutTable, pay
from exposure.policy.plans import Plan, plan
from exposure.study.plans import ladder_ids
from exposure.study.tallies import cuts, term_label
from exposure.yen import format_yen


@dataclass(frozen=True)
class Scenario:
    """A printed scenario (案内書の損害想定).

    Parameters
    ----------
    persons : int
        Records leaked in it. [person]
    case : Case
        Its losses, under the product that prints it.
    assumptions : mapping of str to value
        Under which the model gives these losses for every leak.
    """

    persons: int
    case: Case
    assumptions: Mapping[str, object]


@functools.cache
def scenarios() -> dict[str, Scenario]:
    """Return the printed scenario of each product that has one (損害想定の一覧).

    Raises
    ------
    DataError
        If an entry names a case or a source that is not there.

    Examples
    --------
    >>> scenario = scenarios()["aiu_2015"]
    >>> scenario.persons, float(scenario.case.losses.total()[0])
    (100000, 154000000.0)
    """
    path = data_path("printed_scenarios.toml")
    where = shown_path(path)
    found, problems = {}, []
    for name, entry in read_toml(path).items():
        cases = {case.id: case for case in read_cases(data_path("cases", f"{name}.json"))}
        case = cases.get(entry["case"])
        if not isinstance(case, Case):
            text = Text("この事例がありません", "there is no such case")
            problems.append(Problem(where, f"{name}.case", text, entry["case"]))
        elif entry["source"] not in load_sources():
            text = Text("出所が data/sources.toml にありません", "not in data/sources.toml")
            problems.append(Problem(where, f"{name}.source", text))
        else:
            found[name] = Scenario(int(entry["persons"]), case, entry.get("assumptions", {}))
    if problems:
        raise DataError(problems)
    return found


@dataclass(frozen=True)
class Enough:
    """Where the sublimits stop cutting a printed scenario (内枠が足りる限度額).

    Parameters
    ----------
    limit : float
        Smallest limit at which no sublimit cuts. [JPY]
    term : str
        The sublimit that cuts just below it, as `exposure.study.tallies.cuts` names it.
    plan : Plan
        At that limit.
    loss, unpaid : float
        Of the scenario, at that limit. [JPY]
    """

    limit: float
    term: str
    plan: Plan
    loss: float
    unpaid: float


def enough_for(identifier: str, case: Case, limits: Sequence[float]) -> Enough | None:
    """Find the smallest limit at which no sublimit cuts a case (内枠が足りる限度額).

    Parameters
    ----------
    identifier : str
        Of a product whose limit is free, with any endorsements.
    case : Case
    limits : sequence of float
        The search goes from zero to the largest of them. [JPY]

    Returns
    -------
    Enough or None
        None if no sublimit ever cuts, or one still does at the largest limit.

    Examples
    --------
    >>> found = enough_for("aiu_2015", scenarios()["aiu_2015"].case, (1e9,))
    >>> found.limit, found.term, found.unpaid
    (315000000.0, 'execution', 3500000.0)
    """
    low, high = 0, int(max(limits, default=0.0))
    if not _cutting(identifier, case, low) or _cutting(identifier, case, high):
        return None
    while high - low > 1:
        middle = (low + high) // 2
        if _cutting(identifier, case, middle):
            low = middle
        else:
            high = middle
    built, table = _paid(identifier, case, high)
    loss = float(case.losses.total().sum())
    term = _cutting(identifier, case, low)[0]
    return Enough(float(high), term, built, loss, loss - float(table.paid.sum()))


def _paid(identifier: str, case: Case, limit: int) -> tuple[Plan, PayoutTable]:
    built = plan(ladder_ids(identifier, (limit,))[0])
    return built, pay(built, case.losses, case.period, case.used)


def _cutting(identifier: str, case: Case, limit: int) -> list[str]:
    """Return the sublimits that cut the case at a limit."""
    built, table = _paid(identifier, case, limit)
    overall = built.wording.plan.limit_covers
    return [term for term, flag in cuts(table).items() if term not in overall and flag.any()]


def scenario_text(identifier: str, product: str, records: int, limits: Sequence[float]) -> Text:
    """Return what the printed scenario says, where it is about as many persons; else nothing.

    Examples
    --------
    >>> scenario_text("aiu_2015", "aiu_2015", 1000, (1e9,)).en
    ''
    """
    scenario = scenarios().get(product)
    if scenario is None or scenario.persons != records:
        return Text("", "")
    found = enough_for(identifier, scenario.case, limits)
    if found is None:
        return Text("", "")
    label = term_label(found.plan, found.term)
    amounts = {
        lang: [format_yen(yen, lang) for yen in (found.loss, found.limit, found.unpaid)]
        for lang in ("ja", "en")
    }
    loss, limit, unpaid = amounts["ja"]
    loss_en, limit_en, unpaid_en = amounts["en"]
    return Text(
        f"案内書の{records:,}人の損害想定（{loss}）では、プランの支払限度額が{limit}に届くまで"
        f"{label.ja}が先に支払いを制限します。{limit}でも{unpaid}は手元に残ります。",
        f"In the printed scenario of {records:,} persons ({loss_en}), {label.en} binds below a"
        f" plan limit of {limit_en}; even there {unpaid_en} stays unpaid.",
    )
