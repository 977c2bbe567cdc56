"""Margins: how far a surface moves, by direction, and the shape that it makes of a solid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.imaging.plane_field import FAR_MM, Floats
from fyr.imaging.solid import Solid

__all__ = ["Margin", "outer_shape"]

_MOST_MM: Final = 200.0
_DIRECTIONS: Final = 400
_UPRIGHT: Final = 1e-3
_LEAST_MM: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Margin:
    """How far the surface moves outwards in the six directions of the patient; negative inwards.

    Parameters
    ----------
    left_mm, right_mm, anterior_mm, posterior_mm, superior_mm, inferior_mm : float

    Raises
    ------
    BadInput
        If one is no number, or beyond 200 mm.
    """

    left_mm: float
    right_mm: float
    anterior_mm: float
    posterior_mm: float
    superior_mm: float
    inferior_mm: float

    def __post_init__(self) -> None:
        if not all(abs(one) <= _MOST_MM for one in self.mm):
            raise BadInput(f"a margin of {max(self.mm, key=abs)} mm", mend=f"give up to {_MOST_MM:g} mm")

    @classmethod
    def even(cls, mm: float) -> Margin:
        """Return the same margin in all directions."""
        return cls(mm, mm, mm, mm, mm, mm)

    @property
    def mm(self) -> tuple[float, ...]:
        """Left, right, anterior, posterior, superior, inferior."""
        return (
            self.left_mm, self.right_mm, self.anterior_mm, self.posterior_mm, self.superior_mm, self.inferior_mm,
        )  # fmt: skip

    @property
    def greatest_mm(self) -> float:
        """The greatest of the six."""
        return max(self.mm)

    @property
    def is_even(self) -> bool:
        """Whether it is the same in all directions."""
        return len(set(self.mm)) == 1

    @property
    def along_axes(self) -> NDArray[np.float64]:
        """Along x, y, z, each towards the negative and the positive side (LPS); shape (3, 2)."""
        return np.array(
            [
                [self.right_mm, self.left_mm],
                [self.anterior_mm, self.posterior_mm],
                [self.inferior_mm, self.superior_mm],
            ]
        )


def outer_shape(solid: Solid, margin: Margin, places_mm: NDArray[np.float64]) -> list[Floats]:
    """Return the fields of a solid whose surface is moved by a margin, on planes: below 0 inside.

    Raises
    ------
    BadInput
        If the margin differs by direction and the planes are oblique.
    """
    if margin.is_even and margin.mm[0] == 0:
        return [solid.at(place) for place in places_mm.tolist()]
    if margin.is_even:
        moved = margin.mm[0]
        found = _distance(solid, places_mm, abs(moved) + 3 * solid.lattice.step_mm, moved)
        return [field - np.float32(moved) for field in found]
    sides = _turned(margin, solid.lattice.axes)
    step = solid.lattice.step_mm
    reach = float(np.abs(sides).max())
    low = min(solid.start_mm, float(places_mm[0])) - reach - 2 * step
    high = max(solid.end_mm, float(places_mm[-1])) + reach + 2 * step
    stack = low + step * np.arange(int((high - low) / step) + 2, dtype=np.float64)
    volume = np.stack(_distance(solid, stack, reach + 3 * step))
    outward, inward = sides.clip(min=0), (-sides).clip(min=0)
    # Growing takes what is near the inside, shrinking what is near the outside, from the other side.
    grown = _swept(volume, step, outward) if outward.any() else volume
    if inward.any():
        grown = -_swept(-grown, step, inward[:, ::-1])
    return [_plane(grown, (place - low) / step) for place in places_mm.tolist()]


def _plane(volume: Floats, index: float) -> Floats:
    below = min(int(index), len(volume) - 2)
    part = np.float32(index - below)
    field: Floats = (1 - part) * volume[below] + part * volume[below + 1]
    return field


def _distance(
    solid: Solid, places_mm: NDArray[np.float64], reach_mm: float, level_mm: float | None = None
) -> list[Floats]:
    """Return the signed Euclidean distance to the surface on planes, and far values beyond a reach.

    Where a level is given, only what is near it need be right: the distance within a plane is never less than that in
    space, so that a point whose distance in its plane is two steps on the near side of the level lies on that side.
    """
    from scipy.spatial import cKDTree

    lattice = solid.lattice
    surface = cKDTree(solid.surface_mm(min(lattice.step_mm, 1.0)))
    rows, columns = np.indices((lattice.rows, lattice.columns)).reshape(2, -1)
    places = lattice.places_mm(np.column_stack([rows, columns]))
    found = []
    for place in places_mm.tolist():
        field = solid.at(place)
        flat = field.ravel()
        outside = not solid.start_mm <= place <= solid.end_mm
        if level_mm is None or outside:
            open_ones = np.ones(flat.size, bool)
        elif level_mm > 0:
            open_ones = flat >= level_mm - 2 * lattice.step_mm
        else:
            open_ones = flat <= level_mm + 2 * lattice.step_mm
        asked = np.flatnonzero(open_ones)
        points = np.column_stack([places[asked], np.full(len(asked), place)])
        distance, _ = surface.query(points, distance_upper_bound=reach_mm)
        distance[~np.isfinite(distance)] = FAR_MM
        signed = flat.astype(np.float64)
        signed[asked] = np.where(flat[asked] < 0, -distance, distance)
        found.append(signed.reshape(field.shape).astype(np.float32))
    return found


def _turned(margin: Margin, axes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the margins along u, v, w, each towards the negative and the positive side."""
    sides = np.empty((3, 2))
    for number, axis in enumerate(axes):
        along = int(np.argmax(np.abs(axis)))
        if np.abs(np.delete(axis, along)).max() > _UPRIGHT:
            raise BadInput(
                "the planes are oblique: the patient's directions do not lie along them",
                where="margin",
                mend="give one margin for all directions",
            )
        pair = margin.along_axes[along]
        sides[number] = pair if axis[along] > 0 else pair[::-1]
    return sides


