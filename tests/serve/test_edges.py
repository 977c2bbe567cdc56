"""The edges of the server: host names, headers, errors, the page, the description of the API."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.serve.house import Browser, House

from fyr.serve.app import create_app
from fyr.serve.host_names import is_loopback, names_of
from fyr.serve.page import Page


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8000", "localhost:8000", "LOCALHOST", "[::1]:8000"])
def test_the_server_answers_to_its_own_names(house: House, host: str) -> None:
    assert house.browser().get("/api/health", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8000", "10.0.0.1", ""]
)
def test_a_foreign_host_name_is_refused_whatever_is_asked_for(house: House, host: str) -> None:
    browser = house.signed_in("nurse")
    for path in ("/api/health", "/api/wards", "/", "/assets/x.js"):
        answer = browser.get(path, headers={"Host": host})
        assert answer.status_code == 421
        assert answer.json()["error"]["where"] == "Host"


def test_further_names_are_those_that_were_configured() -> None:
    assert {"ward.hospital.example", "127.0.0.1", "10.1.2.3"} <= names_of("10.1.2.3", ["ward.hospital.example"])
    assert "[fd00::7]" in names_of("fd00::7")
    assert [is_loopback(host) for host in ("127.0.0.1", "127.9.9.9", "::1", "localhost")] == [True] * 4
    assert [is_loopback(host) for host in ("0.0.0.0", "10.0.0.1", "127.evil.example", "::")] == [False] * 4  # noqa: S104


def test_every_answer_carries_the_security_headers_also_errors_and_the_page(house: House) -> None:
    browser = house.signed_in("nurse")
    for path in ("/api/session", "/api/wards", "/api/nothing", "/api/audit", "/", "/patients/demo/1"):
        headers = browser.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert "http" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        if path.startswith("/api"):
            assert headers["cache-control"] == "no-store"


def test_our_own_fault_tells_nothing_and_keeps_the_headers(house: House) -> None:
    app = create_app(house.installation)

    def fail() -> None:
        raise RuntimeError("the patient's name is in here")

    app.router.routes.insert(0, _route("/api/fail", fail))
    browser = Browser(app, house.runner)
    house.browsers.append(browser)
    answer = browser.get("/api/fail")
    assert answer.status_code == 500
    assert "patient" not in answer.text
    assert answer.json()["error"]["what"].startswith("this is Fyr's own fault")
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_errors_have_one_shape(house: House) -> None:
    browser = house.signed_in("nurse")
    answers = [
        browser.get("/api/nothing"),
        browser.get("/api/wards/9Z/board"),
        browser.get("/api/patients/demo/99"),
        browser.get("/api/patients/demo/1/series?hours=0"),
        browser.get("/api/models/nothing"),
        browser.post("/api/notifications/none/acknowledge"),
        browser.post("/api/notifications/none/pause", {"minutes": 10}),
        house.browser().get("/api/wards"),
    ]
    assert [answer.status_code for answer in answers] == [404, 404, 404, 422, 404, 404, 422, 401]
    for answer in answers:
        assert set(answer.json()) == {"error"}
        assert set(answer.json()["error"]) == {"what", "where", "mend"}
        assert answer.json()["error"]["what"]


def test_a_request_that_is_far_too_large_is_not_read(house: House) -> None:
    browser = house.signed_in("nurse")
    answer = browser.post("/api/notifications/x/acknowledge", {"note": "x" * 70_000})
    assert answer.status_code == 413
    assert answer.json()["error"]["what"] == "the request is larger than 65536 bytes"

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b" " * 65536

    refused = browser.stream("/api/sign-in", endless())
    assert refused.status_code == 400


def test_openapi_describes_every_route_and_needs_nothing_from_elsewhere(house: House) -> None:
    browser = house.browser()
    document = browser.get("/api/openapi.json").json()
    assert {
        "/api/health",
        "/api/ready",
        "/metrics",
        "/api/sources",
        "/api/quarantine",
        "/api/session",
        "/api/sign-in",
        "/api/sign-out",
        "/api/wards",
        "/api/wards/{ward}/board",
        "/api/wards/{ward}/on-duty",
        "/api/wards/{ward}/handover",
        "/api/wards/{ward}/sensor-gaps",
        "/api/live",
        "/api/notifications/{notification}",
        "/api/notifications/{notification}/acknowledge",
        "/api/notifications/{notification}/act",
        "/api/notifications/{notification}/pause",
        "/api/patients",
        "/api/patients/{hospital}/{local}",
        "/api/patients/{hospital}/{local}/series",
        "/api/patients/{hospital}/{local}/alarms",
        "/api/patients/{hospital}/{local}/findings",
        "/api/patients/{hospital}/{local}/replay",
        "/api/patients/{hospital}/{local}/replay/said.csv",
        "/api/comparisons",
        "/api/comparisons/demonstration",
        "/api/comparisons/{name}",
        "/api/comparisons/{name}/patients/{hospital}/{local}",
        "/api/comparisons/{name}/patients/{hospital}/{local}/said.csv",
        "/api/patients/{hospital}/{local}/overrides",
        "/api/patients/{hospital}/{local}/overrides/{override}",
        "/api/models",
        "/api/models/{name}",
        "/api/models/{name}/here",
        "/api/diagnosis",
        "/api/patients/{hospital}/{local}/diagnosis",
        *(f"/api/patients/{{hospital}}/{{local}}/diagnosis/{part}" for part in ("course", "check", "facts", "keep")),
        *(f"/api/patients/{{hospital}}/{{local}}/{part}" for part in ("exposures", "exposures.csv", "hearing")),
        *(f"/api/exposures/reference-levels{ending}" for ending in ("", ".csv", ".svg")),
        "/api/imaging",
        "/api/patients/{hospital}/{local}/imaging",
        "/api/patients/{hospital}/{local}/imaging/views/{view}",
        *(
            f"/api/patients/{{hospital}}/{{local}}/imaging/{part}"
            for part in (
                *(f"views/{{view}}/{one}" for one in ("contours", "dvh", "outcome", "probe", "voxels-between")),
                *(f"volumes/{{volume}}/{one}" for one in ("preview", "voxels")),
                "doses/{dose}/voxels",
            )
        ),
        "/api/audit",
        "/api/devices",
        *(f"/api/fhir{part}" for part in ("", "/Observation", "/DetectedIssue", "/Communication", "/RiskAssessment")),
        "/api/fhir/metadata",
        *(f"/api/studies{part}" for part in ("", "/ledger.csv", "/{name}", "/{name}/decision", "/{name}/result.json")),
        "/api/protocols",
        *(f"/api/patients/{{hospital}}/{{local}}/imaging/comparison{part}" for part in ("", "/report")),
        "/api/validations",
        "/api/validations/{name}",
        *(
            f"/api/validations/{{name}}/{file}"
            for file in ("validation.json", "figures.csv", "report.html", "report.pdf")
        ),
    } == {path for path in document["paths"] if not path.startswith("/api/dicomweb/")}
    for path, methods in document["paths"].items():
        for method in methods.values():
            assert method["tags"], path
            assert method["summary"], path
            assert method["description"], path
    assert browser.get("/docs").headers["content-type"].startswith("text/html")
    assert "cdn" not in browser.get("/docs").text


def test_health_says_ok_and_nothing_of_patients(house: House) -> None:
    document = house.browser().get("/api/health").json()
    assert document.pop("engine_behind_s") < 5
    assert document == {"status": "ok", "version": document["version"], "simulated": True, "problem": None}


def test_the_page_is_served_at_every_address_and_its_files_are_compressed_and_kept(
    house: House, tmp_path: Path
) -> None:
    built = tmp_path / "page"
    (built / "assets").mkdir(parents=True)
    index, script = "<!doctype html><title>Fyr</title>", "console.log(1);" * 500
    (built / "index.html").write_text(index)
    (built / "assets" / "main-1a2b3c.js").write_text(script)
    (tmp_path / "secret").write_text("not the page's")
    browser = _with_page(house, built)
    for path in ("/", "/patients/demo/17.5", "/wards/7A", "/../secret", "/%2e%2e/secret"):
        assert browser.get(path).text == index
        assert browser.get(path).headers["cache-control"] == "no-cache"
    answer = browser.get("/assets/main-1a2b3c.js", headers={"Accept-Encoding": "gzip"})
    assert answer.text == script
    assert answer.headers["content-encoding"] == "gzip"
    assert int(answer.headers["content-length"]) == len(gzip.compress(script.encode(), mtime=0))
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-type"].startswith("text/javascript")
    assert browser.get("/assets/main-1a2b3c.js", headers={"Accept-Encoding": "identity"}).text == script
    assert browser.get("/assets/gone.js").status_code == 404


def test_a_page_that_is_not_built_says_so_while_the_api_works(house: House, tmp_path: Path) -> None:
    browser = _with_page(house, tmp_path / "absent")
    answer = browser.get("/")
    assert answer.status_code == 503
    assert "make run" in answer.text
    assert browser.get("/api/health").status_code == 200


def _with_page(house: House, folder: Path) -> Browser:
    browser = Browser(create_app(replace(house.installation, page=Page(folder))), house.runner)
    house.browsers.append(browser)
    return browser


def _route(path: str, endpoint: Any) -> Any:
    from fastapi.routing import APIRoute

    return APIRoute(path, endpoint)
