"""``fyr learn study-keys, propose, coordinate, join, answer``: a study over hospitals that are elsewhere."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from fyr.cli.learn import learn
from fyr.errors import BadInput, NotPermitted, Refused, ServiceUnavailable, UsageError
from fyr.models.folders import load_model_folder

SITES = ("oslo", "lund")
METHOD = ("--method", "logistic", "--features", "age,dose", "--outcome", "event", "--name", "trial")


def ran(*arguments: object) -> Result:
    return CliRunner().invoke(learn, [*map(str, arguments)])


def good(*arguments: object) -> dict[str, Any]:
    done = ran(*arguments, "--json")
    assert done.exit_code == 0, (done.output, done.exception)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """Make two hospitals' tables, everybody's keys and the study's file."""
    draw = np.random.default_rng(11)
    port = free_port()
    good("study-keys", "coordinator", tmp_path / "keys", "--study", "trial", "--address", f"https://localhost:{port}")
    for site, rows in zip(SITES, (70, 90), strict=True):
        age, dose = draw.normal(60, 9, rows).round(1), draw.normal(size=rows).round(3)
        event = draw.random(rows) < 1 / (1 + np.exp(-(age - 60) / 9 - dose / 2))
        lines = [f"{a},{d},{'dead' if e else 'alive'}" for a, d, e in zip(age, dose, event, strict=True)]
        (tmp_path / f"{site}.csv").write_text("\n".join(["age,dose,event", *lines]) + "\n")
        keys, admission = tmp_path / site, tmp_path / f"{site}-admission.json"
        mine = good("study-keys", "site", keys, "--name", site)
        seen = good("study-keys", "admit", keys / "request.json", "--keys", tmp_path / "keys", "--out", admission)
        assert mine["fingerprint"] == seen["fingerprint"]
        assert good("study-keys", "accept", admission, "--keys", keys)["address"] == f"https://localhost:{port}"
    names = [word for site in SITES for word in ("--site", site)]
    good("propose", "--out", tmp_path / "trial.json", *names, *METHOD)
    return tmp_path


def free_port() -> int:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def digest(desk: Path) -> str:
    from fyr.cli.federate_study import read_study

    return read_study(desk / "trial.json").digest[:16]


def own(desk: Path, site: str) -> list[str]:
    given = ("--study", desk / "trial.json", "--keys", desk / site, "--table", desk / f"{site}.csv")
    return [*map(str, given), "--counts-as", "event=dead", "--approve", digest(desk)]


def at_one_place(desk: Path) -> dict[str, Any]:
    """Compute the same with all tables here."""
    where = [str(desk / f"{site}.csv") for site in SITES]
    told = [word if word != "event" else "event=dead" for word in METHOD]
    return good("federate", "--sites", *where, *told)


def test_rounds_carried_by_hand_give_what_one_place_gives(desk: Path) -> None:
    conduct = ("coordinate", desk / "trial.json", "--keys", desk / "keys", "--carrier", "files",
               "--output", desk / "model")  # fmt: skip
    rounds = 0
    while (done := ran(*conduct, "--folder", desk / "desk", "--wait", "1", "--json")).exit_code != 0:
        assert isinstance(done.exception, ServiceUnavailable), done.exception
        rounds += 1
        assert f"round {rounds}: no answer from oslo, lund" in str(done.exception)
        for site in SITES:
            question = desk / "desk" / "outbox" / f"round-{rounds:04d}-to-{site}.fyr"
            answered = good("answer", question, *own(desk, site), "--out", desk / "desk" / "inbox")
            assert answered["answers"][0]["round"] == rounds
    found, expected = json.loads(done.stdout), at_one_place(desk)
    assert found["rounds"] == rounds == expected["rounds"]
    assert found["coefficients"] == expected["coefficients"]
    assert found["transcript"] == expected["transcript"]
    card = load_model_folder(desk / "model").card
    assert card.digest == found["kept"]["digest"]
    assert "160 rows at oslo, lund" in card.validity
    assert found["transcript"] in card.citation
    assert found["sums_masked"] is expected["sums_masked"] is False


