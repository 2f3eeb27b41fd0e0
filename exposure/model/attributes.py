"""What is true of a leak besides its size: kinds of data, publicity, duty to report (事故の属性).

Holds the circumstances that trigger costs and claims, and how they are drawn. Dates and the table
the policies see are made in `exposure.model.events`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np

from exposure.arrays import BoolArray, CodeArray, FloatArray, IntArray
from exposure.inputs.assumptions import Assumptions
from exposure.inputs.client import Client
from exposure.model.groups import load_groups
from exposure.streams import Luck
from exposure.tables import Flag

KINDS = ("sensitive", "card", "income", "my_number")
SHARES = (*KINDS, "employee", "officer", "corporate", "deceased", "abroad", "entrusted")
_INSIDER, _EXTERNAL, _PHYSICAL, _OTHER = "insider", "external", "physical", "other"


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
    external, insider, at_vendor, sensitive, card, income, my_number, misuse, reportable, media
        (n_events,) arrays of bool, or a bool that holds for every event. ``external`` and
        ``insider`` follow the cause, also at a vendor.
    """

    persons: FloatArray
    notified: FloatArray
    external: Flag
    insider: Flag
    at_vendor: Flag
    sensitive: Flag
    card: Flag
    income: Flag
    my_number: Flag
    misuse: Flag
    reportable: Flag
    media: Flag

    def taken(self, index: IntArray) -> Circumstances:
        """Return the circumstances of some of the events."""
        parts = {f.name: getattr(self, f.name) for f in fields(self)}
        return Circumstances(
            **{name: taken(part, index) for name, part in parts.items()}  # type: ignore[arg-type]
        )


def taken(part: Flag, index: IntArray) -> Flag:
    """Take some of the events of a flag; one that holds for every event stays as it is."""
    return part.take(index) if isinstance(part, np.ndarray) and part.ndim else part


def attribute_model(client: Client, assumptions: Assumptions) -> AttributeModel:
    """Compile the attributes of a client's leaks."""
    groups = load_groups()
    value = assumptions.value
    names = [groups.groups[g] for g in groups.group_of_cause]
    # Groups without a figure of their own share that of the others.
    suspects = {g: g if g in (_EXTERNAL, _PHYSICAL) else _OTHER for g in groups.groups}
    misusers = {g: g if g in (_EXTERNAL, _INSIDER) else _OTHER for g in groups.groups}
    share = {}
    for kind in SHARES:
        stated = getattr(client, f"{kind}_share", None)
        share[kind] = value(f"client.{kind}_share") if stated is None else float(stated)
    theft = np.array([cause == "theft" for cause in groups.causes])
    return AttributeModel(
        share=share,
        suspected=np.array([value(f"event.suspected.{suspects[name]}") for name in names]),
        misuse=np.array([value(f"event.confirmed_misuse.{misusers[name]}") for name in names]),
        external=groups.is_in(_EXTERNAL),
        insider=groups.is_in(_INSIDER),
        malicious=groups.is_in(_EXTERNAL, _INSIDER) | theft,
        physical=groups.is_in(_PHYSICAL),
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


def draw_flag(probability: float, n: int, luck: Luck, purpose: str) -> Flag:
    """Draw a flag of every event; a certain one stays a single bool, which costs nothing.

    Examples
    --------
    >>> draw_flag(1.0, 3, 0, "deceased", 0)
    True
    """
    if probability in (0, 1):
        return bool(probability)
    drawn: BoolArray = luck.stream(purpose).random(n) < probability
    return drawn


def reportable(model: AttributeModel, facts: Mapping[str, Flag], persons: FloatArray) -> BoolArray:
    """Say which leaks must be reported to the authority (報告義務).

    Sensitive data, a risk of damage to property, a malicious act, or more persons than the
    threshold; with My Number, more than a lower one.

    Parameters
    ----------
    model : AttributeModel
    facts : mapping of str to flag
        ``sensitive``, ``card``, ``my_number`` and ``malicious``.
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
    if facts["my_number"] is not False:
        due |= np.logical_and(facts["my_number"], persons > model.my_number_threshold)
    for reason in ("sensitive", "card", "malicious"):
        if facts[reason] is not False:
            due |= facts[reason]
    return due


def publicity_logit(
    model: AttributeModel, persons: FloatArray, sensitive: Flag, conspicuous: Flag
) -> FloatArray:
    """Return the publicity index before the event's own factor. (n_events,) array [logit]."""
    pi_0, pi_b, pi_s, pi_c = model.publicity
    index = np.log10(persons)
    index *= pi_b
    index += pi_0
    if not isinstance(sensitive, bool) or sensitive:
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
    sizes: tuple[FloatArray, FloatArray],
    at_vendor: Flag,
    z_pub: FloatArray,
    luck: Luck,
) -> Circumstances:
    """Draw what triggers costs and claims (費用と請求のきっかけの抽選).

    Parameters
    ----------
    model : AttributeModel
    cause : (n_events,) array
        Codes of the causes.
    sizes : tuple of (n_events,) arrays
        Persons leaked and persons notified. [person]
    at_vendor : flag
    z_pub : (n_events,) array
        Publicity factor of each event. [-]
    luck : Luck
    """
    n = cause.size
    persons, notified = sizes
    kinds = {k: draw_flag(model.share[k], n, luck, f"kind.{k}") for k in KINDS}
    external, insider = model.external.take(cause), model.insider.take(cause)
    misuse = np.zeros(n, dtype=np.bool_)
    (possible,) = np.nonzero((model.misuse > 0).take(cause))
    chance = model.misuse.take(cause.take(possible))
    misuse[possible] = luck.stream("misuse").random(possible.size) < chance
    due = reportable(model, {**kinds, "malicious": model.malicious.take(cause)}, persons)
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
        notified=notified,
        external=external,
        insider=insider,
        at_vendor=at_vendor,
        **kinds,
        misuse=misuse,
        reportable=due,
        media=index < 1.0,
    )
