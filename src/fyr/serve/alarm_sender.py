"""Sends the ward's alarms to one receiver, in their order, each until it is taken; what waits survives a restart.

How far the receiver has taken the alarms of the outbox is kept after each one, so after a crash the last may be sent a
second time, under the same identifier, by which the receiver knows it.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import orjson

from fyr.errors import BadInput, FyrError, Refused
from fyr.exchange.outgoing import Sink
from fyr.serve.outbox import Outbox

__all__ = ["AlarmSender", "SenderReport"]

_LOG: Final = logging.getLogger("fyr.serve")
_FIRST_PAUSE_S: Final = 0.5
_LONGEST_PAUSE_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class SenderReport:
    """How sending goes: how many wait, were taken, were refused, and what is wrong."""

    name: str
    kind: str
    waiting: int
    delivered: int
    refused: int
    last_delivered_us: int | None
    problem: str | None


class AlarmSender:
    """One sink, and how far it has got.

    Parameters
    ----------
    sink : Sink
    kind : str
        As in ``fyr.toml``.
    outbox : Outbox
    place : Path
        The file that says how far the receiver has got. A new receiver begins with what comes from then on.
    """

    def __init__(self, sink: Sink, kind: str, outbox: Outbox, place: Path) -> None:
        self._sink = sink
        self._kind = kind
        self._outbox = outbox
        self._place = place
        self._next = self._kept()
        self._delivered = 0
        self._refused = 0
        self._last_us: int | None = None
        self._problem: str | None = None
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to send, in a thread of its own."""
        self._stop.clear()
        self._thread = threading.Thread(target=self._run, name=f"fyr-sink-{self._sink.name}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop when the alarm that is being sent is answered."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=15)
            self._thread = None
        self._sink.close()

    def report(self) -> SenderReport:
        """Say how sending goes; any thread may ask."""
        waiting = max(0, self._outbox.end - self._next)
        return SenderReport(
            self._sink.name, self._kind, waiting, self._delivered, self._refused, self._last_us, self._problem
        )

    def _run(self) -> None:
        pause_s = _FIRST_PAUSE_S
        while not self._stop.is_set():
            try:
                self._send_what_waits()
                pause_s, self._problem = _FIRST_PAUSE_S, None
                self._outbox.wait(1.0)
            except FyrError as problem:
                self._problem = problem.what
                _LOG.warning("the receiver %s takes no alarms: %s", self._sink.name, problem.what)
            except Exception:  # noqa: BLE001  the thread outlives a fault of our own; the notice says so
                self._problem = "sending failed; the server's log has the details"
                _LOG.exception("sending to %s failed", self._sink.name)
            if self._problem is not None:
                self._stop.wait(pause_s)
                pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)

    def _send_what_waits(self) -> None:
        while not self._stop.is_set():
            alarms = self._outbox.read(self._next)
            if not alarms:
                return
            for alarm in alarms:
                if self._stop.is_set():
                    return
                try:
                    self._sink.send(alarm)
                    self._delivered += 1
                    self._last_us = time.time_ns() // 1000
                except Refused as problem:
                    self._refused += 1
                    _LOG.warning("the receiver %s refused an alarm: %s", self._sink.name, problem.what)
                self._next += 1
                self._keep()
                self._problem = None

    def _kept(self) -> int:
        try:
            return int(orjson.loads(self._place.read_bytes())["next"])
        except FileNotFoundError:
            return self._outbox.end
        except (ValueError, KeyError, TypeError) as problem:
            raise BadInput(
                "the file that says how far a receiver of alarms has got is damaged",
                where=str(self._place),
                mend="restore it from the backup, or remove it to begin with what comes from now on",
            ) from problem

    def _keep(self) -> None:
        new = self._place.with_suffix(".new")
        new.write_bytes(orjson.dumps({"next": self._next}))
        new.replace(self._place)
