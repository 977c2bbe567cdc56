"""What gateways send, and what becomes of it."""

from __future__ import annotations

import json
import math

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fyr.clock import from_iso
from fyr.exchange.incoming import Addressee, Incoming, ProblemKind
from fyr.exchange.mqtt.payload import PayloadReader
from fyr.exchange.mqtt.topics import DEFAULT_TOPICS, TopicPattern, read_patterns
from fyr.exchange.sample_columns import IncomingColumns
from fyr.exchange.source_options import read_periods
from fyr.record import SIGNALS, Quality

NOON = from_iso("2026-11-22T12:00:00Z")
TIME = b'"time": "2026-11-22T12:00:00Z"'


def read(topic: str, payload: bytes, arrived_us: int | None = None, **options) -> Incoming:
    topics = options.pop("topics", (*DEFAULT_TOPICS, "patients/{patient}"))
    columns = IncomingColumns("gateways", read_periods("1 s", []))
    PayloadReader(read_patterns(topics), **options).read(columns, topic, payload, arrived_us)
    return columns.whole()


def cells(incoming: Incoming) -> dict[str, float]:
    samples = incoming.samples
    return {samples.signals[samples.signal_index[i]]: float(samples.value[i]) for i in range(len(samples))}


def only_problem(incoming: Incoming):
    (problem,) = incoming.problems
    assert problem is not None
    assert len(incoming.samples) == 0
    return problem


