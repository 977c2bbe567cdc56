"""What a plan will do to a patient: published fits as models, each with its range, its interval and its refusals."""

from fyr.treat.outcome.catalogue import COMPLICATIONS
from fyr.treat.outcome.complication import ComplicationModel
from fyr.treat.outcome.organs import ORGANS, organ_of
from fyr.treat.outcome.parameter_set import Factor, Parameter, ParameterSet
from fyr.treat.outcome.plan_outcome import Course, OrganOutcome, StructureDose, models_of, outcome_of_plan

__all__ = [
    "COMPLICATIONS",
    "ORGANS",
    "ComplicationModel",
    "Course",
    "Factor",
    "OrganOutcome",
    "Parameter",
    "ParameterSet",
    "StructureDose",
    "models_of",
    "organ_of",
    "outcome_of_plan",
]
