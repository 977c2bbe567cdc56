"""Alarms and risks as FHIR: valid to an independent package, whole, and read back without loss."""

from __future__ import annotations

import string
from dataclasses import replace
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.exchange.fhir.resources import validated

from fyr.clock import from_iso
from fyr.errors import BadInput
from fyr.exchange.fhir.alarms import communication, detected_issue, read_alarm
from fyr.exchange.fhir.risks import risk_assessment
from fyr.exchange.outgoing import OutgoingAlarm, OutgoingRisk

AT_US = from_iso("2026-11-22T08:00:00.123456Z")
ALARM = OutgoingAlarm(
    id="demo:1:7",
    notification="0123456789abcdef0123",
    hospital="demo",
    patient="1",
    ward="7A",
    bed="12",
    subject="spo2<80/1min",
    title="SpO2 below 80 % for 1 min",
    kind="physiological",
    priority="high",
    phase="start",
    state="active",
    event="raised",
    time_us=AT_US,
    raised_at_us=AT_US,
    signal="spo2",
    value=78.0,
    policy="ward-demonstration 1",
    evidence={"threshold": 80.0, "duration_s": 60.0, "start": "2026-11-22T07:59:00Z", "unit": None},
)
ACTED = replace(
    ALARM, id="demo:1:8", event="acted_on", phase="update", by="nurse", reason="oxygen 2 L/min", time_us=AT_US + 1
)
RISK = OutgoingRisk(
    "f00d", "demo", "1", AT_US, "early_warning_icu", "1", "ab" * 32, "deterioration", 0.137, low=0.1, high=0.2,
    inputs={"heart_rate": 97, "lactate": None},
)  # fmt: skip


def references(part: Any) -> list[str]:
    """Return every literal reference in a resource."""
    if isinstance(part, dict):
        own = [part["reference"]] if isinstance(part.get("reference"), str) else []
        return own + [found for value in part.values() for found in references(value)]
    return [found for value in part for found in references(value)] if isinstance(part, list) else []


@pytest.mark.parametrize(
    "alarm",
    [
        ALARM,
        ACTED,
        replace(ALARM, event="waiting", phase="update", reason="enough for now"),
        replace(ALARM, event="escalated", phase="escalate", escalated_to="ward physician"),
        replace(ALARM, event="cleared", phase="end", state="inactive", signal=None, value=None, evidence={}),
        replace(ALARM, kind="technical", subject="spo2", signal="spo2", value=None, title="", ward="", bed=""),
        replace(ALARM, signal="rr_irregularity", value=0.4),
        replace(ALARM, subject=" odd  subject ", id="x" * 90, value=float("inf")),
    ],
)
def test_what_is_written_is_valid_and_every_reference_in_it_resolves(alarm: OutgoingAlarm) -> None:
    issue, told = validated(detected_issue(alarm)), validated(communication(alarm))
    for resource in (issue, told):
        contained = {f"#{one['id']}" for one in resource["contained"]}
        assert set(references(resource)) == contained
        assert resource["identifier"]
    assert told["about"] == [{"type": "DetectedIssue", "identifier": issue["identifier"][0]}]
    assert issue["patient"] == told["subject"]
    assert read_alarm(orjson.loads(orjson.dumps(issue))) == alarm


def test_the_elements_say_it_in_fhirs_own_words() -> None:
    issue = detected_issue(ALARM, "urn:oid:1.2.3")
    assert (issue["status"], issue["severity"]) == ("preliminary", "high")
    assert issue["patient"]["identifier"] == {"system": "urn:oid:1.2.3", "value": "1"}
    value = issue["contained"][1]
    assert value["valueQuantity"] == {"value": 78.0, "unit": "%", "system": "http://unitsofmeasure.org", "code": "%"}
    assert {coding["code"] for coding in value["code"]["coding"]} == {"59408-5", "150456"}
    (mitigation,) = detected_issue(ACTED)["mitigation"]
    assert mitigation["author"]["identifier"]["value"] == "nurse"
    assert mitigation["action"]["text"] == "acted on: oxygen 2 L/min"
    ended = detected_issue(replace(ALARM, state="inactive", event="cleared"))
    assert (ended["status"], "mitigation" in ended) == ("final", False)
    waiting = communication(replace(ALARM, event="waiting"))
    assert (waiting["status"], "sent" in waiting) == ("on-hold", False)
    escalated = communication(replace(ALARM, event="escalated", escalated_to="ward physician"))
    assert escalated["contained"][1]["code"][0]["text"] == "ward physician"


