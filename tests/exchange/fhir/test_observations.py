"""FHIR Observations: the values, the units, the times and the patients that they say, and why others are refused."""

from __future__ import annotations

import math
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.exchange.fhir.resources import LOINC, MDC, SNOMED, TIME, bundle, concept, observation, quantity, validated

from fyr.clock import SECOND_US, from_iso
from fyr.exchange.fhir.codes import GENERAL, OXYGEN_AMOUNTS, SIGNAL_OF
from fyr.exchange.fhir.observations import ReadResources, read_observations
from fyr.exchange.incoming import Addressee, ProblemKind
from fyr.record import SIGNALS, Quality, Status

AT_US = from_iso("2026-11-22T08:00:00Z")


def read(resource: dict[str, Any], **options: Any) -> ReadResources:
    return read_observations(orjson.dumps(resource), "fhir", **options)


def samples(found: ReadResources) -> list[tuple[str, int, float, int]]:
    assert found.incoming.problems == (None,) * len(found.incoming.raw), found.incoming.problems
    some = found.incoming.samples
    return [
        (some.signals[signal], time_us, value, quality)
        for signal, time_us, value, quality in zip(
            some.signal_index.tolist(),
            some.time_us.tolist(),
            some.value.tolist(),
            some.quality.tolist(),
            strict=True,
        )
    ]


def problem(resource: dict[str, Any], **options: Any) -> Any:
    (only,) = read(resource, **options).incoming.problems
    assert only is not None
    return only


def luhn(code: str) -> str:
    """Return the check digit of a LOINC number (LOINC Users' Guide, appendix C: Luhn's Mod 10)."""
    doubled = [sum(divmod(2 * int(digit), 10)) for digit in code[::-1][::2]]
    return str(-(sum(doubled) + sum(int(digit) for digit in code[::-1][1::2])) % 10)


def test_every_loinc_code_has_its_check_digit() -> None:
    codes = [code for system, code in [*SIGNAL_OF, *OXYGEN_AMOUNTS] if system == LOINC]
    assert len(codes) > 10
    assert [code for code in codes if luhn(code.split("-")[0]) != code.split("-")[1]] == []


@pytest.mark.parametrize(
    ("codes", "value", "signal", "expected"),
    [
        (["8867-4"], quantity(72), "heart_rate", 72.0),
        (["9279-1"], quantity(16, "{breaths}/min"), "respiratory_rate", 16.0),
        (["2708-6", "59408-5"], quantity(97, "%"), "spo2", 97.0),
        (["2708-6"], quantity(97, "%"), "spo2", 97.0),
        (["59408-5"], quantity(0.97, "1"), "spo2", 97.0),
        (["8310-5"], quantity(98.6, "[degF]"), "temperature", 37.0),
        (["8310-5"], quantity(310.15, "K"), "temperature", 37.0),
        (["8889-8"], quantity(71), "pulse_rate", 71.0),
        (["8867-4", "8889-8"], quantity(71), "pulse_rate", 71.0),
        (["8480-6"], quantity(16, "kPa"), "systolic_bp", 16 / 0.133322),  # UCUM: m[Hg] is 133.3220 kPa
        (["8480-6", "76215-3"], quantity(120, "mm[Hg]"), "systolic_abp", 120.0),
    ],
)
def test_a_vital_sign_in_our_unit(codes: list[str], value: dict[str, Any], signal: str, expected: float) -> None:
    ((name, time_us, found, quality),) = samples(read(validated(observation(*codes, valueQuantity=value))))
    assert (name, time_us, quality) == (signal, AT_US, Quality.PRESENT)
    assert found == pytest.approx(expected, rel=1e-12)


def test_a_device_speaks_mdc_for_quantity_and_unit() -> None:
    sent = observation(
        code=concept((MDC, "150456")), valueQuantity={"value": 93, "unit": "%", "system": MDC, "code": "262688"}
    )
    assert samples(read(validated(sent))) == [("spo2", AT_US, 93.0, Quality.PRESENT)]


def test_a_blood_pressure_is_its_components_and_one_of_the_cuff() -> None:
    component = [
        {"code": concept((LOINC, code)), "valueQuantity": quantity(value, "mm[Hg]")}
        for code, value in (("8480-6", 120), ("8462-4", 80), ("8478-0", 93))
    ]
    sent = validated(observation("85354-9", component=component))
    assert [(name, value) for name, _, value, _ in samples(read(sent))] == [
        ("systolic_bp", 120.0),
        ("diastolic_bp", 80.0),
        ("mean_bp", 93.0),
    ]
    assert {SIGNALS[name].title.rpartition(", ")[2] for name in GENERAL.values() if name.endswith("_bp")} == {"cuff"}


