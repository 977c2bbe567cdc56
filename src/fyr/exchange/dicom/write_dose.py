"""Write an RT dose (DICOM PS3.3 A.18) for other programs, in 32 bits: exact to a four-billionth of its maximum."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput, ServiceUnavailable
from fyr.imaging.grid import Grid
from fyr.imaging.volume import DoseGrid

if TYPE_CHECKING:
    from pydicom import Dataset

__all__ = ["write_dose"]

_CLASS: Final = "1.2.840.10008.5.1.4.1.1.481.2"
_PLAN: Final = "1.2.840.10008.5.1.4.1.1.481.5"
_MOST: Final = 4_200_000_000
"""The greatest stored number: below 2**32, with room for the rounding of the scaling's digits."""
_SUMMATION: Final = {"plan": "PLAN", "fraction": "FRACTION", "beam": "BEAM", "control point": "CONTROL_POINT"}


def write_dose(
    dose: DoseGrid,
    path: str | Path,
    *,
    patient_id: str,
    study_uid: str,
    when: datetime,
    comment: str = "",
    series_description: str = "",
    uid: str = "",
) -> str:
    """Write a dose into a new file, and return its SOP instance UID.

    The file refers to the plan that the dose is of; one that is of no plan, as a prescription is, refers to none,
    which readers that insist on the standard may complain about.

    Parameters
    ----------
    dose : DoseGrid
        With its frame of reference, and what it is the sum of.
    path : str or Path
        Never overwritten.
    patient_id : str
    study_uid : str
    when : datetime
        Of the dose.
    comment : str
        What the dose is, where it is not a plan's (DoseComment); at most 64 characters.
    series_description : str
        At most 64 characters.
    uid : str
        SOP instance UID; a new one is made where none is given.

    Raises
    ------
    BadInput
        If the dose names no frame of reference, it is not known what it is the sum of, every dose is 0, or the file is
        there already.
    ServiceUnavailable
        If it cannot be written.
    """
    from pydicom.uid import UID, generate_uid

    grid = dose.grid
    if not grid.frame_of_reference:
        raise BadInput("the dose names no frame of reference", where="dose", mend="give it that of its pictures")
    if dose.summation not in _SUMMATION:
        raise BadInput(
            "it is not known what the dose is the sum of", where="dose", mend="say so: plan, fraction or beam"
        )
    if not dose.dose_gy.any():
        raise BadInput("every dose is 0: there is no scaling for it", where="dose")
    made = _header(UID(uid) if uid else generate_uid())
    made.PatientID, made.PatientName, made.PatientBirthDate, made.PatientSex = patient_id, "", "", ""
    made.StudyInstanceUID, made.SeriesInstanceUID = study_uid, generate_uid()
    made.StudyDate, made.StudyTime, made.AccessionNumber, made.StudyID = "", "", "", ""
    made.ReferringPhysicianName, made.SeriesNumber, made.OperatorsName = "", None, ""
    made.Modality, made.Manufacturer, made.InstanceNumber = "RTDOSE", "Fyr", 1
    made.ContentDate, made.ContentTime = when.strftime("%Y%m%d"), when.strftime("%H%M%S")
    made.InstanceCreationDate, made.InstanceCreationTime = made.ContentDate, made.ContentTime
    if series_description:
        made.SeriesDescription = series_description[:64]
    made.FrameOfReferenceUID, made.PositionReferenceIndicator = grid.frame_of_reference, ""
    made.DoseUnits, made.DoseType = "GY", dose.kind.upper()
    made.DoseSummationType = _SUMMATION[dose.summation]
    if comment:
        made.DoseComment = comment[:64]
    if dose.plan_uid:
        made.ReferencedRTPlanSequence = [_referenced(dose.plan_uid)]
    _put_pixels(made, dose.dose_gy, grid)
    try:
        with Path(path).open("xb") as file:
            made.save_as(file, enforce_file_format=True)
    except FileExistsError:
        raise BadInput("there is such a file already", where=str(path), mend="name a new one") from None
    except OSError as problem:
        raise ServiceUnavailable(f"it cannot be written ({problem.strerror})", where=str(path)) from problem
    return str(made.SOPInstanceUID)


def _header(uid: str) -> Dataset:
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import UID, ExplicitVRLittleEndian

    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = UID(_CLASS), UID(uid)
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    made = Dataset()
    made.file_meta = meta
    made.SpecificCharacterSet = "ISO_IR 192"
    made.SOPClassUID, made.SOPInstanceUID = UID(_CLASS), UID(uid)
    return made


def _referenced(plan_uid: str) -> Dataset:
    from pydicom.dataset import Dataset

    made = Dataset()
    made.ReferencedSOPClassUID, made.ReferencedSOPInstanceUID = _PLAN, plan_uid
    return made


def _put_pixels(made: Dataset, dose_gy: NDArray[np.floating], grid: Grid) -> None:
    """Put the doses in, their frames in rising order along the normal of rows and columns."""
    spacing = grid.spacing_mm
    axes = grid.affine[:3, :3] / np.asarray(spacing)
    along_row, along_column = axes[:, 2], axes[:, 1]
    rising = float(np.cross(along_row, along_column) @ axes[:, 0]) > 0
    frames = dose_gy if rising else dose_gy[::-1]
    first = grid.to_mm([[0 if rising else grid.shape[0] - 1, 0, 0]])[0]
    said = f"{float(dose_gy.max()) / _MOST:.9e}"
    stored = np.round(frames.astype(np.float64) / float(said)).astype("<u4")
    made.SamplesPerPixel, made.PhotometricInterpretation = 1, "MONOCHROME2"
    made.NumberOfFrames, made.Rows, made.Columns = grid.shape
    made.BitsAllocated = made.BitsStored = 32
    made.HighBit, made.PixelRepresentation = 31, 0
    made.PixelSpacing = [_digits(spacing[1]), _digits(spacing[2])]
    made.SliceThickness = _digits(spacing[0])
    made.ImagePositionPatient = [_digits(x) for x in first.tolist()]
    made.ImageOrientationPatient = [_digits(x) for x in (*along_row.tolist(), *along_column.tolist())]
    made.FrameIncrementPointer = 0x3004000C
    made.GridFrameOffsetVector = [_digits(k * spacing[0]) for k in range(grid.shape[0])]
    made.DoseGridScaling = said
    made.add_new(0x7FE00010, "OW", stored.tobytes())


def _digits(value: float) -> str:
    """Return a decimal string of at most 16 characters."""
    for digits in range(12, 5, -1):
        said = f"{value + 0.0:.{digits}g}"
        if len(said) <= 16:
            return said
    return f"{value:.6g}"
