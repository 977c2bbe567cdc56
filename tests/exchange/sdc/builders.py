"""A simulated monitor and a source that follows it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from fyr.exchange.incoming import Incoming, Verdict
from fyr.exchange.sdc import SdcConsumer
from fyr.exchange.sdc.simulated_monitor import METRICS, SimulatedMonitor


class Taken:
    """Takes what a source hands on, and keeps it."""

    def __init__(self) -> None:
        self.all: list[Incoming] = []
        self.kept = True

    def __call__(self, incoming: Incoming) -> list[Verdict]:
        self.all.append(incoming)
        return [Verdict(kept=self.kept) for _ in incoming.raw]

    def rows(self) -> list[tuple]:
        """Return signal, value, quality, time and addressee of every sample."""
        return [
            (
                one.samples.signals[one.samples.signal_index[i]],
                float(one.samples.value[i]),
                int(one.samples.quality[i]),
                int(one.samples.time_us[i]),
                one.samples.addressees[one.samples.addressee_index[i]],
            )
            for one in self.all
            for i in range(len(one.samples))
        ]

    def problems(self) -> list:
        return [problem for one in self.all for problem in one.problems if problem is not None]


def wait_for(said: Callable[[], bool], seconds: float = 10.0) -> None:
    until = time.monotonic() + seconds
    while not said():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.01)


class House:
    """Starts monitors and sources, and ends them all."""

    def __init__(self) -> None:
        self.taken = Taken()
        self._ends: list[Callable[[], None]] = []

    def monitor(self, port: int = 0, *, metrics=METRICS, mode: str = "Real", certificates=None) -> SimulatedMonitor:
        made = SimulatedMonitor(port=port, metrics=metrics, mode=mode, certificates=certificates)
        self._ends.append(made.stop)
        return made

    def follow(self, address: str, **options) -> SdcConsumer:
        source = SdcConsumer("monitor", device=address, **options)
        self._ends.append(source.stop)
        source.start(self.taken)
        wait_for(lambda: source.health().state == "connected")
        return source

    def end(self) -> None:
        # The library's threads look up once a second only: let them all end at the same time, the sources first.
        threads = [threading.Thread(target=end) for end in reversed(self._ends)]
        for thread in threads:
            thread.start()
            time.sleep(0.1)
        for thread in threads:
            thread.join()
