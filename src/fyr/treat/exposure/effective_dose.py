"""Effective dose of a CT examination by published coefficients of the dose-length product: for populations only.

Effective dose is a quantity of radiation protection. It is averaged over age and sex, and compares kinds of
examinations; it is not the dose of an organ and says nothing about the risk of the person who was examined (ICRP
Publication 103, paragraphs 151 to 158). It is therefore never turned into a risk here.

Coefficients in mSv per mGy.cm of adults, for a dose-length product in the 16 cm phantom of the head and the 32 cm
phantom of the trunk. Two sets, which differ in their phantoms and tissue weights:

- ``shrimpton-icrp60``: Shrimpton et al. 2006 with the weights of ICRP Publication 60; the values of AAPM Report 96
  (table 3) and ICRP Publication 102.
- ``lee-icrp103``: Lee C, Kim KP, Long DJ, Bolch WE. Med Phys 2012;39:2129-2146 (doi 10.1118/1.3693052), table
  XII, 120 kV, adult, with the weights of ICRP Publication 103.

The first are quoted in that same table. It has coefficients of children too (0, 1, 5, 10 and 15 years), and they are
refused: to which phantom they refer could not be verified, and the two phantoms differ by a factor of about two. That
the adult ones refer to the 16 cm phantom for the head and the 32 cm phantom for the trunk is what scanners display for
these regions; the words of the paper itself could not be read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from fyr.errors import Refused
from fyr.treat.exposure.quantity import Quantity, QuantityKind

__all__ = ["COEFFICIENTS", "TISSUE_WEIGHTS_103", "EffectiveDose", "effective_dose", "region_of"]

COEFFICIENTS: Final[dict[str, dict[str, float]]] = {
    "shrimpton-icrp60": {"head": 0.0021, "chest": 0.0140, "abdomen and pelvis": 0.0150, "trunk": 0.0150},
    "lee-icrp103": {"head": 0.0017, "chest": 0.0210, "abdomen and pelvis": 0.0179, "trunk": 0.0180},
}
_PHANTOM: Final = {"head": "16 cm", "chest": "32 cm", "abdomen and pelvis": "32 cm", "trunk": "32 cm"}
_ADULT: Final = 18
_REGIONS: Final = {
    "head": ("head", "brain", "skull", "cranial"),
    "chest": ("chest", "thorax", "lung"),
    "abdomen and pelvis": ("abdomen and pelvis", "abdomen", "pelvis", "abdomen/pelvis"),
    "trunk": ("trunk", "chest, abdomen and pelvis", "chest and abdomen", "thorax, abdomen and pelvis"),
}
STATEMENT: Final = "a quantity of populations for protection: not this person's organ dose, and not this person's risk"

TISSUE_WEIGHTS_103: Final[dict[str, float]] = {
    **dict.fromkeys(("bone marrow", "colon", "lung", "stomach", "breast", "remainder"), 0.12),
    "gonads": 0.08,
    **dict.fromkeys(("bladder", "oesophagus", "liver", "thyroid"), 0.04),
    **dict.fromkeys(("bone surface", "brain", "salivary glands", "skin"), 0.01),
}
"""The tissue weighting factors of ICRP Publication 103, table 3; they add up to 1."""


@dataclass(frozen=True, slots=True)
class EffectiveDose:
    """An effective dose with what it was computed by.

    Parameters
    ----------
    msv : float
    region, coefficients : str
    msv_per_mgy_cm : float
    dlp_mgy_cm : float
    statement : str
        What it is not.
    """

    msv: float
    region: str
    coefficients: str
    msv_per_mgy_cm: float
    dlp_mgy_cm: float
    statement: str = STATEMENT


def region_of(said: str) -> str:
    """Return the region of the coefficients that words mean; empty where none is meant."""
    plain = " ".join(said.lower().replace("_", " ").split())
    return next((region for region, words in _REGIONS.items() if plain in words), "")


def effective_dose(
    dlp: Quantity, region: str, age_years: float | None, coefficients: str = "lee-icrp103"
) -> EffectiveDose:
    """Return the effective dose of a dose-length product.

    Parameters
    ----------
    dlp : Quantity
        With the phantom as its qualifier.
    region : str
        As a report names it: ``Head``, ``Chest``, ``Abdomen``, …
    age_years : float or None
    coefficients : {"lee-icrp103", "shrimpton-icrp60"}

    Raises
    ------
    Refused
        If the region has no coefficient, the age is not known or that of a child, or the phantom is not known or
        not the one that the coefficient refers to.
    """
    if dlp.kind is not QuantityKind.DLP:
        raise Refused(f"effective dose is computed of a dose-length product, not of {dlp.kind}")
    meant = region_of(region)
    if not meant:
        raise Refused(
            f"there is no coefficient for the region '{region or 'not said'}'", mend=f"known are {', '.join(_REGIONS)}"
        )
    if age_years is None:
        raise Refused("the age is not known, and the coefficients depend on it")
    if age_years < _ADULT:
        raise Refused("the patient is a child; coefficients for children are not given here")
    if dlp.qualifier != _PHANTOM[meant]:
        raise Refused(
            f"the coefficient of the {meant} is for a {_PHANTOM[meant]} phantom; this dose-length product is of "
            f"'{dlp.qualifier or 'an unknown phantom'}'"
        )
    per_dlp = COEFFICIENTS[coefficients][meant]
    return EffectiveDose(dlp.value * per_dlp, meant, coefficients, per_dlp, dlp.value)
