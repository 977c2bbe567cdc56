"""The example of the how-to page, as its reader would run it."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from tests.learn.federation.boosting.rows import FEATURES, dealt, rows

from fyr.models.folders import load_model_folder

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "train-across-hospitals.md"


def test_what_was_trained_is_kept_and_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("fyr.learn.federation.in_process_study", reason="studies in one process are not there")
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), flags=re.DOTALL)
    monkeypatch.chdir(tmp_path)
    columns = rows(500)
    columns["disease"] = columns["event"]
    exec(code, {"tables": dealt(columns, (300, 200)), "features": FEATURES})  # noqa: S102  the page's own example
    model = load_model_folder(tmp_path / "heart-disease")
    answers = model.predict_columns({name: columns[name] for name in FEATURES})
    assert np.corrcoef(answers.outputs["risk"], columns["event"])[0, 1] > 0.4
