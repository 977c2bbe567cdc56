"""What molecular pathology says about a tumour: drivers, PD-L1, mutational burden."""

from __future__ import annotations

from typing import Final

from fyr.record.clinical_fact import ClinicalFact

__all__ = ["ALTERED", "DRIVERS", "MOLECULAR"]

DRIVERS: Final = ("egfr", "alk", "ros1", "braf", "kras", "met", "ret", "ntrk")
"""Genes whose state chooses the treatment of lung cancer."""

ALTERED: Final = {
    "egfr": "mutated",
    "alk": "rearranged",
    "ros1": "rearranged",
    "braf": "mutated",
    "kras": "mutated",
    "met": "altered",
    "ret": "rearranged",
    "ntrk": "rearranged",
}
"""What the alteration is called: a mutation, a rearrangement (fusion), or either (MET: exon 14 or amplification)."""


def _status(gene: str) -> ClinicalFact:
    altered = ALTERED[gene]
    synonyms = {
        "mutated": ("mutant", "mutation", "positive", "detected"),
        "rearranged": ("rearrangement", "fusion", "positive", "detected"),
        "altered": ("mutated", "amplified", "exon 14 skipping", "positive", "detected"),
    }[altered]
    return ClinicalFact(
        f"{gene}_status",
        f"{gene.upper()} status",
        "category",
        categories=(altered, "wild type", "not assessed"),
        aliases={
            **dict.fromkeys(synonyms, altered),
            **dict.fromkeys(("wild-type", "wildtype", "negative", "not detected"), "wild type"),
            **dict.fromkeys(("not tested", "not done"), "not assessed"),
        },
    )


def _variant(gene: str) -> ClinicalFact:
    return ClinicalFact(
        f"{gene}_variant",
        f"{gene.upper()} variant",
        "text",
        meaning="In HGVS, with its reference (NM_005228.5:c.2573T>G) or as a protein (p.Leu858Arg); a fusion as "
        "GENE::GENE.",
    )


MOLECULAR: Final = (
    ClinicalFact(
        "tmb_mut_mb",
        "Tumour mutational burden",
        "number",
        "1/1000000{Base}",
        "loinc:94076-7",
        low=0,
        high=2000,
        meaning="Mutations in a megabase of coding sequence; the unit is written as HL7 Genomics Reporting does, for "
        "b is a barn in UCUM.",
    ),
    ClinicalFact("pd_l1_tps_percent", "PD-L1 tumour proportion score", "number", "%", "loinc:83053-9", low=0, high=100),
    ClinicalFact("pd_l1_cps", "PD-L1 combined positive score", "number", "{score}", low=0, high=100),
    *(_status(gene) for gene in DRIVERS),
    *(_variant(gene) for gene in DRIVERS),
)
