"""A patient's audiograms with their grades: the words of ``fyr treat hearing`` for each against the baseline."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from fyr.record import Observation
from fyr.record.audiogram import Audiogram, Conduction
from fyr.record.hearing import audiograms_of
from fyr.serve.problems import NotFound
from fyr.treat.hearing.document import (
    AgeGroup,
    audiogram_document,
    averages_document,
    conductive_notes,
    grades_document,
)

__all__ = ["hearing_document"]


def hearing_document(
    observations: Iterable[Observation], baseline: str | None, conduction: Conduction, age_group: AgeGroup | None
) -> dict[str, Any]:
    """Return the audiograms, oldest first, and what each says beside the baseline.

    Parameters
    ----------
    observations : iterable of Observation
    baseline : str or None
        Which audiogram is the baseline; the first where it is not said.
    conduction : {"air", "bone"}
    age_group : {"adult", "child"} or None

    Raises
    ------
    NotFound
        If there is no audiogram of that name.
    """
    found, problems = audiograms_of(observations)
    names = _names(found)
    if baseline is not None and baseline not in names:
        raise NotFound(f"there is no audiogram '{baseline[:40]}'", mend="see the audiograms of GET …/hearing")
    chosen = baseline or (names[0] if names else None)
    before = None if chosen is None else found[names.index(chosen)]
    return {
        "baseline": chosen,
        "conduction": conduction,
        "age_group": age_group,
        "audiograms": [
            {"name": name, **_assessed(one, before, conduction, age_group)}
            for name, one in zip(names, found, strict=True)
        ],
        "problems": problems,
    }


def _names(found: Sequence[Audiogram]) -> list[str]:
    """Return the day of each; where two are of one day the second is ``2026-03-01 (2)``."""
    seen: Counter[str] = Counter()
    names = []
    for one in found:
        day = str(one.measured_on)
        seen[day] += 1
        names.append(day if seen[day] == 1 else f"{day} ({seen[day]})")
    return names


def _assessed(
    one: Audiogram, before: Audiogram | None, conduction: Conduction, age_group: AgeGroup | None
) -> dict[str, Any]:
    is_later = before is not None and str(before.measured_on) < str(one.measured_on)
    averages = averages_document(one, conduction)
    notes = conductive_notes(averages["air_bone_gap"]) if conduction == "air" else []
    return {
        **audiogram_document(one),
        "is_compared": is_later,
        "grades": grades_document(one, before if is_later else None, conduction, age_group),
        **averages,
        "notes": notes,
    }
