"""What a model is: card, inputs with units and ranges, Estimate | Refusal, registry, batch runs."""

from fyr.models.answers import Answers, Prediction, RowRefusal
from fyr.models.card import ModelCard, ModelInput, ModelOutput
from fyr.models.contract import Column, Model
from fyr.models.registry import model, models, problems, registered

__all__ = [
    "Answers",
    "Column",
    "Model",
    "ModelCard",
    "ModelInput",
    "ModelOutput",
    "Prediction",
    "RowRefusal",
    "model",
    "models",
    "problems",
    "registered",
]
