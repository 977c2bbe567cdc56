"""From what a user gives (one dose, or a histogram and the course) to the one dose that a fit takes, or why not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.models import Column, ModelInput, RowRefusal
from fyr.treat.outcome.parameter_set import ParameterSet
from fyr.treat.radiobiology import (
    biologically_effective_dose,
    equivalent_dose,
    generalised_mean_of_draws,
    generalised_means,
    volume_shares,
)

__all__ = [
    "DOSE_NAMES",
    "HISTOGRAM",
    "MOST_PER_FRACTION_GY",
    "Refused",
    "dose_inputs",
    "dose_problems",
    "histogram_problem",
    "reduced",
    "reduced_by_draws",
    "refusals",
]

MOST_PER_FRACTION_GY: Final = 10.0
"""Above this the linear-quadratic conversion is an extrapolation that the models do not make."""
DOSE_NAMES: Final = {
    "physical": "physical dose",
    "EQD2": "equivalent dose in 2 Gy fractions",
    "BED": "biologically effective dose",
}
_SCALARS: Final = {"mean": "mean_dose_gy", "gEUD": "geud_gy", "maximum": "max_dose_gy"}
_EITHER: Final = "the histogram can be given instead, or neither: the model then refuses"

HISTOGRAM: Final = (
    ModelInput(
        "dvh_dose_gy",
        "Differential histogram: physical dose of each bin (its middle)",
        "numbers",
        "Gy",
        low=0,
        high=300,
        required=False,
        missing="one dose can be given instead, or neither: the model then refuses",
    ),
    ModelInput(
        "dvh_volume_cm3",
        "Differential histogram: volume in each bin",
        "numbers",
        "cm3",
        low=0,
        high=100_000,
        required=False,
        missing="goes with the doses of the bins",
    ),
)


def _scalar_name(fit: ParameterSet) -> str:
    """Return the name of the input that takes one dose for the distribution."""
    return _SCALARS[fit.reduction]


def dose_inputs(fit: ParameterSet) -> tuple[ModelInput, ...]:
    """Return the inputs for the dose and the course."""
    low, high = fit.dose_range_gy
    exponent = f" with a = 1/n = {1 / fit.parameters['n'].value:.4g}" if "n" in fit.parameters else ""
    scalar = ModelInput(
        _scalar_name(fit),
        f"The organ's {fit.reduction} dose{exponent}, as {DOSE_NAMES[fit.dose]}",
        "number",
        "Gy",
        low=low,
        high=high,
        required=False,
        missing=_EITHER,
    )
    number = ModelInput(
        "fractions",
        "Number of fractions",
        "integer",
        "1",
        low=1,
        high=100,
        required=False,
        missing="a histogram that must be converted is refused",
    )
    course: tuple[ModelInput, ...] = (
        ModelInput(
            "dose_per_fraction_gy",
            "Prescribed dose per fraction",
            "number",
            "Gy",
            low=0.5,
            high=40,
            missing="the model refuses: what a dose does depends on it",
        ),
        number,
    )
    if fit.alpha_beta_gy is None:
        ratio = ModelInput(
            "alpha_beta_gy",
            "alpha/beta of the organ and endpoint",
            "number",
            "Gy",
            low=0.3,
            high=30,
            required=False,
            missing="a histogram that must be converted is refused: no alpha/beta is published with the fit",
        )
        course = (*course, ratio)
    return (*HISTOGRAM, scalar, *course)


def dose_problems(fit: ParameterSet, columns: Mapping[str, Column]) -> Iterator[RowRefusal]:
    """Yield every reason for which rows cannot be answered, one refusal for each."""
    rows = _rows(columns)
    yield from refusals((_problem(fit, row) for row in rows), len(rows))


_TAKEN: Final = {
    *_SCALARS.values(),
    *(one.name for one in HISTOGRAM),
    "dose_per_fraction_gy",
    "fractions",
    "alpha_beta_gy",
}


Refused = tuple[str, tuple[str, ...]]
"""The reason, and the inputs that it is about."""


def histogram_problem(doses: NDArray[np.float64] | None, volumes: NDArray[np.float64] | None) -> Refused | None:
    """Return what is wrong with the two columns of a histogram, one of which is given."""
    names = ("dvh_dose_gy", "dvh_volume_cm3")
    if doses is None or volumes is None:
        return "only one column of the histogram is given: dvh_dose_gy and dvh_volume_cm3 go together", names
    if len(doses) != len(volumes):
        return f"the histogram has {len(doses)} doses and {len(volumes)} volumes", names
    if not volumes.sum() > 0:
        return "the histogram has no volume: the structure has no dose", names
    return None


def refusals(reasons: Iterable[Refused | None], rows: int) -> Iterator[RowRefusal]:
    """Gather the reasons of rows, one after the other, into one refusal for each reason."""
    found: dict[Refused, NDArray[np.bool_]] = {}
    for row, reason in enumerate(reasons):
        if reason is not None:
            found.setdefault(reason, np.zeros(rows, dtype=np.bool_))[row] = True
    for (reason_text, inputs), refused in found.items():
        yield RowRefusal(refused, reason_text, inputs)


def _problem(fit: ParameterSet, row: Mapping[str, Any]) -> Refused | None:
    low, high = fit.fraction_dose_gy
    size = float(row["dose_per_fraction_gy"])
    other = f"{size:g} Gy per fraction, and the fit is of {low:g} to {high:g} Gy: " if not low <= size <= high else ""
    if row["dvh_dose_gy"] is None and row["dvh_volume_cm3"] is None:
        return _problem_of_one_dose(fit, row, other)
    return (
        histogram_problem(row["dvh_dose_gy"], row["dvh_volume_cm3"])
        or (_cannot_convert(fit, row, other) if fit.converts or other else None)
        or _out_of_range(fit, row)
    )


def _problem_of_one_dose(fit: ParameterSet, row: Mapping[str, Any], other: str) -> Refused | None:
    scalar = _scalar_name(fit)
    if np.isnan(row[scalar]):
        return f"no dose: give dvh_dose_gy with dvh_volume_cm3, or {scalar}", ("dvh_dose_gy", scalar)
    if other:
        mend = "one dose cannot be converted; give the histogram, fractions and alpha/beta"
        return f"{other}{mend}", ("dose_per_fraction_gy", scalar)
    return None


def _out_of_range(fit: ParameterSet, row: Mapping[str, Any]) -> Refused | None:
    value, (least, most) = _reduced_row(fit, row), fit.dose_range_gy
    if least <= value <= most:
        return None
    what = f"the {fit.reduction} dose is {value:.4g} Gy ({DOSE_NAMES[fit.dose]})"
    return f"{what}, outside {least:g} to {most:g} Gy", ("dvh_dose_gy",)


def _cannot_convert(fit: ParameterSet, row: Mapping[str, Any], why: str) -> Refused | None:
    into = DOSE_NAMES[fit.dose if fit.converts else "EQD2"]
    if row["dose_per_fraction_gy"] > MOST_PER_FRACTION_GY:
        return (
            f"{why}above {MOST_PER_FRACTION_GY:g} Gy per fraction the linear-quadratic conversion is not relied on",
            ("dose_per_fraction_gy",),
        )
    if np.isnan(row["fractions"]):
        return f"{why}the histogram must be converted to {into}, and fractions is missing", ("fractions",)
    if np.isnan(_ratio(fit, row)):
        return (
            f"{why}the histogram must be converted to {into}, and alpha_beta_gy is missing (none is published with "
            f"the fit)",
            ("alpha_beta_gy",),
        )
    return None


def _ratio(fit: ParameterSet, row: Mapping[str, Any]) -> float:
    return float(row["alpha_beta_gy"]) if fit.alpha_beta_gy is None else fit.alpha_beta_gy


def _histogram(fit: ParameterSet, row: Mapping[str, Any]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the filled bins in the dose of the fit, and their shares of the volume."""
    doses, shares = volume_shares(row["dvh_dose_gy"], row["dvh_volume_cm3"])
    low, high = fit.fraction_dose_gy
    if not fit.converts and low <= row["dose_per_fraction_gy"] <= high:
        return doses, shares
    converted = biologically_effective_dose if fit.dose == "BED" else equivalent_dose
    return converted(doses, float(row["fractions"]), _ratio(fit, row)), shares


