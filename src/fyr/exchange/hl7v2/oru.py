"""One ORU^R01 message in plain Python: vital signs and bedside observations, or the one reason why not.

This is the whole meaning of a message. The kernel reads the ordinary ones faster and must agree; whatever it does not
know ends here.

Source: HL7 version 2.5.1, 7.3.1 (ORU^R01), 7.4.2 (OBX), table 0085 (result status).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from fyr.exchange.hl7v2.decimals import read_decimal
from fyr.exchange.hl7v2.meanings import CONSCIOUSNESS, OXYGEN, Meaning, Reading, UnitNotKnown
from fyr.exchange.hl7v2.message import Message, NotTaken
from fyr.exchange.hl7v2.moments import Moment, read_moment
from fyr.exchange.incoming import Addressee, IncomingObservation, ProblemKind
from fyr.record import SIGNALS, Quality, Status
from fyr.units import convert

__all__ = ["STATUS_QUALITY", "Result", "Sample", "addressee_of", "read_results"]

STATUS_QUALITY: Final[dict[str, Quality]] = {
    "": Quality.PRESENT,
    "F": Quality.PRESENT,
    "R": Quality.PRESENT,
    "P": Quality.PRESENT,
    "C": Quality.PRESENT,
    "N": Quality.NOT_DONE,
    "O": Quality.NOT_DONE,
    "I": Quality.UNKNOWN,
    "X": Quality.UNKNOWN,
    "D": Quality.UNKNOWN,
    "W": Quality.UNKNOWN,
}
"""What an OBX-11 makes of a value. D and W take an earlier value back: from then on it is unknown."""

_NUMERIC: Final = ("NM", "SN")
_TEXT: Final = ("ST", "TX", "CE", "CWE", "CNE", "IS", "ID")
_STATUS: Final = {Quality.UNKNOWN: Status.UNKNOWN, Quality.NOT_DONE: Status.NOT_DONE}


@dataclass(frozen=True, slots=True)
class Sample:
    """One value of one signal."""

    addressee: Addressee
    signal: str
    time_us: int
    value: float
    quality: Quality


@dataclass(slots=True)
class Result:
    """What a message holds.

    Parameters
    ----------
    samples : list of Sample
    observations : list of IncomingObservation
    ignored : Counter
        How many OBX segments had a code that is not ours.
    """

    samples: list[Sample] = field(default_factory=list)
    observations: list[IncomingObservation] = field(default_factory=list)
    ignored: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class _Observed:
    """An OBX with where it stands and what goes before it."""

    number: int
    segment: tuple[str, ...]
    addressee: Addressee | None
    obr: tuple[str, ...] | None
    obr_number: int

    def where(self, position: int) -> str:
        return f"OBX[{self.number}]-{position}"


def read_results(message: Message, index: int, reading: Reading, now_us: int) -> Result:
    """Read one ORU^R01.

    Parameters
    ----------
    message : Message
    index : int
        Its place among the messages that are handed on together.
    reading : Reading
    now_us : int
        The time of arrival, where MSH-7 does not say one with its offset; it decides between two readings of a time
        in the repeated hour of autumn.

    Raises
    ------
    NotTaken
        With the segment and the field.
    """
    result = Result()
    arrival_us = _arrival(message, now_us)
    for observed in _observed(message, reading):
        meaning = reading.meaning(message, _field(observed.segment, 3))
        if meaning is None:
            result.ignored[message.text(observed.segment, 3)[:40]] += 1
            continue
        if observed.addressee is None:
            what, mend = "neither a patient nor a bed is named", "send PID-3 or PV1-3 before the first OBX"
            raise NotTaken(ProblemKind.INCOMPLETE, what, "PID[1]-3", mend)
        quality = _quality(message, observed)
        time_us = reading.local_time.utc_us(_moment(message, observed), arrival_us)
        if meaning.is_signal:
            value = _value(message, observed, meaning, reading) if quality is Quality.PRESENT else math.nan
            result.samples.append(Sample(observed.addressee, meaning.name, time_us, value, quality))
        else:
            seen = _seen(message, observed, meaning) if quality is Quality.PRESENT else None
            status = _STATUS.get(quality, Status.PRESENT)
            result.observations.append(
                IncomingObservation(index, observed.addressee, meaning.name, time_us, seen, None, status)
            )
    return result


def addressee_of(
    message: Message, pid: tuple[str, ...] | None, pv1: tuple[str, ...] | None, reading: Reading
) -> Addressee | None:
    """Return whom the segments name, or ``None`` if neither a patient nor a bed."""
    patient = reading.patient(message, _field(pid, 3)) if pid else ""
    ward, bed = reading.place(message, _field(pv1, 3)) if pv1 else ("", "")
    return Addressee(patient, ward, bed) if patient or bed else None


def _observed(message: Message, reading: Reading) -> Iterator[_Observed]:
    """Go through the OBX segments; a PID begins a new patient, and nothing of the one before holds for the next."""
    pid: tuple[str, ...] | None = None
    pv1: tuple[str, ...] | None = None
    obr: tuple[str, ...] | None = None
    obr_number = number = 0
    addressee: Addressee | None = None
    for segment in message.segments:
        if segment[0] == "PID":
            if pid is None and (pv1 is not None or number):
                what, mend = "PV1 or OBX stands before PID", "send PID, PV1, OBR, OBX in this order"
                raise NotTaken(ProblemKind.UNREADABLE, what, "PID[1]-1", mend)
            pid, pv1, obr = segment, None, None
            addressee = addressee_of(message, pid, None, reading)
        elif segment[0] == "PV1":
            if pv1 is not None or obr is not None:
                what, mend = "PV1 stands twice, or after OBR", "send one PV1 after PID"
                raise NotTaken(ProblemKind.UNREADABLE, what, "PV1[1]-3", mend)
            pv1 = segment
            addressee = addressee_of(message, pid, pv1, reading)
        elif segment[0] == "OBR":
            obr, obr_number = segment, obr_number + 1
        elif segment[0] == "OBX":
            number += 1
            obr = obr if obr is not None else ("OBR",)
            yield _Observed(number, segment, addressee, obr, obr_number)


def _field(segment: tuple[str, ...], number: int) -> str:
    return segment[number] if number < len(segment) else ""


def _arrival(message: Message, now_us: int) -> int:
    sent = read_moment(message.text(message.segments[0], 7))
    return sent[0] - sent[1] * 60_000_000 if sent is not None and sent[1] is not None else now_us


def _quality(message: Message, observed: _Observed) -> Quality:
    status = message.text(observed.segment, 11)
    quality = STATUS_QUALITY.get(status)
    if quality is None:
        what = f"the status '{status[:20]}' is not known"
        mend = "OBX-11 is F, R, P or C for a value, N, O, I, X, D or W for none"
        raise NotTaken(ProblemKind.UNREADABLE, what, observed.where(11), mend)
    return quality


def _moment(message: Message, observed: _Observed) -> Moment:
    form = "write it as YYYYMMDDHHMMSS+ZZZZ"
    own = message.text(observed.segment, 14)
    text, where = own, observed.where(14)
    if not own and observed.obr is not None:
        text, where = message.text(observed.obr, 7), f"OBR[{observed.obr_number}]-7"
    if not text:
        mend = "send OBX-14, or OBR-7 for all of them"
        raise NotTaken(ProblemKind.INCOMPLETE, "no time is given", observed.where(14), mend)
    moment = read_moment(text)
    if moment is None:
        short = text.isdigit() and len(text) < 12
        kind, what = (
            (ProblemKind.INCOMPLETE, "less precise than a minute") if short else (ProblemKind.UNREADABLE, "none")
        )
        raise NotTaken(kind, f"the time '{text[:30]}' is {what}", where, form)
    return moment


def _value(message: Message, observed: _Observed, meaning: Meaning, reading: Reading) -> float:
    number = _number(message, observed, meaning)
    try:
        unit = reading.unit(message, _field(observed.segment, 6), meaning)
    except UnitNotKnown as problem:
        kind = ProblemKind.UNREADABLE if _field(observed.segment, 6) else ProblemKind.INCOMPLETE
        what = f"the unit of {meaning.name} is {problem}"
        mend = "send a UCUM or MDC unit, or name the spelling in the option `units`"
        raise NotTaken(kind, what, observed.where(6), mend) from None
    return convert(number, unit, SIGNALS[meaning.name].unit)


def _number(message: Message, observed: _Observed, meaning: Meaning) -> float:
    kind = message.text(observed.segment, 2)
    raw = _field(observed.segment, 5)
    if kind not in _NUMERIC:
        what, mend = f"{meaning.name} comes as '{kind[:10]}', not as a number", "send OBX-2 NM"
        raise NotTaken(ProblemKind.UNREADABLE, what, observed.where(2), mend)
    text = raw
    if kind == "SN":
        parts = (raw.split(message.delimiters.component) + [""] * 4)[:4]
        if parts[0] not in {"", "="} or parts[2] or parts[3]:
            what = f"'{raw[:30]}' is a range or a ratio, not one value"
            raise NotTaken(ProblemKind.UNREADABLE, what, observed.where(5), "send one number")
        text = parts[1]
    number = read_decimal(text)
    if number is None:
        what = f"'{raw[:30]}' is not a number" if raw else "there is no value"
        mend = "write digits with a point; for no value send OBX-11 X"
        raise NotTaken(ProblemKind.UNREADABLE, what, observed.where(5), mend)
    return number


def _seen(message: Message, observed: _Observed, meaning: Meaning) -> str | bool:
    kind = message.text(observed.segment, 2)
    words = [word for at in (1, 2) if (word := message.text(observed.segment, 5, at).strip().lower())]
    known: dict[str, str] | dict[str, bool] = CONSCIOUSNESS if meaning.name == "consciousness" else OXYGEN
    found = next((known[word] for word in words if word in known), None)
    if kind not in _TEXT or found is None:
        what = f"'{_field(observed.segment, 5)[:30]}' says nothing about {meaning.name}"
        mend = f"send one of {', '.join(known)} as ST or CWE"
        raise NotTaken(ProblemKind.UNREADABLE, what, observed.where(5), mend)
    return found
