"""Watches the house itself: sources, sinks, the engine, the journal and the disk; says what is wrong, and when it ends.

What is looked at stands in plain functions of what is seen and the time; a trouble begins at once where its own bound
is a duration (silent for two minutes), and ends when it has been over for some seconds, so that a link that comes and
goes is one notice. No notice names a patient.
"""

from __future__ import annotations

import logging
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from fyr.clock import DAY_US, SECOND_US, Clock, SystemClock, format_duration
from fyr.exchange.incoming import SourceState
from fyr.serve.alarm_sender import AlarmSender, SenderReport
from fyr.serve.configuration import WatchdogSettings
from fyr.serve.disk_pace import DiskPace
from fyr.serve.interfaces import SourceReport
from fyr.serve.notices import Notice, NoticeBoard
from fyr.serve.service_notice import ServiceNotice
from fyr.watch.arrival import ClockState
from fyr.watch.arriving import DeviceState

__all__ = [
    "EnginePulse",
    "Lines",
    "Trouble",
    "Watchdog",
    "device_troubles",
    "engine_troubles",
    "late_troubles",
    "source_troubles",
]

_LOG: Final = logging.getLogger("fyr.serve")
_GIB: Final = 1024**3
_EVERY_S: Final = 1.0
_OVER_FOR_US: Final = 10 * SECOND_US
_LOST_FOR_US: Final = 5 * SECOND_US
_ROOM_AGAIN: Final = 1.1
"""So much more than the bound must be free before the disk has room again."""
_FULL_SOON: Final = (
    ("disk/days", 3, "The disk is full within 3 days", "medium"),
    ("disk/weeks", 14, "The disk is full within 14 days", "low"),
)
"""Fewer days than so many before the disk is full are told, under a subject of their own, as so urgent."""

_NAMED: Final = 5
"""So many late beds have a notice each; more have one together."""
_NOT_KEPT: Final = "the journal cannot be written"
_NO_ANSWER_AFTER_S: Final = 30.0
_HUNG_AFTER_S: Final = 60.0
"""An engine whose round has not come back for so long is restarted by the service manager."""


class EnginePulse(Protocol):
    """How the engine is; :class:`fyr.serve.ward_watch.Pulse` is one."""

    @property
    def status(self) -> str:
        """``ok``, ``lagging`` or ``failed``."""
        ...

    @property
    def behind_s(self) -> float:
        """How long ago its last round ended well."""
        ...


