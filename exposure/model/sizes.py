"""How many persons a leak concerns, and how many are told (漏えい人数と通知人数).

A leak is local (an envelope, a mailing list, a laptop), partial (somebody in the database) or full:
all that hangs together, which above some number of records is seldom everything. Its size never
exceeds the records held, and never falls when more are held and the luck is the same. What it costs
is left to others.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np

from exposure.arrays import BoolArray, CodeArray, FloatArray, IntArray
from exposure.inputs.assumptions import Assumptions
from exposure.inputs.client import Client
from exposure.inputs.names import load_groups
from exposure.model.curves import Line, line_through, on_line
from exposure.streams import Luck

_NODES = 2**11  # of the tabulated beta quantile


@dataclass(frozen=True)
class SizeModel:
    """Sizes of leaks for one client (漏えい規模の分布).

    Parameters
    ----------
    records : float
        Persons on record N. [person]
    databases : (n_databases,) array
        Records of each database; one if they are not told apart. [person]
    hit : (n_databases,) array
        Probability that an event is in each database. [-]
    all_hit : float
        Probability that a system event reaches all of them. [-]
    median_log : (n_causes,) array
        Of local events. [ln persons]
    sd_log : float
        Of local events. [-]
    system, full : (n_causes,) array
        Probabilities ρ of a system event and ρα of a full loss. [-]
    reach_from, reach_exponent : float
        K and γ: a full loss reaches more than t > K persons with probability (K/t)^γ; 0 for
        everything. [person], [-]
    shape_a, shape_b : float
        Beta distribution of ln B ÷ ln N of partial events. [-]
    everyone_told : float
        ν, probability that a partial leak is told to everyone on record. [-]
    log_share : Line
        ln B ÷ ln N of partial events against a standard normal of the same probability. [-]
    """

    records: float
    databases: FloatArray
    hit: FloatArray
    all_hit: float
    median_log: FloatArray
    sd_log: float
    system: FloatArray
    full: FloatArray
    reach_from: float
    reach_exponent: float
    shape_a: float
    shape_b: float
    everyone_told: float
    log_share: Line


@dataclass(frozen=True)
class Sizes:
    """Persons of every event (漏えい人数と通知人数). (n_events,) arrays [person].

    ``system`` says of every event whether it is in a system as such, and not local.
    """

    persons: FloatArray
    notified: FloatArray
    system: BoolArray


def size_model(client: Client, assumptions: Assumptions) -> SizeModel:
    """Compile the sizes of a client's leaks."""
    groups = load_groups()
    value = assumptions.value
    system = np.array([value(f"size.rho.{cause}") for cause in groups.causes])
    alpha = np.array([value(f"size.alpha.{groups.groups[g]}") for g in groups.group_of_cause])
    stated = client.databases or (client.records,)
    databases = np.minimum(np.array(stated, dtype=float), client.records)
    databases = databases[databases > 0]
    attraction = databases ** value("size.database_exponent")
    shape_a, shape_b = value("size.a"), value("size.b")
    return SizeModel(
        records=float(client.records),
        databases=databases,
        hit=attraction / attraction.sum(),
        all_hit=value("size.all_databases") if databases.size > 1 else 0.0,
        median_log=np.array([value(f"size.m.{cause}") for cause in groups.causes]),
        sd_log=value("size.sigma"),
        system=system,
        full=system * alpha,
        reach_from=value("size.reach.from"),
        reach_exponent=value("size.reach.gamma"),
        shape_a=shape_a,
        shape_b=shape_b,
        everyone_told=value("size.nu"),
        log_share=beta_line(shape_a, shape_b),
    )


@functools.lru_cache(maxsize=8)
def beta_nodes(shape_a: float, shape_b: float) -> tuple[FloatArray, FloatArray]:
    """Tabulate the beta quantile against the standard normal of the same probability.

    Interpolating between two thousand nodes is as good as the exact inverse for persons counted in
    whole numbers, and a hundred times faster.

    Examples
    --------
    >>> normal, share = beta_nodes(2.0, 2.0)
    >>> round(float(np.interp(0.0, normal, share)), 6)
    0.5
    """
    from scipy.special import betainc, ndtri

    # Denser towards both ends, where the quantile is steep.
    angle = np.linspace(0, np.pi, _NODES + 1)
    share, rest = (1 - np.cos(angle)) / 2, (1 + np.cos(angle)) / 2
    below = betainc(shape_a, shape_b, share)
    normal = ndtri(below)
    # In the upper half the complement keeps the digits. It is the integral from the other end,
    # I₁₋ₓ(b, a), which takes a tenth of the time of SciPy's betaincc.
    upper = below > 1 / 2
    normal[upper] = -ndtri(betainc(shape_b, shape_a, rest[upper]))
    inside = np.isfinite(normal)
    return normal[inside], share[inside]


