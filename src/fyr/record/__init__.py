"""What is known about a patient: identities, observations, series, objects, findings, journal, audit trail."""

from fyr.record.finding import Estimate, Finding, ModelReference, Refusal
from fyr.record.identity import Access, Encounter, PatientId
from fyr.record.observation import Observation, Status
from fyr.record.sample_batch import SampleBatch
from fyr.record.series import Quality, Series
from fyr.record.vocabulary import SIGNALS, Signal, signal

__all__ = [
    "SIGNALS",
    "Access",
    "Encounter",
    "Estimate",
    "Finding",
    "ModelReference",
    "Observation",
    "PatientId",
    "Quality",
    "Refusal",
    "SampleBatch",
    "Series",
    "Signal",
    "Status",
    "signal",
]
