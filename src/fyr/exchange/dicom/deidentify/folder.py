"""The folder that files without identity are written into: begun with one key and options, gone on with the same."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from fyr.errors import BadInput
from fyr.exchange.dicom.deidentify.keyed import Key
from fyr.exchange.dicom.deidentify.options import Options

__all__ = ["OutFolder", "open_folder"]

_STATE: Final = "fyr-deidentified.json"


@dataclass(frozen=True, slots=True)
class OutFolder:
    """Where files go: a folder for each patient, in it one for each series; names are pseudonym and new UIDs."""

    root: Path

    def place(self, patient: str, series: str, uid: str) -> Path:
        """Return where a file lies."""
        return self.root / patient / series / f"{uid}.dcm"

    def write(self, place: Path, data: bytes) -> None:
        """Write a file as a whole or not at all; one that is there stays as it is.

        Raises
        ------
        BadInput
            If there is such a file already.
        """
        if place.exists():
            raise BadInput("there is such a file already", where=str(place))
        place.parent.mkdir(parents=True, exist_ok=True)
        unfinished = place.with_suffix(".unfinished")
        with unfinished.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(place)


def open_folder(root: Path, key: Key, options: Options) -> OutFolder:
    """Begin a folder, or go on with one.

    Raises
    ------
    BadInput
        If there is something else in it, or it was begun with another key or other options.
    """
    state = {"made_by": "fyr record deidentify", "key": key.fingerprint, "options": asdict(options)}
    file = root / _STATE
    if file.is_file():
        try:
            before = json.loads(file.read_text(encoding="utf-8"))
        except ValueError:
            before = None
        if before != state:
            raise BadInput(
                "the folder was begun with another key or other options", where=str(root), mend="name a new folder"
            )
    elif root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise BadInput("the folder is there already and holds something else", where=str(root), mend="name a new one")
    else:
        root.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(state, indent=2) + "\n", encoding="utf-8")
    return OutFolder(root)
