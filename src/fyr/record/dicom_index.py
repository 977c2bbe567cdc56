"""Which DICOM studies, series and instances the record holds, and of whom: an index of the objects that it keeps.

What the index says comes from the objects, read by :mod:`fyr.exchange.dicom`; the objects themselves are never altered.
A study that was kept of two hospitals' patients stands there twice. An instance's UID stands for one object only:
another one under the same UID is refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import orjson
from sqlalchemy import insert, select

from fyr.record.identity import PatientId
from fyr.record.patients import patient_key
from fyr.record.schema import dicom_instance, dicom_not_indexed, dicom_series, dicom_study, patient, stored_object
from fyr.record.storage import add_new

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = [
    "DICOM",
    "DicomInstance",
    "DicomSeries",
    "DicomStudy",
    "OtherContent",
    "add_instances",
    "folded",
    "held_under",
    "not_indexed",
    "other_contents",
    "say_not_indexed",
]

DICOM: Final = "application/dicom"
"""The media type of the objects that the index is of."""

_AT_ONCE: Final = 500
"""Values in one condition; SQLite takes some thousands."""


@dataclass(frozen=True, slots=True)
class DicomStudy:
    """A study of one patient; texts that its objects do not say are empty.

    Parameters
    ----------
    patient : PatientId
    uid : str
        Study Instance UID.
    date, time : str
        As DICOM writes them: ``YYYYMMDD`` and ``HHMMSS.FFFFFF``.
    accession_number, study_id, description : str
    patient_name : str
        With ``^`` between its parts, as it stands in the object.
    patient_birth_date, patient_sex, referring_physician : str
    attributes : mapping
        What the index keeps of the study, in the DICOM JSON model by tag.
    modalities : tuple of str
        Of its series, sorted; filled in when it is read.
    series, instances : int
        How many; filled in when it is read.
    """

    patient: PatientId
    uid: str
    date: str = ""
    time: str = ""
    accession_number: str = ""
    study_id: str = ""
    description: str = ""
    patient_name: str = ""
    patient_birth_date: str = ""
    patient_sex: str = ""
    referring_physician: str = ""
    attributes: Mapping[str, Any] = field(default_factory=dict, compare=False)
    modalities: tuple[str, ...] = field(default=(), compare=False)
    series: int = field(default=0, compare=False)
    instances: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class DicomSeries:
    """A series; texts that its objects do not say are empty.

    Parameters
    ----------
    study : DicomStudy
    uid : str
        Series Instance UID.
    modality : str
    number : int or None
    description, date, time, body_part, frame_of_reference : str
    attributes : mapping
        In the DICOM JSON model by tag.
    instances : int
        How many; filled in when it is read.
    """

    study: DicomStudy
    uid: str
    modality: str = ""
    number: int | None = None
    description: str = ""
    date: str = ""
    time: str = ""
    body_part: str = ""
    frame_of_reference: str = ""
    attributes: Mapping[str, Any] = field(default_factory=dict, compare=False)
    instances: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class DicomInstance:
    """An instance, and which object it is.

    Parameters
    ----------
    series : DicomSeries
    uid : str
        SOP Instance UID.
    sha256 : str
        The object's name in the record.
    sop_class, transfer_syntax : str
        UIDs.
    number : int or None
    frames : int
        1 where the object says nothing of frames.
    size : int
        Bytes of the object.
    attributes : mapping
        In the DICOM JSON model by tag.
    """

    series: DicomSeries
    uid: str
    sha256: str
    sop_class: str
    transfer_syntax: str
    number: int | None = None
    frames: int = 1
    size: int = 0
    attributes: Mapping[str, Any] = field(default_factory=dict, compare=False)

    @property
    def study(self) -> DicomStudy:
        """The study that it is of."""
        return self.series.study

    @property
    def patient(self) -> PatientId:
        """Whom it is of."""
        return self.series.study.patient


@dataclass(frozen=True, slots=True)
class OtherContent:
    """An instance that was refused, because another object stands under its UID."""

    instance: DicomInstance
    held_sha256: str


def folded(name: str) -> str:
    """Return a person's name as names are compared: without regard to case and to empty parts at its end."""
    return name.casefold().rstrip("^ ")


