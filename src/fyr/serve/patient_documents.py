"""From nouns to what the patient page shows: vital signs, alarms, findings, context, rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np

from fyr.attention import Rule
from fyr.clock import MINUTE_US, SECOND_US, to_iso
from fyr.record import SIGNALS, Estimate, Finding, Observation, Series
from fyr.record.hearing import is_hearing_code
from fyr.serve.refusal_words import in_words
from fyr.serve.vitals_history import Trace, VitalsHistory, thinned, with_gaps

__all__ = [
    "context_documents",
    "finding_document",
    "rule_document",
    "series_document",
    "trace_of_series",
    "traces_of_readings",
]

_MOST_POINTS: Final = 4000
_SHORTEST_GAP_US: Final = MINUTE_US
_GAP_PERIODS: Final = 3
_READ_NOW_AND_THEN: Final = frozenset({"systolic_bp", "diastolic_bp", "mean_bp", "temperature"})
_FOR_EVER_US: Final = 1 << 60

_TITLES: Final = {
    "consciousness": "Consciousness (ACVPU)",
    "supplemental_oxygen": "Supplemental oxygen",
    "spo2_scale": "NEWS2 oxygen scale",
    "snomed:13645005": "Chronic obstructive pulmonary disease",
}


def series_document(traces: Mapping[str, Trace], start_us: int, end_us: int) -> dict[str, Any]:
    """Return vital signs as columns; every silence holds a null, and no spike is lost to thinning."""
    return {
        "start": to_iso(start_us),
        "end": to_iso(end_us),
        "series": {name: _line(name, trace) for name, trace in traces.items() if len(trace)},
    }


def trace_of_series(parts: Sequence[Series]) -> Trace:
    """Merge a signal's series from several sources into one trace, by time."""
    usable = [np.where(part.quality == 0, part.value, np.nan) for part in parts]
    time_us = np.concatenate([part.time_us for part in parts])
    value = np.concatenate(usable)
    order = np.argsort(time_us, kind="stable")
    return Trace(time_us[order], value[order], max(part.period_us for part in parts))


def traces_of_readings(observations: Iterable[Observation], *, besides: Iterable[str]) -> dict[str, Trace]:
    """Return the signals that people measured and wrote down, besides those that there is a trace of already."""
    readings = VitalsHistory(keep_us=_FOR_EVER_US)
    patients = set()
    for observation in observations:
        readings.add_reading(observation)
        patients.add(observation.patient)
    known = set(besides)
    return {
        name: readings.trace(patient, name, -_FOR_EVER_US, _FOR_EVER_US)
        for patient in patients
        for name in readings.signals(patient)
        if name not in known
    }


def finding_document(finding: Finding) -> dict[str, Any]:
    """Return one answer of one model."""
    answer = finding.answer
    if isinstance(answer, Estimate):
        said: dict[str, Any] = {
            "output": answer.output,
            "value": answer.value,
            "category": answer.category,
            "unit": answer.unit,
            "low": answer.low,
            "high": answer.high,
        }
    else:
        said = {"refusal": in_words(answer.reason, answer.inputs), "inputs": list(answer.inputs)}
    reference = finding.model
    return {
        "time": to_iso(finding.time_us),
        "model": {"name": reference.name, "version": reference.version, "digest": reference.digest},
        "answer": said,
        "inputs": dict(finding.inputs),
        "explanation": dict(finding.explanation),
    }


def context_documents(observations: Iterable[Observation]) -> list[dict[str, Any]]:
    """Return the newest observation of each code; an audiogram has a page of its own."""
    newest: dict[str, Observation] = {}
    for observation in observations:
        if is_hearing_code(observation.code):
            continue
        known = newest.get(observation.code)
        if known is None or observation.time_us >= known.time_us:
            newest[observation.code] = observation
    return [_context(observation) for observation in newest.values()]


def rule_document(rule: Rule) -> dict[str, Any]:
    """Return a rule as it is drawn into the time line."""
    return {
        "rule": rule.key,
        "title": rule.title,
        "signal": rule.signal,
        "op": rule.operator.value,
        "threshold": rule.threshold,
        "duration_s": rule.duration_us / SECOND_US if rule.duration_us else None,
        "readings": rule.readings or None,
        "priority": rule.priority.value,
        "group": rule.group,
    }


def _line(name: str, trace: Trace) -> dict[str, Any]:
    known = SIGNALS.get(name)
    shown = thinned(_readings(trace) if name in _READ_NOW_AND_THEN else _continuous(trace), _MOST_POINTS)
    return {
        "title": known.title if known is not None else name,
        "unit": known.unit if known is not None else "1",
        "period_s": trace.period_us / SECOND_US if trace.period_us else None,
        "time": (shown.time_us / SECOND_US).tolist(),
        "value": [
            None if missing else value
            for missing, value in zip(np.isnan(shown.value), shown.value.tolist(), strict=True)
        ],
    }


def _continuous(trace: Trace) -> Trace:
    return with_gaps(trace, max(_GAP_PERIODS * trace.period_us, _SHORTEST_GAP_US))


def _readings(trace: Trace) -> Trace:
    """Leave out where no reading was taken: time between readings is no missing data."""
    taken = ~np.isnan(trace.value)
    return Trace(trace.time_us[taken], trace.value[taken], trace.period_us)


def _context(observation: Observation) -> dict[str, Any]:
    known = SIGNALS.get(observation.code)
    plain = observation.code.rpartition(":")[2].replace("_", " ").capitalize()
    return {
        "code": observation.code,
        "title": known.title if known is not None else _TITLES.get(observation.code, plain),
        "value": observation.value,
        "unit": observation.unit,
        "status": observation.status.value,
        "time": to_iso(observation.time_us),
        "source": observation.source,
    }
