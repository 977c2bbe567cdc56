"""What a plan would do to its patient, in one document: complications, control, and both together.

No number is without the model that gave it, its citation and, where one was published, its interval; what cannot be
answered says why.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput, UsageError
from fyr.models import Model, Prediction
from fyr.record.finding import Estimate, Refusal
from fyr.treat.outcome import (
    COMPLICATIONS,
    CONTROLS,
    ComplicationModel,
    ControlModel,
    FittedModel,
    OrganOutcome,
    outcome_of_plan,
)
from fyr.treat.outcome.combined import complication_free_control, injury, uncomplicated_control
from fyr.treat.outcome.organs import ORGANS
from fyr.treat.outcome.parameter_set import from_standard_error
from fyr.treat.outcome.tumour_control import LOGISTIC_CONTROL, POISSON_CONTROL
from fyr.treat.outcome.uncertainty import DRAWS, SEED, draw
from fyr.treat.plan_course import PlanCourse, PlanCurve
from fyr.treat.radiobiology import logistic_by_ratio

__all__ = [
    "ALONE_NOTE",
    "AVERAGE_NOTE",
    "PlanRisks",
    "check_patient",
    "check_ratios",
    "combined",
    "combined_draws",
    "control_draws",
    "in_hundred",
    "main_endpoints",
    "plan_risks",
    "without_interval",
]

_PARTICLES: Final = "the published fits are of physical dose of photons, and this plan's dose is another"
ALONE_NOTE: Final = "the dose is that of this plan alone: what other plans, phases or earlier courses give is not in it"
AVERAGE_NOTE: Final = (
    "a risk is the average of the patients of the fit; its 95 % interval holds the published uncertainty of the fit's "
    "parameters, not what makes this patient different"
)


@dataclass(frozen=True, slots=True, eq=False)
class PlanRisks:
    """The answers about one plan.

    Parameters
    ----------
    plan : PlanCourse
    complications : tuple of (PlanCurve, OrganOutcome)
    control : OrganOutcome or None
        Where the numbers of the tumour were given.
    """

    plan: PlanCourse
    complications: tuple[tuple[PlanCurve, OrganOutcome], ...]
    control: OrganOutcome | None

    def answered(self) -> dict[tuple[str, str], OrganOutcome]:
        """Return the complications with a probability, by structure (TG-263, else own name) and model."""
        names = [curve.standard for curve in self.plan.curves]
        return {
            (
                curve.standard if curve.standard and names.count(curve.standard) == 1 else curve.name,
                outcome.model.card.name,
            ): outcome
            for curve, outcome in self.complications
            if outcome.model is not None
            and isinstance(outcome.answer, Prediction)
            and "ntcp" in outcome.answer.estimates
        }

    def document(self) -> dict[str, Any]:
        """Return all of it as JSON-able values; the keys are described in the command-line reference."""
        return {
            "label": self.plan.label,
            "prescription_gy": self.plan.prescription_gy,
            "fractions": self.plan.fractions,
            "structures": [_structure(one) for one in self.plan.curves],
            "without_dose": dict(self.plan.without_dose),
            "complications": [
                _entry(curve, outcome) for curve, outcome in self.complications if outcome.model is not None
            ],
            "no_model": [
                {"structure": curve.name, "standard": curve.standard, "reason": outcome.answer.reason}
                for curve, outcome in self.complications
                if outcome.model is None and isinstance(outcome.answer, Refusal)
            ],
            "control": None if self.control is None else _entry(self.plan.curve(self.control.structure), self.control),
            "combined": combined(self, main_endpoints([self])),
            "notes": [*self.plan.notes, ALONE_NOTE, AVERAGE_NOTE],
        }


def plan_risks(
    plan: PlanCourse,
    patient: Mapping[str, Any] | None = None,
    alpha_beta_gy: Mapping[str, float] | None = None,
    tumour: Mapping[str, Any] | None = None,
) -> PlanRisks:
    """Ask every model of every organ of a plan, and of its tumour where its numbers are given.

    Parameters
    ----------
    plan : PlanCourse
    patient : mapping of str to object, optional
        Clinical factors by the names of the models' inputs.
    alpha_beta_gy : mapping of str to float, optional
        By organ.
    tumour : mapping of str to object, optional
        ``structure`` (of the plan), and ``model`` (a published fit of control) or the inputs of ``tcp-logistic`` or
        ``tcp-poisson-lq``.

    Raises
    ------
    BadInput
        If the plan's fractions or prescribed dose are not known, or the tumour's structure is not there.
    """
    course = plan.course(alpha_beta_gy)
    outcomes = outcome_of_plan(plan.structures(), course, patient)
    if not plan.photons:
        outcomes = tuple(replace(one, answer=Refusal(_PARTICLES)) if one.model else one for one in outcomes)
    by_name = {one.name: one for one in plan.curves}
    pairs = tuple((by_name[one.structure], one) for one in outcomes)
    return PlanRisks(plan, pairs, _control(plan, tumour) if tumour else None)


def check_patient(given: Mapping[str, Any]) -> None:
    """Refuse a clinical factor that no model knows: a slip of the pen must not pass for an answer.

    Raises
    ------
    UsageError
        If a name is no factor of any model.
    """
    known = {factor.input.name for model in COMPLICATIONS.values() for factor in model.fit.factors}
    for name in given:
        if name not in known:
            raise UsageError(
                f"no outcome model takes '{name}'",
                where="--patient, --set",
                mend=f"known are {', '.join(sorted(known))}",
            )


def check_ratios(given: Mapping[str, float]) -> None:
    """Refuse an alpha/beta of an organ that is none, or that is no positive number."""
    for organ, ratio in given.items():
        if organ not in ORGANS:
            raise UsageError(f"'{organ}' is no organ", where="--alpha-beta", mend=f"name one of {', '.join(ORGANS)}")
        if not 0.3 <= ratio <= 30:
            raise UsageError(f"{ratio:g} Gy is no alpha/beta", where="--alpha-beta", mend="give 0.3 to 30 Gy")


def _control(plan: PlanCourse, tumour: Mapping[str, Any]) -> OrganOutcome:
    given = dict(tumour)
    name = given.pop("structure", None)
    if not name:
        raise UsageError("the tumour's numbers do not say whose they are", where="tumour", mend="give structure: GTV")
    curve = plan.curve(str(name))
    wanted = given.pop("model", None)
    published = {one.card.name: one for one in CONTROLS.values()}
    if wanted is not None and wanted not in published:
        mend = f"published are {', '.join(published)}; without a model, give your own numbers"
        raise UsageError(f"there is no model of control '{wanted}'", where="tumour", mend=mend)
    own = LOGISTIC_CONTROL if {"tcd50_gy", "gamma50"} & set(given) else POISSON_CONTROL
    model: Model = own if wanted is None else published[wanted]
    known = {entry.name for entry in model.card.inputs} - {
        "dvh_dose_gy",
        "dvh_volume_cm3",
        "dvh_kind",
        "fractions",
        "dose_per_fraction_gy",
        "dose_kind",
    }
    for one in given:
        if one not in known:
            raise UsageError(
                f"{model.card.name} takes no '{one}'", where="tumour", mend=f"it takes {', '.join(sorted(known))}"
            )
    histogram = next(one for one in plan.structures() if one.name == curve.name)
    evidence = {
        **given,
        "dvh_dose_gy": np.asarray(histogram.dose_gy).tolist(),
        "dvh_volume_cm3": np.asarray(histogram.volume_cm3).tolist(),
        "dvh_kind": "differential",
        "dose_kind": "physical",
        "fractions": plan.fractions,
    }
    if wanted is not None:
        evidence["dose_per_fraction_gy"] = plan.course().dose_per_fraction_gy
    answer = model.predict(evidence) if plan.photons else Refusal(_PARTICLES)
    if not curve.dvh.is_complete:
        answer = Refusal("the dose grid does not cover the whole structure", ("dvh_volume_cm3",))
    return OrganOutcome(curve.name, None, model, answer, evidence)


def control_draws(outcome: OrganOutcome) -> NDArray[np.float64]:
    """Return the probability of control under each draw, shape (draws,): the same draws for every plan.

    One number where the model has no interval.

    Raises
    ------
    BadInput
        If the model refused.
    """
    if not isinstance(outcome.answer, Prediction):
        raise BadInput(outcome.answer.reason, where=outcome.structure)
    if isinstance(outcome.model, ControlModel):
        return outcome.draws()
    if outcome.model is not LOGISTIC_CONTROL:
        return np.array([outcome.answer.estimates["tcp"].value])
    given = {
        name: from_standard_error(float(outcome.evidence[name]), float(outcome.evidence[error]), "log")
        for name, error in (("tcd50_gy", "tcd50_se_gy"), ("gamma50", "gamma50_se"))
    }
    drawn = draw(given, DRAWS, np.random.default_rng(SEED))
    (dose,) = (value for value in outcome.answer.explanation.values() if isinstance(value, float))
    return np.asarray(logistic_by_ratio(dose, drawn["tcd50_gy"], 4 * drawn["gamma50"]))


def main_endpoints(plans: Sequence[PlanRisks]) -> list[tuple[str, str]]:
    """Return one complication of each structure that every plan answers, so that none counts twice.

    It is the first that has an interval, else the first.
    """
    shared = [key for key in plans[0].answered() if all(key in one.answered() for one in plans)]
    chosen: dict[str, tuple[str, str]] = {}
    for key in sorted(shared, key=lambda key: not _is_uncertain(plans[0].answered()[key])):
        chosen.setdefault(key[0], key)
    return [key for key in shared if key in chosen.values()]


def _is_uncertain(outcome: OrganOutcome) -> bool:
    return isinstance(outcome.model, ComplicationModel) and outcome.model.fit.is_uncertain


def combined_draws(risks: PlanRisks, keys: Sequence[tuple[str, str]]) -> dict[str, NDArray[np.float64]]:
    """Return the draws of any complication, and of P+ and UTCP where there is control; shape (draws,) each.

    Every fit begins its draws with the same seed. So that the errors of different fits are independent of each other,
    each fit's draws are put into an order of its own, which is the same for every plan and structure.
    """
    answered = risks.answered()
    several = np.stack([_shuffled(answered[key].draws(), key[1]) for key in keys], axis=-1)
    any_of_them = injury(several)
    found = {"any_complication": any_of_them}
    if risks.control is not None and isinstance(risks.control.answer, Prediction):
        control = _shuffled(control_draws(risks.control), "control")
        found["p_plus"] = complication_free_control(control, any_of_them)
        found["utcp"] = uncomplicated_control(control, several)
    return found


def _shuffled(draws: NDArray[np.float64], fit: str) -> NDArray[np.float64]:
    """Return draws in the order of a fit; one number as many."""
    if len(draws) == 1:
        return np.broadcast_to(draws, (DRAWS,))
    found: NDArray[np.float64] = np.random.default_rng([SEED, crc32(fit.encode())]).permutation(draws)
    return found


def combined(risks: PlanRisks, keys: Sequence[tuple[str, str]]) -> dict[str, Any] | None:
    """Return the stated combination of complications, and of control with it; ``None`` where none is answered."""
    if not keys:
        return None
    answered = risks.answered()
    points = np.array([_value(answered[key]) for key in keys])
    central = {"any_complication": float(injury(points))}
    if risks.control is not None and isinstance(risks.control.answer, Prediction):
        tcp = risks.control.answer.estimates["tcp"].value
        central |= {
            "p_plus": float(complication_free_control(tcp, injury(points))),
            "utcp": float(uncomplicated_control(tcp, points)),
        }
    fixed = {name: without_interval(risks, keys, name) for name in central}
    entries: dict[str, Any] = {}
    for name, draws in combined_draws(risks, keys).items():
        low, high = (float(one) for one in np.quantile(draws, [0.025, 0.975]))
        is_known = not fixed[name] and high - low >= 1e-12
        entries[name] = {
            "value": central[name],
            "low": min(low, central[name]) if is_known else None,
            "high": max(high, central[name]) if is_known else None,
        }
    every = dict.fromkeys(one for found in fixed.values() for one in found)
    return entries | {
        "of": [{"structure": structure, "model": model} for structure, model in keys],
        "assumes": [
            "one complication of each structure, each of the same weight",
            "complications, and control, independent of each other",
            *([f"no interval together, for none was published of {', '.join(every)}"] if every else []),
        ],
    }


def without_interval(
    risks: PlanRisks, keys: Sequence[tuple[str, str]], quantity: str = "any_complication"
) -> list[str]:
    """Return the parts of a combined quantity whose uncertainty was not published: with one, the whole's is not known.

    Parameters
    ----------
    risks : PlanRisks
    keys : sequence of (structure, model)
    quantity : str
        ``any_complication``, or ``p_plus`` or ``utcp``, of which control is a part.
    """
    answered, control = risks.answered(), risks.control
    fixed = [f"{structure}: {model}" for structure, model in keys if not _is_uncertain(answered[structure, model])]
    if quantity != "any_complication" and control is not None and isinstance(control.answer, Prediction):
        fixed += [f"{control.structure}: control"] if len(control_draws(control)) == 1 else []
    return fixed


def _value(outcome: OrganOutcome) -> float:
    if not isinstance(outcome.answer, Prediction):
        raise BadInput(outcome.answer.reason, where=outcome.structure)
    return outcome.answer.estimates["ntcp"].value


def in_hundred(estimate: Estimate) -> str:
    """Return a probability as people count: ``12 of 100 (5 to 22)``; of 1,000 where all of it is below 2 of 100.

    >>> in_hundred(Estimate("ntcp", 0.12, "1", 0.05, 0.22, 0.95))
    '12 of 100 (5 to 22)'
    >>> in_hundred(Estimate("ntcp", 0.004, "1"))
    '4 of 1,000 (no interval published)'
    """
    greatest = estimate.value if estimate.high is None else estimate.high
    whole = 100 if greatest >= 0.02 else 1000
    text = f"{_count(estimate.value, whole)} of {whole:,}"
    if estimate.low is None or estimate.high is None:
        return f"{text} (no interval published)"
    return f"{text} ({_count(estimate.low, whole)} to {_count(estimate.high, whole)})"


def _count(share: float, whole: int) -> str:
    return f"{share * whole:.0f}" if share == 0 or share * whole >= 0.5 else "fewer than 1"


def _structure(one: PlanCurve) -> dict[str, Any]:
    return {
        "name": one.name,
        "number": one.number,
        "standard": one.standard,
        "organ": one.organ,
        "said_by": one.said_by,
        "volume_cm3": one.dvh.volume_cm3,
        "mean_gy": one.dvh.mean_gy,
        "max_gy": one.dvh.max_gy,
        "complete": one.dvh.is_complete,
        "note": "; ".join(dict.fromkeys(part for part in (one.note, *one.dvh.notes) if part)),
    }


def _entry(curve: PlanCurve, outcome: OrganOutcome) -> dict[str, Any]:
    model, answer = outcome.model, outcome.answer
    card = model.card if model is not None else None
    fit = model.fit if isinstance(model, FittedModel) else None
    entry: dict[str, Any] = {
        "structure": curve.name,
        "number": curve.number,
        "standard": curve.standard,
        "organ": outcome.organ,
        "endpoint": fit.endpoint if fit else card.outputs[0].title if card and card.outputs else "",
        "model": None if card is None else {"name": card.name, "version": card.version, "digest": card.digest},
        "title": card.title if card else "",
        "citation": card.citation if card else "",
        "estimate": None,
        "quantity": None,
        "natural_frequency": None,
        "interval_note": (fit.interval_note or ("" if fit.is_uncertain else "no interval was published"))
        if fit
        else "",
        "converted": None,
        "inputs": _inputs(outcome),
        "explanation": {},
        "refusal": None,
    }
    if isinstance(answer, Refusal):
        return entry | {"refusal": {"reason": answer.reason, "inputs": list(answer.inputs)}}
    estimate = next(iter(answer.estimates.values()))
    probability = estimate.output in {"ntcp", "tcp"}
    return entry | {
        "quantity": estimate.output,
        "estimate": {
            "value": estimate.value, "low": estimate.low, "high": estimate.high,
            "level": estimate.level, "unit": estimate.unit,
        },
        "natural_frequency": in_hundred(estimate) if probability else None,
        "converted": _converted(outcome) if fit else "to 2 Gy fractions" if model is LOGISTIC_CONTROL else None,
        "explanation": dict(answer.explanation),
    }  # fmt: skip


def _inputs(outcome: OrganOutcome) -> dict[str, Any]:
    """Return what the model was given besides the histogram; ``None`` for a factor that nobody said."""
    if outcome.model is None:
        return {}
    wanted = set(outcome.answer.inputs) if isinstance(outcome.answer, Refusal) else set()
    if isinstance(outcome.model, FittedModel):
        wanted |= {one.input.name for one in outcome.model.fit.factors}
    given = {one.name: outcome.evidence.get(one.name) for one in outcome.model.card.inputs if one.kind != "numbers"}
    return {name: _plain(value) for name, value in given.items() if value is not None or name in wanted}


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _converted(outcome: OrganOutcome) -> str | None:
    """Return what was done to the dose before the model saw it; ``None`` where nothing was."""
    if not isinstance(outcome.model, FittedModel):
        return None
    fit = outcome.model.fit
    low, high = fit.fraction_dose_gy
    size = float(outcome.evidence["dose_per_fraction_gy"])
    if not fit.converts and low <= size <= high:
        return None
    ratio = fit.alpha_beta_gy if fit.alpha_beta_gy is not None else float(outcome.evidence["alpha_beta_gy"])
    into = "biologically effective dose" if fit.dose == "BED" else "2 Gy fractions (EQD2)"
    given = "published with the fit" if fit.alpha_beta_gy is not None else "as given"
    return f"each bin from {outcome.evidence['fractions']} fractions to {into} with alpha/beta {ratio:g} Gy ({given})"
