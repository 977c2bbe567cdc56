"""Files carried by hand: whole or refused by name, for one pair of eyes, harmless when double, old or renamed."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from tests.learn.federation.carriers.cohort import SITES, STUDY, Enrolled, enrolled

from fyr.errors import BadInput, FyrError, NotPermitted
from fyr.learn.federation.carriers.by_hand import ByHand, answer_file
from fyr.learn.federation.carriers.sealed_file import Label, label_of, open_file, seal_file
from fyr.learn.federation.envelope import Envelope

LABEL = Label("0123456789abcdef", 3, "coordinator", "oslo")


@pytest.fixture(scope="module")
def everybody(tmp_path_factory: pytest.TempPathFactory) -> Enrolled:
    return enrolled(tmp_path_factory.mktemp("keys"))


def question(everybody: Enrolled, site: str, number: int = 0) -> bytes:
    payload = {"step": "whatever it is", "values": {}}  # a refusal is an answer too: it must come
    return Envelope(STUDY.digest, number, "question", "coordinator", site, payload).seal(everybody.coordinator.signing)


class Desk:
    """The coordinator's folders, and what it said."""

    def __init__(self, everybody: Enrolled, folder: Path) -> None:
        self.everybody, self.outbox, self.inbox = everybody, folder / "outbox", folder / "inbox"
        self.said: list[str] = []
        self.transport = self.begin()

    def begin(self) -> ByHand:
        return ByHand(self.everybody.coordinator, SITES, self.outbox, self.inbox, say=self.said.append)

    def answered(self, site: str, number: int = 0) -> Path:
        self.transport.send(site, question(self.everybody, site, number))
        file = self.outbox / f"round-{number + 1:04d}-to-{site}.fyr"
        return answer_file(file, self.everybody.sites[site], self.everybody.site(site).handle, self.inbox).answer


@pytest.fixture
def desk(everybody: Enrolled, tmp_path: Path) -> Desk:
    return Desk(everybody, tmp_path)


def test_what_to_carry_where_is_said(desk: Desk) -> None:
    answer = desk.answered("oslo", 2)
    assert answer == desk.inbox / "round-0003-from-oslo.fyr"
    assert len(desk.transport.receive(1)) == 1
    assert desk.said == [
        f"carry {desk.outbox / 'round-0003-to-oslo.fyr'} to oslo; lay the answer that it gives into {desk.inbox}",
        "round-0003-from-oslo.fyr has been taken",
    ]


def test_double_renamed_and_old_files_do_no_harm(desk: Desk) -> None:
    answer = desk.answered("oslo")
    shutil.copy(answer, desk.inbox / "round-0001-from-oslo (1).fyr")
    shutil.copy(answer, desk.inbox / "whatever.bin")
    come = desk.transport.receive(1)
    assert len(come) == 3
    assert len(set(come)) == 1
    assert desk.transport.receive(0.3) == []
    assert desk.begin().receive(1) == come  # a coordinator that was killed finds all of it again


def test_other_things_in_the_folder_are_named_and_left_alone(desk: Desk) -> None:
    (desk.inbox / "holiday.jpg").write_bytes(b"\xff\xd8\xff\xe0 no answer")
    os.utime(desk.inbox / "holiday.jpg", (1e9, 1e9))
    (desk.inbox / "folder").mkdir()
    (desk.inbox / ".DS_Store").write_bytes(b"x")
    assert desk.transport.receive(0.6) == []
    assert desk.said == [f"{desk.inbox / 'holiday.jpg'}: this is no file of a federated study"]
    assert (desk.inbox / "holiday.jpg").exists()


def test_a_file_that_is_still_being_copied_is_waited_for(desk: Desk) -> None:
    answer = desk.answered("oslo")
    whole = answer.read_bytes()
    answer.write_bytes(whole[:300])
    assert desk.transport.receive(0.3) == []
    assert not any("cut short" in line for line in desk.said)
    os.utime(answer, (1e9, 1e9))
    assert desk.transport.receive(0.3) == []
    assert any(f"{answer}: the file is cut short: " in line for line in desk.said)
    answer.write_bytes(whole)
    assert len(desk.transport.receive(1)) == 1


