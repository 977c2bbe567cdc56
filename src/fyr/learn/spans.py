"""Spans of time as a person says them."""

from __future__ import annotations

__all__ = ["span_words"]

_DAYS_A_YEAR = 365.25


def span_words(years: float) -> str:
    """Return years, months or days, whichever is a round number; years of four digits where none is.

    Examples
    --------
    >>> [span_words(years) for years in (10, 1, 2.5, 0.5, 180 / 365.25, 0.123)]
    ['10 years', '1 year', '2.5 years', '6 months', '180 days', '0.123 years']
    """
    for count, unit, slack in ((years, "year", 1e-9), (12 * years, "month", 1e-6), (_DAYS_A_YEAR * years, "day", 1e-5)):
        half = unit == "year" and abs(2 * count - round(2 * count)) <= slack
        if count >= 1 - slack and (half or abs(count - round(count)) <= slack):
            rounded = round(2 * count) / 2
            return f"{rounded:g} {unit}" + ("" if rounded == 1 else "s")
    return f"{years:.4g} years"