@pytest.mark.slow
def test_processes_over_tls_give_what_one_place_gives(desk: Path) -> None:
    fyr = [sys.executable, "-m", "fyr.cli", "learn"]
    environment = {**os.environ, "NO_PROXY": "localhost"}
    sites = [
        subprocess.Popen([*fyr, "join", *own(desk, site)], stdout=subprocess.PIPE, text=True, env=environment)
        for site in SITES
    ]
    done = subprocess.run(
        [*fyr, "coordinate", str(desk / "trial.json"), "--keys", str(desk / "keys"), "--wait", "90", "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found, expected = json.loads(done.stdout), at_one_place(desk)
    assert (found["coefficients"], found["transcript"]) == (expected["coefficients"], expected["transcript"])
    for site in sites:
        words, _ = site.communicate(timeout=30)
        assert (site.returncode, words) == (0, f"trial is finished after {found['rounds']} rounds; thank you\n")


@pytest.mark.slow
def test_a_service_manager_ends_a_site_without_ado(desk: Path) -> None:
    command = [sys.executable, "-m", "fyr.cli", "learn", "join", *own(desk, "oslo")]
    site = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env={**os.environ, "NO_PROXY": "localhost"})
    assert site.stderr is not None
    assert site.stderr.readline().startswith("oslo: going to https://localhost:")
    time.sleep(0.3)
    site.send_signal(signal.SIGTERM)
    _, said = site.communicate(timeout=20)
    assert site.returncode == 0
    assert said.splitlines()[-1] == "stopped; start it again and it goes on where it was"


def test_a_study_that_nobody_approved_is_not_joined(desk: Path) -> None:
    without = own(desk, "oslo")[:-2]
    for given, why in ((), "nobody here has approved this study"), (("--approve", "0044"), "its digest is not 0044"):
        done = ran("join", *without, *given)
        assert isinstance(done.exception, NotPermitted)
        assert why in str(done.exception)
        assert f"whoever may approve it says --approve {digest(desk)}" in str(done.exception)
    changed = json.loads((desk / "trial.json").read_text())
    before = own(desk, "oslo")
    changed["options"]["features"].append("zip_code")
    (desk / "trial.json").write_text(json.dumps(changed))
    assert isinstance(ran("answer", desk / "no.fyr", *before).exception, NotPermitted)


def test_a_study_names_the_keys_of_its_sites_and_another_key_is_refused(desk: Path) -> None:
    names = [word for site in SITES for word in ("--site", site)]
    place = desk / "trial.json"
    without = ran("propose", "--out", place, *names, *METHOD).output
    assert ("does not name its sites' keys" in without) == (len(SITES) >= 3)
    said = ran("propose", "--out", place, *names, *METHOD, "--keys", desk / "keys").output
    assert all(f"key of {site}: " in said for site in SITES)
    assert "does not name its sites' keys" not in said
    study = json.loads(place.read_text())
    place.write_text(json.dumps({**study, "keys": {**study["keys"], "oslo": "ab" * 32}}))
    done = ran("join", *own(desk, "oslo"))
    assert isinstance(done.exception, NotPermitted)
    assert "the study names another key for oslo than its own" in str(done.exception)


def test_a_rule_of_the_study_is_kept_by_hospitals_that_are_elsewhere(desk: Path) -> None:
    names = [word for site in SITES for word in ("--site", site)]
    good("propose", "--out", desk / "trial.json", *names, *METHOD, "--rule", "minimum_rows=80")
    conduct = ("coordinate", desk / "trial.json", "--keys", desk / "keys", "--carrier", "files")
    conduct = (*conduct, "--folder", desk / "desk", "--wait", "1")
    assert isinstance(ran(*conduct).exception, ServiceUnavailable)
    for site in SITES:
        question = desk / "desk" / "outbox" / f"round-0001-to-{site}.fyr"
        good("answer", question, *own(desk, site), "--out", desk / "desk" / "inbox")
    done = ran(*conduct)
    assert isinstance(done.exception, Refused)
    assert "oslo: 70 rows take part here, fewer than 80" in str(done.exception)


def test_a_method_has_the_same_names_as_at_one_place(desk: Path) -> None:
    names = [word for site in SITES for word in ("--site", site)]
    for written, meant in (("private-logistic", "private-logistic"), ("Logistic regression", "logistic")):
        found = good("propose", "--out", desk / "x.json", *names, "--method", written, "--features", "age")
        assert found["method"] == meant


def test_what_is_wrong_is_one_line(desk: Path) -> None:
    cases: list[tuple[list[object], type[Exception], str]] = [
        (["coordinate", desk / "oslo.csv", "--keys", desk / "keys"], BadInput, "oslo.csv: this is no study"),
        (
            ["coordinate", desk / "no.json", "--keys", desk / "keys"],
            BadInput,
            "no.json: it cannot be read: No such file",
        ),
        (["coordinate", desk / "trial.json", "--keys", desk / "oslo"], BadInput, "these are no coordinator's keys"),
        (
            ["coordinate", desk / "trial.json", "--keys", desk / "keys", "--carrier", "files"],
            UsageError,
            "no folder is named for the files",
        ),
        (["answer", desk / "oslo.csv", *own(desk, "oslo")], BadInput, "this is no file of a federated study"),
        (["answer", desk, *own(desk, "oslo")], BadInput, "there is no round-…-to-oslo.fyr here"),
        (["answer", "x", *own(desk, "oslo"), "--counts-as", "zip=1"], BadInput, "the study has no column 'zip'"),
        (["propose", "--out", desk / "x.json", "--site", "a", "--method", "magic"], UsageError, "no method 'magic'"),
        (["study-keys", "site", desk / "oslo", "--name", "oslo"], NotPermitted, "there is a private key already"),
        (["study-keys", "admit", desk / "no.json", "--keys", desk / "keys"], BadInput, "it cannot be read"),
    ]
    for arguments, kind, words in cases:
        done = ran(*arguments)
        assert isinstance(done.exception, kind), (arguments, done.exception, done.output)
        assert words in str(done.exception), done.exception
        assert "\n" not in str(done.exception)
