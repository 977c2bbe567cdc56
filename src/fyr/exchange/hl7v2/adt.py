"""One ADT message: a patient comes, moves, leaves or is described anew. Names and addresses are not taken over.

When it happened stands in EVN-6 (event occurred), else EVN-2 (recorded), else, for an admission, PV1-44 (admitted).

Source: HL7 version 2.5.1, 3.3 (trigger events), 3.4.1 (EVN), 3.4.2 (PID), 3.4.3 (PV1), table 0001 (sex).
"""

from __future__ import annotations

from typing import Any, Final

from fyr.exchange.hl7v2.meanings import Reading
from fyr.exchange.hl7v2.message import Message, NotTaken
from fyr.exchange.hl7v2.moments import read_moment
from fyr.exchange.hl7v2.oru import addressee_of
from fyr.exchange.incoming import Addressee, Movement, MovementKind, ProblemKind

__all__ = ["read_movement"]

_KINDS: Final = {
    "A01": MovementKind.ADMIT,
    "A02": MovementKind.MOVE,
    "A03": MovementKind.DISCHARGE,
    "A04": MovementKind.ADMIT,
    "A08": MovementKind.UPDATE,
}
_CANCELS: Final = {"A11": "an admission", "A12": "a transfer", "A13": "a discharge"}
_SEX: Final = {"F": "female", "M": "male", "O": "other", "A": "other", "N": "other", "U": "unknown"}


def read_movement(message: Message, index: int, event: str, reading: Reading, now_us: int) -> Movement:
    """Read one ADT message.

    Parameters
    ----------
    message : Message
    index : int
        Its place among the messages that are handed on together.
    event : str
        ``A01``, ``A02``, …
    reading : Reading
    now_us : int
        The time of arrival: decides in the repeated hour of autumn.

    Raises
    ------
    NotTaken
        If the event is not taken, or the patient, the place or the time is missing or unreadable.
    """
    if event in _CANCELS:
        what = f"ADT^{event} cancels {_CANCELS[event]}; what was taken is not taken back by itself"
        raise NotTaken(
            ProblemKind.UNSUPPORTED, what, "MSH[1]-9", "put the stay right by hand, or send the true movement"
        )
    if event not in _KINDS:
        mend = "send A01, A02, A03, A04 or A08"
        raise NotTaken(ProblemKind.UNSUPPORTED, f"ADT^{event[:10]} is not taken", "MSH[1]-9", mend)
    pid, pv1 = message.first("PID"), message.first("PV1")
    named = addressee_of(message, pid, pv1, reading)
    if pid is None or named is None or not named.patient:
        raise NotTaken(ProblemKind.INCOMPLETE, "no patient is named", "PID[1]-3", "send the patient's number in PID-3")
    kind = _KINDS[event]
    if kind in {MovementKind.ADMIT, MovementKind.MOVE} and not named.bed:
        if event == "A04":
            what = "a patient is registered without a bed, which is no admission here"
            raise NotTaken(ProblemKind.UNSUPPORTED, what, "PV1[1]-3", "nothing has to be done")
        raise NotTaken(ProblemKind.INCOMPLETE, "no bed is named", "PV1[1]-3", "send ward^room^bed in PV1-3")
    addressee = Addressee(named.patient) if kind is MovementKind.DISCHARGE else named
    time_us = _time(message, kind, pv1, reading, now_us)
    return Movement(index, kind, addressee, time_us, _attributes(message, pid))


def _time(message: Message, kind: MovementKind, pv1: tuple[str, ...] | None, reading: Reading, now_us: int) -> int:
    event = message.first("EVN")
    places = [(event, "EVN", 6), (event, "EVN", 2)]
    if kind is MovementKind.ADMIT:
        places.append((pv1, "PV1", 44))
    for segment, name, number in places:
        text = message.text(segment, number) if segment is not None else ""
        if not text:
            continue
        moment = read_moment(text)
        if moment is None:
            mend = "write it as YYYYMMDDHHMMSS+ZZZZ"
            what = f"'{text[:30]}' is no time to the minute"
            raise NotTaken(ProblemKind.UNREADABLE, what, f"{name}[1]-{number}", mend)
        return reading.local_time.utc_us(moment, now_us)
    raise NotTaken(ProblemKind.INCOMPLETE, "it does not say when", "EVN[1]-2", "send EVN-6 or EVN-2")


def _attributes(message: Message, pid: tuple[str, ...]) -> dict[str, Any]:
    attributes: dict[str, Any] = {}
    born, sex = message.text(pid, 7), message.text(pid, 8)
    if born:
        if not (born[:4].isascii() and born[:4].isdigit() and len(born) >= 4):
            raise NotTaken(ProblemKind.UNREADABLE, "the date of birth is none", "PID[1]-7", "write it as YYYYMMDD")
        attributes["birth_year"] = int(born[:4])
    if sex:
        if sex not in _SEX:
            mend = f"send one of {', '.join(_SEX)}"
            raise NotTaken(ProblemKind.UNREADABLE, "the sex is not one of the standard's", "PID[1]-8", mend)
        attributes["sex"] = _SEX[sex]
    return attributes
