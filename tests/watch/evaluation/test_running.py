"""Running policies over patients: threads change nothing, and a patient alone is as in the crowd."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.watch.evaluation.builders import MIDNIGHT_US, patient

from fyr.attention import load_policy
from fyr.clock import DAY_US, MINUTE_US
from fyr.record import Quality, SampleBatch, by_patient
from fyr.watch.evaluation.look import CloseLook
from fyr.watch.evaluation.recorded import Recorded, plausible_ranges, recorded
from fyr.watch.evaluation.running import run_policies
from fyr.watch.evaluation.sources import BatchSource
from fyr.watch.evaluation.ward_courses import as_columns
from fyr.watch.evaluation.ward_replay import replay_ward, spans
from fyr.watch.simulation import SimulatedWard


@pytest.fixture(scope="module")
def ward() -> SampleBatch:
    simulated = SimulatedWard(5, seed=77, start_us=MIDNIGHT_US, until_us=MIDNIGHT_US + DAY_US, period_us=MINUTE_US)
    samples, _ = simulated.advance(MIDNIGHT_US + DAY_US - 1)
    order = np.lexsort((samples.time_us, samples.patient_index))
    return replace(
        samples,
        patient_index=samples.patient_index[order],
        signal_index=samples.signal_index[order],
        time_us=samples.time_us[order],
        value=samples.value[order],
        quality=samples.quality[order],
    )


def test_threads_change_nothing(ward: SampleBatch) -> None:
    policies = [load_policy("haahr2022"), load_policy("thresholds")]
    alone = run_policies(BatchSource(ward), policies, workers=1)
    done: list[int] = []
    shared = run_policies(BatchSource(ward), policies, workers=3, done=done.append)
    assert [dict(one) for one in alone.courses] == [dict(one) for one in shared.courses]
    assert alone.recordings == shared.recordings
    assert [list(one) for one in shared.courses] == [list(ward.patients)] * 2
    assert sum(done) == 2 * len(ward.patients)


def test_the_columns_say_what_the_replay_of_each_patient_says(ward: SampleBatch) -> None:
    policy = load_policy("thresholds")
    (columns,) = run_policies(BatchSource(ward), [policy], assumed_response_us=MINUTE_US).courses
    courses = replay_ward(ward, policy, assumed_response_us=MINUTE_US)
    assert columns.suppressed.tolist() == [len(course.suppressed or ()) for course in courses]
    assert list(columns.values()) == [replace(course, suppressed=None) for course in courses]
    again = as_columns(courses)
    assert dict(again) == dict(columns)
    assert again.counts().tolist() == columns.counts().tolist()


def test_a_close_look_tells_the_reasons(ward: SampleBatch) -> None:
    policy = load_policy("haahr2022")
    look = CloseLook([(BatchSource(ward), [])], None)
    samples, course = look(policy, ward.patients[2])
    assert samples == ward.select(ward.patients[2])
    assert [course] == replay_ward(samples, policy)
    assert course.suppressed


def test_a_patient_alone_is_as_in_the_crowd(ward: SampleBatch) -> None:
    policy = load_policy("thresholds")
    (crowd,) = run_policies(BatchSource(ward), [policy]).courses
    (single,) = run_policies(BatchSource(ward.select(ward.patients[2])), [policy]).courses
    assert dict(single) == {ward.patients[2]: crowd[ward.patients[2]]}
    assert len(crowd.time_us) > 0


def _batch(minutes: list[int], signal: str, value: float) -> SampleBatch:
    return SampleBatch(
        patients=(patient(1), patient(2)),
        patient_index=np.zeros(len(minutes), np.int32),
        signals=(signal,),
        signal_index=np.zeros(len(minutes), np.int16),
        time_us=MIDNIGHT_US + np.array(minutes, np.int64) * MINUTE_US,
        value=np.full(len(minutes), value),
        quality=np.full(len(minutes), Quality.PRESENT, np.uint8),
        period_us=np.array([MINUTE_US], np.int64),
    )


def _recorded(samples: SampleBatch) -> list[Recorded]:
    ranges = plausible_ranges([load_policy("haahr2022")])
    return [recorded(one, ranges) for one in by_patient(samples)]


def test_a_signal_that_the_policy_does_not_read_leaves_it_deaf() -> None:
    samples = _batch([0, 1, 2], "temperature", 37.0)
    (courses,) = run_policies(BatchSource(samples), [load_policy("haahr2022")]).courses
    course = courses[patient(1)]
    assert course.alerts == ()
    assert set(course.not_assessable_us.values()) == {3 * MINUTE_US}
    assert patient(2) not in courses


def test_a_hole_longer_than_a_day_is_no_monitored_time() -> None:
    samples = _batch([0, 1, 2, 3000, 3001], "heart_rate", 80.0)
    one, none = _recorded(samples)
    assert one.monitored_us == 5 * MINUTE_US
    assert one.hours().sum() == pytest.approx(5 / 60)
    assert (none.start_us, none.end_us, none.is_usable) == (0, 0, False)
    assert _recorded(_batch([0, 1, 1400], "heart_rate", 80.0))[0].monitored_us == (1401 * MINUTE_US)
    assert spans(samples)[1].tolist() == [MIDNIGHT_US + 3002 * MINUTE_US, 0]


def test_what_is_not_plausible_is_not_usable() -> None:
    assert not _recorded(_batch([0, 1], "heart_rate", 0.0))[0].is_usable
    assert _recorded(_batch([0, 1], "heart_rate", 80.0))[0].is_usable
