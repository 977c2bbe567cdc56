"""What a clinical fact is: a name, a kind, a unit, a code and what is possible at all."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal, get_args

from fyr.errors import BadInput
from fyr.units import check_unit

__all__ = ["ClinicalFact", "FactKind", "folded_word"]

FactKind = Literal["number", "integer", "boolean", "category", "text"]
"""What a value may be: as for the inputs of models, and text that is kept as it is written (a variant in HGVS)."""

_NAME: Final = re.compile(r"[a-z][a-z0-9_]*")
_CODE: Final = re.compile(r"(loinc:\d+-\d|snomed:\d+)")


def folded_word(text: str) -> str:
    """Return the text in lower case, with single spaces: how two spellings are compared.

    >>> folded_word("  New  Confusion ")
    'new confusion'
    """
    return " ".join(text.casefold().split())


@dataclass(frozen=True, slots=True)
class ClinicalFact:
    """One thing that can be known about a patient, and by the same name everywhere.

    The name is the code of an observation in the record, the input of a model and the column of a table.

    Parameters
    ----------
    name : str
        Lower case with underscores; it ends in the unit where that could be mistaken (``tumour_size_mm``).
    title : str
        As a person reads it.
    kind : {"number", "integer", "boolean", "category", "text"}
    unit : str or None
        UCUM; every number and integer has one (``1`` where it has no dimension), nothing else does.
    code : str or None
        ``loinc:21889-1`` or ``snomed:…``; none where no term says just this.
    low, high : float or None
        What is possible at all, ends included; a model's own range is narrower.
    categories : tuple of str
    aliases : mapping of str to str
        Other spellings of a category, or of ``true`` and ``false``; case does not matter.
    also : tuple of str
        Further codes under which the same fact arrives.
    molar_mass_g_mol : float or None
        Of a substance, where laboratories report it by mass or by amount.
    meaning : str
        What exactly is meant, where the title leaves a doubt.
    group : str
        ``general``, ``breast``, ``lung``, ``staging``, ``laboratory`` or ``molecular``.

    Attributes
    ----------
    spellings : mapping of str to str
        Every accepted spelling, folded, to what it stands for.

    Raises
    ------
    BadInput
        If the parts contradict each other.
    """

    name: str
    title: str
    kind: FactKind
    unit: str | None = None
    code: str | None = None
    low: float | None = None
    high: float | None = None
    categories: tuple[str, ...] = ()
    aliases: Mapping[str, str] = field(default_factory=dict)
    also: tuple[str, ...] = ()
    molar_mass_g_mol: float | None = None
    meaning: str = ""
    group: str = ""
    spellings: Mapping[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "aliases", MappingProxyType(dict(self.aliases)))
        accepted = {word: word for word in self.categories} | dict(self.aliases)
        object.__setattr__(
            self, "spellings", MappingProxyType({folded_word(word): target for word, target in accepted.items()})
        )
        for wrong, complaint in self._contradictions():
            if wrong:
                raise BadInput(complaint, where=f"clinical fact '{self.name}'")
        if self.unit is not None:
            check_unit(self.unit)

    def _contradictions(self) -> Iterable[tuple[bool, str]]:
        numeric = self.kind in ("number", "integer")
        targets = self.categories if self.kind == "category" else ("true", "false")
        yield not _NAME.fullmatch(self.name), "the name is not lower case letters, digits and underscores"
        yield self.kind not in get_args(FactKind), f"'{self.kind}' is not one of {', '.join(get_args(FactKind))}"
        yield (
            numeric != (self.unit is not None),
            "a number has a UCUM unit ('1' where it has no dimension), else nothing",
        )
        yield numeric != (self.low is not None and self.high is not None), "a number, and nothing else, has a range"
        yield (self.low or 0) > (self.high or 0), "low is above high"
        yield (self.kind == "category") != bool(self.categories), "a category, and nothing else, lists its categories"
        yield bool(self.aliases) and self.kind not in ("category", "boolean"), f"a {self.kind} has no aliases"
        yield not {*self.aliases.values()} <= {*targets}, "an alias points to what is not accepted"
        yield len(self.spellings) < len(self.categories) + len(self.aliases), "a category or alias is listed twice"
        yield (
            any(not _CODE.fullmatch(code) for code in (self.code or "loinc:1-1", *self.also)),
            "a code is not loinc:N-N or snomed:N",
        )

    @property
    def accepted(self) -> str:
        """What is accepted, in words: ``0 to 500 mm``, ``negative, positive or equivocal``."""
        if self.kind == "category":
            return f"{', '.join(self.categories[:-1])} or {self.categories[-1]}"
        if self.kind in ("boolean", "text"):
            return "true or false" if self.kind == "boolean" else "text"
        unit = "" if self.unit == "1" else f" {self.unit}"
        return f"{'whole numbers ' if self.kind == 'integer' else ''}{self.low:g} to {self.high:g}{unit}"
