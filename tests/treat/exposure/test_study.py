"""Every irradiation counts once, in whatever order reports are read."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import pytest

from fyr.exchange.dicom.report import read_report
from fyr.treat.exposure.dose_report import dose_report
from fyr.treat.exposure.event import DoseReportRead, IrradiationEvent, PatientFacts
from fyr.treat.exposure.quantity import Quantity, QuantityKind
from fyr.treat.exposure.study import examinations


def report(uid: str, events: dict[str, float], written: str, *, patient: str = "P", study: str = "S") -> DoseReportRead:
    return DoseReportRead(
        uid, study, "", "10011", "ct", PatientFacts(patient), "20200101", written, "M", "", "", "", "",
        totals=(Quantity(QuantityKind.DLP, sum(events.values())),),
        events=tuple(IrradiationEvent(e, quantities=(Quantity(QuantityKind.DLP, d),)) for e, d in events.items()),
    )  # fmt: skip


CUMULATIVE = [
    report("1", {"a": 1.0}, "1"),
    report("2", {"a": 1.0, "b": 2.0}, "2"),
    report("3", {"a": 1.0, "b": 2.0, "c": 4.0}, "3"),
]
CONTINUED = [report("1", {"a": 1.0}, "1"), report("2", {"b": 2.0}, "2")]
OVERLAPPING = [report("1", {"a": 1.0, "b": 2.0}, "1"), report("2", {"b": 2.0, "c": 4.0}, "2")]
TWICE = [report("1", {"a": 1.0}, "1"), report("1", {"a": 1.0}, "1"), report("2", {"a": 1.0}, "2")]


@pytest.mark.parametrize(
    ("reports", "total", "counted", "superseded"),
    [(CUMULATIVE, 7, 1, 2), (CONTINUED, 3, 2, 0), (OVERLAPPING, 7, 2, 0), (TWICE, 1, 1, 1)],
    ids=["cumulative", "continued", "overlapping", "twice"],
)
def test_the_rule(reports: list[DoseReportRead], total: float, counted: int, superseded: int) -> None:
    answers = set()
    for order in permutations(reports):
        (exam,) = examinations(order)
        answers.add(exam)
        assert sum(one.value for one in exam.totals) == pytest.approx(total)
        assert (len(exam.reports), len(exam.superseded)) == (counted, superseded)
        assert len({one.uid for one in exam.events}) == len(exam.events)
    assert len(answers) == 1, "the order of reading changes the answer"


def test_events_without_a_uid_are_never_taken_for_the_same() -> None:
    (exam,) = examinations([report("1", {"": 1.0}, "1"), report("2", {"": 1.0}, "2")])
    assert exam.totals[0].value == 2
    assert any("no UID" in sentence for sentence in exam.warnings)


def test_two_patients_with_one_study_uid_stay_apart() -> None:
    assert len(examinations([report("1", {"a": 1.0}, "1"), report("2", {"a": 1.0}, "2", patient="Q")])) == 2


@pytest.mark.real
def test_real_cumulative_and_continued_reports(data_folder: Path) -> None:
    """OpenREM asserts 236.09 after the third cumulative report; the continued ones tell of different scans."""
    folder = data_folder / "treat/rdsr"
    (multi,) = examinations(dose_report(read_report(folder / f"CT-RDSR-Siemens-Multi-{n}.dcm")) for n in (1, 2, 3))
    assert multi.totals[0].value == 236.09
    assert len(multi.events) == 3
    (both,) = examinations(dose_report(read_report(folder / f"CT-RDSR-Siemens-Continued-{n}.dcm")) for n in (1, 2))
    assert both.totals[0].value == pytest.approx(60.17 + 56.44)
    assert len(both.events) == 4
