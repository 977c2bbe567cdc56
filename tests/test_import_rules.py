"""The import rules hold today, and each of them fails on the day that it is broken."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
ONE_WAY = "Imports point one way"
FORMATS_KNOW_NOUNS = "A format knows the nouns and nothing above them"
FORMATS_ARE_CALLED_BY = "Only the command line and the server call a format"

VIOLATIONS = [
    ("record/intruder.py", "import fyr.models", ONE_WAY),
    ("imaging/intruder.py", "import fyr.record", ONE_WAY),
    ("models/intruder.py", "import fyr.attention", ONE_WAY),
    ("learn/intruder.py", "import fyr.attention", ONE_WAY),
    ("attention/intruder.py", "import fyr.watch", ONE_WAY),
    ("diagnose/intruder.py", "import fyr.watch", ONE_WAY),
    ("watch/intruder.py", "import fyr.serve", ONE_WAY),
    ("serve/intruder.py", "import fyr.cli", ONE_WAY),
    ("units/intruder.py", "import fyr.record", ONE_WAY),
    ("a_room_nobody_placed/__init__.py", "", ONE_WAY),
    ("exchange/intruder.py", "import fyr.watch", FORMATS_KNOW_NOUNS),
    ("watch/intruder.py", "import fyr.exchange", FORMATS_ARE_CALLED_BY),
]


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "src" / "fyr", tmp_path / "fyr", ignore=shutil.ignore_patterns("__pycache__", "page"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--config", "pyproject.toml", "--no-cache"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_rules_hold(copied):
    answer = lint_imports(copied)
    assert answer.returncode == 0, answer.stdout
    assert "0 broken" in answer.stdout


@pytest.mark.parametrize(("file", "statement", "rule"), VIOLATIONS, ids=[f"{v[0]}-{v[1]}" for v in VIOLATIONS])
def test_a_violation_breaks_its_rule(copied, file, statement, rule):
    intruder = copied / "fyr" / file
    intruder.parent.mkdir(exist_ok=True)
    (intruder.parent / "__init__.py").touch()
    intruder.write_text(f'"""An import that the design forbids."""\n{statement}\n')
    answer = lint_imports(copied)
    assert answer.returncode != 0, answer.stdout
    assert f"{rule} BROKEN" in answer.stdout or "a_room_nobody_placed" in answer.stdout
