"""A graph of values as a list of numbered nodes: each object once, however often it is referred to.

A node is a line of JSON: its kind, then what it consists of. Plain values stand where they are; every other one is
referred to by its number. What can change is told apart by identity; what cannot (tuples, frozen dataclasses, members
of enumerations) by its content, so that it makes no difference whether two of them are equal or the same.
"""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Iterable, Mapping
from enum import Enum
from itertools import chain
from typing import Any, Final

import numpy as np
import orjson

from fyr.errors import FyrError
from fyr.record.state_arrays import described, raw_bytes
from fyr.record.state_shape import Kept, Shape, Translated

__all__ = [
    "ARRAY",
    "BYTES",
    "DEQUE",
    "DICT",
    "EXTERNAL",
    "FROZENSET",
    "LIST",
    "SCALAR",
    "SET",
    "TUPLE",
    "Written",
    "written",
]

LIST: Final = 0
TUPLE: Final = 1
DICT: Final = 2
SET: Final = 3
FROZENSET: Final = 4
DEQUE: Final = 5
ARRAY: Final = 6
EXTERNAL: Final = 7
BYTES: Final = 8
SCALAR: Final = 9

_AS_IT_IS: Final = frozenset({str, bool, type(None)})
_INT64: Final = 1 << 63

Written = tuple[bytes, list[memoryview]]
"""The nodes as JSON, and the contents of the arrays."""


def written(value: object, shape: Shape, externals: Mapping[str, object]) -> Written:
    """Write a graph.

    Parameters
    ----------
    value : object
    shape : Shape
        Which classes it may hold.
    externals : mapping of str to object
        What is not written but named.

    Raises
    ------
    FyrError
        If it holds something else.
    """
    writer = _Writer(shape, externals)
    try:
        return writer.write(value)
    except RecursionError:
        raise FyrError("a state goes round in values that never change, or too deep to be kept") from None


class _Writer:
    def __init__(self, shape: Shape, externals: Mapping[str, object]) -> None:
        self._shape = shape
        self._numbers = shape.number_of
        self._nodes: list[bytes] = []
        self._references: dict[int, list[int]] = {}
        self._of_content: dict[bytes, list[int]] = {}
        self._alive: list[object] = []
        self._pending: deque[tuple[int, Any]] = deque()
        self._contents: list[memoryview] = []
        for name in sorted(externals):
            self._references[id(externals[name])] = self._by_content(_dumped([EXTERNAL, name]))

    def write(self, value: object) -> Written:
        root = self._child(value)
        while self._pending:
            number, pending = self._pending.popleft()
            self._nodes[number] = _dumped(self._of_changeable(pending))
        sizes = orjson.dumps([len(content) for content in self._contents])
        head = b'{"root":' + _dumped([root]) + b',"contents":' + sizes + b',"nodes":['
        return head + b",".join(self._nodes) + b"]}", self._contents

    def _child(self, value: Any) -> Any:
        kind = type(value)
        if kind in _AS_IT_IS:
            return value
        if kind is int:
            return value if -_INT64 <= value < _INT64 else {"i": hex(value)}
        if kind is float:
            return value if value - value == 0.0 else {"f": struct.pack(">d", value).hex()}
        known = self._references.get(id(value))
        return self._new(value, kind) if known is None else known

    def _children(self, values: Iterable[Any]) -> list[Any]:
        child = self._child
        return [child(value) for value in values]

    def _new(self, value: Any, kind: type) -> list[int]:
        number = self._numbers.get(kind)
        entry = None if number is None else self._shape.entries[number]
        if kind in _CHANGEABLE or (isinstance(entry, Kept) and not entry.by_value):
            reference = [len(self._nodes)]
            self._nodes.append(b"")
            self._pending.append((reference[0], value))
        elif number is not None and entry is not None:
            reference = self._by_content(_dumped(self._of_class(value, number, entry)))
        else:
            reference = self._by_content(_dumped(self._of_unchangeable(value, kind)))
        self._references[id(value)] = reference
        return reference

    def _by_content(self, node: bytes) -> list[int]:
        known = self._of_content.get(node)
        if known is None:
            known = self._of_content[node] = [len(self._nodes)]
            self._nodes.append(node)
        return known

    def _of_class(self, value: Any, number: int, entry: Kept | Translated) -> list[Any]:
        if isinstance(entry, Translated):
            plain = entry.to_plain(value)
            self._alive.append(plain)  # so that nothing else is given its identity
            return [number, self._child(plain)]
        if isinstance(value, Enum):
            return [number, value.name]
        entry.check(value)
        return [number, *self._children(entry.values_of(value))]

    def _of_unchangeable(self, value: Any, kind: type) -> list[Any]:
        if kind is tuple:
            return [TUPLE, *self._children(value)]
        if kind is frozenset:
            return [FROZENSET, *self._children(self._sorted(value))]
        if kind is bytes:
            return [BYTES, value.hex()]
        if isinstance(value, np.generic):
            return [SCALAR, described(value.dtype), raw_bytes(np.asarray(value)).hex()]
        raise FyrError(
            f"a state holds a {kind.__module__}.{kind.__qualname__}, which is not in its list of kept classes",
            mend="put it on the list, or rebuild what holds it",
        )

    def _of_changeable(self, value: Any) -> list[Any]:
        kind = type(value)
        if kind is dict:
            return [DICT, *self._children(chain.from_iterable(value.items()))]
        if kind is list:
            return [LIST, *self._children(value)]
        if kind is set:
            return [SET, *self._children(self._sorted(value))]
        if kind is deque:
            return [DEQUE, value.maxlen, *self._children(value)]
        if kind is np.ndarray:
            description = described(value.dtype)
            self._contents.append(raw_bytes(value))
            return [ARRAY, description, list(value.shape), len(self._contents) - 1]
        number = self._numbers[kind]
        return self._of_class(value, number, self._shape.entries[number])

    def _sorted(self, values: Iterable[Any]) -> list[Any]:
        """Sort what has no order by what it says, so that equal sets give equal bytes."""
        return sorted(values, key=lambda one: _Writer(self._shape, {}).write(one)[0])


_CHANGEABLE: Final = frozenset({list, dict, set, deque, np.ndarray})


def _dumped(node: list[Any]) -> bytes:
    try:
        return orjson.dumps(node)
    except TypeError:  # text with half a surrogate pair has no place in UTF-8
        return orjson.dumps([_as_code_points(one) if isinstance(one, str) else one for one in node])


def _as_code_points(text: str) -> Any:
    try:
        text.encode()
    except UnicodeEncodeError:
        return {"s": text.encode("utf-8", "surrogatepass").hex()}
    return text
