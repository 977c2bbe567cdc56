"""The live model says, hour by hour, what the same hours say as a table; and takes only what it can use."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from fyr.clock import HOUR_US, MINUTE_US
from fyr.errors import BadInput
from fyr.models import Prediction
from fyr.record import Observation, PatientId, Refusal, Status
from fyr.watch.risk.live import LiveRisk, variable_of
from fyr.watch.risk.variables import VARIABLES

_SPEC = importlib.util.spec_from_file_location("made_model", Path(__file__).parent / "made_model.py")
made_model = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(made_model)

START_US = 1_700_000_000_000_000
RANGES = {entry.name: (entry.low, entry.high) for entry in VARIABLES}


@pytest.fixture(scope="module")
def model():
    return made_model.make_model()


def stream(seed: int) -> tuple[dict[PatientId, tuple[int, float]], pl.DataFrame]:
    """Three patients' measurements: several an hour, late ones, missing and impossible ones."""
    generator = np.random.default_rng(seed)
    stays = {PatientId("h", str(one)): (START_US + one * 40 * MINUTE_US, 40.0 + one) for one in range(3)}
    rows = []
    for patient, (admitted_us, _) in stays.items():
        for name in ("hr", "resp", "o2sat", "sbp", "map", "temp", "lact", "crea", "wbc", "fio2", "urine"):
            low, high = RANGES[name]
            for after in generator.integers(-HOUR_US, 30 * HOUR_US, 40).tolist():
                value = float(generator.uniform(low, high)) if generator.random() < 0.9 else high + 1.0
                rows.append((str(patient), name, admitted_us + after, value if generator.random() < 0.95 else None))
    generator.shuffle(rows)
    return stays, pl.DataFrame(rows, schema=["patient", "name", "time", "value"], orient="row")


def as_table(stays, measured: pl.DataFrame, at_us: int) -> pl.DataFrame:
    """The hours as the published tables hold them, written apart from the code under test."""
    tables = []
    for number, (patient, (admitted_us, age)) in enumerate(stays.items()):
        mine = measured.filter(pl.col("patient") == str(patient), pl.col("time") >= admitted_us)
        hours = pl.DataFrame({"time": range((at_us - admitted_us) // HOUR_US + 1)})
        for name in sorted(set(mine["name"])):
            low, high = RANGES[name]
            newest = (
                mine.filter(pl.col("name") == name, pl.col("value").is_between(low, high))
                .sort("time")
                .group_by(((pl.col("time") - admitted_us) // HOUR_US).alias("time"))
                .agg(pl.col("value").last().alias(name))
            )
            hours = hours.join(newest, on="time", how="left")
        tables.append(hours.with_columns(stay_id=pl.lit(number), age=pl.lit(age)))
    return pl.concat(tables, how="diagonal")


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("after_h", [2, 9.5, 26])
def test_it_is_the_answer_of_the_table(model, seed, after_h):
    stays, measured = stream(seed)
    live = LiveRisk(model)
    for patient, (admitted_us, age) in stays.items():
        live.admit(patient, admitted_us, age=age)
    at_us = START_US + int(after_h * HOUR_US) + 3 * HOUR_US
    measured = measured.filter(pl.col("time") <= at_us)
    for patient, name, time_us, value in measured.iter_rows():
        live.measured(PatientId(*patient.split("/")), name, time_us, value)
    answered = model.predict_table(as_table(stays, measured, at_us), explain=True)
    expected = answered.group_by("stay_id", maintain_order=True).last()
    found = live.answers(at_us)
    assert [found[patient].estimates["risk"].value for patient in stays] == expected["risk"].to_list()
    assert [found[patient].estimates["alarm"].value for patient in stays] == expected["alarm"].to_list()
    for patient in stays:
        told = found[patient].explanation
        parts = told["base"] + told["others"] + sum(one["log_odds"] for one in told["moved_by"])
        risk = found[patient].estimates["risk"].value
        assert np.log(risk / (1 - risk)) == pytest.approx(parts, abs=1e-9)
        assert found[patient].at_us == at_us


def test_a_stay_in_which_nothing_was_measured_is_refused(model):
    live = LiveRisk(model)
    live.admit(PatientId("h", "1"), START_US)
    answer = live.answers(START_US + HOUR_US)[PatientId("h", "1")]
    assert isinstance(answer, Refusal)
    assert "no usable signal" in answer.reason
    assert live.answers(START_US - 1) == {}


def test_only_what_the_model_can_use_is_taken(model):
    live, patient = LiveRisk(model), PatientId("h", "1")
    with pytest.raises(BadInput, match="nobody was admitted"):
        live.measured(patient, "heart_rate", START_US, 80)
    live.admit(patient, START_US)
    assert live.measured(patient, "heart_rate", START_US + MINUTE_US, 80)
    assert not live.measured(patient, "heart_rate", START_US, 81)  # older than what is known of this hour
    assert not live.measured(patient, "heart_rate", START_US - 1, 81)  # before the stay
    assert not live.measured(patient, "heart_rate", START_US + 2 * MINUTE_US, 5000)
    assert not live.measured(patient, "heart_rate", START_US + 2 * MINUTE_US, float("nan"))
    assert not live.measured(patient, "news2", START_US + 2 * MINUTE_US, 3)
    assert live.measured(patient, "temperature", START_US, 98.6, "[degF]")
    assert not live.measured(patient, "loinc:2160-0", START_US, 88, "umol/L")  # an amount is no mass
    assert live.observed(Observation(patient, "loinc:2160-0", START_US, 1.1, "mg/dL", Status.PRESENT, "lab"))
    assert not live.observed(Observation(patient, "loinc:2160-0", START_US, None, None, Status.UNKNOWN, "lab"))
    answer = live.answers(START_US + MINUTE_US)[patient]
    assert isinstance(answer, Prediction)
    assert (answer.inputs["hr"], answer.inputs["temp"], answer.inputs["crea"]) == (80, 37, 1.1)


def test_a_corrected_admission_moves_the_hours(model):
    patient, early, late = PatientId("h", "1"), LiveRisk(model), LiveRisk(model)
    early.admit(patient, START_US, age=60)
    late.admit(patient, START_US + 5 * HOUR_US, age=60)
    for live in (early, late):
        live.measured(patient, "spo2", START_US + 6 * HOUR_US, 91)
    late.admit(patient, START_US)
    now_us = START_US + 7 * HOUR_US
    assert late.answers(now_us)[patient].estimates == early.answers(now_us)[patient].estimates
    late.discharge(patient)
    assert late.patients == ()


def test_every_code_of_a_variable_is_its_own():
    codes = [entry.code for entry in VARIABLES if entry.code]
    assert len(set(codes)) == len(codes)
    assert [variable_of(code) for code in codes] == [entry.name for entry in VARIABLES if entry.code]
