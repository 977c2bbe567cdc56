"""``fyr learn recalibrate`` as a person or a script meets it: a process, its files, its streams, its exit code."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fyr.cli.main import main
from fyr.diagnose.lung.mayo import MAYO
from fyr.learn.logistic import log_odds, probability

FEW = ("--folds", "3", "--repeats", "2", "--resamples", "100")
METABRIC = """
hospital: METABRIC
patient: Patient ID
columns:
  Age at Diagnosis: age
  Tumor Size: tumour_size_mm
  Lymph nodes examined positive: positive_nodes
  ER Status: er_positive
  Neoplasm Histologic Grade: grade
  Hormone Therapy: {name: hormone_therapy, words: {"YES": "true", "NO": "false"}}
  Chemotherapy: {name: chemotherapy_generation, words: {"YES": "2", "NO": "0"}}
always: {smoking_status: never}
outcome:
  title: death
  time: {column: Overall Survival (Months), unit: mo}
  event: {column: Overall Survival Status, words: {"1:DECEASED": event, "0:LIVING": none}}
"""


def fyr(*arguments: object, folder: Path, code: int = 0) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "fyr.cli", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, cwd=folder)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    return done


def nodules(path: Path, rows: int, shift: float, seed: int = 1, hospitals: int = 1) -> None:
    """Write nodules of which as many are cancer as the Mayo model says, its log odds shifted."""
    draw = np.random.default_rng(seed)
    columns: dict[str, Any] = {
        "age": draw.integers(40, 85, rows),
        "smoking_status": draw.choice(["never", "former", "current"], rows),
        "extrathoracic_cancer_history": draw.choice(["true", "false"], rows, p=[0.2, 0.8]),
        "nodule_diameter_mm": draw.integers(4, 31, rows),
        "spiculation": draw.choice(["true", "false"], rows, p=[0.3, 0.7]),
        "upper_lobe": draw.choice(["true", "false"], rows),
    }
    risk = MAYO.predict_columns({name: column.tolist() for name, column in columns.items()}).value("cancer_probability")
    cancer = draw.random(rows) < probability(log_odds(risk) + shift)
    columns |= {"cancer": cancer.astype(int), "hospital": [f"H{row % hospitals}" for row in range(rows)]}
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """Recalibrate the Mayo model to nodules of which far fewer are cancer, with everything asked for."""
    folder = tmp_path_factory.mktemp("recalibrate")
    nodules(folder / "n.csv", 1200, -1.5, hospitals=2)
    asked = ("--outcome", "cancer", "--method", "intercept", "--conformal", 0.9, "--abstain", 0.2, "--output", "ours")
    said = fyr("learn", "recalibrate", "mayo", "--cohort", "n.csv", *asked, *FEW, "--json", folder=folder)
    assert said.stderr == ""
    return folder, json.loads(said.stdout)


def test_the_json_tells_before_promise_and_advice(done: tuple[Path, dict[str, Any]]) -> None:
    _, document = done
    assert document["model"]["name"] == "mayo"
    assert document["method"] == "intercept"
    assert document["parameters"]["slope"] == 1.0
    number = document["parameters"]["intercept"]
    assert number["low"] < -1.5 < number["high"]
    assert document["advice"]["recalibrate"] is True
    promised = document["promise"]
    assert promised["before"]["e_over_o"]["low"] > 1.5
    assert promised["after"]["e_over_o"]["estimate"] == pytest.approx(1, abs=0.05)
    assert promised["after"]["ici"]["estimate"] < promised["before"]["ici"]["estimate"] / 3
    assert promised["brier_gain"]["low"] > 0
    assert set(promised["unseen_hospital"]) == {"H0", "H1"}
    assert document["before"]["auc"]["estimate"] == pytest.approx(promised["before"]["auc"]["estimate"])
    assert promised["before"]["c_index"] == promised["before"]["auc"], "without times they are one number"
    assert document["conformal"]["held_out_patients"]["coverage"]["all"]["estimate"] == pytest.approx(0.9, abs=0.03)
    assert document["abstention"]["held_out_patients"]["left_out"] == pytest.approx(0.2, abs=0.04)
    assert document["cohort"]["hospitals"] == {"H0": 600, "H1": 600}
    assert document["held_out"] is None


def test_the_folder_is_a_model_that_runs_and_says_everything(done: tuple[Path, dict[str, Any]]) -> None:
    folder, document = done
    written = document["written"]
    card = json.loads(fyr("models", "card", "ours", "--json", folder=folder).stdout)
    assert (card["name"], card["version"], card["digest"]) == (
        "mayo-recalibrated",
        written["version"],
        written["digest"],
    )
    assert [entry["name"] for entry in card["inputs"]] == [entry.name for entry in MAYO.card.inputs]
    assert [output["name"] for output in card["outputs"]] == ["risk", "conformal_set"]
    assert card["parameters"]["base"]["digest"] == MAYO.card.digest
    assert (written["signature"], card["signature"]["state"]) == ("own", "own")
    assert card["signature"]["key"] == written["key"]
    assert card["parameters"]["cohort"]["sha256"] == document["cohort"]["sha256"]
    assert "1200 rows of n.csv" in card["validity"]
    assert "ICI" in card["evidence"]
    ran = json.loads(
        fyr(
            "models", "run", "ours", "--input", "n.csv", "--output", "out.csv", "--explain", "--json", folder=folder
        ).stdout
    )
    assert ran["answered"] + ran["refused"] == 1200
    with (folder / "out.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    silent = [row for row in rows if row["refusal"]]
    assert 0.1 < len(silent) / 1200 < 0.3
    assert all("left out on purpose" in row["refusal"] for row in silent)
    shift = document["parameters"]["intercept"]["estimate"]
    for row in rows[:300]:
        if row["refusal"]:
            continue
        before = json.loads(row["explanation"])["risk_before"]
        assert float(row["risk"]) == pytest.approx(float(probability(log_odds(before) + shift)), abs=1e-9)
        assert float(row["risk_low"]) <= float(row["risk"]) <= float(row["risk_high"])
        assert row["conformal_set"] in {"event", "no_event", "either", "neither"}


def test_the_same_seed_gives_the_same_bytes(done: tuple[Path, dict[str, Any]]) -> None:
    folder, document = done
    asked = ("--outcome", "cancer", "--method", "intercept", "--conformal", 0.9, "--abstain", 0.2, "--output", "again")
    said = fyr("learn", "recalibrate", "mayo", "--cohort", "n.csv", *asked, *FEW, "--json", folder=folder)
    again = json.loads(said.stdout)
    assert again["written"].pop("folder") == "again"
    assert again == document | {
        "written": {key: value for key, value in document["written"].items() if key != "folder"}
    }


def test_a_recalibrated_model_is_recalibrated_again_and_carries_its_base(done: tuple[Path, dict[str, Any]]) -> None:
    folder, document = done
    nodules(folder / "other.csv", 900, -0.3, seed=4)
    asked = ("--outcome", "cancer", "--method", "intercept", "--output", "twice", "--name", "mayo-twice", "--unsigned")
    said = fyr("learn", "recalibrate", "ours", "--cohort", "other.csv", *asked, *FEW, "--json", folder=folder)
    twice = json.loads(said.stdout)
    assert twice["model"]["digest"] == document["written"]["digest"]
    assert twice["cohort"]["refused"] > 0  # those that the first one leaves out
    assert any("left out on purpose" in warning for warning in twice["warnings"])
    assert twice["written"]["signature"] == "unsigned"
    (folder / "twice").rename(folder / "moved")
    card = json.loads(fyr("models", "card", "moved", "--json", folder=folder / "moved" / "..").stdout)
    assert (card["name"], card["digest"]) == ("mayo-twice", twice["written"]["digest"])


def test_the_text_says_before_and_after(tmp_path: Path) -> None:
    nodules(tmp_path / "n.csv", 600, -1.5, hospitals=2)
    asked = ("--cohort", "n.csv", "--outcome", "cancer", "--conformal", 0.9, "--abstain", 0.2)
    text = fyr("learn", "recalibrate", "mayo", *asked, *FEW, folder=tmp_path).stdout
    assert "cancer: 600 of 600 rows answered, 600 patients" in text
    assert "Method: intercept" in text
    assert "chosen by closed testing" in text
    assert "At H1, had it no outcomes of its own" in text
    assert "H0, its own thresholds" in text
    assert "H0, thresholds of the others" in text
    assert "% of the answered (" in text
    assert "Advice: recalibrate: on patients it never saw the Brier score gains +" in text
    assert "Written to" not in text


def test_sets_of_patients_with_several_rows_come_with_a_caution(tmp_path: Path) -> None:
    nodules(tmp_path / "n.csv", 400, -1.0)
    lines = (tmp_path / "n.csv").read_text().splitlines()
    numbered = [f"{line},{'patient' if row == 0 else row // 2}" for row, line in enumerate(lines)]
    (tmp_path / "n.csv").write_text("\n".join(numbered) + "\n")
    names = ", ".join(f"{entry.name}: {entry.name}" for entry in MAYO.card.inputs)
    (tmp_path / "m.yaml").write_text(f"patient: patient\ncolumns: {{{names}}}\noutcome: {{event: cancer}}\n")
    asked = ("--mapping", "m.yaml", "--hospital", "H", "--conformal", 0.8, "--method", "intercept")
    document = json.loads(
        fyr("learn", "recalibrate", "mayo", "--cohort", "n.csv", *asked, *FEW, "--json", folder=tmp_path).stdout
    )
    assert document["cohort"]["patients"] == 201
    assert any("199 rows beyond their first" in warning for warning in document["warnings"])


def test_a_model_that_is_right_is_left_alone_and_nothing_is_written(tmp_path: Path) -> None:
    nodules(tmp_path / "n.csv", 800, 0.0)
    asked = ("learn", "recalibrate", "mayo", "--cohort", "n.csv", "--outcome", "cancer", "--output", "ours", "--json")
    said = fyr(*asked, *FEW, folder=tmp_path, code=4)
    document = json.loads(said.stdout)
    assert (document["method"], document["written"], document["advice"]["recalibrate"]) == ("none", None, False)
    assert said.stderr.count("\n") == 1
    assert "nothing was written" in said.stderr
    assert not (tmp_path / "ours").exists()


def test_the_test_part_of_a_split_is_only_judged(tmp_path: Path) -> None:
    nodules(tmp_path / "n.csv", 1000, -1.0)
    lines = (tmp_path / "n.csv").read_text().splitlines()
    parts = [f"{line},{'set' if row == 0 else 'test' if row % 2 else 'train'}" for row, line in enumerate(lines)]
    (tmp_path / "n.csv").write_text("\n".join(parts) + "\n")
    names = ", ".join(f"{entry.name}: {entry.name}" for entry in MAYO.card.inputs)
    (tmp_path / "m.yaml").write_text(
        f"columns: {{{names}}}\noutcome: {{event: cancer}}\nsplit: {{column: set, train: train, test: test}}\n"
    )
    asked = ("--mapping", "m.yaml", "--method", "intercept", "--hospital", "H")
    document = json.loads(
        fyr("learn", "recalibrate", "mayo", "--cohort", "n.csv", *asked, *FEW, "--json", folder=tmp_path).stdout
    )
    assert document["before"]["rows"] == 500
    assert document["held_out"]["rows"] == 500
    assert document["held_out"]["after"]["brier"]["estimate"] < document["held_out"]["before"]["brier"]["estimate"]


@pytest.mark.parametrize(
    ("model", "extra", "code", "said"),
    [
        ("mayo", ("--outcome", "cancer", "--horizon", "10y"), 2, "the outcome has no times"),
        ("mayo", ("--outcome", "cancer", "--conformal", "1.5"), 2, "--conformal"),
        ("mayo", ("--outcome", "cancer", "--method", "slope"), 4, "slope needs 100 rows"),
        ("mayo", ("--outcome", "tumour"), 3, "tumour"),
        ("llp-v3", ("--outcome", "cancer"), 4, "not available"),
        ("npi", ("--outcome", "cancer"), 3, "no column"),
        ("mayo", ("--outcome", "cancer", "--method", "baseline"), 3, "times"),
        ("mayo", ("--outcome", "cancer", "--folds", "500"), 3, "folds"),
        ("mayo", ("--outcome", "cancer", "--output", "n.csv"), 3, "something else than a model"),
        ("mayo", ("--outcome", "cancer", "--name", "Our Own"), 2, "no name of a model"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_a_code(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    model: str,
    extra: tuple[str, ...],
    code: int,
    said: str,
) -> None:
    nodules(tmp_path / "n.csv", 150, 0.0)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as left:
        main(["learn", "recalibrate", model, "--cohort", "n.csv", *extra, "--json"])
    written = capsys.readouterr()
    assert left.value.code == code, written.err
    assert written.out == ""
    assert written.err.count("\n") == 1
    assert said in written.err


def test_a_score_has_nothing_to_calibrate(tmp_path: Path) -> None:
    rows = "\n".join(f"{10 + row},{1 + row % 3},{row % 5},{row % 2}" for row in range(60))
    (tmp_path / "t.csv").write_text(f"tumour_size_mm,grade,positive_nodes,dead\n{rows}\n")
    asked = ("--cohort", "t.csv", "--outcome", "dead", "--json")
    said = fyr("learn", "recalibrate", "npi", *asked, folder=tmp_path, code=4)
    assert "npi of npi ranks and is no probability" in said.stderr


@pytest.mark.real
def test_predict_on_metabric_is_set_right_and_keeps_its_ranks(data_folder: Path, tmp_path: Path) -> None:
    """The mean ten-year risk is a third too low as it is; recalibrated, the mean gap is a fifth of what it was."""
    (tmp_path / "m.yaml").write_text(METABRIC)
    table = data_folder / "diagnose" / "breast_metabric" / "brca_metabric_clinical_data.tsv"
    asked = ("--cohort", table, "--mapping", "m.yaml", "--horizon", "10y", "--conformal", "0.9", "--output", "ours")
    document = json.loads(
        fyr("learn", "recalibrate", "predict-breast-3.2", *asked, *FEW, "--json", folder=tmp_path).stdout
    )
    assert document["model"]["output"] == "overall_survival_10y_treated"
    assert document["method"] == "slope"
    before, after = document["promise"]["before"], document["promise"]["after"]
    assert before["ici"]["estimate"] > 0.11
    assert after["ici"]["estimate"] < 0.025
    assert after["e_over_o"]["estimate"] == pytest.approx(1, abs=0.03)
    assert after["c_index"]["estimate"] == pytest.approx(before["c_index"]["estimate"], abs=0.003)
    covered = document["conformal"]["held_out_patients"]["coverage"]
    assert all(covered[name]["estimate"] == pytest.approx(0.9, abs=0.02) for name in ("all", "event", "no_event"))
    assert document["written"]["output"] == "risk_10y"
    validated = json.loads(
        fyr(
            "learn", "validate", "ours", "--cohort", table, "--mapping", "m.yaml", "--horizon", "10y",
            "--resamples", "0", "--json", folder=tmp_path,
        ).stdout
    )  # fmt: skip
    assert validated["calibration"]["e_over_o"]["estimate"] == pytest.approx(1, abs=0.02)
    assert validated["c_index"]["estimate"] == pytest.approx(before["c_index"]["estimate"], abs=1e-9)
