"""What a plan would do: every model that is of an organ, on that organ's histogram, as answers or as reasons.

The answers are those of the models themselves (:meth:`fyr.models.Model.predict`), so that the command line's
``fyr models run`` gives the same from the same numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fyr.errors import BadInput
from fyr.models import Model, Prediction
from fyr.record.finding import Refusal
from fyr.treat.dvh import Dvh
from fyr.treat.outcome.catalogue import COMPLICATIONS, CONTROLS
from fyr.treat.outcome.coronary import CORONARY_DARBY
from fyr.treat.outcome.fitted import FittedModel
from fyr.treat.outcome.organs import ORGANS
from fyr.treat.outcome.unavailable import (
    BRAINSTEM_NECROSIS,
    COCHLEA_HEARING_DE_MARZI,
    HEART_MORTALITY_GAGLIARDI,
)

__all__ = ["Course", "OrganOutcome", "StructureDose", "models_of", "outcome_of_plan"]


@dataclass(frozen=True, slots=True, eq=False)
class StructureDose:
    """The differential histogram of one structure, and which organ it is.

    Parameters
    ----------
    name : str
        As the plan calls it.
    organ : str or None
        A key of :data:`~fyr.treat.outcome.ORGANS`; ``None`` where nobody said, which is answered by a refusal.
    dose_gy : array_like, shape (bins,)
        Physical dose in the middle of each bin.
    volume_cm3 : array_like, shape (bins,)
    complete : bool
        Whether the dose grid covers the whole structure; where it does not, the outcome is refused.
    """

    name: str
    organ: str | None
    dose_gy: ArrayLike
    volume_cm3: ArrayLike
    complete: bool = True

    @classmethod
    def of_dvh(cls, dvh: Dvh, organ: str | None) -> StructureDose:
        """Return the histogram of a :class:`~fyr.treat.dvh.Dvh`, empty bins left out."""
        middles = np.clip((np.arange(len(dvh.histogram_cm3)) + 0.5) * dvh.bin_gy, dvh.min_gy, dvh.max_gy)
        filled = dvh.histogram_cm3 > 0
        return cls(dvh.name, organ, middles[filled], dvh.histogram_cm3[filled], dvh.is_complete)


@dataclass(frozen=True, slots=True)
class Course:
    """How the dose is given.

    Parameters
    ----------
    fractions : int
    dose_per_fraction_gy : float
        Prescribed to the target.
    alpha_beta_gy : mapping of str to float
        By organ, for the fits that are published without one; an organ that is not named has none.
    """

    fractions: int
    dose_per_fraction_gy: float
    alpha_beta_gy: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OrganOutcome:
    """One model's answer about one structure.

    Parameters
    ----------
    structure : str
    organ : str or None
    model : Model or None
        ``None`` where there is no model to ask.
    answer : Prediction or Refusal
    evidence : mapping of str to object
        What the model was given; :meth:`FittedModel.draws` takes it.
    """

    structure: str
    organ: str | None
    model: Model | None
    answer: Prediction | Refusal
    evidence: Mapping[str, Any]

    def draws(self) -> NDArray[np.float64]:
        """Return the probability under each draw of the parameters, shape (draws,): the same draws for every plan.

        One number where the fit has no interval.

        Raises
        ------
        BadInput
            If the model refused or has no draws.
        """
        if not isinstance(self.model, FittedModel):
            raise BadInput("this model has no draws of its parameters", where=self.structure)
        return self.model.draws([self.evidence])[:, 0]


def models_of(organ: str) -> tuple[Model, ...]:
    """Return every model of an organ, those that are known and not available among them.

    Raises
    ------
    BadInput
        If there is no such organ.
    """
    if organ not in ORGANS:
        raise BadInput(f"'{organ}' is no organ of the outcome models", mend=f"name one of {', '.join(ORGANS)}")
    others: Mapping[str, tuple[Model, ...]] = {
        "heart": (CORONARY_DARBY, HEART_MORTALITY_GAGLIARDI),
        "brainstem": (BRAINSTEM_NECROSIS,),
        "cochlea": (COCHLEA_HEARING_DE_MARZI,),
    }
    fits: tuple[Model, ...] = tuple(
        model for model in (*COMPLICATIONS.values(), *CONTROLS.values()) if model.fit.organ == organ
    )
    return (*fits, *others.get(organ, ()))


def outcome_of_plan(
    structures: Sequence[StructureDose], course: Course, patient: Mapping[str, Any] | None = None
) -> tuple[OrganOutcome, ...]:
    """Ask every model of every organ.

    Parameters
    ----------
    structures : sequence of StructureDose
    course : Course
    patient : mapping of str to object, optional
        Clinical factors by the name of the models' inputs (``age_above_63``, ``smoking_status``,
        ``concurrent_chemotherapy``); a model that needs one which is not given refuses.

    Returns
    -------
    tuple of OrganOutcome
        In the order of the structures; a structure of no known organ has one refusal.
    """
    found: list[OrganOutcome] = []
    for structure in structures:
        found += _outcomes(structure, course, patient or {})
    return tuple(found)


def _outcomes(structure: StructureDose, course: Course, patient: Mapping[str, Any]) -> list[OrganOutcome]:
    if structure.organ is None:
        reason = "no organ with an outcome model: say which organ the structure is, if it is one"
        return [OrganOutcome(structure.name, None, None, Refusal(reason), {})]
    evidence = {
        **patient,
        "dvh_dose_gy": np.asarray(structure.dose_gy, dtype=np.float64).tolist(),
        "dvh_volume_cm3": np.asarray(structure.volume_cm3, dtype=np.float64).tolist(),
        "dvh_kind": "differential",
        "dose_kind": "physical",
        "fractions": course.fractions,
        "dose_per_fraction_gy": course.dose_per_fraction_gy,
        "alpha_beta_gy": course.alpha_beta_gy.get(structure.organ),
    }
    answers = []
    for model in models_of(structure.organ):
        answer: Prediction | Refusal
        if structure.complete:
            answer = model.predict(evidence)
        else:
            answer = Refusal("the dose grid does not cover the whole structure", ("dvh_volume_cm3",))
        answers.append(OrganOutcome(structure.name, structure.organ, model, answer, evidence))
    return answers
