"""Units against values that others published: UCUM's own tables, NIST SP 811, and definitions that are exact."""

from __future__ import annotations

import math
import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fyr.errors import BadInput
from fyr.units import check_unit, convert, is_convertible
from fyr.units.parsing import parse
from fyr.units.table import AFFINE, DEFINED, OWN_KIND

# exact by definition (international yard and pound 1959; thermochemical calorie; ITS-90 zero; UCUM 2.2 tables)
EXACT = [
    (1, "[in_i]", "cm", 2.54),
    (1, "[lb_av]", "g", 453.59237),
    (1, "[oz_av]", "g", 28.349523125),
    (1, "[stone_av]", "kg", 6.35029318),
    (1, "[ft_i]", "m", 0.3048),
    (1, "[mi_i]", "km", 1.609344),
    (1, "[gal_us]", "L", 3.785411784),
    (1, "cal_th", "J", 4.184),
    (1, "atm", "kPa", 101.325),
    (1, "bar", "Pa", 100000),
    (1, "Ci", "Bq", 37e9),
    (1, "REM", "mSv", 10),
    (1, "RAD", "cGy", 1),
    (1, "d", "min", 1440),
    (1, "a", "d", 365.25),
    (1, "m[Hg]", "kPa", 133.3220),  # UCUM table 12; NIST SP 811 gives 133.3224
    (1, "cm[H2O]", "Pa", 98.0665),
    (1, "U", "umol/min", 1),
    (60, "U", "umol/s", 1),
    (1, "%", "10*-2", 1),
    (97, "%", "1", 0.97),
    (1, "[ppm]", "mg/kg", 1),
    (1, "10*9/L", "10*3/uL", 1),
    (1, "g/dL", "g/L", 10),
    (1, "g%", "g/dl", 1),
    (72, "/min", "Hz", 1.2),
    (72, "{beats}/min", "/min", 72),
    (16, "{breaths}/min", "/min", 16),
    (1, "kg.m/s2", "N", 1),
    (1, "L", "l", 1),
    (0.5, "mg/kg/h", "ug/kg/min", 500 / 60),
    (1, "[IU]/L", "[iU]/L", 1),
    (1, "[drp]", "mL", 0.05),
    (180, "deg", "[pi].rad", 1),
    (98.6, "[degF]", "Cel", 37.0),
    (-40, "[degF]", "Cel", -40.0),
    (37, "Cel", "K", 310.15),
    (0, "K", "Cel", -273.15),
    (32, "[degF]", "Cel", 0.0),
    (37000, "mCel", "Cel", 37.0),
]


@pytest.mark.parametrize(("value", "from_unit", "to_unit", "expected"), EXACT)
def test_exact_definitions(value: float, from_unit: str, to_unit: str, expected: float) -> None:
    assert convert(float(value), from_unit, to_unit) == pytest.approx(expected, rel=4e-16, abs=1e-13)
    assert convert(float(expected), to_unit, from_unit) == pytest.approx(value, rel=4e-16, abs=1e-13)


@pytest.mark.parametrize(
    ("value", "from_unit", "to_unit", "nist"),
    [  # NIST Special Publication 811 (2008), appendix B.8, as printed
        (1, "mm[Hg]", "Pa", 1.333224e2),
        (1, "[psi]", "Pa", 6.894757e3),
        (1, "[lbf_av]", "N", 4.448222),
        (1, "[HP]", "W", 7.456999e2),
        (1, "[foz_us]", "mL", 2.957353e1),
        (1, "[Btu_IT]", "J", 1.055056e3),
        (1, "[kn_i]", "m/s", 5.144444e-1),
        (1, "[in_i'Hg]", "Pa", 3.386389e3),
        (1, "gf", "N", 9.80665e-3),
        (1, "eV", "J", 1.602176e-19),
    ],
)
def test_nist_values(value: float, from_unit: str, to_unit: str, nist: float) -> None:
    assert convert(float(value), from_unit, to_unit) == pytest.approx(nist, rel=4e-6)


def test_arrays_convert_like_numbers_and_keep_nan() -> None:
    values = np.array([98.6, np.nan, 104.0])
    converted = convert(values, "[degF]", "Cel")
    assert converted.tolist()[0] == 37.0
    assert math.isnan(converted[1])
    assert converted[2] == convert(104.0, "[degF]", "Cel") == 40.0
    assert values[0] == 98.6


