"""A table and its mapping as a cohort: what ``learn validate``, ``recalibrate`` and ``train`` all begin with."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from fyr.learn.cohort import Cohort
from fyr.learn.outcome import Outcome

if TYPE_CHECKING:
    from fyr.exchange.tables.cohort_cells import InputColumn
    from fyr.models.contract import Model

__all__ = ["SPLIT", "read_cohort"]

SPLIT = "split"
"""The group that holds ``train``, ``test`` or ``""`` where the mapping has a split."""


def read_cohort(
    table: Path,
    mapping: Path | None = None,
    *,
    outcome: str | None = None,
    time_unit: str | None = None,
    by: Sequence[str] = (),
    hospital: str | None = None,
    model: Model | None = None,
    as_they_are: Sequence[str] = (),
) -> Cohort:
    """Read a cohort.

    Parameters
    ----------
    table : Path
        ``.csv``, ``.tsv``, ``.parquet`` or ``.xlsx``.
    mapping : Path, optional
        The YAML mapping (docs/reference/cohort-mapping.md); without one, columns named as the model's inputs are taken
        as they are, and all other columns too where there is no model.
    outcome : str, optional
        ``EVENT``, ``TIME,EVENT`` or ``TIME,EVENT,CAUSE``: columns of the table; goes before the mapping's.
    time_unit : str, optional
        ``d``, ``wk``, ``mo`` or ``a``; goes before the mapping's.
    by : sequence of str
        Groups of the mapping, or columns of the table; none: every group of the mapping.
    hospital : str, optional
        Of all rows, where the mapping names none.
    model : Model, optional
        Whose inputs the columns become. A cell that cannot be read is kept as text, so that the model refuses its row
        and says why; without a model it is missing, and a note says so.
    as_they_are : sequence of str
        Table columns to take as numbers under their own names.

    Returns
    -------
    Cohort
        Its group ``split`` holds ``train``, ``test`` or ``""`` where the mapping has a split; its notes say which rows
        were left out and what is doubtful.

    Raises
    ------
    BadInput
        If the mapping or the table as a whole cannot be used; the error says which column is meant where it can.
    """
    from fyr.exchange.tables.cohort_mapping import read_cohort_mapping
    from fyr.exchange.tables.cohort_table import NO_MAPPING, read_cohort_table

    found = read_cohort_table(
        table,
        NO_MAPPING if mapping is None else read_cohort_mapping(mapping),
        wanted=None if model is None else _inputs(model),
        outcome=[] if outcome is None else [name.strip() for name in outcome.split(",")],
        time_unit=time_unit,
        by=by,
        hospital=hospital,
        as_they_are=as_they_are,
        keep_unread=model is not None,
    )
    groups = dict(found.groups)
    if found.split is not None:
        groups[SPLIT] = found.split
    competing = found.code == 2
    return Cohort(
        source=str(table),
        patient=found.patient,
        hospital=found.hospital,
        columns=found.columns,
        outcome=Outcome(found.code == 1, found.years, competing if competing.any() else None, found.title),
        groups=groups,
        row=found.row,
        notes=found.notes,
    )


def _inputs(model: Model) -> dict[str, InputColumn]:
    from fyr.exchange.tables.cohort_cells import InputColumn

    return {
        entry.name: InputColumn(entry.name, entry.kind, entry.unit, entry.spellings)
        for entry in model.card.inputs
        if entry.kind not in ("object", "numbers")
    }
