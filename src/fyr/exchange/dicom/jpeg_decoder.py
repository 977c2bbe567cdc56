"""JPEG lossless and 12-bit JPEG, as a decoder of pydicom's that works in a process of its own.

GDCM ends the process that it runs in when it meets some damaged frames. So pydicom's own use of it is taken out, for
every transfer syntax, and :mod:`fyr.exchange.dicom.jpeg_process` put in its place for those that nothing else decodes.
"""

from __future__ import annotations

import struct
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from fyr.exchange.dicom.jpeg_process import PROCESS, GaveUp, JpegFrame, gdcm_folder

if TYPE_CHECKING:
    from pydicom.pixels.decoders.base import DecodeRunner

__all__ = ["DECODER_DEPENDENCIES", "JPEG_LOSSLESS", "PLUGIN", "decode_frame", "is_available", "prepare"]

PLUGIN: Final = "fyr"
JPEG_LOSSLESS: Final = ("1.2.840.10008.1.2.4.57", "1.2.840.10008.1.2.4.70")
_EXTENDED: Final = "1.2.840.10008.1.2.4.51"
DECODER_DEPENDENCIES: Final = dict.fromkeys((*JPEG_LOSSLESS, _EXTENDED), ("python-gdcm>=3.0.24",))
"""What pydicom says is missing where it is."""

# ISO/IEC 10918-1, table B.1: the frame headers of baseline, extended sequential and lossless Huffman coding
_SOF: Final = {57: (0xC3,), 70: (0xC3,), 51: (0xC0, 0xC1)}
_ALL_SOF: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_SOI: Final = b"\xff\xd8"
_SOS: Final = 0xDA
_EOI: Final = b"\xff\xd9"

_preparing = threading.Lock()
_prepared: Final[list[bool]] = []


class _Header(NamedTuple):
    kind: int
    precision: int
    rows: int
    columns: int
    samples: int


def prepare() -> None:
    """See that no frame is decoded by GDCM within this process; to be called before pydicom decodes anything."""
    from pydicom.pixels.decoders.base import get_decoder
    from pydicom.uid import AllTransferSyntaxes

    if _prepared:
        return
    with _preparing:
        if _prepared:
            return
        for uid in AllTransferSyntaxes:
            try:
                decoder = get_decoder(uid)
            except NotImplementedError:
                continue
            with suppress(ValueError):  # it never was one of this syntax
                decoder.remove_plugin("gdcm")
            if uid in DECODER_DEPENDENCIES:
                decoder.add_plugin(PLUGIN, (__name__, "decode_frame"))
        _prepared.append(True)


def is_available(uid: str) -> bool:
    """Tell pydicom whether frames of a transfer syntax can be decoded."""
    return uid in DECODER_DEPENDENCIES and gdcm_folder() is not None


def decode_frame(data: bytes, runner: DecodeRunner) -> bytes:
    """Return the pixels of a frame, as pydicom asks its decoders for them.

    Raises
    ------
    GaveUp
        If the frame is damaged, or not as the data set says.
    """
    if runner.samples_per_pixel != 1:
        raise GaveUp("it is in colours")
    kind, allocated, stored = int(runner.transfer_syntax.split(".")[-1]), runner.bits_allocated, runner.bits_stored
    header = _header(data)
    if header.kind not in _SOF[kind]:
        raise GaveUp(f"the frame is of another kind of JPEG, SOF{header.kind - 0xC0}")
    if header[2:] != (runner.rows, runner.columns, 1):
        raise GaveUp(
            f"the frame is {header.rows} by {header.columns} with {header.samples} values a pixel, "
            f"and the data set says {runner.rows} by {runner.columns} with 1"
        )
    if allocated not in {8, 16} or not stored <= allocated or not 2 <= header.precision <= allocated:
        raise GaveUp(f"the frame is of {header.precision} bits, and the data set says {stored} of {allocated}")
    signed = runner.pixel_representation
    frame = JpegFrame(data, runner.rows, runner.columns, allocated, stored, signed, 1, kind)
    pixels = np.frombuffer(PROCESS.decoded(frame), f"<{'i' if signed else 'u'}{allocated // 8}")
    if stored < allocated:  # PS3.5 8.1.1: unused bits mean nothing, and a sign ends where the stored bits do
        pixels = pixels << (allocated - stored) >> (allocated - stored)
    return pixels.tobytes()


def _header(data: bytes) -> _Header:
    """Return what a JPEG says of itself (ISO/IEC 10918-1, B.2.2); it must have an end."""
    at = 2
    found: _Header | None = None
    if data[:2] != _SOI:
        raise GaveUp("the frame is no JPEG")
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:  # fill
            at += 1
            continue
        (length,) = struct.unpack_from(">H", data, at + 2)
        if marker in _ALL_SOF:
            if found is not None or at + 10 > len(data):
                break
            found = _Header(marker, *struct.unpack_from(">BHHB", data, at + 4))
        if marker == _SOS:
            if found is None or data.find(_EOI, at + 2 + length) < 0:
                break
            return found
        at += 2 + length
    raise GaveUp("the frame has no header or no end")
