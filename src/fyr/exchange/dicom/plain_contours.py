"""Contours straight from the bytes of a structure set: what is as plain as nearly all sets are, and nothing else.

pydicom makes several objects of each contour, which takes most of the time that it takes to read a set. Where anything
here is not as expected, nothing is returned and nothing is said: the set is then read by way of pydicom, which knows
every exception, and what is wrong is said there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from fyr.exchange.dicom.layout import Element, Layout
from fyr.exchange.dicom.values import decimals
from fyr.imaging.structure_set import Contour

__all__ = ["GEOMETRIC_TYPES", "Drawn", "plain_contours"]

GEOMETRIC_TYPES: Final = ("POINT", "OPEN_PLANAR", "OPEN_NONPLANAR", "CLOSED_PLANAR", "CLOSEDPLANAR_XOR")

_NUMBER: Final = (0x30060084, b"IS")
_COLOUR: Final = (0x3006002A, b"IS")
_CONTOURS: Final = (0x30060040, b"SQ")
_TYPE: Final = (0x30060042, b"CS")
_POINTS: Final = (0x30060046, b"IS")
_OFFSET: Final = 0x30060045
_DATA: Final = (0x30060050, b"DS")
_IMAGES: Final = (0x30060016, b"SQ")
_IMAGE: Final = (0x00081155, b"UI")

_Item = dict[int, Element]


@dataclass(frozen=True, slots=True)
class Drawn:
    """The contours of one structure, and its colour."""

    contours: tuple[Contour, ...]
    colour: tuple[int, int, int] | None


class _NotPlainError(Exception):
    """Something is not as nearly all sets have it."""


def plain_contours(layout: Layout, sequence: Element) -> dict[int, Drawn] | None:
    """Return the contours of each structure by its number, or ``None`` where one is not plain.

    Parameters
    ----------
    layout : Layout
        Of a file that was checked.
    sequence : Element
        Its ROI Contour Sequence (3006,0039).
    """
    found: dict[int, Drawn] = {}
    try:
        for item in layout.items(sequence):
            number = _whole(_text(layout, item, _NUMBER))
            if number is None or number in found:
                return None
            found[number] = _drawn(layout, item)
    except (_NotPlainError, ValueError):
        return None
    return found


def _drawn(layout: Layout, item: _Item) -> Drawn:
    colour = None
    said = _text(layout, item, _COLOUR)
    if said:
        red, green, blue = (_whole(part) for part in said.split("\\"))
        if red is None or green is None or blue is None or not max(red, green, blue) <= 255:
            raise _NotPlainError
        colour = red, green, blue
    contours = _element(item, _CONTOURS)
    if contours is None:
        return Drawn((), colour)
    return Drawn(tuple(_contour(layout, one) for one in layout.items(contours)), colour)


def _contour(layout: Layout, item: _Item) -> Contour:
    if _OFFSET in item and layout.value(item[_OFFSET]).strip(b" \0"):
        raise _NotPlainError
    kind = _text(layout, item, _TYPE)
    if kind not in GEOMETRIC_TYPES:
        raise _NotPlainError
    flat = decimals(_text(layout, item, _DATA))
    if flat is None or len(flat) % 3 or not np.isfinite(flat).all():
        raise _NotPlainError
    points = _whole(_text(layout, item, _POINTS))
    if points is not None and points != len(flat) // 3:
        raise _NotPlainError
    image = ""
    images = _element(item, _IMAGES)
    if images is not None:
        named = list(layout.items(images))
        if len(named) == 1:
            image = _text(layout, named[0], _IMAGE)
    return Contour(flat.reshape(-1, 3), kind, image)


def _element(item: _Item, wanted: tuple[int, bytes]) -> Element | None:
    tag, representation = wanted
    element = item.get(tag)
    if element is not None and element.vr != representation:
        raise _NotPlainError
    return element


def _text(layout: Layout, item: _Item, wanted: tuple[int, bytes]) -> str:
    """Return a text, empty where there is none."""
    element = _element(item, wanted)
    if element is None:
        return ""
    return layout.value(element).decode("ascii").strip(" \0")


def _whole(said: str) -> int | None:
    """Return a whole number of nothing but digits."""
    if not said:
        return None
    if not said.isdecimal():
        raise _NotPlainError
    return int(said)
