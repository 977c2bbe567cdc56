"""Keep DICOM objects in the record: the one door for files, for C-STORE and for STOW-RS.

Each object is whole, says what it is and of whom, and is the only one under its SOP instance UID; all else is refused
with its reason, and the rest is kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final

from fyr.errors import BadInput
from fyr.exchange.dicom.head import head_of
from fyr.exchange.dicom.indexing import indexed
from fyr.exchange.dicom.layout import file_layout
from fyr.exchange.dicom.opening import reading
from fyr.exchange.dicom.same_content import are_same_content
from fyr.record.dicom_index import DicomInstance, held_under

if TYPE_CHECKING:
    from fyr.record.identity import PatientId
    from fyr.record.record import Record

__all__ = ["DEFAULT_HOSPITAL", "FAILURES", "Given", "Kept", "Outcome", "keep_objects"]

DEFAULT_HOSPITAL: Final = "dicom"
"""Of patients whose hospital nobody names: the files' own word for it differs from machine to machine."""


class Outcome(StrEnum):
    """What became of an object."""

    ADDED = "added"
    KNOWN = "known"
    """The record had it, of this patient."""
    OTHER_CONTENT = "other content"
    """Refused: the record holds another object under its UID."""
    NOT_AS_SAID = "not as said"
    """Refused: it is another object, or of another study, than its sender says."""
    UNUSABLE = "unusable"
    """Refused: damaged, or it does not say what it is and of whom."""


FAILURES: Final = {
    Outcome.UNUSABLE: 0xC000,  # cannot understand
    Outcome.NOT_AS_SAID: 0xA900,  # the data set does not match
    Outcome.OTHER_CONTENT: 0x0111,  # duplicate SOP instance, PS3.7 annex C
}
"""The status by which a sender hears why an object was refused: PS3.4 table B.2-1, and in STOW-RS PS3.18 I.2.2."""


