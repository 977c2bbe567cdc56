"""A made-up patient with a plan: CT slices, twenty structures, a dose and a plan that refer to each other.

Every structure is an ellipsoid, a tube or a shell in known places, so that its volume and where a plane cuts it are
known. ``python -m tests.serve.made_plan FOLDER`` writes the files of a CT of 512 by 512 by 200 voxels.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import FileDataset
from pydicom.uid import generate_uid
from tests.exchange.dicom.made import AXIAL, CT, RTDOSE, RTPLAN, RTSTRUCT, base, item, picture

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Body:
    """An ellipsoid, or a tube along z where the radius along z has no end; with `hole`, a shell."""

    name: str
    kind: str
    centre_mm: tuple[float, float, float]
    radii_mm: tuple[float, float, float]
    value: int
    hole: float = 0.0
    """The part of the radii that is hollow."""
    half_mm: float = np.inf
    """How far a tube reaches from its centre along z."""

    def radii_at(self, z: float, share: float = 1.0) -> tuple[float, float] | None:
        """Return the half axes along x and y of the cut at z."""
        up = z - self.centre_mm[2]
        if abs(up) > self.half_mm:
            return None
        rx, ry, rz = (share * one for one in self.radii_mm)
        left = 1.0 if np.isinf(rz) else 1 - (up / rz) ** 2
        return None if left <= 0 else (rx * np.sqrt(left), ry * np.sqrt(left))

    def rings(self, z: float, points: int) -> list[Floats]:
        """Return the outlines at z; shape (points, 3) each."""
        found = []
        for share in (1.0, self.hole) if self.hole else (1.0,):
            radii = self.radii_at(z, share)
            if radii is None or min(radii) < 0.5:
                continue
            turn = np.arange(points) * 2 * np.pi / points
            x, y = self.centre_mm[0] + radii[0] * np.cos(turn), self.centre_mm[1] + radii[1] * np.sin(turn)
            found.append(np.column_stack([x, y, np.full(points, z)]))
        return found


def _tube(name: str, kind: str, x: float, y: float, rx: float, ry: float, value: int, z: float, half: float) -> Body:
    return Body(name, kind, (x, y, z), (rx, ry, np.inf), value, half_mm=half)


def _ball(name: str, kind: str, centre: tuple[float, float, float], radii: tuple[float, float, float], hu: int) -> Body:
    return Body(name, kind, centre, radii, hu)


BODIES = (
    _tube("BODY", "EXTERNAL", 0, 0, 190, 120, 10, 0, np.inf),
    _ball("Lung_L", "ORGAN", (85, -5, 60), (60, 75, 120), -750),
    _ball("Lung_R", "ORGAN", (-85, -5, 60), (62, 75, 122), -750),
    _ball("Heart", "ORGAN", (25, -35, 10), (50, 45, 55), 40),
    _ball("Liver", "ORGAN", (-60, -10, -110), (85, 70, 60), 60),
    _ball("Spleen", "ORGAN", (110, 30, -110), (35, 40, 50), 50),
    _ball("Stomach", "ORGAN", (50, -40, -115), (40, 35, 45), 20),
    _ball("Kidney_L", "ORGAN", (60, 45, -170), (28, 26, 55), 35),
    _ball("Kidney_R", "ORGAN", (-60, 45, -175), (28, 26, 55), 35),
    _ball("Thyroid", "ORGAN", (0, -45, 215), (25, 12, 20), 90),
    _tube("Trachea", "ORGAN", 0, -10, 9, 9, -900, 160, 60),
    _tube("Esophagus", "ORGAN", 5, 18, 9, 7, 25, 70, 160),
    _tube("A_Aorta", "ORGAN", 22, 35, 12, 12, 45, 0, 180),
    _tube("SpinalCanal", "ORGAN", 0, 70, 10, 9, 30, 0, 230),
    _tube("SpinalCord", "ORGAN", 0, 70, 6, 5, 35, 0, 230),
    _tube("A_LAD", "ORGAN", 55, -60, 2.5, 2.5, 45, 10, 40),
    _ball("GTV", "GTV", (85, -10, 70), (20, 20, 20), 30),
    _ball("CTV", "CTV", (85, -10, 70), (27, 27, 27), 30),
    _ball("PTV", "PTV", (85, -10, 70), (34, 34, 34), 30),
    Body("Ring", "AVOIDANCE", (85, -10, 70), (60, 60, 60), 30, hole=0.6),
)
"""In order: a later one's voxels cover those of an earlier one."""
PRESCRIBED_GY = 60.0
COLOURS = ((255, 160, 122), (0, 128, 255), (0, 200, 255), (255, 0, 128), (160, 82, 45), (128, 0, 128), (255, 215, 0))


