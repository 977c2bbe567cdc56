"""The patients of whom there is something to be seen, from the record's index of studies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from fyr.record import PatientId
from fyr.record.record import Record

__all__ = ["ImagedPatient", "imaged_patients"]

_SHOWN: Final = frozenset({"CT", "MR", "PT", "RTSTRUCT", "RTDOSE", "RTPLAN"})


@dataclass(slots=True)
class ImagedPatient:
    """A patient, and how much there is.

    Parameters
    ----------
    patient : PatientId
    studies, plans : int
        Studies, and those among them that hold a treatment plan.
    newest : str
        The date of the newest study, ``YYYYMMDD``; empty where none says one.
    """

    patient: PatientId
    studies: int = 0
    plans: int = 0
    newest: str = ""


def imaged_patients(record: Record) -> list[ImagedPatient]:
    """Return the patients with studies that hold what can be seen, the newest first."""
    found: dict[PatientId, ImagedPatient] = {}
    for study in record.find_studies():
        if not _SHOWN & set(study.modalities):
            continue
        one = found.setdefault(study.patient, ImagedPatient(study.patient))
        one.studies += 1
        one.plans += "RTPLAN" in study.modalities
        one.newest = max(one.newest, study.date)
    return sorted(found.values(), key=lambda one: one.newest, reverse=True)
