"""The tutorial's rows give the tutorial's numbers and refusals."""

from __future__ import annotations

import io
import re
from pathlib import Path

import polars as pl
import pytest

from fyr.diagnose.breast.nottingham import NPI
from fyr.diagnose.breast.predict import PREDICT_22, PREDICT_30, PREDICT_31, PREDICT_32, Predict

PAGE = (Path(__file__).parents[3] / "docs/tutorials/breast-models.md").read_text()
VERSIONS = {"2.2": PREDICT_22, "3.0": PREDICT_30, "3.1": PREDICT_31, "3.2": PREDICT_32}


def women() -> pl.DataFrame:
    block = re.search(r"^```csv\n(.*?)^```", PAGE, flags=re.M | re.S)
    assert block
    return pl.read_csv(io.StringIO(block[1]), infer_schema=False)


@pytest.mark.parametrize("version", VERSIONS)
def test_the_table_of_the_page(version: str) -> None:
    printed = re.search(rf"^\| {re.escape(version)} \|(.*)\|$", PAGE, flags=re.M)
    assert printed
    row = VERSIONS[version].predict_table(women()).row(0, named=True)
    columns = re.findall(r"`(\w+_10y(?:_surgery|_treated)?)`", PAGE)[:5]
    assert len(set(columns)) == 5
    assert [f"{row[name]:.1f}" for name in columns] == printed[1].replace(" ", "").split("|")


def test_what_chemotherapy_adds() -> None:
    adds = [model.predict_table(women())["chemotherapy_benefit_10y"][0] for model in VERSIONS.values()]
    assert "adds {:.1f}, {:.1f}, {:.1f} or {:.1f}".format(*adds) in " ".join(PAGE.split())


@pytest.mark.parametrize("model", [PREDICT_30, PREDICT_31, PREDICT_32], ids=["3.0", "3.1", "3.2"])
def test_the_refusals_of_the_page(model: Predict) -> None:
    answers = model.predict_table(women())
    printed = dict(re.findall(r"^\| (\w+) \| `(.*)` \|$", PAGE, flags=re.M))
    assert dict(answers.filter(pl.col("refusal").is_not_null()).select("patient", "refusal").iter_rows()) == printed


def test_what_the_others_say() -> None:
    assert PREDICT_22.predict_table(women())["refusal"].is_null().to_list() == [True, False, False, True]
    answers = NPI.predict_table(women())
    assert answers["refusal"].is_null().to_list() == [True, False, True, True]
    assert answers["npi_group"].drop_nulls().n_unique() == 1
