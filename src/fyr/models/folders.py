"""Models kept as folders: a trained model is files, a manifest that states their digests, and a kind that reads them.

``manifest.json`` names the kind, the model, its version and digest, and the SHA-256 of every file. A file that was
damaged or edited is refused. That is no proof of who made the model: whoever can write the folder can write a manifest
too. A signature over the manifest is (:mod:`fyr.models.signing`), and so is the digest that a person noted when the
model was approved: ``fyr models card FOLDER`` shows both. With ``FYR_REQUIRE_SIGNED`` set, only a folder that this
hospital or one that it trusts has signed is loaded.

A kind is an entry point of the group ``fyr.model_loaders``: a function that takes the files, by name, and returns the
model. Nothing is ever unpickled.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Final

from fyr.errors import BadInput, NotPermitted, ServiceUnavailable
from fyr.models.contract import Model
from fyr.models.signing import SIGNATURE, Signature, signature_of

__all__ = ["MANIFEST", "load_model_folder", "write_model_folder"]

MANIFEST: Final = "manifest.json"
_GROUP: Final = "fyr.model_loaders"
_FORM: Final = 1
_REQUIRED: Final = "FYR_REQUIRE_SIGNED"


def load_model_folder(folder: Path, *, require_signed: bool | None = None) -> Model:
    """Load the model that a folder holds; who signed it stands in its `signature`.

    Parameters
    ----------
    folder : Path
    require_signed : bool, optional
        Whether a folder that nobody known has signed is refused; by default what ``FYR_REQUIRE_SIGNED`` says.

    Raises
    ------
    BadInput
        If the folder has no manifest, a file is not what the manifest states, a signature does not hold, nothing
        installed reads its kind, or the model is not the one that the manifest names.
    NotPermitted
        If a signature is required and this hospital does not know its signer, or there is none.
    """
    manifest, signature = _manifest(folder)
    required = os.environ.get(_REQUIRED, "") not in ("", "0") if require_signed is None else require_signed
    if required and not signature.trusted:
        raise NotPermitted(
            f"the model is {signature}",
            where=str(folder),
            mend="put the signer's public key into keys/trusted of FYR_HOME once you have it from a safe hand",
        )
    files = {name: _verified(folder, name, digest) for name, digest in manifest["files"].items()}
    loaders = {entry.name: entry for entry in entry_points(group=_GROUP)}
    if manifest["kind"] not in loaders:
        raise BadInput(
            f"nothing installed reads models of the kind '{manifest['kind']}'",
            where=str(folder),
            mend=f"install what does; there are {', '.join(sorted(loaders)) or 'none'}",
        )
    load: Callable[[Mapping[str, bytes]], Model] = loaders[manifest["kind"]].load()
    try:
        found = load(files)
    except BadInput as problem:
        raise BadInput(problem.what, where=str(folder), mend=problem.mend) from None
    stated = (manifest["model"], manifest["version"], manifest["digest"])
    if stated != (found.card.name, found.card.version, found.card.digest):
        raise BadInput(
            f"the model's digest {found.card.digest[:12]} is not the {str(manifest['digest'])[:12]} of its manifest",
            where=str(folder),
            mend="take the folder again from where it was trained",
        )
    found.signature = signature
    return found


def write_model_folder(folder: Path, kind: str, model: Model, files: Mapping[str, bytes]) -> None:
    """Write a model's files and their manifest; the manifest last, so that half a folder is no model.

    Raises
    ------
    BadInput
        If the folder holds something else than a model.
    ServiceUnavailable
        If it cannot be written.
    """
    if folder.exists() and not folder.is_dir():
        raise BadInput("this is a file, not a folder", where=str(folder), mend="name another folder")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / MANIFEST).is_file():
        raise BadInput("the folder holds something that is no model", where=str(folder), mend="name an empty folder")
    manifest = {
        "form": _FORM,
        "kind": kind,
        "model": model.card.name,
        "version": model.card.version,
        "digest": model.card.digest,
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / MANIFEST).unlink(missing_ok=True)
        (folder / SIGNATURE).unlink(missing_ok=True)  # of what was there before
        for name, content in files.items():
            (folder / name).write_bytes(content)
        (folder / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    except OSError as problem:
        raise ServiceUnavailable(
            f"the model cannot be written: {problem.strerror}", where=str(folder), mend="check room and permissions"
        ) from None


def _manifest(folder: Path) -> tuple[dict[str, Any], Signature]:
    try:
        content = (folder / MANIFEST).read_bytes()
        document = json.loads(content)
    except FileNotFoundError:
        raise BadInput(
            f"the folder has no {MANIFEST}",
            where=str(folder),
            mend="name a folder that 'fyr learn train' or 'fyr watch train' wrote",
        ) from None
    except PermissionError:
        raise NotPermitted("the model may not be read", where=str(folder), mend="ask its owner") from None
    except (OSError, ValueError):
        raise BadInput("this is not a manifest", where=str(folder / MANIFEST), mend="take the folder again") from None
    fields = ("kind", "model", "version", "digest")
    sound = isinstance(document, dict) and document.get("form") == _FORM and isinstance(document.get("files"), dict)
    if not sound or not all(isinstance(document.get(field), str) for field in fields):
        raise BadInput(
            "this is not a manifest that this version of Fyr reads",
            where=str(folder / MANIFEST),
            mend="take the folder again, or a newer Fyr",
        )
    checked: dict[str, Any] = document
    return checked, signature_of(folder, content)


def _verified(folder: Path, name: str, digest: object) -> bytes:
    if Path(name).name != name:
        raise BadInput(f"the manifest names '{name}', outside the folder", where=str(folder / MANIFEST))
    try:
        content = (folder / name).read_bytes()
    except FileNotFoundError:
        raise BadInput("the file is missing", where=str(folder / name), mend="take the folder again") from None
    except PermissionError:
        raise NotPermitted("the model may not be read", where=str(folder / name), mend="ask its owner") from None
    if hashlib.sha256(content).hexdigest() != digest:
        raise BadInput(
            "the file does not match its signature in the manifest",
            where=str(folder / name),
            mend="it was damaged or edited: take the folder again from where it was trained",
        )
    return content
