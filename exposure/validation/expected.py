"""The expected annual loss without any draw, a check on the simulation (年間期待損失の計算).

Integrates over sizes, kinds of data, attacks, publicity and press, and over claimants where fees
are not proportional to them. Every size up to some sixty persons is a cell of its own, larger ones
are binned narrowly, and no cell straddles a threshold. Covers every head, vouchers deducted from
damages and recourse included. It leaves out the rounding to whole yen, treats claimants' own spread
approximately in the fees of suits (not in damages), and puts the mean in place of the share of the
persons whose data are of a kind that only some records hold; all are far below any simulation
error.
"""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
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
from exposure.model.claim_costs import PriceModel, litigation_costs, middle_level, price_moments
from exposure.model.claims import ClaimModel, grave_share, voluntary_amount
from exposure.model.costs import (
    CARD_REISSUE,
    CONDOLENCE,
    CYBER,
    REPAIR,
    mean_amount,
    mean_examination_costs,
)
from exposure.model.curves import Logit, normal_nodes, probability
from exposure.model.events import meets_condition, spending_probability
from exposure.model.sizes import SizeModel, reach_probability

_SINGLE = 2**6  # persons up to whom every size is a cell

_PER_OCTAVE = 2**4  # cells for every doubling beyond


@dataclass(frozen=True)
class SizeCells:
    """Sizes with their probabilities (規模のセル).

    Parameters
    ----------
    persons, notified : (n_cells,) array
        [person]
    probability : (n_cells,) array
        Sums to one. [-]
    system : (n_cells,) array of bool
        Whether the leak is in a system as such, and not local.
    """

    persons: FloatArray
    notified: FloatArray
    probability: FloatArray
    system: BoolArray


def size_cells(model: SizeModel, cause: int, thresholds: Iterable[float]) -> SizeCells:
    """Return the sizes of one cause (原因別の規模分布).

    Parameters
    ----------
    cause : int
        Code of the cause.
    thresholds : iterable of float
        No cell holds sizes on both sides of one. [person]
    """
    rho, full = float(model.system[cause]), float(model.full[cause])
    told = model.everyone_told
    marks = tuple(thresholds)
    parts: list[tuple[FloatArray, FloatArray, FloatArray, BoolArray]] = []

    def add(
        weight: float,
        persons: FloatArray,
        notified: FloatArray,
        share: FloatArray,
        system: bool = True,
    ) -> None:
        if weight > 0:
            parts.append((persons, notified, weight * share, np.full(persons.shape, system)))

    reach = [(h * (1 - model.all_hit), n) for h, n in zip(model.hit, model.databases, strict=True)]
    reach.append((model.all_hit, model.records))
    for hit, held in zip(model.hit, model.databases, strict=True):
        persons, share = _local(model, cause, float(held), marks)
        add((1 - rho) * hit, persons, persons, share, system=False)
    for hit, held in reach:
        # A full loss tells the persons it reached, or everybody, as a partial one does.
        persons, share = _full_sizes(model, float(held), marks)
        add(full * hit * (1 - told), persons, persons, share)
        add(full * hit * told, persons, np.full(persons.shape, float(held)), share)
        persons, share = _partial(model, float(held), marks)
        add((rho - full) * hit * (1 - told), persons, persons, share)
        add((rho - full) * hit * told, persons, np.full(persons.shape, float(held)), share)
    columns = zip(*parts, strict=True)
    return SizeCells(*(np.concatenate(column) for column in columns))


def _edges(held: float, thresholds: tuple[float, ...]) -> FloatArray:
    """Return the upper ends of the cells, whole persons up to ``held``."""
    octaves = max(float(np.log2(held / _SINGLE)), 0.0)
    beyond = _SINGLE * 2.0 ** (np.arange(int(octaves * _PER_OCTAVE) + 1) / _PER_OCTAVE)
    # "More than t" parts the sizes at t, "t or more" just below it.
    marks = np.array([t - below for t in thresholds for below in (0, 1)])
    edges = np.concatenate([np.arange(1, _SINGLE + 1), np.floor(beyond), np.floor(marks), [held]])
    return np.unique(edges[(edges >= 1) & (edges <= held)]).astype(np.float64)


