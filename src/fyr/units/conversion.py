"""Converts numbers from one UCUM unit to another; the ratio is exact, and the number is rounded as seldom as can be."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

from fyr.errors import BadInput

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["check_unit", "convert", "is_convertible"]

Quantity = TypeVar("Quantity", float, "NDArray[np.float64]")


def check_unit(text: str) -> str:
    """Return the text if it is a unit in UCUM.

    Raises
    ------
    BadInput
        If it is not; the error names the text, and the UCUM spelling where a common one was meant.

    Examples
    --------
    >>> check_unit("{beats}/min")
    '{beats}/min'
    """
    from fyr.units.parsing import parse

    parse(text)
    return text


def is_convertible(from_unit: str, to_unit: str) -> bool:
    """Tell whether both are units and measure the same kind of quantity."""
    try:
        _line(from_unit, to_unit)
    except BadInput:
        return False
    return True


def convert(value: Quantity, from_unit: str, to_unit: str) -> Quantity:
    """Convert a value, or every value of an array, from one UCUM unit to another.

    Parameters
    ----------
    value : float or ndarray of float64, any shape
        NaN stays NaN.
    from_unit, to_unit : str
        UCUM, case-sensitive codes. Annotations in braces do not matter: ``{beats}/min`` is ``/min``.

    Returns
    -------
    float or ndarray of float64
        The same shape; the same object where nothing has to change.

    Raises
    ------
    BadInput
        If either is not a unit in UCUM, or the two measure different kinds of quantity; the error names both.

    Examples
    --------
    >>> convert(98.6, "[degF]", "Cel")
    37.0
    >>> convert(120.0, "mm[Hg]", "kPa")
    15.99864
    """
    times, plus, over = _line(from_unit, to_unit)
    if plus:
        return (value * times + plus) / over
    if times == over:
        return value
    return value * times / over if times != 1 else value / over


@lru_cache(maxsize=4096)
def _line(from_unit: str, to_unit: str) -> tuple[float, float, float]:
    """Return (times, plus, over) with converted = (value * times + plus) / over; whole numbers wherever they fit."""
    from fyr.units.parsing import parse

    have, want = parse(from_unit), parse(to_unit)
    if have.kinds != want.kinds:
        from fyr.units.table import MEANT

        meant = next((f"; '{unit}': write {MEANT[unit]}" for unit in (from_unit, to_unit) if unit in MEANT), "")
        raise BadInput(
            f"'{from_unit}' cannot be converted to '{to_unit}': they measure different kinds of quantity",
            mend=f"check both units{meant}",
        )
    if from_unit == to_unit:
        return 1.0, 0.0, 1.0
    slope, intercept = have.factor / want.factor, (have.zero - want.zero) / want.factor
    over = math.lcm(slope.denominator, intercept.denominator)
    times, plus = slope * over, intercept * over
    if max(float(abs(times)), float(abs(plus)), float(over)) < 2**53:
        return float(times), float(plus), float(over)
    return float(slope), float(intercept), 1.0
