"""The devices' codes: consistent with each other, with the nomenclature's arithmetic and with the vocabulary."""

from __future__ import annotations

from fyr.exchange.device_codes import LOINC_SIGNALS, MDC_NAMES, MDC_SIGNALS, MDC_UNITS, SIGNAL_MDC
from fyr.record import SIGNALS
from fyr.units import check_unit, is_convertible

# Terms within their partition, as the headers of device software give them (ISO/IEEE 11073-10101; partition 2 and 4).
TERMS = {
    "MDC_PULS_OXIM_PULS_RATE": 18458,
    "MDC_PULS_OXIM_SAT_O2": 19384,
    "MDC_PRESS_BLD_NONINV_SYS": 18949,
    "MDC_PRESS_BLD_NONINV_DIA": 18950,
    "MDC_PRESS_BLD_NONINV_MEAN": 18951,
    "MDC_TEMP_BODY": 19292,
    "MDC_TEMP_TYMP": 19320,
    "MDC_TEMP_RECT": 57348,
    "MDC_TEMP_ORAL": 57352,
    "MDC_TEMP_EAR": 57356,
}
UNIT_TERMS = {
    2720: "/min",
    2752: "/min",
    2784: "/min",
    544: "%",
    3872: "mm[Hg]",
    3843: "kPa",
    6048: "Cel",
    4416: "[degF]",
}


def test_codes_are_partition_and_term():
    codes = {name: code for code, name in MDC_NAMES.items()}
    assert {name: codes[name] for name in TERMS} == {name: str(2 * 65536 + term) for name, term in TERMS.items()}
    assert {str(4 * 65536 + term): unit for term, unit in UNIT_TERMS.items()} == MDC_UNITS


def test_every_code_leads_to_a_signal_and_every_signal_that_has_one_back():
    assert set(MDC_SIGNALS.values()) | set(LOINC_SIGNALS.values()) <= set(SIGNALS)
    assert set(MDC_NAMES) == set(MDC_SIGNALS)
    assert {MDC_SIGNALS[code] for code in SIGNAL_MDC.values()} == set(SIGNAL_MDC)
    assert all(MDC_SIGNALS[code] == name for name, code in SIGNAL_MDC.items())
    assert MDC_NAMES[SIGNAL_MDC["systolic_bp"]] == "MDC_PRESS_BLD_NONINV_SYS"
    assert MDC_NAMES[SIGNAL_MDC["temperature"]] == "MDC_TEMP_BODY"


def test_every_unit_is_ucum_and_some_signal_has_it():
    for unit in MDC_UNITS.values():
        assert any(is_convertible(check_unit(unit), known.unit) for known in SIGNALS.values())
