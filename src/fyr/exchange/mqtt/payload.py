"""What a gateway publishes, as samples: a topic and some JSON.

A message is taken whole or not at all. A key that is not known refuses it: it may be a signal with a letter missing,
and it may change what the others mean (``"simulated": true``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple

import orjson

from fyr import units
from fyr.clock import from_iso, to_iso
from fyr.errors import BadInput
from fyr.exchange.incoming import Addressee, Problem, ProblemKind
from fyr.exchange.json_members import name_that_stands_twice
from fyr.exchange.mqtt.topics import TopicPattern
from fyr.exchange.sample_columns import IncomingColumns, SampleCell
from fyr.exchange.source_options import SIGNAL_NAMES, near_signal
from fyr.exchange.tables.mapping import TimeRule
from fyr.exchange.tables.times import time_reader
from fyr.record import SIGNALS

__all__ = ["EPOCHS", "PayloadReader"]

EPOCHS: Final = {"s": 1e6, "ms": 1e3, "us": 1.0, "ns": 1e-3}
"""Microseconds in one unit of a time that is a number."""

_EARLIEST_US: Final = from_iso("2000-01-01T00:00:00Z")
_LATEST_US: Final = from_iso("2200-01-01T00:00:00Z")
_BOM: Final = b"\xef\xbb\xbf"
_PLACES: Final = ("patient", "ward", "bed")
_QUANTITY_KEYS: Final = frozenset(("value", "unit"))
_OWN_KEYS: Final = frozenset(("time", "device", *_PLACES))
_UNIT_OF: Final = {name: known.unit for name, known in SIGNALS.items()}
_SHOWN: Final = 40


class _RefusalError(Exception):
    """Why a message is not taken."""

    def __init__(self, kind: ProblemKind, what: str, where: str = "", mend: str = "") -> None:
        super().__init__(what)
        self.kind, self.what, self.where, self.mend = kind, what, where, mend

    def problem(self, topic: str) -> Problem:
        return Problem(self.kind, self.what, f"{topic}, {self.where}" if self.where else topic, self.mend)


class _Place(NamedTuple):
    """What a topic says."""

    addressee: Addressee
    signal: str | None


class PayloadReader:
    """Reads messages of one source.

    Parameters
    ----------
    topics : tuple of TopicPattern
    time_zone : str
        Of times that are written without one; empty: such a time is refused.
    epoch : str
        What a time that is a number counts: ``s``, ``ms``, ``us`` or ``ns`` since 1970.
    ignore : iterable of str
        Keys that may stand in a message and mean nothing here.

    Raises
    ------
    BadInput
        If `epoch` or the time zone is not known.
    """

    def __init__(
        self, topics: tuple[TopicPattern, ...], *, time_zone: str = "", epoch: str = "ms", ignore: tuple[str, ...] = ()
    ) -> None:
        if epoch not in EPOCHS:
            raise BadInput(f"'{epoch}' is not a unit of time", where="epoch", mend=f"use {', '.join(EPOCHS)}")
        self._topics = topics
        self._time_of_text: Callable[[str], int] = time_reader(TimeRule("time", time_zone=time_zone or None))
        self._scale = EPOCHS[epoch]
        self._epoch = epoch
        self._passed_over = _OWN_KEYS | frozenset(ignore)
        self._ignore = frozenset(ignore)
        self._place = lru_cache(maxsize=65_536)(self._read_topic)

    def read(self, columns: IncomingColumns, topic: str, payload: bytes, arrived_us: int | None = None) -> int:
        """Add what one publication says to the columns.

        Parameters
        ----------
        columns : IncomingColumns
        topic : str
        payload : bytes
        arrived_us : int, optional
            The time of a message that has none; without it, such a message is refused.

        Returns
        -------
        int
            How many messages it was: one, or one for each element of an array.
        """
        raw = b"%b\n%b" % (topic.encode(), payload)
        try:
            place = self._place(topic)
            content = _parsed(payload)
            if type(content) is not list:
                columns.accept(raw, *self._message(place, content, arrived_us))
                return 1
        except _RefusalError as refusal:
            columns.refuse(raw, refusal.problem(topic))
            return 1
        if not content:
            columns.refuse(raw, Problem(ProblemKind.INCOMPLETE, "the array holds no message", topic))
            return 1
        for number, element in enumerate(content, start=1):
            own = b"%b\n%b" % (topic.encode(), orjson.dumps(element))
            try:
                columns.accept(own, *self._message(place, element, arrived_us))
            except _RefusalError as refusal:
                columns.refuse(own, refusal.problem(f"{topic}, element {number}"))
        return len(content)

    def _read_topic(self, topic: str) -> _Place:
        levels = topic.split("/")
        for pattern in self._topics:
            named = pattern.match(levels)
            if named is None:
                continue
            for name, word in named.items():
                if not word.strip():
                    raise _RefusalError(ProblemKind.INCOMPLETE, f"the topic has no {name}", mend=f"as {pattern.text}")
            who = Addressee(*(named.get(place, "") for place in _PLACES))
            signal = named.get("signal", "")
            if signal and signal not in SIGNAL_NAMES:
                raise _RefusalError(ProblemKind.UNSUPPORTED, f"there is no signal '{signal}'", mend=near_signal(signal))
            return _Place(who, SIGNAL_NAMES.get(signal))
        raise _RefusalError(
            ProblemKind.UNSUPPORTED,
            "the topic is not one of those that are taken",
            mend=f"publish to {' or '.join(pattern.text for pattern in self._topics)}, or set topics",
        )

    def _message(
        self, place: _Place, content: Any, arrived_us: int | None
    ) -> tuple[Addressee, int, tuple[SampleCell, ...] | list[SampleCell]]:
        if type(content) is not dict:
            if place.signal is None:
                raise _RefusalError(
                    ProblemKind.UNREADABLE,
                    f"this is {_said(content)}, not a JSON object",
                    mend='send {"time": …, "heart_rate": 71}, or name the signal in the topic',
                )
            cell = (place.signal, _value(place.signal, content))
            return self._addressee(place, {}), self._time({}, arrived_us), (cell,)
        addressee = self._addressee(place, content)
        if place.signal is not None:
            one = self._quantity(place.signal, content, self._passed_over)
            return addressee, self._time(content, arrived_us), ((place.signal, one),)
        cells: list[SampleCell] = []
        for key, value in content.items():
            signal = SIGNAL_NAMES.get(key)
            if signal is not None:
                known = self._quantity(signal, value, self._ignore) if type(value) is dict else _value(signal, value)
                cells.append((signal, known))
            elif key not in self._passed_over:
                raise _unknown_key(key)
        if not cells:
            raise _RefusalError(ProblemKind.INCOMPLETE, "the message names no signal", mend='as "heart_rate": 71')
        if len(cells) > 1 and len({signal for signal, _ in cells}) != len(cells):
            raise _RefusalError(ProblemKind.CONTRADICTION, "a signal is named twice", mend="name each signal once")
        return addressee, self._time(content, arrived_us), cells

    def _quantity(self, signal: str, content: Mapping[str, Any], passed_over: frozenset[str]) -> float | None:
        """Read ``{"value": …, "unit": …}``."""
        if "value" not in content:
            raise _RefusalError(
                ProblemKind.INCOMPLETE, "there is no 'value'", signal, mend="send null where the sensor is lost"
            )
        for key in content:
            if key not in _QUANTITY_KEYS and key not in passed_over:
                raise _unknown_key(key, _QUANTITY_KEYS)
        value = _value(signal, content["value"])
        unit = content.get("unit")
        if unit is None:
            return value
        if type(unit) is not str:
            raise _RefusalError(ProblemKind.UNREADABLE, f"the unit is {_said(unit)}, not text", signal)
        try:
            converted = units.convert(0.0 if value is None else value, unit, _UNIT_OF[signal])
        except BadInput as refused:
            raise _RefusalError(ProblemKind.UNREADABLE, refused.what, signal, refused.mend) from None
        return None if value is None else converted

    def _addressee(self, place: _Place, content: Mapping[str, Any]) -> Addressee:
        addressee = place.addressee
        if any(name in content for name in _PLACES):
            addressee = Addressee(*(_word(name, content.get(name), getattr(addressee, name)) for name in _PLACES))
        if not addressee.patient and not addressee.bed:
            raise _RefusalError(
                ProblemKind.INCOMPLETE,
                "neither a patient nor a bed is named",
                mend="name them in the topic or in the message",
            )
        return addressee

    def _time(self, content: Mapping[str, Any], arrived_us: int | None) -> int:
        time = content.get("time")
        if type(time) is str:
            try:
                return self._time_of_text(time)
            except BadInput as refused:
                mend = "write it as 2026-11-22T08:00:00Z"
                if "has no time zone" in refused.what:
                    mend = "add Z or an offset, or set time_zone"
                raise _RefusalError(ProblemKind.UNREADABLE, refused.what, "time", mend) from None
        if type(time) is int or type(time) is float:
            time_us = round(time * self._scale) if abs(time) < 1e21 else 0
            if _EARLIEST_US <= time_us < _LATEST_US:
                return time_us
            raise _RefusalError(
                ProblemKind.UNREADABLE,
                f"{time} {self._epoch} since 1970 is not within the years 2000 to 2199",
                "time",
                f"check what the number counts, and set epoch (now '{self._epoch}')",
            )
        if time is not None:
            raise _RefusalError(ProblemKind.UNREADABLE, f"the time is {_said(time)}", "time", "send text or a number")
        if arrived_us is None:
            raise _RefusalError(
                ProblemKind.INCOMPLETE,
                "there is no time",
                mend='send "time": "' + to_iso(_EARLIEST_US) + '", or set stamp_on_arrival where values are never late',
            )
        return arrived_us


def _parsed(payload: bytes) -> Any:
    """Read JSON; a name that stands twice in an object is refused, since nobody can say which is meant."""
    if payload.startswith(_BOM):
        payload = payload[len(_BOM) :]
    if not payload or payload.isspace():
        raise _RefusalError(ProblemKind.INCOMPLETE, "the payload is empty", mend="send null where the sensor is lost")
    try:
        content = orjson.loads(payload)
    except orjson.JSONDecodeError as problem:
        raise _not_json(payload, problem) from None
    try:
        twice = name_that_stands_twice(payload, content)
    except RecursionError:
        raise _RefusalError(ProblemKind.UNREADABLE, "the JSON is nested too deeply") from None
    if twice is not None:
        raise _RefusalError(ProblemKind.CONTRADICTION, f"the key '{_short(twice)}' stands twice", mend="send it once")
    return content


def _not_json(payload: bytes, problem: Exception) -> _RefusalError:
    try:
        payload.decode()
    except UnicodeDecodeError as wrong:
        where, found = f"byte {wrong.start + 1}", payload[wrong.start]
        return _RefusalError(
            ProblemKind.UNREADABLE, f"byte 0x{found:02x} is not UTF-8 text", where, mend="send JSON in UTF-8"
        )
    mend = "send JSON; a lost sensor is null, not NaN" if b"NaN" in payload or b"Inf" in payload else "send JSON"
    return _RefusalError(ProblemKind.UNREADABLE, f"the payload is not JSON: {problem}", mend=mend)


def _value(signal: str, value: Any) -> float | None:
    if value is None:
        return None
    if type(value) is float or type(value) is int:
        return float(value)
    raise _RefusalError(
        ProblemKind.UNREADABLE,
        f"the value is {_said(value)}, not a number",
        signal,
        "send a number, and null where the sensor is lost",
    )


def _word(name: str, value: Any, in_topic: str) -> str:
    if value is None:
        return in_topic
    if type(value) is int:
        value = str(value)
    if type(value) is not str or not value.strip():
        raise _RefusalError(ProblemKind.UNREADABLE, f"the {name} is {_said(value)}", name, "send text, or nothing")
    if in_topic and value != in_topic:
        raise _RefusalError(
            ProblemKind.CONTRADICTION,
            f"the topic says {name} '{_short(in_topic)}', the message '{_short(value)}'",
            mend="name it once",
        )
    return value


def _unknown_key(key: str, known: frozenset[str] | None = None) -> _RefusalError:
    mend = near_signal(key) if known is None else f"the keys are {', '.join(sorted(known))}"
    return _RefusalError(
        ProblemKind.UNSUPPORTED,
        f"the key '{_short(key)}' is not known",
        mend=f'{mend}; or, if it means nothing here, set ignore = ["{_short(key)}"]',
    )


def _said(value: Any) -> str:
    if type(value) is str:
        return f"the text '{_short(value)}'" if value.strip() else "an empty text"
    if type(value) is bool:
        return "true" if value else "false"
    return {type(None): "null", dict: "an object", list: "an array"}.get(type(value), f"the number {value}")


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
