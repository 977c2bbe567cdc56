"""Findings as a DICOM structured report (PS3.3 A.35.3, Comprehensive SR; PS3.16 TID 1500), written with highdicom.

One measurement group a finding: the model's name, version and digest as its algorithm (TID 4019), the value with its
UCUM unit, the ends of its interval, and the inputs as a comment. A refusal is a group without a measurement that says
why. What a model estimates has no code of anybody else's: its name on the card is the code, in the scheme ``99FYR``.
"""

from __future__ import annotations

import math
import uuid
import warnings
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from fyr.clock import to_datetime, to_iso
from fyr.errors import BadInput
from fyr.record.finding import Estimate, Finding, Refusal
from fyr.record.identity import PatientId
from fyr.version import __version__

if TYPE_CHECKING:
    from highdicom.sr import CodedConcept, Measurement
    from highdicom.sr.value_types import ContentItem
    from pydicom import Dataset

__all__ = ["RESEARCH_USE", "write_findings"]

RESEARCH_USE: Final = "Research use only: not a medical device, and no basis for diagnosis or treatment by itself."
_SCHEME: Final = "99FYR"
_MOST: Final = 2000
_HOUSE: Final = uuid.uuid5(uuid.NAMESPACE_URL, "urn:fyr:dicom-sr")
_SEX: Final = frozenset(("F", "M"))


def write_findings(
    who: PatientId, findings: Sequence[Finding], path: str | Path, *, attributes: Mapping[str, Any] | None = None
) -> str:
    """Write a patient's findings into a new file, and return its SOP instance UID.

    The same findings give the same UIDs and, with the same libraries, the same file: its time is that of the latest.

    Parameters
    ----------
    who : PatientId
    findings : sequence of Finding
        Of this patient.
    path : str or Path
        Never overwritten.
    attributes : mapping, optional
        The patient's ``sex`` is taken where it is ``F`` or ``M``.

    Raises
    ------
    BadInput
        If there are none, more than 2,000, or one is another patient's, or the file is there already.
    """
    _check(who, findings)
    content = repr([(one.model, one.time_us, one.answer, dict(one.inputs)) for one in findings])
    uid = _uid("instance", str(who), content)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that the scheme 99FYR is not one of DICOM's
        made = _document(who, _report(who, findings), uid, content, attributes or {})
    _date(made, to_datetime(max(one.time_us for one in findings)))
    try:
        with Path(path).open("xb") as file:
            made.save_as(file, enforce_file_format=True)
    except FileExistsError:
        raise BadInput("there is such a file already", where=str(path), mend="name a new one") from None
    return uid


def _check(who: PatientId, findings: Sequence[Finding]) -> None:
    if not findings:
        raise BadInput("there is no finding", where=str(who), mend="run a model on the patient first")
    if len(findings) > _MOST:
        raise BadInput(
            f"{len(findings):,} findings are more than a report of {_MOST:,} holds",
            where=str(who),
            mend="choose a model with --model",
        )
    if any(one.patient != who for one in findings):
        raise BadInput("a finding is another patient's", where=str(who))


def _document(who: PatientId, report: Any, uid: str, content: str, attributes: Mapping[str, Any]) -> Dataset:
    from highdicom.sr import ComprehensiveSR
    from pydicom.dataset import Dataset

    about = Dataset()
    about.SOPClassUID, about.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.7", "2.25.1"  # asked for; nothing refers to it
    about.SeriesInstanceUID = "2.25.2"
    about.StudyInstanceUID = _uid("study", str(who), content)
    about.PatientID, about.PatientName, about.PatientBirthDate = who.number, "", ""
    sex = attributes.get("sex")
    about.PatientSex = sex if sex in _SEX else ""
    about.AccessionNumber, about.StudyID, about.ReferringPhysicianName = "", "", ""
    about.StudyDate, about.StudyTime = "", ""
    made = ComprehensiveSR(
        evidence=[about],
        content=report,
        series_instance_uid=_uid("series", str(who), content),
        series_number=1,
        sop_instance_uid=uid,
        instance_number=1,
        manufacturer="Fyr",
        is_complete=True,
        is_final=False,
        is_verified=False,
        record_evidence=False,
        manufacturer_model_name="Fyr",
        software_versions=__version__,
        series_description="Findings of models; research use",
    )
    made.IssuerOfPatientID = who.hospital
    return made


def _report(who: PatientId, findings: Sequence[Finding]) -> Any:
    from highdicom.sr import (
        CodedConcept,
        DeviceObserverIdentifyingAttributes,
        LanguageOfContentItemAndDescendants,
        MeasurementReport,
        ObservationContext,
        ObserverContext,
    )
    from pydicom.sr.codedict import codes

    observer = ObserverContext(
        observer_type=codes.DCM.Device,
        observer_identifying_attributes=DeviceObserverIdentifyingAttributes(
            uid=_uid("observer"), name="Fyr", manufacturer_name="Fyr", model_name=f"Fyr {__version__}"
        ),
    )
    report = MeasurementReport(
        observation_context=ObservationContext(observer_device_context=observer),
        procedure_reported=_coded("prediction", "Prediction by a model"),
        imaging_measurements=[_group(who, one) for one in findings],
        title=codes.DCM.ImagingMeasurementReport,
        language_of_content_item_and_descendants=LanguageOfContentItemAndDescendants(
            CodedConcept("en", "RFC5646", "English")
        ),
    )
    report[0].ContentSequence.append(_comment(RESEARCH_USE))
    return report


