"""Columns that look as if they were in another unit."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from fyr.diagnose.breast.nottingham import NPI
from fyr.models.batch import run_file
from fyr.models.unit_check import unit_warnings

COLUMNS = {"positive_nodes": [0] * 40, "grade": [2] * 40}


def warned(sizes: list[object]) -> tuple[str, ...]:
    return unit_warnings(
        NPI.card, pl.DataFrame({"tumour_size_mm": pl.Series([size if size is None else str(size) for size in sizes])})
    )


def test_centimetres_for_millimetres_are_seen_by_their_median() -> None:
    assert warned([12.0, 22.0, 35.0] * 10) == ()
    assert warned([1.2, 2.2, 3.5] * 10) == (
        "tumour_size_mm has a median of 2.2 mm, and 5 to 80 is usual: is it in another unit?",
    )


def test_a_few_small_tumours_are_small_tumours() -> None:
    assert warned([1.2, 2.2, 3.5]) == ()


def test_what_is_no_number_is_left_to_the_rows() -> None:
    assert warned(["2.2", "x", "", None] * 20) != ()
    assert warned(["x"] * 40) == ()


def test_a_run_says_it_and_answers(tmp_path: Path) -> None:
    pl.DataFrame({"tumour_size_mm": [2.2] * 40, **COLUMNS}).write_csv(tmp_path / "rows.csv")
    summary = run_file(NPI, tmp_path / "rows.csv", tmp_path / "out.csv")
    assert summary.answered == 40
    assert [warning.split(" has")[0] for warning in summary.warnings] == ["tumour_size_mm"]


@pytest.mark.real
def test_sizes_ten_times_too_small_in_a_real_cohort(data_folder: Path) -> None:
    table = pl.read_csv(
        data_folder / "diagnose/breast_metabric/brca_metabric_clinical_data.tsv", separator="\t", infer_schema=False
    )
    sizes = table["Tumor Size"].cast(pl.Float64, strict=False)
    assert warned(sizes.to_list()) == ()
    assert warned((sizes / 10).to_list()) != ()
