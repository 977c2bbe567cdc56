"""A message waits until it is taken; a site has one line; an earlier run's word means nothing."""

from __future__ import annotations

import threading
import time

from fyr.learn.federation.carriers.post_boxes import PostBoxes


def test_a_message_is_handed_out_until_it_is_taken() -> None:
    boxes = PostBoxes(("oslo", "lund"))
    boxes.put("oslo", b"one")
    boxes.put("oslo", b"two")
    boxes.put("oslo", b"one")  # it waits there already
    assert [boxes.fetch("oslo", 0) for _ in range(2)] == [(1, b"one"), (1, b"one")]
    boxes.taken("oslo", "another run", 1)
    assert boxes.fetch("oslo", 0) == (1, b"one")
    boxes.taken("oslo", boxes.session, 1)
    assert boxes.fetch("oslo", 0) == (2, b"two")
    boxes.taken("oslo", boxes.session, 2)
    assert boxes.fetch("oslo", 0) is None
    assert boxes.fetch("lund", 0) is None
    boxes.put("oslo", b"one")  # asked again, after it was taken
    assert boxes.fetch("oslo", 0) == (3, b"one")


def waiting(boxes: PostBoxes, found: list[object]) -> threading.Thread:
    thread = threading.Thread(target=lambda: found.append(boxes.fetch("oslo", 20)))
    thread.start()
    while boxes.heard()["oslo"] is None:
        time.sleep(0.001)
    return thread


def test_an_older_line_gives_up_for_a_newer_one() -> None:
    boxes, found = PostBoxes(("oslo",)), list[object]()
    older = waiting(boxes, found)
    assert boxes.fetch("oslo", 0) is None
    older.join(5)
    assert found == [None]
    boxes.put("oslo", b"one")
    assert boxes.fetch("oslo", 0) == (1, b"one")


def test_the_end_wakes_who_waits() -> None:
    boxes, found = PostBoxes(("oslo",)), list[object]()
    line = waiting(boxes, found)
    boxes.end("over")
    line.join(5)
    assert (found, boxes.ended) == ([None], "over")


def test_what_came_is_given_once_in_the_order_in_which_it_came() -> None:
    boxes = PostBoxes(("oslo",))
    begun = time.monotonic()
    assert boxes.come(0.05) == []
    assert time.monotonic() - begun >= 0.05
    for message in (b"a", b"b", b"a"):
        boxes.hand_in(message)
    assert boxes.come(1) == [b"a", b"b", b"a"]
    assert boxes.come(0) == []
