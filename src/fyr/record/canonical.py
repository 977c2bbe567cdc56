"""JSON with one spelling only, so that equal content gives equal bytes and equal digests."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from fyr.errors import BadInput

__all__ = ["canonical_json", "digest"]


def canonical_json(document: Any, *, where: str = "") -> str:
    """Write a document with sorted keys and no spaces.

    Raises
    ------
    BadInput
        If a number is NaN or infinite, or a value has no place in JSON.

    Examples
    --------
    >>> canonical_json({"b": [1, 2.5], "a": None})
    '{"a":null,"b":[1,2.5]}'
    """
    try:
        text = _ENCODER.encode(document)
        text.encode()
    except (TypeError, ValueError) as problem:
        raise BadInput(
            f"this cannot be kept as JSON: {problem}", where=where, mend="give text, finite numbers, lists and mappings"
        ) from None
    return text


def digest(text: str) -> str:
    """Return the SHA-256 of a text, as 64 hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} has no place in JSON")


_ENCODER: Final = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=_plain
)
