"""PREDICT Breast 3.2 recalibrated to METABRIC, and conformal sets and abstention at hospitals never seen, on real data.

METABRIC (Curtis 2012, Pereira 2016): the model's own risk of death within ten years, and recalibrated, on patients who
were held out: by folds, and in a half that was kept apart (the halves are drawn by the seed, events shared evenly).
Goal: an ICI of 2 % or less, with the C-index kept. Chemotherapy counts as of the second generation, women as
found by symptoms, never smokers, and 2 Gy to the heart with radiotherapy: the table does not say.

Heart disease in four hospitals (Detrano 1989; the 740 complete rows of 11 of the features): a logistic model of three
hospitals at the fourth. Goals: 90 % sets that hold 88 % or more; the error falls by 30 % with 20 % left out.

Run: ``python benchmarks/recalibrate.py [--data FOLDER] [--repeats 10]``
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fyr.cli.learn_cohort import read_cohort
from fyr.errors import FyrError
from fyr.learn.abstention import error_of, fit_abstention
from fyr.learn.conformal import fit_sets, set_figures
from fyr.learn.held_out_sets import coverage_figures
from fyr.learn.horizon_status import status_at
from fyr.learn.logistic import fit_logistic, probability
from fyr.learn.outcome import Outcome
from fyr.learn.output_choice import choose_output
from fyr.learn.predictions import predictions_of_model
from fyr.learn.recalibration import fit_recalibration
from fyr.learn.recalibration.folds import patient_folds
from fyr.learn.recalibration.held_out import Ground, by_folds
from fyr.learn.recalibration.promise import figures_beside, judged
from fyr.learn.recalibration.run import Settings, recalibrate
from fyr.models import registry

MAPPING = """
hospital: METABRIC
patient: Patient ID
columns:
  Age at Diagnosis: age
  Tumor Size: tumour_size_mm
  Lymph nodes examined positive: positive_nodes
  ER Status: er_positive
  PR Status: pr_positive
  HER2 Status: {name: her2_status, words: {Negative: negative, Positive: positive}}
  Neoplasm Histologic Grade: grade
  Hormone Therapy: {name: hormone_therapy, words: {YES: "true", NO: "false"}}
  Radio Therapy: {name: radiotherapy, words: {YES: "true", NO: "false"}}
  Chemotherapy: {name: chemotherapy_generation, words: {YES: "2", NO: "0"}}
always: {smoking_status: never, screen_detected: false, heart_dose_gy: 2}
outcome:
  title: death
  time: {column: Overall Survival (Months), unit: mo}
  event: {column: Overall Survival Status, words: {"1:DECEASED": event, "0:LIVING": none}}
