"""Gathers what messages say, one after another, into the columns of an :class:`~fyr.exchange.incoming.Incoming`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from fyr.exchange.incoming import Addressee, Incoming, IncomingSamples, Problem
from fyr.record import SIGNALS, Quality

__all__ = ["IncomingColumns", "SampleCell"]

SampleCell = tuple[str, float | None]
"""A signal and its value in the vocabulary's unit; ``None`` where the quality is unknown."""

_SIGNALS: Final = tuple(SIGNALS)
_INDEX: Final = {name: index for index, name in enumerate(_SIGNALS)}
_UNKNOWN: Final = int(Quality.UNKNOWN)
_NAN: Final = float("nan")


class IncomingColumns:
    """Messages being gathered.

    Parameters
    ----------
    source : str
        The name of the source.
    period_us : mapping of str to int
        The nominal time between samples of every signal.
    """

    def __init__(self, source: str, period_us: Mapping[str, int]) -> None:
        self.source = source
        self._period_us = np.array([period_us[name] for name in _SIGNALS], np.int64)
        self._raw: list[bytes] = []
        self._problems: list[Problem | None] = []
        self._addressees: dict[Addressee, int] = {}
        self._addressee: list[int] = []
        self._signal: list[int] = []
        self._time_us: list[int] = []
        self._value: list[float] = []
        self._quality: list[int] = []
        self._message: list[int] = []

    def __len__(self) -> int:
        return len(self._raw)

    def accept(self, raw: bytes, addressee: Addressee, time_us: int, cells: Sequence[SampleCell]) -> None:
        """Add a message that was understood."""
        message = len(self._raw)
        self._raw.append(raw)
        self._problems.append(None)
        index = self._addressees.setdefault(addressee, len(self._addressees))
        for signal, value in cells:
            self._addressee.append(index)
            self._signal.append(_INDEX[signal])
            self._time_us.append(time_us)
            self._value.append(_NAN if value is None else value)
            self._quality.append(_UNKNOWN if value is None else 0)
            self._message.append(message)

    def refuse(self, raw: bytes, problem: Problem) -> None:
        """Add a message that was not."""
        self._raw.append(raw)
        self._problems.append(problem)

    def whole(self) -> Incoming:
        """Return everything that was added, in its order."""
        samples = IncomingSamples(
            addressees=tuple(self._addressees),
            addressee_index=np.array(self._addressee, np.int32),
            signals=_SIGNALS,
            signal_index=np.array(self._signal, np.int16),
            time_us=np.array(self._time_us, np.int64),
            value=np.array(self._value, np.float64),
            quality=np.array(self._quality, np.uint8),
            period_us=self._period_us,
            message_index=np.array(self._message, np.int32),
        )
        return Incoming(self.source, tuple(self._raw), tuple(self._problems), samples)
