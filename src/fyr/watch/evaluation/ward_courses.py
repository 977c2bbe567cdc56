"""What one policy said about all patients, as columns; a patient's :class:`Course` is made where one is looked at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from fyr.record import PatientId
from fyr.watch.columnar.alarm_desk import ALERT
from fyr.watch.columnar.patient_replay import AlertRule, Outcome
from fyr.watch.evaluation.course import Alert, Course
from fyr.watch.kernel import NEVER

__all__ = ["WardCourses", "as_columns", "outcome_of"]


@dataclass(frozen=True, slots=True, eq=False)
class WardCourses(Mapping[PatientId, Course]):
    """The courses of a ward's patients under one policy.

    Parameters
    ----------
    patients : tuple of PatientId
    first : ndarray of int64, shape (patients + 1,)
        The alerts of patient ``i`` are those from ``first[i]`` up to ``first[i + 1]``, in order of time.
    time_us, cleared_us : ndarray of int64, shape (alerts,)
        `cleared_us` is `NEVER` where it stood until the recording's end.
    value : ndarray of float64, shape (alerts,)
    rule : ndarray of int32, shape (alerts,)
        Place in `rules`.
    rules : tuple of AlertRule
    technical, suppressed, span_us : ndarray of int64, shape (patients,)
    signals : tuple of str
        Those that a rule of the ward's policy asks about.
    not_assessable_us : ndarray of int64, shape (patients, signals)

    Notes
    -----
    As a mapping it gives courses whose suppressions are counted, not told.
    """

    patients: tuple[PatientId, ...]
    first: NDArray[np.int64]
    time_us: NDArray[np.int64]
    cleared_us: NDArray[np.int64]
    value: NDArray[np.float64]
    rule: NDArray[np.int32]
    rules: tuple[AlertRule, ...]
    technical: NDArray[np.int64]
    suppressed: NDArray[np.int64]
    span_us: NDArray[np.int64]
    signals: tuple[str, ...]
    not_assessable_us: NDArray[np.int64]
    place: Mapping[PatientId, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "place", {patient: index for index, patient in enumerate(self.patients)})

    def __len__(self) -> int:
        return len(self.patients)

    def __iter__(self) -> Iterator[PatientId]:
        return iter(self.patients)

    def __getitem__(self, patient: PatientId) -> Course:
        """Return a patient's course."""
        index = self.place[patient]
        deaf = zip(self.signals, self.not_assessable_us[index].tolist(), strict=True)
        return Course(
            patient=patient,
            alerts=tuple(self.alert(number) for number in range(int(self.first[index]), int(self.first[index + 1]))),
            technical=int(self.technical[index]),
            suppressed=None,
            not_assessable_us=dict(deaf),
            span_us=int(self.span_us[index]),
        )

    def alert(self, number: int) -> Alert:
        """Return one alert."""
        about, cleared_us = self.rules[self.rule[number]], int(self.cleared_us[number])
        return Alert(
            time_us=int(self.time_us[number]),
            cleared_us=None if cleared_us == NEVER else cleared_us,
            rule=about.rule,
            title=about.title,
            priority=about.priority,
            signal=about.signal,
            value=float(self.value[number]),
        )

    def places(self, patients: Iterable[PatientId]) -> NDArray[np.int64]:
        """Return where patients stand in the columns."""
        return np.array([self.place[patient] for patient in patients], np.int64)

    def counts(self) -> NDArray[np.int64]:
        """Return how many alerts each patient has."""
        return np.diff(self.first)

    def part(self, patient: PatientId) -> slice:
        """Return where a patient's alerts are; nowhere for a patient who is not among them."""
        index = self.place.get(patient)
        return slice(0, 0) if index is None else slice(int(self.first[index]), int(self.first[index + 1]))

    def alerts_between(self, patient: PatientId, from_us: int, to_us: int) -> tuple[Alert, ...]:
        """Return a patient's alerts that stood at some time of a stretch."""
        mine = self.part(patient)
        cleared_us = self.cleared_us[mine]
        there = (self.time_us[mine] <= to_us) & ((cleared_us == NEVER) | (cleared_us >= from_us))
        return tuple(map(self.alert, (mine.start + np.flatnonzero(there)).tolist()))

    @classmethod
    def from_outcomes(
        cls, patients: Sequence[PatientId], outcomes: Sequence[Outcome], signals: Sequence[str]
    ) -> WardCourses:
        """Put the outcomes of patients together; `signals` are those that the ward's policy has rules about."""
        rules: dict[AlertRule, int] = {}
        number_of: dict[int, NDArray[np.int32]] = {}
        columns = []
        for outcome in outcomes:
            known = number_of.get(id(outcome.rules))
            if known is None:
                known = np.array([rules.setdefault(name, len(rules)) for name in outcome.rules], np.int32)
                number_of[id(outcome.rules)] = known
            columns.append(known[outcome.alerts["rule"]])
        alerts = [outcome.alerts for outcome in outcomes]
        deaf = [[outcome.not_assessable_us[signal] for signal in signals] for outcome in outcomes]
        counts = [len(outcome.alerts) for outcome in outcomes]
        return cls(
            patients=tuple(patients),
            first=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
            time_us=_joined([part["time_us"] for part in alerts], np.int64),
            cleared_us=_joined([part["cleared_us"] for part in alerts], np.int64),
            value=_joined([part["value"] for part in alerts], np.float64),
            rule=_joined(columns, np.int32),
            rules=tuple(rules),
            technical=np.array([outcome.technical for outcome in outcomes], np.int64),
            suppressed=np.array([outcome.suppressed for outcome in outcomes], np.int64),
            span_us=np.array([outcome.span_us for outcome in outcomes], np.int64),
            signals=tuple(signals),
            not_assessable_us=np.array(deaf, np.int64).reshape(len(outcomes), len(signals)),
        )

    @classmethod
    def joined(cls, parts: Sequence[WardCourses]) -> WardCourses:
        """Put the courses of different patients under one policy together, in the order given."""
        rules: dict[AlertRule, int] = {}
        renumbered = []
        for part in parts:
            numbers = np.array([rules.setdefault(name, len(rules)) for name in part.rules], np.int32)
            renumbered.append(numbers[part.rule] if len(part.rules) else part.rule)
        counts = np.concatenate([np.zeros(0, np.int64), *(part.counts() for part in parts)])
        signals = parts[0].signals if parts else ()
        return cls(
            patients=tuple(patient for part in parts for patient in part.patients),
            first=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
            time_us=_joined([part.time_us for part in parts], np.int64),
            cleared_us=_joined([part.cleared_us for part in parts], np.int64),
            value=_joined([part.value for part in parts], np.float64),
            rule=_joined(renumbered, np.int32),
            rules=tuple(rules),
            technical=_joined([part.technical for part in parts], np.int64),
            suppressed=_joined([part.suppressed for part in parts], np.int64),
            span_us=_joined([part.span_us for part in parts], np.int64),
            signals=signals,
            not_assessable_us=np.concatenate([part.not_assessable_us for part in parts])
            if parts
            else np.zeros((0, 0), np.int64),
        )


