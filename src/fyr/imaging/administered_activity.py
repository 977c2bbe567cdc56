"""A radiopharmaceutical that was given to a patient, as the pictures taken of it say."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["AdministeredActivity"]


@dataclass(frozen=True, slots=True)
class AdministeredActivity:
    """One administration.

    Parameters
    ----------
    activity_mbq : float
        At the time of the administration.
    nuclide, agent : str
        In the words of the picture; empty where it does not say.
    started : str
        When it was given, as DICOM writes times; else the date of the study.
    study_uid, accession, study_date, study_description : str
    patient_id, patient_issuer, sex, birth_date, age : str
        As they stand there; ``age`` as DICOM writes it (``045Y``).
    manufacturer, model, institution : str
    """

    activity_mbq: float
    nuclide: str
    agent: str
    started: str
    study_uid: str
    accession: str
    study_date: str
    study_description: str
    patient_id: str
    patient_issuer: str
    sex: str
    birth_date: str
    age: str
    manufacturer: str
    model: str
    institution: str