def _reduced_row(fit: ParameterSet, row: Mapping[str, Any]) -> float:
    if row["dvh_dose_gy"] is None:
        return float(row[_scalar_name(fit)])
    doses, shares = _histogram(fit, row)
    if fit.reduction == "maximum":
        return float(doses.max())
    a = 1 / fit.parameters["n"].value if "n" in fit.parameters else 1.0
    return float(generalised_means(doses, shares, np.array([a]))[0])


def _rows(columns: Mapping[str, Column]) -> list[dict[str, Any]]:
    count = len(columns["dose_per_fraction_gy"])
    return [{name: columns[name][row] for name in columns if name in _TAKEN} for row in range(count)]


def reduced(fit: ParameterSet, columns: Mapping[str, Column]) -> NDArray[np.float64]:
    """Return the one dose of each row, in the dose of the fit; shape (rows,)."""
    return np.array([_reduced_row(fit, row) for row in _rows(columns)], dtype=np.float64)


def reduced_by_draws(
    fit: ParameterSet, columns: Mapping[str, Column], n: NDArray[np.float64] | None
) -> NDArray[np.float64]:
    """Return the one dose of each row under each draw of n; shape (draws, rows), or (1, rows) where it is the same."""
    rows = _rows(columns)
    if n is None or not fit.parameters["n"].is_uncertain:
        return reduced(fit, columns)[None, :]
    doses = np.empty((len(n), len(rows)))
    drawn = [place for place, row in enumerate(rows) if row["dvh_dose_gy"] is not None]
    if drawn:
        doses[:, drawn] = generalised_mean_of_draws([_histogram(fit, rows[place]) for place in drawn], 1 / n)
    for place, row in enumerate(rows):
        if row["dvh_dose_gy"] is None:  # the gEUD is given: n is then part of what it says
            doses[:, place] = row[_scalar_name(fit)]
    return doses
