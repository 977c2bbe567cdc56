"""Find studies, series and instances in the index, by what DICOM's own query/retrieve matches on (PS3.4 C.2.2.2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import orjson
from sqlalchemy import ColumnElement, Select, and_, false, func, literal, or_, select

from fyr.errors import BadInput
from fyr.record.dicom_index import DicomInstance, DicomSeries, DicomStudy, folded
from fyr.record.identity import PatientId, local_of_number
from fyr.record.schema import dicom_instance, dicom_series, dicom_study, patient, stored_object

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["MATCHED", "Form", "Level", "Match", "find_instances", "find_series", "find_studies", "has_instances"]


class Level(StrEnum):
    """What is sought."""

    STUDY = "study"
    SERIES = "series"
    INSTANCE = "instance"


class Form(StrEnum):
    """How a value is held against a condition."""

    ANY_OF = "any of"
    """It is one of the values: PS3.4 C.2.2.2.1 and C.2.2.2.2."""
    LIKE = "like"
    """It fits the first value, in which ``*`` is any text and ``?`` any sign: C.2.2.2.4."""
    BETWEEN = "between"
    """It lies from the first to the second value, both included, of which one may be empty: C.2.2.2.5."""


@dataclass(frozen=True, slots=True)
class Match:
    """One condition.

    Parameters
    ----------
    keyword : str
        The attribute, by its DICOM keyword: one of :data:`MATCHED`.
    form : Form
    values : tuple of str
    """

    keyword: str
    form: Form
    values: tuple[str, ...]


_ANY_SERIES: Final = dicom_series.alias("any_series")

_STUDY: Final[Mapping[str, ColumnElement[Any]]] = {
    "StudyInstanceUID": dicom_study.c.uid,
    "StudyDate": dicom_study.c.date,
    "StudyTime": dicom_study.c.time,
    "AccessionNumber": dicom_study.c.accession_number,
    "StudyID": dicom_study.c.study_id,
    "StudyDescription": dicom_study.c.description,
    "PatientName": dicom_study.c.patient_name_folded,
    "PatientID": patient.c.local,
    "IssuerOfPatientID": patient.c.hospital,
    "PatientBirthDate": dicom_study.c.patient_birth_date,
    "PatientSex": dicom_study.c.patient_sex,
    "ReferringPhysicianName": dicom_study.c.referring_physician_folded,
    "ModalitiesInStudy": _ANY_SERIES.c.modality,
}
_SERIES: Final[Mapping[str, ColumnElement[Any]]] = {
    "SeriesInstanceUID": dicom_series.c.uid,
    "Modality": dicom_series.c.modality,
    "SeriesNumber": dicom_series.c.number,
    "SeriesDescription": dicom_series.c.description,
    "SeriesDate": dicom_series.c.date,
    "SeriesTime": dicom_series.c.time,
    "BodyPartExamined": dicom_series.c.body_part,
    "FrameOfReferenceUID": dicom_series.c.frame_of_reference,
}
_INSTANCE: Final[Mapping[str, ColumnElement[Any]]] = {
    "SOPInstanceUID": dicom_instance.c.uid,
    "SOPClassUID": dicom_instance.c.sop_class,
    "InstanceNumber": dicom_instance.c.number,
    "NumberOfFrames": dicom_instance.c.frames,
    "AvailableTransferSyntaxUID": dicom_instance.c.transfer_syntax,
}
MATCHED: Final[Mapping[Level, Mapping[str, ColumnElement[Any]]]] = {
    Level.STUDY: _STUDY,
    Level.SERIES: {**_STUDY, **_SERIES},
    Level.INSTANCE: {**_STUDY, **_SERIES, **_INSTANCE},
}
"""The attributes that conditions may name, at each level."""

_NAMES: Final = frozenset({"PatientName", "ReferringPhysicianName"})
"""Matched whatever their case is, as PS3.4 C.2.2.2.1 allows."""
_NUMBERS: Final = frozenset({"SeriesNumber", "InstanceNumber", "NumberOfFrames"})
_LONGEST_NUMBER: Final = 12
"""Signs of an IS: PS3.5 table 6.2-1."""
_TIMES: Final = frozenset({"StudyTime", "SeriesTime"})


def find_studies(
    connection: Connection, matches: Iterable[Match], limit: int | None = None, offset: int = 0
) -> list[DicomStudy]:
    """Return the studies that meet every condition, the newest first."""
    wanted = (
        select(dicom_study, patient.c.hospital, patient.c.local)
        .join_from(dicom_study, patient)
        .where(*_conditions(connection, Level.STUDY, matches))
        .order_by(dicom_study.c.date.desc(), dicom_study.c.time.desc(), dicom_study.c.key)
    )
    rows = connection.execute(_page(wanted, limit, offset)).all()
    counted = _of_studies(connection, [row.key for row in rows])
    return [_study(row, *counted[row.key]) for row in rows]


def find_series(
    connection: Connection, matches: Iterable[Match], limit: int | None = None, offset: int = 0
) -> list[DicomSeries]:
    """Return the series that meet every condition: by study, the newest first, and number."""
    wanted = (
        select(dicom_series)
        .join_from(dicom_series, dicom_study)
        .join(patient)
        .where(*_conditions(connection, Level.SERIES, matches))
        .order_by(*_ORDER_OF_SERIES)
    )
    rows = connection.execute(_page(wanted, limit, offset)).all()
    studies = _studies(connection, {row.study_key for row in rows})
    counted = _of_series(connection, [row.key for row in rows])
    return [_series(row, studies[row.study_key], counted[row.key]) for row in rows]


def has_instances(connection: Connection) -> bool:
    """Tell whether there is any instance at all, of whomever."""
    return connection.scalar(select(dicom_instance.c.key).limit(1)) is not None


def find_instances(
    connection: Connection, matches: Iterable[Match], limit: int | None = None, offset: int = 0
) -> list[DicomInstance]:
    """Return the instances that meet every condition: by study, series and number."""
    wanted = (
        select(dicom_instance, stored_object.c.size)
        .join_from(dicom_instance, dicom_series)
        .join(stored_object)
        .join(dicom_study, dicom_series.c.study_key == dicom_study.c.key)
        .join(patient, dicom_study.c.patient_key == patient.c.key)
        .where(*_conditions(connection, Level.INSTANCE, matches))
        .order_by(*_ORDER_OF_SERIES, func.coalesce(dicom_instance.c.number, 0), dicom_instance.c.key)
    )
    rows = connection.execute(_page(wanted, limit, offset)).all()
    series = _all_series(connection, {row.series_key for row in rows})
    return [
        DicomInstance(
            series=series[row.series_key],
            uid=row.uid,
            sha256=row.sha256,
            sop_class=row.sop_class,
            transfer_syntax=row.transfer_syntax,
            number=row.number,
            frames=row.frames,
            size=row.size,
            attributes=orjson.loads(row.attributes),
        )
        for row in rows
    ]


_ORDER_OF_SERIES: Final = (
    dicom_study.c.date.desc(),
    dicom_study.c.key,
    func.coalesce(dicom_series.c.number, 0),
    dicom_series.c.key,
)


def _page(wanted: Select[Any], limit: int | None, offset: int) -> Select[Any]:
    return wanted.limit(limit).offset(offset) if limit is not None or offset else wanted


def _conditions(connection: Connection, level: Level, matches: Iterable[Match]) -> list[ColumnElement[bool]]:
    known = MATCHED[level]
    found = []
    for one in matches:
        if one.keyword not in known:
            raise BadInput(
                f"a {level.value} is not sought by '{one.keyword}'", mend=f"use {', '.join(known)}", where="the query"
            )
        condition = _condition(connection, one, known[one.keyword])
        if one.keyword == "ModalitiesInStudy":
            of_study = _ANY_SERIES.c.study_key == dicom_study.c.key
            condition = select(literal(1)).where(of_study, condition).correlate(dicom_study).exists()
        found.append(condition)
    return found


def _condition(connection: Connection, match: Match, column: ColumnElement[Any]) -> ColumnElement[bool]:
    if match.keyword in _NUMBERS:
        plain = [value.strip() for value in match.values]
        numbers = [int(value) for value in plain if value.lstrip("+-").isdecimal() and len(value) <= _LONGEST_NUMBER]
        return column.in_(numbers) if match.form is Form.ANY_OF and numbers else false()
    if match.form is Form.BETWEEN:
        return _between(match, column)
    values = [folded(value) for value in match.values] if match.keyword in _NAMES else match.values
    if match.keyword == "PatientID":
        values = [local_of_number(value) for value in values]
    if match.form is Form.ANY_OF:
        return column.in_(values)
    return or_(*(_like(connection, column, value) for value in values))


def _between(match: Match, column: ColumnElement[Any]) -> ColumnElement[bool]:
    low, high = match.values
    conditions = [column != ""]
    if low:
        conditions.append(column >= low)
    if high:  # a time that says no more than its hour lies within it
        conditions.append(column <= (high + "9" if match.keyword in _TIMES else high))
    return and_(*conditions)


def _like(connection: Connection, column: ColumnElement[Any], pattern: str) -> ColumnElement[bool]:
    if connection.dialect.name == "sqlite":  # whose LIKE takes no heed of case
        return column.op("GLOB")(pattern.replace("[", "[[]"))
    escaped = pattern.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return column.like(escaped.replace("*", "%").replace("?", "_"), escape="\\")


def _in_parts(keys: Iterable[int]) -> Iterable[Sequence[int]]:
    every = sorted(keys)
    return (every[begin : begin + 500] for begin in range(0, len(every), 500))


def _of_studies(connection: Connection, keys: Iterable[int]) -> dict[int, tuple[tuple[str, ...], int, int]]:
    """Count series and instances of studies, and name their modalities."""
    series, instance = dicom_series.c, dicom_instance.c
    found: dict[int, tuple[tuple[str, ...], int, int]] = {}
    for some in _in_parts(keys):
        counted = (
            select(series.study_key, series.modality, func.count(series.key.distinct()), func.count(instance.key))
            .join_from(dicom_series, dicom_instance)
            .where(series.study_key.in_(some))
            .group_by(series.study_key, series.modality)
            .order_by(series.modality)
        )
        for key, modality, of_series, of_instances in connection.execute(counted):
            modalities, before, instances = found.get(key, ((), 0, 0))
            named = (*modalities, modality) if modality else modalities
            found[key] = (named, before + of_series, instances + of_instances)
    return found


def _of_series(connection: Connection, keys: Iterable[int]) -> dict[int, int]:
    found: dict[int, int] = {}
    for some in _in_parts(keys):
        counted = (
            select(dicom_instance.c.series_key, func.count())
            .where(dicom_instance.c.series_key.in_(some))
            .group_by(dicom_instance.c.series_key)
        )
        found.update((key, count) for key, count in connection.execute(counted))
    return found


def _studies(connection: Connection, keys: set[int]) -> dict[int, DicomStudy]:
    counted = _of_studies(connection, keys)
    found = {}
    for some in _in_parts(keys):
        wanted = (
            select(dicom_study, patient.c.hospital, patient.c.local)
            .join_from(dicom_study, patient)
            .where(dicom_study.c.key.in_(some))
        )
        found.update({row.key: _study(row, *counted[row.key]) for row in connection.execute(wanted)})
    return found


def _all_series(connection: Connection, keys: set[int]) -> dict[int, DicomSeries]:
    rows = [
        row
        for some in _in_parts(keys)
        for row in connection.execute(select(dicom_series).where(dicom_series.c.key.in_(some)))
    ]
    studies = _studies(connection, {row.study_key for row in rows})
    counted = _of_series(connection, keys)
    return {row.key: _series(row, studies[row.study_key], counted[row.key]) for row in rows}


def _study(row: Any, modalities: tuple[str, ...], series: int, instances: int) -> DicomStudy:
    return DicomStudy(
        patient=PatientId(row.hospital, row.local),
        uid=row.uid,
        date=row.date,
        time=row.time,
        accession_number=row.accession_number,
        study_id=row.study_id,
        description=row.description,
        patient_name=row.patient_name,
        patient_birth_date=row.patient_birth_date,
        patient_sex=row.patient_sex,
        referring_physician=row.referring_physician,
        attributes=orjson.loads(row.attributes),
        modalities=modalities,
        series=series,
        instances=instances,
    )


def _series(row: Any, study: DicomStudy, instances: int) -> DicomSeries:
    return DicomSeries(
        study=study,
        uid=row.uid,
        modality=row.modality,
        number=row.number,
        description=row.description,
        date=row.date,
        time=row.time,
        body_part=row.body_part,
        frame_of_reference=row.frame_of_reference,
        attributes=orjson.loads(row.attributes),
        instances=instances,
    )
