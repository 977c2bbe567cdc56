"""DICOM files as the tests need them, written with pydicom: known numbers in known places."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian, generate_uid

AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
FRAME = "1.2.826.0.1.3680043.8.498.1"
STUDY = "1.2.826.0.1.3680043.8.498.2"
SERIES = "1.2.826.0.1.3680043.8.498.3"
PLAN = "1.2.826.0.1.3680043.8.498.4"

CT = "1.2.840.10008.5.1.4.1.1.2"
ENHANCED_CT = "1.2.840.10008.5.1.4.1.1.2.1"
RTDOSE = "1.2.840.10008.5.1.4.1.1.481.2"
RTSTRUCT = "1.2.840.10008.5.1.4.1.1.481.3"
RTPLAN = "1.2.840.10008.5.1.4.1.1.481.5"


def base(kind: str, modality: str, uid: str | None = None) -> FileDataset:
    """Return a data set with what every object has."""
    uid = uid or generate_uid()
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = UID(kind)
    meta.MediaStorageSOPInstanceUID = UID(uid)
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    made = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    made.SOPClassUID, made.SOPInstanceUID = UID(kind), UID(uid)
    made.Modality = modality
    made.PatientID, made.PatientName = "P1", "Test^Patient"
    made.StudyInstanceUID, made.SeriesInstanceUID = STUDY, SERIES
    made.FrameOfReferenceUID = FRAME
    return made


def item(**values: Any) -> Dataset:
    """Return a data set, as an item of a sequence, with these values."""
    made = Dataset()
    for keyword, value in values.items():
        setattr(made, keyword, value)
    return made


def picture(made: Dataset, stored: NDArray[Any], *, spacing: Sequence[float] = (2.0, 1.0)) -> None:
    """Put pixels in; `stored` is (rows, columns) or (frames, rows, columns)."""
    made.SamplesPerPixel, made.PhotometricInterpretation = 1, "MONOCHROME2"
    made.Rows, made.Columns = stored.shape[-2:]
    if stored.ndim == 3:
        made.NumberOfFrames = len(stored)
    bits = stored.dtype.itemsize * 8
    made.BitsAllocated = made.BitsStored = bits
    made.HighBit, made.PixelRepresentation = bits - 1, int(stored.dtype.kind == "i")
    made.PixelSpacing = list(spacing)
    made.add_new(0x7FE00010, "OW", stored.tobytes())


def dose(
    stored: NDArray[Any],
    *,
    offsets: Sequence[float] | None = None,
    directions: Sequence[float] = AXIAL,
    first: Sequence[float] = (-10.0, 5.0, 100.0),
    scaling: float = 0.001,
) -> FileDataset:
    """Return an RT dose."""
    made = base(RTDOSE, "RTDOSE")
    picture(made, stored)
    made.ImagePositionPatient, made.ImageOrientationPatient = list(first), list(directions)
    made.DoseUnits, made.DoseType, made.DoseSummationType = "GY", "PHYSICAL", "PLAN"
    made.DoseGridScaling = scaling
    made.GridFrameOffsetVector = list(offsets if offsets is not None else np.arange(len(stored)) * 3.0)
    made.ReferencedRTPlanSequence = [item(ReferencedSOPClassUID=RTPLAN, ReferencedSOPInstanceUID=PLAN)]
    return made


def structures(drawn: dict[str, Sequence[tuple[str, Sequence[float]]]], *, frame: str = FRAME) -> FileDataset:
    """Return an RT structure set: by name, the contours' types and coordinates."""
    made = base(RTSTRUCT, "RTSTRUCT")
    made.StructureSetLabel = "TEST"
    series = item(SeriesInstanceUID=SERIES)
    study = item(ReferencedSOPClassUID=CT, ReferencedSOPInstanceUID=STUDY, RTReferencedSeriesSequence=[series])
    made.ReferencedFrameOfReferenceSequence = [item(FrameOfReferenceUID=frame, RTReferencedStudySequence=[study])]
    made.StructureSetROISequence = [
        item(ROINumber=n, ROIName=name, ReferencedFrameOfReferenceUID=frame) for n, name in enumerate(drawn, start=1)
    ]
    made.ROIContourSequence = [
        item(
            ReferencedROINumber=n,
            ROIDisplayColor=[255, 0, n],
            ContourSequence=[
                item(ContourGeometricType=kind, NumberOfContourPoints=len(flat) // 3, ContourData=list(flat))
                for kind, flat in contours
            ],
        )
        for n, contours in enumerate(drawn.values(), start=1)
    ]
    made.RTROIObservationsSequence = [
        item(ObservationNumber=n, ReferencedROINumber=n, RTROIInterpretedType="ORGAN") for n in range(1, len(drawn) + 1)
    ]
    return made


def write(made: FileDataset, path: Path) -> Path:
    """Write a file and return its path."""
    made.save_as(path, enforce_file_format=True)
    return path


def slices(
    values: NDArray[np.int16],
    *,
    directions: Sequence[float] = AXIAL,
    first: Sequence[float] = (-10.0, 5.0, 100.0),
    step: float = 3.0,
    position: str = "HFS",
) -> list[FileDataset]:
    """Return the CT slices of a volume of Hounsfield units, stacked along their normal."""
    normal = np.cross(directions[:3], directions[3:])
    found = []
    for k, plane in enumerate(values):
        made = base(CT, "CT")
        picture(made, (plane + 1024).astype(np.uint16))
        made.RescaleSlope, made.RescaleIntercept, made.RescaleType = 1, -1024, "HU"
        made.ImagePositionPatient = [round(float(x), 6) for x in np.asarray(first) + normal * step * k]
        made.ImageOrientationPatient = list(directions)
        made.PatientPosition, made.InstanceNumber, made.SliceThickness = position, k + 1, step
        made.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
        found.append(made)
    return found


def write_all(found: Sequence[FileDataset], folder: Path) -> Path:
    """Write files into a folder, their names in no order of their places, and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    for n, one in enumerate(found):
        write(one, folder / f"{(n * 7919) % 10007:05d}.dcm")
    return folder


def plan() -> FileDataset:
    """Return an RT plan of one beam with three control points, of which the later ones say what changes."""
    made = base(RTPLAN, "RTPLAN")
    made.RTPlanLabel, made.PlanIntent, made.ApprovalStatus = "P", "CURATIVE", "APPROVED"
    made.PatientSetupSequence = [item(PatientSetupNumber=1, PatientPosition="FFS")]
    made.ReferencedStructureSetSequence = [item(ReferencedSOPClassUID=RTSTRUCT, ReferencedSOPInstanceUID="1.2.77")]
    made.DoseReferenceSequence = [
        item(
            DoseReferenceNumber=1,
            DoseReferenceStructureType="VOLUME",
            DoseReferenceType="TARGET",
            ReferencedROINumber=4,
            TargetPrescriptionDose=60,
        )
    ]
    made.FractionGroupSequence = [
        item(
            FractionGroupNumber=1,
            NumberOfFractionsPlanned=30,
            ReferencedBeamSequence=[item(ReferencedBeamNumber=1, BeamMeterset=120.5, BeamDose=2)],
        )
    ]
    first = item(
        ControlPointIndex=0,
        NominalBeamEnergy=6,
        CumulativeMetersetWeight=0,
        GantryAngle=180,
        BeamLimitingDeviceAngle=10,
        PatientSupportAngle=350,
        IsocenterPosition=[1, 2, 3],
        BeamLimitingDevicePositionSequence=[
            item(RTBeamLimitingDeviceType="ASYMY", LeafJawPositions=[-50, 40]),
            item(RTBeamLimitingDeviceType="MLCX", LeafJawPositions=[-10, -20, 11, 21]),
        ],
    )
    leaves = item(RTBeamLimitingDeviceType="MLCX", LeafJawPositions=[-5, -6, 7, 8])
    second = item(
        ControlPointIndex=1,
        CumulativeMetersetWeight=0.25,
        GantryAngle=181,
        BeamLimitingDevicePositionSequence=[leaves],
    )
    made.BeamSequence = [
        item(
            BeamNumber=1,
            BeamName="arc",
            BeamType="DYNAMIC",
            RadiationType="PHOTON",
            TreatmentDeliveryType="TREATMENT",
            TreatmentMachineName="LINAC",
            PrimaryDosimeterUnit="MU",
            FinalCumulativeMetersetWeight=1,
            NumberOfControlPoints=3,
            BeamLimitingDeviceSequence=[
                item(RTBeamLimitingDeviceType="ASYMY", NumberOfLeafJawPairs=1),
                item(RTBeamLimitingDeviceType="MLCX", NumberOfLeafJawPairs=2, LeafPositionBoundaries=[-5, 0, 5]),
            ],
            ControlPointSequence=[first, second, item(ControlPointIndex=2, CumulativeMetersetWeight=1)],
        )
    ]
    return made


def enhanced(
    stored: NDArray[Any],
    *,
    kind: str = ENHANCED_CT,
    modality: str = "CT",
    directions: Sequence[float] = AXIAL,
    rescale: list[tuple[float, float]] | None = None,
    step: float = 3.0,
    order: list[int] | None = None,
) -> FileDataset:
    """Return a multi-frame object; the frames stand in the file in `order`."""
    one = base(kind, modality)
    order = order or list(range(len(stored)))
    picture(one, stored[order])
    del one.PixelSpacing
    one.ImageType = ["ORIGINAL", "PRIMARY", "VOLUME", "NONE"]
    normal = np.cross(directions[:3], directions[3:])
    one.SharedFunctionalGroupsSequence = [
        item(
            PixelMeasuresSequence=[item(PixelSpacing=[2.0, 1.0], SliceThickness=step)],
            PlaneOrientationSequence=[item(ImageOrientationPatient=list(directions))],
        )
    ]
    one.PerFrameFunctionalGroupsSequence = [
        item(
            PlanePositionSequence=[
                item(ImagePositionPatient=[round(float(x), 6) for x in (-10, 5, 100) + normal * step * k])
            ],
            **(
                {
                    "PixelValueTransformationSequence": [
                        item(
                            RescaleSlope=rescale[k][0],
                            RescaleIntercept=rescale[k][1],
                            RescaleType="HU" if modality == "CT" else "US",
                        )
                    ]
                }
                if rescale
                else {}
            ),
        )
        for k in order
    ]
    return one


def segmentation(places: Sequence[float], numbers: Sequence[int], *, frame: str = FRAME) -> FileDataset:
    """Return a binary segmentation of frames at these places along z, each all in."""
    one = base("1.2.840.10008.5.1.4.1.1.66.4", "SEG")
    one.SamplesPerPixel, one.PhotometricInterpretation, one.FrameOfReferenceUID = 1, "MONOCHROME2", frame
    one.Rows, one.Columns, one.NumberOfFrames = 6, 7, len(places)
    one.BitsAllocated = one.BitsStored = 1
    one.HighBit = one.PixelRepresentation = 0
    one.SegmentationType = "BINARY"
    one.SegmentSequence = [item(SegmentNumber=n, SegmentLabel=f"S{n}") for n in sorted(set(numbers))]
    one.SharedFunctionalGroupsSequence = [
        item(
            PixelMeasuresSequence=[item(PixelSpacing=[2.0, 1.0], SliceThickness=3, SpacingBetweenSlices=3)],
            PlaneOrientationSequence=[item(ImageOrientationPatient=list(AXIAL))],
        )
    ]
    one.PerFrameFunctionalGroupsSequence = [
        item(
            PlanePositionSequence=[item(ImagePositionPatient=[-10.0, 5.0, z])],
            SegmentIdentificationSequence=[item(ReferencedSegmentNumber=number)],
        )
        for z, number in zip(places, numbers, strict=True)
    ]
    bits = np.packbits(np.ones(len(places) * 42, np.uint8), bitorder="little").tobytes()
    one.add_new(0x7FE00010, "OB", bits + bytes(len(bits) % 2))
    return one
