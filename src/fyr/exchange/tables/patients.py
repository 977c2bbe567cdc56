"""Whose each row of a table is: hospital and local id, always both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.record.identity import PatientId

if TYPE_CHECKING:
    import polars as pl

    from fyr.exchange.tables.mapping import TableMapping
    from fyr.exchange.tables.sheet import Sheet

__all__ = ["name_of", "names_of", "read_patients"]


def read_patients(
    sheet: Sheet, mapping: TableMapping, hospital: str | None
) -> tuple[list[PatientId], NDArray[np.int64]]:
    """Read whose each row is.

    Parameters
    ----------
    sheet : Sheet
    mapping : TableMapping
    hospital : str, optional
        For patients whose hospital neither the file nor the mapping names.

    Returns
    -------
    patients : list of PatientId
        In the order in which they come first.
    of_row : ndarray of int64, shape (rows,)
        The index in `patients` of each row's patient.

    Raises
    ------
    BadInput
        If a row has no patient, or a patient no hospital or two.
    """
    if hospital and mapping.hospital and hospital != mapping.hospital:
        raise BadInput(
            f"the hospital is '{mapping.hospital}' in the mapping and '{hospital}' in the call",
            where=mapping.source,
            mend="name it once",
        )
    frame, column = sheet.frame, mapping.hospital_column
    height = frame.height
    locals_ = names_of(frame[mapping.patient])
    hospitals = names_of(frame[column]) if column else [mapping.hospital or hospital] * height
    index_of_cells: dict[tuple[str | None, str], int] = {}
    index_of: dict[PatientId, int] = {}
    of_row = np.empty(height, dtype=np.int64)
    for row, cells in enumerate(zip(hospitals, locals_, strict=True)):
        if cells not in index_of_cells:
            patient = _patient(sheet.place(row, mapping.patient), *cells)
            index_of_cells[cells] = index_of.setdefault(patient, len(index_of))
        of_row[row] = index_of_cells[cells]
    return list(index_of), of_row


def name_of(cell: Any) -> str:
    """Return a cell as the text of a name; 17.0 from a spreadsheet is the patient 17.

    >>> name_of(17.0), name_of(" a "), name_of(None)
    ('17', 'a', '')
    """
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def names_of(column: pl.Series) -> list[str]:
    """Return every cell of a column as the text of a name."""
    cells = column.to_list()
    known = {cell: name_of(cell) for cell in set(cells)}
    return [known[cell] for cell in cells]


def _patient(where: str, hospital: str | None, local: str) -> PatientId:
    if not local:
        raise BadInput("there is no patient", where=where, mend="remove the row, or name its patient")
    if "/" not in local and not hospital:
        raise BadInput(
            f"the patient '{local}' has no hospital",
            where=where,
            mend="give --hospital NAME, or 'hospital' in the mapping, or write patients as HOSPITAL/ID",
        )
    try:
        patient = PatientId.parse(local) if "/" in local else PatientId(hospital or "", local)
    except BadInput as refused:
        raise BadInput(refused.what, where=where, mend=refused.mend) from None
    if hospital and patient.hospital != hospital:
        raise BadInput(
            f"the patient '{local}' is of another hospital than '{hospital}'", where=where, mend="name one of them"
        )
    return patient