@dataclass(frozen=True)
class Sizes:
    """How large the made patient is."""

    slices: int = 200
    pixels: int = 512
    field_mm: float = 500.0
    length_mm: float = 500.0
    points: int = 180
    dose_mm: float = 3.0

    @property
    def places_mm(self) -> Floats:
        """z of each slice."""
        step = self.length_mm / self.slices
        return np.round((np.arange(self.slices) - self.slices / 2 + 0.5) * step, 6)


SMALL = Sizes(slices=40, pixels=96, points=60, dose_mm=6.0)
"""For tests: a second to write."""


@dataclass(frozen=True)
class Uids:
    """What refers to what."""

    study: str
    frame: str
    ct_series: str
    structures: str
    plan: str

    @classmethod
    def new(cls) -> Uids:
        """Return fresh ones."""
        return cls(*(str(generate_uid()) for _ in range(5)))


def made_plan(
    sizes: Sizes = Sizes(), patient: str = "made", uids: Uids | None = None
) -> Iterator[tuple[str, FileDataset]]:
    """Yield names and data sets: the slices, then ``structures``, ``dose`` and ``plan``."""
    uids = uids or Uids.new()
    images = []
    for number, made in enumerate(_slices(sizes, uids)):
        images.append(str(made.SOPInstanceUID))
        yield f"ct-{(number * 7) % sizes.slices:03d}.dcm", _of(made, patient, uids)
    yield "structures.dcm", _of(_structures(sizes, uids, images), patient, uids)
    yield "dose.dcm", _of(_dose(sizes, uids), patient, uids)
    yield "plan.dcm", _of(_plan(uids), patient, uids)


def second_plan(first: Mapping[str, FileDataset], aside_mm: float = 12.0) -> dict[str, FileDataset]:
    """Return another plan of the same structures, whose dose lies so far to the patient's left, and is 5 % lower."""
    made = {name: deepcopy(first[name]) for name in ("plan.dcm", "dose.dcm")}
    for one in made.values():
        one.SOPInstanceUID = one.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    plan, dose = made["plan.dcm"], made["dose.dcm"]
    plan.RTPlanLabel = "Other plan"
    dose.ReferencedRTPlanSequence[0].ReferencedSOPInstanceUID = plan.SOPInstanceUID
    dose.ImagePositionPatient[0] += aside_mm
    dose.DoseGridScaling = f"{0.95 * float(dose.DoseGridScaling):.10g}"
    return made


