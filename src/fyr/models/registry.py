"""Which models there are: those that Fyr and any other installed package offer as entry points ``fyr.models``.

The name of an entry point is the model's name (``news2``), or ``NAME-VERSION`` (``predict-breast-2.2``) for one of
several versions that are kept side by side; whoever asks for a model may write ``_`` for ``-``. Another package adds a
model with a line of its ``pyproject.toml``::

    [project.entry-points."fyr.models"]
    frailty = "our_package.frailty:FRAILTY"

A trained model is a folder (:mod:`fyr.models.folders`): one that lies in ``models/`` of ``FYR_HOME`` is listed under
the folder's name, and any other can be named by its path.
"""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Final

from fyr.errors import BadInput, FyrError, NotPermitted
from fyr.models.contract import Model
from fyr.models.folders import MANIFEST, load_model_folder

__all__ = ["model", "models", "problems", "registered"]

_GROUP: Final = "fyr.models"
_HOUSE: Final = "fyr"
_in_process: Final[dict[str, Model]] = {}


def models() -> dict[str, Model]:
    """Return every model that loads, by name, in alphabetical order.

    A package that is broken leaves its own models out (see :func:`problems`), never another's.
    """
    return {name: loaded for name, loaded in _all().items() if isinstance(loaded, Model)}


def problems() -> dict[str, FyrError]:
    """Return what is wrong with each model that does not load, by name."""
    return {name: loaded for name, loaded in _all().items() if isinstance(loaded, FyrError)}


def model(name: str) -> Model:
    """Return a model by its name, by ``NAME-VERSION``, or by the folder that it was trained into.

    Raises
    ------
    BadInput
        If there is none of that name, or it does not load.
    """
    found = _load(_spelled(name))
    if found is None and (Path(name).is_dir() or "/" in name):
        return load_model_folder(Path(name))
    if found is None and "-" in name:
        plain, _, version = name.rpartition("-")
        current = _load(_spelled(plain))
        if isinstance(current, Model) and current.card.version == version:
            found = current
    if found is None:
        near = difflib.get_close_matches(name, _names(), n=3, cutoff=0.5)
        mend = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(_names()) or 'none'}"
        raise BadInput(f"there is no model '{name}'", mend=mend)
    if isinstance(found, FyrError):
        raise found
    return found


@contextmanager
def registered(*added: Model) -> Iterator[None]:
    """Add models for as long as the block runs, in this process only; they may hide installed ones."""
    before = dict(_in_process)
    _in_process.update({entry.card.name: entry for entry in added})
    try:
        yield
    finally:
        _in_process.clear()
        _in_process.update(before)


def _all() -> dict[str, Model | FyrError]:
    loaded = {name: _load(name) for name in _names()}
    return {name: entry for name, entry in loaded.items() if entry is not None}


def _names() -> list[str]:
    return sorted({*_in_process, *_offers(tuple(sys.path)), *_kept()})


def _spelled(name: str) -> str:
    """Return the name as the model has it: ``Predict_Breast-3.2`` is ``predict-breast-3.2``."""
    names = _names()
    if name in names:
        return name
    plain = name.casefold().replace("_", "-")
    return next((known for known in names if known.replace("_", "-") == plain), name)


def _load(name: str) -> Model | FyrError | None:
    if name in _in_process:
        return _in_process[name]
    offers = _offers(tuple(sys.path)).get(name, ())
    if len(offers) > 1:
        packages = " and ".join(sorted(_package(offer) for offer in offers))
        return BadInput(f"the model '{name}' is offered twice", where=packages, mend="uninstall one of them")
    if offers:
        return _loaded(offers[0])
    folder = _kept().get(name)
    if folder is None:
        return None
    try:
        return load_model_folder(folder)
    except (BadInput, NotPermitted) as problem:
        return problem


def _kept() -> dict[str, Path]:
    """Return the trained models of this hospital, by the name of their folder."""
    home = os.environ.get("FYR_HOME", ".fyr")
    if "://" in home:
        return {}
    return {found.parent.name: found.parent for found in Path(home, "models").glob(f"*/{MANIFEST}")}


@cache
def _offers(_path: tuple[str, ...]) -> dict[str, tuple[EntryPoint, ...]]:
    """Every entry point by name, as the packages on `_path` declare it; Fyr's own names are Fyr's."""
    offers: dict[str, tuple[EntryPoint, ...]] = {}
    for offer in entry_points(group=_GROUP):
        offers[offer.name] = (*offers.get(offer.name, ()), offer)
    house = {name: [offer for offer in several if _package(offer) == _HOUSE] for name, several in offers.items()}
    return {name: tuple(house[name]) or several for name, several in offers.items()}


@cache
def _loaded(offer: EntryPoint) -> Model | FyrError:
    place = f"model '{offer.name}' of the package {_package(offer)}"
    mend = f"repair or uninstall {_package(offer)}; every other model works"
    try:
        found = offer.load()
    except (Exception, SystemExit) as problem:  # noqa: BLE001  whatever another package does, only its own model fails
        said = " ".join(str(problem).split())
        return BadInput(f"it does not load: {type(problem).__name__}: {said}", where=place, mend=mend)
    if not isinstance(found, Model):
        return BadInput(f"{offer.value} is a {type(found).__name__}, not a Model instance", where=place, mend=mend)
    card = getattr(found, "card", None)
    if card is None or offer.name not in (card.name, f"{card.name}-{card.version}"):
        called = "no card" if card is None else f"a card called {card.name}, version {card.version}"
        return BadInput(f"{offer.value} has {called}", where=place, mend=mend)
    return found


def _package(offer: EntryPoint) -> str:
    return offer.dist.name if offer.dist is not None else "an unknown package"
