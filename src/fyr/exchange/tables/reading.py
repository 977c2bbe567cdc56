"""A table as recordings: one a patient, with every value in its place in time and every column accounted for."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fyr import units
from fyr.clock import MINUTE_US, SECOND_US, format_duration, to_iso
from fyr.errors import BadInput
from fyr.exchange.recording import Recording, Skipped
from fyr.exchange.tables.cells import NO_SAMPLE, read_numbers, read_qualities, read_words
from fyr.exchange.tables.mapping import ColumnRule, LongForm, TableMapping, fyr_form, read_mapping
from fyr.exchange.tables.patients import name_of, names_of, read_patients
from fyr.exchange.tables.sheet import Sheet, read_sheet
from fyr.exchange.tables.times import read_times
from fyr.record.observation import Observation, Status
from fyr.record.series import Quality, Series
from fyr.record.vocabulary import SIGNALS, signal

__all__ = ["read_table"]

_FYR_COLUMNS = ("patient", "signal", "time", "value")
_STATUS_OF_QUALITY = {
    Quality.PRESENT: Status.PRESENT,
    Quality.UNKNOWN: Status.UNKNOWN,
    Quality.NOT_DONE: Status.NOT_DONE,
    Quality.IMPUTED: Status.IMPUTED,
}


def read_table(path: str | Path, *, mapping: str | Path | None = None, hospital: str | None = None) -> list[Recording]:
    """Read a table file.

    Parameters
    ----------
    path : str or Path
        ``.csv``, ``.tsv``, ``.parquet`` or ``.xlsx``.
    mapping : str or Path, optional
        The YAML mapping; not needed where the table has Fyr's own columns ``patient``, ``signal``, ``time``, ``value``.
    hospital : str, optional
        The patients' hospital, where neither the mapping nor the file names one.

    Returns
    -------
    list of Recording
        One a patient, sorted; never empty.

    Raises
    ------
    BadInput
        If any cell or the mapping cannot be understood without guessing; the error names row and column.
    """
    path = Path(path)
    given = None if mapping is None else read_mapping(mapping)
    if given is None:
        sheet = read_sheet(path)
        if not set(_FYR_COLUMNS) <= set(sheet.frame.columns):
            raise BadInput(
                f"the columns are {_listed(sheet.frame.columns)}, and nothing says what they mean",
                where=str(path),
                mend=f"give a mapping (--mapping FILE.yaml), or name the columns {', '.join(_FYR_COLUMNS)}",
            )
        given = fyr_form(sheet.frame.columns)
    else:
        sheet = read_sheet(path, encoding=given.encoding, separator=given.separator, sheet=given.sheet)
    return _Reading(sheet, given, hospital).recordings()


@dataclass(frozen=True, slots=True, eq=False)
class _Values:
    """What one code's cells say, in the file's order."""

    code: str
    rule: ColumnRule
    rows: NDArray[np.int64]
    quality: NDArray[np.uint8]
    numbers: NDArray[np.float64]
    words: list[str | bool | None] | None
    unit: list[str | None]
    column: str


@dataclass(slots=True)
class _Found:
    """What a patient's rows gave so far."""

    series: list[Series] = field(default_factory=list)
    observations: list[Observation] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


