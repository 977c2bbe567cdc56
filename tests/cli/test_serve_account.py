"""`fyr serve account`: what is done to an account is said, as text or as one JSON document, and holds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture
def home(tmp_path: Path) -> Path:
    assert account(tmp_path, "add", "anna", "--role", "nurse").returncode == 0
    return tmp_path


def account(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "fyr.cli", "serve", "account", *arguments],
        env={**os.environ, "FYR_HOME": str(home)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def listed(home: Path) -> dict[str, str | None]:
    rows = json.loads(account(home, "list", "--json").stdout)["accounts"]
    return {row["name"]: row["disabled"] for row in rows}


def test_disabling_and_enabling_say_so_in_json_and_hold(home):
    answer = account(home, "disable", "anna", "--json")
    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout) == {"name": "anna", "disabled": True}
    assert listed(home)["anna"] is not None
    answer = account(home, "enable", "anna", "--json")
    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout) == {"name": "anna", "disabled": False}
    assert listed(home) == {"anna": None}


def test_without_json_it_is_one_sentence(home):
    assert account(home, "disable", "anna").stdout == "anna may not sign in any more\n"
    assert account(home, "enable", "anna").stdout == "anna may sign in again\n"


@pytest.mark.parametrize("action", ["disable", "enable"])
def test_nobody_is_an_error_of_one_line_and_no_document(home, action):
    answer = account(home, action, "bo", "--json")
    assert answer.returncode == 3
    assert answer.stdout == ""
    assert len(answer.stderr.splitlines()) == 1
    assert "bo" in answer.stderr
