"""What is true of a leak besides its size: kinds of data, publicity, duty to report (事故の属性).

Holds the circumstances that trigger costs and claims, and how they are drawn. A kind of data that
only some of the records hold concerns that share of the persons within a leak. Dates and the table
the policies see are made in `exposure.model.events`.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TypeAlias, overload

import numpy as np

from exposure.arrays import BoolArray, CodeArray, FloatArray, IntArray
from exposure.inputs.assumptions import Assumptions
from exposure.inputs.client import Client
from exposure.inputs.names import load_groups
from exposure.model.sizes import Sizes
from exposure.streams import Luck
from exposure.tables import Flag

# Share of the persons of a leak; a single number holds for every event.
Share: TypeAlias = FloatArray | float

KINDS = ("sensitive", "card", "income", "my_number")
SHARES = (*KINDS, "employee", "officer", "corporate", "deceased", "abroad", "entrusted")
_INSIDER, _EXTERNAL, _PHYSICAL, _OTHER = "insider", "external", "physical", "other"
_TABULATED = 2**9  # persons up to whom the holders of a kind of data are looked up
_FARTHEST = 2**3  # standard deviations
_MANY = 100.0  # variance from which their number is as good as normal


@dataclass(frozen=True)
class Attacks:
    """What kind of attack it is, and who works on it (攻撃の種類と対応).

    Parameters
    ----------
    ransomware : float
        Probability π_R, given an external attack on a system. [-]
    outside_system, outside_local : float
        Probabilities f that outside help is called, for an attack on a system and a local one. [-]
    outside_ransomware, outside_card, outside_card_local : float
        At least these, after ransomware and where card numbers leaked. [-]
    """

    ransomware: float
    outside_system: float
    outside_local: float
    outside_ransomware: float
    outside_card: float
    outside_card_local: float


@dataclass(frozen=True)
class AttributeModel:
    """Probabilities of the attributes of a leak (事故の属性の確率).

    Parameters
    ----------
    share : mapping of str to float
        Share of the client's data by kind, subject and place. [-]
    suspected, misuse : (n_causes,) array
        Probability that a leak is only suspected, and that misuse is confirmed. [-]
    external, insider, malicious, physical : (n_causes,) array of bool
        What kind of cause it is; ``malicious`` as the duty to report sees it.
    officer_intent, knowing_illegality : float
        Given an insider of the client's own. [-]
    publicity : tuple of float
        π_0, π_B, π_s and π_c. [logit]
    reporting_threshold, my_number_threshold : float
        A report is due above so many persons. [person]
    """

    share: Mapping[str, float]
    suspected: FloatArray
    misuse: FloatArray
    external: BoolArray
    insider: BoolArray
    malicious: BoolArray
    physical: BoolArray
    attacks: Attacks
    officer_intent: float
    knowing_illegality: float
    publicity: tuple[float, float, float, float]
    reporting_threshold: float
    my_number_threshold: float


@dataclass(frozen=True)
class Circumstances:
    """What triggers costs and claims (費用と請求のきっかけとなる事実).

    Parameters
    ----------
    persons, notified : (n_events,) array
        [person]
    external, insider, malicious, at_vendor, misuse, reportable, media
        (n_events,) arrays of bool, or a bool that holds for every event. ``external``, ``insider``
        and ``malicious`` follow the cause, also at a vendor.
    system : (n_events,) array of bool
        Whether the leak is in a system as such, and not local.
    ransomware : (n_events,) array of bool, or bool
    tech : (n_events,) array of bool, or bool
        Whether outside help is called after an attack on the client's own systems; the others are
        handled in house.
    sensitive, card, income, my_number : (n_events,) array or float
        Share of the persons of the leak whose data of this kind are in it. [-]
    """

    persons: FloatArray
    notified: FloatArray
    external: Flag
    insider: Flag
    malicious: Flag
    at_vendor: Flag
    system: Flag
    ransomware: Flag
    tech: Flag
    sensitive: Share
    card: Share
    income: Share
    my_number: Share
    misuse: Flag
    reportable: Flag
    media: Flag

    def select(self, index: IntArray) -> Circumstances:
        """Return the circumstances of some of the events."""
        parts = {f.name: getattr(self, f.name) for f in fields(self)}
        return Circumstances(**{name: take(part, index) for name, part in parts.items()})


@overload
def take(part: Flag, index: IntArray) -> Flag: ...
@overload
def take(part: Share, index: IntArray) -> Share: ...
def take(part: Flag | Share, index: IntArray) -> Flag | Share:
    """Take some of the events of a column; one that holds for every event stays as it is."""
    return part.take(index) if isinstance(part, np.ndarray) and part.ndim else part


def any_of(share: Share) -> Flag:
    """Say which leaks concern a kind of data at all (その種類の情報を含む事故).

    Examples
    --------
    >>> any_of(np.array([0.0, 0.3])), any_of(0.0)
    (array([False,  True]), False)
    """
    return share > 0


def cards(at: Circumstances) -> FloatArray:
    """Return the persons notified whose card numbers leaked (カード番号が漏えいした人数).

    (n_events,) array [person].
    """
    counted: FloatArray = np.rint(at.notified * at.card)
    return counted


def attribute_model(client: Client, assumptions: Assumptions) -> AttributeModel:
    """Compile the attributes of a client's leaks."""
    groups = load_groups()
    value = assumptions.value
    names = [groups.groups[g] for g in groups.group_of_cause]
    # Groups without a figure of their own share that of the others.
    suspects = {g: g if g in (_EXTERNAL, _PHYSICAL) else _OTHER for g in groups.groups}
    misusers = {g: g if g in (_EXTERNAL, _INSIDER) else _OTHER for g in groups.groups}
    stated = client.with_defaults(assumptions)
    share = {kind: float(getattr(stated, f"{kind}_share")) for kind in SHARES}
    theft = np.array([cause == "theft" for cause in groups.causes])
    return AttributeModel(
        share=share,
        suspected=np.array([value(f"event.suspected.{suspects[name]}") for name in names]),
        misuse=np.array([value(f"event.confirmed_misuse.{misusers[name]}") for name in names]),
        external=groups.is_in(_EXTERNAL),
        insider=groups.is_in(_INSIDER),
        malicious=groups.is_in(_EXTERNAL, _INSIDER) | theft,
        physical=groups.is_in(_PHYSICAL),
        attacks=_attacks(client, assumptions),
        officer_intent=value("event.officer_intent"),
        knowing_illegality=value("event.knowing_illegality"),
        publicity=(
            value("event.publicity.pi_0"),
            value("event.publicity.pi_B"),
            value("event.publicity.pi_s"),
            value("event.publicity.pi_c"),
        ),
        reporting_threshold=value("event.reporting_threshold"),
        my_number_threshold=value("event.reporting_threshold_my_number"),
    )


