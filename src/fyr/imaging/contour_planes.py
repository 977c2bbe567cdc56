"""The contours of one structure, sorted into parallel planes, with holes told from outlines.

In one plane, a contour that lies inside another is a hole in it (and one inside the hole an island): DICOM asks for
keyholes or ``CLOSEDPLANAR_XOR`` (PS3.3 C.8.8.6.3), but planning systems write rings as nested contours. Contours that
only overlap are joined. What had to be decided is said in the notes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.imaging.structure_set import Contour, Structure

__all__ = ["ContourPlanes", "contour_planes"]

Floats = NDArray[np.float64]

_SAME_PLANE_MM: Final = 0.05
"""Planes nearer than this are one: rounding, and well below any slice spacing."""
_FLAT_MM: Final = 0.5
"""How far a contour's points may leave its plane before it is called not planar."""
_UPRIGHT: Final = 2e-4
"""A normal this near to an axis (radian) is that axis: 0.1 mm over half a metre."""
_INSIDE: Final = 0.95
"""The part of a contour's points inside another from which on it is a hole in it."""
_KINDS: Final = ("CLOSED_PLANAR", "CLOSEDPLANAR_XOR")


@dataclass(frozen=True, slots=True, eq=False)
class ContourPlanes:
    """Contours in a frame of their own: u and v in their planes, w across them.

    Parameters
    ----------
    axes : ndarray of float64, shape (3, 3)
        Rows are the unit vectors u, v, w in patient space; ``u v w = axes @ (x, y, z)``.
    places_mm : ndarray of float64, shape (planes,)
        w of each plane, rising.
    points_mm : ndarray of float64, shape (points, 2)
        u and v, contour by contour.
    starts : ndarray of int64, shape (contours + 1,)
    plane : ndarray of int64, shape (contours,)
        Not falling.
    sign : ndarray of float64, shape (contours,)
        1, or -1 for a hole.
    exclusive : ndarray of bool, shape (planes,)
        Whether the contours of a plane exclude each other (``CLOSEDPLANAR_XOR``).
    overlap : ndarray of bool, shape (planes,)
        Whether contours of a plane overlap that do not exclude each other, and of which none lies in the other.
    notes : tuple of str
        What was decided.
    """

    axes: Floats
    places_mm: Floats
    points_mm: Floats
    starts: NDArray[np.int64]
    plane: NDArray[np.int64]
    sign: Floats
    exclusive: NDArray[np.bool_]
    overlap: NDArray[np.bool_]
    notes: tuple[str, ...] = ()

    @property
    def vertices_mm(self) -> Floats:
        """Every point, as u, v and w; shape (points, 3)."""
        across = np.repeat(self.places_mm[self.plane], np.diff(self.starts))
        return np.column_stack([self.points_mm, across])


def contour_planes(structure: Structure) -> ContourPlanes:
    """Sort a structure's contours into planes.

    Parameters
    ----------
    structure : Structure

    Raises
    ------
    BadInput
        If there is no closed contour with an area, one is open, or they do not lie in parallel planes.
    """
    where = f"structure '{structure.name}'"
    notes: list[str] = []
    closed = _closed(structure, where, notes)
    axes = _axes(closed)
    turned = [one.points_mm @ axes.T for one in closed]
    for one in turned:
        away = float(np.ptp(one[:, 2]))
        if away > _FLAT_MM:
            raise BadInput(
                f"a contour leaves the plane of the others by {away:.2f} mm near w = {one[:, 2].mean():.1f} mm",
                where=where,
                mend="draw all contours of a structure in parallel planes",
            )
    middles = np.array([one[:, 2].mean() for one in turned])
    order = np.argsort(middles, kind="stable")
    new = np.concatenate([[False], np.diff(middles[order]) > _SAME_PLANE_MM])
    plane = np.cumsum(new)
    rings = [np.ascontiguousarray(turned[index][:, :2]) for index in order]
    rings, plane, kinds = _without_copies(rings, plane, [closed[index].geometric_type for index in order], notes)
    numbers = np.cumsum(new)
    places = np.bincount(numbers, middles[order]) / np.bincount(numbers)
    starts = np.concatenate([[0], np.cumsum([len(ring) for ring in rings])]).astype(np.int64)
    points = np.concatenate(rings)
    exclusive = np.zeros(len(places), bool)
    exclusive[[number for number, kind in zip(plane, kinds, strict=True) if kind == _KINDS[1]]] = True
    depth, crossing = _nesting(points, starts, plane)
    overlap = (np.bincount(plane, crossing, len(places)) > 0) & ~exclusive
    across = places[overlap].tolist()
    if across:
        notes.append(f"contours overlap in {_planes(across)}: what lies in both counts once")
    sign = np.where(exclusive[plane], 1.0, np.where(depth % 2 == 1, -1.0, 1.0))
    return ContourPlanes(axes, places, points, starts, plane.astype(np.int64), sign, exclusive, overlap, tuple(notes))


