"""A plan held against a protocol: pass, variation, fail, or not assessable with the reason; never a silent guess."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from fyr.errors import BadInput
from fyr.treat.dose_sum import equivalent_dose
from fyr.treat.dvh import Dvh, dose_volume_histogram
from fyr.treat.dvh_metrics import measure
from fyr.treat.isodose import isodose_cm3
from fyr.treat.nomenclature.parsed_name import parse_name
from fyr.treat.nomenclature.proposal import Proposal, propose
from fyr.treat.nomenclature.standard import family

if TYPE_CHECKING:
    from fyr.imaging.plane_stack import Between
    from fyr.imaging.structure_set import Structure, StructureSet
    from fyr.imaging.volume import DoseGrid
    from fyr.treat.nomenclature.own_names import OwnNames
    from fyr.treat.protocol import Constraint, Protocol

__all__ = ["Given", "Outcome", "check_plan", "summary"]

_ROUNDED: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Given:
    """What is known about how the dose is given.

    Parameters
    ----------
    prescription_gy : float or None
        Of the whole plan.
    fractions : int or None
    alpha_beta_gy : mapping of str to float
        By TG-263 name, ``*`` for all others: a limit of another fractionation is held against the equivalent dose in
        2 Gy fractions where it is there, and not assessed where it is not.
    """

    prescription_gy: float | None = None
    fractions: int | None = None
    alpha_beta_gy: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one constraint on one structure.

    Parameters
    ----------
    constraint : Constraint
    structure : str
        The TG-263 name that it was asked of.
    own_name : str or None
        What the structure set calls it; None where it has none.
    status : str
        ``pass``, ``variation``, ``fail`` or ``not assessable``.
    value : float or None
    reason : str
        Why it is not assessable, or what a reader must know.
    alpha_beta_gy : float or None
        Where the value is of the equivalent dose in 2 Gy fractions.
    """

    constraint: Constraint
    structure: str
    own_name: str | None
    status: Literal["pass", "variation", "fail", "not assessable"]
    value: float | None
    reason: str = ""
    alpha_beta_gy: float | None = None


def check_plan(
    protocol: Protocol,
    structures: StructureSet,
    dose: DoseGrid,
    given: Given,
    own: OwnNames | None = None,
    between: Between | None = None,
) -> list[Outcome]:
    """Hold a plan against every constraint of a protocol.

    Parameters
    ----------
    protocol : Protocol
    structures : StructureSet
        In the frame of reference of the dose: it is for the caller to check.
    dose : DoseGrid
        Of the whole plan.
    given : Given
    own : OwnNames, optional
        What the hospital confirmed about its structure names.
    between : Between, optional
        How the space between contour planes is filled.

    Raises
    ------
    BadInput
        If the dose is not that of a plan.
    """
    if dose.summation not in {"plan", "unknown"}:
        raise BadInput(f"the dose is of a {dose.summation}, not of a plan", where="dose", mend="give the plan's dose")
    check = _Check(structures, dose, given, own, between)
    return [
        outcome
        for constraint in protocol.constraints
        for name in constraint.structures
        for outcome in check.outcomes(constraint, name)
    ]


