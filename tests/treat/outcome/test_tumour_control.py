"""Control as models: worked by hand, and refused where a number is missing."""

from __future__ import annotations

import math

import numpy as np
import pytest

from fyr.models import Prediction
from fyr.record.finding import Refusal
from fyr.treat.outcome.tumour_control import LOGISTIC_CONTROL, POISSON_CONTROL

POISSON = {
    "dvh_dose_gy": [66, 70],
    "dvh_volume_cm3": [5, 95],
    "fractions": 35,
    "alpha_beta_gy": 10,
    "alpha_per_gy": 0.3,
    "alpha_sd_per_gy": 0.0,
    "clonogens_per_cm3": 1e7,
}
LOGISTIC = {
    "dvh_dose_gy": [70],
    "dvh_volume_cm3": [50],
    "fractions": 35,
    "alpha_beta_gy": 10,
    "a": -10,
    "tcd50_gy": 60,
    "tcd50_se_gy": 3,
    "gamma50": 2,
    "gamma50_se": 0.3,
}


def test_poisson_by_hand() -> None:
    survivors = sum(volume * 1e7 * math.exp(-0.3 * dose * (1 + dose / 35 / 10)) for dose, volume in ((66, 5), (70, 95)))
    answer = POISSON_CONTROL.predict(POISSON)
    assert isinstance(answer, Prediction)
    assert answer.estimates["tcp"].value == pytest.approx(math.exp(-survivors), abs=1e-9)
    assert answer.explanation["clonogens"] == pytest.approx(1e9)


def test_variation_between_patients_makes_the_curve_flatter() -> None:
    spread = [
        answer.estimates["tcp"].value
        for sd in (0.0, 0.08)
        for scale in (0.8, 1.2)
        if isinstance(
            answer := POISSON_CONTROL.predict(
                {**POISSON, "alpha_sd_per_gy": sd, "dvh_dose_gy": [66 * scale, 70 * scale]}
            ),
            Prediction,
        )
    ]
    steep_low, steep_high, flat_low, flat_high = spread
    assert steep_low < flat_low < flat_high < steep_high


@pytest.mark.parametrize("missing", list(POISSON))
def test_poisson_has_no_default_for_any_number_of_the_tumour(missing: str) -> None:
    answer = POISSON_CONTROL.predict({name: value for name, value in POISSON.items() if name != missing})
    assert isinstance(answer, Refusal)
    assert f"{missing} is missing" in answer.reason


def test_large_fractions_are_refused() -> None:
    answer = POISSON_CONTROL.predict({**POISSON, "fractions": 5})
    assert isinstance(answer, Refusal)
    assert "dvh_dose_gy reaches 14 Gy per fraction (fractions 5): above 10 Gy" in answer.reason


def test_logistic_of_a_uniform_dose() -> None:
    answer = LOGISTIC_CONTROL.predict(LOGISTIC)
    assert isinstance(answer, Prediction)
    tcp = answer.estimates["tcp"]
    assert tcp.value == pytest.approx(1 / (1 + (60 / 70) ** 8))
    assert tcp.low is not None
    assert tcp.high is not None
    assert tcp.low < tcp.value < tcp.high
    at_median = LOGISTIC_CONTROL.predict({**LOGISTIC, "dvh_dose_gy": [60], "fractions": 30, "gamma50_se": 0.001})
    assert isinstance(at_median, Prediction)
    half = at_median.estimates["tcp"]
    logit = [np.log(end / (1 - end)) for end in (half.low or 0, half.high or 1)]
    assert logit[1] - logit[0] == pytest.approx(2 * 1.96 * 8 * 3 / 60, rel=0.05)


def test_a_cold_spot_costs_control() -> None:
    cold = {**LOGISTIC, "dvh_dose_gy": [50, 70], "dvh_volume_cm3": [1, 49]}
    both = [LOGISTIC_CONTROL.predict(given) for given in (LOGISTIC, cold)]
    whole, less = (one.estimates["tcp"].value for one in both if isinstance(one, Prediction))
    assert less < whole
