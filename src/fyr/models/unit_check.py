"""Whether a whole column looks as if it were in another unit than the card asks for."""

from __future__ import annotations

from typing import Final

import polars as pl

from fyr.models.card import ModelCard

__all__ = ["unit_warnings"]

_ENOUGH_ROWS: Final = 20


def unit_warnings(card: ModelCard, frame: pl.DataFrame) -> tuple[str, ...]:
    """Say which columns have a median that no sensible group of patients has.

    Parameters
    ----------
    card : ModelCard
        Whose inputs with a `usual_median` are looked at.
    frame : polars.DataFrame
        The rows. A column with fewer than 20 numbers is let be.

    Notes
    -----
    In METABRIC's public table the Nottingham Prognostic Index was computed from sizes that are ten times too small.
    Each of them was a possible size, and the C-index did not change; the median gives it away.
    """
    warnings = []
    for entry in card.inputs:
        if entry.usual_median is None or entry.name not in frame.columns:
            continue
        numbers = frame.get_column(entry.name).cast(pl.Float64, strict=False).drop_nulls().drop_nans()
        median = numbers.median()
        low, high = entry.usual_median
        if len(numbers) >= _ENOUGH_ROWS and isinstance(median, float) and not low <= median <= high:
            warnings.append(
                f"{entry.name} has a median of {median:g} {entry.unit}, and {low:g} to {high:g} is usual: "
                f"is it in another unit?"
            )
    return tuple(warnings)
