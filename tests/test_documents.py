"""The documents build without a warning, fetch nothing from elsewhere, and their examples do what they say."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FRONT_PAGES = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "benchmarks/README.md")
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s#]+)(#[^)]*)?\)")


def code_blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", (ROOT / "docs" / page).read_text(), flags=re.M | re.S)


class Assets(HTMLParser):
    """Collect every address that a browser loads by itself; links that a person clicks are no such thing."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag in {"script", "img", "iframe", "source", "video", "audio", "embed", "object"}:
            self.found += [values[key] or "" for key in ("src", "data", "srcset") if key in values]
        if tag == "link" and values.get("rel") not in {"canonical", "next", "prev", "edit", "license"}:
            self.found.append(values.get("href") or "")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    answer = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=180, check=False
    )
    assert answer.returncode == 0, answer.stderr
    return folder


@pytest.mark.slow
def test_a_browser_that_reads_the_documents_asks_nobody_else(site):
    pages = sorted(site.rglob("*.html"))
    assert len(pages) > 30
    for page in pages:
        assets = Assets()
        assets.feed(page.read_text())
        assert assets.found
        assert [address for address in assets.found if re.match(r"(https?:)?//", address)] == [], page
    for sheet in site.rglob("*.css"):
        text = sheet.read_text()
        assert not re.search(r"@import|url\(\s*[\"']?(https?:)?//", text), sheet


@pytest.mark.slow
def test_the_reference_is_written_from_the_code(site):
    """Nothing is left of the marks that say where a part belongs, and each part holds what only the code knows."""
    reference = {path.stem: path.read_text() for path in (site / "reference").rglob("*.html")}
    assert not [name for name, text in reference.items() if "from the code:" in text]
    assert "fyr watch replay" in reference["command-line"]
    assert "--zero-is-missing" in reference["command-line"]
    assert "/api/wards/{ward}/board" in reference["http-api"]
    assert "rr&lt;11/5min" in reference["policies"]
    assert "fyr.PatientId" in reference["python"]
    assert "respiratory_rate" in reference["news2"]


@pytest.mark.parametrize("page", FRONT_PAGES)
def test_a_front_page_links_to_what_is_there(page):
    folder = (ROOT / page).parent
    targets = [target for target, _ in LINK.findall((ROOT / page).read_text()) if "://" not in target]
    assert [target for target in targets if not (folder / target).exists()] == []


def test_the_exit_codes_are_those_of_the_errors():
    import fyr

    text = (ROOT / "docs" / "reference" / "exit-codes.md").read_text()
    documented = {int(code) for code in re.findall(r"^## (\d+):", text, flags=re.M)}
    errors = (fyr.UsageError, fyr.BadInput, fyr.Refused, fyr.NotPermitted, fyr.ServiceUnavailable, fyr.FyrError)
    assert {error.exit_code for error in errors} <= documented


def test_the_example_model_computes_a_shock_index():
    """Published: Allgöwer 1967 gives 60/120 = 0.5 for the healthy and 120/60 = 2 for manifest shock."""
    import fyr

    namespace: dict[str, object] = {"__name__": "shock_index"}
    exec(code_blocks("how-to/add-a-model.md", "python")[0], namespace)  # noqa: S102  the document's own example
    shock_index = namespace["SHOCK_INDEX"]
    healthy = shock_index.predict({"heart_rate": 60, "systolic_bp": 120})
    shocked = shock_index.predict({"heart_rate": 120, "systolic_bp": 60})
    assert healthy.estimates["index"].value == 0.5
    assert shocked.estimates["index"].value == 2
    assert isinstance(shock_index.predict({"heart_rate": 60}), fyr.Refusal)


def test_the_example_policy_is_a_policy(tmp_path):
    import fyr

    path = tmp_path / "our-ward.yaml"
    path.write_text(code_blocks("how-to/add-a-policy.md", "yaml")[0])
    policy = fyr.load_policy(path)
    assert [rule.key for rule in policy.rules] == ["spo2<88/10min", "spo2<80/1min", "sbp<90/2readings"]
    assert policy.rules[0].clear_threshold == 90


def test_every_decision_is_listed():
    folder = ROOT / "docs" / "decisions"
    index = (folder / "index.md").read_text()
    pages = sorted(path.name for path in folder.glob("[0-9]*.md"))
    assert pages
    assert [page for page in pages if f"({page})" not in index] == []
    numbers = [int(page[:4]) for page in pages]
    assert numbers == list(range(1, len(pages) + 1))
    for page in pages:
        text = (folder / page).read_text()
        for part in ("## Context", "## Decision", "## Consequences", "## What would change our mind"):
            assert part in text, page
