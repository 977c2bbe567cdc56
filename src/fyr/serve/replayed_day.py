"""One patient's day with what each policy said, or would have said: from a kept comparison, or replayed on request."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np

from fyr.attention import Policy, load_policy, shipped_policies
from fyr.attention.policy_file import parse_policy
from fyr.clock import DAY_US, MINUTE_US, from_iso, to_iso
from fyr.errors import BadInput
from fyr.record import SIGNALS, Observation, PatientId, Quality, SampleBatch, Series
from fyr.serve.comparison_store import ComparisonStore
from fyr.serve.patient_documents import rule_document, series_document, traces_of_readings
from fyr.serve.problems import NotFound
from fyr.serve.vitals_history import Trace
from fyr.watch.evaluation.rows import raised_row, suppressed_rows
from fyr.watch.evaluation.strictness import paced
from fyr.watch.evaluation.ward_replay import replay_ward
from fyr.watch.replay import assume

__all__ = ["day_as_csv", "kept_day", "recorded_day"]

_COMPARED: Final = ("thresholds", "haahr2022", "news2-continuous", "fyr-ward")
"""The shipped policies that a recorded day is replayed under, besides the ward's own."""

_ASSUMED_RESPONSE_US: Final = 2 * MINUTE_US
"""Nobody acts in a replay: as `fyr watch evaluate` assumes."""

_COLUMNS: Final = ("policy", "factor", "kind", "time", "end", "priority", "rule", "title", "value", "is_true", "reason")


def kept_day(
    store: ComparisonStore,
    name: str,
    patient: PatientId,
    day: int,
    *,
    policy: str | None = None,
    factor: float | None = None,
) -> dict[str, Any]:
    """Return a day of a patient of a kept comparison, with what was said of it when the comparison was made.

    Parameters
    ----------
    store : ComparisonStore
    name : str
    patient : PatientId
    day : int
        From 1: so many times 24 hours from the patient's first sample.
    policy, factor
        A policy at another setting of its family, to be shown in place of the policy as it is.

    Raises
    ------
    NotFound
        If there is no such comparison, patient, day or setting.
    """
    kept = store.read(name)
    row = next((one for one in kept["patients"] if one["patient"] == str(patient)), None)
    if row is None:
        raise NotFound(f"{patient} is not in the comparison '{name}'", mend=f"see GET /api/comparisons/{name}")
    first_us, last_us = from_iso(row["start"]), from_iso(row["end"])
    start_us, end_us, days = _window(first_us, last_us, day)
    chosen = dict.fromkeys(kept["document"]["policies"], 1.0)
    if policy is not None and factor is not None:
        if policy not in chosen or factor not in kept["factors"]:
            raise NotFound(f"{policy} was not replayed at {factor:g}", mend=f"see GET /api/comparisons/{name}")
        chosen[policy] = factor
    raised = store.raised(name, patient, start_us, end_us)
    samples, observations = store.recording(name, patient, kept["patients"].index(row))
    traces = _traces(samples)
    traces |= traces_of_readings(observations, besides=traces)
    policies = []
    for title, at in chosen.items():
        about = kept["document"]["policies"][title]
        policy_then = _policy_then(kept, title, at)
        held = (
            None
            if policy_then is None
            else _held_back(policy_then, samples, observations, kept["assumed_response_us"], end_us)
        )
        policies.append(
            {
                "name": title,
                **{key: about[key] for key in ("title", "version", "digest")},
                "factor": at,
                "rules": kept["rules"][title][kept["factors"].index(at)],
                "raised": [_raised(one) for one in raised if one["policy"] == title and one["factor"] == at],
                "suppressed": held if held is None else _within(held, start_us, end_us),
            }
        )
    events = [one for one in kept["events"] if one["patient"] == str(patient)]
    return {
        "patient": str(patient),
        "pseudonym": str(patient),
        "comparison": name,
        "simulated": kept["simulated"],
        "day": day,
        "days": days,
        "factors": kept["factors"],
        **_series(traces, start_us, end_us),
        "truth": None
        if kept["document"]["data"].get("events") is None
        else [{key: one[key] for key in ("event", "onset", "end")} for one in events],
        "policies": policies,
    }


