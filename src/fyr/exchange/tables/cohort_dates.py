"""Follow-up from two columns of dates: the day it began and the day that the patient was last known of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.exchange.tables.cohort_mapping import TimeUse

__all__ = ["follow_up_from_dates"]

_DAYS_PER_YEAR = 365.25


def follow_up_from_dates(
    ends: Sequence[str], starts: Sequence[str], use: TimeUse, missing: Sequence[str], where: str
) -> tuple[NDArray[np.float64], dict[str, NDArray[np.bool_]]]:
    """Return the years from one date to the other.

    Parameters
    ----------
    ends, starts : sequence of str, length rows
    use : TimeUse
        Its `format`: ``iso`` (a time of day behind the date is let be), or a pattern such as ``%d.%m.%Y``.
    missing : sequence of str
        The texts that stand for no value.
    where : str

    Returns
    -------
    years : ndarray of float64, shape (rows,)
        Of 365.25 days; 0 where it cannot be used.
    left_out : dict of str to ndarray of bool
        By the reason.

    Raises
    ------
    BadInput
        If not one row has two dates of that form.
    """
    days = [np.array([_day(text, use.format, missing) for text in column]) for column in (starts, ends)]
    absent = np.isnan(days[0]) | np.isnan(days[1])
    unread = np.isinf(days[0]) | np.isinf(days[1])
    with np.errstate(invalid="ignore"):
        apart = days[1] - days[0]
    used = np.isfinite(apart)
    if not used.any():
        example = next((text for column in (ends, starts) for text in column if text not in missing), "")
        form = "as 2026-11-22" if use.format == "iso" else f"in the form {use.format}"
        raise BadInput(
            f"no row has a date {form} in both '{use.since}' and '{use.column}' (the first is '{example}')",
            where=where,
            mend="name the form of the dates: outcome: time: {…, format: '%d.%m.%Y'}",
        )
    left_out = {
        "no date": absent & ~unread,
        "a date that cannot be read": unread,
        "a last date before the first": used & (np.where(used, apart, 0.0) < 0),
    }
    return np.where(used & ~left_out["a last date before the first"], apart, 0.0) / _DAYS_PER_YEAR, left_out


def _day(text: str, form: str, missing: Sequence[str]) -> float:
    """Return the number of a day; NaN where there is none, infinity where the text is no date."""
    if text in missing:
        return np.nan
    try:
        if form == "iso":
            return float(date.fromisoformat(text[:10]).toordinal())
        return float(datetime.strptime(text, form).replace(tzinfo=UTC).toordinal())
    except ValueError:
        return np.inf
