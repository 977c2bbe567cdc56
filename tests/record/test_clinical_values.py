"""Clinical values as they arrive: converted by UCUM, or refused with what is wrong and how to mend it."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fyr.errors import BadInput
from fyr.record.clinical import FACTS
from fyr.record.clinical_reading import clinical_value

NUMBERS = [fact for fact in FACTS.values() if fact.kind in ("number", "integer")]


@pytest.mark.parametrize(
    ("name", "value", "unit", "read"),
    [
        ("tumour_size_mm", 2.2, "cm", 22),
        ("tumour_size_mm", "22", "mm", 22),
        ("albumin_g_l", 3.8, "g/dL", 38),
        ("neutrophils_e9_l", 4000, "/uL", 4),
        ("ldh_u_l", 4, "ukat/L", 240),
        ("er_percent", 0.9, "1", 90),
        ("height_cm", 1.7, "m", 170),
        ("her2_status", "2+", None, "equivocal"),
        ("her2_status", "2+/ISH-", None, "negative"),
        ("her2_status", "Positive", None, "positive"),
        ("er_positive", "NEG", None, False),
        ("copd", True, None, True),
        ("clinical_t_category", "cT1c", None, "T1c"),
        ("stage_group", "Stage IIIA", None, "IIIA"),
        ("egfr_variant", "L858R", None, "p.L858R"),
        ("egfr_variant", "NM_005228.5:c.2573T>G", None, "NM_005228.5:c.2573T>G"),
        ("egfr_variant", "p.(Leu858Arg)", None, "p.(Leu858Arg)"),
        ("alk_variant", "EML4::ALK", None, "EML4::ALK"),
        ("met_variant", "exon 14 skipping", None, "exon 14 skipping"),
        ("er_allred", 8, None, 8),
    ],
)
def test_a_value_is_read(name: str, value: object, unit: str | None, read: object) -> None:
    assert clinical_value(name, value, unit) == (pytest.approx(read) if isinstance(read, float) else read)


def test_bilirubin_by_mass_is_converted_with_its_molar_mass() -> None:
    """584.66 g/mol, PubChem CID 5280352: the 17.1 of every conversion table."""
    assert clinical_value("bilirubin_umol_l", 1, "mg/dL") == pytest.approx(17.10, abs=0.005)


@pytest.mark.parametrize(
    ("name", "value", "unit", "complaint"),
    [
        ("ki67_percent", 250, "%", "ki67_percent is 250 %, which is not possible; .* 0 to 100 %"),
        ("positive_nodes", -2, "1", "positive_nodes is -2, which is not possible"),
        ("positive_nodes", 1.5, "1", "whole number"),
        ("tumour_size_mm", 22, None, "without a unit"),
        ("tumour_size_mm", 22, "inch", r"write \[in_i\]"),
        ("tumour_size_mm", 22, "kg", "different kinds"),
        ("tumour_size_mm", 20, "m", "not possible"),
        ("tumour_size_mm", "2,2", "cm", "decimal point"),
        ("tumour_size_mm", math.nan, "mm", "unknown or was not done"),
        ("tumour_size_mm", True, "mm", "not a number"),
        ("tmb_mut_mb", 12, "1/Mb", "1/1000000{Base}"),
        ("ecog_performance_status", 5, None, "0 to 4"),
        ("er_allred", 1, None, "no Allred score"),
        ("her2_status", "maybe", None, "negative, positive or equivocal"),
        ("her2_status", "positive", "1", "leave the unit away"),
        ("copd", 1, None, "neither true nor false"),
        ("clinical_t_category", "pT2", None, "none of its categories"),
        ("pathological_t_category", "ypT2", None, "none of its categories"),
        ("egfr_variant", "something odd", None, "no variant in HGVS"),
        ("tumour_sise_mm", 22, "mm", "did you mean tumour_size_mm"),
    ],
)
def test_what_is_not_possible_is_refused(name: str, value: object, unit: str | None, complaint: str) -> None:
    with pytest.raises(BadInput, match=complaint):
        clinical_value(name, value, unit)


@given(st.sampled_from(NUMBERS), st.floats(allow_nan=False, width=32))
def test_a_number_is_in_its_range_or_refused(fact: object, value: float) -> None:
    assert isinstance(fact, type(NUMBERS[0]))
    try:
        read = clinical_value(fact.name, value, fact.unit)
    except BadInput:
        return
    assert isinstance(read, float)
    assert float(fact.low or 0) <= read <= float(fact.high or 0)


def test_every_spelling_of_every_fact_is_read() -> None:
    for fact in FACTS.values():
        for word, target in fact.spellings.items():
            assert clinical_value(fact.name, f" {word.upper()} ") == (
                target if fact.kind == "category" else target == "true"
            )
