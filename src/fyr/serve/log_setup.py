"""The log: lines for people or JSON for machines on stderr, in which no patient can be recognised.

The last thing before a line is written is the formatter here; what it does holds for every logger of the process,
uvicorn's and the libraries' among them, for tracebacks and for exceptions that nobody caught. Patients become words
that are new in every process (``patient-3f2a91c0``): lines about one patient belong together, and lead nowhere.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import re
import secrets
import sys
import threading
import traceback
import warnings
from collections.abc import Iterable
from numbers import Number
from typing import Any, Final, TextIO

import orjson

from fyr.clock import to_iso
from fyr.record import PatientId
from fyr.serve.configuration import LogSettings
from fyr.serve.log_repeats import Repeats

__all__ = ["PatientWords", "SafeFormatter", "set_up_logs"]

_IN_A_PATH: Final = re.compile(r"((?:/|^)patients/)[^/\s?\"']+/[^/\s?\"']+")
_PATIENT_ID: Final = re.compile(r"PatientId\(hospital='([^']*)', local='([^']*)'\)")
_ADDRESSEE: Final = re.compile(r"(patient=)'[^']+'")
_CIVIL_NUMBER: Final = re.compile(r"(?<![\d.:-])\d{6}-\d{4}(?![\d-])")
_SEGMENT: Final = re.compile(r"\b(?:PID|NK1|MRG|PV1|IN1)\|[^\r\n]*")
_TOKEN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.\-]*")
_QUOTING: Final = ("pydicom", "pynetdicom")
"""Libraries that quote the values that they cannot read, names too; pydicom sets its level anew when it is imported."""
_LONG_ENOUGH: Final = 6
"""A local number of so many signs is taken out wherever it stands alone; a shorter one might be any count."""


class PatientWords:
    """Takes patients out of text.

    Whatever reads as ``HOSPITAL/NUMBER`` of a hospital that is known is a patient, known or not; so is what stands
    after ``/patients/`` in an address, a number of a known patient that is long enough to be no count, a number in the
    form of a Danish, Finnish or Swedish civil registration (``010203-1234``), and an HL7 segment about a person.

    Parameters
    ----------
    patients : iterable of PatientId
        Who is known at the start.
    hospitals : iterable of str
        Short names of hospitals.
    """

    def __init__(self, patients: Iterable[PatientId] = (), hospitals: Iterable[str] = ()) -> None:
        self._key = secrets.token_bytes(16)
        self._hospitals: set[str] = set()
        self._of_a_hospital: re.Pattern[str] | None = None
        self._numbers: set[str] = set()
        self._odd_numbers: set[str] = set()
        for hospital in hospitals:
            self._know_hospital(hospital)
        for patient in patients:
            self.know(patient)

    def know(self, patient: PatientId) -> None:
        """Take this patient out from now on; any thread may call it."""
        self._know_hospital(patient.hospital)
        for number in {patient.local, patient.number}:
            if len(number) >= _LONG_ENOUGH:
                (self._numbers if _TOKEN.fullmatch(number) else self._odd_numbers).add(number)

    def word(self, patient: object) -> str:
        """Return what stands for a patient in this process's log."""
        made = hmac.new(self._key, str(patient).encode(), hashlib.sha256).hexdigest()
        return f"patient-{made[:8]}"

    def clean(self, text: str) -> str:
        """Return the text without patients."""
        text = _SEGMENT.sub("(a segment about a person)", text)
        text = _PATIENT_ID.sub(lambda found: self.word(f"{found[1]}/{found[2]}"), text)
        text = _ADDRESSEE.sub(r"\1(somebody)", text)
        text = _IN_A_PATH.sub(lambda found: found[1] + self.word(found[0].partition("patients/")[2]), text)
        text = _CIVIL_NUMBER.sub(lambda found: self.word(found[0]), text)
        if self._of_a_hospital is not None:
            text = self._of_a_hospital.sub(lambda found: self.word(found[0]), text)
        for number in tuple(self._odd_numbers):
            text = text.replace(number, self.word(number))
        return _TOKEN.sub(self._without, text)

    def _know_hospital(self, hospital: str) -> None:
        if hospital not in self._hospitals:
            self._hospitals.add(hospital)
            names = "|".join(sorted(map(re.escape, self._hospitals), key=len, reverse=True))
            # /usr/local/lib in a traceback is no patient of a hospital called local
            self._of_a_hospital = re.compile(rf"(?<![A-Za-z0-9_.\-])(?<!/usr/)(?:{names})/[^\s/\"',;:()?&]+")

    def _without(self, found: re.Match[str]) -> str:
        token = found[0]
        bare = token.rstrip(".-_")
        return self.word(bare) + token[len(bare) :] if bare in self._numbers else token


