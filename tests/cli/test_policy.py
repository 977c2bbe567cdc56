"""`fyr watch policy` as its user runs it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path


def _fyr(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "fyr.cli", "watch", "policy", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_diff_says_what_changes_and_leaves_with_0(tmp_path: Path) -> None:
    ours = tmp_path / "ours.yaml"
    ours.write_text("name: ours\nversion: '2'\ntitle: Ours\nsource: ours\ninclude: [haahr2022]\n")
    same = _fyr("diff", "haahr2022", ours)
    assert (same.returncode, same.stderr) == (0, "")
    assert same.stdout == "haahr2022 1 -> ours 2\nnothing differs that decides who is told what, and when\n"
    less = json.loads(_fyr("diff", "ward-demonstration", "haahr2022", "--json").stdout)
    assert [entry["rule"] for entry in less["removed"]] == ["news2>=7/1min", "news2>=5/1min", "news2.single3>=1/1min"]
    assert (less["added"], less["changed"], less["same"]) == ([], [], False)
    printed = _fyr("diff", "ward-demonstration", "haahr2022").stdout
    assert "removed  NEWS2 emergency level  [news2>=7/1min]" in printed
    assert "behind the rules: score news2" in printed


def test_diff_refuses_in_one_line() -> None:
    done = _fyr("diff", "haahr2022", "haahr2020")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (3, "", 1)
    assert "did you mean 'haahr2022'" in done.stderr


def test_check_says_the_tier_of_every_rule() -> None:
    rules = json.loads(_fyr("check", "haahr2022", "--json").stdout)["rules"]
    assert {rule["tier"] for rule in rules.values()} <= {"safety", "rules"}
