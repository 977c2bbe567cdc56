"""A model that takes an object of the record."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.models.conftest import card

from fyr.errors import BadInput
from fyr.models import Column, GivenObject, Model, ModelInput, ModelOutput, Prediction
from fyr.record import PatientId
from fyr.record.finding import Refusal
from fyr.record.record import Record

EVA = PatientId("north", "1")
SCAN = ModelInput("scan", "Scan", "object", media_types=("application/dicom",))


class Length(Model):
    """How many bytes a scan has: the smallest model of an object."""

    card = card(inputs=(SCAN,), outputs=(ModelOutput("length", "Length", "By"),))

    def compute(self, columns: Mapping[str, Column]) -> Mapping[str, Column]:
        return {"length": np.array([len(one.read()) for one in columns["scan"]], dtype=np.float64)}


def test_an_object_of_the_record_is_read_when_the_model_asks(tmp_path: Path) -> None:
    with Record.open(tmp_path / "home") as record:
        record.add_patient(EVA)
        record.put_object(b"12345", media_type="application/dicom", patient=EVA)
        record.put_object(b"text", media_type="text/plain", patient=EVA)
        scan, text = (GivenObject(one, partial(record.object, one.sha256)) for one in record.objects(EVA))
        answer = Length().predict({"scan": scan})
        assert isinstance(answer, Prediction)
        assert answer.estimates["length"].value == 5
        assert answer.inputs == {"scan": scan.stored.sha256}
        refused = Length().predict({"scan": text})
    assert isinstance(refused, Refusal)
    assert refused.reason.startswith(f"scan is text/plain {text.stored.sha256[:12]}, of another media type")
    assert refused.reason.endswith("(accepted: an object of the record: application/dicom)")


def test_what_is_no_object_is_refused_with_its_reason() -> None:
    answers = Length().predict_table(pl.DataFrame({"scan": ["scan.dcm", "", None]}))
    assert answers["length"].to_list() == [None] * 3
    first, second, third = answers["refusal"]
    assert first == (
        "scan is 'scan.dcm', not an object of the record (accepted: an object of the record: application/dicom)"
    )
    assert second == third == "scan is missing (the model refuses: it does not guess)"


def test_an_object_has_media_types_and_nothing_else_has() -> None:
    for wrong in ({"kind": "object"}, {"kind": "boolean", "media_types": ("image/png",)}):
        with pytest.raises(BadInput, match="media types"):
            ModelInput("scan", "Scan", **wrong)
    assert SCAN.as_dict()["media_types"] == ["application/dicom"]
