"""A ward of 500 beds, all of them changing once a second, in a real browser: work of the page's main thread a second.

The server is Fyr's own live channel and built page; a feeder gives it 500 whole tiles a second (every vital sign, the
score and its inputs change each time; a few alarms come and go), and they reach the browser through the real stream.
The peer is the same page over the same stream with a DOM tile for each bed, as wards of up to 60 beds are shown. The
figure is Chromium's own ``TaskDuration`` of the main thread (Chrome DevTools Protocol, ``Performance.getMetrics``), by
the clock, so another program on the same cores adds to it; ``ScriptDuration`` and ``LayoutDuration`` are parts of it.
What the wall's worker does is no work of the main thread and not in it. The stream is checked first: the board must
show all beds, and the bed chosen must show values that change.

Chromium and Playwright are needed, and the built page (``make run`` builds it).

Run: ``python benchmarks/board_500_beds.py [--beds 500] [--seconds 12]``
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import shutil
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import uvicorn
from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import Response, StreamingResponse
from starlette.middleware import Middleware

from fyr.clock import SECOND_US, SystemClock, to_iso
from fyr.serve.live import LiveChannel, LiveHub, TileChange
from fyr.serve.page import Page, show_page
from fyr.serve.security_headers import SecurityHeaders
from fyr.serve.server import bind

WARD = "500"
SIGNALS = {
    "heart_rate": ("Heart rate", "HR", "/min", 82, 9),
    "respiratory_rate": ("Respiratory rate", "RR", "/min", 17, 3),
    "spo2": ("Oxygen saturation", "SpO2", "%", 95, 2),
    "systolic_bp": ("Systolic pressure", "SBP", "mm[Hg]", 124, 12),
    "diastolic_bp": ("Diastolic pressure", "DBP", "mm[Hg]", 74, 8),
    "temperature": ("Temperature", "Temp", "Cel", 37.0, 0.4),
}
MODEL = {"name": "news2", "version": "1.0.0", "digest": "0" * 64}


class Feeder:
    """Makes the tiles of a ward: simulated, all of them other in every round."""

    def __init__(self, beds: int, seed: int = 1) -> None:
        self._random = random.Random(seed)  # noqa: S311  numbers to look at, no secrets
        self._beds = [f"{number:03d}" for number in range(1, beds + 1)]
        self._spark = {
            name: {"step_s": 60, "values": [mean + self._random.gauss(0, width) for _ in range(120)]}
            for name, (_, _, _, mean, width) in list(SIGNALS.items())[:3]
        }
        self._since: dict[str, int] = {}

    def round(self, now_us: int) -> list[TileChange]:
        """Return every bed's tile."""
        return [TileChange(WARD, bed, self._tile(number, bed, now_us)) for number, bed in enumerate(self._beds)]

    def _tile(self, number: int, bed: str, now_us: int) -> dict[str, Any]:
        draw = self._random
        signals = {name: self._signal(name, number, now_us) for name in SIGNALS}
        state = ("act_now", "look_soon", "cannot_tell", *["fine"] * 17)[number % 20]
        alarms = [self._alarm(number, bed, now_us)] if state in ("act_now", "look_soon") else []
        start = to_iso(now_us // (60 * SECOND_US) * 60 * SECOND_US - 7200 * SECOND_US)
        return {
            "bed": bed,
            "patient": {"id": f"demo/{number + 1}", "pseudonym": f"Simulated {number + 1}", "age": 60, "sex": "female"},
            "state": state,
            "rank": 100 * (1 + ("act_now", "look_soon", "cannot_tell", "fine").index(state)),
            "signals": signals,
            "spark": {name: {"start": start, **line} for name, line in self._spark.items()},
            "news2": {
                "model": MODEL,
                "inputs": {
                    name: {"value": one["value"], "status": "present", "time": one["time"]}
                    for name, one in signals.items()
                },
                "score": draw.randint(0, 9),
                "band": "low",
                "explanation": {"points": dict.fromkeys(signals, 1)},
            },
            "risk": None,
            "notifications": alarms,
            "technical": [],
            "suppressed_last_hour": [],
            "own_limits": [],
        }

    def _signal(self, name: str, number: int, now_us: int) -> dict[str, Any]:
        title, short, unit, mean, width = SIGNALS[name]
        status = (
            "lost" if number % 20 == 2 and name == "spo2" else "stale" if (number + len(name)) % 23 == 0 else "present"
        )
        time_us = now_us - (900 * SECOND_US if status == "stale" else SECOND_US)
        return {
            "title": title,
            "abbreviation": short,
            "value": round(mean + self._random.gauss(0, width), 1 if name == "temperature" else 0),
            "unit": unit,
            "time": to_iso(time_us),
            "age_s": (now_us - time_us) / SECOND_US,
            "status": status,
        }

    def _alarm(self, number: int, bed: str, now_us: int) -> dict[str, Any]:
        since_us = self._since.get(bed, 0)
        if not since_us or self._random.random() < 1 / 120:
            since_us = self._since[bed] = now_us
        since, high = to_iso(since_us), number % 20 == 0
        taken = number % 40 == 1
        return {
            "id": f"{bed}-{since_us}",
            "patient": f"demo/{number + 1}",
            "bed": bed,
            "rule": "spo2<85/5min" if high else "rr>24/5min",
            "title": "Low oxygen saturation" if high else "Fast breathing",
            "kind": "physiological",
            "priority": "high" if high else "medium",
            "tier": "rules",
            "state": "acknowledged" if taken else "escalated" if number % 80 == 20 else "raised",
            "alarm_state": "active",
            "raised_at": since,
            "changed_at": since,
            "paused_until": None,
            "by": "nurse" if taken else None,
            "condition_present": True,
            "assessable": True,
            "unanswered_since": since,
            "escalated_to": "physician" if number % 80 == 20 else None,
            "escalation_step": 0,
            "escalates_at": to_iso(since_us + 300 * SECOND_US),
            "escalates_to": "physician",
            "evidence": {
                "signal": "spo2" if high else "respiratory_rate",
                "operator": "<" if high else ">",
                "threshold": 85 if high else 24,
                "asked_s": 300,
            },
        }


def application(channel: LiveChannel, hub: LiveHub, beds: int) -> FastAPI:
    """Return the page and the stream, with somebody signed in already."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        hub.attach(asyncio.get_running_loop())
        yield

    app = FastAPI(middleware=[Middleware(SecurityHeaders)], lifespan=lifespan)
    api = APIRouter(prefix="/api")

    @api.get("/session")
    def session() -> dict[str, Any]:
        return {
            "person": {"name": "nurse", "title": "Nurse", "role": "nurse"},
            "permissions": ["read_patients", "act_on_notifications"],
            "csrf_token": "",
            "hospital": "Simulated hospital",
            "simulated": True,
            "version": "0",
            "roles": ["nurse"],
        }

    @api.get("/wards")
    def wards() -> dict[str, Any]:
        return {"wards": [{"ward": WARD, "title": "Simulated", "beds": beds}], "hint": None}

    @api.get("/live")
    async def live(request: Request) -> StreamingResponse:
        async def allowed() -> bool:
            return True

        events: AsyncIterator[bytes] = channel.stream(request.headers.get("last-event-id"), allowed)
        return StreamingResponse(events, media_type="text/event-stream")

    @api.get("/board")
    def board() -> Response:
        return Response(channel.board(), media_type="application/json")

    app.include_router(api)
    show_page(app, Page())
    return app


@contextmanager
def serving(beds: int) -> Iterator[str]:
    """Serve a ward that changes once a second; yield its address."""
    header = {
        "ward": WARD,
        "title": "Simulated",
        "hospital": "Simulated hospital",
        "simulated": True,
        "policy": {"name": "p", "version": "1", "title": "Simulated policy", "digest": "0" * 64},
    }
    channel = LiveChannel(1, SystemClock(), header)
    hub = LiveHub(lambda _: channel)
    feeder, stop = Feeder(beds), threading.Event()
    hub.offer(feeder.round(SystemClock().now_us()))
    listening = bind("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(application(channel, hub, beds), log_level="error"))

    def feed() -> None:
        while not stop.wait(1.0):
            hub.offer(feeder.round(SystemClock().now_us()))

    threads = [threading.Thread(target=server.run, args=([listening],)), threading.Thread(target=feed)]
    for thread in threads:
        thread.start()
    try:
        while not server.started:
            time.sleep(0.05)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        stop.set()
        hub.close()
        server.should_exit = True
        for thread in threads:
            thread.join(10)


def measure(browser: Any, url: str, view: str, beds: int, seconds: float, shot: str | None) -> dict[str, float]:
    """Return what the main thread did a second, in ms."""
    context = browser.new_context(viewport={"width": 1920, "height": 1080})
    context.add_init_script(f"localStorage.setItem('fyr.view', '{view}')")
    page = context.new_page()
    page.goto(f"{url}/ward/{WARD}")
    if view == "wall":
        page.wait_for_selector(f"[data-testid=wall][data-beds='{beds}']", timeout=60_000)
        page.keyboard.press("j")
        chosen = page.get_by_test_id("wall-chosen")
        before = chosen.inner_text()
        deadline = time.monotonic() + 20
        while chosen.inner_text() == before:
            if time.monotonic() > deadline:
                raise SystemExit("the bed chosen does not change: nothing was measured")
            time.sleep(0.2)
    else:
        page.locator("[data-testid=board] > li").nth(beds - 1).wait_for(timeout=60_000)
    time.sleep(4)
    session = context.new_cdp_session(page)
    session.send("Performance.enable")

    def metrics() -> dict[str, float]:
        found = session.send("Performance.getMetrics")["metrics"]
        return {one["name"]: one["value"] for one in found}

    before_s, begun = metrics(), time.monotonic()
    time.sleep(seconds)
    after_s, spent = metrics(), time.monotonic() - begun
    status = page.get_by_test_id("connection").get_attribute("data-status")
    if status != "live":
        raise SystemExit(f"the connection is {status}: nothing was measured")
    if shot:
        page.screenshot(path=f"{shot}-{view}.png")
    context.close()
    names = ("TaskDuration", "ScriptDuration", "LayoutDuration", "RecalcStyleDuration")
    return {name: 1000 * (after_s[name] - before_s[name]) / spent for name in names}


def main() -> None:
    """Print the main thread's work a second, for the wall and for a tile a bed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--beds", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=12.0)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--screenshot", metavar="PREFIX")
    asked = parser.parse_args()
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        sys.stderr.write("not measured: Playwright is not installed: scripts/bootstrap.sh test-tools .venv\n")
        return
    if not Page().is_built:
        sys.stderr.write("not measured: the page is not built: make run builds it\n")
        return
    with serving(asked.beds) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        wall = measure(browser, url, "wall", asked.beds, asked.seconds, asked.screenshot)
        tiles = measure(browser, url, "tiles", asked.beds, asked.seconds, asked.screenshot)
        browser.close()
    ratio = tiles["TaskDuration"] / wall["TaskDuration"]
    if asked.json:
        sys.stdout.write(
            json.dumps({"beds": asked.beds, "wall_ms_s": wall, "tiles_ms_s": tiles, "ratio": ratio}) + "\n"
        )
        return
    sys.stdout.write(f"{asked.beds} beds, each changing once a second, main-thread work a second:\n")
    for name, found in (("wall (one canvas)", wall), ("a DOM tile a bed", tiles)):
        parts = ", ".join(f"{part.removesuffix('Duration')} {value:.1f}" for part, value in found.items())
        sys.stdout.write(f"  {name:<18} {found['TaskDuration']:7.1f} ms  ({parts})\n")
    sys.stdout.write(f"  ratio {ratio:.0f}; to reach: 16 ms\n")


if __name__ == "__main__":
    main()
