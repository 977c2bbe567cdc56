"""What a picture of nuclear medicine says of the radiopharmaceutical: its head alone is read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from fyr.errors import BadInput, Refused
from fyr.exchange.dicom.head import read_head
from fyr.exchange.dicom.opening import reading
from fyr.imaging.administered_activity import AdministeredActivity

if TYPE_CHECKING:
    from pydicom import Dataset

__all__ = ["ACTIVITY_KINDS", "read_administered"]

_PET: Final = "1.2.840.10008.5.1.4.1.1.128"
_NM: Final = "1.2.840.10008.5.1.4.1.1.20"
ACTIVITY_KINDS: Final = frozenset({_PET, _NM})
"""The pictures whose heads say what was given. Enhanced PET is not read."""

_MBQ: Final = {_PET: 1e-6, _NM: 1.0}
"""MBq in one of what stands there: PET writes Bq (PS3.3 C.8.9.2), NM writes MBq (C.8.4.10.1.7)."""
_LEAST_MBQ, _MOST_MBQ = 0.01, 50_000.0
"""What lies outside was written in the other unit, as some machines do: our own choice of bounds."""


def read_administered(path: Path) -> tuple[AdministeredActivity, ...]:
    """Read what was administered.

    Parameters
    ----------
    path : Path
        A PET or NM image.

    Returns
    -------
    tuple of AdministeredActivity
        One for each radiopharmaceutical.

    Raises
    ------
    Refused
        If the picture does not say what was given.
    BadInput
        If the file is damaged, or the activity cannot be one in the unit that the standard has.
    """
    with reading(path):
        data = read_head(path).data_set()
        given = [_administered(data, one) for one in data.get("RadiopharmaceuticalInformationSequence") or ()]
        found = tuple(one for one in given if one is not None)
        if not found:
            raise Refused("the picture does not say which activity was given", mend="ask for a dose report")
        return found


def _administered(data: Dataset, item: Dataset) -> AdministeredActivity | None:
    said = item.get("RadionuclideTotalDose")
    if said is None or said == "":
        return None
    kind = str(data.SOPClassUID)
    activity = float(f"{float(said) * _MBQ[kind]:.12g}")
    if not _LEAST_MBQ <= activity <= _MOST_MBQ:
        unit = "Bq" if kind == _PET else "MBq"
        raise BadInput(
            f"an activity of {float(said):g} {unit} cannot be: the machine may have written it in another unit",
            where="RadionuclideTotalDose",
            mend="ask the machine's maker",
        )
    date = _text(data, "StudyDate")
    time = _text(item, "RadiopharmaceuticalStartTime")
    return AdministeredActivity(
        activity_mbq=activity,
        nuclide=_meaning(item, "RadionuclideCodeSequence"),
        agent=_meaning(item, "RadiopharmaceuticalCodeSequence") or _text(item, "Radiopharmaceutical"),
        started=_text(item, "RadiopharmaceuticalStartDateTime") or date + time,
        study_uid=_text(data, "StudyInstanceUID"),
        accession=_text(data, "AccessionNumber"),
        study_date=date,
        study_description=_text(data, "StudyDescription"),
        patient_id=_text(data, "PatientID"),
        patient_issuer=_text(data, "IssuerOfPatientID"),
        sex=_text(data, "PatientSex"),
        birth_date=_text(data, "PatientBirthDate"),
        age=_text(data, "PatientAge"),
        manufacturer=_text(data, "Manufacturer"),
        model=_text(data, "ManufacturerModelName"),
        institution=_text(data, "InstitutionName"),
    )


def _text(data: Dataset, keyword: str) -> str:
    found: Any = data.get(keyword)
    return "" if found is None else str(found).strip()


def _meaning(item: Dataset, keyword: str) -> str:
    codes = item.get(keyword) or ()
    return next((text for code in codes if (text := _text(code, "CodeMeaning"))), "")
