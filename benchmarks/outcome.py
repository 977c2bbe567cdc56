"""How long every complication and control model takes for a plan's structures, with 10,000 draws of parameters.

Twenty structures with 200 bins each are given to every published complication fit (10,000 draws), to the logistic
control model (10,000 draws) and to the Poisson control model (integrated over patients). The peer is the same
arithmetic a row
at a time: for every draw and every structure the histogram is converted, reduced to one dose and put into the formula,
in plain Python with numpy for the bins. It is run for some of the draws and multiplied, and both must agree to 1e-6 on
those. The peer does the complication models only, and does for every draw what a fit without intervals needs only once.

Run: ``python benchmarks/outcome.py [--structures 20] [--peer-draws 50]``
"""

from __future__ import annotations

import argparse
import math
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from fyr.treat.outcome import COMPLICATIONS, CONTROLS, ComplicationModel
from fyr.treat.outcome.tumour_control import LOGISTIC_CONTROL, POISSON_CONTROL
from fyr.treat.outcome.uncertainty import DRAWS, SEED, draw

BINS = 200
COURSE = {"fractions": 35, "dose_per_fraction_gy": 2.0, "alpha_beta_gy": 3.0}
CONTROL = {
    "fractions": 35,
    "alpha_beta_gy": 10.0,
    "alpha_per_gy": 0.3,
    "alpha_sd_per_gy": 0.06,
    "clonogens_per_cm3": 1e7,
    "a": -10.0,
    "tcd50_gy": 60.0,
    "tcd50_se_gy": 2.0,
    "gamma50": 2.0,
    "gamma50_se": 0.2,
}


def histograms(count: int) -> list[dict[str, Any]]:
    """Return as many histograms as a plan has structures."""
    random = np.random.default_rng(7)
    found = []
    for _ in range(count):
        doses = np.linspace(0.1, random.uniform(30, 74), BINS)
        volumes = random.gamma(0.7, 1.0, BINS) * np.exp(-doses / random.uniform(10, 60))
        found.append({"dvh_dose_gy": doses, "dvh_volume_cm3": volumes})
    return found


def factors(model: ComplicationModel) -> dict[str, Any]:
    """Return an answer to every clinical question of a model."""
    return {
        one.input.name: False if one.input.kind == "boolean" else one.input.categories[0] for one in model.fit.factors
    }


def draws_of_all(rows: list[dict[str, Any]]) -> list[np.ndarray]:
    """Return the probability of every complication model under every draw; shapes (draws, structures)."""
    return [model.draws([{**row, **COURSE, **factors(model)} for row in rows]) for model in COMPLICATIONS.values()]


def control_of_all(rows: list[dict[str, Any]]) -> list[Any]:
    """Return the answers of the two control models with given numbers, and the draws of the published ones."""
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    columns |= {name: [value] * len(rows) for name, value in CONTROL.items()}
    given = [model.predict_columns(columns, len(rows)) for model in (LOGISTIC_CONTROL, POISSON_CONTROL)]
    covered = [{**row, **COURSE, "dvh_dose_gy": 55 + row["dvh_dose_gy"] / 10} for row in rows]
    return [*given, *(model.draws(covered) for model in CONTROLS.values())]


def one_dose(model: ComplicationModel, row: dict[str, Any], n: float) -> float:
    """Return the one dose of a structure, as the papers write it."""
    doses, shares = row["dvh_dose_gy"], row["dvh_volume_cm3"] / row["dvh_volume_cm3"].sum()
    fit, ratio = model.fit, model.fit.alpha_beta_gy or COURSE["alpha_beta_gy"]
    if fit.dose != "physical":
        doses = doses * (1 + doses / COURSE["fractions"] / ratio)
        doses = doses if fit.dose == "BED" else doses / (1 + 2 / ratio)
    if fit.reduction == "maximum":
        return float(doses.max())
    return float((shares @ doses ** (1 / n)) ** n)


def one_risk(model: ComplicationModel, dose: float, p: dict[str, float]) -> float:
    """Return the probability at one dose with one set of parameters."""
    form = model.fit.form
    if form == "lyman":
        return 0.5 * math.erfc((p["td50_gy"] - dose) / (p["m"] * p["td50_gy"]) / math.sqrt(2))
    if form == "logistic_by_ratio":
        odds: float = (p["d50_gy"] / dose) ** p["k"]
        return 1 / (1 + odds)
    shift = sum(one.log_odds.get("false", one.log_odds.get("never", -1.21)) for one in model.fit.factors)
    if form == "linear_logistic":
        return 1 / (1 + math.exp(-(p["constant"] + p["per_gy"] * dose + shift)))
    return 1 / (1 + math.exp(4 * p["gamma50"] * (1 - dose / p["d50_gy"]) - shift))


def row_by_row(rows: list[dict[str, Any]], count: int) -> list[np.ndarray]:
    """Return the same as :func:`draws_of_all` for the first draws, one draw and one structure at a time."""
    found = []
    for model in COMPLICATIONS.values():
        drawn = draw(model.fit.parameters, DRAWS, np.random.default_rng(SEED))
        risks = np.empty((count, len(rows)))
        for place in range(count):
            parameters = {name: float(values[place]) for name, values in drawn.items()}
            for column, row in enumerate(rows):
                dose = one_dose(model, row, parameters.get("n", 1.0))
                risks[place, column] = one_risk(model, dose, parameters)
        found.append(risks)
    return found


def median_seconds(work: Callable[[], object], clock: Callable[[], float], repeats: int = 5) -> float:
    """Return the median time of a piece of work, after one run that does not count."""
    work()
    times = []
    for _ in range(repeats):
        start = clock()
        work()
        times.append(clock() - start)
    return statistics.median(times)


def main() -> None:
    """Check that both agree, then time both."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--structures", type=int, default=20)
    options.add_argument("--peer-draws", type=int, default=50)
    given = options.parse_args()
    rows = histograms(given.structures)
    slow = row_by_row(rows, given.peer_draws)
    for name, fast, by_row in zip(COMPLICATIONS, draws_of_all(rows), slow, strict=True):
        expected = by_row[: len(fast)]
        worst = float(np.abs(fast[: len(expected)] - expected).max())
        if worst > 1e-6:
            raise SystemExit(f"{name}: the two differ by {worst:.2e}")
    mine = median_seconds(lambda: draws_of_all(rows), time.process_time)
    control = median_seconds(lambda: control_of_all(rows), time.process_time)
    peer = median_seconds(lambda: row_by_row(rows, given.peer_draws), time.process_time, repeats=3)
    peer *= DRAWS / given.peer_draws
    print(f"{len(COMPLICATIONS)} complication models, {given.structures} structures of {BINS} bins, {DRAWS} draws")
    print(f"Fyr, complications      {mine:8.2f} CPU s")
    print(f"Fyr, six control models {control:8.2f} CPU s")
    print(f"row by row              {peer:8.1f} CPU s (from {given.peer_draws} draws): {peer / mine:.0f} x")


if __name__ == "__main__":
    main()
