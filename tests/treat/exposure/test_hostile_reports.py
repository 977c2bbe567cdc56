"""Whatever stands in a report, it is read or refused, and what is read can be written down: no traceback, no NaN."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable
from io import BytesIO

import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from tests.exchange.dicom import made_reports as made

from fyr.errors import FyrError
from fyr.exchange.dicom.opening import reading
from fyr.exchange.dicom.report import report_from_bytes
from fyr.treat.exposure.document import examination_document, ledger_document
from fyr.treat.exposure.dose_report import dose_report
from fyr.treat.exposure.ledger import ledgers
from fyr.treat.exposure.reference_levels import own_levels
from fyr.treat.exposure.study import examinations

pytestmark = pytest.mark.filterwarnings("ignore:Invalid value for VR:UserWarning")
_UNITS = ("mGycm", "mGy-cm", "MGY.CM", "Gy.m2", "cGy.cm2", "mSv", "", " ", "1", "furlong", "kVp", "%", "[", "mGy.cm.s")
_NUMBERS = ("", "-5", "1e300", "0", "1\\2\\3", "7,5", "1.5")


def ct() -> Dataset:
    return made.report(
        made.ct_total(30), made.ct_event("1.2.3", 10), made.ct_event("1.2.4", 20), PatientAge="060Y", PatientID="A"
    )


def projection() -> Dataset:
    event = made.container(
        "DCM:113706",
        made.code("DCM:113764", "DCM:113620"),
        made.uid("DCM:113769", "1.2.5"),
        made.code("DCM:113721", "SCT:44491008", "Fluoroscopy"),
        made.number("DCM:122130", 2, "dGy.cm2"),
        made.number("DCM:113738", 1.5, "mGy"),
        made.number("DCM:113733", 80, "kV"),
    )
    totals = made.container("DCM:113702", made.number("DCM:113722", 2, "dGy.cm2"), made.number("DCM:113730", 12, "s"))
    return made.report(totals, event, template="10001", PatientID="B")


def activity() -> Dataset:
    given = made.container("DCM:113502", made.uid("DCM:113503", "1.2.9"), made.number("DCM:113507", 394, "MBq"))
    return made.report(given, template="10021", title="DCM:113500", kind=made.RADIOPHARMACEUTICAL, PatientID="C")


def _items(data_set: Dataset) -> list[tuple[Dataset, Dataset]]:
    found = []
    for one in data_set.get("ContentSequence", []):
        found += [(data_set, one), *_items(one)]
    return found


def _spoil(data_set: Dataset, chance: random.Random) -> None:
    """Change one thing somewhere in the tree."""
    inside = _items(data_set)
    numbers = [item for _, item in inside if item.get("MeasuredValueSequence")]
    if numbers and chance.random() < 0.4:
        _spoil_number(chance.choice(numbers), chance)
    elif inside:
        _spoil_item(data_set, *chance.choice(inside), chance)


def _spoil_item(data_set: Dataset, parent: Dataset, one: Dataset, chance: random.Random) -> None:
    what = chance.randrange(8)
    if what == 0:
        parent.ContentSequence.remove(one)
    elif what == 1:
        parent.ContentSequence.append(copy.deepcopy(one))
    elif what == 2:
        parent.ContentSequence.append(made.container("99X:1", copy.deepcopy(one)))
    elif what == 3:
        one.ContentSequence = Sequence([])
    elif what == 4:
        one.pop("ConceptNameCodeSequence", None)
    elif what == 5:
        one.ValueType = chance.choice(["NUM", "CODE", "TEXT", "IMAGE", "FOO"])
    elif what == 6:
        data_set[chance.choice(["StudyInstanceUID", "PatientID", "SOPInstanceUID"])].value = ""
    else:
        one.ConceptCodeSequence = Sequence([])


def _spoil_number(number: Dataset, chance: random.Random) -> None:
    measured, what = number.MeasuredValueSequence[0], chance.randrange(4)
    if what == 0:
        number.MeasuredValueSequence = Sequence([])
    elif what == 1:
        measured.pop("MeasurementUnitsCodeSequence", None)
    elif what == 2 and "MeasurementUnitsCodeSequence" in measured:
        measured.MeasurementUnitsCodeSequence[0].CodeValue = chance.choice(_UNITS)
    else:
        measured.add_new(0x0040A30A, "LO", chance.choice(_NUMBERS))


@pytest.mark.parametrize("build", [ct, projection, activity])
def test_a_spoilt_report_is_read_or_refused(build: Callable[[], Dataset]) -> None:
    chance, refused, read = random.Random(20261127), 0, 0  # noqa: S311
    for _ in range(60):
        data_set = build()
        for _ in range(chance.randint(1, 4)):
            _spoil(data_set, chance)
        buffer = BytesIO()
        data_set.save_as(buffer, enforce_file_format=True)
        data = bytearray(buffer.getvalue())
        if chance.random() < 0.2:
            data[chance.randrange(400, len(data))] = chance.randrange(256)
        try:
            with reading("report"):
                report = dose_report(report_from_bytes(bytes(data)))
        except FyrError as problem:
            refused += "\n" not in problem.what
            continue
        exams = examinations([report])
        documents = [examination_document(one, coefficients="lee-icrp103") for one in exams]
        documents += [ledger_document(one) for one in ledgers(exams)]
        json.dumps(documents, allow_nan=False)
        own_levels(exams)
        assert all(0 <= total.value < 1e7 for one in exams for total in one.totals)
        read += 1
    assert refused > 3
    assert read > 8
