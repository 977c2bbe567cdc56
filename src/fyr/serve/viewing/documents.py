"""The shapes of what the viewer is told. Lengths are mm in DICOM's patient frame (LPS), doses Gy, indices (k, j, i)."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

__all__ = [
    "AxialPlanesEntry",
    "BeamEntry",
    "Contours",
    "DoseEntry",
    "DoseLines",
    "DoseVolumes",
    "ImagedPatientEntry",
    "ImagedPatients",
    "Imaging",
    "ImagingStudy",
    "ImagingView",
    "IsodoseLevel",
    "NamedPatient",
    "PlanEntry",
    "Plane",
    "PlaneName",
    "Probe",
    "StructureDose",
    "StructureLines",
    "StructureSetEntry",
    "ViewDose",
    "ViewEntry",
    "ViewPlan",
    "ViewStructure",
    "ViewVolume",
    "VolumeEntry",
    "VoxelsBetween",
    "Window",
]

PlaneName = Literal["axial", "coronal", "sagittal"]
_Line = list[tuple[float, float]]
_Affine = list[list[float]]


class NamedPatient(BaseModel):
    """Who it is."""

    id: str
    pseudonym: str


class ImagedPatientEntry(NamedPatient):
    """A patient of whom there is something to be seen."""

    studies: int
    plans: int = Field(description="Studies that hold a treatment plan")
    newest: str | None = Field(description="The date of the newest study")


class ImagedPatients(BaseModel):
    """Whose pictures, structures, plans and doses there are, the newest first."""

    patients: list[ImagedPatientEntry]


class VolumeEntry(BaseModel):
    """A series of slices."""

    id: str
    series_uid: str
    modality: str
    description: str
    objects: int
    frame_of_reference: str
    shape: tuple[int, int, int] | None = None
    problem: str | None = Field(None, description="Why it cannot be shown")


class StructureSetEntry(BaseModel):
    """A set of structures."""

    id: str
    label: str
    roi_count: int
    frame_of_reference: str
    problem: str | None = None


class DoseEntry(BaseModel):
    """A dose grid."""

    id: str
    summation: str
    units: str
    plan_id: str | None = None
    max_gy: float | None = None
    problem: str | None = None


class PlanEntry(BaseModel):
    """A treatment plan."""

    id: str
    label: str
    prescription_gy: float | None = None
    fractions: int | None = None
    problem: str | None = None


class ViewEntry(BaseModel):
    """What belongs together."""

    id: str
    title: str
    volume_id: str | None = None
    structure_set_id: str | None = None
    dose_id: str | None = None
    plan_id: str | None = None


class ImagingStudy(BaseModel):
    """A study of the patient."""

    study_uid: str
    date: str
    description: str
    volumes: list[VolumeEntry]
    structure_sets: list[StructureSetEntry]
    doses: list[DoseEntry]
    plans: list[PlanEntry]
    views: list[ViewEntry]


class Imaging(BaseModel):
    """Everything of a patient that can be seen, the newest study first."""

    studies: list[ImagingStudy]
    unread: list[str] = Field(description="Why objects of no known kind or study could not be read")


class Window(BaseModel):
    """Grey levels, in the measured unit."""

    center: float
    width: float


class ViewVolume(BaseModel):
    """Where the voxels of the picture lie, and what their numbers mean: value = stored * slope + intercept."""

    id: str
    shape: tuple[int, int, int]
    affine: _Affine = Field(description="From (k, j, i, 1) to x, y, z, 1")
    modality: str
    unit: str = Field(description="UCUM; [hnsf'U] is the Hounsfield unit")
    slope: float
    intercept: float
    window: Window
    missing: list[int] = Field(description="Slices that are not there: their voxels say nothing")


class ViewDose(BaseModel):
    """Where the voxels of the dose lie."""

    id: str
    shape: tuple[int, int, int]
    affine: _Affine
    max_gy: float
    summation: str
    kind: str
    prescription_gy: float | None


class ViewStructure(BaseModel):
    """A structure of the set."""

    number: int
    name: str
    type: str
    colour: str
    contour_planes: int
    z_range_mm: tuple[float, float] | None


class BeamEntry(BaseModel):
    """A beam as it starts, and the gantry's end."""

    number: int
    name: str
    type: str
    radiation: str
    machine: str
    energy: float | None
    gantry_degrees: float | None
    gantry_end_degrees: float | None
    collimator_degrees: float | None
    couch_degrees: float | None
    isocentre_mm: tuple[float, float, float] | None
    control_points: int
    meterset: float | None
    meterset_unit: str


