"""The expected annual loss without any draw, a check on the simulation (年間期待損失の計算).

Integrates over sizes, kinds of data, attacks, publicity and press, and over claimants where fees
are not proportional to them. Covers every head, vouchers deducted from damages and recourse
included. It leaves out the rounding to whole yen, treats claimants' own spread approximately in the
fees of suits (not in damages), and puts the mean in place of the share of the persons whose data
are of a kind that only some records hold; all are far below any simulation error.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from exposure.arrays import BoolArray, FloatArray, IntArray, sum_of_products
from exposure.model.attributes import (
    KINDS,
    Circumstances,
    Share,
    any_of,
    outside_probability,
    publicity_logit,
    reportable,
)
from exposure.model.build import BreachModel, vendor_code
from exposure.model.costs import (
    CARD_REISSUE,
    CONDOLENCE,
    CYBER,
    REPAIR,
    mean_amount,
    mean_examination_costs,
)
from exposure.model.logit import normal_nodes
from exposure.model.spending import spending_probability, triggered
from exposure.validation.expected_claims import expected_liability
from exposure.validation.size_cells import size_cells

_NODES = 2**2**2  # over the publicity factor


@dataclass(frozen=True)
class Scene:
    """Kinds of leaks that share the kinds of data, publicity and press (想定場面).

    Parameters
    ----------
    at : Circumstances
        One entry for every size, cause and place; misuse is kept apart as a probability.
    rate : (n,) array
        How often each happens in this scene. [1/year]
    misuse : (n,) array
        Probability that misuse is confirmed. [-]
    z_pub : float
    """

    at: Circumstances
    rate: FloatArray
    misuse: FloatArray
    z_pub: float


def mean_annual_loss(model: BreachModel, regime: str) -> float:
    """Return the expected annual gross loss (年間期待損失). [JPY].

    Parameters
    ----------
    model : BreachModel
    regime : str
        ``brochure`` or ``court``.

    Examples
    --------
    >>> from datetime import date
    >>> from exposure.inputs.assumptions import load_assumptions
    >>> from exposure.inputs.client import Client
    >>> from exposure.model.build import build_model
    >>> model = build_model(Client(records=1000), load_assumptions(), date(2026, 4, 1))
    >>> mean_annual_loss(model, "court") < mean_annual_loss(model, "brochure")
    True
    """
    return sum(mean_annual_losses(model, regime).values())


def mean_annual_losses(model: BreachModel, regime: str) -> Mapping[str, float]:
    """Return the expected annual gross loss of every head (項目別の年間期待損失). [JPY]."""
    total: dict[str, float] = defaultdict(float)
    for scene in _scenes(model):
        for head, amount in _response(model, scene).items():
            total[head] += sum_of_products(scene.rate, amount)
        voucher = _spent(model, scene.at, scene.at.notified, scene.z_pub)[CONDOLENCE][0]
        liability = expected_liability(
            model, model.claims[regime], scene.at, scene.misuse, voucher, scene.z_pub
        )
        for head, amount in liability.items():
            total[head] += sum_of_products(scene.rate, amount)
    return dict(total)


def _scenes(model: BreachModel) -> Iterator[Scene]:
    nodes, weights = normal_nodes(_NODES)
    attributes = model.attributes
    leaks = _leaks(model)
    for flags in itertools.product((False, True), repeat=len(KINDS)):
        rows, kinds = _attacked(model, *_of_kinds(model, leaks, flags))
        if not rows.rate.size:
            continue
        cause = rows.cause
        conspicuous = attributes.external[cause] | attributes.insider[cause]
        due = reportable(
            attributes, {**kinds, "malicious": attributes.malicious[cause]}, rows.persons
        )
        index = publicity_logit(attributes, rows.persons, kinds["sensitive"], conspicuous)
        for z, weight in zip(nodes.tolist(), weights.tolist(), strict=True):
            press = 1 / (1 + np.exp(-index - z))
            for media, chance in ((True, press), (False, 1 - press)):
                at = Circumstances(
                    persons=rows.persons,
                    notified=rows.notified,
                    external=attributes.external[cause],
                    insider=attributes.insider[cause],
                    malicious=attributes.malicious[cause],
                    at_vendor=rows.at_vendor,
                    system=rows.system,
                    ransomware=rows.ransomware,
                    tech=rows.tech,
                    **kinds,
                    misuse=False,
                    reportable=due,
                    media=np.full(cause.size, media),
                )
                rate = rows.rate * weight * chance
                yield Scene(at, rate, attributes.misuse[cause], z)


@dataclass(frozen=True)
class _Leaks:
    cause: IntArray
    at_vendor: BoolArray
    persons: FloatArray
    notified: FloatArray
    system: BoolArray
    rate: FloatArray
    ransomware: BoolArray
    tech: BoolArray

    def only(self, place: IntArray | BoolArray) -> _Leaks:
        return _Leaks(**{name: column[place] for name, column in vars(self).items()})


def _leaks(model: BreachModel) -> _Leaks:
    """Return every cause, place and size with its rate, after the client's history."""
    by_group = model.rates.by_group
    after = model.events_per_year / np.where(by_group > 0, by_group, 1)
    rates = model.rates.by_cause * after[:, None]
    vendor = vendor_code(model.groups)
    thresholds = {model.attributes.reporting_threshold, model.attributes.my_number_threshold}
    thresholds |= {head.threshold for head in model.costs} | {h.national for h in model.costs}
    columns: list[tuple[FloatArray | BoolArray, ...]] = []
    for cause in range(len(model.groups.causes)):
        cells = size_cells(model.sizes, cause, thresholds)
        n = cells.persons.size
        own = float(rates[:, cause].sum() - rates[vendor, cause])
        for rate, at_vendor in ((own, False), (float(rates[vendor, cause]), True)):
            if rate > 0:
                columns.append(
                    (
                        np.full(n, cause),
                        np.full(n, at_vendor),
                        cells.persons,
                        cells.notified,
                        cells.system,
                        rate * cells.probability,
                        np.full(n, False),
                        np.full(n, False),
                    )
                )
    return _Leaks(*(np.concatenate(column) for column in zip(*columns, strict=True)))


