"""A comparison row by row: each event, each patient, and what was said of each; for whoever draws it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from fyr.attention import Policy
from fyr.clock import to_iso
from fyr.record import PatientId
from fyr.watch.evaluation.course import Alert, Course
from fyr.watch.evaluation.document import Compared, Comparison
from fyr.watch.evaluation.sweep import Swept
from fyr.watch.evaluation.ward_courses import as_columns

__all__ = ["event_rows", "patient_rows", "raised_row", "raised_rows", "suppressed_rows"]


def event_rows(swept: Swept) -> list[dict[str, Any]]:
    """Return every event that could be judged, with when each member first spoke in its window.

    Parameters
    ----------
    swept : Swept
        Of all policies; with factor 1 alone where no more is wanted.

    Returns
    -------
    list of dict
        `patient`, `event`, `onset`, `end`, and `first`: by policy, a list by rising factor of the time of the first
        notification in the window, or ``None`` where the event was missed.
    """
    of = {one.name: one for one in swept.judged.policies}
    matched = [of[member.key].matched for member in swept.members]
    if not matched or matched[0] is None:
        return []
    rows: list[dict[str, Any]] = []
    for place, about in enumerate(matched[0].events):
        first: dict[str, list[str | None]] = {}
        for member, said in zip(swept.members, matched, strict=True):
            assert said is not None  # noqa: S101  all of them were judged, or none
            found = said.events[place].first
            first.setdefault(member.name, []).append(None if found is None else to_iso(found.time_us))
        event = about.event
        rows.append(
            {
                "patient": str(event.patient),
                "event": event.kind,
                "onset": to_iso(event.onset_us),
                "end": to_iso(event.end_us),
                "first": first,
            }
        )
    return rows


def patient_rows(comparison: Comparison) -> list[dict[str, Any]]:
    """Return every patient who was recorded, with how many notifications each policy raised and how many events came.

    Returns
    -------
    list of dict
        `patient`, `start`, `end`, `days`, `usable`, `events`, and `alerts` by policy.
    """
    events = _events_by_patient(comparison.policies)
    said = {one.name: as_columns(one.courses) for one in comparison.policies}
    counts = {name: dict(zip(of.patients, of.counts().tolist(), strict=True)) for name, of in said.items()}
    return [
        {
            "patient": str(one.patient),
            "start": to_iso(one.start_us),
            "end": to_iso(one.end_us),
            "days": round(one.days, 4),
            "usable": one.is_usable,
            "events": events.get(one.patient, 0),
            "alerts": {name: of.get(one.patient, 0) for name, of in counts.items()},
        }
        for one in comparison.recordings
    ]


def raised_rows(one: Compared) -> Iterator[dict[str, Any]]:
    """Yield everything that a policy raised.

    Yields
    ------
    dict
        `patient`, `time_us`, `end_us`, `rule`, `title`, `priority`, `signal`, `value`, and `is_true`: whether it falls
        in the window of an event, ``None`` where nobody knows the truth.
    """
    said = as_columns(one.courses)
    flags = None if one.matched is None else one.matched.is_true.flags
    for patient in said.patients:
        for number in range(said.part(patient).start, said.part(patient).stop):
            flag = None if flags is None else bool(flags[number])
            yield {"patient": str(patient), **raised_row(said.alert(number)), "is_true": flag}


def raised_row(alert: Alert) -> dict[str, Any]:
    """Return what :func:`raised_rows` says of one alert by itself."""
    return {
        "time_us": alert.time_us,
        "end_us": alert.cleared_us,
        "rule": alert.rule,
        "title": alert.title,
        "priority": alert.priority,
        "signal": alert.signal,
        "value": alert.value,
    }


def suppressed_rows(policy: Policy, course: Course) -> list[dict[str, Any]]:
    """Return what a policy held back of one patient, by time: `time_us`, `rule`, `title`, `reason`.

    Parameters
    ----------
    policy : Policy
        Whose rules give what was held back its title.
    course : Course
        Of a close look: where suppressions were only counted, there is nothing to tell.
    """
    rows = []
    for held in course.suppressed or ():
        rule = policy.rules_by_key.get(held.subject)
        title = held.subject if rule is None else rule.title
        rows.append({"time_us": held.time_us, "rule": held.subject, "title": title, "reason": held.reason})
    return rows


def _events_by_patient(policies: Sequence[Compared]) -> dict[PatientId, int]:
    matched = policies[0].matched if policies else None
    counts: dict[PatientId, int] = {}
    for one in matched.events if matched is not None else ():
        counts[one.event.patient] = counts.get(one.event.patient, 0) + 1
    return counts
