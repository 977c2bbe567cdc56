"""Findings that select stricter or looser rules: a policy's ``when_finding`` entries, read, checked and applied.

What is in the record (a model's finding, or a coded observation) selects changes of the policy for that patient, as an
override whose author is the policy. What a person sets goes before it.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from fyr.attention.override import Override
from fyr.attention.policy import Operator, Policy
from fyr.attention.policy_change import OxygenScale, PolicyChange, change_from_dict, changed_policy
from fyr.attention.policy_values import read_comparison, read_duration, read_scalar, read_text
from fyr.attention.strict_yaml import Section
from fyr.errors import BadInput
from fyr.record import Estimate, Finding, Observation, PatientId, Status
from fyr.units import check_unit, convert, is_convertible

__all__ = ["FindingCondition", "check_finding_conditions", "read_finding_conditions", "select_by_findings"]


@dataclass(frozen=True, slots=True)
class FindingCondition:
    """What must be in the record, and what then changes.

    Parameters
    ----------
    title, source : str
        What it is, and where it comes from.
    changes : tuple of Limit or TurnOff
    code : str
        Of an observation; empty where a model's finding is meant.
    model, output : str
        Of a finding; empty where an observation is meant.
    operator, threshold, unit
        How a number is held against a limit; the unit is UCUM, ``None`` for plain numbers.
    equals : float, str, bool or None
        What the value must be, in place of a comparison.
    max_age_us : int or None
        How old it may be; ``None``: as old as it likes.
    """

    title: str
    source: str
    changes: tuple[PolicyChange, ...]
    code: str = ""
    model: str = ""
    output: str = ""
    operator: Operator | None = None
    threshold: float = 0.0
    unit: str | None = None
    equals: float | str | bool | None = None
    max_age_us: int | None = None

    @property
    def about(self) -> str:
        """What of the record it looks at."""
        return self.code or f"{self.model}.{self.output}"


@dataclass(frozen=True, slots=True)
class _Found:
    """A value in the record."""

    time_us: int
    value: float | str | bool
    unit: str | None


def read_finding_conditions(sections: Iterable[Section]) -> tuple[FindingCondition, ...]:
    """Read the entries of ``when_finding``.

    Raises
    ------
    BadInput
        If an entry is not as it must be; says file, line and mend.
    """
    return tuple(_read(section) for section in sections)


def check_finding_conditions(policy: Policy, conditions: Iterable[FindingCondition], *, where: str = "") -> None:
    """Make every change once, so that a policy with an entry that cannot be applied is refused when it is read.

    Raises
    ------
    BadInput
        If a change is about a rule that the policy does not have, or goes further than it may.
    """
    for condition in conditions:
        try:
            changed_policy(policy, condition.changes)
        except BadInput as problem:
            place = f"{where}: " if where else ""
            raise BadInput(problem.what, where=f"{place}when_finding '{condition.title}'", mend=problem.mend) from None


def select_by_findings(
    policy: Policy,
    conditions: Sequence[FindingCondition],
    patient: PatientId,
    *,
    findings: Iterable[Finding] = (),
    observations: Iterable[Observation] = (),
    at_us: int,
) -> list[Override]:
    """Return the overrides that a patient's record selects at a time, in the order of the conditions.

    Of each code or output the newest value not after `at_us` counts. What is unknown, not done or imputed selects
    nothing: a rule is not changed for a guess.

    Raises
    ------
    BadInput
        If a number is recorded in a unit that cannot be compared with the condition's.
    """
    known_findings = [one for one in findings if one.patient == patient and one.time_us <= at_us]
    known_observations = [one for one in observations if one.patient == patient and one.time_us <= at_us]
    overrides = []
    for condition in conditions:
        found = _newest(condition, known_findings, known_observations)
        if found is None or (condition.max_age_us is not None and at_us - found.time_us > condition.max_age_us):
            continue
        if _holds(condition, found):
            reason = f"{condition.title} ({condition.about} {_said(found)})"
            author = f"policy {policy.name} {policy.version}"
            until_us = found.time_us + condition.max_age_us + 1 if condition.max_age_us is not None else None
            overrides.append(
                Override(patient, found.time_us, author, reason, condition.changes, until_us, by_policy=True)
            )
    return overrides


def _read(section: Section) -> FindingCondition:
    code, model = section.optional("code", read_text), section.optional("model", read_text)
    output = section.optional("output", read_text)
    if (code is None) == (model is None) or (model is None) != (output is None):
        raise section.error(
            f"{section.path} must look at one thing", mend="give either 'code', or 'model' together with 'output'"
        )
    comparison, equals = section.optional("when", read_comparison), section.optional("is", read_scalar)
    if (comparison is None) == (equals is None):
        raise section.error(f"{section.path} needs one test", mend="give either 'when' with a comparison, or 'is'")
    unit = section.optional("unit", _unit)
    if unit is not None and comparison is None:
        raise section.error(f"{section.path}.unit belongs to a comparison", "unit", mend="give 'when', or no unit")
    changes = section.take("changes", _changes)
    if any(isinstance(change, OxygenScale) for change in changes):
        raise section.error(
            f"{section.path}: the SpO2 scale is a clinician's decision (RCP 2017), no finding's",
            "changes",
            mend="leave it out; set it for the patient as an override",
        )
    condition = FindingCondition(
        title=section.take("title", read_text),
        source=section.take("source", read_text),
        changes=changes,
        code=code or "",
        model=model or "",
        output=output or "",
        operator=comparison[0] if comparison else None,
        threshold=comparison[1] if comparison else 0.0,
        unit=unit,
        equals=equals,
        max_age_us=section.optional("max_age", read_duration),
    )
    section.finish()
    return condition


def _unit(value: object) -> str:
    try:
        return check_unit(read_text(value))
    except BadInput as problem:
        raise ValueError(problem.what) from None


def _changes(value: object) -> tuple[PolicyChange, ...]:
    if not isinstance(value, list) or not value or not all(isinstance(entry, Mapping) for entry in value):
        raise ValueError("write a list of changes, each with a rule")
    return tuple(change_from_dict(entry) for entry in value)


def _newest(
    condition: FindingCondition, findings: Iterable[Finding], observations: Iterable[Observation]
) -> _Found | None:
    if condition.code:
        of_code = [one for one in observations if one.code == condition.code]
        newest = max(of_code, key=lambda one: one.time_us, default=None)
        if newest is None or newest.value is None or newest.status is not Status.PRESENT:
            return None
        return _Found(newest.time_us, newest.value, newest.unit)
    estimates = [
        _Found(one.time_us, one.answer.value, one.answer.unit)
        for one in findings
        if one.model.name == condition.model
        and isinstance(one.answer, Estimate)
        and one.answer.output == condition.output
    ]
    return max(estimates, key=lambda one: one.time_us, default=None)


def _holds(condition: FindingCondition, found: _Found) -> bool:
    if condition.operator is None:
        return isinstance(found.value, bool) == isinstance(condition.equals, bool) and found.value == condition.equals
    if isinstance(found.value, bool) or not isinstance(found.value, int | float):
        raise BadInput(f"{condition.about} is {found.value!r}, not a number", mend="compare it with 'is'")
    return _COMPARE[condition.operator](_in_unit(condition, found.value, found.unit), condition.threshold)


def _in_unit(condition: FindingCondition, value: float, unit: str | None) -> float:
    if condition.unit == unit or (condition.unit or "1") == (unit or "1"):
        return value
    if condition.unit is None or unit is None or not is_convertible(unit, condition.unit):
        raise BadInput(
            f"{condition.about} is recorded in {unit or 'no unit'}, the policy compares it in "
            f"{condition.unit or 'no unit'}",
            mend="give the unit in the policy's 'when_finding'",
        )
    return float(convert(value, unit, condition.unit))


def _said(found: _Found) -> str:
    if isinstance(found.value, bool):
        return "true" if found.value else "false"
    if isinstance(found.value, str):
        return found.value
    return f"{found.value:g} {found.unit}" if found.unit and found.unit != "1" else f"{found.value:g}"


_COMPARE: Final[Mapping[Operator, Callable[[float, float], bool]]] = {
    Operator.BELOW: operator.lt,
    Operator.AT_MOST: operator.le,
    Operator.ABOVE: operator.gt,
    Operator.AT_LEAST: operator.ge,
}
