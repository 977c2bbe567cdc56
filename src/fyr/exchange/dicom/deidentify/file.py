"""One file without its patient's identity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Final

import numpy as np

from fyr.errors import BadInput
from fyr.exchange.dicom.deidentify.data_set import Treated, treat_data_set
from fyr.exchange.dicom.deidentify.identifiers import identifiers_of
from fyr.exchange.dicom.deidentify.keyed import Key
from fyr.exchange.dicom.deidentify.options import Options
from fyr.exchange.dicom.deidentify.pixel_risk import PixelRisk, pixel_risk
from fyr.exchange.dicom.deidentify.profile import EDITION
from fyr.exchange.dicom.layout import IMPLICIT, file_layout
from fyr.exchange.dicom.opening import parse
from fyr.exchange.dicom.values import optional_integer, text

if TYPE_CHECKING:
    from pydicom import Dataset

__all__ = ["Deidentified", "deidentified", "patient_of"]

_NATIVE: Final = (IMPLICIT, "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1.99")
_DOCUMENTS: Final = "1.2.840.10008.5.1.4.1.1.104."


@dataclass(frozen=True, slots=True)
class Deidentified:
    """A file without its patient's identity, and what was done.

    Parameters
    ----------
    data : bytes
        The new file.
    patient : str
        The pseudonym.
    study, series, uid : str
        The new UIDs.
    counts : mapping of str to int
        Elements by what was done with them: kept, searched and kept, removed, emptied, ...
    names_kept : tuple of str
        Names of structures and labels that were kept, for a person to look at.
    flags : tuple of str
    risk : PixelRisk
    """

    data: bytes
    patient: str
    study: str
    series: str
    uid: str
    counts: Mapping[str, int]
    names_kept: tuple[str, ...]
    flags: tuple[str, ...]
    risk: PixelRisk


def patient_of(number: str, study: str) -> str:
    """Return what a patient's pseudonym and days are made from: their number, or without one the study."""
    return number.strip() or f"study {study}"


def deidentified(data: bytes, key: Key, options: Options) -> Deidentified:
    """Take the identity out of a file; to be called within :func:`~fyr.exchange.dicom.opening.reading`.

    By the Basic Application Level Confidentiality Profile (PS3.15 Annex E) with the options: what the table names is
    removed, emptied or replaced, in sequences too; private elements, overlays, curves and elements that DICOM's
    dictionary does not know go; UIDs are replaced alike in every file of one key; dates, names and UIDs that the table
    does not list are treated as those that it lists; of structured reports codes and numbers stay. Words that stay are
    searched for the patient's own identifiers.

    Parameters
    ----------
    data : bytes
    key : Key
    options : Options

    Raises
    ------
    BadInput
        If the file is damaged, or holds a document that cannot be looked into.
    """
    dataset = parse(data)
    kind = text(dataset, "SOPClassUID")
    if kind.startswith(_DOCUMENTS):
        raise BadInput("a document (PDF or the like) cannot be looked into", mend="take it out of the folder")
    study = text(dataset, "StudyInstanceUID")
    patient = patient_of(text(dataset, "PatientID", ""), study)
    treated = Treated(key, options, patient, identifiers_of(dataset))
    risk = pixel_risk(dataset)
    _clear_overlay_bits(dataset, treated)
    treat_data_set(dataset, treated)
    name = key.pseudonym(patient)
    _say_so(dataset, treated, name)
    if treated.names_kept:
        treated.flags["names were kept: look whether one tells who the patient is"] = None
    return Deidentified(
        _written(dataset),
        name,
        str(dataset.StudyInstanceUID),
        text(dataset, "SeriesInstanceUID"),
        text(dataset, "SOPInstanceUID"),
        {done: count for done, count in treated.counts.items() if count},
        tuple(treated.names_kept),
        tuple(treated.flags),
        risk,
    )


def _say_so(dataset: Dataset, treated: Treated, name: str) -> None:
    """Write the pseudonym, and what was done and how (PS3.15 E.1.1, item 5 to 7)."""
    from pydicom.dataset import Dataset as Item

    dataset.PatientName, dataset.PatientID = name, name
    dataset.PatientIdentityRemoved = "YES"
    methods = treated.options.methods(structured=treated.structured, names_kept=bool(treated.names_kept))
    dataset.DeidentificationMethod = [f"Fyr: DICOM PS3.15 {EDITION} table E.1-1"]
    found = []
    for code, meaning in methods:
        item = Item()
        item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = code, "DCM", meaning
        found.append(item)
    dataset.DeidentificationMethodCodeSequence = found
    dataset.LongitudinalTemporalInformationModified = treated.options.temporal


def _clear_overlay_bits(dataset: Dataset, treated: Treated) -> None:
    """Clear the bits of pixels that are no part of their value: old files keep drawings and words there."""
    if not any(tag.group & 0xFF00 == 0x6000 for tag in dataset.keys()):  # noqa: SIM118 - iterating converts every value
        return
    treated.flags["overlays were removed"] = None
    allocated, stored = optional_integer(dataset, "BitsAllocated"), optional_integer(dataset, "BitsStored")
    high = optional_integer(dataset, "HighBit")
    if "PixelData" not in dataset or allocated != 16 or stored is None or high is None or stored >= 16:
        return
    if text(dataset.file_meta, "TransferSyntaxUID") not in _NATIVE:
        treated.flags["overlays may stand in unused bits of the compressed pixels: decompress the file first"] = None
        return
    low = high - stored + 1
    if not 0 <= low <= 16 - stored:
        raise BadInput(f"{stored} bits of 16, the highest {high}, cannot be", where="High Bit (0028,0102)")
    pixels = np.frombuffer(dataset.PixelData, dtype="<u2")
    if optional_integer(dataset, "PixelRepresentation") == 1:  # the sign fills the bits above
        signed = (pixels << np.uint16(15 - high)).view(np.int16) >> np.int16(15 - high + low)
        dataset.PixelData = (signed.astype(np.int16) << np.int16(low)).astype("<i2").tobytes()
    else:
        dataset.PixelData = (pixels & np.uint16(((1 << stored) - 1) << low)).astype("<u2").tobytes()


def _written(dataset: Dataset) -> bytes:
    from pydicom import dcmwrite
    from pydicom.dataset import FileMetaDataset
    from pydicom.uid import PYDICOM_IMPLEMENTATION_UID, UID

    syntax = dataset.file_meta.TransferSyntaxUID
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = UID(text(dataset, "SOPClassUID"))
    meta.MediaStorageSOPInstanceUID = UID(text(dataset, "SOPInstanceUID"))
    meta.TransferSyntaxUID = UID(syntax)
    meta.ImplementationClassUID = PYDICOM_IMPLEMENTATION_UID
    dataset.file_meta = meta
    dataset.preamble = bytes(128)
    file = BytesIO()
    dcmwrite(file, dataset, enforce_file_format=True)
    written = file.getvalue()
    file_layout(written).check()
    return written
