"""What a plan will do to a patient: published fits as models, each with its range, its interval and its refusals."""

from fyr.treat.outcome.catalogue import COMPLICATIONS, CONTROLS
from fyr.treat.outcome.fitted import ComplicationModel, ControlModel, FittedModel
from fyr.treat.outcome.organs import ORGANS, organ_of
from fyr.treat.outcome.parameter_set import Factor, Parameter, ParameterSet
from fyr.treat.outcome.plan_outcome import Course, OrganOutcome, StructureDose, models_of, outcome_of_plan

__all__ = [
    "COMPLICATIONS",
    "CONTROLS",
    "ORGANS",
    "ComplicationModel",
    "ControlModel",
    "Course",
    "Factor",
    "FittedModel",
    "OrganOutcome",
    "Parameter",
    "ParameterSet",
    "StructureDose",
    "models_of",
    "organ_of",
    "outcome_of_plan",
]
