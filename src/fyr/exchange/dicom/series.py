"""A series of CT, MR or PET slices as one volume (DICOM PS3.3 A.3, A.4, A.21)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.exchange.dicom.enhanced import ENHANCED, enhanced_grid, is_enhanced, read_enhanced
from fyr.exchange.dicom.geometry import even_step, grid_of, orientation, pixel_spacing, refuse_tilt
from fyr.exchange.dicom.head import Head, read_head
from fyr.exchange.dicom.opening import check_kind, open_file, parse, reading
from fyr.exchange.dicom.pixels import check_pixels, native_pixels, stored_pixels
from fyr.exchange.dicom.rescale import Rescale, rescale_of, unit_of
from fyr.exchange.dicom.values import decimals, numbers, optional_number, text, words
from fyr.imaging.grid import Grid
from fyr.imaging.volume import Volume

if TYPE_CHECKING:
    from pydicom import Dataset

__all__ = [
    "SERIES",
    "Slice",
    "ordered_slices",
    "read_series",
    "refuse_shifted",
    "series_files",
    "series_grid",
    "slice_pixels",
]

_SLICES: Final = {
    "1.2.840.10008.5.1.4.1.1.2": "CT Image",
    "1.2.840.10008.5.1.4.1.1.4": "MR Image",
    "1.2.840.10008.5.1.4.1.1.128": "PET Image",
}
SERIES: Final = {**_SLICES, **ENHANCED}

_SHARED: Final = (
    *(0x00080005, 0x00080008, 0x00080016, 0x00080021, 0x00080022, 0x00080031, 0x00080032, 0x00080060),
    *(0x00100020, 0x0020000E, 0x00200037, 0x00200052, 0x00541001),
    *(0x00280002, 0x00280004, 0x00280008, 0x00280010, 0x00280011, 0x00280030),
    *(0x00280100, 0x00280101, 0x00280102, 0x00280103, 0x00281052, 0x00281053, 0x00281054),
)
"""What is read of every slice but its position: where their bytes are the same, one reading serves."""
_POSITION: Final = 0x00200032
_SAME: Final = 1e-4


@dataclass(frozen=True, slots=True, eq=False)
class Slice:
    """One file's place in the series; directions as :func:`~fyr.exchange.dicom.geometry.orientation` has them.

    Parameters
    ----------
    head : Head
    dataset : Dataset
        What its head says, or that of another slice which says the same but for where it lies (``_SHARED``).
    shape : tuple of int
    spacing_mm : tuple of float
    directions : ndarray of float64, shape (3, 3)
    position_mm : ndarray of float64, shape (3,)
    rescale : Rescale
    """

    head: Head
    dataset: Dataset
    shape: tuple[int, int]
    spacing_mm: tuple[float, float]
    directions: NDArray[np.float64]
    position_mm: NDArray[np.float64]
    rescale: Rescale

    @property
    def along_mm(self) -> float:
        """Where the slice lies along its normal."""
        return float(self.position_mm @ self.directions[2])


def read_series(paths: str | Path | Iterable[str | Path]) -> Volume:
    """Read the slices of one series as a volume.

    Parameters
    ----------
    paths : path, or iterable of paths
        The files, in any order, or a folder that holds nothing else; of an enhanced multi-frame object the one.

    Returns
    -------
    Volume
        Slices in rising order along their normal, whatever the patient's position. CT is in Hounsfield units, int16
        where that holds every value; MR as stored (unit ``1``); PET as SUV (``g/mL``) where all that it takes is
        there, else in the file's own unit, with the reason in `notes`.

    Raises
    ------
    BadInput
        If a file is damaged, the files are of several series, patients, frames of reference, shapes or directions,
        slices are missing, in one place or unevenly spaced, or the gantry was tilted.
    """
    files = series_files(paths)
    if is_enhanced(files):
        return read_enhanced(files[0])
    slices, grid, unit, factor, notes = _stacked(files)
    modality = text(slices[0].dataset, "Modality", "")
    return Volume(grid, _values(slices, grid.shape, factor), unit, modality, notes=tuple(notes))


def series_grid(paths: Sequence[Path]) -> tuple[Grid, str, list[str]]:
    """Return the grid, unit and notes of the volume that :func:`read_series` would read, without its pixels.

    Raises
    ------
    BadInput
        As :func:`read_series`, but for what is wrong with the pixels themselves.
    """
    if is_enhanced(list(paths)):
        return enhanced_grid(paths[0])
    _, grid, unit, _, notes = _stacked(paths)
    return grid, unit, notes


def ordered_slices(paths: Sequence[Path], heads: Mapping[Path, Head] | None = None) -> tuple[list[Slice], list[str]]:
    """Return the slices of one series in rising order along their normal, each once, without a pixel; and notes.

    Parameters
    ----------
    paths : sequence of Path
    heads : mapping of Path to Head, optional
        Those that were read already.

    Raises
    ------
    BadInput
        As :func:`read_series`, but for where the slices lie.
    """
    notes: list[str] = []
    known: dict[tuple[bytes, ...], Slice] = {}
    slices = _one_series(
        _without_scouts([_slice(path, known, (heads or {}).get(path)) for path in paths], notes), notes
    )
    with reading(slices[0].head.path):
        slices[0] = replace(slices[0], dataset=slices[0].head.data_set())
    return slices, notes


def _stacked(paths: Sequence[Path]) -> tuple[list[Slice], Grid, str, float, list[str]]:
    slices, notes = ordered_slices(paths)
    with reading(slices[0].head.path.parent):
        grid = _grid(slices)
        unit, factor = unit_of([one.dataset for one in _different(slices)], notes)
        _say_padding(slices[0].dataset, notes)
    return slices, grid, unit, factor, notes


def series_files(paths: str | Path | Iterable[str | Path]) -> list[Path]:
    """Return the files of a folder, or those that are named.

    Raises
    ------
    BadInput
        If there are none.
    """
    if isinstance(paths, str | Path):
        folder = Path(paths)
        if not folder.is_dir():
            return [folder]
        found = sorted(file for file in folder.iterdir() if file.is_file() and file.name != "DICOMDIR")
    else:
        found = [Path(path) for path in paths]
    if not found:
        raise BadInput("there are no files", where=str(paths), mend="give the files of one series")
    return found


def _slice(path: Path, known: dict[tuple[bytes, ...], Slice], head: Head | None) -> Slice:
    """Read a head, if it was not read; `known` are the slices so far by what they share."""
    with reading(path):
        if head is None:
            head = read_head(path)
        said = head.layout.syntax.encode(), *(head.raw(tag) for tag in _SHARED)
        position = head.elements.get(_POSITION)
        like = known.get(said)
        if like is not None and position is not None and position.vr == b"DS" and head.pixels is not None:
            place = decimals(head.raw(_POSITION).decode("ascii").rstrip(" \0"))
            if place is not None and len(place) == 3 and np.isfinite(place).all():
                return replace(like, head=head, position_mm=place)
        found = _read_slice(head)
        if all(head.is_plain(tag) for tag in _SHARED):
            known[said] = found
        return found


def _read_slice(head: Head) -> Slice:
    dataset = head.data_set()
    check_kind(dataset, _SLICES)
    shape = check_pixels(dataset)
    if head.pixels is None:
        raise BadInput("the file holds no pixels", where="Pixel Data (7FE0,0010)")
    if shape[0] != 1:
        raise BadInput(f"the file holds {shape[0]} frames, not a slice", mend="export the slices one a file")
    return Slice(
        head,
        dataset,
        shape[1:],
        pixel_spacing(dataset),
        orientation(dataset),
        numbers(dataset, "ImagePositionPatient", 3),
        rescale_of(dataset),
    )


def _without_scouts(slices: list[Slice], notes: list[str]) -> list[Slice]:
    """Leave out the overviews that some scanners put into the series that was planned on them."""
    kept = [one for one in slices if "LOCALIZER" not in words(one.dataset, "ImageType")]
    if kept and len(kept) < len(slices):
        notes.append(f"{len(slices) - len(kept)} localizers left out")
        return kept
    return slices


def _one_series(slices: list[Slice], notes: list[str]) -> list[Slice]:
    """Check that the slices are of one series, and return them in order, each once."""
    first, different = slices[0], _different(slices)
    for keyword, name in (
        ("PatientID", "patients"),
        ("FrameOfReferenceUID", "frames of reference"),
        ("SeriesInstanceUID", "series"),
        ("Modality", "modalities"),
    ):
        found: dict[str, Path] = {}
        for one in different:
            with reading(one.head.path):
                found.setdefault(text(one.dataset, keyword, ""), one.head.path)
        if len(found) > 1:
            listed = "; ".join(f"{uid or 'none'} ({path.name})" for uid, path in list(found.items())[:4])
            raise BadInput(
                f"the files are of {len(found)} {name}: {listed}",
                where=str(first.head.path.parent),
                mend="give the files of one of them",
            )
    for one in different:
        same = (
            one.shape == first.shape
            and np.allclose(one.spacing_mm, first.spacing_mm, rtol=_SAME, atol=0)
            and np.abs(one.directions - first.directions).max() <= _SAME
        )
        if not same:
            raise BadInput(
                f"{one.shape[0]} by {one.shape[1]} pixels of {one.spacing_mm} mm in the directions "
                f"{one.directions[:2].round(4).ravel().tolist()} do not go with those of {first.head.path.name}",
                where=str(one.head.path),
                mend="give slices of one shape and direction",
            )
    return _once(sorted(slices, key=lambda one: one.along_mm), notes)


def _different(slices: Sequence[Slice]) -> list[Slice]:
    """Return the first slice of each that share what they say, but for where they lie."""
    found: dict[int, Slice] = {}
    for one in slices:
        found.setdefault(id(one.dataset), one)
    return list(found.values())


def _once(slices: Sequence[Slice], notes: list[str]) -> list[Slice]:
    """Drop copies of the same file; two slices that differ in one place are refused later."""
    kept: dict[str, Slice] = {}
    for one in slices:
        uid = one.head.text(0x00080018)
        before = kept.setdefault(uid, one)
        if before is one:
            continue
        if before.head.path.read_bytes() != one.head.path.read_bytes():
            raise BadInput(
                f"two files say that they are {uid} and differ; the other is {before.head.path}",
                where=str(one.head.path),
                mend="take one of them out",
            )
    if len(kept) < len(slices):
        notes.append(f"{len(slices) - len(kept)} files are copies of others, and left out")
    return list(kept.values())


def _grid(slices: Sequence[Slice]) -> Grid:
    first = slices[0]
    normal = first.directions[2]
    if len(slices) == 1:
        thickness = optional_number(first.dataset, "SliceThickness") or 0.0
        if thickness <= 0:
            raise BadInput("a single slice that says no thickness", where="Slice Thickness (0018,0050)")
        step = normal * thickness
    else:
        along = refuse_shifted(slices)
        step = normal * even_step(along, "slices")
    frame = text(first.dataset, "FrameOfReferenceUID", "")
    return grid_of((len(slices), *first.shape), first.directions, first.spacing_mm, step, first.position_mm, frame)


def refuse_shifted(slices: Sequence[Slice]) -> NDArray[np.float64]:
    """Return where slices in order lie along their normal.

    Raises
    ------
    BadInput
        If two lie in one place, or they are shifted against each other.
    """
    places = np.array([one.position_mm for one in slices])
    normal = slices[0].directions[2]
    along: NDArray[np.float64] = places @ normal
    _refuse_same_place(slices, along)
    refuse_tilt(places, along, normal)
    return along


def _refuse_same_place(slices: Sequence[Slice], along: NDArray[np.float64]) -> None:
    same = np.flatnonzero(np.diff(along) <= 0.01)
    if len(same):
        a, b = (slices[int(same[0]) + step].head.path.name for step in (0, 1))
        raise BadInput(
            f"{len(same)} slices lie in the place of another, first {a} and {b}: several phases, echoes or times, or "
            "slices of two pictures in one series",
            mend="give the files of one of them",
        )


def _values(slices: Sequence[Slice], shape: tuple[int, int, int], factor: float) -> NDArray[Any]:
    """Read the pixels of every slice into their place: whole numbers of 16 bits for as long as those hold them."""
    whole = factor == 1 and all(one.rescale.is_whole for one in slices)
    values: NDArray[Any] = np.empty(shape, dtype=np.int16 if whole else np.float32)
    for place, one in enumerate(slices):
        with reading(one.head.path):
            stored = slice_pixels(one)
            if values.dtype == np.int16 and not one.rescale.fits_int16(stored):
                values = values.astype(np.float32)
            one.rescale.into(values[place], stored, factor)
    return values


def slice_pixels(one: Slice, data: bytes | None = None) -> NDArray[Any]:
    """Return the numbers that a slice stores, before rescaling; shape (rows, columns).

    Parameters
    ----------
    one : Slice
    data : bytes, optional
        The whole file, where it was read already.

    Raises
    ------
    BadInput
        If the pixels are fewer or more than they should be, or cannot be decoded.
    """
    if one.head.are_pixels_native:
        frames = native_pixels(one.dataset, _pixel_bytes(one.head, data), (1, *one.shape))
    else:
        frames = stored_pixels(open_file(one.head.path) if data is None else parse(data))
    pixels: NDArray[Any] = frames[0]
    return pixels


def _pixel_bytes(head: Head, data: bytes | None) -> bytes:
    if head.pixels is None:
        raise BadInput("the file holds no pixels", where="Pixel Data (7FE0,0010)")
    if data is not None:
        return data[head.pixels.offset : head.pixels.offset + head.pixels.length]
    with head.path.open("rb", buffering=0) as file:
        file.seek(head.pixels.offset)
        return file.read(head.pixels.length)


def _say_padding(dataset: Dataset, notes: list[str]) -> None:
    padding = dataset.get("PixelPaddingValue")
    if padding is not None:
        notes.append(f"pixels stored as {padding} are padding outside the picture, not measured")