@functools.lru_cache(maxsize=8)
def beta_line(shape_a: float, shape_b: float) -> Line:
    """Lay the line through the nodes of `beta_nodes`.

    Examples
    --------
    >>> round(float(on_line(beta_line(2.0, 2.0), np.zeros(1))[0]), 6)
    0.5
    """
    return line_through(*beta_nodes(shape_a, shape_b))


def draw_sizes(model: SizeModel, cause: CodeArray, luck: Luck) -> Sizes:
    """Draw the persons leaked and the persons told of every event (漏えい規模の抽選).

    Parameters
    ----------
    cause : (n_events,) array
        Codes of the causes.
    luck : Luck
        Of the streams.
    """
    n = cause.size
    # A stream for each, so that the luck of an event does not depend on how many there are.
    level = luck.stream("size.level").random(n)
    z = luck.stream("size").standard_normal(n)
    is_system: BoolArray = level < model.system.take(cause)
    (system,) = np.nonzero(is_system)
    full_below = model.full.take(cause.take(system))
    held, all_held = _records_hit(model, n, system, luck)

    persons = z * model.sd_log
    persons += model.median_log.take(cause)
    np.exp(persons, out=persons)
    np.ceil(persons, out=persons)
    np.maximum(persons, 1.0, out=persons)
    np.minimum(persons, held, out=persons)
    lost = _partial(model, z.take(system), all_held)
    everyone = np.broadcast_to(all_held, system.shape)
    (whole,) = np.nonzero(level.take(system) < full_below)
    reached = within_reach(
        model, level.take(system.take(whole)) / full_below.take(whole), everyone.take(whole)
    )
    lost[whole] = np.maximum(reached, lost.take(whole))
    persons[system] = lost

    notified = persons.copy()
    u = luck.stream("notified").random(n).take(system)
    (told,) = np.nonzero(u < model.everyone_told)
    notified[system.take(told)] = everyone.take(told)
    return Sizes(persons, notified, is_system)


def within_reach(model: SizeModel, u: FloatArray, held: FloatArray) -> FloatArray:
    """Return the persons a full loss reaches, at least as many as hang together (漏えいの到達範囲).

    min(N, ⌈W⌉) with W = K u^(−1/γ): P(W ≥ t) = (K/t)^γ above K.

    Parameters
    ----------
    u : (n,) array
        Uniform in [0, 1).
    held : (n,) array
        N. [person]

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> reach = SimpleNamespace(reach_from=100_000.0, reach_exponent=0.5)
    >>> within_reach(reach, np.array([0.1, 0.5, 0.9]), np.array([1e6, 1e6, 1e4]))
    array([1000000.,  400000.,   10000.])
    """
    if not model.reach_exponent:
        return held
    with np.errstate(divide="ignore", over="ignore"):
        reached = np.ceil(model.reach_from * u ** (-1 / model.reach_exponent))
    return np.minimum(reached, held, out=reached)


def reach_probability(model: SizeModel, persons: FloatArray) -> FloatArray:
    """Return the probability that a full loss reaches so many persons, if they are held. [-].

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> reach = SimpleNamespace(reach_from=100_000.0, reach_exponent=0.5)
    >>> reach_probability(reach, np.array([1000.0, 400_000.0]))
    array([1. , 0.5])
    """
    found: FloatArray = np.minimum(1.0, (model.reach_from / persons) ** model.reach_exponent)
    return found


def probability_of_at_least(
    model: SizeModel,
    cause: int,
    persons: float,
    held: FloatArray,
    partial: FloatArray | None = None,
) -> FloatArray:
    """Return the probability that a leak concerns at least so many persons (超過確率).

    For one database, at holders of many sizes: (1−ρ) P(LN > t−1) + ρ [ a + (1 − a) P(N^V > t−1) ]
    with a = α min(1, (K/t)^γ); nothing above the records held.

    (n,) array [-].

    Parameters
    ----------
    model : SizeModel
        Its records are not used.
    cause : int
        Code of the cause.
    persons : float
        t, a whole number of 2 or more. [person]
    held : (n,) array
        N. [person]
    partial : (n,) array, optional
        From `probability_of_partial`, where it is worked out once for several causes. [-]
    """
    from scipy.special import ndtr

    # Sizes are rounded up: t persons or more is more than t − 1 before rounding.
    local = ndtr((model.median_log[cause] - np.log(persons - 1)) / model.sd_log)
    if partial is None:
        partial = probability_of_partial(model, persons, held)
    system, full = model.system[cause], model.full[cause]
    whole = full * reach_probability(model, np.array([persons]))[0]
    found = (1 - system) * local + whole + (system - whole) * partial
    return np.where(held >= persons, found, 0.0)


