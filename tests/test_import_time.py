"""`import fyr` is cheap: heavy libraries load where they are used."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys

import pytest

LIMIT_S = 0.3
HEAVY = ("alembic", "fastapi", "numba", "numpy", "pandas", "polars", "scipy", "sqlalchemy", "uvicorn", "wfdb")


def processor_seconds(program: str) -> float:
    """Return the processor time of a fresh interpreter that runs `program`: a busy machine hardly lengthens it."""
    before = os.times()
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def test_import_fyr_takes_less_than_three_tenths_of_a_second():
    processor_seconds("import fyr")  # writes the bytecode, which an installed package has
    empty = statistics.median(processor_seconds("pass") for _ in range(7))
    importing = statistics.median(processor_seconds("import fyr") for _ in range(7))
    assert importing - empty < LIMIT_S


def test_import_fyr_loads_nothing_heavy():
    program = f"import sys, fyr; print(*[name for name in {HEAVY!r} if name in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert loaded.stdout.split() == []


@pytest.mark.parametrize(
    "room", ["attention", "diagnose", "exchange", "imaging", "learn", "models", "record", "serve", "treat", "watch"]
)
def test_a_room_is_entered_without_its_heaviest_furniture(room):
    """Compilers, servers and databases wait until something is compiled, served or stored."""
    program = (
        f"import sys, fyr.{room}; print(*[name for name in ('numba', 'pandas', 'wfdb', 'uvicorn') "
        "if name in sys.modules])"
    )
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert loaded.stdout.split() == []
