"""What belongs together: a picture, what was drawn on it, the plan that was made of it, and its dose.

What an object refers to by its UID decides; where it refers to nothing that is here, a shared frame of reference does,
and is noted. Two things in two frames of reference are never laid over each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from fyr.exchange.dicom.references import SetReferences
from fyr.imaging.treatment_plan import TreatmentPlan
from fyr.imaging.volume import DoseGrid, DoseKind, DoseSummation
from fyr.serve.viewing.found import Found, FoundObject, PictureFiles, short_digest

__all__ = ["DoseFacts", "Known", "View", "by_study", "facts_of", "views_of"]

_SETS_AT_MOST: Final = 8
"""Structure sets of one frame of reference that a dose without a plan is shown with, one in each view."""


@dataclass(frozen=True, slots=True)
class DoseFacts:
    """What a dose says, without its values."""

    frame_of_reference: str
    plan_uid: str
    summation: DoseSummation
    kind: DoseKind
    max_gy: float


@dataclass(frozen=True, slots=True)
class Known:
    """What could be read of a patient's objects, by the object's SHA-256."""

    sets: Mapping[str, SetReferences]
    doses: Mapping[str, DoseFacts]
    plans: Mapping[str, TreatmentPlan]


@dataclass(slots=True)
class View:
    """What is shown together; each part may be missing.

    Parameters
    ----------
    picture : PictureFiles or None
    structure_set, dose, plan : FoundObject or None
    title : str
    notes : list of str
        How it was put together, where that is not plain; sentences.
    """

    picture: PictureFiles | None = None
    structure_set: FoundObject | None = None
    dose: FoundObject | None = None
    plan: FoundObject | None = None
    title: str = ""
    notes: list[str] = field(default_factory=list)

    @property
    def id(self) -> str:
        """Its name in the API."""
        parts = (self.structure_set, self.dose, self.plan)
        return short_digest(
            self.picture.id if self.picture else "", *(one.sha256 if one is not None else "" for one in parts)
        )

    @property
    def study(self) -> str:
        """The study that it stands under: that of what was made last."""
        made = self.dose or self.plan or self.structure_set
        if made is not None:
            return made.head.study
        return self.picture.first.study if self.picture else ""


def facts_of(dose: DoseGrid) -> DoseFacts:
    """Return what a dose says, without its values."""
    greatest = float(dose.dose_gy.max())
    return DoseFacts(dose.grid.frame_of_reference, dose.plan_uid, dose.summation, dose.kind, greatest)


def views_of(found: Found, known: Known) -> list[View]:
    """Put a patient's objects together: first what has a dose, then what has structures, then pictures alone."""
    views = [*_of_doses(found, known), *_of_plans(found, known)]
    shown = {view.structure_set.sha256 for view in views if view.structure_set}
    for one in found.structure_sets:
        if one.sha256 in known.sets and one.sha256 not in shown:
            view = View(structure_set=one)
            _add_picture(view, found, known)
            views.append(view)
    pictured = {view.picture.id for view in views if view.picture}
    views += [View(picture=one) for one in found.pictures if one.id not in pictured]
    for view in views:
        view.title = _title(view, known)
    _tell_apart(views)
    return views


def _tell_apart(views: Sequence[View]) -> None:
    """Put a number to views whose titles are the same."""
    alike: dict[str, list[View]] = {}
    for view in views:
        alike.setdefault(view.title, []).append(view)
    for some in alike.values():
        for number, view in enumerate(some, start=1):
            if len(some) > 1:
                view.title = f"{view.title} ({number} of {len(some)})"


def _of_doses(found: Found, known: Known) -> Iterator[View]:
    sums = {"plan": 0, "unknown": 1}
    readable = [one for one in found.doses if one.sha256 in known.doses]
    for one in sorted(readable, key=lambda one: sums.get(known.doses[one.sha256].summation, 2)):
        dose = known.doses[one.sha256]
        view = View(dose=one)
        view.plan = next((plan for plan in found.plans if plan.head.uid == dose.plan_uid), None)
        if dose.plan_uid and view.plan is None:
            view.notes.append("the plan that the dose was computed for is not here")
        if view.plan is not None and view.plan.sha256 not in known.plans:
            view.notes.append("the plan that the dose was computed for cannot be read")
            view.plan = None
        for structures in _structures_for(view, found, known):
            each = replace(view, notes=list(view.notes))
            _add_structures(each, structures, known)
            _add_picture(each, found, known)
            yield each


def _of_plans(found: Found, known: Known) -> Iterator[View]:
    """Yield plans that no dose is of."""
    with_dose = {dose.plan_uid for dose in known.doses.values()}
    for one in found.plans:
        if one.sha256 in known.plans and one.head.uid not in with_dose:
            view = View(plan=one, notes=["there is no dose of this plan here"])
            _add_structures(view, _structures_for(view, found, known)[0], known)
            _add_picture(view, found, known)
            yield view


