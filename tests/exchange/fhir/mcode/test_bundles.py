"""mCODE bundles become observations of the record, and the record becomes the same bundle again."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.exchange.fhir.resources import LOINC, SNOMED, bundle, concept, quantity, validated

from fyr.clock import DAY_US, from_iso
from fyr.exchange.fhir.mcode.bundle_reading import Patients, read_resources, resources_of
from fyr.exchange.fhir.mcode.bundle_writing import written_bundle
from fyr.exchange.patient_facts import PatientFacts
from fyr.record import Observation, PatientId, Status
from fyr.record.clinical import FACTS

WHO = PatientId("here", "jenny")
REASONS = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
HGNC, HGVS, AJCC = "http://www.genenames.org", "http://varnomen.hgvs.org", "http://cancerstaging.org"
PATIENT = {
    "resourceType": "Patient",
    "id": "p1",
    "identifier": [{"system": "urn:oid:1.2.3", "value": "jenny"}],
    "gender": "female",
    "birthDate": "1968-02-14",
}


def observed(code: tuple[str, str], day: str = "2018-03-16", **value: Any) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": concept(code),
        "subject": {"reference": "Patient/p1"},
        "effectiveDateTime": day,
        **value,
    }


def read(*resources: dict[str, Any], hospital: str | None = "here") -> PatientFacts:
    document = bundle("collection", PATIENT, *resources)
    return read_resources(resources_of(document, "bundle.json", []), Patients(hospital), "bundle.json")


def facts(reading: PatientFacts) -> dict[str, Any]:
    (one,) = reading.patients.values()
    return {
        found.code: found.value if found.value is not None else found.status
        for found in one.observations
        if found.code in FACTS
    }


def coded(code: str, display: str | None = None, system: str = SNOMED) -> dict[str, Any]:
    term = {"system": system, "code": code} | ({"display": display} if display else {})
    return {"valueCodeableConcept": {"coding": [term]}}


def ajcc(code: str, what: str) -> dict[str, Any]:
    return coded(code, f"American Joint Committee on Cancer {what} (qualifier value)")


# The extended example of the mCODE implementation guide (STU 4, "Jenny M."), as far as models read it: codes, values
# and units are the guide's
JENNY = [
    {
        "resourceType": "Condition",
        "id": "primary-cancer-condition-jenny-m",
        "clinicalStatus": concept(("http://terminology.hl7.org/CodeSystem/condition-clinical", "remission")),
        "verificationStatus": concept(("http://terminology.hl7.org/CodeSystem/condition-ver-status", "confirmed")),
        "code": concept((SNOMED, "353431000119107")),
        "subject": {"reference": "Patient/p1"},
        "onsetDateTime": "2018-03-16",
    },
    observed((LOINC, "72166-2"), **coded("449868002", "Smokes tobacco daily (finding)")),
    observed((SNOMED, "401201003"), valueQuantity=quantity(20, "1")),
    observed((LOINC, "89247-1"), "2018-04-12", valueInteger=0),
    observed((LOINC, "29463-7"), "2018-03-06", valueQuantity=quantity(155.0, "[lb_av]")),
    observed((LOINC, "8302-2"), valueQuantity=quantity(65, "[in_i]")),
    observed((LOINC, "85337-4"), "2018-03-10", **coded("LA6576-8", "Positive", LOINC)),
    observed((LOINC, "85339-0"), "2018-03-10", **coded("LA6577-6", "Negative", LOINC)),
    observed((LOINC, "48676-1"), "2018-03-10", **coded("LA6577-6", "Negative", LOINC)),
    observed((SNOMED, "399537006"), **ajcc("1222769001", "stage IIB")),
    observed((SNOMED, "399504009"), **ajcc("1228938002", "cT3")),
    observed((SNOMED, "399534004"), **ajcc("1229967007", "cN0")),
    observed((SNOMED, "399387003"), **ajcc("1229901006", "cM0")),
    observed((SNOMED, "384625004"), "2018-04-01", **ajcc("1229859000", "pT3")),
    observed((SNOMED, "371497001"), "2018-04-01", **coded("not-applicable", "Not Applicable", REASONS)),
    observed(
        (LOINC, "21889-1"),
        "2018-04-01T00:00:00Z",
        component=[{"code": concept((LOINC, "33728-7")), "valueQuantity": quantity(2.5, "cm")}],
    ),
    observed((LOINC, "44648-4"), "2018-04-01T00:00:00Z", **coded("LA27824-4", "Nottingham grade 2", LOINC)),
    {
        "resourceType": "Procedure",
        "id": "cancer-related-surgical-procedure-jenny-m",
        "status": "completed",
        "code": coded("64368001", "Excision of part of breast (procedure)")["valueCodeableConcept"],
        "subject": {"reference": "Patient/p1"},
        "performedDateTime": "2018-04-01",
    },
    {
        "resourceType": "MedicationRequest",
        "id": "doxorubicin-jenny-m",
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": {"text": "DOXOrubicin"},
        "subject": {"reference": "Patient/p1"},
        "authoredOn": "2018-04-12",
    },
    observed(("http://www.ncbi.nlm.nih.gov/gtr", "509910"), "2018-04-12", valueQuantity=quantity(47, "1")),
]


def test_the_extended_example_of_the_guide_is_read() -> None:
    reading = read(*JENNY)
    assert reading.refused == []
    found = facts(reading)
    assert found.pop("weight_kg") == pytest.approx(155 * 0.45359237)
    assert found == {
        "sex": "female",
        "age": pytest.approx(50.08, abs=0.01),
        "cancer_type": "breast",
        "smoking_status": "current",
        "smoking_pack_years": 20,
        "ecog_performance_status": 0,
        "height_cm": pytest.approx(165.1),
        "er_positive": True,
        "pr_positive": False,
        "her2_status": "negative",
        "clinical_stage_group": "IIB",
        "clinical_t_category": "T3",
        "clinical_n_category": "N0",
        "clinical_m_category": "M0",
        "pathological_t_category": "T3",
        "pathological_m_category": Status.NOT_DONE,
        "tumour_size_mm": 25,
        "grade": 2,
    }
    assert dict(reading.kept) == {
        "Condition: 353431000119107": 1,
        "Procedure: Excision of part of breast (procedure)": 1,
        "MedicationRequest: DOXOrubicin": 1,
        "Observation: 509910": 1,
    }
    (one,) = reading.patients.values()
    assert one.attributes == {"birth_year": 1968, "sex": "female"}
    assert {found.time_us for found in one.observations if found.code == "age"} == {from_iso("2018-03-16T00:00:00Z")}


def test_what_was_read_is_written_and_read_again_unaltered() -> None:
    (one,) = read(*JENNY).patients.values()
    document, left = written_bundle(WHO, one.attributes, one.observations)
    assert left == []
    for written in document["entry"]:
        validated(written["resource"])
    again = read_resources(resources_of(document, "export", []), Patients(None), "export")
    assert again.refused == []
    assert again.patients.keys() == {WHO}
    assert set(again.patients[WHO].observations) == set(one.observations)
    assert again.patients[WHO].attributes == one.attributes
    assert written_bundle(WHO, again.patients[WHO].attributes, again.patients[WHO].observations)[0] == document


def value_of(name: str) -> st.SearchStrategy[Any]:
    fact = FACTS[name]
    if fact.kind == "number":
        return st.floats(float(fact.low or 0), float(fact.high or 0)).map(lambda number: round(number, 4))
    if fact.kind == "integer":
        return (
            st.integers(int(fact.low or 0), int(fact.high or 0))
            .map(float)
            .filter(lambda n: n != 1 or "allred" not in name)
        )
    if fact.kind == "text":
        return st.sampled_from(
            ("NM_005228.5:c.2573T>G", "p.Leu858Arg", "EML4::ALK", "exon 14 skipping", "amplification")
        )
    return st.booleans() if fact.kind == "boolean" else st.sampled_from(fact.categories)


@st.composite
def observation_of_a_fact(draw: st.DrawFn) -> Observation:
    name = draw(st.sampled_from(sorted(FACTS)))
    status = draw(st.sampled_from(list(Status)))
    value = draw(value_of(name)) if status in (Status.PRESENT, Status.IMPUTED) else None
    day = draw(st.integers(0, 20_000)) * DAY_US
    time_us = day + draw(st.sampled_from((0, 0, 1, 3_600_000_000)))
    return Observation(WHO, name, time_us, value, FACTS[name].unit, status, draw(st.sampled_from(("a.csv", "page"))))


@given(st.lists(observation_of_a_fact(), min_size=1, max_size=8))
@settings(max_examples=300, deadline=None)
def test_every_fact_with_every_status_survives_a_bundle(observations: list[Observation]) -> None:
    document, left = written_bundle(WHO, {"sex": "male"}, observations)
    assert left == []
    again = read_resources(resources_of(document, "export", []), Patients(None), "export")
    assert again.refused == []
    added = {"sex"} - {one.code for one in observations}  # from the Patient, where no observation says it
    assert {one for one in again.patients[WHO].observations if one.code not in added} == set(observations)


@pytest.mark.parametrize("name", sorted(FACTS))
def test_what_is_written_of_a_fact_is_fhir(name: str) -> None:
    fact = FACTS[name]
    value: Any = {
        "number": 3.5,
        "integer": 2,
        "boolean": True,
        "text": "p.L858R",
        "category": (*fact.categories, "")[0],
    }[fact.kind]
    present = Observation(WHO, name, 0, value, fact.unit, Status.PRESENT, "test")
    absent = Observation(WHO, name, DAY_US, None, fact.unit, Status.NOT_DONE, "test")
    for entry in written_bundle(WHO, {}, [present, absent])[0]["entry"]:
        validated(entry["resource"])


@pytest.mark.parametrize(
    ("reason", "status"),
    [
        ("unknown", Status.UNKNOWN),
        ("asked-unknown", Status.UNKNOWN),
        ("masked", Status.UNKNOWN),
        ("not-performed", Status.NOT_DONE),
    ],
)
def test_unknown_and_not_done_are_kept_apart(reason: str, status: Status) -> None:
    reading = read(observed((LOINC, "85319-2"), dataAbsentReason=concept((REASONS, reason))))
    assert facts(reading)["her2_ihc"] is status


def er(**changed: Any) -> dict[str, Any]:
    return {**observed((LOINC, "85337-4"), **coded("10828004")), **changed}


def ki67(**changed: Any) -> dict[str, Any]:
    return observed((LOINC, "85330-9"), valueQuantity={**quantity(250, "%"), **changed})


@pytest.mark.parametrize(
    ("resource", "complaint"),
    [
        (ki67(), "ki67_percent is 250 %, which is not possible"),
        (ki67(value=5, comparator="<"), "'<' a value is no value"),
        (observed((LOINC, "21889-1"), valueQuantity={"value": 2, "unit": "cm"}), "is not coded in UCUM"),
        (observed((LOINC, "21889-1"), valueQuantity=quantity(2, "kg")), "different kinds"),
        (observed((LOINC, "85319-2"), **coded("LA0-0", None, LOINC)), "none of its categories"),
        (observed((SNOMED, "399504009"), **coded("1228938002")), "none of its categories"),
        (observed((LOINC, "85337-4")), "neither a value nor a reason"),
        (er(effectiveDateTime="2018"), "neither a day nor a time"),
        (er(status="entered-in-error"), "its status is"),
        (er(subject={"reference": "urn:uuid:other"}), "not among"),
        (er(modifierExtension=[]), "turn its meaning round"),
        (er(dataAbsentReason=concept((REASONS, "unknown"))), "a value and a reason for having none"),
        (er(code=concept((LOINC, "85337-4"), (LOINC, "85339-0"))), "its codes mean er_positive and pr_positive"),
    ],
)
def test_what_cannot_be_read_is_refused_alone(resource: dict[str, Any], complaint: str) -> None:
    good = observed((LOINC, "85339-0"), **coded("10828004"))
    reading = read(resource, good)
    (problem,) = reading.refused
    assert complaint in str(problem)
    assert "bundle.json entry[1] Observation" in str(problem)
    assert facts(reading)["pr_positive"] is True


def variant(genes: list[str], present: bool = True, **notation: str) -> dict[str, Any]:
    named = [{"coding": [{"system": HGNC, "code": "HGNC:0", "display": gene}]} for gene in genes]
    parts = [{"code": concept((LOINC, "48018-6")), "valueCodeableConcept": gene} for gene in named]
    codes = {"c": "48004-6", "p": "48005-3"}
    parts += [
        {"code": concept((LOINC, codes[kind])), "valueCodeableConcept": concept((HGVS, text))}
        for kind, text in notation.items()
    ]
    answer = coded("LA9633-4" if present else "LA9634-2", None, LOINC)
    return observed((LOINC, "69548-6"), **answer, component=parts)


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        (variant(["EGFR"], p="p.L858R"), {"egfr_status": "mutated", "egfr_variant": "p.L858R"}),
        (variant(["BRAF"], c="c.1799T>A", p="p.V600E"), {"braf_status": "mutated", "braf_variant": "c.1799T>A"}),
        (variant(["EML4", "ALK"]), {"alk_status": "rearranged", "alk_variant": "EML4::ALK"}),
        (variant(["ETV6", "NTRK3"]), {"ntrk_status": "rearranged", "ntrk_variant": "ETV6::NTRK3"}),
        (variant(["ALK"], p="p.G1202R"), {"alk_variant": "p.G1202R"}),  # no rearrangement
        (variant(["KRAS"], present=False), {"kras_status": "wild type"}),
        (variant(["KRAS", "BRAF", "KIT"], present=False), {"kras_status": "wild type", "braf_status": "wild type"}),
        (variant(["EML4", "ALK"], present=False), {}),
        (variant(["PALB2"], c="NM_024675.3:c.3549C>A"), {}),
    ],
)
def test_variants_tell_the_state_of_a_gene_only_where_it_follows(
    resource: dict[str, Any], expected: dict[str, str]
) -> None:
    reading = read(resource)
    assert reading.refused == []
    assert {name: value for name, value in facts(reading).items() if name not in ("sex", "age")} == expected
    assert sum(reading.kept.values()) == 1  # a variant says more than we have names for


def test_the_number_of_a_patient_is_the_hospitals() -> None:
    record_number = {"type": concept(("http://terminology.hl7.org/CodeSystem/v2-0203", "MR")), "value": "17"}
    patient = {**PATIENT, "identifier": [{"value": "other"}, record_number]}
    reading = read_resources(resources_of(patient, "one.json", []), Patients("here"), "one.json")
    assert list(reading.patients) == [PatientId("here", "17")]
    unnamed = read_resources(resources_of(patient, "one.json", []), Patients(None), "one.json")
    assert "--hospital" in str(unnamed.refused[0])


def test_an_unknown_code_is_kept_and_reported() -> None:
    panel = observed((LOINC, "11111-1"), valueQuantity=quantity(1, "mmol/L"))
    reading = read(panel)
    (one,) = reading.patients.values()
    (kept,) = (found for found in one.observations if found.code == "fhir:Observation")
    assert '"11111-1"' in str(kept.value)
    assert dict(reading.kept) == {"Observation: 11111-1": 1}


def test_another_kind_of_resource_is_named() -> None:
    reading = read({"resourceType": "Organization", "id": "o"})
    assert dict(reading.kept) == {"not about a patient, left out: Organization": 1}


def test_comorbidities_say_what_is_there_and_what_is_not() -> None:
    related = "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-related-condition"
    said = [
        {"url": related, "valueCodeableConcept": concept((SNOMED, "13645005"))},
        {"url": f"{related}-absent", "valueCodeableConcept": concept((SNOMED, "87433001"))},
        {"url": related, "valueReference": {"reference": "Condition/c"}},
    ]
    reading = read(observed((SNOMED, "398192003"), extension=said))
    found = facts(reading)
    assert (found["copd"], found["emphysema"]) == (True, False)
    assert sum(reading.kept.values()) == 1


@pytest.mark.parametrize(
    ("system", "code", "status", "expected"),
    [
        (SNOMED, "254837009", "confirmed", {"cancer_type": "breast"}),
        ("http://hl7.org/fhir/sid/icd-10-cm", "C50.411", "confirmed", {"cancer_type": "breast"}),
        ("http://hl7.org/fhir/sid/icd-10", "J44.9", "confirmed", {"copd": True}),
        ("http://hl7.org/fhir/sid/icd-10", "C34.1", "confirmed", {}),  # of the lung, but of which kind?
        (SNOMED, "254637007", "refuted", {}),
    ],
)
def test_a_diagnosis_tells_what_its_code_says(system: str, code: str, status: str, expected: dict[str, Any]) -> None:
    condition = {
        "resourceType": "Condition",
        "verificationStatus": concept(("http://terminology.hl7.org/CodeSystem/condition-ver-status", status)),
        "code": concept((system, code)),
        "subject": {"reference": "Patient/p1"},
        "recordedDate": "2018-03-16",
    }
    assert {name: value for name, value in facts(read(condition)).items() if name not in ("age", "sex")} == expected
