"""A patient's exposures from what the record holds: the numbers that ``fyr treat exposure`` gives of the same files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from fyr.errors import FyrError
from fyr.record import PatientId
from fyr.record.dicom_index import DicomInstance
from fyr.record.dicom_query import Form, Match
from fyr.record.object_store import StoredObject, verified_bytes
from fyr.record.record import Record
from fyr.serve.exposures.reading import EXPOSING, PICTURES, ExposureFolder, FileRead, read_one
from fyr.serve.viewing.viewing import Viewing
from fyr.treat.exposure.document import examination_document, iso_time, ledger_document
from fyr.treat.exposure.event import DoseReportRead, PatientFacts
from fyr.treat.exposure.ledger import Ledger, TherapyCourse, ledgers
from fyr.treat.exposure.study import Examination, examinations

__all__ = ["COEFFICIENTS", "Exposed", "as_rows", "exposed", "exposing_instances", "patient_document"]

COEFFICIENTS: Final = "lee-icrp103"
"""Of the effective dose; the command line's own default."""
_STATEMENT: Final = "Research software, not a medical device. No figure here is the risk of a person."
_REPORT_BYTES: Final = 4 << 10


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


def exposed(viewing: Viewing, files: Path, instances: Iterable[DicomInstance]) -> Exposed:
    """Read instances; what was read before is kept for a while."""
    folder = ExposureFolder()
    patients: dict[str, PatientId] = {}
    for one in instances:
        read = viewing.kept.get(("exposure", one.sha256), lambda one=one: _read(files, one), _size)  # type: ignore[misc]
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


def _read(files: Path, one: DicomInstance) -> FileRead:
    path = files / StoredObject(one.sha256, "application/dicom", one.size).place
    name = f"object {one.sha256[:12]}"
    try:
        if one.sop_class not in PICTURES:  # of a picture the head alone is read
            verified_bytes(path, one.sha256)
        return replace(read_one(path, one.sop_class, one.sha256), path=name)
    except FyrError as problem:
        inner = problem.where.removeprefix(str(path)).removeprefix(": ")
        where = f"{name}, study of {one.study.date or 'an unknown day'}{': ' if inner else ''}{inner}"
        return FileRead(name, one.sha256, problem=type(problem)(problem.what, where=where, mend=problem.mend))


def _size(one: FileRead) -> int:
    return _REPORT_BYTES * (1 + sum(1 + len(report.events) for report in one.reports))


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
