"""What a complication model takes, converts and refuses, and what its interval is."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy.stats import norm

from fyr.errors import BadInput
from fyr.models import Prediction
from fyr.record.finding import Refusal
from fyr.treat.outcome import COMPLICATIONS, ComplicationModel

RECTUM = COMPLICATIONS["ntcp-rectum-bleeding-quantec"]
PAROTID = COMPLICATIONS["ntcp-parotid-flow-dijkema"]
DVH = {"dvh_dose_gy": [10, 40, 70, 76], "dvh_volume_cm3": [30, 20, 10, 5]}


def reason(model: ComplicationModel, given: dict[str, object]) -> str:
    answer = model.predict(given)
    assert isinstance(answer, Refusal), answer
    return answer.reason


def value(model: ComplicationModel, given: dict[str, object]) -> float:
    answer = model.predict(given)
    assert isinstance(answer, Prediction), answer
    return answer.estimates["ntcp"].value


def test_a_histogram_is_converted_bin_by_bin_and_reduced() -> None:
    doses, volumes = np.array(DVH["dvh_dose_gy"], dtype=float), np.array(DVH["dvh_volume_cm3"], dtype=float)
    for fractions, size in ((38, 2.0), (20, 3.0)):
        converted = doses * (doses / fractions + 3) / (2 + 3)
        eud = (volumes / volumes.sum() @ converted ** (1 / 0.09)) ** 0.09
        expected = norm.cdf((eud - 76.9) / (0.13 * 76.9))
        found = value(RECTUM, {**DVH, "dose_per_fraction_gy": size, "fractions": fractions})
        assert found == pytest.approx(expected, abs=1e-10)


def test_a_uniform_dose_is_the_same_as_a_histogram_and_as_one_dose() -> None:
    one = value(RECTUM, {"geud_gy": 70, "dose_per_fraction_gy": 2})
    bins = {"dvh_dose_gy": "70", "dvh_volume_cm3": "12", "dose_per_fraction_gy": 2, "fractions": 35}
    assert value(RECTUM, bins) == pytest.approx(one, abs=1e-12)


def test_twelve_gray_a_fraction_is_refused_without_conversion_and_with_it() -> None:
    alone = reason(RECTUM, {"geud_gy": 40, "dose_per_fraction_gy": 12})
    assert "dose_per_fraction_gy is 12, and the fit is of 1.8 to 2.2 Gy: geud_gy cannot be converted" in alone
    assert "above 10 Gy per fraction" in reason(RECTUM, {**DVH, "dose_per_fraction_gy": 12, "fractions": 5})


def test_every_missing_piece_is_named() -> None:
    other = {**DVH, "dose_per_fraction_gy": 3}
    assert "fractions is missing" in reason(RECTUM, other)
    assert "alpha_beta_gy is missing" in reason(PAROTID, {**other, "fractions": 20})
    assert isinstance(PAROTID.predict({**other, "fractions": 20, "alpha_beta_gy": 3}), Prediction)
    assert "no dose: give dvh_dose_gy with dvh_volume_cm3, or geud_gy" in reason(RECTUM, {"dose_per_fraction_gy": 2})
    assert "dose_per_fraction_gy is missing" in reason(RECTUM, {"geud_gy": 70})
    half = {"dvh_dose_gy": [1], "dose_per_fraction_gy": 2}
    assert "only one column" in reason(RECTUM, half)
    assert "2 doses and 1 volumes" in reason(RECTUM, {**half, "dvh_dose_gy": [1, 2], "dvh_volume_cm3": [1]})
    assert "the structure has no dose" in reason(RECTUM, {**half, "dvh_volume_cm3": [0]})


def test_a_converted_dose_out_of_range_is_refused() -> None:
    hot = {"dvh_dose_gy": [90], "dvh_volume_cm3": [1], "dose_per_fraction_gy": 9, "fractions": 10}
    assert "outside 0 to 150 Gy" in reason(RECTUM, hot)


def test_a_missing_factor_is_refused() -> None:
    lungs = COMPLICATIONS["ntcp-lung-pneumonitis-appelt"]
    assert "smoking_status is missing" in reason(lungs, {"mean_dose_gy": 15, "dose_per_fraction_gy": 2})


@pytest.mark.parametrize("model", COMPLICATIONS.values(), ids=COMPLICATIONS.keys())
def test_every_model_rises_with_dose_and_holds_its_answer_in_its_interval(model: ComplicationModel) -> None:
    factors: dict[str, object] = {"dose_per_fraction_gy": 2, "fractions": 35, "alpha_beta_gy": 3}
    for one in model.fit.factors:
        factors[one.input.name] = False if one.input.kind == "boolean" else one.input.categories[0]
    risks = []
    for scale in (0.2, 0.5, 0.8, 1.0):
        given = {"dvh_dose_gy": [scale * 20, scale * 50, scale * 70], "dvh_volume_cm3": [5, 3, 2], **factors}
        answer = model.predict(given)
        assert isinstance(answer, Prediction), answer
        estimate = answer.estimates["ntcp"]
        risks.append(estimate.value)
        if model.fit.is_uncertain:
            assert estimate.low is not None
            assert estimate.high is not None
            assert 0 <= estimate.low <= estimate.value <= estimate.high <= 1
            assert estimate.low < estimate.high
        else:
            assert estimate.low is None
    assert risks == sorted(risks)
    assert model.card.citation
    assert set(model.card.parameters) >= {"form", "dose", "fraction_dose_gy", *model.fit.parameters}


def test_the_interval_of_one_uncertain_parameter_is_that_parameter_s() -> None:
    cord = COMPLICATIONS["ntcp-cord-myelopathy-schultheiss"]
    answer = cord.predict({"max_dose_gy": 60, "dose_per_fraction_gy": 2})
    assert isinstance(answer, Prediction)
    slope = np.log(19) / np.log(69.4 / 59.3)
    best, worst = (1 / (1 + (d50 / 60) ** slope) for d50 in (72.6, 66.4))
    assert answer.estimates["ntcp"].low == pytest.approx(best, rel=0.06)
    assert answer.estimates["ntcp"].high == pytest.approx(worst, rel=0.06)


def test_the_interval_of_two_parameters_is_that_of_the_delta_method_where_it_is_narrow() -> None:
    model = COMPLICATIONS["ntcp-cochlea-tinnitus-lee"]
    answer = model.predict({"mean_dose_gy": 46.52, "dose_per_fraction_gy": 2})
    assert isinstance(answer, Prediction)
    one = answer.estimates["ntcp"]
    error = np.log(53.43 / 41.91) / (2 * 1.96) / 0.35  # of the probit at the median dose: m does not matter there
    assert norm.ppf(one.high or 0) - norm.ppf(one.low or 0) == pytest.approx(2 * 1.96 * error, rel=0.05)


def test_draws_are_the_same_for_every_plan_and_give_the_interval() -> None:
    rows = [{**DVH, "dose_per_fraction_gy": 2, "fractions": 38}, {"geud_gy": 60, "dose_per_fraction_gy": 2}]
    draws = RECTUM.draws(rows)
    assert draws.shape == (10_000, 2)
    np.testing.assert_array_equal(draws, RECTUM.draws(rows))
    answer = RECTUM.predict(rows[0])
    assert isinstance(answer, Prediction)
    assert np.quantile(draws[:, 0], 0.025) == pytest.approx(answer.estimates["ntcp"].low)
    assert PAROTID.draws([{"mean_dose_gy": 26, "dose_per_fraction_gy": 2}]).shape == (1, 1)
    with pytest.raises(BadInput, match="no dose"):
        RECTUM.draws([{"dose_per_fraction_gy": 2}])


def test_a_long_table_has_the_answers_of_its_rows() -> None:
    doses = np.linspace(1, 90, 150)
    table = RECTUM.predict_table(pl.DataFrame({"geud_gy": doses, "dose_per_fraction_gy": 2.0}))
    for row in (0, 63, 64, 149):
        alone = RECTUM.predict({"geud_gy": doses[row], "dose_per_fraction_gy": 2})
        assert isinstance(alone, Prediction)
        one = alone.estimates["ntcp"]
        assert table.row(row, named=True)["ntcp_high"] == pytest.approx(one.high)
        assert table.row(row, named=True)["ntcp"] == pytest.approx(one.value)
