"""The documentation's model catalogue is written from the cards, the same bytes every time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from fyr.models import models

SCRIPT = Path(__file__).parents[2] / "scripts" / "model_catalogue.py"


def _write(folder: Path) -> dict[str, bytes]:
    run = subprocess.run([sys.executable, SCRIPT, folder], capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, run.stderr
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.slow
def test_every_model_has_a_page_with_its_digest_and_parameters(tmp_path: Path) -> None:
    (tmp_path / "withdrawn.md").write_text("a model that is no longer there")
    pages = _write(tmp_path)
    assert set(pages) == {"index.md", *(f"{name}.md" for name in models())}
    for name, model in models().items():
        text = pages[f"{name}.md"].decode()
        assert model.card.digest in text
        assert model.card.citation in text
        for entry in model.card.inputs:
            assert f"| `{entry.name}` |" in text
        assert f"[{name}]({name}.md)" in pages["index.md"].decode()
    assert _write(tmp_path) == pages
