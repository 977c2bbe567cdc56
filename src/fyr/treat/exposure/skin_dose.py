"""The skin after long fluoroscopy: how high its dose was at most, as an estimate with every factor stated.

The machine reports the air kerma at its reference point, in air and without the patient. The dose at the skin of one
field is

    D = K (d_ref / d_skin)^2  f_backscatter  f_tissue  f_table

(Jones AK, Pasciak AS. Calculating the peak skin dose resulting from fluoroscopically guided interventions. Part I:
Methods. J Appl Clin Med Phys 2011;12:3670; the same factors are those of an open program that maps the dose on a
phantom, PySkinDose: inverse square, backscatter, medium, table). The skin's distance and the table's transmission are
the machine's and the patient's; they are asked for and never guessed. The estimate takes all kerma to fall on one
place, which is an upper bound where the beam moved; fields that did not overlap lower it.

Levels: AAPM Medical Physics Practice Guideline 12.a (2022) sections 5.3 and 5.4, after NCRP Report 168: first
notification at 3 Gy of reference point air kerma; the substantial radiation dose level is 5 Gy of it, or 3 Gy of peak
skin dose. It asks for follow-up, and is no threshold of injury.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from fyr.errors import Refused
from fyr.treat.exposure.event import EventGeometry
from fyr.treat.exposure.quantity import Quantity, QuantityKind

__all__ = ["KermaLevel", "SkinDose", "SkinGeometry", "kerma_level", "peak_skin_dose", "reference_distance_mm"]

FIRST_NOTIFICATION_MGY: Final = 3000.0
SUBSTANTIAL_KERMA_MGY: Final = 5000.0
SUBSTANTIAL_SKIN_MGY: Final = 3000.0
_ISOCENTRE_TO_REFERENCE_MM: Final = 150.0
_ISOCENTRE_POINT: Final = "15 cm from isocentre towards source"


@dataclass(frozen=True, slots=True)
class KermaLevel:
    """What a reference point air kerma asks for: ``none``, ``first notification`` or ``substantial``."""

    level: str
    mgy: float
    asks_for: str


def kerma_level(kerma: Quantity) -> KermaLevel:
    """Return the level of a procedure's cumulative reference point air kerma.

    Raises
    ------
    Refused
        If it is another quantity.
    """
    if kerma.kind is not QuantityKind.REFERENCE_AIR_KERMA:
        raise Refused(f"the levels are those of reference point air kerma, not of {kerma.kind}")
    if kerma.value >= SUBSTANTIAL_KERMA_MGY:
        return KermaLevel("substantial", kerma.value, "follow-up of the skin; the physicist reviews the procedure")
    if kerma.value >= FIRST_NOTIFICATION_MGY:
        return KermaLevel("first notification", kerma.value, "the operator is told during the procedure")
    return KermaLevel("none", kerma.value, "")


@dataclass(frozen=True, slots=True)
class SkinGeometry:
    """What turns kerma at the reference point into dose at the skin; none of it has a default.

    Parameters
    ----------
    source_to_reference_mm, source_to_skin_mm : float
    backscatter : float
        By field size and beam quality.
    tissue_to_air : float
        The ratio of mass energy absorption coefficients of skin and air.
    table_transmission : float
        Of table and mattress between source and skin; 1 where there is none.
    """

    source_to_reference_mm: float
    source_to_skin_mm: float
    backscatter: float
    tissue_to_air: float
    table_transmission: float


@dataclass(frozen=True, slots=True)
class SkinDose:
    """An estimate of the greatest dose to the skin, with the factors that made it.

    Parameters
    ----------
    mgy : float
    factors : dict of str to float
    is_substantial : bool
        At or above 3 Gy.
    assumption : str
    """

    mgy: float
    factors: dict[str, float]
    is_substantial: bool
    assumption: str = "all kerma falls on one place of the skin: an upper bound where the beam moved"


def reference_distance_mm(geometry: EventGeometry) -> float:
    """Return the distance from the source to the reference point, from what a report says of an event.

    Raises
    ------
    Refused
        If the report says too little.
    """
    if geometry.source_to_reference_mm is not None:
        return geometry.source_to_reference_mm
    if geometry.source_to_isocentre_mm is not None and geometry.reference_point == _ISOCENTRE_POINT:
        return geometry.source_to_isocentre_mm - _ISOCENTRE_TO_REFERENCE_MM
    raise Refused(
        "the report does not say how far the reference point is from the source",
        mend="take it from the machine's manual",
    )


def peak_skin_dose(kerma: Quantity, geometry: SkinGeometry) -> SkinDose:
    """Return the dose at the skin under all the kerma of a procedure.

    Raises
    ------
    Refused
        If the quantity is another, or a factor is impossible; the reason names it.
    """
    kerma_level(kerma)
    for name, value, low, high in (
        ("source_to_reference_mm", geometry.source_to_reference_mm, 100, 2000),
        ("source_to_skin_mm", geometry.source_to_skin_mm, 100, 2000),
        ("backscatter", geometry.backscatter, 1.0, 1.8),
        ("tissue_to_air", geometry.tissue_to_air, 0.9, 1.2),
        ("table_transmission", geometry.table_transmission, 0.3, 1.0),
    ):
        if not low <= value <= high:
            raise Refused(f"{name} of {value:g} is not possible ({low:g} to {high:g})", mend="check the geometry")
    factors = {
        "inverse_square": (geometry.source_to_reference_mm / geometry.source_to_skin_mm) ** 2,
        "backscatter": geometry.backscatter,
        "tissue_to_air": geometry.tissue_to_air,
        "table_transmission": geometry.table_transmission,
    }
    dose = kerma.value
    for factor in factors.values():
        dose *= factor
    return SkinDose(dose, factors, dose >= SUBSTANTIAL_SKIN_MGY)
