"""What is known about a patient: identities, observations, series, objects, findings, journal, audit trail."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

from fyr.record.finding import Estimate, Finding, ModelReference, Refusal
from fyr.record.identity import Access, Encounter, PatientId
from fyr.record.observation import Observation, Status
from fyr.record.patient_samples import PatientSamples, WardSamples, by_patient
from fyr.record.sample_batch import SampleBatch
from fyr.record.series import Quality, Series
from fyr.record.vocabulary import SIGNALS, Signal, signal

if TYPE_CHECKING:
    from fyr.record.audit import AuditEvent, AuditHead, AuditTrail
    from fyr.record.audit_verdict import AuditVerdict
    from fyr.record.dicom_index import DicomInstance, DicomSeries, DicomStudy
    from fyr.record.import_batch import Added, ImportBatch
    from fyr.record.journal import Journal, JournalEntry, Offsets
    from fyr.record.object_store import StoredObject
    from fyr.record.record import Record
    from fyr.record.series_store import SignalSummary

__all__ = [
    "SIGNALS",
    "Access",
    "Added",
    "AuditEvent",
    "AuditHead",
    "AuditTrail",
    "AuditVerdict",
    "DicomInstance",
    "DicomSeries",
    "DicomStudy",
    "Encounter",
    "Estimate",
    "Finding",
    "ImportBatch",
    "Journal",
    "JournalEntry",
    "ModelReference",
    "Observation",
    "Offsets",
    "PatientId",
    "PatientSamples",
    "Quality",
    "Record",
    "Refusal",
    "SampleBatch",
    "Series",
    "Signal",
    "SignalSummary",
    "Status",
    "StoredObject",
    "WardSamples",
    "by_patient",
    "signal",
]

_LOADED_WHEN_USED: Final = {
    "Added": "import_batch",
    "AuditEvent": "audit",
    "AuditHead": "audit",
    "AuditTrail": "audit",
    "AuditVerdict": "audit_verdict",
    "DicomInstance": "dicom_index",
    "DicomSeries": "dicom_index",
    "DicomStudy": "dicom_index",
    "ImportBatch": "import_batch",
    "Journal": "journal",
    "JournalEntry": "journal",
    "Offsets": "journal",
    "Record": "record",
    "SignalSummary": "series_store",
    "StoredObject": "object_store",
}
"""Names whose modules need the database library, which takes longer to import than all the rest."""


def __getattr__(name: str) -> Any:
    module = _LOADED_WHEN_USED.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{module}"), name)
