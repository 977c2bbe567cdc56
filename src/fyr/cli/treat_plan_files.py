"""The plan, structures and dose of one patient: named, or found beside the plan by what it refers to."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from fyr.cli.treat_files import same_frame
from fyr.errors import BadInput, UsageError
from fyr.treat.compared_plans import PlanParts

if TYPE_CHECKING:
    from fyr.exchange.dicom.scan import ScannedFile
    from fyr.imaging.treatment_plan import TreatmentPlan
    from fyr.imaging.volume import DoseGrid

__all__ = ["PlanFiles", "read_plan_files"]


@dataclass(frozen=True, slots=True, eq=False)
class PlanFiles(PlanParts):
    """What belongs together, read.

    Parameters
    ----------
    patient : str
        DICOM's patient ID; empty where no file says one. It is compared, never shown.
    paths : dict of str to str
        Of ``plan``, ``struct`` and ``dose``.
    """

    patient: str = ""
    paths: dict[str, str] = field(default_factory=dict)


def read_plan_files(plan: Path | None, struct: Path | None = None, dose: Path | None = None) -> PlanFiles:
    """Read a plan with its structures and dose.

    Parameters
    ----------
    plan : Path or None
        An RTPLAN, or a folder that holds one.
    struct, dose : Path, optional
        Where they are not named, the files beside the plan are looked through for those that belong to it.

    Raises
    ------
    UsageError
        If neither a plan nor both others are named.
    BadInput
        If something does not belong together, or is there several times, or not at all.
    """
    from fyr.exchange.dicom import read_dose, read_plan, read_structure_set

    if plan is None and (struct is None or dose is None):
        raise UsageError("no plan is given", where="--plan", mend="give --plan FILE or FOLDER, or --struct and --dose")
    warnings: list[str] = []
    plan_file = _plan_file(plan) if plan is not None else None
    read = None if plan_file is None else read_plan(plan_file)
    beside = [] if plan_file is None or (struct and dose) else _scanned(plan_file.parent)
    struct = struct or _structures_of(read, plan_file, beside, warnings)
    if dose is None:
        grid, dose = _dose_of(read, plan_file, beside, warnings)
    else:
        grid = read_dose(dose)
    structures = read_structure_set(struct)
    warnings += [*(read.notes if read else ()), *structures.notes, *grid.notes]
    warnings += same_frame(structures, grid, struct, dose)
    if read is not None:
        if grid.plan_uid and grid.plan_uid != read.uid:
            raise BadInput("the dose was computed for another plan", where=str(dose), mend="give the plan of the dose")
        if read.structure_set_uid and structures.uid and read.structure_set_uid != structures.uid:
            warnings.append("the plan was made on another structure set than this one")
    files = {"plan": plan_file, "struct": struct, "dose": dose}
    heads = {name: _head(path) for name, path in files.items() if path is not None}
    patients = {one.patient for one in heads.values()} - {""}
    if len(patients) > 1:
        raise BadInput(
            "plan, structures and dose are of different patients", where=str(plan_file or struct),
            mend="take the files of one patient",
        )  # fmt: skip
    if not patients:
        warnings.append("no file says which patient it is of: that they belong together was not checked")
    return PlanFiles(
        read, structures, grid, list(dict.fromkeys(warnings)), next(iter(patients), ""),
        {name: str(path) for name, path in files.items() if path is not None},
    )  # fmt: skip


def _head(path: Path) -> ScannedFile:
    from fyr.exchange.dicom.head import read_head
    from fyr.exchange.dicom.opening import reading
    from fyr.exchange.dicom.scan import scanned

    with reading(path):
        return scanned(read_head(path))


def _scanned(folder: Path) -> list[ScannedFile]:
    from fyr.exchange.dicom import scan_folder

    return scan_folder(folder).files


def _plan_file(path: Path) -> Path:
    """Return the one plan at a path."""
    if not path.is_dir():
        return path
    plans = [one.path for one in _scanned(path) if one.modality == "RTPLAN"]
    if len(plans) == 1:
        return plans[0]
    what = "there is no RTPLAN in the folder" if not plans else f"there are {len(plans)} RTPLAN files in the folder"
    names = ", ".join(str(one.relative_to(path)) for one in plans[:8])
    raise BadInput(what, where=str(path), mend=f"name the file: {names}" if plans else "name the folder of a plan")


def _structures_of(
    plan: TreatmentPlan | None, file: Path | None, beside: list[ScannedFile], warnings: list[str]
) -> Path:
    sets = [one for one in beside if one.modality == "RTSTRUCT"]
    if plan is not None and plan.structure_set_uid:
        for one in sets:
            if one.uid == plan.structure_set_uid:
                return one.path
    elif len(sets) == 1:
        warnings.append(f"the plan names no structure set: the only one beside it was taken ({sets[0].path.name})")
        return sets[0].path
    raise BadInput(
        "the structure set that the plan refers to is not beside it", where=str(file), mend="name it with --struct"
    )


def _dose_of(
    plan: TreatmentPlan | None, file: Path | None, beside: list[ScannedFile], warnings: list[str]
) -> tuple[DoseGrid, Path]:
    from fyr.exchange.dicom import read_dose

    found: list[tuple[DoseGrid, Path]] = []
    unsaid: list[tuple[DoseGrid, Path]] = []
    left: list[str] = []
    for one in beside:
        if one.modality != "RTDOSE":
            continue
        try:
            grid = read_dose(one.path)
        except BadInput as problem:
            element = str(problem.where or "").rpartition(": ")[2]
            said = f"{element}: {problem.what}" if "(" in element else problem.what
            left.append(f"{one.path.name}: {said}")
            warnings.append(f"{one.path.name} was left out: {problem.what}")
            continue
        if grid.summation in {"plan", "unknown"} and plan is not None:
            if grid.plan_uid == plan.uid:
                found.append((grid, one.path))
            elif not grid.plan_uid:
                unsaid.append((grid, one.path))
            else:
                left.append(f"{one.path.name} is of another plan")
        else:
            left.append(f"{one.path.name} is a dose of: {grid.summation}")
    if not found and len(unsaid) == 1:
        warnings.append(f"the dose names no plan: the only such one beside the plan was taken ({unsaid[0][1].name})")
        found = unsaid
    if len(found) == 1:
        return found[0]
    what = f"there are {len(found)} doses of the plan beside it" if found else "no dose of the whole plan is beside it"
    if left and not found:
        what += f" ({'; '.join(left[:3])}{'; …' if len(left) > 3 else ''})"
    raise BadInput(what, where=str(file), mend="name it with --dose")
