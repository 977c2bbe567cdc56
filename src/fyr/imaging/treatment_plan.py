"""A radiotherapy plan as it was written: beams, their control points, fractions and what was prescribed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput

__all__ = ["Beam", "BeamInFractions", "BeamLimiter", "ControlPoint", "DoseReference", "FractionGroup", "TreatmentPlan"]


@dataclass(frozen=True, slots=True, eq=False)
class BeamLimiter:
    """A pair of jaws, or a multileaf collimator.

    Parameters
    ----------
    kind : str
        DICOM's (300A,00B8): ``X``, ``ASYMX``, ``Y``, ``ASYMY``, ``MLCX``, ``MLCY``.
    pairs : int
        Of jaws or leaves.
    boundaries_mm : ndarray of float64, shape (pairs + 1,), or None
        Between the leaves, at the isocentre.
    """

    kind: str
    pairs: int
    boundaries_mm: NDArray[np.float64] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class ControlPoint:
    """The machine's state at one moment of a beam: what is not said anew is that of the control point before.

    Parameters
    ----------
    meterset_weight : float
        Cumulative; the beam's last control point has the final weight.
    gantry_degrees, collimator_degrees, couch_degrees : float or None
        IEC 61217; ``None`` where the plan never says.
    isocentre_mm : ndarray of float64, shape (3,), or None
        x, y, z in the patient.
    energy : float or None
        MV of photons, MeV of particles and electrons.
    positions_mm : dict of str to ndarray
        Of each limiter by its kind, shape (2, pairs): the bank on the negative side, and the other.
    """

    meterset_weight: float
    gantry_degrees: float | None
    collimator_degrees: float | None
    couch_degrees: float | None
    isocentre_mm: NDArray[np.float64] | None
    energy: float | None
    positions_mm: dict[str, NDArray[np.float64]]


@dataclass(frozen=True, slots=True, eq=False)
class Beam:
    """A beam of a plan.

    Parameters
    ----------
    number : int
    name : str
    kind : str
        ``STATIC`` or ``DYNAMIC``.
    radiation : str
        ``PHOTON``, ``ELECTRON``, ``PROTON``, ``ION``.
    delivery : str
        ``TREATMENT``, ``SETUP`` and others; only the first gives dose.
    machine : str
    meterset_unit : str
        ``MU`` or ``MINUTE``; for particles ``NP``.
    final_weight : float or None
    limiters : tuple of BeamLimiter
    control_points : tuple of ControlPoint
    """

    number: int
    name: str
    kind: str
    radiation: str
    delivery: str
    machine: str
    meterset_unit: str
    final_weight: float | None
    limiters: tuple[BeamLimiter, ...]
    control_points: tuple[ControlPoint, ...]


@dataclass(frozen=True, slots=True)
class BeamInFractions:
    """What one beam gives in each fraction of a group; ``None`` where the plan does not say."""

    beam: int
    meterset: float | None
    dose_gy: float | None


@dataclass(frozen=True, slots=True)
class FractionGroup:
    """Fractions that are alike; `fractions` is ``None`` where the plan does not say how many."""

    number: int
    fractions: int | None
    beams: tuple[BeamInFractions, ...]


@dataclass(frozen=True, slots=True, eq=False)
class DoseReference:
    """What was prescribed: to a structure, a place or a site.

    Parameters
    ----------
    number : int
    kind : str
        ``TARGET`` or ``ORGAN_AT_RISK``.
    place : str
        ``POINT``, ``VOLUME``, ``COORDINATES`` or ``SITE``.
    description : str
    structure : int or None
        The number of the structure in the set that the plan refers to.
    prescribed_gy, minimum_gy, maximum_gy : float or None
        Of the whole plan.
    point_mm : ndarray of float64, shape (3,), or None
    """

    number: int
    kind: str
    place: str
    description: str
    structure: int | None
    prescribed_gy: float | None
    minimum_gy: float | None
    maximum_gy: float | None
    point_mm: NDArray[np.float64] | None


@dataclass(frozen=True, slots=True, eq=False)
class TreatmentPlan:
    """A plan of external beams.

    Parameters
    ----------
    label : str
    uid : str
        The SOP instance.
    beams : tuple of Beam
    fraction_groups : tuple of FractionGroup
    dose_references : tuple of DoseReference
    intent : str
        ``CURATIVE``, ``PALLIATIVE``, ``VERIFICATION``; empty where nothing was said.
    approval : str
        ``APPROVED``, ``UNAPPROVED``, ``REJECTED``; empty where nothing was said.
    patient_positions : tuple of str
        ``HFS`` and so on, of each set-up.
    structure_set_uid : str
    frame_of_reference : str
    notes : tuple of str
        What a reader must know about how it was read; plain sentences.
    """

    label: str
    uid: str
    beams: tuple[Beam, ...]
    fraction_groups: tuple[FractionGroup, ...]
    dose_references: tuple[DoseReference, ...] = ()
    intent: str = ""
    approval: str = ""
    patient_positions: tuple[str, ...] = ()
    structure_set_uid: str = ""
    frame_of_reference: str = ""
    notes: tuple[str, ...] = ()

    def beam(self, number: int) -> Beam:
        """Return the beam of a number.

        Raises
        ------
        BadInput
            If there is none.
        """
        for one in self.beams:
            if one.number == number:
                return one
        known = ", ".join(str(one.number) for one in self.beams) or "none"
        raise BadInput(f"the plan has no beam {number}", where=self.label, mend=f"its beams are {known}")
