"""TOML read strictly: tables that know their lines, keys that are taken one by one, leftovers that are errors."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, TypeVar

from fyr.errors import BadInput

__all__ = ["TomlDocument", "TomlSection", "nearest"]

T = TypeVar("T")

_HEADER: Final = re.compile(r"\s*(\[\[?)\s*([A-Za-z0-9_.-]+)\s*\]\]?\s*(?:#.*)?$")
_KEY: Final = re.compile(r"\s*([A-Za-z0-9_-]+)\s*=")


def nearest(word: str, known: Iterable[str]) -> str:
    """Return a hint at the known word that is nearest, or nothing."""
    close = get_close_matches(word, list(known), n=1)
    return f" (did you mean '{close[0]}'?)" if close else ""


class TomlDocument:
    """A file of tables, and of arrays of tables; nothing else stands at its top.

    Parameters
    ----------
    text : str
    where : str
        What the file is called in errors.

    Raises
    ------
    BadInput
        If it is not TOML; the line stands in the error.
    """

    def __init__(self, text: str, where: str) -> None:
        self.where = where
        self._lines = _lines(text)
        try:
            self.values: Mapping[str, Any] = tomllib.loads(text)
        except tomllib.TOMLDecodeError as problem:
            found = re.search(r"\(at line (\d+)", str(problem))
            what = re.sub(r" \(at .*\)$", "", str(problem))
            place = f"{where}, line {found[1]}" if found else where
            raise BadInput(f"this is not TOML: {what}", where=place, mend="mend that line") from None

    @classmethod
    def of_file(cls, path: Path) -> TomlDocument:
        """Read a file.

        Raises
        ------
        BadInput
            If it is not there, cannot be read, is not UTF-8 or not TOML.
        """
        try:
            data = path.read_bytes()
        except OSError as problem:
            raise BadInput(f"it cannot be read: {problem.strerror}", where=str(path), mend="check the path") from None
        try:
            return cls(data.decode("utf-8-sig"), str(path))
        except UnicodeDecodeError as problem:
            line = data[: problem.start].count(b"\n") + 1
            raise BadInput("it is not UTF-8", where=f"{path}, line {line}", mend="save it as UTF-8") from None

    def only(self, tables: Iterable[str], arrays: Iterable[str]) -> None:
        """Refuse whatever is at the top besides these tables and arrays of tables."""
        tables, arrays = list(tables), list(arrays)
        for key, value in self.values.items():
            line = self._lines.get((key, None), self._lines.get((f"{key}#1", None), self._lines.get(("", key))))
            where = f"{self.where}, line {line}" if line else self.where
            written = f"[[{key}]]" if isinstance(value, list) else f"[{key}]" if isinstance(value, dict) else f"'{key}'"
            if key not in tables and key not in arrays:
                known = [f"[{one}]" for one in tables] + [f"[[{one}]]" for one in arrays]
                hint = nearest(key, [*tables, *arrays])
                raise BadInput(f"{written} is not known here{hint}", where=where, mend=f"use {', '.join(known)}")
            if key in tables and not isinstance(value, dict):
                raise BadInput(f"{written} must be one table", where=where, mend=f"write [{key}]")
            if key in arrays and not (isinstance(value, list) and all(isinstance(one, dict) for one in value)):
                raise BadInput(f"{written} must be a list of tables", where=where, mend=f"write [[{key}]] for each")

    def table(self, name: str) -> TomlSection:
        """Return a table; an empty one where the file has none."""
        return TomlSection(self.where, name, name, self.values.get(name, {}), self._lines)

    def tables(self, name: str) -> list[TomlSection]:
        """Return the tables of an array."""
        found = self.values.get(name, [])
        return [
            TomlSection(self.where, f"{name}#{number}", name, values, self._lines)
            for number, values in enumerate(found, start=1)
        ]


class TomlSection:
    """A table that is taken apart key by key; whatever is left over is an error."""

    def __init__(
        self,
        where: str,
        place: str,
        title: str,
        values: Mapping[str, Any],
        lines: Mapping[tuple[str, str | None], int],
    ) -> None:
        self.where, self.title, self.values = where, title, values
        self._place, self._lines = place, lines
        self._taken: set[str] = set()

    def place(self, key: str | None = None) -> str:
        """Return the file and line of a key, or of the table."""
        line = self._lines.get((self._place, key)) or self._lines.get((self._place, None))
        return f"{self.where}, line {line}" if line else self.where

    def error(self, what: str, key: str | None = None, mend: str = "") -> BadInput:
        """Return an error about this table, or one of its keys."""
        return BadInput(what, where=self.place(key), mend=mend)

    def take(self, key: str, read: Callable[[Any], T], default: T) -> T:
        """Return a key's value, read; the default where it is absent.

        Raises
        ------
        BadInput
            If `read` raises ValueError or TypeError.
        """
        self._taken.add(key)
        return self.need(key, read) if key in self.values else default

    def need(self, key: str, read: Callable[[Any], T]) -> T:
        """Return a key's value, read; an error where it is absent."""
        if key not in self.values:
            raise self.error(f"a [[{self.title}]] has no '{key}'{nearest(key, self.values)}", mend=f"add {key} = …")
        self._taken.add(key)
        try:
            return read(self.values[key])
        except (ValueError, TypeError) as problem:
            raise self.error(f"{self.title}.{key}: {problem}", key) from None

    def rest(self) -> dict[str, Any]:
        """Return what nobody has taken."""
        return {key: value for key, value in self.values.items() if key not in self._taken}

    def finish(self, known: Iterable[str]) -> None:
        """Refuse whatever nobody has taken."""
        known = sorted(known)
        for key in self.rest():
            raise self.error(
                f"'{key}' is not known in [{self.title}]{nearest(key, known)}", key, mend=f"use {', '.join(known)}"
            )


def _lines(text: str) -> dict[tuple[str, str | None], int]:
    """Return the line of every table and key, by (table, key); the nth of an array of tables is ``name#n``.

    Keys inside strings of several lines may be taken for keys: a line is a hint, what is wrong is said beside it.
    """
    found: dict[tuple[str, str | None], int] = {}
    counts: dict[str, int] = {}
    place = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            place = header[2]
            if header[1] == "[[":
                counts[place] = counts.get(place, 0) + 1
                place = f"{place}#{counts[place]}"
            found.setdefault((place, None), number)
        elif key := _KEY.match(line):
            found.setdefault((place, key[1]), number)
    return found
