"""A department's reference levels as the page shows them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict
from typing import Any, Final

from fyr.record import PatientId
from fyr.serve.configuration import ExposureSettings
from fyr.treat.exposure.department import (
    DepartmentLevel,
    Grouping,
    SetLevel,
    StandingOut,
    department_levels,
    published_levels,
)
from fyr.treat.exposure.document import iso_time, level_document
from fyr.treat.exposure.study import Examination

__all__ = ["department_document", "levels_of", "within"]

_MOST_VALUES: Final = 400
"""Dots that one row of a drawing can show."""
_STATEMENT: Final = (
    "A reference level is for groups of patients of standard size, and a signal to look at a protocol; it is no limit "
    "for one patient (ICRP Publication 135)."
)


def levels_of(settings: ExposureSettings) -> list[SetLevel]:
    """Return the levels that a hospital set: its own, and of published ones those that none of its own replaces."""
    return [*published_levels(settings.levels), *settings.own_levels]


def within(exams: Iterable[Examination], since: str, until: str) -> list[Examination]:
    """Return the examinations of some days, both ``YYYYMMDD`` and included; empty leaves that end open."""
    return [
        exam
        for exam in exams
        if (not since or exam.started[:8] >= since) and (not until or (exam.started[:8] or "9") <= until)
    ]


def department_document(
    exams: list[Examination], settings: ExposureSettings, by: Grouping, named: Callable[[PatientId], str]
) -> dict[str, Any]:
    """Return the figures of each protocol or region, with their values and what stands out.

    Parameters
    ----------
    exams : list of Examination
        Of patients whom the reader may see; their ids are those of the record.
    settings : ExposureSettings
    by : {"protocol", "region"}
    named : callable
        What a patient is called on the page.
    """
    found = department_levels(exams, levels_of(settings), by)
    return {
        "by": by,
        "examinations": len(exams),
        "patients": len({exam.patient.patient_id for exam in exams}),
        "levels": [_level(one, named) for one in found],
        "statement": _STATEMENT,
    }


def _level(one: DepartmentLevel, named: Callable[[PatientId], str]) -> dict[str, Any]:
    document = level_document(one.own)
    del document["outliers"]
    values = one.own.values
    return document | {
        "fence": one.own.fence,
        "values": list(values[:: max(1, len(values) // _MOST_VALUES)]),
        "level": None if one.level is None else asdict(one.level),
        "is_median_above": one.is_median_above,
        "standing_out": [_standing_out(found, named) for found in one.standing_out],
    }


def _standing_out(one: StandingOut, named: Callable[[PatientId], str]) -> dict[str, Any]:
    exam = one.exam
    return {
        "patient": exam.patient.patient_id,
        "pseudonym": named(PatientId.parse(exam.patient.patient_id)),
        "study_uid": exam.study_uid,
        "started": iso_time(exam.started),
        "device": " ".join(filter(None, (exam.manufacturer, exam.model))),
        "value": one.value,
        "is_outlier": one.is_outlier,
        "is_above_level": one.is_above_level,
    }