def _closed(structure: Structure, where: str, notes: list[str]) -> list[Contour]:
    """Return the closed contours that can have an area; say what was left out."""
    if not structure.contours:
        raise BadInput("it has no contours", where=where)
    opened = [one for one in structure.contours if one.geometric_type.startswith("OPEN")]
    if opened:
        raise BadInput(
            f"{len(opened)} of its {len(structure.contours)} contours are open ({opened[0].geometric_type})",
            where=where,
            mend="close them in the contouring system",
        )
    points = [one for one in structure.contours if one.geometric_type == "POINT"]
    if len(points) == len(structure.contours):
        raise BadInput("it is a point, and has no volume", where=where)
    closed, thin = [], 0
    for one in structure.contours:
        if one.geometric_type == "POINT":
            continue
        if one.geometric_type not in _KINDS:
            raise BadInput(f"a contour is of the unknown kind '{one.geometric_type}'", where=where)
        if len(one.points_mm) < 3 or not _lengths(_triangles(one.points_mm)).sum():
            thin += 1
            continue
        closed.append(one)
    if points:
        notes.append(f"{len(points)} points among its contours were left out")
    if thin:
        notes.append(f"{thin} contours without an area were left out")
    if not closed:
        raise BadInput("none of its contours has an area", where=where)
    return closed


def _triangles(points: Floats) -> Floats:
    """Return the vector areas in mm² of the triangles that the first point spans with each edge; shape (points, 3)."""
    x, y, z = (points - points[0]).T
    x1, y1, z1 = np.roll(x, -1), np.roll(y, -1), np.roll(z, -1)
    return 0.5 * np.column_stack([y * z1 - z * y1, z * x1 - x * z1, x * y1 - y * x1])


def _lengths(vectors: Floats) -> Floats:
    lengths: Floats = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    return lengths


def _axes(closed: Sequence[Contour]) -> Floats:
    """Return u, v, w of the planes: along x, y, z where the planes are transverse."""
    longest = max(closed, key=lambda one: float(np.ptp(one.points_mm, axis=0).sum()))
    triangles = _triangles(longest.points_mm)
    largest = triangles.sum(axis=0)  # the vector area of the contour (Newell)
    lengths = _lengths(triangles)
    if np.linalg.norm(largest) < 0.01 * lengths.sum():  # two lobes that cancel
        largest = triangles[int(np.argmax(lengths))]
    normal = largest / np.linalg.norm(largest)
    leading = int(np.argmax(np.abs(normal)))
    normal = normal * np.sign(normal[leading])
    if np.abs(np.delete(normal, leading)).max() < _UPRIGHT:
        normal = np.eye(3)[leading]
    along = np.eye(3)[(leading + 1) % 3]
    along = along - (along @ normal) * normal
    along /= np.linalg.norm(along)
    return np.array([along, np.cross(normal, along), normal])


def _without_copies(
    rings: list[Floats], plane: NDArray[Any], kinds: list[str], notes: list[str]
) -> tuple[list[Floats], NDArray[Any], list[str]]:
    """Leave out what was drawn twice: it would else be its own hole."""
    seen: dict[tuple[int, int], set[bytes]] = {}
    kept = []
    several = np.bincount(plane)[plane] > 1
    for number, ring in enumerate(rings):
        if several[number]:
            # The same points from another start or the other way round are the same ring.
            mark = np.unique(np.round(ring, 3) + 0.0, axis=0).tobytes()
            marks = seen.setdefault((int(plane[number]), len(ring)), set())
            if mark in marks:
                continue
            marks.add(mark)
        kept.append(number)
    if len(kept) < len(rings):
        notes.append(f"{len(rings) - len(kept)} contours that were there twice were left out")
    return [rings[number] for number in kept], plane[kept], [kinds[number] for number in kept]


@njit(cache=True)
def _part_inside(points: Any, begin: int, end: int, other_begin: int, other_end: int) -> float:
    """Return the part of one ring's points inside another ring, by the even-odd rule."""
    count = 0
    for index in range(begin, end):
        x, y = points[index, 0], points[index, 1]
        inside = False
        for here in range(other_begin, other_end):
            there = here + 1 if here + 1 < other_end else other_begin
            y0, y1 = points[here, 1], points[there, 1]
            if (y0 > y) != (y1 > y):
                x0, x1 = points[here, 0], points[there, 0]
                if x < x0 + (y - y0) * (x1 - x0) / (y1 - y0):
                    inside = not inside
        count += inside
    return count / (end - begin)


@njit(cache=True)
def _box(points: Any, starts: Any, contour: int) -> tuple[float, float, float, float]:
    begin, end = starts[contour], starts[contour + 1]
    return (
        points[begin:end, 0].min(),
        points[begin:end, 0].max(),
        points[begin:end, 1].min(),
        points[begin:end, 1].max(),
    )


@njit(cache=True)
def _nesting(points: Any, starts: Any, plane: Any) -> tuple[Any, Any]:
    """Return in how many others of its plane each contour lies, and whether it crosses one."""
    count = len(plane)
    depth = np.zeros(count, np.int64)
    crossing = np.zeros(count, np.bool_)
    for one in range(count):
        left, right, low, high = _box(points, starts, one)
        for other in range(count):
            if other == one or plane[other] != plane[one]:
                continue
            other_left, other_right, other_low, other_high = _box(points, starts, other)
            if left >= other_right or right <= other_left or low >= other_high or high <= other_low:
                continue
            part = _part_inside(points, starts[one], starts[one + 1], starts[other], starts[other + 1])
            if part >= _INSIDE:
                back = _part_inside(points, starts[other], starts[other + 1], starts[one], starts[one + 1])
                if back < _INSIDE:
                    depth[one] += 1
            if 0.02 < part < 0.98:
                crossing[one] = True
    return depth, crossing


def _planes(places: Sequence[float]) -> str:
    shown = ", ".join(f"{place:.1f}" for place in places[:3])
    return f"{len(places)} plane{'s' if len(places) > 1 else ''} (at {shown}{', ...' if len(places) > 3 else ''} mm)"
