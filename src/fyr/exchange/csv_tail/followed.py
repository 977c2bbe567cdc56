"""One file that grows: what is new in it, and whether it still is the file that it was."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import BinaryIO, Final

from fyr.exchange.csv_tail.columns import RowError, TableForm, TailColumns
from fyr.exchange.csv_tail.position import Position, digest
from fyr.exchange.csv_tail.records import split_records
from fyr.exchange.incoming import ProblemKind
from fyr.exchange.sample_columns import IncomingColumns

__all__ = ["FollowedFile"]

_CHUNK: Final = 1_048_576
_LAST: Final = 256
_KEPT: Final = 65_536
_BOM: Final = b"\xef\xbb\xbf"


class FollowedFile:
    """A file that is open.

    Parameters
    ----------
    path : str
    form : TableForm
    known : Position or None
        How far it was taken before; not believed if the file has another beginning or another content there.

    Raises
    ------
    OSError
        If it cannot be opened.
    """

    def __init__(self, path: str, form: TableForm, known: Position | None) -> None:
        self._file: BinaryIO = open(path, "rb", buffering=0)  # noqa: SIM115, PTH123  closed in close(), not here
        self._form = form
        self._columns: TailColumns | None = None
        self._looked_at: tuple[int, int] | None = None
        self._reported = ""
        self.problem = ""
        self.polls_gone = 0
        status = os.fstat(self._file.fileno())
        self.position = Position(status.st_dev, status.st_ino, path)
        if known is not None and known.key == self.position.key:
            self.position = replace(known, path=path)

    def close(self) -> None:
        """Let go of it."""
        self._file.close()

    def read(self, gathered: IncomingColumns) -> Position | None:
        """Add what is new to the columns.

        Returns
        -------
        Position or None
            Where to go on when that is kept; ``None`` where nothing is new.

        Raises
        ------
        OSError
            If it cannot be read.
        """
        status = os.fstat(self._file.fileno())
        looks = (status.st_size, status.st_mtime_ns)
        if looks == self._looked_at:
            return None
        if not self.is_as_it_was(status.st_size):
            self.position = Position(status.st_dev, status.st_ino, self.position.path)
            self._columns = None
        if self._columns is None and not self._read_header(gathered):
            self._looked_at = looks
            return self.position if len(gathered) else None
        offset = self.position.offset
        content = self._at(offset, _CHUNK)
        records = split_records(content, self._form.separator.encode())
        if not records:
            if len(content) == _CHUNK:
                return self._pass_over(gathered, offset)
            self._looked_at = looks
            return None
        line = self.position.line
        for record in records:
            self._take(gathered, record, line)
            line += record.count(b"\n")
            offset += len(record)
        return self._moved(offset, line)

    def moved_to(self, position: Position) -> None:
        """Go on from there: what was before it is kept."""
        self.position = position

    def refuse_remainder(self, gathered: IncomingColumns) -> None:
        """Refuse the half line that a file ends with to which nothing will be added."""
        half = self._at(self.position.offset, _KEPT).strip()
        if half and self._columns is not None:
            where = f"{self.position.path} line {self.position.line}"
            refused = RowError(ProblemKind.UNREADABLE, "the file ended within this line", mend="check what wrote it")
            gathered.refuse(half, refused.problem(where))

    def look_again(self) -> None:
        """Read again what could not be kept."""
        self._looked_at, self._reported = None, ""

    def _take(self, gathered: IncomingColumns, record: bytes, line: int) -> None:
        columns = self._columns
        raw = record.rstrip(b"\r\n")
        if not raw.strip() or columns is None:
            return
        try:
            gathered.accept(raw, *columns.read(self._form.cells(record)))
        except RowError as refused:
            gathered.refuse(raw[:_KEPT], refused.problem(f"{self.position.path} line {line}"))

    def _read_header(self, gathered: IncomingColumns) -> bool:
        """Read the header; ``False`` where it is not whole yet, or not understood."""
        records = split_records(self._at(0, _KEPT), self._form.separator.encode())
        if not records:
            return False
        header = records[0]
        try:
            self._columns = TailColumns(self._form.cells(header.removeprefix(_BOM)), self._form)
        except RowError as refused:
            self.problem = f"the header is not understood: {refused.what}; {refused.mend}"
            if self._reported != digest(header):
                self._reported = digest(header)
                gathered.refuse(header.rstrip(b"\r\n"), refused.problem(f"{self.position.path} line 1"))
            return False
        self.problem = ""
        if not self.position.offset:
            self.position = replace(self._moved(len(header), 1 + header.count(b"\n")), header=digest(header))
        return True

    def is_as_it_was(self, size: int) -> bool:
        """Tell whether what was taken still stands before the position."""
        position = self.position
        if not position.offset:
            return True
        if size < position.offset or position.last != digest(self._before(position.offset)):
            return False
        if self._columns is not None:
            return True
        records = split_records(self._at(0, _KEPT), self._form.separator.encode())
        return bool(records) and digest(records[0]) == position.header

    def _pass_over(self, gathered: IncomingColumns, offset: int) -> Position | None:
        """Refuse a line that never ends, once its end is there."""
        at = offset
        while content := self._at(at, _CHUNK):
            end = content.find(b"\n")
            if end >= 0:
                size = at + end + 1 - offset
                what = f"the line has {size} bytes; its beginning is kept"
                where = f"{self.position.path} line {self.position.line}"
                gathered.refuse(self._at(offset, _KEPT), RowError(ProblemKind.TOO_LARGE, what).problem(where))
                return self._moved(offset + size, self.position.line + 1)
            at += len(content)
        return None

    def _moved(self, offset: int, line: int) -> Position:
        return replace(self.position, offset=offset, line=line, last=digest(self._before(offset)))

    def _before(self, offset: int) -> bytes:
        start = max(0, offset - _LAST)
        return self._at(start, offset - start)

    def _at(self, offset: int, count: int) -> bytes:
        return os.pread(self._file.fileno(), count, offset)
