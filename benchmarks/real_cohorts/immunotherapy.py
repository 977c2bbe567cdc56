"""Response of lung cancer to a checkpoint inhibitor, at a hospital that no model has seen (the cohorts of LORIS).

The file (Chang et al. 2024) has traps that are mended here, each of them known from the file alone: Ravi's albumin and
NLR are one and the same number in every patient, so they count as missing; Vanguri's NLR is a formula that was never
computed (twice another column), so it is computed; ids are row numbers that collide. Patients are judged where the
PD-L1 score is known, as the published figures are; training may use the others.

A hospital's model is chosen among `WAYS` by the same game among the other hospitals: each in turn is held out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from benchmarks.real_cohorts.choosing import RESAMPLES, said
from benchmarks.real_cohorts.learners import Flags, Floats
from numpy.typing import NDArray

from fyr.diagnose.lung.loris import LORIS_NSCLC
from fyr.learn.discrimination import Ranking
from fyr.learn.logistic import fit_logistic
from fyr.learn.survival.cox import fit_cox

SHEETS = {
    "Chowell_train": "Chowell",
    "Chowell_test": "Chowell",
    "MSK1": "MSK1",
    "Vanguri_NSCLC": "Vanguri",
    "Ravi_NSCLC": "Ravi",
}
PUBLISHED = {"Chowell": 0.741, "MSK1": 0.658, "Vanguri": 0.768, "Ravi": 0.755}
NUMBERS = ("TMB", "PDL1_TPS(%)", "Systemic_therapy_history", "Albumin", "NLR", "Age")
MOST_TMB, MOST_NLR, DAYS_A_MONTH = 50.0, 25.0, 365.25 / 12
DIRECTIONS = (1, 1, -1, 1, -1, 0)  # more mutations, PD-L1 and albumin, no earlier therapy, a lower NLR: more response
GOAL = 0.75


@dataclass(frozen=True, slots=True, eq=False)
class Patients:
    """Those of lung cancer, and those of other cancers who teach what is common."""

    hospital: NDArray[Any]
    table: Floats
    response: Flags
    months: Floats
    progressed: Flags
    lung: Flags
    cancer: NDArray[Any]

    def take(self, rows: Flags) -> Patients:
        """Return some of them."""
        return Patients(*(getattr(self, name)[rows] for name in Patients.__dataclass_fields__))

    @property
    def judged(self) -> Flags:
        """Lung cancer with a PD-L1 score."""
        return self.lung & np.isfinite(self.table[:, 1])


def read(folder: Path) -> Patients:
    """Read all sheets with a response."""
    parts = []
    for sheet, hospital in SHEETS.items():
        frame = pl.read_excel(folder / "lung_immunotherapy/LORIS_AllData.xlsx", sheet_name=sheet)

        def column(name: str, frame: pl.DataFrame = frame) -> Floats:
            return frame[name].cast(pl.Float64, strict=False).to_numpy().copy()

        table = np.column_stack([column(name) for name in NUMBERS])
        months = column("PFS_Months")
        if hospital == "Vanguri":
            table[:, 4] = 2 * column("NLR_original")
        if hospital == "Ravi":
            table[:, 3:5] = np.nan
            months /= DAYS_A_MONTH
        cancer = frame["CancerType"].to_numpy()
        parts.append(
            (
                np.full(frame.height, hospital, object),
                table,
                column("Response") > 0,
                months,
                column("PFS_Event") > 0,
                cancer == "NSCLC",
                cancer,
            )
        )
    return Patients(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def loris(patients: Patients) -> dict[str, float]:
    """Return the AUC of the registered model at each hospital; Ravi's two constants are given back to it."""
    found = {}
    for hospital in PUBLISHED:
        here = patients.take(patients.judged & (patients.hospital == hospital))
        table = np.where(np.isnan(here.table), [0, 0, 0, 3.8, 6.2, 0], here.table)
        answers = LORIS_NSCLC.predict_columns(
            {
                "tmb_mut_mb": table[:, 0],
                "pd_l1_tps_percent": table[:, 1],
                "systemic_therapy_history": table[:, 2],
                "albumin_g_l": 10 * table[:, 3],
                "nlr": table[:, 4],
            }
        )
        assert answers.answered.all()
        found[hospital] = Ranking.of(here.response, answers.value("loris")).area_under_roc()
    return found


