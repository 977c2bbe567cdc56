"""How the bytes of a DICOM file are laid out: where every element lies, and whether the file is whole.

pydicom reads a file that ends in the middle of an element as if nothing were missing. Here the elements are walked by
their lengths (DICOM PS3.5 section 7, PS3.10 section 7) and must fill the file exactly, sequences within sequences too.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from fyr.errors import BadInput

__all__ = ["BIG_ENDIAN", "DEEPEST", "DEFLATED", "IMPLICIT", "LONG", "UNDEFINED", "Element", "Layout", "file_layout"]

IMPLICIT: Final = "1.2.840.10008.1.2"
BIG_ENDIAN: Final = "1.2.840.10008.1.2.2"
DEFLATED: Final = "1.2.840.10008.1.2.1.99"

_ITEM: Final = 0xFFFEE000
_ITEM_END: Final = 0xFFFEE00D
_SEQUENCE_END: Final = 0xFFFEE0DD
UNDEFINED: Final = 0xFFFFFFFF
LONG: Final = frozenset((b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"))
_SHORT: Final = frozenset(
    (
        *(b"AE", b"AS", b"AT", b"CS", b"DA", b"DS", b"DT", b"FD", b"FL", b"IS", b"LO", b"LT", b"PN"),
        *(b"SH", b"SL", b"SS", b"ST", b"TM", b"UI", b"UL", b"US"),
    )
)
DEEPEST: Final = 32
_INFLATED_AT_MOST: Final = 1 << 31
_INFLATED_TIMES: Final = 200
_INFLATED_FREELY: Final = 1 << 28
_PIXEL_DATA: Final = 0x7FE00010


@dataclass(frozen=True, slots=True)
class Element:
    """Where the value of one element lies; `length` is -1 where the element says that its end will mark itself."""

    tag: int
    vr: bytes
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file is laid out.

    Parameters
    ----------
    data : bytes
        What holds the elements: the file, or what came of a deflated one.
    start : int
        Where its data set begins.
    syntax : str
        The transfer syntax; implicit little endian where the file has no header.
    size : int
        Bytes that there are in all; may be more than `data` holds where only the beginning was read.
    has_header : bool
        Whether there is a preamble, as PS3.10 prescribes.
    """

    data: bytes
    start: int
    syntax: str
    size: int
    has_header: bool = True

    def elements(self) -> Iterator[Element]:
        """Yield the elements of the data set itself, those of sequences left out."""
        yield from _Walk(self).data_set(self.start, self.size)

    def items(self, sequence: Element) -> Iterator[dict[int, Element]]:
        """Yield the elements of each item of a sequence, by tag; to be called after :meth:`check`."""
        yield from _Walk(self).items(sequence, self.size)

    def begin(self, element: Element) -> int:
        """Return where an element itself begins: tag, representation and length before its value."""
        return element.offset - (8 if self.syntax == IMPLICIT or element.vr in _SHORT else 12)

    def value(self, element: Element) -> bytes:
        """Return the bytes of an element's value."""
        return self.data[element.offset : element.offset + element.length]

    def check(self) -> None:
        """Walk every element, those within sequences too.

        Raises
        ------
        BadInput
            If the file ends too early, an element reaches beyond what holds it, or one is there twice.
        """
        _Walk(self).deep(self.start, self.size)


def file_layout(data: bytes, *, size: int | None = None) -> Layout:
    """Find how a file is laid out.

    Parameters
    ----------
    data : bytes
        The file, or its beginning.
    size : int, optional
        Of the whole file, where `data` is its beginning.

    Raises
    ------
    BadInput
        If it is not DICOM, or ends within its header.
    """
    whole = len(data) if size is None else size
    if data[128:132] != b"DICM":
        return _without_header(data, whole)
    walk = _Walk(Layout(data, 132, "1.2.840.10008.1.2.1", whole))
    syntax, at = "", 132
    while data[at : at + 2] == b"\x02\x00":
        element = walk.element(at, whole)
        if element.length < 0:
            raise BadInput("the file's header is damaged: a sequence stands in it", mend="take the file again")
        if element.tag == 0x00020010:
            raw = data[element.offset : element.offset + element.length]
            syntax = raw.rstrip(b"\0 ").decode("ascii", "replace")
        at = element.offset + element.length
    if not syntax:
        raise BadInput(
            "the file's header names no transfer syntax, so that its bytes cannot be told", mend="take it again"
        )
    if syntax == DEFLATED:
        inflated = _inflated(data, at, whole)
        return Layout(inflated, 0, syntax, len(inflated))
    return Layout(data, at, syntax, whole)


