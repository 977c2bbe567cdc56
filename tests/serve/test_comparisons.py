"""Kept comparisons and replayed days over HTTP: who may, what they get, and that the trail knows."""

from __future__ import annotations

import csv
import io
from datetime import datetime

import numpy as np
import pytest
from tests.serve.house import ANNA, House

from fyr.attention import load_policy
from fyr.attention.policy_file import policy_text
from fyr.clock import MINUTE_US, from_iso
from fyr.record import Observation, PatientId, Quality, SampleBatch, Series, Status
from fyr.serve.comparison_documents import ComparisonDocument, Comparisons, Day
from fyr.serve.comparison_store import ComparisonStore
from fyr.serve.kept_comparison import keep_comparison
from fyr.watch.evaluation.course import Event
from fyr.watch.evaluation.document import compare
from fyr.watch.evaluation.running import run_policies
from fyr.watch.evaluation.sources import BatchSource
from fyr.watch.evaluation.sweep import sweep

START_US = from_iso("2026-03-01T00:00:00Z")
WHO = PatientId("other", "1")
READINGS = [Observation(WHO, "temperature", START_US + 60 * MINUTE_US, 37.5, "Cel", Status.PRESENT, "test")]


def _keep(house: House, name: str = "march", *, days: int = 2, texts: dict[str, str] | None = None) -> None:
    """Keep a comparison of a patient with a heart rate of 150 from minute 600 to 700, in which there is an event."""
    count = days * 1440
    value = np.full(count, 80.0)
    value[600:700] = 150.0
    value[900:910] = np.nan
    time_us = START_US + MINUTE_US * np.arange(count, dtype=np.int64)
    quality = np.where(np.isnan(value), Quality.UNKNOWN, Quality.PRESENT).astype(np.uint8)
    samples = SampleBatch.from_series([Series(WHO, "heart_rate", "/min", time_us, value, quality, MINUTE_US, "test")])
    source = BatchSource(samples)
    policies = {name: load_policy(name) for name in ("thresholds", "haahr2022")}
    events = [Event(WHO, "sepsis", START_US + 590 * MINUTE_US, START_US + 720 * MINUTE_US)]

    def ran(some):
        return run_policies(source, some, assumed_response_us=2 * MINUTE_US, judged=list(policies.values()), workers=1)

    first = ran(list(policies.values()))

    def judge(named, said):
        return compare(named, said, first.recordings, events=events)

    comparison = judge(policies, first.courses)
    swept = sweep(policies, first.courses, run=lambda some: ran(some).courses, judge=judge)
    keep_comparison(
        ComparisonStore(house.record.storage.files),
        name,
        title="Ward in March",
        note="of a test",
        simulated=True,
        made_us=START_US,
        texts={name: policy_text(name) for name in policies} if texts is None else texts,
        assumed={},
        assumed_response_us=2 * MINUTE_US,
        document={**comparison.document, "sweep": swept.document()},
        comparison=comparison,
        swept=swept,
        recording=lambda patient: (source.batch_of(patient), READINGS),
    )


def test_the_list_says_what_was_compared_and_on_whom(house):
    nurse = house.signed_in("nurse")
    assert nurse.get("/api/comparisons").json() == {"comparisons": [], "making": None}
    _keep(house)
    answer = Comparisons.model_validate(nurse.get("/api/comparisons").json())
    (row,) = answer.comparisons
    assert (row.name, row.patients, row.patient_days, row.events) == ("march", 1, 2.0, 1)
    assert row.policies == ["thresholds", "haahr2022"]
    assert row.simulated


def test_a_comparison_holds_the_curves_and_the_event_that_a_patient_policy_loses(house):
    _keep(house)
    answer = house.signed_in("researcher").get("/api/comparisons/march")
    document = ComparisonDocument.model_validate(answer.json())
    (event,) = document.events
    assert [time is not None for time in event.first["haahr2022"]] == [True, True, True, True, False, False]
    assert [point["missed"] for point in document.document["sweep"]["policies"]["haahr2022"]] == [0, 0, 0, 0, 1, 1]
    (entry,) = house.audited("read comparison")
    assert (entry["person"], entry["detail"]) == ("researcher", {"comparison": "march", "patients": 1})


def test_a_day_shows_signals_truth_and_what_each_policy_said(house):
    _keep(house)
    nurse = house.signed_in("nurse")
    day = Day.model_validate(nurse.get(f"/api/comparisons/march/patients/{WHO}").json())
    assert (day.day, day.days, day.start) == (1, 2, datetime.fromisoformat("2026-03-01T00:00:00Z"))
    line = day.series["heart_rate"]
    assert line.value.count(None) >= 1  # the ten minutes without a value break the line
    assert max(value for value in line.value if value is not None) == 150
    assert day.truth is not None
    assert [one.event for one in day.truth] == ["sepsis"]
    of = {policy.name: policy for policy in day.policies}
    (raised,) = of["haahr2022"].raised
    assert (raised.rule, raised.is_true) == ("hr>130/30min", True)
    assert raised.time == datetime.fromisoformat("2026-03-01T10:29:00Z")
    assert of["haahr2022"].suppressed is not None
    assert {held.rule for held in of["haahr2022"].suppressed} >= {"hr>110/60min"}
    assert day.series["temperature"].value == [37.5]
    assert of["thresholds"].raised[0].time == datetime.fromisoformat("2026-03-01T10:00:00Z")
    (entry,) = house.audited("read replayed day")
    assert (entry["patient"], entry["detail"]) == (str(WHO), {"comparison": "march", "day": 1})


