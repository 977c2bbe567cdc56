"""Genomic variants of HL7 Genomics Reporting as facts about driver genes, and back.

A variant of a gene whose alteration is a mutation (EGFR, BRAF, KRAS) is a mutated gene; a fusion with a gene whose
alteration is a rearrangement (ALK, ROS1, RET, NTRK) is a rearranged one. Anything else says which variant there is, and
nothing about the state: a point mutation of ALK is no rearrangement.
"""

from __future__ import annotations

from typing import Any, Final

from fyr.errors import BadInput
from fyr.exchange.fhir.mcode.elements import LOINC, Json, coding, concept
from fyr.exchange.fhir.mcode.fact_reading import Told
from fyr.exchange.fhir.refusing import Refusal, codings, objects
from fyr.exchange.incoming import ProblemKind
from fyr.record import Status
from fyr.record.clinical_molecular import ALTERED
from fyr.record.clinical_reading import clinical_value

__all__ = ["PRESENT_OR_ABSENT", "VARIANT", "is_variant", "variant_components", "variant_told"]

VARIANT: Final = (LOINC, "69548-6")
"""Genetic variant assessment."""
_PRESENT: Final = (LOINC, "LA9633-4")
_ABSENT: Final = (LOINC, "LA9634-2")
PRESENT_OR_ABSENT: Final = {True: (*_PRESENT, "Present"), False: (*_ABSENT, "Absent")}
_GENE: Final = "48018-6"
_NOTATION: Final = ("48004-6", "48005-3", "81290-9")
"""c.HGVS, p.HGVS, g.HGVS."""
_HGNC: Final = "http://www.genenames.org"
_HGVS: Final = "http://varnomen.hgvs.org"
_NUMBERS: Final = {
    "egfr": "HGNC:3236",
    "alk": "HGNC:427",
    "ros1": "HGNC:10261",
    "braf": "HGNC:1097",
    "kras": "HGNC:6407",
    "met": "HGNC:7029",
    "ret": "HGNC:9967",
}
_GENE_OF: Final = {number: gene for gene, number in _NUMBERS.items()} | {
    f"HGNC:{number}": "ntrk" for number in (8031, 8032, 8033)
}
_FAMILY: Final = {"ntrk1": "ntrk", "ntrk2": "ntrk", "ntrk3": "ntrk"}


def is_variant(observation: Json) -> bool:
    """Tell whether an Observation is an assessment of a variant."""
    return VARIANT in codings(observation.get("code", {}), "code")


def variant_told(observation: Json) -> list[Told]:
    """Return the facts that a variant tells; none for a gene that is none of ours.

    Raises
    ------
    Refusal
        If its notation is none of HGVS.
    """
    components = objects(observation, "component")
    genes = [gene for one in components for gene in _genes(one)]
    drivers = [gene for gene in dict.fromkeys(_driver(symbol) for symbol in genes) if gene is not None]
    answers = codings(observation.get("valueCodeableConcept", {}), "valueCodeableConcept")
    if not drivers or not {_PRESENT, _ABSENT} & {*answers}:
        return []
    notation = _notation(components)
    if _ABSENT in answers:
        # two genes may be a fusion that was not found; then neither is known to be as it should be
        several = len(drivers) if len({*genes}) != 2 and not notation else 0
        return [Told(f"{gene}_status", "wild type", Status.PRESENT) for gene in drivers[:several]]
    fusion = len({*genes}) == 2
    notation = "::".join(genes) if fusion else notation
    told = []
    for gene in drivers:
        if (ALTERED[gene], fusion) in (("mutated", False), ("rearranged", True)):
            told.append(Told(f"{gene}_status", ALTERED[gene], Status.PRESENT))
        if notation:
            told.append(Told(f"{gene}_variant", _checked(gene, notation), Status.PRESENT))
    return told


def variant_components(gene: str, variant: str | None) -> list[Json]:
    """Return the components of a variant: the genes studied and its notation."""
    symbols = variant.split(" ")[0].split("::") if variant and "::" in variant else [gene.upper()]
    components = [_component(_GENE, concept(_NUMBERS.get(one.lower()), _HGNC, one)) for one in symbols]
    if variant and "::" not in variant:
        kind = {"c": "48004-6", "p": "48005-3", "g": "81290-9"}.get(variant.rpartition(":")[2][:1])
        if kind is not None and variant.rpartition(":")[2][1:2] == ".":
            components.append(_component(kind, {"coding": [coding(variant, _HGVS)], "text": variant}))
    return components


def _component(code: str, value: Json) -> Json:
    return {"code": concept(code, LOINC), "valueCodeableConcept": value}


def _genes(component: Json) -> list[str]:
    """Return the symbols of the genes that a component says were studied."""
    if (LOINC, _GENE) not in codings(component.get("code", {}), "component.code"):
        return []
    value: Any = component.get("valueCodeableConcept")
    codings(value, "component.valueCodeableConcept")
    symbols = []
    for one in objects(value, "coding"):
        number, display = str(one.get("code")), one.get("display")
        symbols.append(str(display) if display else _GENE_OF.get(number, "").upper())
    if not symbols and isinstance(value.get("text"), str):
        symbols.append(value["text"])
    return [symbol.strip().upper() for symbol in symbols if symbol]


def _driver(symbol: str) -> str | None:
    plain = symbol.lower()
    plain = _FAMILY.get(plain, plain)
    return plain if plain in ALTERED else None


def _notation(components: list[Json]) -> str:
    for code in _NOTATION:
        for component in components:
            if (LOINC, code) not in codings(component.get("code", {}), "component.code"):
                continue
            value: Any = component.get("valueCodeableConcept")
            terms = codings(value, "component.valueCodeableConcept")
            found = next((text for _, text in terms), None) or value.get("text")
            if found:
                return str(found)
    return ""


def _checked(gene: str, notation: str) -> str:
    try:
        return str(clinical_value(f"{gene}_variant", notation))
    except BadInput as problem:
        raise Refusal(ProblemKind.UNREADABLE, problem.what, "component", problem.mend) from None
