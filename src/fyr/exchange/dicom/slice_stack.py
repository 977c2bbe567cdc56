"""A series of slices as a viewer needs it: where every slice lies from the heads alone, pixels one slice at a time.

Unlike :func:`~fyr.exchange.dicom.series.read_series`, which gives a whole volume or none, a stack of which slices are
missing is still a stack: it says which they are, and has no pixels there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.exchange.dicom.enhanced import is_enhanced, read_enhanced
from fyr.exchange.dicom.geometry import even_step, grid_of
from fyr.exchange.dicom.head import Head
from fyr.exchange.dicom.opening import reading
from fyr.exchange.dicom.rescale import unit_of
from fyr.exchange.dicom.series import Slice, ordered_slices, refuse_shifted, slice_pixels
from fyr.exchange.dicom.values import numbers, optional_integer, optional_number, text
from fyr.imaging.grid import Grid
from fyr.imaging.volume import Volume

__all__ = ["Coding", "SliceStack", "open_stack"]

_INT16: Final = np.iinfo(np.int16)
_WHOLE_STEP: Final = 0.01
_SLICES_AT_MOST: Final = 20_000
_HEAD_BYTES: Final = 32 << 10


@dataclass(frozen=True, slots=True)
class Coding:
    """How measured values are kept in 16 bits: measured = coded * slope + intercept.

    Parameters
    ----------
    slope, intercept : float
    is_exact : bool
        Whether every value that the files can hold is kept as it is; else it is rounded to half a slope.
    """

    slope: float = 1.0
    intercept: float = 0.0
    is_exact: bool = True
    is_small: bool = False
    """Whether 32 bits hold all that comes on the way."""


@dataclass(frozen=True, slots=True, eq=False)
class SliceStack:
    """A stack of slices, evenly spaced, of which some may be missing.

    Parameters
    ----------
    grid : Grid
        Of all places, those of missing slices too.
    unit, modality : str
        As those of a :class:`~fyr.imaging.volume.Volume`.
    coding : Coding
    window : tuple of float, or None
        Centre and width of the grey levels that the files ask for, in the measured unit.
    notes : tuple of str
        What a reader must know about how it was read; plain sentences.
    """

    grid: Grid
    unit: str
    modality: str
    coding: Coding
    window: tuple[float, float] | None
    notes: tuple[str, ...]
    _slices: tuple[Slice | None, ...] = ()
    _factor: float = 1.0
    _values: NDArray[Any] | None = None

    @property
    def nbytes(self) -> int:
        """What it takes in memory, about."""
        return _HEAD_BYTES * len(self._slices) + (0 if self._values is None else self._values.nbytes)

    @property
    def missing(self) -> tuple[int, ...]:
        """The places that have no slice."""
        return tuple(place for place, one in enumerate(self._slices) if one is None)

    def path(self, place: int) -> Path | None:
        """Return the file that the slice is to be read of; ``None`` of a missing one, and where all were read."""
        one = self._slices[place] if self._slices else None
        return None if one is None else one.head.path

    def coded(self, place: int, data: bytes | None = None) -> NDArray[np.int16]:
        """Return a slice's coded values, shape (rows, columns); of a missing one, the least number everywhere.

        Parameters
        ----------
        place : int
        data : bytes, optional
            The whole file, where it was read already.

        Raises
        ------
        BadInput
            If the file cannot be read.
        """
        if self._values is not None:
            return _rounded(self._values[place], 1.0, 0.0, self.coding)
        one = self._slices[place]
        if one is None:
            return np.full(self.grid.shape[1:], _INT16.min, np.int16)
        with reading(one.head.path):
            stored = slice_pixels(one, data)
            slope, intercept = one.rescale.slope * self._factor, one.rescale.intercept * self._factor
            if self.coding.is_exact:
                whole = stored.astype(np.int32 if self.coding.is_small else np.int64)
                whole = whole * int(slope) + int(intercept - self.coding.intercept)
                if whole.min() < _INT16.min or whole.max() > _INT16.max:
                    raise BadInput("a pixel is beyond the bits that the file says it has", where="(0028,0101)")
                return whole.astype(np.int16)
            return _rounded(stored, slope, intercept, self.coding)


def open_stack(paths: Sequence[Path], heads: Mapping[Path, Head] | None = None) -> SliceStack:
    """Read the heads of a series' files; of an enhanced multi-frame object, all of it.

    Parameters
    ----------
    paths : sequence of Path
        In any order.
    heads : mapping of Path to Head, optional
        Those that were read already.

    Raises
    ------
    BadInput
        As :func:`~fyr.exchange.dicom.series.read_series`, but not for missing slices, nor for what is wrong with the
        pixels themselves.
    """
    if is_enhanced(list(paths), (heads or {}).get(paths[0])):
        return _stack_of(read_enhanced(paths[0]))
    slices, notes = ordered_slices(paths, heads)
    first = slices[0]
    with reading(first.head.path.parent):
        places, step = _places(slices)
        frame = text(first.dataset, "FrameOfReferenceUID", "")
        shape = (int(places[-1]) + 1, *first.shape)
        grid = grid_of(shape, first.directions, first.spacing_mm, first.directions[2] * step, first.position_mm, frame)
        different = {id(one.dataset): one.dataset for one in slices}  # many slices share one
        unit, factor = unit_of(list(different.values()), notes)
        coding = _coding(slices, factor)
        window = _window(slices[len(slices) // 2], factor)
    placed: list[Slice | None] = [None] * shape[0]
    for place, one in zip(places.tolist(), slices, strict=True):
        placed[place] = one
    lacking = shape[0] - len(slices)
    if lacking:
        notes.append(
            f"{lacking} of {shape[0]} slices {'is' if lacking == 1 else 'are'} missing: there is no picture there"
        )
    if not coding.is_exact:
        notes.append(f"values are shown rounded to {coding.slope:.3g} {unit}")
    modality = text(first.dataset, "Modality", "")
    return SliceStack(grid, unit, modality, coding, window, tuple(notes), tuple(placed), factor)


def _stack_of(volume: Volume) -> SliceStack:
    coding, notes = Coding(), list(volume.notes)
    if volume.values.dtype != np.int16:
        low, high = float(volume.values.min()), float(volume.values.max())
        slope = (high - low) / (_INT16.max - _INT16.min) or 1.0
        coding = Coding(slope, low - _INT16.min * slope, is_exact=False)
        notes.append(f"values are shown rounded to {coding.slope:.3g} {volume.unit}")
    return SliceStack(volume.grid, volume.unit, volume.modality, coding, None, tuple(notes), _values=volume.values)


def _rounded(stored: NDArray[Any], slope: float, intercept: float, coding: Coding) -> NDArray[np.int16]:
    """Return the coded values nearest to ``stored * slope + intercept``."""
    scaled = (stored * slope + (intercept - coding.intercept)) / coding.slope
    return np.clip(np.rint(scaled), _INT16.min, _INT16.max).astype(np.int16)


def _places(slices: Sequence[Slice]) -> tuple[NDArray[np.int64], float]:
    """Return the place of each slice in an even stack, and its step in mm."""
    if len(slices) == 1:
        thickness = optional_number(slices[0].dataset, "SliceThickness") or 0.0
        if thickness <= 0:
            raise BadInput("a single slice that says no thickness", where="Slice Thickness (0018,0050)")
        return np.zeros(1, np.int64), thickness
    along = refuse_shifted(slices)
    try:
        return np.arange(len(slices)), even_step(along, "slices")
    except BadInput:
        gaps = np.sort(np.diff(along))
        shares = np.diff(along) / gaps[(len(gaps) - 1) // 2]
        steps = np.rint(shares)
        if np.abs(shares - steps).max() > _WHOLE_STEP or steps.min() < 1 or steps.sum() > _SLICES_AT_MOST:
            raise
    places = np.concatenate([[0], np.cumsum(steps)]).astype(np.int64)
    return places, float((along[-1] - along[0]) / places[-1])


def _coding(slices: Sequence[Slice], factor: float) -> Coding:
    """Return 16 bits for every value that the files can hold, whatever they do hold: no pixel is read for it."""
    ends = [factor * (stored * one.rescale.slope + one.rescale.intercept) for one in slices for stored in _range(one)]
    low, high = min(ends), max(ends)
    if factor == 1 and all(one.rescale.is_whole for one in slices):
        is_small = max(abs(low), abs(high)) < 1 << 24
        if _INT16.min <= low and high <= _INT16.max:
            return Coding(is_small=is_small)
        if high - low <= _INT16.max - _INT16.min:
            return Coding(1.0, low - _INT16.min, is_small=is_small)
    slope = (high - low) / (_INT16.max - _INT16.min)
    if not np.isfinite(slope) or slope <= 0:
        raise BadInput("the rescaled values go beyond all bounds", where="Rescale Slope (0028,1053)")
    return Coding(slope, low - _INT16.min * slope, is_exact=False)


def _range(one: Slice) -> tuple[int, int]:
    """Return the least and the greatest number that a slice can store."""
    bits = optional_integer(one.dataset, "BitsStored") or optional_integer(one.dataset, "BitsAllocated") or 16
    if optional_integer(one.dataset, "PixelRepresentation"):
        return -(1 << (bits - 1)), (1 << (bits - 1)) - 1
    return 0, (1 << bits) - 1


def _window(one: Slice, factor: float) -> tuple[float, float] | None:
    try:
        centre = numbers(one.dataset, "WindowCenter", None, optional=True)
        width = numbers(one.dataset, "WindowWidth", None, optional=True)
    except BadInput:
        return None
    if centre is None or width is None or width[0] <= 0:
        return None
    return float(centre[0]) * factor, float(width[0]) * factor
