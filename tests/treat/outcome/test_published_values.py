"""The models against what their papers say of them, and against independent programs."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import norm

from fyr.models import Prediction
from fyr.record.finding import Refusal
from fyr.treat.outcome import COMPLICATIONS, CONTROLS
from fyr.treat.outcome.coronary import CORONARY_DARBY
from fyr.treat.outcome.gard import GARD


def risk(name: str, **given: object) -> float:
    answer = COMPLICATIONS[name].predict({"dose_per_fraction_gy": 2, **given})
    assert isinstance(answer, Prediction), answer
    return answer.estimates["ntcp"].value


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("ntcp-lung-pneumonitis-seppenwoolde", {"mean_dose_gy": 20}, 0.1716),
        ("ntcp-parotid-flow-dijkema", {"mean_dose_gy": 26}, 0.1919),
        ("ntcp-rectum-bleeding-quantec", {"geud_gy": 70}, 0.2450),
        ("ntcp-breast-fibrosis-mukesh", {"geud_gy": 132}, 0.5),
    ],
)
def test_worked_values(name: str, given: dict[str, float], expected: float) -> None:
    assert risk(name, **given) == pytest.approx(expected, abs=5e-5)


def test_the_parotid_abstract_says_17_to_26_percent_between_25_and_30_gray() -> None:
    assert round(risk("ntcp-parotid-flow-dijkema", mean_dose_gy=25), 2) in (0.17, 0.18)
    assert round(risk("ntcp-parotid-flow-dijkema", mean_dose_gy=30), 2) in (0.26, 0.27)


@pytest.mark.parametrize(("dose", "percent", "places"), [(45, 0.03, 2), (50, 0.2, 1), (59.3, 5.0, 1), (69.4, 50, 0)])
def test_the_cord_abstract_gives_four_points_of_one_curve(dose: float, percent: float, places: int) -> None:
    assert round(100 * risk("ntcp-cord-myelopathy-schultheiss", max_dose_gy=dose), places) == percent


@pytest.mark.parametrize(
    ("name", "dose"), [("ntcp-cochlea-tinnitus-lee", 32.82), ("ntcp-cochlea-tinnitus-lee-logit", 33.62)]
)
def test_the_tinnitus_abstract_gives_the_dose_for_20_percent(name: str, dose: float) -> None:
    assert risk(name, mean_dose_gy=dose) == pytest.approx(0.2, abs=1.5e-3)


def test_the_larynx_fits_of_one_paper_agree_about_its_mean_patient() -> None:
    """25 of 48 had the endpoint; both fits are a half at their median dose, and lie together around it."""
    both = [risk(name, geud_gy=45) for name in ("ntcp-larynx-edema-rancati", "ntcp-larynx-edema-rancati-logit")]
    assert both[0] == pytest.approx(both[1], abs=0.02)


def lungs(dose: float, **factors: object) -> float:
    none = dict.fromkeys(
        ("age_above_63", "pulmonary_comorbidity", "lower_or_middle_lobe", "sequential_chemotherapy"), False
    )
    return risk("ntcp-lung-pneumonitis-appelt", mean_dose_gy=dose, **(none | {"smoking_status": "never"} | factors))


@pytest.mark.parametrize(
    ("factors", "odds_ratio"),
    [
        ({}, 1.0),
        ({"age_above_63": True}, 1.66),
        ({"pulmonary_comorbidity": True, "smoking_status": "current"}, 2.27 * 0.62),
        (
            {"lower_or_middle_lobe": True, "sequential_chemotherapy": True, "smoking_status": "former"},
            1.87 * 1.60 * 0.69,
        ),
    ],
)
def test_lung_risk_factors_shift_d50_and_gamma50_as_in_the_paper(factors: dict[str, object], odds_ratio: float) -> None:
    """Appelt 2014 by its own equations: D50 = (1 - ln OR / 4 gamma) D50_0, gamma50 = gamma - ln OR / 4."""
    d50 = (1 - math.log(odds_ratio) / (4 * 1.19)) * 34.4
    gamma50 = 1.19 - math.log(odds_ratio) / 4
    expected = 1 / (1 + math.exp(4 * gamma50 * (1 - 18 / d50)))
    assert lungs(18, **factors) == pytest.approx(expected, abs=1e-12)


def test_pneumonitis_of_quantec_by_its_linear_predictor() -> None:
    for dose in (5.0, 20.0, 30.75):
        expected = 1 / (1 + math.exp(3.87 - 0.126 * dose))
        assert risk("ntcp-lung-pneumonitis-quantec", mean_dose_gy=dose) == pytest.approx(expected, abs=1e-12)
    assert risk("ntcp-lung-pneumonitis-quantec", mean_dose_gy=20) == pytest.approx(0.2059, abs=5e-5)
    assert risk("ntcp-lung-pneumonitis-quantec", mean_dose_gy=30.75) == pytest.approx(0.5, abs=2e-3)


def test_oesophagitis_by_its_linear_predictor() -> None:
    for chemotherapy, shift in ((False, 0.0), (True, 1.5)):
        expected = 1 / (1 + math.exp(3.13 - 0.0688 * 28 - shift))
        found = risk("ntcp-esophagus-esophagitis-huang", mean_dose_gy=28, concurrent_chemotherapy=chemotherapy)
        assert found == pytest.approx(expected, abs=1e-12)


def test_swallowing_by_its_linear_predictor() -> None:
    for technique, shift in (("3D-CRT", 0.0), ("IMRT", -1.21), ("VMAT", -1.21)):
        expected = 1 / (1 + math.exp(5.98 - 0.074 * 50 - shift))
        found = risk("ntcp-swallowing-liquids-christianen", mean_dose_gy=50, radiation_technique=technique)
        assert found == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("symptom", "td50", "m", "n"),
    [
        ("urgency", 64.2, 0.5, 1),
        ("incontinence", 95.0, 0.45, 0.5),
        ("frequency", 83.1, 0.56, 1),
        ("nocturia", 85.4, 0.6, 1),
    ],
)
def test_bladder_symptoms_of_a_histogram(symptom: str, td50: float, m: float, n: float) -> None:
    doses, volumes = np.array([20.0, 50.0, 66.0]), np.array([60.0, 30.0, 10.0])
    eud = (volumes / 100 @ doses ** (1 / n)) ** n
    found = risk(f"ntcp-bladder-{symptom}-mavroidis", dvh_dose_gy=doses, dvh_volume_cm3=volumes)
    assert found == pytest.approx(norm.cdf((eud - td50) / (m * td50)), abs=1e-10)


def test_coronary_events_rise_by_7_4_percent_for_each_gray() -> None:
    answer = CORONARY_DARBY.predict({"mean_dose_gy": 4.9})
    assert isinstance(answer, Prediction)
    rate = answer.estimates["relative_rate"]
    assert (rate.value, rate.low, rate.high) == pytest.approx((1 + 4.9 * 0.074, 1 + 4.9 * 0.029, 1 + 4.9 * 0.145))
    assert isinstance(CORONARY_DARBY.predict({"mean_dose_gy": 27.73}), Refusal)
    spread = CORONARY_DARBY.predict({"dvh_dose_gy": "2;40", "dvh_volume_cm3": "9;1"})
    assert isinstance(spread, Prediction)
    assert spread.estimates["relative_rate"].value == pytest.approx(1 + 0.074 * 5.8)


@pytest.mark.parametrize(("fractions", "size", "expected"), [(30, 2, 27.489), (5, 8, 30.326)])
def test_gard_at_worked_values(fractions: int, size: float, expected: float) -> None:
    answer = GARD.predict({"rsi": 0.4, "fractions": fractions, "dose_per_fraction_gy": size})
    assert isinstance(answer, Prediction)
    assert answer.estimates["gard"].value == pytest.approx(expected, abs=5e-4)


def test_gard_of_a_radioresistant_index_is_refused() -> None:
    answer = GARD.predict({"rsi": 0.82, "fractions": 30, "dose_per_fraction_gy": 2})
    assert isinstance(answer, Refusal)
    assert "no alpha above 0" in answer.reason


def test_the_prostate_abstract_gives_control_at_78_gray() -> None:
    for name, expected in (("low", 0.903), ("intermediate", 0.843)):
        answer = CONTROLS[f"tcp-prostate-{name}-risk-trada"].predict({"mean_dose_gy": 78, "dose_per_fraction_gy": 2})
        assert isinstance(answer, Prediction)
        assert answer.estimates["tcp"].value == pytest.approx(expected, abs=0.006)


def test_the_response_of_rectal_cancer_is_answered_in_the_doses_of_the_study_only() -> None:
    model = CONTROLS["tcp-rectum-complete-response-appelt"]
    answer = model.predict({"mean_dose_gy": 60, "dose_per_fraction_gy": 2})
    assert isinstance(answer, Prediction)
    tcp = answer.estimates["tcp"]
    assert tcp.value == pytest.approx(1 / (1 + math.exp(4 * 0.982 * (1 - 60 / 92.0))))
    assert tcp.low is not None
    assert tcp.high is not None
    assert tcp.low < tcp.value < tcp.high
    assert isinstance(model.predict({"mean_dose_gy": 45, "dose_per_fraction_gy": 2}), Refusal)
    major = CONTROLS["tcp-rectum-major-response-appelt"].predict({"mean_dose_gy": 60, "dose_per_fraction_gy": 2})
    assert isinstance(major, Prediction)
    assert major.estimates["tcp"].value > tcp.value
