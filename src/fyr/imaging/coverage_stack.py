"""A structure's planes laid over a lattice of pixels: the exact part of each pixel that is inside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.imaging.contour_planes import ContourPlanes
from fyr.imaging.polygon_coverage import plane_coverage

__all__ = ["CoverageStack", "coverage_stack"]

_MOST_PIXELS: Final = 150_000_000
_CROSSED: Final = 0.001
"""The part of its area by which a contour's signed area may differ before it is said to cross itself."""
_CROSSED_MM2: Final = 1.0
_FINE_PIXELS: Final = 300_000
_FINEST: Final = 8


@dataclass(frozen=True, slots=True, eq=False)
class CoverageStack:
    """Coverage of pixels, plane by plane.

    Parameters
    ----------
    coverage : ndarray of float32, shape (3, planes, rows, columns)
        Part covered from 0 to 1; its first moments along columns and rows, in pixels.
    origin_mm : tuple of float
        u and v of the outer corner of the first pixel.
    spacing_mm : tuple of float
        Of a pixel along u (columns) and v (rows).
    area_mm2 : ndarray of float64, shape (planes,)
        Inside the contours of each plane.
    notes : tuple of str
        Contours that cross themselves.
    """

    coverage: NDArray[np.float32]
    origin_mm: tuple[float, float]
    spacing_mm: tuple[float, float]
    area_mm2: NDArray[np.float64]
    notes: tuple[str, ...] = ()


def coverage_stack(
    planes: ContourPlanes,
    spacing_mm: tuple[float, float],
    through_mm: tuple[float, float] | None = None,
) -> CoverageStack:
    """Lay planes over a lattice that holds them all.

    Parameters
    ----------
    planes : ContourPlanes
    spacing_mm : tuple of float
        Of a pixel along u and v.
    through_mm : tuple of float, optional
        u and v of the corner of some pixel, where the lattice must meet another one; the middle of the structure has
        a pixel's centre if not given.

    Raises
    ------
    BadInput
        If the structure is so large, or the pixels so small, that they would not fit in memory.
    """
    step = np.asarray(spacing_mm, dtype=np.float64)
    low, high = planes.box_mm
    through = np.asarray((low + high + step) / 2 if through_mm is None else through_mm, dtype=np.float64)
    first = np.floor((low - through) / step).astype(np.int64) - 1
    columns, rows = (np.ceil((high - through) / step).astype(np.int64) + 1 - first).tolist()
    shape = (len(planes.places_mm), rows, columns)
    if int(np.prod(np.array(shape, dtype=np.float64))) > _MOST_PIXELS:
        raise BadInput(f"{shape} pixels to cover", mend="check the contours: the structure cannot be this large")
    origin = through + first * step
    coverage, pixels, contour_area = plane_coverage(
        (planes.points_mm - origin) / step, planes.starts, planes.plane, planes.sign, planes.exclusive, shape
    )
    for number in np.flatnonzero(planes.crossed).tolist():
        coverage[:, number] = _crossed(planes, number, (planes.points_mm - origin) / step, (rows, columns))
        pixels[number] = coverage[0, number].sum(dtype=np.float64)
    pixel = float(step[0] * step[1])
    return CoverageStack(
        coverage,
        (float(origin[0]), float(origin[1])),
        (float(step[0]), float(step[1])),
        pixels * pixel,
        _crossings(planes, contour_area * pixel),
    )


def _crossed(planes: ContourPlanes, number: int, points: NDArray[Any], shape: tuple[int, int]) -> NDArray[np.float32]:
    """Cover a plane whose contours cross, through pixels so small that few hold the borders of two.

    In a pixel that two contours cover in part, their parts may overlap or not, which the parts alone do not say.
    """
    rows, columns = shape
    times = int(np.clip(np.sqrt(_FINE_PIXELS / (rows * columns)), 2, _FINEST))
    mine = np.flatnonzero(planes.plane == number)
    starts = planes.starts[mine[0] : mine[-1] + 2]
    fine = plane_coverage(
        points[starts[0] : starts[-1]] * times,
        starts - starts[0],
        np.zeros(len(mine), np.int64),
        planes.sign[mine],
        planes.exclusive[[number]],
        (1, rows * times, columns * times),
    )[0][:, 0]
    area, along, up = fine.reshape(3, rows, times, columns, times).astype(np.float64)
    inside = np.arange(times, dtype=np.float64)
    along = (along + area * inside) / times
    up = (up + area * inside[:, None, None]) / times
    return np.stack([part.mean(axis=(1, 3)) for part in (area, along, up)]).astype(np.float32)


def _crossings(planes: ContourPlanes, area: NDArray[Any]) -> tuple[str, ...]:
    apart = np.abs(area[:, 0] - area[:, 1])
    crossed = (apart > _CROSSED * area[:, 0]) & (apart > _CROSSED_MM2)
    if not crossed.any():
        return ()
    places = sorted({float(planes.places_mm[number]) for number in planes.plane[crossed]})
    return (
        f"{int(crossed.sum())} contours cross themselves (at {', '.join(f'{one:.1f}' for one in places[:3])}"
        f"{', ...' if len(places) > 3 else ''} mm): inside is what a line from afar enters an odd number of times",
    )
