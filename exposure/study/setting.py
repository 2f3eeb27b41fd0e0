"""What a study runs on: its client, the plans built, the assumptions in force (検討の準備)."""

from __future__ import annotations

from dataclasses import dataclass

from exposure.inputs.assumptions import Assumptions
from exposure.inputs.study_file import StudyFile
from exposure.model.build import BreachModel, build_model
from exposure.policy.plans import Plan
from exposure.study.headline import Asked, asked_of
from exposure.study.plans import ComparedPlan, Ladder, compared_plans, ladders


@dataclass(frozen=True)
class Setting:
    """A study with everything looked up and built (検討の設定).

    Parameters
    ----------
    study : StudyFile
    assumptions : Assumptions
        In force, overrides included.
    compared : tuple of ComparedPlan
    ladders : tuple of Ladder
    asked : Asked
    """

    study: StudyFile
    assumptions: Assumptions
    compared: tuple[ComparedPlan, ...]
    ladders: tuple[Ladder, ...]
    asked: Asked

    @property
    def plans(self) -> tuple[Plan, ...]:
        """The plans compared."""
        return tuple(one.plan for one in self.compared)

    @property
    def ladder_plans(self) -> tuple[Plan, ...]:
        """The plans of all ladders, one after the other."""
        return tuple(step for ladder in self.ladders for step in ladder.plans)

    def model_of(self, assumptions: Assumptions, *, use_history: bool = True) -> BreachModel:
        """Return the client's model under given assumptions."""
        client = self.study.client.with_defaults(assumptions)
        return build_model(client, assumptions, self.study.study.inception, use_history=use_history)


def prepared(study: StudyFile, where: str = "study") -> Setting:
    """Look up and build all that a study needs (検討の準備).

    Parameters
    ----------
    study : StudyFile
    where : str
        Name of the study file, for messages.

    Raises
    ------
    ExposureError
        If a plan or an assumption of the study cannot be.

    Examples
    --------
    >>> from exposure.inputs.study_file import study_from_mapping
    >>> study = study_from_mapping(
    ...     {"client": {"records": 3000}, "plan": [{"id": "nipponkoa_2006/A"}]}, "example"
    ... )
    >>> [ladder.product for ladder in prepared(study).ladders]
    ['nipponkoa_2006']
    """
    assumptions = study.in_force()
    compared = compared_plans(study, assumptions, where)
    return Setting(
        study=study,
        assumptions=assumptions,
        compared=compared,
        ladders=ladders(compared, assumptions.values("measure.limit_grid")),
        asked=asked_of(study.client, assumptions),
    )
