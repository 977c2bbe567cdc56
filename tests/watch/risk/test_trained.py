"""The model that comes with Fyr: what its card admits, and that the open data make the same model again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import fyr.watch.risk.trained
from fyr.cli.train import read_cohort
from fyr.watch.risk.report import model_of
from fyr.watch.risk.targets import TARGETS
from fyr.watch.risk.trained import EARLY_WARNING_ICU
from fyr.watch.risk.training import LEARNERS, calibrate

FOLDER = Path(fyr.watch.risk.trained.__file__).parent / "early_warning_icu"


def test_its_card_says_whom_it_saw_and_whose_data_they_were():
    card = EARLY_WARNING_ICU.card
    assert card.name == "early_warning_icu"
    assert "Ward patients" in card.not_for
    assert "intensive-care patients, not ward patients" in card.validity
    assert "United States" in card.licence
    assert "Open Database License" in card.licence
    assert card.digest == json.loads((FOLDER / "manifest.json").read_text())["digest"]
    assert (FOLDER / "model.json").stat().st_size < 1_000_000


def test_it_ranks_the_sick_above_the_well():
    well = {"time": 24, "age": 45, "hr": 72, "resp": 14, "o2sat": 98, "sbp": 128, "map": 90, "temp": 36.8, "bun": 12}
    sick = well | {"hr": 128, "resp": 32, "o2sat": 88, "sbp": 84, "map": 52, "bun": 70, "lact": 7, "fio2": 80}
    low, high = (EARLY_WARNING_ICU.predict(one).estimates["risk"].value for one in (well, sick))
    assert low < 0.05
    assert high > 0.2


@pytest.mark.real
def test_the_open_data_make_it_again(data_folder):
    folder = data_folder / "watch" / "icu_demo" / "mortality24" / "eicu_demo"
    if not folder.is_dir():
        pytest.skip(f"no hourly tables at {folder}")
    _, _, cohort = read_cohort(folder, TARGETS["mortality24"])
    best = calibrate(LEARNERS["early_warning"], cohort, 1)
    again = model_of(best, cohort, name="early_warning_icu", site="eicu_demo", seed=1, evidence="none")
    assert (again.card.version, again.card.digest) == (EARLY_WARNING_ICU.card.version, EARLY_WARNING_ICU.card.digest)
