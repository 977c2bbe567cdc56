"""The numbered nodes of :mod:`fyr.record.state_writing` as a graph again.

Instances are made by ``cls.__new__`` and given their fields; nothing that the bytes say is ever called. First comes
everything that can change, empty, then what cannot, in the order of its numbers, then what the first consists of: so
the graph may go round.
"""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, Final

import orjson

from fyr.record.state_arrays import array_from, dtype_from
from fyr.record.state_shape import Kept, Shape, Translated
from fyr.record.state_writing import (
    ARRAY,
    BYTES,
    DEQUE,
    DICT,
    EXTERNAL,
    FROZENSET,
    LIST,
    SCALAR,
    SET,
    TUPLE,
)

__all__ = ["read"]

_NOT_MADE: Final = object()


def read(nodes: bytes, contents: memoryview, shape: Shape, externals: Mapping[str, object]) -> object:
    """Read a graph.

    Raises
    ------
    ValueError, KeyError, TypeError, IndexError, OverflowError
        If the bytes are no graph of that shape.
    """
    document = orjson.loads(nodes)
    return _Reader(document, contents, shape, externals).graph()


class _Reader:
    def __init__(
        self, document: Mapping[str, Any], contents: memoryview, shape: Shape, externals: Mapping[str, object]
    ) -> None:
        self._nodes: list[list[Any]] = document["nodes"]
        self._root: list[Any] = document["root"]
        self._shape = shape
        self._externals = externals
        self._objects: list[Any] = [_NOT_MADE] * len(self._nodes)
        self._contents: list[memoryview] = []
        at = 0
        for size in document["contents"]:
            if not 0 <= size <= len(contents) - at:
                raise ValueError("the contents of the arrays are cut short")
            self._contents.append(contents[at : at + size])
            at += size
        if at != len(contents):
            raise ValueError("the contents of the arrays are longer than they say")

    def graph(self) -> Any:
        fill: list[tuple[Callable[[Any, list[Any]], None], int]] = []
        for number, node in enumerate(self._nodes):
            filler = self._begin(number, node)
            if filler is not None:
                fill.append((filler, number))
        for number, node in enumerate(self._nodes):
            if self._objects[number] is _NOT_MADE:
                self._objects[number] = self._unchangeable(node)
        for filler, number in fill:
            filler(self._objects[number], self._nodes[number])
        (root,) = self._root
        return self._value(root)

    def _begin(self, number: int, node: list[Any]) -> Callable[[Any, list[Any]], None] | None:
        """Make what can change, still empty; return what fills it."""
        kind = node[0]
        filler: Callable[[Any, list[Any]], None] | None = None
        if kind == LIST:
            self._objects[number], filler = [], self._fill_list
        elif kind == DICT:
            self._objects[number], filler = {}, self._fill_dict
        elif kind == SET:
            self._objects[number], filler = set(), self._fill_set
        elif kind == DEQUE:
            self._objects[number], filler = deque(maxlen=node[1]), self._fill_deque
        elif kind == ARRAY:
            _, description, shape, content = node
            self._objects[number] = array_from(self._contents[content], dtype_from(description), tuple(shape))
        else:
            entry = self._shape.entries.get(kind)
            if isinstance(entry, Kept) and not entry.by_value:
                self._objects[number], filler = _new(entry.cls), self._fill_instance
        return filler

    def _unchangeable(self, node: list[Any]) -> Any:
        make = _MAKERS.get(node[0])
        return self._of_class(node) if make is None else make(self, node)

    def _of_class(self, node: list[Any]) -> Any:
        entry = self._shape.entries[node[0]]
        if isinstance(entry, Translated):
            (plain,) = self._values(node)
            return entry.from_plain(plain)
        if issubclass(entry.cls, Enum):
            return entry.cls.__members__[node[1]]
        instance = _new(entry.cls)
        self._set_fields(instance, entry, self._values(node))
        return instance

    def _fill_list(self, made: list[Any], node: list[Any]) -> None:
        made.extend(self._values(node))

    def _fill_dict(self, made: dict[Any, Any], node: list[Any]) -> None:
        values = self._values(node)
        made.update(zip(values[::2], values[1::2], strict=True))

    def _fill_set(self, made: set[Any], node: list[Any]) -> None:
        made.update(self._values(node))

    def _fill_deque(self, made: deque[Any], node: list[Any]) -> None:
        made.extend(self._values(node)[1:])

    def _fill_instance(self, made: Any, node: list[Any]) -> None:
        entry = self._shape.entries[node[0]]
        assert isinstance(entry, Kept)  # noqa: S101  it was begun as one
        self._set_fields(made, entry, self._values(node))

    @staticmethod
    def _set_fields(instance: object, entry: Kept, values: list[Any]) -> None:
        if len(values) != len(entry.fields):
            raise ValueError(f"a {entry.cls.__name__} has {len(values)} fields, not {len(entry.fields)}")
        for name, value in zip(entry.fields, values, strict=True):
            object.__setattr__(instance, name, value)

    def _values(self, node: list[Any]) -> list[Any]:
        """Return what a node consists of: everything but its kind."""
        objects = self._objects
        found = []
        for child in node[1:]:
            kind = type(child)
            if kind is list:
                (number,) = child
                value = objects[number] if number >= 0 else _NOT_MADE
                if value is _NOT_MADE:
                    raise ValueError("a node refers to one that is not there yet")
                found.append(value)
            else:
                found.append(_special(child) if kind is dict else child)
        return found

    def _value(self, child: Any) -> Any:
        return self._values([None, child])[0]


_MAKERS: Final[Mapping[int, Callable[[_Reader, list[Any]], Any]]] = {
    TUPLE: lambda reader, node: tuple(reader._values(node)),
    FROZENSET: lambda reader, node: frozenset(reader._values(node)),
    BYTES: lambda _, node: bytes.fromhex(node[1]),
    SCALAR: lambda _, node: array_from(memoryview(bytes.fromhex(node[2])), dtype_from(node[1]), ())[()],
    EXTERNAL: lambda reader, node: reader._externals[node[1]],
}


def _new(cls: Any) -> Any:
    return cls.__new__(cls)


def _special(said: dict[str, str]) -> object:
    ((kind, text),) = said.items()
    if kind == "f":
        (number,) = struct.unpack(">d", bytes.fromhex(text))
        return number
    if kind == "i":
        return int(text, 16)
    if kind == "s":
        return bytes.fromhex(text).decode("utf-8", "surrogatepass")
    raise ValueError(f"a value of the unknown kind {kind!r}")
