"""T, N, M and stage groups as mCODE bundles write them: AJCC's own codes, or SNOMED CT's with their displays.

SNOMED CT has a concept for each (``1228938002 American Joint Committee on Cancer cT3``); its display says which, and a
concept without a display is not guessed at.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["staging_word"]

_DISPLAY: Final = re.compile(
    r"American Joint Committee on Cancer (?P<category>y?[cp]?[TNM][^ ]*)|"
    r"American Joint Committee on Cancer stage (?P<stage>[0IV]+[A-E0-9]*)"
)
_NUMBERED_STAGE: Final = re.compile(r"(?P<number>[0-4])(?P<letter>[A-C]?)(?P<part>\d?)")
_ROMAN: Final = ("0", "I", "II", "III", "IV")


def staging_word(name: str, text: str) -> str:
    """Return a code or a display as the vocabulary may know it; as it is where it is nothing of this kind.

    >>> staging_word("clinical_stage_group", "3C"), staging_word("clinical_t_category", "cT2")
    ('IIIC', 'cT2')
    >>> staging_word("clinical_t_category", "American Joint Committee on Cancer cT3 (qualifier value)")
    'cT3'
    """
    found = _DISPLAY.search(text)
    word = text.strip() if found is None else str(found["stage"] or found["category"])
    if name.endswith("stage_group"):
        numbered = _NUMBERED_STAGE.fullmatch(word.removeprefix("c").removeprefix("p"))
        if numbered is not None:
            return f"{_ROMAN[int(numbered['number'])]}{numbered['letter']}{numbered['part']}"
    return word
