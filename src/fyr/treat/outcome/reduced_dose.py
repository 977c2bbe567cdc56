"""From what a user gives (one dose, or a histogram and the course) to the one dose that a fit takes, or why not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.models import Column, ModelInput, RowRefusal
from fyr.treat.outcome.given_histogram import (
    HISTOGRAM,
    Refused,
    as_differential,
    differential,
    histogram_problem,
    refusals,
)
from fyr.treat.outcome.parameter_set import ParameterSet
from fyr.treat.radiobiology import (
    biologically_effective_dose,
    equivalent_dose,
    generalised_mean_of_draws,
    generalised_means,
    volume_shares,
)

__all__ = [
    "DOSE_KIND",
    "DOSE_NAMES",
    "MOST_PER_FRACTION_GY",
    "dose_inputs",
    "dose_problems",
    "most_per_fraction",
    "reduced",
    "reduced_by_draws",
]

MOST_PER_FRACTION_GY: Final = 10.0
"""Above this the linear-quadratic conversion is an extrapolation that the models do not make."""
DOSE_NAMES: Final = {
    "physical": "physical dose",
    "EQD2": "equivalent dose in 2 Gy fractions",
    "BED": "biologically effective dose",
}
_HOTTEST: Final = 2.5
"""Times the prescription that a histogram may reach: a dose at the 50 % isodose of radiosurgery is twice it."""
_SAME_GY, _SAME = 0.1, 0.02
"""How far one dose may be from that of the histogram beside it: 0.1 Gy, or 2 %."""
_SCALARS: Final = {"mean": "mean_dose_gy", "gEUD": "geud_gy", "maximum": "max_dose_gy"}
_EITHER: Final = "the histogram can be given instead, or neither: the model then refuses"

DOSE_KIND: Final = ModelInput(
    "dose_kind",
    "What the given doses are, where they are not as said above",
    "category",
    categories=("physical", "EQD2"),
    required=False,
    missing="a histogram is physical dose, and one dose is that of the fit",
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
            required=False,
            missing="the model refuses, for what a dose does depends on it, unless dose_kind is EQD2",
        ),
        number,
        DOSE_KIND,
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
    "dose_kind",
}


def most_per_fraction(doses: NDArray[np.float64], volumes: NDArray[np.float64], fractions: float) -> Refused | None:
    """Return why a histogram is not converted: a bin gets more in a fraction than the conversion is relied on for."""
    most = float(doses[volumes > 0].max()) / fractions
    if most <= MOST_PER_FRACTION_GY:
        return None
    return (
        f"dvh_dose_gy reaches {most:.3g} Gy per fraction (fractions {fractions:g}): above {MOST_PER_FRACTION_GY:g} Gy "
        "the linear-quadratic model is not relied on",
        ("dvh_dose_gy", "fractions"),
    )


def _problem(fit: ParameterSet, row: dict[str, Any]) -> Refused | None:
    low, high = fit.fraction_dose_gy
    size, is_converted = float(row["dose_per_fraction_gy"]), row["dose_kind"] == "EQD2"
    if np.isnan(size) and not is_converted:
        return (
            "dose_per_fraction_gy is missing (what a dose does depends on it; doses that are converted already need "
            "none: say dose_kind EQD2)",
            ("dose_per_fraction_gy",),
        )
    other = ""
    if not (is_converted or low <= size <= high):
        other = f"dose_per_fraction_gy is {size:g}, and the fit is of {low:g} to {high:g} Gy: "
    if row["dvh_dose_gy"] is None and row["dvh_volume_cm3"] is None:
        return _problem_of_one_dose(fit, row, other)
    problem = histogram_problem(row["dvh_dose_gy"], row["dvh_volume_cm3"], row["dvh_kind"])
    if problem is not None:
        return problem
    if row["dvh_kind"] == "cumulative":
        row["dvh_dose_gy"], row["dvh_volume_cm3"] = differential(row["dvh_dose_gy"], row["dvh_volume_cm3"])
    return (
        (None if is_converted else _not_of_one_course(row))
        or (_cannot_convert(fit, row, other) if (fit.converts or other) and not is_converted else None)
        or _out_of_range(fit, row)
        or _contradicted(fit, row)
    )


def _problem_of_one_dose(fit: ParameterSet, row: Mapping[str, Any], other: str) -> Refused | None:
    scalar = _scalar_name(fit)
    if np.isnan(row[scalar]):
        return f"no dose: give dvh_dose_gy with dvh_volume_cm3, or {scalar}", ("dvh_dose_gy", scalar)
    if other:
        mend = (
            f"{scalar} cannot be converted, for the {fit.reduction} of converted doses is another; give dvh_dose_gy, "
            "dvh_volume_cm3 and fractions, or a dose that is converted and dose_kind EQD2"
        )
        return f"{other}{mend}", ("dose_per_fraction_gy", scalar)
    if row["dose_kind"] == "physical" and fit.converts:
        return (
            f"{scalar} is asked for as {DOSE_NAMES[fit.dose]}, and dose_kind says physical: give dvh_dose_gy, "
            "dvh_volume_cm3 and fractions, or the converted dose",
            ("dose_kind", scalar),
        )
    value, (least, most) = _reduced_row(fit, row), fit.dose_range_gy
    if not least <= value <= most:
        return f"{scalar} is {value:.4g} Gy as {DOSE_NAMES[fit.dose]}, outside {least:g} to {most:g} Gy", (scalar,)
    return None


def _not_of_one_course(row: Mapping[str, Any]) -> Refused | None:
    """Return that a histogram reaches far above what the fractions prescribe: they are not of the same course."""
    prescribed = float(row["dose_per_fraction_gy"]) * float(row["fractions"])
    most = float(row["dvh_dose_gy"][row["dvh_volume_cm3"] > 0].max())
    if np.isnan(prescribed) or most <= _HOTTEST * prescribed:
        return None
    return (
        f"dose_per_fraction_gy times fractions is {prescribed:g} Gy, and dvh_dose_gy reaches {most:g} Gy: they are not "
        "of one course",
        ("dose_per_fraction_gy", "fractions", "dvh_dose_gy"),
    )


def _contradicted(fit: ParameterSet, row: Mapping[str, Any]) -> Refused | None:
    """Return that one dose is given beside a histogram, and is not that histogram's."""
    scalar = _scalar_name(fit)
    given = float(row[scalar])
    if np.isnan(given):
        return None
    found = _reduced_row(fit, row)
    if abs(given - found) <= max(_SAME_GY, _SAME * found):
        return None
    return (
        f"{scalar} is {given:g} Gy, and the histogram gives {found:.4g} Gy ({DOSE_NAMES[fit.dose]}): give one of them",
        (scalar, "dvh_dose_gy"),
    )