missing: {"": unknown, NA: unknown}
"""
HALVES = 40
HEART = ("cleveland", "hungarian", "switzerland", "va")


def metabric(data: Path) -> Ground:
    """Return the ten-year risks of PREDICT 3.2 and what happened."""
    model = registry.model("predict-breast-3.2")
    with tempfile.TemporaryDirectory() as folder:
        mapping = Path(folder, "metabric.yaml")
        mapping.write_text(MAPPING, encoding="utf-8")
        table = data / "diagnose" / "breast_metabric" / "brca_metabric_clinical_data.tsv"
        cohort = read_cohort(table, mapping, model=model)
    chosen = choose_output(model.card, horizon_years=10.0, title="death", competing=False)
    said = predictions_of_model(model, cohort, chosen)
    rows = cohort.take(said.answered)
    assert said.risk is not None
    print(f"METABRIC: {len(cohort)} rows with an outcome, {len(rows)} answered, {int(rows.outcome.event.sum())} deaths")
    return Ground(said.risk, rows.outcome, rows.patient, rows.hospital, 10.0)


def heart(data: Path) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[Any]]:
    """Return the features, whether there is disease, and the hospital, of the complete rows."""
    tables, hospitals = [], []
    for name in HEART:
        path = data / "learn" / "fed_heart_disease" / f"processed.{name}.data"
        lines = path.read_text(encoding="utf-8").split()
        table = np.array([[float(cell) if cell != "?" else np.nan for cell in line.split(",")] for line in lines])
        tables.append(table[np.isfinite(table[:, [*range(10), 13]]).all(axis=1)])
        hospitals += [name] * len(tables[-1])
    rows = np.concatenate(tables)
    pain = rows[:, [2]] == np.array([[2.0, 3.0, 4.0]])
    resting = rows[:, [6]] == np.array([[1.0, 2.0]])
    features = np.column_stack([rows[:, [0, 1, 3, 4, 5, 7, 8, 9]], pain, resting])
    return features, rows[:, 13] > 0, np.array(hospitals, dtype=object)


def figure(found: dict[str, Any] | None) -> str:
    """Return a figure with its interval."""
    if found is None or found["estimate"] is None:
        return "-"
    ends = "" if found["low"] is None else f" ({found['low']:.4f} to {found['high']:.4f})"
    return f"{found['estimate']:.4f}{ends}"


def beside(title: str, found: dict[str, Any]) -> None:
    """Print the figures before and after."""
    print(f"\n{title}")
    for name in ("ici", "e_over_o", "slope", "intercept", "brier", "c_index"):
        print(f"  {name:10} {figure(found['before'][name]):30} {figure(found['after'][name])}")
    print(f"  {'gain':10} {figure(found['brier_gain'])} of the Brier score")


def measure_metabric(data: Path, repeats: int) -> dict[str, Any]:
    """Cross-validate, then fit to one half and judge the other."""
    ground = metabric(data)
    begun = time.perf_counter()
    found = recalibrate(ground, Settings(repeats=repeats, conformal=0.9, abstain=0.2, resamples=500))
    print(f"chosen: {found.fitted.as_dict()}; {found.choice and found.choice.reason}")
    beside(f"held-out patients, 5 folds, {repeats} repeats: as it is, recalibrated", found.promise)
    print(f"  conformal 90 %: {json.dumps(found.conformal)}")
    print(f"  abstention: {json.dumps((found.abstention or {})['held_out_patients'])}")
    status = status_at(ground.outcome, 10.0)
    half = patient_folds(ground.patient, status.happened, 2, np.random.default_rng(1)) == 0
    train, test = ground.take(half), ground.take(~half)
    halves = {}
    for method in ("intercept", "baseline", "slope", "isotonic"):
        fitted = fit_recalibration(train.risk, train.outcome, method, horizon_years=10.0)
        halves[method] = figures_beside(test, fitted.apply(test.risk), np.random.default_rng(2), 300)
        beside(f"the half of {len(test)} kept apart, {method}", halves[method])
    many = _many_halves(ground, status.happened)
    print(f"\nICI over {HALVES} other halves, median (lowest to highest): {json.dumps(many)}")
    print(f"{time.perf_counter() - begun:.0f} s")
    return {"promise": found.promise, "method": found.fitted.method, "half": halves, "halves": many}


def _many_halves(ground: Ground, happened: NDArray[np.bool_]) -> dict[str, list[float]]:
    """Return the ICI at many halves kept apart, and of a perfect model at as many patients: what chance alone gives.

    For the latter deaths are drawn by the stated risks, and censoring is that of the table.
    """
    found: dict[str, list[float]] = {}
    true = fit_recalibration(ground.risk, ground.outcome, "slope", horizon_years=10.0).apply(ground.risk)
    for seed in range(2, 2 + HALVES):
        half = patient_folds(ground.patient, happened, 2, np.random.default_rng(seed)) == 0
        train, test = ground.take(half), ground.take(~half)
        for method in ("none", "intercept", "baseline", "slope", "isotonic"):
            fitted = fit_recalibration(train.risk, train.outcome, method, horizon_years=10.0)  # type: ignore[arg-type]
            found.setdefault(method, []).append(_ici(fitted.apply(test.risk), test))
        found.setdefault("a perfect model", []).append(_ici(true[~half], _drawn(true[~half], test, seed)))
    return {name: [round(float(np.quantile(icis, at)), 4) for at in (0.5, 0, 1)] for name, icis in found.items()}


def _ici(risk: NDArray[np.float64], ground: Ground) -> float:
    return float(judged(risk, ground, np.random.default_rng(1), 0)["calibration"]["ici"]["estimate"])


def _drawn(risk: NDArray[np.float64], ground: Ground, seed: int) -> Ground:
    """Return the same patients with deaths drawn at constant hazards of these ten-year risks."""
    draw = np.random.default_rng(seed)
    assert ground.outcome.years is not None
    death = draw.exponential(-10 / np.log1p(-risk))
    lost = np.where(ground.outcome.event, draw.uniform(10, 25, len(ground)), ground.outcome.years)
    outcome = Outcome(death <= lost, np.minimum(death, lost))
    return Ground(risk, outcome, ground.patient, ground.hospital, 10.0)


def measure_heart(data: Path, repeats: int) -> list[dict[str, Any]]:
    """Take each hospital as the one that is new."""
    features, disease, hospital = heart(data)
    counts = {name: int((hospital == name).sum()) for name in HEART}
    print(f"\nheart disease: {len(disease)} rows, {counts}")
    measured = []
    for new in HEART:
        here = hospital == new
        risk = risk_of_others(features, disease, hospital, here)
        seen = Ground(risk[~here], Outcome(disease[~here]), np.flatnonzero(~here), hospital[~here], None)
        local = Ground(risk[here], Outcome(disease[here]), np.flatnonzero(here), hospital[here], None)
        sets = fit_sets(seen.risk, status_at(seen.outcome, None), 0.9)
        status = status_at(local.outcome, None)
        naive = set_figures(sets.place(local.risk), status.happened, status.weight)["coverage"]
        rounds = list(by_folds(local, "none", folds=5, repeats=repeats, generator=np.random.default_rng(3)))
        own = coverage_figures(local, 0.9, rounds)["held_out_patients"]
        fitted = fit_recalibration(seen.risk, seen.outcome, "slope", horizon_years=None)
        before = fitted.apply(local.risk)
        answered = ~fit_abstention(fitted.apply(seen.risk), 0.2).leaves_out(before)
        every = error_of(before, status.happened, status.weight)
        kept = error_of(before, status.happened, status.weight * answered)
        row = {
            "hospital": new,
            "rows": len(local),
            "coverage_of_the_others": naive["all"],
            "coverage_own": own.get("coverage", {}).get("all", own.get("refused")),
            "left_out": 1 - float(answered.mean()),
            "error": every,
            "error_answered": kept,
            "recalibrated": _recalibrated(local, repeats),
        }
        share = fit_abstention(before, 0.2).leaves_out(
            before
        )  # the cut of the new hospital's own risks: no outcome used
        row["own_cut"] = [float(share.mean()), error_of(before, status.happened, status.weight * ~share)]
        measured.append(row)
        print(json.dumps(row))
    return measured


def risk_of_others(
    features: NDArray[np.float64], disease: NDArray[np.bool_], hospital: NDArray[Any], here: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return the risk here of a model of the others, and among the others that of a model without their hospital."""
    risk = np.empty(len(disease))
    risk[here] = probability(fit_logistic(features[~here], disease[~here]).log_odds(features[here]))
    for name in set(hospital[~here].tolist()):
        there = hospital == name
        rest = ~here & ~there
        risk[there] = probability(fit_logistic(features[rest], disease[rest]).log_odds(features[there]))
    return risk


def _recalibrated(local: Ground, repeats: int) -> dict[str, Any]:
    try:
        found = recalibrate(local, Settings(repeats=repeats, resamples=300))
    except FyrError as problem:
        return {"refused": str(problem)}
    parts = {
        when: {
            name: (found.promise[when][name] or {}).get("estimate")
            for name in ("ici", "e_over_o", "slope", "in_the_large", "brier")
        }
        for when in ("before", "after")
    }
    return {"method": found.fitted.method, **parts, "advice": found.advice}


def main() -> None:
    """Measure and print, then one JSON line."""
    options = argparse.ArgumentParser(description=__doc__)
    default = os.environ.get("FYR_DATA", str(Path(__file__).resolve().parents[2] / "shared" / "data"))
    options.add_argument("--data", type=Path, default=Path(default))
    options.add_argument("--repeats", type=int, default=10)
    given = options.parse_args()
    if not given.data.is_dir():
        print(f"no real data at {given.data}: nothing is measured")
        return
    measured = {
        "metabric": measure_metabric(given.data, given.repeats),
        "heart": measure_heart(given.data, given.repeats),
    }
    print(json.dumps(measured))


if __name__ == "__main__":
    main()