def test_another_study_gets_a_folder_of_its_own(desk: Desk) -> None:
    desk.transport.send("oslo", question(desk.everybody, "oslo"))
    before = (desk.outbox / "round-0001-to-oslo.fyr").read_bytes()
    other = Envelope("f" * 64, 0, "question", "coordinator", "oslo", {}).seal(desk.everybody.coordinator.signing)
    with pytest.raises(BadInput, match=r"a question of another study lies here; give each study a folder of its own"):
        desk.transport.send("oslo", other)
    assert (desk.outbox / "round-0001-to-oslo.fyr").read_bytes() == before
    desk.begin().send("oslo", question(desk.everybody, "oslo"))


def test_an_answer_that_another_site_wrote_is_refused(desk: Desk) -> None:
    answer = desk.answered("lund")
    _, body = open_file(answer.read_bytes(), desk.everybody.coordinator.box, "")
    forged = seal_file(Label(LABEL.study, 1, "oslo", "coordinator"), body, desk.everybody.coordinator.card.box_key)
    answer.unlink()
    (desk.inbox / "forged.fyr").write_bytes(forged)
    assert desk.transport.receive(0.3) == []
    assert any("oslo handed in an envelope of lund" in line for line in desk.said)


def test_a_question_for_another_site_does_not_open(desk: Desk, tmp_path: Path) -> None:
    desk.transport.send("lund", question(desk.everybody, "lund"))
    file = desk.outbox / "round-0001-to-lund.fyr"
    with pytest.raises(NotPermitted, match=r"it does not open with these keys: it is for lund"):
        answer_file(file, desk.everybody.sites["oslo"], lambda data: data, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_question_that_the_coordinator_did_not_sign_is_not_answered(desk: Desk, tmp_path: Path) -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    payload = {"step": "logistic", "values": {}}
    forged = Envelope(STUDY.digest, 0, "question", "coordinator", "oslo", payload).seal(Ed25519PrivateKey.generate())
    file = tmp_path / "question.fyr"
    file.write_bytes(seal_file(LABEL, forged, desk.everybody.sites["oslo"].card.box_key))
    with pytest.raises(NotPermitted, match=r"the signature of coordinator does not hold"):
        answer_file(file, desk.everybody.sites["oslo"], desk.everybody.site("oslo").handle, tmp_path / "out")
    assert not (tmp_path / "out").exists()


OWN = X25519PrivateKey.generate()
SEALED = seal_file(LABEL, b"an envelope " * 20, OWN.public_key())


def test_a_file_opens_for_its_receiver_alone() -> None:
    assert open_file(SEALED, OWN, "f") == (LABEL, b"an envelope " * 20)
    assert label_of(SEALED, "f").name == "round-0003-to-oslo.fyr"
    assert b"an envelope" not in SEALED
    assert seal_file(LABEL, b"an envelope " * 20, OWN.public_key()) != SEALED
    with pytest.raises(NotPermitted, match=r"f: it does not open with these keys"):
        open_file(SEALED, X25519PrivateKey.generate(), "f")


@given(st.integers(0, len(SEALED) - 1))
def test_a_file_cut_anywhere_is_refused_by_name(length: int) -> None:
    with pytest.raises(BadInput, match=r"^round-3.fyr: "):
        open_file(SEALED[:length], OWN, "round-3.fyr")


@given(st.integers(0, len(SEALED) - 1), st.integers(1, 255))
def test_a_changed_byte_anywhere_is_found(at: int, change: int) -> None:
    changed = bytearray(SEALED)
    changed[at] ^= change
    with pytest.raises(FyrError, match=r"^round-3.fyr: "):
        open_file(bytes(changed), OWN, "round-3.fyr")


@given(st.binary(max_size=400))
def test_noise_is_no_file(noise: bytes) -> None:
    for data in (noise, b"fyr sealed file 1 " + noise, b"fyr sealed file 1 {}\n" + noise):
        with pytest.raises(FyrError):
            open_file(data, OWN, "f")
