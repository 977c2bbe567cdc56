"""The CSV rows that the expected resources of the mCODE extraction framework come from, and what no row can say."""

from __future__ import annotations

from tests.exchange.fhir.mcode.bundle_rows import BUNDLES, EVENT, PROCEDURE, Row


def _staging(kind: str, **more: str) -> Row:
    return {
        "conditionId": "example-condition-id",
        "stageGroup": "3C",
        "type": kind,
        "effectiveDate": "2020-01-01",
        **more,
    }


# resource: the file, the rows, the patient, which of the entries, and what a row cannot say
RESOURCES: dict[str, tuple[str, list[Row], str, int, tuple[str, ...]]] = {
    "maximal-adverse-event-resource": (*BUNDLES["csv-adverse-event"], "mrn-1", 0, ()),
    "minimal-adverse-event-resource": (
        "adverse-event-information",
        [
            {name: EVENT[name] for name in ("adverseEventId", "adverseEventCode", "adverseEventCodeSystem")}
            | {"effectiveDate": "1994-12-09"}
        ],
        "mrn-1",
        0,
        (),
    ),
    "maximal-ctc-adverse-event-resource": (
        "ctc-adverse-event-information",
        [
            {
                **BUNDLES["csv-ctc-adverse-event"][1][0],
                "grade": "2",
                "resolvedDate": "2021-12-09",
                "functionCode": "PART",
            }
        ],
        "mrn-1",
        0,
        (),
    ),
    "minimal-ctc-adverse-event-resource": (
        "ctc-adverse-event-information",
        [
            {name: EVENT[name] for name in ("adverseEventId", "adverseEventCode", "adverseEventCodeSystem")}
            | {"effectiveDate": "1994-12-09", "grade": "2"}
        ],
        "mrn-1",
        0,
        (),
    ),
    "maximal-appointment-resource": (*BUNDLES["csv-appointment"], "123", 0, ()),
    "minimal-appointment-resource": (
        "appointment-information",
        [{"appointmentId": "appointmentId-3", "status": "cancelled"}],
        "789",
        0,
        (),
    ),
    "maximal-careplan-resource": (
        "treatment-plan-change-information",
        [
            {**row, "dateOfCarePlan": day, "reasonDisplayText": text}
            for row, day, text in zip(
                BUNDLES["csv-treatment-plan-change"][1],
                ("2020-01-23", "2020-01-30"),
                ("Adverse reaction (disorder)", "Planned Procedure (situation)"),
                strict=True,
            )
        ],
        "abc-def",
        0,
        ("id", "subject.display"),
    ),
    "minimal-careplan-resource": (
        "treatment-plan-change-information",
        [{"dateOfCarePlan": "2020-01-23", "changed": "false"}],
        "abc-def",
        0,
        ("id",),
    ),
    "maximal-condition-resource": (
        "condition-information",
        [
            {
                "conditionId": "example-id",
                "codeSystem": "example-system",
                "displayName": "exampleDisplayName",
                "dateOfDiagnosis": "2020-01-01",
                **dict.fromkeys(
                    (
                        *("code", "category", "clinicalStatus", "verificationStatus", "bodySite", "laterality"),
                        "histology",
                    ),
                    "example-code",
                ),
            }
        ],
        "example-subject-id",
        0,
        (),
    ),
    "minimal-condition-resource": (
        "condition-information",
        [
            {
                "conditionId": "example-id",
                "codeSystem": "example-system",
                "code": "example-code",
                "category": "example-code",
            }
        ],
        "example-subject-id",
        0,
        (),
    ),
    "disease-status-resource": (
        "cancer-disease-status-information",
        [
            {
                "conditionId": "123-Walking-Corpse-Syndrome",
                "diseaseStatusCode": "385633008",
                "diseaseStatusText": "Improving",
                "dateOfObservation": "1994-12-09T09:07:00Z",
                "evidence": "09870987|12341234",
            }
        ],
        "123-example-patient",
        0,
        # no column gives names, nor a text for each piece of evidence; Fyr writes the offset of UTC as +00:00
        (
            "id",
            "focus.0.display",
            "subject.display",
            "extension.0.valueCodeableConcept.coding.0.display",
            "effectiveDateTime",
        ),
    ),
    "minimal-disease-status-resource": (
        "cancer-disease-status-information",
        [
            {
                "conditionId": "123-Walking-Corpse-Syndrome",
                "diseaseStatusCode": "709137006",
                "diseaseStatusText": "undetermined",
                "dateOfObservation": "1994-12-09T09:07:00Z",
            }
        ],
        "123-example-patient",
        0,
        ("id", "focus.0.display", "subject.display", "effectiveDateTime"),
    ),
    "maximal-encounter-resource": (*BUNDLES["csv-encounter"], "123", 0, ()),
    "minimal-encounter-resource": (
        "encounter-information",
        [
            {
                name: BUNDLES["csv-encounter"][1][0][name]
                for name in ("encounterId", "status", "classCode", "classSystem")
            }
        ],
        "123",
        0,
        (),
    ),
    "maximal-medication-request": (
        "cancer-related-medication-request-information",
        [
            {
                **BUNDLES["csv-medication-request"][1][0],
                "requestId": "medicationId-1",
                "authoredOn": "2020-01-01",
                "timingEvent": "2020-01-01",
            }
        ],
        "mrn-1",
        0,
        (),
    ),
    "minimal-medication-request": (
        "cancer-related-medication-request-information",
        [
            {
                "code": "example-code",
                "codeSystem": "example-code-system",
                "status": "example-status",
                "intent": "example-intent",
                "requesterId": "example-requester",
            }
        ],
        "mrn-1",
        0,
        ("id",),
    ),
    "maximal-medication-resource": (
        "cancer-related-medication-administration-information",
        [
            {
                **BUNDLES["csv-medication-administration"][1][0],
                "startDate": "2020-01-01",
                "endDate": "2020-02-01",
            }
        ],
        "mrn-1",
        0,
        (),
    ),
    "minimal-medication-resource": (
        "cancer-related-medication-administration-information",
        [{"code": "example-code", "codeSystem": "example-code-system", "status": "example-status"}],
        "mrn-1",
        0,
        ("id",),
    ),
    "maximal-observation-resource": (
        "observation-information",
        [
            {
                "observationId": "example-id",
                "status": "final",
                "code": "8302-2",
                "codeSystem": "http://loinc.org",
                "displayName": "Body Height",
                "value": "70 [in_i]",
                "effectiveDate": "2020-01-01",
                "bodySite": "106004",
                "laterality": "51440002",
            }
        ],
        "example-mrn",
        0,
        (),
    ),
    "minimal-observation-resource": (
        "observation-information",
        [
            {
                "observationId": "example-id",
                "status": "final",
                "code": "8302-2",
                "codeSystem": "http://loinc.org",
                "value": "70 [in_i]",
                "effectiveDate": "2020-01-01",
            }
        ],
        "example-mrn",
        0,
        (),
    ),
    "maximal-procedure-resource": (
        "procedure-information",
        [
            {
                **PROCEDURE,
                "procedureId": "example-id",
                "conditionId": "example-condition-id",
                "reasonCode": "363346000",
                "reasonCodeSystem": "http://snomed.info/sct",
                "reasonDisplayName": "Malignant tumor",
                "treatmentIntent": "373808002",
                "bodySite": "41224006",
                "laterality": "51440002",
            }
        ],
        "example-mrn",
        0,
        (),
    ),
    "minimal-procedure-resource": (
        "procedure-information",
        [
            {name: PROCEDURE[name] for name in ("status", "code", "codeSystem", "effectiveDate")}
            | {"procedureId": "example-id"}
        ],
        "example-mrn",
        0,
        (),
    ),
    "maximal-staging-resource": (
        "staging-information",
        [_staging("Clinical", stagingSystem="443830009", stagingCodeSystem="http://snomed.info/sct")],
        "example-mrn",
        -1,
        ("id", "hasMember"),  # its members are named by hand there; the bundle of csv-staging compares them
    ),
    **{
        f"minimal-staging-{kind.lower()}-resource": (
            "staging-information",
            [_staging(kind)],
            "example-mrn",
            -1,
            ("id",),
        )
        for kind in ("Clinical", "Pathologic")
    },
    **{
        f"{what}-category-{kind.lower()}-resource": (
            "staging-information",
            [_staging(kind, **{column: f"{kind[0].lower()}{value}"})],
            "example-mrn",
            0,
            ("id",),
        )
        for kind in ("Clinical", "Pathologic")
        for what, column, value in (("tumor", "t", "T3"), ("nodes", "n", "N3"), ("metastases", "m", "M0"))
    },
    "research-study-resource": (
        "clinical-trial-information",
        [
            {
                "trialSubjectID": "123",
                "enrollmentStatus": "candidate",
                "trialResearchID": "AFT1235",
                "trialStatus": "active",
                "trialResearchSystem": "example-system",
            }
        ],
        "mCODEPatient1",
        1,
        ("id", "site.0.identifier"),
    ),
    "research-subject-resource": (
        "clinical-trial-information",
        [
            {
                "trialSubjectID": "123",
                "enrollmentStatus": "candidate",
                "trialResearchID": "rs1",
                "trialStatus": "active",
                "startDate": "2020-01-01",
                "endDate": "2021-01-01",
            }
        ],
        "mCODEPatient1",
        0,
        ("id", "study", "individual.type"),
    ),
}

PARTS = {
    *("identifier-array", "maximal-coding-object", "maximal-identifier", "maximal-reference-object"),
    "minimal-reference-object",
    *("maximal-patient-resource", "patient-resource"),  # compared below: their id is not their number
}
