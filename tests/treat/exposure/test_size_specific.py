"""Size-specific dose estimates beside the tables of AAPM Report 204."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from fyr.errors import BadInput
from fyr.record.finding import Refusal
from fyr.treat.exposure.size_specific import (
    SSDE_HEAD,
    SSDE_LATERAL_AP,
    SSDE_WATER_EQUIVALENT,
    conversion_factor,
    effective_diameter_cm,
    water_equivalent_diameter_cm,
)

TABLE_1D = {
    8: 2.76, 9: 2.66, 10: 2.57, 11: 2.47, 12: 2.38, 13: 2.30, 14: 2.22, 15: 2.14, 16: 2.06, 17: 1.98, 18: 1.91,
    19: 1.84, 20: 1.78, 21: 1.71, 22: 1.65, 23: 1.59, 24: 1.53, 25: 1.48, 26: 1.43, 27: 1.37, 28: 1.32, 29:
    1.28, 30: 1.23, 31: 1.19, 32: 1.14, 33: 1.10, 34: 1.06, 35: 1.02, 36: 0.99, 37: 0.95, 38: 0.92, 39: 0.88,
    40: 0.85, 41: 0.82, 42: 0.79, 43: 0.76, 44: 0.74, 45: 0.71,
}  # fmt: skip
"""AAPM Report 204, table 1D, whole: effective diameter in cm, factor for the 32 cm phantom."""
TABLE_2D = {
    6: 1.49, 7: 1.43, 8: 1.38, 9: 1.32, 10: 1.27, 11: 1.22, 12: 1.18, 13: 1.13, 14: 1.09, 15: 1.05, 16: 1.01,
    17: 0.97, 18: 0.93, 19: 0.90, 20: 0.86, 21: 0.83, 22: 0.80, 23: 0.77, 24: 0.74, 25: 0.71, 26: 0.69, 27:
    0.66, 28: 0.63, 29: 0.61, 30: 0.59, 31: 0.56, 32: 0.54, 33: 0.52, 34: 0.50, 35: 0.48, 36: 0.47, 37: 0.45,
    38: 0.43, 39: 0.41, 40: 0.40, 41: 0.38, 42: 0.37, 43: 0.35, 44: 0.34, 45: 0.33, 46: 0.32, 47: 0.30, 48:
    0.29, 49: 0.28, 50: 0.27, 51: 0.26, 52: 0.25, 53: 0.24, 54: 0.23, 55: 0.22,
}  # fmt: skip
"""AAPM Report 204, table 2D, whole: the same for the 16 cm phantom."""


@pytest.mark.parametrize(("phantom", "table"), [("32", TABLE_1D), ("16", TABLE_2D)])
def test_factors_are_those_of_the_whole_table_and_no_others(phantom: str, table: dict[int, float]) -> None:
    factors = conversion_factor(np.array(list(table), dtype=float), phantom)
    np.testing.assert_allclose(factors, list(table.values()), atol=0.0051)
    ends = np.array([min(table) - 0.1, max(table) + 0.1])
    assert np.isnan(conversion_factor(ends, phantom)).all()
    given = {"ctdi_vol_mgy": 10, "phantom_cm": phantom}
    for diameter in ends:
        answer = SSDE_WATER_EQUIVALENT.predict({**given, "water_equivalent_diameter_cm": diameter})
        assert isinstance(answer, Refusal)
    small = SSDE_LATERAL_AP.predict({**given, "lateral_cm": 7, "ap_cm": 7})
    assert isinstance(small, Refusal) == (phantom == "32")


def test_worked_factors() -> None:
    assert conversion_factor(np.array([30.0]), "32")[0] == pytest.approx(1.2311, abs=5e-5)
    assert conversion_factor(np.array([16.0]), "16")[0] == pytest.approx(1.0091, abs=5e-5)


@given(some.floats(8, 44), some.sampled_from(["16", "32"]))
def test_a_larger_body_gets_less(diameter: float, phantom: str) -> None:
    small, large = conversion_factor(np.array([diameter, diameter + 1]), phantom)
    assert small > large > 0


def test_no_factor_outside_the_fit() -> None:
    assert np.isnan(conversion_factor(np.array([7.9, 45.1]), "32")).all()


def test_a_cylinder_of_water_is_as_wide_as_it_is() -> None:
    across = (np.arange(400) + 0.5) - 200
    inside = np.hypot(across[:, None], across[None, :]) <= 150  # a radius of 15 cm in pixels of 1 mm
    water = np.where(inside, 0.0, -1000.0)[None]
    found = water_equivalent_diameter_cm(water, (1.0, 1.0), inside[None])
    assert found[0] == pytest.approx(30.0, rel=1e-3)
    lung = np.where(inside, -750.0, -1000.0)[None]  # a quarter of the attenuation: half the diameter
    assert water_equivalent_diameter_cm(lung, (1.0, 1.0), inside[None])[0] == pytest.approx(15.0, rel=1e-3)
    with pytest.raises(BadInput, match="nothing of the patient"):
        water_equivalent_diameter_cm(water, (1.0, 1.0), np.zeros_like(inside)[None])


def test_models_agree_with_one_another_and_refuse() -> None:
    body = {"ctdi_vol_mgy": 10, "phantom_cm": "32"}
    by_sides = SSDE_LATERAL_AP.predict(body | {"lateral_cm": 36, "ap_cm": 25})
    by_water = SSDE_WATER_EQUIVALENT.predict(body | {"water_equivalent_diameter_cm": 30})
    assert not isinstance(by_sides, Refusal)
    assert not isinstance(by_water, Refusal)
    assert by_sides.estimates["ssde_mgy"].value == pytest.approx(by_water.estimates["ssde_mgy"].value)
    assert by_sides.estimates["ssde_mgy"].value == pytest.approx(12.311, abs=5e-4)
    assert effective_diameter_cm(np.array([36.0]), np.array([25.0]))[0] == 30
    for refused in (
        SSDE_WATER_EQUIVALENT.predict({"ctdi_vol_mgy": 10, "water_equivalent_diameter_cm": 30}),
        SSDE_LATERAL_AP.predict(body | {"lateral_cm": 60, "ap_cm": 40}),
        SSDE_HEAD.predict({"ctdi_vol_mgy": 10, "phantom_cm": "16", "water_equivalent_diameter_cm": 17}),
    ):
        assert isinstance(refused, Refusal)
