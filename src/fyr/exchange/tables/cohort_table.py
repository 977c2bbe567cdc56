"""A table as the columns of a cohort: who, where, what was known, what happened, and which rows cannot say so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.exchange.tables.cohort_cells import InputColumn, plain_number, read_input, readable_numbers
from fyr.exchange.tables.cohort_dates import follow_up_from_dates
from fyr.exchange.tables.cohort_groups import groups_of
from fyr.exchange.tables.cohort_mapping import (
    MISSING,
    CohortMapping,
    ColumnUse,
    EventRule,
    OutcomeRule,
    TimeUse,
)
from fyr.exchange.tables.cohort_outcome import OutcomeColumns, event_codes, follow_up_years, joined
from fyr.exchange.tables.hold_out import held_out
from fyr.exchange.tables.interval_rows import refuse_intervals
from fyr.exchange.tables.mapped_sheet import MappedSheet, input_name, near_name
from fyr.exchange.tables.sheet import Sheet, read_sheet
from fyr.record.clinical import FACTS

__all__ = ["NO_MAPPING", "CohortTable", "read_cohort_table"]

NO_HOSPITAL: Final = "unnamed"
"""The hospital of a table that names none."""
_UNKNOWN_HOSPITAL: Final = "unknown"


@dataclass(frozen=True, slots=True, eq=False)
class CohortTable:
    """A cohort's columns; every array has one entry a row that is kept.

    Parameters
    ----------
    source : str
    row : ndarray of int64
        By which a person finds each row.
    patient, hospital : ndarray of str (object)
        A patient is ``HOSPITAL/ID``.
    columns : mapping of str to ndarray
        By the input's name: float64 (NaN: missing) or text (``""``: missing).
    code : ndarray of int8
        0 no event, 1 event, 2 competing event.
    years : ndarray of float64 or None
    title : str
        What the event is.
    groups : mapping of str to ndarray of str (object)
    split : ndarray of str (object) or None
        ``train``, ``test`` or ``""``.
    notes : tuple of str
    """

    source: str
    row: NDArray[np.int64]
    patient: NDArray[Any]
    hospital: NDArray[Any]
    columns: Mapping[str, NDArray[Any]]
    code: NDArray[np.int8]
    years: NDArray[np.float64] | None
    title: str
    groups: Mapping[str, NDArray[Any]]
    split: NDArray[Any] | None
    notes: tuple[str, ...]


def read_cohort_table(
    path: Path,
    mapping: CohortMapping,
    *,
    wanted: Mapping[str, InputColumn] | None = None,
    outcome: Sequence[str] = (),
    time_unit: str | None = None,
    by: Sequence[str] = (),
    hospital: str | None = None,
    as_they_are: Sequence[str] = (),
    keep_unread: bool = True,
) -> CohortTable:
    """Read a table.

    Parameters
    ----------
    path : Path
        ``.csv``, ``.tsv``, ``.parquet`` or ``.xlsx``.
    mapping : CohortMapping
        One without columns takes those that are named as what is wanted.
    wanted : mapping of str to InputColumn, optional
        What the inputs are; without it, a name is what the vocabulary of clinical facts says of it.
    outcome : sequence of str
        Table columns: ``event``; ``time, event``; or ``time, event, cause``. They go before the mapping's.
    time_unit : str, optional
        ``d``, ``wk``, ``mo`` or ``a``; goes before the mapping's.
    by : sequence of str
        Groups of the mapping, or table columns; none: all groups of the mapping.
    hospital : str, optional
        Of all rows, where the mapping names none.
    as_they_are : sequence of str
        Table columns to hand on as numbers under their own names (predictions that the table carries).
    keep_unread : bool
        Keep cells that cannot be read, as text that a model refuses; else they count as missing, and a note says so.

    Raises
    ------
    BadInput
        If the mapping or the file as a whole cannot be used. A row whose outcome is not known is left out and counted.
    """
    sheet = read_sheet(path, encoding=mapping.encoding, separator=mapping.separator, sheet=mapping.sheet)
    reader = _Reader(sheet, mapping, wanted)
    happened = reader.outcome(outcome, time_unit)
    where, who = reader.people(hospital)
    split = reader.split(who)
    columns = reader.columns(keep_unread)
    columns |= {name: reader.numbers_of(name) for name in as_they_are if name not in columns}
    groups = groups_of(reader, by)
    keep = np.ones(sheet.frame.height, dtype=np.bool_)
    for reason, rows in {**reader.left_out, **happened.left_out}.items():
        reader.note_left_out(reason, rows & keep)
        keep &= ~rows
    if not keep.any():
        raise BadInput(
            "no row can be used", where=str(path), mend="; ".join(reader.notes) or "check the mapping of the outcome"
        )
    _check_events(happened, keep, reader, str(path))
    _note_repeats(who[keep], reader.notes)
    return CohortTable(
        source=path.name,
        row=sheet.row.to_numpy().astype(np.int64)[keep],
        patient=who[keep],
        hospital=where[keep],
        columns={name: column[keep] for name, column in columns.items()},
        code=happened.code[keep],
        years=None if happened.years is None else happened.years[keep],
        title=reader.title,
        groups={name: column[keep] for name, column in groups.items()},
        split=None if split is None else split[keep],
        notes=(*reader.notes, *happened.notes),
    )


class _Reader(MappedSheet):
    """One table under one mapping; each method reads one part of it."""

    def __init__(self, sheet: Sheet, mapping: CohortMapping, wanted: Mapping[str, InputColumn] | None) -> None:
        super().__init__(sheet, mapping)
        self.wanted = wanted
        self.notes: list[str] = []
        self.aside: list[str] = []
        self.left_out: dict[str, NDArray[np.bool_]] = {}
        self.title = "event"

    def note_left_out(self, reason: str, rows: NDArray[np.bool_]) -> None:
        places = self.sheet.row.to_numpy()[rows].tolist()
        if places:
            shown = ", ".join(map(str, places[:3])) + (f" and {len(places) - 3} more" if len(places) > 3 else "")
            self.notes.append(f"{_rows(len(places))} left out: {reason} (row {shown})")

    def outcome(self, names: Sequence[str], time_unit: str | None) -> OutcomeColumns:
        rule = self._outcome_rule(names)
        event = None if rule.event is None else event_codes(self.texts(rule.event.column), rule.event, self.place)
        cause = None if rule.cause is None else event_codes(self.texts(rule.cause.column), rule.cause, self.place)
        left_out: dict[str, NDArray[np.bool_]] = {}
        code = joined(event, cause, left_out)
        named = rule.cause or rule.event
        self.title = rule.title or (named.column if named else "event")
        if rule.time is None:
            if time_unit is not None:
                raise BadInput(
                    "a unit of time is given, and no column of times",
                    where=self.place,
                    mend="write --outcome TIME,EVENT, or leave --time-unit away",
                )
            return OutcomeColumns(code, None, left_out)
        if rule.time.since is not None:
            if time_unit is not None:
                raise BadInput(
                    "a unit of time is given, and the times are dates", where=self.place, mend="leave --time-unit away"
                )
            ends, starts = self.texts(rule.time.column), self.texts(rule.time.since)
            apart, bad_dates = follow_up_from_dates(ends, starts, rule.time, list(self.mapping.missing), self.place)
            return OutcomeColumns(code, apart, {**left_out, **bad_dates})
        stops = self.texts(rule.time.column)
        others = {
            name: self.sheet.frame.get_column(name) for name in self.sheet.frame.columns if name not in self.taken
        }
        refuse_intervals(stops, others, self.mapping.decimal, self.place)
        years, bad_times, doubts = follow_up_years(
            stops,
            rule.time,
            time_unit,
            self.mapping.decimal,
            list(self.mapping.missing),
            self.place,
        )
        return OutcomeColumns(code, years, {**left_out, **bad_times}, doubts)

    def _outcome_rule(self, names: Sequence[str]) -> OutcomeRule:
        mapped = self.mapping.outcome
        if not names:
            if mapped is None:
                raise BadInput(
                    "nothing says what the outcome is",
                    where=self.place,
                    mend="add --outcome TIME,EVENT (columns of the table), or 'outcome' to the mapping",
                )
            return mapped
        if len(names) > 3:
            raise BadInput(f"--outcome names {len(names)} columns", mend="write EVENT, TIME,EVENT or TIME,EVENT,CAUSE")
        for name in names:
            self.texts(name, "--outcome")
        events = [rule for rule in (mapped.event, mapped.cause) if rule is not None] if mapped else []

        def rule_of(column: str) -> EventRule:
            known = next((rule for rule in events if rule.column == column), None)
            return known or EventRule(column, missing=self.mapping.missing)

        if len(names) == 1:
            return OutcomeRule(rule_of(names[0]))
        time = mapped.time if mapped and mapped.time and mapped.time.column == names[0] else TimeUse(names[0])
        return OutcomeRule(rule_of(names[1]), time, rule_of(names[2]) if len(names) == 3 else None)

    def people(self, hospital: str | None) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return each row's hospital and patient."""
        mapping, rows = self.mapping, self.sheet.frame.height
        column = mapping.hospital_column
        if column is None and mapping.hospital is None and hospital is None and "hospital" in self.sheet.frame.columns:
            column = "hospital"
        if column is not None:
            cells = self.texts(column, "hospital")
            unknown = sum(cell in mapping.missing for cell in cells)
            if unknown:
                self.notes.append(f"{_rows(unknown)} without a hospital: given by '{_UNKNOWN_HOSPITAL}'")
            places = [_UNKNOWN_HOSPITAL if cell in mapping.missing else cell for cell in cells]
        else:
            places = [mapping.hospital or hospital or NO_HOSPITAL] * rows
        slash = next((place for place in places if "/" in place), None)
        if slash is not None:
            raise BadInput(
                f"'{slash}' cannot be a hospital's name", where=self.place, mend="give a name without a slash"
            )
        who = mapping.patient or ("patient" if "patient" in self.sheet.frame.columns else None)
        if who is None:
            ids = [f"row {number}" for number in self.sheet.row.to_list()]
        else:
            ids = self.texts(who, "patient")
            self.left_out["no patient id"] = np.array([cell in mapping.missing for cell in ids])
        patients = [f"{place}/{local}" for place, local in zip(places, ids, strict=True)]
        return np.array(places, dtype=object), np.array(patients, dtype=object)

    def columns(self, keep_unread: bool) -> dict[str, NDArray[Any]]:
        """Return the baseline by the names of the inputs."""
        uses = self._uses()
        found: dict[str, NDArray[Any]] = {}
        for column, use in uses.items():
            units = None if use.unit_column is None else self.texts(use.unit_column, "unit_column")
            read, unread = read_input(
                self.texts(column, "columns"), units, use, self._input(use.name), self.mapping.decimal
            )
            if unread and self._is_another_thing(column, use, sum(unread.values())):
                self.notes.append(f"{use.name} is read as text: no cell is {self._input(use.name).kind} of that name")
                read, unread = read_input(self.texts(column), units, use, InputColumn(use.name), self.mapping.decimal)
            if unread and not keep_unread:
                read = readable_numbers(read)
                shown = "; ".join(f"{said}: {_rows(count)}" for said, count in list(unread.items())[:3])
                self.notes.append(
                    f"{use.name} cannot be read in {_rows(sum(unread.values()))}, missing there ({shown})"
                )
            found[use.name] = read
        for name, text in self.mapping.always.items():
            use = ColumnUse(name)
            found[name], _ = read_input([text] * self.sheet.frame.height, None, use, self._input(name), ".")
        return found

    def _is_another_thing(self, column: str, use: ColumnUse, unread: int) -> bool:
        """Tell whether a column that nothing maps only happens to be called like a clinical fact."""
        if self.wanted is not None or self.mapping.columns:
            return False
        return unread == sum(cell not in use.missing for cell in self.texts(column))

    def _uses(self) -> Mapping[str, ColumnUse]:
        if self.mapping.columns:
            for column in self.mapping.columns:
                self.texts(column, "columns")
            uses = {column: self._as_input(use) for column, use in self.mapping.columns.items()}
            for name in (*(use.name for use in uses.values()), *self.mapping.always):
                self._check_name(name)
            if self.aside:
                no_input = "is no input" if len(self.aside) == 1 else "are no inputs"
                self.notes.append(f"{', '.join(self.aside)} {no_input} of the model and left aside")
            return uses
        names = self.sheet.frame.columns
        if self.wanted is None:
            left = [name for name in names if name not in self.taken and name not in self.mapping.always]
            return {name: ColumnUse(name, missing=self.mapping.missing) for name in left}
        same = self._named_as_inputs(self.wanted)
        if not same and self.wanted and not self.mapping.always:
            near = {name: near_name(name, names) for name in self.wanted}
            meant = ", ".join(f"{column} (is it {name}?)" for name, column in near.items() if column)
            raise BadInput(
                "no column of the table is named as an input of the model",
                where=str(self.sheet.path),
                mend=f"give a mapping; the model takes {', '.join(self.wanted)}"
                + (f"; the table has {meant}" if meant else ""),
            )
        return {column: ColumnUse(name, missing=self.mapping.missing) for column, name in same.items()}

    def _as_input(self, use: ColumnUse) -> ColumnUse:
        """Return a use under the input's name that training made of the mapping's (``Size.cm``: ``size_cm``)."""
        if self.wanted is None or use.name in self.wanted or use.name in FACTS:
            return use
        name = input_name(use.name)
        return replace(use, name=name) if name in self.wanted else use

    def _named_as_inputs(self, wanted: Mapping[str, InputColumn]) -> dict[str, str]:
        """Return the columns that are named as an input, or as what training made its name of, with that name."""
        names = self.sheet.frame.columns
        same = {name: name for name in names if name in wanted and name not in self.mapping.always}
        for name in wanted:
            if name in same or name in self.mapping.always:
                continue
            likely = [column for column in names if input_name(column) == name and column not in self.taken]
            if len(likely) > 1:
                raise BadInput(
                    f"the columns '{likely[0]}' and '{likely[1]}' could both be the input '{name}'",
                    where=str(self.sheet.path),
                    mend=f"say which in the mapping: columns: {{{likely[0]}: {name}}}",
                )
            same |= dict.fromkeys(likely, name)
        renamed = ", ".join(f"'{column}' as {name}" for column, name in same.items() if column != name)
        if renamed:
            self.notes.append(f"taken by its name: {renamed}")
        return same

    def _check_name(self, name: str) -> None:
        if name in FACTS or (self.wanted is not None and name in self.wanted):
            return
        mapped = {use.name for use in self.mapping.columns.values()} | set(self.mapping.always)
        near = near_name(name, [other for other in (*(self.wanted or ()), *FACTS) if other not in mapped])
        if self.wanted is not None and near:
            raise BadInput(
                f"'{name}' is neither an input of the model nor a clinical fact",
                where=self.place,
                mend=f"did you mean '{near}'?",
            )
        if self.wanted is not None:
            self.aside.append(name)
        elif near:
            self.notes.append(f"'{name}' is no clinical fact and is read as it stands; is it '{near}'?")

    def _input(self, name: str) -> InputColumn:
        return (self.wanted or {}).get(name) or InputColumn.of_fact(name)

    def numbers_of(self, column: str) -> NDArray[np.float64]:
        """Return a column of the table as numbers; a cell that is none is missing."""
        missing = self.mapping.missing
        cells = [None if t in missing else plain_number(t, self.mapping.decimal) for t in self.texts(column)]
        return np.array(cells, dtype=np.float64)

    def split(self, who: NDArray[Any]) -> NDArray[Any] | None:
        """Return ``train``, ``test`` or ``""`` for each row; ``None`` where the mapping has no split."""
        lot = self.mapping.hold_out
        if lot is not None:
            return np.where(held_out(who.tolist(), lot.share, lot.seed), "test", "train").astype(object)
        rule = self.mapping.split
        if rule is None:
            return None
        texts = self.texts(rule.column, "split")
        for word in (rule.train, rule.test):
            if word not in texts:
                found = ", ".join(sorted(set(texts))[:6])
                raise BadInput(
                    f"column '{rule.column}' never says '{word}'; it says {found}",
                    where=self.place,
                    mend="correct 'split' in the mapping",
                )
        return np.array([{rule.train: "train", rule.test: "test"}.get(text, "") for text in texts], dtype=object)


