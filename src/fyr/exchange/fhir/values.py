"""What an Observation says: samples of signals, and what a person saw at the bedside."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from fyr.clock import DAY_US, MINUTE_US
from fyr.errors import BadInput
from fyr.exchange.fhir.codes import (
    ABSENT,
    CONSCIOUSNESS,
    CONSCIOUSNESS_ANSWERS,
    GENERAL,
    MDC,
    MDC_UNITS,
    ON_OXYGEN,
    OXYGEN_AMOUNTS,
    OXYGEN_ANSWERS,
    PANELS,
    SAYS_MORE,
    SIGNAL_OF,
    UCUM,
)
from fyr.exchange.fhir.refusing import Refusal, codings, objects
from fyr.exchange.fhir.times import effective_us
from fyr.exchange.incoming import ProblemKind
from fyr.record import SIGNALS, Quality, Status
from fyr.units import convert

__all__ = ["Said", "said_by"]

_ACCEPTED: Final = frozenset({"final", "preliminary", "amended", "corrected"})
_UNITS: Final = {name: known.unit for name, known in SIGNALS.items()}
_MOST_SAMPLES: Final = 1_000_000
_LONGEST_PERIOD_MS: Final = DAY_US / 1000
_CONSCIOUSNESS: Final = "consciousness"
_OXYGEN: Final = "supplemental_oxygen"

_Answer = TypeVar("_Answer", str, bool)


@dataclass(slots=True)
class Said:
    """What one Observation says.

    Parameters
    ----------
    samples : list of (signal, period in µs, time in µs, value, quality)
    observed : list of (code, time in µs, value, status)
    """

    samples: list[tuple[str, int, int, float, int]]
    observed: list[tuple[str, int, str | bool | None, Status]]


def said_by(observation: dict[str, Any], period_us: int = MINUTE_US) -> Said:
    """Read the values of an Observation; a component is read as an Observation of the same time.

    Parameters
    ----------
    observation : dict
        The resource as JSON says it.
    period_us : int
        How long a single value stands for at most.

    Raises
    ------
    Refusal
        If it is not one that may be used, or any part of it that we have a name for cannot be read: half a blood
        pressure is not taken.
    """
    _check(observation)
    components = objects(observation, "component")
    said = Said([], [])
    oxygen: list[bool | None] = []
    kind = _kind(observation, "code")
    if kind is not None:
        _read(observation, kind, "", observation, period_us, said, oxygen)
    elif "valueQuantity" in observation or not components:
        _without_kind(observation, said, period_us)
    for number, component in enumerate(components):
        where = f"component[{number}]."
        kind = _kind(component, f"{where}code")
        if kind is not None:
            _read(component, kind, where, observation, period_us, said, oxygen)
    if oxygen:
        time_us = effective_us(observation, of_first=False)
        known = [one for one in oxygen if one is not None]
        answer, status = (any(known), Status.PRESENT) if known else (None, Status.UNKNOWN)
        said.observed.append((_OXYGEN, time_us, answer, status))
    if not said.samples and not said.observed:
        raise Refusal(ProblemKind.UNSUPPORTED, f"{_named(observation)} is not a quantity that is taken here", "code")
    if len(said.samples) > 1 and len({(sample[0], sample[2]) for sample in said.samples}) < len(said.samples):
        raise Refusal(ProblemKind.CONTRADICTION, "it gives the same signal twice for one time", "component")
    return said


def _check(observation: dict[str, Any]) -> None:
    status = observation.get("status")
    if status not in _ACCEPTED:
        kind = ProblemKind.INCOMPLETE if status is None else ProblemKind.UNSUPPORTED
        raise Refusal(kind, f"its status is {status!r}", "status", f"send one that is {', '.join(sorted(_ACCEPTED))}")
    for name in ("modifierExtension", "implicitRules"):
        if name in observation:
            raise Refusal(
                ProblemKind.UNSUPPORTED,
                f"{name} may turn its meaning round and is not known here",
                name,
                "leave it out",
            )


def _kind(element: dict[str, Any], where: str) -> tuple[str, tuple[str, str]] | None:
    """Return the name of what is measured, with the term that said so; ``None`` where it is nothing of ours."""
    concept = element.get("code")
    if concept is None:
        raise Refusal(ProblemKind.INCOMPLETE, "it does not say what is measured", where)
    found: dict[str, tuple[str, str]] = {}
    general: dict[str, tuple[str, str]] = {}
    for term in codings(concept, where):
        name = SIGNAL_OF.get(term)
        if name is not None:
            (general if term in GENERAL else found)[name] = term
        elif term in CONSCIOUSNESS:
            found[_CONSCIOUSNESS] = term
        elif term == ON_OXYGEN or term in OXYGEN_AMOUNTS:
            found[_OXYGEN] = term
    found |= {name: term for name, term in general.items() if SAYS_MORE.get(name) not in found}
    if len(found) > 1:
        raise Refusal(
            ProblemKind.CONTRADICTION, f"its codes mean {' and '.join(sorted(found))}", where, "give codes of one kind"
        )
    return next(iter(found.items()), None)


def _read(
    element: dict[str, Any],
    kind: tuple[str, tuple[str, str]],
    where: str,
    observation: dict[str, Any],
    period_us: int,
    said: Said,
    oxygen: list[bool | None],
) -> None:
    name, term = kind
    quality = _absent(element, where)
    if name == _OXYGEN:
        oxygen.append(None if quality is not None else _on_oxygen(element, term, where))
        return
    if name == _CONSCIOUSNESS:
        time_us = effective_us(observation, of_first=False)
        if quality is not None:
            status = Status.NOT_DONE if quality is Quality.NOT_DONE else Status.UNKNOWN
            said.observed.append((name, time_us, None, status))
        else:
            said.observed.append((name, time_us, _consciousness(element, where), Status.PRESENT))
        return
    if quality is not None:
        said.samples.append((name, period_us, effective_us(observation, of_first=False), math.nan, quality))
        return
    quantity = element.get("valueQuantity")
    if quantity is not None:
        value = _quantity(quantity, _UNITS[name], f"{where}valueQuantity")
        said.samples.append((name, period_us, effective_us(observation, of_first=False), value, Quality.PRESENT))
        return
    if "valueSampledData" in element:
        start_us = effective_us(observation, of_first=True)
        said.samples.extend(_sampled(element["valueSampledData"], name, start_us, f"{where}valueSampledData"))
        return
    if "component" in element and not where:
        return
    other = next((key for key in element if key.startswith("value")), None)
    if other is not None:
        raise Refusal(ProblemKind.UNSUPPORTED, f"{name} is a quantity, and {other} has no unit", f"{where}{other}")
    raise Refusal(
        ProblemKind.INCOMPLETE,
        f"{name} has neither a value nor a reason why not",
        f"{where}value[x]",
        "give valueQuantity or dataAbsentReason",
    )


def _without_kind(observation: dict[str, Any], said: Said, period_us: int) -> None:
    """Take a panel that says why it is empty; refuse what is nothing of ours."""
    terms = codings(observation["code"], "code")
    panel = next((PANELS[term] for term in terms if term in PANELS), None)
    quality = None if panel is None else _absent(observation, "")
    if panel is None or quality is None:
        raise Refusal(
            ProblemKind.UNSUPPORTED,
            f"{_named(observation)} is not a quantity that is taken here",
            "code",
            "see docs/how-to/connect-fhir.md for those that are",
        )
    time_us = effective_us(observation, of_first=False)
    said.samples.extend((name, period_us, time_us, math.nan, quality) for name in panel)


def _absent(element: dict[str, Any], where: str) -> Quality | None:
    concept = element.get("dataAbsentReason")
    if concept is None:
        return None
    if any(key.startswith("value") for key in element):
        raise Refusal(ProblemKind.UNREADABLE, "it has a value and a reason for having none", f"{where}dataAbsentReason")
    known = [ABSENT[code] for _, code in codings(concept, f"{where}dataAbsentReason") if code in ABSENT]
    return known[0] if known else Quality.UNKNOWN


def _quantity(quantity: Any, unit: str, where: str) -> float:
    if type(quantity) is not dict:
        raise Refusal(ProblemKind.UNREADABLE, "it is not a Quantity", where)
    if "comparator" in quantity:
        raise Refusal(ProblemKind.UNSUPPORTED, f"'{quantity['comparator']}' a value is no value", f"{where}.comparator")
    return _converted(_number(quantity.get("value"), f"{where}.value"), _unit(quantity, where), unit, where)


def _unit(quantity: dict[str, Any], where: str) -> str:
    system, code = quantity.get("system"), quantity.get("code")
    if system == UCUM and type(code) is str:
        return code
    if system == MDC and code in MDC_UNITS:
        return MDC_UNITS[code]
    raise Refusal(
        ProblemKind.INCOMPLETE,
        "the unit is not coded" if code is None or system is None else f"the unit {code!r} of {system!r} is not known",
        f"{where}.code",
        f"give system {UCUM} and its code; the unit's text is for people",
    )


def _converted(value: float, unit: str, wanted: str, where: str) -> float:
    if unit == wanted:
        return value
    try:
        return convert(value, unit, wanted)
    except BadInput as problem:
        raise Refusal(ProblemKind.UNREADABLE, problem.what, f"{where}.code", problem.mend) from None


def _number(value: Any, where: str) -> float:
    if type(value) is float or type(value) is int:
        number = float(value)
        if math.isfinite(number):
            return number
    kind = ProblemKind.INCOMPLETE if value is None else ProblemKind.UNREADABLE
    raise Refusal(kind, "there is no value" if value is None else f"{str(value)[:40]!r} is not a number", where)


def _sampled(data: Any, name: str, start_us: int, where: str) -> Iterator[tuple[str, int, int, float, int]]:
    """Yield the samples of a SampledData: origin + factor · point, one each period (milliseconds)."""
    if type(data) is not dict:
        raise Refusal(ProblemKind.UNREADABLE, "it is not SampledData", where)
    if data.get("dimensions") != 1:
        raise Refusal(ProblemKind.UNSUPPORTED, "only one dimension is taken", f"{where}.dimensions")
    origin = data.get("origin")
    if type(origin) is not dict:
        raise Refusal(ProblemKind.INCOMPLETE, "there is no origin, so no unit", f"{where}.origin")
    zero, unit = _number(origin.get("value"), f"{where}.origin.value"), _unit(origin, f"{where}.origin")
    factor = _number(data.get("factor", 1), f"{where}.factor")
    period_ms = _number(data.get("period"), f"{where}.period")
    points = data.get("data")
    if type(points) is not str or not points.split():
        raise Refusal(ProblemKind.INCOMPLETE, "there are no points", f"{where}.data")
    words = points.split()
    if not 0.001 <= period_ms <= _LONGEST_PERIOD_MS:
        raise Refusal(ProblemKind.UNREADABLE, f"a period of {period_ms} ms is not possible", f"{where}.period")
    if len(words) > _MOST_SAMPLES:
        raise Refusal(ProblemKind.TOO_LARGE, f"there are more than {_MOST_SAMPLES} points", f"{where}.data")
    period_us = round(period_ms * 1000)
    for number, word in enumerate(words):
        time_us = start_us + number * period_us
        if word in ("E", "U", "L"):  # an error, above or below what the device can measure: no value either way
            yield name, period_us, time_us, math.nan, Quality.UNKNOWN
            continue
        try:
            point = float(word)
        except ValueError:
            point = math.nan
        if not math.isfinite(point):
            raise Refusal(ProblemKind.UNREADABLE, f"the point '{word[:40]}' is not a number", f"{where}.data")
        yield name, period_us, time_us, _converted(zero + factor * point, unit, _UNITS[name], where), Quality.PRESENT


def _consciousness(element: dict[str, Any], where: str) -> str:
    answers = {
        CONSCIOUSNESS_ANSWERS[term]
        for term in codings(element.get("valueCodeableConcept"), f"{where}valueCodeableConcept")
        if term in CONSCIOUSNESS_ANSWERS
    }
    return _one(answers, f"{where}valueCodeableConcept")


def _on_oxygen(element: dict[str, Any], term: tuple[str, str], where: str) -> bool:
    if term in OXYGEN_AMOUNTS:
        unit, of_air = OXYGEN_AMOUNTS[term]
        return _quantity(element.get("valueQuantity"), unit, f"{where}valueQuantity") > of_air
    if type(element.get("valueBoolean")) is bool:
        return bool(element["valueBoolean"])
    answers = {
        OXYGEN_ANSWERS[answer]
        for answer in codings(element.get("valueCodeableConcept"), f"{where}valueCodeableConcept")
        if answer in OXYGEN_ANSWERS
    }
    return _one(answers, f"{where}valueCodeableConcept")


def _one(answers: set[_Answer], where: str) -> _Answer:
    if len(answers) == 1:
        return answers.pop()
    kind = ProblemKind.CONTRADICTION if answers else ProblemKind.UNSUPPORTED
    raise Refusal(kind, "its answers contradict each other" if answers else "no answer in it is known here", where)


def _named(observation: dict[str, Any]) -> str:
    terms = codings(observation.get("code"), "code")
    return ", ".join(f"{code} of {system}" for system, code in terms)[:200] or "a code without a system"
