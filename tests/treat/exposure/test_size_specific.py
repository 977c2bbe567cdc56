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

TABLE_1D = {8: 2.76, 10: 2.57, 15: 2.14, 20: 1.78, 25: 1.48, 30: 1.23, 35: 1.02, 40: 0.85, 45: 0.71}
"""AAPM Report 204, table 1D: effective diameter in cm, factor for the 32 cm phantom."""


@pytest.mark.parametrize(("diameter", "factor"), TABLE_1D.items())
def test_factors_are_those_of_the_table(diameter: float, factor: float) -> None:
    assert conversion_factor(np.array([float(diameter)]), "32")[0] == pytest.approx(factor, abs=0.0051)


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
