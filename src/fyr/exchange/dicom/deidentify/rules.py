"""From an attribute and the options to what is done with it."""

from __future__ import annotations

from enum import Enum, auto
from typing import Final

from fyr.exchange.dicom.deidentify.options import Options
from fyr.exchange.dicom.deidentify.profile import Row, row_of

__all__ = ["BINARY", "DATES", "NAMED", "TEXTS", "Action", "action_of"]

TEXTS: Final = frozenset(("AE", "LO", "LT", "SH", "ST", "UC", "UR", "UT"))
DATES: Final = frozenset(("DA", "DT", "TM"))
BINARY: Final = frozenset(("OB", "OD", "OF", "OL", "OV", "OW", "UN"))

NAMED: Final = frozenset((0x30060026, 0x30060002, 0x300A0002, 0x300A00C2, 0x00620005))
"""Name of a structure, labels of a structure set and a plan; name of a beam, label of a segment, not in the table."""
_PATIENT: Final = 0x0010
"""Group of the patient: words in it that the table does not list, such as a birth date in another calendar."""
_PERSONS: Final = frozenset((0x21000160, 0x4010101A, 0x40101051, 0x40101058, 0x00181803, 0x00880130))
"""Owner of a print job, boarding pass, itinerary, carrier, time server, medium: not in the table."""
_DEVICES: Final = frozenset((0x30020020, 0x00181003))
"""Name of a radiation machine and id of a device, not in the table either."""
_SENTENCES: Final = frozenset(("LT", "ST", "UT"))
_REMARKS: Final = ("Comment", "Description", "Remark", "Note")
_REFERENCED_STUDY: Final = 0x00081110
"""Of removed or empty: pictures and reports need none, and must not have an empty one."""
_CONTENT: Final = 0x0040A730
_TEXT_VALUE: Final = 0x0040A160
_NOT_OF_AN_OBJECT: Final = frozenset((0x0008010C, 0x0008010D, 0x00080117, 0x00080118, 0x00089123))
"""UIDs of coding schemes, contexts of codes, mappings and software: the same in every hospital."""
_CLASSES: Final = ("ClassUID", "SOPClasses", "TransferSyntaxUID")


class Action(Enum):
    """What is done with an element."""

    KEEP = auto()
    SEARCH = auto()
    """Kept if it holds none of the patient's identifiers."""
    REMOVE = auto()
    EMPTY = auto()
    DUMMY = auto()
    UID = auto()
    SHIFT = auto()
    RECURSE = auto()
    """A sequence whose items are treated one by one."""
    CONTENT = auto()
    """A tree of structured content, of which codes and numbers are kept."""


_BASIC: Final = {
    "X": Action.REMOVE,
    "Z": Action.EMPTY,
    "D": Action.DUMMY,
    "U": Action.UID,
    "X/Z": Action.EMPTY,
    "X/D": Action.DUMMY,
    "Z/D": Action.DUMMY,
    "X/Z/D": Action.DUMMY,
    "X/Z/U*": Action.RECURSE,
}
"""Of several actions the one that every object's definition allows: the weakest, and none leaves what was there."""


def action_of(tag: int, vr: str, keyword: str, options: Options, *, in_content: bool) -> Action:
    """Return what is done with an element.

    Parameters
    ----------
    tag : int
    vr : str
        Value representation.
    keyword : str
        Of DICOM's dictionary; empty where that does not know the tag.
    options : Options
    in_content : bool
        Whether it stands in structured content.
    """
    group = tag >> 16
    if group & 1 or not tag & 0xFFFF or group & 0xFF00 in {0x5000, 0x6000} or not keyword:
        return Action.REMOVE
    if tag == _CONTENT:
        return Action.CONTENT
    if in_content and tag == _TEXT_VALUE:
        return Action.DUMMY
    row = row_of(tag)
    return _unlisted(tag, vr, keyword, options) if row is None else _listed(tag, vr, row, options)


def _listed(tag: int, vr: str, row: Row, options: Options) -> Action:
    kept = (
        (options.dates == "keep" and row.full_dates == "K")
        or (options.patient_characteristics and row.patient == "K")
        or (options.device_identity and row.device == "K")
    )
    if kept:
        return _kept(vr)
    if options.dates == "shift" and row.modified_dates == "C" and (vr in DATES or vr == "SQ"):
        return Action.RECURSE if vr == "SQ" else Action.SHIFT
    if tag in NAMED and options.structure_names == "keep":
        return Action.SEARCH
    if tag == _REFERENCED_STUDY:
        return Action.REMOVE
    return _BASIC[row.basic]


def _unlisted(tag: int, vr: str, keyword: str, options: Options) -> Action:
    """Treat dates, names, UIDs and remarks that the table does not list as those that it lists; keep the rest."""
    if vr in DATES:
        return {"remove": Action.DUMMY, "shift": Action.SHIFT, "keep": Action.KEEP}[options.dates]
    of_person = tag in _PERSONS or tag >> 16 == _PATIENT or any(part in keyword for part in _REMARKS)
    of_device = tag in _DEVICES and not options.device_identity
    numbered = tag in NAMED and options.structure_names == "number"
    if vr == "PN" or vr in _SENTENCES or (vr in TEXTS and (of_person or of_device or numbered)):
        return Action.DUMMY
    if vr == "UI":
        of_no_object = tag in _NOT_OF_AN_OBJECT or any(part in keyword for part in _CLASSES)
        return Action.KEEP if of_no_object else Action.UID
    return _kept(vr)


def _kept(vr: str) -> Action:
    if vr == "SQ":
        return Action.RECURSE
    return Action.SEARCH if vr in TEXTS else Action.KEEP
