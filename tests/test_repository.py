"""What the repository promises about itself: its size, its words, its licence, its locks."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import fyr

ROOT = Path(__file__).parents[1]
NOT_WRITTEN_BY_HAND = {"node_modules", "__pycache__", "page", "dist", "generated"}
TEXT = {".css", ".html", ".in", ".json", ".md", ".py", ".sh", ".toml", ".ts", ".tsx", ".yaml", ".yml"}
LOCKS = {"package-lock.json", "requirements.lock", "node.lock"}

# Spelled in pieces so that this file does not hold them itself.
FORBIDDEN = re.compile(
    "|".join(
        (
            r"\bTO" + "DO\\b",
            r"\bFIX" + "ME\\b",
            r"\bXX" + "X\\b",
            "/home" + "/[a-z]",
            "/ro" + "ot/",
            "/wo" + "rk/",
            "/Use" + "rs/",
        )
    )
)


def written_files(*folders: str, suffixes: set[str]) -> list[Path]:
    return sorted(
        path
        for folder in folders
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and path.suffix in suffixes and not NOT_WRITTEN_BY_HAND & set(path.relative_to(ROOT).parts)
    )


def test_a_file_is_one_idea():
    """A file that passes 500 lines is two ideas."""
    files = written_files("src", "web", suffixes={".py", ".ts", ".tsx", ".css"})
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in files}
    assert len(lengths) > 20
    assert {name: length for name, length in lengths.items() if length > 500} == {}


@pytest.mark.parametrize("name", ["utils", "util", "helpers", "helper", "manager", "misc", "common"])
def test_no_module_has_a_name_that_says_nothing(name):
    files = written_files("src", "tests", "web", "scripts", suffixes={".py", ".ts", ".tsx"})
    assert [path for path in files if name in (path.stem, path.parent.name)] == []


def test_nothing_unfinished_and_no_path_of_somebodys_machine():
    files = written_files("src", "tests", "docs", "web", "scripts", "benchmarks", suffixes=TEXT)
    files += [path for path in ROOT.iterdir() if path.is_file() and (path.suffix in TEXT or path.name == "Makefile")]
    found = {
        f"{path.relative_to(ROOT)}:{number}": line.strip()[:100]
        for path in files
        if path.name not in LOCKS
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if FORBIDDEN.search(line)
    }
    assert found == {}


def test_the_licence_is_apache_2():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    text = (ROOT / "LICENSE").read_text()
    assert project["license"] == "Apache-2.0"
    assert "Apache License" in text
    assert "Version 2.0, January 2004" in text


def test_the_version_is_stated_once_and_agrees_with_the_changelog():
    changelog = (ROOT / "CHANGELOG.md").read_text()
    versions = re.findall(r"^## \[(\d+\.\d+\.\d+)\]", changelog, flags=re.M)
    assert "## [Unreleased]" in changelog
    assert versions[0] == fyr.__version__
    assert json.loads((ROOT / "web" / "package.json").read_text()).get("version", fyr.__version__) == fyr.__version__


def test_the_makefile_knows_the_promised_commands():
    answer = subprocess.run(
        ["make", "--no-print-directory", "help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for command in ("run", "test", "check", "bench", "docs", "clean"):
        assert re.search(rf"^  make {command} ", answer.stdout, flags=re.M), answer.stdout


def test_shell_scripts_can_be_run_and_parse():
    for script, shell in ((".ci/run", "bash"), ("scripts/bootstrap.sh", "sh")):
        assert os.access(ROOT / script, os.X_OK)
        subprocess.run([shell, "-n", str(ROOT / script)], check=True)


class TestLocks:
    """Locks pin versions and hashes, and name no server: that belongs to the machine's configuration."""

    def test_the_python_locks_hold_no_address(self):
        for lock in (ROOT / "requirements.lock", ROOT / "scripts" / "node.lock"):
            text = lock.read_text()
            assert "://" not in text
            assert not re.search(
                r"^\s*(-i|-f|--index-url|--extra-index-url|--find-links|--trusted-host)\b", text, flags=re.M
            )
            assert " @ " not in text

    def test_every_pin_has_hashes(self):
        blocks = re.split(r"(?m)^(?=[a-z0-9])", (ROOT / "requirements.lock").read_text())[1:]
        assert len(blocks) > 30
        assert [block.split()[0] for block in blocks if "--hash=sha256:" not in block] == []

    def test_nothing_deep_is_installed_for_everybody(self):
        pins = re.findall(r"(?m)^([a-z0-9._-]+)==", (ROOT / "requirements.lock").read_text())
        assert {"torch", "ray", "flwr"} & set(pins) == set()

    def test_the_page_lock_holds_no_address(self):
        lock = json.loads((ROOT / "web" / "package-lock.json").read_text())
        assert lock["lockfileVersion"] >= 2
        assert [name for name, package in lock["packages"].items() if "resolved" in package] == []
        assert [
            name
            for name, package in lock["packages"].items()
            if name and not package.get("link") and not package.get("integrity")
        ] == []

    @pytest.mark.slow
    def test_a_requirement_that_the_lock_lacks_is_noticed(self, tmp_path):
        """Without an index too: the offline comparison is the one that runs here."""
        for name in ("pyproject.toml", "requirements.lock"):
            text = (ROOT / name).read_text()
            (tmp_path / name).write_text(text.replace('"click>=', '"click>=9999.') if name.endswith("toml") else text)
        (tmp_path / "scripts").mkdir()
        for name in ("lock.py", "package_index.py"):
            (tmp_path / "scripts" / name).write_text((ROOT / "scripts" / name).read_text())
        answer = subprocess.run(
            [sys.executable, str(tmp_path / "scripts" / "lock.py"), "check"],
            capture_output=True,
            text=True,
            env={**os.environ, "UV_OFFLINE": "1", "UV_CACHE_DIR": str(tmp_path / "cache")},
            timeout=120,
            check=False,
        )
        assert answer.returncode == 1
        assert answer.stderr.startswith("the lock is out of step with pyproject.toml: run make lock")
        assert "click>=9999" in answer.stderr
