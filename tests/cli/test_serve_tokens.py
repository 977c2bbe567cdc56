"""`fyr serve token`: made and shown once, listed without the token, revoked, and all of it in the audit trail."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path


def token(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "fyr.cli", "serve", "token", *arguments],
        env={**os.environ, "FYR_HOME": str(home)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_token_is_shown_once_listed_without_itself_and_revoked(tmp_path):
    made = json.loads(token(tmp_path, "add", "gateway", "--may", "send", "--json").stdout)
    assert (made["name"], made["may"]) == ("gateway", "send")
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", made["token"])
    listed = token(tmp_path, "list", "--json").stdout
    assert made["token"] not in listed
    (row,) = json.loads(listed)["tokens"]
    assert (row["name"], row["may"], row["last_used"], row["revoked"]) == ("gateway", "send", None, None)
    assert token(tmp_path, "revoke", "gateway").stdout == "gateway opens nothing any more\n"
    assert "(revoked)" in token(tmp_path, "list").stdout
    again = token(tmp_path, "revoke", "gateway", "--json")
    assert (again.returncode, again.stdout, len(again.stderr.splitlines())) == (3, "", 1)
    from fyr.record import Record

    with Record.open(tmp_path) as record:
        trail = list(record.audit.export())
    said = [(entry["action"], entry["detail"]) for entry in trail]
    assert ("add token", {"token": "gateway"}) in said
    assert ("revoke token", {"token": "gateway"}) in said
    assert made["token"] not in json.dumps(trail)


def test_what_it_may_has_to_be_said(tmp_path):
    assert token(tmp_path, "add", "gateway").returncode == 2
    assert token(tmp_path, "add", "gateway", "--may", "everything").returncode == 2
