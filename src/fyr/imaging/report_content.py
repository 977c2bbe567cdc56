"""A structured report as a tree: what each item means, and what it says, as it stands there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

__all__ = ["ContentItem", "StructuredReport"]


@dataclass(frozen=True, slots=True)
class ContentItem:
    """One item of a report's content (DICOM PS3.3 section C.17.3).

    Parameters
    ----------
    kind : str
        ``CONTAINER``, ``NUM``, ``CODE``, ``TEXT``, ``UIDREF``, ``DATETIME``, …
    code : str
        Of what the item is about, with its scheme: ``DCM:113838``.
    name : str
        What that means, in the words of the report.
    value : str
        A text, a UID, a time as it stands there; of a coded answer its code with the scheme.
    meaning : str
        Of a coded answer.
    numbers : tuple of float
        Of a ``NUM``: one, or one for each pulse; none where the machine says that it does not know.
    unit, unit_scheme : str
        The unit's code as it stands there, and whose code it is.
    unreadable : str
        A text that stands where a number belongs; ``nothing`` where none stands.
    items : tuple of ContentItem
        What stands within or is said about it.
    """

    kind: str
    code: str
    name: str
    value: str = ""
    meaning: str = ""
    numbers: tuple[float, ...] = ()
    unit: str = ""
    unit_scheme: str = ""
    unreadable: str = ""
    items: tuple[ContentItem, ...] = ()

    def of(self, *codes: str) -> Iterator[ContentItem]:
        """Yield the items right within it that are about one of these codes."""
        return (one for one in self.items if one.code in codes)

    def first(self, *codes: str) -> ContentItem | None:
        """Return the first of :meth:`of`."""
        return next(self.of(*codes), None)

    def anywhere(self, *codes: str) -> Iterator[ContentItem]:
        """Yield the items at any depth that are about one of these codes, in the order of the report."""
        for one in self.items:
            if one.code in codes:
                yield one
            yield from one.anywhere(*codes)


@dataclass(frozen=True, slots=True)
class StructuredReport:
    """A report with what its file says of the patient, the study and the machine.

    Parameters
    ----------
    uid, study_uid, kind : str
        The SOP instance, the study, and the SOP class.
    title, title_name : str
        The code of the document's title, and its words.
    template : str
        The number of the template that the report says to follow (PS3.16); empty where it says none.
    patient_id, patient_issuer, sex, birth_date, age : str
        As they stand there; ``age`` as DICOM writes it (``045Y``).
    height_m, weight_kg : float or None
    accession, study_date, study_description, content_time : str
    manufacturer, model, station, institution : str
    completion, predecessors : str, tuple of str
        ``COMPLETE`` or ``PARTIAL``; the reports that this one continues or replaces.
    content : ContentItem
        The document itself.
    """

    uid: str
    study_uid: str
    kind: str
    title: str
    title_name: str
    template: str
    patient_id: str
    patient_issuer: str
    sex: str
    birth_date: str
    age: str
    height_m: float | None
    weight_kg: float | None
    accession: str
    study_date: str
    study_description: str
    content_time: str
    manufacturer: str
    model: str
    station: str
    institution: str
    completion: str
    predecessors: tuple[str, ...] = ()
    content: ContentItem = field(default_factory=lambda: ContentItem("CONTAINER", "", ""))
