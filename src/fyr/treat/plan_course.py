"""A plan as its patient gets it: the histogram of every structure, which organ it is, and how the dose is given."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from fyr.errors import BadInput, UsageError
from fyr.treat.dvh import Dvh, dose_volume_histogram
from fyr.treat.nomenclature.proposal import propose
from fyr.treat.outcome import ORGANS, Course, StructureDose, organ_of

if TYPE_CHECKING:
    from fyr.imaging.plane_stack import Between
    from fyr.imaging.structure_set import Structure, StructureSet
    from fyr.imaging.treatment_plan import TreatmentPlan
    from fyr.imaging.volume import DoseGrid
    from fyr.treat.nomenclature.own_names import OwnNames

__all__ = [
    "PlanCourse",
    "PlanCurve",
    "coarse",
    "parse_fractionation",
    "plan_course",
    "prescribed_gy",
]

_BOTH_LUNGS: Final = ("Lung_L", "Lung_R")
_NAMED: Final = {"standard", "confirmed", "proposed"}
_PHYSICAL: Final = {"PHOTON", "ELECTRON", ""}
_BINS: Final = 1_000
"""Of the histograms that the models get: a thousandth of the greatest dose is finer than any fit."""


@dataclass(frozen=True, slots=True, eq=False)
class PlanCurve:
    """One structure's histogram, and what it is.

    Parameters
    ----------
    name : str
        As the plan calls it.
    number : int or None
        Of the structure set; ``None`` where it was joined from two.
    kind : str
        DICOM's interpreted type.
    colour : tuple of int, or None
    dvh : Dvh
    standard : str or None
        The TG-263 name.
    organ : str or None
        A key of :data:`~fyr.treat.outcome.ORGANS`.
    said_by : str
        How the organ is known: ``user``, or how the TG-263 name is (``standard``, ``confirmed``, ``proposed``).
    note : str
        What a reader must know.
    """

    name: str
    number: int | None
    kind: str
    colour: tuple[int, int, int] | None
    dvh: Dvh
    standard: str | None = None
    organ: str | None = None
    said_by: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class PlanCourse:
    """A plan's histograms and its fractions.

    Parameters
    ----------
    label : str
    curves : tuple of PlanCurve
    without_dose : mapping of str to str
        Structures without a histogram, with the reason.
    prescription_gy : float or None
        Of the whole plan.
    fractions : int or None
    photons : bool
        Whether the dose is a physical one of photons or electrons, as in the published fits.
    notes : tuple of str
    dose_factor : float
        By what every dose of the planning system was multiplied.
    """

    label: str
    curves: tuple[PlanCurve, ...]
    without_dose: Mapping[str, str]
    prescription_gy: float | None
    fractions: int | None
    photons: bool = True
    notes: tuple[str, ...] = field(default=())
    dose_factor: float = 1.0

    def course(self, alpha_beta_gy: Mapping[str, float] | None = None) -> Course:
        """Return how the dose is given.

        Raises
        ------
        BadInput
            If the prescribed dose or the number of fractions is not known: no model may be asked without.
        """
        if self.prescription_gy is None:
            raise BadInput("the plan prescribes no dose to a target", where=self.label, mend="give --prescription 50Gy")
        if not self.fractions:
            what = "the plan does not say how many fractions, or has several groups of them"
            mend = "give --fractions N, if each of the N gives the same dose; else each phase with its own dose"
            raise BadInput(what, where=self.label, mend=mend)
        return Course(self.fractions, self.prescription_gy / self.fractions, dict(alpha_beta_gy or {}))

    def structures(self) -> tuple[StructureDose, ...]:
        """Return the histograms as the outcome models take them, in at most a thousand bins each."""
        return tuple(replace(StructureDose.of_dvh(coarse(one.dvh), one.organ), name=one.name) for one in self.curves)

    def curve(self, name: str) -> PlanCurve:
        """Return the curve of a structure by the plan's own or the TG-263 name.

        Raises
        ------
        BadInput
            If there is none with a dose, or several.
        """
        folded = name.casefold()
        found = [one for one in self.curves if one.name.casefold() == folded]
        found = found or [one for one in self.curves if (one.standard or "").casefold() == folded]
        if len(found) == 1:
            return found[0]
        what = (
            f"{len(found)} structures with a dose are called '{name}'"
            if found
            else f"no structure '{name}' with a dose"
        )
        raise BadInput(what, where=self.label, mend=f"there are {', '.join(one.name for one in self.curves) or 'none'}")

    def rescaled(self, total_gy: float, fractions: int, label: str) -> PlanCourse:
        """Return the same distribution of dose with another prescribed dose and number of fractions.

        Raises
        ------
        BadInput
            If the plan prescribes no dose.
        """
        if self.prescription_gy is None:
            raise BadInput("the plan prescribes no dose, so that it cannot be rescaled", where=self.label)
        factor = total_gy / self.prescription_gy
        curves = tuple(replace(one, dvh=_scaled(one.dvh, factor)) for one in self.curves)
        note = f"made from {self.label} by multiplying every dose by {factor:.5g}: no planning system computed it"
        notes = (*self.notes, *(() if factor == 1 else (note,)))
        return replace(
            self, label=label, curves=curves, prescription_gy=total_gy, fractions=fractions, notes=notes,
            dose_factor=self.dose_factor * factor,
        )  # fmt: skip


def plan_course(
    structures: StructureSet,
    dose: DoseGrid,
    plan: TreatmentPlan | None,
    between: Between,
    *,
    own: OwnNames | None = None,
    organs: Mapping[str, str | None] | None = None,
    label: str = "",
    prescription_gy: float | None = None,
    fractions: int | None = None,
    histogram: Callable[[Structure, DoseGrid, Between], Dvh] = dose_volume_histogram,
) -> PlanCourse:
    """Take the histogram of every structure, and say which organ each is.

    Parameters
    ----------
    structures : StructureSet
        In the frame of reference of the dose: it is for the caller to check.
    dose : DoseGrid
        Of the whole plan.
    plan : TreatmentPlan or None
    between : Between
    own : OwnNames, optional
        What the hospital confirmed about its structure names.
    organs : mapping of str to str or None, optional
        Organ by the plan's own name, which goes before TG-263; ``None`` for one that is not to be taken as an organ.
    label : str
    prescription_gy, fractions
        Instead of the plan's.
    histogram : callable
        Takes the dose in a structure, or finds what was taken before.

    Raises
    ------
    BadInput
        If the dose is not that of a plan, or a structure or organ is named that is not there.
    """
    if dose.summation not in {"plan", "unknown"}:
        raise BadInput(f"the dose is of a {dose.summation}, not of a plan", where="dose", mend="give the plan's dose")
    said = _said(organs or {}, structures)
    curves: list[PlanCurve] = []
    without: dict[str, str] = {}
    for one, name in zip(structures.structures, _keys([each.name for each in structures.structures]), strict=True):
        try:
            dvh = replace(histogram(one, dose, between), name=name)
        except BadInput as problem:
            without[name] = problem.what
            continue
        proposal = propose(one.name, own)
        standard = proposal.name if proposal.status in _NAMED else None
        by_user = one.name in said
        organ = said[one.name] if by_user else organ_of(standard or one.name)
        how = "user" if by_user else proposal.status if organ else ""
        curves.append(PlanCurve(name, one.number, one.kind, one.colour, dvh, standard, organ, how))
    curves = _with_both_lungs(curves)
    return PlanCourse(
        label or (plan.label if plan else ""),
        tuple(curves),
        without,
        prescribed_gy(plan) if prescription_gy is None else prescription_gy,
        _planned(plan) if fractions is None else fractions,
        dose.kind != "effective" and all(beam.radiation in _PHYSICAL for beam in (plan.beams if plan else ())),
    )


def _keys(names: Sequence[str]) -> list[str]:
    """Return a name for each structure, no two alike: those of one name get their place."""
    return [f"{one} ({names[: at + 1].count(one)})" if names.count(one) > 1 else one for at, one in enumerate(names)]


def _said(organs: Mapping[str, str | None], structures: StructureSet) -> dict[str, str | None]:
    said: dict[str, str | None] = {}
    for name, organ in organs.items():
        if organ is not None and organ not in ORGANS:
            raise UsageError(
                f"'{organ}' is no organ of the outcome models",
                where="--organ",
                mend=f"name one of {', '.join(ORGANS)}, or none",
            )
        said[structures.structure(name).name] = organ
    return said


def _with_both_lungs(curves: list[PlanCurve]) -> list[PlanCurve]:
    """Add both lungs together where they are drawn apart: the fits are of both."""
    sides = [[one for one in curves if one.standard == name] for name in _BOTH_LUNGS]
    if any(one.organ == "lungs" for one in curves) or any(len(side) != 1 for side in sides):
        return curves
    left, right = (side[0] for side in sides)
    return [*curves, replace(
        left,
        name=f"{left.name} + {right.name}",
        number=None,
        dvh=_joined(left.dvh, right.dvh),
        standard="Lungs",
        organ="lungs",
        said_by="both lungs joined",
        note="the histograms of the two lungs added; the target, if it lies in a lung, is not taken out",
    )]  # fmt: skip


def _joined(one: Dvh, other: Dvh) -> Dvh:
    """Add the histograms of two structures that do not overlap, on one dose grid."""
    covered = one.covered_cm3 + other.covered_cm3
    return replace(
        one,
        name=f"{one.name} + {other.name}",
        volume_cm3=one.volume_cm3 + other.volume_cm3,
        outside_cm3=one.outside_cm3 + other.outside_cm3,
        min_gy=min(one.min_gy, other.min_gy),
        mean_gy=(one.mean_gy * one.covered_cm3 + other.mean_gy * other.covered_cm3) / covered,
        max_gy=max(one.max_gy, other.max_gy),
        histogram_cm3=one.histogram_cm3 + other.histogram_cm3,
        notes=(*one.notes, *other.notes),
    )


def coarse(dvh: Dvh) -> Dvh:
    """Return the histogram with neighbouring bins joined, to at most a thousand up to the greatest dose."""
    filled = int(dvh.max_gy / dvh.bin_gy) + 1
    joined = -(-filled // _BINS)
    if joined <= 1:
        return dvh
    import numpy as np

    padded = np.pad(dvh.histogram_cm3, (0, -len(dvh.histogram_cm3) % joined))
    return replace(dvh, bin_gy=dvh.bin_gy * joined, histogram_cm3=padded.reshape(-1, joined).sum(axis=1))


def _scaled(dvh: Dvh, factor: float) -> Dvh:
    return replace(
        dvh,
        min_gy=dvh.min_gy * factor,
        mean_gy=dvh.mean_gy * factor,
        max_gy=dvh.max_gy * factor,
        bin_gy=dvh.bin_gy * factor,
        sampling=replace(dvh.sampling, error_gy=dvh.sampling.error_gy * factor),
    )


def prescribed_gy(plan: TreatmentPlan | None) -> float | None:
    """Return what a plan prescribes to its targets: the greatest, where there are several."""
    doses = (
        [one.prescribed_gy for one in plan.dose_references if one.kind == "TARGET" and one.prescribed_gy]
        if plan
        else []
    )
    return max(doses, default=None)


def _planned(plan: TreatmentPlan | None) -> int | None:
    """Return the number of fractions, where the plan has one group that says it."""
    return plan.fraction_groups[0].fractions if plan and len(plan.fraction_groups) == 1 else None


def parse_fractionation(text: str) -> tuple[float, int]:
    """Return the dose in Gy and the fractions of ``40Gy/15``.

    >>> parse_fractionation("40.05Gy/15")
    (40.05, 15)
    """
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(c?Gy)\s*/\s*(\d{1,3})\s*(?:fx|fr)?\s*", text, re.IGNORECASE)
    dose = float(found[1]) * (0.01 if found[2].casefold() == "cgy" else 1) if found else 0.0
    if not found or dose <= 0 or int(found[3]) < 1:
        raise UsageError(f"'{text}' is no fractionation", where="--rescale", mend="write 40Gy/15")
    return dose, int(found[3])
