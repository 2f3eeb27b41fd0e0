"""A wording read back: which heads it leaves out, and one payment worked (約款の校正).

What the terms are is left to ``policy.describe``; what a breach costs, to ``study.cover``.
"""

from __future__ import annotations

from dataclasses import dataclass

from exposure.inputs.assumptions import load_assumptions
from exposure.inputs.study_file import StudyFile
from exposure.policy.catalogue import SHIPPED, Catalogue
from exposure.policy.choices import parse_id, text_of
from exposure.policy.describe import stand_in
from exposure.policy.explain_lines import IncidentExplanation
from exposure.policy.listing import plain
from exposure.policy.plans import Plan, plan
from exposure.study.cover import BreachLosses, Uncovered, breach_losses, uncovered
from exposure.study.headline import Plain
from exposure.study.incidents import worked_payment
from exposure.study.plans import with_example_choices


@dataclass(frozen=True)
class Proof:
    """What a wording leaves out, and what it pays for one breach (約款の校正刷り).

    Parameters
    ----------
    plan : Plan
        As named, choices left open made as an example.
    uncovered : Uncovered
    missing : tuple of str
        Choices that must be made before a payment can be worked.
    breach : BreachLosses
        Where the breach of the worked payment is from.
    one_in : int
        One breach in so many is larger.
    worked : IncidentExplanation or None
        None while choices are missing.
    """

    plan: Plan
    uncovered: Uncovered
    missing: tuple[str, ...]
    breach: BreachLosses
    one_in: int
    worked: IncidentExplanation | None

    def to_plain(self) -> Plain:
        """Return both as ``exposure show --json`` prints them."""
        return {
            "uncovered": self.uncovered.to_plain(),
            "worked": None
            if self.worked is None
            else {
                "plan": self.plan.id,
                "records": self.breach.records,
                "regime": self.breach.regime,
                "one_in": self.one_in,
                **plain(self.worked),
            },
        }


def proof_of(identifier: str, among: Catalogue = SHIPPED, study: StudyFile | None = None) -> Proof:
    """Read a wording back (約款の校正).

    Parameters
    ----------
    identifier : str
        Of a plan; its choices need not all be made.
    among : Catalogue
        The products there are to choose from.
    study : StudyFile, optional
        Whose breaches; an average organisation without one.

    Raises
    ------
    PlanError
        If the identifier names no plan.

    Examples
    --------
    >>> proof = proof_of("nipponkoa_2006/F")
    >>> proof.worked is not None, "system_repair" in proof.uncovered.heads
    (True, True)
    """
    assumptions = load_assumptions() if study is None else study.in_force()
    grid = assumptions.values("measure.limit_grid")
    example, missing = with_example_choices(identifier, grid, among)
    contract = among.product(parse_id(identifier).product).contract
    for name in missing:
        example += f"@{name}={text_of(stand_in(contract[name]))}"
    built = plan(example, among=among)
    losses = breach_losses(study)
    # In the middle of those told in a report: large enough to reach limits, and no rarity.
    rarities = assumptions.values("report.incident_rarity")
    one_in, breach = int(rarities[len(rarities) // 2]), losses[0]
    worked = None
    if not missing:
        worked = worked_payment(built, breach.table, breach.period, one_in)
    return Proof(built, uncovered(built, losses), missing, breach, one_in, worked)
