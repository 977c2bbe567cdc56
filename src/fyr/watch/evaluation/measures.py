"""The numbers by which a policy is judged, each at the level of the patient, with intervals by resampling patients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fyr.clock import MINUTE_US, SECOND_US
from fyr.record import PatientId
from fyr.watch.evaluation.course import Course
from fyr.watch.evaluation.matching import Judged, Matched
from fyr.watch.evaluation.recorded import Recorded
from fyr.watch.evaluation.ward_courses import as_columns

__all__ = ["added_delay", "detection", "intervals", "load", "load_by_hour", "not_assessable", "quartiles"]

_RESAMPLES: Final = 1000
_SEED: Final = 2017


def quartiles(values: ArrayLike) -> dict[str, float | None]:
    """Return median, q1 and q3, linearly interpolated; ``None`` where there is no value.

    >>> quartiles([1, 2, 3, 4, 5])
    {'median': 3.0, 'q1': 2.0, 'q3': 4.0}
    """
    array = np.asarray(values, np.float64)
    if not array.size:
        return {"median": None, "q1": None, "q3": None}
    q1, median, q3 = np.quantile(array, [0.25, 0.5, 0.75])
    return {"median": _short(median), "q1": _short(q1), "q3": _short(q3)}


def load(courses: Mapping[PatientId, Course], recordings: Sequence[Recorded]) -> dict[str, Any]:
    """Return how many notifications about the body each patient-day brings, over patients.

    Parameters
    ----------
    courses : mapping of PatientId to Course
    recordings : sequence of Recorded
        Those in which nothing is usable are left out: no alert from a dead sensor is no quiet.
    """
    usable = [one for one in recordings if one.is_usable]
    said = as_columns(courses)
    counts = said.counts()[said.places(one.patient for one in usable)]
    days = sum(one.days for one in usable)
    rates = counts / np.array([one.days for one in usable])
    if not usable:
        return {**quartiles([]), "worst_decile": None, "mean": None, "worst_tenth_share": None}
    tenth = np.sort(counts)[::-1][: -(-len(counts) // 10)]
    return {
        **quartiles(rates),
        "worst_decile": _short(np.quantile(rates, 0.9)),
        "mean": _short(counts.sum() / days),
        "worst_tenth_share": _short(tenth.sum() / counts.sum()) if counts.sum() else None,
    }


def detection(matched: Matched) -> dict[str, Any]:
    """Return sensitivity, positive predictive value, lead time and time to alert, in all and by kind of event."""
    flags = matched.is_true.flags
    kinds = sorted({one.event.kind for one in matched.events})
    return {
        **_found(matched.events),
        "ppv": _short(int(flags.sum()) / len(flags)) if len(flags) else None,
        "by_event": {kind: _found([one for one in matched.events if one.event.kind == kind]) for kind in kinds},
    }


def added_delay(events: Sequence[Judged], reference: Sequence[int | None]) -> dict[str, Any]:
    """Return by how much a policy's first notification comes later than the reference's, in seconds.

    Parameters
    ----------
    events : sequence of Judged
    reference : sequence of int or None
        When the reference first spoke in the window of each event; ``None``: never.

    Returns
    -------
    dict
        `median`, `p95`, and `events`: how many were found by both, which alone are counted.
    """
    delays = [
        (one.first.time_us - first_us) / SECOND_US
        for one, first_us in zip(events, reference, strict=True)
        if one.first is not None and first_us is not None
    ]
    if not delays:
        return {"median": None, "p95": None, "events": 0}
    return {
        "median": _short(np.median(delays)),
        "p95": _short(np.quantile(delays, 0.95)),
        "events": len(delays),
    }


def not_assessable(courses: Mapping[PatientId, Course], recordings: Sequence[Recorded]) -> dict[str, Any]:
    """Return the share of monitored time in which the signals that the rules ask about could not be assessed.

    All patients with samples count, also those in whose recording nothing is usable.
    """
    total_us = sum(one.monitored_us for one in recordings)
    said = as_columns(courses)
    monitored_us = np.array([one.monitored_us for one in recordings], np.int64)
    hole_us = np.array([one.end_us - one.start_us for one in recordings], np.int64) - monitored_us
    deaf_us = said.not_assessable_us[said.places(one.patient for one in recordings)]
    lost_us = np.clip(deaf_us - hole_us[:, None], 0, monitored_us[:, None]).sum(axis=0)
    lost = dict(zip(said.signals, lost_us.tolist(), strict=True)) if recordings else {}
    by_signal = {signal: _short(time_us / total_us) for signal, time_us in lost.items()} if total_us else {}
    mean = _short(sum(lost.values()) / len(lost) / total_us) if lost and total_us else None
    return {"not_assessable_fraction": mean, "not_assessable_by_signal": by_signal}


def load_by_hour(
    courses: Mapping[PatientId, Course], recordings: Sequence[Recorded], patients_per_nurse: float
) -> list[dict[str, Any]]:
    """Return the notifications of each hour of the day, UTC: per patient-hour, and per hour of a nurse."""
    usable = [one for one in recordings if one.is_usable]
    hours = sum((one.hours() for one in usable), np.zeros(24))
    said = as_columns(courses)
    counted = np.zeros(len(said), np.bool_)
    counted[said.places(one.patient for one in usable)] = True
    hour_of = said.time_us[np.repeat(counted, said.counts())] // (60 * MINUTE_US) % 24
    counts = np.bincount(hour_of, minlength=24)
    rows = []
    for hour in range(24):
        rate = float(counts[hour] / hours[hour]) if hours[hour] > 0 else None
        rows.append(
            {
                "hour": hour,
                "alerts": int(counts[hour]),
                "alerts_per_patient_hour": None if rate is None else _short(rate),
                "alerts_per_nurse_hour": None if rate is None else _short(rate * patients_per_nurse),
            }
        )
    return rows


def intervals(
    courses: Mapping[PatientId, Course], recordings: Sequence[Recorded], matched: Matched | None
) -> dict[str, list[float] | None]:
    """Return 95 % intervals of the headline measures: percentiles over resamples of the patients.

    The same resamples are drawn for every policy over the same patients.
    """
    table = _Patients(courses, recordings, matched)
    if len(recordings) < 2:
        return dict.fromkeys(table.measures(np.arange(len(recordings))), None)
    generator = np.random.default_rng(_SEED)
    drawn: dict[str, list[float]] = {}
    for _ in range(_RESAMPLES):
        for name, value in table.measures(generator.integers(0, len(recordings), len(recordings))).items():
            drawn.setdefault(name, []).append(value)
    return {name: _interval(values) for name, values in drawn.items()}


class _Patients:
    """What the headline measures need of each patient, as arrays of shape (patients,)."""

    def __init__(
        self, courses: Mapping[PatientId, Course], recordings: Sequence[Recorded], matched: Matched | None
    ) -> None:
        days = np.array([one.days if one.is_usable else 0.0 for one in recordings])
        self.days = days
        said = as_columns(courses)
        places = said.places(one.patient for one in recordings)
        self.counts = said.counts()[places]
        self.rates = np.divide(self.counts, days, out=np.full(len(days), np.nan), where=days > 0)
        self.is_matched = matched is not None
        judged: dict[PatientId, list[Judged]] = {}
        for one in matched.events if matched else ():
            judged.setdefault(one.event.patient, []).append(one)
        patients = [one.patient for one in recordings]
        self.true = matched.is_true.counts()[places] if matched else np.zeros(len(patients), np.int64)
        self.events = np.array([len(judged.get(patient, ())) for patient in patients])
        leads = [[one.lead_us for one in judged.get(patient, ()) if one.lead_us is not None] for patient in patients]
        self.found = np.array([len(of_patient) for of_patient in leads])
        self.leads = [np.array(of_patient) / MINUTE_US for of_patient in leads]

    def measures(self, chosen: NDArray[np.int64]) -> dict[str, float]:
        alerts, days = self.counts[chosen].sum(), self.days[chosen].sum()
        found = {
            "alerts_per_patient_day_median": float(np.nanmedian(self.rates[chosen])) if days else np.nan,
            "alerts_per_patient_day_mean": alerts / days if days else np.nan,
        }
        if not self.is_matched:
            return found
        events = self.events[chosen].sum()
        leads = [self.leads[index] for index in chosen[self.found[chosen] > 0]]
        return found | {
            "sensitivity": self.found[chosen].sum() / events if events else np.nan,
            "ppv": self.true[chosen].sum() / alerts if alerts else np.nan,
            "lead_time_min_median": float(np.median(np.concatenate(leads))) if leads else np.nan,
        }


def _found(events: Sequence[Judged]) -> dict[str, Any]:
    leads = [one.lead_us / MINUTE_US for one in events if one.lead_us is not None]
    to_alert = [one.time_to_alert_us / MINUTE_US for one in events if one.time_to_alert_us is not None]
    return {
        "events": len(events),
        "found": len(leads),
        "missed": len(events) - len(leads),
        "sensitivity": _short(len(leads) / len(events)) if events else None,
        "lead_time_min": quartiles(leads),
        "time_to_alert_min": quartiles(to_alert),
    }


def _interval(values: Sequence[float]) -> list[float] | None:
    known = np.array([value for value in values if np.isfinite(value)])
    if not known.size:
        return None
    low, high = np.quantile(known, [0.025, 0.975])
    return [_short(low), _short(high)]


def _short(value: float | np.floating[Any]) -> float:
    """Round to six significant places, so that the last bits of a sum are no news."""
    return float(f"{float(value):.6g}")