def _without_header(data: bytes, size: int) -> Layout:
    """Take files as old programs wrote them, that begin with their first element: group 0008, and a short length."""
    for syntax in ("1.2.840.10008.1.2.1", IMPLICIT):
        layout = Layout(data, 0, syntax, size, has_header=False)
        if data[:2] != b"\x08\x00" or len(data) < 16:
            break
        try:
            first = _Walk(layout).element(0, size)
        except BadInput:
            continue
        if 0 <= first.length <= 256:
            return layout
    raise BadInput("this is not a DICOM file: 'DICM' does not stand at byte 128", mend="give DICOM files alone")


def _inflated(data: bytes, at: int, size: int) -> bytes:
    if len(data) < size:
        raise BadInput("a deflated file must be read whole", mend="give all of its bytes")
    engine = zlib.decompressobj(-zlib.MAX_WBITS)
    most = min(_INFLATED_AT_MOST, max(_INFLATED_FREELY, _INFLATED_TIMES * size))
    try:
        inflated = engine.decompress(data[at:], most)
    except zlib.error as problem:
        raise BadInput(f"the deflated file is damaged ({problem})", mend="take the file again") from None
    if not engine.eof and len(inflated) == most:
        raise BadInput(
            f"the deflated file of {size:,} bytes has more than {most:,} in it, which no picture has",
            mend="export the file uncompressed",
        )
    if not engine.eof:
        raise BadInput("the deflated file ends too early", mend="take the file again")
    return inflated


