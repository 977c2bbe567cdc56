"""What is said of a patient's hearing: grades or why there is none, averages, and what to know about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Literal

from fyr.models import Model
from fyr.record.audiogram import EARS, Audiogram, Conduction
from fyr.record.finding import Refusal
from fyr.treat.hearing import (
    ASHA_1994,
    BROCK_1991,
    CHANG_2010,
    CTCAE_4_03,
    CTCAE_5_ADULT,
    CTCAE_5_CHILD,
    SIOP_BOSTON,
)
from fyr.treat.hearing.averages import (
    HIGH_FREQUENCIES_HZ,
    SPEECH_FREQUENCIES_HZ,
    air_bone_gaps,
    average,
    between_ears,
)
from fyr.treat.hearing.inputs import evidence_of

__all__ = ["AgeGroup", "audiogram_document", "averages_document", "conductive_notes", "grades_document"]

AgeGroup = Literal["adult", "child"]


def audiogram_document(one: Audiogram) -> dict[str, Any]:
    """Return an audiogram with its thresholds."""
    return {
        "date": None if one.measured_on is None else one.measured_on.isoformat(),
        "patient": one.patient or None,
        "thresholds": [asdict(threshold) for threshold in one.thresholds],
    }


def grades_document(
    now: Audiogram,
    before: Audiogram | None,
    conduction: Conduction = "air",
    patient: AgeGroup | None = None,
    *,
    intervention_indicated: bool = False,
) -> dict[str, Any]:
    """Return what each scale says of an audiogram, or why it says nothing.

    Parameters
    ----------
    now, before : Audiogram
        Before is the baseline; without it the scales that compare are refused.
    conduction : {"air", "bone"}
        Which thresholds are graded as sensorineural.
    patient : {"adult", "child"}, optional
        Which of CTCAE's definitions; both if not said.
    intervention_indicated : bool
        CTCAE: a hearing aid or another intervention is indicated.
    """
    models: list[Model] = [SIOP_BOSTON, CHANG_2010, BROCK_1991, ASHA_1994]
    models += [CTCAE_5_ADULT] if patient != "child" else []
    models += [CTCAE_5_CHILD] if patient != "adult" else []
    models.append(CTCAE_4_03)
    evidence = evidence_of(now, before, conduction)
    if intervention_indicated:
        evidence["intervention_indicated"] = True
    found: dict[str, Any] = {}
    for model in models:
        card = model.card
        entry: dict[str, Any] = {"title": card.title, "version": card.version, "citation": card.citation}
        if before is None and any(one.name.startswith("baseline_") for one in card.inputs) and not card.not_available:
            found[card.name] = {**entry, "refused": "it compares with a baseline, and none was given", "missing": []}
            continue
        answer = model.predict(evidence)
        if isinstance(answer, Refusal):
            found[card.name] = {**entry, "refused": answer.reason, "missing": list(answer.inputs)}
        else:
            said = {name: one.category for name, one in answer.estimates.items()}
            found[card.name] = {**entry, **said, "explanation": answer.explanation}
    return found


def averages_document(now: Audiogram, conduction: Conduction = "air") -> dict[str, Any]:
    """Return the averages of each ear, the difference between the ears, and the air-bone gap."""
    return {
        "averages": {
            ear: {
                "pure_tone_average": asdict(average(now, ear, SPEECH_FREQUENCIES_HZ, conduction)),
                "high_frequency_average": asdict(average(now, ear, HIGH_FREQUENCIES_HZ, conduction)),
            }
            for ear in EARS
        },
        "right_minus_left": [asdict(one) for one in between_ears(now, conduction)],
        "air_bone_gap": {ear: [asdict(one) for one in air_bone_gaps(now, ear)] for ear in EARS},
    }


def conductive_notes(gaps: Mapping[str, list[dict[str, Any]]]) -> list[str]:
    """Say where a loss has a conductive part."""
    notes = []
    for ear, found in gaps.items():
        greatest = max((one["difference_db"] for one in found), default=0)
        if greatest > 0:
            what = f"{ear} ear: air conduction is up to {greatest:g} dB worse than bone conduction"
            notes.append(f"{what}; what is conductive is no ototoxicity, and --conduction bone grades without it")
    return notes
