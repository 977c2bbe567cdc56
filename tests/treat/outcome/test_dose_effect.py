"""BED and EQD2, gEUD, control without complication, and the models whose numbers the user brings."""

from __future__ import annotations

import math

import pytest

from fyr.models import Model, Prediction
from fyr.record.finding import Refusal
from fyr.treat.outcome.dose_effect import BED_EQD2, COMPLICATION_FREE_CONTROL, GEUD
from fyr.treat.outcome.own_numbers import LYMAN, RELATIVE_SERIALITY


def value(model: Model, output: str, **given: object) -> float:
    answer = model.predict(given)
    assert isinstance(answer, Prediction), answer
    return answer.estimates[output].value


def reason(model: Model, **given: object) -> str:
    answer = model.predict(given)
    assert isinstance(answer, Refusal), answer
    return answer.reason


@pytest.mark.parametrize(("ratio", "expected"), [(10, 126.0), (3, 226.8)])
def test_three_times_eighteen_gray(ratio: float, expected: float) -> None:
    assert value(BED_EQD2, "eqd2_gy", dose_gy=54, fractions=3, alpha_beta_gy=ratio) == pytest.approx(expected)


def test_repair_between_fractions_by_hand() -> None:
    """Two fractions a day, 6 h apart, half-time 4 h: what is left of the first adds to the quadratic term of both."""
    course = {"dose_gy": 69.6, "fractions": 58, "alpha_beta_gy": 3}
    left = 0.5 ** (6 / 4)
    found = value(BED_EQD2, "bed_gy", **course, fractions_per_day=2, interval_h=6, repair_half_time_h=4)
    assert found == pytest.approx(69.6 * (1 + (1 + left) * 1.2 / 3))
    assert value(BED_EQD2, "bed_gy", **course) == pytest.approx(69.6 * (1 + 1.2 / 3))


def test_repair_during_a_long_fraction_and_repopulation() -> None:
    x = math.log(2) * 5 / 1.5
    factor = 2 * (x - 1 + math.exp(-x)) / x**2
    found = value(
        BED_EQD2, "bed_gy", dose_gy=30, fractions=1, alpha_beta_gy=10, fraction_duration_h=5, repair_half_time_h=1.5
    )
    assert found == pytest.approx(30 * (1 + factor * 3))
    late = {"overall_days": 46, "kick_off_days": 28, "loss_gy_per_day": 0.6}
    assert value(BED_EQD2, "bed_gy", dose_gy=70, fractions=35, alpha_beta_gy=10, **late) == pytest.approx(84 - 18 * 0.6)


@pytest.mark.parametrize(
    ("part", "named"),
    [
        ({"overall_days": 40}, "only a part of overall_days, kick_off_days, loss_gy_per_day"),
        ({"fractions_per_day": 2}, "only a part of fractions_per_day, interval_h"),
        ({"fraction_duration_h": 1}, "without repair_half_time_h"),
        ({"repair_half_time_h": 1}, "without what it is for"),
        ({"alpha_beta_gy": None}, "alpha_beta_gy is missing"),
    ],
)
def test_half_a_question_is_refused(part: dict[str, object], named: str) -> None:
    assert named in reason(BED_EQD2, **({"dose_gy": 60, "fractions": 30, "alpha_beta_gy": 10} | part))


def test_two_fractions_a_day_without_a_half_time_are_refused() -> None:
    given = {"dose_gy": 60, "fractions": 30, "alpha_beta_gy": 10, "fractions_per_day": 2, "interval_h": 6}
    assert "repair_half_time_h" in reason(BED_EQD2, **given)


def test_geud_of_three_bins() -> None:
    bins = {"dvh_dose_gy": [10, 20, 30], "dvh_volume_cm3": [1, 1, 1]}
    for a, expected in ((1, 20.0), (8, 26.276), (-10, 11.160)):
        assert value(GEUD, "geud_gy", **bins, a=a) == pytest.approx(expected, abs=5e-4)
    assert "exponent 0" in reason(GEUD, **bins, a=0)


def test_control_without_complication() -> None:
    given = {"tcp": 0.8, "ntcp": "0.1;0.2"}
    assert value(COMPLICATION_FREE_CONTROL, "p_plus", **given, delta=1) == pytest.approx(0.8 * 0.72)
    assert value(COMPLICATION_FREE_CONTROL, "p_plus", **given, delta=0) == pytest.approx(0.8 - 0.28)
    assert value(COMPLICATION_FREE_CONTROL, "utcp", **given, delta=0, weights=[0, 1]) == pytest.approx(0.64)
    assert "delta is missing" in reason(COMPLICATION_FREE_CONTROL, **given)
    assert "one weight" in reason(COMPLICATION_FREE_CONTROL, **given, delta=1, weights=[1])


COURSE = {"fractions": 30, "alpha_beta_gy": 3}


def test_the_users_own_numbers_give_the_worked_values() -> None:
    """Doses whose equivalent in 2 Gy fractions is 30 and 60 Gy: D (D/30 + 3) / 5 = 30."""
    half = 15 * (math.sqrt(3**2 + 4 * 30 * 5 / 30) - 3)
    bins = {"dvh_dose_gy": [half, 60], "dvh_volume_cm3": [7, 7]}
    serial = value(RELATIVE_SERIALITY, "ntcp", **bins, **COURSE, d50_gy=52.3, gamma=1.28, s=1)
    assert serial == pytest.approx(0.4309, abs=5e-5)
    one = {"dvh_dose_gy": [60], "dvh_volume_cm3": [7]}
    assert value(LYMAN, "ntcp", **one, **COURSE, d50_gy=60, m=0.2, n=0.3) == pytest.approx(0.5)
    assert "alpha_beta_gy is missing" in reason(LYMAN, **one, fractions=30, d50_gy=60, m=0.2, n=0.3)
    assert "above 10 Gy" in reason(LYMAN, **one, fractions=5, alpha_beta_gy=3, d50_gy=60, m=0.2, n=0.3)
