"""The authors' inputs as rows of ours."""

from __future__ import annotations

import polars as pl

__all__ = ["rows_of"]


def rows_of(table: pl.DataFrame) -> pl.DataFrame:
    """Turn a table with the column names and codes of the authors' program (9 and 2 for unknown) into our columns.

    Parameters
    ----------
    table : polars.DataFrame
        age, screen, size, grade, nodes, er, her2, ki67, pr, gen, horm, traz, bis, radio, heart, smoker; all numbers.
    """

    def known(name: str, unknown: int) -> pl.Expr:
        return pl.when(pl.col(name) == unknown).then(None).otherwise(pl.col(name).cast(pl.Float64))

    return table.select(
        pl.col("age").cast(pl.Float64),
        known("screen", 2).alias("screen_detected"),
        pl.col("size").cast(pl.Float64).alias("tumour_size_mm"),
        known("grade", 9).alias("grade"),
        pl.col("nodes").cast(pl.Float64).alias("positive_nodes"),
        pl.col("er").cast(pl.Float64).alias("er_positive"),
        pl.col("her2").replace_strict({0: "negative", 1: "positive", 9: None}).alias("her2_status"),
        known("ki67", 9).alias("ki67_positive"),
        known("pr", 9).alias("pr_positive"),
        pl.col("gen").cast(pl.Float64).alias("chemotherapy_generation"),
        pl.col("horm").cast(pl.Float64).alias("hormone_therapy"),
        pl.col("traz").cast(pl.Float64).alias("trastuzumab"),
        pl.col("bis").cast(pl.Float64).alias("bisphosphonate"),
        pl.col("radio").cast(pl.Float64).alias("radiotherapy"),
        pl.col("heart").cast(pl.Float64).alias("heart_dose_gy"),
        pl.col("smoker").replace_strict({0: "never", 1: "current"}).alias("smoking_status"),
    )
