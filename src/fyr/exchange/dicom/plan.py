"""RT plans and RT ion plans (DICOM PS3.3 A.20, A.49)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from fyr.errors import BadInput
from fyr.exchange.dicom.geometry import frame_of_reference
from fyr.exchange.dicom.opening import open_file, reading
from fyr.exchange.dicom.plan_beams import beams_of
from fyr.exchange.dicom.values import integer, items, numbers, optional_integer, optional_number, text
from fyr.imaging.treatment_plan import Beam, BeamInFractions, DoseReference, FractionGroup, TreatmentPlan

if TYPE_CHECKING:
    from pydicom import Dataset

__all__ = ["PLANS", "read_plan"]

PLANS: Final = {
    "1.2.840.10008.5.1.4.1.1.481.5": "an RT Plan",
    "1.2.840.10008.5.1.4.1.1.481.8": "an RT Ion Plan",
}


def read_plan(path: str | Path) -> TreatmentPlan:
    """Read a plan of external beams, of photons, electrons, protons or ions.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    TreatmentPlan
        Each control point whole: what it does not say anew is that of the one before. `notes` says where there are
        several fraction groups, beams of no group, brachytherapy.

    Raises
    ------
    BadInput
        If the file is damaged or of another kind, a beam is there twice, a group names a beam that is not there, a
        limiter has not the positions that it should, or meterset weights fall.
    """
    with reading(path):
        dataset = open_file(Path(path), kinds=PLANS)
        beams = beams_of(dataset)
        groups = tuple(_group(item) for item in items(dataset, "FractionGroupSequence"))
        notes = _notes(dataset, beams, groups)
        sets = [text(item, "ReferencedSOPInstanceUID", "") for item in items(dataset, "ReferencedStructureSetSequence")]
        return TreatmentPlan(
            label=text(dataset, "RTPlanLabel", ""),
            uid=text(dataset, "SOPInstanceUID"),
            beams=beams,
            fraction_groups=groups,
            dose_references=tuple(_reference(item) for item in items(dataset, "DoseReferenceSequence")),
            intent=text(dataset, "PlanIntent", ""),
            approval=text(dataset, "ApprovalStatus", ""),
            patient_positions=tuple(
                dict.fromkeys(text(item, "PatientPosition", "") for item in items(dataset, "PatientSetupSequence"))
            ),
            structure_set_uid=sets[0] if len(sets) == 1 else "",
            frame_of_reference=frame_of_reference(dataset),
            notes=tuple(notes),
        )


def _group(item: Dataset) -> FractionGroup:
    number = integer(item, "FractionGroupNumber")
    fractions = optional_integer(item, "NumberOfFractionsPlanned")
    if fractions is not None and fractions < 0:
        raise BadInput(f"group {number} has {fractions} fractions", where="Number of Fractions Planned (300A,0078)")
    beams = tuple(
        BeamInFractions(
            integer(one, "ReferencedBeamNumber"), _positive(one, "BeamMeterset"), _positive(one, "BeamDose")
        )
        for one in items(item, "ReferencedBeamSequence")
    )
    return FractionGroup(number, fractions, beams)


def _reference(item: Dataset) -> DoseReference:
    return DoseReference(
        number=integer(item, "DoseReferenceNumber"),
        kind=text(item, "DoseReferenceType", ""),
        place=text(item, "DoseReferenceStructureType", ""),
        description=text(item, "DoseReferenceDescription", ""),
        structure=optional_integer(item, "ReferencedROINumber"),
        prescribed_gy=_positive(item, "TargetPrescriptionDose"),
        minimum_gy=_positive(item, "TargetMinimumDose"),
        maximum_gy=_positive(item, "TargetMaximumDose"),
        point_mm=numbers(item, "DoseReferencePointCoordinates", 3, optional=True),
    )


def _positive(item: Dataset, keyword: str) -> float | None:
    found = optional_number(item, keyword)
    if found is not None and found < 0:
        raise BadInput(f"{found:g} is negative", where=keyword)
    return found


def _notes(dataset: Dataset, beams: tuple[Beam, ...], groups: tuple[FractionGroup, ...]) -> list[str]:
    notes: list[str] = []
    known = {beam.number for beam in beams}
    named = {one.beam for group in groups for one in group.beams}
    absent = sorted(named - known)
    if absent:
        raise BadInput(
            f"a fraction group names beam {', '.join(map(str, absent))}, which the plan has not",
            where="Fraction Group Sequence (300A,0070)",
            mend="take the file again from the planning system",
        )
    if len(groups) > 1:
        said = ", ".join(f"{g.number}: {g.fractions if g.fractions is not None else '?'} fractions" for g in groups)
        notes.append(f"the plan has {len(groups)} fraction groups ({said}): its dose is that of all of them together")
    if not groups:
        notes.append("the plan says nothing about fractions")
    free = [beam.name for beam in beams if beam.number not in named and beam.delivery in {"", "TREATMENT"}]
    if free and groups:
        notes.append(f"beams of no fraction group: {', '.join(free)}")
    brachytherapy = bool(items(dataset, "ApplicationSetupSequence"))
    if not beams and not brachytherapy:
        raise BadInput(
            "the plan has no beam",
            where="Beam Sequence (300A,00B0)",
            mend="take the file again, or give the plan itself",
        )
    if brachytherapy:
        notes.append("the plan has brachytherapy applications, which are not read")
    return notes
