"""Install requirements.lock into the environment of the Python that runs this, every file checked by its hash.

uv, itself from the lock, takes half a minute where pip takes three; where it cannot reach the package index that pip
can, pip does it. Needs nothing but the standard library and pip.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from package_index import environment_for_uv

LOCK: Final = Path(__file__).resolve().parents[1] / "requirements.lock"
PIP: Final = (sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes")


def main() -> int:
    """Install, and return pip's exit code where pip was needed."""
    if _install_uv() and _install_with_uv():
        return 0
    sys.stderr.write("install: uv could not do it; trying with pip, which takes longer\n")
    return subprocess.run([*PIP, "-r", str(LOCK)], check=False).returncode


def _install_uv() -> bool:
    pin = re.search(r"^uv==.*?(?=^\S)", LOCK.read_text(), flags=re.M | re.S)
    if pin is None:
        return False
    with tempfile.TemporaryDirectory() as folder:
        only_uv = Path(folder) / "uv.lock"
        only_uv.write_text(pin[0])
        return subprocess.run([*PIP, "--no-deps", "-r", str(only_uv)], check=False).returncode == 0


def _install_with_uv() -> bool:
    # Compiled now: a compiler's warning about somebody else's code must not meet a test that takes warnings for errors.
    command = [
        str(Path(sys.executable).parent / "uv"),
        *("pip", "install", "--quiet", "--python", sys.executable),
        *("--require-hashes", "--compile-bytecode", "-r", str(LOCK)),
    ]
    return subprocess.run(command, env=environment_for_uv(), check=False).returncode == 0


if __name__ == "__main__":
    sys.exit(main())