def test_an_issue_keeps_its_identifier_over_its_life_and_a_telling_has_its_own() -> None:
    assert detected_issue(ALARM)["identifier"][0] == detected_issue(ACTED)["identifier"][0]
    assert detected_issue(ALARM)["id"] == detected_issue(ACTED)["id"]
    assert communication(ALARM)["identifier"] != communication(ACTED)["identifier"]


TEXT = st.text(string.ascii_letters + string.digits + " äß<>/|&\"'\\", min_size=1, max_size=12).filter(str.strip)
ANY_TEXT = st.just("") | TEXT
TIMES = st.integers(0, 4_000_000_000_000_000)
FINITE = st.floats(allow_nan=False, allow_infinity=False)
EVIDENCE = st.dictionaries(TEXT, st.none() | st.booleans() | st.integers(-(2**53), 2**53) | FINITE | TEXT)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    st.builds(
        OutgoingAlarm,
        **dict.fromkeys(("id", "notification", "hospital", "patient", "subject", "event"), TEXT),
        **dict.fromkeys(("ward", "bed", "title", "by", "reason", "escalated_to", "policy"), ANY_TEXT),
        kind=st.sampled_from(["physiological", "technical"]),
        priority=st.sampled_from(["high", "medium", "low"]),
        phase=st.sampled_from(["start", "continue", "update", "escalate", "de-escalate", "end"]),
        state=st.sampled_from(["inactive", "active", "latched"]),
        time_us=TIMES,
        raised_at_us=TIMES,
        signal=st.none() | st.sampled_from(["spo2", "heart_rate", "something new"]),
        value=st.none() | st.floats(allow_nan=False),
        evidence=EVIDENCE,
    )
)
def test_any_alarm_comes_back_as_it_went(alarm: OutgoingAlarm) -> None:
    assert read_alarm(orjson.loads(orjson.dumps(detected_issue(alarm)))) == alarm


def test_what_somebody_else_wrote_is_not_taken_for_ours() -> None:
    for issue in ({}, {"resourceType": "DetectedIssue", "extension": []}, {**detected_issue(ALARM), "identifier": []}):
        with pytest.raises(BadInput, match="no DetectedIssue that Fyr wrote"):
            read_alarm(issue)


def test_a_risk_names_its_model_and_is_in_percent_as_r4_has_it() -> None:
    said = validated(risk_assessment(RISK))
    (prediction,) = said["prediction"]
    assert prediction["probabilityDecimal"] == pytest.approx(13.7, abs=1e-9)
    own = {part["url"]: part["valueDecimal"] for part in prediction["extension"][0]["extension"]}
    assert own == {"value": 0.137, "low": 0.1, "high": 0.2}
    (model,) = said["contained"]
    assert model["identifier"][0]["value"] == "ab" * 32
    assert said["basis"] == [{"display": "heart_rate: 97"}, {"display": "lactate: unknown"}]
    assert references(said) == ["#model"]


def test_a_refusal_is_no_number() -> None:
    refused = validated(risk_assessment(replace(RISK, value=None, low=None, high=None, refusal="no lactate")))
    assert refused["status"] == "cancelled"
    assert "probabilityDecimal" not in refused["prediction"][0]
    assert refused["note"] == [{"text": "no lactate"}]
    for wrong in (replace(RISK, value=13.7), replace(RISK, value=float("nan")), replace(RISK, value=None)):
        with pytest.raises(BadInput):
            risk_assessment(wrong)
