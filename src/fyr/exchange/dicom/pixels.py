"""Pixels as they are stored: native ones straight from the bytes, compressed ones by pydicom's decoders."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput, FyrError
from fyr.exchange.dicom.jpeg_decoder import DECODER_DEPENDENCIES, JPEG_LOSSLESS, PLUGIN, is_available, prepare
from fyr.exchange.dicom.jpeg_process import PROCESS
from fyr.exchange.dicom.layout import BIG_ENDIAN, DEFLATED, IMPLICIT
from fyr.exchange.dicom.values import integer, optional_integer, text

if TYPE_CHECKING:
    from pydicom import Dataset

__all__ = ["check_pixels", "decoding", "native_pixels", "stored_pixels", "unpacked_bits"]

_NATIVE: Final = (IMPLICIT, "1.2.840.10008.1.2.1", BIG_ENDIAN, DEFLATED)
_LOSSLESS: Final = {
    "1.2.840.10008.1.2.5": "RLE",
    "1.2.840.10008.1.2.4.57": "JPEG lossless",
    "1.2.840.10008.1.2.4.70": "JPEG lossless",
    "1.2.840.10008.1.2.4.80": "JPEG-LS lossless",
    "1.2.840.10008.1.2.4.90": "JPEG 2000 lossless",
    "1.2.840.10008.1.2.4.201": "HTJ2K lossless",
}
_DECODER_OF: Final = {"1.2.840.10008.1.2.5": "pydicom", **dict.fromkeys(JPEG_LOSSLESS, PLUGIN)}
_VOXELS_AT_MOST: Final = 1 << 31


def stored_pixels(dataset: Dataset, *, colours: bool = False) -> NDArray[Any]:
    """Return the numbers that a picture of one value a pixel stores, before any rescaling.

    Returns
    -------
    ndarray of integers, shape (frames, rows, columns)
        Native pixels may be a view of the file's bytes, and not writeable.

    Raises
    ------
    BadInput
        If there are more or fewer bytes than the picture needs, it has colours, was compressed with a loss, or in a
        way that cannot be read here.
    """
    shape = check_pixels(dataset, colours=colours)
    syntax = text(dataset.file_meta, "TransferSyntaxUID")
    if syntax in _NATIVE:
        if "PixelData" not in dataset:
            raise BadInput("the file holds no pixels", where="Pixel Data (7FE0,0010)")
        return native_pixels(dataset, dataset.PixelData, shape, big_endian=syntax == BIG_ENDIAN)
    return _decoded(dataset, shape, syntax)


@contextmanager
def decoding(syntax: str) -> Iterator[None]:
    """Say of every failure of a decoder within that the pixels cannot be decoded, and why.

    Raises
    ------
    BadInput
        If the pixels cannot be decoded.
    ServiceUnavailable
        If the process that decodes them does not start.
    """
    from pydicom.uid import UID

    if syntax in DECODER_DEPENDENCIES and is_available(syntax):
        PROCESS.start()
    try:
        yield
    except (KeyboardInterrupt, SystemExit, FyrError):
        raise
    except BaseException as problem:  # a decoder in Rust that panics raises what is no Exception
        said = " ".join(str(problem).split()).rpartition("all available plugins: ")[2].rpartition(f"{PLUGIN}: ")[2]
        raise BadInput(
            f"the {_LOSSLESS.get(syntax) or UID(syntax).name} pixels cannot be decoded ({said[:200]})",
            where="Pixel Data (7FE0,0010)",
            mend="export the file uncompressed",
        ) from problem


def check_pixels(dataset: Dataset, *, colours: bool = False) -> tuple[int, int, int]:
    """Return frames, rows and columns of a picture of one value a pixel.

    Parameters
    ----------
    dataset : pydicom.Dataset
    colours : bool
        Whether the value may be the number of a colour.

    Raises
    ------
    BadInput
        If there cannot be such a picture, or it has colours.
    """
    shape = (optional_integer(dataset, "NumberOfFrames") or 1, integer(dataset, "Rows"), integer(dataset, "Columns"))
    if min(shape) < 1 or int(np.prod(shape, dtype=object)) > _VOXELS_AT_MOST:
        raise BadInput(f"{shape[0]} frames of {shape[1]} by {shape[2]} pixels cannot be", where="pixels")
    if integer(dataset, "SamplesPerPixel") != 1:
        raise BadInput(
            "the picture has several values a pixel: it is in colours", where="Samples per Pixel (0028,0002)"
        )
    photometric = text(dataset, "PhotometricInterpretation", "")
    if photometric not in {"MONOCHROME1", "MONOCHROME2"} and not (colours and photometric == "PALETTE COLOR"):
        raise BadInput(f"'{photometric}' pixels are not a single measured value", where="(0028,0004)")
    return shape


def native_pixels(
    dataset: Dataset, data: bytes, shape: tuple[int, int, int], *, big_endian: bool = False
) -> NDArray[Any]:
    """Return the numbers in uncompressed bytes; a view where no bit is unused.

    Raises
    ------
    BadInput
        If there are more or fewer bytes than the shape needs.
    """
    allocated, kind, low, bits = _kind(dataset)
    wanted = int(np.prod(shape)) * allocated // 8
    if not wanted <= len(data) <= wanted + wanted % 2:
        raise BadInput(
            f"{shape[0]} frames of {shape[1]} by {shape[2]} pixels are {wanted:,} bytes, and there are {len(data):,}",
            where="Pixel Data (7FE0,0010)",
            mend="take the file again",
        )
    order = ">" if big_endian else "<"
    found = np.frombuffer(data, dtype=f"{order}{kind}{allocated // 8}", count=int(np.prod(shape))).reshape(shape)
    if low == 0 and bits == allocated:
        return found.astype(found.dtype.newbyteorder("="), copy=False)
    whole = found.astype(found.dtype.newbyteorder("="))  # unused bits of old files hold overlays
    whole <<= allocated - bits - low
    whole >>= allocated - bits
    return whole


def unpacked_bits(dataset: Dataset, shape: tuple[int, int, int]) -> NDArray[np.bool_]:
    """Return pixels of one bit each, which follow one another across frames and bytes (PS3.5 8.1.1).

    Raises
    ------
    BadInput
        If pixels are not of one bit, compressed, or there are more or fewer bytes than they need.
    """
    if integer(dataset, "BitsAllocated") != 1:
        raise BadInput("pixels of more than one bit, where they can be in or out", where="Bits Allocated (0028,0100)")
    syntax = text(dataset.file_meta, "TransferSyntaxUID")
    if syntax not in _NATIVE:
        raise BadInput("compressed pixels of one bit cannot be read here", mend="export the file uncompressed")
    if "PixelData" not in dataset:
        raise BadInput("the file holds no pixels", where="Pixel Data (7FE0,0010)")
    data, wanted = dataset.PixelData, -(-int(np.prod(shape, dtype=object)) // 8)
    if len(data) not in {wanted, wanted + wanted % 2}:
        raise BadInput(
            f"{shape[0]} frames of {shape[1]} by {shape[2]} pixels are {wanted:,} bytes, and there are {len(data):,}",
            where="Pixel Data (7FE0,0010)",
            mend="take the file again",
        )
    bits = np.unpackbits(np.frombuffer(data, np.uint8), count=int(np.prod(shape)), bitorder="little")
    return bits.reshape(shape).view(np.bool_)


def _kind(dataset: Dataset) -> tuple[int, str, int, int]:
    """Return bits a pixel, signed or not, the lowest bit that is used, and how many are."""
    allocated = integer(dataset, "BitsAllocated")
    stored = optional_integer(dataset, "BitsStored") or allocated
    high = optional_integer(dataset, "HighBit")
    low = (stored - 1 if high is None else high) - stored + 1
    if allocated not in {8, 16, 32} or not 0 < stored <= allocated or not 0 <= low <= allocated - stored:
        raise BadInput(f"{stored} of {allocated} bits a pixel, the highest {high}, cannot be", where="(0028,0100)")
    signed = integer(dataset, "PixelRepresentation")
    if signed not in {0, 1}:
        raise BadInput(f"{signed} is neither unsigned nor signed", where="Pixel Representation (0028,0103)")
    return allocated, "i" if signed else "u", low, stored


def _decoded(dataset: Dataset, shape: tuple[int, int, int], syntax: str) -> NDArray[Any]:
    from pydicom.pixels.decoders.base import get_decoder
    from pydicom.pixels.utils import pixel_array
    from pydicom.uid import UID

    _kind(dataset)
    if syntax not in _LOSSLESS:
        name = UID(syntax).name
        raise BadInput(
            f"the pixels are compressed as {name}, which loses detail or cannot be read here",
            where="Transfer Syntax UID (0002,0010)",
            mend=f"export the file uncompressed, or as {', '.join(dict.fromkeys(_LOSSLESS.values()))}",
        )
    prepare()
    if not get_decoder(UID(syntax)).is_available:
        raise BadInput(
            f"no decoder of {_LOSSLESS[syntax]} is installed",
            where="Transfer Syntax UID (0002,0010)",
            mend="install python-gdcm, or decompress the file (dcmdjpeg)",
        )
    with decoding(syntax):
        found = pixel_array(dataset, raw=True, decoding_plugin=_DECODER_OF.get(syntax, ""))
    if found.size != np.prod(shape):
        raise BadInput(f"{found.size} pixels were decoded, not {shape}", where="Pixel Data (7FE0,0010)")
    return found.reshape(shape)
