"""Structure names: the list and rules of TG-263, and what hospitals call structures."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fyr.cli.main import main
from fyr.errors import BadInput
from fyr.treat.nomenclature.own_names import OwnNames, own_names_text, parse_own_names
from fyr.treat.nomenclature.parsed_name import LONGEST, parse_name
from fyr.treat.nomenclature.proposal import propose
from fyr.treat.nomenclature.standard import family, standard_name, standard_names


def test_the_list_is_that_of_the_worksheet() -> None:
    known = standard_names()
    assert len(known) == 716
    assert known["Lung_L"].fma == "7310"
    assert known["Bag_Bowel"].kind == "non-anatomic"
    assert known["GTV"].kind == "target"
    assert all(len(name) <= LONGEST for name in known)


@pytest.mark.parametrize(
    "name", [one for one in sorted(standard_names()) if "xx" not in one and not one.endswith("PRVx")]
)
def test_every_name_of_the_list_keeps_the_rules(name: str) -> None:
    assert parse_name(name).issues == ()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Lung_L", {"root": "Lung", "side": "L"}),
        ("SpinalCord_PRV05", {"root": "SpinalCord", "prv_mm": 5}),
        ("OpticNrv_PRV03_R", {"root": "OpticNrv", "side": "R", "prv_mm": 3}),
        ("Brain~", {"root": "Brain", "is_partial": True}),
        ("Lung~_L", {"root": "Lung", "side": "L", "is_partial": True}),
        ("Lungs-GTV", {"kind": "organ"}),
        ("PTVp1_5040", {"root": "PTV", "classifier": "p", "number": 1, "dose_cgy": 5040}),
        ("PTV_50.4Gy", {"dose_cgy": 5040}),
        ("PTV_2000x3", {"dose_cgy": 2000, "fractions": 3}),
        ("CTVn_Low", {"classifier": "n", "level": "Low"}),
        ("PTV!_High", {"root": "PTV!", "level": "High"}),
        ("CTVsb", {"classifier": "sb"}),
        ("zPTVopt", {"kind": "optimisation", "root": "PTVopt"}),
        ("Heart^Jones", {"root": "Heart", "remark": "Jones"}),
    ],
)
def test_a_name_is_taken_apart(name: str, said: dict[str, object]) -> None:
    parsed = parse_name(name)
    assert parsed.issues == ()
    assert {key: getattr(parsed, key) for key in said} == said


@pytest.mark.parametrize(
    ("name", "issue"),
    [
        ("Lunga V", "not in the list"),
        ("Left Lung", "' '"),
        ("brainstem", "upper and lower case"),
        ("BrachialPlexus_Left", "19 characters"),
        ("SpinalCord_PRV5", "two digits"),
        ("zptv", "capital letter"),
        ("Lung_L~", "before margin and side"),
        ("Brain-Tumour", "'Tumour'"),
        ("PTV_Tumour", "'_Tumour'"),
    ],
)
def test_what_breaks_a_rule_is_said(name: str, issue: str) -> None:
    assert any(issue in one for one in parse_name(name).issues)


def test_families_come_from_the_list() -> None:
    assert family("Femur_Head") == {"L": "Femur_Head_L", "R": "Femur_Head_R"}
    assert family("Hippocampus")["both"] == "Hippocampi"
    assert family("Lunga") == {}
    assert standard_name("Retina_PRV03_L") is not None


@pytest.mark.parametrize(
    ("own", "standard"),
    [
        ("Lunga vä", "Lung_L"), ("Lunga V", "Lung_L"), ("Höger njure", "Kidney_R"), ("Ryggmärg", "SpinalCord"),
        ("Ändtarm", "Rectum"), ("Urinblåsa", "Bladder"), ("Synnerv h", "OpticNrv_R"), ("Lungor", "Lungs"),
        ("Rygmarv", "SpinalCord"), ("Venstre nyre", "Kidney_L"), ("Spiserør", "Esophagus"), ("Blære", "Bladder"),
        ("Hjertet", "Heart"), ("Ryggmarg", "SpinalCord"), ("Høyre øye", "Eye_R"), ("Endetarm", "Rectum"),
        ("Niere rechts", "Kidney_R"), ("Rückenmark", "SpinalCord"), ("Leber", "Liver"), ("Auge li", "Eye_L"),
        ("Parotis sin", "Parotid_L"), ("Caput femoris dx", "Femur_Head_R"), ("N opticus sin", "OpticNrv_L"),
        ("LtLung", "Lung_L"), ("Left Kidney", "Kidney_L"), ("spinal_cord", "SpinalCord"), ("Cord", "SpinalCord"),
        ("Chiasma", "OpticChiasm"), ("LAD", "A_LAD"), ("Vena cava inferior", "V_Venacava_I"),
        ("Ryggmärg PRV 5mm", "SpinalCord_PRV05"), ("Lungor-GTV", "Lungs-GTV"), ("Brain minus PTV", "Brain-PTV"),
        ("PTV 50.4 Gy", "PTV_5040"), ("PTV50Gy", "PTV_5000"), ("CTV-N 46Gy", "CTVn_4600"), ("Esofagus", "Esophagus"),
    ],
)  # fmt: skip
def test_own_names_of_five_languages(own: str, standard: str) -> None:
    found = propose(own)
    assert (found.name, found.status) == (standard, "proposed")
    assert parse_name(standard).issues == ()


@pytest.mark.parametrize(
    ("own", "status", "candidates"),
    [
        ("Parotis", "ambiguous", {"Parotid_L", "Parotid_R", "Parotids"}),
        ("Breast", "ambiguous", {"Breast_L", "Breast_R", "Breasts"}),
        ("PTV 50", "ambiguous", {"PTV_5000", "PTV50"}),
        ("Tumor Bed Block", "unsure", {"TumorBed"}),
        ("Quux", "unknown", set()),
    ],
)
def test_what_is_not_clear_is_never_chosen(own: str, status: str, candidates: set[str]) -> None:
    found = propose(own)
    assert found.name is None
    assert found.status == status
    assert {one.name for one in found.candidates} == candidates


def test_what_a_hospital_confirms_comes_first_and_teaches_its_words() -> None:
    own = OwnNames().with_pair("Kula sin", "Femur_Head_L")
    assert propose("Kula sin").status == "unknown"
    assert propose("KULA_SIN", own).status == "confirmed"
    assert propose("Kula dx", own).name == "Femur_Head_R"
    taught = own.with_pair("Lunga VSTR", "Lung_L")
    assert propose("Njure VSTR", taught).name == "Kidney_L"


def test_a_name_confirmed_as_two_things_is_ambiguous_until_one_prevails() -> None:
    own = OwnNames().with_pair("Blob", "Heart").with_pair("Blob", "Liver")
    assert propose("Blob", own).status == "ambiguous"
    assert propose("Blob", own.with_pair("Blob", "Liver")).name == "Liver"


def test_own_names_are_written_and_read_again() -> None:
    own = OwnNames().with_pair("Öga hö", "Eye_R").with_pair("no", "Nose").with_pair("1", "Heart")
    assert parse_own_names(own_names_text(own), where="file") == own


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("names: {}", "has no 'version'"),
        ("version: 2\nnames: {}", "version 2"),
        ("version: 1\nnames:\n  Lunga:\n    Lunga V: 1", "line 4"),
        ("version: 1\nnames:\n  Lunga:\n    Lung_L: often", "whole number"),
        ("version: 1\nnams: {}", "not known"),
    ],
)
def test_a_bad_file_is_one_clear_line(text: str, said: str) -> None:
    with pytest.raises(BadInput) as problem:
        parse_own_names(text, where="names.yaml")
    assert said in str(problem.value)


def test_only_standard_names_are_confirmed() -> None:
    with pytest.raises(BadInput, match="is not a name after TG-263"):
        OwnNames().with_pair("Lunga", "Lunga")


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as left:
        main([str(one) for one in arguments])
    told = capsys.readouterr()
    return int(left.value.code or 0), told.out, told.err


def test_confirmations_stay_in_the_hospital_s_home(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    home = ("--home", tmp_path)
    code, out, _ = run(capsys, "treat", "names", "Kula sin", *home, "--json")
    assert code == 0
    assert json.loads(out)["names"][0]["status"] == "unknown"
    run(capsys, "treat", "names", "--confirm", "Kula sin=Femur_Head_L", *home)
    code, out, _ = run(capsys, "treat", "names", "Kula sin", "Kula dx", *home, "--json")
    assert [one["standard"] for one in json.loads(out)["names"]] == ["Femur_Head_L", "Femur_Head_R"]
    assert run(capsys, "treat", "names", "--confirm", "Lunga V", *home)[0] == 2
    assert run(capsys, "treat", "names", "--confirm", "Lunga V=Lunga", *home)[0] == 3


@pytest.mark.real
def test_names_of_a_real_structure_set(data_folder: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    struct = data_folder / "treat" / "rt_dicom" / "dpc_rtss.dcm"
    code, out, _ = run(capsys, "treat", "names", "--struct", struct, "--home", tmp_path, "--json")
    found = {one["own"]: one for one in json.loads(out)["names"]}
    assert code == 0
    assert found["Lt Lung"]["standard"] == "Lung_L"
    assert found["Heart"]["status"] == "standard"
    assert found["Breast"]["status"] == "ambiguous"
    assert found["Areola"]["status"] == "unknown"
