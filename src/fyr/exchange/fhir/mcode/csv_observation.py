"""A row of ``observation-information.csv`` as an Observation: a tumour marker, a vital sign, a performance status."""

from __future__ import annotations

import re
from typing import Final

from fyr.exchange.fhir.mcode.csv_condition import body_site
from fyr.exchange.fhir.mcode.csv_rows import Row
from fyr.exchange.fhir.mcode.elements import LOINC, UCUM, Json, category, concept, present, reference
from fyr.exchange.fhir.mcode.tumour_marker_codes import TUMOUR_MARKERS

__all__ = ["observation_of"]

_PERFORMANCE: Final = frozenset({"89243-0", "89247-1"})
_VITAL_SIGNS: Final = frozenset(
    {
        *("85353-1", "9279-1", "8867-4", "2708-6", "8310-5", "8302-2", "9843-4", "29463-7", "39156-5", "85354-9"),
        *("8480-6", "8462-4"),
    }
)
"""LOINC codes of the FHIR vital signs profile."""
_UNIT_NAMES: Final = {"[degF]": "degF", "[in_i]": "in", "[lb_av]": "lb_av", "mm[Hg]": "mmHg"}
"""What people call a unit, where it is not the code."""

_FORMS: Final = (
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d(:\d\d(:\d\d(-\d\d:\d\d)?)?)?"), "valueDateTime"),
    (re.compile(r"[1-9]\d{3}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?"), "valueDate"),
    (re.compile(r"([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?"), "valueTime"),
)
"""How values are written that are no quantity, and the element that they belong into."""
_QUANTITY: Final = re.compile(r"(?P<number>-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?)(\s{1,3}(?P<unit>\S{1,15}))?")


def observation_of(row: Row, patient: str) -> Json:
    """Return the Observation; what kind of value it has follows from its code, else from how the value is written."""
    code, system, value = row.need("code"), row.need("codeSystem"), row.need("value")
    marker = system == LOINC and code in TUMOUR_MARKERS
    site = row.get("bodySite")
    kind = (
        category("vital-signs", "Vital Signs") if code in _VITAL_SIGNS else category("laboratory") if marker else None
    )
    return {
        "resourceType": "Observation",
        "id": row.need("observationId"),
        "status": row.need("status"),
        **present(category=kind),
        "code": concept(code, system, row.get("displayName")),
        "subject": reference("Patient", patient),
        "effectiveDateTime": row.needed_moment("effectiveDate"),
        **_value(code, value, row.get("valueCodeSystem"), is_marker=marker),
        **({"bodySite": body_site(site, row.get("laterality"))} if site else {}),
    }


def _value(code: str, text: str, system: str | None, *, is_marker: bool) -> Json:
    if is_marker:
        return {"valueCodeableConcept": concept(text, system)}
    quantity = _QUANTITY.fullmatch(text)
    if code in _PERFORMANCE and quantity is not None:
        return {"valueInteger": int(float(quantity["number"]))}
    for form, element in _FORMS:
        if form.fullmatch(text):
            return {element: text}
    return {"valueString": text} if quantity is None else {"valueQuantity": _quantity(quantity)}


def _quantity(found: re.Match[str]) -> Json:
    number, unit = float(found["number"]), found["unit"]
    coded = present(code=unit, system=UCUM, unit=_UNIT_NAMES.get(unit, unit)) if unit else {}
    return {"value": int(number) if number.is_integer() else number, **coded}
