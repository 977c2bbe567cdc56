"""What pictures of nuclear medicine say was given: PET in Bq, NM in MBq, nothing guessed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import FileDataset
from tests.exchange.dicom.made import base, item
from tests.exchange.dicom.made_reports import coded

from fyr.errors import BadInput, Refused
from fyr.exchange.dicom.administered import read_administered

PET, NM = "1.2.840.10008.5.1.4.1.1.128", "1.2.840.10008.5.1.4.1.1.20"


def picture(kind: str, activity: float | None, **facts: Any) -> FileDataset:
    made = base(kind, "PT" if kind == PET else "NM")
    made.StudyDate = "20260301"
    given = item(
        RadionuclideCodeSequence=[coded("SCT:77004003", "^18^Fluorine")],
        RadiopharmaceuticalCodeSequence=[coded("SCT:35321007", "Fluorodeoxyglucose F^18^")],
        RadiopharmaceuticalStartTime="101500",
    )
    if activity is not None:
        given.RadionuclideTotalDose = activity
    made.RadiopharmaceuticalInformationSequence = [given]
    for keyword, value in facts.items():
        setattr(made, keyword, value)
    return made


def save(made: FileDataset, path: Path) -> Path:
    made.save_as(path, enforce_file_format=True)
    return path


@pytest.mark.parametrize(("kind", "written"), [(PET, 350e6), (NM, 350.0)])
def test_each_kind_of_picture_has_its_own_unit(tmp_path: Path, kind: str, written: float) -> None:
    (one,) = read_administered(save(picture(kind, written), tmp_path / "one.dcm"))
    assert one.activity_mbq == 350
    assert (one.nuclide, one.agent) == ("^18^Fluorine", "Fluorodeoxyglucose F^18^")
    assert one.started == "20260301101500"


@pytest.mark.parametrize(("kind", "written"), [(PET, 350.0), (NM, 350e6)])
def test_the_unit_of_the_other_kind_is_refused(tmp_path: Path, kind: str, written: float) -> None:
    with pytest.raises(BadInput, match="another unit"):
        read_administered(save(picture(kind, written), tmp_path / "one.dcm"))


def test_a_picture_that_does_not_say_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="does not say which activity"):
        read_administered(save(picture(PET, None), tmp_path / "one.dcm"))
    bare = base(PET, "PT")
    with pytest.raises(Refused, match="does not say which activity"):
        read_administered(save(bare, tmp_path / "bare.dcm"))
