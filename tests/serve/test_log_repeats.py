"""A flood of one message is a few lines and a count; nothing else is held back."""

from __future__ import annotations

import logging

from fyr.serve.log_repeats import Repeats


def _record(template: str, *arguments: object) -> logging.LogRecord:
    return logging.LogRecord("fyr", logging.ERROR, __file__, 1, template, arguments, None)


def test_a_flood_is_ten_lines_and_a_count() -> None:
    now_s = [0.0]
    repeats = Repeats(lambda: now_s[0])
    assert sum(repeats.filter(_record("nothing can be kept: %s", number)) for number in range(5000)) == 10
    assert repeats.filter(_record("something else"))
    now_s[0] = 9.9
    assert not repeats.filter(_record("nothing can be kept: %s", 1))
    now_s[0] = 10.0
    again = _record("nothing can be kept: %s", "still")
    assert repeats.filter(again)
    assert again.getMessage() == "nothing can be kept: still (and 4991 more like it)"
    now_s[0] = 20.0
    after = _record("nothing can be kept: %s", "still")
    assert repeats.filter(after)
    assert after.getMessage() == "nothing can be kept: still"


def test_what_is_always_new_is_never_held_back_and_takes_no_memory() -> None:
    repeats = Repeats(lambda: 0.0)
    assert all(repeats.filter(_record(f"message {number}")) for number in range(5000))
    assert len(repeats._seen) <= 1000