def _structures_for(view: View, found: Found, known: Known) -> list[FoundObject | None]:
    """Return the structures of a plan; without them each set in the frame of reference of the dose, the last first."""
    usable = [one for one in found.structure_sets if one.sha256 in known.sets]
    wanted = known.plans[view.plan.sha256].structure_set_uid if view.plan else ""
    frame = _frame(view, known)
    chosen = next((one for one in usable if one.head.uid == wanted), None) if wanted else None
    if wanted and chosen is None:
        view.notes.append("the structure set that the plan refers to is not here")
    if chosen is not None:
        return [chosen]
    same = [one for one in usable if frame and known.sets[one.sha256].frame_of_reference == frame]
    if len(same) > 1:
        view.notes.append(f"{len(same)} structure sets share the frame of reference: this is one of them")
    return [*reversed(same[-_SETS_AT_MOST:])] or [None]


def _add_structures(view: View, chosen: FoundObject | None, known: Known) -> None:
    """Show structures with a view, unless they lie elsewhere."""
    if chosen is None:
        return
    wanted = known.plans[view.plan.sha256].structure_set_uid if view.plan else ""
    frame = _frame(view, known)
    if chosen.head.uid != wanted:
        label = known.sets[chosen.sha256].label or chosen.head.uid
        view.notes.append(f"the structures are those of '{label}', which shares the frame of reference")
    drawn = known.sets[chosen.sha256].frame_of_reference
    if frame and drawn and drawn != frame:
        view.notes.append(
            "the structures that the plan refers to are drawn in another frame of reference than that of the dose: "
            "they are not shown with it, and there are no dose-volume histograms"
        )
        return
    if not (frame and drawn):
        view.notes.append("a frame of reference is missing: that structures and dose belong together was not checked")
    view.structure_set = chosen


def _add_picture(view: View, found: Found, known: Known) -> None:
    """Find the pictures that the structures were drawn on, or some in the same frame of reference."""
    references = known.sets[view.structure_set.sha256] if view.structure_set else None
    frame = _frame(view, known) or (references.frame_of_reference if references else "")
    wanted = references.image_series_uid if references else ""
    drawn_on = [one for one in found.pictures if wanted and one.first.series == wanted]
    same = [one for one in found.pictures if frame and one.first.frame_of_reference == frame]
    if drawn_on and frame and drawn_on[0].first.frame_of_reference not in {"", frame}:
        view.notes.append(
            "the series that the structures say they were drawn on is in another frame of reference: it is not shown"
        )
        drawn_on = []
    elif wanted and not drawn_on:
        view.notes.append("the series that the structures were drawn on is not here")
    if drawn_on:
        view.picture = drawn_on[0]
        return
    chosen = max(same, key=lambda one: (one.first.modality == "CT", len(one.objects)), default=None)
    if chosen is None:
        if found.pictures:
            view.notes.append("no picture here shares the frame of reference: none is shown")
        return
    if wanted:
        view.notes.append(f"shown on '{_words(chosen)}', another series in the same frame of reference")
    view.picture = chosen


def _frame(view: View, known: Known) -> str:
    if view.dose is not None:
        return known.doses[view.dose.sha256].frame_of_reference
    return known.plans[view.plan.sha256].frame_of_reference if view.plan is not None else ""


def _title(view: View, known: Known) -> str:
    parts: list[str] = []
    if view.plan is not None:
        parts.append(known.plans[view.plan.sha256].label or "plan without a label")
    if view.dose is not None:
        dose = known.doses[view.dose.sha256]
        of = {"plan": "dose", "unknown": "dose"}.get(dose.summation, f"dose of a {dose.summation}")
        parts.append(view.dose.head.description or of)
    if view.structure_set is not None:
        parts.append(known.sets[view.structure_set.sha256].label or "structures")
    if view.picture is not None:
        parts.append(_words(view.picture))
    return " · ".join(parts)


def _words(picture: PictureFiles) -> str:
    first = picture.first
    return first.description or f"{first.modality} of {len(picture.objects)} slices"


def by_study(found: Found) -> dict[str, Sequence[FoundObject]]:
    """Return the objects of each study, the newest study first."""
    studies: dict[str, list[FoundObject]] = {}
    every = [one for picture in found.pictures for one in picture.objects[:1]]
    for one in [*every, *found.structure_sets, *found.doses, *found.plans]:
        studies.setdefault(one.head.study, []).append(one)
    return dict(sorted(studies.items(), key=lambda item: item[1][0].head.study_date, reverse=True))
