"""Machines sign in with a token: it does what it was made for, nothing else, and only until it is revoked."""

from __future__ import annotations

import hashlib

import pytest
from sqlalchemy import select
from tests.exchange.fhir.resources import observation, quantity
from tests.serve.house import House
from tests.serve.machine import Machine, token_of

from fyr.clock import MINUTE_US, ManualClock
from fyr.errors import BadInput
from fyr.record.schema import machine_token
from fyr.serve.machine_tokens import MachineTokens, May, StoredTokens

OBSERVATION = observation("8867-4", valueQuantity=quantity(72))
READS = ("/api/fhir/DetectedIssue", "/api/fhir/Communication", "/api/fhir/RiskAssessment")


def test_only_the_digest_of_a_token_is_kept(house: House) -> None:
    token = token_of(house)
    with house.record.storage.reading() as connection:
        (row,) = connection.execute(select(machine_token)).all()
    assert row.token_sha256 == hashlib.sha256(token.encode()).hexdigest()
    assert token not in repr(row)
    assert len(token) >= 256 / 6  # URL-safe base64 has six bits a character


def test_a_token_may_what_it_was_made_for_and_nothing_else(house: House) -> None:
    sender, reader = Machine(house, token_of(house, "send")), Machine(house, token_of(house, "read"))
    assert [sender.get(path).status_code for path in READS] == [403] * 3
    assert [reader.get(path).status_code for path in READS] == [200] * 3
    assert reader.post("/api/fhir", OBSERVATION).status_code == 403
    assert sender.post("/api/fhir", OBSERVATION).status_code == 503  # it may, and nothing takes it in this house
    for path in ("/api/wards", "/api/wards/7A/board", "/api/patients", "/api/patients/demo/1", "/api/models",
                 "/api/audit", "/api/devices"):  # fmt: skip
        if path != "/api/models":
            assert sender.get(path).status_code == 403, path
            assert reader.get(path).status_code == 403, path
    for machine in (sender, reader):
        assert machine.post("/api/notifications/x/acknowledge", {}, kind="application/json").status_code == 403


@pytest.mark.parametrize("path", ["/api/fhir", "/api/fhir/Observation"])
def test_without_a_token_with_a_wrong_one_or_a_revoked_one_nothing_is_taken(house: House, path: str) -> None:
    token = token_of(house)
    nobody = Machine(house, None).post(path, OBSERVATION)
    assert nobody.status_code == 403  # a browser's post without its CSRF token
    assert "a machine sends Authorization: Bearer TOKEN" in nobody.text
    assert Machine(house, token[::-1]).post(path, OBSERVATION).status_code == 401
    assert Machine(house, "").post(path, OBSERVATION).status_code == 401
    basic = Machine(house, None).post(path, OBSERVATION, Authorization="Basic bnVyc2U6c2VjcmV0")
    assert basic.status_code == 401
    assert house.installation.tokens is not None
    house.installation.tokens.revoke("sender")
    assert Machine(house, token).post(path, OBSERVATION).status_code == 401
    refused = Machine(house, token).post(path, OBSERVATION)
    assert refused.json()["resourceType"] == "OperationOutcome"
    assert refused.json()["issue"][0]["code"] == "login"


def test_a_nurse_in_a_browser_may_not_send_and_needs_the_csrf_token_still(house: House) -> None:
    nurse = house.signed_in("nurse")
    assert nurse.post("/api/fhir", OBSERVATION).status_code == 403
    assert "send samples" in nurse.post("/api/fhir", OBSERVATION).json()["issue"][0]["diagnostics"]
    assert "X-CSRF-Token" in nurse.post("/api/fhir", OBSERVATION, csrf="").json()["issue"][0]["diagnostics"]
    assert nurse.get("/api/fhir/DetectedIssue").status_code == 200
    assert house.signed_in("administrator").get("/api/fhir/DetectedIssue").status_code == 403


def test_a_header_that_is_no_token_does_not_let_a_cookie_through(house: House) -> None:
    """Whoever sends Authorization is that machine or nobody: the header never spares a cookie its CSRF token."""
    nurse = house.signed_in("nurse")
    machine = Machine(house, "wrong")
    machine.headers["Cookie"] = f"fyr_session={nurse.cookies['fyr_session']}"
    assert machine.get("/api/wards").status_code == 401
    assert machine.post("/api/sign-out", {}, kind="application/json").status_code == 401
    assert nurse.get("/api/wards").status_code == 200
    right = Machine(house, token_of(house))
    right.headers["Cookie"] = machine.headers["Cookie"]
    assert right.get("/api/wards").status_code == 403
    assert right.post("/api/sign-out", {}, kind="application/json").status_code == 200
    assert nurse.get("/api/wards").status_code == 200


def test_trying_tokens_waits_longer_and_longer_and_locks_out_no_good_one(house: House) -> None:
    token = token_of(house)
    guesser = Machine(house, "wrong")
    assert [guesser.get("/api/wards").status_code for _ in range(6)] == [401] * 5 + [429]
    assert guesser.get("/api/fhir/DetectedIssue").headers["Retry-After"] == "1"
    assert len(house.audited("fail to sign in")) == 5
    assert Machine(house, token).get("/api/wards").status_code == 403
    assert house.browser().sign_in("nurse").status_code == 200
    assert Machine(house, "wrong", address="10.0.0.7").get("/api/wards").status_code == 401
    assert "wrong" not in {entry["person"] for entry in house.audited("fail to sign in")}


def test_what_a_machine_reads_is_audited_under_its_tokens_name(house: House) -> None:
    Machine(house, token_of(house, "read", "ehr")).get("/api/fhir/DetectedIssue?patient=demo/1")
    (entry,) = house.audited("read alarms")
    assert (entry["person"], entry["role"], entry["purpose"], entry["patient"]) == (
        "token:ehr", "reader", "care", "demo/1"
    )  # fmt: skip


def test_a_name_is_given_once_and_a_token_revoked_once(house: House) -> None:
    tokens = MachineTokens(StoredTokens(house.record.storage), clock := ManualClock(MINUTE_US))
    made = tokens.add("gateway", May.SEND)
    with pytest.raises(BadInput, match="there is, or was"):
        tokens.add("gateway", May.READ)
    with pytest.raises(BadInput, match="cannot be a token's name"):
        tokens.add("Gate way", May.READ)
    assert tokens.all()[0].last_used_us is None
    machine = tokens.machine_of(made)
    assert machine is not None
    assert machine.name == "token:gateway"
    assert tokens.all()[0].last_used_us == MINUTE_US
    clock.time_us += 1
    assert tokens.machine_of(made) is not None
    assert tokens.all()[0].last_used_us == MINUTE_US
    tokens.revoke("gateway")
    assert tokens.machine_of(made) is None
    for name, what in (("gateway", "revoked already"), ("nobody", "no token 'nobody'")):
        with pytest.raises(BadInput, match=what):
            tokens.revoke(name)
    with pytest.raises(BadInput, match="there is, or was"):
        tokens.add("gateway", May.SEND)
