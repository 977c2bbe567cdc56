"""Any path that holds recordings: a WFDB record, a folder of them, a table, or a folder with ``samples.parquet``."""

from __future__ import annotations

from pathlib import Path

from fyr.errors import BadInput
from fyr.exchange.recording import Recording

__all__ = ["find_sources", "read_recordings", "read_source"]

_SAMPLES = "samples.parquet"


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
        A WFDB record (without extension, or its ``.hea``), a folder of records, a table (``.csv``, ``.tsv``,
        ``.parquet``, ``.xlsx``), or a folder that holds ``samples.parquet``.
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
    return [
        recording
        for source in find_sources(path, mapping=mapping)
        for recording in read_source(source, hospital=hospital, mapping=mapping, zero_is_missing=zero_is_missing)
    ]


def find_sources(path: str | Path, *, mapping: str | Path | None = None) -> list[Path]:
    """Find what a path holds without reading it: WFDB headers, a table, or a folder with ``samples.parquet``.

    Raises
    ------
    BadInput
        If there is nothing, or a mapping was given and it is no table.
    """
    from fyr.exchange.tables.sheet import SUFFIXES
    from fyr.exchange.wfdb import find_records

    path = Path(path)
    if path.suffix.lower() in SUFFIXES and not path.is_dir():
        return [path]
    if mapping is not None:
        raise BadInput(
            "a mapping goes with a table, and this is none",
            where=str(path),
            mend=f"leave the mapping away, or give a file that ends in {', '.join(SUFFIXES)}",
        )
    if (path / _SAMPLES).is_file():
        return [path]
    if not path.exists() and not path.with_name(f"{path.name}.hea").is_file():
        raise BadInput(
            "there is no such file, folder or WFDB record",
            where=str(path),
            mend=f"give a WFDB record without its extension, a folder of records, or a table ({', '.join(SUFFIXES)})",
        )
    return find_records(path)


def read_source(
    source: Path,
    *,
    hospital: str | None = None,
    mapping: str | Path | None = None,
    zero_is_missing: bool | None = None,
) -> list[Recording]:
    """Read one of the sources that :func:`find_sources` found; parameters as for :func:`read_recordings`."""
    from fyr.exchange.sample_folder_reading import read_sample_folder
    from fyr.exchange.tables import read_table
    from fyr.exchange.wfdb import read_record

    if source.is_dir():
        return read_sample_folder(source, hospital=hospital)
    if source.suffix == ".hea":
        return [read_record(source, hospital=hospital, zero_is_missing=zero_is_missing)]
    return read_table(source, mapping=mapping, hospital=hospital)
