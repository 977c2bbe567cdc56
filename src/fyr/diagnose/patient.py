"""What every model of a pathway says about one patient, from the facts that are known at a time.

No input or output: observations in, answers out. The same observations at the same time give the same answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fyr.diagnose.form import FormField, form_fields
from fyr.diagnose.pathways import QUESTIONS, Pathway, Question, questions_of
from fyr.models import Model, Prediction
from fyr.models import models as registered_models
from fyr.record import Observation, Refusal
from fyr.record.clinical import FACTS
from fyr.record.clinical_checks import Contradiction, contradictions
from fyr.record.clinical_derived import derived_facts, latest_observations

__all__ = [
    "TELLING",
    "Answered",
    "Asked",
    "Assessment",
    "Family",
    "KnownFact",
    "NeededTest",
    "assess",
    "models_of",
    "pathways_of",
]

TELLING: Final[Mapping[Pathway, tuple[str, ...]]] = {
    Pathway.BREAST: (
        *("tumour_size_mm", "er_positive", "er_percent", "her2_status", "her2_ihc", "ki67_percent"),
        *("screen_detected", "tumour_bed_length_mm", "micrometastases"),
    ),
    Pathway.LUNG: (
        *("nodule_diameter_mm", "nodule_type", "nodule_volume_mm3", "pd_l1_tps_percent", "egfr_status"),
        *("alk_status", "spiculation", "fdg_avidity"),
    ),
}
"""Facts that nobody asks about without that cancer in mind."""

_CANCERS: Final = {"breast": Pathway.BREAST, "nsclc": Pathway.LUNG, "sclc": Pathway.LUNG}


@dataclass(frozen=True, slots=True)
class KnownFact:
    """What is known about one field of the form.

    Parameters
    ----------
    field : FormField
    observation : Observation or None
        What counts: the latest, or what follows from others where that is newer; ``None`` where nothing was ever said.
    derived_from : tuple of str
        The facts from which it follows; empty where it was observed.
    """

    field: FormField
    observation: Observation | None
    derived_from: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NeededTest:
    """A test without which nothing can be made of a fact.

    Parameters
    ----------
    facts : tuple of str
        The fact that is needed, and the one that calls for it.
    what : str
    """

    facts: tuple[str, ...]
    what: str


@dataclass(frozen=True, slots=True)
class Answered:
    """One version of a model, and what it says.

    Parameters
    ----------
    name : str
        As the registry names it.
    model : Model
    answer : Prediction or Refusal
    evidence : mapping of str to object
        What it was told: every input of its card, ``None`` where nothing is known.
    """

    name: str
    model: Model
    answer: Prediction | Refusal
    evidence: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Family:
    """The versions of one model, side by side."""

    name: str
    versions: tuple[Answered, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with the models that answer it."""

    question: Question
    families: tuple[Family, ...]


@dataclass(frozen=True, slots=True)
class Assessment:
    """Everything that a pathway's models say about a patient at a time.

    Parameters
    ----------
    pathway : Pathway
    at_us : int or None
        Which observations counted: those up to and with this time; ``None``: all.
    facts : tuple of KnownFact
        Every field of the form.
    contradictions : tuple of Contradiction
    needed : tuple of NeededTest
        Facts that call for a further test before anything can be made of them.
    questions : tuple of Asked
        Those to which there is a model.
    """

    pathway: Pathway
    at_us: int | None
    facts: tuple[KnownFact, ...]
    contradictions: tuple[Contradiction, ...]
    needed: tuple[NeededTest, ...]
    questions: tuple[Asked, ...]

    @property
    def answers(self) -> tuple[Answered, ...]:
        """Every answer, in the order of the page."""
        return tuple(one for asked in self.questions for family in asked.families for one in family.versions)

    @property
    def refused(self) -> bool:
        """Whether no model answered."""
        return all(isinstance(one.answer, Refusal) for one in self.answers)


def models_of(pathway: Pathway, models: Mapping[str, Model] | None = None) -> dict[str, Model]:
    """Return the models of a pathway by their names in the registry.

    Parameters
    ----------
    pathway : Pathway
    models : mapping of str to Model, optional
        All that the registry has by default.
    """
    known = registered_models() if models is None else models
    return {name: model for name, model in known.items() if pathway in questions_of(model)}


