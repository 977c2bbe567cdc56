"""Structures written as sums and differences of others: ``PTV - (Rectum + Bladder)``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from fyr.errors import BadInput, UsageError

if TYPE_CHECKING:
    from fyr.imaging.structure_algebra import Operation, Resolution
    from fyr.imaging.structure_set import Structure, StructureSet

__all__ = ["Combined", "Named", "evaluate", "parse_expression"]

_OPERATIONS: Final[dict[str, Operation]] = {"+": "union", "-": "difference", "^": "xor", "&": "intersection"}
_MEND: Final = (
    "write + (both), - (without), & (in both), ^ (in one only), parentheses, and names in quotes where unclear"
)


@dataclass(frozen=True, slots=True)
class Named:
    """A structure by its name."""

    name: str


@dataclass(frozen=True, slots=True)
class Combined:
    """Two structures, or what is made of them, joined or cut."""

    first: Combined | Named
    second: Combined | Named
    operation: Operation


def parse_expression(text: str, names: Sequence[str]) -> Combined | Named:
    """Read an expression; ``&`` binds first, the others from left to right.

    Parameters
    ----------
    text : str
    names : sequence of str
        Of the structures that there are; the longest that fits is taken, upper and lower case alike. A name that holds
        an operator is so its name, and not a difference.

    Raises
    ------
    UsageError
        If the expression is not understood.
    BadInput
        If there is no such structure.

    Examples
    --------
    >>> parse_expression("PTV - Rectum", ["PTV", "Rectum"])
    Combined(first=Named(name='PTV'), second=Named(name='Rectum'), operation='difference')
    >>> parse_expression("PTV-Rectum", ["PTV", "Rectum", "PTV-Rectum"])
    Named(name='PTV-Rectum')
    """
    reader = _Reader(text, sorted(names, key=len, reverse=True))
    found = reader.sum()
    if reader.rest():
        raise reader.misread()
    return found


def evaluate(expression: Combined | Named, structures: StructureSet, resolution: Resolution | None = None) -> Structure:
    """Make the structure that an expression asks for.

    Raises
    ------
    BadInput
        If a structure cannot be filled, or nothing is left of one that is needed further.
    """
    from fyr.imaging.structure_algebra import combine

    if isinstance(expression, Named):
        named = structures.structure(expression.name)
        if named.unreadable:
            raise BadInput(named.unreadable, where=f"structure '{named.name}'", mend="take the set again")
        return named
    first = evaluate(expression.first, structures, resolution)
    second = evaluate(expression.second, structures, resolution)
    if isinstance(expression.second, Combined) and not second.contours:
        return first if expression.operation != "intersection" else second
    return combine(first, second, expression.operation, resolution)


class _Reader:
    def __init__(self, text: str, names: list[str]) -> None:
        self._text, self._names, self._at = text, names, 0

    def rest(self) -> str:
        while self._at < len(self._text) and self._text[self._at].isspace():
            self._at += 1
        return self._text[self._at :]

    def misread(self) -> UsageError:
        rest = self.rest()
        what = f"'{self._text}' is not understood" + (f" from '{rest}' on" if rest else ": it ends too early")
        return UsageError(what, where="--combine", mend=_MEND)

    def sum(self) -> Combined | Named:
        found = self._product()
        while self.rest()[:1] in {"+", "-", "^"} and self.rest():
            operation = _OPERATIONS[self._next()]
            found = Combined(found, self._product(), operation)
        return found

    def _product(self) -> Combined | Named:
        found = self._one()
        while self.rest()[:1] == "&":
            self._next()
            found = Combined(found, self._one(), "intersection")
        return found

    def _next(self) -> str:
        self._at += 1
        return self._text[self._at - 1]

    def _one(self) -> Combined | Named:
        rest = self.rest()
        if rest[:1] == "(":
            self._next()
            found = self.sum()
            if self.rest()[:1] != ")":
                raise self.misread()
            self._next()
            return found
        if rest[:1] in {'"', "'"} and rest.find(rest[0], 1) > 0:
            end = rest.find(rest[0], 1)
            self._at += end + 1
            return self._known(rest[1:end])
        for name in self._names:
            after = rest[len(name) : len(name) + 1]
            if rest.casefold().startswith(name.casefold()) and (not after or after.isspace() or after in "+-^&)"):
                self._at += len(name)
                return Named(name)
        word = rest.split()[0] if rest.split() else ""
        if not word or word[0] in "+-^&)":
            raise self.misread()
        return self._known(word)

    def _known(self, name: str) -> Named:
        for known in self._names:
            if known.casefold() == name.casefold():
                return Named(known)
        raise BadInput(
            f"there is no structure '{name}'", where="--combine", mend=f"there are {', '.join(sorted(self._names))}"
        )
