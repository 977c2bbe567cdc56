"""The document of a recalibrated model: what its card says, and every number that decides its answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from fyr.learn.spans import span_words
from fyr.models.contract import Model

if TYPE_CHECKING:
    from fyr.learn.recalibration.run import Recalibrated

__all__ = ["recalibrated_document"]

_METHODS = {
    "intercept": "a new intercept (recalibration in the large)",
    "baseline": "a new baseline hazard under the old linear predictor (Breslow's estimate)",
    "slope": "a new intercept and slope",
    "isotonic": "an isotonic map",
}


def recalibrated_document(
    base: Model, *, per: float, reading: str, report: Mapping[str, Any], found: Recalibrated, name: str | None
) -> dict[str, Any]:
    """Return what a recalibrated model is made of, as JSON-able values.

    Parameters
    ----------
    base : Model
    per : float
        What the base model's output is a share of: 1, or 100 for percent.
    reading : {"risk", "survival"}
        Whether it is the probability of the event or of being free of it.
    report : mapping
        ``model``, ``cohort``, ``outcome``, ``horizon_years``, ``promise``, ``advice`` of the recalibration.
    found : Recalibrated
    name : str, optional
    """
    card, cohort = base.card, report["cohort"]
    horizon = report["horizon_years"]
    by = "" if horizon is None else f" within {span_words(horizon)}"
    where = _listed(cohort["hospitals"])
    parameters: dict[str, Any] = {
        "base": {
            "name": card.name,
            "version": card.version,
            "digest": card.digest,
            "output": report["model"]["output"],
            "per": per,
            "reading": reading,
        },
        "recalibration": found.fitted.as_dict(),
        "parameter_intervals": {key: list(ends) for key, ends in found.parameters.items()},
        "band": found.band.as_dict(),
        "horizon_years": horizon,
        "outcome": report["outcome"],
        "cohort": {key: cohort[key] for key in ("source", "sha256", "rows", "answered", "patients", "hospitals")}
        | {key: cohort[key] for key in ("events", "events_by_horizon", "competing")},
        "conformal": None if found.sets is None else found.sets.as_dict(),
        "abstention": None if found.rule is None else found.rule.as_dict(),
        "promise": report["promise"],
        "advice": report["advice"],
    }
    texts = {
        "name": name or f"{card.name}-recalibrated",
        "version": f"{card.version}+{cohort['sha256'][:8]}",
        "title": f"{card.title}: recalibrated to {where}",
        "intended_use": f"As {card.name} {card.version}, for patients like those of {where}. {card.intended_use}",
        "not_for": f"Any other hospital without a validation there. {card.not_for}",
        "citation": card.citation,
        "licence": card.licence,
        "validity": f"Recalibrated to {cohort['answered']} rows of {cohort['source']} ({report['outcome']}{by}: "
        f"{cohort['events_by_horizon']} events) by {_METHODS[found.fitted.method]}. "
        f"Risks beyond those of the cohort are marked in the explanation. {card.validity}",
        "explanation": "The risk before the recalibration, whether it lies beyond those of the cohort, and the base "
        f"model's own explanation: {card.explanation}",
        "evidence": _evidence(report),
    }
    return {"form": 1, "card": texts, "parameters": parameters}


def _evidence(report: Mapping[str, Any]) -> str:
    promised = report["promise"]
    before, after = promised["before"], promised["after"]
    said = [
        f"On patients held out ({promised['folds']} folds, {promised['repeats']} repeats), before and after:",
        *(
            f"{title} {_number(before[key])} and {_number(after[key])};"
            for key, title in (
                ("ici", "ICI"),
                ("e_over_o", "expected over observed"),
                ("slope", "slope"),
                ("brier", "Brier score"),
                ("c_index", "C-index"),
            )
            if before.get(key) and after.get(key)
        ),
    ]
    return f"{' '.join(said)} {report['advice']['reason']}."


def _number(figure: Mapping[str, float]) -> str:
    ends = figure["low"], figure["high"]
    interval = "" if None in ends else f" ({ends[0]:.3f} to {ends[1]:.3f})"
    return f"{figure['estimate']:.3f}{interval}"


def _listed(hospitals: Mapping[str, int]) -> str:
    names = [name for name in hospitals if name]
    if not names:
        return "one hospital"
    return names[0] if len(names) == 1 else f"{len(names)} hospitals ({', '.join(names)})"
