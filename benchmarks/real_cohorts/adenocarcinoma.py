"""Overall survival of lung adenocarcinoma (TCGA-LUAD), and whether the tumour's genes add to age and sex.

Nested cross-validation by patient: in each outer fold the way of using 2,812 expressions and 284 copy numbers is chosen
by an inner cross-validation on the other folds. The file has no stage, so the clinical model is age and sex alone.
"""

from __future__ import annotations

import io
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from benchmarks.real_cohorts.choosing import RESAMPLES, said
from benchmarks.real_cohorts.learners import Flags, Floats, Score

from fyr.learn.bootstrap import group_resamples
from fyr.learn.survival.concordance import Pairs, concordance
from fyr.learn.survival.cox import fit_cox

OUTER, INNER, REPEATS = 5, 3, 3
CLINICAL = 2
Way = Callable[[Floats, Floats, Flags], Score]


def read(folder: Path) -> tuple[Floats, Floats, Flags]:
    """Return columns (age, sex, then what is molecular), months and deaths; one row a patient, age known."""
    with zipfile.ZipFile(folder / "tcga_luad/tcga_luad_all_clean.csv.zip") as packed:
        held = packed.read(packed.namelist()[0])
    frame = pl.read_csv(io.BytesIO(held), infer_schema_length=None, null_values=["", "NA"])
    frame = frame.unique("case_id", keep="first", maintain_order=True).drop_nulls("age")
    molecular = [name for name in frame.columns if name.endswith(("_rnaseq", "_cnv"))]
    table = frame.select(["age", "is_female", *molecular]).cast(pl.Float64).to_numpy()
    return table, frame["survival_months"].to_numpy(), frame["censorship"].to_numpy() == 0


def clinical(table: Floats, months: Floats, event: Flags) -> Score:
    """Fit age and sex."""
    fit = fit_cox(table[:, :CLINICAL], months, event, ridge=1.0)
    return lambda rows: fit.linear_predictor(rows[:, :CLINICAL])


def components(count: int, ridge: float) -> Way:
    """Fit age, sex and the first principal components of all that is molecular."""

    def fit(table: Floats, months: Floats, event: Flags) -> Score:
        mean, spread = _moments(table)
        standard = (table - mean) / spread
        genes = standard[:, CLINICAL:]
        values, vectors = np.linalg.eigh(genes @ genes.T)  # there are far fewer patients than genes
        turn = genes.T @ (vectors[:, -count:] / np.sqrt(np.maximum(values[-count:], 1e-9)))

        def shape(rows: Floats) -> Floats:
            moved = (rows - mean) / spread
            return np.hstack([moved[:, :CLINICAL], moved[:, CLINICAL:] @ turn])

        found = fit_cox(shape(table), months, event, ridge=ridge)
        return lambda rows: found.linear_predictor(shape(rows))

    return fit


def screened(count: int, ridge: float) -> Way:
    """Fit age, sex and the columns that say most alone, by the score test in the training rows, under a ridge."""

    def fit(table: Floats, months: Floats, event: Flags) -> Score:
        mean, spread = _moments(table)
        standard = (table - mean) / spread
        strength = _score_tests(standard[:, CLINICAL:], months, event)
        some = np.append(np.arange(CLINICAL), CLINICAL + np.argsort(-strength, kind="stable")[:count])
        found = fit_cox(standard[:, some], months, event, ridge=ridge)
        return lambda rows: found.linear_predictor(((rows - mean) / spread)[:, some])

    return fit


WAYS: dict[str, Way] = {
    "5 components": components(5, 3.0),
    "15 components": components(15, 10.0),
    "40 components": components(40, 30.0),
    "30 screened": screened(30, 100.0),
    "100 screened": screened(100, 300.0),
    "300 screened": screened(300, 1000.0),
}


