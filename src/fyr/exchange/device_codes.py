"""The codes that devices give to quantities and units, in our words.

MDC codes: ISO/IEEE 11073-10101 nomenclature, context-free (partition · 65536 + term; partition 2 for quantities, 4
for units). The standard itself is not free to read; each code here was found, with its name, in at least two public
sources that do not copy each other (264896 in one): nomenclature headers of device software, the HL7 Danish and
German core implementation guides (which give 150364, 150368, 150456, 150021 to 150023, 188420 to 188428), and HL7
messages as monitors send them (150033 to 150035, 150037 to 150039, 150301 to 150303, 150344, 147842, 149530, 151562).
Codes for one name that differ between sources, such as the two other ones met for MDC_DIM_FAHR (268160, 268224), are
left out: a message with one is refused, not guessed. So is MDC_TTHOR_RESP_RATE, whose number was not found. Skin
temperature is not body temperature.

LOINC: as in the vocabulary, and for a pressure without a stated method as the cuff's (8480-6, 8462-4, 8478-0, which the
FHIR vital signs profile uses).
"""

from __future__ import annotations

from typing import Final

from fyr.record import SIGNALS

__all__ = ["LOINC_SIGNALS", "MDC_NAMES", "MDC_SIGNALS", "MDC_UNITS", "SIGNAL_MDC"]

_MDC: Final = (
    ("147842", "MDC_ECG_HEART_RATE", "heart_rate"),
    ("149530", "MDC_PULS_OXIM_PULS_RATE", "pulse_rate"),
    ("151562", "MDC_RESP_RATE", "respiratory_rate"),
    ("150456", "MDC_PULS_OXIM_SAT_O2", "spo2"),
    ("150021", "MDC_PRESS_BLD_NONINV_SYS", "systolic_bp"),
    ("150022", "MDC_PRESS_BLD_NONINV_DIA", "diastolic_bp"),
    ("150023", "MDC_PRESS_BLD_NONINV_MEAN", "mean_bp"),
    ("150301", "MDC_PRESS_CUFF_SYS", "systolic_bp"),
    ("150302", "MDC_PRESS_CUFF_DIA", "diastolic_bp"),
    ("150303", "MDC_PRESS_CUFF_MEAN", "mean_bp"),
    ("150037", "MDC_PRESS_BLD_ART_ABP_SYS", "systolic_abp"),
    ("150038", "MDC_PRESS_BLD_ART_ABP_DIA", "diastolic_abp"),
    ("150039", "MDC_PRESS_BLD_ART_ABP_MEAN", "mean_abp"),
    ("150033", "MDC_PRESS_BLD_ART_SYS", "systolic_abp"),
    ("150034", "MDC_PRESS_BLD_ART_DIA", "diastolic_abp"),
    ("150035", "MDC_PRESS_BLD_ART_MEAN", "mean_abp"),
    ("150364", "MDC_TEMP_BODY", "temperature"),
    ("150344", "MDC_TEMP", "temperature"),
    ("150368", "MDC_TEMP_CORE", "temperature"),
    ("150392", "MDC_TEMP_TYMP", "temperature"),
    ("188420", "MDC_TEMP_RECT", "temperature"),
    ("188424", "MDC_TEMP_ORAL", "temperature"),
    ("188428", "MDC_TEMP_EAR", "temperature"),
)

MDC_SIGNALS: Final[dict[str, str]] = {code: signal for code, _, signal in _MDC}
"""Signals by MDC code."""

MDC_NAMES: Final[dict[str, str]] = {code: name for code, name, _ in _MDC}
"""The standard's own name (reference identifier) of each MDC code."""

SIGNAL_MDC: Final[dict[str, str]] = {signal: code for code, _, signal in reversed(_MDC)}
"""The MDC code that we write for each signal: the first of those that we read as it."""

MDC_UNITS: Final[dict[str, str]] = {
    "264864": "/min",  # MDC_DIM_BEAT_PER_MIN
    "264928": "/min",  # MDC_DIM_RESP_PER_MIN
    "264896": "/min",  # MDC_DIM_PULS_PER_MIN
    "262688": "%",  # MDC_DIM_PERCENT
    "266016": "mm[Hg]",  # MDC_DIM_MMHG
    "265987": "kPa",  # MDC_DIM_KILO_PASCAL
    "268192": "Cel",  # MDC_DIM_DEGC
    "266560": "[degF]",  # MDC_DIM_FAHR
}
"""UCUM units by MDC code."""

LOINC_SIGNALS: Final[dict[str, str]] = {
    **{known.loinc: name for name, known in SIGNALS.items() if known.loinc is not None},
    "8480-6": "systolic_bp",
    "8462-4": "diastolic_bp",
    "8478-0": "mean_bp",
}
"""Signals by LOINC code."""
