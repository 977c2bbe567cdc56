"""Structured reports (DICOM SR) as a tree of what they say, in one pass over the bytes."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Final

from fyr.errors import BadInput
from fyr.exchange.dicom.head import text_of
from fyr.exchange.dicom.layout import file_layout
from fyr.exchange.dicom.opening import file_bytes, reading
from fyr.exchange.dicom.report_bytes import Found, report_elements
from fyr.imaging.report_content import ContentItem, StructuredReport

__all__ = ["REPORT_KINDS", "read_report", "report_from_bytes"]

REPORT_KINDS: Final = {
    "1.2.840.10008.5.1.4.1.1.88.11": "Basic Text SR",
    "1.2.840.10008.5.1.4.1.1.88.22": "Enhanced SR",
    "1.2.840.10008.5.1.4.1.1.88.33": "Comprehensive SR",
    "1.2.840.10008.5.1.4.1.1.88.34": "Comprehensive 3D SR",
    "1.2.840.10008.5.1.4.1.1.88.35": "Extensible SR",
    "1.2.840.10008.5.1.4.1.1.88.67": "X-Ray Radiation Dose SR",
    "1.2.840.10008.5.1.4.1.1.88.68": "Radiopharmaceutical Radiation Dose SR",
    "1.2.840.10008.5.1.4.1.1.88.73": "Patient Radiation Dose SR",
    "1.2.840.10008.5.1.4.1.1.88.76": "Enhanced X-Ray Radiation Dose SR",
}
"""The SOP classes of structured reports that may speak of radiation, with what each is called."""

_VALUE_OF: Final = {
    "TEXT": "TextValue",
    "UIDREF": "UID",
    "DATETIME": "DateTime",
    "DATE": "Date",
    "TIME": "Time",
    "PNAME": "PersonName",
}


def read_report(path: str | Path) -> StructuredReport:
    """Read a structured report.

    Raises
    ------
    BadInput
        If the file is damaged, not DICOM, or no structured report.
    """
    with reading(path):
        return report_from_bytes(file_bytes(Path(path)))


def report_from_bytes(data: bytes) -> StructuredReport:
    """Read a structured report from the bytes of its file; to be called within :func:`~fyr.exchange.dicom.reading`.

    Raises
    ------
    BadInput
        If the bytes are damaged, not DICOM, or no structured report.
    """
    found = report_elements(file_layout(data))
    characters: bytes = found.get("SpecificCharacterSet", b"")

    def text(name: str) -> str:
        return text_of(found.get(name, b""), characters)

    kind = text("SOPClassUID")
    if kind not in REPORT_KINDS:
        raise BadInput(f"this is {_called(kind)}, not a structured report", mend="give the reports alone")
    title, title_name = _code(found, "ConceptNameCodeSequence", characters)
    return StructuredReport(
        uid=text("SOPInstanceUID"),
        study_uid=text("StudyInstanceUID"),
        kind=kind,
        title=title,
        title_name=title_name,
        template=_template(found, characters),
        patient_id=text("PatientID"),
        patient_issuer=text("IssuerOfPatientID"),
        sex=text("PatientSex"),
        birth_date=text("PatientBirthDate"),
        age=text("PatientAge"),
        height_m=_measure(text("PatientSize")),
        weight_kg=_measure(text("PatientWeight")),
        accession=text("AccessionNumber"),
        study_date=text("StudyDate"),
        study_description=text("StudyDescription"),
        content_time=text("ContentDate") + text("ContentTime"),
        manufacturer=text("Manufacturer"),
        model=text("ManufacturerModelName"),
        station=text("StationName"),
        institution=text("InstitutionName"),
        completion=text("CompletionFlag"),
        predecessors=tuple(_predecessors(found)),
        content=ContentItem("CONTAINER", title, title_name, items=_items(found, characters)),
    )


def _items(found: Found, characters: bytes) -> tuple[ContentItem, ...]:
    return tuple([_item(one, characters) for one in found.get("ContentSequence", ())])


def _item(found: Found, characters: bytes) -> ContentItem:
    kind = _plain(found.get("ValueType", b""))
    code, name = _code(found, "ConceptNameCodeSequence", characters)
    items = _items(found, characters) if "ContentSequence" in found else ()
    if kind == "NUM":
        measured = found.get("MeasuredValueSequence")
        if not measured:
            return ContentItem(kind, code, name, items=items)
        unit = (measured[0].get("MeasurementUnitsCodeSequence") or [{}])[0]
        said = _plain(measured[0].get("NumericValue", b""))
        numbers, unreadable = _numbers(said)
        scheme = _plain(unit.get("CodingSchemeDesignator", b""))
        return ContentItem(
            kind, code, name, said, "", numbers, text_of(_code_value(unit), characters), scheme, unreadable, items
        )
    if kind == "CODE":
        value, meaning = _code(found, "ConceptCodeSequence", characters)
        return ContentItem(kind, code, name, value, meaning, items=items)
    value = text_of(found.get(_VALUE_OF.get(kind, ""), b""), characters)
    return ContentItem(kind, code, name, value, items=items)


def _numbers(said: str) -> tuple[tuple[float, ...], str]:
    """Return the numbers of a text, or the text where it holds none."""
    if not said:
        return (), "nothing"
    try:
        numbers = tuple([float(one) for one in said.split("\\")])
    except ValueError:
        return (), said
    return (numbers, "") if all(map(math.isfinite, numbers)) else ((), said)


def _code(found: Found, keyword: str, characters: bytes) -> tuple[str, str]:
    sequence = found.get(keyword)
    if not sequence:
        return "", ""
    one = sequence[0]
    code = f"{_plain(one.get('CodingSchemeDesignator', b''))}:{_plain(_code_value(one))}"
    return code, text_of(one.get("CodeMeaning", b""), characters)


def _code_value(one: Found) -> bytes:
    value: bytes = one.get("CodeValue") or one.get("LongCodeValue") or one.get("URNCodeValue") or b""
    return value


def _plain(raw: bytes) -> str:
    return raw.decode("latin-1").strip(" \0")


def _template(found: Found, characters: bytes) -> str:
    return next(
        (text_of(one.get("TemplateIdentifier", b""), characters) for one in found.get("ContentTemplateSequence", ())),
        "",
    )


def _measure(said: str) -> float | None:
    numbers, _ = _numbers(said) if said else ((), "")
    return numbers[0] if numbers and numbers[0] > 0 else None


def _predecessors(found: Found) -> list[str]:
    return [
        _plain(document.get("ReferencedSOPInstanceUID", b""))
        for study in found.get("PredecessorDocumentsSequence", ())
        for series in study.get("ReferencedSeriesSequence", ())
        for document in series.get("ReferencedSOPSequence", ())
    ]


def _called(kind: str) -> str:
    from pydicom.uid import UID

    return f"'{UID(kind).name}'" if kind else "an object that does not say what it is"
