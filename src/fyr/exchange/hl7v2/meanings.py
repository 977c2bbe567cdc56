"""What the codes, units, patients and places in a message mean here, and the options that a hospital sets for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from fyr.errors import BadInput
from fyr.exchange.device_codes import LOINC_SIGNALS, MDC_SIGNALS, MDC_UNITS
from fyr.exchange.hl7v2.message import Message
from fyr.exchange.hl7v2.moments import LocalTime
from fyr.record import SIGNALS
from fyr.units import check_unit, is_convertible

__all__ = ["CONSCIOUSNESS", "OXYGEN", "Meaning", "Reading", "UnitNotKnown"]

_MDC: Final = {"MDC"}
_LOINC: Final = {"LN", "LOINC"}
_OBSERVATIONS: Final = ("consciousness", "supplemental_oxygen")
_LOINC_OBSERVATIONS: Final = {
    "80288-4": "consciousness",  # Level of consciousness AVPU score
    "67775-7": "consciousness",  # Level of responsiveness
}

CONSCIOUSNESS: Final[dict[str, str]] = {
    **{letter: letter.upper() for letter in "acvpu"},
    "alert": "A",
    "confusion": "C",
    "new confusion": "C",
    "voice": "V",
    "pain": "P",
    "unresponsive": "U",
}
"""ACVPU as NEWS2 names it (Royal College of Physicians, 2017)."""

OXYGEN: Final[dict[str, bool]] = {
    **dict.fromkeys(("oxygen", "true", "yes", "y", "1"), True),
    **dict.fromkeys(("air", "false", "no", "n", "0"), False),
}


class UnitNotKnown(Exception):
    """Tells what is wrong with a unit."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a code stands for.

    Parameters
    ----------
    name : str
        A signal or observation of Fyr.
    is_signal : bool
    unit : str
        The unit of values that come without one; empty where there is none.
    """

    name: str
    is_signal: bool
    unit: str = ""


class Reading:
    """How a source's messages are read: its options, checked.

    Parameters
    ----------
    timezone : str
        Where times without an offset are meant.
    codes : sequence of str
        Local codes, ``"HR=heart_rate"``; with the unit of values that come without one, ``"HR=heart_rate /min"``.
    units : sequence of str
        Local spellings of units, ``"mmHg=mm[Hg]"``.
    authority : str
        The assigning authority (PID-3.4) of the patient's number; without it the number of type MR is taken, or else
        the first.
    bed : str
        ``bed``: PV1-3.3 names a bed in its ward. ``room-bed``: only together with its room.
    processing : sequence of str
        The processing identifiers (MSH-11) that are taken: ``P`` for production; ``T`` and ``D`` would let training and
        debugging messages reach the ward.

    Raises
    ------
    BadInput
        If an option cannot be used.
    """

    def __init__(
        self,
        *,
        timezone: str = "UTC",
        codes: Sequence[str] = (),
        units: Sequence[str] = (),
        authority: str = "",
        bed: str = "bed",
        processing: Sequence[str] = ("P",),
    ) -> None:
        self.local_time = LocalTime(timezone)
        self.authority = authority
        if bed not in {"bed", "room-bed"}:
            raise BadInput(f"'{bed}' is no way to name a bed", where="bed", mend="write bed or room-bed")
        self._with_room = bed == "room-bed"
        self.processing = frozenset(processing)
        if not self.processing <= {"P", "T", "D"}:
            raise BadInput("a processing identifier is P, T or D", where="processing", mend='write ["P"]')
        self._codes = dict(_local_code(entry) for entry in codes)
        self._units = dict(_local_unit(entry) for entry in units)

    def meaning(self, message: Message, field: str) -> Meaning | None:
        """Return what an OBX-3 stands for here: a local code first, then MDC or LOINC, also as the alternate code."""
        pairs = [(message.part(field, at), message.part(field, at + 2)) for at in (1, 4)]
        for code, system in pairs:
            local = self._codes.get(f"{code}^{system}") or self._codes.get(code)
            if local is not None and code:
                return local
        for code, system in pairs:
            found = MDC_SIGNALS.get(code) if system in _MDC else LOINC_SIGNALS.get(code) if system in _LOINC else None
            if found is not None:
                return Meaning(found, is_signal=True)
            if system in _LOINC and code in _LOINC_OBSERVATIONS:
                return Meaning(_LOINC_OBSERVATIONS[code], is_signal=False)
        return None

    def unit(self, message: Message, field: str, meaning: Meaning) -> str:
        """Return the UCUM unit of an OBX-6.

        Raises
        ------
        UnitNotKnown
            If it is none, or not one of what is measured.
        """
        wanted = SIGNALS[meaning.name].unit
        given = [code for at in (1, 4) if (code := message.part(field, at))]
        if not given and meaning.unit:
            return meaning.unit
        if not given:
            raise UnitNotKnown("no unit")
        for code in given:
            unit = self._units.get(code) or MDC_UNITS.get(code) or code
            if is_convertible(unit, wanted):
                return unit
        raise UnitNotKnown(f"'{given[0][:40]}', which cannot become {wanted}")

    def patient(self, message: Message, field: str) -> str:
        """Return the patient's number of a PID-3; empty where there is none."""
        repetitions = range(1, field.count(message.delimiters.repetition) + 2)
        numbers = [(at, number) for at in repetitions if (number := message.part(field, 1, at))]
        if self.authority:
            chosen = [number for at, number in numbers if self._is_ours(message, field, at)]
        else:
            chosen = [number for at, number in numbers if message.part(field, 5, at) == "MR"]
            chosen += [number for _, number in numbers]
        return chosen[0].strip() if chosen else ""

    def place(self, message: Message, field: str) -> tuple[str, str]:
        """Return ward and bed of a PV1-3; of a place without a bed the room is the bed."""
        ward, room, bed = (self._name(message, field, at) for at in (1, 2, 3))
        if self._with_room and room and bed:
            return ward, f"{room}-{bed}"
        return ward, bed or room

    def _is_ours(self, message: Message, field: str, repetition: int) -> bool:
        return self.authority in (message.part(field, 4, repetition, at) for at in (1, 2))

    def _name(self, message: Message, field: str, component: int) -> str:
        return message.part(field, component, subcomponent=1).strip()


def _local_code(entry: str) -> tuple[str, Meaning]:
    code, equals, target = entry.partition("=")
    name, _, unit = target.strip().partition(" ")
    mend = 'write it as "HR=heart_rate" or "HR=heart_rate /min"'
    if not (equals and code.strip() and name):
        raise BadInput(f"'{entry}' names no code", where="codes", mend=mend)
    if name in _OBSERVATIONS and not unit:
        return code.strip(), Meaning(name, is_signal=False)
    if name not in SIGNALS:
        known = ", ".join((*SIGNALS, *_OBSERVATIONS))
        raise BadInput(f"there is no signal '{name}'", where="codes", mend=f"use one of {known}")
    if unit and not is_convertible(unit.strip(), SIGNALS[name].unit):
        raise BadInput(f"'{unit.strip()}' is no unit of {name}", where="codes", mend=mend)
    return code.strip(), Meaning(name, is_signal=True, unit=unit.strip())


def _local_unit(entry: str) -> tuple[str, str]:
    spelling, equals, unit = entry.partition("=")
    if not (equals and spelling.strip()):
        raise BadInput(f"'{entry}' names no unit", where="units", mend='write it as "mmHg=mm[Hg]"')
    return spelling.strip(), check_unit(unit.strip())