def probability_of_partial(model: SizeModel, persons: float, held: FloatArray) -> FloatArray:
    """Return P(N^V > t − 1), of leaks of a part in a system, whatever their cause (一部の漏えい).

    Arguments are as in `probability_of_at_least`.

    Examples
    --------
    With a share of the logarithm that is uniform, half of the leaks exceed the square root of N:

    >>> from types import SimpleNamespace
    >>> uniform = SimpleNamespace(shape_a=1.0, shape_b=1.0)
    >>> probability_of_partial(uniform, 101.0, np.array([10_000.0]))
    array([0.5])
    """
    from scipy.special import betainc

    share = np.log(persons - 1) / np.log(np.maximum(held, persons))
    found: FloatArray = betainc(model.shape_b, model.shape_a, 1 - share)
    return found


def _partial(model: SizeModel, z: FloatArray, held: FloatArray | float) -> FloatArray:
    """Return the persons of partial leaks."""
    lost = on_line(model.log_share, z)
    lost *= np.log(held)
    np.exp(lost, out=lost)
    np.ceil(lost, out=lost)
    return np.minimum(lost, held, out=lost)


def _records_hit(
    model: SizeModel, n: int, system: IntArray, luck: Luck
) -> tuple[FloatArray | float, FloatArray | float]:
    """Return the records within reach of every event, and of the system events."""
    if model.databases.size == 1:
        return float(model.databases[0]), float(model.databases[0])
    edges = np.cumsum(model.hit)[:-1]
    which = luck.stream("database").random(n)
    held = model.databases[np.searchsorted(edges, which, side="right")]
    u = luck.stream("database.all").random(n)
    everywhere: BoolArray = u.take(system) < model.all_hit
    return held, np.where(everywhere, model.records, held[system])


def expected_persons(
    records: float,
    system: float,
    full_given_system: float,
    shapes: tuple[float, float],
    median_log: float,
    sd_log: float,
    reach: tuple[float, float] = (1.0, 0.0),
) -> float:
    """Return the expected persons of a leak in closed form, before rounding up (平均漏えい人数).

    E[B | N] = (1−ρ) E[min(LN, N)] + ρ [α E[max(min(N, W), N^V)] + (1−α) ₁F₁(a; a+b; ln N)], and
    E[max(min(N, W), N^V)] = N − ∫ P(W < t) P(N^V < t) dt over t from K to N.

    Parameters
    ----------
    records : float
        N. [person]
    system, full_given_system : float
        ρ and α. [-]
    shapes : tuple of float
        a and b of the beta distribution. [-]
    median_log, sd_log : float
        m and σ of local events. [ln persons]
    reach : tuple of float
        K and γ of full losses. [person], [-]

    Examples
    --------
    >>> round(expected_persons(1e6, 0.4, 0.25, (4.0, 2.0), 4.0, 2.0))
    120703
    >>> round(expected_persons(1e6, 0.4, 0.25, (4.0, 2.0), 4.0, 2.0, (1e5, 0.4)))
    81319
    """
    from scipy.integrate import quad
    from scipy.special import betainc, hyp1f1, ndtr

    log_records = np.log(records)
    if sd_log == 0:
        local = min(np.exp(median_log), records)
    else:
        z = (log_records - median_log) / sd_log
        local = np.exp(median_log + sd_log**2 / 2) * ndtr(z - sd_log) + records * ndtr(-z)
    a, b = shapes
    partial = hyp1f1(a, a + b, log_records)
    alpha = full_given_system
    whole, (start, exponent) = records, reach
    if exponent and records > start:
        missed, _ = quad(
            lambda x: (
                -np.expm1(exponent * (np.log(start) - x))
                * betainc(a, b, min(x / log_records, 1.0))
                * np.exp(x)
            ),
            np.log(start),
            log_records,
        )
        whole -= missed
    return float((1 - system) * local + system * (alpha * whole + (1 - alpha) * partial))
