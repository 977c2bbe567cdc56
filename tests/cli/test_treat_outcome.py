"""``fyr treat outcome`` and ``compare`` on a made-up and on a real plan, and on what must be refused."""

from __future__ import annotations

import json
import re
import socket
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import norm
from tests.exchange.dicom.made import write
from tests.serve.made_plan import BODIES, Sizes, dose_at, made_plan

from fyr.cli.main import main

SIZES = Sizes(slices=100, pixels=32, points=90, dose_mm=4.0)
FACTORS = {
    "age_above_63": True, "pulmonary_comorbidity": False, "lower_or_middle_lobe": False,
    "sequential_chemotherapy": False, "smoking_status": "former", "concurrent_chemotherapy": False,
    "tumour": {"structure": "GTV", "tcd50_gy": 60, "tcd50_se_gy": 3, "gamma50": 2, "gamma50_se": 0.4, "a": -10,
               "alpha_beta_gy": 10},
}  # fmt: skip


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as left:
        main([str(one) for one in arguments])
    told = capsys.readouterr()
    return int(left.value.code or 0), told.out, told.err


def document(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict[str, Any]:
    code, out, err = run(capsys, *arguments, "--json")
    assert code == 0, err
    found: dict[str, Any] = json.loads(out)
    return found


def write_made(folder: Path, patient: str = "made") -> Path:
    folder.mkdir()
    for name, made in made_plan(SIZES, patient):
        if not name.startswith("ct"):
            write(made, folder / name)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_made(tmp_path_factory.mktemp("outcome") / "made")


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_made(tmp_path_factory.mktemp("outcome") / "other", "somebody-else")


@pytest.fixture
def factors(tmp_path: Path) -> Path:
    path = tmp_path / "factors.json"
    path.write_text(json.dumps(FACTORS), encoding="utf-8")
    return path


def answer(found: dict[str, Any], model: str) -> dict[str, Any]:
    return next(one for one in found["complications"] if one["model"]["name"] == model)


def lung_doses() -> np.ndarray:
    """Doses at points in the two ellipsoids that the lungs are, where the dose grid is."""
    step = 3.0
    found = []
    for body in (one for one in BODIES if one.name in {"Lung_L", "Lung_R"}):
        axes = [
            np.arange(middle - radius, middle + radius, step) + step / 2
            for middle, radius in zip(body.centre_mm, body.radii_mm, strict=True)
        ]
        points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
        inside = (((points - body.centre_mm) / body.radii_mm) ** 2).sum(axis=1) <= 1
        found.append(dose_at(points[inside]))
    return np.concatenate(found)


def test_from_the_files_to_the_risk_against_points_in_the_bodies(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seppenwoolde 2003: TD50 30.8 Gy and m 0.37 of the mean lung dose in 2 Gy fractions; and no network."""

    def no_network(*_: object, **__: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", no_network)
    found = document(capsys, "treat", "outcome", "--plan", folder, "--alpha-beta", "lungs=3")
    doses = lung_doses()
    converted = float(np.mean(doses * (doses / 30 + 3) / (2 + 3)))
    expected = norm.cdf((converted - 30.8) / (0.37 * 30.8))
    entry = answer(found, "ntcp-lung-pneumonitis-seppenwoolde")
    assert entry["standard"] == "Lungs"
    assert entry["estimate"]["value"] == pytest.approx(expected, rel=0.02)
    assert "alpha/beta 3 Gy (as given)" in entry["converted"]
    assert set(found["files"]) == {"plan", "struct", "dose"}


def test_the_document_has_model_citation_interval_and_frequency(
    folder: Path, factors: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = document(capsys, "treat", "outcome", "--plan", folder / "plan.dcm", "--patient", factors)
    entry = answer(found, "ntcp-lung-pneumonitis-appelt")
    estimate = entry["estimate"]
    assert 0 < estimate["low"] < estimate["value"] < estimate["high"] < 1
    assert estimate["level"] == 0.95
    assert entry["model"]["digest"]
    assert "Appelt" in entry["citation"]
    assert " of 100 (" in entry["natural_frequency"]
    control, together = found["control"], found["combined"]
    harm = [one["estimate"]["value"] for one in found["complications"] if one["model"]["name"] in {
        part["model"] for part in together["of"]}]  # fmt: skip
    free = float(np.prod(1 - np.array(harm)))
    assert together["any_complication"]["value"] == pytest.approx(1 - free)
    assert together["p_plus"]["value"] == pytest.approx(control["estimate"]["value"] * free)


def test_a_set_value_goes_before_the_file(folder: Path, factors: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ("treat", "outcome", "--plan", folder, "--patient", factors)
    never, current = (
        answer(document(capsys, *options, "--set", f"smoking_status={one}"), "ntcp-lung-pneumonitis-appelt")
        for one in ("never", "current")
    )
    assert never["estimate"]["value"] > current["estimate"]["value"]


@pytest.mark.parametrize(
    ("options", "structure", "model", "reason"),
    [
        ([], "Lung_L + Lung_R", "ntcp-lung-pneumonitis-seppenwoolde", "alpha_beta_gy is missing"),
        (["--fractions", "5"], "Esophagus", "ntcp-esophagus-esophagitis-huang", "above 10 Gy per fraction"),
        (["--fractions", "15"], "Esophagus", "ntcp-esophagus-esophagitis-huang", "alpha_beta_gy is missing"),
        ([], "SpinalCord", "ntcp-cord-myelopathy-schultheiss", "does not cover the whole structure"),
        ([], "Esophagus", "ntcp-esophagus-esophagitis-huang", "concurrent_chemotherapy"),
    ],
)
def test_what_a_fit_does_not_cover_is_refused_with_the_reason(
    options: list[str], structure: str, model: str, reason: str, folder: Path, factors: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    patient = [] if "chemo" in reason else ["--patient", factors]
    found = document(capsys, "treat", "outcome", "--plan", folder, *options, *patient)
    entry = answer(found, model)
    assert entry["structure"] == structure
    assert entry["estimate"] is None
    assert reason in entry["refusal"]["reason"]


def test_an_organ_without_a_fit_is_said(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = document(capsys, "treat", "outcome", "--plan", folder)
    assert {"Liver", "PTV", "Lung_L"} <= {one["structure"] for one in found["no_model"]}


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (["--set", "smoker=yes"], 2, "no outcome model takes 'smoker'"),
        (["--set", "smoking_status"], 2, "is not a pair"),
        (["--alpha-beta", "lung=3"], 2, "'lung' is no organ"),
        (["--alpha-beta", "lungs=0"], 2, "no alpha/beta"),
        (["--organ", "Heart=cor"], 2, "no organ of the outcome models"),
        (["--organ", "Cor=heart"], 3, "there is no structure 'Cor'"),
        (["--set", "tumour.structure=GTV", "--set", "tumour.dose=3"], 2, "takes no 'dose'"),
        (["--set", "tumour.tcd50_gy=50"], 2, "do not say whose"),
        (["--report", "board.docx"], 2, ".pdf or .html"),
    ],
)
def test_a_wrong_option_is_refused(
    options: list[str], code: int, message: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    got, out, err = run(capsys, "treat", "outcome", "--plan", folder, *options)
    assert got == code
    assert message in err
    assert out == ""


def test_files_of_two_patients_are_refused(folder: Path, other: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "treat", "outcome", "--plan", folder, "--struct", other / "structures.dcm")
    assert code == 3
    assert "frame of reference" in err
    code, _, err = run(capsys, "treat", "compare", folder, other)
    assert code == 3
    assert "different patients" in err
    found = document(capsys, "treat", "compare", folder, other, "--different-patients")
    assert any("different patients" in one for one in found["warnings"])


def test_a_folder_without_what_the_plan_refers_to_is_refused(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "plan.dcm").write_bytes((folder / "plan.dcm").read_bytes())
    code, _, err = run(capsys, "treat", "outcome", "--plan", tmp_path)
    assert code == 3
    assert "--struct" in err
    (tmp_path / "structures.dcm").write_bytes((folder / "structures.dcm").read_bytes())
    code, _, err = run(capsys, "treat", "outcome", "--plan", tmp_path)
    assert code == 3
    assert "--dose" in err


@pytest.mark.parametrize(
    ("keyword", "value", "words"),
    [
        ("DoseUnits", "RELATIVE", "the dose is in 'RELATIVE', not in gray"),
        ("DoseUnits", None, "Dose Units (3004,0002): the file says nothing here"),
        ("DoseType", "ERROR", "'ERROR' is not a dose"),
        ("DoseSummationType", "BEAM", "is a dose of: beam"),
    ],
)
def test_why_a_dose_beside_the_plan_is_not_taken_is_said(
    keyword: str, value: str | None, words: str, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import pydicom

    for name in ("plan.dcm", "structures.dcm"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    dose = pydicom.dcmread(folder / "dose.dcm")
    if value is None:
        delattr(dose, keyword)
    else:
        setattr(dose, keyword, value)
    dose.save_as(tmp_path / "dose.dcm")
    code, _, err = run(capsys, "treat", "outcome", "--plan", tmp_path)
    assert code == 3
    assert words in err
    assert err.count("\n") == 1


def test_another_fractionation_is_compared_with_the_plan(
    folder: Path, factors: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = document(
        capsys, "treat", "compare", folder, "--rescale", "66Gy/33", "--fractions", "20", "--patient", factors,
        "--protocol", "quantec", "--metric", "V20Gy", "--alpha-beta", "lungs=3",
    )  # fmt: skip
    assert [one["letter"] for one in found["plans"]] == ["A", "B", "C"]
    heart = next(one for one in found["comparison"]["structures"] if one["structure"] == "Heart")
    mean = heart["metrics"]["mean"]
    assert mean["values"]["B"] == pytest.approx(1.1 * mean["values"]["A"])
    assert mean["less_a"]["C"] == pytest.approx(0)
    lungs = next(
        one for one in found["constraints"]["rows"] if one["metric"] == "V20Gy" and one["structure"] == "Lungs"
    )
    assert lungs["plans"]["B"]["value"] > lungs["plans"]["A"]["value"]
    assert lungs["plans"]["C"]["status"] == "not assessable"
    appelt = next(one for one in found["comparison"]["endpoints"] if one["model"]["name"].endswith("appelt"))
    values = {letter: one["estimate"]["value"] for letter, one in appelt["answers"].items()}
    assert values["A"] < values["B"]
    assert appelt["pairs"][0]["probability"] == 1.0
    assert found["comparison"]["control"]["pairs"][0]["probability"] == 0.0


def test_limits_are_held_against_the_dose_that_was_rescaled_from_the_prescription_said(
    folder: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The plan says 60 Gy; said is 50 Gy, so that 55 Gy is every dose times 1.1, in the limits as in the histograms."""
    protocol = tmp_path / "mean.yaml"
    protocol.write_text(
        "name: mean\nversion: '1'\ntitle: Mean\nsource: made\nnotes: made\nconstraints:\n"
        "  - structure: Heart\n    type: organ\n    metric: mean\n    limit: '< 20 Gy'\n    endpoint: none\n",
        encoding="utf-8",
    )
    found = document(
        capsys, "treat", "compare", folder, "--prescription", "50Gy", "--rescale", "55Gy/30", "--protocol", protocol
    )
    (row,) = found["constraints"]["rows"]
    values = {letter: one["value"] for letter, one in row["plans"].items()}
    assert values["B"] == pytest.approx(1.1 * values["A"])


def test_one_plan_alone_is_no_comparison(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "treat", "compare", folder)
    assert code == 2
    assert "--rescale" in err


def test_the_report_names_no_patient(
    folder: Path, factors: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page, pages = tmp_path / "board.html", tmp_path / "board.pdf"
    for report in (page, pages):
        code, out, _ = run(
            capsys, "treat", "compare", folder, "--rescale", "66Gy/33", "--patient", factors, "--report", report
        )
        assert code == 0
        assert str(report) in out
    text = page.read_text(encoding="utf-8")
    assert "Made^Patient" not in text
    assert "Appelt" in text
    assert "not a medical device" in text
    assert text.count("<svg") == 4  # complications, control, a hundred patients, histograms
    content = pages.read_bytes()
    assert content.startswith(b"%PDF")
    assert len(re.findall(rb"/Type /Page\b", content)) in {1, 2, 3}


def test_the_first_page_carries_what_a_decision_needs(
    folder: Path, factors: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Prescription, every risk with its interval and order, limits, refusals and histograms stand before the rest."""
    page = tmp_path / "board.html"
    options = ("--rescale", "66Gy/33", "--patient", factors, "--alpha-beta", "lungs=3", "--protocol", "quantec")
    found = document(capsys, "treat", "compare", folder, *options)
    run(capsys, "treat", "compare", folder, *options, "--report", page)
    first, _, rest = page.read_text(encoding="utf-8").partition(">Probabilities<")
    assert rest
    for line in (
        "60 Gy",
        "66 Gy",
        "Tumour: control",
        "Control without complication (P+)",
        "P(A better)",
        "Not foreseen",
    ):
        assert line in first
    for one in found["comparison"]["endpoints"]:
        for answer in one["answers"].values():
            told = answer["natural_frequency"]
            assert told is None or told.replace(" (no interval published)", ", no interval") in first
    assert "could not be assessed" in first
    assert "the dose grid does not cover the whole structure" in first
    assert first.count("<svg") == 1


@pytest.mark.real
def test_a_real_plan(data_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    real = data_folder / "treat" / "rt_dicom"
    found = document(capsys, "treat", "outcome", "--plan", real / "dpc_rtplan.dcm")
    assert (found["prescription_gy"], found["fractions"]) == (14.0, 7)
    heart = next(one for one in found["structures"] if one["name"] == "Heart")
    darby = answer(found, "heart-coronary-events-darby")
    assert darby["estimate"]["value"] == pytest.approx(1 + 0.074 * heart["mean_gy"], rel=1e-3)
    assert darby["natural_frequency"] is None
    assert found["without_dose"] == {"Areola": "it has no contours"}
    code, out, _ = run(capsys, "treat", "outcome", "--plan", real)
    assert code == 0
    assert "not a medical device" in out