def test_half_a_blood_pressure_is_not_taken() -> None:
    component = [
        {"code": concept((LOINC, "8480-6")), "valueQuantity": quantity(120, "mm[Hg]")},
        {"code": concept((LOINC, "8462-4")), "valueQuantity": {"value": 80, "unit": "mmHg"}},
    ]
    found = read(observation("85354-9", component=component))
    assert len(found.incoming.samples) == 0
    (why,) = found.incoming.problems
    assert why is not None
    assert (why.kind, why.where) == (ProblemKind.INCOMPLETE, "Observation.component[1].valueQuantity.code")


@pytest.mark.parametrize(
    ("code", "quality"), [("not-performed", Quality.NOT_DONE), ("unknown", Quality.UNKNOWN), ("error", Quality.UNKNOWN)]
)
def test_an_absent_value_is_a_value(code: str, quality: Quality) -> None:
    absent = concept(("http://terminology.hl7.org/CodeSystem/data-absent-reason", code))
    ((name, _, value, found),) = samples(read(validated(observation("59408-5", dataAbsentReason=absent))))
    assert (name, found) == ("spo2", quality)
    assert math.isnan(value)
    panel = samples(read(validated(observation("85354-9", dataAbsentReason=absent))))
    assert [(name, found) for name, _, _, found in panel] == [("systolic_bp", quality), ("diastolic_bp", quality)]


def test_sampled_data_has_origin_factor_period_and_gaps() -> None:
    """value = origin + factor · point (R4 datatypes, SampledData); E, U and L are no values."""
    data = {"origin": quantity(80), "period": 500, "factor": 0.5, "dimensions": 1, "data": "0 10 E -4 U L 2.5"}
    period = {"start": "2026-11-22T08:00:00Z", "end": "2026-11-22T08:00:03Z"}
    sent = validated(observation("8867-4", effectiveDateTime=None, effectivePeriod=period, valueSampledData=data))
    found = read(sent)
    assert found.incoming.samples.period_us.tolist() == [500_000]
    rows = samples(found)
    assert [time_us - AT_US for _, time_us, _, _ in rows] == [500_000 * n for n in range(7)]
    assert [value for *_, value, quality in rows if quality == Quality.PRESENT] == [80.0, 85.0, 78.0, 81.25]
    assert [quality for *_, quality in rows] == [0, 0, 1, 0, 1, 1, 0]


