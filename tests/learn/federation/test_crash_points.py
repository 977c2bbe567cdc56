"""A study whose process dies at any one write, sync or rename goes on, and ends with the same bytes."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
from tests.learn.federation.trial import Crash, CrashingDisk, a_study, conducted

from fyr.learn.federation.append_log import Disk, read_log
from fyr.learn.federation.message import Payload
from fyr.learn.federation.rounds import Answer
from fyr.learn.federation.site_journal import answers_of
from fyr.learn.federation.site_table import SiteTable
from fyr.learn.federation.study import Study


def ended(folder: Path) -> tuple[bytes, str]:
    outcome = conducted(folder, a_study(), CrashingDisk(-1))
    return json.dumps(outcome.result).encode(), outcome.transcript


def test_it_ends_with_the_same_bytes_wherever_it_crashed(tmp_path: Path) -> None:
    counting = CrashingDisk(-1)
    conducted(tmp_path / "whole", a_study(), counting)
    whole = ended(tmp_path / "whole")
    assert counting.acts > 80
    for at in range(counting.acts):
        folder = tmp_path / str(at)
        with pytest.raises(Crash):
            conducted(folder, a_study(), CrashingDisk(at))
        assert ended(folder) == whole, f"crashed at act {at}"


def test_it_ends_with_the_same_bytes_after_a_crash_while_it_recovers(tmp_path: Path) -> None:
    counting = CrashingDisk(-1)
    conducted(tmp_path / "whole", a_study(), counting)
    whole = ended(tmp_path / "whole")
    total = 0
    for first in range(5, counting.acts, 7):
        folder, crashes = tmp_path / str(first), 0
        disk: Disk = CrashingDisk(first, 1)
        for again in range(60):
            try:
                outcome = conducted(folder, a_study(), disk)
            except Crash:
                crashes += 1
                disk = CrashingDisk(again % 9, again)
            else:
                assert (json.dumps(outcome.result).encode(), outcome.transcript) == whole
                break
        assert crashes > 0
        total += crashes
        assert ended(folder) == whole
    assert total > 100


def noised(_study: Study, _round: int, _step: str, _values: Payload, answer: Answer, _table: SiteTable) -> Answer:
    """Add noise that is new each time, as a gate may: a second answer to the same question would not be the first."""
    fresh = np.frombuffer(os.urandom(8), np.uint64)[0] / 2**64
    sums = {name: one if name == "beyond" else one * (1 + 1e-12 * fresh) for name, one in answer.sums.items()}
    return Answer(sums, answer.said)


def test_what_a_site_said_once_it_says_again_wherever_it_crashed(tmp_path: Path) -> None:
    study = a_study()
    for at in range(0, 70, 3):
        folder = tmp_path / str(at)
        with pytest.raises(Crash):
            conducted(folder, study, CrashingDisk(at, 2), noised)
        conducted(folder, study, CrashingDisk(-1), noised)
        counted = {
            (one["site"], one["round"]): one["sealed"].tobytes()
            for one in read_log(folder / "coordinator.journal")
            if one["kind"] == "answer"
        }
        for site in study.sites:
            for said in answers_of(folder / f"{site}.journal"):
                assert counted[site, said.round] == said.answer
