"""The beams of an RT plan, each control point made whole (DICOM PS3.3 C.8.8.14)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.exchange.dicom.values import integer, items, numbers, optional_integer, optional_number, text
from fyr.imaging.treatment_plan import Beam, BeamLimiter, ControlPoint

if TYPE_CHECKING:
    from pydicom import Dataset

__all__ = ["beams_of"]

_ANGLES: Final = {
    "gantry_degrees": "GantryAngle",
    "collimator_degrees": "BeamLimitingDeviceAngle",
    "couch_degrees": "PatientSupportAngle",
}


def beams_of(dataset: Dataset) -> tuple[Beam, ...]:
    """Return the beams of a plan, or of an ion plan.

    Raises
    ------
    BadInput
        If a beam is there twice or without control points, or one of these is damaged; it names the beam.
    """
    beams: dict[int, Beam] = {}
    ion = items(dataset, "IonBeamSequence")
    for item in ion or items(dataset, "BeamSequence"):
        number = integer(item, "BeamNumber")
        if number in beams:
            raise BadInput(f"beam {number} is there twice", where="Beam Sequence (300A,00B0)")
        try:
            beams[number] = _beam(number, item, prefix="Ion" if ion else "")
        except BadInput as problem:
            inner = f"beam {number}, {problem.where}" if problem.where else f"beam {number}"
            raise BadInput(problem.what, where=inner, mend=problem.mend) from problem
    return tuple(beams.values())


def _beam(number: int, item: Dataset, *, prefix: str) -> Beam:
    limiters = tuple(_limiter(one) for one in items(item, f"{prefix}BeamLimitingDeviceSequence"))
    pairs = {one.kind: one.pairs for one in limiters}
    if len(pairs) != len(limiters):
        raise BadInput("a kind of limiter is there twice", where="Beam Limiting Device Sequence (300A,00B6)")
    points = items(item, f"{prefix}ControlPointSequence")
    said = optional_integer(item, "NumberOfControlPoints")
    if not points or (said is not None and said != len(points)):
        raise BadInput(f"it says that it has {said} control points, and has {len(points)}", mend="take the file again")
    final = optional_number(item, "FinalCumulativeMetersetWeight")
    whole = _control_points(points, pairs)
    weights = np.array([one.meterset_weight for one in whole])
    if (np.diff(weights) < 0).any() or weights[0] < 0:
        raise BadInput("meterset weights fall from one control point to the next", where="(300A,0134)")
    if final is not None and not np.isclose(weights[-1], final, rtol=1e-3, atol=1e-6):
        raise BadInput(f"the last meterset weight is {weights[-1]:g}, and should be {final:g}", where="(300A,010E)")
    return Beam(
        number=number,
        name=text(item, "BeamName", "") or f"beam {number}",
        kind=text(item, "BeamType", ""),
        radiation=text(item, "RadiationType", ""),
        delivery=text(item, "TreatmentDeliveryType", ""),
        machine=text(item, "TreatmentMachineName", ""),
        meterset_unit=text(item, "PrimaryDosimeterUnit", ""),
        final_weight=final,
        limiters=limiters,
        control_points=whole,
    )


def _limiter(item: Dataset) -> BeamLimiter:
    kind = text(item, "RTBeamLimitingDeviceType")
    pairs = integer(item, "NumberOfLeafJawPairs")
    boundaries = numbers(item, "LeafPositionBoundaries", None, optional=True)
    if pairs < 1:
        raise BadInput(f"limiter {kind} has {pairs} pairs", where="Number of Leaf/Jaw Pairs (300A,00BC)")
    if boundaries is not None and (len(boundaries) != pairs + 1 or (np.diff(boundaries) <= 0).any()):
        raise BadInput(
            f"{len(boundaries)} boundaries of {pairs} pairs of leaves, or not in rising order",
            where="Leaf Position Boundaries (300A,00BE)",
        )
    return BeamLimiter(kind, pairs, boundaries)


def _control_points(points: list[Dataset], pairs: dict[str, int]) -> tuple[ControlPoint, ...]:
    angles: dict[str, float | None] = dict.fromkeys(_ANGLES)
    isocentre: NDArray[np.float64] | None = None
    energy: float | None = None
    positions: dict[str, NDArray[np.float64]] = {}
    weight: float | None = None
    whole = []
    for item in points:
        for name, keyword in _ANGLES.items():
            found = optional_number(item, keyword)
            angles[name] = angles[name] if found is None else found
        place = numbers(item, "IsocenterPosition", 3, optional=True)
        isocentre = isocentre if place is None else place
        nominal = optional_number(item, "NominalBeamEnergy")
        energy = energy if nominal is None else nominal
        positions = positions | _positions(item, pairs)
        said = optional_number(item, "CumulativeMetersetWeight")
        weight = weight if said is None else said
        if weight is None:
            raise BadInput("the first control point has no meterset weight", where="(300A,0134)")
        whole.append(
            ControlPoint(
                meterset_weight=weight, isocentre_mm=isocentre, energy=energy, positions_mm=positions, **angles
            )
        )
    return tuple(whole)


def _positions(item: Dataset, pairs: dict[str, int]) -> dict[str, NDArray[np.float64]]:
    found: dict[str, NDArray[np.float64]] = {}
    for one in items(item, "BeamLimitingDevicePositionSequence"):
        kind = text(one, "RTBeamLimitingDeviceType")
        if kind not in pairs:
            raise BadInput(f"positions of a limiter '{kind}' that the beam has not", where="(300A,011A)")
        flat = numbers(one, "LeafJawPositions", 2 * pairs[kind])
        banks = flat.reshape(2, -1)
        if (banks[0] > banks[1] + 1e-3).any():
            raise BadInput(f"opposite leaves or jaws of {kind} overlap", where="Leaf/Jaw Positions (300A,011C)")
        found[kind] = banks
    return found
