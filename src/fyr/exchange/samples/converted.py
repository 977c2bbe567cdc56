"""What Fyr makes of a sample's files where no program of a hospital reads them as they came: said to be converted."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from fyr.errors import BadInput

if TYPE_CHECKING:
    from fyr.exchange.samples.sample import Sample

__all__ = ["CONVERSIONS", "Conversion", "ct_of_nrrd"]

Conversion = Callable[["Sample", Path], None]
"""Makes files in a sample's folder of those that were taken; the same of the same, byte for byte."""

_STRUCTURE_SET: Final = "rtstruct.dcm"
_DAY: Final = datetime(2020, 10, 11)  # noqa: DTZ001  a date without a place: of the files in the package
_SPACE: Final = uuid.uuid5(uuid.NAMESPACE_DNS, "fyr.samples")


def ct_of_nrrd(sample: Sample, folder: Path) -> None:
    """Make a DICOM CT of the sample's first file, and a structure set of the label in its second.

    The label's outlines run along the edges of its voxels, so that their area is that of the voxels. The UIDs follow
    from the files' digests.

    Raises
    ------
    BadInput
        If the two do not go together.
    """
    import numpy as np

    from fyr.exchange.dicom.write_series import write_ct_series
    from fyr.exchange.dicom.write_structure_set import write_structure_set
    from fyr.exchange.nrrd import read_nrrd
    from fyr.imaging.mask_outline import structure_of
    from fyr.imaging.segmentation import Segment, Segmentation
    from fyr.imaging.structure_set import StructureSet
    from fyr.imaging.volume import Volume

    image, label = sample.taken[:2]
    frame, study, series = (_uid(image.sha256, what) for what in ("frame", "study", "series"))
    values, grid = read_nrrd((folder / image.name).read_bytes(), image.name, frame_of_reference=frame)
    marked, its_grid = read_nrrd((folder / label.name).read_bytes(), label.name, frame_of_reference=frame)
    if not grid.same_as(its_grid):
        raise BadInput(f"{label.name} is not on the grid of {image.name}", where=sample.name)
    source = f"{image.member.rpartition('/')[2]} of {sample.archive.title}"
    slices = write_ct_series(
        Volume(grid, values.astype(np.int16), "[hnsf'U]", "CT"),
        folder,
        patient_id=sample.name,
        study_uid=study,
        series_uid=series,
        description="Open sample, converted from NRRD",
        derivation=f"Converted by Fyr from {source}; dates, scanner and patient are not known",
    )
    mask = Segmentation(grid, (Segment(1, "GTV", marked > 0),))
    tumour = replace(structure_of(mask.segments[0], mask, slices), kind="GTV", colour=(255, 160, 0))
    drawn = StructureSet((tumour,), frame, "From NRRD label", _uid(label.sha256, "structures"), series)
    write_structure_set(
        drawn,
        folder / _STRUCTURE_SET,
        patient_id=sample.name,
        study_uid=study,
        when=_DAY,
        series_uid=_uid(label.sha256, "series"),
    )


def _uid(digest: str, what: str) -> str:
    """Return a UID that follows from a file (DICOM PS3.5 B.2)."""
    return f"2.25.{uuid.uuid5(_SPACE, f'{digest} {what}').int}"


CONVERSIONS: Final[Mapping[str, Conversion]] = MappingProxyType({"ct-of-nrrd": ct_of_nrrd})
"""Every conversion by its name."""