def _check_events(happened: OutcomeColumns, keep: NDArray[np.bool_], reader: _Reader, path: str) -> None:
    code = happened.code[keep]
    if not (code == 1).any():
        competing = int((code == 2).sum())
        also = f" ({competing} have a competing one)" if competing else ""
        raise BadInput(
            f"none of {len(code)} rows has the event '{reader.title}'{also}",
            where=path,
            mend="check what its words mean in the mapping: nothing can be judged without events",
        )
    if (code == 1).all():
        if happened.years is None:
            raise BadInput(
                f"every one of {len(code)} rows has the event '{reader.title}'",
                where=path,
                mend="check what its words mean in the mapping: nothing can be judged without rows that lack it",
            )
        reader.notes.append(f"every row has the event '{reader.title}': was nobody censored?")
    if happened.years is not None:
        at_zero = int((happened.years[keep] == 0).sum())
        if at_zero:
            reader.notes.append(f"{_rows(at_zero)} with a follow-up of 0")


def _note_repeats(patients: NDArray[Any], notes: list[str]) -> None:
    _, counts = np.unique(patients.astype(str), return_counts=True)
    several = int((counts > 1).sum())
    if several:
        who = "1 patient has" if several == 1 else f"{several} patients have"
        notes.append(f"{who} more than one row (up to {counts.max()}): they stay together in every resample")


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count} rows"


NO_MAPPING: Final = CohortMapping("", missing=MISSING)
"""A table that speaks for itself: its columns are named as the inputs."""
