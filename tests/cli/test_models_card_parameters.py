"""The card on the terminal has the numbers of a fit, so that they can be held beside the paper."""

from __future__ import annotations

import subprocess
import sys


def card(name: str) -> str:
    command = [sys.executable, "-m", "fyr.cli", "models", "card", name]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_text_of_a_card_has_the_parameters_with_their_intervals() -> None:
    said = card("ntcp-rectum-bleeding-quantec")
    assert "td50_gy: value 76.9, low_95 73.7, high_95 80.1, drawn log" in said
    assert "n: value 0.09, low_95 0.04, high_95 0.14, drawn normal" in said
    assert "alpha_beta_gy: 3\n" in said


def test_a_long_table_is_cut_and_says_where_the_rest_is() -> None:
    assert "(--json has all of it)" in " ".join(card("second-cancer-beir7-err").split())
