"""The house's own troubles: when they begin, when they end, who is told, what is kept."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from fyr.clock import DAY_US, HOUR_US, MINUTE_US, SECOND_US, ManualClock, from_iso, to_datetime
from fyr.errors import ServiceUnavailable
from fyr.exchange.incoming import SourceHealth, SourceState
from fyr.record import Access
from fyr.record.record import Record
from fyr.serve.alarm_sender import SenderReport
from fyr.serve.configuration import WatchdogSettings
from fyr.serve.disk_pace import DiskPace, FullIn
from fyr.serve.intake import SourceCounts
from fyr.serve.interfaces import SourceReport
from fyr.serve.late_beds import LateBed
from fyr.serve.notices import Notice, NoticeBoard, read_notices
from fyr.serve.service_notice import ServiceNotice
from fyr.serve.stays import Place
from fyr.serve.ward_watch import Pulse
from fyr.serve.watchdog import Watchdog

GIB = 1024**3


@dataclass
class House:
    """Everything that the watchdog sees, turned by the test."""

    record: Record
    told: list[tuple[str, ...]] = field(default_factory=list)
    clock: ManualClock = field(default_factory=lambda: ManualClock(1_000 * MINUTE_US))
    pulse: Pulse = field(default_factory=lambda: Pulse("ok", 0.4, None))
    free: float = 100.0
    state: SourceState = SourceState.CONNECTED
    silent: bool = False
    late: tuple[LateBed, ...] = ()
    waiting: int = 0
    delivered: int = 0
    service: ServiceNotice = field(default_factory=lambda: ServiceNotice(""))

    def watchdog(self) -> Watchdog:
        board = NoticeBoard(self.record.journal, self._tell)
        dog = Watchdog(
            board, Path("/srv"), lambda: self.pulse, clock=self.clock, settings=WatchdogSettings(), service=self.service
        )
        dog.interfaces = self  # type: ignore[assignment]
        dog.required = frozenset({"monitors"})
        board.resume()
        return dog

    def _tell(self, notices: Sequence[Notice]) -> None:
        self.told.append(tuple(one.subject for one in notices))

    def sources(self) -> list[SourceReport]:
        counts = SourceCounts(messages=3, accepted=3, last_accepted_us=self.clock.time_us)
        health = SourceHealth(self.state)
        return [SourceReport("monitors", "mllp", health, counts, 2 * MINUTE_US, self.silent, self.late)]

    @property
    def senders(self) -> list[Any]:
        report = SenderReport("call-system", "pcd04", self.waiting, self.delivered, 0, None, None)
        return [SimpleNamespace(report=lambda: report)]

    def run(self, dog: Watchdog, seconds: int, each: Callable[[], None] = lambda: None) -> None:
        for _ in range(seconds):
            self.clock.time_us += SECOND_US
            each()
            dog.check()


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    record = Record.open(tmp_path / "home", access=Access("test", "software", "care"))
    made = House(record)
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=int(made.free * GIB)))
    return made


def _subjects(dog: Watchdog) -> list[str]:
    return [one.subject for one in dog.board.standing()]


def test_a_house_in_order_has_no_notices(house: House) -> None:
    dog = house.watchdog()
    house.run(dog, 300)
    assert house.told in ([], [()])
    assert dog.is_ready() == (True, "ready")


def test_a_silent_source_is_told_once_and_ends_when_it_speaks_for_ten_seconds(house: House) -> None:
    dog = house.watchdog()
    house.run(dog, 1)
    house.silent = True
    house.run(dog, 60)
    (notice,) = dog.board.standing()
    assert (notice.subject, notice.priority) == ("source/monitors/silent", "medium")
    assert "2 min" in notice.detail
    began_us = notice.since_us
    house.silent = False
    house.run(dog, 9)
    house.silent = True
    house.run(dog, 5)
    assert [one.since_us for one in dog.board.standing()] == [began_us]  # a link that comes and goes is one notice
    house.silent = False
    house.run(dog, 9)
    assert _subjects(dog) == ["source/monitors/silent"]
    house.run(dog, 1)
    assert _subjects(dog) == []
    assert [told for told in house.told if told] == [("source/monitors/silent",)]


def test_a_lost_source_is_told_after_five_seconds(house: House) -> None:
    dog = house.watchdog()
    house.state = SourceState.LOST
    house.run(dog, 5)
    assert _subjects(dog) == []
    assert dog.is_ready() == (False, "the source 'monitors' is lost")
    house.run(dog, 1)
    assert _subjects(dog) == ["source/monitors/lost"]


def test_alarms_that_wait_are_told_only_while_none_is_taken(house: House) -> None:
    dog = house.watchdog()
    house.waiting = 5

    def one_taken() -> None:
        house.delivered += 1

    house.run(dog, 120, one_taken)
    assert _subjects(dog) == []
    house.run(dog, 59)
    assert _subjects(dog) == []
    house.run(dog, 1)
    assert _subjects(dog) == ["sink/call-system"]
    house.waiting = 0
    house.run(dog, 10)
    assert _subjects(dog) == []


def test_the_engine_that_lags_or_fails_is_told_at_once(house: House) -> None:
    dog = house.watchdog()
    house.pulse = Pulse("lagging", 9.9, None)
    house.run(dog, 1)
    assert _subjects(dog) == []
    assert not dog.is_ready()[0]
    house.pulse = Pulse("lagging", 10.0, None)
    house.run(dog, 1)
    assert _subjects(dog) == ["engine/lagging"]
    house.pulse = Pulse("failed", 12.0, "demo/17 is on no ward")
    house.run(dog, 1)
    assert set(_subjects(dog)) == {"engine/lagging", "engine/failed"}
    assert "demo/17" not in "".join(one.title + one.detail for one in dog.board.standing())


def test_a_disk_that_will_be_full_within_two_weeks_is_told_of_after_an_hour(house: House) -> None:
    """100 GiB are free and 0.4 go every hour: 10 days and some hours are left."""
    dog = house.watchdog()
    begun_us = house.clock.time_us
    assert f"{to_datetime(begun_us):%H:%M}" == "16:40"

    def pass_by(hours: float, gib_an_hour: float) -> None:
        for _ in range(round(hours * 60)):
            house.clock.time_us += MINUTE_US
            house.free -= gib_an_hour / 60
            dog.check()

    dog.check()
    pass_by(59 / 60, 0.4)
    assert _subjects(dog) == []
    pass_by(2 / 60, 0.4)
    (notice,) = dog.board.standing()
    assert (notice.subject, notice.priority) == ("disk/weeks", "low")
    assert notice.title == "The disk is full within 14 days"
    assert notice.detail.startswith("At the pace since 16:40 UTC the disk is full in 10 days.")

    pass_by(24, 3)  # faster: what stood is told more urgently, and not twice
    (notice,) = dog.board.standing()
    assert (notice.subject, notice.priority) == ("disk/days", "medium")
    assert "the disk is full in 2 days" in notice.detail or "the disk is full in 1 day." in notice.detail

    house.free += 200  # somebody makes room
    pass_by(2, 0.01)
    assert _subjects(dog) == []


@pytest.mark.parametrize("gib_an_hour", [0.0, 0.25, -1.0])
def test_a_disk_that_lasts_longer_or_empties_is_no_news(house: House, gib_an_hour: float) -> None:
    dog = house.watchdog()
    for _ in range(6 * 26):
        house.clock.time_us += 10 * MINUTE_US
        house.free -= gib_an_hour / 6
        dog.look()
    assert _subjects(dog) == []


def test_what_comes_and_goes_every_night_is_no_pace() -> None:
    pace, free, told = DiskPace(), 100 * GIB, []
    for minute in range(4 * 24 * 60):
        hour, past = divmod(minute, 60)
        if hour % 24 == 2 and past == 0:
            free -= 5 * GIB  # a backup is made
        if hour % 24 == 3 and past == 0:
            free += 5 * GIB  # an old one goes
        found = pace.see(free, minute * MINUTE_US)
        told += [found] if hour > 28 and found is not None else []
    assert {one.days for one in told} <= set(range(14, 1000))


def test_the_day_stands_with_the_hour_where_it_was_another() -> None:
    begun_us = from_iso("2026-11-26T22:05:00Z")
    same = FullIn(begun_us, begun_us + 90 * MINUTE_US, 9 * DAY_US + 1)
    assert str(same) == "at the pace since 22:05 UTC the disk is full in 9 days"
    other = FullIn(begun_us, begun_us + 150 * MINUTE_US, DAY_US)
    assert str(other) == "at the pace since 2026-11-26 22:05 UTC the disk is full in 1 day"
    assert str(FullIn(begun_us, begun_us, DAY_US - 1)).endswith("in less than a day")


def test_a_disk_has_room_again_only_when_a_tenth_more_is_free(house: House) -> None:
    dog = house.watchdog()
    house.free = 1.9
    house.run(dog, 1)
    assert _subjects(dog) == ["disk"]
    house.free = 2.1
    house.run(dog, 60)
    assert _subjects(dog) == ["disk"]
    house.free = 2.3
    house.run(dog, 60)
    assert _subjects(dog) == []


def test_notices_outlive_the_server_and_every_beginning_and_end_is_kept_once(house: House) -> None:
    dog = house.watchdog()
    house.silent = True
    house.run(dog, 1)
    (before,) = dog.board.standing()
    house.clock.time_us += MINUTE_US  # the server is killed, and another comes
    again = house.watchdog()
    assert again.board.standing() == (before,)
    house.run(again, 5)
    assert again.board.standing() == (before,)
    house.silent = False
    house.run(again, 10)
    assert again.board.standing() == ()
    kept = read_notices(house.record.journal)
    assert [(event, notice.id) for event, notice, _ in kept] == [("begun", before.id), ("ended", before.id)]
    assert kept[1][2] == house.clock.time_us
    assert house.watchdog().board.standing() == ()


def test_a_journal_that_cannot_be_written_is_told_and_nothing_is_lost(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    dog = house.watchdog()
    append = house.record.journal.append
    full = True

    def refuse(*arguments: Any, **options: Any) -> Any:
        if full:
            raise ServiceUnavailable("the disk is full")
        return append(*arguments, **options)

    monkeypatch.setattr(house.record.journal, "append", refuse)
    dog.journal_trouble("the disk is full")
    house.run(dog, 2)
    assert _subjects(dog) == ["journal"]
    assert dog.is_ready() == (False, "the journal cannot be written")
    full = False
    dog.journal_trouble(None)
    house.run(dog, 12)
    assert _subjects(dog) == []
    assert dog.is_ready()[0]
    assert [event for event, _, _ in read_notices(house.record.journal)] == ["begun", "ended"]


def test_what_hangs_keeps_nobody_from_hearing_of_it(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A ward that hangs with its lock held, or a database that does not answer, blocks who asks and not who looks."""
    asked, let_go = threading.Event(), threading.Event()

    def hang() -> list[SourceReport]:
        asked.set()
        let_go.wait(20)
        return []

    monkeypatch.setattr(house, "sources", hang)
    dog = house.watchdog()
    dog.start()
    try:
        assert asked.wait(5)
        house.pulse = Pulse("lagging", 12.0, None)
        end = time.monotonic() + 5
        while not dog.board.standing():
            assert time.monotonic() < end
            time.sleep(0.05)
        assert _subjects(dog) == ["engine/lagging"]
        now_s = time.monotonic()
        monkeypatch.setattr("time.monotonic", lambda: now_s + 31)
        dog.look()
        assert "house" in _subjects(dog)
    finally:
        monkeypatch.undo()
        let_go.set()
        dog.stop()


