"""``fyr record import --bundles``: the FHIR bundles that a folder of mCODE CSV files makes, as files of their own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

import orjson

from fyr.errors import BadInput

__all__ = ["write_bundles"]


def write_bundles(paths: Sequence[Path], hospital: str | None, target: Path) -> int:
    """Write a bundle for each patient of each folder, named by the patient's number, and return how many.

    Raises
    ------
    BadInput
        If a path is no folder of mCODE CSV files, or a file of that name is there already.
    """
    from fyr.exchange.fhir.mcode.csv_set import read_csv_set

    bundles = {number: one for path in paths for number, one in read_csv_set(path, site=hospital or "").bundles.items()}
    files = {target / f"{quote(number, safe='')}.json": one for number, one in bundles.items()}
    for file in files:
        if file.exists():
            raise BadInput("it is there already", where=str(file), mend="name an empty folder")
    target.mkdir(parents=True, exist_ok=True)
    for file, one in files.items():
        file.write_bytes(orjson.dumps(one, option=orjson.OPT_INDENT_2))
    return len(files)