Model = Callable[[Floats], Floats]
Way = Callable[[Patients], Model]


def _capped(table: Floats) -> Floats:
    return np.column_stack(
        [np.minimum(table[:, 0], MOST_TMB), table[:, 1:4], np.minimum(table[:, 4], MOST_NLR), table[:, 5]]
    )


def _logs(table: Floats) -> Floats:
    capped = _capped(table)
    return np.column_stack(
        [np.log1p(table[:, 0]), np.sqrt(table[:, 1]), table[:, 2:4], np.log(capped[:, 4]), table[:, 5]]
    )


def logistic(shape: Callable[[Floats], Floats], ridge: float = 3.0) -> Way:
    """Logistic regression of lung cancer alone."""

    def fit(seen: Patients) -> Model:
        lung = seen.take(seen.lung)
        found = fit_logistic(shape(lung.table), lung.response, ridge=ridge)
        return lambda table: found.log_odds(shape(table))

    return fit


def logistic_of_all_cancers(weight: float, ridge: float = 3.0) -> Way:
    """Logistic regression in which other cancers count in part, each with its own intercept."""

    def fit(seen: Patients) -> Model:
        kinds = [one for one in np.unique(seen.cancer[~seen.lung]) if (seen.cancer == one).sum() > 40]
        marks = np.column_stack([~seen.lung, *(seen.cancer == one for one in kinds)]).astype(np.float64)
        table = np.where(seen.lung[:, None], seen.table, np.where(np.arange(6) == 1, np.nan, seen.table))
        weights = np.where(seen.lung, 1.0, weight)
        found = fit_logistic(np.hstack([_logs(table), marks]), seen.response, ridge=ridge, weight=weights)
        return lambda rows: found.log_odds(np.hstack([_logs(rows), np.zeros((len(rows), marks.shape[1]))]))

    return fit


def boosted(leaves: int, trees: int, *, only_with_pd_l1: bool = True) -> Way:
    """Boosted trees that may only go the way that is known of each input."""

    def fit(seen: Patients) -> Model:
        import lightgbm

        part = seen.take(seen.judged if only_with_pd_l1 else seen.lung)
        rows = _capped(part.table)
        several = [
            lightgbm.train(
                {
                    "objective": "binary",
                    "learning_rate": 0.05,
                    "num_leaves": leaves,
                    "min_data_in_leaf": 20,
                    "bagging_fraction": 0.7,
                    "bagging_freq": 1,
                    "feature_fraction": 0.7,
                    "lambda_l2": 1.0,
                    "monotone_constraints": list(DIRECTIONS),
                    "seed": seed,
                    "deterministic": True,
                    "force_row_wise": True,
                    "num_threads": 1,
                    "verbosity": -1,
                },
                lightgbm.Dataset(rows, part.response.astype(np.float64)),
                num_boost_round=trees,
            )
            for seed in range(5)
        ]
        return lambda table: np.mean([one.predict(_capped(table), raw_score=True) for one in several], axis=0)

    return fit


def progression(ridge: float = 3.0) -> Way:
    """Cox regression of the time without progression, a baseline for each hospital."""

    def fit(seen: Patients) -> Model:
        part = seen.take(seen.lung & np.isfinite(seen.months) & (seen.months >= 0))
        shaped = _logs(part.table)
        mean, spread = np.nanmean(shaped, axis=0), np.nanstd(shaped, axis=0)

        def standard(rows: Floats) -> Floats:
            moved = (_logs(rows) - mean) / spread
            return np.where(np.isfinite(moved), moved, 0.0)

        strata = part.hospital.astype(str)
        found = fit_cox(standard(part.table), part.months, part.progressed, ridge=ridge, ridge_on="raw", strata=strata)
        return lambda rows: -found.linear_predictor(standard(rows))

    return fit


