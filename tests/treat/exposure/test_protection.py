"""Effective dose, shielding, skin and occupational doses: published values and laws."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as some

from fyr.errors import BadInput, Refused
from fyr.treat.exposure.effective_dose import COEFFICIENTS, TISSUE_WEIGHTS_103, effective_dose
from fyr.treat.exposure.event import EventGeometry
from fyr.treat.exposure.occupational import LIMITS, assess
from fyr.treat.exposure.quantity import Quantity, QuantityKind
from fyr.treat.exposure.shielding import FITS, barrier, ct_scatter_kerma_mgy, thickness_mm, transmission
from fyr.treat.exposure.skin_dose import SkinGeometry, kerma_level, peak_skin_dose, reference_distance_mm

K = QuantityKind


def test_tissue_weights_add_up_to_one() -> None:
    """ICRP Publication 103, table 3."""
    assert sum(TISSUE_WEIGHTS_103.values()) == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize(
    ("region", "phantom", "coefficients", "expected"),
    [
        ("Chest", "32 cm", "shrimpton-icrp60", 7.0),  # 500 x 0.014: AAPM Report 96, table 3
        ("Head", "16 cm", "shrimpton-icrp60", 1.05),
        ("Abdomen", "32 cm", "shrimpton-icrp60", 7.5),
        ("Chest", "32 cm", "lee-icrp103", 10.5),  # Lee 2012, table XII
        ("Head", "16 cm", "lee-icrp103", 0.85),
    ],
)
def test_effective_dose(region: str, phantom: str, coefficients: str, expected: float) -> None:
    found = effective_dose(Quantity(K.DLP, 500, phantom), region, 60, coefficients)
    assert found.msv == pytest.approx(expected)
    assert "not this person's risk" in found.statement


@pytest.mark.parametrize(
    ("dlp", "region", "age", "reason"),
    [
        (Quantity(K.DLP, 500, "32 cm"), "Head", 60, "16 cm phantom"),
        (Quantity(K.DLP, 500), "Chest", 60, "unknown phantom"),
        (Quantity(K.DLP, 500, "32 cm"), "Knee", 60, "no coefficient"),
        (Quantity(K.DLP, 500, "32 cm"), "", 60, "no coefficient"),
        (Quantity(K.DLP, 500, "32 cm"), "Chest", 6, "child"),
        (Quantity(K.DLP, 500, "32 cm"), "Chest", None, "age"),
        (Quantity(K.DAP, 500), "Chest", 60, "dose_area_product"),
    ],
)
def test_effective_dose_is_refused_with_its_reason(dlp: Quantity, region: str, age: float | None, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        effective_dose(dlp, region, age)


def test_every_set_has_the_same_regions() -> None:
    assert len({tuple(one) for one in COEFFICIENTS.values()}) == 1


def test_the_worked_transmission() -> None:
    """120 kVp CT through 1.5 mm of lead."""
    assert transmission(1.5, "ct 120 kVp", "lead") == pytest.approx(0.00423, abs=5e-6)


PRINTED = {
    "lead": {50: (8.801, 27.28, 0.296), 70: (5.369, 23.49, 0.588), 85: (3.504, 20.37, 0.755),
             100: (2.5, 15.28, 0.756), 125: (2.219, 7.923, 0.539)},
    "concrete": {50: (0.0903, 0.1712, 0.232), 70: (0.0509, 0.1696, 0.385), 85: (0.044, 0.1348, 0.494),
                 125: (0.035, 0.0711, 0.697)},
    "steel": {50: (1.817, 4.84, 0.402), 70: (0.715, 3.8, 0.538), 85: (0.436, 3.18, 0.686),
              100: (0.342, 2.42, 0.765), 125: (0.213, 1.68, 0.822)},
    "gypsum wallboard": {50: (0.0388, 0.0873, 0.511), 70: (0.023, 0.0716, 0.73), 85: (0.0175, 0.0556, 0.839),
                         100: (0.0147, 0.0417, 0.894), 125: (0.0119, 0.0288, 0.968)},
    "plate glass": {70: (0.0579, 0.136, 0.597), 85: (0.0472, 0.114, 0.779), 100: (0.0428, 0.095, 0.979),
                    125: (0.0365, 0.063, 1.031)},
}  # fmt: skip
"""Radiation Shielding for Diagnostic Radiology (BIR, 2nd edition), table 4.1: a, b, g by tube voltage."""


def test_a_primary_beam_passes_as_the_other_table_of_the_same_fits_says() -> None:
    assert {(f"primary {kvp} kVp", material) for material, rows in PRINTED.items() for kvp in rows} == {
        beam for beam in FITS if beam[0].startswith("primary")
    }
    for material, rows in PRINTED.items():
        for kvp, (a, b, g) in rows.items():
            fit = FITS[f"primary {kvp} kVp", material]
            for part in (0.1, 0.5, 0.9):
                x = part * fit.thickest_mm
                printed = ((1 + b / a) * math.exp(a * g * x) - b / a) ** (-1 / g)
                assert transmission(x, f"primary {kvp} kVp", material) == pytest.approx(printed, rel=0.02), (
                    material,
                    kvp,
                )


def test_a_harder_beam_needs_a_thicker_barrier() -> None:
    for material in ("lead", "steel", "gypsum wallboard"):
        needed = [thickness_mm(1e-3, f"primary {kvp} kVp", material) for kvp in (50, 70, 85, 100, 125)]
        assert needed == sorted(needed)


@given(some.sampled_from(list(FITS)), some.floats(0, 1))
def test_thickness_is_the_inverse_of_transmission(beam: tuple[str, str], part: float) -> None:
    thickness = part * FITS[beam].thickest_mm * 0.999
    passed = transmission(thickness, *beam)
    assert 0 < passed <= 1
    assert thickness_mm(passed, *beam) == pytest.approx(thickness, abs=1e-6)


@pytest.mark.parametrize("beam", list(FITS))
def test_nothing_stands_in_the_way_of_nothing_and_more_passes_less(beam: tuple[str, str]) -> None:
    most = FITS[beam].thickest_mm
    passed = [transmission(most * step / 20, *beam) for step in range(21)]
    assert passed[0] == pytest.approx(1.0)
    assert passed == sorted(passed, reverse=True)


def test_a_ct_room() -> None:
    """NCRP Report 147, section 5.6: 550 mGy.cm body and 1200 mGy.cm head examinations."""
    assert ct_scatter_kerma_mgy(1200, "head") == pytest.approx(0.108)
    assert ct_scatter_kerma_mgy(550, "body") == pytest.approx(0.198)
    week = 150 * 0.198 + 30 * 0.108
    found = barrier(week, 3.0, 0.02, 1.0, "ct 120 kVp", "lead")
    assert found.unshielded_mgy_per_week == pytest.approx(week / 9)
    assert found.unshielded_mgy_per_week * transmission(found.thickness_mm, "ct 120 kVp", "lead") == pytest.approx(0.02)


@pytest.mark.parametrize(
    "call",
    [
        lambda: transmission(1, "ct 80 kVp", "lead"),
        lambda: transmission(-1, "ct 120 kVp", "lead"),
        lambda: transmission(40, "ct 120 kVp", "lead"),
        lambda: thickness_mm(0, "ct 120 kVp", "lead"),
        lambda: thickness_mm(1e-9, "ct 120 kVp", "lead"),
        lambda: barrier(1, 0, 0.02, 1, "ct 120 kVp", "lead"),
        lambda: barrier(1, 2, 0.02, 2, "ct 120 kVp", "lead"),
        lambda: ct_scatter_kerma_mgy(100, "knee"),
    ],
)
def test_shielding_refuses_what_it_has_no_fit_for(call: object) -> None:
    with pytest.raises(BadInput):
        call()  # type: ignore[operator]


@pytest.mark.parametrize(
    ("mgy", "level"),
    [(2999, "none"), (3000, "first notification"), (4999, "first notification"), (5000, "substantial")],
)
def test_levels_of_kerma(mgy: float, level: str) -> None:
    """AAPM MPPG 12.a, sections 5.3 and 5.4."""
    assert kerma_level(Quantity(K.REFERENCE_AIR_KERMA, mgy)).level == level


def test_skin_dose_is_kerma_times_its_stated_factors() -> None:
    plain = SkinGeometry(600, 600, 1.0, 1.0, 1.0)
    kerma = Quantity(K.REFERENCE_AIR_KERMA, 4000)
    assert peak_skin_dose(kerma, plain).mgy == 4000
    twice = peak_skin_dose(kerma, SkinGeometry(600, 300, 1.0, 1.0, 1.0))
    assert twice.mgy == pytest.approx(16000)
    real = peak_skin_dose(kerma, SkinGeometry(635, 600, 1.4, 1.06, 0.8))
    assert real.mgy == pytest.approx(4000 * (635 / 600) ** 2 * 1.4 * 1.06 * 0.8)
    assert real.is_substantial
    assert set(real.factors) == {"inverse_square", "backscatter", "tissue_to_air", "table_transmission"}


def test_skin_dose_is_refused_without_a_geometry() -> None:
    with pytest.raises(Refused, match="reference point"):
        reference_distance_mm(EventGeometry())
    with pytest.raises(Refused, match="reference point"):
        reference_distance_mm(EventGeometry(source_to_isocentre_mm=785, reference_point="Unknown"))
    known = EventGeometry(source_to_isocentre_mm=785, reference_point="15 cm from isocentre towards source")
    assert reference_distance_mm(known) == 635
    with pytest.raises(Refused, match="backscatter"):
        peak_skin_dose(Quantity(K.REFERENCE_AIR_KERMA, 1), SkinGeometry(600, 600, 0.5, 1, 1))
    with pytest.raises(Refused, match="dose_area_product"):
        peak_skin_dose(Quantity(K.DAP, 1), SkinGeometry(600, 600, 1.3, 1, 1))


def test_limits_are_those_of_the_directive() -> None:
    """2013/59/Euratom, articles 9, 11 and 12."""
    found = {(who, one.quantity): one.msv for who, limits in LIMITS.items() for one in limits}
    assert found == {
        ("worker", "effective dose"): 20,
        ("worker", "lens of the eye"): 20,
        ("worker", "skin"): 500,
        ("worker", "extremities"): 500,
        ("apprentice", "effective dose"): 6,
        ("apprentice", "lens of the eye"): 15,
        ("apprentice", "skin"): 150,
        ("apprentice", "extremities"): 150,
        ("public", "effective dose"): 1,
        ("public", "lens of the eye"): 15,
        ("public", "skin"): 50,
    }


def test_a_workers_years() -> None:
    doses = {
        ("effective dose", year): dose for year, dose in zip(range(2020, 2026), (5, 10, 15, 20, 21, 40), strict=True)
    }
    found = {one.year: one for one in assess(doses)}
    assert [year for year, one in found.items() if one.is_above] == [2024, 2025]
    assert found[2023].five_years_msv is None, "a year is missing: no sum is made up"
    assert (found[2024].five_years_msv, found[2024].is_above_five_years) == (71, False)
    assert (found[2025].five_years_msv, found[2025].is_above_five_years) == (106, True)
    assert assess({("lens of the eye", 2020): 51.0})[0].is_above_five_years
    with pytest.raises(BadInput, match="no limit"):
        assess({("knee", 2020): 1.0})
    with pytest.raises(BadInput, match="not a dose"):
        assess({("skin", 2020): -1.0})
