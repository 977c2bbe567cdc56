"""A model over a file of rows: every row back, in order, with its answer or the reason for none."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import orjson
import polars as pl

from fyr.errors import BadInput
from fyr.models.contract import Model
from fyr.models.rows import Rows, format_of, read_rows, write_rows
from fyr.models.table import (
    EXPLANATION,
    REFUSAL,
    answer_table,
    check_room_for_answer,
    with_answers,
    with_plain_durations,
)
from fyr.models.unit_check import unit_warnings

__all__ = ["BatchSummary", "run_file"]

_SLICE: Final = 100_000


@dataclass(frozen=True, slots=True)
class BatchSummary:
    """What came of a run.

    Parameters
    ----------
    model, version, digest : str
        Which model exactly.
    rows, answered, refused : int
    refusal_reasons : mapping of str to int
        Refused rows by what was wrong, most frequent first; a row with two problems counts under both.
    columns : tuple of str
        The columns added to the rows.
    warnings : tuple of str
        What the reader should know about the file as a whole.
    """

    model: str
    version: str
    digest: str
    rows: int
    answered: int
    refused: int
    refusal_reasons: Mapping[str, int]
    columns: tuple[str, ...]
    warnings: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the summary as JSON-able values."""
        return {
            "model": self.model,
            "version": self.version,
            "digest": self.digest,
            "rows": self.rows,
            "answered": self.answered,
            "refused": self.refused,
            "refusal_reasons": dict(self.refusal_reasons),
            "columns": list(self.columns),
            "warnings": list(self.warnings),
        }


def run_file(
    model: Model,
    source: Path,
    target: Path,
    *,
    explain: bool = False,
    complete: Callable[[pl.DataFrame], tuple[pl.DataFrame, tuple[str, ...]]] = lambda frame: (frame, ()),
    begin: Callable[[int, tuple[str, ...]], Callable[[int], None]] = lambda _rows, _warnings: lambda _done: None,
) -> BatchSummary:
    """Read rows, answer each, and write them back with the answer's columns.

    Parameters
    ----------
    model : Model
    source, target : Path
        CSV, Parquet, JSON or JSON lines, by the ending of the name; need not be the same format.
    explain : bool
        Whether to add a column `explanation`: an object in JSON, JSON text elsewhere.
    complete : callable, optional
        Takes the rows; returns them with columns that belong to them and lie elsewhere, and what the reader should
        know about that.
    begin : callable, optional
        Is told the number of rows and the warnings; returns what is told of rows done.

    Raises
    ------
    BadInput
        If the file cannot be read as rows, has no column that the model takes, or has a column of the answer's name.
    UsageError
        If the name of a file does not say its format.
    """
    format_of(target)
    if source.exists() and target.exists() and source.samefile(target):
        raise BadInput("the output would overwrite the input", where=str(target), mend="give the output another name")
    rows = read_rows(source)
    whole, notes = complete(rows.frame)
    if format_of(target) != "parquet":
        whole, written = with_plain_durations(whole, model.card)
        notes = (*notes, *written)
    rows = replace(rows, frame=whole)
    try:
        check_room_for_answer(model.card.output_columns, rows.frame.columns, explain=explain)
    except BadInput as problem:
        raise BadInput(problem.what, where=str(source), mend=problem.mend) from None
    warnings = (*notes, *_warnings(model, rows.frame, source))
    done = begin(rows.frame.height, warnings)
    slices, counts = [], Counter[str]()
    size = max(rows.frame.height, 1) if model.whole_tables else _SLICE
    for start in range(0, max(rows.frame.height, 1), size):
        part = rows.frame.slice(start, size)
        malformed = {row - start: reason for row, reason in rows.malformed.items() if 0 <= row - start < part.height}
        slices.append(_answer_slice(model, part, malformed, counts, explain=explain))
        done(part.height)
    answered = pl.concat(slices)
    added = tuple(name for name in answered.columns if name not in rows.frame.columns)
    write_rows(target, answered, _records(answered, rows, added, target))
    refused = answered.get_column(REFUSAL).count()
    return BatchSummary(
        model=model.card.name,
        version=model.card.version,
        digest=model.card.digest,
        rows=answered.height,
        answered=answered.height - refused,
        refused=refused,
        refusal_reasons=dict(counts.most_common()),
        columns=added,
        warnings=warnings,
    )


def _answer_slice(
    model: Model, frame: pl.DataFrame, malformed: Mapping[int, str], counts: Counter[str], *, explain: bool
) -> pl.DataFrame:
    if not malformed:
        answers = answer_table(model, frame)
        counts.update(answers.count_problems())
        return with_answers(frame, answers, explain=explain)
    place = "row number of the slice"
    numbered = frame.with_row_index(place)
    whole = numbered.filter(~pl.col(place).is_in(list(malformed)))
    broken = numbered.filter(pl.col(place).is_in(list(malformed)))
    answered = _answer_slice(model, whole, {}, counts, explain=explain)
    counts["the row has too many or too few cells"] += broken.height
    reasons = pl.Series(REFUSAL, [malformed[row] for row in broken.get_column(place)], dtype=pl.String)
    together = pl.concat([answered, broken.with_columns(reasons)], how="diagonal")
    return together.sort(place).drop(place)


def _warnings(model: Model, frame: pl.DataFrame, source: Path) -> tuple[str, ...]:
    absent = [entry for entry in model.card.inputs if entry.name not in frame.columns]
    if frame.width and len(absent) == len(model.card.inputs):
        takes = ", ".join(entry.name for entry in model.card.inputs)
        raise BadInput(
            f"no column is an input of {model.card.name}", where=str(source), mend=f"name the columns {takes}"
        )
    near = _near_names(frame, model)
    required = [f"{entry.name}{near.get(entry.name, '')}" for entry in absent if entry.required]
    optional = [f"{entry.name}{near[entry.name]}" for entry in absent if not entry.required and entry.name in near]
    warnings = []
    if required and frame.height:
        warnings.append(f"there is no column {', '.join(required)}: every row is refused")
    if optional:
        warnings.append(f"there is no column {', '.join(optional)}: it counts as missing in every row")
    return (*warnings, *unit_warnings(model.card, frame))


def _near_names(frame: pl.DataFrame, model: Model) -> dict[str, str]:
    """For each input, say which other column of the table may be meant."""
    inputs = {entry.name for entry in model.card.inputs}
    folded = {name.strip().casefold().replace(" ", "_"): name for name in frame.columns if name not in inputs}
    matches = {name: difflib.get_close_matches(name, folded, n=1, cutoff=0.75) for name in inputs}
    return {name: f" (is it '{folded[match[0]]}'?)" for name, match in matches.items() if match}


def _records(frame: pl.DataFrame, rows: Rows, added: tuple[str, ...], target: Path) -> list[dict[str, Any]] | None:
    """Return the rows as JSON values, each with its own keys as they came, where the target is JSON."""
    if not format_of(target).startswith("json"):
        return None
    given = frame.select(pl.exclude(*added)).to_dicts() if rows.records is None else rows.records
    answers = frame.select(added).to_dicts()
    for answer in answers:
        if answer.get(EXPLANATION) is not None:
            answer[EXPLANATION] = orjson.loads(answer[EXPLANATION])
    return [{**own, **answer} for own, answer in zip(given, answers, strict=True)]
