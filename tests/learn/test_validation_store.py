"""A hospital's validations: kept whole, found by the model's digest, and a damaged file never hides the others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fyr.clock import DAY_US, from_iso
from fyr.errors import BadInput
from fyr.learn.validation_store import ValidationStore

NOW_US = from_iso("2026-11-27T06:00:00Z")


def validation(digest: str = "aa11", **more: Any) -> dict[str, Any]:
    return {
        "model": {"name": "npi", "version": "1982", "digest": digest, "output": "npi"},
        "cohort": {"source": "gbsg2", "rows": 686},
        **more,
    }


@pytest.fixture
def store(tmp_path: Path) -> ValidationStore:
    return ValidationStore(tmp_path)


def test_a_home_without_any_has_none(store: ValidationStore) -> None:
    assert store.all() == []
    assert store.problems() == []
    assert store.newest(digest="aa11") is None


def test_what_was_kept_is_read(store: ValidationStore) -> None:
    kept = store.keep(validation(horizon_years=5), kept_us=NOW_US)
    assert kept.id.startswith("npi-1982-20261127060000-")
    assert kept.id in store
    assert store.read(kept.id) == kept
    assert kept.document == validation(horizon_years=5)
    assert kept.kept_us == NOW_US


def test_numbers_of_numpy_are_kept_as_json_has_them(store: ValidationStore) -> None:
    kept = store.keep(validation(c_index={"estimate": np.float64(0.5), "low": np.nan}), kept_us=NOW_US)
    assert kept.document["c_index"] == {"estimate": 0.5, "low": None}
    assert store.read(kept.id) == kept


def test_the_newest_of_a_digest_is_found(store: ValidationStore) -> None:
    newer = store.keep(validation(horizon_years=10), kept_us=NOW_US + DAY_US)
    older = store.keep(validation(horizon_years=5), kept_us=NOW_US)
    other = store.keep(validation("bb22"), kept_us=NOW_US + 2 * DAY_US)
    assert store.all() == [other, newer, older]
    assert store.newest(digest="aa11") == newer
    assert store.newest(digest="bb22") == other
    assert store.newest(digest="cc33") is None


def test_the_same_one_again_is_one_file(store: ValidationStore) -> None:
    assert store.keep(validation(), kept_us=NOW_US) == store.keep(validation(), kept_us=NOW_US)
    assert len(store.all()) == 1


@pytest.mark.parametrize(
    "body",
    [b'{"format": 1, "id', b"[]", b'{"format": 2}', b"\xff", b"{}", b'{"format": 1, "id": "broken", "kept_at": 3}'],
)
def test_a_damaged_file_is_reported_and_skipped(store: ValidationStore, tmp_path: Path, body: bytes) -> None:
    kept = store.keep(validation(), kept_us=NOW_US)
    (tmp_path / "validations" / "broken.json").write_bytes(body)
    assert store.all() == [kept]
    (problem,) = store.problems()
    assert "broken.json: this validation is damaged" in problem
    with pytest.raises(BadInput, match="damaged"):
        store.read("broken")


def test_a_file_under_another_name_is_not_taken(store: ValidationStore, tmp_path: Path) -> None:
    kept = store.keep(validation(), kept_us=NOW_US)
    folder = tmp_path / "validations"
    (folder / "copy.json").write_bytes((folder / f"{kept.id}.json").read_bytes())
    assert store.all() == [kept]
    assert len(store.problems()) == 1


@pytest.mark.parametrize("name", ["../npi", "", "NPI", "a/b", ".new-1"])
def test_a_name_that_is_none_is_not_there(store: ValidationStore, name: str) -> None:
    assert name not in store
    with pytest.raises(BadInput, match="there is no validation"):
        store.read(name)


@pytest.mark.parametrize("wrong", [{}, {"model": {"name": "npi"}, "cohort": {}}, {**validation(), "cohort": None}])
def test_what_names_no_model_or_cohort_is_not_kept(store: ValidationStore, tmp_path: Path, wrong: Any) -> None:
    with pytest.raises(BadInput, match="does not say"):
        store.keep(wrong, kept_us=NOW_US)
    assert not (tmp_path / "validations").exists()


def test_the_file_is_json_that_a_person_can_read(store: ValidationStore, tmp_path: Path) -> None:
    kept = store.keep(validation(), kept_us=NOW_US)
    files = list((tmp_path / "validations").iterdir())
    assert [file.name for file in files] == [f"{kept.id}.json"]
    assert json.loads(files[0].read_text(encoding="utf-8"))["validation"] == validation()
