"""Whom a device measures: follows its patient and location contexts as they change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fyr.exchange.incoming import Addressee

__all__ = ["Whereabouts"]


@dataclass(slots=True)
class Whereabouts:
    """The associated patients and places of a device, by its parts (MDS).

    Parameters
    ----------
    fallback : Addressee
        What the configuration says for devices that do not tell it.
    patient_root : str
        Which identification is the hospital's number, by its root; needed where a patient has several.
    """

    fallback: Addressee
    patient_root: str = ""
    _states: dict[str, Any] = field(default_factory=dict)
    _parts: dict[str, str] = field(default_factory=dict)
    _since_us: dict[str, int] = field(default_factory=dict)
    _known: dict[str, Addressee] = field(default_factory=dict)
    doubts: dict[str, str] = field(default_factory=dict)
    """Of each part why its patient cannot be told, in words that name no patient."""

    def begin(self, states: Iterable[Any], part_of: Mapping[str, str]) -> None:
        """Take over all context states of a device that has just been read."""
        self._states, self._parts, self._since_us, self._known = {}, dict(part_of), {}, {}
        self.change(states, {})

    def change(self, states: Iterable[Any], newest_us: Mapping[str, int]) -> None:
        """Take over context states that changed.

        Parameters
        ----------
        states : iterable
            The library's context state containers.
        newest_us : mapping
            Of each part the newest time that was measured before the change.
        """
        for state in states:
            self._states[state.Handle] = state
        for part in {*self._parts.values()}:
            patient, since_us = self._patient(part)
            ward, bed = self._place(part)
            before = self._known.get(part)
            now = Addressee(patient or self.fallback.patient, ward or self.fallback.ward, bed or self.fallback.bed)
            self._known[part] = now
            if before is None or before.patient != now.patient:
                self._since_us[part] = max(since_us, newest_us[part] + 1 if part in newest_us else 0)

    def addressee(self, part: str, time_us: int) -> Addressee:
        """Say whom a sample is about; what was measured before the patient was associated goes by its bed only."""
        known = self._known.get(part, self.fallback)
        if known.patient and time_us < self._since_us.get(part, 0):
            return Addressee("", known.ward, known.bed)
        return known

    def _associated(self, part: str, kind: str) -> list[Any]:
        return [
            state
            for state in self._states.values()
            if state.NODETYPE.localname == kind
            and self._parts.get(state.DescriptorHandle) == part
            and state.ContextAssociation is not None
            and state.ContextAssociation.value == "Assoc"
        ]

    def _patient(self, part: str) -> tuple[str, int]:
        self.doubts.pop(part, None)
        states = self._associated(part, "PatientContextState")
        if len(states) > 1:
            self.doubts[part] = "more than one patient is associated"
            return "", 0
        if not states:
            return "", 0
        told = {
            one.Extension
            for one in states[0].Identification
            if one.Extension and (not self.patient_root or one.Root == self.patient_root)
        }
        if len(told) != 1:
            why = "the patient has several numbers; set patient_root" if told else "the patient has no number"
            self.doubts[part] = why
            return "", 0
        start_s = states[0].BindingStartTime
        return told.pop(), 0 if start_s is None else round(float(start_s) * 1000) * 1000

    def _place(self, part: str) -> tuple[str, str]:
        states = self._associated(part, "LocationContextState")
        if len(states) != 1 or states[0].LocationDetail is None:
            return "", ""
        return states[0].LocationDetail.PoC or "", states[0].LocationDetail.Bed or ""
