"""How often a client leaks, by cause and by group (事故の頻度).

Three rates are anchored in what certified companies report: leaks by attack, leaks of more than a
thousand persons for other reasons, and leaks by insiders. The mix of the causes counts within each.

Holds the rates and the sizes of the negative binomial; what the client's own history changes is in
`exposure.model.history`, drawing in `exposure.model.counts`.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import numpy as np

from exposure.arrays import BoolArray, FloatArray
from exposure.errors import DataError, Problem, Text
from exposure.inputs.assumptions import Assumptions
from exposure.inputs.client import Client
from exposure.model.groups import VENDOR, load_groups
from exposure.model.sizes import (
    probability_of_at_least,
    probability_of_partial,
    size_model,
)

_EXTERNAL, _INSIDER = "external", "insider"
_NODES = 2**7  # over the records certified companies hold
_FARTHEST = 2**3  # standard deviations of them


@dataclass(frozen=True)
class Rates:
    """Expected events per year before the client's own history (事故頻度).

    Parameters
    ----------
    by_cause : (n_groups, n_causes) array
        Rate of each cause within each group; the row of ``vendor`` holds every cause. [1/year]
    size_shared, size_group : float
        Sizes k_s and k_g of the two gamma levels; ``inf`` for none. [-]
    """

    by_cause: FloatArray
    size_shared: float
    size_group: float

    @property
    def by_group(self) -> FloatArray:
        """Rate of each group. (n_groups,) array [1/year]."""
        total: FloatArray = self.by_cause.sum(axis=1)
        return total

    @property
    def total(self) -> float:
        """Events per year. [1/year]."""
        return float(self.by_cause.sum())


def cause_rates(client: Client, assumptions: Assumptions) -> Rates:
    """Work out the rate of each cause and group for a client (原因別の頻度).

    Raises
    ------
    DataError
        If the client cannot have an event at all, so that there is nothing to simulate, or the
        rate counts another population than the sizes and was not converted.

    Notes
    -----
    The cause shares are shares of incidents, never of persons: drawing causes from the latter
    multiplies the expected persons per incident by 1 + χ² of the two. Features of the client act on
    rates, so a new web shop does not remove lost briefcases.

    Examples
    --------
    >>> from exposure.inputs.assumptions import load_assumptions
    >>> from exposure.inputs.client import Client
    >>> client = Client(name="例", records=30_000, industry="medical")
    >>> cause_rates(client, load_assumptions()).by_group.round(4)
    array([0.0198, 0.0023, 0.    , 0.0272, 0.0367, 0.0016])
    """
    _refuse_mixed_populations(assumptions)
    groups = load_groups()
    value = assumptions.value
    anchored = anchored_rates(assumptions)
    industry = value(
        f"frequency.r_ind.{client.industry}" if client.industry else "frequency.r_ind.*"
    )
    given = client.questionnaire_score
    score = value("frequency.score") if given is None else given

    by_cause = np.zeros((len(groups.groups), len(groups.causes)))
    for code, group in enumerate(groups.groups):
        if group == VENDOR:
            continue
        relative_size = client.records / value("frequency.n_ref")
        factor = (
            relative_size ** value(f"frequency.epsilon.{group}")
            * industry
            * math.exp(-value(f"frequency.delta.{group}") * (score - 1 / 2))
            * value(f"frequency.m.{group}")
        )
        members = groups.group_of_cause == code
        by_cause[code, members] = anchored[members] * factor
    at_vendors = _share(client.outsourced_share, assumptions, "client.outsourced_share")
    outsourced = at_vendors * value("frequency.r_out") * value(f"frequency.m.{VENDOR}")
    by_cause[groups.groups.index(VENDOR)] = outsourced * by_cause.sum(axis=0)

    if not by_cause.sum() > 0:
        raise DataError(
            Problem(
                "assumptions",
                "frequency",
                Text(
                    "事故の頻度が0のため、試算する事故がありません。頻度を正の値にしてください",
                    "no event can happen, so there is nothing to simulate; state a positive rate",
                ),
                float(by_cause.sum()),
            )
        )
    shared, group_level = frailty_sizes(value("frequency.k_residual"), value("frequency.k_s"))
    return Rates(by_cause, shared, group_level)


def anchored_rates(assumptions: Assumptions) -> FloatArray:
    """Return the rate of each cause for a holder of ``frequency.n_ref`` records (基準頻度).

    External: A (N_ref/M)^ε exp(−ε²s²/2), so that the average over certified companies, whose
    records are LN(M, s), is A whatever ε is. Insiders: β_ins. The others: β_rest, which gives the
    certified companies B₁ leaks of more than a thousand persons a year. Each is split by the shares
    of its causes among themselves.

    Returns
    -------
    (n_causes,) array
        [1/year]

    Examples
    --------
    >>> from exposure.inputs.assumptions import load_assumptions
    >>> rates = anchored_rates(load_assumptions())
    >>> groups = load_groups()
    >>> round(float(rates[groups.is_in("external")].sum()), 5)
    0.01982
    """
    groups, value = load_groups(), assumptions.value
    share = np.array([value(f"cause.share.{cause}") for cause in groups.causes])
    external, insider = groups.is_in(_EXTERNAL), groups.is_in(_INSIDER)
    rest = ~(external | insider)
    within = np.zeros(share.size)
    for members in (external, insider, rest):
        whole = share[members].sum()
        within[members] = share[members] / whole if whole else 0.0
    exponent = value(f"frequency.epsilon.{_EXTERNAL}")
    spread = exponent * value("frequency.certified.sd_log")
    size = value("frequency.n_ref") / value("frequency.certified.median")
    at_reference = value("frequency.external.certified") * size**exponent
    rates = within.copy()
    rates[external] *= at_reference * math.exp(-(spread**2) / 2)
    rates[insider] *= value("frequency.insider.base")
    counted = _rest_above(within, rest, assumptions)
    rates[rest] *= value("frequency.rest.certified_over_1000") / counted if counted else 0.0
    return rates


def _rest_above(within: FloatArray, rest: BoolArray, assumptions: Assumptions) -> float:
    """Return the leaks above the threshold of certified companies if β_rest were 1. [-]."""
    groups, value = load_groups(), assumptions.value
    threshold = value("frequency.certified.threshold")
    median, sd = value("frequency.certified.median"), value("frequency.certified.sd_log")
    sizes = size_model(Client(records=1), assumptions)
    # Nobody who holds fewer records can have such a leak: the integral starts there.
    start = max((math.log(threshold) - math.log(median)) / sd, -_FARTHEST)
    nodes, weights = _legendre_nodes()
    z = (start + _FARTHEST) / 2 + (_FARTHEST - start) / 2 * nodes
    weight = (_FARTHEST - start) / 2 * weights * np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
    held = median * np.exp(sd * z)
    partial = probability_of_partial(sizes, threshold + 1, held)
    total = 0.0
    for cause in np.flatnonzero(rest).tolist():
        exponent = value(f"frequency.epsilon.{groups.groups[groups.group_of_cause[cause]]}")
        rate = within[cause] * (held / value("frequency.n_ref")) ** exponent
        above = probability_of_at_least(sizes, cause, threshold + 1, held, partial)
        total += float(np.sum(weight * rate * above))
    return total


@functools.cache
def _legendre_nodes() -> tuple[FloatArray, FloatArray]:
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    return nodes, weights


def _refuse_mixed_populations(assumptions: Assumptions) -> None:
    """Refuse the rate of one population with the sizes of another, unless it was converted."""
    of_rate = assumptions.choice("frequency.population")
    of_sizes = assumptions.choice("size.population")
    if of_rate != of_sizes and assumptions.choice("frequency.conversion") == "none":
        raise DataError(
            Problem(
                "assumptions",
                "frequency.population",
                Text(
                    f"漏えい規模の母集団（{of_sizes}）と違います。"
                    "換算した頻度を使い、frequency.conversion に示してください",
                    f"not the population of the sizes ({of_sizes}); "
                    "use a converted rate and state it in frequency.conversion",
                ),
                of_rate,
            )
        )


def _share(stated: float | None, assumptions: Assumptions, name: str) -> float:
    return assumptions.value(name) if stated is None else stated


def frailty_sizes(residual: float, shared: float) -> tuple[float, float]:
    """Split the size of the negative binomial over the shared and the group level (k_s, k_g).

    The two levels together hold the heterogeneity of ``residual``:
    1 + 1/k_residual = (1 + 1/k_s)(1 + 1/k_g). A shared level that would hold more is raised to all
    of it, and leaves nothing to the groups.

    Parameters
    ----------
    residual, shared : float
        k_residual and the k_s wanted; ``inf`` for the Poisson distribution. [-]

    Examples
    --------
    >>> shared, group = frailty_sizes(0.62, 1.0)
    >>> shared, round(group, 2)
    (1.0, 3.26)
    >>> frailty_sizes(float("inf"), 1.0)
    (inf, inf)
    """
    if shared <= residual:
        return residual, math.inf
    ratio = (1 + 1 / residual) / (1 + 1 / shared)
    return shared, math.inf if ratio == 1 else 1 / (ratio - 1)


def total_size(mean: float, share_with_event: float) -> float:
    """Solve for the negative-binomial size of a population (k_total).

    Parameters
    ----------
    mean : float
        Incidents ÷ companies over the time observed. [-]
    share_with_event : float
        Companies with at least one incident ÷ companies. [-]

    Raises
    ------
    ValueError
        If more companies have an incident than a Poisson distribution allows.

    Examples
    --------
    1,866 of 17,793 certified companies reported 9,322 accidents in a year:

    >>> round(total_size(9322 / 17793, 1866 / 17793), 3)
    0.043
    """
    from scipy.optimize import brentq

    if not 0 < share_with_event < -math.expm1(-mean):
        raise ValueError(f"share {share_with_event} is not below that of a Poisson, mean {mean}")
    target = math.log1p(-share_with_event)

    def excess(log_size: float) -> float:
        size = math.exp(log_size)
        return -size * math.log1p(mean / size) - target

    widest = math.log(np.finfo(float).max) / 2 / 2
    return math.exp(float(brentq(excess, -widest, widest)))


def residual_size(total: float, epsilon: float, sd_log: float) -> float:
    """Take out of k_total what size explains already (k_residual).

    1 + 1/k_total = (1 + CV²)(1 + 1/k_residual) with CV² = exp(ε²s²) − 1.

    Parameters
    ----------
    total : float
        k_total of the population. [-]
    epsilon, sd_log : float
        Exponent of the rate in the records, and sd of ln records between companies. [-]

    Examples
    --------
    >>> round(residual_size(0.10, 0.6, 2.0), 2)
    0.62
    """
    explained = math.exp((epsilon * sd_log) ** 2)
    return 1 / ((1 + 1 / total) / explained - 1)
