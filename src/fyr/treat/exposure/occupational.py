"""Dose limits for workers, apprentices and the public, and a worker's doses beside them.

Limits of Council Directive 2013/59/Euratom, articles 9, 11 and 12. Article 9 was read in the directive; the numbers
of articles 11 and 12 in laws that transpose them (French labour code R4451-8; German Strahlenschutzgesetz, sections 78
and 80). A country's law may be stricter, as the German for apprentices is. ICRP Publication 60 set the effective dose
(20 mSv a year averaged over five years, 50 mSv in one); Publication 103 kept it; the limit for the lens follows ICRP's
statement of 2011 (Publication 118).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from fyr.errors import BadInput

__all__ = ["LIMITS", "Finding", "Limit", "assess"]

Who = Literal["worker", "apprentice", "public"]


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit.

    Parameters
    ----------
    quantity : {"effective dose", "lens of the eye", "skin", "extremities"}
    msv : float
    years : int
        The consecutive years that the dose is summed over.
    article : str
    """

    quantity: str
    msv: float
    years: int
    article: str


LIMITS: Final[dict[Who, tuple[Limit, ...]]] = {
    "worker": (
        Limit("effective dose", 20, 1, "9(2)"),
        Limit("lens of the eye", 20, 1, "9(3)(a)"),
        Limit("skin", 500, 1, "9(3)(b)"),
        Limit("extremities", 500, 1, "9(3)(c)"),
    ),
    "apprentice": (
        Limit("effective dose", 6, 1, "11(2)"),
        Limit("lens of the eye", 15, 1, "11(3)(a)"),
        Limit("skin", 150, 1, "11(3)(b)"),
        Limit("extremities", 150, 1, "11(3)(c)"),
    ),
    "public": (
        Limit("effective dose", 1, 1, "12(2)"),
        Limit("lens of the eye", 15, 1, "12(3)(a)"),
        Limit("skin", 50, 1, "12(3)(b)"),
    ),
}
"""By who is exposed; apprentices are those of 16 to 18 years."""

_FIVE_YEARS: Final = {"effective dose": (100.0, 50.0), "lens of the eye": (100.0, 50.0)}
"""What may be authorised instead: the sum of five years, and the most in one of them (articles 9(2) and 9(3)(a))."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A worker's dose of one quantity in one year beside its limit.

    Parameters
    ----------
    quantity : str
    year : int
    msv : float
    limit_msv : float
    percent : float
        Of the limit.
    is_above : bool
    five_years_msv : float or None
        The sum of this and the four years before; ``None`` where a year is missing.
    is_above_five_years : bool or None
        Whether the rule of five years is broken: more than 100 mSv in five, or 50 mSv in one.
    """

    quantity: str
    year: int
    msv: float
    limit_msv: float
    percent: float
    is_above: bool
    five_years_msv: float | None
    is_above_five_years: bool | None


def assess(doses: Mapping[tuple[str, int], float], who: Who = "worker") -> list[Finding]:
    """Compare doses with their limits.

    Parameters
    ----------
    doses : mapping of (str, int) to float
        By quantity and year, in mSv.
    who : {"worker", "apprentice", "public"}

    Raises
    ------
    BadInput
        If a quantity has no limit for these people, or a dose is negative.
    """
    limits = {one.quantity: one for one in LIMITS[who]}
    found = []
    for (quantity, year), dose in sorted(doses.items()):
        if quantity not in limits:
            raise BadInput(f"'{quantity}' has no limit for: {who}", mend=f"known are {', '.join(limits)}")
        if not 0 <= dose < float("inf"):
            raise BadInput(f"{dose} mSv is not a dose", where=f"{quantity}, {year}")
        limit = limits[quantity].msv
        five, broken = None, None
        if who == "worker" and quantity in _FIVE_YEARS:
            years = [doses.get((quantity, one)) for one in range(year - 4, year + 1)]
            of_five, of_one = _FIVE_YEARS[quantity]
            if all(one is not None for one in years):
                five = sum(one for one in years if one is not None)
                broken = five > of_five or dose > of_one
            elif dose > of_one:
                broken = True
        found.append(Finding(quantity, year, dose, limit, 100 * dose / limit, dose > limit, five, broken))
    return found