def test_the_next_day_is_another_day(house):
    _keep(house)
    day = Day.model_validate(house.signed_in("nurse").get(f"/api/comparisons/march/patients/{WHO}?day=2").json())
    assert day.start == datetime.fromisoformat("2026-03-02T00:00:00Z")
    assert all(not policy.raised for policy in day.policies)


def test_a_policy_at_another_factor_is_shown_with_the_rules_that_it_was_replayed_under(house):
    _keep(house)
    path = f"/api/comparisons/march/patients/{WHO}?policy=haahr2022&factor=4"
    day = Day.model_validate(house.signed_in("nurse").get(path).json())
    of = {policy.name: policy for policy in day.policies}
    assert (of["haahr2022"].factor, of["thresholds"].factor) == (4.0, 1.0)
    assert of["haahr2022"].raised == []
    rule = next(rule for rule in of["haahr2022"].rules if rule.rule == "hr>130/30min")
    assert rule.duration_s == 120 * 60


def test_a_policy_that_is_read_as_another_one_today_says_what_it_raised_and_nothing_more(house):
    """What was held back is replayed when it is looked at; under another policy it would be another answer."""
    texts = {"thresholds": policy_text("haahr2022"), "haahr2022": "name: no policy any more"}
    _keep(house, texts=texts)
    day = Day.model_validate(house.signed_in("nurse").get(f"/api/comparisons/march/patients/{WHO}").json())
    assert [policy.suppressed for policy in day.policies] == [None, None]
    assert all(policy.raised for policy in day.policies)


def test_the_table_says_the_same_as_the_day(house):
    _keep(house)
    nurse = house.signed_in("nurse")
    day = Day.model_validate(nurse.get(f"/api/comparisons/march/patients/{WHO}").json())
    answer = nurse.get(f"/api/comparisons/march/patients/{WHO}/said.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    assert "attachment" in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    kinds = [row["kind"] for row in rows]
    assert kinds.count("true event") == 1
    assert kinds.count("raised") == sum(len(policy.raised) for policy in day.policies)
    assert kinds.count("suppressed") == sum(len(policy.suppressed or ()) for policy in day.policies)


@pytest.mark.parametrize(
    "path",
    [
        "/api/comparisons/april",
        "/api/comparisons/..%2f..%2ffyr.db",
        f"/api/comparisons/april/patients/{WHO}",
        "/api/comparisons/march/patients/other/2",
        f"/api/comparisons/march/patients/{WHO}?day=3",
        f"/api/comparisons/march/patients/{WHO}?policy=haahr2022&factor=3",
        f"/api/comparisons/march/patients/{WHO}?policy=nobody&factor=2",
    ],
)
def test_what_is_not_there_is_said_to_be_not_there(house, path):
    _keep(house)
    answer = house.signed_in("nurse").get(path)
    assert answer.status_code == 404
    assert set(answer.json()["error"]) == {"what", "where", "mend"}


@pytest.mark.parametrize("path", ["", "/march", f"/march/patients/{WHO}", f"/march/patients/{WHO}/said.csv"])
def test_who_sees_no_patients_sees_no_comparison(house, path):
    _keep(house)
    assert house.browser().get(f"/api/comparisons{path}").status_code == 401
    assert house.signed_in("administrator").get(f"/api/comparisons{path}").status_code == 403


def test_only_a_demonstration_makes_one_by_itself(house):
    answer = house.signed_in("nurse").post("/api/comparisons/demonstration")
    assert answer.status_code == 404
    assert "fyr watch evaluate" in answer.json()["error"]["mend"]


def test_a_patient_of_the_record_is_replayed_under_the_shipped_policies(house):
    house.low_saturation()
    nurse = house.signed_in("nurse")
    day = Day.model_validate(nurse.get(f"/api/patients/{ANNA}/replay").json())
    assert day.truth is None
    assert day.comparison is None
    of = {policy.name: policy for policy in day.policies}
    assert list(of) == ["ward-demonstration", "thresholds", "haahr2022", "news2-continuous", "fyr-ward"]
    assert [one.rule for one in of["haahr2022"].raised] == ["spo2<80/1min"]
    assert of["thresholds"].raised
    assert [entry["patient"] for entry in house.audited("read replayed day")] == [str(ANNA)]
    assert nurse.get(f"/api/patients/{ANNA}/replay/said.csv").text.startswith("policy,factor,kind,time,end")
    assert nurse.get(f"/api/patients/{ANNA}/replay?day=9").status_code == 404


def test_of_whom_nothing_was_recorded_nothing_is_replayed(house):
    assert house.signed_in("nurse").get(f"/api/patients/{ANNA}/replay").status_code == 404
