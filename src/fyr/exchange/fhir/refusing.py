"""How the readers of FHIR stop at a resource that cannot be taken, and what they read JSON with."""

from __future__ import annotations

from typing import Any

from fyr.exchange.incoming import Problem, ProblemKind

__all__ = ["Refusal", "codings", "objects"]


class Refusal(Exception):
    """A resource that cannot be taken; it never leaves this package.

    Parameters
    ----------
    kind : ProblemKind
    what : str
    where : str
        The element, from the resource on: ``valueQuantity.code``.
    mend : str
    """

    def __init__(self, kind: ProblemKind, what: str, where: str = "", mend: str = "") -> None:
        super().__init__(what)
        self.kind = kind
        self.what = what
        self.where = where
        self.mend = mend

    def problem(self, within: str) -> Problem:
        """Return it as a problem of the resource at an address (``Bundle.entry[3].resource``)."""
        return Problem(self.kind, self.what, f"{within}.{self.where}" if self.where else within, self.mend)


def objects(parent: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """Return the elements of a list of objects; none where it is not there.

    Raises
    ------
    Refusal
        If it is there and no list of objects.
    """
    found = parent.get(name)
    if found is None:
        return []
    if type(found) is not list or not all(type(one) is dict for one in found):
        raise Refusal(ProblemKind.UNREADABLE, f"{name} is not a list of objects", name)
    return found


def codings(concept: Any, where: str) -> list[tuple[str, str]]:
    """Return (system, code) of each coding of a CodeableConcept.

    Raises
    ------
    Refusal
        If it is no CodeableConcept.
    """
    if type(concept) is not dict:
        raise Refusal(ProblemKind.UNREADABLE, f"{where} is not a CodeableConcept", where)
    found = []
    for coding in objects(concept, "coding"):
        system, code = coding.get("system"), coding.get("code")
        if type(system) is str and type(code) is str:
            found.append((system, code))
    return found
