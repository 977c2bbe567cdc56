"""Write an RT structure set (DICOM PS3.3 A.19) for other programs, to a ten-thousandth of a millimetre."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from fyr.errors import BadInput
from fyr.imaging.structure_set import Contour, Structure, StructureSet

if TYPE_CHECKING:
    from pydicom import Dataset

__all__ = ["write_structure_set"]

_CLASS: Final = "1.2.840.10008.5.1.4.1.1.481.3"
_STUDY: Final = "1.2.840.10008.3.1.2.3.1"
_IMAGE: Final = {
    "CT": "1.2.840.10008.5.1.4.1.1.2",
    "MR": "1.2.840.10008.5.1.4.1.1.4",
    "PT": "1.2.840.10008.5.1.4.1.1.128",
}


def write_structure_set(
    structures: StructureSet,
    path: str | Path,
    *,
    patient_id: str,
    study_uid: str,
    when: datetime,
    modality: str = "CT",
    series_uid: str = "",
) -> str:
    """Write a structure set into a new file, and return its SOP instance UID.

    Parameters
    ----------
    structures : StructureSet
        With the frame of reference and the series that it was drawn on; a new UID is made where it has none.
    path : str or Path
        Never overwritten.
    patient_id : str
    study_uid : str
        Of the pictures.
    when : datetime
        Of the structure set.
    modality : str
        Of the pictures: ``CT``, ``MR`` or ``PT``.
    series_uid : str
        Of the structure set's own series; a new one is made where none is given.

    Raises
    ------
    BadInput
        If the set names no frame of reference or series, a number is used twice, a structure could not be read, or the
        file is there already.
    """
    from pydicom.uid import UID, generate_uid

    if not structures.frame_of_reference or not structures.image_series_uid:
        raise BadInput("the set names no frame of reference, or no series that it was drawn on", where="structure set")
    if len({one.number for one in structures.structures}) < len(structures.structures):
        raise BadInput("two structures have one number", where="structure set", mend="number them anew")
    damaged = [one for one in structures.structures if one.unreadable]
    if damaged:
        raise BadInput(
            f"'{damaged[0].name}' would be lost: {damaged[0].unreadable}",
            where="structure set",
            mend="leave it out, or take the set again from the contouring system",
        )
    if modality not in _IMAGE:
        raise BadInput(f"structures on '{modality}' are not written", mend=f"pictures may be {', '.join(_IMAGE)}")
    uid = UID(structures.uid) if structures.uid else generate_uid()
    made = _header(uid)
    made.PatientID, made.PatientName, made.PatientBirthDate, made.PatientSex = patient_id, "", "", ""
    made.StudyInstanceUID, made.SeriesInstanceUID = study_uid, series_uid or generate_uid()
    made.StudyDate, made.StudyTime, made.AccessionNumber, made.StudyID = "", "", "", ""
    made.ReferringPhysicianName, made.SeriesNumber, made.OperatorsName = "", None, ""
    made.Modality, made.Manufacturer, made.ApprovalStatus = "RTSTRUCT", "Fyr", "UNAPPROVED"
    made.StructureSetLabel = (structures.label or "FYR")[:16]
    made.StructureSetDate, made.StructureSetTime = when.strftime("%Y%m%d"), when.strftime("%H%M%S")
    image = _IMAGE[modality]
    made.FrameOfReferenceUID, made.PositionReferenceIndicator = structures.frame_of_reference, ""
    made.ReferencedFrameOfReferenceSequence = [_frame(structures, study_uid, image)]
    made.StructureSetROISequence = [_named(one, structures.frame_of_reference) for one in structures.structures]
    made.ROIContourSequence = [_drawn(one, image) for one in structures.structures]
    made.RTROIObservationsSequence = [_observed(one) for one in structures.structures]
    try:
        with Path(path).open("xb") as file:
            made.save_as(file, enforce_file_format=True)
    except FileExistsError:
        raise BadInput("there is such a file already", where=str(path), mend="name a new one") from None
    return str(uid)


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


def _item(**values: object) -> Dataset:
    from pydicom.dataset import Dataset

    made = Dataset()
    for keyword, value in values.items():
        setattr(made, keyword, value)
    return made


def _images(contours: tuple[Contour, ...], image: str) -> list[Dataset]:
    uids = dict.fromkeys(one.image_uid for one in contours if one.image_uid)
    return [_item(ReferencedSOPClassUID=image, ReferencedSOPInstanceUID=uid) for uid in uids]


def _frame(structures: StructureSet, study: str, image: str) -> Dataset:
    contours = tuple(contour for one in structures.structures for contour in one.contours)
    series = _item(SeriesInstanceUID=structures.image_series_uid, ContourImageSequence=_images(contours, image))
    return _item(
        FrameOfReferenceUID=structures.frame_of_reference,
        RTReferencedStudySequence=[
            _item(ReferencedSOPClassUID=_STUDY, ReferencedSOPInstanceUID=study, RTReferencedSeriesSequence=[series])
        ],
    )


def _named(one: Structure, frame: str) -> Dataset:
    return _item(ROINumber=one.number, ReferencedFrameOfReferenceUID=frame, ROIName=one.name, ROIGenerationAlgorithm="")


def _drawn(one: Structure, image: str) -> Dataset:
    made = _item(ReferencedROINumber=one.number)
    if one.colour is not None:
        made.ROIDisplayColor = list(one.colour)
    if one.contours:
        made.ContourSequence = [_contour(contour, image) for contour in one.contours]
    return made


def _contour(contour: Contour, image: str) -> Dataset:
    made = _item(
        ContourGeometricType=contour.geometric_type,
        NumberOfContourPoints=len(contour.points_mm),
        ContourData=[f"{x:.4f}" for x in contour.points_mm.ravel().tolist()],
    )
    if contour.image_uid:
        made.ContourImageSequence = _images((contour,), image)
    return made


def _observed(one: Structure) -> Dataset:
    return _item(
        ObservationNumber=one.number, ReferencedROINumber=one.number, RTROIInterpretedType=one.kind, ROIInterpreter=""
    )
