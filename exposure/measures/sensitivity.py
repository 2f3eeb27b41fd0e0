"""The tornado table: what each uncertain figure does to the answer, one at a time.

Holds the records and their order; running the simulations at the end points, on common random
numbers, is left to others.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Answer = Literal["adequacy", "cost", "limit"]


@dataclass(frozen=True)
class Outcome:
    """The answer at one setting (ある前提での結果).

    Parameters
    ----------
    setting : float or str
        Value of the parameter, or name of the structural choice.
    adequacy : float
        Limit adequacy of the plan in question. [-]
    cost : float, or None
        Its economic cost of risk; None without a premium. [JPY]
    limit : float, or None
        Recommended limit; None if none is enough. [JPY]
    plan : str, or None
        Recommended plan.
    """

    setting: float | str
    adequacy: float
    cost: float | None
    limit: float | None
    plan: str | None


@dataclass(frozen=True)
class TornadoBar:
    """What one parameter or one structural choice does to the answer (感応度).

    Parameters
    ----------
    name : str
        Parameter, or structural choice.
    ends : tuple of Outcome
        At the low and the high point; of a structural choice, one per alternative.
    swing : float
        Widest distance of two outcomes of the answer asked for, the centre among them; ``inf`` if
        the answer exists in one and not in another.
    changes_plan : bool
        Another plan is recommended in at least one end.
    is_structural : bool
        A regime or a form of the model: shown apart, never averaged in.
    """

    name: str
    ends: tuple[Outcome, ...]
    swing: float
    changes_plan: bool
    is_structural: bool


def tornado(
    centre: Outcome,
    parameters: Mapping[str, tuple[Outcome, Outcome]],
    structural: Mapping[str, tuple[Outcome, ...]],
    *,
    by: Answer,
) -> tuple[TornadoBar, ...]:
    """Order the parameters by what they do to the answer, then the structural choices (感応度表).

    Parameters
    ----------
    centre : Outcome
        With every parameter at its centre.
    parameters : mapping of str to (Outcome, Outcome)
        At the low and high point of each parameter, the others at the centre.
    structural : mapping of str to tuple of Outcome
        Under each alternative of a regime or form of the model.
    by : str
        The answer that orders the bars: ``adequacy``, ``cost`` or ``limit``.

    Examples
    --------
    >>> centre = Outcome(0.1, 0.95, 3e5, 1e8, "A")
    >>> rate = Outcome(0.05, 0.97, 2e5, 1e8, "A"), Outcome(0.2, 0.91, 6e5, 2e8, "B")
    >>> bar, = tornado(centre, {"claims.rate": rate}, {}, by="cost")
    >>> bar.swing, bar.changes_plan
    (400000.0, True)
    """
    numeric = [_bar(name, centre, ends, by, False) for name, ends in parameters.items()]
    forms = [_bar(name, centre, ends, by, True) for name, ends in structural.items()]
    return tuple(
        bar for bars in (numeric, forms) for bar in sorted(bars, key=lambda b: (-b.swing, b.name))
    )


def _bar(
    name: str, centre: Outcome, ends: tuple[Outcome, ...], by: Answer, is_structural: bool
) -> TornadoBar:
    answers = [_answer(outcome, by) for outcome in (centre, *ends)]
    known = [answer for answer in answers if answer is not None]
    comparable = len(known) in (0, len(answers))
    swing = max(known, default=0.0) - min(known, default=0.0) if comparable else math.inf
    changes = any(outcome.plan != centre.plan for outcome in ends)
    return TornadoBar(name, ends, swing, changes, is_structural)


def _answer(outcome: Outcome, by: Answer) -> float | None:
    return {"adequacy": outcome.adequacy, "cost": outcome.cost, "limit": outcome.limit}[by]
