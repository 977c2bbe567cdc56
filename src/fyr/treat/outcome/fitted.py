"""The probability of a complication, or of control, from one dose or a histogram: every published set is a model.

The histogram is converted bin by bin to the dose of the fit (EQD2 or BED) where the fit was made in that, or where the
fractions are of another size than in the fit. One dose alone (a mean, a gEUD) is taken as that of the fit, and so is
refused where the fractions are of another size: the mean of converted doses is not the conversion of the mean.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.models import Column, Model, ModelCard, ModelOutput, RowRefusal, looked_up
from fyr.models.reading import read_column
from fyr.treat.outcome.parameter_set import ParameterSet
from fyr.treat.outcome.reduced_dose import DOSE_NAMES, dose_inputs, dose_problems, reduced, reduced_by_draws
from fyr.treat.outcome.uncertainty import DRAWS, SEED, draw, interval
from fyr.treat.radiobiology import linear_predictor_logistic, logistic_by_ratio, logistic_by_slope, lyman

__all__ = ["ComplicationModel", "ControlModel", "FittedModel"]

_ROWS: Final = 64
"""Rows that are drawn together, so that a long table needs little memory."""
_NOT_FOR: Final = (
    "Any decision about a patient. The number is an average of the patients of the fit, who were treated and "
    "followed in "
    "other ways; another endpoint, another definition of the organ, other fractions, protons, or a second course are "
    "not what it was fitted to. Not a medical device."
)


class FittedModel(Model):
    """One published fit.

    Parameters
    ----------
    fit : ParameterSet
    """

    def __init__(self, fit: ParameterSet) -> None:
        self.fit = fit
        self.card = _card(fit)

    def decline(self, columns: Mapping[str, Column]) -> Iterable[RowRefusal]:
        """Refuse rows without a dose, and doses that the fit cannot take."""
        return dose_problems(self.fit, columns)

    def compute(self, columns: Mapping[str, Column]) -> Mapping[str, Column]:
        """Return the probability, with its interval where the fit has one."""
        point = {name: one.value for name, one in self.fit.parameters.items()}
        shift = self._shift(columns)
        risk = self._response(reduced(self.fit, columns), point, shift)
        name = self.fit.output
        if not self.fit.is_uncertain:
            return {name: risk}
        ends = [interval(self._drawn(columns, rows)) for rows in _blocks(len(risk))]
        low, high = (np.concatenate(end) for end in zip(*ends, strict=True))
        return {name: risk, f"{name}_low": np.minimum(low, risk), f"{name}_high": np.maximum(high, risk)}

    def explain(self, columns: Mapping[str, Column], outputs: Mapping[str, Column]) -> Mapping[str, Any]:  # noqa: ARG002
        """Return the one dose that the answer rests on, and what the clinical factors add to the log-odds."""
        return {
            f"{self.fit.reduction} dose ({self.fit.dose}), Gy": reduced(self.fit, columns),
            "log_odds": {one.input.name: _shift_of(one.log_odds, columns[one.input.name]) for one in self.fit.factors},
        }

    def draws(self, evidence: Sequence[Mapping[str, Any]]) -> NDArray[np.float64]:
        """Return the probability under every draw of the parameters.

        The draws are those of the card's interval, and the same for all rows: two plans can be compared draw by draw.

        Parameters
        ----------
        evidence : sequence of mapping
            What :meth:`predict` takes, each a row that it answers.

        Returns
        -------
        ndarray, shape (draws, rows)
            One draw where the fit has no interval.

        Raises
        ------
        BadInput
            If a row would be refused.
        """
        count = len(evidence)
        read = [read_column(entry, [one.get(entry.name) for one in evidence], count) for entry in self.card.inputs]
        problems = [text for column in read for _, text in column.described()]
        columns = {column.entry.name: column.values for column in read}
        if not problems:
            problems = [refusal.reason for refusal in self.decline(columns) if refusal.rows.any()]
        if problems:
            raise BadInput("; ".join(problems), where=self.card.name)
        return self._drawn(columns, slice(None))

    @cached_property
    def _parameters(self) -> dict[str, NDArray[np.float64]]:
        return draw(self.fit.parameters, DRAWS, np.random.default_rng(SEED))

    def _drawn(self, columns: Mapping[str, Column], rows: slice) -> NDArray[np.float64]:
        part = {name: values[rows] for name, values in columns.items()}
        if not self.fit.is_uncertain:
            return np.asarray(self.compute(part)[self.fit.output])[None, :]
        parameters = {name: values[:, None] for name, values in self._parameters.items()}
        doses = reduced_by_draws(self.fit, part, self._parameters.get("n"))
        return self._response(doses, parameters, self._shift(part))

    def _shift(self, columns: Mapping[str, Column]) -> NDArray[np.float64] | float:
        shifts = [_shift_of(one.log_odds, columns[one.input.name]) for one in self.fit.factors]
        return np.sum(shifts, axis=0) if shifts else 0.0

    def _response(
        self, dose: NDArray[np.float64], p: Mapping[str, Any], shift: NDArray[np.float64] | float
    ) -> NDArray[np.float64]:
        if self.fit.form == "lyman":
            return lyman(dose, p["td50_gy"], p["m"])
        if self.fit.form == "logistic_by_ratio":
            return logistic_by_ratio(dose, p["d50_gy"], p["k"])
        if self.fit.form == "linear_logistic":
            return linear_predictor_logistic(p["constant"] + p["per_gy"] * dose + shift)
        if self.fit.factors:
            return linear_predictor_logistic(4 * p["gamma50"] * (dose / p["d50_gy"] - 1) + shift)
        return logistic_by_slope(dose, p["d50_gy"], p["gamma50"])


class ComplicationModel(FittedModel):
    """A published fit of harm to an organ."""


class ControlModel(FittedModel):
    """A published fit of the response of a tumour."""


def _shift_of(log_odds: Mapping[str, float], column: Column) -> NDArray[np.float64]:
    if set(log_odds) == {"true", "false"}:
        return np.where(np.asarray(column, dtype=np.bool_), log_odds["true"], log_odds["false"])
    return np.asarray(looked_up(column, dict(log_odds)))


def _blocks(rows: int) -> list[slice]:
    return [slice(start, start + _ROWS) for start in range(0, rows, _ROWS)]


def _card(fit: ParameterSet) -> ModelCard:
    low, high = fit.fraction_dose_gy
    fractions = f"fractions of {low:g} to {high:g} Gy"
    stated = "" if fit.fraction_dose_stated else " (conventional fractions; the sources that were read do not say)"
    dose_low, dose_high = fit.dose_range_gy
    ratio = "the alpha/beta that is given" if fit.alpha_beta_gy is None else f"alpha/beta {fit.alpha_beta_gy:g} Gy"
    ranged = "in the fit" if fit.dose_range_stated else "as a limit of plausibility"
    outputs = (
        ModelOutput(
            fit.output,
            f"Probability: {fit.endpoint}",
            "1",
            interval=fit.is_uncertain,
            low=0,
            high=1,
            higher_is="worse" if fit.effect == "complication" else "better",
        ),
    )
    return ModelCard(
        name=fit.name,
        version="1",
        title=fit.title,
        intended_use=f"Research: what a plan would do, compared with another plan. Endpoint: {fit.endpoint}.",
        not_for=_NOT_FOR,
        inputs=(*dose_inputs(fit), *(one.input for one in fit.factors)),
        outputs=outputs,
        citation=fit.citation,
        licence="Published numbers.",
        validity=f"{fit.cohort} Fitted to {DOSE_NAMES[fit.dose]}, {fractions}{stated}; {fit.reduction} dose "
        f"{dose_low:g} to "
        f"{dose_high:g} Gy {ranged}. For other fractions a histogram is converted bin by bin with the number of "
        f"fractions and {ratio}, up to 10 Gy a fraction in any bin; doses that are converted already are taken with "
        f"dose_kind EQD2; all else is refused. {fit.note}".strip(),
        explanation="The one dose that stands for the distribution, and what each clinical factor adds to the "
        "log-odds.",
        evidence=f"Level: {fit.evidence}. Interval: "
        f"{fit.interval_note or 'from the published intervals of the parameters'}.",
        parameters={
            "form": fit.form,
            "reduction": fit.reduction,
            "dose": fit.dose,
            "alpha_beta_gy": fit.alpha_beta_gy,
            "fraction_dose_gy": list(fit.fraction_dose_gy),
            "dose_range_gy": list(fit.dose_range_gy),
            **{name: one.as_dict() for name, one in fit.parameters.items()},
            "factors": {one.input.name: dict(one.log_odds) for one in fit.factors},
            **({"draws": DRAWS, "seed": SEED} if fit.is_uncertain else {}),
        },
    )
