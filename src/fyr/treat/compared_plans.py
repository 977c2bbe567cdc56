"""Plans of one patient as they were read, and the one document of them side by side.

The command and the server make it here, so that they say the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from fyr.errors import UsageError
from fyr.imaging.plane_stack import Between
from fyr.treat.dvh_metrics import parse_metric
from fyr.treat.plan_comparison import LETTERS, compare_plans
from fyr.treat.plan_course import PlanCourse, plan_course
from fyr.treat.protocol_check import Given, Outcome, check_plan, summary

if TYPE_CHECKING:
    from fyr.imaging.structure_set import StructureSet
    from fyr.imaging.treatment_plan import TreatmentPlan
    from fyr.imaging.volume import DoseGrid
    from fyr.treat.nomenclature.own_names import OwnNames
    from fyr.treat.plan_factors import PlanFactors
    from fyr.treat.protocol import Protocol

__all__ = [
    "Compared",
    "PlanParts",
    "check_count",
    "compared_document",
    "constraint_entry",
    "constraints_of",
    "course_of_parts",
    "variants",
    "warnings_between",
]

_METRICS: Final = ("mean", "D98%", "D50%", "D2%")


@dataclass(frozen=True, slots=True, eq=False)
class PlanParts:
    """A plan with the structures and the dose that belong to it.

    Parameters
    ----------
    plan : TreatmentPlan or None
    structures : StructureSet
    dose : DoseGrid
        Of the whole plan, in the frame of reference of the structures: it is for the reader to check.
    warnings : list of str
    """

    plan: TreatmentPlan | None
    structures: StructureSet
    dose: DoseGrid
    warnings: list[str] = field(default_factory=list)

    @property
    def between(self) -> Between:
        """How the space between contours is filled: one plane alone is as thick as planes usually are apart."""
        return Between(single_plane_mm=self.structures.plane_spacing_mm() or self.dose.grid.spacing_mm[0])


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """One of the plans that are compared.

    Parameters
    ----------
    parts : PlanParts
        What it is, or what it was made from.
    course : PlanCourse
    about : mapping of str to object
        Where it is from, as JSON-able values, for the document.
    """

    parts: PlanParts
    course: PlanCourse
    about: Mapping[str, Any]


def check_count(count: int, where: str, mend: str) -> None:
    """Refuse fewer than two plans, or more than have a letter.

    Raises
    ------
    UsageError
        If there are.
    """
    if not 2 <= count <= len(LETTERS):
        raise UsageError(f"{count} plan{'' if count == 1 else 's'} cannot be compared", where=where, mend=mend)


def course_of_parts(
    parts: PlanParts, own: OwnNames, organs: Mapping[str, str | None], *, label: str = "", **instead: Any
) -> PlanCourse:
    """Take the histograms of a plan; what is said of structures that it has not is left to the other plans."""
    names = {one.name.casefold() for one in parts.structures.structures}
    known = {name: organ for name, organ in organs.items() if name.casefold() in names}
    return plan_course(
        parts.structures, parts.dose, parts.plan, parts.between, own=own, organs=known, label=label, **instead
    )


def variants(base: PlanCourse, rescaled: Sequence[tuple[float, int]], refractioned: Sequence[int]) -> list[PlanCourse]:
    """Return what was made of a plan: another dose and number of fractions, or the same dose in another number.

    Raises
    ------
    BadInput
        If the plan says no dose or no number of fractions.
    """
    found = [
        base.rescaled(total, fractions, f"{base.label} as {total:g} Gy in {fractions}") for total, fractions in rescaled
    ]
    for fractions in refractioned:
        given = base.course()
        total = given.fractions * given.dose_per_fraction_gy
        found.append(base.rescaled(total, fractions, f"{base.label} in {fractions} fractions"))
    return found


def warnings_between(read: Sequence[PlanParts]) -> list[str]:
    """Say what speaks against comparing plans of one patient."""
    warnings = list(dict.fromkeys(one for parts in read for one in parts.warnings))
    if len({one.dose.grid.frame_of_reference for one in read}) > 1:
        warnings.append("the plans lie in different frames of reference: their structures are compared by name")
    if len({one.structures.uid for one in read}) > 1:
        warnings.append("the plans have different structure sets: a difference may be that of the contours")
    return warnings


def compared_document(
    plans: Sequence[Compared],
    factors: PlanFactors,
    own: OwnNames,
    *,
    metrics: Sequence[str] = (),
    endpoints: Sequence[tuple[str, str]] = (),
    protocol: Protocol | None = None,
    warnings: Sequence[str] = (),
) -> dict[str, Any]:
    """Return plans side by side: the document of ``fyr treat compare --json``.

    Parameters
    ----------
    plans : sequence of Compared
        Two to eight.
    factors : PlanFactors
    own : OwnNames
    metrics : sequence of str
        Figures beside the usual ones.
    endpoints : sequence of (structure, model)
        As :func:`~fyr.treat.plan_comparison.compare_plans` takes them.
    protocol : Protocol, optional
        Every plan is held against it.
    warnings : sequence of str

    Raises
    ------
    UsageError, BadInput
        If a metric is not understood, or the plans cannot be compared.
    """
    asked = [parse_metric(one) for one in dict.fromkeys((*_METRICS, *metrics))]
    risks = [factors.risks(one.course) for one in plans]
    lettered = list(zip(LETTERS, plans, strict=False))
    return {
        "plans": [
            {"letter": letter, **one.about, **risk.document()}
            for (letter, one), risk in zip(lettered, risks, strict=True)
        ],
        "given": factors.document(),
        "comparison": compare_plans(risks, asked, endpoints),
        "constraints": None if protocol is None else _limits_side_by_side(lettered, protocol, own),
        "warnings": list(warnings),
    }


def constraints_of(protocol: Protocol, parts: PlanParts, course: PlanCourse, own: OwnNames) -> dict[str, Any]:
    """Hold a plan, or what was made of it by rescaling, against a protocol."""
    dose = parts.dose
    if course.dose_factor != 1:
        dose = replace(dose, dose_gy=dose.dose_gy * course.dose_factor)
    given = Given(course.prescription_gy, course.fractions)
    outcomes = check_plan(protocol, parts.structures, dose, given, own, parts.between)
    return {
        "protocol": {"name": protocol.name, "version": protocol.version, "title": protocol.title,
                     "source": protocol.source, "digest": protocol.digest},
        "summary": summary(outcomes),
        "rows": [constraint_entry(one) for one in outcomes],
    }  # fmt: skip


def _limits_side_by_side(plans: Sequence[tuple[str, Compared]], protocol: Protocol, own: OwnNames) -> dict[str, Any]:
    """Return the constraints once, with each plan's value and status by its letter."""
    each = [(letter, constraints_of(protocol, one.parts, one.course, own)) for letter, one in plans]
    rows: dict[tuple[str, str, str, str], dict[str, Any]] = {}
    for letter, found in each:
        for one in found["rows"]:
            key = (one["structure"], one["metric"], one["limit"], one["valid_for"])
            same = ("structure", "metric", "limit", "variation", "valid_for", "unit", "endpoint", "source")
            row = rows.setdefault(key, {name: one[name] for name in same} | {"plans": {}})
            row["plans"].setdefault(letter, {name: one[name] for name in ("own_name", "value", "status", "reason")})
    return {
        "protocol": each[0][1]["protocol"],
        "summary": {letter: one["summary"] for letter, one in each},
        "rows": list(rows.values()),
    }


def constraint_entry(one: Outcome) -> dict[str, Any]:
    """Return what came of one constraint, as JSON-able values."""
    constraint = one.constraint
    return {
        "structure": one.structure,
        "own_name": one.own_name,
        "type": constraint.kind,
        "metric": constraint.metric.text,
        "limit": str(constraint.limit),
        "variation": None if constraint.variation is None else str(constraint.variation),
        "valid_for": str(constraint.fractionation),
        "value": one.value,
        "unit": constraint.metric.unit,
        "eqd2_alpha_beta_gy": one.alpha_beta_gy,
        "status": one.status,
        "reason": one.reason,
        "endpoint": constraint.endpoint,
        "source": constraint.source,
        "seen": constraint.seen,
    }
