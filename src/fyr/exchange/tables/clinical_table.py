"""A table of patients as clinical facts: row by row, a bad row refused with all its reasons, the rest taken."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from fyr.clock import from_datetime, from_iso
from fyr.errors import BadInput
from fyr.exchange.patient_facts import OfPatient, PatientFacts
from fyr.exchange.tables.clinical_mapping import (
    ABSENT,
    ClinicalMapping,
    DateRule,
    FactRule,
    read_clinical_mapping,
)
from fyr.exchange.tables.sheet import Sheet, read_sheet
from fyr.record.clinical import FACTS
from fyr.record.clinical_reading import clinical_value
from fyr.record.identity import PatientId
from fyr.record.observation import Observation, Status

__all__ = ["read_clinical_table"]

_AT_ONCE: Final = 1000
"""Rows that are read, and kept, together."""


def read_clinical_table(path: Path, mapping: Path, *, hospital: str | None = None) -> Iterator[PatientFacts]:
    """Read a table part by part.

    Parameters
    ----------
    path : Path
        ``.csv``, ``.tsv``, ``.parquet`` or ``.xlsx``.
    mapping : Path
        A YAML mapping with ``facts``.
    hospital : str, optional
        The patients' hospital, where the mapping names none.

    Raises
    ------
    BadInput
        If the mapping or the file as a whole cannot be used: a column is not there, no hospital is named.
    """
    rules = read_clinical_mapping(mapping)
    sheet = read_sheet(path, encoding=rules.encoding, separator=rules.separator, sheet=rules.sheet)
    _check_columns(sheet, rules, mapping)
    named = rules.hospital or hospital
    if named is None and rules.hospital_column is None:
        mend = "name it in the mapping (hospital) or with --hospital"
        raise BadInput("nothing says which hospital the patients are of", where=str(mapping), mend=mend)
    columns = dict.fromkeys(rules.column_names())
    left = [name for name in sheet.frame.columns if name not in columns]
    for start in range(0, sheet.frame.height, _AT_ONCE):
        part = PatientFacts(path.name)
        if start == 0 and left:
            part.notes.append(f"not mapped, so not read: {', '.join(left)}")
        frame = sheet.frame.slice(start, _AT_ONCE).select(list(columns))
        for offset, cells in enumerate(frame.iter_rows(named=True)):
            _take(part, rules, {name: _text(cell) for name, cell in cells.items()}, sheet, start + offset, named)
        part.notice_contradictions()
        yield part


def _check_columns(sheet: Sheet, rules: ClinicalMapping, mapping: Path) -> None:
    for name in rules.column_names():
        if name not in sheet.frame.columns:
            near = difflib.get_close_matches(name, sheet.frame.columns, n=1)
            mend = f"did you mean '{near[0]}'?" if near else f"the table has {', '.join(sheet.frame.columns)}"
            raise BadInput(f"the table has no column '{name}'", where=str(mapping), mend=mend)


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _take(
    part: PatientFacts, rules: ClinicalMapping, cells: Mapping[str, str], sheet: Sheet, index: int, hospital: str | None
) -> None:
    problems: list[str] = []
    observations: list[Observation] = []
    try:
        who = PatientId(cells[rules.hospital_column] if rules.hospital_column else hospital or "", cells[rules.patient])
        row_us = _moment(rules.date, cells)
    except BadInput as problem:
        _refuse(part, sheet, index, [f"{problem.what}; {problem.mend}"])
        return
    for column, rule in rules.facts.items():
        try:
            value, status = _value(cells[column], rule, cells, rules.decimal)
            if status is None:
                continue
            time_us = row_us if rule.date is None else _moment(rule.date, cells)
        except BadInput as problem:
            problems.append(f"column '{column}': {problem.what}; {problem.mend}")
            continue
        unit = FACTS[rule.fact].unit
        observations.append(Observation(who, rule.fact, time_us, value, unit, status, part.source))
    if problems:
        _refuse(part, sheet, index, problems)
        return
    for name, value in rules.always.items():
        observations.append(Observation(who, name, row_us, value, FACTS[name].unit, Status.PRESENT, part.source))
    part.patients.setdefault(who, OfPatient()).observations += observations


def _value(
    cell: str, rule: FactRule, cells: Mapping[str, str], decimal: str
) -> tuple[float | str | bool | None, Status | None]:
    """Return the value and its status; no status where the cell says nothing at all."""
    meaning = rule.missing.get(cell)
    if meaning is not None:
        return None, None if meaning == ABSENT else Status(meaning)
    fact = FACTS[rule.fact]
    if rule.words:
        if cell not in rule.words:
            mend = "correct the cell, or say in the mapping what it means (words, missing)"
            raise BadInput(f"'{cell}' is none of the words {', '.join(rule.words)}", mend=mend)
        return clinical_value(rule.fact, rule.words[cell], fact.unit), Status.PRESENT
    if decimal == "," and fact.unit is not None:
        if "." in cell:
            raise BadInput(f"'{cell}' has a decimal point", mend="the mapping says decimal: ','; write one way")
        cell = cell.replace(",", ".")
    unit = cells[rule.unit_column] if rule.unit_column else rule.unit
    return clinical_value(rule.fact, cell, unit), Status.PRESENT


def _moment(rule: DateRule, cells: Mapping[str, str]) -> int:
    text = rule.given if rule.column is None else cells[rule.column]
    if not text:
        raise BadInput("there is no date", mend="give the row one, or leave it out")
    try:
        if rule.format == "iso":
            if len(text) > len("2026-11-22"):
                return from_iso(text)
            return from_datetime(datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC))
        read = datetime.strptime(text, rule.format)  # noqa: DTZ007  the zone is set in the next line
        return from_datetime(read if read.tzinfo is not None else read.replace(tzinfo=UTC))
    except (ValueError, BadInput):
        form = "as 2026-11-22 or 2026-11-22T08:00:00Z" if rule.format == "iso" else f"in the form {rule.format}"
        mend = "correct it, or name the dates' form in the mapping (date: format)"
        raise BadInput(f"'{text}' is not a date {form}", mend=mend) from None


def _refuse(part: PatientFacts, sheet: Sheet, index: int, problems: list[str]) -> None:
    part.refused.append(BadInput("; ".join(problems), where=f"{sheet.path} row {sheet.row[index]}"))
