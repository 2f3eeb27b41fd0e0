"""What the response to a leak costs, head by head (事故対応費用).

Each head has a condition, a fixed part and a part per person notified. Which events meet the
condition is in `exposure.model.spending`, claims by victims are in `exposure.model.claims`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from exposure.arrays import FloatArray, IntArray
from exposure.inputs.assumptions import Assumptions
from exposure.inputs.client import Client
from exposure.model.chosen import Chosen, chosen, picked, placed
from exposure.streams import Luck
from exposure.tables import Flag

ADS, CALL_CENTRE, CONDOLENCE, SHIPPING = (
    "apology_ads",
    "call_centre",
    "condolence",
    "condolence_shipping",
)
_GIVEN = frozenset({CONDOLENCE, SHIPPING})
INTERRUPTION, FINES = "business_interruption", "fines"
HEADS = (
    "consulting",
    "legal_consultation",
    "investigation",
    "cyber_response",
    "apology_letters",
    CALL_CENTRE,
    CONDOLENCE,
    SHIPPING,
    ADS,
    "press_conference",
    "misuse_monitoring",
    "overtime_travel",
    "temporary_staff",
    "recurrence_prevention",
    "system_repair",
    "data_restoration",
    "certification",
    "regulatory_report",
    "regulatory_proceedings",
    "recourse_claim_costs",
)


@dataclass(frozen=True)
class CostHead:
    """Cost of one head (費用項目).

    Parameters
    ----------
    head, condition : str
        Name of the head, and of the condition that triggers it.
    threshold : float
        Persons the condition speaks of; 0 if it speaks of none. [person]
    fixed, per_person : float
        [JPY]
    fixed_small, national : float
        Fixed part of fewer persons than ``national`` notified. [JPY], [person]
    probability : float
        Of spending at all, given the condition. [-]
    sigma : float
        Spread of the cost. [ln]
    load_pub, load_org, load_year : float
        Loadings on the common factors. [-]
    spending_mean_days : float
        Mean of the exponential spending profile after discovery. [day]
    """

    head: str
    condition: str
    threshold: float
    fixed: float
    per_person: float
    fixed_small: float
    national: float
    probability: float
    sigma: float
    load_pub: float
    load_org: float
    load_year: float
    spending_mean_days: float

    @property
    def own_load(self) -> float:
        """Loading on the factor that belongs to this head alone. [-]."""
        return math.sqrt(1 - self.load_pub**2 - self.load_org**2 - self.load_year**2)


@dataclass(frozen=True)
class Factors:
    """Standard normal factors shared by the components of an event (事故の共通要因).

    Parameters
    ----------
    pub, org, law : (n_events,) array
        Publicity, how badly the organisation handles it, legal climate. [-]
    year : (n_events,) array or float
        Factor of the year; 0 where nothing loads on it. [-]
    """

    pub: FloatArray
    org: FloatArray
    law: FloatArray
    year: FloatArray | float

    def taken(self, index: IntArray) -> Factors:
        """Return the factors of some of the events."""
        year = self.year[index] if isinstance(self.year, np.ndarray) else self.year
        return Factors(self.pub[index], self.org[index], self.law[index], year)


def cost_heads(client: Client, assumptions: Assumptions) -> tuple[CostHead, ...]:
    """Compile the cost heads of a client."""
    value = assumptions.value
    loud = assumptions.words("event.loading.costs.Z_pub_heads")
    heads = []
    for head in HEADS:
        fixed = value(f"cost.{head}.fixed")
        if head == "cyber_response" and (client.pcs or client.servers):
            fixed = (
                value("cost.cyber_response.first_response")
                + value("cost.cyber_response.per_pc") * (client.pcs or 0)
                + value("cost.cyber_response.per_server") * (client.servers or 0)
            )
        address = optional(assumptions, f"cost.{head}.address_share", 1.0)
        per_person = optional(assumptions, f"cost.{head}.per_person", 0.0) * address
        heads.append(
            CostHead(
                head=head,
                condition=assumptions.choice(f"cost.{head}.condition"),
                threshold=optional(assumptions, f"cost.{head}.threshold", 0.0),
                fixed=fixed,
                # What is given to each person is paid in whole yen, in a draw as well.
                per_person=float(round(per_person)) if head in _GIVEN else per_person,
                fixed_small=optional(assumptions, f"cost.{head}.fixed_local", fixed),
                national=optional(assumptions, f"cost.{head}.national_threshold", 0.0),
                probability=value(f"cost.{head}.probability"),
                sigma=value(f"cost.{head}.sigma"),
                load_pub=value("event.loading.costs.Z_pub") if head in loud else 0.0,
                load_org=value("event.loading.costs.Z_org"),
                load_year=value("event.loading.year.Y"),
                spending_mean_days=value(f"date.spending_mean.{head}"),
            )
        )
    return (*heads, *optional_heads(assumptions))


def optional_heads(assumptions: Assumptions) -> tuple[CostHead, ...]:
    """Compile the heads that are off unless their figures are stated (任意の費目).

    Business interruption is days × gross profit of a day × share stopped, after an external attack
    on the client's own systems; fines follow the duty to report. No product read insures either.

    Examples
    --------
    >>> from exposure.inputs.assumptions import load_assumptions
    >>> optional_heads(load_assumptions())
    ()
    """
    value = assumptions.value
    days = value("option.business_interruption.days")
    per_day = value("option.business_interruption.daily_gross_profit")
    stopped = value("option.business_interruption.share_stopped")
    spread = value("option.business_interruption.sigma")
    found = (
        _plain_head(INTERRUPTION, "external", days * per_day * stopped, 1.0, spread, days),
        _plain_head(
            FINES,
            "reportable",
            value("option.fines.amount"),
            value("option.fines.probability"),
            0.0,
            value("date.spending_mean.regulatory_proceedings"),
        ),
    )
    return tuple(head for head in found if head.fixed > 0 and head.probability > 0)


def _plain_head(
    head: str, condition: str, fixed: float, probability: float, sigma: float, days: float
) -> CostHead:
    """Return a head without a part per person and without common factors."""
    return CostHead(
        head=head,
        condition=condition,
        threshold=0.0,
        fixed=fixed,
        per_person=0.0,
        fixed_small=fixed,
        national=0.0,
        probability=probability,
        sigma=sigma,
        load_pub=0.0,
        load_org=0.0,
        load_year=0.0,
        spending_mean_days=days,
    )


def optional(assumptions: Assumptions, name: str, default: float) -> float:
    """Return a parameter that only some heads have."""
    return assumptions.value(name) if name in assumptions.records else default


def cost_amount(
    head: CostHead,
    spent: Chosen,
    notified: FloatArray,
    factors: Factors,
    luck: Luck,
    purpose: str = "cost",
) -> FloatArray:
    """Price one head (費用の額).

    Parameters
    ----------
    head : CostHead
    spent : chosen events
        Those that spend on it.
    notified : (n_events,) array
        Persons concerned. [person]
    factors : Factors
    luck : Luck
    purpose : str
        First word of the stream.

    Returns
    -------
    (n_events,) array
        Whole yen; 0 where nothing is spent. [JPY]
    """
    if spent is False:
        return np.zeros(notified.size)
    amount = _plain_amounts(head, spent, notified)
    if head.sigma:
        n = notified.size if spent is True else spent.size
        xi = luck.stream(f"{purpose}.{head.head}").standard_normal(n)
        xi *= head.own_load
        for load, factor in (
            (head.load_org, factors.org),
            (head.load_pub, factors.pub),
            (head.load_year, factors.year),
        ):
            if load:
                xi += load * picked(factor, spent)
        xi *= head.sigma
        xi -= head.sigma**2 / 2
        np.exp(xi, out=xi)
        xi *= amount
        amount = xi
    return placed(np.rint(amount), spent, notified.size)


def _plain_amounts(head: CostHead, spent: Chosen, notified: FloatArray) -> FloatArray | float:
    """Return what a head costs before its spread."""
    fixed: FloatArray | float = head.fixed
    if not (head.national or head.per_person):
        return fixed
    persons = picked(notified, spent)
    if head.national:
        fixed = np.where(persons < head.national, head.fixed_small, head.fixed)
    if not head.per_person:
        return fixed
    amount = persons * head.per_person
    amount += fixed
    return amount


def own_persons(notified: FloatArray, entrusted: Flag, omega: float) -> FloatArray:
    """Return the persons the client itself writes to (自社が通知する人数).

    The entrustor writes to the persons whose data it entrusted; the client does so again only for
    a share ω.

    Examples
    --------
    >>> own_persons(np.array([100.0, 100.0]), np.array([True, False]), 0.2)
    array([ 20., 100.])
    """
    elsewhere = chosen(entrusted)
    if elsewhere is False:
        return notified
    if elsewhere is True:
        return np.rint(notified * omega)
    told = notified.copy()
    told[elsewhere] = np.rint(picked(notified, elsewhere) * omega)
    return told
