"""Validations that a hospital keeps: one JSON file each, whole or not there at all.

``validations/ID.json`` lies beside the record's own files. It holds what ``fyr learn validate --json`` printed, and
when that was: numbers about groups of patients, no patient's row.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from fyr.clock import from_iso, to_iso
from fyr.errors import BadInput

__all__ = ["KeptValidation", "ValidationStore"]

_FORMAT: Final = 1
_ID: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,127}")
_NO_ID: Final = re.compile(r"[^a-z0-9.]+")
_MODEL_KEYS: Final = ("name", "version", "digest")


@dataclass(frozen=True, slots=True)
class KeptValidation:
    """A validation that was kept.

    Parameters
    ----------
    id : str
        Part of a file's name and of an address.
    kept_us : int
        When it was kept.
    document : dict
        What ``fyr learn validate --json`` printed.
    """

    id: str
    kept_us: int
    document: dict[str, Any]

    @property
    def model(self) -> dict[str, Any]:
        """The model's `name`, `version`, `digest` and, where it has several, `output`."""
        model: dict[str, Any] = self.document["model"]
        return model


class ValidationStore:
    """The validations in one home.

    Parameters
    ----------
    files : Path
        Where the record keeps its files (``record.storage.files``); need not exist yet.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> model = {"name": "npi", "version": "1982.0", "digest": "ab"}
    >>> with TemporaryDirectory() as home:
    ...     store = ValidationStore(Path(home))
    ...     kept = store.keep({"model": model, "cohort": {"source": "gbsg2"}}, kept_us=0)
    ...     store.newest(digest="ab") == kept, store.problems()
    (True, [])
    """

    def __init__(self, files: Path) -> None:
        self._root = files / "validations"

    def keep(self, document: Mapping[str, Any], *, kept_us: int) -> KeptValidation:
        """Keep a validation; the same one kept again at the same second is one file.

        Parameters
        ----------
        document : mapping
            JSON values; NumPy's are taken, a NaN becomes null.
        kept_us : int

        Raises
        ------
        BadInput
            If it does not say of which model (`model` with `name`, `version`, `digest`) and cohort it speaks.
        """
        _require_shape(document, "this validation")
        body = orjson.dumps(document, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS)
        time = to_iso(kept_us)
        stamp = re.sub(r"[^0-9]", "", time)[:14]
        model = _NO_ID.sub("-", f"{document['model']['name']}-{document['model']['version']}".lower()).strip("-.")
        name = f"{model[:80]}-{stamp}-{hashlib.sha256(body).hexdigest()[:8]}"
        kept = {"format": _FORMAT, "id": name, "kept_at": time, "validation": orjson.loads(body)}
        self._root.mkdir(parents=True, exist_ok=True)
        _write_whole(self._root / f"{name}.json", orjson.dumps(kept, option=orjson.OPT_INDENT_2))
        return KeptValidation(name, from_iso(time), kept["validation"])

    def __contains__(self, name: str) -> bool:
        return bool(_ID.fullmatch(name)) and (self._root / f"{name}.json").is_file()

    def read(self, name: str) -> KeptValidation:
        """Return a validation.

        Raises
        ------
        BadInput
            If there is no such validation, or its file is damaged.
        """
        if name not in self:
            raise BadInput(
                f"there is no validation '{name}'",
                where=str(self._root),
                mend="keep one with `fyr learn validate --keep`",
            )
        return _read(self._root / f"{name}.json")

    def all(self) -> list[KeptValidation]:
        """Return every validation that can be read, newest first."""
        return self._listed()[0]

    def problems(self) -> list[str]:
        """Return what is wrong with each file that cannot be read, and so is skipped, in a line."""
        return self._listed()[1]

    def newest(self, *, digest: str) -> KeptValidation | None:
        """Return the newest validation of exactly this model: its parameters' digest is this one."""
        return next((one for one in self.all() if one.model["digest"] == digest), None)

    def _listed(self) -> tuple[list[KeptValidation], list[str]]:
        found: list[KeptValidation] = []
        problems: list[str] = []
        for path in sorted(self._root.glob("*.json")):
            try:
                found.append(_read(path))
            except BadInput as problem:
                problems.append(str(problem))
        return sorted(found, key=lambda one: (one.kept_us, one.id), reverse=True), problems


def _read(path: Path) -> KeptValidation:
    place = str(path)
    try:
        kept = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError) as problem:
        raise _damaged(place, str(problem)) from None
    if not (isinstance(kept, dict) and kept.get("format") == _FORMAT and kept.get("id") == path.stem):
        raise _damaged(place, "it is not what Fyr kept under this name")
    try:
        kept_us = from_iso(kept["kept_at"])
        _require_shape(kept["validation"], place)
    except (BadInput, KeyError, TypeError, AttributeError) as problem:
        raise _damaged(place, str(problem)) from None
    return KeptValidation(path.stem, kept_us, kept["validation"])


def _damaged(place: str, why: str) -> BadInput:
    return BadInput(f"this validation is damaged: {why}", where=place, mend="remove the file, and validate anew")


def _require_shape(document: Any, place: str) -> None:
    model = document.get("model") if isinstance(document, Mapping) else None
    if not (isinstance(model, Mapping) and all(isinstance(model.get(key), str) and model[key] for key in _MODEL_KEYS)):
        raise BadInput("it does not say which model it judges", where=place, mend="give name, version and digest")
    if not isinstance(document.get("cohort"), Mapping):
        raise BadInput("it does not say on which cohort", where=place)


def _write_whole(path: Path, body: bytes) -> None:
    """Write a file so that it is there whole, and on the disk, or not at all."""
    descriptor, staged = tempfile.mkstemp(prefix=".new-", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        Path(staged).replace(path)
    except BaseException:
        Path(staged).unlink(missing_ok=True)
        raise
