"""LORIS against its published formula, the authors' fitted parameters, and their cohorts."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from fyr.diagnose.lung.loris import LORIS_NSCLC, LORIS_PANCANCER
from fyr.record.finding import Refusal

PATIENT: dict[str, Any] = {
    "tmb_mut_mb": 8,
    "pd_l1_tps_percent": 30,
    "systemic_therapy_history": True,
    "albumin_g_l": 38,
    "nlr": 5,
    "age": 64,
    "cancer_type": "nsclc",
}


def test_the_published_formula_for_lung_cancer() -> None:
    for tmb, tps, before, albumin, nlr in ((8, 30, 1, 38, 5), (70, 0, 0, 45, 30), (0, 100, 0, 20, 1)):
        s = (
            0.0353 * min(tmb, 50)
            + 0.0111 * tps
            - 0.375 * before
            + 0.2924 * albumin / 10
            - 0.0103 * min(nlr, 25)
            - 1.5593
        )
        answer = LORIS_NSCLC.predict(
            {
                "tmb_mut_mb": tmb,
                "pd_l1_tps_percent": tps,
                "systemic_therapy_history": before,
                "albumin_g_l": albumin,
                "nlr": nlr,
            }
        )
        assert not isinstance(answer, Refusal)
        assert answer.estimates["loris"].value == pytest.approx(1 / (1 + math.exp(-s)), rel=1e-12)


FITTED = {
    "tmb_mut_mb": (11.328696372559728, 0.4198017295808917),
    "systemic_therapy_history": (0.47267618323799726, -0.41478186417656887),
    "albumin_g_l": (0.45699569812950086, 0.2459757431269802),
    "nlr": (4.847958197359801, -0.15996409186850563),
    "age": (12.994999869678423, 0.06322956649386186),
}
"""Scale and standardised coefficient of each feature, as the authors publish them (pan-cancer, 10,000 fits)."""


@pytest.mark.parametrize("name", FITTED)
def test_the_rounded_coefficients_are_the_fitted_ones(name: str) -> None:
    scale, coefficient = FITTED[name]
    assert LORIS_PANCANCER.card.parameters["coefficients"][name] == pytest.approx(coefficient / scale, abs=6e-5)


def test_the_terms_of_cancer_types_move_the_score_by_themselves() -> None:
    for kind, term in LORIS_PANCANCER.card.parameters["cancer_type"].items():
        answer = LORIS_PANCANCER.predict({**PATIENT, "cancer_type": kind})
        assert not isinstance(answer, Refusal)
        value = answer.estimates["loris"].value
        rest = 0.0371 * 8 - 0.8775 + 0.5382 * 3.8 - 0.033 * 5 + 0.0049 * 64 - 2.0886
        assert math.log(value / (1 - value)) == pytest.approx(rest + term, abs=1e-9)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"albumin_g_l": 3.8}, "albumin_g_l is 3.8 g/L, out of range"),
        ({"pd_l1_tps_percent": 101}, "out of range"),
        ({"systemic_therapy_history": None}, "missing"),
        ({"tmb_mut_mb": -1}, "out of range"),
    ],
)
def test_it_refuses(changes: dict[str, Any], reason: str) -> None:
    refused = LORIS_NSCLC.predict({**PATIENT, **changes})
    assert isinstance(refused, Refusal)
    assert reason in refused.reason


def auc(score: np.ndarray[Any, Any], outcome: np.ndarray[Any, Any]) -> float:
    """The share of pairs in the right order."""
    pairs = score[outcome == 1][:, None] - score[outcome == 0][None, :]
    return float(((pairs > 0) + 0.5 * (pairs == 0)).mean())


@pytest.mark.real
@pytest.mark.parametrize(
    ("sheets", "published"),
    [
        (("Chowell_train", "Chowell_test"), 0.741),
        (("MSK1",), 0.658),
        (("Vanguri_NSCLC",), 0.768),
        (("Ravi_NSCLC",), 0.755),
    ],
)
def test_response_is_ranked_as_published(data_folder: Path, sheets: tuple[str, ...], published: float) -> None:
    numbers = ("TMB", "PDL1_TPS(%)", "Systemic_therapy_history", "Albumin", "NLR", "Response")
    parts = []
    for sheet in sheets:
        part = pl.read_excel(data_folder / "diagnose/lung_immunotherapy/LORIS_AllData.xlsx", sheet_name=sheet)
        if sheet.startswith("Vanguri"):  # a formula whose values were never saved: twice the column beside it
            part = part.with_columns(NLR=2 * pl.col("NLR_original"))
        part = part.filter(pl.col("CancerType") == "NSCLC")
        parts.append(part.select(pl.col(name).cast(pl.Float64, strict=False) for name in numbers))
    cohort = pl.concat(parts).drop_nulls(numbers)
    answers = LORIS_NSCLC.predict_columns(
        {
            "tmb_mut_mb": cohort["TMB"].to_numpy(),
            "pd_l1_tps_percent": cohort["PDL1_TPS(%)"].to_numpy(),
            "systemic_therapy_history": cohort["Systemic_therapy_history"].to_numpy(),
            "albumin_g_l": 10 * cohort["Albumin"].to_numpy(),
            "nlr": cohort["NLR"].to_numpy(),
        }
    )
    assert answers.answered.all(), answers.count_problems()
    assert auc(answers.value("loris"), cohort["Response"].to_numpy()) == pytest.approx(published, abs=0.01)