def _of_kinds(
    model: BreachModel, leaks: _Leaks, flags: tuple[bool, ...]
) -> tuple[_Leaks, dict[str, Share]]:
    """Return the leaks that concern some kinds of data and not the others, and the mean shares."""
    chance = np.ones(leaks.rate.size)
    shares: dict[str, Share] = {}
    for kind, flag in zip(KINDS, flags, strict=True):
        share = model.attributes.share[kind]
        none = (1 - share) ** leaks.persons
        chance = chance * (1 - none if flag else none)
        shares[kind] = 0.0
        if flag:
            shares[kind] = share / np.where(none < 1, 1 - none, 1.0) if share < 1 else 1.0
    (kept,) = np.nonzero(chance)
    rows = replace(leaks, rate=leaks.rate * chance).only(kept)
    return rows, {k: s[kept] if isinstance(s, np.ndarray) else s for k, s in shares.items()}


def _attacked(
    model: BreachModel, rows: _Leaks, kinds: dict[str, Share]
) -> tuple[_Leaks, dict[str, Share]]:
    """Split the leaks by ransomware and by whether outside help is called."""
    attacks, external = model.attributes.attacks, model.attributes.external[rows.cause]
    held = np.where(external & rows.system, attacks.ransomware, 0.0)
    parts = []
    places = []
    for ransomware, tech in itertools.product((False, True), repeat=2):
        help_called = outside_probability(
            attacks, rows.system, np.full(held.size, ransomware), any_of(kinds["card"])
        )
        help_called = np.where(external & ~rows.at_vendor, help_called, 0.0)
        chance = np.where(ransomware, held, 1 - held)
        chance = chance * (help_called if tech else 1 - help_called)
        (kept,) = np.nonzero(chance)
        n = kept.size
        part = replace(rows, rate=rows.rate * chance).only(kept)
        parts.append(replace(part, ransomware=np.full(n, ransomware), tech=np.full(n, tech)))
        places.append(kept)
    index = np.concatenate(places)
    whole = _Leaks(
        **{name: np.concatenate([vars(part)[name] for part in parts]) for name in vars(rows)}
    )
    return whole, {k: s[index] if isinstance(s, np.ndarray) else s for k, s in kinds.items()}


def _spent(
    model: BreachModel, at: Circumstances, notified: FloatArray, z_pub: float
) -> dict[str, tuple[FloatArray, FloatArray]]:
    """Return probability and expected amount, if spent, of every cost head."""
    at = replace(at, notified=notified)
    chance: dict[str, FloatArray] = {}
    result = {}
    for head in model.costs:
        met = np.asarray(triggered(head, at, chance), dtype=np.float64)  # type: ignore[arg-type]
        spent = met * spending_probability(head, at)
        chance[head.head] = np.broadcast_to(spent, notified.shape)
        amount = mean_amount(head, at, z_pub)
        if head.head == CYBER:
            amount = mean_examination_costs(model.examined, at)
        result[head.head] = (chance[head.head], amount)
    return result


def _response(model: BreachModel, scene: Scene) -> dict[str, FloatArray]:
    """Return the expected response costs but condolence money, entrusted data included."""
    at = scene.at
    entrusted = model.attributes.share["entrusted"]
    alone = _spent(model, at, at.notified, scene.z_pub)
    own = {head: p * x * (1 - entrusted) for head, (p, x) in alone.items()}
    if entrusted:
        told = np.rint(at.notified * model.recourse.omega)
        shared = _spent(model, at, told, scene.z_pub)
        # The press reads of the leak whoever writes to the persons.
        own = {h: own[h] + p * x * entrusted for h, (p, x) in shared.items()}
        back = sum(p * x for head, (p, x) in alone.items() if head in model.recourse.heads)
        own["entrustor_costs"] = np.asarray(back * model.recourse.fault_share * entrusted)
    del own[CONDOLENCE]
    # Cards are re-issued whoever writes to their holders; systems are the client's.
    reissued, amount = alone[CARD_REISSUE]
    own[CARD_REISSUE] = reissued * amount
    recovered = mean_amount(model.recovery, at, scene.z_pub)
    recovered = recovered * np.where(at.tech, 1.0, model.recovery_in_house)
    own[REPAIR] = own[REPAIR] + recovered * (at.ransomware & ~np.asarray(at.at_vendor))
    return own
