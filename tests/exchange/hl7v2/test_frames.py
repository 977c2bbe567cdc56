"""MLLP framing: whatever is cut, joined or mixed, the frames come out whole or with the reason why not."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fyr.exchange.hl7v2.frames import Frame, FrameDecoder, frame
from fyr.exchange.incoming import ProblemKind

PAYLOAD = st.binary(max_size=60).map(lambda raw: raw.replace(b"\x0b", b"").replace(b"\x1c", b""))


def kinds(frames: list[Frame]) -> list[ProblemKind | None]:
    return [one.problem.kind if one.problem else None for one in frames]


@given(st.lists(PAYLOAD, max_size=6), st.lists(st.integers(1, 40), min_size=1), st.booleans())
def test_frames_come_out_as_they_went_in_however_the_stream_is_cut(payloads, cuts, with_cr):
    stream = b"".join(frame(one) if with_cr else frame(one)[:-1] for one in payloads)
    decoder, found, at = FrameDecoder(), [], 0
    while at < len(stream):
        size = cuts[at % len(cuts)]
        found += decoder.feed(stream[at : at + size])
        at += size
    assert found + decoder.close() == [Frame(one) for one in payloads]


@given(st.binary(max_size=400), st.integers(1, 30))
def test_random_bytes_never_fail_and_are_never_held_beyond_the_bound(raw, size):
    decoder = FrameDecoder(limit=64)
    for at in range(0, len(raw), size):
        decoder.feed(raw[at : at + size])
        assert len(decoder) <= 64 * 1024
    decoder.close()


def test_a_byte_order_mark_before_the_frame_is_no_junk():
    assert FrameDecoder().feed(b"\xef\xbb\xbf" + frame(b"MSH|")) == [Frame(b"MSH|")]


def test_bytes_between_frames_are_told_and_kept():
    found = FrameDecoder().feed(frame(b"a") + b"\r\nnoise" + frame(b"b"))
    assert [one.payload for one in found] == [b"a", b"noise", b"b"]
    assert kinds(found) == [None, ProblemKind.UNREADABLE, None]


def test_endless_noise_is_told_once_and_not_held():
    decoder = FrameDecoder()
    found = [one for _ in range(100) for one in decoder.feed(b"x" * 10_000)]
    assert len(found) == 1
    assert len(decoder) <= 64 * 1024
    assert decoder.feed(frame(b"a")) == [Frame(b"a")]


def test_half_a_message_is_told_and_kept():
    decoder = FrameDecoder()
    assert decoder.feed(b"\x0bMSH|half") == []
    (half,) = decoder.close()
    assert half.payload == b"MSH|half"
    assert half.problem is not None
    assert "half a message" in half.problem.what


def test_a_message_that_begins_inside_another_leaves_half_of_the_first():
    found = FrameDecoder().feed(b"\x0bMSH|one" + frame(b"MSH|two"))
    assert [one.payload for one in found] == [b"MSH|one", b"MSH|two"]
    assert kinds(found) == [ProblemKind.UNREADABLE, None]


def test_ten_megabytes_in_one_segment_are_refused_without_holding_them():
    decoder, most = FrameDecoder(limit=1024 * 1024), 0
    found = decoder.feed(b"\x0bMSH|^~\\&|A|B|C|D|20260101||ORU^R01|77|P|2.5\rOBX|1|ST|x||")
    for _ in range(160):
        found += decoder.feed(b"7" * 65536)
        most = max(most, len(decoder))
    assert found == []
    found = decoder.feed(b"\r\x1c\r" + frame(b"next"))
    assert kinds(found) == [ProblemKind.TOO_LARGE, None]
    assert found[0].payload.startswith(b"MSH|^~\\&|A|B|C|D|20260101||ORU^R01|77")
    assert most <= 1024 * 1024
