"""What a study runs on: client, plans that could be bought, assumptions (検討の準備)."""

from __future__ import annotations

from dataclasses import dataclass

from exposure.inputs.assumptions import Assumptions
from exposure.inputs.study_file import StudyFile
from exposure.measures.decision import Rules
from exposure.model.build import BreachModel, Parts, build_model
from exposure.study.candidates import rules_of
from exposure.study.headline import Measure, measure_of
from exposure.study.plans import Offer, offers_of


@dataclass(frozen=True)
class Setting:
    """A study with everything looked up and built (検討の設定).

    Parameters
    ----------
    study : StudyFile
    assumptions : Assumptions
        In force, overrides included.
    offers : tuple of Offer
    measure : Measure
    rules : Rules
    """

    study: StudyFile
    assumptions: Assumptions
    offers: tuple[Offer, ...]
    measure: Measure
    rules: Rules

    def model_of(
        self, assumptions: Assumptions, *, use_history: bool = True, parts: Parts | None = None
    ) -> BreachModel:
        """Return the client's model under given assumptions; parts as in `build_model`."""
        kept = parts or Parts()
        client = kept.once("client", assumptions, self.study.client.with_defaults)
        return build_model(
            client, assumptions, self.study.study.inception, use_history=use_history, parts=kept
        )


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
    >>> [offer.id for offer in prepared(study).offers]
    ['nipponkoa_2006/A']
    """
    assumptions = study.in_force()
    return Setting(
        study=study,
        assumptions=assumptions,
        offers=offers_of(study, assumptions, where),
        measure=measure_of(study.client, assumptions),
        rules=rules_of(assumptions),
    )
