"""What the heads of PET and NM pictures say was given, as a report among others."""

from __future__ import annotations

from typing import Final

from fyr.imaging.administered_activity import AdministeredActivity
from fyr.treat.exposure.dose_report import age_years
from fyr.treat.exposure.event import DoseReportRead, IrradiationEvent, PatientFacts
from fyr.treat.exposure.quantity import Quantity, QuantityKind

__all__ = ["HEAD", "activity_report"]

HEAD: Final = "head of a picture"
"""What stands where a report has its template."""


def activity_report(given: AdministeredActivity) -> DoseReportRead:
    """Return an administration as a report; the pictures of one administration all give the same one."""
    amount = Quantity(QuantityKind.ACTIVITY, given.activity_mbq, given.nuclide, HEAD)
    uid = " ".join(filter(None, (given.study_uid, given.nuclide, given.started)))
    event = IrradiationEvent(uid, given.started, given.agent, "administration", quantities=(amount,))
    return DoseReportRead(
        uid=uid,
        study_uid=given.study_uid,
        accession=given.accession,
        template=HEAD,
        modality="nuclear medicine",
        patient=PatientFacts(
            given.patient_id,
            given.patient_issuer,
            given.sex,
            age_years(given.age, given.birth_date, given.study_date),
        ),
        started=given.started,
        written=given.started,
        manufacturer=given.manufacturer,
        model=given.model,
        serial_number="",
        institution=given.institution,
        study_description=given.study_description,
        totals=(amount,),
        events=(event,),
    )