def _out_of_range(fit: ParameterSet, row: Mapping[str, Any]) -> Refused | None:
    value, (least, most) = _reduced_row(fit, row), fit.dose_range_gy
    if least <= value <= most:
        return None
    what = f"the {fit.reduction} dose of the histogram (dvh_dose_gy) is {value:.4g} Gy ({DOSE_NAMES[fit.dose]})"
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
    return most_per_fraction(row["dvh_dose_gy"], row["dvh_volume_cm3"], float(row["fractions"]))


def _ratio(fit: ParameterSet, row: Mapping[str, Any]) -> float:
    return float(row["alpha_beta_gy"]) if fit.alpha_beta_gy is None else fit.alpha_beta_gy


def _histogram(fit: ParameterSet, row: Mapping[str, Any]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the filled bins in the dose of the fit, and their shares of the volume."""
    doses, shares = volume_shares(row["dvh_dose_gy"], row["dvh_volume_cm3"])
    if row["dose_kind"] == "EQD2":
        return _of_eqd2(fit, doses), shares
    low, high = fit.fraction_dose_gy
    if not fit.converts and low <= row["dose_per_fraction_gy"] <= high:
        return doses, shares
    converted = biologically_effective_dose if fit.dose == "BED" else equivalent_dose
    return converted(doses, float(row["fractions"]), _ratio(fit, row)), shares


def _of_eqd2(fit: ParameterSet, doses: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return doses in 2 Gy fractions as the fit takes them: BED = EQD2 (1 + 2/(alpha/beta)), else they are the same."""
    return doses * (1 + 2 / fit.alpha_beta_gy) if fit.dose == "BED" and fit.alpha_beta_gy else doses


def _one_dose(fit: ParameterSet, row: Mapping[str, Any]) -> float:
    given = np.array([row[_scalar_name(fit)]], dtype=np.float64)
    return float((_of_eqd2(fit, given) if row["dose_kind"] == "EQD2" else given)[0])


def _reduced_row(fit: ParameterSet, row: Mapping[str, Any]) -> float:
    if row["dvh_dose_gy"] is None:
        return _one_dose(fit, row)
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
    return np.array([_reduced_row(fit, row) for row in _rows(as_differential(columns))], dtype=np.float64)


def reduced_by_draws(
    fit: ParameterSet, columns: Mapping[str, Column], n: NDArray[np.float64] | None
) -> NDArray[np.float64]:
    """Return the one dose of each row under each draw of n; shape (draws, rows), or (1, rows) where it is the same."""
    rows = _rows(as_differential(columns))
    if n is None or not fit.parameters["n"].is_uncertain:
        return reduced(fit, columns)[None, :]
    doses = np.empty((len(n), len(rows)))
    drawn = [place for place, row in enumerate(rows) if row["dvh_dose_gy"] is not None]
    if drawn:
        doses[:, drawn] = generalised_mean_of_draws([_histogram(fit, rows[place]) for place in drawn], 1 / n)
    for place, row in enumerate(rows):
        if row["dvh_dose_gy"] is None:  # the gEUD is given: n is then part of what it says
            doses[:, place] = _one_dose(fit, row)
    return doses
