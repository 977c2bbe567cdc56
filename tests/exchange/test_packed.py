"""Packing loses no bit, says so when a file is damaged, and changes nothing that an evaluation says."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fyr.cli.main import main
from fyr.clock import MINUTE_US, SECOND_US
from fyr.errors import BadInput
from fyr.exchange.packed_folder import PackedFolder, group_path
from fyr.exchange.packed_series import pack_series, unpack_series
from fyr.exchange.packing import pack_folder
from fyr.exchange.sample_folder_columns import read_sample_columns, read_sample_parts

START_US = 1_767_225_600_000_000


def _bits(value: np.ndarray) -> list[int]:
    return np.where(np.isnan(value), np.nan, value).view(np.int64).tolist()


VALUES = st.one_of(
    st.sampled_from([97.0, 36.6, 36.7, 0.0, -0.0, np.nan, 1e308, 5e-324]),
    st.floats(allow_nan=False, allow_infinity=False),
)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from([0, 1, 1, 1, 2, 90]), VALUES), min_size=1, max_size=60),
    st.sampled_from([MINUTE_US, SECOND_US, 7]),
    st.booleans(),
)
def test_what_is_unpacked_is_what_was_packed(
    samples: list[tuple[int, float]], period_us: int, is_on_a_grid: bool
) -> None:
    steps, values = zip(*samples, strict=True)
    spread = period_us if is_on_a_grid else 61_001
    time_us, value = START_US + np.cumsum(steps) * spread, np.array(values)
    packed = pack_series(time_us, value, period_us)
    times, again = np.empty_like(time_us), np.empty_like(value)
    assert unpack_series(packed, times, again)
    assert times.tolist() == time_us.tolist()
    assert _bits(again) == _bits(value)


@pytest.mark.parametrize(("distinct", "code_bytes"), [(254, 1), (255, 2), (65_534, 2), (65_535, 0)])
def test_the_codes_are_as_wide_as_they_must_be(distinct: int, code_bytes: int) -> None:
    value = np.sqrt(np.arange(distinct, dtype=np.float64))
    time_us = START_US + np.arange(distinct, dtype=np.int64) * MINUTE_US
    packed = pack_series(time_us, value, MINUTE_US)
    assert packed.code_bytes == code_bytes
    times, again = np.empty_like(time_us), np.empty_like(value)
    assert unpack_series(packed, times, again)
    assert (times.tolist(), _bits(again)) == (time_us.tolist(), _bits(value))


def test_a_regular_signal_keeps_no_times_and_a_rare_one_keeps_them() -> None:
    minutes = np.arange(100, dtype=np.int64)
    regular = pack_series(START_US + minutes * MINUTE_US, np.full(100, 97.0), MINUTE_US)
    assert (len(regular.time_us), regular.step_us, len(regular.codes)) == (0, MINUTE_US, 100)
    rare = pack_series(START_US + minutes * 47 * MINUTE_US, np.full(100, 120.0), MINUTE_US)
    assert (len(rare.time_us), rare.step_us) == (100, 0)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Simulated patients, shuffled, with doubles, a patient without samples and a signal that Fyr does not know."""
    folder = tmp_path_factory.mktemp("packed") / "ward"
    with pytest.raises(SystemExit):
        main(["watch", "simulate", str(folder), "--patients", "5", "--days", "1", "--seed", "8", "--json"])
    frame = pl.read_parquet(folder / "samples.parquet")
    strange = frame.head(7).with_columns(signal=pl.lit("pedometer"))
    mixed = pl.concat([frame, frame.sample(50, seed=1), strange]).sample(fraction=1, shuffle=True, seed=2)
    mixed.write_parquet(folder / "samples.parquet")
    people = pl.read_parquet(folder / "patients.parquet")
    absent = people.head(1).with_columns(patient=pl.lit("demo/77"))
    pl.concat([people, absent]).write_parquet(folder / "patients.parquet")
    return folder


def _evaluated(folder: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    with pytest.raises(SystemExit) as leaving:
        main(["watch", "evaluate", str(folder), "--policy", "fyr-ward", "--policy", "thresholds", "--json"])
    assert leaving.value.code == 0
    said = capsys.readouterr()
    assert "pedometer" in said.err
    document: dict[str, object] = json.loads(said.out)
    return {name: part for name, part in document.items() if name != "folders"}


def test_a_packed_folder_is_evaluated_alike(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as leaving:
        main(["watch", "pack", str(data), str(tmp_path / "packed"), "--json"])
    assert leaving.value.code == 0
    said = json.loads(capsys.readouterr().out)
    assert said["samples"] == pl.scan_parquet(data / "samples.parquet").select(pl.len()).collect().item() - 7
    assert (said["patients"], said["left_out"]) == (6, ["pedometer"])
    assert _evaluated(tmp_path / "packed", capsys) == _evaluated(data, capsys)


def test_parts_are_the_whole(data: Path) -> None:
    whole = read_sample_columns(data).samples
    found = read_sample_parts(data, rows_at_once=9_000)
    parts = list(found.parts)
    assert len(parts) > 1
    together = [part.of(place) for part in parts for place in range(len(part.patients))]
    assert [one.patient for one in together] == list(whole.patients)
    for place, one in enumerate(together):
        other = whole.of(place)
        assert one.signals == other.signals
        assert one.period_us.tolist() == other.period_us.tolist()
        assert one.time_us.tolist() == other.time_us.tolist()
        assert _bits(one.value) == _bits(other.value)


def test_it_is_kept_and_damage_is_told_in_one_line(data: Path, tmp_path: Path) -> None:
    found = read_sample_parts(data)
    (part,) = found.parts
    folder = tmp_path / "packed"
    people = [part.of(place) for place in range(len(part.patients))]
    pack_folder(data, folder, people, hospital="h")
    with pytest.raises(BadInput, match="something already"):
        pack_folder(data, folder, people, hospital="h")
    kept = list(PackedFolder(folder).read(0))
    for before, after in zip(people, kept, strict=True):
        assert (before.time_us.tolist(), _bits(before.value)) == (after.time_us.tolist(), _bits(after.value))
    for before, after in zip(people, PackedFolder(folder).read(0, reuse=True), strict=True):
        assert (before.time_us.tolist(), _bits(before.value)) == (after.time_us.tolist(), _bits(after.value))
    frame = pl.read_parquet(group_path(folder, 0))
    for change, says in (
        (frame.with_columns(samples=pl.col("samples") + 1), "do not fit together"),
        (frame.with_columns(values=pl.col("values").bin.slice(0, 5)), "do not fit together"),
        (frame.with_columns(patient=pl.lit("demo/99")), "belongs elsewhere"),
        (frame.drop("codes"), "not those of packed samples"),
    ):
        change.write_parquet(group_path(folder, 0))
        with pytest.raises(BadInput, match=says):
            list(PackedFolder(folder).read(0))
    group_path(folder, 0).write_bytes(b"PAR1 no more")
    with pytest.raises(BadInput, match="no readable Parquet"):
        list(PackedFolder(folder).read(0))
    group_path(folder, 0).unlink()
    with pytest.raises(BadInput, match="missing"):
        PackedFolder(folder)
    (folder / "packed.json").write_text("{}")
    with pytest.raises(BadInput, match="pack the data again"):
        PackedFolder(folder)