@pytest.mark.parametrize(
    ("from_unit", "to_unit"),
    [
        ("mm[Hg]", "Cel"),
        ("mg/dL", "mmol/L"),  # needs the substance
        ("[iU]", "U"),
        ("[iU]/L", "[arb'U]/L"),
        ("meq/L", "mmol/L"),  # needs the valence
        ("mosm/kg", "mmol/kg"),
        ("C", "Cel"),  # the coulomb
        ("pm", "/min"),  # the picometre
        ("%", "mm[Hg]"),
        ("[pH]", "mol/L"),
        ("dB[SPL]", "dB"),
    ],
)
def test_incompatible_units_name_both(from_unit: str, to_unit: str) -> None:
    with pytest.raises(BadInput) as caught:
        convert(1.0, from_unit, to_unit)
    assert f"'{from_unit}'" in str(caught.value)
    assert f"'{to_unit}'" in str(caught.value)
    assert not is_convertible(from_unit, to_unit)


@pytest.mark.parametrize(
    ("text", "offered"),
    [("mmHg", "mm[Hg]"), ("bpm", "/min"), ("°C", "Cel"), ("degC", "Cel"), ("IU/L", "[IU]/L"), ("mcg", "ug")],
)
def test_common_misspellings_are_refused_with_the_right_spelling(text: str, offered: str) -> None:
    with pytest.raises(BadInput, match="is not a UCUM unit") as caught:
        check_unit(text)
    assert offered in caught.value.mend
    with pytest.raises(BadInput, match="is not a UCUM unit"):
        convert(1.0, text, text)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            " ",
            "m ",
            "m/",
            "/",
            ".m",
            "m..s",
            "(m",
            "m)",
            "()",
            "m{",
            "m{ü}",
            "{a}{b}",
            "m/s-",
            "KG",
            "Mg/ DL",
            "x",
        ),
        *("m0", "0", "m/0", "m1000", "10*-999999999", "Cel2", "Cel/min", "/Cel", "m.Cel", "h[degF]", "kmin", "m" * 201),
        *("(" * 250, "[", "]", "[]", "mg%%"),
    ],
)
def test_what_is_not_a_unit_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="is not a UCUM unit"):
        check_unit(text)


def test_division_is_read_from_the_left() -> None:
    """UCUM section 7: operators have equal precedence and are evaluated from left to right."""
    assert parse("g/L.s").factor == parse("g.s/L").factor
    assert parse("g/(L.s)").kinds == parse("g/L/s").kinds
    assert convert(1.0, "/s.m", "m/s") == 1.0


def test_whole_codes_win_over_prefixes() -> None:
    assert parse("cd").kinds == (("cd", 1),)  # candela, not a centiday
    assert parse("Pa").factor == 1000  # g/(m.s2), not a peta-year
    assert parse("min").factor == 60  # not a milli-inch
    assert parse("dar").factor == 10  # deci-are: the are takes prefixes; nothing is a deca-r


def test_every_definition_in_the_table_is_itself_a_unit() -> None:
    for code in (*DEFINED, *OWN_KIND, *AFFINE):
        assert parse(code).factor > 0


@given(st.sampled_from([*DEFINED, *OWN_KIND, *AFFINE]), st.floats(-1e6, 1e6))
def test_there_and_back_again(code: str, value: float) -> None:
    base = {"K": "K"}.get(code, code)
    for other in (code, "K" if code in AFFINE else base):
        back = convert(convert(value, code, other), other, code)
        assert back == pytest.approx(value, rel=1e-12, abs=1e-9)


@given(
    st.lists(st.tuples(st.sampled_from(["m", "s", "g", "mol", "L", "min", "[iU]"]), st.integers(-3, 3)), min_size=1),
)
def test_products_multiply_exactly(parts: list[tuple[str, int]]) -> None:
    parts = [(code, exponent) for code, exponent in parts if exponent][:20]
    text = ".".join(f"{code}{exponent}" for code, exponent in parts) or "1"
    expected, kinds = Fraction(1), {}
    for code, exponent in parts:
        expected *= parse(code).factor ** exponent
        for kind, power in parse(code).kinds:
            kinds[kind] = kinds.get(kind, 0) + power * exponent
    assert parse(text).factor == expected
    assert dict(parse(text).kinds) == {kind: power for kind, power in kinds.items() if power}


def test_units_load_nothing_heavy() -> None:
    code = (
        "import sys; from fyr.units import convert; assert convert(37.0, 'Cel', 'Cel') == 37.0; "
        "assert convert(1.0, 'kPa', 'Pa') == 1000.0; "
        "print(*(name for name in ('numpy', 'pint', 'lark', 'pandas', 'polars') if name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == []
