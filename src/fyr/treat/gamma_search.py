"""The smallest distance in dose and space from reference points to an evaluated dose, compiled.

All lengths here are in units of the distance criterion and all doses in units of the dose criterion, so that the
square of gamma is ``u**2 + |v|**2``: `u` the difference in dose, `v` the way from the reference point.

Between voxel centres the evaluated dose is multilinear, so that its smallest distance is not that to the nearest voxel
(Wendling et al. 2007, Med Phys 34:1647; Ju et al. 2008, Med Phys 35:879). It is found cell by cell, nearest first:

- what is further away than the best point so far is cut off each cell, and a cell whose nearest place and range of
  doses are already too far is left out;
- the best point of the rest is sought by linearising the dose (Gauss and Newton), held in the box;
- for any number s, ``u**2 + |v|**2 >= 2 s u - s**2 + |v|**2``, and the second derivatives of the right side are known
  from the corners. So it lies above a parabola along each axis at any point, whose minimum in the box is a lower bound:
  that proves that no other place is better by more than `tolerance`. Where it does not, the cell is cut in two.

So the answer is at most `tolerance` above the true minimum, without a fraction of interpolation.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["cells_by_distance", "search"]

Floats = NDArray[np.float64]
Eight = tuple[float, float, float, float, float, float, float, float]

_STACK: Final = 256
_STEPS: Final = 20
_CUTS: Final = 12


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


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def _dose(c: Eight, k: float, j: float, i: float) -> float:  # pragma: no cover (compiled)
    """Return the difference in dose at a way (k, j, i) from the first corner of a cell, from its coefficients.

    They are those of 1, k, j, i, kj, ki, ji, kji.
    """
    return c[0] + k * c[1] + j * (c[2] + k * c[4]) + i * (c[3] + k * c[5] + j * (c[6] + k * c[7]))


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def _least(slope: float, curve: float, low: float, high: float) -> float:  # pragma: no cover (compiled)
    """Return the smallest ``slope * t + curve * t**2`` with t between `low` and `high`."""
    if curve > 0.0:
        t = _held(-0.5 * slope / curve, low, high)
        return t * (slope + curve * t)
    return min(low * (slope + curve * low), high * (slope + curve * high))


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def _descend(  # noqa: PLR0912, PLR0915 - a call for each step would cost more than the step
    c: Eight,
    ok: float, oj: float, oi: float,
    lk: float, hk: float, lj: float, hj: float, li: float, hi: float,
    vk: float, vj: float, vi: float,
    enough: float,
    tolerance: float,
) -> tuple[float, float, float, float, float]:  # pragma: no cover (compiled)  # fmt: skip
    """Find a good point of a box, and how much better any other can be.

    With the dose linear, ``u = u0 + g (v - v0)``, the best point is ``v = -g s`` held in the box, and s the difference
    in dose there: a root of a falling function that is linear in pieces.

    The second derivatives of the dose are those of its mixed terms alone. A row of them, in absolute values, sums to
    b; so those of ``2 s u + |v|**2`` are at least ``2 (1 - |s| b)`` along each axis (Gershgorin 1931).

    Parameters
    ----------
    c : tuple of float
        Coefficients of the dose in the cell.
    ok, oj, oi : float
        Its first corner.
    lk, hk, lj, hj, li, hi : float
        The box.
    vk, vj, vi : float
        Where to begin; held in the box.
    enough : float
        The search ends when no point of the box can be nearer than this, squared.
    tolerance : float

    Returns
    -------
    squared : float
        ``u**2 + |v|**2`` of the point.
    at_least : float
        A lower bound for the whole box.
    vk, vj, vi : float
        The point.
    """
    kj = max(abs(c[4] + c[7] * (li - oi)), abs(c[4] + c[7] * (hi - oi)))
    ki = max(abs(c[5] + c[7] * (lj - oj)), abs(c[5] + c[7] * (hj - oj)))
    ji = max(abs(c[6] + c[7] * (lk - ok)), abs(c[6] + c[7] * (hk - ok)))
    bk, bj, bi = kj + ki, kj + ji, ki + ji
    vk, vj, vi = _held(vk, lk, hk), _held(vj, lj, hj), _held(vi, li, hi)
    k, j, i = vk - ok, vj - oj, vi - oi
    u = _dose(c, k, j, i)
    best = u * u + vk * vk + vj * vj + vi * vi
    edge = np.sqrt(enough)
    at_least = -np.inf
    for _ in range(_STEPS):
        gk = c[1] + j * c[4] + i * (c[5] + j * c[7])
        gj = c[2] + k * c[4] + i * (c[6] + k * c[7])
        gi = c[3] + k * c[5] + j * (c[6] + k * c[7])
        s = _held(u, -edge, edge)  # a larger one bends more, and proves no more
        bound = best - (u - s) * (u - s)
        bound += _least(2 * (s * gk + vk), 1 - abs(s) * bk, lk - vk, hk - vk)
        bound += _least(2 * (s * gj + vj), 1 - abs(s) * bj, lj - vj, hj - vj)
        bound += _least(2 * (s * gi + vi), 1 - abs(s) * bi, li - vi, hi - vi)
        at_least = max(at_least, bound)
        root = np.sqrt(best) - tolerance  # what is enough, should this be the best point of all
        if at_least >= enough or root <= 0.0 or at_least >= root * root:
            break
        s, left, right = u, -np.inf, np.inf
        nk, nj, ni = vk, vj, vi
        base = u - gk * vk - gj * vj - gi * vi
        for _ in range(_CUTS):
            slope = 1.0
            nk, nj, ni = -gk * s, -gj * s, -gi * s
            if lk <= nk <= hk:
                slope += gk * gk
            if lj <= nj <= hj:
                slope += gj * gj
            if li <= ni <= hi:
                slope += gi * gi
            nk, nj, ni = _held(nk, lk, hk), _held(nj, lj, hj), _held(ni, li, hi)
            off = base + gk * nk + gj * nj + gi * ni - s
            if abs(off) <= 1e-12 * (1 + abs(s)):
                break
            if off > 0.0:
                left = s
            else:
                right = s
            s += off / slope
            if not left < s < right:  # from piece to piece and back again
                s = (left + right) / 2
        if best - s * s - nk * nk - nj * nj - ni * ni <= 1e-16 * (1 + best):
            break
        found = False
        there, squared = u, best
        for _ in range(6):
            k, j, i = nk - ok, nj - oj, ni - oi
            there = _dose(c, k, j, i)
            squared = there * there + nk * nk + nj * nj + ni * ni
            if squared < best:
                found = True
                break
            nk, nj, ni = (nk + vk) / 2, (nj + vj) / 2, (ni + vi) / 2
        if not found:
            break
        best, u, vk, vj, vi = squared, there, nk, nj, ni
    return best, at_least, vk, vj, vi


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def _out_of_range(
    c: Eight,
    ok: float, oj: float, oi: float,
    lk: float, hk: float, lj: float, hj: float, li: float, hi: float,
    enough: float,
) -> bool:  # pragma: no cover (compiled)  # fmt: skip
    """Tell whether the nearest place of a box and the range of its doses are too far already."""
    least, most = np.inf, -np.inf
    for number in range(8):
        k, j, i = hk if number & 4 else lk, hj if number & 2 else lj, hi if number & 1 else li
        corner = _dose(c, k - ok, j - oj, i - oi)
        least, most = min(least, corner), max(most, corner)
    gap, ak, aj, ai = _apart(least, most), _apart(lk, hk), _apart(lj, hj), _apart(li, hi)
    return bool(ak * ak + aj * aj + ai * ai + gap * gap >= enough)


@njit(cache=True, nogil=True)
def _downhill(dose: NDArray[Any], k: int, j: int, i: int, axis: int, above: float) -> bool:  # pragma: no cover
    """Tell whether the dose comes nearer to what is wanted below a voxel along an axis rather than above it."""
    k0, j0, i0 = k - (axis == 0), j - (axis == 1), i - (axis == 2)
    k1, j1, i1 = k + (axis == 0), j + (axis == 1), i + (axis == 2)
    if min(k0, j0, i0) < 0 or k1 >= dose.shape[0] or j1 >= dose.shape[1] or i1 >= dose.shape[2]:
        return False
    return bool(above * (dose[k1, j1, i1] - dose[k0, j0, i0]) > 0)


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
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
    stack = np.empty((_STACK, 6))
    rk, rj, ri = 1 / cell[0], 1 / cell[1], 1 / cell[2]
    for row in range(len(place)):
        wanted, scale = reference[row], 1.0 / criterion[row]
        pk, pj, pi = place[row, 0], place[row, 1], place[row, 2]
        ck = int(_held(np.floor(pk), 0.0, float(last[0])))
        cj = int(_held(np.floor(pj), 0.0, float(last[1])))
        ci = int(_held(np.floor(pi), 0.0, float(last[2])))
        best = ceiling * ceiling
        enough = max(ceiling - tolerance, 0.0) ** 2
        bk, bj, bi = 0.0, 0.0, 0.0
        proved = True
        ak = _apart((ck - pk) * cell[0], (ck + extent[0] - pk) * cell[0])
        aj = _apart((cj - pj) * cell[1], (cj + extent[1] - pj) * cell[1])
        ai = _apart((ci - pi) * cell[2], (ci + extent[2] - pi) * cell[2])
        if ak * ak + aj * aj + ai * ai > best:
            gamma[row] = np.inf
            continue
        if ck == pk and cj == pj and ci == pi:  # on a voxel eight cells are nearest: begin where the dose leads
            above = dose[ck, cj, ci] - wanted
            down = (
                _downhill(dose, ck, cj, ci, 0, above),
                _downhill(dose, ck, cj, ci, 1, above),
                _downhill(dose, ck, cj, ci, 2, above),
            )
            ck, cj, ci = ck - down[0], cj - down[1], ci - down[2]
        for turn in range(len(offsets)):
            if at_least[turn] >= enough:
                break
            k, j, i = ck + offsets[turn, 0], cj + offsets[turn, 1], ci + offsets[turn, 2]
            if k < 0 or j < 0 or i < 0 or k > last[0] or j > last[1] or i > last[2]:
                continue
            lk, hk = (k - pk) * cell[0], (k + extent[0] - pk) * cell[0]
            lj, hj = (j - pj) * cell[1], (j + extent[1] - pj) * cell[1]
            li, hi = (i - pi) * cell[2], (i + extent[2] - pi) * cell[2]
            ak, aj, ai = _apart(lk, hk), _apart(lj, hj), _apart(li, hi)
            apart = ak * ak + aj * aj + ai * ai
            if apart >= enough:
                continue
            k1, j1, i1 = min(k + 1, axes[0] - 1), min(j + 1, axes[1] - 1), min(i + 1, axes[2] - 1)
            u0, u1 = (dose[k, j, i] - wanted) * scale, (dose[k, j, i1] - wanted) * scale
            u2, u3 = (dose[k, j1, i] - wanted) * scale, (dose[k, j1, i1] - wanted) * scale
            u4, u5 = (dose[k1, j, i] - wanted) * scale, (dose[k1, j, i1] - wanted) * scale
            u6, u7 = (dose[k1, j1, i] - wanted) * scale, (dose[k1, j1, i1] - wanted) * scale
            gap = _apart(min(u0, u1, u2, u3, u4, u5, u6, u7), max(u0, u1, u2, u3, u4, u5, u6, u7))
            if apart + gap * gap >= enough:
                continue
            c = (
                u0,
                (u4 - u0) * rk,
                (u2 - u0) * rj,
                (u1 - u0) * ri,
                (u6 - u4 - u2 + u0) * rk * rj,
                (u5 - u4 - u1 + u0) * rk * ri,
                (u3 - u2 - u1 + u0) * rj * ri,
                (u7 - u6 - u5 - u3 + u4 + u2 + u1 - u0) * rk * rj * ri,
            )
            ok, oj, oi = lk, lj, li
            depth = 0
            known = True  # whether the range of the doses in the box has been looked at
            while True:
                edge = np.sqrt(enough)
                if min(lk, lj, li) < -edge or max(hk, hj, hi) > edge:
                    lk, lj, li = max(lk, -edge), max(lj, -edge), max(li, -edge)
                    hk, hj, hi = min(hk, edge), min(hj, edge), min(hi, edge)
                    known = False
                if (
                    min(hk - lk, hj - lj, hi - li) >= 0.0
                    and (known or not _out_of_range(c, ok, oj, oi, lk, hk, lj, hj, li, hi, enough))
                ):  # fmt: skip
                    squared, bound, vk, vj, vi = _descend(
                        c, ok, oj, oi, lk, hk, lj, hj, li, hi, bk, bj, bi, enough, tolerance
                    )
                    if squared < best:
                        best = squared
                        enough = max(np.sqrt(best) - tolerance, 0.0) ** 2
                        bk, bj, bi = vk, vj, vi
                    if bound < enough and best > 0.0:
                        widest, middle, whole = 0, (lk + hk) / 2, hk - lk
                        if hj - lj > whole:
                            widest, middle, whole = 1, (lj + hj) / 2, hj - lj
                        if hi - li > whole:
                            widest, middle, whole = 2, (li + hi) / 2, hi - li
                        if depth + 2 > _STACK or whole <= 1e-15 * (1 + abs(middle)):
                            proved = False
                        else:
                            for half in range(2):
                                stack[depth, 0], stack[depth, 1], stack[depth, 2] = lk, hk, lj
                                stack[depth, 3], stack[depth, 4], stack[depth, 5] = hj, li, hi
                                stack[depth, 2 * widest + 1 - half] = middle
                                depth += 1
                if depth == 0:
                    break
                depth -= 1
                known = False
                lk, hk, lj = stack[depth, 0], stack[depth, 1], stack[depth, 2]
                hj, li, hi = stack[depth, 3], stack[depth, 4], stack[depth, 5]
        gamma[row] = np.sqrt(best)
        if not proved:
            unproved += 1
    return gamma, unproved
