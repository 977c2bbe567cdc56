"""A patient's exposures from what the record holds: the numbers that ``fyr treat exposure`` gives of the same files."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

from fyr.errors import FyrError
from fyr.record import PatientId
from fyr.record.dicom_index import DicomInstance
from fyr.record.dicom_query import Form, Match
from fyr.record.record import Record
from fyr.serve.exposures.kept import KeptReadings
from fyr.serve.exposures.reading import DOSE_REPORTS, EXPOSING, PICTURES, ExposureFolder
from fyr.treat.exposure.document import examination_document, iso_time, ledger_document
from fyr.treat.exposure.event import DoseReportRead, PatientFacts
from fyr.treat.exposure.ledger import Ledger, TherapyCourse, ledgers
from fyr.treat.exposure.study import Examination, examinations

__all__ = ["COEFFICIENTS", "Exposed", "as_rows", "begin_quietly", "exposed", "exposing_instances", "patient_document"]

COEFFICIENTS: Final = "lee-icrp103"
"""Of the effective dose; the command line's own default."""
_STATEMENT: Final = "Research software, not a medical device. No figure here is the risk of a person."


class Exposed:
    """What was read of some patients' objects, each object as its patient's, whatever number stands in it.

    Parameters
    ----------
    folder : ExposureFolder
    patients : mapping of str to PatientId
        Whose each object is, by the name that it has in the folder.
    """

    def __init__(self, folder: ExposureFolder, patients: Mapping[str, PatientId]) -> None:
        self.folder = folder
        self.reports: list[DoseReportRead] = [
            replace(one, patient=_of(one.patient, patients[place])) for place, one in folder.reports
        ]

    def examinations(self) -> list[Examination]:
        """Return the examinations, by patient and time."""
        return examinations(self.reports)


def exposing_instances(record: Record, patient: PatientId | None, matches: Sequence[Match] = ()) -> list[DicomInstance]:
    """Return the instances that may tell of an exposure; of a series of pictures the first alone."""
    wanted = [Match("SOPClassUID", Form.ANY_OF, tuple(sorted(EXPOSING))), *matches]
    found: list[DicomInstance] = []
    series: set[str] = set()
    for one in record.find_instances(wanted, patient=patient):
        if one.sop_class in PICTURES:
            if one.series.uid in series:
                continue
            series.add(one.series.uid)
        found.append(one)
    return found


def begin_quietly(readings: KeptReadings, record: Record) -> None:
    """Have the dose reports read that came in meanwhile, behind everything else, so that nobody need wait for them."""

    def work() -> None:
        kinds = Match("SOPClassUID", Form.ANY_OF, tuple(sorted(DOSE_REPORTS)))
        with suppress(FyrError):  # whoever asks is told
            readings.begin_with(record.find_instances([kinds]))

    if record.has_instances():
        threading.Thread(target=work, name="fyr-exposures-begin", daemon=True).start()


def exposed(readings: KeptReadings, instances: Iterable[DicomInstance]) -> Exposed:
    """Return what was read of instances; what is not kept yet is read now."""
    asked = list(instances)
    folder = ExposureFolder()
    patients: dict[str, PatientId] = {}
    for one, read in zip(asked, readings.of(asked), strict=True):
        patients[read.path] = one.study.patient
        folder.take(read)
    return Exposed(folder, patients)


def patient_document(
    found: Exposed, patient: PatientId, level_of: Mapping[str, str], coefficients: str = COEFFICIENTS
) -> dict[str, Any]:
    """Return a patient's ledger, examinations, and what was refused.

    Parameters
    ----------
    found : Exposed
        Of this patient alone.
    patient : PatientId
    level_of : mapping of str to str
        Protocols with the published level that they serve.
    """
    exams = found.examinations()
    courses = [replace(one, patient=_of(one.patient, patient)) for one in found.folder.courses]
    ledger = _only(exams, courses, patient)
    folder = found.folder
    return {
        "ledger": ledger_document(ledger),
        "examinations": [examination_document(one, coefficients=coefficients, level_of=level_of) for one in exams],
        "courses": [_course(one) for one in courses],
        "refused": [{"object": one.where, "reason": one.what, "mend": one.mend} for one in folder.refused],
        "objects": folder.files,
        "coefficients": coefficients,
        "statement": _STATEMENT,
    }


def _only(exams: Sequence[Examination], courses: Sequence[TherapyCourse], patient: PatientId) -> Ledger:
    found = ledgers(exams, courses)
    return found[0] if found else Ledger(PatientFacts(patient.number), ())


def _course(one: TherapyCourse) -> dict[str, Any]:
    return {
        "plan_uid": one.plan_uid,
        "label": one.label,
        "started": iso_time(one.started),
        "fractions": one.fractions,
        "prescriptions": [quantity.as_dict() for quantity in one.prescriptions],
    }


def _of(said: PatientFacts, patient: PatientId) -> PatientFacts:
    return replace(said, patient_id=str(patient), issuer="")


def as_rows(document: Mapping[str, Any]) -> list[tuple[object, ...]]:
    """Return a patient's exposures as a table: one row for each amount, none of them added."""
    rows: list[tuple[object, ...]] = []
    effective = {(one["study_uid"], one["modality"]): one.get("effective_dose", {}) for one in document["examinations"]}
    for entry in document["ledger"]["entries"]:
        about = (entry["started"] or "", entry["category"], entry["modality"], entry["what"], entry["uid"])
        rows += [
            (*about, one["quantity"], one.get("of", ""), one["value"], one["unit"], one.get("source", "reported"))
            for one in entry["quantities"]
        ]
        estimate = effective.get((entry["uid"], entry["modality"]), {})
        if "msv" in estimate:
            source = f"estimated, {estimate['coefficients']}: for comparing procedures in a population"
            rows.append((*about, "effective_dose", "", estimate["msv"], "mSv", source))
    return rows
