"""Make .venv-flower: Flower in an environment of its own, for the tests and the benchmark of that carrier.

Flower 1.42 wants older versions of FastAPI, uvicorn and protobuf than requirements.lock has, so it cannot live in
.venv. Beside it lies what Fyr's federation needs and pytest; Fyr itself is found by PYTHONPATH.

``flower.py install`` installs scripts/flower.lock, every file checked by its hash; ``flower.py lock`` resolves it anew.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from package_index import environment_for_uv

ROOT: Final = Path(__file__).resolve().parents[1]
ENVIRONMENT: Final = ROOT / ".venv-flower"
LOCK: Final = ROOT / "scripts" / "flower.lock"
WANTED: Final = """\
flwr==1.42.0
click>=8.2
cryptography>=45
h11>=0.16
httpx>=0.28
numba>=0.62
numpy>=2.2
orjson>=3.11
polars>=1.36
pytest>=8.4
scipy>=1.15
sqlalchemy>=2.0.40
"""


def main(arguments: list[str]) -> int:
    """Run `install` or `lock`."""
    match arguments:
        case ["install"]:
            return _install()
        case ["lock"]:
            return _lock()
        case _:
            sys.stderr.write("usage: scripts/flower.py install | lock\n")
            return 2


def _install() -> int:
    python = ENVIRONMENT / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(ENVIRONMENT)], check=True)
    with_uv = [_uv(), *("pip", "install", "--quiet", "--python", str(python), "--require-hashes"), "-r", str(LOCK)]
    if subprocess.run(with_uv, env=environment_for_uv(), check=False).returncode == 0:
        return 0
    sys.stderr.write("flower: uv could not do it; trying with pip, which takes longer\n")
    with_pip = [str(python), *("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes")]
    return subprocess.run([*with_pip, "-r", str(LOCK)], check=False).returncode


def _lock() -> int:
    with tempfile.TemporaryDirectory() as folder:
        wanted = Path(folder) / "flower.in"
        wanted.write_text(WANTED)
        command = [
            *(_uv(), "pip", "compile", "--quiet", "--universal", "--python-version", "3.11", "--generate-hashes"),
            *("--no-annotate", "--custom-compile-command", "scripts/flower.py lock", "-o", str(LOCK), str(wanted)),
        ]
        return subprocess.run(command, env=environment_for_uv(), check=False).returncode


def _uv() -> str:
    return str(Path(sys.executable).parent / "uv")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
