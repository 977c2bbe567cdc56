"""A place that keeps what sources hand on, and a listener that hands it there."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from fyr.exchange.incoming import Incoming, Verdict
from fyr.exchange.mqtt import MqttListener


class Kept:
    """Keeps everything, unless it is told to refuse to."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.batches: list[Incoming] = []
        self.keeps: Callable[[Incoming], bool] = lambda incoming: True
        self.delay_s = 0.0

    def take(self, incoming: Incoming) -> list[Verdict]:
        time.sleep(self.delay_s)
        with self.lock:
            if not self.keeps(incoming):
                return [Verdict(kept=False)] * len(incoming.raw)
            self.batches.append(incoming)
            return [Verdict(problem) for problem in incoming.problems]

    def samples(self) -> list[tuple[str, str, int, float]]:
        """Bed or patient, signal, time, value, in order."""
        with self.lock:
            return [
                (
                    (who := one.samples.addressees[one.samples.addressee_index[i]]).bed or who.patient,
                    one.samples.signals[one.samples.signal_index[i]],
                    int(one.samples.time_us[i]),
                    float(one.samples.value[i]),
                )
                for one in self.batches
                for i in range(len(one.samples))
            ]

    def problems(self) -> list[Any]:
        with self.lock:
            return [problem for one in self.batches for problem in one.problems if problem is not None]

    def raw(self) -> list[bytes]:
        with self.lock:
            return [raw for one in self.batches for raw in one.raw]


def eventually(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not come to that"
        time.sleep(0.01)


@pytest.fixture
def kept() -> Kept:
    return Kept()


@pytest.fixture
def until() -> Callable[..., None]:
    return eventually


@pytest.fixture
def listening(kept: Kept) -> Iterator[Callable[..., MqttListener]]:
    """Start listeners on free ports; all are stopped in the end."""
    started: list[MqttListener] = []

    def start(**options: Any) -> MqttListener:
        listener = MqttListener("gateways", port=0, **options)
        listener.start(kept.take)
        started.append(listener)
        return listener

    yield start
    for listener in started:
        listener.stop()
