"""The openings of a beam: where leaves and jaws leave the beam open at each control point."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput

if TYPE_CHECKING:
    from fyr.imaging.treatment_plan import Beam, BeamLimiter

__all__ = ["Apertures", "apertures"]

Floats = NDArray[np.float64]

_LEAVES: Final = {"MLCX": ("X", "Y"), "MLCY": ("Y", "X")}
_OPEN_MM: Final = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Apertures:
    """Openings between leaf pairs, at the isocentre.

    Parameters
    ----------
    low_mm, high_mm : ndarray of float64, shape (control points, pairs)
        Where each opening begins and ends along the leaves' way; what jaws cover is closed.
    width_mm : ndarray of float64, shape (control points, pairs)
        Of the part of each leaf that the jaws across leave free.
    is_open : ndarray of bool, shape (control points, pairs)
    leaf_mm : ndarray of float64, shape (control points, 2, pairs)
        The leaves as the plan has them.
    meterset : ndarray of float64, shape (control points,)
        The part of the beam's meterset that has been given, from 0 to 1.
    """

    low_mm: Floats
    high_mm: Floats
    width_mm: Floats
    is_open: NDArray[np.bool_]
    leaf_mm: Floats
    meterset: Floats

    @property
    def gap_mm(self) -> Floats:
        """How far each pair is open; 0 where closed."""
        return np.where(self.is_open, self.high_mm - self.low_mm, 0.0)

    @property
    def area_mm2(self) -> Floats:
        """Of the opening at each control point."""
        area: Floats = (self.gap_mm * self.width_mm).sum(axis=1)
        return area

    @property
    def weight(self) -> Floats:
        """How much of the meterset each control point stands for: half of what is given before and after it."""
        given = np.diff(self.meterset)
        weight = np.zeros(len(self.meterset))
        weight[:-1] += given / 2
        weight[1:] += given / 2
        return weight


def apertures(beam: Beam) -> Apertures:
    """Return the openings of a beam.

    Raises
    ------
    BadInput
        If it has no multileaf collimator or several, does not say where its leaves are, or gives nothing.
    """
    where = f"beam {beam.number} '{beam.name}'"
    leaves = [one for one in beam.limiters if one.kind.startswith("MLC")]
    if len(leaves) != 1 or leaves[0].kind not in _LEAVES:
        found = ", ".join(one.kind for one in leaves) or "none"
        raise BadInput(f"its openings need one multileaf collimator, MLCX or MLCY; it has {found}", where=where)
    limiter = leaves[0]
    if limiter.boundaries_mm is None:
        raise BadInput("it does not say where its leaves lie (300A,00BE)", where=where)
    along, across = _LEAVES[limiter.kind]
    given = np.array([point.meterset_weight for point in beam.control_points])
    if len(given) < 2 or given[-1] <= given[0]:
        raise BadInput("no meterset is given between its control points", where=where)
    missing = [number for number, point in enumerate(beam.control_points) if limiter.kind not in point.positions_mm]
    if missing:
        raise BadInput(f"control point {missing[0]} does not say where the leaves are", where=where)
    leaf = np.stack([point.positions_mm[limiter.kind] for point in beam.control_points])
    jaws = np.stack([_jaws(point.positions_mm, along) for point in beam.control_points])
    sides = np.stack([_jaws(point.positions_mm, across) for point in beam.control_points])
    low, high = np.maximum(leaf[:, 0], jaws[:, :1]), np.minimum(leaf[:, 1], jaws[:, 1:])
    width = _widths(limiter, sides)
    return Apertures(
        low,
        high,
        width,
        (high - low > _OPEN_MM) & (width > _OPEN_MM),
        leaf,
        (given - given[0]) / (given[-1] - given[0]),
    )


def _jaws(positions: dict[str, Floats], axis: str) -> Floats:
    """Return where a pair of jaws leaves the beam open; everywhere if there is none."""
    for kind in (f"ASYM{axis}", axis):
        if kind in positions:
            pair: Floats = positions[kind][:, 0]
            return pair
    return np.array([-np.inf, np.inf])


def _widths(limiter: BeamLimiter, sides: Floats) -> Floats:
    boundaries = limiter.boundaries_mm
    assert boundaries is not None  # noqa: S101  asked before
    low, high = np.maximum(boundaries[:-1], sides[:, :1]), np.minimum(boundaries[1:], sides[:, 1:])
    width: Floats = np.maximum(high - low, 0)
    return width
