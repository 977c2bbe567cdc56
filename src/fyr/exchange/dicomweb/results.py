"""What QIDO-RS returns of studies, series and instances, in the DICOM JSON model (PS3.18 section 10.6.3.3, annex F)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fyr.record.dicom_index import DicomInstance, DicomSeries, DicomStudy

__all__ = ["instance_result", "instance_url", "series_result", "series_url", "study_result", "study_url"]


def study_url(base: str, study: str) -> str:
    """Return where a study is retrieved."""
    return f"{base}/studies/{study}"


def series_url(base: str, study: str, series: str) -> str:
    """Return where a series is retrieved."""
    return f"{study_url(base, study)}/series/{series}"


def instance_url(base: str, one: DicomInstance) -> str:
    """Return where an instance is retrieved."""
    return f"{series_url(base, one.study.uid, one.series.uid)}/instances/{one.uid}"


def study_result(study: DicomStudy, base: str) -> dict[str, Any]:
    """Return what is said of a study; its patient's hospital stands as Issuer of Patient ID."""
    found = {
        **study.attributes,
        "00080056": _value("CS", "ONLINE"),
        "00080061": _value("CS", *study.modalities),
        "00081190": _value("UR", study_url(base, study.uid)),
        "00100020": _value("LO", study.patient.number),
        "00100021": _value("LO", study.patient.hospital),
        "0020000D": _value("UI", study.uid),
        "00201206": _value("IS", study.series),
        "00201208": _value("IS", study.instances),
    }
    for tag, vr in (("00080020", "DA"), ("00080030", "TM"), ("00080050", "SH"), ("00080090", "PN"), ("00200010", "SH")):
        found.setdefault(tag, {"vr": vr})
    for tag, vr in (("00100010", "PN"), ("00100030", "DA"), ("00100040", "CS")):
        found.setdefault(tag, {"vr": vr})
    return dict(sorted(found.items()))


def series_result(series: DicomSeries, base: str, *, with_study: bool) -> dict[str, Any]:
    """Return what is said of a series, and with `with_study` of its study."""
    found = study_result(series.study, base) if with_study else {}
    found |= {
        **series.attributes,
        "00080060": _value("CS", series.modality),
        "00081190": _value("UR", series_url(base, series.study.uid, series.uid)),
        "0020000D": _value("UI", series.study.uid),
        "0020000E": _value("UI", series.uid),
        "00201209": _value("IS", series.instances),
    }
    found.setdefault("00200011", {"vr": "IS"})
    found.setdefault("0008103E", {"vr": "LO"})
    return dict(sorted(found.items()))


def instance_result(one: DicomInstance, base: str, *, with_study: bool, with_series: bool) -> dict[str, Any]:
    """Return what is said of an instance, and as wanted of its study and series."""
    found = study_result(one.study, base) if with_study else {}
    if with_series:
        found |= series_result(one.series, base, with_study=False)
    found |= {
        **one.attributes,
        "00080016": _value("UI", one.sop_class),
        "00080018": _value("UI", one.uid),
        "00080056": _value("CS", "ONLINE"),
        "00081190": _value("UR", instance_url(base, one)),
        "00083002": _value("UI", one.transfer_syntax),
        "0020000D": _value("UI", one.study.uid),
        "0020000E": _value("UI", one.series.uid),
    }
    found.setdefault("00200013", {"vr": "IS"})
    return dict(sorted(found.items()))


def _value(vr: str, *values: object) -> dict[str, Any]:
    given: Sequence[object] = [one for one in values if one != ""]
    return {"vr": vr, "Value": list(given)} if given else {"vr": vr}
