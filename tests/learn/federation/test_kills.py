"""Processes of a study are killed at random instants: FYR_KILLS says how often, a few times by default."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

BENCHMARK = Path(__file__).parents[3] / "benchmarks" / "federated_kills.py"


def test_every_killed_run_ends_with_the_bytes_of_a_whole_one() -> None:
    kills = os.environ.get("FYR_KILLS", "4")
    command = [sys.executable, str(BENCHMARK), "--kills", kills]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120 + 20 * int(kills), check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{kills} of {kills} runs ended bit-identical" in done.stdout
