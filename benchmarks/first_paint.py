"""How long it takes until a radiotherapy plan is seen: a CT of 512 by 512 by 200 voxels, a dose and twenty structures.

A made-up plan is imported into a record, a server is started on it, and what the page asks for before its first paint
is asked: what there is, the view, a coarse preview of the CT, its middle slice, the outlines of all axial planes. The
first time, the server has read none of it (*cold*); then again (*warm*). Given are the time by the clock and the
processor time of the server. The outlines are checked against the equation of the target, and the middle slice against
the file, before anything is timed.

The peer does in plain pydicom what a program must that shows nothing before it has read everything: every slice with
its pixels, stacked in Hounsfield units, the structure set with every contour as an array, the dose in gray. It sends
nothing and draws nothing.

With Chromium and Playwright, the page itself is opened too, in a browser that has never seen it: from the start of the
navigation to the marks that the page sets when the preview and when every slice is painted.

Run: ``python benchmarks/first_paint.py [--slices 200] [--pixels 512] [--no-browser]``
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.serve.made_plan import BODIES, Sizes, write_plan  # noqa: E402

PATIENT = "/patients/local/made"
IMAGING = f"/api{PATIENT}/imaging"
TICKS = os.sysconf("SC_CLK_TCK")
FYR = [sys.executable, "-m", "fyr.cli"]


def cpu_s(process: int) -> float:
    """Return the processor time of a process so far."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