def luad(folder: Path) -> dict[str, Any]:
    """Judge both models on patients of outer folds."""
    table, months, event = read(folder)
    rows = len(months)
    folds, scores, plain, chosen = [], [], [], Counter[str]()
    for repeat in range(REPEATS):
        fold = _folds(event, OUTER, 50 + repeat)
        score, alone = np.zeros(rows), np.zeros(rows)
        for held in range(OUTER):
            inside, outside = np.flatnonzero(fold != held), np.flatnonzero(fold == held)
            part = (table[inside], months[inside], event[inside])
            name = _choose(*part)
            chosen[name] += 1
            score[outside] = WAYS[name](*part)(table[outside])
            alone[outside] = clinical(*part)(table[outside])
        folds.append(fold)
        scores.append(score)
        plain.append(alone)
    both = [_over_folds(one, folds, months, event) for one in (scores, plain)]
    generator = np.random.default_rng(11)
    drawn = np.array(
        [[_mean(pairs, counts) for pairs in both] for counts in group_resamples(np.arange(rows), generator, RESAMPLES)]
    )
    one, two = (_mean(pairs, np.ones(rows)) for pairs in both)
    ends = np.quantile(np.column_stack([drawn, drawn[:, 0] - drawn[:, 1]]), [0.025, 0.975], axis=0)
    gain = (one - two, *ends[:, 2])
    return {
        "rows": rows,
        "events": int(event.sum()),
        "chosen_in_folds": dict(chosen),
        "molecular": (one, *ends[:, 0]),
        "clinical": (two, *ends[:, 1]),
        "difference": gain,
        "lines": [
            f"{rows} patients, {int(event.sum())} deaths; ways chosen in {OUTER * REPEATS} outer folds: {dict(chosen)}",
            f"age, sex and tumour {said((one, *ends[:, 0]))}; age and sex {said((two, *ends[:, 1]))}",
            f"difference {said(gain)}",
            f"better than age and sex: {'yes' if gain[1] > 0 else 'not shown'}",
        ],
    }


def _choose(table: Floats, months: Floats, event: Flags) -> str:
    fold = _folds(event, INNER, 3)
    found = {}
    for name, way in WAYS.items():
        values = []
        for held in range(INNER):
            inside, outside = fold != held, fold == held
            score = way(table[inside], months[inside], event[inside])(table[outside])
            values.append(concordance(months[outside], event[outside], score))
        found[name] = float(np.mean(values))
    return max(found, key=lambda name: found[name])


def _folds(event: Flags, folds: int, seed: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    generator = np.random.default_rng(seed)
    fold = np.zeros(len(event), np.int64)
    for kind in (True, False):
        some = generator.permutation(np.flatnonzero(event == kind))
        fold[some] = np.arange(len(some)) % folds
    return fold


def _over_folds(
    scores: list[Floats], folds: list[np.ndarray[Any, np.dtype[np.int64]]], months: Floats, event: Flags
) -> list[tuple[np.ndarray[Any, np.dtype[np.intp]], Pairs]]:
    """Return the rows and pairs of each outer fold of each repeat: scores of two folds are of two models."""
    several = []
    for score, fold in zip(scores, folds, strict=True):
        for held in range(OUTER):
            rows = np.flatnonzero(fold == held)
            several.append((rows, Pairs.of(months[rows], event[rows], score[rows])))
    return several


def _mean(pairs: list[tuple[np.ndarray[Any, np.dtype[np.intp]], Pairs]], counts: Floats) -> float:
    return float(np.mean([one.harrell(counts[rows]) for rows, one in pairs]))


def _moments(table: Floats) -> tuple[Floats, Floats]:
    spread = table.std(axis=0)
    return table.mean(axis=0), np.where(spread > 1e-9, spread, 1.0)


def _score_tests(standard: Floats, months: Floats, event: Flags) -> Floats:
    """Return the statistic of each column alone, at a coefficient of 0 (ties after Breslow)."""
    order = np.argsort(-months, kind="stable")
    rows, died = standard[order], event[order]
    size = np.arange(1, len(order) + 1)[:, None]
    mean = np.cumsum(rows, axis=0) / size
    square = np.cumsum(rows**2, axis=0) / size
    slope = (rows - mean)[died].sum(axis=0)
    spread = (square - mean**2)[died].sum(axis=0)
    return slope**2 / np.maximum(spread, 1e-9)
