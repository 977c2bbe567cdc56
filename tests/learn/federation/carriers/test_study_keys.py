"""Keys are made once, for their owner's eyes; who is admitted, and by whom, is signed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.learn.federation.carriers.cohort import SITES, enrolled

from fyr.errors import BadInput, NotPermitted
from fyr.learn.federation.carriers.study_keys import (
    CoordinatorKeys,
    SiteKeys,
    certificate_fingerprint,
    server_address,
)

ADDRESS = "https://fyr.example.org:9443"


def test_private_keys_are_for_their_owner_alone_and_never_overwritten(tmp_path: Path) -> None:
    everybody = enrolled(tmp_path)
    private = [*tmp_path.rglob("signing.pem"), *tmp_path.rglob("box.pem"), *tmp_path.rglob("tls.pem")]
    assert len(private) == 3 * (1 + len(SITES))
    assert {path.stat().st_mode & 0o777 for path in [*private, tmp_path / "coordinator" / "authority.pem"]} == {0o600}
    before = {path: path.read_bytes() for path in private}
    with pytest.raises(NotPermitted, match=r"there is a private key already"):
        SiteKeys.create(tmp_path / "oslo", "oslo")
    with pytest.raises(NotPermitted, match=r"there is a private key already"):
        CoordinatorKeys.create(tmp_path / "coordinator", "other", ADDRESS)
    assert {path: path.read_bytes() for path in private} == before
    (tmp_path / "oslo" / "signing.pem").chmod(0o640)
    with pytest.raises(NotPermitted, match=r"others can read this private key; chmod 600"):
        everybody.sites["oslo"].signing  # noqa: B018


def test_both_sides_see_the_same_words(tmp_path: Path) -> None:
    everybody = enrolled(tmp_path)
    again = SiteKeys.open(tmp_path / "oslo")
    assert again.known_coordinator.words == CoordinatorKeys.open(tmp_path / "coordinator").card.words
    assert again.card.words == everybody.coordinator.sites()["oslo"].words
    assert len({keys.card.words for keys in everybody.sites.values()}) == len(SITES)
    assert again.address == "https://localhost:9443"


def test_an_edited_request_or_admission_does_not_hold(tmp_path: Path) -> None:
    coordinator = CoordinatorKeys.create(tmp_path / "coordinator", "trial", ADDRESS)
    site = SiteKeys.create(tmp_path / "oslo", "oslo")
    asked = (tmp_path / "oslo" / "request.json").read_bytes()
    with pytest.raises(NotPermitted, match=r"the signature of this request to join a study does not hold"):
        coordinator.admit(asked.replace(b'"oslo"', b'"lund"'), "request.json")
    _, admission = coordinator.admit(asked, "request.json")
    with pytest.raises(NotPermitted, match=r"the signature of this admission to a study does not hold"):
        site.accept(admission.replace(b"fyr.example.org", b"fyr.example.com"), "admission.json")
    with pytest.raises(BadInput, match=r"this is no admission to a study; was it cut short"):
        site.accept(admission[:-40], "admission.json")
    with pytest.raises(
        BadInput, match=r"this is a request to join a study, not the admission to a study that is needed"
    ):
        site.accept(asked, "admission.json")
    other = SiteKeys.create(tmp_path / "other", "oslo")
    with pytest.raises(BadInput, match=r"this admission is of oslo's keys, not of these"):
        other.accept(admission, "admission.json")


def test_a_name_is_taken_once_and_a_certificate_renewed(tmp_path: Path) -> None:
    coordinator = CoordinatorKeys.create(tmp_path / "coordinator", "trial", ADDRESS)
    SiteKeys.create(tmp_path / "oslo", "oslo")
    SiteKeys.create(tmp_path / "false", "oslo")
    asked = (tmp_path / "oslo" / "request.json").read_bytes()
    first, _ = coordinator.admit(asked, "request.json")
    with pytest.raises(NotPermitted, match=r"a site oslo with other keys is admitted already"):
        coordinator.admit((tmp_path / "false" / "request.json").read_bytes(), "request.json")
    second, admission = coordinator.admit(asked, "request.json")
    assert certificate_fingerprint(first) != certificate_fingerprint(second)
    assert certificate_fingerprint(coordinator.sites()["oslo"]) == certificate_fingerprint(second)
    assert SiteKeys.open(tmp_path / "oslo").accept(admission, "x").card == second


def test_a_second_coordinator_cannot_take_a_site_over(tmp_path: Path) -> None:
    site = SiteKeys.create(tmp_path / "oslo", "oslo")
    asked = (tmp_path / "oslo" / "request.json").read_bytes()
    admissions = [
        CoordinatorKeys.create(tmp_path / name, "trial", ADDRESS).admit(asked, "request.json")[1] for name in ("a", "b")
    ]
    mine = site.accept(admissions[0], "a")
    with pytest.raises(NotPermitted, match=r"of another coordinator than the one before"):
        mine.accept(admissions[1], "b")


def test_who_is_not_admitted_is_named(tmp_path: Path) -> None:
    coordinator = CoordinatorKeys.create(tmp_path / "coordinator", "trial", ADDRESS)
    with pytest.raises(NotPermitted, match=r"not admitted: oslo, lund; fyr learn study-keys admit"):
        coordinator.cards(("oslo", "lund"))
    site = SiteKeys.create(tmp_path / "oslo", "oslo")
    with pytest.raises(NotPermitted, match=r"oslo has not been admitted to a study yet; send request.json"):
        site.known_coordinator  # noqa: B018
    with pytest.raises(BadInput, match=r"these are no coordinator's keys"):
        CoordinatorKeys.open(tmp_path / "oslo")
    with pytest.raises(NotPermitted, match=r"there is no such private key; make the keys first"):
        SiteKeys.open(tmp_path / "nowhere")


@pytest.mark.parametrize("name", ["coordinator", "", "a/b", "..", "x" * 41, "os lo"])
def test_a_name_that_could_not_name_a_file_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"cannot be a site's name"):
        SiteKeys.create(tmp_path / "keys", name)
    assert not (tmp_path / "keys").exists()


@pytest.mark.parametrize("address", ["http://a:1", "https://a", "https://a:1/x", "a:1", "https://a:99999999", ""])
def test_an_address_has_a_host_and_a_port(address: str) -> None:
    with pytest.raises(BadInput, match=r"is no address of a coordinator; write it as https://host:port"):
        server_address(address)
    assert server_address("https://[::1]:9443") == ("::1", 9443)


def test_damaged_files_are_named(tmp_path: Path) -> None:
    everybody = enrolled(tmp_path)
    card = tmp_path / "coordinator" / "sites" / "oslo.json"
    document = json.loads(card.read_bytes())
    document["card"]["signing"] = "AAAA"
    card.write_text(json.dumps(document))
    with pytest.raises(BadInput, match=r"oslo.json: a key has the wrong length"):
        everybody.coordinator.sites()
    (tmp_path / "lund" / "box.pem").write_bytes(b"no key")
    with pytest.raises(BadInput, match=r"box.pem: this is no private key in PEM"):
        SiteKeys.open(tmp_path / "lund")
