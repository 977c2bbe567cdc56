"""What a patient's stored DICOM objects are: pictures by series, structure sets, doses and plans, from their heads."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fyr.errors import BadInput
from fyr.exchange.dicom.dose import DOSES
from fyr.exchange.dicom.enhanced import ENHANCED
from fyr.exchange.dicom.head import Head, read_head
from fyr.exchange.dicom.opening import reading
from fyr.exchange.dicom.plan import PLANS
from fyr.exchange.dicom.scan import ScannedFile, scanned
from fyr.exchange.dicom.series import SERIES
from fyr.exchange.dicom.structure_set import STRUCTURE_SETS
from fyr.record.object_store import StoredObject

__all__ = ["Found", "FoundObject", "PictureFiles", "find", "short_digest"]

_DIGITS = 32


def short_digest(*parts: str) -> str:
    """Return a name for something that is made of these parts: 32 hexadecimal digits of a SHA-256."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:_DIGITS]


@dataclass(frozen=True, slots=True)
class FoundObject:
    """An object with what its head says."""

    sha256: str
    head: ScannedFile

    @property
    def id(self) -> str:
        """Its name in the API."""
        return self.sha256[:_DIGITS]


@dataclass(frozen=True, slots=True)
class PictureFiles:
    """The slices of one series."""

    id: str
    objects: tuple[FoundObject, ...]
    digests: Mapping[Path, str] = field(default_factory=dict, repr=False, compare=False)
    """SHA-256 of each file."""

    @property
    def first(self) -> ScannedFile:
        """What one of them says."""
        return self.objects[0].head


@dataclass(slots=True)
class Found:
    """What there is to be seen, and what could not be read, by the object's SHA-256."""

    pictures: list[PictureFiles] = field(default_factory=list)
    structure_sets: list[FoundObject] = field(default_factory=list)
    doses: list[FoundObject] = field(default_factory=list)
    plans: list[FoundObject] = field(default_factory=list)
    refused: dict[str, BadInput] = field(default_factory=dict)

    @property
    def slices(self) -> int:
        """How many slices all pictures have."""
        return sum(len(one.objects) for one in self.pictures)


def find(objects: Iterable[StoredObject], files: Path, heads: dict[Path, Head] | None = None) -> Found:
    """Read the heads of stored objects.

    Parameters
    ----------
    objects : iterable of StoredObject
        Those that are not DICOM are passed over.
    files : Path
        The record's folder.
    heads : dict of Path to Head, optional
        Takes the heads of pictures, for whoever reads on.
    """
    found = Found()
    series: dict[tuple[str, str, str, str], list[FoundObject]] = {}
    places = {one.sha256: one.place for one in objects if one.media_type == "application/dicom"}
    for sha256, place in places.items():
        try:
            with reading(f"object {sha256[:12]}"):
                head = read_head(files / place)
                one = FoundObject(sha256, scanned(head))
        except BadInput as problem:
            found.refused[sha256] = problem
            continue
        kind = one.head.kind
        if kind in SERIES:
            if heads is not None:
                heads[head.path] = head
            apart = sha256 if kind in ENHANCED else ""  # holds a volume of its own
            series.setdefault((one.head.study, one.head.series, kind, apart), []).append(one)
        for kinds, kept in ((STRUCTURE_SETS, found.structure_sets), (DOSES, found.doses), (PLANS, found.plans)):
            if kind in kinds:
                kept.append(one)
    found.pictures = [
        PictureFiles(_name(one), tuple(one), {item.head.path: item.sha256 for item in one}) for one in series.values()
    ]
    return found


def _name(objects: Sequence[FoundObject]) -> str:
    return short_digest(*sorted(one.sha256 for one in objects))
