"""The signals and bedside observations that Fyr knows by name: one word for one thing.

LOINC codes: Logical Observation Identifiers Names and Codes, Regenstrief Institute. Units: UCUM.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from fyr.errors import BadInput

__all__ = ["SIGNALS", "Signal", "signal"]


@dataclass(frozen=True, slots=True)
class Signal:
    """A quantity that is measured again and again.

    Parameters
    ----------
    name : str
        The plain name, used in code, files, policies, the API and on the page.
    abbreviation : str
        The ward's own short form, as in rule keys (``rr<11/5min``).
    title : str
        As a person reads it.
    unit : str
        UCUM unit that every stored value has.
    loinc : str or None
        The LOINC code, where one exists.
    """

    name: str
    abbreviation: str
    title: str
    unit: str
    loinc: str | None


SIGNALS: Final[dict[str, Signal]] = {
    entry.name: entry
    for entry in (
        Signal("heart_rate", "hr", "Heart rate", "/min", "8867-4"),
        Signal("pulse_rate", "pulse", "Pulse rate by pulse oximetry", "/min", "8889-8"),
        Signal("respiratory_rate", "rr", "Respiratory rate", "/min", "9279-1"),
        Signal("spo2", "spo2", "Oxygen saturation by pulse oximetry", "%", "59408-5"),
        Signal("systolic_bp", "sbp", "Systolic blood pressure, cuff", "mm[Hg]", "76534-7"),
        Signal("diastolic_bp", "dbp", "Diastolic blood pressure, cuff", "mm[Hg]", "76535-4"),
        Signal("mean_bp", "mbp", "Mean blood pressure, cuff", "mm[Hg]", "76536-2"),
        Signal("systolic_abp", "sabp", "Systolic arterial pressure, invasive", "mm[Hg]", "76215-3"),
        Signal("diastolic_abp", "dabp", "Diastolic arterial pressure, invasive", "mm[Hg]", "76213-8"),
        Signal("mean_abp", "mabp", "Mean arterial pressure, invasive", "mm[Hg]", "76214-6"),
        Signal("temperature", "temp", "Body temperature", "Cel", "8310-5"),
        Signal("rr_irregularity", "irregularity", "Irregularity of the heart beat", "1", None),
        Signal("longest_pause_s", "pause", "Longest pause between heart beats", "s", None),
    )
}


def signal(name: str) -> Signal:
    """Look a signal up by its name.

    Raises
    ------
    BadInput
        If there is no signal of that name.
    """
    try:
        return SIGNALS[name]
    except KeyError:
        raise BadInput(f"there is no signal '{name}'", mend=f"use one of {', '.join(SIGNALS)}") from None