def _group(who: PatientId, finding: Finding) -> Any:
    """Return the measurement group of a finding."""
    from highdicom.sr import (
        AlgorithmIdentification,
        MeasurementsAndQualitativeEvaluations,
        QualitativeEvaluation,
        TrackingIdentifier,
    )

    model, answer = finding.model, finding.answer
    algorithm = AlgorithmIdentification(
        name=model.name, version=model.version, parameters=[f"SHA-256 of the parameters: {model.digest}"]
    )
    category = isinstance(answer, Estimate) and answer.category is not None
    evaluations = (
        [QualitativeEvaluation(_coded(answer.output, _of(answer, model.name)), _coded(answer.text, answer.text))]
        if isinstance(answer, Estimate) and category
        else None
    )
    measured = _measurements(answer, model.name) if isinstance(answer, Estimate) and not category else []
    group = MeasurementsAndQualitativeEvaluations(
        tracking_identifier=TrackingIdentifier(
            uid=_uid("finding", str(who), repr((model, finding.time_us, answer))), identifier=_tracked(finding)
        ),
        finding_type=_coded("finding", "Finding of a model"),
        algorithm_id=algorithm,
        measurements=measured or None,
        qualitative_evaluations=evaluations,
    )
    container = group[0]
    container.ObservationDateTime = to_datetime(finding.time_us).strftime("%Y%m%d%H%M%S.%f")
    for said in _said(finding):
        container.ContentSequence.append(_comment(said))
    return group


def _measurements(answer: Estimate, model: str) -> list[Measurement]:
    from highdicom.sr import CodedConcept, Measurement

    meaning = "no units" if answer.unit == "1" else answer.unit
    unit = CodedConcept(answer.unit, "UCUM", meaning)
    level = "" if answer.level is None else f" {answer.level * 100:g} %"
    ends = (
        ("", answer.value, _of(answer, model)),
        ("_low", answer.low, f"{answer.output}: lower end of the{level} interval"),
        ("_high", answer.high, f"{answer.output}: upper end of the{level} interval"),
    )
    return [
        Measurement(_coded(answer.output + end, said), float(value), unit)
        for end, value, said in ends
        if value is not None and math.isfinite(value)
    ]


def _said(finding: Finding) -> list[str]:
    """Return what is said in words: of a refusal why, of a number that is none, and with which inputs."""
    answer = finding.answer
    said = []
    if isinstance(answer, Refusal):
        because = f" (inputs: {', '.join(answer.inputs)})" if answer.inputs else ""
        said.append(f"The model refused to answer: {answer.reason}{because}")
    elif answer.category is None and not math.isfinite(answer.value):
        said.append(f"The model's answer is no number: {answer.text}")
    if finding.inputs:
        said.append("Inputs: " + "; ".join(f"{name} = {value}" for name, value in finding.inputs.items()))
    return said


def _tracked(finding: Finding) -> str:
    return f"{finding.model.name} {finding.model.version} {to_iso(finding.time_us)}"


def _of(answer: Estimate, model: str) -> str:
    return f"{answer.output} ({model})"


def _coded(value: str, meaning: str) -> CodedConcept:
    from highdicom.sr import CodedConcept

    short = meaning if len(meaning) <= 64 else meaning[:63] + "…"
    return CodedConcept(value, _SCHEME, short)


def _comment(said: str) -> ContentItem:
    from highdicom.sr import CodedConcept, RelationshipTypeValues, TextContentItem

    return TextContentItem(
        CodedConcept("121106", "DCM", "Comment"), said, relationship_type=RelationshipTypeValues.CONTAINS
    )


def _uid(*of: str) -> str:
    return f"2.25.{uuid.uuid5(_HOUSE, chr(0).join(of)).int}"


def _date(made: Dataset, when: datetime) -> None:
    """Date the report by its findings, so that the same findings make the same report."""
    day, time = when.strftime("%Y%m%d"), when.strftime("%H%M%S.%f")
    for keyword in ("ContentDate", "InstanceCreationDate", "SeriesDate", "StudyDate"):
        setattr(made, keyword, day)
    for keyword in ("ContentTime", "InstanceCreationTime", "SeriesTime", "StudyTime"):
        setattr(made, keyword, time)
    for item in made.get("ContributingEquipmentSequence", []):
        item.ContributionDateTime = day + time
    made.TimezoneOffsetFromUTC = "+0000"
    made.SpecificCharacterSet = "ISO_IR 192"
