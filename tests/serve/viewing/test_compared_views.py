"""Plans of one patient side by side on the server: the same numbers as ``fyr treat compare``."""

from __future__ import annotations

import json
import math

import pytest
from tests.exchange.dicom.made import write
from tests.serve.house import ANNA

from fyr.cli.main import main

FACTORS = {
    "age_above_63": True,
    "pulmonary_comorbidity": False,
    "lower_or_middle_lobe": False,
    "sequential_chemotherapy": False,
    "smoking_status": "former",
    "concurrent_chemotherapy": False,
}
TUMOUR = {
    "structure": "GTV", "tcd50_gy": 60, "tcd50_se_gy": 3, "gamma50": 2, "gamma50_se": 0.4, "a": -10,
    "alpha_beta_gy": 10,
}  # fmt: skip


def by_command(capsys, *arguments):
    with pytest.raises(SystemExit) as left:
        main([str(one) for one in (*arguments, "--json")])
    told = capsys.readouterr()
    assert left.value.code in (0, None), told.err
    return json.loads(told.out)


@pytest.fixture
def folders(small_plan, tmp_path):
    first, second = tmp_path / "a", tmp_path / "b"
    first.mkdir()
    second.mkdir()
    for name, made in small_plan.items():
        if not name.startswith("ct"):
            write(made, first / name)
    write(small_plan["structures.dcm"], second / "structures.dcm")
    return first, second


def same(mine, theirs, where=""):
    """Assert that two documents agree to the last bit, but for where their plans are from."""
    if isinstance(theirs, dict):
        assert set(mine) - {"view"} == set(theirs) - {"files"}, where
        for name in set(theirs) - {"files"}:
            same(mine[name], theirs[name], f"{where}.{name}")
    elif isinstance(theirs, list):
        assert len(mine) == len(theirs), where
        for place, (one, other) in enumerate(zip(mine, theirs, strict=True)):
            same(one, other, f"{where}[{place}]")
    elif isinstance(theirs, float) and math.isnan(theirs):
        raise AssertionError(f"{where} is no number")
    else:
        assert mine == theirs, where


def test_two_plans_are_compared_as_by_the_command(two_plans, small_plan, folders, tmp_path, capsys):
    stored = dict(second_of(two_plans))
    for name, path in stored.items():
        (folders[1] / name).write_bytes(path)
    factors = tmp_path / "factors.json"
    factors.write_text(json.dumps({**FACTORS, "tumour": TUMOUR}))
    expected = by_command(
        capsys, "treat", "compare", *folders, "--rescale", "66Gy/33", "--fractions", "20", "--patient", factors,
        "--protocol", "quantec", "--metric", "V20Gy", "--alpha-beta", "lungs=3", "--home", tmp_path / "home",
    )  # fmt: skip
    found = two_plans.said(
        "/comparison",
        {
            "views": [two_plans.view_of("Made plan"), two_plans.view_of("Other plan")],
            "rescaled": [{"total_gy": 66, "fractions": 33}],
            "refractioned": [20],
            "patient": FACTORS,
            "tumour": TUMOUR,
            "alpha_beta_gy": {"lungs": 3},
            "protocol": "quantec",
            "metrics": ["V20Gy"],
        },
    )
    assert [one["letter"] for one in found["plans"]] == ["A", "B", "C", "D"]
    same(found["comparison"], expected["comparison"])
    same(found["constraints"], expected["constraints"])
    same(found["plans"], expected["plans"])
    assert found["warnings"] == expected["warnings"]
    pair = next(one for one in found["comparison"]["endpoints"] if one["model"]["name"].endswith("appelt"))["pairs"][0]
    assert pair["difference"]["value"] != 0
    assert found["comparison"]["combined"]["p_plus"]["pairs"][0]["probability"] is not None


def second_of(viewer):
    """Yield the files of the other plan as the record keeps them."""
    from pydicom import dcmread

    files = viewer.house.record.storage.files
    for one in viewer.house.record.objects(ANNA):
        head = dcmread(files / one.place, stop_before_pixels=True)
        if head.get("RTPlanLabel") == "Other plan":
            yield "plan.dcm", (files / one.place).read_bytes()
            uid = head.SOPInstanceUID
            for dose in viewer.house.record.objects(ANNA):
                other = dcmread(files / dose.place, stop_before_pixels=True)
                of = other.get("ReferencedRTPlanSequence", [])
                if of and of[0].ReferencedSOPInstanceUID == uid and other.Modality == "RTDOSE":
                    yield "dose.dcm", (files / dose.place).read_bytes()


def test_the_pages_are_those_of_the_command_and_name_nobody(two_plans):
    asked = {"views": [two_plans.view_of("Made plan"), two_plans.view_of("Other plan")]}
    answer = two_plans.post("/comparison/report", asked)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")
    assert b"Made^Patient" not in answer.content


def test_one_plan_is_compared_with_itself_in_another_number_of_fractions(planned):
    found = planned.said("/comparison", {"views": [planned.only_view()["id"]], "refractioned": [20]})
    assert [one["fractions"] for one in found["plans"]] == [30, 20]
    heart = next(one for one in found["comparison"]["structures"] if one["structure"] == "Heart")
    assert heart["metrics"]["mean"]["less_a"]["B"] == pytest.approx(0)


@pytest.mark.parametrize(
    ("said", "status", "what"),
    [
        ({}, 400, "1 plan cannot be compared"),
        ({"refractioned": [20], "protocol": "/etc/passwd"}, 422, "no protocol of that name"),
        ({"refractioned": [20], "metrics": ["V20"]}, 400, "V20"),
        ({"refractioned": [20], "organs": {"Cor": "heart"}}, 400, "no plan has a structure 'Cor'"),
        ({"refractioned": [20], "combine": [{"structure": "Heart", "model": "none"}]}, 400, "has no answer of none"),
        ({"refractioned": [0]}, 422, "refractioned"),
        ({"refractioned": [20], "views": ["nothing"]}, 404, "no view 'nothing'"),
    ],
)
def test_what_cannot_be_compared_is_refused(planned, said, status, what):
    answer = planned.post("/comparison", {"views": [planned.only_view()["id"]], **said})
    assert answer.status_code == status
    assert what in answer.text


def test_the_protocols_are_those_that_are_shipped(planned):
    found = planned.browser.get("/api/protocols").json()["protocols"]
    assert "quantec" in {one["name"] for one in found}


def test_the_trail_says_who_compared_what_and_no_value(two_plans):
    views = [two_plans.view_of("Made plan"), two_plans.view_of("Other plan")]
    two_plans.said("/comparison", {"views": views, "patient": {"smoking_status": "current"}})
    (event,) = two_plans.house.audited("compare plans")
    assert event["patient"] == "demo/1"
    assert event["detail"]["views"] == views
    assert event["detail"]["given"] == ["smoking_status"]
    assert "current" not in json.dumps(event)


def test_who_reads_no_patients_compares_none(planned):
    clerk = planned.house.signed_in("administrator")
    path = f"/api/patients/{ANNA.hospital}/{ANNA.local}/imaging/comparison"
    asked = {"views": [planned.only_view()["id"]], "refractioned": [20]}
    for one in (path, f"{path}/report"):
        assert clerk.post(one, asked).status_code == 403
