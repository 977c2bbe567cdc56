"""The page on survival regressions: its examples run, and print what is true."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

PAGE = Path(__file__).parents[3] / "docs/how-to/fit-a-survival-regression.md"


def test_the_examples_run(capsys):
    said: dict[str, object] = {}
    for block in re.findall(r"^```python\n(.*?)^```", PAGE.read_text(), flags=re.M | re.S):
        exec(block, said)  # noqa: S102  the page's own code
    lines = capsys.readouterr().out
    # R: coxph(Surv(time, status) ~ age + sex + ph.ecog, lung, subset = !is.na(inst))
    assert "age: hazard ratio 1.011, error 0.0093" in lines
    assert "sex: hazard ratio 0.573, error 0.1681" in lines
    assert "ecog: hazard ratio 1.599, error 0.1143" in lines
    assert "not within the follow-up" in lines
    assert re.search(r"all 16[0-9] events have the same 'marked'", lines)
    fit = said["fit"]
    assert np.diff(fit.survival([[60, 2, 0]], [0.5, 1.0, 2.0])).max() < 0
    assert fit.likelihood_ratio_test.p == pytest.approx(1.077169e-06, rel=1e-6)
