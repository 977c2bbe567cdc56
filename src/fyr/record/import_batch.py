"""All or nothing: patients, stays, observations, series, objects and findings that come together or not at all.

Nothing is visible until the batch ends. Files are on the disk by then; the database holds its write lock only for the
rows and the renames, so that a long import never stops the ward's journal.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select, union_all

from fyr.record import dicom_index, finding_store, object_store, observation_store, patients, series_store
from fyr.record.audit import AuditEvent, AuditTrail
from fyr.record.dicom_index import DICOM, DicomInstance, OtherContent
from fyr.record.finding import Finding
from fyr.record.identity import Access, Encounter, PatientId
from fyr.record.object_store import StoredObject
from fyr.record.observation import Observation
from fyr.record.schema import segment, stored_object
from fyr.record.series import Series
from fyr.record.series_store import Segment
from fyr.record.staging import Staging

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from fyr.record.storage import Storage

__all__ = ["Added", "ImportBatch", "is_kept"]


@dataclass(slots=True)
class Added:
    """How much of a batch was new to the record."""

    patients: int = 0
    encounters: int = 0
    observations: int = 0
    samples: int = 0
    objects: int = 0
    instances: int = 0
    findings: int = 0


class ImportBatch:
    """What is to be written, until the batch ends; see :meth:`fyr.record.Record.importing`.

    Attributes
    ----------
    added : Added
        How much was new; filled in when the batch has ended.
    refused_instances : list of OtherContent
        DICOM instances that were left out, because another object stands under their UID; filled in at the end.
    """

    def __init__(self, storage: Storage, access: Access, source: str) -> None:
        self.added: Added = Added()
        self.refused_instances: list[OtherContent] = []
        self._storage: Final = storage
        self._access: Final = access
        self._source: Final = source
        self._staging: Final = Staging(storage.files)
        self._patients: list[tuple[PatientId, Mapping[str, Any]]] = []
        self._encounters: list[Encounter] = []
        self._endings: list[tuple[PatientId, int]] = []
        self._observations: list[Observation] = []
        self._segments: list[Segment] = []
        self._objects: list[StoredObject] = []
        self._instances: list[DicomInstance] = []
        self._findings: list[Finding] = []

    def add_patient(self, patient: PatientId, *, attributes: Mapping[str, Any] | None = None) -> None:
        """Add a patient; attributes of one already known are taken over into what is known."""
        self._patients.append((patient, dict(attributes or {})))

    def add_encounter(self, encounter: Encounter) -> None:
        """Add a stay; the same stay twice is one."""
        self._encounters.append(encounter)

    def end_encounter(self, patient: PatientId, end_us: int) -> None:
        """End the patient's open stays that began by then."""
        self._endings.append((patient, end_us))

    def add_observations(self, observations: Sequence[Observation]) -> None:
        """Add observations; the same observation from the same source twice is one."""
        self._observations.extend(observations)

    def add_series(self, series: Series) -> None:
        """Put a series' samples on the disk, but for those that the record or this batch has from the same source."""
        known = [*self._files_overlapping(series)] if len(series) else []
        new = series_store.without_known(series, known) if known else series
        if len(new):
            described = Segment.of(new)
            self._staging.stage(described.place, series_store.encode_segment(new))
            self._segments.append(described)

    def put_object(
        self, data: bytes, *, media_type: str, study: str | None = None, patient: PatientId | None = None
    ) -> str:
        """Put bytes on the disk and return their SHA-256, which is their name."""
        (sha256,) = self.put_objects([data], media_type=media_type, studies=[study], patients=[patient])
        return sha256

    def put_objects(
        self,
        contents: Sequence[bytes],
        *,
        media_type: str,
        studies: Sequence[str | None],
        patients: Sequence[PatientId | None],
    ) -> list[str]:
        """Put many at once on the disk, with the study and the patient of each, and return their SHA-256s."""
        described = [
            StoredObject(hashlib.sha256(data).hexdigest(), media_type, len(data), patient, study)
            for data, study, patient in zip(contents, studies, patients, strict=True)
        ]
        self._staging.stage_many({one.place: data for one, data in zip(described, contents, strict=True)})
        self._objects.extend(described)
        return [one.sha256 for one in described]

    def put_instances(self, contents: Sequence[bytes], instances: Sequence[DicomInstance]) -> None:
        """Put DICOM objects on the disk and into the index; `instances` say what each is, and of whom.

        An instance under whose UID the record holds another object is left out: see `refused_instances`.
        """
        self._staging.stage_many(
            {
                StoredObject(one.sha256, DICOM, one.size).place: data
                for one, data in zip(instances, contents, strict=True)
            }
        )
        self._instances.extend(instances)

    def index_instances(self, instances: Sequence[DicomInstance]) -> None:
        """Add to the index what is among the record's objects already."""
        self._instances.extend(instances)

    def add_findings(self, findings: Sequence[Finding]) -> None:
        """Add findings; the same finding twice is one."""
        self._findings.extend(findings)

    @contextmanager
    def until_the_end(self, audit: AuditTrail) -> Iterator[ImportBatch]:
        """Run the block that fills the batch, then write everything, or nothing if anything fails."""
        try:
            yield self
            with self._taking_files_back(), self._storage.writing() as connection:
                self._write(connection)
                audit.append_within(connection, list(self._events()))
            self._staging.settle()
        finally:
            self._staging.close()

    @contextmanager
    def _taking_files_back(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            with self._storage.writing() as connection:
                self._storage.lock(connection, "files")
                self._staging.withdraw(lambda place: is_kept(connection, place))
            raise

    def _write(self, connection: Connection) -> None:
        if self._segments or self._objects or self._instances:
            self._storage.lock(connection, "files")
        self.added.patients = sum(patients.add_patient(connection, *one) for one in self._patients)
        self.added.encounters = patients.add_encounters(connection, self._encounters)
        for patient, end_us in self._endings:
            patients.end_encounters(connection, patient, end_us)
        self.added.observations = observation_store.add_observations(connection, self._observations)
        self.added.samples = series_store.add_segments(connection, self._segments)
        self._leave_out_other_contents(connection)
        self.added.objects = object_store.add_objects(connection, self._objects)
        self.added.instances = dicom_index.add_instances(connection, self._instances)
        self.added.findings = finding_store.add_findings(connection, self._findings)
        self._staging.publish()

    def _leave_out_other_contents(self, connection: Connection) -> None:
        """Part the instances into those that are added, with their objects, and those that are refused."""
        self.refused_instances = dicom_index.other_contents(connection, self._instances)
        refused = {one.instance.sha256 for one in self.refused_instances}
        for one in self._instances:
            described = StoredObject(one.sha256, DICOM, one.size, one.patient, one.study.uid)
            if one.sha256 in refused:
                self._staging.drop(described.place)
            else:
                self._objects.append(described)
        self._instances = [one for one in self._instances if one.sha256 not in refused]

    def _files_overlapping(self, series: Series) -> Iterator[Path]:
        with self._storage.reading() as connection:
            for place in series_store.overlapping(connection, series):
                yield self._storage.files / place
        for staged in self._segments:
            if (staged.patient, staged.signal, staged.source) == (series.patient, series.signal, series.source):
                yield self._staging.path(staged.place)

    def _events(self) -> Iterator[AuditEvent]:
        """Say what was written, once for each patient and kind."""
        deeds: Counter[tuple[str, PatientId | None]] = Counter()
        deeds.update(("add patient", patient) for patient, _ in self._patients)
        deeds.update(("add encounter", one.patient) for one in self._encounters)
        deeds.update(("end encounter", patient) for patient, _ in self._endings)
        deeds.update(("add observations", one.patient) for one in self._observations)
        for described in self._segments:
            deeds["add samples", described.patient] += described.samples
        deeds.update(("put object", one.patient) for one in self._objects)
        deeds.update(("add findings", one.patient) for one in self._findings)
        for (action, patient), count in deeds.items():
            yield AuditEvent(self._access, action, patient, {"count": count, "source": self._source})


def is_kept(connection: Connection, place: str) -> bool:
    """Tell whether a row names this file."""
    named = union_all(
        select(segment.c.path).where(segment.c.path == place),
        select(stored_object.c.path).where(stored_object.c.path == place),
    )
    return connection.execute(named).first() is not None
