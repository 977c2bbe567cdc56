"""Arrays as raw bytes with a description of their type, of plain numbers and text only, and back."""

from __future__ import annotations

import math
import re
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.errors import FyrError

__all__ = ["array_from", "described", "dtype_from", "raw_bytes"]

_PLAIN: Final = re.compile(r"[<>|][?bBiufcSUmM]\d*(?:\[\d*[A-Za-z]+\])?")
_MOST_FIELDS: Final = 1000


def described(dtype: np.dtype[Any]) -> Any:
    """Return a type as JSON: its own code, or its fields with their places.

    Raises
    ------
    FyrError
        If it may hold Python objects.
    """
    if dtype.hasobject:
        raise FyrError("an array of Python objects cannot be kept", mend="keep a list, or an array of numbers or text")
    if dtype.subdtype is not None:
        base, shape = dtype.subdtype
        return {"base": described(base), "shape": list(shape)}
    if dtype.names is None:
        return dtype.str
    fields = [dtype.fields[name] for name in dtype.names] if dtype.fields is not None else []
    return {
        "names": list(dtype.names),
        "formats": [described(field[0]) for field in fields],
        "offsets": [field[1] for field in fields],
        "itemsize": dtype.itemsize,
        "aligned": dtype.isalignedstruct,
    }


def dtype_from(description: Any) -> np.dtype[Any]:
    """Return the type that :func:`described` described.

    Raises
    ------
    ValueError
        If it describes none, or one that is never written.
    """
    if isinstance(description, str):
        if not _PLAIN.fullmatch(description):
            raise ValueError(f"{description!r} is no type of numbers or text")
        return np.dtype(description)
    if "base" in description:
        return np.dtype((dtype_from(description["base"]), tuple(int(size) for size in description["shape"])))
    if len(description["names"]) > _MOST_FIELDS:
        raise ValueError("a type has too many fields")
    return np.dtype(
        {
            "names": description["names"],
            "formats": [dtype_from(one) for one in description["formats"]],
            "offsets": description["offsets"],
            "itemsize": description["itemsize"],
        },
        align=bool(description["aligned"]),
    )


def raw_bytes(array: NDArray[Any]) -> memoryview:
    """Return the content of an array, row after row, as bytes; what lies between fields is left out."""
    whole = np.ascontiguousarray(array if array.dtype.names is None else _repacked(array, _packed(array.dtype)))
    return whole.reshape(-1).view(np.uint8).data if whole.size and whole.itemsize else memoryview(b"")


def array_from(content: memoryview, dtype: np.dtype[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    """Return the array that :func:`raw_bytes` gave the content of; it can be written to.

    Raises
    ------
    ValueError
        If type, shape and content do not fit each other.
    """
    packed = _packed(dtype)
    if min(shape, default=0) < 0 or math.prod(shape) * packed.itemsize != len(content):
        raise ValueError("an array's content does not fit its shape")
    if not len(content):
        return np.zeros(shape, dtype)
    whole = np.frombuffer(content, packed).reshape(shape)
    return whole.copy() if dtype.names is None else _repacked(whole, dtype)


def _packed(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Return the type without room between its fields."""
    if dtype.names is None or dtype.fields is None:
        return dtype
    return np.dtype([(name, _packed(dtype.fields[name][0])) for name in dtype.names])


def _repacked(array: NDArray[Any], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Return a copy of another layout; what lies between its fields is zero."""
    copied = np.zeros(array.shape, dtype)
    for name in dtype.names or ():
        copied[name] = array[name]
    return copied
