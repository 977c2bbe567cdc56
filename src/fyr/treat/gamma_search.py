"""The smallest distance in dose and space from reference points to an evaluated dose, compiled.

All lengths here are in units of the distance criterion and all doses in units of the dose criterion, so that the
square of gamma is ``u**2 + |v|**2``: `u` the difference in dose, `v` the way from the reference point.

Between voxel centres the evaluated dose is multilinear, so that its smallest distance is not that to the nearest voxel
(Wendling et al. 2007, Med Phys 34:1647; Ju et al. 2008, Med Phys 35:879). It is found cell by cell, nearest first:

- a cell is left out if its nearest place and the range of its eight doses are already too far, or the hull of its
  eight corners, each with its dose, is (Gilbert 1966, SIAM J Control 4:61; Ju's simplices are in that hull);
- for any numbers a and b, ``u**2 + |v|**2 >= 2 (a u + b v) - a**2 - |b|**2``, and the right side is multilinear, so
  its minimum over a box is at one of eight corners: with the (u, v) of the best point so far this is a lower bound that
  leaves out almost every other cell;
- otherwise the best point of the cell is sought by linearising the dose. There ``2 u* u - u*^2 + |v|**2``, made convex
  where it is not, is a lower bound too, and proves that no other is better by more than `tolerance`; where it does
  not, the cell is cut in two.

So the answer is at most `tolerance` above the true minimum, without a fraction of interpolation.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["cells_by_distance", "search"]

Floats = NDArray[np.float64]

_STACK: Final = 256
_STEPS: Final = 20
_TURNS: Final = 4


def cells_by_distance(cell: Floats, reach: float, cells: tuple[int, ...]) -> tuple[NDArray[np.int64], Floats]:
    """Return the cells around one cell, nearest first.

    Parameters
    ----------
    cell : ndarray of float64, shape (3,)
        The sides of a cell, in units of the distance criterion.
    reach : float
        Cells further than this from the one in the middle are left out.
    cells : tuple of int
        How many there are along each axis.

    Returns
    -------
    offsets : ndarray of int64, shape (cells, 3)
    at_least : ndarray of float64, shape (cells,)
        The square of the smallest distance from any place in the middle cell.
    """
    spans = []
    for side, count in zip(cell.tolist(), cells, strict=True):
        most = count - 1
        if np.isfinite(reach):
            most = min(most, int(np.floor(reach / side)) + 1)
        spans.append(np.arange(-most, most + 1))
    offsets = np.stack([axis.ravel() for axis in np.meshgrid(*spans, indexing="ij")], axis=1)
    at_least = ((np.maximum(np.abs(offsets) - 1, 0) * cell) ** 2).sum(axis=1)
    order = np.lexsort((np.abs(offsets).sum(axis=1), at_least))
    order = order[at_least[order] < reach**2]
    return np.ascontiguousarray(offsets[order], dtype=np.int64), np.ascontiguousarray(at_least[order])


@njit(cache=True, nogil=True, inline="always")
def _held(value: float, low: float, high: float) -> float:  # pragma: no cover (compiled)
    return min(max(value, low), high)


@njit(cache=True, nogil=True, inline="always")
def _apart(low: float, high: float) -> float:  # pragma: no cover (compiled)
    """Return the distance of 0 from an interval."""
    return max(low, -high, 0.0)


@njit(cache=True, nogil=True, error_model="numpy")
def _dose(c: Floats, k: float, j: float, i: float) -> float:  # pragma: no cover (compiled)
    """Return the difference in dose at a way (k, j, i) from the first corner of a cell, from its coefficients."""
    return float(c[0] + k * c[1] + j * (c[2] + k * c[4]) + i * (c[3] + k * c[5] + j * (c[6] + k * c[7])))


@njit(cache=True, nogil=True, error_model="numpy")
def _coefficients(c: Floats, corner: Floats, per: Floats) -> None:  # pragma: no cover (compiled)
    """Write 1, k, j, i, kj, ki, ji, kji of eight corners (the last axis runs fastest); `per` is 1 over the sides."""
    c[0] = corner[0]
    c[1] = (corner[4] - corner[0]) * per[0]
    c[2] = (corner[2] - corner[0]) * per[1]
    c[3] = (corner[1] - corner[0]) * per[2]
    c[4] = (corner[6] - corner[4] - corner[2] + corner[0]) * per[0] * per[1]
    c[5] = (corner[5] - corner[4] - corner[1] + corner[0]) * per[0] * per[2]
    c[6] = (corner[3] - corner[2] - corner[1] + corner[0]) * per[1] * per[2]
    c[7] = corner[7] - corner[6] - corner[5] - corner[3] + corner[4] + corner[2] + corner[1] - corner[0]
    c[7] *= per[0] * per[1] * per[2]


@njit(cache=True, nogil=True, error_model="numpy")
def _bound(corner: Floats, low: Floats, high: Floats, point: Floats) -> float:  # pragma: no cover (compiled)
    """Return a lower bound of ``u**2 + |v|**2`` in a box, from the (u, v) of a point anywhere."""
    a, bk, bj, bi = 2 * point[0], 2 * point[1], 2 * point[2], 2 * point[3]
    k0, k1, j0, j1, i0, i1 = bk * low[0], bk * high[0], bj * low[1], bj * high[1], bi * low[2], bi * high[2]
    least = min(
        a * corner[0] + k0 + j0 + i0,
        a * corner[1] + k0 + j0 + i1,
        a * corner[2] + k0 + j1 + i0,
        a * corner[3] + k0 + j1 + i1,
        a * corner[4] + k1 + j0 + i0,
        a * corner[5] + k1 + j0 + i1,
        a * corner[6] + k1 + j1 + i0,
        a * corner[7] + k1 + j1 + i1,
    )
    return float(least - point[0] ** 2 - point[1] ** 2 - point[2] ** 2 - point[3] ** 2)


@njit(cache=True, nogil=True, error_model="numpy")
def _beyond(corner: Floats, low: Floats, high: Floats, enough: float) -> bool:  # pragma: no cover (compiled)
    """Tell whether the hull of a box's eight corners (u, v) is as far from 0 as `enough`, squared (Gilbert 1966).

    The dose of a box lies in that hull. Its distance is at least that of a plane that it lies beyond; the plane is
    turned towards the corner that comes nearest to it, a few times.
    """
    u = corner.sum() / 8
    k, j, i = (low[0] + high[0]) / 2, (low[1] + high[1]) / 2, (low[2] + high[2]) / 2
    for _ in range(_TURNS):
        squared = u * u + k * k + j * j + i * i
        least, number = np.inf, 0
        for at in range(8):
            along = u * corner[at] + k * (high[0] if at & 4 else low[0])
            along += j * (high[1] if at & 2 else low[1]) + i * (high[2] if at & 1 else low[2])
            if along < least:
                least, number = along, at
        if least > 0.0 and least * least >= enough * squared:
            return True
        if squared < enough:
            return False
        du, dk = corner[number] - u, (high[0] if number & 4 else low[0]) - k
        dj, di = (high[1] if number & 2 else low[1]) - j, (high[2] if number & 1 else low[2]) - i
        length = du * du + dk * dk + dj * dj + di * di
        if length <= 0.0:
            return False
        share = _held(-(u * du + k * dk + j * dj + i * di) / length, 0.0, 1.0)
        u, k, j, i = u + share * du, k + share * dk, j + share * dj, i + share * di
    return False


@njit(cache=True, nogil=True, error_model="numpy")
def _bend(c: Floats, origin: Floats, low: Floats, high: Floats) -> float:  # pragma: no cover (compiled)
    """Return an upper bound of the eigenvalues of the second derivatives of the dose in a box, either sign.

    Their diagonal is nought, so that no eigenvalue is larger than the root of two thirds of the sum of all squares.
    """
    kj = max(abs(c[4] + c[7] * (low[2] - origin[2])), abs(c[4] + c[7] * (high[2] - origin[2])))
    ki = max(abs(c[5] + c[7] * (low[1] - origin[1])), abs(c[5] + c[7] * (high[1] - origin[1])))
    ji = max(abs(c[6] + c[7] * (low[0] - origin[0])), abs(c[6] + c[7] * (high[0] - origin[0])))
    return float(np.sqrt(4 / 3 * (kj * kj + ki * ki + ji * ji)))


@njit(cache=True, nogil=True, error_model="numpy")
def _descend(  # noqa: PLR0915 - a call for each step would cost more than the step
    c: Floats, origin: Floats, low: Floats, high: Floats, start: Floats, enough: float, tolerance: float, point: Floats
) -> tuple[float, float]:  # pragma: no cover (compiled)
    """Find a good point of a box, and how much better any other can be; the point becomes (u, v).

    With the dose linear, ``u = u0 + g (v - v0)``, the best point is ``v = -g s`` held in the box, and s the difference
    in dose there: a root of a falling function that is linear in pieces.

    Returns
    -------
    squared : float
        ``u**2 + |v|**2`` of the point.
    at_least : float
        A lower bound for the whole box; minus infinity where there is none. The search ends when it reaches `enough`.
    """
    bend = _bend(c, origin, low, high)
    vk, vj, vi = _held(start[1], low[0], high[0]), _held(start[2], low[1], high[1]), _held(start[3], low[2], high[2])
    k, j, i = vk - origin[0], vj - origin[1], vi - origin[2]
    u = _dose(c, k, j, i)
    best = u * u + vk * vk + vj * vj + vi * vi
    at_least = -np.inf
    s = u
    for _ in range(_STEPS):
        gk = c[1] + j * c[4] + i * (c[5] + j * c[7])
        gj = c[2] + k * c[4] + i * (c[6] + k * c[7])
        gi = c[3] + k * c[5] + j * (c[6] + k * c[7])
        hollow = max(abs(u) * bend - 1.0, 0.0)
        dk = 2 * (u * gk + vk) + hollow * (2 * vk - low[0] - high[0])
        dj = 2 * (u * gj + vj) + hollow * (2 * vj - low[1] - high[1])
        di = 2 * (u * gi + vi) + hollow * (2 * vi - low[2] - high[2])
        bound = best + min(dk * (low[0] - vk), dk * (high[0] - vk))
        bound += min(dj * (low[1] - vj), dj * (high[1] - vj)) + min(di * (low[2] - vi), di * (high[2] - vi))
        if hollow > 0.0:
            bound += hollow * ((vk - low[0]) * (vk - high[0]) + (vj - low[1]) * (vj - high[1]))
            bound += hollow * (vi - low[2]) * (vi - high[2])
        at_least = max(at_least, bound)
        root = np.sqrt(best) - tolerance  # what is enough, should this be the best point of all
        if at_least >= enough or root <= 0.0 or at_least >= root * root:
            break
        nk, nj, ni = vk, vj, vi
        for _ in range(8):
            slope = 1.0
            nk, nj, ni = -gk * s, -gj * s, -gi * s
            if low[0] <= nk <= high[0]:
                slope += gk * gk
            if low[1] <= nj <= high[1]:
                slope += gj * gj
            if low[2] <= ni <= high[2]:
                slope += gi * gi
            nk, nj, ni = _held(nk, low[0], high[0]), _held(nj, low[1], high[1]), _held(ni, low[2], high[2])
            off = u + gk * (nk - vk) + gj * (nj - vj) + gi * (ni - vi) - s
            if abs(off) <= 1e-12 * (1 + abs(s)):
                break
            s += off / slope
        if best - s * s - nk * nk - nj * nj - ni * ni <= 1e-16 * (1 + best):
            break
        found = False
        there, squared = u, best
        for _ in range(6):
            k, j, i = nk - origin[0], nj - origin[1], ni - origin[2]
            there = _dose(c, k, j, i)
            squared = there * there + nk * nk + nj * nj + ni * ni
            if squared < best:
                found = True
                break
            nk, nj, ni = (nk + vk) / 2, (nj + vj) / 2, (ni + vi) / 2
        if not found:
            break
        best, u, vk, vj, vi = squared, there, nk, nj, ni
    point[0], point[1], point[2], point[3] = u, vk, vj, vi
    return best, at_least


@njit(cache=True, nogil=True, error_model="numpy")
def search(  # noqa: PLR0912, PLR0915 - one loop, its scratch arrays shared
    dose: NDArray[Any],
    place: Floats,
    reference: Floats,
    criterion: Floats,
    cell: Floats,
    offsets: NDArray[np.int64],
    at_least: Floats,
    ceiling: float,
    tolerance: float,
) -> tuple[Floats, int]:  # pragma: no cover (compiled)
    """Return gamma at reference points.

    Parameters
    ----------
    dose : ndarray of float, shape (slices, rows, columns)
        Evaluated. An axis with one voxel has no extent.
    place : ndarray of float64, shape (points, 3)
        Index ``(k, j, i)`` in the evaluated grid, with fractions; may lie outside.
    reference, criterion : ndarray of float64, shape (points,)
        Dose, and the difference in dose that counts as 1.
    cell : ndarray of float64, shape (3,)
        Spacing of the evaluated grid in units of the distance criterion.
    offsets, at_least : ndarray
        Of :func:`cells_by_distance`, for a reach of `ceiling`.
    ceiling : float
        Larger values are not told apart.
    tolerance : float
        In gamma.

    Returns
    -------
    gamma : ndarray of float64, shape (points,)
        At most `ceiling`; infinite where no place of the evaluated grid is in reach.
    unproved : int
        Points whose tolerance could not be proved.
    """
    gamma = np.empty(len(place))
    unproved = 0
    axes = dose.shape
    last = (max(axes[0] - 2, 0), max(axes[1] - 2, 0), max(axes[2] - 2, 0))
    extent = (
        1.0 if axes[0] > 1 else 0.0,
        1.0 if axes[1] > 1 else 0.0,
        1.0 if axes[2] > 1 else 0.0,
    )
    corner, sub, c = np.empty(8), np.empty(8), np.empty(8)
    low, high, origin = np.empty(3), np.empty(3), np.empty(3)
    best_point, point = np.empty(4), np.empty(4)
    stack = np.empty((_STACK, 6))
    per = 1.0 / cell
    for row in range(len(place)):
        wanted, scale = reference[row], 1.0 / criterion[row]
        pk, pj, pi = place[row, 0], place[row, 1], place[row, 2]
        ck = int(_held(np.floor(pk), 0.0, float(last[0])))
        cj = int(_held(np.floor(pj), 0.0, float(last[1])))
        ci = int(_held(np.floor(pi), 0.0, float(last[2])))
        best = ceiling * ceiling
        enough = max(ceiling - tolerance, 0.0) ** 2
        best_point[:] = 0.0
        proved = True
        ak = _apart((ck - pk) * cell[0], (ck + extent[0] - pk) * cell[0])
        aj = _apart((cj - pj) * cell[1], (cj + extent[1] - pj) * cell[1])
        ai = _apart((ci - pi) * cell[2], (ci + extent[2] - pi) * cell[2])
        if ak * ak + aj * aj + ai * ai > best:
            gamma[row] = np.inf
            continue
        for turn in range(len(offsets)):
            if at_least[turn] >= enough:
                break
            k, j, i = ck + offsets[turn, 0], cj + offsets[turn, 1], ci + offsets[turn, 2]
            if k < 0 or j < 0 or i < 0 or k > last[0] or j > last[1] or i > last[2]:
                continue
            low[0], high[0] = (k - pk) * cell[0], (k + extent[0] - pk) * cell[0]
            low[1], high[1] = (j - pj) * cell[1], (j + extent[1] - pj) * cell[1]
            low[2], high[2] = (i - pi) * cell[2], (i + extent[2] - pi) * cell[2]
            ak, aj, ai = _apart(low[0], high[0]), _apart(low[1], high[1]), _apart(low[2], high[2])
            apart = ak * ak + aj * aj + ai * ai
            if apart >= enough:
                continue
            k1, j1, i1 = min(k + 1, axes[0] - 1), min(j + 1, axes[1] - 1), min(i + 1, axes[2] - 1)
            corner[0], corner[1] = (dose[k, j, i] - wanted) * scale, (dose[k, j, i1] - wanted) * scale
            corner[2], corner[3] = (dose[k, j1, i] - wanted) * scale, (dose[k, j1, i1] - wanted) * scale
            corner[4], corner[5] = (dose[k1, j, i] - wanted) * scale, (dose[k1, j, i1] - wanted) * scale
            corner[6], corner[7] = (dose[k1, j1, i] - wanted) * scale, (dose[k1, j1, i1] - wanted) * scale
            least = min(
                corner[0],
                corner[1],
                corner[2],
                corner[3],
                corner[4],
                corner[5],
                corner[6],
                corner[7],
            )
            most = max(
                corner[0],
                corner[1],
                corner[2],
                corner[3],
                corner[4],
                corner[5],
                corner[6],
                corner[7],
            )
            gap = _apart(least, most)
            if apart + gap * gap >= enough or _bound(corner, low, high, best_point) >= enough:
                continue
            if _beyond(corner, low, high, enough):
                continue
            _coefficients(c, corner, per)
            origin[0], origin[1], origin[2] = low[0], low[1], low[2]
            stack[0, 0], stack[0, 2], stack[0, 4] = low[0], low[1], low[2]
            stack[0, 1], stack[0, 3], stack[0, 5] = high[0], high[1], high[2]
            depth = 1
            whole = True
            while depth > 0:
                depth -= 1
                low[0], high[0] = stack[depth, 0], stack[depth, 1]
                low[1], high[1] = stack[depth, 2], stack[depth, 3]
                low[2], high[2] = stack[depth, 4], stack[depth, 5]
                if whole:
                    sub[:] = corner
                else:
                    least, most = np.inf, -np.inf
                    for number in range(8):
                        k_at = high[0] if number & 4 else low[0]
                        j_at = high[1] if number & 2 else low[1]
                        i_at = high[2] if number & 1 else low[2]
                        sub[number] = _dose(
                            c,
                            k_at - origin[0],
                            j_at - origin[1],
                            i_at - origin[2],
                        )
                        least, most = min(least, sub[number]), max(most, sub[number])
                    gap = _apart(least, most)
                    ak, aj, ai = _apart(low[0], high[0]), _apart(low[1], high[1]), _apart(low[2], high[2])
                    if ak * ak + aj * aj + ai * ai + gap * gap >= enough:
                        continue
                    if _bound(sub, low, high, best_point) >= enough or _beyond(sub, low, high, enough):
                        continue
                whole = False
                squared, bound = _descend(c, origin, low, high, best_point, enough, tolerance, point)
                if squared < best:
                    best = squared
                    enough = max(np.sqrt(best) - tolerance, 0.0) ** 2
                    best_point[:] = point
                if bound >= enough or best == 0.0 or _bound(sub, low, high, point) >= enough:
                    continue
                if depth + 2 > _STACK:
                    proved = False
                    continue
                widest = 0
                if high[1] - low[1] > high[widest] - low[widest]:
                    widest = 1
                if high[2] - low[2] > high[widest] - low[widest]:
                    widest = 2
                middle = (low[widest] + high[widest]) / 2
                if not low[widest] < middle < high[widest]:
                    proved = False
                    continue
                for half in range(2):
                    for axis in range(3):
                        stack[depth, 2 * axis], stack[depth, 2 * axis + 1] = low[axis], high[axis]
                    stack[depth, 2 * widest + 1 - half] = middle
                    depth += 1
        gamma[row] = np.sqrt(best)
        if not proved:
            unproved += 1
    return gamma, unproved
