"""Debian's Chromium, a demonstration hospital, and pages in which somebody is signed in already."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.serve import running
from tests.serve.running import Running

from fyr.serve.page import BUILT_PAGE

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

WIDE = {"width": 1600, "height": 1000}


@dataclass
class Hospital:
    """A demonstration on a port of its own, which it keeps over restarts."""

    home: Path
    port: int
    server: Running
    passwords: dict[str, str]
    cookies: dict[str, list[Any]] = field(default_factory=dict)

    @classmethod
    def open(cls, home: Path) -> Hospital:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        server = running.start("demo", "--home", str(home), "--hours", "2.5", port=port)
        return cls(home, port, server, server.passwords())

    @property
    def url(self) -> str:
        return self.server.url

    def restart(self) -> None:
        """Start it again where it was."""
        self.server.end()
        self.server = running.start("demo", "--home", str(self.home), port=self.port)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser; its tests skip where it, or the built page, is not there."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not (BUILT_PAGE / "index.html").is_file():
        pytest.skip("the page is not built: make run builds it")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        if program is None and not Path(playwright.chromium.executable_path).exists():
            pytest.skip("no Chromium on this machine: scripts/bootstrap.sh test-tools .venv installs one")
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def hospital(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hospital]:
    """A demonstration hospital that all tests of a worker share."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FYR_CACHE", str(tmp_path_factory.mktemp("no-samples")))
        hospital = Hospital.open(tmp_path_factory.mktemp("hospital"))
        yield hospital
        hospital.server.end()


@dataclass
class Visit:
    """A page, and everything that went wrong in it."""

    page: Page
    problems: list[str]


@pytest.fixture
def visit(chromium: Browser, hospital: Hospital) -> Iterator[Callable[..., Page]]:
    """Opens pages as somebody; fails the test if a page logged an error or asked another host for anything."""
    contexts: list[BrowserContext] = []
    problems: list[str] = []

    def open_page(
        path: str = "/",
        role: str | None = "nurse",
        *,
        quiet: bool = True,
        where: Hospital | None = None,
        through: int = 0,
        **options: Any,
    ) -> Page:
        here = where or hospital
        url = f"http://127.0.0.1:{through}" if through else here.url
        context = chromium.new_context(viewport=options.pop("viewport", WIDE), **options)
        contexts.append(context)
        page = context.new_page()
        if quiet:
            page.on("pageerror", lambda error: problems.append(f"error: {error}"))
            page.on("console", lambda said: problems.append(f"console: {said.text}") if said.type == "error" else None)
        page.on(
            "request",
            lambda asked: None if asked.url.startswith((url, "data:")) else problems.append(f"asked {asked.url}"),
        )
        if role is not None:
            _sign_in(context, here, role)
        page.goto(url + path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert problems == []


def _sign_in(context: BrowserContext, hospital: Hospital, role: str) -> None:
    """Sign in through the API, once for each role; later pages share that session."""
    if role not in hospital.cookies:
        token = context.request.get(f"{hospital.url}/api/session").json()["csrf_token"]
        answer = context.request.post(
            f"{hospital.url}/api/sign-in",
            data={"name": role, "password": hospital.passwords[role]},
            headers={"X-CSRF-Token": token},
        )
        assert answer.ok, answer.text()
        hospital.cookies[role] = context.cookies()
    context.add_cookies(hospital.cookies[role])
