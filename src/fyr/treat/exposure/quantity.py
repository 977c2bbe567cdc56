"""The quantities of exposure: each with its unit, and with what it may be added to.

An exposure is measured in what its machine can measure. A dose index in a phantom, the kerma at a reference point, the
dose to glandular tissue, an activity and a prescribed dose have different units, and where the units agree they still
are different things: 10 mGy of CTDIvol and 10 mGy of mean glandular dose do not make 20 mGy of anything.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from fyr.errors import BadInput

__all__ = ["Quantity", "QuantityKind", "summed"]


class QuantityKind(StrEnum):
    """What was measured, computed or given."""

    CTDI_VOL = "ctdi_vol"
    DLP = "dose_length_product"
    SSDE = "size_specific_dose_estimate"
    DAP = "dose_area_product"
    REFERENCE_AIR_KERMA = "reference_point_air_kerma"
    FLUOROSCOPY_TIME = "fluoroscopy_time"
    AGD = "average_glandular_dose"
    ACTIVITY = "administered_activity"
    PRESCRIBED_DOSE = "prescribed_dose"

    @property
    def unit(self) -> str:
        """UCUM."""
        return _FACTS[self][0]

    @property
    def is_additive(self) -> bool:
        """Whether two of it, with the same qualifier, in one patient have a sum that means something."""
        return _FACTS[self][1]

    @property
    def why_not_added(self) -> str:
        """Why two of it have no sum; empty where they have one."""
        return _FACTS[self][2]


_FACTS: Final[dict[QuantityKind, tuple[str, bool, str]]] = {
    QuantityKind.CTDI_VOL: ("mGy", False, "it is the output of a scanner in a phantom; of two scans use DLP"),
    QuantityKind.DLP: ("mGy.cm", True, ""),
    QuantityKind.SSDE: ("mGy", False, "it is a mean dose at the middle of one scan range"),
    QuantityKind.DAP: ("Gy.cm2", True, ""),
    QuantityKind.REFERENCE_AIR_KERMA: ("mGy", True, ""),
    QuantityKind.FLUOROSCOPY_TIME: ("s", True, ""),
    QuantityKind.AGD: ("mGy", True, ""),
    QuantityKind.ACTIVITY: ("MBq", True, ""),
    QuantityKind.PRESCRIBED_DOSE: (
        "Gy",
        False,
        "courses differ in target and dose per fraction; compare them as EQD2 in one organ",
    ),
}


@dataclass(frozen=True, slots=True)
class Quantity:
    """One amount of one quantity.

    Parameters
    ----------
    kind : QuantityKind
    value : float
        In the unit of the kind; not negative.
    qualifier : str
        What makes two amounts of one kind different things: the phantom of a dose index (``16 cm``, ``32 cm``), the
        side of a breast, the definition of a reference point, a nuclide, a target. Empty where it is not known.
    source : str
        ``reported`` by the machine, or how it was computed.

    Raises
    ------
    BadInput
        If the value is negative or not finite.
    """

    kind: QuantityKind
    value: float
    qualifier: str = ""
    source: str = "reported"

    def __post_init__(self) -> None:
        if not 0 <= self.value < float("inf"):
            raise BadInput(f"{self.value} {self.unit} is not an amount", where=str(self.kind))

    @property
    def unit(self) -> str:
        """UCUM."""
        return self.kind.unit

    def __add__(self, other: Quantity) -> Quantity:
        """Add an amount of the same kind and qualifier.

        Raises
        ------
        BadInput
            If the two are different things, or their kind has no sum.
        """
        if not isinstance(other, Quantity):
            return NotImplemented
        if self.kind is not other.kind:
            raise BadInput(f"{self.kind} and {other.kind} are different quantities", mend="keep them apart")
        if not self.kind.is_additive:
            raise BadInput(f"two amounts of {self.kind} have no sum: {self.kind.why_not_added}", mend="keep them apart")
        if self.qualifier != other.qualifier:
            raise BadInput(
                f"{self.kind} of '{self.qualifier or 'unknown'}' and of '{other.qualifier or 'unknown'}' differ",
                mend="keep them apart",
            )
        source = self.source if self.source == other.source else f"{self.source}; {other.source}"
        return replace(self, value=float(f"{self.value + other.value:.12g}"), source=source)

    def as_dict(self) -> dict[str, object]:
        """Return it for a document."""
        document: dict[str, object] = {"quantity": str(self.kind), "value": self.value, "unit": self.unit}
        if self.qualifier:
            document["of"] = self.qualifier
        return document | ({} if self.source == "reported" else {"source": self.source})


def summed(quantities: list[Quantity]) -> list[Quantity]:
    """Add what may be added: one amount for each additive kind and qualifier, in the order in which they first stand.

    What has no sum is left out.
    """
    sums: dict[tuple[QuantityKind, str], Quantity] = {}
    for one in quantities:
        if one.kind.is_additive:
            key = one.kind, one.qualifier
            sums[key] = sums[key] + one if key in sums else one
    return list(sums.values())
