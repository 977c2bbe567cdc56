"""What the files of a series come to: read as what they are, or why they cannot be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from fyr.errors import BadInput
from fyr.exchange.dicom.dose import DOSES, read_dose
from fyr.exchange.dicom.dose_report import read_dose_report
from fyr.exchange.dicom.enhanced import ENHANCED
from fyr.exchange.dicom.plan import PLANS, read_plan
from fyr.exchange.dicom.registration import REGISTRATIONS, read_registrations
from fyr.exchange.dicom.scan import ScannedFile, ScannedSeries
from fyr.exchange.dicom.segmentation import SEGMENTATIONS, read_segmentation
from fyr.exchange.dicom.series import SERIES, series_grid
from fyr.exchange.dicom.structure_set import STRUCTURE_SETS, read_structure_set

__all__ = ["Examined", "examine"]


@dataclass(slots=True)
class Examined:
    """What a series came to.

    Parameters
    ----------
    is_read : bool or None
        ``None`` where the files are kept, and Fyr has no reader for what they are.
    said : list of mapping
        What each volume or object holds.
    refused : list of BadInput
    notes : list of str
    """

    is_read: bool | None = None
    said: list[dict[str, Any]] = field(default_factory=list)
    refused: list[BadInput] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def examine(series: ScannedSeries) -> Examined:
    """Read what a series holds; of pictures, all but their pixels."""
    outcome = Examined()
    kind = series.first.kind
    if kind in ENHANCED:  # each holds a volume of its own
        for file in series.files:
            _try(outcome, partial(_picture, [file], outcome))
    elif kind in SERIES:
        _try(outcome, lambda: _picture(series.files, outcome))
    elif kind in _READERS:
        for file in series.files:
            _try(outcome, partial(_READERS[kind], file, outcome))
    return outcome


def _try(outcome: Examined, read: Callable[[], dict[str, Any]]) -> None:
    try:
        outcome.said.append(read())
    except BadInput as problem:
        outcome.refused.append(problem)
    outcome.is_read = not outcome.refused


def _picture(files: Sequence[ScannedFile], outcome: Examined) -> dict[str, Any]:
    grid, unit, notes = series_grid([one.path for one in files])
    outcome.notes += notes
    return {"shape": list(grid.shape), "spacing_mm": list(grid.spacing_mm), "unit": unit}


def _structures(file: ScannedFile, outcome: Examined) -> dict[str, Any]:
    read = read_structure_set(file.path)
    outcome.notes += read.notes
    return {
        "uid": read.uid,
        "label": read.label,
        "structures": [one.name for one in read.structures],
        "frame_of_reference": read.frame_of_reference,
        "image_series": read.image_series_uid or None,
    }


def _dose(file: ScannedFile, outcome: Examined) -> dict[str, Any]:
    read = read_dose(file.path)
    outcome.notes += read.notes
    return {
        "uid": file.uid,
        "shape": list(read.grid.shape),
        "spacing_mm": list(read.grid.spacing_mm),
        "max_gy": float(read.dose_gy.max()),
        "summation": read.summation,
        "kind": read.kind,
        "frame_of_reference": read.grid.frame_of_reference,
        "plan": read.plan_uid or None,
    }


def _plan(file: ScannedFile, outcome: Examined) -> dict[str, Any]:
    read = read_plan(file.path)
    outcome.notes += read.notes
    return {
        "uid": read.uid,
        "label": read.label,
        "beams": [one.name for one in read.beams],
        "fractions": [group.fractions for group in read.fraction_groups],
        "structure_set": read.structure_set_uid or None,
        "frame_of_reference": read.frame_of_reference,
    }


def _registrations(file: ScannedFile, outcome: Examined) -> dict[str, Any]:
    del outcome
    read = read_registrations(file.path)
    return {
        "uid": file.uid,
        "registrations": [{"source": one.source, "target": one.target, "kind": one.kind} for one in read],
    }


def _segments(file: ScannedFile, outcome: Examined) -> dict[str, Any]:
    read = read_segmentation(file.path)
    outcome.notes += read.notes
    return {
        "uid": read.uid,
        "label": read.label,
        "segments": [one.label for one in read.segments],
        "kind": read.kind,
        "shape": list(read.grid.shape),
        "spacing_mm": list(read.grid.spacing_mm),
        "frame_of_reference": read.grid.frame_of_reference,
        "image_series": read.image_series_uid or None,
    }


def _report(file: ScannedFile, outcome: Examined) -> dict[str, Any]:
    read = read_dose_report(file.path)
    outcome.notes += read.notes
    totals = [one for one in read.numbers if "Total" in one.name]
    return {
        "uid": file.uid,
        "numbers": len(read.numbers),
        "totals": [{"name": one.name, "value": one.value, "unit": one.unit} for one in totals],
    }


_READERS: Final[dict[str, Callable[[ScannedFile, Examined], dict[str, Any]]]] = {
    **dict.fromkeys(STRUCTURE_SETS, _structures),
    **dict.fromkeys(DOSES, _dose),
    **dict.fromkeys(PLANS, _plan),
    "1.2.840.10008.5.1.4.1.1.88.67": _report,
    **dict.fromkeys(REGISTRATIONS, _registrations),
    **dict.fromkeys(SEGMENTATIONS, _segments),
}
