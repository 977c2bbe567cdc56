"""An Observation as the clinical facts that it tells, in our names, units and words."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from fyr.errors import BadInput
from fyr.exchange.fhir.codes import ABSENT
from fyr.exchange.fhir.mcode.answers import ANSWERS
from fyr.exchange.fhir.mcode.elements import DATA_ABSENT, LOINC, SNOMED, UCUM, Json
from fyr.exchange.fhir.mcode.staging_words import staging_word
from fyr.exchange.fhir.parts import EXTENSION, WORDS
from fyr.exchange.fhir.refusing import Refusal, codings, objects
from fyr.exchange.incoming import ProblemKind
from fyr.record import Quality, Status
from fyr.record.clinical import FACT_OF_CODE, FACTS, ClinicalFact
from fyr.record.clinical_reading import ClinicalValue, clinical_value

__all__ = ["FACT_WORDS", "IMPUTED", "Told", "check_usable", "is_own", "told_by"]

FACT_WORDS: Final = f"{WORDS}clinical-fact"
"""The system of our names of facts."""
IMPUTED: Final = f"{EXTENSION}imputed"
"""The extension that says that a value was filled in, not observed."""

_PREFIX: Final = {LOINC: "loinc", SNOMED: "snomed"}
_ACCEPTED: Final = frozenset({"final", "preliminary", "amended", "corrected"})
_IGNORED: Final = frozenset({(LOINC, "33729-5")})
"""Components that add nothing to a fact: further dimensions of a tumour."""
_GRADE: Final = re.compile(r"\b(?:grade|G) ?([1-3])\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Told:
    """A fact, without whose it is and since when."""

    name: str
    value: ClinicalValue | None
    status: Status


def check_usable(resource: Json) -> None:
    """Refuse a resource that was taken back, or that an unknown element may turn round."""
    status = resource.get("status")
    if resource.get("resourceType") == "Observation" and not (isinstance(status, str) and status in _ACCEPTED):
        kind = ProblemKind.INCOMPLETE if status is None else ProblemKind.UNSUPPORTED
        raise Refusal(kind, f"its status is {status!r}", "status", f"send one that is {', '.join(sorted(_ACCEPTED))}")
    for name in ("modifierExtension", "implicitRules"):
        if name in resource:
            what = f"{name} may turn its meaning round and is not known here"
            raise Refusal(ProblemKind.UNSUPPORTED, what, name, "leave it out")


def told_by(observation: Json) -> tuple[list[Told], list[str]]:
    """Return the facts that an Observation and its components tell, and the codes in it that are nothing of ours.

    Raises
    ------
    Refusal
        If it has a name of ours and cannot be read: nothing of it is taken then.
    """
    told: list[Told] = []
    unknown: list[str] = []
    fact = _fact(observation)
    components = objects(observation, "component")
    if fact is not None and is_own(observation):
        inside = components[0] if _is_empty(observation) and components else observation
        return [_read({**inside, "extension": objects(observation, "extension")}, fact, "")], []
    if fact is not None and not (_is_empty(observation) and components):
        told.append(_read(observation, fact, ""))
    elif fact is None:
        unknown.append(_named(observation))
    for number, component in enumerate(components):
        inner = _fact(component)
        if inner is not None:
            told.append(_read(component, inner, f"component[{number}]."))
        elif not _IGNORED & {*codings(component.get("code", {}), "component.code")}:
            unknown.append(_named(component))
    return told, unknown


def is_own(observation: Json) -> bool:
    """Tell whether an Observation carries one of our own names, as those do that Fyr writes."""
    return any(system == FACT_WORDS for system, _ in codings(observation.get("code", {}), "code"))


def _fact(element: Json) -> ClinicalFact | None:
    terms = codings(element.get("code", {}), "code")
    own = [code for system, code in terms if system == FACT_WORDS and code in FACTS]
    if own:
        return FACTS[own[0]]
    found = {
        FACT_OF_CODE[f"{_PREFIX[system]}:{code}"]
        for system, code in terms
        if system in _PREFIX and f"{_PREFIX[system]}:{code}" in FACT_OF_CODE
    }
    if len(found) > 1:
        what = f"its codes mean {' and '.join(sorted(found))}"
        raise Refusal(ProblemKind.CONTRADICTION, what, "code", "give codes of one fact")
    return FACTS[found.pop()] if found else None


def _is_empty(element: Json) -> bool:
    return not any(name.startswith("value") or name == "dataAbsentReason" for name in element)


def _read(element: Json, fact: ClinicalFact, where: str) -> Told:
    status = _absence(element, where)
    if status is not None:
        return Told(fact.name, None, status)
    imputed = any(one.get("url") == IMPUTED and one.get("valueBoolean") for one in objects(element, "extension"))
    problem: BadInput | None = None
    for candidate, unit in _candidates(element, fact, where):
        try:
            value = clinical_value(fact.name, candidate, unit)
        except BadInput as refused:
            problem = problem or refused
            continue
        return Told(fact.name, value, Status.IMPUTED if imputed else Status.PRESENT)
    if problem is not None:
        raise Refusal(ProblemKind.UNREADABLE, problem.what, f"{where}value[x]", problem.mend)
    what = f"{fact.name} has neither a value nor a reason why not"
    raise Refusal(ProblemKind.INCOMPLETE, what, f"{where}value[x]", "give a value or dataAbsentReason")


def _absence(element: Json, where: str) -> Status | None:
    concept = element.get("dataAbsentReason")
    codes = [] if concept is None else [code for _, code in codings(concept, f"{where}dataAbsentReason")]
    answer = element.get("valueCodeableConcept")
    if isinstance(answer, dict):
        codes += [str(one.get("valueCode")) for one in objects(answer, "extension") if one.get("url") == DATA_ABSENT]
        codes += [code for system, code in codings(answer, where) if system.endswith("/data-absent-reason")]
    if concept is None and not codes:
        return None
    if concept is not None and any(name.startswith("value") for name in element):
        what = "it has a value and a reason for having none"
        raise Refusal(ProblemKind.CONTRADICTION, what, f"{where}dataAbsentReason", "give one of them")
    not_done = any(ABSENT.get(code) is Quality.NOT_DONE for code in codes)
    return Status.NOT_DONE if not_done else Status.UNKNOWN


def _candidates(element: Json, fact: ClinicalFact, where: str) -> Iterator[tuple[Any, str | None]]:
    """Yield what the value may be, the most exact first, each with its unit."""
    quantity = element.get("valueQuantity")
    if quantity is not None:
        yield _amount(quantity, fact, f"{where}valueQuantity")
    for name in ("valueInteger", "valueBoolean", "valueString"):
        if name in element:
            yield element[name], fact.unit if name == "valueInteger" else None
    concept = element.get("valueCodeableConcept")
    if concept is not None:
        for word in _words(concept, fact, where):
            number = fact.unit is not None
            yield (word, fact.unit) if number else (word, None)


def _words(concept: Any, fact: ClinicalFact, where: str) -> Iterator[Any]:
    terms = codings(concept, f"{where}valueCodeableConcept")
    for system, code in terms:
        if system == f"{WORDS}{fact.name}":
            yield {"true": True, "false": False}.get(code, code) if fact.kind == "boolean" else code
    for term in terms:
        if term in ANSWERS:
            yield ANSWERS[term]
    texts = [str(one["display"]) for one in objects(concept, "coding") if isinstance(one.get("display"), str)]
    texts += [concept["text"]] if isinstance(concept.get("text"), str) else []
    for text in (*(code for _, code in terms), *texts):
        yield staging_word(fact.name, text)
        graded = _GRADE.search(text)
        if fact.name == "grade" and graded is not None:
            yield graded[1]


def _amount(quantity: Any, fact: ClinicalFact, where: str) -> tuple[float, str | None]:
    if not isinstance(quantity, dict):
        raise Refusal(ProblemKind.UNREADABLE, "it is not a Quantity", where)
    if "comparator" in quantity:
        what = f"'{quantity['comparator']}' a value is no value"
        raise Refusal(ProblemKind.UNSUPPORTED, what, f"{where}.comparator")
    value = quantity.get("value")
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise Refusal(ProblemKind.UNREADABLE, f"{str(value)[:40]!r} is not a number", f"{where}.value")
    code = quantity.get("code")
    if code is not None and quantity.get("system") == UCUM:
        return value, str(code)
    if code is None and quantity.get("unit") is None and fact.unit in ("1", "{score}"):
        return value, None
    what = f"the unit {code or quantity.get('unit')!r} is not coded in UCUM"
    raise Refusal(ProblemKind.INCOMPLETE, what, f"{where}.code", f"give system {UCUM} and its code")


def _named(element: Json) -> str:
    concept = element.get("code", {})
    terms = [f"{_PREFIX.get(system, system)}:{code}" for system, code in codings(concept, "code")]
    text = concept.get("text") if isinstance(concept, dict) else None
    return (", ".join(terms) or str(text or "no code"))[:200]
