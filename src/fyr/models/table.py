"""A model over a polars table: columns in, the same rows and the answer's columns out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import orjson
import polars as pl

from fyr.errors import BadInput
from fyr.models.answers import Answers
from fyr.models.card import ModelCard, ModelInput
from fyr.models.categories import Categories
from fyr.models.contract import Model
from fyr.models.reading import Encoded

__all__ = [
    "EXPLANATION",
    "REFUSAL",
    "answer_table",
    "check_room_for_answer",
    "with_answers",
    "with_plain_durations",
]

_MICROSECONDS = {"s": 1e6, "min": 6e7, "h": 3.6e9, "d": 8.64e10}

REFUSAL = "refusal"
EXPLANATION = "explanation"


def answer_table(model: Model, frame: pl.DataFrame) -> Answers:
    """Answer for every row of a table; a column that the table lacks is missing in every row."""
    columns = {
        entry.name: _raw(_in_unit(frame.get_column(entry.name), entry))
        for entry in model.card.inputs
        if entry.name in frame.columns
    }
    return model.predict_columns(columns, rows=frame.height)


def with_answers(frame: pl.DataFrame, answers: Answers, *, explain: bool = False) -> pl.DataFrame:
    """Return the table with the answer's columns behind its own: outputs, interval ends, `refusal`, `explanation`.

    Raises
    ------
    BadInput
        If the table has a column of such a name.
    """
    check_room_for_answer(answers.card.output_columns, frame.columns, explain=explain)
    answered = pl.Series(answers.answered)
    added = [_output(name, answers, answered) for name in answers.card.output_columns]
    added.append(pl.Series(REFUSAL, answers.refusal_reasons(), dtype=pl.String))
    if explain:
        added.append(
            pl.Series(EXPLANATION, [_explanation(answers, row) for row in range(len(answers))], dtype=pl.String)
        )
    return frame.with_columns(added)


def check_room_for_answer(outputs: Iterable[str], columns: Iterable[str], *, explain: bool) -> None:
    """Refuse a table that has a column which the answer would overwrite.

    Raises
    ------
    BadInput
        Naming the columns.
    """
    new = [*outputs, REFUSAL, *([EXPLANATION] if explain else [])]
    taken = sorted(set(new) & set(columns))
    if taken:
        raise BadInput(
            f"the table already has a column {' and '.join(repr(name) for name in taken)}, which the answer would fill",
            mend="rename or leave out that column",
        )


def with_plain_durations(frame: pl.DataFrame, card: ModelCard) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """Write durations so that text can hold them: an input in its unit, any other as ISO 8601.

    Returns
    -------
    polars.DataFrame
    tuple of str
        What the reader should know: which column is written in which unit.
    """
    units = {entry.name: str(entry.unit) for entry in card.inputs if entry.unit in _MICROSECONDS}
    notes = []
    for name, kind in frame.schema.items():
        if not isinstance(kind, pl.Duration):
            continue
        series = frame.get_column(name)
        if name in units:
            series = series.dt.total_microseconds() / _MICROSECONDS[units[name]]
            notes.append(f"{name} is written in {units[name]}")
        else:
            series = series.dt.to_string("iso")
        frame = frame.with_columns(series.alias(name))
    return frame, tuple(notes)


def _output(name: str, answers: Answers, answered: pl.Series) -> pl.Series:
    values = answers.outputs[name]
    if isinstance(values, Categories):
        words = np.full(len(answers), "", dtype=object)
        words[answers.answered] = np.array([*values.categories, ""], dtype=object)[values.codes]
        series = pl.Series(name, words, dtype=pl.String)
        return series if answered.all() else series.zip_with(answered, pl.Series(name, [None], dtype=pl.String))
    full: np.ndarray[Any, Any]
    if values.dtype.kind in "iu":
        full = np.zeros(len(answers), dtype=np.int64)
        full[answers.answered] = values
    else:
        full = answers.value(name)
    series = pl.Series(name, full)
    return series if answered.all() else series.zip_with(answered, pl.Series(name, [None], dtype=series.dtype))


def _explanation(answers: Answers, row: int) -> str | None:
    return orjson.dumps(answers.explanation(row)).decode() if answers.answered[row] else None


def _in_unit(series: pl.Series, entry: ModelInput) -> pl.Series:
    """Give a column of durations, which has no unit of its own, in the unit of the input."""
    if isinstance(series.dtype, pl.Duration) and entry.unit in _MICROSECONDS:
        return series.dt.total_microseconds() / _MICROSECONDS[entry.unit]
    return series


def _raw(series: pl.Series) -> Any:
    if series.dtype.is_numeric():
        return series.cast(pl.Float64).to_numpy()
    if series.dtype == pl.Boolean:
        return Encoded(series.cast(pl.Int8).fill_null(2).to_numpy(), [False, True, None])
    if isinstance(series.dtype, pl.Enum):
        kinds = series.dtype.categories.to_list()
        return Encoded(series.to_physical().fill_null(len(kinds)).to_numpy(), [*kinds, None])
    if series.dtype in (pl.String, pl.Categorical):
        text = series.cast(pl.String)
        distinct = text.unique()
        codes = text.replace_strict(distinct, np.arange(len(distinct))).cast(pl.UInt32)
        return Encoded(codes.to_numpy(), distinct.to_list())
    return series.to_list()
