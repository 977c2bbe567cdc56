"""A data set without its patient's identity: every element treated by its rule, sequences within sequences too."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from fyr.exchange.dicom.deidentify.identifiers import Identifiers, holds_long_number
from fyr.exchange.dicom.deidentify.keyed import Key
from fyr.exchange.dicom.deidentify.options import Options
from fyr.exchange.dicom.deidentify.rules import BINARY, DATES, NAMED, TEXTS, Action, action_of

if TYPE_CHECKING:
    from pydicom import Dataset

__all__ = ["Treated", "treat_data_set"]

_STANDARD: Final = "1.2.840.10008."
"""UIDs that DICOM itself gives out, to well-known frames of reference too."""
_ROI_NAME: Final = 0x3006_0026
_DUMMIES: Final = {
    "AE": "REMOVED",
    "AS": "000Y",
    "CS": "REMOVED",
    "DA": "19000101",
    "DT": "19000101000000",
    "TM": "000000",
    "PN": "Removed",
    "DS": "0",
    "IS": "0",
    "AT": 0,
}
_NUMBERS: Final = frozenset(("FD", "FL", "SL", "SS", "SV", "UL", "US", "UV"))


@dataclass(slots=True)
class Treated:
    """What was done to a data set, and what it was done with.

    Parameters
    ----------
    key : Key
    options : Options
    patient : str
        The patient's own identifier, whose dates move together.
    identifiers : Identifiers
    counts : Counter
        Elements by what was done with them.
    names_kept : dict of str to None
        Names of structures and labels that were kept.
    flags : dict of str to None
        What a person must know; each sentence once.
    structured : bool
        Whether there was structured content.
    """

    key: Key
    options: Options
    patient: str
    identifiers: Identifiers
    counts: Counter[str] = field(default_factory=Counter)
    names_kept: dict[str, None] = field(default_factory=dict)
    flags: dict[str, None] = field(default_factory=dict)
    structured: bool = False


def treat_data_set(dataset: Dataset, treated: Treated, *, in_content: bool = False, harsh: bool = False) -> None:
    """Take the identity out of a data set, in place.

    Parameters
    ----------
    dataset : Dataset
    treated : Treated
        Is told what was done.
    in_content : bool
        Whether it stands in structured content, whose texts go.
    harsh : bool
        Whether it stands in a sequence whose items must be replaced: every text goes.
    """
    for tag in list(dataset.keys()):
        number = int(tag)
        vr, keyword = _kind(dataset, number)
        if vr in BINARY and _should_be_words(number):
            treated.flags[f"an element that should be words was bytes, and is removed: {tag}"] = None
            del dataset[tag]
            continue
        action = action_of(number, vr, keyword, treated.options, in_content=in_content)
        if harsh and action in {Action.SEARCH, Action.KEEP} and vr in TEXTS | BINARY:
            action = Action.DUMMY
        treated.counts[action.name.lower()] += 1
        _apply(dataset, number, vr, action, treated, in_content=in_content, harsh=harsh)


def _apply(
    dataset: Dataset, tag: int, vr: str, action: Action, treated: Treated, *, in_content: bool, harsh: bool
) -> None:
    match action:
        case Action.KEEP:
            return
        case Action.REMOVE:
            del dataset[tag]
        case Action.EMPTY:
            _set(dataset, tag, vr, [] if vr == "SQ" else _numbered(dataset, tag))
        case Action.UID:
            _set(dataset, tag, vr, _each(dataset[tag].value, lambda uid: _new_uid(uid, treated.key)))
        case Action.SHIFT:
            _shift(dataset, tag, vr, treated)
        case Action.SEARCH:
            _search(dataset, tag, vr, treated)
        case Action.DUMMY if vr != "SQ":
            _set(dataset, tag, vr, _dummy(dataset, tag, vr, treated))
        case _:
            content = action is Action.CONTENT
            treated.structured |= content
            for item in dataset[tag].value or []:
                treat_data_set(item, treated, in_content=in_content or content, harsh=harsh or action is Action.DUMMY)


def _kind(dataset: Dataset, tag: int) -> tuple[str, str]:
    """Return value representation and keyword, without converting the value."""
    from pydicom.datadict import dictionary_has_tag, dictionary_keyword, dictionary_VR

    if tag >> 16 & 1 or not dictionary_has_tag(tag):
        return str(dataset.get_item(tag).VR or "UN"), ""
    said, known = dataset.get_item(tag).VR, dictionary_VR(tag)
    return str(known if said in {None, "UN"} else said)[:2], dictionary_keyword(tag) or "Retired"


def _should_be_words(tag: int) -> bool:
    from pydicom.datadict import dictionary_has_tag, dictionary_VR

    return not tag >> 16 & 1 and dictionary_has_tag(tag) and dictionary_VR(tag) in TEXTS | DATES | {"PN", "UI", "SQ"}


def _set(dataset: Dataset, tag: int, vr: str, value: Any) -> None:
    from pydicom.dataelem import DataElement

    dataset[tag] = DataElement(tag, vr, value)


def _each(value: Any, change: Any) -> Any:
    """Change each of several values, or the one."""
    if value is None or value == "":
        return None
    if isinstance(value, str) or not hasattr(value, "__iter__"):
        return change(str(value))
    return [change(str(one)) for one in value]


def _new_uid(uid: str, key: Key) -> str:
    uid = uid.strip(" \0")
    return uid if not uid or uid.startswith(_STANDARD) else key.uid(uid)


def _numbered(dataset: Dataset, tag: int) -> str | None:
    """Return what an emptied element says: of a structure's name its number, which keeps structures apart."""
    return f"ROI {dataset.get('ROINumber', '')}".strip() if tag == _ROI_NAME else None


