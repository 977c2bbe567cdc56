"""The lines around what is marked: along the edges of pixels, so that they hold exactly the marked ones."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from fyr.imaging.segmentation import Segment, Segmentation
from fyr.imaging.structure_set import Contour, Structure

__all__ = ["mask_outlines", "structure_of"]

_STEPS: Final = np.array([[0, 1], [1, 0], [0, -1], [-1, 0]])
"""Along a row, down, back, up."""


def mask_outlines(mask: NDArray[np.bool_]) -> list[NDArray[np.int64]]:
    """Return the closed lines around what is marked, and around the holes in it.

    Marked pixels that touch at a corner alone lie in lines of their own.

    Parameters
    ----------
    mask : ndarray of bool, shape (rows, columns)

    Returns
    -------
    list of ndarray of int64, shape (corners, 2)
        Row and column of the corners of pixels where a line turns: pixel (r, c) lies from (r, c) to (r + 1, c + 1). The
        marked pixels lie to the right of the line; the last corner is joined to the first.

    Examples
    --------
    >>> [one.tolist() for one in mask_outlines(np.array([[True, True]]))]
    [[[0, 0], [0, 2], [1, 2], [1, 0]]]
    """
    edges = _edges(mask)
    found = []
    while edges:
        start = next(iter(edges))
        heading = edges[start][0]
        line, at = [], start
        while True:
            edges[at].remove(heading)
            if not edges[at]:
                del edges[at]
            line.append((at, heading))
            row, column = _STEPS[heading]
            at = (at[0] + int(row), at[1] + int(column))
            if at == start:
                break
            heading = _turn(edges[at], heading)
        turns = [place for (place, now), (_, before) in zip(line, [line[-1], *line[:-1]], strict=True) if now != before]
        found.append(np.array(turns, dtype=np.int64))
    return found


def _edges(mask: NDArray[np.bool_]) -> dict[tuple[int, int], list[int]]:
    """Return by corner the directions in which edges leave it, with a marked pixel to their right."""
    padded = np.pad(mask, 1)
    inner = padded[1:-1, 1:-1]
    found: dict[tuple[int, int], list[int]] = {}
    sides = (
        (padded[:-2, 1:-1], (0, 0)),  # nothing above: along the upper edge
        (padded[1:-1, 2:], (0, 1)),  # nothing to the right: down
        (padded[2:, 1:-1], (1, 1)),  # nothing below: back
        (padded[1:-1, :-2], (1, 0)),  # nothing to the left: up
    )
    for heading, (neighbour, (row, column)) in enumerate(sides):
        for place in np.add(np.argwhere(inner & ~neighbour), (row, column)).tolist():
            found.setdefault((place[0], place[1]), []).append(heading)
    return found


def _turn(headings: list[int], heading: int) -> int:
    """Return where to go on: to the right where there is a choice, which keeps pixels that touch at a corner apart."""
    return next(one % 4 for one in (heading + 1, heading, heading + 3) if one % 4 in headings)


def structure_of(
    segment: Segment, segmentation: Segmentation, image_uids: tuple[str, ...] = (), number: int | None = None
) -> Structure:
    """Return a segment as contours, slice by slice; holes are contours within contours.

    Parameters
    ----------
    segment : Segment
        Voxels of which at least half is in count as in.
    segmentation : Segmentation
        That it is of.
    image_uids : tuple of str
        Of each slice of the grid; nothing where they are not known.
    number : int, optional
        Of the structure; the segment's own by default.
    """
    contours = []
    mask = segment.mask
    for place in np.flatnonzero(mask.any(axis=(1, 2))).tolist():
        for line in mask_outlines(mask[place]):
            corners = np.column_stack([np.full(len(line), place), line - 0.5])
            uid = image_uids[place] if image_uids else ""
            contours.append(Contour(segmentation.grid.to_mm(corners), image_uid=uid))
    return Structure(segment.number if number is None else number, segment.label, tuple(contours))
