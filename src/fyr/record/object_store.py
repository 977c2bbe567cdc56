"""Objects (images, slides, waveforms, documents) as files under their own SHA-256, checked whenever they are read."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import insert, select

from fyr.errors import BadInput
from fyr.record.identity import PatientId
from fyr.record.patients import patient_key
from fyr.record.schema import patient, stored_object, stored_object_use
from fyr.record.storage import add_new

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["StoredObject", "add_objects", "object_bytes", "objects", "owners", "verified_bytes"]

_AT_ONCE: Final = 500
"""Values in one condition; SQLite takes some thousands."""


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object and what it belongs to.

    Parameters
    ----------
    sha256 : str
        Its name: 64 hexadecimal digits.
    media_type : str
        For example ``application/dicom``.
    size : int
        Bytes.
    patient : PatientId or None
    study : str or None
        The study it belongs to, as its standard names studies.
    """

    sha256: str
    media_type: str
    size: int
    patient: PatientId | None = None
    study: str | None = None

    @property
    def place(self) -> str:
        """The file's name in the record's folder."""
        return f"objects/{self.sha256[:2]}/{self.sha256}"


def add_objects(connection: Connection, added: Sequence[StoredObject]) -> int:
    """Add the rows of objects that are not known yet; returns how many objects were new."""
    keys = {who: patient_key(connection, who) for who in {one.patient for one in added} if who is not None}
    rows: dict[str, dict[str, str | int]] = {}
    for one in added:
        row: dict[str, str | int] = {"sha256": one.sha256, "media_type": one.media_type, "size": one.size}
        rows.setdefault(one.sha256, row | {"path": one.place})
    new = add_new(connection, stored_object, list(rows.values()))
    uses = dict.fromkeys((one.sha256, None if one.patient is None else keys[one.patient], one.study) for one in added)
    column = stored_object_use.c
    names = list(rows)
    for begin in range(0, len(names), _AT_ONCE):
        some = names[begin : begin + _AT_ONCE]
        wanted = select(column.sha256, column.patient_key, column.study).where(column.sha256.in_(some))
        for known in connection.execute(wanted):
            uses.pop((known.sha256, known.patient_key, known.study), None)
    if uses:
        connection.execute(
            insert(stored_object_use),
            [{"sha256": sha256, "patient_key": key, "study": study} for sha256, key, study in uses],
        )
    return new


def object_bytes(connection: Connection, files: Path, sha256: str) -> bytes:
    """Return an object's bytes.

    Raises
    ------
    BadInput
        If the record has no such object, its file is gone, or the bytes are no longer those that were put.
    """
    path = connection.scalar(select(stored_object.c.path).where(stored_object.c.sha256 == sha256))
    if path is None:
        raise BadInput(f"the record has no object {sha256}", mend="see what it has with record.objects()")
    return verified_bytes(files / str(path), sha256)


def verified_bytes(file: Path, sha256: str) -> bytes:
    """Return the bytes of an object's file.

    Raises
    ------
    BadInput
        If the file is gone, or its bytes are no longer those that were put.
    """
    try:
        data = file.read_bytes()
    except FileNotFoundError:
        raise BadInput("an object's file is gone", where=str(file), mend="restore it from a copy") from None
    found = hashlib.sha256(data).hexdigest()
    if found != sha256:
        raise BadInput(f"an object's bytes changed: their SHA-256 is {found}", where=str(file), mend="restore it")
    return data


def owners(connection: Connection, sha256: str) -> list[PatientId | None]:
    """Return the patients that an object is about; ``None`` alone where it is about nobody, or unknown."""
    wanted = (
        select(patient.c.hospital, patient.c.local)
        .distinct()
        .join_from(stored_object_use, patient)
        .where(stored_object_use.c.sha256 == sha256)
    )
    return [*sorted(PatientId(*row) for row in connection.execute(wanted))] or [None]


def objects(connection: Connection, who: PatientId | None, study: str | None) -> list[StoredObject]:
    """Return what is stored: of a patient, of a study."""
    one, use = stored_object.c, stored_object_use.c
    wanted = (
        select(one.sha256, one.media_type, one.size, patient.c.hospital, patient.c.local, use.study)
        .join_from(stored_object, stored_object_use)
        .outerjoin(patient, use.patient_key == patient.c.key)
    )
    if who is not None:
        wanted = wanted.where(use.patient_key == patient_key(connection, who))
    if study is not None:
        wanted = wanted.where(use.study == study)
    return [
        StoredObject(sha256, media_type, size, PatientId(hospital, local) if hospital else None, of_study)
        for sha256, media_type, size, hospital, local, of_study in connection.execute(wanted.order_by(use.key))
    ]