class Lines(Protocol):
    """The lines to other systems; :class:`fyr.serve.interfaces.Interfaces` are such."""

    @property
    def senders(self) -> Sequence[AlarmSender]:
        """What sends to each sink."""
        ...

    def sources(self) -> Sequence[SourceReport]:
        """Return how each source is."""
        ...


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that is wrong now.

    Parameters
    ----------
    subject, title, detail, priority : str
        As in :class:`fyr.serve.notices.Notice`.
    after_us : int
        How long it must be so before it is told.
    """

    subject: str
    title: str
    detail: str
    priority: str
    after_us: int = 0


class Watchdog:
    """Looks at the house every second.

    Parameters
    ----------
    board : NoticeBoard
    home : Path
        Whose disk must have room.
    pulse : callable
        Says how the engine is.
    settings : WatchdogSettings
    clock : Clock
        The machine's own.
    service : ServiceNotice, optional
        The service manager; told that the server lives for as long as the engine's rounds come back.
    devices : callable
        The devices whose clocks are watched.
    """

    def __init__(
        self,
        board: NoticeBoard,
        home: Path,
        pulse: Callable[[], EnginePulse],
        *,
        settings: WatchdogSettings | None = None,
        clock: Clock | None = None,
        service: ServiceNotice | None = None,
        devices: Callable[[], Sequence[DeviceState]] = lambda: (),
    ) -> None:
        self.board = board
        self.service = service or ServiceNotice()
        self.interfaces: Lines | None = None
        """The sources and sinks to watch; set before :meth:`start`."""
        self.required: frozenset[str] = frozenset()
        """The names of the sources without which the server is not ready."""
        self.settings = settings or WatchdogSettings()
        self._home = home
        self._pace = DiskPace()
        self._pulse = pulse
        self._clock = clock or SystemClock()
        self._devices = devices
        self._journal_trouble: str | None = None
        self._seen_since: dict[str, int] = {}
        self._last_seen: dict[str, int] = {}
        self._sent: dict[str, tuple[int, int]] = {}
        self._reports: tuple[SourceReport, ...] = ()
        self._sends: tuple[SenderReport, ...] = ()
        self._clocks: tuple[DeviceState, ...] = ()
        self._asked_s = time.monotonic()
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    def journal_trouble(self, what: str | None) -> None:
        """Take note that nothing can be kept, or (``None``) that it can again; any thread may call it."""
        self._journal_trouble = what

    def start(self) -> None:
        """Take up what stood, and begin to watch in threads of its own.

        One thread asks others, who may hold a lock or wait for a disk for long; one looks at what they last said, and
        says so where they say nothing any more.
        """
        self._stop.clear()
        self.board.resume()
        self._asked_s = time.monotonic()
        for what in (self.ask, self.look):
            thread = threading.Thread(target=self._run, args=(what,), name=f"fyr-watchdog-{what.__name__}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def stop(self) -> None:
        """Watch no more."""
        self._stop.set()
        for thread in self._threads:
            thread.join(_EVERY_S)
        self._threads.clear()

    def check(self) -> None:
        """Ask everybody, look at everything, and keep what is new, once."""
        self.ask()
        self.look()
        self._keep()

    def ask(self) -> None:
        """Ask sources, sinks and devices how they are, and keep the notices that wait to be kept."""
        lines = self.interfaces
        self._keep()
        self._clocks = tuple(self._devices())
        self._reports = () if lines is None else tuple(lines.sources())
        self._sends = () if lines is None else tuple(one.report() for one in lines.senders)
        self._asked_s = time.monotonic()

    def look(self) -> None:
        """Look at what was said last; waits for nobody."""
        now_us = self._clock.now_us()
        wrong = {trouble.subject: trouble for trouble in self._troubles(now_us)}
        begun = []
        for subject, trouble in wrong.items():
            since_us = self._seen_since.setdefault(subject, now_us)
            self._last_seen[subject] = now_us
            if now_us - since_us >= trouble.after_us:
                begun.append(_notice(trouble, now_us))
        quiet = [one.subject for one in self.board.standing() if one.subject not in wrong]
        over = [subject for subject in quiet if now_us - self._last_seen.setdefault(subject, now_us) >= _OVER_FOR_US]
        for subject in [one for one in self._seen_since if one not in wrong]:
            del self._seen_since[subject]
        self.board.change(begun, over, now_us)
        pulse = self._pulse()
        if pulse.behind_s < _HUNG_AFTER_S or pulse.status == "failed":
            self.service.alive(_status(pulse, len(self.board.standing())))

    def is_ready(self) -> tuple[bool, str]:
        """Say whether the server can be relied on now, and if not, why."""
        if self._pulse().status != "ok":
            return False, "the engine does not keep up"
        if self._journal_trouble is not None:
            return False, "the journal cannot be written"
        for source in () if self.interfaces is None else self.interfaces.sources():
            state = source.health.state
            if source.name in self.required and state not in (SourceState.LISTENING, SourceState.CONNECTED):
                return False, f"the source '{source.name}' is {state.value}"
        return True, "ready"

    def _keep(self) -> None:
        if not self.board.keep():
            self._journal_trouble = _NOT_KEPT
        elif self._journal_trouble == _NOT_KEPT:
            self._journal_trouble = None

    def _run(self, what: Callable[[], None]) -> None:
        while not self._stop.is_set():
            try:
                what()
            except Exception:  # noqa: BLE001  the watchdog outlives a fault of our own
                _LOG.exception("the watchdog's round failed")
            self._stop.wait(_EVERY_S)

    def _troubles(self, now_us: int) -> Iterator[Trouble]:
        for source in self._reports:
            yield from source_troubles(source)
            yield from late_troubles(source)
        yield from self._sink_troubles(now_us)
        for device in self._clocks:
            yield from device_troubles(device)
        yield from engine_troubles(self._pulse(), self.settings.lag_after_us)
        if time.monotonic() - self._asked_s >= _NO_ANSWER_AFTER_S:
            yield Trouble(
                "house",
                "The server does not answer itself",
                "The ward, the database or a disk has not answered for long. Look at the machine, and rely on the "
                "monitors.",
                "high",
            )
        if self._journal_trouble is not None:
            yield Trouble(
                "journal",
                "Nothing can be kept",
                "What devices send is not accepted, and alarms may be missing. Look at the disk and the database.",
                "high",
            )
        yield from self._disk_troubles(now_us)

    def _sink_troubles(self, now_us: int) -> Iterator[Trouble]:
        """Say that alarms wait for a sink that has taken none for too long."""
        for report in self._sends:
            answered = report.delivered + report.refused
            before, since_us = self._sent.get(report.name, (-1, now_us))
            if not report.waiting or before != answered:
                since_us = now_us
            self._sent[report.name] = (answered, since_us)
            if now_us - since_us >= self.settings.sink_waits_after_us:
                yield Trouble(
                    f"sink/{report.name}",
                    f"Alarms wait for '{report.name}'",
                    "They are kept and sent when it takes them. See that the receiver runs and can be reached.",
                    "high",
                )

    def _disk_troubles(self, now_us: int) -> Iterator[Trouble]:
        standing = {one.subject for one in self.board.standing()}
        try:
            free = shutil.disk_usage(self._home).free
        except OSError as problem:
            yield Trouble("disk", "The disk does not answer", f"{problem.strerror}: look at it now.", "high")
            return
        if free / _GIB < self.settings.disk_free_gib * (_ROOM_AGAIN if "disk" in standing else 1):
            yield Trouble(
                "disk",
                "The disk is nearly full",
                f"Less than {self.settings.disk_free_gib:g} GiB is free for the record. Make room before it is full.",
                "medium",
            )
        full = self._pace.see(free, now_us)
        for subject, days, title, priority in _FULL_SOON:
            if full is not None and full.left_us < days * DAY_US * (_ROOM_AGAIN if subject in standing else 1):
                words = str(full)
                yield Trouble(
                    subject,
                    title,
                    f"{words[0].upper()}{words[1:]}. Make room, or enlarge it, before then.",
                    priority,
                )
                return


def source_troubles(source: SourceReport) -> Iterator[Trouble]:
    """Say what is wrong with a source: it lost what it reads from, or nothing was accepted from it for too long."""
    if source.health.state is SourceState.LOST:
        yield Trouble(
            f"source/{source.name}/lost",
            f"Source '{source.name}' is lost",
            "Nothing comes from it; Fyr goes on trying. See that what it reads from runs and can be reached.",
            "medium",
            _LOST_FOR_US,
        )
    elif source.is_silent and source.silent_after_us is not None:
        yield Trouble(
            f"source/{source.name}/silent",
            f"Source '{source.name}' is silent",
            f"Nothing was accepted from it for {format_duration(source.silent_after_us)} or longer. "
            "See that its senders run, and whether what they send is refused.",
            "medium",
        )


def late_troubles(source: SourceReport) -> Iterator[Trouble]:
    """Say that everything from a bed comes too late: it is kept, and raises no alarm; of many beds at once."""
    few = len(source.late) <= _NAMED
    some = [(f"{source.name} {one.place}", f"/{one.place}", one.behind_us) for one in source.late] if few else []
    if not few:
        some = [(source.name, "", max(one.behind_us for one in source.late))]
    for name, subject, behind_us in some:
        yield Trouble(
            f"source/{source.name}/late{subject}",
            f"Samples of '{name}' come too late",
            ("" if few else f"From more than {_NAMED} beds. ")
            + f"They are {format_duration(behind_us)} behind: kept, but not watched. Rely on the monitor, and see "
            "whether the device's clock is behind or the line is slow.",
            "medium",
        )


def device_troubles(device: DeviceState) -> Iterator[Trouble]:
    """Say that a device's clock is ahead; its samples wait until their time has come."""
    if device.clock is ClockState.AHEAD:
        yield Trouble(
            f"device/{device.device}/clock",
            f"The clock of '{device.device}' is ahead",
            f"By {format_duration(max(device.ahead_us, 0))} when it was last seen to change. Set its clock.",
            "medium",
        )


def engine_troubles(pulse: EnginePulse, lag_after_us: int) -> Iterator[Trouble]:
    """Say that the engine failed, or that its rounds come late."""
    if pulse.status == "failed":
        yield Trouble(
            "engine/failed",
            "The ward is not watched",
            "The engine's rounds fail; the server's log has the details. Rely on the monitors.",
            "high",
        )
    elif pulse.behind_s * SECOND_US >= lag_after_us:
        yield Trouble(
            "engine/lagging",
            "The ward is watched late",
            "The engine does not keep up. Look at the load of the machine, and rely on the monitors.",
            "high",
        )


def _notice(trouble: Trouble, now_us: int) -> Notice:
    return Notice(
        f"{trouble.subject}/{now_us}", trouble.subject, trouble.title, trouble.detail, now_us, trouble.priority
    )


def _status(pulse: EnginePulse, notices: int) -> str:
    state = "the engine keeps up" if pulse.status == "ok" else f"the engine is {pulse.status}"
    return f"{state}; {notices} notice(s) stand" if notices else state
