"""axe-core in a page: what it finds that keeps people out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

_AXE: Final = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
_SERIOUS: Final = ("serious", "critical")


def serious_violations(page: Page) -> list[str]:
    """Return the serious and critical violations of what the page shows now, one line each."""
    if not _AXE.is_file():
        pytest.skip("axe-core is not installed: npm ci in web/")
    page.evaluate("document.fonts.ready")
    page.add_script_tag(path=_AXE)
    found = page.evaluate("async () => (await axe.run()).violations")
    return [
        f"{violation['id']}: {violation['help']}: {violation['nodes'][0]['html'][:160]}"
        for violation in found
        if violation["impact"] in _SERIOUS
    ]
