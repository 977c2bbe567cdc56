"""The record: the one door to everything that is known about a patient, with a trail of who went through it and why."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

from fyr.clock import Clock
from fyr.record import dicom_query, finding_store, object_store, observation_store, patients, series_store
from fyr.record.audit import AuditEvent, AuditTrail
from fyr.record.database_journal import DatabaseJournalStore
from fyr.record.dicom_index import DicomInstance, DicomSeries, DicomStudy
from fyr.record.dicom_query import Form, Match
from fyr.record.finding import Finding
from fyr.record.identity import Access, Encounter, PatientId
from fyr.record.import_batch import ImportBatch, is_kept
from fyr.record.journal import Journal
from fyr.record.object_store import StoredObject
from fyr.record.observation import Observation
from fyr.record.series import Series
from fyr.record.series_store import SignalSummary
from fyr.record.staging import sweep
from fyr.record.storage import Storage
from fyr.record.upgrade import bring_up_to_date

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["Record"]

T = TypeVar("T")


class _House:
    """What all who have one record open share."""

    def __init__(self, storage: Storage) -> None:
        self.storage: Final = storage
        self.audit: Final = AuditTrail(storage)
        self.journal: Final = DatabaseJournalStore(storage, self.audit)

    def close(self) -> None:
        self.journal.close()
        self.audit.close()
        self.storage.close()


class Record:
    """A record that is open, on behalf of one person; threads may share it.

    Every read and write below is in the audit trail, in that person's name, before its result is returned. Times are
    microseconds UTC; a range of time begins with `start_us` and ends before `end_us`, and ``None`` leaves it open.
    Methods raise :class:`~fyr.errors.BadInput` where they name a patient that the record does not know, and
    :class:`~fyr.errors.ServiceUnavailable` where the database or the disk is not there or has no room.
    """

    def __init__(self, house: _House, access: Access) -> None:
        self._house = house
        self._access = access

    @classmethod
    def open(
        cls,
        url: str | Path,
        *,
        files: Path | None = None,
        access: Access | None = None,
        create: bool = True,
        clock: Clock | None = None,
    ) -> Self:
        """Open a record, and make or upgrade it where that is needed.

        Parameters
        ----------
        url : str or Path
            A folder (SQLite, in its ``fyr.db``), ``sqlite:///PATH/fyr.db``, or ``postgresql://USER@HOST/NAME``.
        files : Path, optional
            The folder of series and objects: beside the SQLite file by default; required for PostgreSQL, where it may
            also stand in the address as ``?files=/srv/fyr``.
        access : Access, optional
            On whose behalf; the operating-system user, to care, by default.
        create : bool
            Whether a record may be made where there is none.
        clock : Clock, optional
            What the trail's and the journal's time is; the machine's own by default.

        Raises
        ------
        BadInput
            If the address makes no sense, there is no record and `create` is false, or its schema is newer than this
            code; nothing is altered then.
        ServiceUnavailable
            If the database is not there.
        """
        storage = Storage(url, files=files, clock=clock, create=create)
        try:
            bring_up_to_date(storage, create=create)
            _sweep(storage)
        except BaseException:
            storage.close()
            raise
        return cls(_House(storage), access or Access.of_operating_system_user(purpose="care"))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Write what still waits and close, for everyone who shares this record."""
        self._house.close()

    def on_behalf_of(self, access: Access) -> Record:
        """Return the same record for another person."""
        return Record(self._house, access)

    @property
    def access(self) -> Access:
        """On whose behalf this record is open."""
        return self._access

    @property
    def storage(self) -> Storage:
        """The database itself, for the tables of accounts and sign-ins; what it does there is not audited."""
        return self._house.storage

    @property
    def audit(self) -> AuditTrail:
        """Who did what, and why."""
        return self._house.audit

    @functools.cached_property
    def journal(self) -> Journal:
        """What happened, in order."""
        return Journal(self._house.journal, self._access)

    @contextmanager
    def importing(self, *, source: str) -> Iterator[ImportBatch]:
        """Write many things, all or none of them: nothing is visible before the block has ended well.

        Parameters
        ----------
        source : str
            Where they come from; the audit trail keeps it.

        Yields
        ------
        ImportBatch
            With this record's ``add_…`` and ``put_object``; its ``added`` says afterwards how much was new.
        """
        with ImportBatch(self.storage, self._access, source).until_the_end(self.audit) as batch:
            yield batch

    def add_patient(self, patient: PatientId, *, attributes: Mapping[str, Any] | None = None) -> None:
        """Add a patient; attributes (JSON) of one already known are taken over into what is known."""
        with self.importing(source="") as batch:
            batch.add_patient(patient, attributes=attributes)

    def patients(self, hospital: str | None = None) -> list[PatientId]:
        """Return the known patients, sorted; of one hospital if named."""
        return self._read("list patients", None, lambda connection: patients.patients(connection, hospital))

    def patient_attributes(self, hospital: str | None = None) -> dict[PatientId, dict[str, Any]]:
        """Return the known patients, sorted, with what was given with each; of one hospital if named."""
        return self._read("list patients", None, lambda connection: patients.attributes_of_all(connection, hospital))

    def attributes(self, patient: PatientId) -> dict[str, Any]:
        """Return what was given with the patient."""
        return self._read("read attributes", patient, lambda connection: patients.attributes_of(connection, patient))

    def add_encounter(self, encounter: Encounter) -> None:
        """Add a stay; the same stay twice is one."""
        with self.importing(source="") as batch:
            batch.add_encounter(encounter)

    def end_encounter(self, patient: PatientId, end_us: int) -> None:
        """End the patient's open stays that began by then; :class:`~fyr.errors.BadInput` if there is none."""
        with self.importing(source="") as batch:
            batch.end_encounter(patient, end_us)

    def encounters(
        self, patient: PatientId | None = None, ward: str | None = None, at_us: int | None = None
    ) -> list[Encounter]:
        """Return stays by their start: of a patient, in a ward, at a time."""
        return self._read(
            "read encounters",
            patient,
            lambda connection: patients.encounters(connection, patient, ward, at_us),
            ward=ward,
        )

    def add_observations(self, observations: Sequence[Observation]) -> int:
        """Add observations and return how many were new: the same one from the same source twice is one."""
        with self.importing(source="") as batch:
            batch.add_observations(observations)
        return batch.added.observations

    def observations(
        self, patient: PatientId, code: str | None = None, start_us: int | None = None, end_us: int | None = None
    ) -> list[Observation]:
        """Return a patient's observations by time, of one code if named."""
        return self._read(
            "read observations",
            patient,
            lambda connection: observation_store.observations(connection, patient, code, start_us, end_us),
            code=code,
        )

    def patients_with(self, codes: Sequence[str]) -> list[PatientId]:
        """Return the patients of whom a value of any of the codes was observed, sorted."""
        return self._read(
            "list patients with", None, lambda connection: observation_store.patients_with(connection, codes)
        )

    def add_series(self, series: Series) -> int:
        """Add a series and return how many samples were new: the same sample from the same source twice is one."""
        with self.importing(source=series.source) as batch:
            batch.add_series(series)
        return batch.added.samples

    def series(
        self, patient: PatientId, signal: str, start_us: int | None = None, end_us: int | None = None
    ) -> list[Series]:
        """Return a signal's samples by time: one series for each source, unit and period; none without samples."""
        return self._read(
            "read series",
            patient,
            lambda connection: series_store.series(connection, self.storage.files, patient, signal, start_us, end_us),
            signal=signal,
        )

    def signals(self, patient: PatientId) -> list[SignalSummary]:
        """Return what there is of a patient's signals, and from where to where."""
        return self._read("list signals", patient, lambda connection: series_store.signals(connection, patient))

    def put_object(
        self, data: bytes, *, media_type: str, study: str | None = None, patient: PatientId | None = None
    ) -> str:
        """Keep bytes and return their SHA-256, 64 hexadecimal digits, which is their name from now on."""
        with self.importing(source="") as batch:
            return batch.put_object(data, media_type=media_type, study=study, patient=patient)

    def object(self, sha256: str) -> bytes:
        """Return an object's bytes; :class:`~fyr.errors.BadInput` if they are gone or no longer what was put."""
        with self.storage.reading() as connection:
            owners = object_store.owners(connection, sha256)
        self.audit.append([AuditEvent(self._access, "read object", owner, {"sha256": sha256}) for owner in owners])
        with self.storage.reading() as connection:
            return object_store.object_bytes(connection, self.storage.files, sha256)

    def objects(self, patient: PatientId | None = None, study: str | None = None) -> list[StoredObject]:
        """Return what objects there are: of a patient, of a study."""
        return self._read(
            "list objects", patient, lambda connection: object_store.objects(connection, patient, study), study=study
        )

    def find_studies(
        self,
        matches: Sequence[Match] = (),
        *,
        patient: PatientId | None = None,
        limit: int | None = None,
        offset: int = 0,
    ) -> list[DicomStudy]:
        """Return the DICOM studies that meet every condition, the newest first: of a patient if named."""
        return self._find("studies", dicom_query.find_studies, matches, patient, limit, offset)

    def find_series(
        self,
        matches: Sequence[Match] = (),
        *,
        patient: PatientId | None = None,
        limit: int | None = None,
        offset: int = 0,
    ) -> list[DicomSeries]:
        """Return the DICOM series that meet every condition, by study and number: of a patient if named."""
        return self._find("series", dicom_query.find_series, matches, patient, limit, offset)

    def find_instances(
        self,
        matches: Sequence[Match] = (),
        *,
        patient: PatientId | None = None,
        limit: int | None = None,
        offset: int = 0,
    ) -> list[DicomInstance]:
        """Return the DICOM instances that meet every condition, by study, series and number: of a patient if named."""
        return self._find("instances", dicom_query.find_instances, matches, patient, limit, offset)

    def has_instances(self) -> bool:
        """Tell whether there is any DICOM instance at all; it says nothing of anybody, and the trail nothing of it."""
        with self.storage.reading() as connection:
            return dicom_query.has_instances(connection)

    def read_instances(self, instances: Sequence[DicomInstance], *, why: str = "read images") -> Iterator[bytes]:
        """Yield the bytes of DICOM instances one by one; the trail says once for each patient and study that they go.

        Raises
        ------
        BadInput
            If an object's file is gone, or its bytes are no longer those that were put.
        """
        count = Counter((one.patient, one.study.uid) for one in instances)
        self.audit.append(
            [
                AuditEvent(self._access, why, patient, {"study": study, "count": number})
                for (patient, study), number in count.items()
            ]
        )
        for one in instances:
            with self.storage.reading() as connection:
                data = object_store.object_bytes(connection, self.storage.files, one.sha256)
            yield data

    def _find(
        self,
        what: str,
        find: Callable[[Connection, Sequence[Match], int | None, int], list[T]],
        matches: Sequence[Match],
        patient: PatientId | None,
        limit: int | None,
        offset: int,
    ) -> list[T]:
        asked = {one.keyword: "\\".join(one.values) for one in matches}
        if patient is not None:
            matches = [*matches, *_of_patient(patient)]
        return self._read(f"find {what}", patient, lambda connection: find(connection, matches, limit, offset), **asked)

    def add_findings(self, findings: Sequence[Finding]) -> int:
        """Add findings, which nobody will edit, and return how many were new: the same one twice is one."""
        with self.importing(source="") as batch:
            batch.add_findings(findings)
        return batch.added.findings

    def findings(
        self, patient: PatientId, model: str | None = None, start_us: int | None = None, end_us: int | None = None
    ) -> list[Finding]:
        """Return a patient's findings by time, of one model if named."""
        return self._read(
            "read findings",
            patient,
            lambda connection: finding_store.findings(connection, patient, model, start_us, end_us),
            model=model,
        )

    def _read(self, action: str, patient: PatientId | None, read: Callable[[Connection], T], **detail: Any) -> T:
        """Read while the trail is being written, and hand out nothing before it is."""
        said = {name: value for name, value in detail.items() if value is not None}
        noted = self.audit.submit(AuditEvent(self._access, action, patient, said))
        try:
            with self.storage.reading() as connection:
                return read(connection)
        finally:
            noted.result()


def _of_patient(patient: PatientId) -> list[Match]:
    return [
        Match("IssuerOfPatientID", Form.ANY_OF, (patient.hospital,)),
        Match("PatientID", Form.ANY_OF, (patient.number,)),
    ]


def _sweep(storage: Storage) -> None:
    def is_named(place: str) -> bool:
        with storage.writing() as connection:
            storage.lock(connection, "files")
            return is_kept(connection, place)

    sweep(storage.files, is_named)
