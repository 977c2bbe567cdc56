"""What a model is: card, inputs with units and ranges, Estimate | Refusal, registry, batch runs."""

from fyr.models.answers import Answers, Prediction, RowRefusal
from fyr.models.card import ModelCard, ModelInput, ModelOutput
from fyr.models.categories import Categories, looked_up
from fyr.models.contract import Column, Model
from fyr.models.given_object import GivenObject
from fyr.models.registry import model, models, problems, registered
from fyr.models.unavailable import UnavailableModel

__all__ = [
    "Answers",
    "Categories",
    "Column",
    "GivenObject",
    "Model",
    "ModelCard",
    "ModelInput",
    "ModelOutput",
    "Prediction",
    "RowRefusal",
    "UnavailableModel",
    "looked_up",
    "model",
    "models",
    "problems",
    "registered",
]
