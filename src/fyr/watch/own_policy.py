"""One patient's own policy as time passes: the ward's, bent by what the record says and by what people have set.

What is known (observations, findings, overrides) may also lie in the future, as in a recording: each has its effect at
its own time, and so has the end of what does not last.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from fyr.attention import (
    Override,
    Policy,
    Revocation,
    apply_overrides,
    in_force,
    next_change_us,
    select_by_findings,
)
from fyr.errors import BadInput
from fyr.record import Finding, Observation, PatientId

__all__ = ["NO_CHANGE", "Known", "OwnPolicy", "PolicyTurn"]

Known = Observation | Finding | Override | Revocation
"""What a patient's own limits follow from."""

NO_CHANGE: Final = int(np.iinfo(np.int64).max)
"""When a policy changes that does not."""


@dataclass(frozen=True, slots=True)
class PolicyTurn:
    """A patient goes over to another policy.

    Parameters
    ----------
    time_us : int
    policy : Policy
    reason : str
    by : str
        The person whose doing it is; empty where it is several persons', or nobody's.
    detail : mapping
        `set` and `ended`: the overrides that begin and end to hold, as they say themselves.
    """

    time_us: int
    policy: Policy
    reason: str
    by: str
    detail: dict[str, Any]


class OwnPolicy:
    """The limits that hold for one patient.

    Parameters
    ----------
    ward : Policy
        What holds where nothing else is known.
    patient : PatientId
    time_us : int
        From when the patient is watched.
    known : iterable of Observation, Finding, Override or Revocation
        What is known already, also of the time to come.

    Notes
    -----
    Should limits that cannot stand together meet (each of them was possible when it was set), the ward's own hold, and
    the reason says so: a rule too many is better than none.
    """

    def __init__(
        self,
        ward: Policy,
        patient: PatientId,
        time_us: int,
        known: Iterable[Known] = (),
    ) -> None:
        self.ward = ward
        self.patient = patient
        self.overrides: list[Override | Revocation] = []
        self.due_us = NO_CHANGE
        """When it changes next of itself."""
        self._codes = {condition.code for condition in ward.when_finding if condition.code}
        self._models = {condition.model for condition in ward.when_finding if condition.model}
        self._observations: list[Observation] = []
        self._findings: list[Finding] = []
        self._problem = ""
        self._holding: list[Override] = []
        self.policy = ward
        self._since_us = time_us
        for one in known:
            self.learn(one, time_us)
        self._reckon(time_us)

    @property
    def holding(self) -> tuple[Override, ...]:
        """What holds of overrides and of what findings selected, since the policy last changed."""
        return tuple(self._holding)

    def learn(self, one: Known, now_us: int) -> None:
        """Note what has become known now; :meth:`turn` makes it hold, at its own time but not before now."""
        match one:
            case Observation(code=code) if code in self._codes:
                self._observations.append(one)
            case Finding() if one.model.name in self._models:
                self._findings.append(one)
            case Override() | Revocation():
                self.overrides.append(one)
            case _:
                return
        self.due_us = min(self.due_us, max(one.time_us, now_us, self._since_us))

    def turn(self, time_us: int) -> PolicyTurn | None:
        """Come to a time; return what has changed, or ``None``."""
        before, problem = self._holding, self._problem
        self._reckon(time_us)
        begun = _without(self._holding, before)
        over = _without(before, self._holding)
        if not begun and not over and problem == self._problem:
            return None
        revoked = {
            one.override: one for one in self.overrides if isinstance(one, Revocation) and one.time_us <= time_us
        }
        people = {one.person for one in begun if not one.by_policy}
        people |= {revoked[one.id].person for one in over if one.id in revoked}
        said = [one.reason for one in begun] + [_how_it_ended(one, revoked.get(one.id)) for one in over]
        if self._problem:
            said.append(f"the ward's limits hold, for {self._problem}")
        detail = {"set": [one.as_dict() for one in begun], "ended": [one.as_dict() for one in over]}
        by = next(iter(people)) if len(people) == 1 else ""
        return PolicyTurn(time_us, self.policy, "; ".join(said), by, detail)

    def check(self, time_us: int, *events: Override | Revocation) -> None:
        """Stop here unless the patient's limits could be applied, with `events` too, now and at every change to come.

        Raises
        ------
        BadInput
            If they could not.
        """
        at_us = time_us
        while at_us != NO_CHANGE:
            known = [*self._selected(at_us), *self.overrides, *events]
            apply_overrides(self.ward, known, at_us)
            at_us = self._next_after(at_us, known)

    def _reckon(self, time_us: int) -> None:
        self._problem = ""
        try:
            selected = self._selected(time_us)
        except BadInput as problem:
            selected, self._problem = [], problem.what
        events = [*selected, *self.overrides]
        try:
            self.policy, self._holding = apply_overrides(self.ward, events, time_us), in_force(events, time_us)
        except BadInput as problem:
            self.policy, self._holding, self._problem = self.ward, [], problem.what
        self.due_us = self._next_after(time_us, events)
        self._forget(time_us)

    def _next_after(self, time_us: int, events: Sequence[Override | Revocation]) -> int:
        times = [one.time_us for one in self._observations] + [one.time_us for one in self._findings]
        due_us = min((one for one in times if one > time_us), default=NO_CHANGE)
        return min(due_us, next_change_us(events, time_us) or NO_CHANGE)

    def _selected(self, time_us: int) -> list[Override]:
        return select_by_findings(
            self.ward,
            self.ward.when_finding,
            self.patient,
            findings=self._findings,
            observations=self._observations,
            at_us=time_us,
        )

    def _forget(self, time_us: int) -> None:
        """Let go of observations that a newer one of their code has replaced, so that a long stay costs no more."""
        newest: dict[str, Observation] = {}
        for one in self._observations:
            if one.time_us <= time_us and (one.code not in newest or one.time_us > newest[one.code].time_us):
                newest[one.code] = one
        self._observations = [*newest.values(), *(one for one in self._observations if one.time_us > time_us)]


def _how_it_ended(override: Override, revocation: Revocation | None) -> str:
    if revocation is not None:
        return f"ended by {revocation.person} ({revocation.reason}): {override.reason}"
    return f"{'no longer holds' if override.by_policy else 'ran out'}: {override.reason}"


def _without(some: Iterable[Override], others: Iterable[Override]) -> list[Override]:
    """Return those that are not among the others; what a finding selected goes by its changes, not by its value."""
    known = {_identity(one) for one in others}
    return [one for one in some if _identity(one) not in known]


def _identity(override: Override) -> object:
    return override.changes if override.by_policy else override.id
