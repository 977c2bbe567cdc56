"""Numbers as HL7 writes them (data type NM): a sign, digits, a point, digits; no exponent, no comma, no word.

Source: HL7 version 2.5.1, 2.A.47. Spaces around the number are taken, as fixed-width senders write them.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["read_decimal"]

_DECIMAL: Final = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)")


def read_decimal(text: str) -> float | None:
    """Return the nearest float, or ``None`` if the text is no number.

    >>> read_decimal("37.2"), read_decimal(" 72"), read_decimal("12,5"), read_decimal("1e3"), read_decimal("")
    (37.2, 72.0, None, None, None)
    """
    bare = text.strip(" ")
    return float(bare) if len(bare) <= 300 and _DECIMAL.fullmatch(bare) else None
