"""The CSV rows that the expected bundles of the mCODE extraction framework come from."""

from __future__ import annotations

Row = dict[str, str]
DATE = "2020-06-30"
AJCC_6 = {"stagingSystem": "444256004", "stagingCodeSystem": "http://snomed.info/sct"}
EVENT: Row = {
    "adverseEventId": "adverseEventId-1",
    "adverseEventCode": "109006",
    "adverseEventCodeSystem": "code-system",
    "adverseEventDisplayText": "Anxiety disorder of childhood OR adolescence",
    "suspectedCauseId": "procedure-id",
    "suspectedCauseType": "Procedure",
    "seriousness": "serious",
    "seriousnessDisplayText": "Serious",
    "category": "product-use-error",
    "categoryCodeSystem": "http://terminology.hl7.org/CodeSystem/adverse-event-category",
    "categoryDisplayText": "Product Use Error",
    "studyId": "researchId-1",
    "effectiveDate": "12-09-1994",
    "recordedDate": "12-09-1994",
}
MEDICATION: Row = {
    "code": "example-code",
    "codeSystem": "example-code-system",
    "displayText": "Example Text",
    "treatmentReasonCode": "example-reason",
    "treatmentReasonCodeSystem": "example-code-system",
    "treatmentReasonDisplayText": "Example Text",
    "status": "example-status",
}
PROCEDURE: Row = {
    "procedureId": "procedure-1",
    "conditionId": "condition-id",
    "status": "completed",
    "codeSystem": "http://snomed.info/sct",
    "code": "152198000",
    "displayName": "Brachytherapy (procedure)",
    "reasonCode": "example-code",
    "reasonCodeSystem": "example-system",
    "reasonDisplayName": "example-name",
    "bodySite": "example-site",
    "laterality": "example-laterality",
    "treatmentIntent": "example-treatment-intent",
    "effectiveDate": "2020-01-01",
}

BUNDLES: dict[str, tuple[str, list[Row]]] = {
    "csv-adverse-event": (
        "adverse-event-information",
        [
            {
                **EVENT,
                "seriousnessCodeSystem": "http://terminology.hl7.org/CodeSystem/adverse-event-seriousness",
                "severity": "severe",
                "actuality": "actual",
            }
        ],
    ),
    "csv-ctc-adverse-event": (
        "ctc-adverse-event-information",
        [
            {
                **EVENT,
                "adverseEventCodeVersion": "code-version",
                "adverseEventText": "event-text",
                "grade": "1",
                "resolvedDate": "2021-12-01",
                "seriousnessOutcome": "C113380",
                "expectation": "C41333",
                "actor": "practitioner-id",
                "functionCode": "INF",
            }
        ],
    ),
    "csv-appointment": (
        "appointment-information",
        [
            {
                "appointmentId": "appointmentId-1",
                "status": "arrived",
                "serviceCategory": "35",
                "serviceType": "175",
                "appointmentType": "CHECKUP",
                "specialty": "394592004",
                "start": "2019-12-10T09:00:00+00:00",
                "end": "2019-12-10T11:00:00+00:00",
                "cancelationCode": "pat-cpp",
                "description": "Example description 1",
            }
        ],
    ),
    "csv-cancer-disease-status": (
        "cancer-disease-status-information",
        [
            {
                "conditionId": "cond-1",
                "diseaseStatusCode": "USCRS-352236",
                "dateOfObservation": "2019-12-02",
                "evidence": "363679005|252416005",
                "observationStatus": "amended",
            }
        ],
    ),
    "csv-clinical-trial-information": (
        "clinical-trial-information",
        [
            {
                "trialSubjectID": "example-subjectId",
                "enrollmentStatus": "example-enrollment-status",
                "trialResearchID": "example-researchId",
                "trialStatus": "example-trialStatus",
                "trialResearchSystem": "example-system",
                "startDate": "2020-01-01",
                "endDate": "2021-01-01",
            }
        ],
    ),
    "csv-condition": (
        "condition-information",
        [
            {
                "conditionId": "conditionId-1",
                "codeSystem": "http://hl7.org/fhir/sid/icd-10-cm",
                "code": "C02.0",
                "displayName": "Some Cancer Condition",
                "category": "example-category",
                "dateOfDiagnosis": "YYYY-MM-DD",
                "clinicalStatus": "example-status",
                "verificationStatus": "example-status",
                "bodySite": "example-site",
                "laterality": "example-laterality",
                "histology": "example-histology",
            }
        ],
    ),
    "csv-encounter": (
        "encounter-information",
        [
            {
                "encounterId": "encounterId-1",
                "status": "arrived",
                "classCode": "AMB",
                "classSystem": "http://terminology.hl7.org/CodeSystem/v3-ActCode",
                "typeCode": "11429006",
                "typeSystem": "http://snomed.info/sct",
                "startDate": "2020-01-10",
                "endDate": "2020-01-10",
            }
        ],
    ),
    "csv-medication-administration": (
        "cancer-related-medication-administration-information",
        [
            {
                **MEDICATION,
                "medicationId": "medicationId-1",
                "startDate": "YYYY-MM-DD",
                "endDate": "YYYY-MM-DD",
                "treatmentIntent": "example-code",
            }
        ],
    ),
    "csv-medication-request": (
        "cancer-related-medication-request-information",
        [
            {
                **MEDICATION,
                "requestId": "requestId-1",
                "authoredOn": "YYYY-MM-DD",
                "procedureIntent": "example-code",
                "requesterId": "example-requester",
                "intent": "example-intent",
                "dosageRoute": "example-route",
                "asNeededCode": "example-asneeded",
                "doseRateType": "example-type",
                "doseQuantityValue": "111",
                "doseQuantityUnit": "example-unit",
                "timingEvent": "YYYY-MM-DD",
                "timingCode": "example-code",
            }
        ],
    ),
    "csv-observation": (
        "observation-information",
        [
            {
                "observationId": "observation-id",
                "status": "final",
                "code": "1695-6",
                "codeSystem": "http://loinc.org",
                "displayName": "",
                "value": "10828004",
                "valueCodeSystem": "http://snomed.info/sct",
                "effectiveDate": "2020-01-02",
                "bodySite": "12345",
                "laterality": "678910",
            }
        ],
    ),
    "csv-patient": (
        "patient-information",
        [
            {
                "mrn": "119147111821125",
                "familyName": "Marshall",
                "givenName": "Archy",
                "gender": "male",
                "birthsex": "male",
                "dateOfBirth": "1994-08-24",
                "language": "en",
                "addressLine": "57 Adams St",
                "city": "New Rochelle",
                "state": "NY",
                "zip": "10801",
                "race": "1002-5",
                "ethnicity": "2186-5",
            }
        ],
    ),
    "csv-procedure": ("procedure-information", [PROCEDURE]),
    "csv-staging": (
        "staging-information",
        [
            {
                "conditionId": "cond-1",
                "stageGroup": "3C",
                "t": "cT3",
                "n": "cN3",
                "m": "cM0",
                "type": "Clinical",
                "effectiveDate": "2020-01-01",
                **AJCC_6,
            }
        ],
    ),
    "csv-treatment-plan-change": (
        "treatment-plan-change-information",
        [
            {
                "dateOfCarePlan": "2020-04-15",
                "reasonCode": "281647001",
                "reasonDisplayText": "Adverse reaction (disorder)",
                "changed": "true",
            },
            {"dateOfCarePlan": "2020-04-30", "reasonCode": "405613005", "reasonDisplayText": "", "changed": "true"},
        ],
    ),
}