class SafeFormatter(logging.Formatter):
    """Writes a record as one line of text or JSON, cleaned as a whole.

    Parameters
    ----------
    words : PatientWords
    as_json : bool
    """

    def __init__(self, words: PatientWords, *, as_json: bool) -> None:
        super().__init__()
        self._words = words
        self._as_json = as_json

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; a record whose arguments do not fit says so instead of failing."""
        time = to_iso(int(record.created * 1000) * 1000)
        message = self._words.clean(self._message(record))
        details = self._words.clean(self._details(record))
        if not self._as_json:
            line = f"{time} {record.levelname.lower():<7} {record.name}: {' '.join(message.split())}"
            return f"{line}\n{details}" if details else line
        document: dict[str, Any] = {
            "time": time,
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": message,
        }
        if details:
            document["details"] = details
        return orjson.dumps(document).decode()

    def _message(self, record: logging.LogRecord) -> str:
        if isinstance(record.args, tuple):
            arguments: object = tuple(self._argument(one) for one in record.args)
        elif record.args:
            arguments = {key: self._argument(one) for key, one in record.args.items()}
        else:
            return str(record.msg)
        try:
            return str(record.msg) % arguments
        except (TypeError, ValueError, KeyError):
            return f"{record.msg} (with arguments that do not fit)"

    def _argument(self, argument: object) -> object:
        """Return numbers as they are, patients as words, and all else as cleaned text."""
        if isinstance(argument, Number):
            return argument
        if isinstance(argument, PatientId):
            self._words.know(argument)
            return self._words.word(argument)
        return self._words.clean(str(argument))

    def _details(self, record: logging.LogRecord) -> str:
        parts = []
        if record.exc_info and record.exc_info[1] is not None:
            parts.append("".join(traceback.format_exception(record.exc_info[1])).rstrip())
        if record.stack_info:
            parts.append(record.stack_info)
        return "\n".join(parts)


def set_up_logs(
    settings: LogSettings,
    patients: Iterable[PatientId] = (),
    *,
    hospitals: Iterable[str] = (),
    stream: TextIO | None = None,
) -> PatientWords:
    """Send everything that is logged in this process, and what nobody caught, to one stream.

    Parameters
    ----------
    settings : LogSettings
    patients : iterable of PatientId
        Who is known at the start; tell the result of further ones.
    hospitals : iterable of str
        Short names of hospitals, this one's own among them.
    stream : text file, optional
        stderr by default.

    Returns
    -------
    PatientWords
        Its ``know`` is to be told of patients who are admitted later.
    """
    words = PatientWords(patients, hospitals)
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.addFilter(Repeats())
    handler.setFormatter(SafeFormatter(words, as_json=settings.format == "json"))
    root = logging.getLogger()
    for former in [one for one in root.handlers if isinstance(one.formatter, SafeFormatter)]:
        root.removeHandler(former)
    root.addHandler(handler)
    root.setLevel(logging.WARNING)  # libraries say less than Fyr does
    for name in ("fyr", "uvicorn"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    handler.addFilter(lambda one: one.name.partition(".")[0] not in _QUOTING or one.levelno >= logging.CRITICAL)
    for name in _QUOTING:
        warnings.filterwarnings("ignore", module=rf"{name}(\.|$)")
    logging.getLogger("fyr").setLevel(settings.level.upper())
    logging.captureWarnings(True)
    threading.excepthook = _uncaught
    return words


def _uncaught(arguments: threading.ExceptHookArgs) -> None:
    if arguments.exc_value is None or isinstance(arguments.exc_value, SystemExit):
        return
    name = arguments.thread.name if arguments.thread is not None else "a thread"
    logging.getLogger("fyr.serve").error("%s ended by a fault", name, exc_info=arguments.exc_value)
