"""Messages of any kind as bytes, turned into the one form that every live source hands on."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

import numpy as np

from fyr.clock import Clock, SystemClock
from fyr.exchange.hl7v2.adt import read_movement
from fyr.exchange.hl7v2.meanings import Reading
from fyr.exchange.hl7v2.message import Message, NotTaken, read_message
from fyr.exchange.hl7v2.oru import Result, Sample, read_results
from fyr.exchange.hl7v2.oru_columns import SIGNAL_NAMES, ColumnReader, Columns
from fyr.exchange.incoming import (
    Addressee,
    Incoming,
    IncomingObservation,
    IncomingSamples,
    Movement,
    Problem,
    ProblemKind,
)

__all__ = ["Hl7Reader"]

_CODES_COUNTED: Final = 10_000


class Hl7Reader:
    """Reads HL7 v2 messages, many at a time. One thread at a time.

    Parameters
    ----------
    source : str
        The name of the source.
    reading : Reading
        The options of the source.
    period_us : int
        The nominal time between two samples of a signal, which HL7 does not say.
    clock : Clock

    Attributes
    ----------
    ignored : Counter
        How many OBX segments came with each code that is not ours.
    """

    def __init__(self, source: str, reading: Reading, *, period_us: int, clock: Clock | None = None) -> None:
        self.source = source
        self.ignored: Counter[str] = Counter()
        self._reading = reading
        self._period_us = period_us
        self._clock = clock or SystemClock()
        self._columns = ColumnReader(reading, self.ignored)

    def read(self, messages: Sequence[bytes], problems: Sequence[Problem | None] | None = None) -> Incoming:
        """Read messages in the order in which they came.

        Parameters
        ----------
        messages : sequence of bytes
            Each one without its frame.
        problems : sequence of Problem or None, optional
            What is already known to be wrong with each one.

        Returns
        -------
        Incoming
            With a problem for each message that was not taken.
        """
        answers: list[Problem | None] = list(problems) if problems is not None else [None] * len(messages)
        whole = [at for at, problem in enumerate(answers) if problem is None]
        columns = self._columns.read([messages[at] for at in whole])
        ordinary = columns.ordinary & ("P" in self._reading.processing)
        results: dict[int, Result] = {}
        movements: list[Movement] = []
        for at in [whole[place] for place in np.flatnonzero(~ordinary).tolist()]:
            try:
                read = self._read_one(messages[at], at)
            except NotTaken as refusal:
                answers[at] = refusal.problem
                continue
            if isinstance(read, Movement):
                movements.append(read)
            else:
                results[at] = read
                self.ignored.update(read.ignored)
        if len(self.ignored) > _CODES_COUNTED:
            self.ignored.clear()
        observations: list[IncomingObservation] = []
        for result in results.values():
            observations.extend(result.observations)
        plain = [(at, sample) for at, result in results.items() for sample in result.samples]
        samples = self._samples(columns, np.array(whole, np.int32), ordinary, plain)
        return Incoming(self.source, tuple(messages), tuple(answers), samples, tuple(observations), tuple(movements))

    def _read_one(self, raw: bytes, at: int) -> Result | Movement:
        message = read_message(raw)
        header = message.segments[0]
        kind, event = message.text(header, 9), message.text(header, 9, 2)
        processing = message.text(header, 11)
        if processing and processing not in self._reading.processing:
            what = f"a message of processing '{processing[:10]}' (T: training, D: debugging)"
            mend = "send P for patients' data, or name it in the option `processing`"
            raise NotTaken(ProblemKind.UNSUPPORTED, what, "MSH[1]-11", mend)
        now_us = self._clock.now_us()
        if kind == "ADT":
            return read_movement(message, at, _event(message, event), self._reading, now_us)
        if (kind, event) != ("ORU", "R01"):
            named = f"{kind}^{event}"[:30] if re.fullmatch(r"[A-Z0-9]{3}\^[A-Z0-9]{0,3}", f"{kind}^{event}") else "that"
            mend = "send ORU^R01, or ADT^A01, A02, A03, A04 or A08"
            raise NotTaken(ProblemKind.UNSUPPORTED, f"a message of type {named} is not taken", "MSH[1]-9", mend)
        return read_results(message, at, self._reading, now_us)

    def _samples(
        self,
        columns: Columns,
        places: np.ndarray[tuple[int], np.dtype[np.int32]],
        ordinary: np.ndarray[tuple[int, ...], np.dtype[np.bool_]],
        plain: list[tuple[int, Sample]],
    ) -> IncomingSamples:
        kept = ordinary[columns.message] if len(columns.message) else np.empty(0, np.bool_)
        numbers: dict[Addressee, int] = {addressee: at for at, addressee in enumerate(columns.addressees)}
        extra = [numbers.setdefault(sample.addressee, len(numbers)) for _, sample in plain]
        message = np.concatenate((places[columns.message[kept]], np.array([at for at, _ in plain], np.int32)))
        order = np.argsort(message, kind="stable") if plain else slice(None)
        signals = np.array([SIGNAL_NAMES.index(sample.signal) for _, sample in plain], np.int16)
        times = np.array([sample.time_us for _, sample in plain], np.int64)
        values = np.array([sample.value for _, sample in plain], np.float64)
        qualities = np.array([sample.quality for _, sample in plain], np.uint8)
        return IncomingSamples(
            tuple(numbers),
            np.concatenate((columns.addressee[kept], np.array(extra, np.int32)))[order],
            SIGNAL_NAMES,
            np.concatenate((columns.signal[kept], signals))[order],
            np.concatenate((columns.time_us[kept], times))[order],
            np.concatenate((columns.value[kept], values))[order],
            np.concatenate((columns.quality[kept], qualities))[order],
            np.full(len(SIGNAL_NAMES), self._period_us, np.int64),
            message[order].astype(np.int32),
        )


def _event(message: Message, event: str) -> str:
    """Return the trigger event: MSH-9.2, or EVN-1 where an old sender leaves it out."""
    evn = message.first("EVN")
    return event or (message.text(evn, 1) if evn is not None else "")