@contextmanager
def server(home: Path) -> Iterator[tuple[str, int, str]]:
    """Run a server on a record; yield its address, process and the password of ``physicist``."""
    environment = os.environ | {"FYR_HOME": str(home)}
    add = [*FYR, "serve", "account", "add", "physicist", "--role", "physicist", "--random"]
    told = subprocess.run(add, env=environment, check=False, capture_output=True, text=True)
    if told.returncode:  # there already: a new password
        add = [*FYR, "serve", "account", "password", "physicist", "--random"]
        told = subprocess.run(add, env=environment, check=True, capture_output=True, text=True)
    process = subprocess.Popen(
        [*FYR, "serve", "--port", "0"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        assert process.stdout is not None
        found = None
        while found is None:
            line = process.stdout.readline()
            assert line, "the server ended"
            found = re.search(r"http://[\w.]+:\d+", line)
        yield found[0], process.pid, told.stdout.strip().rpartition(" ")[2]
    finally:
        process.terminate()
        process.wait(30)


def signed_in(address: str, password: str) -> httpx.Client:
    """Return a client in which the physicist is signed in."""
    client = httpx.Client(base_url=address, timeout=120)
    token = client.get("/api/session").json()["csrf_token"]
    answer = client.post(
        "/api/sign-in", json={"name": "physicist", "password": password}, headers={"X-CSRF-Token": token}
    )
    assert answer.status_code == 200, answer.text
    return client


def first_paint(client: httpx.Client) -> dict[str, Any]:
    """Ask for what the page needs before it paints; return what was answered."""

    def get(path: str, **query: Any) -> httpx.Response:
        answer = client.get(IMAGING + path, params=query)
        assert answer.status_code == 200, answer.text
        return answer

    entry = get("").json()["studies"][0]["views"][0]
    view = get(f"/views/{entry['id']}").json()
    volume, middle = view["volume"], view["volume"]["shape"][0] // 2
    preview = get(f"/volumes/{volume['id']}/preview")
    pixels = get(f"/volumes/{volume['id']}/voxels", **{"from": middle, "to": middle + 1}).content
    outlines = get(f"/views/{entry['id']}/contours", all=1, isodoses=0)
    return {"view": view, "preview": preview.content, "pixels": pixels, "outlines": outlines}


def check(found: dict[str, Any], folder: Path) -> None:
    """Hold the answers to the files and to the equation of the target."""
    from pydicom import dcmread

    shape = found["view"]["volume"]["shape"]
    middle = shape[0] // 2
    files = (dcmread(file) for file in folder.glob("ct-*.dcm"))
    wanted = next(one for one in files if one.InstanceNumber == middle + 1).pixel_array.astype(int) - 1024
    assert np.array_equal(np.frombuffer(found["pixels"], "<i2").reshape(shape[1:]), wanted)
    number, target = next((n, body) for n, body in enumerate(BODIES, start=1) if body.name == "PTV")
    for plane in found["outlines"].json()["planes"]:
        loops = [loop for one in plane["structures"] if one["number"] == number for loop in one["loops"]]
        radii = target.radii_at(plane["at_mm"])
        if radii is not None and min(radii) > 0.5:
            (loop,) = loops
            apart = np.hypot(*(np.array(loop) - target.centre_mm[:2]).T)
            assert np.abs(apart - radii[0]).max() < 0.02


def plain(folder: Path) -> float:
    """Read everything with plain pydicom; return the seconds."""
    from pydicom import dcmread

    begin = time.perf_counter()
    slices = sorted((dcmread(file) for file in folder.glob("ct-*.dcm")), key=lambda one: one.ImagePositionPatient[2])
    volume = np.stack([one.pixel_array * one.RescaleSlope + one.RescaleIntercept for one in slices]).astype(np.int16)
    drawn = dcmread(folder / "structures.dcm")
    contours = [
        np.array(one.ContourData, np.float64).reshape(-1, 3)
        for structure in drawn.ROIContourSequence
        for one in structure.ContourSequence
    ]
    dose = dcmread(folder / "dose.dcm")
    gray = dose.pixel_array * float(dose.DoseGridScaling)
    assert len(volume) == len(slices)
    assert contours
    assert gray.max() > 0
    return time.perf_counter() - begin


def in_browser(address: str, password: str) -> dict[str, float]:
    """Open the page in a browser that has never seen it; return seconds from navigation to its marks."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        try:
            page = browser.new_page(viewport={"width": 1400, "height": 900})
            page.goto(address)
            page.get_by_label("Name").fill("physicist")
            page.get_by_label("Password", exact=True).fill(password)
            page.keyboard.press("Enter")
            page.get_by_label("Password", exact=True).wait_for(state="detached")
            page.goto(f"{address}{PATIENT}/plan")
            page.wait_for_selector("[data-painted=whole]", timeout=120_000)
            marks = "name => performance.getEntriesByName(name)[0].startTime / 1000"
            return {name: round(page.evaluate(marks, f"plan:{name}"), 2) for name in ("first-paint", "whole")}
        finally:
            browser.close()


def chromium() -> str | None:
    """Return the browser of the machine, if it has one."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def main() -> None:
    """Time all of it and print one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--slices", type=int, default=200)
    parser.add_argument("--pixels", type=int, default=512)
    parser.add_argument("--no-browser", action="store_true")
    arguments = parser.parse_args()
    figures: dict[str, Any] = {"slices": arguments.slices, "pixels": arguments.pixels, "load": os.getloadavg()[0]}
    with tempfile.TemporaryDirectory() as temporary:
        folder = write_plan(Path(temporary) / "made", Sizes(arguments.slices, arguments.pixels))
        home = Path(temporary) / "home"
        keep = [*FYR, "record", "import", str(folder), "--hospital", "local", "--home", str(home)]
        subprocess.run(keep, check=True, capture_output=True)
        with server(home) as (address, _, password):
            check(first_paint(signed_in(address, password)), folder)
        with server(home) as (address, process, password):  # one that has read none of it
            client = signed_in(address, password)
            for name in ("cold", "warm"):
                begin, spent = time.perf_counter(), cpu_s(process)
                first_paint(client)
                figures[f"{name}_s"] = round(time.perf_counter() - begin, 2)
                figures[f"{name}_cpu_s"] = round(cpu_s(process) - spent, 2)
        plain(folder)
        begin = time.process_time()
        figures["plain_pydicom_s"] = round(plain(folder), 2)
        figures["plain_pydicom_cpu_s"] = round(time.process_time() - begin, 2)
        figures["ratio_cpu"] = round(figures["plain_pydicom_cpu_s"] / figures["cold_cpu_s"], 1)
        if chromium() and not arguments.no_browser:
            with server(home) as (address, _, password):
                figures["browser_s"] = in_browser(address, password)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