def _local(
    model: SizeModel, cause: int, held: float, thresholds: tuple[float, ...]
) -> tuple[FloatArray, FloatArray]:
    from scipy.special import ndtr

    edges = _edges(held, thresholds)
    distance = np.log(edges) - model.median_log[cause]
    with np.errstate(divide="ignore", invalid="ignore"):
        below = ndtr(distance / model.sd_log)
    # Without a spread, all local events have the median size.
    return _cells(edges, np.where(model.sd_log > 0, below, distance >= 0))


def _partial(
    model: SizeModel, held: float, thresholds: tuple[float, ...]
) -> tuple[FloatArray, FloatArray]:
    from scipy.special import betainc

    edges = _edges(held, thresholds)
    log_held = np.log(held)
    share = np.log(edges) / log_held if log_held else np.ones(edges.size)
    return _cells(edges, betainc(model.shape_a, model.shape_b, np.minimum(share, 1.0)))


def _full_sizes(
    model: SizeModel, held: float, thresholds: tuple[float, ...]
) -> tuple[FloatArray, FloatArray]:
    """Return the sizes of full losses; all that is held is a cell of its own."""
    from scipy.special import betainc

    if not model.reach_exponent or held <= model.reach_from:
        return np.array([held]), np.ones(1)
    edges = _edges(held, (*thresholds, held))
    share = np.minimum(np.log(edges) / np.log(held), 1.0)
    below = betainc(model.shape_a, model.shape_b, share)
    return _cells(edges, below * (1 - reach_probability(model, edges)))


def _cells(edges: FloatArray, below: FloatArray) -> tuple[FloatArray, FloatArray]:
    below = below.copy()
    below[-1] = 1.0
    first = np.concatenate([[1.0], edges[:-1] + 1])
    middle: FloatArray = (first + edges) / 2
    return middle, np.diff(below, prepend=0.0)


_SINGLE_CLAIMANTS = 2**6  # claimants up to whom every number is counted

_CLAIMANTS_PER_OCTAVE = 2**4  # cells of claimants for every doubling beyond


def expected_liability(
    model: BreachModel,
    claims: ClaimModel,
    at: Circumstances,
    misuse: FloatArray,
    voucher: FloatArray,
    z_pub: float,
) -> dict[str, FloatArray]:
    """Return the expected yen of claims and of money given, head by head.

    dict of str to (n,) array [JPY].

    Parameters
    ----------
    at : Circumstances
        Misuse is not read from here.
    misuse, voucher : (n,) array
        Probabilities of confirmed misuse, and of a voucher unless compensated. [-]
    """
    paid_before = _gifts(model, claims, at, misuse, voucher)
    result = _gift_costs(model, at, paid_before)
    rate = probability(claims.demand, at.persons, at.sensitive, z_pub)
    demanding = at.persons * rate
    if claims.counted_as_expected:
        demanding = np.rint(demanding)
    some = 1 - _none(claims, rate, at.persons)
    result["damages"] = np.zeros(at.persons.size)
    result["litigation_costs"] = np.zeros(at.persons.size)
    if claims.suit is not None and claims.joining is not None:
        sued = probability(claims.suit, at.persons, at.sensitive, z_pub)
        joining = probability(claims.joining, at.persons, at.sensitive, z_pub)
        joined = at.persons * joining
        if claims.counted_as_expected:
            joined = np.rint(joined)
        suing = joined + _none(claims, joining, at.persons)
        least, settled = 1, claims.settlement_factor
    else:
        sued = np.full(at.persons.size, claims.suit_given_claim)
        suing, least = demanding, 0
        demanding, settled = demanding * (1 - sued), claims.settlement_factor
    most = int(np.argmax(at.persons))
    for chance, offset in paid_before:
        if not chance.any():
            continue
        each = _mean_price(claims.price, at, 1.0, offset)
        settlement = _mean_price(claims.price, at, settled, offset)
        won = (1 - claims.dismissal) * each
        result["damages"] += chance * (demanding * settlement + sued * suing * won)
        paid = float(np.broadcast_to(offset, at.persons.shape)[most])
        fees = _fees(claims, claims.joining or claims.demand, at, z_pub, paid, least)
        result["litigation_costs"] += chance * sued * fees
    suits = sued if least else sued * some
    court = claims.litigation
    result["court_attendance"] = suits * (
        court.officer_days * court.officer_day + court.employee_days * court.employee_day
    )
    misused = at.card * at.persons * claims.card_misuse_rate * (at.malicious & at.system)
    result["card_misuse_damages"] = misused * claims.card_misuse_amount
    return result


