"""The state of a study is read from its journal while it runs: who has answered, who has not, since when."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.learn.federation.trial import Post, a_site, a_study, conducted, key_of, public_keys

from fyr.clock import ManualClock, from_iso
from fyr.errors import BadInput, FyrError, Refused, ServiceUnavailable
from fyr.learn.federation.coordinator import conduct
from fyr.learn.federation.round_journal import RoundJournal
from fyr.learn.federation.study import Study
from fyr.learn.federation.study_status import study_status

KNOWN: Any = public_keys()


def cut_off(path: Path, study: Study, lund: Any, kind: type[FyrError] = ServiceUnavailable) -> dict[str, Any]:
    """Run a study until it stops at lund, at a quarter past eight; return its state."""
    journal = RoundJournal(path, study, clock=ManualClock(from_iso("2026-11-20T08:15:00Z")))
    handles = {name: a_site(name, study).handle for name in study.sites}
    with pytest.raises(kind):
        conduct(study, Post({**handles, "lund": lund}), key_of("coordinator"), KNOWN, wait_s=0.05, journal=journal)
    state = study_status(path)  # while the coordinator has it open
    journal.close()
    return state


def test_it_says_who_is_waited_for_since_when(tmp_path: Path) -> None:
    state = cut_off(tmp_path / "log", a_study(), lambda _data: None)
    assert state["state"] == "waiting"
    assert (state["round"], state["answered"], state["waiting_for"]) == (1, ["oslo", "aarhus"], ["lund"])
    assert state["waiting_since"] == "2026-11-20T08:15:00Z"
    assert state["bytes_by_site"]["lund"] == 0
    assert state["bytes_by_site"]["oslo"] > 100


def test_it_says_who_refused_and_why(tmp_path: Path) -> None:
    def gate(*_: object) -> Any:
        raise Refused("the budget of two patients is used up")

    study = a_study()
    state = cut_off(tmp_path / "log", study, a_site("lund", study, gate=gate).handle, Refused)
    assert state["state"] == "refused"
    assert state["refusals"] == {"lund": "the budget of two patients is used up"}


def test_it_has_the_result_at_the_end(tmp_path: Path) -> None:
    outcome = conducted(tmp_path, a_study())
    state = study_status(tmp_path / "coordinator.journal")
    assert state["state"] == "finished"
    assert state["result"] == outcome.result
    assert state["transcript"] == outcome.transcript
    assert state["bytes_by_site"]["oslo"] == sum(outcome.bytes_per_round["oslo"])


def test_a_sites_journal_is_not_a_coordinators(tmp_path: Path) -> None:
    conducted(tmp_path, a_study())
    with pytest.raises(BadInput, match="no coordinator's journal"):
        study_status(tmp_path / "oslo.journal")
    with pytest.raises(BadInput, match="there is no journal"):
        study_status(tmp_path / "none")
