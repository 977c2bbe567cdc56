"""A small ward whose samples, clocks and people the tests choose, and browsers that talk to it over ASGI."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
import numpy as np
from tests.serve.loop_thread import LoopThread

from fyr.clock import MINUTE_US, SECOND_US, ManualClock, from_iso
from fyr.record import Observation, PatientId, Quality, SampleBatch, Series
from fyr.record.record import Record
from fyr.serve.app import create_app
from fyr.serve.installation import Installation
from fyr.serve.passwords import Passwords
from fyr.serve.replay_check import Replay

START_US = from_iso("2026-11-22T08:00:00Z")
PERIOD_US = 15 * SECOND_US
PASSWORD = "correct horse battery staple"
WARD = "7A"
ANNA, BERT = PatientId("demo", "1"), PatientId("demo", "2")
CHEAP = Passwords(memory_kib=64, passes=1, lanes=1)


class ScriptedSource:
    """Hands over what a test queued, once its time has come."""

    def __init__(self) -> None:
        self.series: list[tuple[int, Series]] = []
        self.observations: list[Observation] = []

    def send(
        self, patient: PatientId, signal: str, start_us: int, values: Sequence[float], *, late_us: int = 0
    ) -> None:
        """Queue values of a signal, one every 15 seconds; NaN where the sensor is off.

        They are handed over `late_us` after their own time; earlier than it if that is negative.
        """
        value = np.array(values, np.float64)
        time_us = start_us + PERIOD_US * np.arange(len(value), dtype=np.int64)
        quality = np.where(np.isnan(value), Quality.UNKNOWN, Quality.PRESENT).astype(np.uint8)
        self.series.append((late_us, Series(patient, signal, "1", time_us, value, quality, PERIOD_US, "test")))

    def advance(self, until_us: int) -> tuple[SampleBatch, list[Observation]]:
        """Return what was queued up to a time."""
        due, later = [], []
        for late_us, one in self.series:
            place = int(np.searchsorted(one.time_us, until_us - late_us, side="right"))
            for part, rows in ((due, slice(None, place)), (later, slice(place, None))):
                if len(one.time_us[rows]):
                    columns = (one.time_us[rows], one.value[rows], one.quality[rows])
                    some = Series(one.patient, one.signal, one.unit, *columns, one.period_us, one.source)
                    part.append((late_us, some))
        self.series = later
        observed, self.observations = self.observations, []
        return SampleBatch.from_series([one for _, one in due]), observed


@dataclass
class House:
    """An installation with everything that a test turns."""

    installation: Installation
    record: Record
    source: ScriptedSource
    ward_clock: ManualClock
    wall_clock: ManualClock
    replay: Replay
    runner: LoopThread
    browsers: list[Browser] = field(default_factory=list)

    def run_to(self, time_us: int, step_us: int = PERIOD_US) -> None:
        """Let the ward's time pass, round by round."""
        while self.ward_clock.time_us < time_us:
            self.ward_clock.time_us = min(self.ward_clock.time_us + step_us, time_us)
            self.installation.wards.tick()

    def low_saturation(self, patient: PatientId = ANNA) -> dict[str, Any]:
        """Let a patient's saturation fall to 78 % for two minutes; return the notification that it raised."""
        start_us = self.ward_clock.time_us
        self.source.send(patient, "spo2", start_us, [97.0] * 4 + [78.0] * 8)
        self.run_to(start_us + 3 * MINUTE_US)
        tile = self.installation.wards.tile(patient)
        return next(entry for entry in tile["notifications"] if entry["rule"] == "spo2<80/1min")

    def browser(self, **options: Any) -> Browser:
        """Open a browser."""
        browser = Browser(create_app(self.installation), self.runner, **options)
        self.browsers.append(browser)
        return browser

    def signed_in(self, role: str) -> Browser:
        """Open a browser in which the account of that role is signed in."""
        browser = self.browser()
        browser.sign_in(role)
        return browser

    def audited(self, action: str) -> list[dict[str, Any]]:
        """Return the trail's entries of an action, oldest first."""
        return [entry for entry in self.record.audit.export() if entry["action"] == action]


class Browser:
    """Keeps cookies and the CSRF token, and waits for each answer."""

    def __init__(
        self, app: Any, runner: LoopThread, *, origin: str = "http://127.0.0.1:8000", address: str = "127.0.0.1"
    ) -> None:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=(address, 50000))
        self._client = httpx.AsyncClient(transport=transport, base_url=origin)
        self._runner = runner
        self.csrf = ""

    @property
    def cookies(self) -> httpx.Cookies:
        return self._client.cookies

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self._runner.run(self._client.get(path, **options))

    def post(self, path: str, document: Any = None, *, csrf: str | None = None) -> httpx.Response:
        headers = {"X-CSRF-Token": self.csrf if csrf is None else csrf}
        return self._runner.run(self._client.post(path, json=document, headers=headers))

    def delete(self, path: str, document: Any = None, *, csrf: str | None = None) -> httpx.Response:
        headers = {"X-CSRF-Token": self.csrf if csrf is None else csrf}
        return self._runner.run(self._client.request("DELETE", path, json=document, headers=headers))

    def stream(self, path: str, body: AsyncIterator[bytes]) -> httpx.Response:
        """Post a body whose length nobody was told."""
        headers = {"X-CSRF-Token": self.csrf, "Content-Type": "application/json"}
        return self._runner.run(self._client.post(path, content=body, headers=headers))

    def visit(self) -> httpx.Response:
        """Ask who is signed in, and remember the CSRF token."""
        answer = self.get("/api/session")
        self.csrf = answer.json()["csrf_token"]
        return answer

    def sign_in(self, name: str, password: str = PASSWORD) -> httpx.Response:
        self.visit()
        answer = self.post("/api/sign-in", {"name": name, "password": password})
        if answer.status_code == 200:
            self.csrf = answer.json()["csrf_token"]
        return answer

    def close(self) -> None:
        self._runner.run(self._client.aclose())