def _gifts(
    model: BreachModel,
    claims: ClaimModel,
    at: Circumstances,
    misuse: FloatArray,
    voucher: FloatArray,
) -> list[tuple[FloatArray, FloatArray | float]]:
    """Return the probabilities of what each person was given before: nothing, a voucher, more."""
    voluntary = claims.voluntary
    graver = np.broadcast_to(grave_share(at), misuse.shape)
    grave = misuse * (graver > 0)
    more = grave * voluntary.probability_misuse
    some = (1 - grave) * voluntary.probability
    usual = next(head.per_person for head in model.costs if head.head == CONDOLENCE)
    rest = 1 - more - some
    return [
        (rest * (1 - voucher), 0.0),
        (rest * voucher, usual),
        (some, voluntary.amount_basic),
        (more, voluntary_amount(voluntary, graver)),
    ]


def _gift_costs(
    model: BreachModel, at: Circumstances, gifts: list[tuple[FloatArray, FloatArray | float]]
) -> dict[str, FloatArray]:
    per_person = sum(chance * amount for chance, amount in gifts)
    entrusted = model.attributes.share["entrusted"]
    told = np.rint(at.notified * model.recourse.omega)
    back = np.rint(at.notified * model.recourse.fault_share)
    return {
        CONDOLENCE: per_person * (at.notified * (1 - entrusted) + told * entrusted),
        "entrustor_condolence": per_person * back * entrusted,
    }


def _mean_price(
    price: PriceModel, at: Circumstances, factor: float, offset: FloatArray | float
) -> FloatArray:
    """Return what a claimant is paid on average, over the event's level and his own. [JPY]."""
    level = middle_level(price, at) * factor * np.exp(price.sigma_level**2 / 2)
    sigma = math.hypot(price.sigma_level, price.sigma_own)
    if not sigma:
        certain: FloatArray = np.maximum(level - offset, 0.0)
        return certain
    mean, _ = price_moments(level, np.broadcast_to(offset, level.shape), sigma)
    return mean


def _none(claims: ClaimModel, rate: FloatArray, persons: FloatArray) -> FloatArray:
    """Return the probability of no claimant."""
    none: FloatArray = _at_most(claims, np.zeros(1), np.asarray(rate), persons)[0]
    return none


def _at_most(
    claims: ClaimModel, edges: FloatArray, rate: FloatArray, persons: FloatArray
) -> FloatArray:
    """Return P(C ≤ edge), exactly for single claimants and by the rate alone for many."""
    from scipy.special import bdtr, betainc, betaln, gammaln

    c = edges[:, None]
    if claims.counted_as_expected:
        return (np.rint(persons * rate) <= c).astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        if math.isinf(claims.kappa):
            below = bdtr(c, persons, rate)
        else:
            other = claims.kappa * (1 - rate) / rate
            few = np.arange(min(_SINGLE_CLAIMANTS, edges.max()) + 1)[:, None]
            log_ways = gammaln(persons + 1) - gammaln(few + 1) - gammaln(persons - few + 1)
            log_pmf = log_ways + betaln(few + claims.kappa, persons - few + other)
            log_pmf -= betaln(claims.kappa, other)
            exact = np.cumsum(np.where(few <= persons, np.exp(log_pmf), 0.0), axis=0)
            place = np.minimum((2 * c + 1) / 2 / persons, 1.0)
            many = c[:, 0] > _SINGLE_CLAIMANTS
            below = np.empty((edges.size, persons.size))
            below[~many] = exact[edges[~many].astype(np.int64)]
            below[many] = betainc(claims.kappa, other, place[many])
    certain: FloatArray = np.where((persons <= c) | (rate == 0), 1.0, below)
    return certain


