"""Structures as the part of each voxel that they fill."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fyr.imaging.contour_planes import ContourPlanes, contour_planes
from fyr.imaging.coverage_stack import coverage_stack
from fyr.imaging.grid import Grid
from fyr.imaging.plane_stack import Between, Layer, layers
from fyr.imaging.structure_set import Structure

__all__ = ["occupancy"]

_PARALLEL: Final = 1e-4
_FINE: Final = 4
"""Points along each side of a voxel where the planes are oblique to the grid."""


def occupancy(structure: Structure, grid: Grid, between: Between | None = None) -> NDArray[np.float32]:
    """Return the part of each voxel that is inside a structure.

    Exact where the planes of the structure are parallel to slices, rows or columns of the grid in any direction: the
    polygon's area in each pixel, and the straight passage between planes over the height of each voxel. Where they
    are oblique, the structure is asked at 4 by 4 by 4 points spread over each voxel, and a voxel on the surface is
    right to a few hundredths.

    Parameters
    ----------
    structure : Structure
    grid : Grid
    between : Between, optional

    Returns
    -------
    ndarray of float32, shape (slices, rows, columns)
        From 0 to 1.

    Raises
    ------
    BadInput
        If the structure cannot be filled: open, not planar, without contours.
    """
    planes = contour_planes(structure)
    to_grid = planes.axes @ (grid.affine[:3, :3] / np.asarray(grid.spacing_mm))
    straight = np.abs(np.abs(to_grid).max(axis=0) - 1).max() < _PARALLEL
    wanted = between or Between()
    parts = _aligned(planes, wanted, grid, to_grid) if straight else _oblique(planes, wanted, grid)
    return np.clip(parts, 0, 1, out=parts)


def _aligned(planes: ContourPlanes, between: Between, grid: Grid, to_grid: NDArray[Any]) -> NDArray[np.float32]:
    """Fill a grid whose axes are u, v and w in some order and direction."""
    along = [int(np.argmax(np.abs(to_grid[axis]))) for axis in range(3)]
    steps = np.asarray(grid.spacing_mm)[along]
    directions = np.array([to_grid[axis, along[axis]] for axis in range(3)])
    first = planes.axes @ grid.affine[:3, 3]
    corner = first - steps / 2
    stack = coverage_stack(planes, (float(steps[0]), float(steps[1])), (float(corner[0]), float(corner[1])))
    filled, _ = layers(planes.places_mm, stack.area_mm2, between)
    weights = _height_weights(filled, len(planes.places_mm), grid.shape[along[2]], float(first[2]),
                              float(steps[2] * np.sign(directions[2])), float(steps[2]))  # fmt: skip
    # Pixels of the stack as indices of the grid.
    lists = []
    for axis, size in ((0, stack.coverage.shape[3]), (1, stack.coverage.shape[2])):
        centres = stack.origin_mm[axis] + (np.arange(size) + 0.5) * stack.spacing_mm[axis]
        lists.append(np.rint((centres - first[axis]) / (steps[axis] * np.sign(directions[axis]))).astype(np.int64))
    columns, rows = lists
    inside_u = (columns >= 0) & (columns < grid.shape[along[0]])
    inside_v = (rows >= 0) & (rows < grid.shape[along[1]])
    area = stack.coverage[0][:, inside_v][:, :, inside_u]
    reached = np.flatnonzero(weights.any(axis=1))
    block = np.einsum("kp,pyx->kyx", weights[reached].astype(np.float32), area, optimize=True)
    low = first[2] + reached * steps[2] * np.sign(directions[2]) - steps[2] / 2
    _to_volume(block, _volumes(filled, low, low + steps[2]) / grid.voxel_mm3)
    parts = np.zeros(grid.shape, np.float32)
    turned = parts.transpose(along[2], along[1], along[0])
    turned[np.ix_(reached, rows[inside_v], columns[inside_u])] = block
    return parts


def _height_weights(
    filled: list[Layer], planes: int, slices: int, first: float, step: float, height: float
) -> NDArray[np.float64]:
    """Return how much each plane counts in each slice of voxels: its share of the passage over the slice's height."""
    weights = np.zeros((slices, planes))
    centres = first + np.arange(slices) * step
    low, high = centres - height / 2, centres + height / 2
    for layer in filled:
        start, end = np.maximum(low, layer.start_mm), np.minimum(high, layer.end_mm)
        length = np.maximum(end - start, 0) / height
        middle = (np.clip((start + end) / 2, layer.start_mm, layer.end_mm) - layer.start_mm) / max(
            layer.end_mm - layer.start_mm, 1e-12
        )
        if layer.lower == layer.upper:  # the taper of a rounded end
            length = length * layer.shares(start, np.maximum(end, start))[0]
        weights[:, layer.lower] += length * (1 - middle)
        weights[:, layer.upper] += length * middle
    return weights


