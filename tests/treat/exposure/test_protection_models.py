"""The models give the numbers of the functions, and refuse."""

from __future__ import annotations

import pytest

from fyr.record.finding import Refusal
from fyr.treat.exposure.effective_dose import effective_dose
from fyr.treat.exposure.protection_models import EFFECTIVE_DOSE_CT, PEAK_SKIN_DOSE
from fyr.treat.exposure.quantity import Quantity, QuantityKind
from fyr.treat.exposure.skin_dose import SkinGeometry, peak_skin_dose

GEOMETRY = {
    "source_to_reference_mm": 635.0,
    "source_to_skin_mm": 600.0,
    "backscatter": 1.4,
    "tissue_to_air": 1.06,
    "table_transmission": 0.8,
}


@pytest.mark.parametrize(("region", "phantom"), [("head", "16 cm"), ("chest", "32 cm"), ("trunk", "32 cm")])
def test_effective_dose(region: str, phantom: str) -> None:
    answer = EFFECTIVE_DOSE_CT.predict({"dlp_mgy_cm": 640.0, "region": region, "age": 50})
    assert not isinstance(answer, Refusal)
    expected = effective_dose(Quantity(QuantityKind.DLP, 640, phantom), region, 50).msv
    assert answer.estimates["effective_dose_msv"].value == pytest.approx(expected)


def test_skin_dose() -> None:
    answer = PEAK_SKIN_DOSE.predict({"reference_air_kerma_mgy": 4000.0, **GEOMETRY})
    assert not isinstance(answer, Refusal)
    expected = peak_skin_dose(Quantity(QuantityKind.REFERENCE_AIR_KERMA, 4000), SkinGeometry(**GEOMETRY)).mgy
    assert answer.estimates["peak_skin_dose_mgy"].value == pytest.approx(expected)


def test_a_child_another_region_and_a_missing_geometry_are_refused() -> None:
    assert isinstance(EFFECTIVE_DOSE_CT.predict({"dlp_mgy_cm": 640, "region": "chest", "age": 6}), Refusal)
    assert isinstance(EFFECTIVE_DOSE_CT.predict({"dlp_mgy_cm": 640, "region": "knee", "age": 50}), Refusal)
    for name in GEOMETRY:
        lacking = {key: value for key, value in GEOMETRY.items() if key != name}
        assert isinstance(PEAK_SKIN_DOSE.predict({"reference_air_kerma_mgy": 4000.0, **lacking}), Refusal)
