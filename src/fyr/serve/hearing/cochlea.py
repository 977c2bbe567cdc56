"""The dose to each cochlea, of every plan of a patient that has one drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fyr.errors import BadInput
from fyr.imaging.plane_stack import Between
from fyr.imaging.structure_set import Structure
from fyr.imaging.volume import DoseGrid
from fyr.serve.viewing.plane_document import between_of
from fyr.serve.viewing.viewing import PatientImaging, Viewing
from fyr.serve.viewing.views import View
from fyr.treat.outcome.organs import organ_of

__all__ = [
    "CochlearDose",
    "cochlear_doses",
]

_SIDES = {"_l": "left", "_r": "right"}


@dataclass(frozen=True, slots=True)
class CochlearDose:
    """The dose to one cochlea, or why there is none."""

    name: str
    ear: str | None
    mean_gy: float | None = None
    max_gy: float | None = None
    volume_cm3: float | None = None
    is_complete: bool = True
    problem: str | None = None


def cochlear_doses(viewing: Viewing, imaging: PatientImaging) -> list[dict[str, Any]]:
    """Return the doses, plan by plan; to be called in one of the viewer's threads.

    Taken are structures of the TG-263 name of a cochlea, and doses of whole plans: none is guessed, none is added.
    """
    found: list[dict[str, Any]] = []
    seen = set()
    for view in imaging.views:
        if view.dose is None or view.structure_set is None:
            continue
        key = (view.structure_set.sha256, view.dose.sha256)
        if key in seen or imaging.known.doses[view.dose.sha256].summation not in {"plan", "unknown"}:
            continue
        seen.add(key)
        ears = _of_view(viewing, view)
        if ears:
            found.append({"view": view.id, "title": view.title, "cochleae": ears})
    return found


def _of_view(viewing: Viewing, view: View) -> list[dict[str, Any]]:
    assert view.dose is not None  # noqa: S101  the caller asked
    assert view.structure_set is not None  # noqa: S101
    drawn = viewing.structure_set(view.structure_set)
    chosen = [one for one in drawn.structures if organ_of(one.name) == "cochlea"]
    if not chosen:
        return []
    dose, between = viewing.dose(view.dose), between_of(drawn, viewing, view)
    key = ("cochleae", view.structure_set.sha256, view.dose.sha256, between)
    made: list[CochlearDose] = viewing.kept.get(
        key, lambda: viewing.compute(_doses, chosen, dose, between), lambda some: 200 * len(some)
    )
    return [{name: getattr(one, name) for name in CochlearDose.__slots__} for one in made]


def _doses(chosen: Sequence[Structure], dose: DoseGrid, between: Between) -> list[CochlearDose]:
    from fyr.treat.dvh import dose_volume_histogram

    found = []
    for one in chosen:
        ear = _SIDES.get(one.name.strip().casefold()[-2:])
        try:
            curve = dose_volume_histogram(one, dose, between)
        except BadInput as problem:
            found.append(CochlearDose(one.name, ear, problem=problem.what))
            continue
        found.append(
            CochlearDose(one.name, ear, curve.mean_gy, curve.max_gy, curve.volume_cm3, is_complete=curve.is_complete)
        )
    return found