def held_under(connection: Connection, uids: Sequence[str]) -> dict[str, set[tuple[str, PatientId]]]:
    """Return which objects stand under these SOP instance UIDs, and of whom: SHA-256 and patient."""
    found: dict[str, set[tuple[str, PatientId]]] = {}
    for begin in range(0, len(uids), _AT_ONCE):
        wanted = (
            select(dicom_instance.c.uid, dicom_instance.c.sha256, patient.c.hospital, patient.c.local)
            .join_from(dicom_instance, dicom_series)
            .join(dicom_study)
            .join(patient)
            .where(dicom_instance.c.uid.in_(uids[begin : begin + _AT_ONCE]))
        )
        for uid, sha256, hospital, local in connection.execute(wanted):
            found.setdefault(uid, set()).add((sha256, PatientId(hospital, local)))
    return found


def other_contents(connection: Connection, added: Sequence[DicomInstance]) -> list[OtherContent]:
    """Return those under whose UID another object stands, in the record or earlier among those that are added."""
    held = {
        uid: next(iter(found))[0] for uid, found in held_under(connection, list({one.uid for one in added})).items()
    }
    refused = []
    for one in added:
        before = held.setdefault(one.uid, one.sha256)
        if before != one.sha256:
            refused.append(OtherContent(one, before))
    return refused


def add_instances(connection: Connection, added: Sequence[DicomInstance]) -> int:
    """Add the rows that are not there yet, and return how many instances were new; their objects must be there."""
    studies: dict[DicomStudy, int] = {}
    series: dict[tuple[int, str], int] = {}
    rows = []
    for one in added:
        study = one.study
        if study not in studies:
            studies[study] = _study_key(connection, study)
        place = (studies[study], one.series.uid)
        if place not in series:
            series[place] = _series_key(connection, place[0], one.series)
        rows.append(
            {
                "series_key": series[place],
                "uid": one.uid,
                "sha256": one.sha256,
                "sop_class": one.sop_class,
                "transfer_syntax": one.transfer_syntax,
                "number": one.number,
                "frames": one.frames,
                "attributes": _json(one.attributes),
            }
        )
    return add_new(connection, dicom_instance, rows)


def not_indexed(connection: Connection) -> list[str]:
    """Return the SHA-256 of the DICOM objects that the index does not have, and of which it does not say why."""
    wanted = (
        select(stored_object.c.sha256)
        .where(stored_object.c.media_type == DICOM)
        .where(~select(dicom_instance.c.key).where(dicom_instance.c.sha256 == stored_object.c.sha256).exists())
        .where(~select(dicom_not_indexed.c.sha256).where(dicom_not_indexed.c.sha256 == stored_object.c.sha256).exists())
    )
    return [str(sha256) for (sha256,) in connection.execute(wanted.order_by(stored_object.c.sha256))]


def say_not_indexed(connection: Connection, reasons: Mapping[str, str]) -> None:
    """Keep why objects, by their SHA-256, have no place in the index."""
    rows = [{"sha256": sha256, "reason": reason} for sha256, reason in reasons.items()]
    add_new(connection, dicom_not_indexed, rows)


def _study_key(connection: Connection, study: DicomStudy) -> int:
    of = patient_key(connection, study.patient)
    wanted = select(dicom_study.c.key).where(dicom_study.c.patient_key == of, dicom_study.c.uid == study.uid)
    found = connection.scalar(wanted)
    if found is None:
        row = {
            "patient_key": of,
            "uid": study.uid,
            "date": study.date,
            "time": study.time,
            "accession_number": study.accession_number,
            "study_id": study.study_id,
            "description": study.description,
            "patient_name": study.patient_name,
            "patient_birth_date": study.patient_birth_date,
            "patient_sex": study.patient_sex,
            "referring_physician": study.referring_physician,
            "patient_name_folded": folded(study.patient_name),
            "referring_physician_folded": folded(study.referring_physician),
            "attributes": _json(study.attributes),
        }
        found = connection.execute(insert(dicom_study).returning(dicom_study.c.key), row).scalar_one()
    return int(found)


def _series_key(connection: Connection, study_key: int, series: DicomSeries) -> int:
    wanted = select(dicom_series.c.key).where(dicom_series.c.study_key == study_key, dicom_series.c.uid == series.uid)
    found = connection.scalar(wanted)
    if found is None:
        row = {
            "study_key": study_key,
            "uid": series.uid,
            "modality": series.modality,
            "number": series.number,
            "description": series.description,
            "date": series.date,
            "time": series.time,
            "body_part": series.body_part,
            "frame_of_reference": series.frame_of_reference,
            "attributes": _json(series.attributes),
        }
        found = connection.execute(insert(dicom_series).returning(dicom_series.c.key), row).scalar_one()
    return int(found)


def _json(attributes: Mapping[str, Any]) -> str:
    return orjson.dumps(dict(attributes)).decode()
