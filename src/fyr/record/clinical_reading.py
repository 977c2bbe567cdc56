"""A clinical value as somebody wrote it, made into what the vocabulary says it is, or refused with a reason.

Nothing is guessed: a number without a unit is refused, another unit is converted as UCUM says, and what is not possible
at all (a Ki67 of 250 %, minus two nodes, half a node) is not kept.
"""

from __future__ import annotations

import math
import re
from typing import Final

from fyr.errors import BadInput
from fyr.record.clinical import clinical_fact
from fyr.record.clinical_fact import ClinicalFact, folded_word
from fyr.units import check_unit, convert, is_convertible

__all__ = ["ClinicalValue", "clinical_value"]

ClinicalValue = float | str | bool

_NUMBER: Final = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_TRUTH: Final = {"true": True, "yes": True, "false": False, "no": False}
_LONGEST_TEXT: Final = 200
_LONGEST_QUOTE: Final = 40

_GENE: Final = r"[A-Z][A-Z0-9-]{0,14}"
_VARIANT: Final = re.compile(
    rf"([A-Z]{{1,4}}_?\d+(\.\d+)?(\({_GENE}\))?:)?[cgmnr]\.[-*\d?(=][^\s]*"  # DNA or RNA, with or without a reference
    rf"|([A-Z]{{2}}_\d+(\.\d+)?(\({_GENE}\))?:)?p\.(\(?[A-Z][^\s]*|\(?[=0?]\)?)"  # protein
    rf"|{_GENE}::{_GENE}(\s.{{1,80}})?"  # fusion
    r"|exon \d+ (skipping|deletion|insertion)|amplification"
)
_LEGACY_PROTEIN: Final = re.compile(r"[A-Z]\d+[A-Z*]")


def clinical_value(name: str, value: object, unit: str | None = None) -> ClinicalValue:
    """Read a value of a clinical fact.

    Parameters
    ----------
    name : str
        Of the vocabulary.
    value : object
        A number, text or truth value, as it arrived.
    unit : str, optional
        UCUM; required for numbers, but for those that have no dimension.

    Returns
    -------
    float, str or bool
        In the vocabulary's unit and words.

    Raises
    ------
    BadInput
        If the value is not of its kind, without its unit, or not possible; the error says how to mend it.

    Examples
    --------
    >>> clinical_value("tumour_size_mm", 2.2, "cm")
    22.0
    >>> clinical_value("her2_status", "3+")
    'positive'
    """
    fact = clinical_fact(name)
    if fact.kind in ("number", "integer"):
        return _number(fact, value, unit)
    if unit is not None:
        raise _problem(fact, f"has the unit '{unit}', and is a {fact.kind}", "leave the unit away")
    if fact.kind == "boolean":
        return _truth(fact, value)
    if fact.kind == "category":
        return _category(fact, value)
    return _variant(fact, value)


def _number(fact: ClinicalFact, value: object, unit: str | None) -> float:
    number = _plain_number(fact, value)
    wanted = fact.unit or "1"
    if unit is None:
        if not is_convertible(wanted, "1") or wanted == "%":
            raise _problem(
                fact, f"is {_quoted(value)} without a unit", f"say in which unit it is, for example {wanted}"
            )
        unit = wanted
    number = _converted(fact, number, unit, wanted)
    if fact.kind == "integer":
        if abs(number - round(number)) > 1e-9:
            raise _problem(fact, f"is {number:g}, and is counted in whole numbers", "give a whole number")
        number = float(round(number))
    low, high = float(fact.low or 0), float(fact.high or 0)
    if not low <= number <= high:
        said = f"{number:g}" + ("" if wanted == "1" else f" {wanted}")
        mend = "check the value and its unit" if wanted not in ("1", "{score}") else "check the value"
        raise _problem(fact, f"is {said}, which is not possible", f"{mend}; possible is {fact.accepted}")
    if fact.name.endswith("_allred") and number == 1:
        raise _problem(fact, "is 1, which no Allred score is", "give 0 or 2 to 8: proportion and intensity added")
    return number


def _plain_number(fact: ClinicalFact, value: object) -> float:
    if isinstance(value, str):
        text = value.strip()
        if not _NUMBER.fullmatch(text):
            comma = "write the decimal point as a point" if "," in text else f"give {fact.accepted}"
            raise _problem(fact, f"is {_quoted(value)}, which is not a number", comma)
        number = float(text)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        number = float(value)
    else:
        raise _problem(fact, f"is {_quoted(value)}, which is not a number", f"give {fact.accepted}")
    if not math.isfinite(number):
        raise _problem(fact, f"is {number}", "give a number, or say that it is unknown or was not done")
    return number


def _converted(fact: ClinicalFact, number: float, unit: str, wanted: str) -> float:
    if unit == wanted:
        return number
    try:
        check_unit(unit)
        if fact.molar_mass_g_mol is not None and is_convertible(unit, "g/L"):
            return convert(convert(number, unit, "g/L") / fact.molar_mass_g_mol, "mol/L", wanted)
        return convert(number, unit, wanted)
    except BadInput as problem:
        raise BadInput(problem.what, where=fact.name, mend=problem.mend) from None


def _truth(fact: ClinicalFact, value: object) -> bool:
    if isinstance(value, bool):
        return value
    word = folded_word(str(value))
    known = _TRUTH | {spelling: target == "true" for spelling, target in fact.spellings.items()}
    if word in known and isinstance(value, str):
        return known[word]
    raise _problem(fact, f"is {_quoted(value)}, neither true nor false", f"give one of {', '.join(known)}")


def _category(fact: ClinicalFact, value: object) -> str:
    found = fact.spellings.get(folded_word(value)) if isinstance(value, str) else None
    if found is None:
        raise _problem(fact, f"is {_quoted(value)}, which is none of its categories", f"give {fact.accepted}")
    return found


def _variant(fact: ClinicalFact, value: object) -> str:
    text = value.strip() if isinstance(value, str) else ""
    if _LEGACY_PROTEIN.fullmatch(text):
        text = f"p.{text}"
    if not text or len(text) > _LONGEST_TEXT or not _VARIANT.fullmatch(text):
        raise _problem(
            fact,
            f"is {_quoted(value)}, which is no variant in HGVS",
            "write NM_005228.5:c.2573T>G or p.Leu858Arg, a fusion as EML4::ALK, or 'exon 14 skipping'",
        )
    return text


def _problem(fact: ClinicalFact, what: str, mend: str) -> BadInput:
    return BadInput(f"{fact.name} {what}", mend=mend)


def _quoted(value: object) -> str:
    text = str(value)
    return f"'{text if len(text) <= _LONGEST_QUOTE else text[: _LONGEST_QUOTE - 3] + '...'}'"
