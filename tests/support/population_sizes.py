"""Negative-binomial sizes read off published counts, that the frailty of the model rests on."""

from __future__ import annotations

import math

import numpy as np
from scipy.optimize import brentq


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
    """
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
    """
    explained = math.exp((epsilon * sd_log) ** 2)
    return 1 / ((1 + 1 / total) / explained - 1)
