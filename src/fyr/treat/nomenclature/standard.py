"""The primary names of TG-263 (Mayo et al. 2018, Int J Radiat Oncol Biol Phys 100:1057)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

__all__ = ["SIDES", "StandardName", "family", "standard_name", "standard_names"]

SIDES: Final = ("L", "R", "both", "")
"""Left, right, both sides, no side."""
_PLURALS: Final = {
    "Hippocampus": "Hippocampi",
    "Ovary": "Ovaries",
    "Lens": "Lens",
    "Testis": "Testis",
    "Glnd_Submand": "Glnd_Submands",
}
_PRV: Final = re.compile(r"_PRV(\d{1,2})(?=_[LR]$|$)")


@dataclass(frozen=True, slots=True)
class StandardName:
    """A name of the list.

    Parameters
    ----------
    name : str
    kind : str
        ``anatomic``, ``derived``, ``non-anatomic``, ``prv``, ``surgical``, ``target``.
    region : str
        Of the body.
    fma : str
        Identifier in the Foundational Model of Anatomy; empty where there is none.
    """

    name: str
    kind: str
    region: str
    fma: str


@cache
def standard_names() -> dict[str, StandardName]:
    """Return the list by name."""
    text = (resources.files("fyr.treat.nomenclature") / "standard_names.tsv").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
    return {row[0]: StandardName(*row) for row in rows}


def standard_name(name: str) -> StandardName | None:
    """Return the entry of a name, millimetres of a planning margin aside; None if it is not in the list.

    Examples
    --------
    >>> standard_name("SpinalCord_PRV05").name
    'SpinalCord_PRVxx'
    >>> standard_name("Lunga V") is None
    True
    """
    known = standard_names()
    if name in known and "xx" not in name:
        return known[name]
    if found := _PRV.search(name):
        for wildcard in ("_PRVxx", "_PRVx"):
            entry = known.get(name[: found.start()] + wildcard + name[found.end() :])
            if entry is not None:
                return entry
    return None


@cache
def family(base: str) -> dict[str, str]:
    """Return the names of a structure by side: ``L``, ``R``, ``both``, and ``""`` where it needs none.

    Examples
    --------
    >>> family("Lung")
    {'L': 'Lung_L', 'R': 'Lung_R', 'both': 'Lungs'}
    >>> family("Heart")
    {'': 'Heart'}
    """
    known = standard_names()
    names = {"L": f"{base}_L", "R": f"{base}_R", "both": _PLURALS.get(base, f"{base}s"), "": base}
    found = {side: name for side, name in names.items() if name in known}
    if "L" not in found and "R" not in found:  # 'Lips' is not a pair of 'Lip'
        found.pop("both", None)
    return found
