"""Effective dose, shielding, skin and occupational doses: published values and laws."""

from __future__ import annotations

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


def test_a_barrier_that_somebody_else_read_off_the_curve() -> None:
    """A chest room asks for 1.449e-3; read off NCRP 147, figure B.2, that is about 1.5 mm of lead (Tofani 2006)."""
    assert thickness_mm(1.449e-3, "primary chest room", "lead") == pytest.approx(1.5, abs=0.25)


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