class TestWhatIsTaken:
    def test_many_signals_in_one_message(self):
        incoming = read(
            "fyr/A/3",
            b'{%b, "heart_rate": 71, "spo2": {"value": 97, "unit": "%%"}, "rr": 14.5, "device": "bedside-9"}' % TIME,
        )
        assert incoming.problems == (None,)
        assert cells(incoming) == {"heart_rate": 71.0, "spo2": 97.0, "respiratory_rate": 14.5}
        assert incoming.samples.addressees == (Addressee(ward="A", bed="3"),)
        assert set(incoming.samples.time_us.tolist()) == {NOON}
        assert set(incoming.samples.quality.tolist()) == {Quality.PRESENT}

    @pytest.mark.parametrize(
        ("unit", "value", "signal", "expected"),
        [
            ("[degF]", 98.6, "temperature", 37.0),  # exact: (98.6 - 32) / 1.8
            ("K", 310.15, "temperature", 37.0),
            ("kPa", 15.99864, "systolic_bp", 120.0),  # 1 mm[Hg] = 133.322 Pa (UCUM)
            ("Hz", 1.25, "heart_rate", 75.0),
            ("1", 0.97, "spo2", 97.0),
            ("{beats}/min", 71, "heart_rate", 71.0),
        ],
    )
    def test_units_become_the_vocabularys(self, unit, value, signal, expected):
        payload = orjson.dumps({"time": "2026-11-22T12:00:00Z", signal: {"value": value, "unit": unit}})
        assert cells(read("fyr/A/3", payload)) == {signal: pytest.approx(expected, rel=1e-15)}

    def test_null_is_unknown_and_never_nought(self):
        for payload in (b'{%b, "hr": null}', b'{%b, "hr": {"value": null, "unit": "/min"}}'):
            incoming = read("fyr/A/3", payload % TIME)
            assert math.isnan(incoming.samples.value[0])
            assert incoming.samples.quality.tolist() == [Quality.UNKNOWN]

    def test_one_value_a_topic(self):
        incoming = read("fyr/A/3/temp", b'{%b, "value": 98.6, "unit": "[degF]"}' % TIME)
        assert cells(incoming) == {"temperature": 37.0}

    def test_a_bare_number_has_the_time_of_its_arrival_only_where_that_is_given(self):
        assert read("fyr/A/3/hr", b"71", NOON).samples.time_us.tolist() == [NOON]
        assert read("fyr/A/3/hr", b"null", NOON).samples.quality.tolist() == [Quality.UNKNOWN]
        assert only_problem(read("fyr/A/3/hr", b"71")).kind is ProblemKind.INCOMPLETE

    def test_a_time_in_the_message_goes_before_that_of_arrival(self):
        assert read("fyr/A/3/hr", b'{%b, "value": 71}' % TIME, NOON + 9).samples.time_us.tolist() == [NOON]

    @pytest.mark.parametrize(
        ("written", "options"),
        [
            ('"2026-11-22T13:00:00+01:00"', {}),
            ('"2026-11-22 12:00"', {"time_zone": "UTC"}),
            ('"2026-11-22T13:00:00"', {"time_zone": "Europe/Copenhagen"}),
            (str(NOON // 1000), {}),
            (str(NOON // 1_000_000), {"epoch": "s"}),
            (str(NOON), {"epoch": "us"}),
            (str(NOON * 1000), {"epoch": "ns"}),
        ],
    )
    def test_times(self, written, options):
        payload = b'{"time": %b, "hr": 71}' % written.encode()
        assert read("fyr/A/3", payload, **options).samples.time_us.tolist() == [NOON]

    def test_seconds_with_a_fraction(self):
        assert read("fyr/A/3", b'{"time": 1763812800.123, "hr": 71}', epoch="s").samples.time_us.tolist() == [
            1_763_812_800_123_000
        ]

    def test_an_array_is_many_messages_each_with_its_own_answer(self):
        incoming = read("fyr/A/3", b'[{%b, "hr": 71}, {%b, "hr": "72"}, {%b, "hr": 73}]' % (TIME, TIME, TIME))
        assert [problem and problem.kind for problem in incoming.problems] == [None, ProblemKind.UNREADABLE, None]
        assert incoming.samples.value.tolist() == [71.0, 73.0]
        assert incoming.samples.message_index.tolist() == [0, 2]
        assert incoming.problems[1].where == "fyr/A/3, element 2, heart_rate"

    def test_a_byte_order_mark_means_nothing(self):
        assert cells(read("fyr/A/3", b'\xef\xbb\xbf{%b, "hr": 71}' % TIME)) == {"heart_rate": 71.0}

    def test_a_patient_in_the_topic_or_in_the_message(self):
        assert read("patients/17", b'{%b, "hr": 71}' % TIME).samples.addressees == (Addressee("17"),)
        incoming = read("fyr/A/3", b'{%b, "patient": 17, "hr": 71}' % TIME)
        assert incoming.samples.addressees == (Addressee("17", "A", "3"),)

    def test_a_key_that_means_nothing_may_be_named(self):
        assert cells(read("fyr/A/3", b'{%b, "hr": 71, "battery": {"a": 3}}' % TIME, ignore=("battery",)))

    def test_quotation_marks_in_a_text_are_no_keys(self):
        payload = b'{%b, "hr": 71, "device": "a \\":\\": b"}' % TIME
        assert cells(read("fyr/A/3", payload)) == {"heart_rate": 71.0}


@pytest.mark.parametrize(
    ("payload", "kind", "word"),
    [
        (b'{"time": "2026-11-22T12:00:00Z", "hart_rate": 71}', ProblemKind.UNSUPPORTED, "hart_rate"),
        (b'{"time": "2026-11-22T12:00:00Z", "hr": 71, "simulated": true}', ProblemKind.UNSUPPORTED, "simulated"),
        (b'{"time": "2026-11-22T12:00:00Z", "hr": "71"}', ProblemKind.UNREADABLE, "the text '71'"),
        (b'{"time": "2026-11-22T12:00:00Z", "hr": true}', ProblemKind.UNREADABLE, "true, not a number"),
        (b'{"time": "2026-11-22T12:00:00Z", "hr": [71]}', ProblemKind.UNREADABLE, "an array"),
        (b'{"time": "2026-11-22T12:00:00Z", "hr": NaN}', ProblemKind.UNREADABLE, "not JSON"),
        (b'{"time": "2026-11-22T12:00:00Z", "hr": -Infinity}', ProblemKind.UNREADABLE, "not JSON"),
        (b'{"time": "2026-11-22T12:00:00Z", "hr": 1e400}', ProblemKind.UNREADABLE, "not JSON"),
        (b'{"time": "2026-11-22T12:00:00Z", "hr": 71, "hr": 17}', ProblemKind.CONTRADICTION, "stands twice"),
        (b'{"time": "2026-11-22T12:00:00Z", "hr" :71, "\\u0068r":17}', ProblemKind.CONTRADICTION, "stands twice"),
        (b'{"time": "2026-11-22T12:00:00Z", "hr": 71, "heart_rate": 17}', ProblemKind.CONTRADICTION, "named twice"),
        (b'{"time": "2026-11-22T12:00:00Z", "hr": {"unit": "/min"}}', ProblemKind.INCOMPLETE, "no 'value'"),
        (b'{"time": "2026-11-22T12:00:00Z", "hr": {"value": 1, "unit": "mmHg"}}', ProblemKind.UNREADABLE, "mmHg"),
        (b'{"time": "2026-11-22T12:00:00Z", "hr": {"value": 1, "unit": "kPa"}}', ProblemKind.UNREADABLE, "kPa"),
        (b'{"time": "2026-11-22T12:00:00Z", "hr": {"value": 1, "unit": 5}}', ProblemKind.UNREADABLE, "the unit is"),
        (b'{"time": "2026-11-22T12:00:00Z", "hr": {"value": 1, "time": 5}}', ProblemKind.UNSUPPORTED, "'time'"),
        (b'{"time": "2026-11-22T12:00:00Z"}', ProblemKind.INCOMPLETE, "no signal"),
        (b'{"hr": 71}', ProblemKind.INCOMPLETE, "no time"),
        (b'{"time": null, "hr": 71}', ProblemKind.INCOMPLETE, "no time"),
        (b'{"time": "", "hr": 71}', ProblemKind.UNREADABLE, "there is no time"),
        (b'{"time": "12:00", "hr": 71}', ProblemKind.UNREADABLE, "ISO 8601"),
        (b'{"time": "2026-11-22T12:00:00", "hr": 71}', ProblemKind.UNREADABLE, "no time zone"),
        (b'{"time": "2026-02-30T12:00:00Z", "hr": 71}', ProblemKind.UNREADABLE, "exist"),
        (b'{"time": true, "hr": 71}', ProblemKind.UNREADABLE, "the time is true"),
        (b'{"time": 1763812800, "hr": 71}', ProblemKind.UNREADABLE, "2000 to 2199"),
        (b'{"time": 1763812800123456, "hr": 71}', ProblemKind.UNREADABLE, "2000 to 2199"),
        (b'{"time": 1e300, "hr": 71}', ProblemKind.UNREADABLE, "2000 to 2199"),
        (
            b'{"time": "2026-11-22T12:00:00Z", "bed": "4", "hr": 71}',
            ProblemKind.CONTRADICTION,
            "the topic says bed '3'",
        ),
        (b'{"time": "2026-11-22T12:00:00Z", "patient": "", "hr": 71}', ProblemKind.UNREADABLE, "patient"),
        (b'{"time": "2026-11-22T12:00:00Z", "patient": {}, "hr": 71}', ProblemKind.UNREADABLE, "patient"),
        (b"71", ProblemKind.UNREADABLE, "not a JSON object"),
        (b"[]", ProblemKind.INCOMPLETE, "holds no message"),
        (b"", ProblemKind.INCOMPLETE, "empty"),
        (b" \n", ProblemKind.INCOMPLETE, "empty"),
        (b"\xef\xbb\xbf", ProblemKind.INCOMPLETE, "empty"),
        (b'{"time": "2026-11-22T12:00:00Z", "hr": 71', ProblemKind.UNREADABLE, "not JSON"),
        (b'{"time": "2026-11-22T12:00:00Z", "hr": 71}{}', ProblemKind.UNREADABLE, "not JSON"),
        (b'{"device": "K\xf8benhavn"}', ProblemKind.UNREADABLE, "0xf8 is not UTF-8"),
        ('{"hr": 71}'.encode("utf-16"), ProblemKind.UNREADABLE, "not UTF-8"),
        (b'{"device": "\\ud800"}', ProblemKind.UNREADABLE, "not JSON"),
        (b"[" * 5000 + b"]" * 5000, ProblemKind.UNREADABLE, "not JSON"),
        (b'{"a":' * 990 + b"1" + b"}" * 990, ProblemKind.UNREADABLE, ""),
    ],
)
def test_bad_input_is_refused_with_its_reason(payload, kind, word):
    if word == "":
        assert only_problem(read("fyr/A/3", payload)).kind in (ProblemKind.UNREADABLE, ProblemKind.UNSUPPORTED)
        return
    problem = only_problem(read("fyr/A/3", payload))
    assert problem.kind is kind
    assert word in problem.what
    assert problem.where.startswith("fyr/A/3")


@pytest.mark.parametrize(
    ("topic", "kind", "word"),
    [
        ("fyr/A/3/hart_rate", ProblemKind.UNSUPPORTED, "hart_rate"),
        ("fyr//3/hr", ProblemKind.INCOMPLETE, "no ward"),
        ("fyr/A/3/hr/x", ProblemKind.UNSUPPORTED, "not one of those"),
        ("other/A/3", ProblemKind.UNSUPPORTED, "not one of those"),
    ],
)
def test_topics_that_are_not_taken(topic, kind, word):
    problem = only_problem(read(topic, b'{%b, "value": 71}' % TIME))
    assert (problem.kind, word in problem.what) == (kind, True)


def test_without_patient_and_bed_nothing_is_taken():
    problem = only_problem(read("monitors/9", b'{%b, "hr": 71}' % TIME, topics=("monitors/{device}",)))
    assert problem.kind is ProblemKind.INCOMPLETE
    assert "neither a patient nor a bed" in problem.what


def test_a_pattern_asks_a_broker_for_its_topics():
    pattern = TopicPattern.read("h/{ward}/+/{bed}/vitals")
    assert pattern.subscription == "h/+/+/+/vitals"
    assert pattern.match(["h", "A", "x", "3", "vitals"]) == {"ward": "A", "bed": "3"}
    assert pattern.match(["h", "A", "x", "3", "other"]) is None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(["time", "hr", "value", "unit"]), inner)
    ),
)


@given(st.binary() | json_values.map(lambda value: json.dumps(value).encode()))
def test_any_payload_is_taken_or_refused(payload):
    for topic in ("fyr/A/3", "fyr/A/3/hr"):
        incoming = read(topic, payload, NOON)
        refused = [index for index, problem in enumerate(incoming.problems) if problem is not None]
        assert incoming.raw
        assert not set(incoming.samples.message_index.tolist()) & set(refused)
        assert all(
            math.isfinite(v) for v, q in zip(incoming.samples.value, incoming.samples.quality, strict=True) if not q
        )


@given(
    st.dictionaries(
        st.sampled_from(sorted(SIGNALS)), st.none() | st.floats(allow_nan=False, allow_infinity=False), min_size=1
    )
)
def test_what_is_sent_is_what_is_read(values):
    incoming = read("fyr/A/3", orjson.dumps({"time": "2026-11-22T12:00:00Z", **values}))
    found = cells(incoming)
    assert {name: None if math.isnan(value) else value for name, value in found.items()} == values