@dataclass(frozen=True, slots=True)
class Given:
    """The bytes of a DICOM file, where they come from, and what the sender says that they are.

    Parameters
    ----------
    data : bytes
    where : str or Path
    uid, sop_class, study : str
        What the sender calls it; empty where it says nothing.
    most : int
        Where it is larger than that, of which `data` is only the beginning: how many bytes are taken; else 0.
    """

    data: bytes
    where: str | Path
    uid: str = ""
    sop_class: str = ""
    study: str = ""
    most: int = 0


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of one object.

    Parameters
    ----------
    outcome : Outcome
    instance : DicomInstance or None
        What it is; ``None`` where it does not say that.
    problem : BadInput or None
        Why it was refused.
    """

    outcome: Outcome
    instance: DicomInstance | None = None
    problem: BadInput | None = None

    @property
    def is_kept(self) -> bool:
        """Whether the record holds it now."""
        return self.outcome in {Outcome.ADDED, Outcome.KNOWN}


def keep_objects(record: Record, given: Sequence[Given], hospital: str, *, source: str) -> list[Kept]:
    """Keep whole DICOM objects, durably, and say of each what became of it, in their order.

    An object that the record has already is known, also where only its file header or a lossless transfer syntax
    differ: what was kept first stays. Another object under the same SOP instance UID is refused.

    Parameters
    ----------
    record : Record
    given : sequence of Given
        As many as memory holds.
    hospital : str
        Whose numbering of patients they use.
    source : str
        Where they come from, for the audit trail.

    Raises
    ------
    ServiceUnavailable
        If the database or the disk is not there, or full; nothing of `given` is kept then.
    """
    found = [_examined(one, hospital) for one in given]
    named = [one.instance.uid for one in found if one.instance is not None and one.outcome is Outcome.ADDED]
    with record.storage.reading() as connection:
        held = held_under(connection, named)
    new: dict[tuple[str, PatientId], tuple[int, DicomInstance, bool]] = {}
    for place, one in enumerate(found):
        if one.instance is None or one.outcome is not Outcome.ADDED:
            continue
        judged, is_here = _judged(record, one.instance, given[place], held.get(one.instance.uid, set()))
        if judged.outcome is Outcome.ADDED and (instance := judged.instance) is not None:
            before, first, _ = new.setdefault((instance.uid, instance.patient), (place, instance, is_here))
            if before != place:
                judged = _twice(first, instance, given[before].data, given[place])
        found[place] = judged
    _add(record, found, given, list(new.values()), source)
    return found


def _examined(one: Given, hospital: str) -> Kept:
    if one.most:
        what = f"the object is larger than {one.most:,} bytes"
        return Kept(Outcome.UNUSABLE, problem=BadInput(what, where=str(one.where), mend="import it as a file"))
    try:
        with reading(one.where):
            file_layout(one.data).check()
            head = head_of(Path(one.where), one.data, len(one.data))
            instance = indexed(head, hospital, hashlib.sha256(one.data).hexdigest())
            return _as_said(one, instance) or Kept(Outcome.ADDED, instance)
    except BadInput as problem:
        return Kept(Outcome.UNUSABLE, problem=problem)


def _as_said(one: Given, instance: DicomInstance) -> Kept | None:
    """Refuse what is not what its sender says."""
    for said, found, name in (
        (one.uid, instance.uid, "SOP instance"),
        (one.sop_class, instance.sop_class, "SOP class"),
        (one.study, instance.study.uid, "study"),
    ):
        if said not in {"", found}:
            problem = BadInput(
                f"the sender says {name} {said[:64]}, the object {found}",
                where=str(one.where),
                mend="have it send the object as what it is",
            )
            return Kept(Outcome.NOT_AS_SAID, instance, problem)
    return None


def _judged(
    record: Record, instance: DicomInstance, given: Given, held: set[tuple[str, PatientId]]
) -> tuple[Kept, bool]:
    """Hold an instance against what stands under its UID; tells also whether its object is in the record already."""
    if not held:
        return Kept(Outcome.ADDED, instance), False
    sha256 = min(held)[0]
    if sha256 != instance.sha256:
        if not are_same_content(record.object(sha256), given.data):
            return _other(instance, sha256, given), False
        instance = replace(instance, sha256=sha256)
    known = (sha256, instance.patient) in held
    return Kept(Outcome.KNOWN if known else Outcome.ADDED, instance), True


def _twice(before: DicomInstance, now: DicomInstance, held: bytes, given: Given) -> Kept:
    if before.sha256 == now.sha256 or are_same_content(held, given.data):
        return Kept(Outcome.KNOWN, before)
    return _other(now, before.sha256, given)


def _other(instance: DicomInstance, held: str, given: Given) -> Kept:
    problem = BadInput(
        f"the record holds another object under the SOP instance UID {instance.uid}: what was kept first stays "
        f"(SHA-256 {held[:16]}…; this one {instance.sha256[:16]}…)",
        where=str(given.where),
        mend="have the sender give what it altered a UID of its own",
    )
    return Kept(Outcome.OTHER_CONTENT, instance, problem)


def _add(
    record: Record,
    found: list[Kept],
    given: Sequence[Given],
    new: Sequence[tuple[int, DicomInstance, bool]],
    source: str,
) -> None:
    if not new:
        return
    with record.importing(source=source) as batch:
        for study in {one.patient: one.study for _, one, _ in new}.values():
            sex = study.patient_sex
            batch.add_patient(study.patient, attributes={"sex": sex} if sex in {"F", "M"} else {})
        fresh = [(given[place].data, one) for place, one, is_here in new if not is_here]
        batch.put_instances([data for data, _ in fresh], [one for _, one in fresh])
        batch.index_instances([one for _, one, is_here in new if is_here])
    refused = {one.instance.sha256: one.held_sha256 for one in batch.refused_instances}
    for place, one, _ in new:
        if one.sha256 in refused:  # another process put it there in the meantime
            found[place] = _other(one, refused[one.sha256], given[place])
