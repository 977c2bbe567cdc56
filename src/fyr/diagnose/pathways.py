"""Which model belongs to which pathway, and which question it answers there.

A model says nothing of pathways on its card: the same ratio of blood cells is asked for in several. So this room
decides, by name for the models that it knows, and by the package a model stands in for any other. A model in no
pathway is on nobody's diagnosis page, and runs by ``fyr models run`` all the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from fyr.models import Model

__all__ = ["QUESTIONS", "Pathway", "Question", "questions_of"]


class Pathway(StrEnum):
    """A cancer that Fyr diagnoses."""

    BREAST = "breast"
    LUNG = "lung"


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked about a patient.

    Parameters
    ----------
    key : str
    title : str
        As a person asks it.
    models : tuple of str
        Names of cards, without their versions, in the order in which they are shown.
    """

    key: str
    title: str
    models: tuple[str, ...]


QUESTIONS: Final[Mapping[Pathway, tuple[Question, ...]]] = {
    Pathway.BREAST: (
        Question("survival", "How will it go, and what does treatment add?", ("predict-breast",)),
        Question("prognosis", "How aggressive is the tumour?", ("npi", "nottingham-grade")),
        Question("recurrence", "Will it come back?", ("cts5", "ihc4", "magee-1", "magee-2", "magee-3")),
        Question("response", "What did treatment before surgery do?", ("rcb",)),
        Question(
            "stage",
            "How far has it spread?",
            ("ajcc-breast-anatomic", "ajcc-breast-clinical-prognostic", "ajcc-breast-pathological-prognostic"),
        ),
        Question("blood", "What does the blood say?", ("nlr", "albi", "mgps")),
        Question("other", "What else has been asked?", ()),
    ),
    Pathway.LUNG: (
        Question("screening", "Is screening worthwhile?", ("plcom2012", "llp")),
        Question("nodule", "Is this nodule cancer?", ("brock", "brock-without-spiculation", "mayo", "herder")),
        Question(
            "follow_up",
            "When to look again?",
            ("lung-rads", "fleischner", "volume-doubling-time", "bts-growth"),
        ),
        Question("stage", "How far has it spread?", ("tnm-lung",)),
        Question("immunotherapy", "Will immunotherapy help?", ("loris-nsclc", "loris-pancancer", "lipi")),
        Question("blood", "What does the blood say?", ("nlr", "albi", "mgps")),
        Question("other", "What else has been asked?", ()),
    ),
}
"""What is asked in each pathway, in the order of the page; the last question takes models that no other names."""

_STAGING: Final = "stage"
_BLOOD: Final = "blood"
_OTHER: Final = "other"
_ROOM: Final = "fyr.diagnose."


def questions_of(model: Model) -> dict[Pathway, str]:
    """Return the question that a model answers, by pathway; empty for a model of none.

    >>> from fyr.watch.news2 import NEWS2
    >>> questions_of(NEWS2)
    {}
    """
    named = {
        pathway: question.key
        for pathway, questions in QUESTIONS.items()
        for question in questions
        if model.card.name in question.models
    }
    return named or _by_package(model)


def _by_package(model: Model) -> dict[Pathway, str]:
    module = type(model).__module__
    if not module.startswith(_ROOM):
        return {}
    package = module.removeprefix(_ROOM).partition(".")[0]
    name = model.card.name
    if package == _BLOOD:
        return dict.fromkeys(Pathway, _BLOOD)
    if package == _STAGING:
        return dict.fromkeys(_cancers(name), _STAGING)
    return {pathway: _OTHER for pathway in Pathway if pathway.value == package}


def _cancers(name: str) -> Iterable[Pathway]:
    named = [pathway for pathway in Pathway if pathway.value in name]
    return named or list(Pathway)
