"""A WFDB record as series: the header's times, Fyr's names and units, and what was left out and why."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr import units
from fyr.clock import SECOND_US
from fyr.errors import BadInput
from fyr.exchange.recording import Recording, Skipped
from fyr.exchange.wfdb.header import Header, SignalLine, read_header
from fyr.exchange.wfdb.names import as_ucum, vocabulary_name
from fyr.exchange.wfdb.samples import check_files, read_samples
from fyr.exchange.wfdb.timing import offset_us, offsets_us, period_us
from fyr.record.identity import PatientId
from fyr.record.series import Quality, Series
from fyr.record.vocabulary import SIGNALS

__all__ = ["find_records", "read_record"]

_MIMIC: Final = re.compile(r"^(?P<patient>s\d{5}|p\d{6})-\d{4}-\d\d-\d\d-\d\d-\d\d(?:-\d\d)?n?$")
"""Records of the MIMIC waveform database's matched subset: patient, then the date and time of the recording."""
_MIMIC_PATIENT: Final = re.compile(r"<age>:\s*(?P<age>[\d.]+)\s+<sex>:\s*(?P<sex>[FM])\b")
_FASTEST_NUMERIC_HZ: Final = 20.0
"""Monitors send computed numbers at 1 Hz or slower, and waveforms at 62 Hz or faster."""
_DEFAULT_UNIT: Final = "mV"
"""Of a signal whose header line gives none; source: header(5)."""
_CUFF: Final = frozenset({"systolic_bp", "diastolic_bp", "mean_bp"})


def find_records(path: str | Path) -> list[Path]:
    """Find WFDB records.

    Parameters
    ----------
    path : str or Path
        A record without extension, its header (``.hea``), or a folder with any number of records, nested or not.

    Returns
    -------
    list of Path
        The header files, sorted; a multi-segment record once, by its master header.

    Raises
    ------
    BadInput
        If there is no record, or a header in the folder cannot be read.
    """
    path = Path(path)
    if path.is_dir():
        found = sorted(path.rglob("*.hea"))
        if not found:
            raise BadInput(
                "there is nothing to import in this folder: no DICOM file and no WFDB record (.hea)",
                where=str(path),
                mend="check the path",
            )
        parts = {header.parent / f"{segment.name}.hea" for header in found for segment in read_header(header).segments}
        return [header for header in found if header not in parts]
    header = path if path.suffix == ".hea" else path.with_name(f"{path.name}.hea")
    if not header.is_file():
        raise BadInput(
            f"there is no WFDB record here: {header.name} does not exist",
            where=str(path),
            mend="give a record without its extension, its .hea file, or a folder of records",
        )
    return [header]


def read_record(path: str | Path, *, hospital: str | None = None, zero_is_missing: bool | None = None) -> Recording:
    """Read one WFDB record: numerics as signals of Fyr's vocabulary, waveforms as ``waveform:NAME``.

    Parameters
    ----------
    path : str or Path
        The record without extension, or its header.
    hospital : str, optional
        The patient's hospital; ``mimic`` for records named as in MIMIC, else ``wfdb``.
    zero_is_missing : bool, optional
        Read the value 0 of a numeric as "unknown", as MIMIC means it. By default on for records named as in MIMIC.

    Returns
    -------
    Recording
        Every sample is kept: those without a value are NaN with the quality that says why.

    Raises
    ------
    BadInput
        If a file is absent or damaged, or contradicts its header.
    """
    header = read_header(find_records(path)[0])
    mimic = _MIMIC.match(header.record)
    if zero_is_missing is None:
        zero_is_missing = mimic is not None
    patient = PatientId(hospital or ("mimic" if mimic else "wfdb"), mimic["patient"] if mimic else header.record)
    gathered = _Gathered(patient, f"wfdb:{header.record}", zero_is_missing)
    _note_times(header, gathered.notes)
    for segment, start_us, frames in _segments(header):
        gathered.add(segment, start_us, frames)
    if gathered.zeros:
        gathered.notes.append(
            f"{header.record}: the value 0 is read as missing, as MIMIC means it: {gathered.zeros} samples"
        )
    return Recording(
        patient=patient,
        series=gathered.series(),
        skipped=list(dict.fromkeys(gathered.skipped)),
        notes=list(dict.fromkeys(gathered.notes)),
        source=gathered.source,
        attributes=_attributes(header),
    )


def _segments(header: Header) -> Iterator[tuple[Header, int, int]]:
    """Yield every segment that holds samples, with its start (microseconds UTC) and its frames, all checked."""
    if not header.segments:
        yield header, header.base_us, check_files(header)
        return
    promised = sum(line.frames for line in header.segments)
    if header.frames is not None and promised != header.frames:
        raise BadInput(
            f"the master header promises {header.frames} frames, but its segments add up to {promised}",
            where=str(header.path),
            mend="restore the header from its source",
        )
    names = [line.name for line in header.segments if line.name != "~" and line.frames]
    for name in names:
        if names.count(name) > 1:
            raise BadInput(f"the segment {name} is listed twice", where=str(header.path), mend="restore the header")
    first_frame = 0
    for line in header.segments:
        if line.frames and line.name != "~":
            start_us = header.base_us + offset_us(header.frequency_hz, first_frame)
            segment = read_header(header.path.with_name(f"{line.name}.hea"))
            _check_segment(header, segment, line.frames, start_us)
            yield segment, start_us, check_files(segment)
        first_frame += line.frames


