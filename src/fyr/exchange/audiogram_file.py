"""Audiograms in files: a table (CSV), JSON, or FHIR observations; what was not measured stays out."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from fyr.errors import BadInput
from fyr.record.audiogram import LOINC_CODES, Audiogram, Ear, Threshold

__all__ = ["read_audiogram"]

_EARS: Final[Mapping[str, Ear]] = {
    "right": "right", "r": "right", "ad": "right", "left": "left", "l": "left", "as": "left"
}  # fmt: skip
_YES: Final = frozenset({"yes", "true", "1", "y"})
_NO: Final = frozenset({"no", "false", "0", "n"})
_LEVEL: Final = re.compile(r"(?P<above>>)?\s*(?P<level>[+-]?\d+(?:[.,]\d+)?)\s*(?P<silent>nr)?", re.IGNORECASE)
_WIDE: Final = re.compile(r"(\d+)[ _]?(?:hz)?")
_NOTHING: Final = frozenset({"", "-", "na", "n/a", "nan", "null", "none", "dnt", "cnt"})
_LARGEST: Final = 10_000_000
_OF_LOINC: Final = {code: place for place, code in LOINC_CODES.items()}
_MEND: Final = "write ear, frequency_hz, level_db and, where it was not heard, response = no"


def read_audiogram(path: str | Path) -> Audiogram:
    """Read one audiogram.

    Parameters
    ----------
    path : str or Path
        ``.csv`` with a row for each threshold (``ear, frequency_hz, level_db`` and, if need be, ``response,
        conduction, masked, date, patient``) or a row for each ear (``ear, 250, 500, …``); ``.json`` with
        ``thresholds``, or ``right`` and ``left``, or a FHIR Observation or Bundle of them coded in LOINC. A level
        that was the loudest presented and not heard is written ``110NR`` or ``>110``, or has ``response`` no.

    Raises
    ------
    BadInput
        If the file is none, is of several days or patients, or a cell is no threshold.
    """
    path = Path(path)
    try:
        if path.stat().st_size > _LARGEST:
            raise BadInput("the file is far too large for an audiogram", where=str(path))
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as problem:
        raise BadInput(f"it cannot be read ({problem.strerror})", where=str(path), mend="check the path") from problem
    except UnicodeDecodeError as problem:
        raise BadInput("the file is not text in UTF-8", where=str(path), mend="save it as UTF-8") from problem
    try:
        return _of_json(text) if text.lstrip().startswith(("{", "[")) else _of_table(text)
    except BadInput as problem:
        where = str(path) if not problem.where else f"{path}, {problem.where}"
        raise BadInput(problem.what, where=where, mend=problem.mend) from problem


def _of_table(text: str) -> Audiogram:
    head = text.partition("\n")[0]
    separator = max(",;\t", key=head.count)
    try:
        rows = list(csv.DictReader(io.StringIO(text), delimiter=separator, skipinitialspace=True))
    except csv.Error as problem:
        raise BadInput(f"it is no table: {problem}", mend=_MEND) from problem
    names = [(name or "").strip().casefold() for name in (rows[0] if rows else {})]
    if "ear" not in names:
        raise BadInput("there is no column 'ear'", where="line 1", mend=_MEND)
    records: list[tuple[str, dict[str, Any]]] = []
    for number, row in enumerate(rows, 2):
        if None in row:
            raise BadInput("the row has more cells than the head", where=f"line {number}", mend="quote the separator")
        cells = {str(name).strip().casefold(): (cell or "").strip() for name, cell in row.items()}
        if any(cells.values()):
            records += [(f"line {number}", one) for one in _records_of_row(cells, number)]
    return _made(records)


def _records_of_row(cells: dict[str, str], number: int) -> Iterable[dict[str, Any]]:
    if "level_db" in cells:
        return [cells]
    wide = {found[1]: cell for name, cell in cells.items() if (found := _WIDE.fullmatch(name))}
    strange = [name for name in cells if any(sign.isdigit() for sign in name) and not _WIDE.fullmatch(name)]
    if strange:
        raise BadInput(f"the column '{strange[0]}' is no frequency", where="line 1", mend="write 4000 for 4 kHz")
    if cells.get("response"):
        mend = "write 110NR in the cell that it is about"
        raise BadInput("a response for a whole row of frequencies", where=f"line {number}", mend=mend)
    if not wide:
        raise BadInput("there is no column 'level_db' and no column of a frequency", where=f"line {number}", mend=_MEND)
    shared = {name: cell for name, cell in cells.items() if not _WIDE.fullmatch(name)}
    return [{**shared, "frequency_hz": hz, "level_db": cell} for hz, cell in wide.items()]


def _of_json(text: str) -> Audiogram:
    import orjson

    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError as problem:
        raise BadInput(f"it is no JSON: {problem}", mend="look at the place that is named") from problem
    if isinstance(found, list):
        found = {"thresholds": found}
    if found.get("resourceType"):
        try:
            records = list(_of_fhir(found))
        except (AttributeError, TypeError, KeyError) as problem:
            raise BadInput("the resource is not of FHIR's form", mend="give an Observation or a Bundle") from problem
        return _made(records)
    shared = {key: found[key] for key in ("date", "patient", "conduction", "masked") if found.get(key) is not None}
    records = []
    listed = found.get("thresholds") or []
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise BadInput("'thresholds' is no list of thresholds", mend=_MEND)
    records += [(f"thresholds[{n}]", {**shared, **one}) for n, one in enumerate(listed)]
    for ear in ("right", "left"):
        levels = found.get(ear) or {}
        if not isinstance(levels, dict):
            raise BadInput("an ear is not levels by frequency", where=ear, mend='write "right": {"4000": 55}')
        records += [(ear, {**shared, "ear": ear, "frequency_hz": hz, "level_db": one}) for hz, one in levels.items()]
    return _made(records)


def _of_fhir(resource: Mapping[str, Any]) -> Iterable[tuple[str, dict[str, Any]]]:
    kind = resource.get("resourceType")
    if kind == "Bundle":
        for entry in resource.get("entry") or ():
            if (entry.get("resource") or {}).get("resourceType") == "Observation":
                yield from _of_fhir(entry["resource"])
        return
    if kind != "Observation":
        raise BadInput(f"a FHIR {kind} holds no thresholds", mend="give an Observation, or a Bundle of them")
    if resource.get("status") in ("entered-in-error", "cancelled"):
        return
    shared = {
        "date": str(resource.get("effectiveDateTime") or "")[:10],
        "patient": str((resource.get("subject") or {}).get("reference") or ""),
    }
    for part in (resource, *(resource.get("component") or ())):
        for coding in (part.get("code") or {}).get("coding") or ():
            place = _OF_LOINC.get(coding.get("code", "")) if coding.get("system") == "http://loinc.org" else None
            quantity = part.get("valueQuantity")
            if place is None or not quantity:
                continue
            code = coding["code"]
            if (quantity.get("code") or quantity.get("unit")) not in ("dB", "dB[HL]", "dB HL"):
                raise BadInput("the threshold is not in dB", where=f"LOINC {code}", mend="give it in dB HL")
            level = f"{quantity.get('comparator') or ''}{quantity.get('value')}"
            yield f"LOINC {code}", {**shared, "ear": place[0], "frequency_hz": place[1], "level_db": level}


def _made(records: list[tuple[str, dict[str, Any]]]) -> Audiogram:
    thresholds = []
    days: dict[str, None] = {}
    patients: dict[str, None] = {}
    for where, record in records:
        for key, found in (("date", days), ("patient", patients)):
            if said := str(record.get(key) or "").strip():
                found[said] = None
        one = _threshold(record, where)
        if one is not None:
            thresholds.append(one)
    for found, word in ((days, "days"), (patients, "patients")):
        if len(found) > 1:
            raise BadInput(f"the thresholds are of {len(found)} {word}: {', '.join(found)}", mend="one file for each")
    if not thresholds:
        raise BadInput("there is no threshold in it", mend=_MEND)
    return Audiogram(tuple(thresholds), _day(next(iter(days), "")), next(iter(patients), ""))


def _threshold(record: Mapping[str, Any], where: str) -> Threshold | None:
    ear = _EARS.get(str(record.get("ear") or "").strip().casefold())
    if ear is None:
        raise BadInput(f"'{record.get('ear', '')}' is no ear", where=where, mend="write right or left")
    frequency = str(record.get("frequency_hz", "")).strip()
    if not re.fullmatch(r"\d+(\.0+)?", frequency):
        raise BadInput(f"'{frequency}' is no frequency in Hz", where=where, mend="write 4000 for 4 kHz")
    level = record.get("level_db")
    said = "" if level is None else str(level).strip()
    if said.casefold() in _NOTHING:
        return None
    found = _LEVEL.fullmatch(said)
    if found is None:
        mend = "write the level in dB HL; where nothing was heard the loudest level with NR: 110NR"
        raise BadInput(f"'{said}' is no level", where=where, mend=mend)
    heard = _flag(record.get("response"), "response", where, default=True)
    masked = _flag(record.get("masked"), "masked", where, default=False)
    conduction = str(record.get("conduction") or "air").strip().casefold()
    silent = bool(found["silent"] or found["above"]) or not heard
    try:
        return Threshold(
            ear,
            int(float(frequency)),
            float(found["level"].replace(",", ".")),
            not silent,
            conduction,  # type: ignore[arg-type]  # the noun checks it
            masked,
        )
    except BadInput as problem:
        raise BadInput(problem.what, where=where, mend=problem.mend) from problem


def _flag(cell: Any, name: str, where: str, *, default: bool) -> bool:
    said = "" if cell is None else str(cell).strip().casefold()
    if not said:
        return default
    if said not in _YES | _NO:
        raise BadInput(f"'{cell}' is neither yes nor no", where=f"{where}, {name}", mend="write yes or no")
    return said in _YES


def _day(said: str) -> date | None:
    if not said:
        return None
    try:
        return datetime.fromisoformat(said).date()
    except ValueError as problem:
        raise BadInput(f"'{said}' is no date", where="date", mend="write it as 2026-03-01") from problem
