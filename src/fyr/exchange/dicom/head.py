"""The head of a file: all that stands before its pixels, read without them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

from fyr.errors import BadInput
from fyr.exchange.dicom.layout import BIG_ENDIAN, DEFLATED, IMPLICIT, Element, Layout, file_layout

if TYPE_CHECKING:
    from pydicom import Dataset

__all__ = ["CHARACTER_SET", "Head", "head_of", "read_head", "text_of"]

_FIRST_READ: Final = 1 << 15
_PIXELS: Final = frozenset((0x7FE00008, 0x7FE00009, 0x7FE00010))
_ENCAPSULATED: Final = -1
CHARACTER_SET: Final = 0x00080005


def text_of(raw: bytes, character_set: bytes) -> str:
    """Return the text that bytes stand for without the spaces around it, by what the file says of its characters."""
    try:
        return raw.decode("ascii").strip(" \0")
    except UnicodeDecodeError:
        from pydicom.charset import convert_encodings, decode_bytes

        said = character_set.decode("ascii", "replace").strip(" \0").split("\\")
        return str(decode_bytes(raw, convert_encodings(said), {0x0A, 0x0C, 0x0D})).strip(" \0")


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """What stands before the pixels of a file.

    Parameters
    ----------
    path : Path
    layout : Layout
    elements : mapping of int to Element
        The data set's own elements by tag.
    pixels : Element or None
        Where the pixels lie; of a deflated file, in what came of it.
    """

    path: Path
    layout: Layout
    elements: Mapping[int, Element]
    pixels: Element | None

    def text(self, tag: int) -> str:
        """Return the text of an element without the spaces around it; empty where there is none."""
        return text_of(self.raw(tag), self.raw(CHARACTER_SET))

    def is_plain(self, tag: int) -> bool:
        """Whether :meth:`raw` tells all of an element, its absence too: it says how long it is, and is no sequence."""
        element = self.elements.get(tag)
        return element is None or (element.length >= 0 and element.vr != b"SQ")

    @property
    def are_pixels_native(self) -> bool:
        """Whether the pixels can be taken from the file as they lie there, little-endian."""
        syntax = self.layout.syntax
        native = syntax in {IMPLICIT, "1.2.840.10008.1.2.1"}
        return native and self.pixels is not None and self.pixels.length != _ENCAPSULATED

    def data_set(self) -> Dataset:
        """Return all that stands before the pixels."""
        from pydicom.dataset import FileMetaDataset
        from pydicom.filereader import read_dataset
        from pydicom.uid import UID

        end = len(self.layout.data) if self.pixels is None else self.layout.begin(self.pixels)
        dataset = read_dataset(
            BytesIO(self.layout.data[self.layout.start : end]),
            is_implicit_VR=self.layout.syntax == IMPLICIT,
            is_little_endian=self.layout.syntax != BIG_ENDIAN,
        )
        dataset.file_meta = FileMetaDataset()
        dataset.file_meta.TransferSyntaxUID = UID(self.layout.syntax)
        return dataset

    def raw(self, tag: int) -> bytes:
        """Return the bytes of an element; none where there is none, or it marks its own end."""
        element = self.elements.get(tag)
        if element is None or element.length < 0:
            return b""
        return self.layout.data[element.offset : element.offset + element.length]


def read_head(path: Path) -> Head:
    """Read a file up to its pixels; to be called within :func:`~fyr.exchange.dicom.opening.reading`.

    Raises
    ------
    BadInput
        If the file is not DICOM, is damaged before its pixels, or ends within them.
    """
    if not path.is_file():
        raise BadInput("there is no such file", mend="check the path")
    with path.open("rb", buffering=0) as file:
        size = os.fstat(file.fileno()).st_size
        data = file.read(_FIRST_READ)
        try:
            return head_of(path, data, size)
        except BadInput:
            if len(data) == size:
                raise
        file.seek(0)
        return head_of(path, file.readall(), size)


def head_of(path: Path, data: bytes, size: int) -> Head:
    """Return the head of a file whose beginning, or whole, is `data`.

    Raises
    ------
    BadInput
        As :func:`read_head`, and where the head goes beyond `data`.
    """
    layout = file_layout(data, size=size)
    elements: dict[int, Element] = {}
    pixels = None
    for element in layout.elements():
        if element.tag in _PIXELS:
            pixels = element
            break
        if element.offset + max(element.length, 0) > len(layout.data):
            raise BadInput("the file ends too early", mend="take the file again")
        elements[element.tag] = element
    if layout.syntax == DEFLATED and len(data) < size:
        raise BadInput("a deflated file must be read whole", mend="give all of its bytes")
    if pixels is not None and layout.syntax != DEFLATED:  # a thousand heads are kept at once
        layout = replace(layout, data=layout.data[: pixels.offset])
    return Head(path, layout, elements, pixels)
