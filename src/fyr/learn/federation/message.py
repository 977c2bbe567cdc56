"""What travels between hospitals: named values as bytes, the same bytes for the same values on every machine.

The form (version 1) is one line of canonical JSON, then the arrays, little-endian, one after another. Sums are compared
bit for bit after a crash and are signed, so there is exactly one way to write a value.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput

__all__ = ["Payload", "Value", "decode", "digest", "encode"]

Value = Any
"""None, bool, int, float, str, an array (float64, int64, uint64, uint8 or bool), or a list or mapping of such."""

Payload = Mapping[str, Value]

_WHERE: Final = "message between hospitals"
_ARRAY: Final = "$array"
_KINDS: Final = {"f8": "<f8", "i8": "<i8", "u8": "<u8", "u1": "|u1", "b1": "|b1"}
_AS_THEY_ARE: Final = frozenset({str, int, bool, type(None)})
_MOST: Final = 1 << 30
_DEEPEST: Final = 20


def encode(payload: Payload) -> bytes:
    """Return the bytes of a payload.

    Parameters
    ----------
    payload : mapping
        Names of text; values as :data:`Value`. Single numbers must be finite (an array may hold NaN).

    Raises
    ------
    BadInput
        If a value has no form, or a number is not finite.
    """
    blobs: list[bytes] = []
    at = 0

    def plain(value: Value) -> Any:
        nonlocal at
        if type(value) in _AS_THEY_ARE:
            return value
        if isinstance(value, np.ndarray):
            kind = value.dtype.kind + str(value.dtype.itemsize)
            if kind not in _KINDS:
                raise BadInput(f"an array of {value.dtype} has no form", where=_WHERE)
            blob = np.ascontiguousarray(value).astype(_KINDS[kind], copy=False).tobytes()
            form = {_ARRAY: [kind, list(value.shape), at]}
            blobs.append(blob)
            at += len(blob)
            return form
        if isinstance(value, (dict, Mapping)):
            return {str(name): plain(value[name]) for name in sorted(value)}
        if isinstance(value, (list, tuple)):
            return [plain(one) for one in value]
        if isinstance(value, (np.bool_, np.integer, np.floating)):
            return plain(value.item())
        if isinstance(value, (int, str)) or (isinstance(value, float) and math.isfinite(value)):
            return value
        raise BadInput(f"{value!r} has no form", where=_WHERE)

    head = json.dumps(plain(payload), sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return b"".join([head.encode("ascii"), b"\n", *blobs])


def decode(data: bytes) -> dict[str, Value]:
    """Return the payload of its bytes.

    Raises
    ------
    BadInput
        If the bytes are no payload: cut short, too long, not JSON, an array that reaches past the end.
    """
    if len(data) > _MOST:
        raise BadInput(f"{len(data):,} bytes are more than the {_MOST:,} that are read", where=_WHERE)
    head, line, body = data.partition(b"\n")
    try:
        found = json.loads(head.decode("ascii")) if line else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise BadInput("the bytes are no message of this form", where=_WHERE, mend="was it cut short on its way?")
    used = 0

    def full(value: Any, deep: int) -> Value:
        nonlocal used
        if deep > _DEEPEST:
            raise BadInput("values are nested too deep", where=_WHERE)
        if isinstance(value, list):
            return [full(one, deep + 1) for one in value]
        if not isinstance(value, dict):
            if isinstance(value, float) and not math.isfinite(value):
                raise BadInput(f"a single number is {value}", where=_WHERE)
            return value
        if set(value) != {_ARRAY}:
            return {name: full(one, deep + 1) for name, one in value.items()}
        array = _array(value[_ARRAY], body)
        used += array.nbytes
        return array

    payload: dict[str, Value] = {name: full(value, 0) for name, value in found.items()}
    if used != len(body):
        raise BadInput(
            f"{len(body) - used} bytes belong to no array", where=_WHERE, mend="was it cut short on its way?"
        )
    return payload


def _array(form: Any, body: bytes) -> NDArray[Any]:
    match form:
        case [str(kind), list(shape), int(start)] if kind in _KINDS and all(type(n) is int and n >= 0 for n in shape):
            count = math.prod(shape)
            dtype = np.dtype(_KINDS[kind])
            if start >= 0 and start + count * dtype.itemsize <= len(body):
                return np.frombuffer(body, dtype, count, start).reshape(shape).copy()
    raise BadInput("an array reaches past the end of its message", where=_WHERE, mend="was it cut short on its way?")


def digest(data: bytes) -> str:
    """Return the SHA-256 of bytes, in hexadecimal digits."""
    import hashlib

    return hashlib.sha256(data).hexdigest()
