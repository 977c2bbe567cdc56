"""``--output``: what hospitals train together is a folder that runs, and no one is shown raw trees."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from tests.learn.federation.boosting.rows import rows

from fyr.cli.learn_federate import federate
from fyr.cli.models import models
from fyr.errors import BadInput, UsageError

_TREES = ("--method", "boosting", "--features", "age,dose,ward", "--outcome", "event", "--option", "trees=3",
          "--option", "leaves=4")  # fmt: skip


def _ran(*arguments: object) -> Result:
    return CliRunner().invoke(federate, [*map(str, arguments)])


@pytest.fixture
def hospitals(tmp_path: Path) -> list[str]:
    """Write three hospitals' tables; `dose` has gaps."""
    found = []
    for seed, site in enumerate(("lund", "oslo", "bergen")):
        columns = rows(200, seed=seed)
        names = ("age", "dose", "ward", "event")
        lines = [
            ",".join("" if np.isnan(columns[name][at]) else f"{columns[name][at]:g}" for name in names)
            for at in range(200)
        ]
        path = tmp_path / f"{site}.csv"
        path.write_text("\n".join([",".join(names), *lines]) + "\n")
        found.append(str(path))
    return found


def test_trees_are_a_folder_that_runs_and_their_text_is_short(hospitals: list[str], tmp_path: Path) -> None:
    done = _ran("--sites", *hospitals, *_TREES, "--output", tmp_path / "model")
    assert done.exit_code == 0, (done.output, done.exception)
    assert "600 rows\n" in done.stdout
    assert "3 trees (logistic), " in done.stdout
    assert "splits by column: " in done.stdout
    assert "missing_left" not in done.stdout
    assert len(done.stdout) < 1000
    answers = tmp_path / "answers.csv"
    ran = CliRunner().invoke(
        models, ["run", str(tmp_path / "model"), "--input", hospitals[0], "--output", str(answers)]
    )
    assert ran.exit_code == 0, (ran.output, ran.exception)
    assert "200 answered" in ran.stdout + ran.stderr
    assert len(answers.read_text().splitlines()) == 201


def test_the_card_says_who_and_how_many_and_rows_that_trees_use_are_counted(
    hospitals: list[str], tmp_path: Path
) -> None:
    done = _ran("--sites", *hospitals, *_TREES, "--output", tmp_path / "model", "--json")
    document = json.loads(done.stdout)
    assert (document["rows"], document["rows_left_out"]) == (600, 0)
    assert {one["rows"] for one in document["by_site"].values()} == {200}
    card = json.loads((tmp_path / "model" / "model.json").read_text())
    assert "Trained on 600 rows at lund, oslo, bergen." in card["validity"]
    assert document["study"]["digest"] in card["citation"]
    assert document["transcript"] in card["citation"]
    assert card["parameters"]["sites"] == ["lund", "oslo", "bergen"]
    assert document["kept"]["folder"] == str(tmp_path / "model")


def test_what_cannot_be_kept_is_refused_before_anything_is_computed(hospitals: list[str], tmp_path: Path) -> None:
    done = _ran("--sites", *hospitals, "--method", "descriptive", "--features", "age", "--output", tmp_path / "model")
    assert isinstance(done.exception, UsageError)
    assert "trains no model to keep" in str(done.exception)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("mine")
    done = _ran("--sites", *hospitals, *_TREES, "--output", tmp_path / "full")
    assert isinstance(done.exception, BadInput)
    assert "no model" in str(done.exception)
    assert [one.name for one in (tmp_path / "full").iterdir()] == ["letter.txt"]
