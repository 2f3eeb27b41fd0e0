"""The expected annual loss without any draw, a check on the simulation (年間期待損失の計算).

Integrates over sizes, kinds of data, publicity and press, and over claimants where fees are not
proportional to them. Covers every head, vouchers deducted from damages and recourse included. It
leaves out the rounding to whole yen, and treats claimants' own spread approximately in the fees of
suits (not in damages); both are far below any simulation error.
"""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from exposure.arrays import BoolArray, FloatArray, IntArray, sum_of_products
from exposure.model.attributes import KINDS, Circumstances, publicity_logit, reportable
from exposure.model.build import BreachModel, vendor_code
from exposure.model.costs import CONDOLENCE, CostHead
from exposure.model.expected_claims import expected_liability
from exposure.model.logit import normal_nodes
from exposure.model.size_cells import size_cells
from exposure.model.spending import triggered

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
    rows = _leaks(model)
    cause = rows.cause
    attributes = model.attributes
    conspicuous = attributes.external[cause] | attributes.insider[cause]
    for kinds, kind_probability in _kinds(model):
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
                    at_vendor=rows.at_vendor,
                    **kinds,
                    misuse=False,
                    reportable=due,
                    media=np.full(cause.size, media),
                )
                rate = rows.rate * (kind_probability * weight) * chance
                yield Scene(at, rate, attributes.misuse[cause], z)


@dataclass(frozen=True)
class _Leaks:
    cause: IntArray
    at_vendor: BoolArray
    persons: FloatArray
    notified: FloatArray
    rate: FloatArray


def _leaks(model: BreachModel) -> _Leaks:
    """Return every cause, place and size with its rate, after the client's history."""
    by_group = model.rates.by_group
    after = model.events_per_year / np.where(by_group > 0, by_group, 1)
    rates = model.rates.by_cause * after[:, None]
    vendor = vendor_code(model.groups)
    thresholds = {model.attributes.reporting_threshold, model.attributes.my_number_threshold}
    thresholds |= {head.threshold for head in model.costs} | {h.national for h in model.costs}
    columns: list[tuple[FloatArray, ...]] = []
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
                        rate * cells.probability,
                    )
                )
    return _Leaks(*(np.concatenate(column) for column in zip(*columns, strict=True)))


def _kinds(model: BreachModel) -> Iterator[tuple[dict[str, bool], float]]:
    """Yield every combination of kinds of data that can happen, with its probability."""
    for flags in itertools.product((False, True), repeat=len(KINDS)):
        probability = math.prod(
            model.attributes.share[kind] if flag else 1 - model.attributes.share[kind]
            for kind, flag in zip(KINDS, flags, strict=True)
        )
        if probability > 0:
            yield dict(zip(KINDS, flags, strict=True)), probability


def _spent(
    model: BreachModel, at: Circumstances, notified: FloatArray, z_pub: float
) -> dict[str, tuple[FloatArray, FloatArray]]:
    """Return probability and expected amount, if spent, of every cost head."""
    at = replace(at, notified=notified)
    chance: dict[str, FloatArray] = {}
    result = {}
    for head in model.costs:
        met = np.asarray(triggered(head, at, chance), dtype=np.float64)  # type: ignore[arg-type]
        chance[head.head] = np.broadcast_to(met * head.probability, notified.shape)
        result[head.head] = (chance[head.head], _amount(head, notified, z_pub))
    return result


def _amount(head: CostHead, notified: FloatArray, z_pub: float) -> FloatArray:
    fixed = np.where(notified < head.national, head.fixed_small, head.fixed)
    load = head.sigma * head.load_pub
    loud: FloatArray = (fixed + head.per_person * notified) * math.exp(load * z_pub - load**2 / 2)
    return loud


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
    return own
