"""What the verbs of ``fyr treat`` ask of their files and options alike."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fyr.errors import BadInput, UsageError

if TYPE_CHECKING:
    from fyr.imaging.structure_set import StructureSet
    from fyr.imaging.volume import DoseGrid

__all__ = ["gray", "same_frame", "usual_spacing"]


def gray(text: str) -> float:
    """Return a prescribed dose in gray."""
    import re

    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(c?Gy)\s*", text, re.IGNORECASE)
    dose = float(found[1]) * (0.01 if found[2].casefold() == "cgy" else 1) if found else 0.0
    if dose <= 0:
        raise UsageError(f"'{text}' is not a dose", where="--prescription", mend="write 50Gy or 5000cGy")
    return dose


def same_frame(structure_set: StructureSet, dose: DoseGrid, struct_path: Path, dose_path: Path) -> list[str]:
    """Refuse a structure set of another frame of reference; warn where that cannot be told."""
    ours, theirs = structure_set.frame_of_reference, dose.grid.frame_of_reference
    if ours and theirs and ours != theirs:
        raise BadInput(
            f"the structures are drawn in frame of reference {ours}, the dose of {dose_path.name} is in {theirs}",
            where=str(struct_path),
            mend="take the structure set of the CT that the dose was computed on",
        )
    if not (ours and theirs):
        return ["a frame of reference is missing: that structures and dose belong together was not checked"]
    return []


def usual_spacing(structure_set: StructureSet, dose: DoseGrid) -> float:
    """Return the distance between planes that the set's structures have, or the dose's where none has two."""
    return structure_set.plane_spacing_mm() or dose.grid.spacing_mm[0]