def _attacks(client: Client, assumptions: Assumptions) -> Attacks:
    value = assumptions.value
    # More is at stake, and more is at hand, where more records are held.
    larger = value("cost.tech.slope") * (
        math.log10(client.records) - math.log10(value("cost.tech.reference"))
    )
    system, local = (
        1 / (1 + math.exp(-(larger + value(f"cost.tech.{place}") + value("cost.tech.shift"))))
        for place in ("system", "local")
    )
    return Attacks(
        ransomware=value("event.ransomware"),
        outside_system=system,
        outside_local=local,
        outside_ransomware=value("cost.tech.ransomware"),
        outside_card=value("cost.tech.card"),
        outside_card_local=value("cost.tech.card_local"),
    )


def outside_probability(
    attacks: Attacks, system: Flag, ransomware: Flag, has_card: Flag
) -> FloatArray:
    """Return the probability that outside help is called after an attack (外部への調査の依頼).

    Examples
    --------
    >>> odds = Attacks(0.45, 0.6, 0.25, 0.7, 0.95, 0.5)
    >>> outside_probability(odds, np.array([True, True, False]), np.array([False, True, False]),
    ...                     np.array([False, False, True]))
    array([0.6, 0.7, 0.5])
    """
    plain = np.where(system, attacks.outside_system, attacks.outside_local)
    with_card = np.where(system, attacks.outside_card, attacks.outside_card_local)
    plain = np.where(ransomware, np.maximum(plain, attacks.outside_ransomware), plain)
    found: FloatArray = np.where(has_card, np.maximum(plain, with_card), plain)
    return found


