"""Many ORU^R01 messages at once as columns: the kernel's rows, with the meaning of each text looked up once.

Whatever is not ordinary (another value type, an unknown unit, a number or a time that is none) is not decided here: its
message is named for the plain reader.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from fyr.clock import MINUTE_US
from fyr.exchange.hl7v2.known_texts import CHARSET, CODE, KnownTexts
from fyr.exchange.hl7v2.meanings import Meaning, Reading, UnitNotKnown
from fyr.exchange.hl7v2.message import BOM, Delimiters, Message, character_codec
from fyr.exchange.hl7v2.oru import STATUS_QUALITY
from fyr.exchange.hl7v2.oru_kernel import POWERS_OF_TEN, scan
from fyr.exchange.incoming import Addressee
from fyr.record import SIGNALS, Quality
from fyr.units import convert

__all__ = ["SIGNAL_NAMES", "ColumnReader", "Columns"]

SIGNAL_NAMES: Final = tuple(SIGNALS)
_UNITS: Final = tuple(signal.unit for signal in SIGNALS.values())

_IGNORED, _PLAIN = -1, -2  # of a code: not ours; not for the kernel
_UNSEEN, _SAME, _CONVERTED, _WRONG = range(4)  # of a signal with a unit
_LOCAL, _UTC = 1, 2

_QUALITY: Final = np.full(256, 255, np.uint8)
for _letter, _quality in STATUS_QUALITY.items():
    _QUALITY[ord(_letter) if _letter else 0] = _quality
_NAMES_PLAIN: Final = Delimiters()


T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """The samples of the ordinary messages, and which messages those are.

    Parameters
    ----------
    ordinary : ndarray of bool, shape (messages,)
        Whether a message was read here as a whole.
    message, addressee, signal, time_us, value, quality : ndarray, shape (samples,)
        In the order in which they came; `signal` counts in ``SIGNAL_NAMES``, `addressee` in `addressees`.
    addressees : tuple of Addressee
    """

    ordinary: NDArray[np.bool_]
    message: NDArray[np.int32]
    addressee: NDArray[np.int32]
    signal: NDArray[np.int16]
    time_us: NDArray[np.int64]
    value: NDArray[np.float64]
    quality: NDArray[np.uint8]
    addressees: tuple[Addressee, ...]


class ColumnReader:
    """Reads ordinary ORU^R01 messages; remembers the texts that it has seen. One thread at a time.

    Parameters
    ----------
    reading : Reading
    ignored : Counter
        Counts the OBX segments whose code is not ours.
    """

    def __init__(self, reading: Reading, ignored: Counter[str]) -> None:
        self._reading = reading
        self._ignored = ignored
        self._texts = KnownTexts()
        self._forget()

    def read(self, messages: Sequence[bytes]) -> Columns:
        """Read the ordinary ones among the messages."""
        count = len(messages)
        data = b"".join(messages)
        array = np.frombuffer(data, np.uint8)
        ends = np.cumsum(np.fromiter(map(len, messages), np.int64, count))
        starts = np.concatenate(([0], ends[:-1])).astype(np.int64)
        for at, message in enumerate(messages):
            if not message.startswith(b"MSH"):
                body = message.lstrip(b"\r\n").removeprefix(BOM).lstrip(b"\r\n")
                starts[at] += len(message) - len(body)
        room = data.count(b"OBX") + 1
        ordinary, high_bytes = np.zeros(count, np.bool_), np.zeros(count, np.bool_)
        keys = np.full((count, 3), -1, np.int32)
        row_message, row_keys = np.empty(room, np.int32), np.empty((room, 2), np.int32)
        value, is_number = np.empty(room), np.empty(room, np.bool_)
        status, time_us, time_state = np.empty(room, np.uint8), np.empty(room, np.int64), np.empty(room, np.uint8)
        done = rows = 0
        forgotten = False
        while done < count:
            texts = self._texts
            known = (texts.table, texts.hashes, texts.offsets, texts.arena, texts.count)
            done, rows = scan(
                *(array, starts, ends, done, rows, POWERS_OF_TEN, *known, ordinary, high_bytes, keys),
                *(row_message, row_keys, value, is_number, status, time_us, time_state),
            )
            if done < count and not texts.make_room(keep=forgotten):
                self._forget()
                done = rows = 0  # what was numbered before has lost its number
                forgotten = True
        self._look_up()
        self._check_bytes(messages, ordinary, high_bytes, keys)
        return self._columns(
            ordinary,
            keys,
            row_message[:rows],
            row_keys[:rows],
            value[:rows],
            is_number[:rows],
            status[:rows],
            time_us[:rows],
            time_state[:rows],
        )

    def _columns(
        self,
        ordinary: NDArray[np.bool_],
        keys: NDArray[np.int32],
        message: NDArray[np.int32],
        row_keys: NDArray[np.int32],
        value: NDArray[np.float64],
        is_number: NDArray[np.bool_],
        status: NDArray[np.uint8],
        time_us: NDArray[np.int64],
        time_state: NDArray[np.uint8],
    ) -> Columns:
        signal = self._signal[row_keys[:, 0]]
        ours = signal >= 0
        quality = _QUALITY[status]
        present = quality == Quality.PRESENT
        safe = np.where(ours, signal, 0)
        units = self._unit_states(safe, row_keys[:, 1], ours & present)
        wrong = ours & ((quality == 255) | ((time_state != _LOCAL) & (time_state != _UTC)))
        wrong |= ours & present & (~is_number | (units == _WRONG))
        wrong |= signal == _PLAIN
        offset, certain = self._offsets(time_us, ours & (time_state == _LOCAL))
        wrong |= ~certain
        ordinary[message[wrong]] = False
        number, addressees, named = self._addressees(keys)
        ordinary[message[ours & ~named[message]]] = False
        self._count_ignored(row_keys[:, 0][(signal == _IGNORED) & ordinary[message]])
        taken = ours & ordinary[message]
        value = np.where(present, value, np.nan)
        self._convert(value, safe, row_keys[:, 1], taken & present & (units == _CONVERTED))
        return Columns(
            ordinary,
            message[taken],
            number[message[taken]],
            signal[taken],
            (time_us - offset)[taken],
            value[taken],
            quality[taken],
            addressees,
        )

    def _forget(self) -> None:
        self._signal = np.empty(0, np.int16)
        self._codes: dict[int, Meaning] = {}
        self._codecs: dict[int, str | None] = {}
        self._names: list[str] = []
        self._units = np.empty((len(SIGNAL_NAMES), 0), np.uint8)
        self._unit_of: dict[tuple[int, int], str] = {}
        self._pairs: dict[tuple[int, int], Addressee | None] = {}

    def _look_up(self) -> None:
        """Give every new text its meaning."""
        before, after = len(self._signal), len(self._texts)
        if before == after:
            return
        signal = np.full(after - before, _IGNORED, np.int16)
        for number in range(before, after):
            kind, charset, raw = self._texts.text(number)
            name = ""
            if kind == CHARSET:
                self._codecs[number] = character_codec(raw.decode("latin-1"))
            elif kind == CODE:
                name, signal[number - before] = self._code(number, charset, raw)
            self._names.append(name)
        self._signal = np.concatenate((self._signal, signal))
        fresh = np.zeros((len(SIGNAL_NAMES), after - before), np.uint8)
        self._units = np.concatenate((self._units, fresh), axis=1)

    def _shape(self, charset: int) -> Message:
        return Message(_NAMES_PLAIN, self._codecs.get(charset) or "ascii", ())

    def _code(self, number: int, charset: int, raw: bytes) -> tuple[str, int]:
        shape = self._shape(charset)
        kind, _, field = raw.decode(shape.codec, "replace").partition(_NAMES_PLAIN.field)
        meaning = self._reading.meaning(shape, field)
        if meaning is None:
            return shape.part(field)[:40], _IGNORED
        self._codes[number] = meaning
        if not meaning.is_signal or kind != "NM":
            return "", _PLAIN
        return "", SIGNAL_NAMES.index(meaning.name)

    def _check_bytes(
        self,
        messages: Sequence[bytes],
        ordinary: NDArray[np.bool_],
        high_bytes: NDArray[np.bool_],
        keys: NDArray[np.int32],
    ) -> None:
        """Leave what is not in its character set to the plain reader."""
        for charset, codec in self._codecs.items():
            if codec is None:
                ordinary[keys[:, 0] == charset] = False
        for at in np.flatnonzero(ordinary & high_bytes).tolist():
            codec = self._codecs[int(keys[at, 0])]
            try:
                messages[at].decode(codec or "ascii")
            except UnicodeDecodeError:
                ordinary[at] = False

    def _unit_states(
        self, signal: NDArray[np.int16], unit: NDArray[np.int32], wanted: NDArray[np.bool_]
    ) -> NDArray[np.uint8]:
        states = self._units[signal, unit]
        unseen = wanted & (states == _UNSEEN)
        if unseen.any():
            pairs = np.unique(np.stack((signal[unseen], unit[unseen])), axis=1)
            for place, number in pairs.T.tolist():
                self._units[place, number] = self._unit_state(place, number)
            states = self._units[signal, unit]
        return np.where(wanted, states, np.uint8(_UNSEEN))

    def _unit_state(self, signal: int, number: int) -> int:
        _, charset, raw = self._texts.text(number)
        shape = self._shape(charset)
        try:
            # A unit that a local code brings with it is left to the plain reader: it belongs to the code.
            meaning = Meaning(SIGNAL_NAMES[signal], is_signal=True)
            unit = self._reading.unit(shape, raw.decode(shape.codec, "replace"), meaning)
        except UnitNotKnown:
            return _WRONG
        self._unit_of[signal, number] = unit
        probe = 0.1
        return _SAME if convert(probe, unit, _UNITS[signal]) is probe else _CONVERTED

    def _convert(
        self,
        value: NDArray[np.float64],
        signal: NDArray[np.int16],
        unit: NDArray[np.int32],
        wanted: NDArray[np.bool_],
    ) -> None:
        rows = np.flatnonzero(wanted)
        if not len(rows):
            return
        pairs, inverse = np.unique(np.stack((signal[rows], unit[rows])), axis=1, return_inverse=True)
        for at, (place, number) in enumerate(pairs.T.tolist()):
            chosen = rows[inverse.ravel() == at]
            value[chosen] = convert(value[chosen], self._unit_of[place, number], _UNITS[place])

    def _offsets(
        self, time_us: NDArray[np.int64], local: NDArray[np.bool_]
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Return the offset of each time, and whether only one is possible."""
        offset, certain = np.zeros(len(time_us), np.int64), np.ones(len(time_us), np.bool_)
        if local.any():
            minutes, inverse = np.unique(time_us[local] // MINUTE_US, return_inverse=True)
            both = np.array([self._reading.local_time.offsets_us(minute * MINUTE_US) for minute in minutes.tolist()])
            offset[local] = both[inverse, 0]
            certain[local] = both[inverse, 0] == both[inverse, 1]
        return offset, certain

    def _addressees(
        self, keys: NDArray[np.int32]
    ) -> tuple[NDArray[np.int32], tuple[Addressee, ...], NDArray[np.bool_]]:
        """Return the number of each message's addressee, the addressees, and whether it names one."""
        joined = keys[:, 1].astype(np.int64) << 32 | (keys[:, 2].astype(np.int64) & 0xFFFFFFFF)
        distinct, inverse = np.unique(joined, return_inverse=True)
        found: dict[Addressee, int] = {}
        numbers = np.empty(len(distinct), np.int32)
        for at, pair in enumerate(distinct.tolist()):
            addressee = self._addressee(pair >> 32, (pair & 0xFFFFFFFF) - (0 if pair & 0x80000000 == 0 else 1 << 32))
            numbers[at] = -1 if addressee is None else found.setdefault(addressee, len(found))
        number = numbers[inverse]
        return number, tuple(found), number >= 0

    def _addressee(self, patient: int, place: int) -> Addressee | None:
        pair = (patient, place)
        if pair not in self._pairs:
            if len(self._pairs) > 1 << 17:
                self._pairs.clear()
            number = self._part(patient, self._reading.patient) or ""
            ward, bed = self._part(place, self._reading.place) or ("", "")
            self._pairs[pair] = Addressee(number, ward, bed) if number or bed else None
        return self._pairs[pair]

    def _part(self, number: int, read: Callable[[Message, str], T]) -> T | None:
        if number < 0:
            return None
        _, charset, raw = self._texts.text(number)
        shape = self._shape(charset)
        return read(shape, raw.decode(shape.codec, "replace"))

    def _count_ignored(self, codes: NDArray[np.int32]) -> None:
        numbers, counts = np.unique(codes, return_counts=True)
        for number, count in zip(numbers.tolist(), counts.tolist(), strict=True):
            self._ignored[self._names[number]] += count
