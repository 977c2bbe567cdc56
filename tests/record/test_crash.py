"""`kill -9` at random instants: what was acknowledged is there, nothing is there twice, nothing is half there."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from fyr.record import PatientId, Record

ANNA = PatientId("demo", "1")
KILLS = {"sqlite": 100, "postgresql": 12}


class _Writer:
    """The process that forks writers and kills them."""

    def __init__(self, address: str) -> None:
        program = Path(__file__).with_name("killed_writer.py")
        self._process = subprocess.Popen(
            [sys.executable, str(program), address], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def kill_one(self, **task: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(task) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def close(self) -> None:
        self._process.communicate(timeout=30)


@pytest.mark.slow
def test_kill_9_loses_nothing_and_doubles_nothing(address: str, files: Path) -> None:
    kills = KILLS[address.partition(":")[0]]
    seed = secrets.randbits(32)
    print(f"seed {seed}")  # noqa: T201  pytest shows it when the test fails
    writer = _Writer(address)
    sent: dict[str, set[str]] = {"journal": set(), "samples": set(), "import": set(), "audit": set()}
    done: dict[str, set[str]] = {deed: set() for deed in sent}
    pending: list[list[str]] = []
    for round_ in range(kills):
        answer = writer.kill_one(round=round_, seed=seed + round_, pending=pending)
        assert answer["killed"], "the writer ended by itself"
        for line in answer["lines"]:
            what, deed, key = line.split()
            (sent if what == "sent" else done)[deed].add(key)
        pending = [[deed, key] for deed in ("journal", "samples", "import") for key in sorted(sent[deed] - done[deed])]
        if round_ % 10 == 9 or round_ == kills - 1:
            _check(address, files, sent, done, whole=round_ == kills - 1)
    writer.close()
    acknowledged = {deed: len(keys) for deed, keys in done.items()}
    print(f"{kills} kills; acknowledged: {acknowledged}")  # noqa: T201
    assert min(acknowledged.values()) > kills, "the writers came to write"


def _check(address: str, files: Path, sent: dict[str, set[str]], done: dict[str, set[str]], *, whole: bool) -> None:
    with Record.open(address) as record:
        journal = [entry.payload.decode() for entry in record.journal.read("ward")]
        samples = [entry.samples().source for entry in record.journal.read("samples")]
        trail = Counter(entry["action"] for entry in record.audit.export())
        _assert_once("journal", journal, sent, done)
        _assert_once("samples", samples, sent, done)
        _assert_once("audit", [action[5:] for action in trail.elements() if action.startswith("deed ")], sent, done)
        verdict = record.audit.verify()
        assert verdict.ok, verdict.message
        if ANNA not in record.patients():
            return
        observed = [found.source for found in record.observations(ANNA)]
        _assert_once("import", observed, sent, done)
        parts = {
            "stays": [stay.bed for stay in record.encounters(ANNA)],
            "series": [one.source for one in record.signals(ANNA)],
            "objects": [str(found.study) for found in record.objects(ANNA)],
            "findings": [found.model.digest for found in record.findings(ANNA)],
        }
        for name, part in parts.items():
            assert sorted(part) == sorted(observed), f"{name} came without the rest of their import"
        if whole:
            assert all(record.object(found.sha256).decode() == found.study for found in record.objects(ANNA))
            assert [len(one) for one in record.series(ANNA, "spo2")] == [5] * len(observed)
            kept = [path for folder in ("series", "objects") for path in (files / folder).rglob("*") if path.is_file()]
            assert len(kept) == 2 * len(observed), "a file that no row names"
            assert [path.name for path in (files / "staging").iterdir()] == ["lock"]


def _assert_once(deed: str, found: list[str], sent: dict[str, set[str]], done: dict[str, set[str]]) -> None:
    counted = Counter(found)
    assert max(counted.values(), default=1) == 1, f"{deed} twice: {counted.most_common(3)}"
    assert done[deed] <= counted.keys(), f"{deed} acknowledged but lost: {sorted(done[deed] - counted.keys())[:3]}"
    assert counted.keys() <= sent[deed], f"{deed} that nobody sent"
