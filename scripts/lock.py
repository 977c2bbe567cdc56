"""Write requirements.lock, or say whether it is in step with pyproject.toml.

``lock.py write`` resolves anew, keeping every pinned version that still fits. ``lock.py check`` does the same into a
temporary file and compares; where no package index can be reached it compares what can be compared without one: that
every requirement of pyproject.toml is met by a version pinned in the lock. It says which of the two checks ran.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Final

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from package_index import environment_for_uv

ROOT: Final = Path(__file__).resolve().parents[1]
LOCK: Final = ROOT / "requirements.lock"
EXTRA: Final = "dev"
OUT_OF_STEP: Final = "the lock is out of step with pyproject.toml: run make lock"
ADDRESS: Final = re.compile(r"://|^\s*(-i|-f|--index-url|--extra-index-url|--find-links|--trusted-host)\b|\s@\s", re.M)
PIN: Final = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;\\]+)(?P<marker>\s*;[^\\]*)?", re.M)


def main(arguments: list[str]) -> int:
    """Run `write` or `check`."""
    match arguments:
        case ["write"]:
            return _write()
        case ["check"]:
            return _check()
        case _:
            sys.stderr.write("usage: scripts/lock.py write | check\n")
            return 2


def _write() -> int:
    outcome = _compile(LOCK, timeout_s=600)
    if outcome.returncode:
        sys.stderr.write(outcome.stderr)
    return outcome.returncode


def _check() -> int:
    text = LOCK.read_text()
    if ADDRESS.search(text):
        return _fail("requirements.lock holds an address; the index belongs to the machine's configuration")
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / LOCK.name
        shutil.copy(LOCK, copy)
        try:
            outcome = _compile(copy, timeout_s=90)
        except subprocess.TimeoutExpired:
            return _check_without_index("no package index answered in time")
        if outcome.returncode:  # a lock that meets every requirement has a solution: then the index is what is lacking
            return _check_without_index("no package index could be reached")
        new, old = _pins(copy.read_text()), _pins(text)
    if new != old:
        changes = [
            f"  {sign}{' '.join(pin)}" for sign, pins in (("-", old - new), ("+", new - old)) for pin in sorted(pins)
        ]
        return _fail(OUT_OF_STEP, *changes)
    print("lock: in step with pyproject.toml (resolved anew)")
    return 0


def _check_without_index(why: str) -> int:
    pinned: dict[str, list[Version]] = {}
    for name, version, _ in _pins(LOCK.read_text()):
        pinned.setdefault(name, []).append(Version(version))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [Requirement(line) for line in project["dependencies"] + project["optional-dependencies"][EXTRA]]
    unmet = [
        f"  {requirement}"
        for requirement in wanted
        if not any(version in requirement.specifier for version in pinned.get(canonicalize_name(requirement.name), []))
    ]
    if unmet:
        return _fail(OUT_OF_STEP, *unmet)
    print(f"lock: every requirement of pyproject.toml is pinned ({why}: not resolved anew)")
    return 0


def _compile(output: Path, *, timeout_s: float) -> subprocess.CompletedProcess[str]:
    """Resolve with uv; what `output` already pins is kept where it still fits."""
    command = [
        str(Path(sys.executable).parent / "uv"),
        *("pip", "compile", "--quiet", "--universal", "--python-version", "3.11", "--generate-hashes"),
        *("--extra", EXTRA, "--custom-compile-command", "make lock", "-o", str(output), "pyproject.toml"),
    ]
    return subprocess.run(
        command, cwd=ROOT, env=environment_for_uv(), capture_output=True, text=True, timeout=timeout_s, check=False
    )


def _pins(text: str) -> set[tuple[str, str, str]]:
    """Return (name, version, marker) of every pin; hashes may grow when a release gains a file."""
    return {
        (canonicalize_name(found["name"]), found["version"], (found["marker"] or "").strip(" ;"))
        for found in PIN.finditer(text)
    }


def _fail(what: str, *details: str) -> int:
    sys.stderr.write("\n".join((what, *details)) + "\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
