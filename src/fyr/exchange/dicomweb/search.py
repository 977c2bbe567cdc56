"""What a QIDO-RS request asks (PS3.18 section 8.3.4), as conditions on the record's index."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from fyr.errors import BadInput
from fyr.record.dicom_query import MATCHED, Form, Level, Match

__all__ = ["MOST", "Search", "read_search"]

MOST: Final = 5000
"""How many results one answer holds at most."""

_RANGED: Final = frozenset({"StudyDate", "StudyTime", "SeriesDate", "SeriesTime", "PatientBirthDate"})
_UIDS: Final = frozenset({"StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "SOPClassUID"})
_LISTED: Final = _UIDS | {"ModalitiesInStudy", "AvailableTransferSyntaxUID"}
_LARGEST: Final = 1 << 31
_LONGEST: Final = 4096
_MOST_STARS: Final = 6
_ALIASES: Final = {"PatientsName": "PatientName", "Description": "StudyDescription"}


@dataclass(frozen=True, slots=True)
class Search:
    """What is sought.

    Parameters
    ----------
    matches : tuple of Match
    limit, offset : int
    include_all : bool
        Whether ``includefield=all`` stands there.
    include : tuple of int
        The tags of further attributes that are to be returned.
    warnings : tuple of str
        What is not done of what was asked.
    """

    matches: tuple[Match, ...]
    limit: int = MOST
    offset: int = 0
    include_all: bool = False
    include: tuple[int, ...] = ()
    warnings: tuple[str, ...] = ()


def read_search(level: Level, parameters: Iterable[tuple[str, str]]) -> Search:
    """Read the parameters of a query.

    Parameters
    ----------
    level : Level
    parameters : iterable of (str, str)
        Names (keywords or ``GGGGEEEE``) and values, decoded.

    Raises
    ------
    BadInput
        If an attribute is not known, or not sought by at this level, or a value cannot be.
    """
    matches: list[Match] = []
    limit, offset = MOST, 0
    include_all = False
    include: list[int] = []
    warnings: list[str] = []
    for name, value in parameters:
        match name:
            case "limit":
                limit = min(_count(name, value), MOST)
            case "offset":
                offset = _count(name, value)
            case "includefield":
                for field in value.split(","):
                    include_all = include_all or field.strip() == "all"
                    include += [] if field.strip() in {"all", ""} else [_tag(field.strip())]
            case "fuzzymatching":
                if value.lower() == "true":
                    warnings.append("The fuzzymatching parameter is not supported. Only literal matching was performed")
            case "accept" | "emptyvaluematching" | "multiplevaluematching":
                pass
            case _:
                matches += _match(level, name, value)
    return Search(tuple(matches), limit, offset, include_all, tuple(include), tuple(warnings))


def _match(level: Level, name: str, value: str) -> list[Match]:
    keyword = _keyword(name)
    if keyword not in MATCHED[level]:
        raise BadInput(
            f"{keyword} is not sought by at the level of {level.value}",
            where=f"the query, {name}",
            mend=f"use {', '.join(MATCHED[level])}",
        )
    if len(value) > _LONGEST or value.count("*") > _MOST_STARS:
        raise BadInput(
            f"a condition has more than {_LONGEST} signs, or {_MOST_STARS} times '*'",
            where=f"the query, {name}",
            mend="ask for less at once",
        )
    if value in {"", "*"}:  # PS3.4 C.2.2.2.3: universal matching
        return []
    if keyword in _RANGED:
        return [_range(keyword, value)]
    values = tuple(one for one in value.replace("\\", ",").split(",") if one) if keyword in _LISTED else (value,)
    if keyword not in _UIDS and any("*" in one or "?" in one for one in values):
        return [Match(keyword, Form.LIKE, values)]
    return [Match(keyword, Form.ANY_OF, values)]


def _range(keyword: str, value: str) -> Match:
    """Read a date, a time, or a range of them."""
    low, dash, high = value.partition("-")
    plain = [one.replace(":", "").strip() for one in (low, high)]
    if any(one and not one.replace(".", "", 1).isdigit() for one in plain) or not any(plain):
        raise BadInput(
            f"'{value[:40]}' is neither a date or time nor a range of them",
            where=f"the query, {keyword}",
            mend="write 20240131, 20240101-20240131, -20240131 or 20240101-",
        )
    if not dash:
        return Match(keyword, Form.BETWEEN, (plain[0], plain[0]))
    return Match(keyword, Form.BETWEEN, (plain[0], plain[1]))


def _count(name: str, value: str) -> int:
    if not value.isdecimal() or int(value) > _LARGEST:
        raise BadInput(f"'{value[:40]}' is not a count", where=f"the query, {name}", mend="give a whole number")
    return int(value)


def _keyword(name: str) -> str:
    from pydicom.datadict import keyword_for_tag

    keyword = keyword_for_tag(_tag(name))
    return keyword or name


def _tag(name: str) -> int:
    """Return the tag of a keyword, of ``GGGGEEEE`` or of the last attribute of a path ``SEQUENCE.ATTRIBUTE``."""
    from pydicom.datadict import tag_for_keyword

    last = name.rpartition(".")[2]
    if len(last) == 8 and all(sign in "0123456789abcdefABCDEF" for sign in last):
        return int(last, 16)
    tag = tag_for_keyword(_ALIASES.get(last, last))
    if tag is None:
        raise BadInput(
            f"there is no attribute '{name[:64]}'", where="the query", mend="use a DICOM keyword or GGGGEEEE"
        )
    return int(tag)
