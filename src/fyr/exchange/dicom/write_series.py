"""Write a CT series (DICOM PS3.3 A.3) of a volume that came as something else."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from fyr.errors import BadInput
from fyr.imaging.volume import Volume

if TYPE_CHECKING:
    from pydicom import Dataset

__all__ = ["write_ct_series"]

_CLASS: Final = "1.2.840.10008.5.1.4.1.1.2"
_LONGEST_UID: Final = 59
"""What leaves room for a point and the slice's number."""


def write_ct_series(
    volume: Volume, folder: Path, *, patient_id: str, study_uid: str, series_uid: str, description: str, derivation: str
) -> tuple[str, ...]:
    """Write each slice of a volume as a file, and return their SOP instance UIDs, the series' with the slice's number.

    What is not known of the scan (the scanner, the tube voltage, the date, the patient's position) is left empty or
    out. The same volume gives the same bytes.

    Parameters
    ----------
    volume : Volume
        Of Hounsfield units in whole numbers of 16 bits, in a frame of reference.
    folder : Path
        An empty one.
    patient_id, study_uid, series_uid : str
    description : str
        Of the series.
    derivation : str
        What was made of what.

    Raises
    ------
    BadInput
        If the volume is none of CT, or not of 16 bits.
    """
    if volume.modality != "CT" or volume.values.dtype != np.int16 or not volume.grid.frame_of_reference:
        raise BadInput("only a CT of 16-bit numbers in a frame of reference is written", where="volume")
    if len(series_uid) > _LONGEST_UID:
        raise BadInput(f"the series' UID {series_uid} is too long for its slices to have one", where="volume")
    uids = tuple(f"{series_uid}.{k + 1}" for k in range(len(volume.values)))
    for k, uid in enumerate(uids):
        made = _slice(volume, k, uid)
        made.PatientID, made.StudyInstanceUID, made.SeriesInstanceUID = patient_id, study_uid, series_uid
        made.SeriesDescription, made.DerivationDescription = description, derivation
        made.save_as(folder / f"ct-{k + 1:04d}.dcm", enforce_file_format=True)
    return uids


def _slice(volume: Volume, k: int, uid: str) -> Dataset:
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import UID, ExplicitVRLittleEndian

    grid = volume.grid
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = UID(_CLASS), UID(uid)
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    made = Dataset()
    made.file_meta = meta
    made.SpecificCharacterSet = "ISO_IR 192"
    made.SOPClassUID, made.SOPInstanceUID = UID(_CLASS), UID(uid)
    made.ImageType, made.Modality, made.Manufacturer = ["DERIVED", "SECONDARY", "AXIAL"], "CT", ""
    for empty in ("PatientName", "PatientBirthDate", "PatientSex", "StudyDate", "StudyTime", "StudyID",
                  "AccessionNumber", "ReferringPhysicianName", "KVP", "AcquisitionNumber", "SeriesNumber",
                  "PositionReferenceIndicator"):  # fmt: skip
        setattr(made, empty, None)
    made.FrameOfReferenceUID = grid.frame_of_reference
    between, row, column = grid.spacing_mm
    axes = grid.affine[:3, :3] / np.array(grid.spacing_mm)
    made.ImageOrientationPatient = [_decimal(x) for x in [*axes[:, 2], *axes[:, 1]]]
    made.ImagePositionPatient = [_decimal(x) for x in grid.to_mm([[k, 0, 0]])[0]]
    made.PixelSpacing, made.SliceThickness = [_decimal(row), _decimal(column)], None
    made.SpacingBetweenSlices = _decimal(between)
    made.InstanceNumber = k + 1
    made.SamplesPerPixel, made.PhotometricInterpretation = 1, "MONOCHROME2"
    made.Rows, made.Columns = grid.shape[1:]
    made.BitsAllocated, made.BitsStored, made.HighBit, made.PixelRepresentation = 16, 16, 15, 1
    made.RescaleSlope, made.RescaleIntercept, made.RescaleType = 1, 0, "HU"
    made.add_new(0x7FE00010, "OW", volume.values[k].astype("<i2").tobytes())
    return made


def _decimal(value: float) -> str:
    """Return a number in the 16 characters that DICOM has for it, to a millionth."""
    return f"{round(float(value), 6) + 0.0:.6f}".rstrip("0").rstrip(".")
