"""What the name of a column says: its words, in any of the ways that people write names, and a unit at its end."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

__all__ = ["has_word", "unit_of_name", "words_of"]

_CAMEL: Final = re.compile(r"(?<=[a-zæøåäö0-9])(?=[A-ZÆØÅÄÖ][a-zæøåäö])|(?<=[a-zæøåäö])(?=[A-ZÆØÅÄÖ])")
_NO_WORD: Final = re.compile(r"[^a-z0-9%/]+")
_LETTERS: Final = {"æ": "ae", "ø": "o", "ß": "ss", "µ": "u", "μ": "u", "°": "deg ", "²": "2", "³": "3"}

_UNITS: Final = {
    "d": r"days?|dygn|dgr|dage?|dager|dagar|dogn|tage",
    "wk": r"weeks?|wks?|uger?|uker?|veckor|vecka",
    "mo": r"months?|mos?|mth|mths|mnths?|maaneder|maned(?:er)?|mnd|man(?:ader)?|md|mdr",
    "a": r"years?|yrs?|aar|ar",
    "min": r"min|mins|minutes?|minutter|minuter",
    "h": r"h|hr|hrs|hours?|timer|timmar",
    "mm": r"mm|millimet(?:er|re)s?",
    "cm": r"cm|centimet(?:er|re)s?",
    "m": r"m|met(?:er|re)s?",
    "[in_i]": r"inch(?:es)?",
    "kg": r"kgs?|kilos?|kilograms?",
    "[lb_av]": r"lbs?|pounds?",
    "g": r"g|grams?|gram",
    "g/L": r"g/l|g l|gl|gpl|g per l",
    "g/dL": r"g/dl|g dl|gdl|gpdl|g per dl|g/100ml",
    "mmol/L": r"mmol/l|mmol l|mmoll|mmol",
    "umol/L": r"umol/l|umol l|umoll|mikromol/l|umol|micromol/l",
    "mg/dL": r"mg/dl|mg dl|mgdl|mg%",
    "mg/L": r"mg/l|mg l|mgl",
    "Cel": r"c|celsius|degc|deg c",
    "[degF]": r"f|fahrenheit|degf|deg f",
    "mm[Hg]": r"mmhg|mm hg",
    "kPa": r"kpa",
    "%": r"%|percent|pct|perc|prosent|procent",
    "10*9/L": r"10\^?9/l|109/l|10 9/l|10 9 l|x109/l|e9/l|e9 l|giga/l",
    "/uL": r"/ul|ul|per ul|/mm3|/mcl",
    "U/L": r"u/l|iu/l|u l",
}
_UNIT_AT_END: Final = {
    unit: re.compile(rf"(?:^|[\s(\[])(?:in |i )?(?:{words})[\s)\]]*$") for unit, words in _UNITS.items()
}


@lru_cache(maxsize=8192)
def words_of(name: str) -> str:
    """Return the words of a name in lower case without accents, single spaces between.

    >>> words_of("TumourSize_mm")
    'tumour size mm'
    >>> words_of("Højde (cm)")
    'hojde cm'
    """
    return _plain(_CAMEL.sub(" ", name))


def _plain(name: str) -> str:
    """Return a name in lower case, without accents and signs."""
    letters = "".join(_LETTERS.get(letter, letter) for letter in name.lower())
    ascii_only = unicodedata.normalize("NFKD", letters).encode("ascii", "ignore").decode()
    return _NO_WORD.sub(" ", ascii_only).strip()


@lru_cache(maxsize=8192)
def unit_of_name(name: str) -> str | None:
    """Return the UCUM unit that a name ends in, or that it holds in brackets.

    >>> unit_of_name("OS_MONTHS"), unit_of_name("albumin (g/dL)"), unit_of_name("age")
    ('mo', 'g/dL', None)
    """
    words = words_of(name)
    if " " not in words and not re.search(r"[(\[]", name):
        alone = {"days": "d", "months": "mo", "weeks": "wk", "years": "a", "day": "d", "month": "mo", "week": "wk"}
        found = alone.get(words)
        return found or next((u for w, u in alone.items() if len(w) > 4 and words.endswith(w) and words != w), None)
    whole = _plain(name)  # a unit is no camel: g/dL
    found_units = [unit for unit, pattern in _UNIT_AT_END.items() if pattern.search(words) or pattern.search(whole)]
    return max(found_units, key=len) if found_units else None


@lru_cache(maxsize=65536)
def has_word(name: str, pattern: str) -> bool:
    """Tell whether the words of a name hold a pattern as whole words."""
    return re.search(rf"(?:^| )(?:{pattern})(?:$| )", words_of(name)) is not None
