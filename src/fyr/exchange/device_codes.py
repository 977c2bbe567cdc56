"""The codes that devices give to quantities and units, in our words.

MDC codes: ISO/IEEE 11073-10101 nomenclature, context-free (partition · 65536 + term). LOINC: as in the vocabulary.
"""

from __future__ import annotations

from typing import Final

from fyr.record import SIGNALS

__all__ = ["LOINC_SIGNALS", "MDC_SIGNALS", "MDC_UNITS", "SIGNAL_MDC"]

MDC_SIGNALS: Final[dict[str, str]] = {
    "147842": "heart_rate",  # MDC_ECG_HEART_RATE
    "149530": "pulse_rate",  # MDC_PULS_OXIM_PULS_RATE
    "151562": "respiratory_rate",  # MDC_RESP_RATE
    "150456": "spo2",  # MDC_PULS_OXIM_SAT_O2
    "150021": "systolic_bp",  # MDC_PRESS_BLD_NONINV_SYS
    "150022": "diastolic_bp",  # MDC_PRESS_BLD_NONINV_DIA
    "150023": "mean_bp",  # MDC_PRESS_BLD_NONINV_MEAN
    "150037": "systolic_abp",  # MDC_PRESS_BLD_ART_ABP_SYS
    "150038": "diastolic_abp",  # MDC_PRESS_BLD_ART_ABP_DIA
    "150039": "mean_abp",  # MDC_PRESS_BLD_ART_ABP_MEAN
    "150364": "temperature",  # MDC_TEMP_BODY
}
"""Signals by MDC code."""

SIGNAL_MDC: Final[dict[str, str]] = {signal: code for code, signal in MDC_SIGNALS.items()}
"""The MDC code that we write for each signal."""

MDC_UNITS: Final[dict[str, str]] = {
    "264864": "/min",  # MDC_DIM_BEAT_PER_MIN
    "264928": "/min",  # MDC_DIM_RESP_PER_MIN
    "264896": "/min",  # MDC_DIM_PULS_PER_MIN
    "262688": "%",  # MDC_DIM_PERCENT
    "266016": "mm[Hg]",  # MDC_DIM_MMHG
    "265987": "kPa",  # MDC_DIM_KILO_PASCAL
    "268192": "Cel",  # MDC_DIM_DEGC
}
"""UCUM units by MDC code."""

LOINC_SIGNALS: Final[dict[str, str]] = {known.loinc: name for name, known in SIGNALS.items() if known.loinc is not None}
"""Signals by LOINC code."""
