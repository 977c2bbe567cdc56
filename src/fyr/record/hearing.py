"""Audiograms as observations: one for each threshold, by a code that says ear, frequency and how it was tested.

A threshold of air conduction has LOINC's code where there is one; every other has one of our own. A tone that was not
heard is no threshold: it has a code of its own, and its value is the loudest level that was presented, so that nobody
who reads codes and values alone takes it for one. Levels are in ``dB{HL}``: UCUM has the decibel, and the annotation
says above which zero; the decibel of sound pressure, ``dB[SPL]``, is another unit.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from fyr.clock import from_datetime, to_datetime
from fyr.errors import BadInput
from fyr.record.audiogram import LOINC_CODES, Audiogram, Ear, Threshold
from fyr.record.identity import PatientId
from fyr.record.observation import Observation, Status

__all__ = [
    "HEARING_LEVEL",
    "LOINC_PLACES",
    "audiograms_of",
    "hearing_code",
    "is_hearing_code",
    "observations_of",
    "threshold_of",
]

HEARING_LEVEL: Final = "dB{HL}"
"""The unit of every level."""
LOINC_PLACES: Final[Mapping[str, tuple[Ear, int]]] = {code: place for place, code in LOINC_CODES.items()}
"""Ear and frequency by LOINC code."""
_OWN: Final = re.compile(
    r"fyr:hearing-(?P<what>threshold|no-response)-(?P<ear>right|left)-(?P<hz>\d{3,5})-"
    r"(?P<conduction>air|bone)(?P<masked>-masked)?"
)


def hearing_code(one: Threshold) -> str:
    """Return the code of a threshold.

    >>> hearing_code(Threshold("right", 4000, 55.0)), hearing_code(Threshold("right", 4000, 110.0, response=False))
    ('loinc:89023-6', 'fyr:hearing-no-response-right-4000-air')
    """
    loinc = LOINC_CODES.get((one.ear, one.frequency_hz))
    if loinc is not None and one.response and one.conduction == "air" and not one.masked:
        return f"loinc:{loinc}"
    what = "threshold" if one.response else "no-response"
    return f"fyr:hearing-{what}-{one.ear}-{one.frequency_hz}-{one.conduction}{'-masked' if one.masked else ''}"


def is_hearing_code(code: str) -> bool:
    """Tell whether a code is that of a threshold, or of a tone that was not heard."""
    return code.removeprefix("loinc:") in LOINC_PLACES or _OWN.fullmatch(code) is not None


def threshold_of(code: str, level_db: float) -> Threshold | None:
    """Return what a code and a level say; ``None`` for a code of something else.

    Raises
    ------
    BadInput
        If the frequency or the level is none.
    """
    place = LOINC_PLACES.get(code.removeprefix("loinc:"))
    if place is not None:
        return Threshold(*place, level_db)
    own = _OWN.fullmatch(code)
    if own is None:
        return None
    return Threshold(
        own["ear"],  # type: ignore[arg-type]  # the pattern has no other
        int(own["hz"]),
        level_db,
        own["what"] == "threshold",
        own["conduction"],  # type: ignore[arg-type]
        own["masked"] is not None,
    )


def observations_of(audiogram: Audiogram, patient: PatientId, source: str) -> list[Observation]:
    """Return an audiogram as observations of a patient, on its day.

    Raises
    ------
    BadInput
        If the audiogram does not say when it was taken.
    """
    if audiogram.measured_on is None:
        raise BadInput("the audiogram has no date", where=source, mend="write when it was taken, as 2026-03-01")
    day = audiogram.measured_on
    time_us = from_datetime(datetime(day.year, day.month, day.day, tzinfo=UTC))
    return [
        Observation(patient, hearing_code(one), time_us, one.level_db, HEARING_LEVEL, Status.PRESENT, source)
        for one in audiogram.thresholds
    ]


def audiograms_of(observations: Iterable[Observation]) -> tuple[list[Audiogram], list[str]]:
    """Put thresholds together to audiograms, and say what could not be read.

    Thresholds of one day from one source are one audiogram, unless a place was tested twice: then each time is one.
    The same audiogram from two sources is one.

    Returns
    -------
    audiograms : list of Audiogram
        By day.
    problems : list of str
    """
    found: dict[tuple[object, str], list[tuple[int, Threshold]]] = defaultdict(list)
    problems: list[str] = []
    for one in observations:
        if not is_hearing_code(one.code) or not isinstance(one.value, int | float) or isinstance(one.value, bool):
            continue
        try:
            threshold = threshold_of(one.code, float(one.value))
        except BadInput as problem:
            problems.append(f"{one.code} of {to_datetime(one.time_us).date()}: {problem.what}")
            continue
        if threshold is not None:
            found[to_datetime(one.time_us).date(), one.source].append((one.time_us, threshold))
    every: dict[tuple[str, frozenset[Threshold]], Audiogram] = {}
    for some in found.values():
        for part in _apart(some):
            try:
                made = _audiogram(part)
            except BadInput as problem:
                problems.append(f"{to_datetime(part[0][0]).date()}: {problem.what}")
                continue
            every.setdefault((str(made.measured_on), frozenset(made.thresholds)), made)
    return sorted(every.values(), key=lambda one: str(one.measured_on)), problems


def _apart(some: Sequence[tuple[int, Threshold]]) -> list[list[tuple[int, Threshold]]]:
    places = [(one.ear, one.frequency_hz, one.conduction) for _, one in some]
    if len(set(places)) == len(places):
        return [list(some)]
    by_time: dict[int, list[tuple[int, Threshold]]] = defaultdict(list)
    for time_us, one in some:
        by_time[time_us].append((time_us, one))
    return list(by_time.values())


def _audiogram(part: Sequence[tuple[int, Threshold]]) -> Audiogram:
    thresholds = sorted((one for _, one in part), key=lambda one: (one.ear, one.conduction, one.frequency_hz))
    return Audiogram(tuple(thresholds), to_datetime(part[0][0]).date())