class _Reading:
    """One table being read."""

    def __init__(self, sheet: Sheet, mapping: TableMapping, hospital: str | None) -> None:
        self.sheet = sheet
        self.mapping = mapping
        self.source = f"table:{sheet.path.name}"
        self._check_columns()
        self.patients, self.patient_of_row = read_patients(sheet, mapping, hospital)
        self.time_us = read_times(sheet, mapping.time)
        self.skipped = [
            Skipped(name, "the mapping does not mention this column")
            for name in sheet.frame.columns
            if name not in mapping.column_names()
        ]

    def recordings(self) -> list[Recording]:
        found: dict[int, _Found] = {index: _Found() for index in range(len(self.patients))}
        values = self._long(self.mapping.long) if self.mapping.long is not None else self._wide()
        for one in values:
            for patient, rows in self._by_patient(one):
                self._take(found[patient], patient, one, rows)
        if not any(one.series or one.observations for one in found.values()):
            raise BadInput(
                "the table holds nothing that the mapping knows"
                + (f"; left out: {_listed([skipped.name for skipped in self.skipped])}" if self.skipped else ""),
                where=str(self.sheet.path),
                mend="check the names in the mapping",
            )
        return [
            Recording(
                patient=self.patients[index],
                series=one.series,
                observations=one.observations,
                skipped=list(self.skipped),
                notes=one.notes,
                source=self.source,
            )
            for index, one in sorted(found.items(), key=lambda item: self.patients[item[0]])
        ]

    def _check_columns(self) -> None:
        there = self.sheet.frame.columns
        for name in self.mapping.column_names():
            if name not in there:
                near = difflib.get_close_matches(name, there, n=1)
                raise BadInput(
                    f"the file has no column '{name}'; its columns are {_listed(there)}",
                    where=f"{self.sheet.path}, mapping {self.mapping.source}",
                    mend=f"did you mean '{near[0]}'?" if near else "correct the mapping, or name the separator there",
                )
        codes = [rule.signal or rule.code for rule in self.mapping.columns.values()]
        for code in codes:
            if codes.count(code) > 1:
                raise BadInput(
                    f"several columns are mapped to {code}", where=self.mapping.source, mend="map one column to it"
                )

    def _wide(self) -> Iterator[_Values]:
        rows = np.arange(self.sheet.frame.height, dtype=np.int64)
        for column, rule in self.mapping.columns.items():
            yield self._read(rule, column, rows, [rule.unit] * len(rows))

    def _long(self, long: LongForm) -> Iterator[_Values]:
        names = names_of(self.sheet.frame[long.name])
        rows_of: dict[str, list[int]] = {}
        for index, name in enumerate(names):
            rows_of.setdefault(name, []).append(index)
        by_code: dict[str, list[tuple[ColumnRule, NDArray[np.int64]]]] = {}
        for name, indices in rows_of.items():
            rule = self._rule_of(long, name, indices)
            if rule is not None:
                by_code.setdefault(rule.signal or rule.code, []).append((rule, np.array(indices, dtype=np.int64)))
        for parts in by_code.values():
            yield _together([self._read(rule, long.value, rows, self._units(long, rule, rows)) for rule, rows in parts])

    def _rule_of(self, long: LongForm, name: str, indices: list[int]) -> ColumnRule | None:
        if long.names is not None:
            rule = long.names.get(name)
            if rule is None:
                self.skipped.append(Skipped(name, f"the mapping does not mention this name ({len(indices)} rows)"))
            return rule
        try:
            known = signal(name)
        except BadInput as refused:
            raise BadInput(refused.what, where=self.sheet.place(indices[0], long.name), mend=refused.mend) from None
        return ColumnRule(name, name, "number", known.unit, None, {"": "unknown"})

    def _units(self, long: LongForm, rule: ColumnRule, rows: NDArray[np.int64]) -> list[str | None]:
        if long.unit is None or rule.kind != "number":
            return [rule.unit] * len(rows)
        cells = self.sheet.frame[long.unit].gather(rows).to_list()
        units_: list[str | None] = []
        for index, cell in zip(rows, cells, strict=True):
            written = name_of(cell)
            unit = long.units.get(written, written) or rule.unit
            where = self.sheet.place(int(index), long.unit)
            if unit is None:
                raise BadInput("there is no unit", where=where, mend="give one there, or 'unit' in the mapping")
            try:
                wanted = SIGNALS[rule.signal].unit if rule.signal else unit
                units.convert(1.0, unit, wanted)
            except BadInput as refused:
                mend = f"{refused.mend}; or say in the mapping what it means (units: {{'{written}': UCUM}})"
                raise BadInput(refused.what, where=where, mend=mend) from None
            units_.append(unit)
        return units_

    def _read(self, rule: ColumnRule, column: str, rows: NDArray[np.int64], unit: list[str | None]) -> _Values:
        words = None
        numbers = np.full(len(rows), np.nan)
        if rule.kind == "number":
            numbers, quality = read_numbers(self.sheet, column, rows, rule, self.mapping.decimal)
            if rule.signal is not None:
                numbers = _converted(numbers, unit, SIGNALS[rule.signal].unit)
        else:
            words, quality = read_words(self.sheet, column, rows, rule)
        long = self.mapping.long
        if long is not None and long.status is not None:
            told = read_qualities(self.sheet, long.status, rows, long.status_words)
            bad = np.flatnonzero((quality != Quality.PRESENT) & np.isin(told, (Quality.PRESENT, Quality.IMPUTED)))
            if bad.size:
                raise BadInput(
                    "the status says that there is a value, but there is none",
                    where=self.sheet.place(int(rows[bad[0]]), column),
                    mend="correct the status or the value",
                )
            quality = np.where(quality == NO_SAMPLE, quality, told)
            numbers[np.isin(quality, (Quality.UNKNOWN, Quality.NOT_DONE))] = np.nan
        return _Values(rule.signal or rule.code, rule, rows, quality, numbers, words, unit, column)

    def _by_patient(self, values: _Values) -> Iterator[tuple[int, NDArray[np.int64]]]:
        """Yield each patient with the positions of its samples in `values`, in time order."""
        positions = np.flatnonzero(values.quality != NO_SAMPLE)
        owners = self.patient_of_row[values.rows[positions]]
        order = np.argsort(owners, kind="stable")
        positions, owners = positions[order], owners[order]
        for part in np.split(positions, np.flatnonzero(np.diff(owners)) + 1):
            if part.size:
                yield int(self.patient_of_row[values.rows[part[0]]]), self._in_time(values, part)

    def _in_time(self, values: _Values, positions: NDArray[np.int64]) -> NDArray[np.int64]:
        times = self.time_us[values.rows[positions]]
        backwards = np.flatnonzero(np.diff(times) < 0)
        if not backwards.size:
            return positions
        if self.mapping.sort:
            return positions[np.argsort(times, kind="stable")]
        first = int(backwards[0])
        raise BadInput(
            f"the time of {values.code} goes backwards, from {to_iso(times[first])} to {to_iso(times[first + 1])}",
            where=self.sheet.place(int(values.rows[positions[first + 1]]), self.mapping.time.column),
            mend="sort the file by time, or set 'sort: true' in the mapping",
        )

    def _take(self, found: _Found, patient: int, values: _Values, positions: NDArray[np.int64]) -> None:
        times = self.time_us[values.rows[positions]]
        quality = values.quality[positions]
        who = self.patients[patient]
        if values.rule.signal is not None:
            period_us = self._period_us(found, values, positions, times)
            found.series.append(
                Series(
                    patient=who,
                    signal=values.rule.signal,
                    unit=SIGNALS[values.rule.signal].unit,
                    time_us=times,
                    value=values.numbers[positions],
                    quality=quality,
                    period_us=period_us,
                    source=self.source,
                )
            )
            return
        for position, time_us, status in zip(positions.tolist(), times.tolist(), quality.tolist(), strict=True):
            value = float(values.numbers[position]) if values.words is None else values.words[position]
            known = status in (Quality.PRESENT, Quality.IMPUTED)
            found.observations.append(
                Observation(
                    patient=who,
                    code=values.code,
                    time_us=time_us,
                    value=value if known else None,
                    unit=values.unit[position],
                    status=_STATUS_OF_QUALITY[Quality(status)],
                    source=self.source,
                )
            )

    def _period_us(self, found: _Found, values: _Values, positions: NDArray[np.int64], times: NDArray[np.int64]) -> int:
        long = self.mapping.long
        if values.rule.period_s is not None:
            return round(values.rule.period_s * SECOND_US)
        if long is not None and long.period_s is not None:
            rows = values.rows[positions]
            periods, _ = read_numbers(self.sheet, long.period_s, rows, values.rule, self.mapping.decimal)
            if len(set(periods.tolist())) != 1 or not periods[0] > 0:
                raise BadInput(
                    f"the period of {values.code} is not one number of seconds",
                    where=self.sheet.place(int(rows[0]), long.period_s),
                    mend="give every sample of a signal the same period",
                )
            return round(float(periods[0]) * SECOND_US)
        spacings, counts = np.unique(np.diff(times), return_counts=True)
        counts = counts[spacings > 0]
        spacings = spacings[spacings > 0]
        period_us = int(spacings[np.argmax(counts)]) if spacings.size else MINUTE_US
        why = "the commonest spacing" if spacings.size else "there is only one time"
        found.notes.append(f"{values.code}: no period is given; {format_duration(period_us)} is taken ({why})")
        return period_us


def _together(parts: list[_Values]) -> _Values:
    """Join the values of several names that mean the same, in the file's order."""
    if len(parts) == 1:
        return parts[0]
    rows = np.concatenate([part.rows for part in parts])
    order = np.argsort(rows, kind="stable")
    words = [word for part in parts for word in part.words or [None] * len(part.rows)]
    unit = [one for part in parts for one in part.unit]
    return replace(
        parts[0],
        rows=rows[order],
        quality=np.concatenate([part.quality for part in parts])[order],
        numbers=np.concatenate([part.numbers for part in parts])[order],
        words=None if parts[0].words is None else [words[index] for index in order],
        unit=[unit[index] for index in order],
    )


def _converted(numbers: NDArray[np.float64], unit: list[str | None], wanted: str) -> NDArray[np.float64]:
    if len(set(unit)) <= 1:
        return units.convert(numbers, unit[0] or wanted, wanted) if unit else numbers
    converted = numbers.copy()
    for one in set(unit):
        here = np.array([other == one for other in unit])
        converted[here] = units.convert(numbers[here], one or wanted, wanted)
    return converted


def _listed(names: list[str], most: int = 12) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(f"'{name}'" for name in names[:most]) + more
