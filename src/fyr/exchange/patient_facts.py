"""What a file turned out to say about patients: facts and kept resources, what was refused and what was noticed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from fyr.errors import BadInput
from fyr.record.clinical_checks import Contradiction, contradictions
from fyr.record.identity import PatientId
from fyr.record.observation import Observation

__all__ = ["OfPatient", "PatientFacts"]


@dataclass(slots=True)
class OfPatient:
    """What was read about one patient."""

    attributes: dict[str, Any] = field(default_factory=dict)
    observations: list[Observation] = field(default_factory=list)


@dataclass(slots=True)
class PatientFacts:
    """What a file, or a part of a long one, holds.

    Parameters
    ----------
    source : str
        The file, by the name that the record keeps.
    patients : dict of PatientId to OfPatient
    refused : list of BadInput
        Rows and resources that were left out, and why.
    kept : Counter of str
        What was kept whole, by what it is about, and what is about no patient.
    notes : list of str
        What a reader must know about how it was read.
    contradictions : list of (PatientId, Contradiction)
        Facts of one patient that cannot all be true.
    original : bytes or None
        The file itself, where more is in it than was read.
    """

    source: str
    patients: dict[PatientId, OfPatient] = field(default_factory=dict)
    refused: list[BadInput] = field(default_factory=list)
    kept: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)
    contradictions: list[tuple[PatientId, Contradiction]] = field(default_factory=list)
    original: bytes | None = None

    def notice_contradictions(self) -> None:
        """Look for facts of one patient that cannot all be true."""
        for who, one in self.patients.items():
            self.contradictions += [(who, found) for found in contradictions(one.observations)]
