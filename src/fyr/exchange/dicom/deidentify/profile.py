"""The table of what becomes of each attribute (DICOM PS3.15, table E.1-1), as the standard has it.

`profile.csv` holds the 621 rows of edition 2024b with the columns of the options, and the 35 attributes that edition
2026c has beyond them, of which the basic action alone. An attribute of the later edition is never kept by an option.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

__all__ = ["EDITION", "Row", "profile", "row_of"]

EDITION: Final = "2026c"
_REPEATED: Final = {0x5000: 0x50000000, 0x6000: 0x60000000}
_REPEATED_ROWS: Final = {"50xxxxxx": None, "60xx3000": 0x60003000, "60xx4000": 0x60004000, "ggggeeee": None}


@dataclass(frozen=True, slots=True)
class Row:
    """What becomes of one attribute; a column that says nothing is empty.

    Parameters
    ----------
    name : str
    basic : str
        ``X`` remove, ``Z`` empty, ``D`` dummy, ``U`` new UID, or several of them with a stroke between: the first that
        the object's definition allows.
    full_dates, modified_dates, patient, device : str
        ``K`` keep or ``C`` clean under the option: Retain Longitudinal Temporal Information with full or with modified
        dates, Retain Patient Characteristics, Retain Device Identity.
    edition : str
        Of the standard.
    """

    name: str
    basic: str
    full_dates: str = ""
    modified_dates: str = ""
    patient: str = ""
    device: str = ""
    edition: str = ""


@cache
def profile() -> Mapping[int, Row]:
    """Return the rows of single attributes by tag; curves and private attributes, which are ranges, left out."""
    found: dict[int, Row] = {}
    text = files(__package__).joinpath("profile.csv").read_text(encoding="utf-8")
    for line in csv.DictReader(text.splitlines()):
        tag = _REPEATED_ROWS[line["tag"]] if line["tag"] in _REPEATED_ROWS else int(line["tag"], 16)
        if tag is not None:
            found[tag] = Row(**{name: line[name] for name in Row.__dataclass_fields__})
    return MappingProxyType(found)


def row_of(tag: int) -> Row | None:
    """Return the row of an attribute; of a repeating group (60xx) that of the group.

    >>> row_of(0x00100010).basic
    'Z'
    >>> row_of(0x60023000).name
    'Overlay Data'
    """
    group = tag >> 16
    if group & 0xFF00 in _REPEATED:
        tag = _REPEATED[group & 0xFF00] | tag & 0xFFFF
    return profile().get(tag)
