"""Whether two doses may be set against each other, or added."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fyr.errors import BadInput

if TYPE_CHECKING:
    from fyr.imaging.volume import DoseGrid

__all__ = ["comparable"]


def comparable(
    first: DoseGrid,
    second: DoseGrid,
    *,
    ignore_frame: bool = False,
    ignore_summation: bool = False,
    ignore_kind: bool = False,
) -> list[str]:
    """Return what a reader must know of two doses that are set against each other.

    Parameters
    ----------
    first, second : DoseGrid
    ignore_frame, ignore_summation, ignore_kind : bool
        Say so instead of refusing.

    Returns
    -------
    list of str
        Warnings.

    Raises
    ------
    BadInput
        If a dose is no number, or the two are in different frames of reference, sums of different things, or one is
        physical and the other effective.
    """
    warnings: list[str] = []
    for dose in (first, second):
        if not bool(np.isfinite(dose.dose_gy).all()):
            raise BadInput("a dose is no number", where="dose", mend="take the dose again from the planning system")
    one, other = first.grid.frame_of_reference, second.grid.frame_of_reference
    if not one or not other:
        warnings.append("a dose does not say its frame of reference: that the two share one is assumed")
    elif one != other:
        what = f"the doses are in two frames of reference, {one} and {other}"
        _refuse(what, "register them first, or say that the frames are the same", warnings, ignored=ignore_frame)
    if "unknown" in (first.summation, second.summation):
        warnings.append("a dose does not say what it is the sum of: that the two are of the same is assumed")
    elif first.summation != second.summation:
        what = f"one dose is of a {first.summation}, the other of a {second.summation}"
        _refuse(what, "give two of the same, or say that they may differ", warnings, ignored=ignore_summation)
    if first.kind != second.kind:
        what = f"one dose is {first.kind}, the other {second.kind}"
        _refuse(what, "give two of the same kind, or say that they may differ", warnings, ignored=ignore_kind)
    return warnings


def _refuse(what: str, mend: str, warnings: list[str], *, ignored: bool) -> None:
    if not ignored:
        raise BadInput(what, where="dose", mend=mend)
    warnings.append(what)
