"""A row of ``clinical-trial-information.csv`` as the patient's part in a trial, and the trial."""

from __future__ import annotations

from fyr.exchange.fhir.mcode.csv_rows import Row
from fyr.exchange.fhir.mcode.elements import Json, content_id, present, reference

__all__ = ["trial_of"]


def trial_of(row: Row, patient: str, site: str, site_system: str | None) -> list[Json]:
    """Return the ResearchSubject and the ResearchStudy.

    Parameters
    ----------
    row : Row
    patient : str
        The id of the Patient.
    site, site_system : str
        The hospital as the trial knows it, and whose number that is.
    """
    trial, system = row.need("trialResearchID"), row.get("trialResearchSystem")
    subject = {
        "enrollmentStatus": row.need("enrollmentStatus"),
        "trialSubjectID": row.need("trialSubjectID"),
        "trialResearchID": trial,
        "patientId": patient,
        "trialResearchSystem": system,
        "startDate": row.moment("startDate"),
        "endDate": row.moment("endDate"),
    }
    study = {
        "trialStatus": row.need("trialStatus"),
        "trialResearchID": trial,
        "clinicalSiteID": site,
        "clinicalSiteSystem": site_system,
        "trialResearchSystem": system,
    }
    period = present(start=subject["startDate"], end=subject["endDate"])
    return [
        {
            "resourceType": "ResearchSubject",
            "id": content_id(subject),
            "status": subject["enrollmentStatus"],
            "study": {"identifier": present(system=system, value=trial)},
            "individual": reference("Patient", patient),
            "identifier": [
                {
                    "system": "http://example.com/clinicaltrialsubjectids",
                    "value": subject["trialSubjectID"],
                    "type": {"text": "Clinical Trial Subject ID"},
                }
            ],
            **({"period": period} if period else {}),
        },
        {
            "resourceType": "ResearchStudy",
            "id": content_id(study),
            "status": study["trialStatus"],
            "site": [
                {
                    "display": "ID associated with Clinical Trial",
                    "identifier": present(system=site_system, value=site),
                }
            ],
            "identifier": [{**present(system=system, value=trial), "type": {"text": "Clinical Trial Research ID"}}],
        },
    ]
