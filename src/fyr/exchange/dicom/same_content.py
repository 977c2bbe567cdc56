"""Whether two files are one object: the same data set, whatever header and transfer syntax a sender wrote around it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fyr.errors import BadInput
from fyr.exchange.dicom.layout import file_layout
from fyr.exchange.dicom.opening import parse, reading

if TYPE_CHECKING:
    from pydicom import Dataset

__all__ = ["are_same_content"]

_PIXEL_DATA: Final = 0x7FE00010
_OF_ENCODING: Final = frozenset((0x00280004, 0x00280006, 0x7FE00001, 0x7FE00002, 0x7FE00003, _PIXEL_DATA, 0xFFFCFFFC))
"""Photometric interpretation, planar configuration, the offset tables of frames, the pixels, and padding."""

_LOSSLESS: Final = frozenset(
    (
        "1.2.840.10008.1.2.5",  # RLE
        "1.2.840.10008.1.2.4.57",  # JPEG lossless
        "1.2.840.10008.1.2.4.70",
        "1.2.840.10008.1.2.4.80",  # JPEG-LS
        "1.2.840.10008.1.2.4.90",  # JPEG 2000
        "1.2.840.10008.1.2.4.201",  # HTJ2K
    )
)


def are_same_content(held: bytes, given: bytes) -> bool:
    """Tell whether the bytes of two DICOM files hold the same elements with the same values.

    The header (group 0002), the lengths of groups, padding and the transfer syntax may differ; pixels that were
    compressed without loss on the way are compared as pixels.
    """
    try:
        before, now = file_layout(held), file_layout(given)
        if before.syntax == now.syntax and before.data[before.start :] == now.data[now.start :]:
            return True
        with reading("an object"):
            return _same(parse(held), parse(given))
    except BadInput:
        return False


def _same(held: Dataset, given: Dataset) -> bool:
    if _told(held) != _told(given):
        return False
    both = [_PIXEL_DATA in one for one in (held, given)]
    if not all(both):
        return not any(both)
    if held[_PIXEL_DATA].value == given[_PIXEL_DATA].value:
        return True
    return _are_lossless(held, given) and bool((held.pixel_array == given.pixel_array).all())


def _told(dataset: Dataset) -> Dataset:
    """Return the elements that do not depend on how the data set was encoded."""
    from pydicom import Dataset

    told = Dataset()
    for element in dataset:
        if element.tag not in _OF_ENCODING and element.tag.element != 0:
            told.add(element)
    return told


def _are_lossless(held: Dataset, given: Dataset) -> bool:
    syntaxes = [one.file_meta.TransferSyntaxUID for one in (held, given)]
    return all(not one.is_compressed or one in _LOSSLESS for one in syntaxes)
