"""The frames of an instance: as they are stored, as plain pixels, or as a picture to look at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.exchange.dicom.head import head_of
from fyr.exchange.dicom.opening import parse, reading
from fyr.exchange.dicom.pixels import decoding

if TYPE_CHECKING:
    from pydicom import Dataset

__all__ = [
    "COMPRESSED_TYPES",
    "EXPLICIT",
    "in_transfer_syntax",
    "plain_frames",
    "plain_pixels",
    "rendered_frame",
    "stored_frames",
]

EXPLICIT: Final = "1.2.840.10008.1.2.1"
_IMPLICIT: Final = "1.2.840.10008.1.2"
_PIXELS: Final = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")

COMPRESSED_TYPES: Final = {
    "1.2.840.10008.1.2.5": "image/dicom-rle",
    "1.2.840.10008.1.2.4.50": "image/jpeg",
    "1.2.840.10008.1.2.4.51": "image/jpeg",
    "1.2.840.10008.1.2.4.57": "image/jpeg",
    "1.2.840.10008.1.2.4.70": "image/jpeg",
    "1.2.840.10008.1.2.4.80": "image/jls",
    "1.2.840.10008.1.2.4.81": "image/jls",
    "1.2.840.10008.1.2.4.90": "image/jp2",
    "1.2.840.10008.1.2.4.91": "image/jp2",
    "1.2.840.10008.1.2.4.92": "image/jpx",
    "1.2.840.10008.1.2.4.93": "image/jpx",
    "1.2.840.10008.1.2.4.201": "image/jphc",
    "1.2.840.10008.1.2.4.202": "image/jphc",
    "1.2.840.10008.1.2.4.203": "image/jphc",
}
"""The media types of compressed frames by transfer syntax: PS3.18 table 8.7.3-5."""


def in_transfer_syntax(data: bytes, where: str | Path, wanted: str | None, stored: str) -> tuple[bytes, str]:
    """Return an object in a transfer syntax, and which that is.

    Parameters
    ----------
    data : bytes
    where : str or Path
        What errors call it.
    wanted : str or None
        A transfer syntax, ``*`` for the stored one, ``None`` for the default: explicit little endian, and where the
        pixels cannot be decoded here the stored one.
    stored : str
        That of `data`.

    Raises
    ------
    BadInput
        If it cannot be had in the one that is wanted.
    """
    if wanted in {"*", stored} or (wanted is None and stored == EXPLICIT):
        return data, stored
    if wanted not in {None, EXPLICIT}:
        raise BadInput(f"it is stored as {stored}, and not given as {wanted}", mend="accept transfer-syntax=*")
    try:
        with reading(where):
            return _explicit(parse(data)), EXPLICIT
    except BadInput:
        if wanted is None:
            return data, stored
        raise


def stored_frames(data: bytes, where: str | Path, numbers: Sequence[int]) -> list[bytes]:
    """Return frames, counted from 1, as they are stored.

    Raises
    ------
    BadInput
        If there is no such frame, or it cannot be read.
    """
    with reading(where):
        dataset = parse(data)
        _check(dataset, numbers)
        if not dataset.file_meta.TransferSyntaxUID.is_compressed:
            return list(_plain(dataset, numbers))
        from pydicom.encaps import get_frame

        offsets = None
        if "ExtendedOffsetTable" in dataset:
            offsets = (dataset.ExtendedOffsetTable, dataset.ExtendedOffsetTableLengths)
        count = _count(dataset)
        return [
            get_frame(dataset.PixelData, number - 1, number_of_frames=count, extended_offsets=offsets)
            for number in numbers
        ]


def plain_frames(data: bytes, where: str | Path, numbers: Sequence[int]) -> list[bytes]:
    """Return frames, counted from 1, as little-endian pixels without compression.

    Raises
    ------
    BadInput
        If there is no such frame, or it cannot be decoded.
    """
    with reading(where):
        head = head_of(Path(where), data, len(data))
        if head.are_pixels_native and head.pixels is not None:  # without a copy of all the others
            dataset, begin = head.data_set(), head.pixels.offset
            _check(dataset, numbers, has_pixels=True)
            return list(_native(dataset, memoryview(data)[begin : begin + head.pixels.length], numbers))
        dataset = parse(data)
        _check(dataset, numbers)
        return list(_plain(dataset, numbers))


def plain_pixels(data: bytes, where: str | Path) -> bytes:
    """Return all pixels, little-endian and without compression.

    Raises
    ------
    BadInput
        If they cannot be decoded.
    """
    with reading(where):
        dataset = parse(data)
        for keyword in ("FloatPixelData", "DoubleFloatPixelData"):
            if keyword in dataset:
                return bytes(dataset[keyword].value)
        if dataset.file_meta.TransferSyntaxUID in {EXPLICIT, _IMPLICIT}:
            return bytes(dataset.PixelData)
        return b"".join(_plain(dataset, range(1, _count(dataset) + 1)))


def rendered_frame(
    data: bytes,
    where: str | Path,
    number: int,
    *,
    form: str = "jpeg",
    window: tuple[float, float] | None = None,
    largest: tuple[int, int] | None = None,
) -> bytes:
    """Return a frame as a picture for eyes: through its own window unless one is given.

    Parameters
    ----------
    data : bytes
    where : str or Path
    number : int
        Counted from 1.
    form : str
        ``jpeg`` or ``png``.
    window : tuple of float, optional
        Centre and width, in what the modality's rescaling gives.
    largest : tuple of int, optional
        Columns and rows that it is shrunk to fit.

    Raises
    ------
    BadInput
        If there is no such frame, or it cannot be decoded.
    """
    from PIL import Image

    with reading(where):
        dataset = parse(data)
        _check(dataset, [number])
        picture = Image.fromarray(_shown(dataset, number, window))
        if largest is not None:
            picture.thumbnail(largest)
        out = BytesIO()
        picture.save(out, form.upper(), **({"quality": 90} if form == "jpeg" else {}))
        return out.getvalue()


def _explicit(dataset: Dataset) -> bytes:
    from pydicom.uid import UID

    if dataset.file_meta.TransferSyntaxUID.is_compressed:
        _decoder(dataset.file_meta.TransferSyntaxUID)
        with decoding(dataset.file_meta.TransferSyntaxUID):
            dataset.decompress(generate_instance_uid=False)
    dataset.file_meta.TransferSyntaxUID = UID(EXPLICIT)
    out = BytesIO()
    dataset.save_as(out, implicit_vr=False, little_endian=True, enforce_file_format=True)
    return out.getvalue()


def _count(dataset: Dataset) -> int:
    return max(int(dataset.get("NumberOfFrames") or 1), 1)


def _check(dataset: Dataset, numbers: Sequence[int], *, has_pixels: bool = False) -> None:
    if not has_pixels and not any(keyword in dataset for keyword in _PIXELS):
        raise BadInput("the object has no pixels", mend="retrieve the object itself")
    count = _count(dataset)
    for number in numbers:
        if not 1 <= number <= count:
            raise BadInput(f"there is no frame {number}: it has {count}", mend=f"ask for 1 to {count}")


def _plain(dataset: Dataset, numbers: Sequence[int]) -> Iterator[bytes]:
    syntax = dataset.file_meta.TransferSyntaxUID
    if not syntax.is_compressed and syntax.is_little_endian:
        pixels = next(dataset[keyword].value for keyword in _PIXELS if keyword in dataset)
        yield from _native(dataset, memoryview(pixels), numbers)
        return
    decoder = _decoder(syntax)
    for number in numbers:
        with decoding(syntax):
            values, _ = decoder.as_array(dataset, index=number - 1, raw=True)
        yield np.ascontiguousarray(values.astype(values.dtype.newbyteorder("<"), copy=False)).tobytes()


def _decoder(syntax: Any) -> Any:
    """Return pydicom's decoder of a transfer syntax; says so where none is installed for it."""
    from pydicom.pixels.decoders.base import get_decoder

    try:
        decoder = get_decoder(syntax)
    except NotImplementedError:
        decoder = None
    if decoder is None or not decoder.is_available:
        raise BadInput(
            f"no decoder of {syntax.name} is installed", where="Pixel Data (7FE0,0010)", mend="take it as stored"
        )
    return decoder


