"""Cells as values with a quality; what cannot be read is refused with its row and column."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.exchange.tables.mapping import ABSENT, ColumnRule
from fyr.record.series import Quality

if TYPE_CHECKING:
    import polars as pl

    from fyr.exchange.tables.sheet import Sheet

__all__ = ["NO_SAMPLE", "NUMBER", "QUALITY_OF_WORD", "read_numbers", "read_qualities", "read_words"]

NO_SAMPLE: Final = 255
"""Beside the values of :class:`~fyr.record.Quality`: the cell holds no sample at all."""

QUALITY_OF_WORD: Final[dict[str, int]] = {
    "present": Quality.PRESENT,
    "unknown": Quality.UNKNOWN,
    "not done": Quality.NOT_DONE,
    "imputed": Quality.IMPUTED,
    "implausible": Quality.IMPLAUSIBLE,
    ABSENT: NO_SAMPLE,
}
NUMBER: Final = r"^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$"
"""How a number is written: with a decimal point, and nothing that groups its digits."""


def read_numbers(
    sheet: Sheet, column: str, rows: NDArray[np.int64], rule: ColumnRule, decimal: str
) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
    """Read cells as numbers.

    Parameters
    ----------
    sheet : Sheet
    column : str
    rows : ndarray of int64, shape (n,)
        Which rows of the sheet.
    rule : ColumnRule
        What stands for a missing value.
    decimal : str
        ``.`` or ``,``.

    Returns
    -------
    values : ndarray of float64, shape (n,)
        NaN where missing.
    quality : ndarray of uint8, shape (n,)
        Present, or what the missing code means.

    Raises
    ------
    BadInput
        If a cell is neither a number nor a missing code; the error names row and column.
    """
    import polars as pl

    cells = sheet.frame[column].gather(rows)
    if cells.dtype == pl.String:
        text = cells.fill_null("").str.strip_chars()
        quality = _missing(text, rule.missing)
        looks = text.str.replace_all(",", ".", literal=True) if decimal == "," else text
        other = "." if decimal == "," else ","
        numeric = looks.str.contains(NUMBER) & ~text.str.contains(other, literal=True)
        bad = np.flatnonzero((quality == Quality.PRESENT) & ~numeric.to_numpy())
        if bad.size:
            _refuse_number(sheet, column, int(rows[bad[0]]), text[int(bad[0])], decimal)
        values = looks.set(pl.Series(quality != Quality.PRESENT), None).cast(pl.Float64).fill_null(np.nan).to_numpy()
    elif cells.dtype.is_numeric():
        values = np.asarray(cells.cast(pl.Float64).fill_null(np.nan).to_numpy(), dtype=np.float64)
        quality = np.full(len(values), Quality.PRESENT, dtype=np.uint8)
        for code, meaning in rule.missing.items():
            quality[_equals(values, code)] = QUALITY_OF_WORD[meaning]
        values = np.where(quality == Quality.PRESENT, values, np.nan)
    else:
        raise BadInput(
            f"the column holds {cells.dtype}, not numbers", where=f"{sheet.path} column '{column}'", mend="map another"
        )
    bad = np.flatnonzero((quality == Quality.PRESENT) & ~np.isfinite(values))
    if bad.size:
        _refuse_number(sheet, column, int(rows[bad[0]]), str(cells[int(bad[0])]), decimal)
    return np.array(values, dtype=np.float64), quality


def read_words(
    sheet: Sheet, column: str, rows: NDArray[np.int64], rule: ColumnRule
) -> tuple[list[str | bool | None], NDArray[np.uint8]]:
    """Read cells as text, or as truth values where the rule says how those are written.

    Raises
    ------
    BadInput
        If a cell is neither one of the words for true or false nor a missing code.
    """
    import polars as pl

    text = sheet.frame[column].gather(rows).cast(pl.String).fill_null("").str.strip_chars()
    quality = _missing(text, rule.missing)
    words: list[str | bool | None] = []
    for index, (cell, missing) in enumerate(zip(text.to_list(), quality != Quality.PRESENT, strict=True)):
        if missing:
            words.append(None)
        elif rule.kind == "text" and (cell in rule.words or not rule.words):
            words.append(rule.words.get(cell, cell))
        elif rule.kind == "text":
            raise BadInput(
                f"'{cell}' is none of the words {', '.join(rule.words)}",
                where=sheet.place(int(rows[index]), column),
                mend="correct the cell, or say in the mapping what it means (words)",
            )
        elif cell in rule.true or cell in rule.false:
            words.append(cell in rule.true)
        else:
            raise BadInput(
                f"'{cell}' is neither true ({', '.join(rule.true)}) nor false ({', '.join(rule.false)})",
                where=sheet.place(int(rows[index]), column),
                mend="correct the cell, or add the word to is_true, is_false or missing in the mapping",
            )
    return words, quality


def read_qualities(sheet: Sheet, column: str, rows: NDArray[np.int64], words: Mapping[str, str]) -> NDArray[np.uint8]:
    """Read a column of status words.

    Raises
    ------
    BadInput
        If a word is not one of those that the mapping knows.
    """
    import polars as pl

    cells = sheet.frame[column].gather(rows)
    if cells.dtype.is_integer():
        known = [int(quality) for quality in Quality]
        bad = np.flatnonzero(~cells.is_in(known).fill_null(value=False).to_numpy())
        if not bad.size:
            return np.asarray(cells.cast(pl.UInt8).to_numpy(), dtype=np.uint8)
    else:
        text = cells.cast(pl.String).fill_null("").str.strip_chars()
        quality = np.full(len(text), NO_SAMPLE, dtype=np.uint8)
        for word, meaning in words.items():
            quality[(text == word).to_numpy()] = QUALITY_OF_WORD[meaning]
        bad = np.flatnonzero(quality == NO_SAMPLE)
        if not bad.size:
            return quality
    raise BadInput(
        f"'{cells[int(bad[0])]}' is not a status; known are {', '.join(words)}",
        where=sheet.place(int(rows[bad[0]]), column),
        mend="correct the cell, or say in the mapping what the word means (status_words)",
    )


def _missing(text: pl.Series, missing: Mapping[str, str]) -> NDArray[np.uint8]:
    quality = np.full(len(text), Quality.PRESENT, dtype=np.uint8)
    for code, meaning in missing.items():
        quality[(text == code).to_numpy()] = QUALITY_OF_WORD[meaning]
    return quality


def _equals(values: NDArray[np.float64], code: str) -> NDArray[np.bool_]:
    """Tell which numbers a missing code stands for; the empty code stands for null and NaN."""
    if code.lower() in ("", "nan", "null"):
        return np.isnan(values)
    try:
        return np.asarray(values == float(code))
    except ValueError:
        return np.zeros(len(values), dtype=bool)


def _refuse_number(sheet: Sheet, column: str, row: int, cell: str, decimal: str) -> None:
    comma = "," in cell if decimal == "." else "." in cell
    if comma:
        found, other = (",", "a decimal comma") if decimal == "." else (".", "a decimal point")
        mend = f"the mapping says decimal: '{decimal}'; write the whole file one way and name it (decimal: '{found}')"
        what = f"'{cell}' has {other}, or groups its digits"
    else:
        what = "the cell is empty" if not cell else f"'{cell}' is not a number"
        mend = "correct the cell, or say in the mapping what it means (missing: {'" + cell + "': unknown})"
    raise BadInput(what, where=sheet.place(row, column), mend=mend)