@pytest.mark.parametrize(
    ("elements", "time_us"),
    [
        ({"effectiveDateTime": "2026-11-22T09:00:00.250+01:00"}, AT_US + SECOND_US // 4),
        ({"effectiveDateTime": None, "effectiveInstant": "2026-11-22T08:00:00Z"}, AT_US),
        ({"effectiveDateTime": None, "effectivePeriod": {"start": "2026-11-22T07:59:00Z", "end": TIME}}, AT_US),
    ],
)
def test_a_time_is_an_instant_and_a_value_over_a_period_belongs_to_its_end(elements: Any, time_us: int) -> None:
    sent = validated(observation("8867-4", valueQuantity=quantity(72), **elements))
    assert [found for _, found, _, _ in samples(read(sent))] == [time_us]


@pytest.mark.parametrize(
    ("time", "kind"),
    [
        ("2026", ProblemKind.INCOMPLETE),
        ("2026-11", ProblemKind.INCOMPLETE),
        ("2026-11-22", ProblemKind.INCOMPLETE),
        ("2026-11-22T08:00:00", ProblemKind.UNREADABLE),
        ("2026-11-22T08:00Z", ProblemKind.UNREADABLE),
        ("2026-11-31T08:00:00Z", ProblemKind.UNREADABLE),
        ("20261122T080000Z", ProblemKind.UNREADABLE),
        (None, ProblemKind.INCOMPLETE),
    ],
)
def test_a_time_without_its_offset_is_refused(time: str | None, kind: ProblemKind) -> None:
    assert problem(observation("8867-4", valueQuantity=quantity(72), effectiveDateTime=time)).kind is kind


@pytest.mark.parametrize(
    ("elements", "kind"),
    [
        ({"status": "entered-in-error"}, ProblemKind.UNSUPPORTED),
        ({"status": "cancelled"}, ProblemKind.UNSUPPORTED),
        ({"status": "registered"}, ProblemKind.UNSUPPORTED),
        ({"status": None}, ProblemKind.INCOMPLETE),
        ({"valueQuantity": None}, ProblemKind.INCOMPLETE),
        ({"valueQuantity": {"value": 72, "unit": "/min"}}, ProblemKind.INCOMPLETE),
        ({"valueQuantity": {**quantity(72), "code": "bpm"}}, ProblemKind.UNREADABLE),
        ({"valueQuantity": quantity(72, "mm[Hg]")}, ProblemKind.UNREADABLE),
        ({"valueQuantity": {**quantity(72), "value": "72"}}, ProblemKind.UNREADABLE),
        ({"valueQuantity": {**quantity(72), "value": True}}, ProblemKind.UNREADABLE),
        ({"valueQuantity": {**quantity(72), "comparator": "<"}}, ProblemKind.UNSUPPORTED),
        ({"valueQuantity": None, "valueInteger": 72}, ProblemKind.UNSUPPORTED),
        ({"dataAbsentReason": concept(("x", "unknown"))}, ProblemKind.UNREADABLE),
        ({"modifierExtension": [{"url": "urn:x:not", "valueBoolean": True}]}, ProblemKind.UNSUPPORTED),
        ({"code": concept((LOINC, "2339-0"))}, ProblemKind.UNSUPPORTED),
        ({"code": concept((LOINC, "8867-4"), (LOINC, "59408-5"))}, ProblemKind.CONTRADICTION),
        ({"code": None}, ProblemKind.INCOMPLETE),
        ({"subject": None}, ProblemKind.INCOMPLETE),
        ({"subject": {"reference": "Group/1"}}, ProblemKind.UNSUPPORTED),
        ({"subject": {"reference": "https://elsewhere.example/fhir/Patient/123"}}, ProblemKind.UNSUPPORTED),
        ({"subject": {"display": "A. Patient"}}, ProblemKind.INCOMPLETE),
        ({"subject": {"reference": "#nobody"}}, ProblemKind.INCOMPLETE),
    ],
)
def test_what_may_not_be_used_is_refused_with_the_reason(elements: dict[str, Any], kind: ProblemKind) -> None:
    why = problem(observation("8867-4", **{"valueQuantity": quantity(72), **elements}))
    assert why.kind is kind
    assert why.what


@pytest.mark.parametrize(
    ("code", "value", "expected"),
    [
        ((LOINC, "67775-7"), {"valueCodeableConcept": concept((LOINC, "LA9343-0"))}, ("consciousness", "U")),
        ((LOINC, "80288-4"), {"valueCodeableConcept": concept((SNOMED, "130987000"))}, ("consciousness", "C")),
        (
            (SNOMED, "1104441000000107"),
            {"valueCodeableConcept": concept((SNOMED, "248234008"))},
            ("consciousness", "A"),
        ),
        ((LOINC, "3151-8"), {"valueQuantity": quantity(2, "L/min")}, ("supplemental_oxygen", True)),
        ((LOINC, "3151-8"), {"valueQuantity": quantity(0, "L/min")}, ("supplemental_oxygen", False)),
        ((LOINC, "3150-0"), {"valueQuantity": quantity(0.28, "1")}, ("supplemental_oxygen", True)),
        ((LOINC, "3150-0"), {"valueQuantity": quantity(21, "%")}, ("supplemental_oxygen", False)),
        ((SNOMED, "371825009"), {"valueBoolean": True}, ("supplemental_oxygen", True)),
        (
            (SNOMED, "371825009"),
            {"valueCodeableConcept": concept((SNOMED, "373067005"))},
            ("supplemental_oxygen", False),
        ),
    ],
)
def test_what_a_nurse_observes(code: tuple[str, str], value: dict[str, Any], expected: tuple[str, Any]) -> None:
    found = read(validated(observation(code=concept(code), **value))).incoming
    assert found.problems == (None,)
    (seen,) = found.observations
    assert (seen.code, seen.value) == expected
    assert (seen.time_us, seen.status, seen.addressee) == (AT_US, Status.PRESENT, Addressee("123"))


def test_oxygen_beside_a_saturation_is_observed_with_it() -> None:
    component = [
        {"code": concept((LOINC, "3151-8")), "valueQuantity": quantity(6, "L/min")},
        {"code": concept((LOINC, "3150-0")), "valueQuantity": quantity(40, "%")},
    ]
    found = read(validated(observation("2708-6", "59408-5", valueQuantity=quantity(95, "%"), component=component)))
    assert [(name, value) for name, _, value, _ in samples(found)] == [("spo2", 95.0)]
    assert [(seen.code, seen.value) for seen in found.incoming.observations] == [("supplemental_oxygen", True)]


def test_answers_that_contradict_each_other_or_are_unknown_are_refused() -> None:
    both = concept((SNOMED, "248234008"), (SNOMED, "422768004"))
    assert problem(observation("67775-7", valueCodeableConcept=both)).kind is ProblemKind.CONTRADICTION
    strange = concept((SNOMED, "1"))
    assert problem(observation("67775-7", valueCodeableConcept=strange)).kind is ProblemKind.UNSUPPORTED


PATIENT = {
    "resourceType": "Patient",
    "id": "p1",
    "identifier": [{"system": "urn:oid:1.2.3", "value": "MRN-7"}, {"system": "urn:oid:9.9", "value": "other"}],
}


def test_the_patient_is_who_the_bundle_says_it_is() -> None:
    one = {**PATIENT, "identifier": PATIENT["identifier"][:1]}
    by_url = observation(
        "8867-4", valueQuantity=quantity(72), subject={"reference": f"urn:uuid:00000000-0000-4000-8000-{0:012d}"}
    )
    by_id = observation("8867-4", valueQuantity=quantity(73), subject={"reference": "Patient/p1"})
    contained = observation(
        "8867-4", valueQuantity=quantity(74), contained=[{**one, "id": "me"}], subject={"reference": "#me"}
    )
    identified = observation(
        "8867-4", valueQuantity=quantity(75), subject={"identifier": {"system": "urn:oid:1.2.3", "value": "MRN-7"}}
    )
    found = read(validated(bundle("collection", one, by_url, by_id, contained, identified)))
    assert found.incoming.problems == (None,) * 4
    assert found.incoming.samples.addressees == (Addressee("MRN-7"),)
    assert found.incoming.samples.message_index.tolist() == [0, 1, 2, 3]
    assert found.entries == (None, 0, 1, 2, 3)


def test_of_several_identifiers_the_hospitals_own_is_meant() -> None:
    sent = bundle(
        "collection", PATIENT, observation("8867-4", valueQuantity=quantity(72), subject={"reference": "Patient/p1"})
    )
    assert problem(sent).kind is ProblemKind.INCOMPLETE
    assert read(sent, patient_system="urn:oid:1.2.3").incoming.samples.addressees == (Addressee("MRN-7"),)
    medical_record = {"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MR"}
    typed = {
        **PATIENT,
        "identifier": [{**PATIENT["identifier"][0], "type": {"coding": [medical_record]}}, PATIENT["identifier"][1]],
    }
    sent["entry"][0]["resource"] = typed
    assert read(sent).incoming.samples.addressees == (Addressee("MRN-7"),)
    other = {"reference": "Patient/p1", "identifier": {"value": "somebody else"}}
    sent["entry"][1]["resource"]["subject"] = other
    assert problem(sent).kind is ProblemKind.CONTRADICTION
    bare = observation("8867-4", valueQuantity=quantity(72))
    assert problem(bare, patient_system="urn:oid:1.2.3").kind is ProblemKind.INCOMPLETE


def test_ward_and_bed_where_an_encounter_or_the_observation_plainly_gives_them() -> None:
    kind = "http://terminology.hl7.org/CodeSystem/location-physical-type"
    ward = {"resourceType": "Location", "id": "w", "name": "7A", "physicalType": concept((kind, "wa"))}
    bed = {
        "resourceType": "Location",
        "id": "b",
        "name": "12",
        "physicalType": concept((kind, "bd")),
        "partOf": {"reference": "Location/w"},
    }
    stay = {
        "resourceType": "Encounter",
        "id": "e",
        "status": "in-progress",
        "class": {"code": "IMP"},
        "location": [{"location": {"reference": "Location/b"}, "status": "active"}],
    }
    by_stay = observation("8867-4", valueQuantity=quantity(72), encounter={"reference": "Encounter/e"})
    event = [
        {
            "url": "http://hl7.org/fhir/StructureDefinition/event-location",
            "valueReference": {"reference": "Location/b"},
        }
    ]
    by_place = observation("8867-4", valueQuantity=quantity(72), extension=event, subject=None)
    found = read(validated(bundle("collection", ward, bed, stay, by_stay, by_place)))
    assert found.incoming.problems == (None, None)
    assert found.incoming.samples.addressees == (Addressee("123", "7A", "12"), Addressee("", "7A", "12"))


GOOD = observation("8867-4", valueQuantity=quantity(72))
BAD = observation("8867-4", valueQuantity=quantity(72), status="entered-in-error")


@pytest.mark.parametrize("kind", ["batch", "collection", "message"])
def test_one_bad_entry_spoils_no_other(kind: str) -> None:
    found = read(bundle(kind, GOOD, BAD, GOOD))
    assert [why is None for why in found.incoming.problems] == [True, False, True]
    assert found.incoming.problems[1].where == "Bundle.entry[1].resource.status"  # type: ignore[union-attr]
    assert found.incoming.samples.message_index.tolist() == [0, 2]
    assert found.entries == (0, 1, 2)


def test_a_transaction_is_one_message_all_or_nothing() -> None:
    whole = read(bundle("transaction", GOOD, GOOD))
    assert (len(whole.incoming.raw), len(whole.incoming.samples)) == (1, 2)
    assert whole.incoming.samples.message_index.tolist() == [0, 0]
    spoilt = read(bundle("transaction", GOOD, BAD, GOOD))
    assert (len(spoilt.incoming.raw), len(spoilt.incoming.samples)) == (1, 0)
    assert spoilt.incoming.raw[0] == orjson.dumps(bundle("transaction", GOOD, BAD, GOOD))
    assert spoilt.entries == (0, 0, 0)


def test_what_is_no_observation_is_refused() -> None:
    delete = bundle("batch", GOOD)
    delete["entry"][0]["request"]["method"] = "DELETE"
    medication = {"resourceType": "MedicationStatement"}
    for sent in (
        delete,
        bundle("batch", medication),
        bundle("searchset", GOOD),
        {"resourceType": "Patient"},
    ):
        assert problem(sent).kind is ProblemKind.UNSUPPORTED
    assert problem(bundle("batch")).kind is ProblemKind.INCOMPLETE


@pytest.mark.parametrize(
    "data", [b"", b"{", b'{"resourceType": "Observation"', b"[]", b"7", b"\xff\xfe{}", b'"Bundle"']
)
def test_what_is_no_json_or_no_resource_is_unreadable(data: bytes) -> None:
    (why,) = read_observations(data, "fhir").incoming.problems
    assert why is not None
    assert why.kind is ProblemKind.UNREADABLE


def test_a_byte_order_mark_is_no_excuse() -> None:
    assert len(read_observations(b"\xef\xbb\xbf" + orjson.dumps(GOOD), "fhir").incoming.samples) == 1


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-10, 10) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
KEYS = ("status", "code", "subject", "effectiveDateTime", "effectivePeriod", "valueQuantity", "component", "contained",
        "encounter", "extension", "dataAbsentReason", "valueSampledData", "valueCodeableConcept")  # fmt: skip


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.dictionaries(st.sampled_from(KEYS), JSON, max_size=3), st.sampled_from(["8867-4", "67775-7", "3151-8"]))
def test_nothing_that_anybody_sends_raises_and_each_message_is_answered(elements: dict[str, Any], code: str) -> None:
    sent = {**observation(code, valueQuantity=quantity(72)), **elements}
    for resource in (
        sent,
        bundle("batch", sent, GOOD),
        bundle("transaction", sent),
        bundle("collection", PATIENT, sent),
    ):
        found = read(resource).incoming
        assert len(found.raw) == len(found.problems)
        refused = [number for number, why in enumerate(found.problems) if why is not None]
        assert not set(found.samples.message_index.tolist()) & set(refused)
        assert not {seen.message for seen in found.observations} & set(refused)


