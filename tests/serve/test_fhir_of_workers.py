"""Before several workers, a search of FHIR finds what any of them has: never an empty answer of who watches nobody."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx
import pytest
from tests.exchange.fhir.resources import validated
from tests.serve.house import ANNA, BERT, House
from tests.serve.machine import token_of

from fyr.record import PatientId
from fyr.serve.app import create_app
from fyr.serve.shard_proxy import ShardProxy


class Some:
    """The wards of a house, as a worker has them that watches one patient; none watches nobody."""

    def __init__(self, house: House, patient: PatientId | None) -> None:
        self._wards = house.installation.wards
        self._patient = patient

    def wards(self) -> dict[str, list[Any]]:
        everybody = self._wards.wards()
        return {ward: [one for one in some if one.patient == self._patient] for ward, some in everybody.items()}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._wards, name)


class Front:
    """The front of a house with a worker for each patient."""

    def __init__(self, house: House, *patients: PatientId) -> None:
        def app(patient: PatientId | None) -> Any:
            return create_app(replace(house.installation, wards=Some(house, patient)))  # type: ignore[arg-type]

        self.proxy = ShardProxy(app(None), (), lambda _: None)
        self.proxy._workers = [
            httpx.AsyncClient(transport=httpx.ASGITransport(app(patient)), base_url="http://127.0.0.1:8000")
            for patient in patients
        ]
        self._house = house
        self._headers = {"Authorization": f"Bearer {token_of(house, 'read')}"}

    def get(self, path: str) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self.proxy)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
                return await client.get(path, headers=self._headers)

        return self._house.runner.run(ask())


@pytest.fixture
def front(house: House) -> Front:
    house.low_saturation(ANNA)
    house.low_saturation(BERT)
    return Front(house, ANNA, BERT)


def patients(found: dict[str, Any]) -> list[str]:
    return [entry["resource"]["patient"]["identifier"]["value"] for entry in validated(found).get("entry", [])]


def test_what_each_worker_has_is_found_newest_first(front: Front) -> None:
    found = front.get("/api/fhir/DetectedIssue").json()
    assert set(patients(found)) == {"1", "2"}
    assert found["total"] == len(found["entry"])
    changed = [entry["resource"]["meta"]["lastUpdated"] for entry in found["entry"]]
    assert changed == sorted(changed, reverse=True)
    fewer = front.get("/api/fhir/DetectedIssue?_count=1").json()
    assert patients(fewer) == patients(found)[:1]
    assert fewer["total"] == found["total"]


def test_a_patient_whom_one_worker_knows_is_found_and_one_whom_none_knows_is_not(front: Front) -> None:
    for number in ("1", "2"):
        assert set(patients(front.get(f"/api/fhir/DetectedIssue?patient={number}").json())) == {number}
    # Both workers find it where it is named in full; it is returned once.
    named = front.get("/api/fhir/DetectedIssue?patient=demo/1").json()
    ids = [entry["resource"]["id"] for entry in named["entry"]]
    assert len(ids) == len(set(ids)) == named["total"]
    answer = front.get("/api/fhir/DetectedIssue?patient=77")
    assert answer.status_code == 404
    validated(answer.json())
    assert front.get("/api/fhir/DetectedIssue?_count=0").status_code == 422


def test_a_worker_that_is_away_is_no_quiet_ward(front: Front) -> None:
    class Away(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            raise httpx.ConnectError("nobody is there", request=request)

    front.proxy._workers[1] = httpx.AsyncClient(transport=Away(), base_url="http://127.0.0.1")
    answer = front.get("/api/fhir/DetectedIssue")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert validated(answer.json())["issue"][0]["code"] == "transient"


def test_pictures_are_shown_by_the_front_itself(front: Front) -> None:
    """Whoever may not see them is told so, though no worker is there."""

    class Away(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            raise httpx.ConnectError("nobody is there", request=request)

    front.proxy._workers = [httpx.AsyncClient(transport=Away(), base_url="http://127.0.0.1")]
    for path, status in (("", 503), ("/series", 503), ("/imaging", 403), ("/imaging/views/1", 403)):
        assert front.get(f"/api/patients/demo/1{path}").status_code == status
