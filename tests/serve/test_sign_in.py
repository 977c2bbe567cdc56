"""Who gets in, for how long, and how hard it is to guess."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable

import pytest
from sqlalchemy import select
from tests.serve.house import CHEAP, PASSWORD, House

from fyr.clock import HOUR_US, MINUTE_US, SECOND_US, ManualClock
from fyr.errors import BadInput
from fyr.record.schema import account, login_session
from fyr.serve.accounts import LocalAccounts
from fyr.serve.credential_store import StoredAccounts
from fyr.serve.passwords import Passwords, random_password
from fyr.serve.throttle import GuessThrottle


def test_nobody_is_signed_in_at_first_and_no_account_has_a_password_of_ours(house: House) -> None:
    session = house.browser().visit().json()
    assert session["person"] is None
    assert session["permissions"] == []
    assert session["simulated"] is True
    assert session["roles"] == ["nurse", "physician", "physicist", "researcher", "administrator"]


def test_a_person_signs_in_and_out(house: House) -> None:
    browser = house.browser()
    answer = browser.sign_in("nurse")
    assert answer.status_code == 200
    assert answer.json()["person"] == {"name": "nurse", "title": "Nurse of the test", "role": "nurse"}
    assert browser.get("/api/wards").status_code == 200
    assert browser.post("/api/sign-out").status_code == 200
    assert browser.get("/api/wards").status_code == 401
    assert browser.visit().json()["person"] is None


@pytest.mark.parametrize(("name", "password"), [("nurse", "wrong horse battery"), ("nobody", PASSWORD), ("", "")])
def test_a_wrong_name_or_password_is_refused_with_one_and_the_same_sentence(
    house: House, name: str, password: str
) -> None:
    answer = house.browser().sign_in(name, password)
    assert answer.status_code == 401
    assert answer.json()["error"]["what"] == "name and password do not match"


def test_a_disabled_account_gets_in_no_more_and_its_session_ends(house: House) -> None:
    browser = house.signed_in("nurse")
    LocalAccounts(StoredAccounts(house.record.storage), CHEAP).disable("nurse")
    assert browser.get("/api/wards").status_code == 401
    assert house.browser().sign_in("nurse").status_code == 401


def test_a_new_password_ends_the_sessions_of_the_old_one_and_of_nobody_else(house: House) -> None:
    nurse, physician = house.signed_in("nurse"), house.signed_in("physician")
    LocalAccounts(StoredAccounts(house.record.storage), CHEAP).set_password("nurse", "another long password")
    assert nurse.get("/api/wards").status_code == 401
    assert physician.get("/api/wards").status_code == 200
    assert house.browser().sign_in("nurse").status_code == 401
    assert house.browser().sign_in("nurse", "another long password").status_code == 200


def test_guessing_waits_longer_and_longer_but_only_for_that_name_from_that_address(house: House) -> None:
    guesser = house.browser(address="10.0.0.9")
    for _ in range(5):
        assert guesser.sign_in("nurse", "wrong horse battery").status_code == 401
    answer = guesser.sign_in("nurse", PASSWORD)
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "1"
    assert house.browser(address="10.0.0.7").sign_in("nurse").status_code == 200
    house.wall_clock.time_us += 2 * SECOND_US
    assert guesser.sign_in("nurse", "wrong horse battery").status_code == 401
    assert guesser.sign_in("nurse", PASSWORD).headers["Retry-After"] == "2"
    house.wall_clock.time_us += 3 * SECOND_US
    assert guesser.sign_in("nurse", PASSWORD).status_code == 200


def test_an_address_that_tries_many_names_waits_too() -> None:
    clock = ManualClock(HOUR_US)
    throttle = GuessThrottle(clock)
    assert [throttle.try_now(f"name{number}", "10.0.0.9") for number in range(20)] == [0] * 20
    assert throttle.try_now("another", "10.0.0.9") == 1
    assert throttle.try_now("another", "10.0.0.8") == 0


def test_the_wait_doubles_to_fifteen_minutes_and_is_forgotten_after_an_hour() -> None:
    clock = ManualClock(HOUR_US)
    throttle = GuessThrottle(clock, free=1)
    waits = []
    for _ in range(14):
        assert throttle.try_now("nurse", "a") == 0
        waits.append(throttle.try_now("nurse", "a"))
        clock.time_us += waits[-1] * SECOND_US
    assert waits[:5] == [1, 2, 4, 8, 16]
    assert waits[-1] == 15 * 60
    clock.time_us += 2 * HOUR_US
    assert throttle.try_now("nurse", "a") == 0
    assert throttle.try_now("nurse", "a") == 1


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(house: House) -> None:
    browser = house.browser()
    first = browser.visit().headers["set-cookie"].lower()
    signed_in = browser.sign_in("nurse").headers["set-cookie"].lower()
    for cookie in (first, signed_in):
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        assert "path=/" in cookie
        assert "secure" not in cookie
    secure = house.browser(origin="https://127.0.0.1").visit().headers
    assert "secure" in secure["set-cookie"].lower()
    assert secure["strict-transport-security"] == "max-age=31536000"


def test_signing_in_changes_the_token_and_only_its_digest_is_kept(house: House) -> None:
    browser = house.browser()
    browser.visit()
    before = browser.cookies["fyr_session"]
    browser.sign_in("nurse")
    after = browser.cookies["fyr_session"]
    assert before != after
    with house.record.storage.reading() as connection:
        rows = connection.execute(select(login_session)).all()
        hashes = connection.scalars(select(account.c.password_hash)).all()
    assert [row.token_sha256 for row in rows] == [hashlib.sha256(after.encode()).hexdigest()]
    assert after not in repr(rows)
    assert all(stored.startswith("$argon2id$") for stored in hashes)


def test_a_token_from_before_signing_in_is_worth_nothing(house: House) -> None:
    browser, thief = house.browser(), house.browser()
    browser.visit()
    thief.cookies.set("fyr_session", browser.cookies["fyr_session"], domain="127.0.0.1")
    browser.sign_in("nurse")
    assert thief.get("/api/wards").status_code == 401


def test_a_session_ends_when_idle(house: House) -> None:
    browser = house.signed_in("nurse")
    for _ in range(3):
        house.wall_clock.time_us += 29 * MINUTE_US
        assert browser.get("/api/wards").status_code == 200
    house.wall_clock.time_us += 30 * MINUTE_US
    assert browser.get("/api/wards").status_code == 401


def test_a_session_ends_after_a_long_shift_whatever_happens(house: House) -> None:
    browser = house.signed_in("nurse")
    for _ in range(13 * 3 - 1):
        house.wall_clock.time_us += 20 * MINUTE_US
        assert browser.get("/api/wards").status_code == 200
    house.wall_clock.time_us += 20 * MINUTE_US
    assert browser.get("/api/wards").status_code == 401


def test_a_session_outlives_a_restart_of_the_server(open_house: Callable[..., House]) -> None:
    before = open_house()
    browser = before.signed_in("nurse")
    after = open_house().browser()
    after.cookies.set("fyr_session", browser.cookies["fyr_session"], domain="127.0.0.1")
    assert after.visit().json()["person"]["name"] == "nurse"


def test_every_post_needs_the_csrf_token_of_its_own_session(house: House) -> None:
    browser, other = house.signed_in("nurse"), house.signed_in("physician")
    for token in ("", "0" * 64, other.csrf):
        for path in ("/api/sign-in", "/api/sign-out", "/api/notifications/x/acknowledge"):
            answer = browser.post(path, {"name": "nurse", "password": PASSWORD}, csrf=token)
            assert answer.status_code == 403, path
            assert "X-CSRF-Token" in answer.json()["error"]["what"]
    assert browser.visit().json()["person"]["name"] == "nurse"


def test_signing_in_and_failing_to_are_in_the_audit_trail(house: House) -> None:
    browser = house.browser(address="10.1.2.3")
    browser.sign_in("nurse", "wrong horse battery")
    browser.sign_in("nurse")
    browser.post("/api/sign-out")
    failed, done, left = (house.audited(action) for action in ("fail to sign in", "sign in", "sign out"))
    assert [entry["person"] for entry in failed] == ["unknown:nurse"]
    assert [(entry["person"], entry["role"], entry["detail"]["address"]) for entry in done] == [
        ("nurse", "nurse", "10.1.2.3")
    ]
    assert [entry["person"] for entry in left] == ["nurse"]
    assert "wrong horse" not in repr(list(house.record.audit.export()))


def test_an_unknown_name_takes_as_long_as_a_known_one(house: House) -> None:
    passwords = Passwords(memory_kib=16 * 1024, passes=2, lanes=1)
    accounts = LocalAccounts(StoredAccounts(house.record.storage), passwords)
    accounts.set_password("nurse", PASSWORD)

    def fastest(name: str) -> float:
        spent = []
        for _ in range(5):
            begun = time.perf_counter()
            assert accounts.authenticate(name, "wrong horse battery") is None
            spent.append(time.perf_counter() - begun)
        return min(spent)

    known, unknown = fastest("nurse"), fastest("nobody")
    assert 0.4 < known / unknown < 2.5


def test_short_passwords_bad_names_and_taken_names_are_refused(house: House) -> None:
    accounts = LocalAccounts(StoredAccounts(house.record.storage), CHEAP)
    role = accounts.all()[0].role
    with pytest.raises(BadInput, match="too short"):
        accounts.add("ingrid", "short", role)
    with pytest.raises(BadInput, match="already"):
        accounts.add("nurse", PASSWORD, role)
    with pytest.raises(BadInput, match="cannot be an account's name"):
        accounts.add("In grid", PASSWORD, role)
    with pytest.raises(BadInput, match="no account 'ingrid'"):
        accounts.disable("ingrid")


def test_random_passwords_differ_and_hold_enough_to_stand_guessing() -> None:
    made = {random_password() for _ in range(200)}
    assert len(made) == 200
    assert all(len(one.replace("-", "")) == 20 for one in made)
    assert not set("".join(made)) & set("il1o0")
