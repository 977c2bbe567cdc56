"""Waveforms whose beats are known: drawn ones, and stretches of MIT-BIH record 100."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from fyr.clock import SECOND_US
from fyr.record import PatientId, Series

FREQUENCY_HZ = 250.0


def as_series(
    value: NDArray[np.float64],
    *,
    name: str = "II",
    unit: str = "mV",
    frequency_hz: float = FREQUENCY_HZ,
    start_us: int = 0,
) -> Series:
    """Return a waveform as the exchange room reads it."""
    time_us = start_us + np.rint(np.arange(len(value)) * SECOND_US / frequency_hz).astype(np.int64)
    return Series(
        patient=PatientId("test", "1"),
        signal=f"waveform:{name}",
        unit=unit,
        time_us=time_us,
        value=value.astype(np.float64),
        quality=np.where(np.isnan(value), 1, 0).astype(np.uint8),
        period_us=round(SECOND_US / frequency_hz),
        source="test",
    )


def drawn_ecg(
    beats_s: NDArray[np.float64],
    seconds: float,
    *,
    noise_mv: float = 0.01,
    seed: int = 0,
    frequency_hz: float = FREQUENCY_HZ,
) -> NDArray[np.float64]:
    """Draw P, QRS and T as Gaussian bumps around each beat, in millivolt, with white noise and slow baseline wander."""
    time_s = np.arange(round(seconds * frequency_hz)) / frequency_hz
    value = 0.05 * np.sin(2 * np.pi * 0.25 * time_s)
    for offset, height, width in (
        (-0.17, 0.12, 0.025),
        (-0.026, -0.12, 0.01),
        (0, 1.0, 0.011),
        (0.028, -0.2, 0.01),
        (0.25, 0.25, 0.05),
    ):
        for beat in beats_s:
            near = slice(*np.searchsorted(time_s, [beat + offset - 6 * width, beat + offset + 6 * width]))
            value[near] += height * np.exp(-0.5 * ((time_s[near] - beat - offset) / width) ** 2)
    return value + noise_mv * np.random.default_rng(seed).standard_normal(len(value))


def drawn_pulse(
    beats_s: NDArray[np.float64], seconds: float, *, seed: int = 0, frequency_hz: float = FREQUENCY_HZ
) -> NDArray[np.float64]:
    """Draw a pulse wave: a systolic and a diastolic bump 0.2 s and 0.45 s after each beat."""
    time_s = np.arange(round(seconds * frequency_hz)) / frequency_hz
    value = np.zeros(len(time_s))
    for beat in beats_s:
        for offset, height, width in ((0.2, 1.0, 0.07), (0.45, 0.4, 0.09)):
            near = slice(*np.searchsorted(time_s, [beat + offset - 6 * width, beat + offset + 6 * width]))
            value[near] += height * np.exp(-0.5 * ((time_s[near] - beat - offset) / width) ** 2)
    return value + 0.005 * np.random.default_rng(seed).standard_normal(len(value))


def without_beats(series: Series, first_s: float, last_s: float, *, noise_mv: float, seed: int = 0) -> Series:
    """Replace a stretch by a line at its own level, with a little noise (asystole) or none (a lead that fell off)."""
    time_s = (series.time_us - series.time_us[0]) / SECOND_US
    inside = (time_s >= first_s) & (time_s < last_s)
    value = series.value.copy()
    level = float(np.median(value[inside]))
    value[inside] = level + noise_mv * np.random.default_rng(seed).standard_normal(int(inside.sum()))
    return replace(series, value=value)


def until(series: Series, last_s: float) -> Series:
    """Return what was recorded before a moment."""
    end = int(np.searchsorted(series.time_us, series.time_us[0] + round(last_s * SECOND_US)))
    return replace(series, time_us=series.time_us[:end], value=series.value[:end], quality=series.quality[:end])


def matched(
    reference_us: NDArray[np.int64], found_us: NDArray[np.int64], tolerance_us: int = 150_000
) -> tuple[float, float]:
    """Return sensitivity and positive predictive value, each beat matched at most once (ANSI/AAMI EC57, 150 ms)."""
    taken = np.zeros(len(found_us), dtype=bool)
    hits = 0
    for beat in reference_us:
        near = np.flatnonzero((np.abs(found_us - beat) <= tolerance_us) & ~taken)
        if near.size:
            taken[near[np.argmin(np.abs(found_us[near] - beat))]] = True
            hits += 1
    return hits / len(reference_us), hits / max(1, len(found_us))
