"""The contract over Flower, in the environment that make test gives Flower for itself."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from fyr.errors import ServiceUnavailable
from fyr.learn.federation.carriers.flower_api import require_flower

ROOT = Path(__file__).resolve().parents[4]
PYTHON = Path(os.environ.get("FYR_FLOWER", ROOT / ".venv-flower")) / "bin" / "python"
SUITES = [str(Path(__file__).with_name(name).relative_to(ROOT)) for name in ("test_contract.py", "test_superlink.py")]


def test_without_flower_one_line_says_what_to_do() -> None:
    try:
        import flwr  # noqa: F401
    except ImportError:
        with pytest.raises(
            ServiceUnavailable, match=r"Flower is not installed here; give it an environment of its own"
        ):
            require_flower()
    else:
        require_flower()


@pytest.mark.slow
def test_the_contract_holds_over_flower() -> None:
    if not PYTHON.exists():
        pytest.skip(f"no Flower at {PYTHON}; make .make/flower installs it, or FYR_FLOWER names an environment with it")
    # What Flower's own code warns of is not ours to mend, so warnings are no errors there.
    done = subprocess.run(
        [
            str(PYTHON),
            *("-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "default", *SUITES, "-k", "flower"),
        ],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]), "PYTEST_ADDOPTS": ""},
        capture_output=True,
        text=True,
        timeout=1800,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert " passed" in done.stdout
    assert "skipped" not in done.stdout.splitlines()[-1]
