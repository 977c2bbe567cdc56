"""The units of dose reports: what makers write, as UCUM, and nothing that is not known."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from fyr.errors import BadInput
from fyr.units import convert

__all__ = ["in_unit"]

_GRAY_TIMES: Final = re.compile(r"(?P<gray>[a-zA-Z]*Gy)(?P<length>[a-z]*m2?)")
_PROPER: Final = {"Gy": ("Gy",), "Bq": ("Bq", "Ci")}
_WORDS: Final = {"kVp": "kV", "KVP": "kV", "sec": "s", "secs": "s", "degree": "deg", "degrees": "deg", "Degrees": "deg"}
"""What stands for a unit of technique in reports of some makers."""
_SCHEMES: Final = {"UCUM", "UCM"}
"""UCM: so one maker writes UCUM."""


def in_unit(value: float, unit: str, scheme: str, wanted: str) -> float:
    """Convert a reported number.

    Parameters
    ----------
    value : float
    unit, scheme : str
        As they stand in the report. Beside UCUM the spellings are known that makers use for products with the gray
        (``mGycm``, ``mGy-cm``, ``Gym2``, ``Gy*cm2``, ``dGy.cm²``), the two signs for micro, and ``kVp``, ``sec``,
        ``degrees``.
    wanted : str
        UCUM.

    Raises
    ------
    BadInput
        If the unit is of another scheme, not known, or of another kind of quantity.

    Examples
    --------
    >>> in_unit(724.52, "mGycm", "UCUM", "mGy.cm")
    724.52
    >>> in_unit(2.5, "dGy.cm2", "UCUM", "Gy.cm2")
    0.25
    """
    if not unit.strip():
        raise BadInput("the number has no unit", mend="ask the machine's maker")
    if scheme not in _SCHEMES:
        raise BadInput(
            f"the unit '{unit}' is of the coding scheme '{scheme}', which is not UCUM", mend="ask the machine's maker"
        )
    ucum = _as_ucum(unit)
    for proper in _PROPER:  # a sievert has the dimension of a gray, and is none; a hertz that of a becquerel
        if proper in wanted and not any(name in ucum for name in _PROPER[proper]):
            raise BadInput(
                f"the unit '{unit}' is not known here: it is none in {proper}", mend="ask the machine's maker"
            )
    try:
        return float(f"{convert(value, ucum, wanted):.12g}")  # 0.000394 Gy is 0.394 mGy, not 0.39399999999999996
    except BadInput as problem:
        raise BadInput(f"the unit '{unit}' is not known here: {problem.what}", mend="ask the machine's maker") from None


@lru_cache(maxsize=256)
def _as_ucum(unit: str) -> str:
    said = unit.strip().replace("µ", "u").replace("μ", "u").replace("²", "2").replace("^2", "2")
    said = re.sub(r"\s*[*·x]\s*|(?<=Gy)-(?=[a-z])|\s+", ".", _WORDS.get(said, said))
    found = _GRAY_TIMES.fullmatch(said)
    return f"{found['gray']}.{found['length']}" if found else said
