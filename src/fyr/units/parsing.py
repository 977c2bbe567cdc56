"""Reads a UCUM expression (case-sensitive codes) into an exact measure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from typing import Final

from fyr.errors import BadInput
from fyr.units.table import AFFINE, DEFINED, MEANT, OWN_KIND, PREFIXES

__all__ = ["Measure", "parse"]

_LONGEST: Final = 200
_HIGHEST_EXPONENT: Final = 99
_SYMBOL: Final = re.compile(r"(?P<code>10[*^]|(?:\[[^\[\]\s]+\]|[A-Za-z%'_])+)(?P<exponent>[+-]?\d+)?")
_INTEGER: Final = re.compile(r"\d+")
_ANNOTATION: Final = re.compile(r"\{[!-z|~]*\}")


@dataclass(frozen=True, slots=True)
class Measure:
    """A unit: how many base units it is, of which kinds, and where its zero lies.

    Parameters
    ----------
    factor : Fraction
        Base units in one of this unit.
    kinds : tuple of (str, int)
        Base kinds with their exponents, sorted; empty for pure numbers.
    zero : Fraction
        The value, in base units, that this unit calls 0 (273.15 K for degrees Celsius).
    """

    factor: Fraction
    kinds: tuple[tuple[str, int], ...] = ()
    zero: Fraction = field(default=Fraction(0))

    def times(self, other: Measure, exponent: int = 1) -> Measure:
        """Multiply by another unit raised to a whole exponent."""
        kinds = dict(self.kinds)
        for kind, power in other.kinds:
            kinds[kind] = kinds.get(kind, 0) + power * exponent
        return Measure(
            self.factor * other.factor**exponent,
            tuple(sorted((kind, power) for kind, power in kinds.items() if power)),
        )


_ONE: Final = Measure(Fraction(1))


class _NotAUnit(Exception):
    """The text is no UCUM expression; says where it stops making sense."""


@lru_cache(maxsize=4096)
def parse(text: str) -> Measure:
    """Read a UCUM expression.

    Parameters
    ----------
    text : str
        For example ``mm[Hg]``, ``{beats}/min``, ``10*9/L``, ``kg.m/s2``.

    Raises
    ------
    BadInput
        If the text is not a unit in UCUM; the error offers the UCUM spelling where a common one was meant.
    """
    try:
        return _Reader(text).whole()
    except _NotAUnit as problem:
        offered = MEANT.get(text)
        shown = text if len(text) <= 40 else f"{text[:37]}..."
        raise BadInput(
            f"'{shown}' is not a UCUM unit: {problem}",
            mend=f"write {offered}" if offered else "look the unit up in UCUM (ucum.org); case matters",
        ) from None


class _Reader:
    """A recursive-descent reader of UCUM's grammar, section 7."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def whole(self) -> Measure:
        if not self.text:
            raise _NotAUnit("it is empty")
        if len(self.text) > _LONGEST:
            raise _NotAUnit(f"it is longer than {_LONGEST} characters")
        if self.text[0] == "/":
            self.at = 1
            measure = self.term(self.product(_ONE, self.component(), -1))
        else:
            measure = self.term(self.component())
        if self.at < len(self.text):
            raise _NotAUnit(f"'{self.text[self.at]}' at character {self.at + 1} is not expected")
        return measure

    def term(self, measure: Measure) -> Measure:
        """Read the rest of a product; ``a/b.c`` is (a/b).c, as UCUM has it."""
        while self.at < len(self.text) and self.text[self.at] in "./":
            exponent = 1 if self.text[self.at] == "." else -1
            self.at += 1
            measure = self.product(measure, self.component(), exponent)
        return measure

    def product(self, left: Measure, right: Measure, exponent: int) -> Measure:
        if left.zero or right.zero:
            raise _NotAUnit("a unit whose zero is not nothing (Cel, [degF]) cannot be multiplied or divided")
        return left.times(right, exponent)

    def component(self) -> Measure:
        if self.at >= len(self.text):
            raise _NotAUnit("it ends in the middle")
        if self.text[self.at] == "(":
            self.at += 1
            measure = self.term(self.component())
            if not self.text.startswith(")", self.at):
                raise _NotAUnit("a parenthesis is not closed")
            self.at += 1
            self.annotation()
            return measure
        measure = _ONE if self.text[self.at] == "{" else self.simple()
        self.annotation()
        return measure

    def annotation(self) -> None:
        """Pass over an annotation, where there is one: it means nothing to a computer."""
        if not self.text.startswith("{", self.at):
            return
        found = _ANNOTATION.match(self.text, self.at)
        if found is None:
            raise _NotAUnit("an annotation in braces is not closed, or holds more than plain ASCII")
        self.at = found.end()

    def simple(self) -> Measure:
        found = _SYMBOL.match(self.text, self.at)
        if found is None:
            number = _INTEGER.match(self.text, self.at)
            if number is None:
                raise _NotAUnit(f"'{self.text[self.at]}' at character {self.at + 1} is not expected")
            self.at = number.end()
            if int(number[0]) == 0:
                raise _NotAUnit("it contains a zero")
            return Measure(Fraction(int(number[0])))
        self.at = found.end()
        measure = _atom(found["code"])
        if found["exponent"] is None:
            return measure
        exponent = int(found["exponent"])
        if measure.zero:
            raise _NotAUnit("a unit whose zero is not nothing (Cel, [degF]) cannot have an exponent")
        if not 0 < abs(exponent) <= _HIGHEST_EXPONENT:
            raise _NotAUnit(f"an exponent of {exponent} is not possible")
        return _ONE.times(measure, exponent)


def _atom(code: str) -> Measure:
    """Look a code up whole first, then as a prefix and a unit that takes one."""
    whole = _known(code, with_prefix=False)
    if whole is not None:
        return whole
    for prefix, value in PREFIXES.items():
        rest = _known(code[len(prefix) :], with_prefix=True) if code.startswith(prefix) else None
        if rest is not None:
            return Measure(rest.factor * Fraction(value), rest.kinds, rest.zero)
    raise _NotAUnit(f"there is no unit '{code}'")


@lru_cache(maxsize=1024)
def _known(code: str, *, with_prefix: bool) -> Measure | None:
    if code in OWN_KIND and (OWN_KIND[code] or not with_prefix):
        return Measure(Fraction(1), ((code, 1),))
    if code in AFFINE:
        degree, below, metric = AFFINE[code]
        if metric or not with_prefix:
            return Measure(Fraction(degree), (("K", 1),), Fraction(degree) * Fraction(below))
    if code in DEFINED:
        value, unit, metric = DEFINED[code]
        if metric or not with_prefix:
            measure = _Reader(unit).whole()
            return Measure(measure.factor * Fraction(value), measure.kinds)
    return None