@pytest.mark.parametrize("within", ["Observation", "batch", "transaction"])
def test_a_name_that_stands_twice_is_refused_not_guessed_at(within: str) -> None:
    one = observation("8867-4", valueQuantity=quantity(71))
    sent = orjson.dumps(one if within == "Observation" else bundle(within, one))
    assert sent.count(b'"value":71') == 1
    double = sent.replace(b'"value":71', b'"value":171,"value" : 71')
    (found,) = read_observations(double, "fhir").incoming.problems
    assert found is not None
    assert found.kind is ProblemKind.CONTRADICTION
    assert "'value' stands twice" in found.what
    deep = b'{"a":1,"resourceType":"Observation","b":' + b"[" * 900 + b"]" * 900 + b',"a":2}'
    (found,) = read_observations(deep, "fhir").incoming.problems
    assert found is not None


def test_an_entry_that_is_no_object_spoils_no_other() -> None:
    sent = bundle("batch", observation("8867-4", valueQuantity=quantity(71)))
    sent["entry"] = [None, *sent["entry"], 5]
    first, good, last = read(sent).incoming.problems
    assert good is None
    assert first is not None
    assert last is not None
    assert (first.where, last.where) == ("Bundle.entry[0].resource", "Bundle.entry[2].resource")
    assert read(sent).incoming.raw[2] == b"5"
    assert problem({**sent, "type": "transaction"}).where == "Bundle.entry[0].resource"