def _volumes(filled: list[Layer], low: NDArray[np.float64], high: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the volume in mm³ of the structure between places along w."""
    volume = np.zeros_like(low)
    for layer in filled:
        start, end = np.clip(low, layer.start_mm, layer.end_mm), np.clip(high, layer.start_mm, layer.end_mm)
        volume += layer.shares(start, end)[1]
    return volume


def _to_volume(block: NDArray[np.float32], wanted: NDArray[np.float64]) -> None:
    """Move the surface so that each slice has its volume (in voxels): whole and empty voxels stay as they are."""
    surface = (block * (1 - block)).sum(axis=(1, 2), dtype=np.float64)
    lacking = wanted - block.sum(axis=(1, 2), dtype=np.float64)
    move = np.divide(lacking, surface, out=np.zeros_like(surface), where=surface > 0)
    block += (np.clip(move, -1, 1).astype(np.float32))[:, None, None] * block * (1 - block)


def _oblique(planes: ContourPlanes, between: Between, grid: Grid) -> NDArray[np.float32]:
    """Ask at points spread over each voxel how much of them is inside."""
    step = min(grid.spacing_mm) / _FINE
    stack = coverage_stack(planes, (step, step))
    filled, _ = layers(planes.places_mm, stack.area_mm2, between)
    turned = np.empty((3, 4))
    turned[:, :3] = planes.axes @ grid.affine[:3, :3]
    turned[:, 3] = planes.axes @ grid.affine[:3, 3]
    levels = np.array([(one.start_mm, one.end_mm) for one in filled])
    pairs = np.array([(one.lower, one.upper) for one in filled], np.int64)
    tapers = np.array([np.array(one.area) / max(one.straight[0], 1e-9) if one.lower == one.upper else (1.0, 0, 0, 0)
                       for one in filled])  # fmt: skip
    parts = np.zeros(grid.shape, np.float32)
    _ask(stack.coverage[0], levels, pairs, tapers, np.array(stack.origin_mm), step, turned, _FINE, parts)
    return parts


@njit(cache=True)
def _ask(
    area: Any, levels: Any, pairs: Any, tapers: Any, origin: Any, step: float, turned: Any, fine: int, parts: Any
) -> None:  # fmt: skip
    """Set the part of each voxel inside, from ``fine`` points along each of its sides."""
    slices, rows, columns = parts.shape
    layer = 0
    for k in range(slices):
        for j in range(rows):
            for i in range(columns):
                total = 0.0
                for point in range(fine * fine * fine):
                    kk = k + (point // (fine * fine) + 0.5) / fine - 0.5
                    jj = j + (point // fine % fine + 0.5) / fine - 0.5
                    ii = i + (point % fine + 0.5) / fine - 0.5
                    w = turned[2, 0] * kk + turned[2, 1] * jj + turned[2, 2] * ii + turned[2, 3]
                    if w < levels[0, 0] or w >= levels[-1, 1]:
                        continue
                    u = turned[0, 0] * kk + turned[0, 1] * jj + turned[0, 2] * ii + turned[0, 3]
                    column = int(np.floor((u - origin[0]) / step))
                    if column < 0 or column >= area.shape[2]:
                        continue
                    v = turned[1, 0] * kk + turned[1, 1] * jj + turned[1, 2] * ii + turned[1, 3]
                    row = int(np.floor((v - origin[1]) / step))
                    if row < 0 or row >= area.shape[1]:
                        continue
                    while layer > 0 and w < levels[layer, 0]:
                        layer -= 1
                    while layer < len(levels) - 1 and w >= levels[layer, 1]:
                        layer += 1
                    if w < levels[layer, 0]:
                        continue
                    above = w - levels[layer, 0]
                    along = above / (levels[layer, 1] - levels[layer, 0])
                    below_area, above_area = area[pairs[layer, 0], row, column], area[pairs[layer, 1], row, column]
                    taper = tapers[layer, 0] + above * (tapers[layer, 1] + above * tapers[layer, 2])
                    total += taper * ((1 - along) * below_area + along * above_area)
                parts[k, j, i] = total / fine**3
