"""The process that decodes JPEG frames with GDCM, so that a damaged one ends this process and no other.

It is run as a script, by its path, and is given the folder that holds ``gdcm``: nothing of Fyr is imported here. It
says that it is ready, then answers each request on standard input with one reply on standard output, until the input
ends, which it does when the parent ends. Both begin with a header of a fixed length, and then hold bytes.

What the decoder complains of (it writes to standard error, and goes on with pixels that it made up) is a failure too.
"""

from __future__ import annotations

import os
import resource
import signal
import struct
import sys
from typing import Any, BinaryIO, Final

__all__ = ["READY", "REPLY", "REQUEST", "main"]

REQUEST: Final = struct.Struct("<QIIHHHHHH")
"""Length of the frame, rows, columns, bits allocated, bits stored, signed, samples a pixel, the last number of the
transfer syntax (1.2.840.10008.1.2.4.), seconds at most."""
REPLY: Final = struct.Struct("<BQ")
"""Whether the frame was decoded, and the length of the pixels, or of what was said instead."""
READY: Final = b"ready\n"

_TRIED: Final = b"Unsupported JPEG data precision"
"""What it says of a picture whose precision it did not expect, before it takes it with the right one."""


def main(folder: str) -> int:
    """Answer requests until there are no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when this ends
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core dump would hold pixels of a patient
    requests, replies = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    complaints = os.memfd_create("complaints")
    os.dup2(complaints, 1)
    os.dup2(complaints, 2)
    sys.path.append(folder)
    import gdcm

    _said(complaints)
    replies.write(READY)
    replies.flush()
    while len(header := requests.read(REQUEST.size)) == REQUEST.size:
        length, *numbers, seconds = REQUEST.unpack(header)
        frame = requests.read(length)
        if len(frame) != length:
            break
        signal.alarm(seconds)  # ends a decoder that does not come back, even where the parent has ended
        _reply(replies, *_answer(gdcm, frame, numbers, complaints))
        signal.alarm(0)
    return 0


def _answer(gdcm: Any, frame: bytes, numbers: list[int], complaints: int) -> tuple[bool, bytes]:
    try:
        pixels = _decoded(gdcm, frame, *numbers)
    except Exception as problem:  # noqa: BLE001  said to the parent, which raises it
        pixels = None
        failure = f"{type(problem).__name__}: {problem}".encode()
    else:
        failure = b"there are no pixels" if pixels is None else b""
    lines = [line for line in _said(complaints).splitlines() if line.strip() and not line.startswith(_TRIED)]
    if pixels is None or lines:
        return False, lines[0] if lines else failure
    return True, pixels


def _said(complaints: int) -> bytes:
    """Return what was written to standard error or output since the last time."""
    size = os.lseek(complaints, 0, os.SEEK_CUR)
    said = os.pread(complaints, min(size, 2000), 0)
    os.lseek(complaints, 0, os.SEEK_SET)
    os.ftruncate(complaints, 0)
    return said


def _decoded(
    gdcm: Any, frame: bytes, rows: int, columns: int, allocated: int, stored: int, signed: int, samples: int, kind: int
) -> bytes | None:
    fragment = gdcm.Fragment()
    fragment.SetByteStringValue(frame)
    fragments = gdcm.SequenceOfFragments.New()
    fragments.AddFragment(fragment)
    element = gdcm.DataElement(gdcm.Tag(0x7FE0, 0x0010))
    element.SetValue(fragments.__ref__())
    image = gdcm.Image()
    image.SetNumberOfDimensions(2)
    image.SetDimensions((columns, rows, 1))
    image.SetDataElement(element)
    meaning = gdcm.PhotometricInterpretation.GetPIType("MONOCHROME2" if samples == 1 else "RGB")
    image.SetPhotometricInterpretation(gdcm.PhotometricInterpretation(meaning))
    if samples > 1:
        image.SetPlanarConfiguration(0)
    image.SetTransferSyntax(gdcm.TransferSyntax(gdcm.TransferSyntax.GetTSType(f"1.2.840.10008.1.2.4.{kind}")))
    image.SetPixelFormat(gdcm.PixelFormat(samples, allocated, stored, stored - 1, signed))
    pixels: str | None = image.GetBuffer()
    return None if pixels is None else pixels.encode("utf-8", "surrogateescape")  # gdcm gives bytes as a str


def _reply(replies: BinaryIO, is_decoded: bool, body: bytes) -> None:
    replies.write(REPLY.pack(is_decoded, len(body)))
    replies.write(body)
    replies.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