def _native(dataset: Dataset, pixels: memoryview, numbers: Sequence[int]) -> Iterator[bytes]:
    bits = (
        int(dataset.Rows) * int(dataset.Columns) * int(dataset.get("SamplesPerPixel") or 1) * int(dataset.BitsAllocated)
    )
    if bits * _count(dataset) > len(pixels) * 8:
        raise BadInput(f"there are {len(pixels):,} bytes of pixels, and should be {bits * _count(dataset) // 8:,}")
    if bits % 8:  # one bit a pixel, and a frame begins within a byte
        unpacked = np.unpackbits(np.frombuffer(pixels, np.uint8), bitorder="little")
        for number in numbers:
            yield np.packbits(unpacked[bits * (number - 1) : bits * number], bitorder="little").tobytes()
        return
    for number in numbers:
        yield bytes(pixels[bits // 8 * (number - 1) : bits // 8 * number])


def _shown(dataset: Dataset, number: int, window: tuple[float, float] | None) -> NDArray[np.uint8]:
    from pydicom.pixels.processing import apply_color_lut, apply_modality_lut
    from pydicom.pixels.utils import pixel_array

    if dataset.file_meta.TransferSyntaxUID.is_compressed:
        _decoder(dataset.file_meta.TransferSyntaxUID)
    values: NDArray[Any]
    with decoding(dataset.file_meta.TransferSyntaxUID):
        values = pixel_array(dataset, index=number - 1)
    if str(dataset.get("PhotometricInterpretation")) == "PALETTE COLOR":
        values = apply_color_lut(values, dataset)
    if values.ndim == 3:
        return values.astype(np.uint8) if values.dtype == np.uint8 else (values >> 8).astype(np.uint8)
    values = np.asarray(apply_modality_lut(values, dataset), np.float64)
    centre, width = (
        window or _own_window(dataset) or (float(values.min() + values.max()) / 2, float(np.ptp(values)) + 1)
    )
    # PS3.3 C.11.2.1.2.1: the linear function
    shown = ((values - (centre - 0.5)) / max(width - 1, 1e-9) + 0.5).clip(0, 1) * 255
    if str(dataset.get("PhotometricInterpretation")) == "MONOCHROME1":
        shown = 255 - shown
    return shown.round().astype(np.uint8)


def _own_window(dataset: Dataset) -> tuple[float, float] | None:
    found = []
    for keyword in ("WindowCenter", "WindowWidth"):
        value = dataset.get(keyword)
        if value is None or value == "":
            return None
        found.append(float(value[0] if hasattr(value, "__iter__") and not isinstance(value, str) else value))
    return (found[0], found[1]) if found[1] >= 1 else None
