"""What STOW-RS answers: which instances are stored, which are not and why (PS3.18 section 10.5.3, annex I)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fyr.exchange.dicom.keeping import FAILURES, Kept
from fyr.exchange.dicomweb.results import instance_url, study_url

__all__ = ["store_answer"]


def store_answer(kept: Sequence[Kept], base: str) -> tuple[int, dict[str, Any]]:
    """Return the status of the answer, and the data set that it holds.

    Parameters
    ----------
    kept : sequence of Kept
        What became of the instances.
    base : str
        Where instances are retrieved.
    """
    stored = [one.instance for one in kept if one.is_kept and one.instance is not None]
    failed = [(one.instance, FAILURES[one.outcome]) for one in kept if not one.is_kept]
    named, nameless = [], []
    for instance, reason in failed:
        said: dict[str, Any] = {"00081197": {"vr": "US", "Value": [reason]}}
        if instance is None:
            nameless.append(said)
        else:
            named.append(_reference(instance.sop_class, instance.uid) | said)
    answer: dict[str, Any] = {}
    studies = {one.study.uid for one in stored}
    if len(studies) == 1:
        answer["00081190"] = {"vr": "UR", "Value": [study_url(base, studies.pop())]}
    if named:
        answer["00081198"] = {"vr": "SQ", "Value": named}
    if stored:
        answer["00081199"] = {
            "vr": "SQ",
            "Value": [
                {
                    **_reference(one.sop_class, one.uid),
                    "00081190": {"vr": "UR", "Value": [instance_url(base, one)]},
                }
                for one in stored
            ],
        }
    if nameless:
        answer["0008119A"] = {"vr": "SQ", "Value": nameless}
    return (409 if not stored else 202 if failed else 200), answer


def _reference(sop_class: str, uid: str) -> dict[str, Any]:
    return {"00081150": {"vr": "UI", "Value": [sop_class]}, "00081155": {"vr": "UI", "Value": [uid]}}