class _Check:
    """One plan, its names and its histograms, each taken once."""

    def __init__(
        self,
        structures: StructureSet,
        dose: DoseGrid,
        given: Given,
        own: OwnNames | None,
        between: Between | None,
    ) -> None:
        self._structures, self._dose, self._given, self._between = structures.structures, dose, given, between
        self._names = {one.number: propose(one.name, own) for one in structures.structures}
        self._curves: dict[tuple[int, float | None], Dvh] = {}
        self._isodoses: dict[float, tuple[float, float]] = {}

    def outcomes(self, constraint: Constraint, name: str) -> list[Outcome]:
        """Return what came of a constraint on every structure of a name; one where there is none."""
        nothing = Outcome(constraint, name, None, "not assessable", None)
        found = [one for one in self._structures if self._is(one, name, constraint)]
        if found:
            return [self._outcome(replace(nothing, own_name=one.name), (one,)) for one in found]
        pair = self._pair(name)
        if pair:
            called = " + ".join(one.name for one in pair)
            return [self._outcome(replace(nothing, own_name=called, reason="left and right taken together"), pair)]
        return [replace(nothing, reason=self._missing(name))]

    def _pair(self, name: str) -> tuple[Structure, ...]:
        """Return the left and the right of a pair that is asked for as one, where each is there once."""
        base = next((one for one in (name.removesuffix("s"), name) if family(one).get("both") == name), None)
        if base is None:
            return ()
        sides = [
            [one for one in self._structures if self._names[one.number].name == family(base).get(side)]
            for side in ("L", "R")
        ]
        return tuple(one[0] for one in sides) if all(len(one) == 1 for one in sides) else ()

    def _is(self, structure: Structure, name: str, constraint: Constraint) -> bool:
        called = self._names[structure.number].name
        if name in {structure.name, called}:
            return True
        return (
            constraint.kind == "target"
            and called is not None
            and parse_name(name) == replace(parse_name(called), name=name, dose_cgy=None, fractions=None, number=None)
        )

    def _missing(self, name: str) -> str:
        likely = [one.own for one in self._names.values() if _may_be(one, name)]
        if not likely:
            return f"there is no structure {name}"
        said = ", ".join(f"'{one}'" for one in likely)
        return f"no structure is surely {name}; {said} may be: confirm it with fyr treat names --confirm"

    def _outcome(self, nothing: Outcome, structures: tuple[Structure, ...]) -> Outcome:
        constraint = nothing.constraint
        reason, ratio = self._fractionation(constraint, nothing.structure)
        if reason:
            return replace(nothing, reason=reason)
        try:
            curve = _together([self._curve(one, ratio) for one in structures])
        except BadInput as problem:
            return replace(nothing, reason=problem.what)
        prescription = self._given.prescription_gy
        if constraint.metric.needs_prescription and prescription is None:
            return replace(nothing, reason="no prescribed dose is known; give --plan or --prescription")
        isodoses = self._isodose(prescription) if constraint.metric.kind in {"CI", "GI"} and prescription else None
        found = measure(constraint.metric, curve, prescription, isodoses)
        if found.value is None:
            return replace(nothing, reason=found.reason)
        return self._judged(replace(nothing, value=found.value, alpha_beta_gy=ratio), curve)

    def _judged(self, found: Outcome, curve: Dvh) -> Outcome:
        constraint, value = found.constraint, found.value
        assert value is not None  # noqa: S101  asked before
        leaning = -_ROUNDED if constraint.limit.is_upper else _ROUNDED
        status: Literal["pass", "variation", "fail"] = "fail"
        if constraint.limit.holds(value) or constraint.limit.holds(value * (1 + leaning)):
            status = "pass"
        elif constraint.variation is not None and constraint.variation.holds(value):
            status = "variation"
        if curve.is_complete:
            return replace(found, status=status)
        reason = f"{found.reason}; " if found.reason else ""
        reason += f"{curve.outside_cm3:.3g} of {curve.volume_cm3:.3g} cm³ lie outside the dose grid"
        # What is already too much stays too much; all else may change with the dose that is not known.
        certain = status == "fail" and constraint.limit.is_upper and constraint.metric.kind == "max"
        return replace(found, status="fail" if certain else "not assessable", reason=reason)

    def _fractionation(self, constraint: Constraint, name: str) -> tuple[str, float | None]:
        """Return why a limit is not valid for the plan's fractions, or the alpha/beta that makes it so."""
        valid, fractions, prescription = constraint.fractionation, self._given.fractions, self._given.prescription_gy
        reason = ""
        if valid.is_any:
            return reason, None
        if fractions is None:
            reason = f"the limit is for {valid}; those of the plan are not known: give --plan or --fractions"
        elif valid.fractions and fractions not in valid.fractions:
            reason = f"the limit is for {valid}, the plan has {fractions}"
        elif valid.fraction_dose_gy is not None and prescription is None:
            reason = f"the limit is for {valid}; the prescribed dose is not known: give --plan or --prescription"
        elif valid.fraction_dose_gy is not None and prescription is not None:
            return self._fraction_dose(constraint, name, prescription / fractions)
        return reason, None

    def _fraction_dose(self, constraint: Constraint, name: str, dose_gy: float) -> tuple[str, float | None]:
        least, greatest = constraint.fractionation.fraction_dose_gy or (0.0, 0.0)
        if least - _ROUNDED <= dose_gy <= greatest + _ROUNDED:
            return "", None
        ratio = self._given.alpha_beta_gy.get(name, self._given.alpha_beta_gy.get("*"))
        said = f"the limit is for {constraint.fractionation}, the plan has fractions of {dose_gy:.3g} Gy"
        if constraint.metric.needs_prescription or not least <= 2 <= greatest:
            return said, None
        return ("", ratio) if ratio is not None else (f"{said}; --eqd2 with an alpha/beta converts", None)

    def _curve(self, structure: Structure, ratio: float | None) -> Dvh:
        key = (structure.number, ratio)
        if key not in self._curves:
            dose = self._dose if ratio is None else equivalent_dose(self._dose, ratio, self._given.fractions)
            self._curves[key] = dose_volume_histogram(structure, dose, self._between)
        return self._curves[key]

    def _isodose(self, prescription: float) -> tuple[float, float]:
        if prescription not in self._isodoses:
            self._isodoses[prescription] = (
                isodose_cm3(self._dose, prescription),
                isodose_cm3(self._dose, prescription / 2),
            )
        return self._isodoses[prescription]


def _together(curves: list[Dvh]) -> Dvh:
    """Return the histogram of structures that do not overlap, as one."""
    if len(curves) == 1:
        return curves[0]
    covered = np.array([one.covered_cm3 for one in curves])
    return replace(
        curves[0],
        volume_cm3=sum(one.volume_cm3 for one in curves),
        outside_cm3=sum(one.outside_cm3 for one in curves),
        min_gy=min(one.min_gy for one in curves),
        mean_gy=float(np.average([one.mean_gy for one in curves], weights=covered)),
        max_gy=max(one.max_gy for one in curves),
        histogram_cm3=np.sum([one.histogram_cm3 for one in curves], axis=0),
    )


def _may_be(proposal: Proposal, name: str) -> bool:
    return proposal.name is None and any(one.name == name for one in proposal.candidates)


def summary(outcomes: Sequence[Outcome]) -> dict[str, int]:
    """Return how many constraints came out how."""
    counts = dict.fromkeys(("pass", "variation", "fail", "not assessable"), 0)
    for one in outcomes:
        counts[one.status] += 1
    return counts