def _check_segment(master: Header, segment: Header, frames: int, start_us: int) -> None:
    where, mend = str(segment.path), "the segments are mixed up: restore the record from its source"
    if segment.segments:
        raise BadInput("a segment has segments itself", where=where, mend=mend)
    if segment.frames != frames:
        raise BadInput(
            f"the segment has {segment.frames} frames, its master header says {frames}", where=where, mend=mend
        )
    if abs(segment.frequency_hz - master.frequency_hz) > 1e-6 * master.frequency_hz:
        raise BadInput(
            f"the segment is at {segment.frequency_hz:g} Hz, its master header at {master.frequency_hz:g} Hz",
            where=where,
            mend=mend,
        )
    off_us = segment.base_us - start_us
    if segment.has_date and master.has_date and abs(off_us) > max(SECOND_US, period_us(master.frequency_hz)):
        raise BadInput(
            f"the segment's own base time is {off_us / SECOND_US:+.3f} s from its place in the record",
            where=where,
            mend=mend,
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """One signal's samples in one segment."""

    time_us: NDArray[np.int64]
    value: NDArray[np.float64]
    quality: NDArray[np.uint8]


@dataclass(slots=True)
class _Gathered:
    """What was read so far, segment by segment."""

    patient: PatientId
    source: str
    zero_is_missing: bool
    notes: list[str] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    zeros: int = 0
    parts: dict[tuple[str, str, int], list[_Part]] = field(default_factory=lambda: defaultdict(list))

    def add(self, header: Header, start_us: int, frames: int) -> None:
        values, damaged = read_samples(header, frames)
        if header.frames is None:
            self.notes.append(f"{header.record}: the header gives no length; the files hold {frames} frames")
        self.notes.extend(
            f"{header.record}: {line.name} is not calibrated: its values are only nominal"
            for line in header.signals
            if line.gain == 0
        )
        if damaged:
            self.notes.append(
                f"{header.record}: the checksum of {', '.join(damaged)} is not the header's: the file may be damaged"
            )
        taken: dict[str, str] = {}
        for line, samples in zip(header.signals, values, strict=True):
            frequency = header.frequency_hz * line.samples_per_frame
            place = self._place(line, frequency)
            if isinstance(place, Skipped):
                self.skipped.append(place)
                continue
            signal, unit = place
            if signal in taken and signal in SIGNALS:
                self.skipped.append(
                    Skipped(line.name, f"a second signal that means {signal}; '{taken[signal]}' before it was read")
                )
                continue
            signal = _distinct(signal, taken)
            taken[signal] = line.name
            converted = samples if signal not in SIGNALS else units.convert(samples, unit, SIGNALS[signal].unit)
            quality = self._quality(signal, samples)
            converted = np.where(quality == Quality.PRESENT, converted, np.nan)
            key = (signal, SIGNALS[signal].unit if signal in SIGNALS else unit, period_us(frequency))
            self.parts[key].append(_Part(start_us + offsets_us(frequency, len(samples)), converted, quality))

    def series(self) -> list[Series]:
        return [
            Series(
                patient=self.patient,
                signal=signal,
                unit=unit,
                time_us=np.concatenate([part.time_us for part in parts]),
                value=np.concatenate([part.value for part in parts]),
                quality=np.concatenate([part.quality for part in parts]),
                period_us=period,
                source=self.source,
            )
            for (signal, unit, period), parts in self.parts.items()
        ]

    def _place(self, line: SignalLine, frequency_hz: float) -> tuple[str, str] | Skipped:
        """Return the signal and the UCUM unit that the samples are in, or why they are left out."""
        unit = as_ucum(line.unit or _DEFAULT_UNIT)
        if frequency_hz > _FASTEST_NUMERIC_HZ:
            return f"waveform:{line.name}", unit or f"{{{re.sub(r'[^!-z|~]', '', line.unit or '') or 'NU'}}}"
        name = vocabulary_name(line.name)
        if name is None:
            return Skipped(line.name, "no signal that Fyr knows has this name")
        wanted = SIGNALS[name].unit
        if unit is None:
            return Skipped(line.name, f"its unit '{line.unit or 'none given'}' is not one of {name} ({wanted})")
        try:
            units.convert(1.0, unit, wanted)
        except BadInput:
            return Skipped(line.name, f"its unit '{line.unit}' cannot be converted to that of {name} ({wanted})")
        return name, unit

    def _quality(self, signal: str, samples: NDArray[np.float64]) -> NDArray[np.uint8]:
        quality = np.full(len(samples), Quality.PRESENT, dtype=np.uint8)
        quality[~np.isfinite(samples)] = Quality.NOT_DONE if signal in _CUFF else Quality.UNKNOWN
        if self.zero_is_missing and signal in SIGNALS:
            zeros = samples == 0
            quality[zeros] = Quality.UNKNOWN
            self.zeros += int(zeros.sum())
        return quality


def _distinct(signal: str, taken: dict[str, str]) -> str:
    distinct, count = signal, 1
    while distinct in taken:
        count += 1
        distinct = f"{signal} ({count})"
    return distinct


def _note_times(header: Header, notes: list[str]) -> None:
    if not header.has_date:
        clock = "its base time" if header.has_time else "midnight"
        notes.append(f"{header.record}: the header has no base date; times start on 1970-01-01 at {clock}")
    else:
        notes.append(f"{header.record}: WFDB has no time zones; the header's times are taken as UTC")


def _attributes(header: Header) -> dict[str, Any]:
    for comment in header.comments:
        found = _MIMIC_PATIENT.search(comment)
        if found:
            return {"age": float(found["age"]), "sex": found["sex"]}
    return {}