class _Walk:
    """Steps from element to element in one transfer syntax."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._data = layout.data
        self._explicit = layout.syntax != IMPLICIT
        order = ">" if layout.syntax == BIG_ENDIAN else "<"
        self._tag = struct.Struct(f"{order}HH").unpack_from
        self._long = struct.Struct(f"{order}I").unpack_from
        self._short = struct.Struct(f"{order}H").unpack_from
        self._known_vr: dict[int, bytes] = {}

    def element(self, at: int, end: int) -> Element:
        """Read where the element at a place lies."""
        data = self._data
        if at + 8 > end or at + 8 > len(data):
            raise _too_early(at)
        group, number = self._tag(data, at)
        tag = group << 16 | number
        if group == 0xFFFE or not self._explicit:
            return self._sized(
                tag, b"" if group == 0xFFFE else self._vr_of(tag), at + 8, self._long(data, at + 4)[0], end
            )
        vr = data[at + 4 : at + 6]
        if vr in LONG:
            if at + 12 > end or at + 12 > len(data):
                raise _too_early(at)
            return self._sized(tag, vr, at + 12, self._long(data, at + 8)[0], end)
        if vr not in _SHORT:
            raise BadInput(
                f"the file is damaged: at byte {at:,} stands no element (value representation {vr!r})",
                mend="take the file again",
            )
        return self._sized(tag, vr, at + 8, self._short(data, at + 6)[0], end)

    def data_set(self, at: int, end: int, depth: int = 0, *, descend: bool = False) -> Iterator[Element]:
        """Yield the elements of one data set up to its end, and with `descend` walk what is in them."""
        seen: set[int] = set()
        while at < end and not self._only_padding(at, end):
            element = self.element(at, end)
            _once(element, seen)
            yield element
            at = self._end_of(element, end, depth, descend=descend)

    def items(self, sequence: Element, end: int) -> Iterator[dict[int, Element]]:
        """Yield the elements of each item of a sequence, by tag."""
        at, stop = sequence.offset, end if sequence.length < 0 else sequence.offset + sequence.length
        while at < stop:
            item = self.element(at, stop)
            if item.tag == _SEQUENCE_END:
                return
            if item.length >= 0:
                at = item.offset + item.length
                yield {one.tag: one for one in self.data_set(item.offset, at)}
                continue
            found: dict[int, Element] = {}
            at = item.offset
            while (element := self.element(at, stop)).tag != _ITEM_END:
                found[element.tag] = element
                at = self._end_of(element, stop, 0, descend=False)
            at = element.offset
            yield found

    def deep(self, at: int, end: int, depth: int = 0) -> None:
        """Walk a data set and everything in it."""
        for _ in self.data_set(at, end, depth, descend=True):
            pass

    def _end_of(self, element: Element, end: int, depth: int, *, descend: bool) -> int:
        if element.length >= 0:
            after = element.offset + element.length
            if descend and element.vr == b"SQ":
                self._items(element.offset, after, depth, marked=False)
            return after
        if element.tag == _PIXEL_DATA or element.vr in {b"OB", b"OW"}:
            return self._fragments(element.offset, end)
        if element.vr == b"UN" and self._explicit:  # PS3.5 section 6.2.2: what is in it says no value representation
            return _Walk(replace(self._layout, syntax=IMPLICIT)).items_to_delimiter(element.offset, end, depth)
        return self._items(element.offset, end, depth, marked=True)

    def items_to_delimiter(self, at: int, end: int, depth: int) -> int:
        """Walk a sequence that marks its own end, and return where that is."""
        return self._items(at, end, depth, marked=True)

    def _items(self, at: int, end: int, depth: int, *, marked: bool) -> int:
        """Walk the items of a sequence; `marked`: up to its delimiter, else up to `end`."""
        if depth > DEEPEST:
            raise BadInput(f"sequences stand in sequences more than {DEEPEST} deep", mend="take the file again")
        while marked or at < end:
            item = self.element(at, end)
            if item.tag == _SEQUENCE_END:
                return item.offset
            if item.tag != _ITEM:
                raise BadInput(f"the file is damaged: at byte {at:,} should stand an item", mend="take the file again")
            if item.length >= 0:
                at = item.offset + item.length
                self.deep(item.offset, at, depth + 1)
            else:
                at = self._item_end(item.offset, end, depth + 1)
        return at

    def _item_end(self, at: int, end: int, depth: int) -> int:
        """Walk the elements of an item that marks its own end."""
        seen: set[int] = set()
        while True:
            element = self.element(at, end)
            if element.tag == _ITEM_END:
                return element.offset
            _once(element, seen)
            at = self._end_of(element, end, depth, descend=True)

    def _fragments(self, at: int, end: int) -> int:
        while True:
            item = self.element(at, end)
            if item.tag == _SEQUENCE_END:
                return item.offset
            if item.tag != _ITEM or item.length < 0:
                raise BadInput(f"the compressed pixels are damaged at byte {at:,}", mend="take the file again")
            at = item.offset + item.length

    def _sized(self, tag: int, vr: bytes, offset: int, length: int, end: int) -> Element:
        if length == UNDEFINED:
            return Element(tag, vr, offset, -1)
        if offset + length > end:
            raise BadInput(
                f"the file ends too early, or is damaged: {_named(tag)} should have {length:,} bytes and "
                f"{max(end - offset, 0):,} are there",
                mend="take the file again",
            )
        return Element(tag, vr, offset, length)

    def _vr_of(self, tag: int) -> bytes:
        """Tell whether an element is a sequence where the file does not say: implicit value representation."""
        if tag not in self._known_vr:
            from pydicom.datadict import dictionary_has_tag, dictionary_VR

            known = dictionary_VR(tag) if not tag >> 16 & 1 and dictionary_has_tag(tag) else "UN"
            self._known_vr[tag] = known[:2].encode()
        return self._known_vr[tag]

    def _only_padding(self, at: int, end: int) -> bool:
        """Tell whether nothing but zeros follow, as some archives fill files up."""
        return self._data[at : at + 8].strip(b"\0") == b"" and self._data[at:end].strip(b"\0") == b""


def _once(element: Element, seen: set[int]) -> None:
    if element.tag in seen:
        raise BadInput(f"{_named(element.tag)} is there twice", mend="take the file again")
    seen.add(element.tag)


def _too_early(at: int) -> BadInput:
    return BadInput(f"the file ends too early: at byte {at:,} should stand an element", mend="take the file again")


def _named(tag: int) -> str:
    from pydicom.datadict import dictionary_description, dictionary_has_tag

    number = f"({tag >> 16:04X},{tag & 0xFFFF:04X})"
    return f"{dictionary_description(tag)} {number}" if dictionary_has_tag(tag) else f"element {number}"
