"""Follows tables that another program appends to."""

from __future__ import annotations

import glob
import logging
import os
import threading
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Final

from fyr.errors import BadInput
from fyr.exchange.csv_tail.columns import TableForm
from fyr.exchange.csv_tail.followed import FollowedFile
from fyr.exchange.csv_tail.position import Position, PositionStore
from fyr.exchange.incoming import SourceHealth, SourceState, Take
from fyr.exchange.sample_columns import IncomingColumns
from fyr.exchange.source_options import read_duration_us, read_periods, read_words
from fyr.exchange.tables.mapping import TimeRule
from fyr.exchange.tables.times import time_reader

__all__ = ["CsvTail"]

_log = logging.getLogger(__name__)

_POLLS_GONE: Final = 30
_TIME_FORMATS: Final = ("iso", "epoch_s", "epoch_ms", "epoch_us", "epoch_ns")
_ENCODINGS: Final = ("utf-8", "cp1252", "latin-1", "ascii")
"""Those in which a line feed is one byte that is nothing else."""


class CsvTail:
    """Follows one CSV file, or every file that a pattern matches, from its beginning on.

    Only whole lines are taken. How far a file was taken is kept after `take` has kept what was read, so that after a
    crash at most the last batch is taken again. A file that is renamed is read to its end before the one that takes
    its place; one that is cut or written anew is read from its beginning.

    Parameters
    ----------
    name : str
        Of the source.
    path : str
        A file, or a pattern such as ``/var/ward/*.csv``.
    separator, decimal : str
        ``,`` and ``.`` by default.
    encoding : str
        ``utf-8``, ``cp1252``, ``latin-1`` or ``ascii``.
    time_format : str
        ``iso``; ``epoch_s``, ``epoch_ms``, ``epoch_us``, ``epoch_ns``; or a pattern as ``%d/%m/%Y %H:%M:%S``.
    time_zone : str
        Of times that are written without one; empty: such a row is refused.
    ambiguous : str
        ``earlier`` or ``later``: which is meant where a clock that was set back says the same time twice.
    ignore : list of str, optional
        Columns that mean nothing here.
    unknown, absent : list of str, optional
        What stands in a cell for a value that was lost (by default the empty cell), and for none that was measured.
    period : str
        The nominal time between samples.
    periods : list of str, optional
        ``SIGNAL = DURATION`` for signals that have another.
    every : str
        How often to look.
    state_folder : str
        Where to keep how far the files were taken; empty: nowhere.

    Raises
    ------
    BadInput
        If an option is not understood.
    """

    def __init__(
        self,
        name: str,
        *,
        path: str,
        separator: str = ",",
        decimal: str = ".",
        encoding: str = "utf-8",
        time_format: str = "iso",
        time_zone: str = "",
        ambiguous: str = "",
        ignore: list[str] | None = None,
        unknown: list[str] | None = None,
        absent: list[str] | None = None,
        period: str = "1 min",
        periods: list[str] | None = None,
        every: str = "1 s",
        state_folder: str = "",
    ) -> None:
        self.name = name
        for option, value, known in (
            ("decimal", decimal, (".", ",")),
            ("encoding", encoding, _ENCODINGS),
            ("ambiguous", ambiguous, ("", "earlier", "later")),
        ):
            if value not in known:
                raise BadInput(f"'{value}' is not known", where=f"{name}, {option}", mend=f"use {', '.join(known)}")
        if not path:
            raise BadInput("there is no path", where=f"{name}, path", mend="name a file, or a pattern such as /a/*.csv")
        if len(separator) != 1 or not separator.isascii() or separator in '"\r\n' or separator == decimal:
            raise BadInput(f"{separator!r} cannot separate", where=f"{name}, separator", mend="use , ; | or a tab")
        if time_format not in _TIME_FORMATS and "%" not in time_format:
            mend = f"use {', '.join(_TIME_FORMATS)}, or a pattern as %d/%m/%Y %H:%M:%S"
            raise BadInput(f"'{time_format}' is not a time format", where=f"{name}, time_format", mend=mend)
        rule = TimeRule("time", time_format, time_zone or None, ambiguous or None)
        self._form = TableForm(
            time_of=lru_cache(maxsize=4096)(time_reader(rule)),
            separator=separator,
            decimal=decimal,
            encoding=encoding,
            ignore=read_words(ignore, "ignore"),
            absent=read_words(absent, "absent"),
            unknown=read_words(unknown, "unknown", ("",)),
        )
        self._pattern = str(Path(path).expanduser())
        self._period_us = read_periods(period, read_words(periods, "periods"))
        self._every_s = read_duration_us(every, "every") / 1e6
        self._store = PositionStore(Path(state_folder) / f"csv-tail-{name}.json" if state_folder else None)
        self._files: dict[tuple[int, int], FollowedFile] = {}
        self._state, self._detail = SourceState.STARTING, self._pattern
        self._is_stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, take: Take) -> None:
        """Begin to follow."""
        self._thread = threading.Thread(target=self._run, args=(take,), name=self.name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Take no more; how far it came is kept."""
        if self._thread is None:
            return
        self._is_stopping.set()
        self._thread.join()
        self._state = SourceState.STOPPED

    def health(self) -> SourceHealth:
        """Say how many files it follows, or what is wrong."""
        return SourceHealth(self._state, self._detail, len(self._files))

    def _run(self, take: Take) -> None:
        before = self._store.read()
        is_first = True
        while not self._is_stopping.is_set():
            try:
                problem = self._poll(take, before, is_first=is_first)
            except Exception as fault:  # noqa: BLE001  whatever fails, it is tried again, and health says so
                _log.error("%s: %s", self.name, type(fault).__name__)
                problem = f"it is tried again after a fault ({type(fault).__name__})"
            is_first = False
            self._state = SourceState.LOST if problem else SourceState.CONNECTED
            self._detail = f"{self._pattern}: {problem}" if problem else self._pattern
            self._is_stopping.wait(self._every_s)
        for file in self._files.values():
            file.close()
        self._files.clear()

    def _poll(self, take: Take, before: dict[tuple[int, int], Position], *, is_first: bool) -> str:
        """Take what is new; returns what is wrong, if anything is."""
        problem = ""
        here: list[tuple[int, int]] = []
        is_name = Path(self._pattern).is_file()  # a name may have the signs of a pattern in it
        for path in [self._pattern] if is_name else sorted(glob.glob(self._pattern)):  # noqa: PTH207  may be absolute
            try:
                status = os.stat(path)  # noqa: PTH116  device and inode
                if not os.path.isfile(path):  # noqa: PTH113
                    continue
                key = (status.st_dev, status.st_ino)
                here.append(key)
                if key not in self._files:
                    self._files[key] = FollowedFile(path, self._form, before.pop(key, None))
                file = self._files[key]
                if file.position.path != path:
                    file.position = replace(file.position, path=path)
            except OSError as wrong:
                problem = f"it cannot be read ({wrong.strerror})"
        if is_first:
            self._find_renamed(before)
        gone = [key for key in self._files if key not in here]
        for key in [*gone, *(key for key in dict.fromkeys(here) if key in self._files)]:
            file = self._files[key]
            problem = self._read(file, take) or problem
            if key in gone:
                self._let_go(key, file, take)
            else:
                file.polls_gone = 0
        return problem or ("" if here else "there is no such file")

    def _find_renamed(self, before: dict[tuple[int, int], Position]) -> None:
        """Find files that got another name while nobody followed, to read them to their end."""
        for folder in {Path(position.path).parent for position in before.values()}:
            if not folder.is_dir():
                continue
            for entry in os.scandir(folder):
                status = entry.stat(follow_symlinks=False)
                known = before.get((status.st_dev, status.st_ino))
                if known is not None and entry.is_file(follow_symlinks=False) and status.st_size > known.offset:
                    file = FollowedFile(entry.path, self._form, known)
                    if file.is_as_it_was(status.st_size):
                        self._files[known.key] = file
                    else:
                        file.close()
        before.clear()

    def _let_go(self, key: tuple[int, int], file: FollowedFile, take: Take) -> None:
        """Forget a file that has another name now, or none, when nothing was added to it for a while."""
        file.polls_gone += 1
        if file.polls_gone > _POLLS_GONE:
            gathered = IncomingColumns(self.name, self._period_us)
            file.refuse_remainder(gathered)
            if len(gathered) and not all(verdict.kept for verdict in take(gathered.whole())):
                return
            file.close()
            del self._files[key]
            self._keep_positions()

    def _read(self, file: FollowedFile, take: Take) -> str:
        """Take everything that is new in one file; returns what is wrong, if anything is."""
        while not self._is_stopping.is_set():
            gathered = IncomingColumns(self.name, self._period_us)
            try:
                position = file.read(gathered)
            except OSError as wrong:
                return f"it cannot be read ({wrong.strerror})"
            if position is None:
                break
            if len(gathered) and not all(verdict.kept for verdict in take(gathered.whole())):
                file.look_again()
                return "what it says cannot be kept; it is tried again"
            file.moved_to(position)
            self._keep_positions()
        return file.problem

    def _keep_positions(self) -> None:
        try:
            self._store.write([file.position for file in self._files.values() if file.position.offset])
        except OSError as wrong:
            _log.warning("%s: how far it came cannot be kept (%s)", self.name, wrong.strerror)
