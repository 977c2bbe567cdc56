"""Which classes a kept state may hold instances of, and what of an instance is kept: the allow-list of a state codec.

A state is never read by what its bytes name: they hold numbers of this list. The list has a digest, and a state that
was written with another list, or by another version of the program, is refused and never misread.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum
from operator import attrgetter
from typing import Any, Final

import orjson

from fyr.errors import FyrError

__all__ = ["FIRST_CLASS", "Kept", "Shape", "Translated", "kept"]

FIRST_CLASS: Final = 16
"""The number of the first class of a list; smaller numbers are what needs no list (lists, mappings, arrays)."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A class, and the fields that are kept of its instances.

    Parameters
    ----------
    cls : type
    fields : tuple of str
        In the order in which they are written. Of an enumeration: the names of its members.
    rebuilt : tuple of str
        Attributes that are not kept, because whoever reads the state makes them anew.
    by_value : bool
        Whether instances never change: those of equal content are then one when they are read again.
    """

    cls: type
    fields: tuple[str, ...]
    rebuilt: tuple[str, ...] = ()
    by_value: bool = False
    values_of: Callable[[Any], Any] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "values_of", _getter(self.fields))

    def check(self, instance: object) -> None:
        """Stop here if the instance has an attribute that nobody has decided about.

        Raises
        ------
        FyrError
            Naming it.
        """
        held = getattr(instance, "__dict__", None)
        if held is not None and held.keys() != set(self.fields).union(self.rebuilt):
            odd = sorted(held.keys() ^ set(self.fields).union(self.rebuilt))
            raise FyrError(
                f"a {self.cls.__name__} is kept with other attributes than it has: {', '.join(odd)}",
                mend="say in the list of kept classes whether they are kept or rebuilt",
            )


@dataclass(frozen=True, slots=True)
class Translated:
    """A class whose instances are written as a plain value that says the same, and made of it again.

    Parameters
    ----------
    cls : type
    to_plain : callable
        Gives the value, of tuples and values that never change.
    from_plain : callable
        Makes the instance.
    """

    cls: type
    to_plain: Callable[[Any], Any]
    from_plain: Callable[[Any], Any]


def kept(cls: type, *fields: str, rebuilt: tuple[str, ...] = ()) -> Kept:
    """Put a class on the list.

    Parameters
    ----------
    cls : type
        An enumeration; a dataclass, of which every field is kept; or another class, with the names of its attributes.
    *fields : str
        For a class that is neither.
    rebuilt : tuple of str
        Attributes that are not kept.

    Raises
    ------
    FyrError
        If nothing says which attributes the class has.
    """
    if issubclass(cls, Enum):
        return Kept(cls, tuple(cls.__members__), by_value=True)
    if dataclasses.is_dataclass(cls) and not fields:
        names = tuple(one.name for one in dataclasses.fields(cls) if one.name not in rebuilt)
        return Kept(cls, names, rebuilt, by_value=cls.__dataclass_params__.frozen)  # type: ignore[attr-defined]
    if not fields:
        raise FyrError(f"nothing says what of a {cls.__name__} is kept", mend="name its attributes")
    return Kept(cls, fields, rebuilt)


class Shape:
    """The allow-list of a state.

    Parameters
    ----------
    classes : iterable of Kept or Translated
    program : str
        The version of the program: another one's states are refused.
    """

    def __init__(self, classes: Iterable[Kept | Translated], program: str) -> None:
        entries = sorted(classes, key=lambda entry: _name(entry.cls))
        self.entries: dict[int, Kept | Translated] = dict(enumerate(entries, FIRST_CLASS))
        self.number_of: dict[type, int] = {entry.cls: number for number, entry in self.entries.items()}
        if len(self.number_of) != len(entries):
            raise FyrError("a class is twice in the list of kept classes", mend="keep one of the two")
        said = [
            [_name(entry.cls), entry.fields if isinstance(entry, Kept) else ["translated"], _is_by_value(entry)]
            for entry in entries
        ]
        self.digest: bytes = hashlib.sha256(orjson.dumps([program, said])).digest()


def _getter(fields: tuple[str, ...]) -> Callable[[Any], Any]:
    if len(fields) > 1:
        return attrgetter(*fields)
    return lambda instance: tuple(getattr(instance, name) for name in fields)


def _name(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"


def _is_by_value(entry: Kept | Translated) -> bool:
    return isinstance(entry, Kept) and entry.by_value
