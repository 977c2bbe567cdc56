"""A machine that posts FHIR is listed among the sources, as what it is: a real client against a running `fyr serve`."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from tests.exchange.fhir.resources import bundle, observation, quantity, validated
from tests.serve.hospital_process import HospitalProcess, accepted, admission

from fyr.clock import SystemClock, from_iso, to_iso
from fyr.exchange.hl7v2 import send_mllp

pytestmark = pytest.mark.slow


def _observation(patient: str, value: float) -> dict[str, object]:
    time, whom = to_iso(SystemClock().now_us()), {"reference": f"Patient/{patient}"}
    return validated(observation("8867-4", valueQuantity=quantity(value), effectiveDateTime=time, subject=whom))


def test_machines_that_have_posted_are_listed_with_what_became_of_it(tmp_path: Path) -> None:
    house = HospitalProcess(tmp_path)
    token = house.verb("token", "add", "gateway", "--may", "send").split()[-1]
    house.verb("token", "add", "quiet", "--may", "send")
    password = house.verb("account", "add", "ann", "--role", "administrator", "--random").split()[-1]
    house.start()
    try:
        assert accepted(send_mllp("127.0.0.1", house.mllp, [admission("p1", "7A", "01", "adt")], timeout_s=30))
        with httpx.Client(base_url=f"http://127.0.0.1:{house.port}", timeout=20) as ann:
            csrf = ann.get("/api/session").json()["csrf_token"]
            signed_in = ann.post(
                "/api/sign-in", json={"name": "ann", "password": password}, headers={"X-CSRF-Token": csrf}
            )
            assert signed_in.status_code == 200, signed_in.text
            assert [one["name"] for one in ann.get("/api/sources").json()["sources"]] == ["monitors", "gateway"]

            before_us = SystemClock().now_us()
            headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/fhir+json"}
            with httpx.Client(base_url=f"http://127.0.0.1:{house.port}", timeout=20, headers=headers) as machine:
                sent = bundle("batch", _observation("p1", 71), _observation("stranger", 72), _observation("p1", 73))
                assert machine.post("/api/fhir", json=sent).status_code == 200
                assert machine.post("/api/fhir/Observation", content=b"{").status_code == 422

            sources = {one["name"]: one for one in ann.get("/api/sources").json()["sources"]}
            assert list(sources) == ["monitors", "gateway", "fhir gateway"]  # and none that has sent nothing
            fhir = sources["fhir gateway"]
            assert (fhir["kind"], fhir["state"], fhir["detail"]) == ("fhir", "listening", "POST /api/fhir")
            assert (fhir["messages"], fhir["accepted"], fhir["refused"], fhir["samples"]) == (4, 2, 2, 2)
            assert before_us <= from_iso(fhir["last_message_at"]) <= SystemClock().now_us()
            assert (fhir["silent"], fhir["silent_after_s"]) == (False, None)
            metrics = ann.get("/metrics").text
            assert 'fyr_source_refused_total{source="fhir gateway"} 2.0' in metrics
    finally:
        house.stop()
