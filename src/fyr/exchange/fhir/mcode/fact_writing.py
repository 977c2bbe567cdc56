"""A clinical fact of the record as an Observation that mCODE's readers know, and that Fyr reads back unaltered.

Each carries our own name and word beside the codes of LOINC and SNOMED CT, so that nothing depends on which of several
facts a code stands for.
"""

from __future__ import annotations

from typing import Final

from fyr.exchange.fhir.mcode.answers import WRITTEN
from fyr.exchange.fhir.mcode.elements import (
    CANCER_STAGING,
    LOINC,
    MCODE,
    SNOMED,
    UCUM,
    Json,
    category,
    coding,
    concept,
)
from fyr.exchange.fhir.mcode.fact_reading import FACT_WORDS, IMPUTED
from fyr.exchange.fhir.mcode.times import written_moment
from fyr.exchange.fhir.mcode.variants import PRESENT_OR_ABSENT, VARIANT, variant_components
from fyr.exchange.fhir.parts import EXTENSION, WORDS
from fyr.record import Observation, Status
from fyr.record.clinical import FACTS, ClinicalFact
from fyr.record.clinical_molecular import DRIVERS

__all__ = ["SOURCE", "written_fact"]

SOURCE: Final = f"{EXTENSION}source"
"""The extension that keeps where an observation came from."""

_ABSENT: Final = {Status.UNKNOWN: ("unknown", "Unknown"), Status.NOT_DONE: ("not-performed", "Not Performed")}
_REASONS: Final = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
_SYSTEM: Final = {"loinc": LOINC, "snomed": SNOMED}
_PROFILES: Final = {
    "ecog_performance_status": "mcode-ecog-performance-status",
    "karnofsky_performance_status": "mcode-karnofsky-performance-status",
    **dict.fromkeys(
        ("er_positive", "pr_positive", "er_percent", "pr_percent", "her2_status", "her2_ihc", "her2_ish"),
        "mcode-tumor-marker-test",
    ),
    **{
        f"{how}{letter}_category": f"mcode-tnm-{what}-category"
        for how in ("", "clinical_", "pathological_")
        for letter, what in (("t", "primary-tumor"), ("n", "regional-nodes"), ("m", "distant-metastases"))
    },
    **{f"{how}stage_group": "mcode-tnm-stage-group" for how in ("", "clinical_", "pathological_")},
    "tumour_size_mm": "mcode-tumor-size",
}
"""The profile that a reader of mCODE looks for; the Observation may lack what the profile requires beyond the fact."""
_GROUPS: Final = {"general": "survey", "staging": "survey", "lung": "imaging"}
_VITAL_SIGNS: Final = frozenset({"height_cm", "weight_kg", "body_mass_index"})
_PERFORMANCE: Final = frozenset({"ecog_performance_status", "karnofsky_performance_status"})
_LONGEST_DIMENSION: Final = "33728-7"


def written_fact(one: Observation, subject: Json, identity: str) -> Json:
    """Return the Observation.

    Parameters
    ----------
    one : Observation
        Of a fact of the vocabulary.
    subject : dict
        The reference to the patient.
    identity : str
        The id of the resource.
    """
    fact = FACTS[one.code]
    profile = _PROFILES.get(fact.name)
    kind = "vital-signs" if fact.name in _VITAL_SIGNS else _GROUPS.get(fact.group, "laboratory")
    extension: list[Json] = [{"url": SOURCE, "valueString": one.source}]
    if one.status is Status.IMPUTED:
        extension.append({"url": IMPUTED, "valueBoolean": True})
    return {
        "resourceType": "Observation",
        "id": identity,
        **({"meta": {"profile": [f"{MCODE}{profile}"]}} if profile else {}),
        "extension": extension,
        "status": "final",
        "category": category(kind),
        "code": {"coding": _codes(fact), "text": fact.title},
        "subject": subject,
        "effectiveDateTime": written_moment(one.time_us),
        **_value(fact, one),
    }


def _codes(fact: ClinicalFact) -> list[Json]:
    own = coding(fact.name, FACT_WORDS, fact.title)
    gene = _gene(fact)
    if gene is not None:
        return [coding(VARIANT[1], VARIANT[0]), own]
    if fact.code is None:
        return [own]
    scheme, _, code = fact.code.partition(":")
    return [coding(code, _SYSTEM[scheme]), own]


def _gene(fact: ClinicalFact) -> str | None:
    gene = fact.name.rpartition("_")[0]
    return gene if gene in DRIVERS else None


def _value(fact: ClinicalFact, one: Observation) -> Json:
    if one.value is None:
        code, display = _ABSENT[one.status]
        return {"dataAbsentReason": concept(code, _REASONS, display)}
    if isinstance(one.value, bool):
        return _coded(fact, one.value, "true" if one.value else "false")
    if isinstance(one.value, str):
        return _coded(fact, one.value, one.value)
    number = int(one.value) if float(one.value).is_integer() else one.value
    if fact.name in _PERFORMANCE:
        return {"valueInteger": number}
    unit = one.unit or fact.unit
    quantity = {"value": number, "unit": unit, "system": UCUM, "code": unit}
    if fact.name == "tumour_size_mm":
        return {"component": [{"code": concept(_LONGEST_DIMENSION, LOINC), "valueQuantity": quantity}]}
    return {"valueQuantity": quantity}


def _coded(fact: ClinicalFact, value: str | bool, word: str) -> Json:
    gene = _gene(fact)
    known = WRITTEN.get((fact.name, value))
    codes = []
    if known is not None:
        codes.append(coding(known[1], known[0], known[2]))
    elif fact.group == "staging" and isinstance(value, str):
        prefix = {"clinical": "c", "pathological": "p"}.get(fact.name.split("_", maxsplit=1)[0], "")
        codes.append(coding(value if fact.name.endswith("stage_group") else f"{prefix}{value}", CANCER_STAGING))
    elif gene is not None and value != "not assessed":
        system, code, display = PRESENT_OR_ABSENT[value != "wild type"]
        codes.append(coding(code, system, display))
    codes.append(coding(word, f"{WORDS}{fact.name}"))
    answer = {"valueCodeableConcept": {"coding": codes, "text": word}}
    if gene is None:
        return answer
    return {**answer, "component": variant_components(gene, str(value) if fact.kind == "text" else None)}
