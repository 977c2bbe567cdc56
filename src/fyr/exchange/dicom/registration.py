"""Spatial registrations (DICOM PS3.3 C.20.2): matrices between frames of reference."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from fyr.errors import BadInput
from fyr.exchange.dicom.geometry import frame_of_reference
from fyr.exchange.dicom.opening import open_file, reading
from fyr.exchange.dicom.values import items, numbers, text
from fyr.imaging.registration import Registration

if TYPE_CHECKING:
    from pydicom import Dataset

__all__ = ["REGISTRATIONS", "read_registrations"]

REGISTRATIONS: Final = {"1.2.840.10008.5.1.4.1.1.66.1": "a Spatial Registration"}

_KINDS: Final = ("RIGID", "RIGID_SCALE", "AFFINE")


def read_registrations(path: str | Path) -> tuple[Registration, ...]:
    """Read a spatial registration object.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    tuple of Registration
        From each frame of reference that is registered into that of the object; the object's own, which must stay as
        it is, left out.

    Raises
    ------
    BadInput
        If the file is damaged or of another kind, registers nothing, moves its own frame of reference, or holds a
        matrix that is none.
    """
    with reading(path):
        dataset = open_file(Path(path), kinds=REGISTRATIONS)
        target = frame_of_reference(dataset)
        if not target:
            raise BadInput("the registration names no frame of reference of its own", where="(0020,0052)")
        uid = text(dataset, "SOPInstanceUID")
        found = [_registration(item, target, uid) for item in items(dataset, "RegistrationSequence")]
        others = [one for one in found if one.source != target]
        for one in found:
            if one.source == target and np.abs(one.matrix - np.eye(4)).max() > 1e-6:
                raise BadInput("the registration moves its own frame of reference", where="Registration Sequence")
        if not others:
            raise BadInput("no other frame of reference is registered", where="Registration Sequence (0070,0308)")
        return tuple(others)


def _registration(item: Dataset, target: str, uid: str) -> Registration:
    """Multiply the matrices of one frame of reference, the first of the sequence applied first (C.20.2.1.1)."""
    source = frame_of_reference(item)
    if not source:
        raise BadInput("a registered frame of reference has no UID", where="Registration Sequence (0070,0308)")
    sets = items(item, "MatrixRegistrationSequence")
    matrices = [one for part in sets for one in items(part, "MatrixSequence")]
    if len(sets) != 1 or not matrices:
        raise BadInput(
            f"{len(sets)} sets of {len(matrices)} matrices", where="Matrix Registration Sequence (0070,0309)"
        )
    kinds = [text(one, "FrameOfReferenceTransformationMatrixType") for one in matrices]
    if not set(kinds) <= set(_KINDS):
        raise BadInput(
            f"'{kinds}' are no kinds of matrix", where="(0070,030C)", mend=f"DICOM knows {', '.join(_KINDS)}"
        )
    whole = np.eye(4)
    for one in matrices:
        whole = numbers(one, "FrameOfReferenceTransformationMatrix", 16).reshape(4, 4) @ whole
    return Registration(whole, source, target, max(kinds, key=_KINDS.index), uid)
