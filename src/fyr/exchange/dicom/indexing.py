"""What the record's index says of a DICOM object, taken from its head; and the index brought up to what is kept."""

from __future__ import annotations

import hashlib
import math
import struct
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from fyr.errors import BadInput
from fyr.exchange.dicom.head import CHARACTER_SET, Head, head_of, text_of
from fyr.exchange.dicom.layout import BIG_ENDIAN
from fyr.exchange.dicom.opening import reading
from fyr.exchange.dicom.scan import scanned
from fyr.record.dicom_index import DicomInstance, DicomSeries, DicomStudy, not_indexed, say_not_indexed
from fyr.record.identity import PatientId
from fyr.record.object_store import object_bytes

if TYPE_CHECKING:
    from fyr.record.record import Record

__all__ = ["INSTANCE_TAGS", "SERIES_TAGS", "STUDY_TAGS", "index_record", "indexed", "indexed_bytes", "to_index"]

STUDY_TAGS: Final = (
    *(0x00080020, 0x00080030, 0x00080050, 0x00080090, 0x00080201, 0x00081030, 0x00081032, 0x00081060),
    *(0x00100010, 0x00100020, 0x00100030, 0x00100032, 0x00100040, 0x00101010, 0x0020000D, 0x00200010),
)
"""Of patient and study: PS3.18 table 10.6.3-3, and what viewers show beside it."""
SERIES_TAGS: Final = (
    *(0x00080021, 0x00080031, 0x00080060, 0x00080070, 0x0008103E, 0x00081090, 0x00180015, 0x00181030, 0x00185100),
    *(0x0020000E, 0x00200011, 0x00200052, 0x00200060, 0x00400244, 0x00400245),
)
"""PS3.18 table 10.6.3-4, and what viewers show beside it."""
INSTANCE_TAGS: Final = (
    *(0x00080005, 0x00080008, 0x00080016, 0x00080018, 0x00080023, 0x00080033, 0x00200012, 0x00200013, 0x00180050),
    *(0x00200032, 0x00200037, 0x00280002, 0x00280004, 0x00280008, 0x00280010, 0x00280011, 0x00280030, 0x00280100),
    *(0x00280101, 0x00280102, 0x00280103, 0x300A0002, 0x30060002, 0x3004000A),
)
"""PS3.18 table 10.6.3-5, and the form of the pixels."""

_AT_ONCE: Final = 50
_LONGEST_UID: Final = 64
_LARGEST: Final = 1 << 31
_BINARY: Final = {"US": "H", "SS": "h", "UL": "I", "SL": "i", "FL": "f", "FD": "d"}


def indexed(head: Head, hospital: str, sha256: str) -> DicomInstance:
    """Return what the index is to say of an object; to be called within :func:`~fyr.exchange.dicom.opening.reading`.

    Parameters
    ----------
    head : Head
    hospital : str
        Whose numbering of patients the object uses.
    sha256 : str
        Of the whole object.

    Raises
    ------
    BadInput
        If it does not say what it is, of which study, series and patient.
    """
    said = scanned(head)
    for uid in (said.study, said.series, said.uid, said.kind, said.syntax):
        if len(uid) > _LONGEST_UID or not uid.isascii():
            raise BadInput(f"'{uid[:80]}' is no UID: it has more than 64 signs", mend="take the file again")

    def text(tag: int) -> str:
        return _clean(head.text(tag))

    study = DicomStudy(
        patient=_patient(hospital, said.patient),
        uid=said.study,
        date=_clean(said.study_date),
        time=text(0x00080030),
        accession_number=text(0x00080050),
        study_id=text(0x00200010),
        description=_clean(said.study_description),
        patient_name=text(0x00100010),
        patient_birth_date=text(0x00100030),
        patient_sex=_clean(said.sex),
        referring_physician=text(0x00080090),
        attributes=_attributes(head, STUDY_TAGS),
    )
    series = DicomSeries(
        study=study,
        uid=said.series,
        modality=_clean(said.modality),
        number=_whole(text(0x00200011)),
        description=_clean(said.description),
        date=text(0x00080021),
        time=text(0x00080031),
        body_part=text(0x00180015),
        frame_of_reference=_clean(said.frame_of_reference),
        attributes=_attributes(head, SERIES_TAGS),
    )
    return DicomInstance(
        series=series,
        uid=said.uid,
        sha256=sha256,
        sop_class=said.kind,
        transfer_syntax=said.syntax,
        number=_whole(text(0x00200013)),
        frames=max(_whole(text(0x00280008)) or 1, 1),
        size=said.size,
        attributes=_attributes(head, INSTANCE_TAGS),
    )


def indexed_bytes(data: bytes, hospital: str, where: str | Path) -> DicomInstance:
    """Return what the index is to say of an object, from its bytes.

    Raises
    ------
    BadInput
        As :func:`indexed`, and if the bytes are no whole DICOM object; `where` names them.
    """
    with reading(where):
        head = head_of(Path(where), data, len(data))
        return indexed(head, hospital, hashlib.sha256(data).hexdigest())


