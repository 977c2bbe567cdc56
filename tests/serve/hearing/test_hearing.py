"""A patient's audiograms over the API: the command line's grades, the dose to each cochlea, and who may write."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from tests.serve.house import ANNA, Browser, House
from tests.serve.made_plan import SMALL, made_plan

from fyr.cli.main import main
from fyr.record.audiogram import Audiogram, Threshold
from fyr.record.hearing import observations_of
from fyr.serve.viewing import Viewing

PATH = "/api/patients/demo/1/hearing"
HZ = (500, 1000, 2000, 3000, 4000, 6000, 8000)
BEFORE = {"right": (5, 5, 5, 10, 10, 10, 15), "left": (5, 5, 5, 5, 10, 10, 10)}
AFTER = {"right": (10, 15, 20, 35, 55, 70, 90), "left": (10, 10, 10, 15, 15, 20, 45)}


def audiogram(levels: dict[str, tuple[int, ...]], day: str) -> Audiogram:
    found = [
        Threshold(ear, hz, float(level), response=level < 90)  # type: ignore[arg-type]
        for ear, heard in levels.items()
        for hz, level in zip(HZ, heard, strict=True)
    ]
    return Audiogram(tuple(found), date.fromisoformat(day))


def csv_of(one: Audiogram) -> str:
    rows = ["ear,frequency_hz,level_db,response,date"]
    rows += [
        f"{t.ear},{t.frequency_hz},{t.level_db},{'yes' if t.response else 'no'},{one.measured_on}"
        for t in one.thresholds
    ]
    return "\n".join(rows)


@pytest.fixture
def opened(open_house: Callable[..., House]) -> Iterator[House]:
    house = open_house()
    viewing = Viewing(processes=0)
    house.installation = replace(house.installation, viewing=viewing)
    yield house
    viewing.close()


def keep(house: House) -> tuple[Audiogram, Audiogram]:
    both = audiogram(BEFORE, "2026-01-10"), audiogram(AFTER, "2026-06-01")
    for one in both:
        house.record.add_observations(observations_of(one, ANNA, "test"))
    return both


def get(browser: Browser, **query: Any) -> Any:
    answer = browser.get(PATH, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_grades_are_those_of_the_command_line(
    opened: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before, after = keep(opened)
    for name, one in (("before", before), ("after", after)):
        (tmp_path / f"{name}.csv").write_text(csv_of(one))
    words = ["--audiogram", str(tmp_path / "after.csv"), "--baseline", str(tmp_path / "before.csv")]
    with pytest.raises(SystemExit):
        main(["treat", "hearing", *words, "--json"])
    told = json.loads(capsys.readouterr().out)
    shown = get(opened.signed_in("physician"))
    first, later = shown["audiograms"]
    assert shown["baseline"] == first["name"] == "2026-01-10"
    assert later["grades"] == told["grades"]
    for key in ("averages", "right_minus_left", "air_bone_gap"):
        assert later[key] == told[key]
    assert later["grades"]["ototoxicity-siop-boston"]["grade_right"] == "3"
    assert "baseline" in first["grades"]["ototoxicity-asha"]["refused"]
    assert not first["is_compared"]
    assert sorted(later["thresholds"], key=str) == sorted(told["audiogram"]["thresholds"], key=str)


def test_a_missing_frequency_is_named(opened: House) -> None:
    whole = audiogram(AFTER, "2026-06-01")
    kept = tuple(one for one in whole.thresholds if (one.ear, one.frequency_hz) != ("left", 8000))
    opened.record.add_observations(observations_of(replace(whole, thresholds=kept), ANNA, "test"))
    grade = get(opened.signed_in("nurse"))["audiograms"][0]["grades"]["ototoxicity-brock"]
    assert "left ear, 8000 Hz" in json.dumps(grade)


def test_another_baseline_and_conduction_and_group(opened: House) -> None:
    keep(opened)
    browser = opened.signed_in("physicist")
    shown = get(browser, baseline="2026-06-01", conduction="bone", age_group="child")
    assert shown["baseline"] == "2026-06-01"
    assert not any(one["is_compared"] for one in shown["audiograms"])
    assert "ototoxicity-ctcae-5-adult" not in shown["audiograms"][1]["grades"]
    assert "refused" in shown["audiograms"][1]["grades"]["ototoxicity-brock"]  # no bone conduction was tested
    assert browser.get(PATH, params={"baseline": "2020-01-01"}).status_code == 404
    assert browser.get(PATH, params={"conduction": "ether"}).status_code == 422


def test_a_patient_who_was_not_tested_has_an_empty_page(opened: House) -> None:
    shown = get(opened.signed_in("nurse"))
    assert (shown["audiograms"], shown["baseline"], shown["cochlea"]) == ([], None, [])
    assert not shown["may_write"]
    assert opened.audited("read hearing")[-1]["patient"] == "demo/1"
    assert opened.signed_in("administrator").get(PATH).status_code == 403


def written(**more: Any) -> dict[str, Any]:
    thresholds = [
        {"ear": "right", "frequency_hz": 4000, "level_db": 55},
        {"ear": "left", "frequency_hz": 4000, "level_db": 90, "response": False},
    ]
    return {"date": "2026-10-01", "thresholds": thresholds, **more}


def test_what_is_typed_in_is_kept_in_the_persons_name(opened: House) -> None:
    answer = opened.signed_in("physician").post(PATH, written())
    assert answer.status_code == 200, answer.text
    (one,) = answer.json()["audiograms"]
    assert one["name"] == "2026-10-01"
    assert {(t["ear"], t["level_db"], t["response"]) for t in one["thresholds"]} == {
        ("right", 55, True),
        ("left", 90, False),
    }
    observed = [found for found in opened.record.observations(ANNA) if "hearing" in found.code or "loinc" in found.code]
    assert {found.source for found in observed} == {"form: physician"}
    assert opened.audited("write audiogram")[-1]["detail"] == {"date": "2026-10-01", "thresholds": 2}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"date": "2040-01-01"}, "yet to come"),
        ({"thresholds": [{"ear": "right", "frequency_hz": 4001, "level_db": 55}]}, "4001 Hz"),
        ({"thresholds": [{"ear": "right", "frequency_hz": 4000, "level_db": 555}]}, "555 dB HL"),
        ({"thresholds": [{"ear": "right", "frequency_hz": 4000, "level_db": 5}] * 2}, "given twice"),
        ({"thresholds": []}, "thresholds"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_kept(opened: House, more: dict[str, Any], said: str) -> None:
    answer = opened.signed_in("physician").post(PATH, written(**more))
    assert answer.status_code in {400, 422}
    assert said in answer.text
    assert opened.record.observations(ANNA) == []


def test_a_nurse_writes_no_audiogram(opened: House) -> None:
    assert opened.signed_in("nurse").post(PATH, written()).status_code == 403
    assert opened.record.observations(ANNA) == []


def test_the_dose_to_each_cochlea_is_that_of_the_histogram(opened: House) -> None:
    plan = dict(made_plan(SMALL))
    for made in plan.values():
        for one in getattr(made, "StructureSetROISequence", ()):
            one.ROIName = {"Heart": "Cochlea_L"}.get(one.ROIName, one.ROIName)
    with opened.record.importing(source="test") as batch:
        for made in plan.values():
            kept = BytesIO()
            made.save_as(kept, enforce_file_format=True)
            study = str(made.StudyInstanceUID)
            batch.put_object(kept.getvalue(), media_type="application/dicom", study=study, patient=ANNA)
    browser = opened.signed_in("physicist")
    (found,) = get(browser)["cochlea"]
    (ear,) = found["cochleae"]
    dvh = browser.get(f"/api/patients/demo/1/imaging/views/{found['view']}/dvh").json()
    (curve,) = (one for one in dvh["structures"] if one["name"] == "Cochlea_L")
    assert (ear["ear"], ear["problem"], ear["is_complete"]) == ("left", None, True)
    assert ear["mean_gy"] == pytest.approx(curve["mean_gy"])
    assert ear["mean_gy"] > 0
    assert ear["volume_cm3"] == pytest.approx(curve["volume_cm3"])