def write_plan(folder: Path, sizes: Sizes = Sizes(), patient: str = "made") -> Path:
    """Write the files into a folder, which is made, and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, made in made_plan(sizes, patient):
        made.save_as(folder / name, enforce_file_format=True)
    return folder


def dose_at(points_mm: Floats) -> Floats:
    """Return the dose in Gy at places: flat in the target, falling over a few millimetres; shape (n,)."""
    apart = np.sqrt(((points_mm - np.array([85.0, -10.0, 70.0])) ** 2).sum(axis=-1))
    arms = np.exp(-(((points_mm[..., 0] - 85) / 25) ** 2) - ((points_mm[..., 2] - 70) / 40) ** 2)
    return 1.03 * PRESCRIBED_GY / (1 + np.exp((apart - 42) / 4)) + 12.0 * arms


def _of(made: FileDataset, patient: str, uids: Uids) -> FileDataset:
    made.PatientID, made.PatientName, made.PatientSex = patient, "Made^Patient", "F"
    made.StudyInstanceUID, made.StudyDate, made.StudyDescription = uids.study, "20260301", "Made planning study"
    made.StudyTime, made.PatientBirthDate = "101500", ""
    return made


def _slices(sizes: Sizes, uids: Uids) -> Iterator[FileDataset]:
    pixel = sizes.field_mm / sizes.pixels
    along = (np.arange(sizes.pixels) - sizes.pixels / 2 + 0.5) * pixel
    random = np.random.default_rng(20260301)
    noise = random.normal(0, 12, (sizes.pixels, sizes.pixels)).astype(np.float32)
    for number, z in enumerate(sizes.places_mm):
        plane = np.full((sizes.pixels, sizes.pixels), -1000, np.int16)
        for body in BODIES:
            radii = body.radii_at(float(z))
            if radii is None or body.hole:
                continue
            across = ((along - body.centre_mm[0]) / radii[0]) ** 2
            down = ((along - body.centre_mm[1]) / radii[1]) ** 2
            plane[down[:, None] + across[None, :] <= 1] = body.value
        noisy = plane + np.roll(noise, (number * 37, number * 91), (0, 1))
        made = base(CT, "CT")
        made.SeriesInstanceUID, made.FrameOfReferenceUID, made.SeriesDescription = uids.ct_series, uids.frame, "Made CT"
        picture(made, np.clip(noisy + 1024, 0, 4095).astype(np.uint16), spacing=(pixel, pixel))
        made.BitsStored, made.HighBit = 12, 11
        made.RescaleSlope, made.RescaleIntercept, made.RescaleType = 1, -1024, "HU"
        made.ImagePositionPatient = [round(float(along[0]), 6), round(float(along[0]), 6), float(z)]
        made.ImageOrientationPatient, made.PatientPosition = list(AXIAL), "HFS"
        made.InstanceNumber, made.SliceThickness = number + 1, sizes.length_mm / sizes.slices
        made.ImageType, made.WindowCenter, made.WindowWidth = ["ORIGINAL", "PRIMARY", "AXIAL"], 40, 400
        yield made


def _structures(sizes: Sizes, uids: Uids, images: Sequence[str]) -> FileDataset:
    made = base(RTSTRUCT, "RTSTRUCT", uids.structures)
    made.SeriesInstanceUID, made.FrameOfReferenceUID = generate_uid(), uids.frame
    made.StructureSetLabel = "Made structures"
    series = item(SeriesInstanceUID=uids.ct_series)
    study = item(
        ReferencedSOPClassUID="1.2.840.10008.3.1.2.3.1",
        ReferencedSOPInstanceUID=uids.study,
        RTReferencedSeriesSequence=[series],
    )
    made.ReferencedFrameOfReferenceSequence = [item(FrameOfReferenceUID=uids.frame, RTReferencedStudySequence=[study])]
    made.StructureSetROISequence = [
        item(ROINumber=n, ROIName=body.name, ReferencedFrameOfReferenceUID=uids.frame)
        for n, body in enumerate(BODIES, start=1)
    ]
    made.ROIContourSequence = [
        item(
            ReferencedROINumber=n,
            ROIDisplayColor=list(COLOURS[n % len(COLOURS)]),
            ContourSequence=[
                item(
                    ContourGeometricType="CLOSED_PLANAR",
                    NumberOfContourPoints=len(ring),
                    ContourData=[f"{one:.4f}" for one in ring.ravel().tolist()],
                    ContourImageSequence=[item(ReferencedSOPClassUID=CT, ReferencedSOPInstanceUID=image)],
                )
                for z, image in zip(sizes.places_mm, images, strict=True)
                for ring in body.rings(float(z), sizes.points)
            ],
        )
        for n, body in enumerate(BODIES, start=1)
    ]
    made.RTROIObservationsSequence = [
        item(ObservationNumber=n, ReferencedROINumber=n, RTROIInterpretedType=body.kind)
        for n, body in enumerate(BODIES, start=1)
    ]
    return made


def _dose(sizes: Sizes, uids: Uids) -> FileDataset:
    low, high = np.array([-195.0, -125.0, -130.0]), np.array([195.0, 125.0, 235.0])
    x, y, z = (np.arange(low[axis], high[axis] + 1e-6, sizes.dose_mm) for axis in range(3))
    places = np.stack(np.meshgrid(z, y, x, indexing="ij")[::-1], axis=-1)
    dose = dose_at(places)
    made = base(RTDOSE, "RTDOSE")
    made.SeriesInstanceUID, made.FrameOfReferenceUID = generate_uid(), uids.frame
    scaling = float(dose.max()) / 60_000
    picture(made, np.rint(dose / scaling).astype(np.uint16), spacing=(sizes.dose_mm, sizes.dose_mm))
    made.ImagePositionPatient, made.ImageOrientationPatient = low.tolist(), list(AXIAL)
    made.DoseUnits, made.DoseType, made.DoseSummationType = "GY", "PHYSICAL", "PLAN"
    made.DoseGridScaling = f"{scaling:.10g}"
    made.GridFrameOffsetVector = (z - z[0]).round(6).tolist()
    made.ReferencedRTPlanSequence = [item(ReferencedSOPClassUID=RTPLAN, ReferencedSOPInstanceUID=uids.plan)]
    return made


def _plan(uids: Uids) -> FileDataset:
    made = base(RTPLAN, "RTPLAN", uids.plan)
    made.SeriesInstanceUID, made.FrameOfReferenceUID = generate_uid(), uids.frame
    made.RTPlanLabel, made.PlanIntent, made.ApprovalStatus = "Made plan", "CURATIVE", "UNAPPROVED"
    made.PatientSetupSequence = [item(PatientSetupNumber=1, PatientPosition="HFS")]
    made.ReferencedStructureSetSequence = [
        item(ReferencedSOPClassUID=RTSTRUCT, ReferencedSOPInstanceUID=uids.structures)
    ]
    target = 1 + [body.name for body in BODIES].index("PTV")
    made.DoseReferenceSequence = [
        item(
            DoseReferenceNumber=1,
            DoseReferenceStructureType="VOLUME",
            DoseReferenceType="TARGET",
            ReferencedROINumber=target,
            TargetPrescriptionDose=PRESCRIBED_GY,
        )
    ]
    angles = (140, 220, 300)
    made.FractionGroupSequence = [
        item(
            FractionGroupNumber=1,
            NumberOfFractionsPlanned=30,
            ReferencedBeamSequence=[
                item(ReferencedBeamNumber=n, BeamMeterset=110, BeamDose=2 / 3) for n in range(1, 4)
            ],
        )
    ]
    made.BeamSequence = [
        item(
            BeamNumber=n,
            BeamName=f"Field {n}",
            BeamType="STATIC",
            RadiationType="PHOTON",
            TreatmentDeliveryType="TREATMENT",
            TreatmentMachineName="LINAC",
            PrimaryDosimeterUnit="MU",
            FinalCumulativeMetersetWeight=1,
            NumberOfControlPoints=2,
            BeamLimitingDeviceSequence=[item(RTBeamLimitingDeviceType="ASYMX", NumberOfLeafJawPairs=1)],
            ControlPointSequence=[
                item(
                    ControlPointIndex=0,
                    NominalBeamEnergy=6,
                    CumulativeMetersetWeight=0,
                    GantryAngle=angle,
                    BeamLimitingDeviceAngle=0,
                    PatientSupportAngle=0,
                    IsocenterPosition=[85, -10, 70],
                    BeamLimitingDevicePositionSequence=[
                        item(RTBeamLimitingDeviceType="ASYMX", LeafJawPositions=[-40, 40])
                    ],
                ),
                item(ControlPointIndex=1, CumulativeMetersetWeight=1),
            ],
        )
        for n, angle in enumerate(angles, start=1)
    ]
    return made


def main() -> None:
    """Write the files of one patient."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--patient", default="made")
    parser.add_argument("--slices", type=int, default=200)
    parser.add_argument("--pixels", type=int, default=512)
    arguments = parser.parse_args()
    write_plan(arguments.folder, Sizes(arguments.slices, arguments.pixels), arguments.patient)


if __name__ == "__main__":
    main()
