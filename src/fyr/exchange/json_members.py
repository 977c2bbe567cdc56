"""JSON in which every name stands once: of two values under one name nobody can say which is meant.

RFC 8259, section 4: "The names within an object SHOULD be unique"; FHIR R4, "JSON representation of resources", wants
the same of every property.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final

__all__ = ["name_that_stands_twice"]

_MEMBER: Final = re.compile(rb'"\s*:')


class _FoundError(Exception):
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def name_that_stands_twice(data: bytes, content: Any) -> str | None:
    r"""Return a name that an object in JSON has twice; ``None`` where there is none.

    Parameters
    ----------
    data : bytes
        The JSON, in UTF-8 without a byte-order mark.
    content : object
        What was read from it, by a reader that keeps one value of each name.

    Raises
    ------
    RecursionError
        If it is nested too deeply.

    Examples
    --------
    >>> name_that_stands_twice(b'{"a": 1, "b": {"a": 2}}', {"a": 1, "b": {"a": 2}})
    >>> name_that_stands_twice(b'{"a": 1, "a": 2}', {"a": 2})
    'a'
    """
    # Each member has at least one such mark, so equal counts mean that no member was dropped.
    if type(content) not in (dict, list) or len(_MEMBER.findall(data)) == _members(content):
        return None
    try:
        json.loads(data, object_pairs_hook=_each_once)
    except _FoundError as found:
        return found.name
    return None


def _members(node: Any) -> int:
    if type(node) is dict:
        return len(node) + sum(_members(value) for value in node.values() if type(value) in (dict, list))
    return sum(_members(value) for value in node if type(value) in (dict, list))


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    whole = dict(pairs)
    if len(whole) != len(pairs):
        names = [name for name, _ in pairs]
        raise _FoundError(next(name for name in names if names.count(name) > 1))
    return whole