def index_record(
    record: Record,
    progress: Callable[[int], None] = lambda _: None,
    *,
    wanted: Sequence[str] | None = None,
    is_over: Callable[[], bool] = lambda: False,
) -> int:
    """Bring into the index what a record holds from before it had one; returns how many instances were new.

    Objects that cannot be indexed are named once, with the reason, and not looked at again.

    Parameters
    ----------
    record : Record
    progress : callable
        Is told how many more objects were looked at.
    wanted : sequence of str, optional
        The objects to look at; all that the index does not have by default.
    is_over : callable
        Whether to leave the rest for another time.
    """
    todo = to_index(record) if wanted is None else wanted
    if not todo:
        return 0
    of: dict[str, list[PatientId]] = {}
    for one in record.objects():
        if one.patient is not None:
            of.setdefault(one.sha256, []).append(one.patient)
    added = 0
    for begin in range(0, len(todo), _AT_ONCE):
        if is_over():
            break
        some = todo[begin : begin + _AT_ONCE]
        added += _index_some(record, {sha256: of.get(sha256, []) for sha256 in some})
        progress(len(some))
    return added


def _index_some(record: Record, objects: Mapping[str, Sequence[PatientId]]) -> int:
    found: list[DicomInstance] = []
    reasons: dict[str, str] = {}
    with record.storage.reading() as connection:
        for sha256, patients in objects.items():
            try:
                data = object_bytes(connection, record.storage.files, sha256)
                found += [indexed_bytes(data, patient.hospital, sha256) for patient in patients]
            except BadInput as problem:
                reasons[sha256] = str(problem)
            if not patients:
                reasons[sha256] = "the object is of no patient"
    with record.importing(source="the index of what was kept before") as batch:
        batch.index_instances(found)
    for other in batch.refused_instances:
        reasons[other.instance.sha256] = f"object {other.held_sha256} stands under its UID {other.instance.uid}"
    if reasons:
        with record.storage.writing() as connection:
            say_not_indexed(connection, reasons)
    return batch.added.instances


def to_index(record: Record) -> list[str]:
    """Return the objects that the index does not have, and of which it does not say why."""
    with record.storage.reading() as connection:
        return not_indexed(connection)


def _patient(hospital: str, local: str) -> PatientId:
    """Return whose an object is; the reason against it names nobody, as it is shown where no patient may be."""
    try:
        return PatientId.of_number(hospital, local)
    except BadInput:
        what = "holds more than the number" if local else "is empty"
        raise BadInput(
            f"the Patient ID {what}", where="Patient ID (0010,0020)", mend="have it set at its origin"
        ) from None


def _clean(text: str) -> str:
    """Return a text without what no database keeps."""
    return text.replace("\0", "")


def _whole(text: str) -> int | None:
    try:
        number = int(text.partition("\\")[0])
    except ValueError:
        return None
    return number if abs(number) <= _LARGEST else None  # PS3.5 table 6.2-1, IS


def _attributes(head: Head, tags: Iterable[int]) -> dict[str, Any]:
    """Return elements in the DICOM JSON model (PS3.18 annex F); what cannot be read is left out."""
    found = {}
    for tag in tags:
        if tag in head.elements and (element := _element(head, tag)) is not None:
            found[f"{tag:08X}"] = element
    return found


def _element(head: Head, tag: int) -> dict[str, Any] | None:
    order = ">" if head.layout.syntax == BIG_ENDIAN else "<"
    return _json_element(tag, head.raw(tag), head.raw(CHARACTER_SET), order)


@lru_cache(maxsize=4096)  # a thousand slices say the same of patient, study, series and scanner
def _json_element(tag: int, raw: bytes, character_set: bytes, order: str) -> dict[str, Any] | None:
    from pydicom.datadict import dictionary_VR

    vr = dictionary_VR(tag).partition(" ")[0]
    try:
        text = "" if vr in _BINARY else text_of(raw, character_set)
        values = _binary(raw, vr, order) if vr in _BINARY else _values(vr, text) if text else []
    except (LookupError, ValueError, struct.error):
        return None
    return {"vr": vr, "Value": values} if values else {"vr": vr}


def _values(vr: str, text: str) -> list[Any]:
    parts = [part.strip(" ") for part in text.split("\\")]
    if vr in {"LT", "ST", "UT"}:
        return [text]
    if vr == "PN":
        return [_name(part) for part in parts]
    if vr in {"DS", "IS"}:
        return [_number(vr, part) if part else None for part in parts]
    return [part or None for part in parts]


def _name(text: str) -> dict[str, str]:
    named = zip(("Alphabetic", "Ideographic", "Phonetic"), text.split("="), strict=False)
    return {name: part for name, part in named if part}


def _number(vr: str, text: str) -> float:
    number = float(text) if vr == "DS" else int(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _binary(raw: bytes, vr: str, order: str) -> list[Any]:
    return list(struct.unpack(f"{order}{len(raw) // struct.calcsize(_BINARY[vr])}{_BINARY[vr]}", raw))
