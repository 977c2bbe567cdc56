"""What is kept, for how long, and where heavy work is done."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator

import pytest

from fyr.errors import BadInput, ServiceUnavailable
from fyr.serve.viewing import Viewing
from fyr.serve.viewing.kept import Kept


class TestKept:
    def test_a_value_is_made_once(self):
        kept, made = Kept(100), []
        for _ in range(3):
            assert kept.get("a", lambda: made.append(1) or b"abc", len) == b"abc"
        assert made == [1]

    def test_the_longest_unused_makes_room(self):
        kept, made = Kept(10), []

        def get(key):
            return kept.get(key, lambda: made.append(key) or b"1234", len)

        for key in ("a", "b", "a", "c", "a", "b"):
            get(key)
            assert kept.bytes <= 10
        assert made == ["a", "b", "c", "b"]

    def test_what_is_larger_than_the_room_is_handed_out_and_not_kept(self):
        kept = Kept(10)
        assert kept.get("a", lambda: b"x" * 11, len) == b"x" * 11
        assert kept.bytes == 0

    def test_what_fails_is_tried_again(self):
        kept = Kept(10)

        def fail():
            raise BadInput("no")

        with pytest.raises(BadInput):
            kept.get("a", fail, len)
        assert kept.get("a", lambda: b"yes", len) == b"yes"

    def test_who_asks_for_what_is_being_made_waits_for_it(self):
        kept, made = Kept(10), []
        begun, may_end = threading.Event(), threading.Event()

        def make():
            begun.set()
            assert may_end.wait(10)
            made.append(1)
            return b"abc"

        answers: list[bytes] = []
        threads = [threading.Thread(target=lambda: answers.append(kept.get("a", make, len))) for _ in range(4)]
        for one in threads:
            one.start()
        assert begun.wait(10)
        may_end.set()
        for one in threads:
            one.join(10)
        assert answers == [b"abc"] * 4
        assert made == [1]


def process_number() -> int:
    return os.getpid()


def end_at_once() -> None:
    os._exit(1)


@pytest.mark.slow
class TestHeavyWork:
    @pytest.fixture
    def viewing(self) -> Iterator[Viewing]:
        viewing = Viewing(processes=1)
        yield viewing
        viewing.close()

    def test_it_is_done_in_another_process_with_a_lower_priority(self, viewing):
        assert viewing.compute(process_number) != os.getpid()
        assert viewing.compute(os.nice, 0) > os.nice(0)

    def test_a_process_that_ends_is_said_and_started_again(self, viewing):
        with pytest.raises(ServiceUnavailable, match="ended"):
            viewing.compute(end_at_once)
        assert viewing.compute(process_number) != os.getpid()
