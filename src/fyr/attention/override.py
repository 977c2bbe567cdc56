"""Overrides: a patient's own limits, set by a person with a reason, until revoked or until a time.

An override is an event and is never edited. The patient's policy at a time follows from the ward's policy and the
overrides in force then; nothing else is kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from fyr.attention.policy import Policy
from fyr.attention.policy_change import (
    Limit,
    OxygenScale,
    PolicyChange,
    TurnOff,
    change_from_dict,
    changed_policy,
)
from fyr.errors import BadInput
from fyr.record import PatientId

__all__ = ["Override", "Revocation", "apply_overrides", "in_force", "next_change_us"]


@dataclass(frozen=True, slots=True)
class Override:
    """Other limits for one patient.

    Parameters
    ----------
    patient : PatientId
    time_us : int
        From when it holds, microseconds UTC.
    person : str
        Who set it; for one that a policy's finding selected, ``policy NAME VERSION``.
    reason : str
        For example "COPD, target 88 to 92 %".
    changes : tuple of Limit, TurnOff or OxygenScale
    until_us : int or None
        Until when it holds; ``None``: until it is revoked.
    by_policy : bool
        Whether a finding selected it and no person; what a person sets goes before it.

    Raises
    ------
    BadInput
        If author, reason or changes are missing, or it would end before it begins.
    """

    patient: PatientId
    time_us: int
    person: str
    reason: str
    changes: tuple[PolicyChange, ...]
    until_us: int | None = None
    by_policy: bool = False

    def __post_init__(self) -> None:
        _check_said(self.person, self.reason, "an override")
        if not self.changes:
            raise BadInput("the override changes nothing", mend="say which rule or scale it changes")
        if self.until_us is not None and self.until_us <= self.time_us:
            raise BadInput("the override would end before it begins", mend="give a later end, or none")
        about = [_about(change) for change in self.changes]
        twice = next((one for one in about if about.count(one) > 1), None)
        if twice is not None:
            raise BadInput(f"the override says two things about {twice}", mend="keep one of them")

    @property
    def id(self) -> str:
        """Identifier that follows from what it says, so that a replay gives the same."""
        return hashlib.sha256(orjson.dumps(self.as_dict(), option=orjson.OPT_SORT_KEYS)).hexdigest()[:20]

    def as_dict(self) -> dict[str, Any]:
        """Return a mapping of JSON values; :meth:`from_dict` reads it back."""
        return {
            "patient": str(self.patient),
            "time_us": self.time_us,
            "person": self.person,
            "reason": self.reason,
            "changes": [change.as_dict() for change in self.changes],
            "until_us": self.until_us,
            "by_policy": self.by_policy,
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Override:
        """Read what :meth:`as_dict` wrote.

        Raises
        ------
        BadInput
            If it is no override.
        """
        try:
            changes = tuple(change_from_dict(change) for change in document["changes"])
            fields = {**document, "patient": PatientId.parse(document["patient"]), "changes": changes}
            return cls(**fields)
        except (KeyError, TypeError, ValueError) as problem:
            raise BadInput(f"this is no override: {problem}", mend="write it as an override says itself") from None


@dataclass(frozen=True, slots=True)
class Revocation:
    """A person ends an override, named by its identifier, and says why."""

    patient: PatientId
    time_us: int
    person: str
    reason: str
    override: str

    def __post_init__(self) -> None:
        _check_said(self.person, self.reason, "a revocation")

    def as_dict(self) -> dict[str, Any]:
        """Return a mapping of JSON values; :meth:`from_dict` reads it back."""
        return {
            "patient": str(self.patient),
            "time_us": self.time_us,
            "person": self.person,
            "reason": self.reason,
            "override": self.override,
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Revocation:
        """Read what :meth:`as_dict` wrote.

        Raises
        ------
        BadInput
            If it is no revocation.
        """
        try:
            return cls(**{**document, "patient": PatientId.parse(document["patient"])})
        except (KeyError, TypeError) as problem:
            raise BadInput(f"this is no revocation: {problem}", mend="write it as a revocation says itself") from None


def in_force(events: Sequence[Override | Revocation], at_us: int) -> list[Override]:
    """Return the overrides of one patient that hold at a time: those of findings first, each kind in order of time.

    Raises
    ------
    BadInput
        If the events are about several patients, or something is revoked that never was.
    """
    if len({event.patient for event in events}) > 1:
        raise BadInput("these overrides are about several patients", mend="give those of one patient")
    overrides = [event for event in events if isinstance(event, Override)]
    revoked: dict[str, int] = {}
    for event in events:
        if isinstance(event, Revocation):
            revoked[event.override] = min(event.time_us, revoked.get(event.override, event.time_us))
    for override in set(revoked) - {one.id for one in overrides}:
        raise BadInput(f"there is no override {override} to revoke", mend="name one that was made for this patient")
    holding = [
        one
        for one in overrides
        if one.time_us <= at_us
        and (one.until_us is None or at_us < one.until_us)
        and not (one.id in revoked and revoked[one.id] <= at_us)
    ]
    return sorted(holding, key=lambda one: (not one.by_policy, one.time_us))


def apply_overrides(policy: Policy, overrides: Sequence[Override | Revocation], at_us: int) -> Policy:
    """Return the patient's own policy at a time, with a digest of its own; the ward's policy itself if none holds.

    What a person set goes before what a finding selected. Of what persons set about one rule the newest holds; of what
    findings selected, the stricter.

    Raises
    ------
    BadInput
        If an override cannot be applied to this policy; see :func:`fyr.attention.policy_change.changed_policy`.
    """
    holding = in_force(overrides, at_us)
    selected = [change for one in holding if one.by_policy for change in one.changes]
    set_by_people = [change for one in holding if not one.by_policy for change in one.changes]
    # The strictest last, for the last holds. Python's sort keeps the order of equals.
    selected.sort(key=lambda change: _strictness(policy, change))
    return changed_policy(policy, [*selected, *set_by_people])


def next_change_us(overrides: Sequence[Override | Revocation], after_us: int) -> int | None:
    """Return when the overrides in force next change of themselves after a time, or ``None``."""
    times = [event.time_us for event in overrides]
    times += [one.until_us for one in overrides if isinstance(one, Override) and one.until_us is not None]
    return min((time_us for time_us in times if time_us > after_us), default=None)


def _strictness(policy: Policy, change: PolicyChange) -> float:
    match change:
        case TurnOff():
            return float("-inf")
        case OxygenScale():
            return -change.scale
        case Limit():
            rule = policy.rules_by_key.get(change.rule)
            return change.threshold if rule is None or rule.operator.looks_down else -change.threshold


def _about(change: PolicyChange) -> str:
    return "the SpO2 scale" if isinstance(change, OxygenScale) else change.rule


def _check_said(person: str, reason: str, what: str) -> None:
    if not person.strip():
        raise BadInput(f"{what} needs an author", mend="say who made it")
    if not reason.strip():
        raise BadInput(f"{what} needs a reason", mend="say why in a few words")
