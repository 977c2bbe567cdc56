"""A department's own levels beside the reference levels that it set, and the examinations that stand out.

A facility's median is what is held against a diagnostic reference level (ICRP Publication 135): where the
median of a quantity lies above, the protocol is looked at. One examination above a level is no fault: it is listed so
that somebody can see why.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from fyr.treat.exposure.quantity import QuantityKind
from fyr.treat.exposure.reference_levels import PUBLISHED, OwnLevel, own_levels, protocol_of
from fyr.treat.exposure.study import Examination

__all__ = [
    "DepartmentLevel",
    "Grouping",
    "SetLevel",
    "StandingOut",
    "department_levels",
    "published_levels",
    "regions_of",
]

Grouping = Literal["protocol", "region"]


@dataclass(frozen=True, slots=True)
class SetLevel:
    """A reference level that the hospital holds a protocol against.

    Parameters
    ----------
    protocol : str
        As :func:`~fyr.treat.exposure.reference_levels.protocol_of` gives it.
    quantity : QuantityKind
    value : float
        In the unit of the quantity.
    source : str
        Who set it.
    """

    protocol: str
    quantity: QuantityKind
    value: float
    source: str


@dataclass(frozen=True, slots=True)
class StandingOut:
    """An examination that lies above.

    Parameters
    ----------
    exam : Examination
    value : float
    is_outlier : bool
        Above the 75th percentile plus 1.5 times the distance of the quartiles.
    is_above_level : bool
        Above the level that was set.
    """

    exam: Examination
    value: float
    is_outlier: bool
    is_above_level: bool


@dataclass(frozen=True, slots=True)
class DepartmentLevel:
    """A department's figures of one quantity of one protocol or region.

    Parameters
    ----------
    own : OwnLevel
    level : SetLevel or None
    standing_out : tuple of StandingOut
        The highest first.
    """

    own: OwnLevel
    level: SetLevel | None
    standing_out: tuple[StandingOut, ...] = field(default=())

    @property
    def is_median_above(self) -> bool:
        """Whether the median lies above the level; a median of fewer than 20 examinations is not held against it."""
        return self.level is not None and self.own.is_enough and self.own.median > self.level.value


def published_levels(level_of: Mapping[str, str]) -> list[SetLevel]:
    """Return the published levels of protocols as levels that are set: the dose-length product of the examination."""
    found = []
    for protocol, name in level_of.items():
        level = PUBLISHED[name]
        if level.dlp_mgy_cm is not None:
            found.append(SetLevel(protocol, QuantityKind.DLP, level.dlp_mgy_cm, f"{name}: {level.source}"))
    return found


def regions_of(exam: Examination) -> str:
    """Return the regions of the body that an examination irradiated, in the words of its reports."""
    return ", ".join(dict.fromkeys(one.region for one in exam.events if one.region)) or "not said"


def department_levels(
    exams: Iterable[Examination], levels: Sequence[SetLevel] = (), by: Grouping = "protocol"
) -> list[DepartmentLevel]:
    """Return a department's own figures, each with its level and what stands out.

    Parameters
    ----------
    exams : iterable of Examination
    levels : sequence of SetLevel
        They are of protocols: there are none where figures are by region.
    by : {"protocol", "region"}
    """
    every = list(exams)
    group_of = protocol_of if by == "protocol" else regions_of
    set_of = {(one.protocol, str(one.quantity)): one for one in levels} if by == "protocol" else {}
    by_study: dict[tuple[str, str, str], list[Examination]] = {}
    for exam in every:
        by_study.setdefault((exam.modality, group_of(exam), exam.study_uid), []).append(exam)
    return [
        DepartmentLevel(own, level, _standing_out(own, level, by_study))
        for own in own_levels(every, group_of)
        for level in [set_of.get((own.protocol, own.quantity))]
    ]


def _standing_out(
    own: OwnLevel, level: SetLevel | None, by_study: Mapping[tuple[str, str, str], Sequence[Examination]]
) -> tuple[StandingOut, ...]:
    outliers = set(own.outliers)
    found = []
    for (modality, group, study), exams in by_study.items():
        if (modality, group) != (own.modality, own.protocol):
            continue
        for exam in exams:
            for one in exam.totals:
                if str(one.kind) != own.quantity or one.qualifier != own.of:
                    continue
                above = level is not None and one.value > level.value
                if study in outliers and one.value > own.fence:
                    found.append(StandingOut(exam, one.value, True, above))
                elif above:
                    found.append(StandingOut(exam, one.value, False, True))
    return tuple(sorted(found, key=lambda one: (-one.value, one.exam.study_uid)))
