"""A site says the same bytes again, in the next process too, and never answers a study from two states of its rows."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import numpy as np
import pytest
from tests.learn.federation.trial import a_site, a_study, conducted, key_of, public_keys, tables

from fyr.errors import BadInput, NotPermitted, ServiceUnavailable
from fyr.learn.federation.append_log import Disk
from fyr.learn.federation.envelope import Envelope, payload_of
from fyr.learn.federation.rounds import Answer
from fyr.learn.federation.site import Site
from fyr.learn.federation.site_journal import SiteJournal, answers_of
from fyr.learn.federation.site_table import SiteTable
from fyr.learn.federation.study import Study


def question(study: Study, number: int = 0, receiver: str = "oslo", **values: object) -> bytes:
    """Return the first question of a study, as its coordinator asked it."""
    asked = {"step": "columns", "values": {**first_values(study), **values}}
    return Envelope(study.digest, number, "question", "coordinator", receiver, asked).seal(key_of("coordinator"))


def first_values(study: Study) -> dict[str, object]:
    from fyr.learn.federation.methods import method

    return dict(next(method(study.method)(study)).values)


def fresh(*_: object) -> Answer:
    """Return what a gate that adds new noise each time would."""
    return Answer({"rows": np.frombuffer(os.urandom(8), np.uint64).astype(np.float64)})


def test_the_same_question_has_the_same_answer_in_the_next_process_too(tmp_path: Path) -> None:
    study = a_study()
    journal = SiteJournal(tmp_path / "log", study.digest, "oslo")
    site = a_site("oslo", study, journal, fresh)
    said = site.handle(question(study))
    assert site.handle(question(study)) == said
    journal.close()
    journal = SiteJournal(tmp_path / "log", study.digest, "oslo")
    assert a_site("oslo", study, journal, fresh).handle(question(study)) == said
    journal.close()
    (kept,) = answers_of(tmp_path / "log")
    assert kept.answer == said
    assert payload_of(kept.question)["step"] == "columns"


def test_another_question_of_the_same_round_is_refused() -> None:
    study = a_study()
    site = a_site("oslo", study)
    site.handle(question(study))
    answer = Envelope.open(site.handle(question(study, minimum=1)) or b"", public_keys())  # type: ignore[arg-type]
    assert answer.kind == "refusal"
    assert "round 1 was answered here to another question" in answer.payload["reason"]


@pytest.mark.parametrize(
    ("asked", "kind"),
    [
        (question(a_study(quorum=2)), NotPermitted),
        (question(a_study(), receiver="lund"), NotPermitted),
        (Envelope(a_study().digest, 0, "answer", "coordinator", "oslo", {}).seal(key_of("coordinator")), BadInput),
        (Envelope(a_study().digest, 0, "question", "coordinator", "oslo", {}).seal(key_of("coordinator")), BadInput),
        (Envelope(a_study().digest, 0, "question", "coordinator", "oslo", {}).seal(key_of("stranger")), NotPermitted),
        (b"", BadInput),
    ],
    ids=["another study", "another site", "an answer", "no step", "a stranger", "nothing"],
)
def test_what_is_no_question_of_this_study_is_not_answered(asked: bytes, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        a_site("oslo", a_study()).handle(asked)


def test_rows_that_changed_after_an_answer_are_refused(tmp_path: Path) -> None:
    study = a_study()
    conducted(tmp_path, study)
    columns = dict(tables()["oslo"].columns)
    columns["age"] = columns["age"].copy()
    columns["age"][3] += 1
    journal = SiteJournal(tmp_path / "oslo.journal", study.digest, "oslo")
    with pytest.raises(BadInput, match=r"^oslo: the table is not the one"):
        Site(SiteTable("oslo", columns), study, key_of("oslo"), key_of("coordinator").public_key(), journal=journal)
    journal.close()


def test_rows_may_change_before_the_first_answer(tmp_path: Path) -> None:
    journal = SiteJournal(tmp_path / "log", "digest", "oslo")
    journal.of_rows("as they were")
    journal.of_rows("as they are")
    journal.close()


def test_the_journal_of_another_site_is_refused(tmp_path: Path) -> None:
    SiteJournal(tmp_path / "log", a_study().digest, "oslo").close()
    with pytest.raises(BadInput, match="the journal of oslo in another study"):
        SiteJournal(tmp_path / "log", a_study().digest, "lund")


class FullLater(Disk):
    """A disk that is full from the n-th write on."""

    def __init__(self, writes: int) -> None:
        self._writes = writes

    def write(self, file: int, data: bytes) -> None:
        self._writes -= 1
        if self._writes < 0:
            super().write(file, data[: len(data) // 2])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        super().write(file, data)


def test_nothing_leaves_that_could_not_be_kept(tmp_path: Path) -> None:
    study = a_study()
    journal = SiteJournal(tmp_path / "log", study.digest, "oslo", FullLater(2))
    with pytest.raises(ServiceUnavailable, match="No space left"):
        a_site("oslo", study, journal).handle(question(study))
    assert answers_of(tmp_path / "log") == []


@pytest.mark.parametrize("writes", [0, 1, 5, 12, 20, 33, 40])
def test_a_study_goes_on_when_the_disk_has_room_again(tmp_path: Path, writes: int) -> None:
    study = a_study()
    whole = conducted(tmp_path / "whole", study)
    with pytest.raises(ServiceUnavailable, match="No space left on device; make room") as full:
        conducted(tmp_path / "full", study, FullLater(writes))
    assert full.value.exit_code == 6
    again = conducted(tmp_path / "full", study)
    assert (again.result, again.transcript) == (whole.result, whole.transcript)