def draw_share(share: float, persons: FloatArray, luck: Luck, purpose: str) -> Share:
    """Draw the share of the persons of each leak whose records hold a kind of data (含まれる割合).

    The number of them is binomial, and follows one uniform of the event; where its variance is
    large, a normal quantile corrected for skewness is as good.

    Parameters
    ----------
    share : float
        Of the client's records. [-]
    persons : (n_events,) array
        [person]
    purpose : str
        Of the stream.

    Examples
    --------
    >>> draw_share(1.0, np.array([5.0]), Luck(0), "kind.card")
    1.0
    >>> drawn = draw_share(0.3, np.array([1.0, 1e7]), Luck(0), "kind.card")
    >>> bool(drawn[0] in (0, 1)), round(float(drawn[1]), 2)
    (True, 0.3)
    """
    if share in (0, 1):
        return float(share)
    u = luck.stream(purpose).random(persons.size)
    return binomial_quantile(share, persons, u) / persons


def binomial_quantile(share: float, persons: FloatArray, u: FloatArray) -> FloatArray:
    """Return the smallest k with P(Binomial(n, p) ≤ k) ≥ u, for many n (二項分布の分位点).

    Parameters
    ----------
    share : float
        p, between 0 and 1. [-]
    persons : (n_events,) array
        n. [person]
    u : (n_events,) array
        In [0, 1).

    Examples
    --------
    >>> binomial_quantile(0.5, np.array([2.0, 2.0, 2.0]), np.array([0.2, 0.5, 0.9]))
    array([0., 1., 2.])
    """
    from scipy.special import bdtrik, ndtri

    few = persons <= _TABULATED
    variance = persons * (share * (1 - share))
    many = ~few & (variance >= _MANY)
    rest = ~(few | many)
    found = np.empty(persons.size)
    line, first = _binomial_table(share)
    n = persons[few].astype(np.int64)
    found[few] = np.searchsorted(line, n + u[few], side="right") - first[n]
    found[rest] = np.ceil(bdtrik(u[rest], persons[rest].astype(np.int64), share))
    with np.errstate(divide="ignore"):
        z = np.clip(ndtri(u[many]), -_FARTHEST, _FARTHEST)
    skewed = np.sqrt(variance[many]) * z + (z**2 - 1) * (1 - 2 * share) / 6
    found[many] = np.ceil(persons[many] * share + skewed - 1 / 2)
    return np.clip(found, 0.0, persons, out=found)


@functools.lru_cache(maxsize=8)
def _binomial_table(share: float) -> tuple[FloatArray, IntArray]:
    """Lay the distributions for every small number of persons out one after the other."""
    from scipy.special import bdtr

    n = np.repeat(np.arange(_TABULATED + 1), np.arange(1, _TABULATED + 2))
    first = np.arange(_TABULATED + 1) * np.arange(1, _TABULATED + 2) // 2
    k = np.arange(n.size) - first[n]
    below = np.asarray(bdtr(k, n, share), dtype=np.float64)
    below[k == n] = 1.0
    below += n
    return below, first.astype(np.int64)


def draw_flag(probability: float, n: int, luck: Luck, purpose: str) -> Flag:
    """Draw a flag of every event; a certain one stays a single bool, which costs nothing.

    Examples
    --------
    >>> draw_flag(1.0, 3, Luck(1), "deceased")
    True
    """
    if probability in (0, 1):
        return bool(probability)
    drawn: BoolArray = luck.stream(purpose).random(n) < probability
    return drawn


