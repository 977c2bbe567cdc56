"""A comparison of policies as one document: what `fyr watch evaluate --json` prints and the report shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fyr.attention import Policy
from fyr.clock import DAY_US, MINUTE_US, SECOND_US, to_iso
from fyr.record import PatientId
from fyr.watch.evaluation.chance import sensitivity_by_chance
from fyr.watch.evaluation.course import Course, Event
from fyr.watch.evaluation.matching import Judged, Matched, NotJudged, divide_events, match
from fyr.watch.evaluation.measures import added_delay, detection, intervals, load, load_by_hour, not_assessable
from fyr.watch.evaluation.pareto import pareto_front
from fyr.watch.evaluation.recorded import Recorded
from fyr.watch.evaluation.visible import visible_from_us
from fyr.watch.evaluation.ward_courses import as_columns

__all__ = ["Compared", "Comparison", "compare"]


@dataclass(frozen=True, slots=True)
class Compared:
    """One policy of a comparison.

    Parameters
    ----------
    name : str
        As it is called in the document: the policy's name, with its version where two share the name.
    policy : Policy
    courses : mapping of PatientId to Course
    matched : Matched or None
        ``None`` in a silent-mode trial, where nobody knows the truth.
    """

    name: str
    policy: Policy
    courses: Mapping[PatientId, Course]
    matched: Matched | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Several policies on the same recordings.

    Parameters
    ----------
    policies : tuple of Compared
    recordings : tuple of Recorded
        Of the patients who have samples.
    without_samples : tuple of PatientId
    left_out : tuple of NotJudged
    document : dict
        JSON values.
    """

    policies: tuple[Compared, ...]
    recordings: tuple[Recorded, ...]
    without_samples: tuple[PatientId, ...]
    left_out: tuple[NotJudged, ...]
    document: dict[str, Any]


def compare(
    named: Mapping[str, Policy],
    courses: Sequence[Mapping[PatientId, Course]],
    recordings: Sequence[Recorded],
    *,
    events: Sequence[Event] | None,
    reference: Mapping[PatientId, Course] | None = None,
    reference_name: str | None = None,
    lookback_us: int = 0,
    assumed_response_us: int | None = None,
    patients_per_nurse: float = 8.0,
) -> Comparison:
    """Judge policies on what they said.

    Parameters
    ----------
    named : mapping of str to Policy
    courses : sequence of mapping of PatientId to Course
        By policy, in the order of `named`.
    recordings : sequence of Recorded
        Patients without samples may be among them.
    events : sequence of Event, or None
        The truth; ``None``: nobody knows it, and only the load is judged.
    reference : mapping of PatientId to Course, optional
        What the raw bedside monitor said. Without it, a policy's delay counts from the earliest notification of all
        policies compared, and from the true onset where only one is.
    reference_name : str, optional
        What to call it.
    lookback_us, assumed_response_us, patients_per_nurse
        As the document says under `definitions`.
    """
    there = [one for one in recordings if one.end_us > one.start_us]
    judged, left_out = divide_events(events or (), recordings)
    policies = tuple(
        Compared(name, policy, said, None if events is None else match(said, judged, lookback_us))
        for (name, policy), said in zip(named.items(), courses, strict=True)
    )
    since = _reference(policies, judged, reference, reference_name, lookback_us)
    numbers = {one.name: _of_policy(one, there, since, patients_per_nurse) for one in policies}
    for one in policies if events is not None else ():
        chance = sensitivity_by_chance(one.courses, there, judged, lookback_us)
        numbers[one.name]["sensitivity_by_chance"] = chance
    document: dict[str, Any] = {
        "data": _data(there, judged, left_out, is_truth_known=events is not None),
        "definitions": _definitions(
            since, lookback_us, assumed_response_us, patients_per_nurse, is_truth_known=events is not None
        ),
        "policies": numbers,
        "patients_without_samples": [str(one.patient) for one in recordings if one.end_us == one.start_us],
        "patients_without_usable_signal": [str(one.patient) for one in there if not one.is_usable],
        "events_not_judged": [{**_event(one.event), "reason": one.reason} for one in left_out],
        "research_use_only": True,
    }
    if events is not None:
        document["pareto"] = pareto_front(
            {name: (one["alerts_per_patient_day"]["mean"], one["missed"]) for name, one in numbers.items()}
        )
    return Comparison(
        policies=policies,
        recordings=tuple(there),
        without_samples=tuple(one.patient for one in recordings if one.end_us == one.start_us),
        left_out=tuple(left_out),
        document=document,
    )


def _of_policy(
    one: Compared, recordings: Sequence[Recorded], since: _Since, patients_per_nurse: float
) -> dict[str, Any]:
    said = as_columns(one.courses)
    places = said.places(recording.patient for recording in recordings)
    here = np.zeros(len(said), np.bool_)
    here[places] = True
    of_rule = np.bincount(said.rule[np.repeat(here, said.counts())], minlength=len(said.rules)).tolist()
    days = sum(recording.days for recording in recordings)
    numbers: dict[str, Any] = {
        "title": one.policy.title,
        "version": one.policy.version,
        "digest": one.policy.digest,
        "alerts": sum(of_rule),
        "alerts_per_patient_day": load(one.courses, recordings),
        "technical_alerts_per_patient_day": round(int(said.technical[places].sum()) / days, 4),
        "suppressed_per_patient_day": round(int(said.suppressed[places].sum()) / days, 4),
        **not_assessable(one.courses, recordings),
        "by_priority": _added([about.priority for about in said.rules], of_rule),
        "by_rule": _added([about.rule for about in said.rules], of_rule),
        "load_by_hour": load_by_hour(one.courses, recordings, patients_per_nurse),
        "patients": sum(recording.is_usable for recording in recordings),
        "patient_days": round(sum(recording.days for recording in recordings if recording.is_usable), 4),
    }
    if one.matched is not None:
        numbers |= detection(one.matched)
        numbers["added_delay_s"] = added_delay(one.matched.events, since.visible_us)
        numbers["delay_from_first_s"] = added_delay(one.matched.events, since.first_us)
        for kind, of_kind in numbers["by_event"].items():
            mine = [place for place, judged in enumerate(one.matched.events) if judged.event.kind == kind]
            of_kind["added_delay_s"] = added_delay(
                [one.matched.events[place] for place in mine], [since.visible_us[place] for place in mine]
            )
        numbers["missed_events"] = [_missed(judged) for judged in one.matched.events if judged.first is None]
    numbers["interval_95"] = intervals(one.courses, recordings, one.matched)
    return numbers