def outcome_of(course: Course) -> Outcome:
    """Return the course of an ordinary replay in the form of a columnar one."""
    rules: dict[AlertRule, int] = {}
    alerts = np.empty(len(course.alerts), ALERT)
    for row, alert in zip(alerts, course.alerts, strict=True):
        about = AlertRule(alert.rule, alert.title, alert.priority, alert.signal)
        row["time_us"], row["value"] = alert.time_us, alert.value
        row["cleared_us"] = NEVER if alert.cleared_us is None else alert.cleared_us
        row["rule"] = rules.setdefault(about, len(rules))
    return Outcome(
        rules=tuple(rules),
        alerts=alerts,
        technical=course.technical,
        suppressed=len(course.suppressed or ()),
        not_assessable_us=dict(course.not_assessable_us),
        span_us=course.span_us,
    )


def as_columns(courses: Mapping[PatientId, Course] | Iterable[Course]) -> WardCourses:
    """Return courses as columns, which they may be already."""
    if isinstance(courses, WardCourses):
        return courses
    listed = list(courses.values()) if isinstance(courses, Mapping) else list(courses)
    rules: dict[AlertRule, int] = {}
    alerts = [alert for course in listed for alert in course.alerts]
    numbers = [
        rules.setdefault(AlertRule(alert.rule, alert.title, alert.priority, alert.signal), len(rules))
        for alert in alerts
    ]
    signals = tuple(dict.fromkeys(signal for course in listed for signal in course.not_assessable_us))
    deaf = [[course.not_assessable_us.get(signal, 0) for signal in signals] for course in listed]
    return WardCourses(
        patients=tuple(course.patient for course in listed),
        first=np.concatenate([[0], np.cumsum([len(course.alerts) for course in listed])]).astype(np.int64),
        time_us=np.array([alert.time_us for alert in alerts], np.int64),
        cleared_us=np.array([NEVER if alert.cleared_us is None else alert.cleared_us for alert in alerts], np.int64),
        value=np.array([alert.value for alert in alerts], np.float64),
        rule=np.array(numbers, np.int32),
        rules=tuple(rules),
        technical=np.array([course.technical for course in listed], np.int64),
        suppressed=np.array([len(course.suppressed or ()) for course in listed], np.int64),
        span_us=np.array([course.span_us for course in listed], np.int64),
        signals=signals,
        not_assessable_us=np.array(deaf, np.int64).reshape(len(listed), len(signals)),
    )


_Scalar = TypeVar("_Scalar", bound=np.generic)


def _joined(parts: Sequence[NDArray[Any]], dtype: type[_Scalar]) -> NDArray[_Scalar]:
    return np.concatenate(parts).astype(dtype, copy=False) if parts else np.empty(0, dtype)
