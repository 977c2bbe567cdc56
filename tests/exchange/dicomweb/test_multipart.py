"""Multipart bodies: whatever is written is read again, in whatever pieces it arrives."""

from __future__ import annotations

from email import message_from_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fyr.errors import BadInput
from fyr.exchange.dicomweb.media_types import MediaType, media_type
from fyr.exchange.dicomweb.multipart import Part, PartReader, boundary_of, in_large_pieces, parts_written

CONTENTS = st.lists(
    st.one_of(st.binary(max_size=200), st.sampled_from([b"\r\n--x", b"--x--\r\n", b"\r\n"])), max_size=5
)


def _read(body: bytes, size: int, boundary: bytes = b"x1y2z3") -> list[Part]:
    reader = PartReader(boundary)
    found = [part for begin in range(0, len(body), size) for part in reader.feed(body[begin : begin + size])]
    reader.finish()
    return found


@given(CONTENTS, st.integers(1, 300))
def test_what_is_written_is_read_in_any_pieces(contents: list[bytes], size: int) -> None:
    parts = [Part("application/dicom", data) for data in contents]
    assert _read(b"".join(parts_written(parts, "x1y2z3")), size) == parts


def test_pythons_own_reader_of_mail_reads_what_is_written() -> None:
    parts = [Part("application/dicom", b"\0\1\2\r\n--"), Part("image/jp2; transfer-syntax=1.2", b"")]
    body = b"".join(parts_written(parts, "abc"))
    read = message_from_bytes(b'Content-Type: multipart/related; boundary="abc"\r\n\r\n' + body)
    assert [one.get_content_type() for one in read.get_payload()] == ["application/dicom", "image/jp2"]
    assert read.get_payload()[0]["Content-Length"] == "7"


def test_a_preamble_and_white_space_after_a_boundary_are_passed_over() -> None:
    body = b"preamble\r\n--x1y2z3  \r\nContent-Type: a/b\r\n\r\n1\r\n--x1y2z3\t\r\n\r\n2\r\n--x1y2z3--\r\nepilogue"
    assert _read(body, 7) == [Part("a/b", b"1"), Part("", b"2")]


def test_lines_that_end_with_lf_alone_are_named() -> None:
    with pytest.raises(BadInput, match="end with LF alone"):
        _read(b"--x1y2z3\nContent-Type: a/b\n\n1\n--x1y2z3--\n", 5)


@pytest.mark.parametrize("body", [b"", b"--x1y2z3\r\n\r\nhalf", b"--x1y2z3\r\n\r\n1\r\n--x1y2z3\r\n"])
def test_a_body_that_ends_too_early_is_refused(body: bytes) -> None:
    with pytest.raises(BadInput, match="ends too early"):
        _read(body, 5)


def test_a_part_that_is_too_large_is_refused_before_it_is_all_there() -> None:
    reader = PartReader(b"b", most=1000)
    assert list(reader.feed(b"--b\r\n\r\n" + b"x" * 1000)) == []
    with pytest.raises(BadInput, match="larger than 1,000 bytes"):
        list(reader.feed(b"x" * 20_000))


def test_a_part_without_a_head_is_refused() -> None:
    with pytest.raises(BadInput, match="a part has no head"):
        _read(b"--x1y2z3\r\nno empty line\r\n--x1y2z3--", 100)


def test_the_boundary_is_named_by_the_type() -> None:
    assert boundary_of(media_type('multipart/related; type="application/dicom"; boundary="a b"')) == b"a b"
    with pytest.raises(BadInput, match="names no boundary"):
        boundary_of(MediaType("multipart/related", {}))


def test_small_pieces_are_joined_and_none_is_lost() -> None:
    pieces = [b"a" * 3, b"b" * 3, b"", b"c" * 9, b"d"]
    assert list(in_large_pieces(pieces, 5)) == [b"aaabbb", b"c" * 9, b"d"]
    assert list(in_large_pieces([])) == []
