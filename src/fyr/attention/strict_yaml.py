"""YAML read strictly: mappings that know their lines, keys that are taken one by one, leftovers that are errors."""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from typing import Any, TypeVar

import yaml

from fyr.errors import BadInput

__all__ = ["Section", "did_you_mean", "read_yaml"]

T = TypeVar("T")


def read_yaml(text: str, *, where: str, noun: str = "policy") -> Section:
    """Read the mapping that a YAML document is; `where` names the document in errors, `noun` says what it is.

    Raises
    ------
    BadInput
        If it is not YAML, a key stands twice, or it is no mapping.
    """
    try:
        document = yaml.load(text, Loader=_LineLoader)  # noqa: S506  a SafeLoader that also keeps line numbers
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        what = getattr(problem, "problem", None) or "it is not YAML"
        raise BadInput(f"the YAML cannot be read: {what}", where=f"{where}{line}", mend="mend that line") from None
    return Section(document, where, "", noun=noun)


class _Lines(dict[str, Any]):
    """A mapping that remembers the line each key stood on."""

    lines: dict[str, int]
    line: int


class _LineLoader(yaml.SafeLoader):
    """A safe loader whose mappings know their lines, and that refuses a key given twice."""


def _construct_mapping(loader: _LineLoader, node: yaml.MappingNode) -> _Lines:
    mapping = _Lines()
    mapping.lines, mapping.line = {}, node.start_mark.line + 1
    for key_node, value_node in node.value:
        key = str(loader.construct_object(key_node, deep=True))
        if key in mapping:
            raise yaml.constructor.ConstructorError(None, None, f"'{key}' stands twice", key_node.start_mark)
        mapping.lines[key] = key_node.start_mark.line + 1
        mapping[key] = loader.construct_object(value_node, deep=True)
    return mapping


_LineLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _construct_mapping)


class Section:
    """A mapping that is taken apart key by key; whatever is left over is an error."""

    def __init__(self, value: object, where: str, path: str, line: int | None = None, noun: str = "policy") -> None:
        self.where, self.path, self.line, self.noun = where, path, line, noun
        if not isinstance(value, _Lines):
            raise self.error(f"{path or f'the {noun}'} must be a mapping of names to values")
        self.values, self.line, self.taken = value, line or value.line, set[str]()

    def error(self, what: str, key: str | None = None, mend: str = "") -> BadInput:
        """Return an error about this section, or about one of its keys."""
        line = self.values.lines.get(key, self.line) if key and hasattr(self, "values") else self.line
        return BadInput(what, where=f"{self.where}, line {line}" if line else self.where, mend=mend)

    def take(self, key: str, read: Callable[[Any], T], default: T | None = None) -> T:
        """Return the value of a key, read; the default, or an error, where it is absent."""
        self.taken.add(key)
        if key not in self.values:
            if default is None:
                near = get_close_matches(key, self.values, n=1)
                mend = f"did you mean '{key}' by '{near[0]}'?" if near else f"add '{key}:'"
                raise self.error(f"{self.path or f'the {self.noun}'} has no '{key}'", near[0] if near else None, mend)
            return default
        try:
            return read(self.values[key])
        except (ValueError, TypeError) as problem:
            raise self.error(f"{self.path}{'.' if self.path else ''}{key}: {problem}", key) from None

    def optional(self, key: str, read: Callable[[Any], T]) -> T | None:
        """Return the value of a key, read, or ``None`` where it is absent."""
        self.taken.add(key)
        return self.take(key, read) if self.values.get(key) is not None else None

    def section(self, key: str) -> Section:
        """Return the mapping under a key."""
        self.taken.add(key)
        line = self.values.lines.get(key, self.line)
        return Section(self.values.get(key), self.where, _joined(self.path, key), line, self.noun)

    def sections(self, key: str) -> dict[str, Section]:
        """Return the mappings under a key, by name; none where it is absent."""
        self.taken.add(key)
        if key not in self.values:
            return {}
        inner = self.section(key)
        return {name: inner.section(name) for name in inner.values}

    def listed(self, key: str) -> list[Section]:
        """Return the mappings listed under a key; none where it is absent."""
        self.taken.add(key)
        entries = self.values.get(key, [])
        if not isinstance(entries, list):
            raise self.error(f"{_joined(self.path, key)} must be a list", key)
        return [
            Section(entry, self.where, f"{_joined(self.path, key)}[{number}]", getattr(entry, "line", None), self.noun)
            for number, entry in enumerate(entries, start=1)
        ]

    def finish(self) -> None:
        """Refuse whatever nobody has taken."""
        for key in self.values:
            if key not in self.taken:
                known = sorted(self.taken)
                raise self.error(
                    f"'{key}' is not known in {self.path or f'a {self.noun}'}{did_you_mean(key, known)}",
                    key,
                    mend=f"use {', '.join(known)}",
                )


def _joined(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def did_you_mean(word: str, known: list[str]) -> str:
    """Return a hint at the known word that is nearest, or nothing."""
    close = get_close_matches(word, known, n=1)
    return f" (did you mean '{close[0]}'?)" if close else ""