def recorded_day(
    patient: PatientId,
    pseudonym: str,
    traces: Mapping[str, Trace],
    observations: Sequence[Observation],
    *,
    own: Policy,
    day: int,
    simulated: bool,
) -> dict[str, Any]:
    """Replay a patient of the record under the shipped policies, and return one day of it.

    Parameters
    ----------
    patient : PatientId
    pseudonym : str
    traces : mapping of str to Trace
        All that was recorded, by signal.
    observations : sequence of Observation
    own : Policy
        The ward's.
    day : int
        From 1; 0 for the last one.
    simulated : bool

    Raises
    ------
    NotFound
        If nothing was recorded, or there is no such day.
    """
    known = {name: trace for name, trace in traces.items() if name in SIGNALS and len(trace)}
    if not known:
        raise NotFound(f"nothing was recorded of {patient}", mend="import a recording of vital signs")
    first_us = min(int(trace.time_us[0]) for trace in known.values())
    last_us = max(int(trace.time_us[-1]) for trace in known.values()) + 1
    day = day or -(-(last_us - first_us) // DAY_US)
    start_us, end_us, days = _window(first_us, last_us, day)
    written = {one.code for one in observations}
    series = [_as_series(patient, name, trace, end_us) for name, trace in known.items() if name not in written]
    there = [load_policy(name) for name in _COMPARED if name in shipped_policies()]
    policies = [own, *(one for one in there if one.digest != own.digest)]
    samples = SampleBatch.from_series([one for one in series if len(one)])
    if not samples.patients:
        raise NotFound(f"nothing was recorded of {patient} until then", mend="ask for a later day")
    known_then = [one for one in observations if one.time_us < end_us]
    told = []
    for policy in policies:
        (course,) = replay_ward(samples, policy, observations=known_then, assumed_response_us=_ASSUMED_RESPONSE_US)
        rows = [{**raised_row(alert), "is_true": None} for alert in course.alerts]
        told.append(
            {
                "name": policy.name,
                "title": policy.title,
                "version": policy.version,
                "digest": policy.digest,
                "factor": 1.0,
                "rules": [rule_document(rule) for rule in policy.rules],
                "raised": [_raised(one) for one in rows if _touches(one, start_us, end_us)],
                "suppressed": _within(suppressed_rows(policy, course), start_us, end_us),
            }
        )
    return {
        "patient": str(patient),
        "pseudonym": pseudonym,
        "comparison": None,
        "simulated": simulated,
        "day": day,
        "days": days,
        "factors": [1.0],
        **_series(known, start_us, end_us),
        "truth": None,
        "policies": told,
    }


def day_as_csv(day: Mapping[str, Any]) -> str:
    """Return everything that was said of a day, and the truth where it is known, as a table with one row each."""
    out = io.StringIO()
    table = csv.DictWriter(out, _COLUMNS, lineterminator="\n", restval="")
    table.writeheader()
    for event in day["truth"] or ():
        table.writerow({"kind": "true event", "time": event["onset"], "end": event["end"], "title": event["event"]})
    for policy in day["policies"]:
        about = {"policy": policy["name"], "factor": policy["factor"]}
        for one in policy["raised"]:
            table.writerow({**about, "kind": "raised", **{key: one[key] for key in one if key in _COLUMNS}})
        for one in policy["suppressed"] or ():
            table.writerow({**about, "kind": "suppressed", **{key: one[key] for key in one if key in _COLUMNS}})
    return out.getvalue()


def _window(first_us: int, last_us: int, day: int) -> tuple[int, int, int]:
    """Return when a day begins and ends, the last one with the recording, and how many days there are."""
    days = max(1, -(-(last_us - first_us) // DAY_US))
    if not 1 <= day <= days:
        raise NotFound(f"there is no day {day}: the recording has {days}", mend=f"ask for day 1 to {days}")
    start_us = first_us + (day - 1) * DAY_US
    return start_us, min(start_us + DAY_US, max(last_us, start_us + MINUTE_US)), days


def _policy_then(kept: Mapping[str, Any], name: str, factor: float) -> Policy | None:
    """Return a policy as it was compared; none where this version of Fyr reads its text as something else."""
    text = kept["texts"].get(name)
    if text is None:
        return None
    try:
        policy = parse_policy(text, where=name)
    except BadInput:
        return None
    if policy.digest != kept["document"]["policies"][name]["digest"]:
        return None
    inputs = {entry for score in policy.scores.values() for entry in score.inputs}
    values = {key: value for key, value in kept["assumed"].items() if key in inputs}
    return paced(assume(policy, values), factor)


def _held_back(
    policy: Policy,
    samples: SampleBatch,
    observations: Sequence[Observation],
    assumed_response_us: int | None,
    end_us: int,
) -> list[dict[str, Any]]:
    """Replay a patient up to a time, and return what was held back and why."""
    rows = samples.time_us < end_us
    part = replace(
        samples,
        patient_index=samples.patient_index[rows],
        signal_index=samples.signal_index[rows],
        time_us=samples.time_us[rows],
        value=samples.value[rows],
        quality=samples.quality[rows],
    )
    known = [one for one in observations if one.time_us < end_us]
    courses = replay_ward(part, policy, observations=known, assumed_response_us=assumed_response_us)
    return [row for course in courses for row in suppressed_rows(policy, course)]


def _within(rows: Iterable[Mapping[str, Any]], start_us: int, end_us: int) -> list[dict[str, Any]]:
    return [
        {"time": to_iso(row["time_us"]), **{key: row[key] for key in ("rule", "title", "reason")}}
        for row in rows
        if start_us <= row["time_us"] < end_us
    ]


def _touches(row: Mapping[str, Any], start_us: int, end_us: int) -> bool:
    return bool(row["time_us"] < end_us and (row["end_us"] is None or row["end_us"] >= start_us))


def _raised(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "time": to_iso(row["time_us"]),
        "end": None if row["end_us"] is None else to_iso(row["end_us"]),
        **{key: row[key] for key in ("rule", "title", "priority", "signal", "value", "is_true")},
    }


def _series(traces: Mapping[str, Trace], start_us: int, end_us: int) -> dict[str, Any]:
    return series_document({name: _cut(trace, start_us, end_us) for name, trace in traces.items()}, start_us, end_us)


def _traces(samples: SampleBatch) -> dict[str, Trace]:
    """Return one patient's samples by signal."""
    traces = {}
    for name in dict.fromkeys(samples.signals):
        kinds = [place for place, signal in enumerate(samples.signals) if signal == name]
        rows = np.isin(samples.signal_index, kinds)
        if rows.any():
            traces[name] = Trace(samples.time_us[rows], samples.value[rows], int(samples.period_us[kinds].max()))
    return traces


def _cut(trace: Trace, start_us: int, end_us: int) -> Trace:
    inside = slice(*np.searchsorted(trace.time_us, (start_us, end_us)).tolist())
    return Trace(trace.time_us[inside], trace.value[inside], trace.period_us)


def _as_series(patient: PatientId, name: str, trace: Trace, end_us: int) -> Series:
    part = _cut(trace, int(trace.time_us[0]), end_us)
    quality = np.where(np.isnan(part.value), Quality.UNKNOWN, Quality.PRESENT).astype(np.uint8)
    period_us = part.period_us or MINUTE_US
    return Series(patient, name, SIGNALS[name].unit, part.time_us, part.value, quality, period_us, "record")
