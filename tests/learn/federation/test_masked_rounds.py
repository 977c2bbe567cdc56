"""Hospitals under masks: the journal, a restart and a kill change nothing, and who leaves is not told by difference."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.learn.federation.trial import (
    SITES,
    Crash,
    CrashingDisk,
    Post,
    a_site,
    a_study,
    key_of,
    pooled_slope,
    public_keys,
)

from fyr.errors import Refused
from fyr.learn.federation.append_log import Disk
from fyr.learn.federation.coordinator import Outcome, conduct
from fyr.learn.federation.disclosure.control import Control
from fyr.learn.federation.disclosure.ledger import Ledger
from fyr.learn.federation.round_journal import RoundJournal
from fyr.learn.federation.site_journal import SiteJournal
from fyr.learn.federation.study import Study

KNOWN: Any = public_keys()


def gate_of(folder: Path, name: str) -> Control:
    return Control(name.encode() * 32, Ledger(folder / f"{name}.ledger"))


def run(
    folder: Path, study: Study, lund: Any = None, disk: Disk | None = None, deadline_s: float | None = None
) -> Outcome:
    """Run a study whose journals and ledgers lie in a folder; lund may answer otherwise."""
    folder.mkdir(exist_ok=True)
    with ExitStack() as stack:
        journal = RoundJournal(folder / "log", study, disk=disk)
        stack.callback(journal.close)
        handles: dict[str, Any] = {}
        for name in study.sites:
            kept = SiteJournal(folder / f"{name}.journal", study.digest, name, disk=disk)
            stack.callback(kept.close)
            handles[name] = a_site(name, study, kept, gate_of(folder, name)).handle
        if lund is not None:
            handles["lund"] = lund(handles["lund"])
        own = key_of("coordinator")
        return conduct(study, Post(handles), own, KNOWN, journal=journal, wait_s=0.3, deadline_s=deadline_s)


def beta(outcome: Outcome) -> Any:
    return np.array(list(outcome.result["coefficients"].values()))


def test_the_result_is_that_of_the_pooled_rows_and_is_found_again(tmp_path: Path) -> None:
    study = a_study(rules={"masked": "always"})
    outcome = run(tmp_path, study)
    assert pooled_slope(beta(outcome), SITES) < 1e-6
    again = run(tmp_path, study)
    assert (again.result, again.transcript) == (outcome.result, outcome.transcript)


@pytest.mark.parametrize("at", [9, 30, 41, 52, 77, 101])
def test_it_goes_on_after_a_crash(tmp_path: Path, at: int) -> None:
    study = a_study(rules={"masked": "always"})
    whole = run(tmp_path / "whole", study)
    with pytest.raises(Crash):
        run(tmp_path / "killed", study, disk=CrashingDisk(at))
    again = run(tmp_path / "killed", study, disk=CrashingDisk(-1))
    assert again.result == whole.result


def leaving(from_question: int) -> Any:
    def leave(handle: Any) -> Any:
        asked = 0

        def answer(data: bytes) -> bytes | None:
            nonlocal asked
            asked += 1
            return handle(data) if asked < from_question else None

        return answer

    return leave


def test_a_hospital_that_leaves_before_anything_was_opened_leaves_the_fit_of_the_others(tmp_path: Path) -> None:
    study = a_study(rules={"masked": "always"}, quorum=2)
    outcome = run(tmp_path, study, leaving(2), deadline_s=0.05)
    assert outcome.sites == ("oslo", "aarhus")
    assert pooled_slope(beta(outcome), outcome.sites) < 1e-6


def test_a_hospital_that_leaves_later_is_not_told_by_difference(tmp_path: Path) -> None:
    study = a_study(rules={"masked": "always"}, quorum=2)
    with pytest.raises(Refused, match="the difference would be the sums of that site alone"):
        run(tmp_path, study, leaving(12), deadline_s=0.05)