def pathways_of(observations: Sequence[Observation]) -> tuple[Pathway, ...]:
    """Return the pathways that the facts speak of; none where they speak of neither.

    The type of the cancer decides where it is known, else whether a fact was observed that belongs to one alone.
    """
    latest = latest_observations(observations)
    cancer = latest.get("cancer_type")
    if cancer is not None and cancer.value in _CANCERS:
        return (_CANCERS[str(cancer.value)],)
    return tuple(
        pathway
        for pathway, telling in TELLING.items()
        if any(name in latest and latest[name].value is not None for name in telling)
    )


def assess(
    observations: Sequence[Observation],
    pathway: Pathway,
    *,
    at_us: int | None = None,
    models: Mapping[str, Model] | None = None,
) -> Assessment:
    """Ask every model of a pathway about one patient.

    Parameters
    ----------
    observations : sequence of Observation
        Of one patient, in the vocabulary's units.
    pathway : Pathway
    at_us : int, optional
        The time in the patient's course: later observations do not count. Microseconds UTC.
    models : mapping of str to Model, optional
        All that the registry has by default.
    """
    chosen = models_of(pathway, models)
    counting = [one for one in observations if at_us is None or one.time_us <= at_us]
    facts = _known(form_fields(chosen.items()), counting)
    evidence = {fact.field.name: fact.observation.value for fact in facts if fact.observation is not None}
    answered = [_answered(name, model, evidence, at_us) for name, model in chosen.items()]
    return Assessment(
        pathway=pathway,
        at_us=at_us,
        facts=facts,
        contradictions=tuple(contradictions(counting)),
        needed=tuple(_needed(evidence)),
        questions=tuple(_asked(answered, pathway)),
    )


def _known(fields: Iterable[FormField], observations: Sequence[Observation]) -> tuple[KnownFact, ...]:
    latest = latest_observations(observations)
    for one in observations:  # an input of a model that the vocabulary does not have
        if one.code not in FACTS and (one.code not in latest or one.time_us >= latest[one.code].time_us):
            latest[one.code] = one
    derived = {fact.name: fact for fact in derived_facts(observations)}
    known = []
    for field in fields:
        observed, follows = latest.get(field.name), derived.get(field.name)
        if follows is not None and (
            observed is None or observed.value is None or observed.time_us < follows.observation.time_us
        ):
            names = tuple(source.code for source in follows.derived_from)
            known.append(KnownFact(field, follows.observation, names))
        else:
            known.append(KnownFact(field, observed))
    return tuple(known)


def _answered(name: str, model: Model, evidence: Mapping[str, Any], at_us: int | None) -> Answered:
    told = {entry.name: evidence.get(entry.name) for entry in model.card.inputs}
    if model.card.not_available:  # whatever else is missing: nothing that is filled in would help
        return Answered(name, model, Refusal(f"not available, because {model.card.not_available}"), told)
    return Answered(name, model, model.predict(told, at_us), told)


def _asked(answered: Sequence[Answered], pathway: Pathway) -> Iterable[Asked]:
    for question in QUESTIONS[pathway]:
        families: dict[str, list[Answered]] = {}
        for one in answered:
            if questions_of(one.model)[pathway] == question.key:
                families.setdefault(one.model.card.name, []).append(one)
        listed = {name: place for place, name in enumerate(question.models)}
        names = sorted(families, key=lambda name: (listed.get(name, len(listed)), name))
        if names:
            yield Asked(question, tuple(Family(name, tuple(sorted(families[name], key=_version))) for name in names))


def _version(one: Answered) -> tuple[list[int], str]:
    numbers = [int(part) for part in one.model.card.version.lstrip("v").split(".") if part.isdigit()]
    return numbers, one.model.card.version


def _needed(evidence: Mapping[str, Any]) -> Iterable[NeededTest]:
    if evidence.get("her2_ihc") == "2+" and evidence.get("her2_ish") is None:
        yield NeededTest(
            ("her2_ish", "her2_ihc"),
            "HER2 is 2+ by immunohistochemistry, which is equivocal: in-situ hybridisation decides",
        )
