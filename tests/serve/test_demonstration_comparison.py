"""The demonstration's own comparison: labelled, whole, and made once."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from fyr.clock import DAY_US, from_iso
from fyr.record import PatientId
from fyr.serve.comparison_store import ComparisonStore
from fyr.serve.demonstration_comparison import DemonstrationComparison
from fyr.serve.replayed_day import kept_day


def test_nothing_is_begun_until_somebody_asks(tmp_path: Path) -> None:
    maker = DemonstrationComparison(tmp_path)
    assert maker.state() == {"state": "not begun", "part": 0.0, "problem": None}
    assert not any(tmp_path.iterdir())


@pytest.mark.slow
def test_what_cannot_be_made_says_why(tmp_path: Path) -> None:
    (tmp_path / "comparisons").write_text("in the way")
    maker = DemonstrationComparison(tmp_path)
    maker.start()
    state = _end_of(maker)
    assert state["state"] == "failed"
    assert "FileExistsError" in str(state["problem"])


@pytest.mark.slow
def test_it_is_made_in_a_process_of_its_own_and_replays_what_it_says(tmp_path: Path) -> None:
    maker = DemonstrationComparison(tmp_path)
    maker.start()
    maker.start()  # begun already: once is enough
    assert _end_of(maker)["state"] == "done"
    store = ComparisonStore(tmp_path)
    assert store.names() == ["demonstration"]
    kept = store.read("demonstration")
    assert kept["simulated"] is True
    assert kept["note"].startswith("Simulated patients")
    assert {PatientId.parse(row["patient"]).hospital for row in kept["patients"]} == {"simulated"}
    assert set(kept["document"]["sweep"]["policies"]) == set(kept["document"]["policies"])
    # What is replayed when a day is looked at is what was counted: nothing suppressed is lost, nothing is added.
    event = kept["events"][0]
    patient = PatientId.parse(event["patient"])
    day = kept_day(store, "demonstration", patient, 1)
    assert from_iso(day["end"]) - from_iso(day["start"]) <= DAY_US
    rows = next(row for row in kept["patients"] if row["patient"] == event["patient"])
    for policy in day["policies"]:
        assert len(policy["raised"]) == rows["alerts"][policy["name"]]
        assert policy["suppressed"] is not None


def _end_of(maker: DemonstrationComparison) -> dict[str, object]:
    until = time.monotonic() + 240
    while time.monotonic() < until:
        state = maker.state()
        if state["state"] in ("done", "failed"):
            return state
        time.sleep(0.2)
    pytest.fail("it did not end")