def test_the_service_manager_hears_of_life_until_the_engine_hangs(house: House, tmp_path: Path) -> None:
    address = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(address)
        heard.settimeout(0.2)
        house.service = ServiceNotice(address)
        house.service.ready()
        assert heard.recv(1000) == b"READY=1"
        dog = house.watchdog()
        dog.check()
        assert heard.recv(1000) == b"WATCHDOG=1\nSTATUS=the engine keeps up"
        house.pulse = Pulse("lagging", 61.0, None)
        dog.check()
        with pytest.raises(TimeoutError):
            heard.recv(1000)
        house.pulse = Pulse("failed", 61.0, "the disk is full")  # its rounds come back: a restart would mend nothing
        dog.check()
        assert heard.recv(1000).startswith(b"WATCHDOG=1\nSTATUS=the engine is failed")
        house.service.stopping()
        assert heard.recv(1000).startswith(b"STOPPING=1")


def test_without_a_service_manager_nothing_is_sent(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    assert not ServiceNotice().is_heard
    ServiceNotice().ready()
    ServiceNotice(str(tmp_path / "nobody")).alive()


def test_beds_that_are_late_are_named_and_many_are_told_together(house: House) -> None:
    dog = house.watchdog()
    house.late = tuple(LateBed(Place("7A", f"{bed:02}"), HOUR_US) for bed in range(2))
    house.run(dog, 1)
    assert _subjects(dog) == ["source/monitors/late/7A/00", "source/monitors/late/7A/01"]
    (first, _) = dog.board.standing()
    assert first.title == "Samples of 'monitors 7A/00' come too late"
    assert "1 h behind" in first.detail
    house.late = tuple(LateBed(Place("7A", f"{bed:02}"), HOUR_US) for bed in range(40))
    house.run(dog, 15)
    assert _subjects(dog) == ["source/monitors/late"]
    house.late = ()
    house.run(dog, 15)
    assert _subjects(dog) == []
