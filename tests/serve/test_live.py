"""Live tiles: order, resume, slow browsers, heartbeats, the end of a stream."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from tests.serve.house import ANNA, START_US, House
from tests.serve.loop_thread import LoopThread

from fyr.clock import ManualClock
from fyr.serve.live import BedGone, LiveChannel, LiveHub, TileChange


async def _yes() -> bool:
    return True


def _channel(epoch: int = 7, **options: Any) -> LiveChannel:
    return LiveChannel(epoch, ManualClock(START_US), {"ward": "7A", "title": "7A"}, **options)


def _change(bed: str, number: int) -> TileChange:
    return TileChange("7A", bed, {"bed": bed, "number": number})


def parse(chunk: bytes) -> list[dict[str, Any]]:
    """Read server-sent events as the HTML standard, section 9.2.6, reads them."""
    events = []
    for block in chunk.decode().split("\n\n"):
        fields: dict[str, str] = dict(line.split(": ", 1) for line in block.splitlines())
        if "data" in fields:
            events.append({"id": fields.get("id"), "event": fields["event"], "data": json.loads(fields["data"])})
    return events


async def _read(stream: AsyncIterator[bytes], count: int, *, kinds: tuple[str, ...] = ("board", "tile")) -> list[Any]:
    events: list[Any] = []
    while len(events) < count:
        events += [event for event in parse(await anext(stream)) if event["event"] in kinds]
    return events


def run(test: Callable[[], Awaitable[None]]) -> None:
    async def in_time() -> None:
        await asyncio.wait_for(test(), 20)

    loop = LoopThread()
    try:
        loop.run(in_time())
    finally:
        loop.close()


def test_a_new_browser_gets_the_board_then_what_changes() -> None:
    async def test() -> None:
        channel = _channel()
        channel.publish([_change("01", 1), _change("02", 1), _change("01", 2)])
        stream = channel.stream(None, _yes)
        (board,) = await _read(stream, 1)
        assert board["event"] == "board"
        assert board["id"] == board["data"]["cursor"] == "7:3"
        assert board["data"]["ward"] == "7A"
        assert board["data"]["now"] == "2026-11-22T08:00:00Z"
        assert board["data"]["beds"] == [{"bed": "01", "number": 2}, {"bed": "02", "number": 1}]
        channel.publish([_change("02", 9)])
        (tile,) = await _read(stream, 1)
        assert tile == {"id": "7:4", "event": "tile", "data": {"bed": "02", "number": 9}}
        await stream.aclose()
        assert channel.watchers == 0

    run(test)


def test_a_browser_that_returns_gets_exactly_what_it_missed() -> None:
    async def test() -> None:
        channel = _channel()
        channel.publish([_change("01", number) for number in range(10)])
        stream = channel.stream("7:6", _yes)
        missed = await _read(stream, 4)
        assert [event["id"] for event in missed] == ["7:7", "7:8", "7:9", "7:10"]
        assert [event["data"]["number"] for event in missed] == [6, 7, 8, 9]
        await stream.aclose()
        nothing = channel.stream("7:10", _yes)
        (heartbeat,) = await _read(nothing, 1, kinds=("board", "tile", "heartbeat"))
        assert heartbeat["event"] == "heartbeat"
        assert heartbeat["data"] == {"now": "2026-11-22T08:00:00Z", "cursor": "7:10"}
        await nothing.aclose()

    run(test)


@pytest.mark.parametrize("cursor", ["6:8", "8:1", "7:11", "7:4", "7:", "7", "", "7:-1", "7:x", "7:٣", "nonsense"])
def test_an_unknown_cursor_gets_a_full_board(cursor: str) -> None:
    async def test() -> None:
        channel = _channel(ring=5)
        channel.publish([_change("01", number) for number in range(10)])
        stream = channel.stream(cursor, _yes)
        (first,) = await _read(stream, 1)
        assert first["event"] == "board"
        assert first["id"] == "7:10"
        await stream.aclose()

    run(test)


def test_the_ring_resumes_to_its_very_end() -> None:
    async def test() -> None:
        channel = _channel(ring=5)
        channel.publish([_change("01", number) for number in range(10)])
        stream = channel.stream("7:5", _yes)
        assert [event["id"] for event in await _read(stream, 5)] == ["7:6", "7:7", "7:8", "7:9", "7:10"]
        await stream.aclose()

    run(test)


def test_a_slow_browser_costs_no_memory_and_starts_afresh() -> None:
    async def test() -> None:
        channel = _channel(backlog=8)
        channel.publish([_change("01", 0)])
        slow = channel.stream(None, _yes)
        await _read(slow, 1)
        fast = channel.subscribe("7:1")
        for number in range(1000):
            channel.publish([_change("01", number)])
            assert len(fast.take()) < 200
        (subscription,) = channel._subscriptions - {fast}
        assert len(subscription.take()) < 8 * 200
        channel.publish([_change("02", 5)])
        (afresh,) = await _read(slow, 1)
        assert afresh["event"] == "board"
        assert afresh["data"]["beds"] == [{"bed": "01", "number": 999}, {"bed": "02", "number": 5}]
        assert afresh["id"] == "7:1002"
        channel.publish([_change("02", 6)])
        (next_tile,) = await _read(slow, 1)
        assert next_tile["id"] == "7:1003"
        await slow.aclose()

    run(test)


def test_no_tile_is_lost_or_doubled_between_board_and_stream() -> None:
    """Whatever the interleaving, a browser that applies board and tiles ends where the channel is."""

    async def test() -> None:
        channel = _channel(backlog=16)
        counter = itertools.count()

        async def publish() -> None:
            for _ in range(400):
                channel.publish([_change(f"{number % 3:02d}", number) for number in itertools.islice(counter, 3)])
                await asyncio.sleep(0)
            channel.close()

        async def watch(pause_s: float) -> dict[str, int]:
            seen: dict[str, int] = {}
            last = 0
            async for chunk in channel.stream(None, _yes, heartbeat_s=0.01):
                for event in parse(chunk):
                    if event["event"] == "board":
                        seen = {tile["bed"]: tile["number"] for tile in event["data"]["beds"]}
                    elif event["event"] == "tile":
                        seen[event["data"]["bed"]] = event["data"]["number"]
                    if event["id"]:
                        number = int(event["id"].split(":")[1])
                        assert number > last or event["event"] == "board"
                        last = number
                await asyncio.sleep(pause_s)
            return seen

        watchers = [asyncio.create_task(watch(pause_s)) for pause_s in (0, 0, 0.001)]
        await asyncio.sleep(0)
        await publish()
        for task in watchers[:1]:
            seen = await task
            assert set(seen) <= {"00", "01", "02"}
        await asyncio.gather(*watchers)

    run(test)


def test_heartbeats_come_on_time_and_stop_when_the_engine_does() -> None:
    async def test() -> None:
        alive = True
        channel = _channel(is_alive=lambda: alive)
        stream = channel.stream(None, _yes, heartbeat_s=0.05)
        begun = asyncio.get_running_loop().time()
        await _read(stream, 5, kinds=("heartbeat",))
        spent = asyncio.get_running_loop().time() - begun
        assert 0.19 <= spent < 1.5
        alive = False
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(_read(stream, 1, kinds=("heartbeat",)), 0.4)

    run(test)


def test_a_stream_ends_when_the_person_may_watch_no_longer() -> None:
    async def test() -> None:
        answers = iter([True, True, False])

        async def still_allowed() -> bool:
            return next(answers)

        channel = _channel()
        stream = channel.stream(None, still_allowed, heartbeat_s=0.02, check_every_s=0.02)
        chunks = [chunk async for chunk in stream]
        assert chunks
        assert next(answers, None) is None
        assert channel.watchers == 0

    run(test)


def test_closing_ends_every_stream_at_once() -> None:
    async def test() -> None:
        hub = LiveHub(lambda _: _channel())
        streams = [hub.channel("7A").stream(None, _yes, heartbeat_s=60) for _ in range(5)]

        async def drain(stream: AsyncIterator[bytes]) -> None:
            async for _ in stream:
                pass

        tasks = [asyncio.create_task(drain(stream)) for stream in streams]
        await asyncio.sleep(0.05)
        assert hub.channel("7A").watchers == 5
        begun = asyncio.get_running_loop().time()
        hub.close()
        await asyncio.gather(*tasks)
        assert asyncio.get_running_loop().time() - begun < 0.5

    run(test)


def test_other_threads_hand_tiles_in_and_their_order_is_kept() -> None:
    async def test() -> None:
        channel = _channel()
        hub = LiveHub(lambda _: channel)
        hub.attach(asyncio.get_running_loop())
        subscription = channel.subscribe("7:0")

        def work() -> None:
            for number in range(100):
                hub.offer([_change("01", number)])

        await asyncio.to_thread(work)
        await asyncio.sleep(0.01)
        events = parse(subscription.take())
        assert [event["data"]["number"] for event in events] == list(range(100))

    run(test)


def test_only_tiles_that_say_something_new_are_sent(house: House) -> None:
    channel = house.installation.hub.channel("7A")
    house.run_to(house.ward_clock.time_us + 1_000_000)  # the first NEWS2: refused, nothing is known yet
    before = channel.cursor
    house.installation.wards.tick()
    house.ward_clock.time_us += 1_000_000
    house.installation.wards.tick()
    assert channel.cursor == before
    house.source.send(ANNA, "heart_rate", house.ward_clock.time_us + 1_000_000, [72.0])
    house.installation.wards.tick()
    assert channel.cursor == before  # it has not come yet
    house.ward_clock.time_us += 1_000_000
    house.installation.wards.tick()
    epoch, _, sequence = before.partition(":")
    assert channel.cursor == f"{epoch}:{int(sequence) + 1}"


def test_cursors_grow_over_restarts(open_house: Callable[..., House]) -> None:
    first = open_house().installation.hub.channel("7A").cursor
    second = open_house().installation.hub.channel("7A").cursor
    assert int(second.partition(":")[0]) > int(first.partition(":")[0])


def test_a_round_of_many_beds_is_one_message_with_what_changed() -> None:
    def round_of(number: int) -> list[TileChange]:
        return [
            TileChange("7A", f"{bed:03d}", {"bed": f"{bed:03d}", "number": number, "spark": [1, 2]})
            for bed in range(500)
        ]

    async def test() -> None:
        channel = _channel(backlog=8)
        channel.publish(round_of(1))
        stream = channel.stream(None, _yes)
        (board,) = await _read(stream, 1)
        shown = {tile["bed"]: tile for tile in board["data"]["beds"]}
        assert len(shown) == 500
        channel.publish(round_of(2))
        (event,) = await _read(stream, 1, kinds=("board", "tiles"))
        assert event["event"] == "tiles"
        assert event["id"] == "7:2"
        assert event["data"]["tiles"][7] == {"bed": "007", "number": 2}
        for tile in event["data"]["tiles"]:
            shown[tile["bed"]] |= tile
        assert list(shown.values()) == json.loads(channel.board())["beds"]
        await stream.aclose()

    run(test)


def test_a_bed_that_was_left_and_what_is_wrong_with_the_house_are_told() -> None:
    async def test() -> None:
        channel = _channel()
        channel.publish([_change("01", 1), _change("02", 1)])
        stream = channel.stream("7:2", _yes)
        notice = {"id": "n", "title": "HL7 is silent", "detail": "", "since": "2026-11-22T08:00:00Z", "priority": "low"}
        channel.publish([BedGone("7A", "01")])
        channel.show_notices(json.dumps([notice]).encode())
        gone, notices = await _read(stream, 2, kinds=("gone", "notices"))
        assert gone["data"] == {"bed": "01"}
        assert notices["data"] == {"notices": [notice]}
        board = json.loads(channel.board())
        assert [tile["bed"] for tile in board["beds"]] == ["02"]
        assert board["notices"] == [notice]
        await stream.aclose()

    run(test)
