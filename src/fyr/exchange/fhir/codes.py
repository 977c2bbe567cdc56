"""The terms of FHIR Observations that we understand, in our words.

LOINC as the FHIR vital signs profiles use it; MDC as in :mod:`fyr.exchange.device_codes`; SNOMED CT as the NEWS2
profiles of the United Kingdom use it. A term that is not here is not guessed at.
"""

from __future__ import annotations

from typing import Final

from fyr.exchange.device_codes import LOINC_SIGNALS, MDC_SIGNALS, MDC_UNITS
from fyr.record import Quality

__all__ = [
    "ABSENT",
    "CONSCIOUSNESS",
    "CONSCIOUSNESS_ANSWERS",
    "GENERAL",
    "LOINC",
    "MDC",
    "MDC_UNITS",
    "ON_OXYGEN",
    "OXYGEN_AMOUNTS",
    "OXYGEN_ANSWERS",
    "PANELS",
    "SAYS_MORE",
    "SIGNAL_OF",
    "SNOMED",
    "UCUM",
]

LOINC: Final = "http://loinc.org"
MDC: Final = "urn:iso:std:iso:11073:10101"
SNOMED: Final = "http://snomed.info/sct"
UCUM: Final = "http://unitsofmeasure.org"

GENERAL: Final[dict[tuple[str, str], str]] = {
    (LOINC, "8867-4"): "heart_rate",
    (LOINC, "2708-6"): "spo2",  # the profile's "magic" code beside 59408-5
    (LOINC, "8480-6"): "systolic_bp",
    (LOINC, "8462-4"): "diastolic_bp",
    (LOINC, "8478-0"): "mean_bp",
}
"""Terms that say what is measured but not how; a term that also says how, beside them, goes before. A blood pressure
that does not say how it was measured is one of the cuff."""

SAYS_MORE: Final = {
    "heart_rate": "pulse_rate",
    "systolic_bp": "systolic_abp",
    "diastolic_bp": "diastolic_abp",
    "mean_bp": "mean_abp",
}
"""Which signal goes before a general term that stands beside it."""

SIGNAL_OF: Final[dict[tuple[str, str], str]] = {
    **{(LOINC, code): name for code, name in LOINC_SIGNALS.items()},
    **{(MDC, code): name for code, name in MDC_SIGNALS.items()},
    **GENERAL,
}
"""Signals by system and code."""

PANELS: Final[dict[tuple[str, str], tuple[str, ...]]] = {(LOINC, "85354-9"): ("systolic_bp", "diastolic_bp")}
"""What a panel without components, but with a reason for that, says is absent."""

CONSCIOUSNESS: Final = frozenset(
    {
        (LOINC, "67775-7"),  # Level of responsiveness
        (LOINC, "80288-4"),  # Level of consciousness
        (SNOMED, "1104441000000107"),  # ACVPU (Alert Confusion Voice Pain Unresponsive) scale score
    }
)

CONSCIOUSNESS_ANSWERS: Final[dict[tuple[str, str], str]] = {
    (SNOMED, "248234008"): "A",  # Mentally alert
    (SNOMED, "130987000"): "C",  # Acute confusion
    (SNOMED, "300202002"): "V",  # Responds to voice
    (SNOMED, "450847001"): "P",  # Responds to pain
    (SNOMED, "422768004"): "U",  # Unresponsive
    (LOINC, "LA9340-6"): "A",  # Alert
    (LOINC, "LA6560-2"): "C",  # Confused
    (LOINC, "LA17108-4"): "V",  # Verbal
    (LOINC, "LA17107-6"): "P",  # Painful
    (LOINC, "LA9343-0"): "U",  # Unresponsive
}

ON_OXYGEN: Final = (SNOMED, "371825009")
"""Patient on oxygen: a question that is answered yes or no."""

OXYGEN_ANSWERS: Final[dict[tuple[str, str], bool]] = {
    (SNOMED, "373066001"): True,  # Yes
    (SNOMED, "373067005"): False,  # No
    (SNOMED, "371825009"): True,  # Patient on oxygen
    (SNOMED, "722742002"): False,  # Breathing room air
}

OXYGEN_AMOUNTS: Final[dict[tuple[str, str], tuple[str, float]]] = {
    (LOINC, "3151-8"): ("L/min", 0.0),  # Inhaled oxygen flow rate
    (LOINC, "3150-0"): ("%", 21.0),  # Inhaled oxygen concentration
}
"""The unit of each, and what room air has of it: more is supplemental oxygen."""

ABSENT: Final[dict[str, Quality]] = {
    **dict.fromkeys(("not-performed", "not-asked", "asked-declined", "not-applicable"), Quality.NOT_DONE),
    **dict.fromkeys(
        (
            *("unknown", "asked-unknown", "temp-unknown", "masked", "unsupported", "as-text", "error"),
            *("not-a-number", "negative-infinity", "positive-infinity", "not-permitted"),
        ),
        Quality.UNKNOWN,
    ),
}
"""The code system data-absent-reason of FHIR."""