def _directions() -> NDArray[np.float64]:
    """Return unit vectors spread evenly over the sphere (the golden spiral), the six axes among them."""
    number = np.arange(_DIRECTIONS) + 0.5
    height = 1 - 2 * number / _DIRECTIONS
    turn = np.pi * (1 + np.sqrt(5)) * number
    around = np.sqrt(1 - height**2)
    spiral = np.column_stack([around * np.cos(turn), around * np.sin(turn), height])
    return np.concatenate([np.eye(3), -np.eye(3), spiral])


def _swept(volume: Floats, step: float, sides: NDArray[np.float64]) -> Floats:
    """Return the least value that a volume has within an ellipsoid (by octants) before each point."""
    directions = _directions()
    reach = np.where(directions > 0, sides[:, 1], sides[:, 0])
    shifts = directions * reach
    depth = max(-float(volume.min()), 2 * step)
    # What is thinner than the margin could lie between a point and the end of its shift: shorter ones find it.
    parts = np.linspace(1, 0, max(3, int(sides.max() / depth) + 2))[:-1]
    every = np.unique(np.round(np.concatenate([shifts * part for part in parts]) / step, 3), axis=0)
    every = np.random.default_rng(0).permutation(every)  # so that a near one is met early
    out = volume.copy()
    # The sweep moves along (u, v, w); the volume is (w, v, u).
    _least(volume, every[:, ::-1].copy(), float(sides.max()) + 2 * step, -2 * step, out)
    return out


@njit(cache=True)
def _least(volume: Any, shifts: Any, reach: float, enough: float, out: Any) -> None:
    """Set the least trilinear value of a volume at each point moved back by every shift (in voxels).

    Points further out than a reach stay as they are; below `enough` no lesser value is looked for.
    """
    slices, rows, columns = volume.shape
    for k in range(slices):
        for j in range(rows):
            for i in range(columns):
                here = volume[k, j, i]
                if here < 0 or here > reach:
                    continue
                least = here
                for number in range(len(shifts)):
                    z, y, x = k - shifts[number, 0], j - shifts[number, 1], i - shifts[number, 2]
                    if z < 0 or y < 0 or x < 0 or z > slices - 1 or y > rows - 1 or x > columns - 1:
                        continue
                    a, b, c = min(int(z), slices - 2), min(int(y), rows - 2), min(int(x), columns - 2)
                    fz, fy, fx = z - a, y - b, x - c
                    low = (1 - fy) * ((1 - fx) * volume[a, b, c] + fx * volume[a, b, c + 1]) + fy * (
                        (1 - fx) * volume[a, b + 1, c] + fx * volume[a, b + 1, c + 1]
                    )
                    high = (1 - fy) * ((1 - fx) * volume[a + 1, b, c] + fx * volume[a + 1, b, c + 1]) + fy * (
                        (1 - fx) * volume[a + 1, b + 1, c] + fx * volume[a + 1, b + 1, c + 1]
                    )
                    value = (1 - fz) * low + fz * high
                    least = min(least, value)
                    if least < enough:
                        break
                out[k, j, i] = least