@dataclass(frozen=True, slots=True)
class _Since:
    """From when delays count, by event, and the words for it."""

    first_us: Sequence[int | None]
    first_says: str
    visible_us: Sequence[int | None]
    visible_says: str


def _reference(
    policies: Sequence[Compared],
    events: Sequence[Event],
    reference: Mapping[PatientId, Course] | None,
    reference_name: str | None,
    lookback_us: int,
) -> _Since:
    if reference is not None:
        said = as_columns(reference)
        matched = match(said, events, lookback_us)
        visible = []
        for event in events:
            begin_us = event.onset_us - lookback_us
            near = said.alerts_between(event.patient, begin_us - DAY_US, event.end_us + DAY_US)
            visible.append(visible_from_us(event, near, begin_us, event.end_us))
        return _Since(
            [_first_us(one) for one in matched.events],
            f"the first notification of {reference_name} in the window",
            visible,
            f"the first notification of {reference_name} in the window that lasts (its condition stands for half of "
            "the ten minutes after it) and is news (its rule stood under a tenth of the six hours before the onset)",
        )
    if len(policies) == 1:
        onsets = [event.onset_us for event in events]
        return _Since(onsets, "the true onset", onsets, "the true onset")
    firsts = [[_first_us(one) for one in policy.matched.events] for policy in policies if policy.matched is not None]
    earliest = [min((time for time in times if time is not None), default=None) for times in zip(*firsts, strict=True)]
    says = "the earliest notification of the policies compared"
    return _Since(earliest, says, earliest, says)


def _first_us(one: Judged) -> int | None:
    return None if one.first is None else one.first.time_us


def _data(
    recordings: Sequence[Recorded], judged: Sequence[Event], left_out: Sequence[NotJudged], *, is_truth_known: bool
) -> dict[str, Any]:
    about: dict[str, Any] = {
        "patients": len(recordings),
        "patient_days": round(sum(one.days for one in recordings), 4),
        "start": to_iso(min(one.start_us for one in recordings)),
        "end": to_iso(max(one.end_us for one in recordings)),
        "truth": "given" if is_truth_known else "not given: only the load is judged",
    }
    if is_truth_known:
        about["events"] = len(judged)
        about["events_not_judged"] = len(left_out)
        about["events_by_kind"] = _counted(event.kind for event in judged)
    return about


def _definitions(
    since: _Since,
    lookback_us: int,
    assumed_response_us: int | None,
    patients_per_nurse: float,
    *,
    is_truth_known: bool,
) -> dict[str, Any]:
    load_part = {
        "assumed_response_s": None if assumed_response_us is None else assumed_response_us / SECOND_US,
        "patients_per_nurse": patients_per_nurse,
        "alert": "a notification about the patient's body; technical ones are counted apart",
        "alerts_per_patient_day": "of each patient: alerts divided by monitored days; then quantiles over patients "
        "(worst_decile: nine tenths of the patients have at most this; mean: all alerts by all days; "
        "worst_tenth_share: the share of all alerts that the tenth of patients with most make)",
        "monitored": "from a patient's first sample to the end of the last, without holes longer than a day",
        "not_assessable_fraction": "share of monitored time in which a signal that a rule asks about could not be "
        "assessed, averaged over these signals",
        "interval_95": "percentiles over 1000 resamples of the patients",
        "hours": "of the day, UTC",
    }
    if not is_truth_known:
        return load_part
    return load_part | {
        "lookback_min": lookback_us / MINUTE_US,
        "window": "from the lookback before an event's onset to its end, both ends included",
        "sensitivity": "events with at least one alert in their window, of those judged",
        "sensitivity_by_chance": "the same with each window moved to other places in the patient's recording",
        "ppv": "alerts that fall in the window of an event of the same patient, of all alerts",
        "lead_time_min": "from the first alert in the window to the event's end: the time won; positive is earlier",
        "time_to_alert_min": "from the true onset to the first alert in the window; negative in the lookback",
        "added_delay_s": f"from {since.visible_says} to the policy's first alert in the same window, over events found "
        "by both; negative is earlier",
        "delay_from_first_s": f"the same from {since.first_says}, luck included",
        "reference": since.visible_says,
    }


def _missed(one: Judged) -> dict[str, Any]:
    return {**_event(one.event), "standing": [alert.rule for alert in one.standing]}


def _event(event: Event) -> dict[str, str]:
    return {
        "patient": str(event.patient),
        "event": event.kind,
        "onset": to_iso(event.onset_us),
        "end": to_iso(event.end_us),
    }


def _counted(names: Iterable[str]) -> dict[str, int]:
    return _most_first(Counter(names))


def _added(names: Sequence[str], counts: Sequence[int]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for name, count in zip(names, counts, strict=True):
        total[name] += count
    return _most_first(total)


def _most_first(counts: Counter[str]) -> dict[str, int]:
    return {name: count for name, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])) if count}
