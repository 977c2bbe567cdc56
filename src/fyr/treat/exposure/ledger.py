"""A patient's dose ledger: everything that they were exposed to, each in its own quantity.

One page holds CT, fluoroscopy, mammography, radiography, radiopharmaceuticals and radiotherapy. The ledger adds only
amounts of one quantity, with one qualifier, of one kind of examination; it has no total over kinds, because there is
none: a prescribed dose of 50 Gy to a tumour and a dose-length product of 500 mGy.cm are not two parts of anything.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from fyr.treat.exposure.event import PatientFacts
from fyr.treat.exposure.quantity import Quantity, QuantityKind, summed
from fyr.treat.exposure.study import Examination

__all__ = ["Category", "Ledger", "LedgerEntry", "LedgerSum", "TherapyCourse", "ledgers"]

Category = Literal["diagnostic", "nuclear medicine", "therapy"]
_AGREES: Final = 0.02
STATEMENT: Final = (
    "amounts of different quantities, phantoms, nuclides, sides, targets or kinds of examination are never added"
)


@dataclass(frozen=True, slots=True)
class TherapyCourse:
    """A course of radiotherapy as its plan prescribes it.

    Parameters
    ----------
    patient : PatientFacts
    plan_uid, label, started : str
    fractions : int or None
        Planned.
    prescriptions : tuple of Quantity
        Of the kind ``prescribed_dose``, each with its target as the qualifier.
    """

    patient: PatientFacts
    plan_uid: str
    label: str
    started: str
    fractions: int | None
    prescriptions: tuple[Quantity, ...]


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One exposure.

    Parameters
    ----------
    category : {"diagnostic", "nuclear medicine", "therapy"}
    modality : str
        What kind of examination or treatment it was.
    started, what, uid : str
    quantities : tuple of Quantity
    """

    category: Category
    modality: str
    started: str
    what: str
    uid: str
    quantities: tuple[Quantity, ...]


@dataclass(frozen=True, slots=True)
class LedgerSum:
    """What may be added: one quantity of one kind of examination.

    Parameters
    ----------
    category, modality : str
    exposures : int
        How many entries it is the sum of.
    quantity : Quantity
    """

    category: Category
    modality: str
    exposures: int
    quantity: Quantity


@dataclass(frozen=True, slots=True)
class Ledger:
    """All known exposures of one patient, in the order of time."""

    patient: PatientFacts
    entries: tuple[LedgerEntry, ...]
    statement: str = STATEMENT

    def sums(self) -> list[LedgerSum]:
        """Return the sums that mean something; there is none over kinds, quantities or qualifiers."""
        found: list[LedgerSum] = []
        for key in dict.fromkeys((one.category, one.modality) for one in self.entries):
            mine = [one for one in self.entries if (one.category, one.modality) == key]
            for total in summed([quantity for one in mine for quantity in one.quantities]):
                holds = sum(
                    any(q.kind is total.kind and q.qualifier == total.qualifier for q in one.quantities) for one in mine
                )
                found.append(LedgerSum(*key, holds, total))
        return found


def ledgers(exams: Iterable[Examination], courses: Iterable[TherapyCourse] = ()) -> list[Ledger]:
    """Put examinations and courses into one ledger for each patient.

    Patients are the same where issuer and id are; a report without a patient id has a ledger of its own.
    """
    entries: dict[tuple[str, str, str], list[LedgerEntry]] = {}
    patients: dict[tuple[str, str, str], PatientFacts] = {}
    for exam in exams:
        category: Category = "nuclear medicine" if exam.modality == "nuclear medicine" else "diagnostic"
        what = exam.description or next((one.protocol for one in exam.events if one.protocol), "")
        entry = LedgerEntry(category, exam.modality, exam.started, what, exam.study_uid, _amounts(exam))
        _put(entries, patients, exam.patient, exam.study_uid, entry)
    for course in courses:
        entry = LedgerEntry(
            "therapy", "radiotherapy", course.started, course.label, course.plan_uid, course.prescriptions
        )
        _put(entries, patients, course.patient, course.plan_uid, entry)
    return [
        Ledger(patients[key], tuple(sorted(entries[key], key=lambda one: (one.started, one.uid))))
        for key in sorted(entries)
    ]


def _put(
    entries: dict[tuple[str, str, str], list[LedgerEntry]],
    patients: dict[tuple[str, str, str], PatientFacts],
    patient: PatientFacts,
    uid: str,
    entry: LedgerEntry,
) -> None:
    key = (patient.issuer, patient.patient_id, "" if patient.patient_id else uid)
    patients.setdefault(key, patient)
    entries.setdefault(key, []).append(entry)


def _amounts(exam: Examination) -> tuple[Quantity, ...]:
    """Return what the ledger holds of an examination: totals; dose-length products by phantom where events tell it."""
    events = summed([one for event in exam.events for one in event.quantities])
    by_phantom = [one for one in events if one.kind is QuantityKind.DLP]
    reported = [one for one in exam.totals if one.kind is QuantityKind.DLP]
    total, added = sum(one.value for one in reported), sum(one.value for one in by_phantom)
    agrees = by_phantom and all(one.qualifier for one in by_phantom) and abs(total - added) <= _AGREES * max(total, 1)
    have = {one.kind for one in exam.totals}
    amounts = [one for one in exam.totals if not (agrees and one.kind is QuantityKind.DLP)]
    amounts += by_phantom if agrees else []
    amounts += [one for one in events if one.kind not in have and not (agrees and one.kind is QuantityKind.DLP)]
    return tuple(amounts)
