"""What a model says of each row of a cohort, or what the table says that a model said, and why a row has no answer."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.learn.cohort import Cohort

if TYPE_CHECKING:
    from fyr.learn.output_choice import ChosenOutput, Direction
    from fyr.models.contract import Model
    from fyr.models.reading import ReadColumn

__all__ = ["InputCoverage", "Predictions", "predictions_of_column", "predictions_of_model"]

_MISSING: Final = 1
"""The problem of a value that is not there (:class:`fyr.models.reading.Problem`)."""


@dataclass(frozen=True, slots=True, eq=False)
class InputCoverage:
    """How often an input of the model was there.

    Parameters
    ----------
    name, title : str
    required : bool
    missing, unreadable : int
        Rows without a value, and rows with one that the model does not take.
    taken_as : str
        What the model does where it is missing.
    """

    name: str
    title: str
    required: bool
    missing: int
    unreadable: int
    taken_as: str


@dataclass(frozen=True, slots=True, eq=False)
class Predictions:
    """Predictions for the rows of a cohort.

    Parameters
    ----------
    model : mapping
        ``name``, ``version``, ``digest``, ``output``, ``title`` of what was judged.
    answered : ndarray of bool, shape (rows,)
    risk, rank : ndarray of float64, shape (answered,), or None
        The probability of the event, or a number of which higher means worse.
    reasons : tuple of str or None, length rows
        Why a row has no answer.
    refusal_reasons : mapping of str to int
        Rows by what was wrong, most frequent first; a row with two problems counts under both.
    coverage : tuple of InputCoverage
    notes : tuple of str
    """

    model: Mapping[str, Any]
    answered: NDArray[np.bool_]
    risk: NDArray[np.float64] | None
    rank: NDArray[np.float64] | None
    reasons: tuple[str | None, ...]
    refusal_reasons: Mapping[str, int]
    coverage: tuple[InputCoverage, ...] = ()
    notes: tuple[str, ...] = field(default=())

    @property
    def score(self) -> NDArray[np.float64]:
        """What orders the answered rows, higher meaning worse; shape (answered,)."""
        score = self.risk if self.risk is not None else self.rank
        if score is None:
            raise BadInput("there is neither a risk nor a rank")
        return score


def predictions_of_model(model: Model, cohort: Cohort, chosen: ChosenOutput) -> Predictions:
    """Ask a model about every row.

    Raises
    ------
    BadInput
        If the cohort has no column that the model takes, or the model is about no patients but hours.
    """
    card = model.card
    if model.whole_tables:
        raise BadInput(
            f"{card.name} answers the hours of a stay together, and a cohort has a row a patient",
            mend="judge it with fyr watch evaluate --model",
        )
    if not any(entry.name in cohort.columns for entry in card.inputs):
        takes = ", ".join(entry.name for entry in card.inputs)
        raise BadInput(f"no column is an input of {card.name}", where=cohort.source, mend=f"map columns to {takes}")
    answers = model.predict_columns(cohort.columns, rows=len(cohort))
    values = answers.value(chosen.name)[answers.answered]
    coverage = tuple(_covered(column) for column in answers.read)
    return Predictions(
        model={
            "name": card.name,
            "version": card.version,
            "digest": card.digest,
            "output": chosen.name,
            "title": card.title,
            "output_title": chosen.title,
            "reading": chosen.reading,
        },
        answered=answers.answered,
        risk=chosen.risk(values),
        rank=chosen.rank(values),
        reasons=tuple(answers.refusal_reasons()),
        refusal_reasons=dict(answers.count_problems().most_common()),
        coverage=coverage,
        notes=(*chosen.notes, *_never_there(coverage, cohort)),
    )


def predictions_of_column(
    cohort: Cohort, column: str, *, percent: bool = False, higher_is: Direction | None = None
) -> Predictions:
    """Take predictions that the table carries.

    Parameters
    ----------
    cohort : Cohort
        With the column among its columns, as numbers.
    column : str
        Probabilities of the event (0 to 1); of being free of it where higher is better; or a score of which it is
        said which way it goes.
    percent : bool
        Whether the probabilities are in percent.
    higher_is : {"worse", "better"}, optional

    Raises
    ------
    BadInput
        If no cell is a number, or nothing says whether numbers beyond 1 are percent or a score.
    """
    values, unreadable = _numbers(cohort.columns[column])
    answered = np.isfinite(values)
    if not answered.any():
        raise BadInput(f"no cell of column '{column}' is a number", where=cohort.source, mend="name another column")
    given = values[answered]
    low, high = float(given.min()), float(given.max())
    if percent:
        given, low, high = given / 100, low / 100, high / 100
    notes: tuple[str, ...] = ()
    risk = rank = None
    if low >= 0 and high <= 1:
        risk = 1 - given if higher_is == "better" else given
        if higher_is == "better":
            notes = (f"'{column}' is read as the probability of being free of the event",)
    elif percent:
        raise BadInput(f"'{column}' goes from {100 * low:g} to {100 * high:g}", where="--percent", mend="leave it away")
    elif higher_is is None:
        mend = "add --percent, or for a score --higher-is-worse or --higher-is-better"
        raise BadInput(
            f"column '{column}' goes from {low:g} to {high:g}: are these percent, or a score?",
            where=cohort.source,
            mend=mend,
        )
    else:
        rank = -given if higher_is == "better" else given
    nothing, no_number = f"no prediction in column '{column}'", f"what stands in column '{column}' is no number"
    reasons = tuple(
        None if there else no_number if text else nothing
        for there, text in zip(answered.tolist(), unreadable.tolist(), strict=True)
    )
    return Predictions(
        model={
            "name": column,
            "version": "as in the table",
            "digest": hashlib.sha256(f"{column}\n".encode() + values.tobytes()).hexdigest(),
            "output": column,
            "title": f"Column '{column}'",
            "output_title": column,
            "reading": "rank" if risk is None else "survival" if higher_is == "better" else "risk",
        },
        answered=answered,
        risk=risk,
        rank=rank,
        reasons=reasons,
        refusal_reasons=dict(Counter(one for one in reasons if one is not None).most_common()),
        notes=notes,
    )


def _never_there(coverage: tuple[InputCoverage, ...], cohort: Cohort) -> tuple[str, ...]:
    """Say which inputs no row of the cohort has, because no column was mapped to them or it is empty."""
    lacking = [one.name for one in coverage if one.missing == len(cohort)]
    if not lacking:
        return ()
    shown = ", ".join(lacking[:6]) + (f" and {len(lacking) - 6} more" if len(lacking) > 6 else "")
    unmapped = all(name not in cohort.columns for name in lacking)
    why = "no column is named so or mapped to it" if unmapped else "its column is empty, or there is none"
    return (f"in no row: {shown} ({why}); the model answers as its card says for a missing input",)


def _numbers(cells: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the numbers of a column, NaN where there is none, and where something stands that is no finite number."""
    if cells.dtype.kind in "fiub":
        values = cells.astype(np.float64)
        return values, np.isinf(values)
    values, unreadable = np.full(len(cells), np.nan), np.zeros(len(cells), dtype=np.bool_)
    for row, cell in enumerate(cells.tolist()):
        if cell is None or (text := str(cell).strip()) == "":
            continue
        try:
            values[row] = float(text)
        except ValueError:
            unreadable[row] = True
    return values, unreadable | np.isinf(values)


def _covered(column: ReadColumn) -> InputCoverage:
    entry = column.entry
    unreadable = int((column.problems > _MISSING).sum())
    missing = int((column.problems == _MISSING).sum())
    if not entry.required:
        missing = int((_no_value(column) & (column.problems == 0)).sum())
    return InputCoverage(entry.name, entry.title, entry.required, missing, unreadable, entry.missing)


def _no_value(column: ReadColumn) -> NDArray[np.bool_]:
    values = column.values
    missing = getattr(values, "missing", None)
    if missing is not None:
        return np.asarray(missing, dtype=np.bool_)
    if values.dtype == object:
        return np.array([value is None for value in values.tolist()], dtype=np.bool_)
    if values.dtype.kind == "f":
        return np.asarray(np.isnan(values), dtype=np.bool_)
    return np.zeros(len(values), dtype=np.bool_)