def mean_of(*ways: Way) -> Way:
    """Average several, each divided by its spread over the training patients."""

    def fit(seen: Patients) -> Model:
        models = [way(seen) for way in ways]
        lung = seen.table[seen.lung]
        spreads = [float(model(lung).std()) for model in models]
        return lambda rows: np.mean(
            [model(rows) / spread for model, spread in zip(models, spreads, strict=True)], axis=0
        )

    return fit


WAYS: Mapping[str, Way] = {
    "logistic": logistic(_capped),
    "logistic, logs": logistic(_logs),
    "logistic, all cancers": logistic_of_all_cancers(0.5),
    "boosted, 4 leaves": boosted(4, 60),
    "boosted, 8 leaves": boosted(8, 60),
    "progression": progression(),
    "mean of logistic and boosted": mean_of(logistic(_capped), boosted(4, 60)),
    "mean of all cancers and boosted": mean_of(logistic_of_all_cancers(0.5), boosted(4, 60)),
    "mean of all cancers, boosted and progression": mean_of(
        logistic_of_all_cancers(0.5), boosted(4, 60), progression()
    ),
}


def immunotherapy(folder: Path) -> dict[str, Any]:
    """Hold each hospital out; choose its model among the others; judge it there."""
    patients = read(folder)
    formula = loris(patients)
    hospitals = list(PUBLISHED)
    outer: dict[str, dict[str, float]] = {}
    chosen, rankings = {}, []
    for held in hospitals:
        others = [one for one in hospitals if one != held]
        inner = {
            name: float(np.mean([_auc(patients, way, [held, one], one) for one in others]))
            for name, way in WAYS.items()
        }
        chosen[held] = max(inner, key=lambda name: inner[name])
        here = patients.take(patients.judged & (patients.hospital == held))
        score = WAYS[chosen[held]](patients.take(patients.hospital != held))(here.table)
        rankings.append(Ranking.of(here.response, score))
        outer[held] = {name: _auc(patients, way, [held], held) for name, way in WAYS.items()}
    generator = np.random.default_rng(5)
    drawn = []
    for _ in range(RESAMPLES):
        areas = []
        for ranking in rankings:
            size = len(ranking.order)
            counts = np.bincount(generator.integers(0, size, size), minlength=size)
            areas.append(ranking.area_under_roc(counts))
        drawn.append(float(np.mean(areas)))
    found = [ranking.area_under_roc() for ranking in rankings]
    mean = (float(np.mean(found)), *(float(one) for one in np.nanquantile(drawn, [0.025, 0.975])))
    lines = [
        f"{held}: {area:.3f} with '{chosen[held]}' ({len(ranking.order)} patients, "
        f"{int(ranking.event.sum())} responses); LORIS {formula[held]:.3f}, published {PUBLISHED[held]:.3f}"
        for held, area, ranking in zip(hospitals, found, rankings, strict=True)
    ]
    lines.append(f"mean {said(mean)}; LORIS {np.mean(list(formula.values())):.3f}")
    lines += [f"{name}: mean {np.mean([outer[one][name] for one in hospitals]):.3f}" for name in WAYS]
    lines.append(f"goal {GOAL}: {'met' if mean[0] >= GOAL else 'MISSED'}")
    return {"loris": formula, "chosen": chosen, "auc": dict(zip(hospitals, found, strict=True)), "mean": mean,
            "each_way": outer, "lines": lines}  # fmt: skip


def _auc(patients: Patients, way: Way, without: list[str], at: str) -> float:
    here = patients.take(patients.judged & (patients.hospital == at))
    score = way(patients.take(~np.isin(patients.hospital, without)))(here.table)
    return Ranking.of(here.response, score).area_under_roc()