class ViewPlan(BaseModel):
    """The plan of the view."""

    label: str
    intent: str
    approval: str
    fractions: int | None
    prescription_gy: float | None
    beams: list[BeamEntry]


class IsodoseLevel(BaseModel):
    """A dose whose line is drawn."""

    gy: float
    percent: float


class AxialPlanesEntry(BaseModel):
    """Axial planes: that of number k, from `start` to below `end`, lies at z = origin_mm + k * step_mm.

    k counts the slices of the picture; it is below 0 or beyond them where only structures or dose reach. Where there is
    no picture, it counts those of the dose.
    """

    origin_mm: float
    step_mm: float
    start: int
    end: int


class ImagingView(BaseModel):
    """Everything that the first paint needs, but for the numbers themselves."""

    id: str
    title: str
    volume: ViewVolume | None
    dose: ViewDose | None
    structures: list[ViewStructure]
    plan: ViewPlan | None
    isodose_reference: Literal["prescription", "maximum"] | None
    isodose_levels: list[IsodoseLevel]
    focus_mm: tuple[float, float, float] | None = Field(description="Where to look first")
    bounds_mm: tuple[tuple[float, float, float], tuple[float, float, float]] | None
    axial: AxialPlanesEntry | None
    notes: list[str] = Field(description="What must be said with what is shown; plain sentences")
    problems: list[str] = Field(description="What cannot be shown, and why")
    patient: NamedPatient


class StructureLines(BaseModel):
    """The outlines of a structure in a plane; a point inside an odd number of them is inside."""

    number: int
    loops: list[_Line]


class DoseLines(BaseModel):
    """The lines of a dose in a plane; one whose last point is not its first ends where the dose grid ends."""

    gy: float
    loops: list[_Line]


class Plane(BaseModel):
    """What lies in one axial plane; k as in the view's `axial`."""

    k: int
    at_mm: float
    structures: list[StructureLines]
    isodoses: list[DoseLines] = []


class Contours(BaseModel):
    """Lines in one plane, or with `all` in every axial one; u and v are x y, x z or y z, by the plane."""

    structures: list[StructureLines] = []
    isodoses: list[DoseLines] = []
    planes: list[Plane] = []
    problems: dict[str, str] = Field({}, description="Structures that have no outlines, by number, with the reason")


class StructureDose(BaseModel):
    """The dose in a structure; with a problem there are no numbers."""

    number: int
    name: str
    problem: str | None = None
    volume_cm3: float | None = None
    outside_cm3: float | None = None
    min_gy: float | None = None
    mean_gy: float | None = None
    max_gy: float | None = None
    cumulative_cm3: list[float] = []
    metrics: dict[str, float | None] = {}
    metric_units: dict[str, str] = {}
    metric_problems: dict[str, str] = {}
    notes: list[str] = []


class DoseVolumes(BaseModel):
    """Dose-volume histograms, cumulative, on one axis of dose."""

    dose_gy: list[float]
    prescription_gy: float | None
    structures: list[StructureDose]
    notes: list[str]


class VoxelsBetween(BaseModel):
    """Voxels that lie in a structure and get a dose from `low` to below `high`.

    They are those of the picture, with k as in the view's `axial`; of the dose where there is no picture.
    """

    runs: list[tuple[int, int, int, int]] = Field(description="k, j, and i from the third to below the fourth")
    grid: Literal["volume", "dose"] = "volume"
    voxels: int
    volume_cm3: float
    problem: str | None = None


class Probe(BaseModel):
    """What is at a place."""

    value: float | None
    unit: str | None
    index: tuple[int, int, int] | None
    dose_gy: float | None
    structures: list[str]
