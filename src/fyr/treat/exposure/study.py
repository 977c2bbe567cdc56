"""Examinations: every irradiation counted once, however often machines reported it.

The rule, in this order:

1. The same report twice (one SOP instance UID) counts once, another version of it with the same irradiation too. A
   report that tells of other irradiation under a UID that is already there is refused.
2. Within a study, a report whose irradiation events all stand in another one too is superseded by it: so machines write
   cumulative reports after every scan. Of two with the same events the one written last counts.
3. Reports of one study that have no event in common continue each other: both count, and their totals are added.
4. Where reports share some events and not others, each event counts once, from the report written last, and the totals
   are taken from the events.
5. A report whose events have no UID cannot be compared: it counts, and the examination says so.
6. What the heads of PET and NM pictures say was given counts where no report of their study tells of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from fyr.treat.exposure.administered import HEAD
from fyr.treat.exposure.event import DoseReportRead, IrradiationEvent, PatientFacts
from fyr.treat.exposure.quantity import Quantity, summed

__all__ = ["Examination", "examinations"]

_KINDS: Final = {"10001": "x-ray", "10021": "nuclear medicine", HEAD: "nuclear medicine"}
"""What reports of one study are put together by; others by their template."""


@dataclass(frozen=True, slots=True)
class Examination:
    """One study's exposure on one kind of machine.

    Parameters
    ----------
    patient : PatientFacts
    study_uid, accession, modality, started, description, manufacturer, model, serial_number, institution : str
    totals : tuple of Quantity
        By the machine's own totals, or by the events where rule 4 says so.
    events : tuple of IrradiationEvent
        Each once, in the order in which they started.
    reports, superseded : tuple of str
        The SOP instances that count, and those that others replace.
    warnings : tuple of str
    """

    patient: PatientFacts
    study_uid: str
    accession: str
    modality: str
    started: str
    description: str
    manufacturer: str
    model: str
    serial_number: str
    institution: str
    totals: tuple[Quantity, ...]
    events: tuple[IrradiationEvent, ...]
    reports: tuple[str, ...]
    superseded: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def examinations(reports: Iterable[DoseReportRead]) -> list[Examination]:
    """Put reports together to examinations, by the rule above.

    Parameters
    ----------
    reports : iterable of DoseReportRead
        In any order; the answer does not depend on it.

    Returns
    -------
    list of Examination
        By patient and time.
    """
    groups: dict[tuple[str, ...], dict[str, DoseReportRead]] = defaultdict(dict)
    for one in reports:
        study = one.study_uid or one.uid
        kind = _KINDS.get(one.template, one.template)
        groups[one.patient.issuer, one.patient.patient_id, study, kind].setdefault(one.uid, one)
    found = [_examination(list(group.values())) for group in groups.values()]
    return sorted(found, key=lambda one: (one.patient.issuer, one.patient.patient_id, one.started, one.study_uid))


def _examination(reports: list[DoseReportRead]) -> Examination:
    reports.sort(key=lambda one: (one.written, one.uid))
    if any(one.template != HEAD for one in reports):
        reports = [one for one in reports if one.template != HEAD]
    kept, superseded = _not_superseded(reports)
    warnings = [sentence for one in kept for sentence in one.warnings]
    if superseded:
        warnings.append(f"{len(superseded)} earlier reports of the same irradiation are superseded")
    if len(kept) > 1:
        warnings.append(f"{len(kept)} reports of this study are added: they tell of different irradiation")
    events, overlap = _events(kept)
    totals = summed([total for one in kept for total in one.totals])
    if overlap:
        totals = summed([amount for event in events for amount in event.quantities])
        warnings.append("the reports share some events and not others: each event counts once, totals are theirs")
    if len(kept) > 1 and any(not event.uid for one in kept for event in one.events):
        warnings.append("events have no UID: whether reports tell of the same irradiation cannot be known")
    if any(not one.is_complete for one in kept):
        warnings.append("a report says that it is not complete")
    last = kept[-1]
    return Examination(
        patient=last.patient,
        study_uid=last.study_uid,
        accession=last.accession,
        modality=_modality([one.modality for one in kept]),
        started=min(one.started for one in kept),
        description=last.study_description,
        manufacturer=last.manufacturer,
        model=last.model,
        serial_number=last.serial_number,
        institution=last.institution,
        totals=tuple(totals),
        events=tuple(events),
        reports=tuple(one.uid for one in kept),
        superseded=tuple(one.uid for one in superseded),
        warnings=tuple(dict.fromkeys(warnings)),
    )


def _not_superseded(reports: Sequence[DoseReportRead]) -> tuple[list[DoseReportRead], list[DoseReportRead]]:
    """Part the reports, written in this order, into those that count and those that others hold whole."""
    kept: list[DoseReportRead] = []
    superseded: list[DoseReportRead] = []
    event_sets = [_uids(one) for one in reports]
    for place, report in enumerate(reports):
        mine = event_sets[place]
        held = mine is not None and any(
            other is not None and (mine < other or (mine == other and place < at))
            for at, other in enumerate(event_sets)
            if at != place
        )
        (superseded if held else kept).append(report)
    return kept, superseded


def _uids(report: DoseReportRead) -> frozenset[str] | None:
    """Return the events of a report, ``None`` where they cannot be told apart."""
    uids = frozenset(one.uid for one in report.events if one.uid)
    return uids if uids and all(one.uid for one in report.events) else None


def _events(kept: Sequence[DoseReportRead]) -> tuple[list[IrradiationEvent], bool]:
    """Return each event once, and whether two reports had one in common."""
    by_uid: dict[str, IrradiationEvent] = {}
    nameless: list[IrradiationEvent] = []
    overlap = False
    for report in kept:
        seen: dict[str, IrradiationEvent] = {}
        for event in report.events:
            if not event.uid:
                nameless.append(event)
                continue
            overlap = overlap or event.uid in by_uid
            seen[event.uid] = _both_planes(seen[event.uid], event) if event.uid in seen else event
        by_uid |= seen
    return sorted([*by_uid.values(), *nameless], key=lambda one: one.started), overlap


def _both_planes(first: IrradiationEvent, second: IrradiationEvent) -> IrradiationEvent:
    """Join what one report says twice of one event: the two planes of a biplane machine share its UID.

    What it says twice in the same words is one event.
    """
    if second.plane == first.plane and second.quantities == first.quantities:
        return first
    return replace(first, quantities=(*first.quantities, *second.quantities), plane="A and B")


def _modality(found: Sequence[str]) -> str:
    order = ("mammography", "ct", "fluoroscopy", "radiography", "nuclear medicine")
    return min(found, key=order.index)
