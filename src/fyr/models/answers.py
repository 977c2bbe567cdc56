"""What a model answered for many rows: columns of outputs, and a refusal with its reason for every row without one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fyr.models.card import ModelCard, ModelInput
from fyr.models.categories import Categories
from fyr.models.reading import Problem, ReadColumn, problem_in_brief
from fyr.record.finding import Estimate, ModelReference, Refusal

__all__ = ["Answers", "Prediction", "RowRefusal"]

Column = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Prediction:
    """The estimates of one model for one patient, with what they rest on.

    Parameters
    ----------
    estimates : mapping of str to Estimate
        By the name of the output.
    explanation : mapping of str to object
        What moved the answer, in the model's own terms; JSON-able.
    inputs : mapping of str to object
        The inputs as the model saw them, an object by its SHA-256; ``None`` where an optional one was missing.
    model : ModelReference
    at_us : int or None
        The time in the patient's course that the answer is about, microseconds UTC.
    """

    estimates: Mapping[str, Estimate]
    explanation: Mapping[str, Any]
    inputs: Mapping[str, Any]
    model: ModelReference
    at_us: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class RowRefusal:
    """Rows that a model declines for a reason of its own, such as inputs that contradict each other.

    Parameters
    ----------
    rows : ndarray of bool, shape (rows,)
    reason : str
    inputs : tuple of str
        The names of the inputs concerned.
    """

    rows: NDArray[np.bool_]
    reason: str
    inputs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """A model's answers for `rows` rows, as columns.

    Parameters
    ----------
    card : ModelCard
    rows : int
    answered : ndarray of bool, shape (rows,)
        Which rows have an answer; every other row is refused.
    columns : mapping of str to ndarray
        The inputs of the answered rows, in order, as the model saw them; shape (answered,).
    outputs : mapping of str to ndarray
        The outputs of the answered rows, in order, with ``NAME_low`` and ``NAME_high``; shape (answered,).
    read : tuple of ReadColumn
        Every input of every row, with its problems.
    declined : tuple of RowRefusal
        The model's own refusals, over all rows.
    explain : callable
        Gives the explanation of the answered rows as columns.
    """

    card: ModelCard
    rows: int
    answered: NDArray[np.bool_]
    columns: Mapping[str, Column]
    outputs: Mapping[str, Column]
    read: tuple[ReadColumn, ...]
    declined: tuple[RowRefusal, ...]
    explain: Callable[[Mapping[str, Column], Mapping[str, Column]], Mapping[str, Any]]
    _explanations: list[Mapping[str, Any]] = field(default_factory=list)
    _positions: list[NDArray[np.intp]] = field(default_factory=list)

    def __len__(self) -> int:
        return self.rows

    def value(self, output: str) -> NDArray[np.float64]:
        """Return an output (or an end of its interval) for every row, NaN where the row is refused.

        A category is given by its place in the card's list, from 0.
        """
        values = self.outputs[output].view(np.ndarray)
        if len(values) == self.rows:
            return values.astype(np.float64, copy=False)
        full = np.full(self.rows, np.nan)
        full[self.answered] = values
        return full

    def refusal(self, row: int) -> Refusal | None:
        """Return why a row is refused, every problem of it, or ``None``."""
        if self.answered[row]:
            return None
        problems: list[tuple[str | None, tuple[str, ...]]]
        problems = [(column.problem(row), (column.entry.name,)) for column in self.read]
        problems += [(decline.reason, decline.inputs) for decline in self.declined if decline.rows[row]]
        reasons = [reason for reason, _ in problems if reason]
        names = [name for reason, inputs in problems if reason for name in inputs]
        return Refusal("; ".join(reasons), tuple(dict.fromkeys(names)))

    def refusal_reasons(self) -> list[str | None]:
        """Return each row's reason, or ``None`` where it is answered; a reason is only built for a refused row."""
        reasons: list[str | None] = [None] * self.rows
        for column in self.read:
            for row, reason in column.described():
                before = reasons[row]
                reasons[row] = reason if before is None else f"{before}; {reason}"
        for decline in self.declined:
            for row in np.flatnonzero(decline.rows).tolist():
                before = reasons[row]
                reasons[row] = decline.reason if before is None else f"{before}; {decline.reason}"
        return reasons

    def count_problems(self) -> Counter[str]:
        """Count refused rows by what is wrong, without the values; a row with two problems counts under both."""
        counts: Counter[str] = Counter()
        for column in self.read:
            if column.clean:
                continue
            for code, number in enumerate(np.bincount(column.problems, minlength=len(Problem)).tolist()):
                if code and number:
                    counts[problem_in_brief(column.entry, Problem(code))] += number
        for decline in self.declined:
            counts[decline.reason] += int(decline.rows.sum())
        return +counts

    def explanation(self, row: int) -> Mapping[str, Any]:
        """Return the explanation of an answered row, as JSON-able values."""
        if not self._explanations:
            self._explanations.append(self.explain(self.columns, self.outputs))
        explanation: Mapping[str, Any] = _at(self._explanations[0], self._position(row))
        return explanation

    def inputs(self, row: int) -> dict[str, Any]:
        """Return an answered row's inputs as the model saw them; ``None`` where an optional one was missing."""
        position = self._position(row)
        return {entry.name: _input_at(entry, self.columns[entry.name], position) for entry in self.card.inputs}

    def prediction(self, row: int, at_us: int | None = None) -> Prediction | Refusal:
        """Return one row's answer."""
        refusal = self.refusal(row)
        if refusal is not None:
            return refusal
        position = self._position(row)
        card = self.card
        return Prediction(
            estimates={output.name: self._estimate(output.name, position) for output in card.outputs},
            explanation=self.explanation(row),
            inputs=self.inputs(row),
            model=ModelReference(card.name, card.version, card.digest),
            at_us=at_us,
        )

    def _estimate(self, name: str, position: int) -> Estimate:
        output = next(output for output in self.card.outputs if output.name == name)
        value, *ends = (float(self.outputs[column].view(np.ndarray)[position]) for column in output.columns)
        low, high = ends or (None, None)
        category = output.categories[int(value)] if output.categories else None
        return Estimate(name, value, output.unit, low, high, output.level if output.interval else None, category)

    def _position(self, row: int) -> int:
        if not self._positions:
            self._positions.append(np.cumsum(self.answered) - 1)
        return int(self._positions[0][row])


def _at(part: Any, position: int) -> Any:
    if isinstance(part, Categories):
        return part[position : position + 1].tolist()[0]
    if isinstance(part, np.ndarray):
        return part[position].item() if part.dtype != object else part[position]
    if isinstance(part, Mapping):
        return {key: _at(entry, position) for key, entry in part.items()}
    if isinstance(part, Sequence) and not isinstance(part, str):
        return [_at(entry, position) for entry in part]
    return part


def _input_at(entry: ModelInput, column: Column, position: int) -> Any:
    value = _at(column, position)
    if entry.kind == "object":
        return None if value is None else value.stored.sha256
    if entry.kind == "numbers":
        return None if value is None else value.tolist()
    missing = value == "" if isinstance(value, str) else value != value  # noqa: PLR0124  NaN is not itself
    if missing:
        return None
    return int(value) if entry.kind == "integer" else bool(value) if entry.kind == "boolean" else value
