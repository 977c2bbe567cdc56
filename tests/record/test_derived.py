"""Derived values survive the process, and what is damaged, torn or of another version is as if it were not there."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest

from fyr.record.derived import DerivedFile


def test_what_is_kept_is_there_in_another_process_and_version_by_version(tmp_path: Path) -> None:
    DerivedFile(tmp_path, "sums", "1").add({"a": b"[1]", "b": b"[2]"})
    again = DerivedFile(tmp_path, "sums", "1")
    assert again.missing(["a", "b", "c"]) == ["c"]
    assert again.read(["a", "b", "c"]) == {"a": b"[1]", "b": b"[2]"}
    assert DerivedFile(tmp_path, "sums", "2").missing(["a"]) == ["a"]
    again.path.rename(tmp_path / "derived" / "sums-2")
    assert DerivedFile(tmp_path, "sums", "2").read(["a"]) == {}, "a line of another version was believed"


@pytest.mark.parametrize("place", range(0, 44, 3))
def test_a_damaged_line_is_not_there_and_may_be_kept_again(tmp_path: Path, place: int) -> None:
    kept = DerivedFile(tmp_path, "sums", "1")
    kept.add({"a": b"[1.25]", "b": b"[2]"})
    data = bytearray(kept.path.read_bytes())
    data[place % data.index(b"\n")] ^= 1
    kept.path.write_bytes(data)
    again = DerivedFile(tmp_path, "sums", "1")
    assert again.read(["a", "b"]) == {"b": b"[2]"}
    assert again.missing(["a", "b"]) == ["a"]
    again.add({"a": b"[3]"})
    assert DerivedFile(tmp_path, "sums", "1").read(["a", "b"]) == {"a": b"[3]", "b": b"[2]"}


def test_a_torn_end_takes_nothing_with_it(tmp_path: Path) -> None:
    kept = DerivedFile(tmp_path, "sums", "1")
    kept.add({"a": b"[1]", "b": b"[2]"})
    kept.path.write_bytes(kept.path.read_bytes()[:-3])
    assert kept.missing(["a", "b"]) == ["b"]
    kept.add({"c": b"[3]"})
    assert kept.read(["a", "b", "c"]) == {"a": b"[1]", "c": b"[3]"}


def _add(folder: Path, name: str) -> None:
    kept = DerivedFile(folder, "sums", "1")
    for number in range(100):
        kept.add({f"{name}{number}": b"[%d]" % number + b" " * 9000})


def test_two_processes_append_at_once(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    both = [context.Process(target=_add, args=(tmp_path, name)) for name in "ab"]
    for one in both:
        one.start()
    for one in both:
        one.join()
    kept = DerivedFile(tmp_path, "sums", "1")
    assert len(kept.read([f"{name}{number}" for name in "ab" for number in range(100)])) == 200


def test_one_alone_fills_it(tmp_path: Path) -> None:
    first, second = (DerivedFile(tmp_path, "sums", "1") for _ in range(2))
    with first.sole() as mine, second.sole() as theirs:
        assert (mine, theirs) == (True, False)
    with second.sole() as theirs:
        assert theirs
