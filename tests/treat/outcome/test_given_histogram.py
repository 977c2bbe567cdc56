"""What a user may give as a dose: cumulative histograms, doses that are converted already, and what contradicts."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from fyr.models import Model, Prediction
from fyr.record.finding import Refusal
from fyr.treat.outcome import COMPLICATIONS, CONTROLS
from fyr.treat.outcome.coronary import CORONARY_DARBY
from fyr.treat.outcome.dose_effect import GEUD
from fyr.treat.outcome.given_histogram import differential, histogram_problem
from fyr.treat.outcome.organ_equivalent_dose import BREAST_OED, LINEAR_EXPONENTIAL_OED
from fyr.treat.outcome.own_numbers import LYMAN, RELATIVE_SERIALITY
from fyr.treat.outcome.tumour_control import LOGISTIC_CONTROL, POISSON_CONTROL

LUNGS = COMPLICATIONS["ntcp-lung-pneumonitis-quantec"]
PAROTID = COMPLICATIONS["ntcp-parotid-flow-dijkema"]
RECTUM = COMPLICATIONS["ntcp-rectum-bleeding-quantec"]
BREAST = COMPLICATIONS["ntcp-breast-fibrosis-mukesh"]
COARSE = {"dvh_dose_gy": [0, 10, 20, 30], "dvh_volume_cm3": [1000, 700, 300, 0]}
BINS = {"dvh_dose_gy": [5, 15, 25], "dvh_volume_cm3": [300, 400, 300]}
COURSE = {"dose_per_fraction_gy": 2, "fractions": 30}


def answered(model: Model, given: dict[str, object]) -> dict[str, float]:
    answer = model.predict(given)
    assert isinstance(answer, Prediction), answer
    return {name: one.value for name, one in answer.estimates.items()}


def reason(model: Model, given: dict[str, object]) -> str:
    answer = model.predict(given)
    assert isinstance(answer, Refusal), answer
    return answer.reason


def test_a_cumulative_histogram_is_differenced() -> None:
    doses, volumes = differential(np.array([0.0, 10.0, 20.0, 30.0]), np.array([1000.0, 700.0, 300.0, 0.0]))
    np.testing.assert_array_equal(doses, [5, 15, 25, 30])
    np.testing.assert_array_equal(volumes, [300, 400, 300, 0])


OWN = {
    LYMAN: {"fractions": 30, "alpha_beta_gy": 3, "d50_gy": 50, "m": 0.2, "n": 0.5},
    RELATIVE_SERIALITY: {"fractions": 30, "alpha_beta_gy": 3, "d50_gy": 50, "gamma": 1.5, "s": 0.7},
    POISSON_CONTROL: {
        "fractions": 30, "alpha_beta_gy": 10, "alpha_per_gy": 1.5, "alpha_sd_per_gy": 0.05, "clonogens_per_cm3": 1,
    },
    LOGISTIC_CONTROL: {
        "fractions": 30, "alpha_beta_gy": 10, "a": -10, "tcd50_gy": 20, "tcd50_se_gy": 2, "gamma50": 2, "gamma50_se": 1,
    },
    LINEAR_EXPONENTIAL_OED: {"organ": "lungs"},
    BREAST_OED: {"fractions": 30},
    CORONARY_DARBY: {},
    GEUD: {"a": 5},
    LUNGS: COURSE,
    RECTUM: COURSE,
}  # fmt: skip


@pytest.mark.parametrize("model", OWN, ids=lambda model: model.card.name)
def test_every_model_reads_a_cumulative_histogram_where_it_is_said(model: Model) -> None:
    more = OWN[model]
    said = answered(model, {**COARSE, "dvh_kind": "cumulative", **more})
    assert said == pytest.approx(answered(model, {**BINS, **more}), rel=1e-12)
    assert "say dvh_kind, differential or cumulative" in reason(model, {**COARSE, **more})
    as_bins = answered(model, {**COARSE, "dvh_kind": "differential", **more})
    assert as_bins != pytest.approx(said, rel=1e-3)


@pytest.mark.parametrize(
    ("doses", "volumes", "words"),
    [
        ([10, 20, 30], [3, 2, 0], "begins at 0 Gy and rises"),
        ([0, 20, 10], [3, 2, 0], "begins at 0 Gy and rises"),
        ([0, 10, 20], [3, 4, 0], "dvh_volume_cm3 of a cumulative histogram never rises"),
        ([0, 10, 20], [100, 60, 20], "ends at 20 Gy with 20 % of the volume left"),
    ],
)
def test_a_cumulative_histogram_that_is_none_is_refused(doses: list[float], volumes: list[float], words: str) -> None:
    given = {"dvh_dose_gy": doses, "dvh_volume_cm3": volumes, "dvh_kind": "cumulative", **COURSE}
    assert words in reason(LUNGS, given)


def test_a_fine_cumulative_histogram_that_begins_at_its_first_step_is_noticed_too() -> None:
    doses = np.arange(0.1, 40, 0.1)
    falling = np.maximum(0.0, 1000 * (1 - doses / 39))
    said = reason(LUNGS, {"dvh_dose_gy": doses, "dvh_volume_cm3": falling, **COURSE})
    assert "dvh_dose_gy begins at 0.1 Gy and dvh_volume_cm3 never rises" in said


def test_an_ordinary_histogram_is_not_taken_for_a_cumulative_one() -> None:
    for doses, volumes in (
        ([0, 10, 20], [1, 1, 1]),
        ([0, 10, 20], [1, 2, 1]),
        ([5, 15], [2, 1]),
        ([0.5, 5, 9], [3, 2, 1]),
    ):
        assert histogram_problem(np.array(doses, dtype=float), np.array(volumes, dtype=float)) is None


def test_a_dose_that_is_converted_already_needs_no_fraction_dose() -> None:
    assert answered(PAROTID, {"mean_dose_gy": 26, "dose_kind": "EQD2"})["ntcp"] == pytest.approx(0.1919, abs=5e-5)
    large = {"mean_dose_gy": 26, "dose_kind": "EQD2", "dose_per_fraction_gy": 8}
    assert answered(PAROTID, large)["ntcp"] == pytest.approx(0.1919, abs=5e-5)
    bins = {"dvh_dose_gy": [10, 40], "dvh_volume_cm3": [1, 1], "dose_kind": "EQD2"}
    eud = (0.5 * 10 ** (1 / 0.09) + 0.5 * 40 ** (1 / 0.09)) ** 0.09
    assert answered(RECTUM, bins)["ntcp"] == pytest.approx(norm.cdf((eud - 76.9) / (0.13 * 76.9)), abs=1e-10)
    expected = norm.cdf((60 * (1 + 2 / 3) - 132) / (0.35 * 132))  # an EQD2 of 60 Gy is a BED of 100 Gy at alpha/beta 3
    assert answered(BREAST, {"geud_gy": 60, "dose_kind": "EQD2"})["ntcp"] == pytest.approx(expected, abs=1e-10)
    uniform = {"dvh_dose_gy": [60], "dvh_volume_cm3": [5], "dose_kind": "EQD2"}
    assert answered(BREAST, uniform)["ntcp"] == pytest.approx(expected, abs=1e-10)
    physical = reason(RECTUM, {"geud_gy": 60, "dose_kind": "physical", "dose_per_fraction_gy": 2})
    assert "geud_gy is asked for as equivalent dose in 2 Gy fractions, and dose_kind says physical" in physical


def test_a_fit_of_one_s_own_takes_doses_in_two_gray_fractions() -> None:
    halves = {"dvh_dose_gy": "30;60", "dvh_volume_cm3": "1;1", "dose_kind": "EQD2"}
    heart = {**halves, "d50_gy": 52.3, "gamma": 1.28, "s": 1}
    assert answered(RELATIVE_SERIALITY, heart)["ntcp"] == pytest.approx(0.4309, abs=5e-5)
    lyman = answered(LYMAN, {**halves, "d50_gy": 50, "m": 0.2, "n": 1})["ntcp"]
    assert lyman == pytest.approx(norm.cdf((45 - 50) / 10), abs=1e-12)
    tumour = {**halves, "a": -10, "tcd50_gy": 50, "tcd50_se_gy": 2, "gamma50": 2, "gamma50_se": 0.5}
    eud = ((30.0**-10 + 60.0**-10) / 2) ** -0.1
    assert answered(LOGISTIC_CONTROL, tumour)["tcp"] == pytest.approx(1 / (1 + (50 / eud) ** 8), abs=1e-12)
    bins = {**heart, "dose_kind": None}
    assert reason(RELATIVE_SERIALITY, bins).startswith("fractions is missing, and the histogram is converted")
    assert reason(RELATIVE_SERIALITY, {**bins, "fractions": 30}).startswith("alpha_beta_gy is missing")


def test_a_bin_with_more_than_ten_gray_a_fraction_is_refused_whatever_was_prescribed() -> None:
    given = {"dvh_dose_gy": [20, 55], "dvh_volume_cm3": [5, 1], "dose_per_fraction_gy": 8, "fractions": 5}
    said = reason(RECTUM, given)
    assert "dvh_dose_gy reaches 11 Gy per fraction (fractions 5): above 10 Gy" in said
    empty = {**given, "dvh_volume_cm3": [5, 0]}
    assert "ntcp" in answered(RECTUM, empty)  # a bin that holds nothing decides nothing


def test_columns_that_contradict_each_other_are_refused() -> None:
    bins = {"dvh_dose_gy": [10, 20, 30], "dvh_volume_cm3": [1, 1, 1], "dose_per_fraction_gy": 2}
    assert "times fractions is 10 Gy, and dvh_dose_gy reaches 30 Gy" in reason(LUNGS, {**bins, "fractions": 5})
    assert "mean_dose_gy is 25 Gy, and the histogram gives 20 Gy (physical dose)" in reason(
        LUNGS, {**bins, "mean_dose_gy": 25}
    )
    assert answered(LUNGS, {**bins, "mean_dose_gy": 20.05})["ntcp"] == pytest.approx(0.2059, abs=5e-5)
    heart = {"dvh_dose_gy": [4], "dvh_volume_cm3": [1], "mean_dose_gy": 5}
    assert "mean_dose_gy is 5 Gy, and the histogram gives 4 Gy" in reason(CORONARY_DARBY, heart)


@pytest.mark.parametrize("model", [*COMPLICATIONS.values(), *CONTROLS.values()], ids=lambda model: model.card.name)
def test_every_card_says_endpoint_level_interval_parameters_and_ranges(model: Model) -> None:
    card = model.card
    assert "Endpoint: " in card.intended_use
    assert card.evidence.startswith("Level: ")
    assert "Interval: " in card.evidence
    assert "Gy" in card.validity
    assert card.parameters["fraction_dose_gy"][0] < card.parameters["fraction_dose_gy"][1]
    for entry in card.inputs:
        assert entry.required or entry.missing
        assert not entry.name.endswith("_gy") or entry.unit == "Gy"
