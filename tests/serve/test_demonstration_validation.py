"""The demonstration judges models on open cohorts that are here, each once, and fetches nothing."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib.metadata import distribution
from pathlib import Path

import pytest

from fyr.exchange.samples import SAMPLES, Archive, SampleCache
from fyr.learn.validation_store import ValidationStore
from fyr.models import model
from fyr.models.folders import load_model_folder
from fyr.serve.demonstration_validation import STEPS, DemonstrationValidations, Step
from fyr.serve.kept_validation import sample_of

GBSG2 = SAMPLES["gbsg2"]


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SampleCache:
    """A cache that holds GBSG-2, taken from the installed package instead of the pinned archive."""
    package = distribution("lifelines")
    if package.version != GBSG2.archive.version:
        pytest.skip(f"lifelines {package.version} is installed, {GBSG2.archive.version} is pinned")
    found = SampleCache(tmp_path / "cache")
    body = Path(os.fspath(package.locate_file(GBSG2.taken[0].member))).read_bytes()
    monkeypatch.setattr("fyr.exchange.samples.cache.check_archive", lambda _path, _archive: None)
    monkeypatch.setattr("fyr.exchange.samples.cache.take", lambda _path, _taken: {"table.csv": body})

    def nothing(_archive: Archive, folder: Path) -> Path:
        return folder

    found.fetch([GBSG2], nothing)
    return found


def ended(maker: DemonstrationValidations) -> dict[str, object]:
    maker.start().join(timeout=100)
    return maker.state()


def never(_arguments: Sequence[str]) -> str:
    raise AssertionError("something was run")


def test_without_a_sample_it_says_how_to_get_it(tmp_path: Path) -> None:
    maker = DemonstrationValidations(tmp_path, SampleCache(tmp_path / "none"), run=never)
    assert maker.state()["state"] == "not begun"
    state = ended(maker)
    assert (state["state"], state["done"]) == ("done", len(STEPS))
    assert "fyr samples fetch gbsg2 wdbc" in str(state["said"])
    assert not (tmp_path / "none").exists()


def test_a_published_index_is_judged_on_real_patients_once(tmp_path: Path, cache: SampleCache) -> None:
    home = tmp_path / "home"
    state = ended(DemonstrationValidations(home, cache, steps=STEPS[:1]))
    assert state == {"state": "done", "done": 1, "of": 1, "said": []}
    (kept,) = ValidationStore(home).all()
    assert sample_of(kept.document) == "gbsg2"
    assert kept.model["digest"] == model("npi").card.digest
    assert kept.document["cohort"]["events"] == GBSG2.events
    assert kept.document["cohort"]["answered"] == GBSG2.rows
    assert ended(DemonstrationValidations(home, cache, steps=STEPS[:1], run=never))["state"] == "done"


def test_a_model_is_trained_on_some_and_judged_on_the_others(tmp_path: Path, cache: SampleCache) -> None:
    home = tmp_path / "home"
    assert ended(DemonstrationValidations(home, cache, steps=STEPS[1:2]))["said"] == []
    (kept,) = ValidationStore(home).all()
    trained = load_model_folder(home / "models" / "gbsg2-recurrence")
    assert kept.model["digest"] == trained.card.digest
    assert 0 < kept.document["cohort"]["rows"] < GBSG2.rows / 2  # the third that was held out
    assert kept.document["calibration"]["slope"] is not None


def test_what_fails_is_said(tmp_path: Path, cache: SampleCache) -> None:
    steps = [Step("gbsg2", "nobody", ("--horizon", "5y"))]
    state = ended(DemonstrationValidations(tmp_path / "home", cache, steps=steps))
    assert state["state"] == "failed"
    assert "there is no model 'nobody'" in str(state["said"])
