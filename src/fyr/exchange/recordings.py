"""Any path that holds recordings: a WFDB record, a folder of them, a table, or a folder with ``samples.parquet``."""

from __future__ import annotations

from pathlib import Path

from fyr.errors import BadInput
from fyr.exchange.recording import Recording

__all__ = ["read_recordings"]


def read_recordings(
    path: str | Path,
    *,
    hospital: str | None = None,
    mapping: str | Path | None = None,
    zero_is_missing: bool | None = None,
) -> list[Recording]:
    """Read everything that a path holds, one recording a patient and file.

    Parameters
    ----------
    path : str or Path
        A WFDB record (without extension, or its ``.hea``), a folder of records, a table (``.csv``, ``.parquet``,
        ``.xlsx``), or a folder that holds ``samples.parquet``.
    hospital : str, optional
        The patients' hospital, where the file does not name one.
    mapping : str or Path, optional
        The YAML mapping of a table's columns.
    zero_is_missing : bool, optional
        Of WFDB numerics; see :func:`fyr.exchange.wfdb.read_record`.

    Returns
    -------
    list of Recording
        In the order of the files' names; never empty.

    Raises
    ------
    BadInput
        If nothing can be read there, or any of it is not as its format promises.
    """
    path = Path(path)
    if (path / "samples.parquet").is_file():
        path = path / "samples.parquet"
    from fyr.exchange.tables import read_table
    from fyr.exchange.tables.sheet import SUFFIXES
    from fyr.exchange.wfdb import find_records, read_record

    if path.suffix.lower() in SUFFIXES:
        return read_table(path, mapping=mapping, hospital=hospital)
    if mapping is not None:
        raise BadInput(
            "a mapping goes with a table, and this is none",
            where=str(path),
            mend=f"leave the mapping away, or give a file that ends in {', '.join(SUFFIXES)}",
        )
    if not path.exists() and not path.with_name(f"{path.name}.hea").is_file():
        raise BadInput(
            "there is no such file, folder or WFDB record",
            where=str(path),
            mend=f"give a WFDB record without its extension, a folder of records, or a table ({', '.join(SUFFIXES)})",
        )
    return [read_record(header, hospital=hospital, zero_is_missing=zero_is_missing) for header in find_records(path)]
