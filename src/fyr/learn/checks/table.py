"""A table as the checks see it: columns, roles, hospitals, and the event and time of the outcome."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from fyr.learn.checks.column import Column
from fyr.learn.checks.finding import row_list
from fyr.learn.checks.quantities import Quantity, quantity_of
from fyr.learn.checks.roles import Roles, guess_roles, is_outcome_like
from fyr.learn.checks.shape import CLOCK, factors_of

if TYPE_CHECKING:
    import polars as pl

__all__ = ["CheckedTable", "ReadingRemark"]

_FEWEST_OF_A_HOSPITAL: Final = 10
"""With fewer rows nothing can be said about a hospital by itself."""
_TIME_UNITS: Final = ("d", "wk", "mo", "a")
_EVENT_TEXTS: Final = (
    *(
        "deceased",
        "dead",
        "died",
        "death",
        "event",
        "yes",
        "true",
        "1:deceased",
        "relapse",
        "recurrence",
        "progression",
    ),
    *("recurred", "progressed", "1:recurred", "1:progressed", "død", "avliden", "ja", "døde", "relapsed", "1:yes", "d"),
    *("died of disease", "died of other causes", "failure", "positive", "recurred/progressed", "avdød", "malignant"),
)
_NONE_TEXTS: Final = (
    *("living", "alive", "censored", "none", "no", "false", "0:living", "levende", "i live", "no event", "nej", "nei"),
    *("0:diseasefree", "diseasefree", "0:alive or dead tumor free", "lever", "disease free", "0:no", "a", "negative"),
    *("0:censored", "lost to follow-up", "0:progression free", "vid liv", "benign", "alive or censored"),
)


@dataclass(frozen=True, slots=True)
class ReadingRemark:
    """What the reader of the file had to guess; every line of the file that it is about."""

    kind: str
    severity: str
    what: str
    mend: str
    columns: tuple[str, ...] = ()
    rows: tuple[int, ...] = ()


@dataclass(eq=False)
class CheckedTable:
    """A table to check.

    Parameters
    ----------
    name : str
    columns : sequence of Column
    row : ndarray of int64, shape (rows,)
        The number by which a person finds each row.
    roles : Roles
    hospital : ndarray of str (object), shape (rows,), or None
        ``""`` where unknown.
    sheets : bool
        Whether the hospitals are sheets of a spreadsheet.
    remarks : sequence of ReadingRemark
    against : CheckedTable or None
        Another table whose patients must not be in this one.
    event_words : mapping of str to str
        What the cells of the first event mean, where somebody said so: ``event``, ``none`` or ``competing``.
    """

    name: str
    columns: Sequence[Column]
    row: NDArray[np.int64]
    roles: Roles
    hospital: NDArray[np.object_] | None = None
    sheets: bool = False
    remarks: Sequence[ReadingRemark] = ()
    against: CheckedTable | None = None
    event_words: Mapping[str, str] = field(default_factory=dict)
    _by_name: dict[str, Column] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._by_name = {column.name: column for column in self.columns}

    @classmethod
    def of(
        cls,
        name: str,
        frame: pl.DataFrame,
        row: NDArray[np.int64],
        *,
        sheet: pl.Series | None = None,
        remarks: Sequence[ReadingRemark] = (),
        given: Mapping[str, str] | None = None,
        units: Mapping[str, str] | None = None,
        event_words: Mapping[str, str] | None = None,
        against: CheckedTable | None = None,
    ) -> CheckedTable:
        """Make a table of a frame, and guess the roles and units that are not given."""
        columns = [Column(one, frame[one], (units or {}).get(one)) for one in frame.columns]
        roles = guess_roles(columns, given)
        hospital: NDArray[np.object_] | None = None
        if sheet is not None and not (given or {}).get("hospital"):
            hospital = sheet.to_numpy().astype(object)
        elif roles.hospital is not None:
            column = next(one for one in columns if one.name == roles.hospital)
            hospital = column.text.to_numpy().astype(object)
            hospital[column.missing] = ""
        return cls(name, columns, row, roles, hospital, sheet is not None, remarks, against, event_words or {})

    def __len__(self) -> int:
        return len(self.row)

    def column(self, name: str) -> Column:
        """Return a column by its name."""
        return self._by_name[name]

    def numbers(self, least: int = 10) -> list[Column]:
        """Return the columns of numbers with at least so many of them, but for ids, row numbers, hospital and split."""
        apart = {self.roles.patient, self.roles.hospital, self.roles.split}
        return [
            column
            for column in self.columns
            if column.kind == "number"
            and column.name not in apart
            and len(column.values) >= least
            and not column.counts_rows
        ]

    def predictors(self) -> list[Column]:
        """Return the columns that are no id, hospital or split and do not belong to the outcome by role or name."""
        apart = {self.roles.patient, self.roles.hospital, self.roles.split}
        return [
            column for column in self.columns if column.name not in apart and not is_outcome_like(column, self.roles)
        ]

    def rows(self, affected: NDArray[np.bool_] | NDArray[np.intp]) -> tuple[int, ...]:
        """Return the numbers of the first affected rows."""
        return row_list(self.row, affected, self.hospital if self.sheets else None)

    @cached_property
    def quantity(self) -> dict[str, Quantity]:
        """The columns of numbers whose name says what they measure."""
        found = {}
        for column in self.numbers(least=5):
            known = quantity_of(column)
            if known is not None:
                found[column.name] = known
        return found

    def of_quantity(self, name: str) -> Column | None:
        """Return the column that measures something, where there is exactly one."""
        found = [column for column, quantity in self.quantity.items() if quantity.name == name]
        return self.column(found[0]) if len(found) == 1 else None

    def factors(self, column: Column) -> tuple[float, ...]:
        """Return the factors by which two units of what a column measures differ."""
        quantity = self.quantity.get(column.name)
        found = factors_of(
            quantity.name if quantity else None, column.name in self.roles.times or column.unit in _TIME_UNITS
        )
        return (*found, *CLOCK) if column.unit in ("min", "h") else found

    @cached_property
    def hospitals(self) -> dict[str, NDArray[np.bool_]]:
        """The rows of each hospital that has enough of them, by its name."""
        if self.hospital is None:
            return {}
        names, counts = np.unique(self.hospital.astype(str), return_counts=True)
        large = [
            str(name) for name, count in zip(names, counts, strict=True) if name and count >= _FEWEST_OF_A_HOSPITAL
        ]
        return {name: np.asarray(self.hospital == name) for name in large} if len(large) > 1 else {}

    def of_whole_hospitals(self, rows: NDArray[np.bool_], among: NDArray[np.bool_]) -> bool:
        """Tell whether rows are nearly all those of some hospitals, which other checks look at."""
        whole = np.zeros(len(self), dtype=np.bool_)
        for inside in self.hospitals.values():
            if rows[inside].sum() > 0.8 * max(1, int(among[inside].sum())):
                whole |= inside
        return bool(whole.any()) and bool(rows[whole].sum() >= 0.9 * rows.sum())

    def event_of(self, name: str) -> NDArray[np.float64]:
        """Return 1 for the event, 0 for none and NaN where unknown or not to be told; shape (rows,)."""
        column = self.column(name)
        event = np.full(len(column), np.nan)
        levels = list(column.levels)
        if self.event_words and name == self.roles.events[0]:
            for level in levels:
                said = self.event_words.get(level)
                if said in ("event", "none", "competing"):
                    event[np.asarray(column.text == level)] = float(said == "event")
            return event
        if column.kind == "number":
            codes = column.distinct
            if (len(codes) == 2 and codes[0] in (0.0, 1.0)) or (len(codes) == 3 and codes[0] == 0):
                event = np.where(column.valid, (column.number > codes[0]).astype(float), np.nan)
            elif len(codes) > 3 and codes[0] == 0 and column.whole:
                event = np.where(column.valid, (column.number > 0).astype(float), np.nan)
            if "censored" in column.words.split() and len(codes) == 2:
                event = 1 - event
            return event
        words = {level: _meaning(level) for level in levels}
        if set(words.values()) >= {0.0, 1.0}:
            text = column.text.to_numpy()
            for level, meaning in words.items():
                if meaning is not None:
                    event[text == level] = meaning
        return event

    @cached_property
    def event(self) -> NDArray[np.float64] | None:
        """The outcome's event: 1, 0 or NaN; ``None`` where none can be told."""
        for name in self.roles.events:
            event = self.event_of(name)
            if np.isfinite(event).sum() >= 10 and 0 < np.nanmean(event) < 1:
                return event
        return None

    @cached_property
    def event_name(self) -> str | None:
        """The column that :attr:`event` is of."""
        for name in self.roles.events:
            event = self.event_of(name)
            if np.isfinite(event).sum() >= 10 and 0 < np.nanmean(event) < 1:
                return name
        return None

    @cached_property
    def time(self) -> NDArray[np.float64] | None:
        """The outcome's time as it is written; ``None`` where there is none."""
        return self.column(self.roles.times[0]).number if self.roles.times else None


def _meaning(level: str) -> float | None:
    word = level.strip().lower()
    if word in _NONE_TEXTS:
        return 0.0
    return 1.0 if word in _EVENT_TEXTS else None
