"""A graph of live objects as bytes and back, exact and without pickle: how a long computation is kept on disk.

Kept are plain values, containers, arrays and instances of the classes of a :class:`~fyr.record.state_shape.Shape`,
shared references and circles among them. What is not kept but given again on reading (a policy, a model, a callable)
is named: an *external*. The same state gives the same bytes.

Layout: magic, version of the format, digest of the shape, SHA-256 of everything; then, after their lengths, the
*label* (what may be read without the rest), the nodes (compressed) and the contents of the arrays. Everything is
checked before anything is made. The checksum guards against damage, not against somebody who means harm.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Mapping
from typing import Any, Final

import orjson

from fyr.errors import BadInput
from fyr.record.state_reading import read
from fyr.record.state_shape import Shape
from fyr.record.state_writing import written

__all__ = ["Label", "StateCodec", "label_of"]

Label = Mapping[str, str | int]
"""What is said of a state without reading it."""

_MAGIC: Final = b"FYRSTATE"
_VERSION: Final = 1
_HEAD: Final = struct.Struct("<8sH32s")
_DIGEST: Final = 32
_LENGTHS: Final = struct.Struct("<IQQQ")
_BODY: Final = _HEAD.size + _DIGEST
_MEND: Final = "delete it: what it was made from is kept elsewhere"
_LEVEL: Final = 1


class StateCodec:
    """Writes and reads states of one shape.

    Parameters
    ----------
    shape : Shape
    """

    def __init__(self, shape: Shape) -> None:
        self.shape = shape

    def encode(self, value: object, *, label: Label, externals: Mapping[str, object]) -> bytes:
        """Return a state as bytes.

        Parameters
        ----------
        value : object
        label : mapping of str to str or int
        externals : mapping of str to object
            By the names under which they are given again; known by identity.

        Raises
        ------
        FyrError
            If it holds something that is not in the shape.
        """
        nodes, contents = written(value, self.shape, externals)
        packed = zlib.compress(nodes, _LEVEL)
        said = orjson.dumps(dict(label), option=orjson.OPT_SORT_KEYS)
        head = _HEAD.pack(_MAGIC, _VERSION, self.shape.digest)
        lengths = _LENGTHS.pack(len(said), len(packed), len(nodes), sum(len(content) for content in contents))
        body: tuple[bytes | memoryview, ...] = (lengths, said, packed, *contents)
        checksum = hashlib.sha256(head)
        for part in body:
            checksum.update(part)
        return b"".join((head, checksum.digest(), *body))

    def decode(self, data: bytes, *, externals: Mapping[str, object], where: str = "") -> Any:
        """Return the state that the bytes are.

        Raises
        ------
        BadInput
            If they are none, damaged in any bit, or of another program or shape.
        """
        _, packed, size, contents = _parts(data, where)
        if data[_HEAD.size - _DIGEST : _HEAD.size] != self.shape.digest:
            raise BadInput("the state was kept by another version of Fyr", where=where, mend=_MEND)
        try:
            return read(_unpacked(packed, size), contents, self.shape, externals)
        except BadInput as problem:
            raise BadInput(f"the state cannot be read: {problem.what}", where=where, mend=_MEND) from None
        except (
            ArithmeticError,
            AttributeError,
            LookupError,
            MemoryError,
            RecursionError,
            TypeError,
            ValueError,
            struct.error,
            zlib.error,
        ) as problem:
            raise BadInput(f"the state cannot be read: {problem}", where=where, mend=_MEND) from None


def label_of(data: bytes, *, where: str = "") -> dict[str, Any]:
    """Return the label of a state, whatever its shape, once the whole of it is known to be undamaged.

    Raises
    ------
    BadInput
        If the bytes are no state, or damaged in any bit.
    """
    said = _parts(data, where)[0]
    try:
        label = orjson.loads(said)
    except ValueError as problem:
        raise BadInput(f"the state's label cannot be read: {problem}", where=where, mend=_MEND) from None
    if not isinstance(label, dict):
        raise BadInput("the state's label is no mapping", where=where, mend=_MEND)
    return label


def _unpacked(packed: memoryview, size: int) -> bytes:
    reading = zlib.decompressobj()
    nodes = reading.decompress(packed, size + 1)
    if len(nodes) != size or not reading.eof or reading.unused_data:
        raise ValueError("its nodes are not as long as it says")
    return nodes


def _parts(data: bytes, where: str) -> tuple[memoryview, memoryview, int, memoryview]:
    """Return label, packed nodes, the size of the nodes, and the contents of the arrays."""
    if data[: len(_MAGIC)] != _MAGIC or len(data) < _BODY + _LENGTHS.size:
        raise BadInput("this is no kept state, or the beginning of one", where=where, mend=_MEND)
    _, version, _ = _HEAD.unpack_from(data)
    if version != _VERSION:
        raise BadInput(f"the state has the format {version}, this Fyr reads {_VERSION}", where=where, mend=_MEND)
    view = memoryview(data)
    checksum = hashlib.sha256(view[: _HEAD.size])
    checksum.update(view[_BODY:])
    if checksum.digest() != data[_HEAD.size : _BODY]:
        raise BadInput("the state does not match its checksum: it is damaged or cut short", where=where, mend=_MEND)
    of_label, of_nodes, size, of_contents = _LENGTHS.unpack_from(data, _BODY)
    begin = _BODY + _LENGTHS.size
    if begin + of_label + of_nodes + of_contents != len(data):
        raise BadInput("the state is not as long as it says", where=where, mend=_MEND)
    after_label, after_nodes = begin + of_label, begin + of_label + of_nodes
    return view[begin:after_label], view[after_label:after_nodes], size, view[after_nodes:]
