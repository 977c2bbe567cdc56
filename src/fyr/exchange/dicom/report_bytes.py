"""Walk the bytes of a structured report, and keep what a reader of its content asks for.

A folder of dose reports holds thousands of files, each a tree of hundreds of items; a general parser makes an object of
every element. Here one pass over the bytes keeps the few elements that carry content (DICOM PS3.5 section 7, PS3.3
section C.17.3) and steps over the rest by its length. What does not fit into what holds it is refused, as everywhere.
"""

from __future__ import annotations

import struct
from typing import Any, Final

from fyr.errors import BadInput
from fyr.exchange.dicom.layout import BIG_ENDIAN, DEEPEST, IMPLICIT, LONG, UNDEFINED, Layout

__all__ = ["Found", "report_elements"]

Found = dict[str, Any]
"""Of one data set: the bytes of an element, or the data sets of a sequence, by keyword."""

_SEQUENCES: Final = {
    0x0040A730: "ContentSequence",
    0x0040A043: "ConceptNameCodeSequence",
    0x0040A168: "ConceptCodeSequence",
    0x0040A300: "MeasuredValueSequence",
    0x004008EA: "MeasurementUnitsCodeSequence",
    0x0040A504: "ContentTemplateSequence",
    0x0040A360: "PredecessorDocumentsSequence",
    0x00081115: "ReferencedSeriesSequence",
    0x00081199: "ReferencedSOPSequence",
}
_VALUES: Final = {
    0x00080005: "SpecificCharacterSet",
    0x00080016: "SOPClassUID",
    0x00080018: "SOPInstanceUID",
    0x00080020: "StudyDate",
    0x00080023: "ContentDate",
    0x00080033: "ContentTime",
    0x00080050: "AccessionNumber",
    0x00080070: "Manufacturer",
    0x00080080: "InstitutionName",
    0x00081010: "StationName",
    0x00081030: "StudyDescription",
    0x00081090: "ManufacturerModelName",
    0x00081155: "ReferencedSOPInstanceUID",
    0x00100020: "PatientID",
    0x00100021: "IssuerOfPatientID",
    0x00100030: "PatientBirthDate",
    0x00100040: "PatientSex",
    0x00101010: "PatientAge",
    0x00101020: "PatientSize",
    0x00101030: "PatientWeight",
    0x0020000D: "StudyInstanceUID",
    0x00080100: "CodeValue",
    0x00080119: "LongCodeValue",
    0x00080120: "URNCodeValue",
    0x00080102: "CodingSchemeDesignator",
    0x00080104: "CodeMeaning",
    0x0040A040: "ValueType",
    0x0040A30A: "NumericValue",
    0x0040A160: "TextValue",
    0x0040A120: "DateTime",
    0x0040A121: "Date",
    0x0040A122: "Time",
    0x0040A123: "PersonName",
    0x0040A124: "UID",
    0x0040A491: "CompletionFlag",
    0x0040DB00: "TemplateIdentifier",
}


def report_elements(layout: Layout) -> Found:
    """Return what a report's data set says, as far as its content is concerned.

    Raises
    ------
    BadInput
        If the file ends too early, or an element or item reaches beyond what holds it.
    """
    walk = _Walk(layout.data, big=layout.syntax == BIG_ENDIAN, implicit=layout.syntax == IMPLICIT)
    found, _ = walk.data_set(layout.start, layout.size, 0, marked=False)
    return found


class _Walk:
    """Steps over elements in one transfer syntax."""

    def __init__(self, data: bytes, *, big: bool, implicit: bool) -> None:
        order = ">" if big else "<"
        self._data = data
        self._implicit = implicit
        self._tag = struct.Struct(f"{order}HH").unpack_from
        self._head = struct.Struct(f"{order}HH2sH").unpack_from
        self._long = struct.Struct(f"{order}I").unpack_from

    def data_set(  # noqa: PLR0912, PLR0915 - one loop over bytes: calls would cost more than the work
        self, at: int, end: int, depth: int, *, marked: bool
    ) -> tuple[Found, int]:
        """Read one data set up to `end`, or (`marked`) up to the mark of its item's end; return where it ends."""
        if end > len(self._data):
            raise _ends_early(at)
        if depth > DEEPEST:
            raise BadInput(f"sequences stand in sequences more than {DEEPEST} deep", mend="take the file again")
        data, head, long_, implicit = self._data, self._head, self._long, self._implicit
        found: Found = {}
        while at < end:
            if at + 8 > end:
                if data[at:end].strip(b"\0") == b"":
                    break
                raise _ends_early(at)
            group, number, vr, length = head(data, at)
            tag = group << 16 | number
            if implicit or group == 0xFFFE:
                (length,) = long_(data, at + 4)
                value = at + 8
                if tag == 0xFFFEE00D and marked:
                    return found, value
                if group == 0xFFFE or (tag == 0 and data[at:end].strip(b"\0") == b""):
                    if tag == 0:
                        break
                    raise _out_of_place(at)
            elif vr in LONG:
                if at + 12 > end:
                    raise _ends_early(at)
                (length,) = long_(data, at + 8)
                value = at + 12
            elif vr.isalpha() and vr.isupper():
                value = at + 8
            elif data[at:end].strip(b"\0") == b"":  # some archives fill files up with zeros
                break
            else:
                raise _out_of_place(at)
            if length == UNDEFINED:
                name = _SEQUENCES.get(tag)
                inner = self if vr != b"UN" or implicit else _Walk(data, big=False, implicit=True)
                items, at = inner.items(value, end, depth, marked=True)
                if name is not None:
                    found[name] = items
                continue
            at = value + length
            if at > end:
                raise BadInput(
                    f"the file ends too early, or is damaged: the element ({group:04X},{number:04X}) should have "
                    f"{length:,} bytes and {end - value:,} are there",
                    mend="take the file again",
                )
            name = _VALUES.get(tag)
            if name is not None:
                found[name] = data[value:at]
                continue
            name = _SEQUENCES.get(tag)
            if name is not None:
                inner = self if vr != b"UN" or implicit else _Walk(data, big=False, implicit=True)
                found[name], _ = inner.items(value, at, depth, marked=False)
        if marked:
            raise _ends_early(at)
        return found, end

    def items(self, at: int, end: int, depth: int, *, marked: bool) -> tuple[list[Found], int]:
        """Read the items of a sequence up to `end`, or (`marked`) up to its mark; return where it ends."""
        data = self._data
        found: list[Found] = []
        while marked or at < end:
            if at + 8 > end:
                raise _ends_early(at)
            group, number = self._tag(data, at)
            (length,) = self._long(data, at + 4)
            at += 8
            if (group, number) == (0xFFFE, 0xE0DD) and marked:
                return found, at
            if (group, number) != (0xFFFE, 0xE000):
                raise _out_of_place(at - 8)
            if length == UNDEFINED:
                one, at = self.data_set(at, end, depth + 1, marked=True)
            elif at + length > end:
                raise _ends_early(at)
            else:
                one, at = self.data_set(at, at + length, depth + 1, marked=False)
            found.append(one)
        return found, at


def _ends_early(at: int) -> BadInput:
    return BadInput(f"the file ends too early: more should stand at byte {at:,}", mend="take the file again")


def _out_of_place(at: int) -> BadInput:
    return BadInput(f"the file is damaged: at byte {at:,} stands no element", mend="take the file again")
