"""Dose reports as the tests need them: content items by their codes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydicom.dataset import Dataset, FileDataset
from pydicom.uid import UID
from tests.exchange.dicom.made import base, item

X_RAY = "1.2.840.10008.5.1.4.1.1.88.67"
RADIOPHARMACEUTICAL = "1.2.840.10008.5.1.4.1.1.88.68"


def coded(code: str, meaning: str = "") -> Dataset:
    """Return a code: ``DCM:113838``."""
    scheme, _, value = code.partition(":")
    return item(CodeValue=value, CodingSchemeDesignator=scheme, CodeMeaning=meaning or value)


def number(code: str, value: float | str, unit: str, *within: Dataset, scheme: str = "UCUM") -> Dataset:
    """Return a number with its unit."""
    measured = item(NumericValue=value, MeasurementUnitsCodeSequence=[coded(f"{scheme}:{unit}")])
    made = item(ValueType="NUM", ConceptNameCodeSequence=[coded(code)], MeasuredValueSequence=[measured])
    return _with(made, within)


def code(concept: str, value: str, meaning: str = "", *within: Dataset) -> Dataset:
    """Return a coded answer."""
    made = item(ValueType="CODE", ConceptNameCodeSequence=[coded(concept)])
    made.ConceptCodeSequence = [coded(value, meaning)]
    return _with(made, within)


def text(concept: str, value: str) -> Dataset:
    """Return a text."""
    return item(ValueType="TEXT", ConceptNameCodeSequence=[coded(concept)], TextValue=value)


def uid(concept: str, value: str) -> Dataset:
    """Return a UID."""
    return item(ValueType="UIDREF", ConceptNameCodeSequence=[coded(concept)], UID=UID(value))


def container(concept: str, *within: Dataset) -> Dataset:
    """Return a container."""
    return _with(item(ValueType="CONTAINER", ConceptNameCodeSequence=[coded(concept)]), within)


def report(
    *content: Dataset,
    template: str = "10011",
    title: str = "DCM:113701",
    kind: str = X_RAY,
    sop: str | None = None,
    **facts: Any,
) -> FileDataset:
    """Return a report of this content."""
    made = base(kind, "SR", sop)
    made.ConceptNameCodeSequence = [coded(title, "X-Ray Radiation Dose Report")]
    made.ValueType, made.CompletionFlag = "CONTAINER", "COMPLETE"
    if template:
        made.ContentTemplateSequence = [item(MappingResource="DCMR", TemplateIdentifier=template)]
    made.ContentSequence = list(content)
    for keyword, value in facts.items():
        setattr(made, keyword, value)
    return made


def ct_event(
    event: str,
    dlp: float | str,
    ctdi: float | str = 10,
    *,
    unit: str = "mGy.cm",
    phantom: str = "DCM:113691",
    **more: str,
) -> Dataset:
    """Return a CT acquisition with its dose."""
    dose = container(
        "DCM:113829",
        number("DCM:113830", ctdi, "mGy"),
        code("DCM:113835", phantom),
        number("DCM:113838", dlp, unit, scheme=more.get("scheme", "UCUM")),
    )
    return container(
        "DCM:113819",
        text("DCM:125203", more.get("protocol", "Abdomen")),
        code("DCM:123014", "SRT:T-D4000", more.get("region", "Abdomen")),
        uid("DCM:113769", event),
        dose,
    )


def ct_total(dlp: float, unit: str = "mGy.cm") -> Dataset:
    """Return the accumulated dose of a CT."""
    return container("DCM:113811", number("DCM:113813", dlp, unit))


def _with(made: Dataset, within: Sequence[Dataset]) -> Dataset:
    if within:
        made.ContentSequence = list(within)
    return made
