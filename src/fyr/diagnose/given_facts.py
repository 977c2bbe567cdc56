"""Facts as people give them, in a form or a row of a file: read into observations, each with its status."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from fyr.clock import from_iso
from fyr.diagnose.form import FormField
from fyr.errors import BadInput
from fyr.record import Observation, PatientId, Status
from fyr.record.clinical import FACTS
from fyr.record.clinical_fact import folded_word
from fyr.record.clinical_reading import clinical_value

__all__ = ["GivenFact", "given_fact", "observation_of", "observations_of_row"]

_WITHOUT_A_VALUE: Final = {
    "unknown": Status.UNKNOWN,
    "not known": Status.UNKNOWN,
    "not done": Status.NOT_DONE,
    "not_done": Status.NOT_DONE,
}
_PARTS: Final = frozenset({"value", "unit", "status", "time"})


@dataclass(frozen=True, slots=True)
class GivenFact:
    """A fact as somebody gave it.

    Parameters
    ----------
    name : str
    value : object
        A number, text or truth value; ``None`` with a status that has no value.
    unit : str or None
        UCUM; the vocabulary's own where nothing is said.
    status : Status
    time_us : int or None
        When it was true of the patient; ``None``: now.
    """

    name: str
    value: Any
    unit: str | None = None
    status: Status = Status.PRESENT
    time_us: int | None = None


def given_fact(name: str, given: Any) -> GivenFact | None:
    """Read one cell of a row; ``None`` where it is empty.

    Parameters
    ----------
    name : str
    given : object
        A value; ``"unknown"`` or ``"not done"``; or a mapping with `value` and, where wanted, `unit`, `status`, `time`.

    Raises
    ------
    BadInput
        If it has a part that no fact has, or a status that there is not.

    Examples
    --------
    >>> given_fact("grade", "not done").status
    <Status.NOT_DONE: 'not done'>
    """
    if isinstance(given, Mapping):
        return _of_mapping(name, given)
    if given is None or (isinstance(given, str) and not given.strip()) or given != given:  # noqa: PLR0124  NaN
        return None
    word = folded_word(given) if isinstance(given, str) else ""
    if word in _WITHOUT_A_VALUE:
        return GivenFact(name, None, status=_WITHOUT_A_VALUE[word])
    return GivenFact(name, given)


def observation_of(
    fact: GivenFact, patient: PatientId, now_us: int, source: str, fields: Mapping[str, FormField]
) -> Observation:
    """Check a fact and make an observation of it, in the vocabulary's unit.

    Raises
    ------
    BadInput
        If the value is not possible, lacks its unit, contradicts its status, or lies in the future.
    """
    time_us = now_us if fact.time_us is None else fact.time_us
    if time_us > now_us:
        raise BadInput(f"{fact.name} is dated later than now", mend="give the day on which it was true")
    known = FACTS.get(fact.name)
    field = fields.get(fact.name)
    if known is None and field is None:
        raise BadInput(f"no model here asks for '{fact.name}'", mend="see the facts of GET …/diagnosis")
    unit = known.unit if known is not None else field.unit if field is not None else None
    value = fact.value
    if fact.status in (Status.UNKNOWN, Status.NOT_DONE):
        if value is not None:
            raise BadInput(f"{fact.name} is '{fact.status}' and has a value", mend="leave out one of them")
    elif value is None:
        raise BadInput(f"{fact.name} has no value", mend="give one, or say that it is unknown or was not done")
    elif known is not None:
        value = clinical_value(fact.name, _spelled(value, known.kind), fact.unit or unit)
    return Observation(patient, fact.name, time_us, value, unit if value is not None else None, fact.status, source)


def observations_of_row(
    row: Mapping[str, Any], patient: PatientId, now_us: int, source: str, fields: Mapping[str, FormField]
) -> tuple[list[Observation], tuple[str, ...]]:
    """Read a row of a file.

    Returns
    -------
    observations : list of Observation
    ignored : tuple of str
        Columns that are no fact and no input of a model.

    Raises
    ------
    BadInput
        If a value cannot be used; every such value is named.
    """
    observed, ignored, problems = [], [], []
    for name, given in row.items():
        if name not in FACTS and name not in fields:
            ignored.append(name)
            continue
        try:
            fact = given_fact(name, given)
            if fact is not None:
                observed.append(observation_of(fact, patient, now_us, source, fields))
        except BadInput as problem:
            problems.append(problem.what + (f" ({problem.mend})" if problem.mend else ""))
    if problems:
        raise BadInput("; ".join(problems))
    return observed, tuple(ignored)


def _of_mapping(name: str, given: Mapping[str, Any]) -> GivenFact | None:
    strange = sorted(set(given) - _PARTS)
    if strange:
        raise BadInput(f"{name} has a part '{strange[0]}'", mend=f"a fact has {', '.join(sorted(_PARTS))}")
    fact = given_fact(name, given.get("value"))
    status = given.get("status")
    if status is not None:
        try:
            wanted = Status(status)
        except ValueError:
            known = ", ".join(Status)
            raise BadInput(f"{name} has the status '{status}'", mend=f"there are {known}") from None
        fact = replace(fact or GivenFact(name, None), status=wanted)
    if fact is None:
        return None
    time = given.get("time")
    unit = given.get("unit")
    return replace(fact, unit=unit, time_us=None if time is None else from_iso(str(time)))


def _spelled(value: Any, kind: str) -> Any:
    """Write 1 and 0 as what they mean where a truth value is asked for, and a number of a category as text."""
    if kind == "boolean" and str(value).strip() in ("0", "1", "0.0", "1.0"):
        return str(value).strip().startswith("1")
    if kind == "category" and isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value:g}"
    return value
