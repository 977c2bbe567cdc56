"""What monitors call a signal and its unit, and which of Fyr's signals that is; no other name is ever guessed.

Names: the numerics of the MIMIC waveform databases (Moody and others, PhysioNet) and the spellings of bedside monitors.
"""

from __future__ import annotations

import re
from itertools import product
from typing import Final

__all__ = ["as_ucum", "vocabulary_name"]

_PLAIN: Final[dict[str, tuple[str, ...]]] = {
    "heart_rate": ("HR", "HEARTRATE", "ECGHR", "HRECG"),
    "pulse_rate": ("PULSE", "PR", "PULSERATE", "SPO2PR", "PRSPO2", "SPO2PULSE"),
    "respiratory_rate": ("RESP", "RR", "RESPRATE", "RESPIRATORYRATE", "RESPIRATIONRATE"),
    "spo2": ("SPO2", "SPO2SATURATION"),
    "temperature": ("TEMP", "TEMPERATURE", "BODYTEMP", "BODYTEMPERATURE"),
}
_PRESSURES: Final[dict[str, tuple[str, ...]]] = {"bp": ("NBP", "NIBP"), "abp": ("ABP", "ART", "IBP")}
_PHASES: Final[dict[str, tuple[str, ...]]] = {
    "systolic": ("SYS", "S", "SYST", "SYSTOLIC"),
    "diastolic": ("DIAS", "D", "DIA", "DIAST", "DIASTOLIC"),
    "mean": ("MEAN", "M", "MAP"),
}
_NAMES: Final[dict[str, str]] = {
    **{spelling: name for name, spellings in _PLAIN.items() for spelling in spellings},
    **{
        site + phase: f"{phase_name}_{site_name}"
        for (site_name, sites), (phase_name, phases) in product(_PRESSURES.items(), _PHASES.items())
        for site, phase in product(sites, phases)
    },
    **{
        f"{phase}{site}".upper(): f"{phase}_{site}"
        for site, phase in product(("bp", "abp"), ("systolic", "diastolic", "mean"))
    },
}
_UNITS: Final[dict[str, str]] = {
    "bpm": "/min",
    "pm": "/min",
    "/min": "/min",
    "rpm": "/min",
    "brpm": "/min",
    "1/min": "/min",
    "mmhg": "mm[Hg]",
    "mm[hg]": "mm[Hg]",
    "kpa": "kPa",
    "%": "%",
    "pct": "%",
    "percent": "%",
    "degc": "Cel",
    "celsius": "Cel",
    "cel": "Cel",
    "c": "Cel",
    "degf": "[degF]",
    "fahrenheit": "[degF]",
    "f": "[degF]",
}
_ELECTRICAL: Final[dict[str, str]] = {"V": "V", "mV": "mV", "uV": "uV", "nV": "nV", "Ohm": "Ohm", "ohm": "Ohm"}


def vocabulary_name(name: str) -> str | None:
    """Return the name in :data:`fyr.record.vocabulary.SIGNALS`, or ``None`` where the spelling is not known.

    Case, spaces and punctuation do not matter, and a unit in brackets at the end is left away.

    >>> vocabulary_name("NBP Sys"), vocabulary_name("%SpO2"), vocabulary_name("ART SYS [mmHg]"), vocabulary_name("CVP")
    ('systolic_bp', 'spo2', 'systolic_abp', None)
    """
    without_unit = re.sub(r"\s*[\[(][^\])]*[\])]\s*$", "", name)
    return _NAMES.get(re.sub(r"[^A-Za-z0-9]", "", without_unit).upper())


def as_ucum(unit: str | None) -> str | None:
    """Return the UCUM unit that a WFDB header's unit means, or ``None`` where that is not known.

    Note that ``pm`` is *per minute* in these files, and a picometre in UCUM.

    >>> as_ucum("bpm"), as_ucum("deg C"), as_ucum("mmHg"), as_ucum("mV"), as_ucum("furlong")
    ('/min', 'Cel', 'mm[Hg]', 'mV', None)
    """
    if unit is None:
        return None
    return _ELECTRICAL.get(unit) or _UNITS.get(re.sub(r"[ _°.]", "", unit).lower())
