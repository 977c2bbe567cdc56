"""Whole records out of a file that is being written; the last one may be half there."""

from __future__ import annotations

from typing import Final

__all__ = ["split_records"]

_MOST_LINES: Final = 16
_LONGEST: Final = 65_536


def split_records(content: bytes, separator: bytes) -> list[bytes]:
    r"""Split off every record that is whole, each with its line ends.

    A quotation mark at the beginning of a field opens it, and line feeds up to the closing one belong to it (RFC 4180,
    section 2). One that is not closed within 16 lines is taken for a slip: its line is a record by itself, so that a
    stray mark does not hold up what comes after it.

    >>> split_records(b'a;"x\ny"\nb;1\nhalf', b";")
    [b'a;"x\ny"\n', b'b;1\n']
    """
    lines = content.split(b"\n")[:-1]
    if b'"' not in content:
        return [line + b"\n" for line in lines]
    records: list[bytes] = []
    at = 0
    while at < len(lines):
        record = lines[at] + b"\n"
        count = 1
        while _is_open(record, separator):
            if count == _MOST_LINES or len(record) > _LONGEST:
                record, count = lines[at] + b"\n", 1
                break
            if at + count == len(lines):
                return records
            record += lines[at + count] + b"\n"
            count += 1
        records.append(record)
        at += count
    return records


def _is_open(record: bytes, separator: bytes) -> bool:
    """Tell whether a record ends inside quotation marks."""
    at = 0
    while True:
        if record[at : at + 1] == b'"':
            at += 1
            while True:
                mark = record.find(b'"', at)
                if mark < 0:
                    return True
                at = mark + 1
                if record[at : at + 1] != b'"':
                    break
                at += 1
        following = record.find(separator, at)
        if following < 0:
            return False
        at = following + 1
