"""The clinical facts that Fyr knows by name: one word for one thing.

The name is the code of an observation in the record, the input of a model and the column of a table; see
:class:`ClinicalFact`.
"""

from __future__ import annotations

import dataclasses
import difflib
from typing import Final

from fyr.errors import BadInput
from fyr.record.clinical_breast import BREAST
from fyr.record.clinical_fact import ClinicalFact
from fyr.record.clinical_general import GENERAL
from fyr.record.clinical_laboratory import LABORATORY
from fyr.record.clinical_lung import LUNG
from fyr.record.clinical_molecular import MOLECULAR
from fyr.record.clinical_staging import STAGING

__all__ = ["FACTS", "FACT_OF_CODE", "GROUPS", "ClinicalFact", "clinical_fact"]

GROUPS: Final[dict[str, tuple[ClinicalFact, ...]]] = {
    group: tuple(dataclasses.replace(fact, group=group) for fact in facts)
    for group, facts in {
        "general": GENERAL,
        "breast": BREAST,
        "lung": LUNG,
        "staging": STAGING,
        "laboratory": LABORATORY,
        "molecular": MOLECULAR,
    }.items()
}
"""The facts by what they are about."""

FACTS: Final[dict[str, ClinicalFact]] = {fact.name: fact for facts in GROUPS.values() for fact in facts}
"""Every fact by its name."""

FACT_OF_CODE: Final[dict[str, str]] = {
    code: fact.name for fact in FACTS.values() for code in (fact.code, *fact.also) if code is not None
}
"""The name of a fact by each code under which it arrives (``loinc:21889-1``)."""


def clinical_fact(name: str) -> ClinicalFact:
    """Look a fact up by its name.

    Raises
    ------
    BadInput
        If there is no fact of that name.
    """
    found = FACTS.get(name)
    if found is None:
        near = difflib.get_close_matches(name, FACTS, n=3)
        mend = f"did you mean {' or '.join(near)}?" if near else "docs/reference/clinical-facts.md lists them"
        raise BadInput(f"there is no clinical fact '{name}'", mend=mend)
    return found
