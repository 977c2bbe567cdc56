"""Compiled kernels of the dose-volume histogram: plain arrays in, sums and a histogram out.

Each block of a structure (a pixel of a plane's lattice times a cut of the space between planes) is sampled at the
centre of mass of its covered part, so that a dose that rises evenly gives the exact mean whatever the blocks. The
doses inside a block are spread evenly about its own: over a width that has the variance of the dose's slopes along its
three sides (exact for a slope along one of them). Without this the histogram would be a staircase of the lattice.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

__all__ = ["dose_at", "fill_layer", "trilinear", "voxel_extremes"]

_OVER = 1e-6


@njit(cache=True)
def _clamped(place: float, size: int) -> float:
    """Return an index inside the centres, or -1 beyond the outer half voxel."""
    if place < -0.5 - _OVER or place > size - 0.5 + _OVER:
        return -1.0
    return min(max(place, 0.0), size - 1.0)


@njit(cache=True)
def trilinear(dose: Any, k: float, j: float, i: float) -> tuple[float, float, float, float]:
    """Return the dose between eight voxels, and its slopes along slices, rows and columns."""
    k0, j0, i0 = int(k), int(j), int(i)
    k1, j1, i1 = min(k0 + 1, dose.shape[0] - 1), min(j0 + 1, dose.shape[1] - 1), min(i0 + 1, dose.shape[2] - 1)
    a, b, c = k - k0, j - j0, i - i0
    d000, d001, d010, d011 = dose[k0, j0, i0], dose[k0, j0, i1], dose[k0, j1, i0], dose[k0, j1, i1]
    d100, d101, d110, d111 = dose[k1, j0, i0], dose[k1, j0, i1], dose[k1, j1, i0], dose[k1, j1, i1]
    d00, d01 = d000 + c * (d001 - d000), d010 + c * (d011 - d010)
    d10, d11 = d100 + c * (d101 - d100), d110 + c * (d111 - d110)
    d0, d1 = d00 + b * (d01 - d00), d10 + b * (d11 - d10)
    along_j = (1 - a) * (d01 - d00) + a * (d11 - d10)
    along_i = (1 - a) * ((1 - b) * (d001 - d000) + b * (d011 - d010)) + a * (
        (1 - b) * (d101 - d100) + b * (d111 - d110)
    )
    return d0 + a * (d1 - d0), d1 - d0, along_j, along_i


@njit(cache=True)
def dose_at(dose: Any, places: Any) -> Any:
    """Return the dose at indices ``(k, j, i)``, shape (n, 3); NaN beyond the outer voxels."""
    doses = np.full(len(places), np.nan)
    for number in range(len(places)):
        k = _clamped(places[number, 0], dose.shape[0])
        j = _clamped(places[number, 1], dose.shape[1])
        i = _clamped(places[number, 2], dose.shape[2])
        if k >= 0 and j >= 0 and i >= 0:
            doses[number] = trilinear(dose, k, j, i)[0]
    return doses


@njit(cache=True)
def _step(rises: Any, place: float, height: float) -> None:
    """Let a density rise at a place, in bins: the bin that holds it gets its part, all later ones the whole."""
    number = int(place)
    part = place - number
    rises[number] += height * (1.0 - part)
    rises[number + 1] += height * part


@njit(cache=True, error_model="numpy", fastmath={"contract", "arcp", "nsz"})
def fill_layer(  # noqa: PLR0915 - one loop, its sums held in registers
    coverage: Any, lower: int, upper: int, start: float, end: float, shares: Any,
    origin: Any, step: Any, to_index: Any, offset: Any,
    dose: Any, bins: float, points: Any, rises: Any, sums: Any,
) -> None:  # fmt: skip
    """Add one layer of a structure to the histogram.

    Parameters
    ----------
    coverage : ndarray of float32, shape (3, planes, rows, columns)
    lower, upper : int
        The planes that the coverage passes between.
    start, end : float
        Along w, mm.
    shares : ndarray of float64, shape (cuts,)
        What the volume of each cut is weighed with.
    origin, step : ndarray of float64, shape (2,)
        Of the lattice, mm.
    to_index : ndarray of float64, shape (3, 3)
        From u, v, w to the dose's ``(k, j, i)``.
    offset : ndarray of float64, shape (3,)
    dose : ndarray, shape (slices, rows, columns)
    bins : float
        Bins in a gray.
    points, rises : ndarray of float64, shape (bins + 2,)
        Volume in bins, and what the density rises by from bin to bin (a running sum gives volume).
    sums : ndarray of float64, shape (6,)
        Volume with a dose, volume without, dose times volume, least dose, greatest dose, samples.
    """
    slices, dose_rows, dose_columns = dose.shape
    cuts = len(shares)
    height = (end - start) / cuts
    greatest = len(points) - 2.0
    pixel = step[0] * step[1]
    rows, columns = coverage.shape[2], coverage.shape[3]
    # Held here, and not in the arrays: what is written to the histogram might else be one of them.
    ku, kv, kw, k_at = to_index[0, 0], to_index[0, 1], to_index[0, 2], offset[0]
    ju, jv, jw, j_at = to_index[1, 0], to_index[1, 1], to_index[1, 2], offset[1]
    iu, iv, iw, i_at = to_index[2, 0], to_index[2, 1], to_index[2, 2], offset[2]
    u_start, v_start, u_step, v_step = origin[0], origin[1], step[0], step[1]
    covered, missed, times, lowest, highest, samples = 0.0, 0.0, 0.0, sums[3], sums[4], 0
    for row in range(rows):
        for column in range(columns):
            below, above = coverage[0, lower, row, column], coverage[0, upper, row, column]
            if below == 0.0 and above == 0.0:
                continue
            whole = below == 1.0 and above == 1.0
            u, v, area = u_start + (column + 0.5) * u_step, v_start + (row + 0.5) * v_step, 1.0
            for cut in range(cuts):
                if not whole:
                    part = (cut + 0.5) / cuts
                    area = below * (1.0 - part) + above * part
                    along = coverage[1, lower, row, column] * (1.0 - part) + coverage[1, upper, row, column] * part
                    up = coverage[2, lower, row, column] * (1.0 - part) + coverage[2, upper, row, column] * part
                    u = u_start + (column + along / area) * u_step
                    v = v_start + (row + up / area) * v_step
                w = start + (cut + 0.5) * height
                volume = area * pixel * height * shares[cut]
                k = _clamped(ku * u + kv * v + kw * w + k_at, slices)
                j = _clamped(ju * u + jv * v + jw * w + j_at, dose_rows)
                i = _clamped(iu * u + iv * v + iw * w + i_at, dose_columns)
                samples += 1
                if k < 0 or j < 0 or i < 0:
                    missed += volume
                    continue
                here, slope_k, slope_j, slope_i = trilinear(dose, k, j, i)
                covered += volume
                times += volume * here
                lowest, highest = min(lowest, here), max(highest, here)
                slope_u = (slope_k * ku + slope_j * ju + slope_i * iu) * u_step
                slope_v = (slope_k * kv + slope_j * jv + slope_i * iv) * v_step
                slope_w = (slope_k * kw + slope_j * jw + slope_i * iw) * height
                over = area * (slope_u * slope_u + slope_v * slope_v) + slope_w * slope_w
                place = here * bins
                half = min(0.5 * np.sqrt(over) * bins, place, greatest - place)
                if half < 0.5:
                    points[int(place)] += volume
                else:
                    density = 0.5 * volume / half
                    _step(rises, place - half, density)
                    _step(rises, place + half, -density)
    sums[0] += covered
    sums[1] += missed
    sums[2] += times
    sums[3], sums[4] = lowest, highest
    sums[5] += samples


@njit(cache=True)
def voxel_extremes(
    area: Any, levels: Any, pairs: Any, origin: Any, step: Any, from_index: Any, dose: Any,
    low: Any, high: Any, sums: Any,
) -> None:  # fmt: skip
    """Let the centres of voxels that lie wholly inside count for the least and the greatest dose.

    Between voxels a trilinear dose has no peaks: what is greatest is greatest at a voxel or on the surface.

    Parameters
    ----------
    area : ndarray of float32, shape (planes, rows, columns)
    levels : ndarray of float64, shape (layers, 2)
        Start and end along w, mm, from the lowest on.
    pairs : ndarray of int64, shape (layers, 2)
        Lower and upper plane.
    origin, step : ndarray of float64, shape (2,)
    from_index : ndarray of float64, shape (3, 4)
        From ``(k, j, i, 1)`` to u, v, w.
    dose : ndarray, shape (slices, rows, columns)
    low, high : ndarray of int64, shape (3,)
        The voxels to look at.
    sums : ndarray of float64, shape (6,)
        As for :func:`fill_layer`; the fourth and fifth are changed.
    """
    layer = 0
    for k in range(low[0], high[0]):
        for j in range(low[1], high[1]):
            for i in range(low[2], high[2]):
                here = dose[k, j, i]
                if sums[3] <= here <= sums[4]:
                    continue
                w = from_index[2, 0] * k + from_index[2, 1] * j + from_index[2, 2] * i + from_index[2, 3]
                while layer > 0 and w < levels[layer, 0]:
                    layer -= 1
                while layer < len(levels) - 1 and w > levels[layer, 1]:
                    layer += 1
                if not levels[layer, 0] <= w <= levels[layer, 1]:
                    continue
                u = from_index[0, 0] * k + from_index[0, 1] * j + from_index[0, 2] * i + from_index[0, 3]
                v = from_index[1, 0] * k + from_index[1, 1] * j + from_index[1, 2] * i + from_index[1, 3]
                column, row = int(np.floor((u - origin[0]) / step[0])), int(np.floor((v - origin[1]) / step[1]))
                if not (0 <= row < area.shape[1] and 0 <= column < area.shape[2]):
                    continue
                if min(area[pairs[layer, 0], row, column], area[pairs[layer, 1], row, column]) == 1.0:
                    sums[3] = min(sums[3], here)
                    sums[4] = max(sums[4], here)
