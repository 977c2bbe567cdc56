"""NLR, ALBI, mGPS and LIPI: their limits, and what they refuse."""

from __future__ import annotations

import math
from typing import Any

import pytest

from fyr.diagnose.blood.scores import ALBI, LIPI, MGPS, NLR
from fyr.models import Model
from fyr.record.finding import Refusal


def value(model: Model, output: str, **evidence: Any) -> float:
    """One estimate."""
    answer = model.predict(evidence)
    assert not isinstance(answer, Refusal), answer
    return answer.estimates[output].value


@pytest.mark.parametrize(("bilirubin", "albumin"), [(10, 40), (34, 28), (5, 45), (200, 20)])
def test_albi_is_its_formula(bilirubin: float, albumin: float) -> None:
    expected = 0.66 * math.log10(bilirubin) - 0.085 * albumin
    assert value(ALBI, "albi_score", bilirubin_umol_l=bilirubin, albumin_g_l=albumin) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("albumin", "grade"),
    [(38.353, 1), (38.352, 2), (24.118, 2), (24.117, 3)],  # score -2.60 and -1.39 at bilirubin 10
)
def test_albi_grades_change_at_their_limits(albumin: float, grade: int) -> None:
    assert value(ALBI, "albi_grade", bilirubin_umol_l=10, albumin_g_l=albumin) == grade


@pytest.mark.parametrize(
    ("crp", "albumin", "score"), [(10, 20, 0), (10.1, 35, 1), (10.1, 34.9, 2), (0, 45, 0), (200, 45, 1)]
)
def test_mgps(crp: float, albumin: float, score: int) -> None:
    assert value(MGPS, "mgps", crp_mg_l=crp, albumin_g_l=albumin) == score


@pytest.mark.parametrize(
    ("neutrophils", "ldh", "points", "group"),
    [(7.5, 250, 0, "good"), (7.51, 250, 1, "intermediate"), (7.5, 251, 1, "intermediate"), (7.51, 251, 2, "poor")],
)
def test_lipi(neutrophils: float, ldh: float, points: int, group: str) -> None:
    sample = {"neutrophils_e9_l": neutrophils, "leukocytes_e9_l": 10, "ldh_u_l": ldh, "ldh_upper_limit_u_l": 250}
    answer = LIPI.predict(sample)
    assert not isinstance(answer, Refusal)
    assert answer.estimates["lipi"].value == points
    assert answer.estimates["lipi_group"].category == group


def test_nlr_and_what_is_refused() -> None:
    assert value(NLR, "nlr", neutrophils_e9_l=7.5, lymphocytes_e9_l=2.5) == 3
    for model, evidence, reason in (
        (NLR, {"neutrophils_e9_l": 5, "lymphocytes_e9_l": 0}, "out of range"),
        (ALBI, {"albumin_g_l": 4.0, "bilirubin_umol_l": 10}, "albumin_g_l is 4 g/L, out of range"),
        (MGPS, {"crp_mg_l": 12}, "albumin_g_l is missing"),
        (
            LIPI,
            {"neutrophils_e9_l": 10, "leukocytes_e9_l": 9, "ldh_u_l": 200, "ldh_upper_limit_u_l": 250},
            "as many neutrophils",
        ),
    ):
        refused = model.predict(evidence)
        assert isinstance(refused, Refusal)
        assert reason in refused.reason