def reportable(
    model: AttributeModel, facts: Mapping[str, Flag | Share], persons: FloatArray
) -> BoolArray:
    """Say which leaks must be reported to the authority (報告義務).

    Sensitive data of anybody, a risk of damage to property, a malicious act, or more persons than
    the threshold; of those with My Number, more than a lower one.

    Parameters
    ----------
    facts : mapping of str to flag
        ``sensitive``, ``card`` and ``my_number``, as shares of the persons, and ``malicious``.
    persons : (n_events,) array
        [person]

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> law = SimpleNamespace(reporting_threshold=1000.0, my_number_threshold=100.0)
    >>> nothing = {"sensitive": False, "card": False, "my_number": False, "malicious": False}
    >>> reportable(law, nothing, np.array([1000.0, 1001.0]))
    array([False,  True])
    """
    due = persons > model.reporting_threshold
    if not _is_never(facts["my_number"]):
        due |= np.rint(persons * facts["my_number"]) > model.my_number_threshold
    for reason in ("sensitive", "card", "malicious"):
        if not _is_never(facts[reason]):
            due |= np.greater(facts[reason], 0)
    return due


def _is_never(part: Flag | Share) -> bool:
    return not isinstance(part, np.ndarray) and not part


def publicity_logit(
    model: AttributeModel, persons: FloatArray, sensitive: Share, conspicuous: Flag
) -> FloatArray:
    """Return the publicity index before the event's own factor. (n_events,) array [logit]."""
    pi_0, pi_b, pi_s, pi_c = model.publicity
    index = np.log10(persons)
    index *= pi_b
    index += pi_0
    if not _is_never(sensitive):
        index += pi_s * np.asarray(sensitive, dtype=float)
    index += pi_c * np.asarray(conspicuous, dtype=float)
    return index


def unless(flag: Flag, exempt: Flag) -> Flag:
    """Say where a flag holds and another does not; nothing to do where nothing is exempt.

    Examples
    --------
    >>> unless(np.array([True, True]), np.array([True, False]))
    array([False,  True])
    """
    return flag if exempt is False else flag & np.logical_not(exempt)


def draw_circumstances(
    model: AttributeModel,
    cause: CodeArray,
    sizes: Sizes,
    at_vendor: Flag,
    z_pub: FloatArray,
    luck: Luck,
) -> Circumstances:
    """Draw what triggers costs and claims (費用と請求のきっかけの抽選).

    Parameters
    ----------
    cause : (n_events,) array
        Codes of the causes.
    at_vendor : flag
    z_pub : (n_events,) array
        Publicity factor of each event. [-]
    """
    n = cause.size
    persons = sizes.persons
    kinds = {k: draw_share(model.share[k], persons, luck, f"kind.{k}") for k in KINDS}
    external, insider = model.external.take(cause), model.insider.take(cause)
    malicious = model.malicious.take(cause)
    misuse: BoolArray = luck.stream("misuse").random(n) < model.misuse.take(cause)
    ransomware: Flag = False
    if model.attacks.ransomware:
        held = luck.stream("ransomware").random(n) < model.attacks.ransomware
        ransomware = held & external & sizes.system
    help_called = outside_probability(
        model.attacks, sizes.system, ransomware, any_of(kinds["card"])
    )
    tech = unless(external & (luck.stream("tech").random(n) < help_called), at_vendor)
    due = reportable(model, {**kinds, "malicious": malicious}, persons)
    index = publicity_logit(model, persons, kinds["sensitive"], external | insider)
    index += z_pub
    # u < 1/(1 + e^-x) without the division.
    np.negative(index, out=index)
    with np.errstate(over="ignore"):
        np.exp(index, out=index)
    index += 1.0
    index *= luck.stream("media").random(n)
    return Circumstances(
        persons=persons,
        notified=sizes.notified,
        external=external,
        insider=insider,
        malicious=malicious,
        at_vendor=at_vendor,
        system=sizes.system,
        ransomware=ransomware,
        tech=tech,
        **kinds,
        misuse=misuse,
        reportable=due,
        media=index < 1.0,
    )