def _dummy(dataset: Dataset, tag: int, vr: str, treated: Treated) -> Any:
    if tag == _ROI_NAME:
        return _numbered(dataset, tag)
    if vr == "UI":
        return _each(dataset[tag].value, lambda uid: _new_uid(uid, treated.key))
    if vr in BINARY:
        return bytes(2)
    if vr in _NUMBERS:
        return 0
    return _DUMMIES.get(vr, "REMOVED")


def _shift(dataset: Dataset, tag: int, vr: str, treated: Treated) -> None:
    """Move dates; times of day stay, for dates move by whole days."""
    if vr == "TM":
        return
    try:
        _set(dataset, tag, vr, _each(dataset[tag].value, lambda said: _moved(said, treated)))
    except (ValueError, OverflowError):
        treated.flags[f"a date that cannot be moved is replaced by {_DUMMIES[vr]}: {_named(tag)}"] = None
        _set(dataset, tag, vr, _DUMMIES[vr])


def _moved(said: str, treated: Treated) -> str:
    said = said.strip(" \0")
    if not said:
        return said
    if len(said) < 8 or not said[:8].isascii() or not said[:8].isdigit():
        raise ValueError(said)
    day = date(int(said[:4]), int(said[4:6]), int(said[6:8]))
    return treated.key.moved(treated.patient, day).isoformat().replace("-", "") + said[8:]


def _search(dataset: Dataset, tag: int, vr: str, treated: Treated) -> None:
    """Keep words that hold no identifier of the patient."""
    value = dataset[tag].value
    said = [str(one) for one in ([value] if isinstance(value, str) or not hasattr(value, "__iter__") else value)]
    if value is None or not any(said):
        return
    names = tag in NAMED
    if any(treated.identifiers.are_in(one) or (names and holds_long_number(one)) for one in said):
        _set(dataset, tag, vr, _dummy(dataset, tag, vr, treated))
        treated.flags[f"held a name or number that may be the patient's, and is replaced: {_named(tag)}"] = None
        treated.counts["search"] -= 1
        treated.counts["dummy"] += 1
    elif names:
        treated.names_kept.update(dict.fromkeys(said))


def _named(tag: int) -> str:
    from pydicom.datadict import dictionary_description

    return f"{dictionary_description(tag)} ({tag >> 16:04X},{tag & 0xFFFF:04X})"
