"""Hourly tables as recordings: values at their hours, and the truth of hourly labels and of labels of a stay."""

from __future__ import annotations

import polars as pl
import pytest

from fyr.clock import HOUR_US
from fyr.errors import BadInput
from fyr.exchange.icu_recordings import ADMISSION, icu_sites, read_icu_recordings

START_US = int(ADMISSION.timestamp() * 1_000_000)


def write(folder, label, *, hourly):
    folder.mkdir(parents=True)
    keys = {
        "stay_id": pl.Series([7, 7, 7, 7, 9, 9], dtype=pl.Int32),
        "time": pl.Series([h * 3_600_000 for h in (0, 1, 2, 3, 0, 1)]).cast(pl.Duration("ms")),
    }
    values = {"hr": [80.0, None, float("nan"), 95.0, 70.0, 71.0], "map": [None, 60, None, None, None, None]}
    pl.DataFrame(keys | values | {"crea": [1.0] * 6}).write_parquet(folder / "dyn.parquet")
    outcome = pl.DataFrame(keys | {"label": label} if hourly else {"stay_id": [7, 9], "label": label})
    outcome.with_columns(pl.col("stay_id").cast(pl.Int32)).write_parquet(folder / "outc.parquet")
    pl.DataFrame({"stay_id": [9, 7], "age": [None, 61.0]}).cast({"stay_id": pl.Int32}).write_parquet(
        folder / "sta.parquet"
    )
    return folder


def test_values_stand_at_their_hours(tmp_path):
    read = read_icu_recordings(write(tmp_path / "sepsis" / "x", [False] * 6, hourly=True), prefix="2.")
    samples = read.samples
    assert [str(one) for one in samples.patients] == ["x/2.7", "x/2.9"]
    told = []
    for place in range(2):
        one = samples.of(place).as_batch()
        names = [one.signals[index] for index in one.signal_index]
        hours = ((one.time_us - START_US) / HOUR_US).tolist()
        told += [(place, *row) for row in zip(names, hours, one.value.tolist(), strict=True)]
    assert told == [
        (0, "heart_rate", 0, 80),
        (0, "mean_bp", 1, 60),
        (0, "heart_rate", 3, 95),
        (1, "heart_rate", 0, 70),
        (1, "heart_rate", 1, 71),
    ]
    assert set(samples.run_period_us.tolist()) == {HOUR_US}
    assert list(samples.starts_us().values()) == [START_US, START_US]
    assert read.truth == ()
    assert [one.name for one in read.skipped] == ["crea"]
    assert [(one.code, one.value, one.patient.local) for one in read.observations] == [("loinc:30525-0", 61, "2.7")]


def test_sepsis_lasts_from_the_first_labelled_hour_to_the_end_of_the_last(tmp_path):
    read = read_icu_recordings(write(tmp_path / "sepsis" / "x", [False, True, True, False, False, False], hourly=True))
    assert read.truth == ((read.samples.patients[0], "sepsis", START_US + HOUR_US, START_US + 3 * HOUR_US),)


def test_a_death_is_an_event_of_the_whole_recording(tmp_path):
    read = read_icu_recordings(write(tmp_path / "mortality24" / "x", [0, 1], hourly=False))
    assert read.truth == ((read.samples.patients[1], "death in intensive care", START_US, START_US + 2 * HOUR_US),)


def test_the_length_of_a_stay_is_no_event(tmp_path):
    assert read_icu_recordings(write(tmp_path / "los" / "x", [30.0, 12.0], hourly=False)).truth is None


def test_a_table_without_a_vital_sign_is_one_line(tmp_path):
    folder = write(tmp_path / "x", [0, 1], hourly=False)
    pl.read_parquet(folder / "dyn.parquet").drop("hr", "map").write_parquet(folder / "dyn.parquet")
    with pytest.raises(BadInput, match="no vital sign"):
        read_icu_recordings(folder)


def test_sites_are_found_one_folder_down(tmp_path):
    sites = [write(tmp_path / name, [0, 1], hourly=False) for name in ("a", "b")]
    assert icu_sites(tmp_path) == sites
    assert icu_sites(sites[0]) == sites[:1]
    assert icu_sites(tmp_path / "a" / "dyn.parquet") == []