def _geometric(first: int, last: float, per_octave: int) -> FloatArray:
    """Return whole numbers from 0, single up to ``first`` and then in equal ratios up to last."""
    octaves = max(math.log2(last / first), 0.0)
    beyond = first * 2.0 ** (np.arange(int(octaves * per_octave) + 1) / per_octave)
    found = np.unique(np.floor(np.concatenate([np.arange(first + 1), beyond, [last]])))
    kept: FloatArray = found[found <= last]
    return kept


def _fees(
    claims: ClaimModel,
    joining: Logit,
    at: Circumstances,
    z_pub: float,
    offset: float,
    least: int,
) -> FloatArray:
    """Return the expected costs of a suit of each event, over how many join it."""
    # Smooth in the size of the leak, so a few sizes are worked out and the rest interpolated.
    persons = _geometric(_CLAIMANTS_PER_OCTAVE, float(at.persons.max()), _CLAIMANTS_PER_OCTAVE)[1:]
    # Fees weigh in large leaks, where the kinds of data are mixed as in the largest.
    most = int(np.argmax(at.persons))
    sensitive = float(np.broadcast_to(at.sensitive, at.persons.shape)[most])
    rate = probability(joining, persons, sensitive, z_pub)
    edges = _geometric(_SINGLE_CLAIMANTS, persons[-1], _CLAIMANTS_PER_OCTAVE)
    upto = _at_most(claims, edges, rate, persons)
    middle = np.maximum(np.concatenate([[0.0], (edges[:-1] + 1 + edges[1:]) / 2]), least)
    fee = _mean_fees(claims, float(middle_level(claims.price, at)[most]), middle, offset)
    mean: FloatArray = np.einsum("i,ij->j", fee, np.diff(upto, axis=0, prepend=0.0))
    return np.interp(np.log(at.persons), np.log(persons), mean)


def _mean_fees(claims: ClaimModel, median: float, count: FloatArray, offset: float) -> FloatArray:
    """Return the expected fee of a suit by its claimants, over price, outcome and appeal."""
    price = claims.price
    nodes, weights = normal_nodes()
    own = np.log1p(math.expm1(price.sigma_own**2) / np.maximum(count, 1))[:, None]
    sigma = np.sqrt(price.sigma_level**2 + own)
    level = median * np.exp(sigma * nodes - own / 2)
    at_stake = count[:, None] * np.maximum(level - offset, 0.0)
    fee = np.zeros(count.size)
    for won, p_outcome in ((0.0, claims.dismissal), (1.0, 1 - claims.dismissal)):
        for instances, p in ((2.0, claims.litigation.appeal), (1.0, 1 - claims.litigation.appeal)):
            if p_outcome * p:
                through = np.full(at_stake.shape, instances)
                cost = litigation_costs(claims.litigation, at_stake, at_stake * won, through)
                fee += p_outcome * p * np.einsum("ij,j->i", cost, weights)
    return np.where(count > 0, fee, 0.0)


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
    """

    at: Circumstances
    rate: FloatArray
    misuse: FloatArray
    z_pub: float


def mean_annual_loss(model: BreachModel, regime: str) -> float:
    """Return the expected annual gross loss (年間期待損失). [JPY].

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
        voucher = _expected_costs(model, scene.at, scene.at.notified, scene.z_pub)[CONDOLENCE][0]
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
        rows, kinds = _split_attacks(model, *_of_kinds(model, leaks, flags))
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


def _split_attacks(
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


def _expected_costs(
    model: BreachModel, at: Circumstances, notified: FloatArray, z_pub: float
) -> dict[str, tuple[FloatArray, FloatArray]]:
    """Return probability and expected amount, if spent, of every cost head."""
    at = replace(at, notified=notified)
    chance: dict[str, FloatArray] = {}
    result = {}
    for head in model.costs:
        met = np.asarray(meets_condition(head, at, chance), dtype=np.float64)  # type: ignore[arg-type]
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
    alone = _expected_costs(model, at, at.notified, scene.z_pub)
    own = {head: p * x * (1 - entrusted) for head, (p, x) in alone.items()}
    if entrusted:
        told = np.rint(at.notified * model.recourse.omega)
        shared = _expected_costs(model, at, told, scene.z_pub)
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
