"""What the ototoxicity models ask of an audiogram, and how an audiogram answers them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.models import Column, ModelInput
from fyr.record.audiogram import EARS, LOINC_CODES, Audiogram, Conduction, Ear
from fyr.treat.hearing.settled import bounds

__all__ = ["ear_bounds", "evidence_of", "level_name", "levels", "silence_name", "threshold_inputs"]

_LOW, _HIGH = -20.0, 130.0
_BASELINE: Final = "baseline_"


def level_name(ear: Ear, frequency_hz: int, *, baseline: bool = False) -> str:
    """Return the name of a threshold: ``right_4000_hz_db``, ``baseline_left_8000_hz_db``."""
    return f"{_BASELINE if baseline else ''}{ear}_{frequency_hz}_hz_db"


def silence_name(ear: Ear, frequency_hz: int, *, baseline: bool = False) -> str:
    """Return the name of the input that says that a level was not heard: ``right_8000_hz_no_response``."""
    return f"{_BASELINE if baseline else ''}{ear}_{frequency_hz}_hz_no_response"


def threshold_inputs(frequencies_hz: Sequence[int], *, baseline: bool = False) -> tuple[ModelInput, ...]:
    """Return two inputs for each ear and frequency: the level, and whether it was not heard."""
    when = "before treatment" if baseline else "now"
    found = []
    for ear in EARS:
        for frequency in frequencies_hz:
            code = None if baseline else LOINC_CODES.get((ear, frequency))
            found += [
                ModelInput(
                    level_name(ear, frequency, baseline=baseline),
                    f"Hearing threshold {when}, {ear} ear, {frequency} Hz (sensorineural, dB HL)",
                    "number",
                    "dB",
                    None if code is None else f"loinc:{code}",
                    low=_LOW,
                    high=_HIGH,
                    required=False,
                    missing="not measured; where the grade depends on it, the model refuses",
                ),
                ModelInput(
                    silence_name(ear, frequency, baseline=baseline),
                    f"No response {when} at that level, the loudest presented, {ear} ear, {frequency} Hz",
                    "boolean",
                    required=False,
                    missing="the level is the threshold: it was heard",
                ),
            ]
    return tuple(found)


def levels(
    columns: Mapping[str, Column], ear: Ear, frequencies_hz: Sequence[int], *, baseline: bool = False
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return an ear's levels (NaN where not measured) and where they were not heard, shape (rows, frequencies)."""
    level = [np.asarray(columns[level_name(ear, hz, baseline=baseline)], dtype=np.float64) for hz in frequencies_hz]
    silent = [np.asarray(columns[silence_name(ear, hz, baseline=baseline)], dtype=np.float64) for hz in frequencies_hz]
    return np.stack(level, axis=1), np.nan_to_num(np.stack(silent, axis=1)) == 1


def ear_bounds(
    columns: Mapping[str, Column], ear: Ear, frequencies_hz: Sequence[int], *, baseline: bool = False
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the least and the greatest thresholds of an ear, shape (rows, frequencies)."""
    return bounds(*levels(columns, ear, frequencies_hz, baseline=baseline))


def evidence_of(
    audiogram: Audiogram, baseline: Audiogram | None = None, conduction: Conduction = "air"
) -> dict[str, Any]:
    """Return an audiogram as the models' inputs by name; what was not measured is not in it.

    Parameters
    ----------
    audiogram, baseline : Audiogram
    conduction : {"air", "bone"}
        Which thresholds are taken as sensorineural.

    Examples
    --------
    >>> from fyr.record.audiogram import Threshold
    >>> evidence_of(Audiogram((Threshold("right", 4000, 55.0),)))
    {'right_4000_hz_db': 55.0, 'right_4000_hz_no_response': False}
    """
    evidence: dict[str, Any] = {}
    for taken, is_baseline in ((audiogram, False), (baseline, True)):
        if taken is None:
            continue
        for ear in EARS:
            for one in taken.of(ear, conduction):
                evidence[level_name(ear, one.frequency_hz, baseline=is_baseline)] = one.level_db
                evidence[silence_name(ear, one.frequency_hz, baseline=is_baseline)] = not one.response
    return evidence
