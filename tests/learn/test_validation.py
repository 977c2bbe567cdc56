"""The document of a validation: its contract, its reasons where a figure is not there, and what it warns of."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from lifelines import KaplanMeierFitter
from numpy.typing import NDArray

from fyr.errors import BadInput, Refused
from fyr.learn.cohort import Cohort
from fyr.learn.outcome import Outcome
from fyr.learn.predictions import predictions_of_column, predictions_of_model
from fyr.learn.risk_groups import risk_groups
from fyr.learn.validation import validate
from fyr.models import Column, Model, ModelCard, ModelInput, ModelOutput

FIGURES = ("c_index", "uno_c", "auc", "brier", "scaled_brier")
CALIBRATION = ("slope", "intercept", "in_the_large", "ici", "e50", "e90", "e_over_o")
KEYS = {
    "model", "cohort", "horizon_years", "resamples", "level", "calibration", "net_benefit", "risk_groups", "missing",
    "refused_compared", "by", "tripod_ai", "warnings", "refusals", "not_assessable", "rows", "events", *FIGURES,
}  # fmt: skip


class FiveYears(Model):
    """A risk by five years that rises with one marker."""

    card = ModelCard(
        name="marker",
        version="1",
        title="Marker",
        intended_use="tests",
        not_for="patients",
        inputs=(
            ModelInput("marker", "Marker", "number", "1", low=-4, high=4),
            ModelInput("extra", "Extra", "number", "1", required=False, missing="not used"),
        ),
        outputs=(ModelOutput("risk_5y", "Risk by five years", "1", low=0, high=1),),
        citation="none",
        licence="none",
        validity="none",
        explanation="none",
        parameters={},
    )

    def compute(self, columns: Any) -> dict[str, Column]:
        return {"risk_5y": 1 - np.exp(-0.5 * np.exp(columns["marker"]))}


def cohort_of(rows: int = 400, hospitals: int = 2, **changed: Any) -> Cohort:
    """Exponential times at the hazard that the model says, censored evenly over 15 years."""
    draw = np.random.default_rng(7)
    marker = np.clip(draw.normal(size=rows), -3, 3)
    event_years = draw.exponential(10 / np.exp(marker))
    ended = draw.uniform(0, 15, rows)
    hospital = np.array([f"h{row % hospitals}" for row in range(rows)], dtype=object)
    given: dict[str, Any] = {
        "source": "folder/table.csv",
        "patient": np.array([f"{place}/{row}" for row, place in enumerate(hospital)], dtype=object),
        "hospital": hospital,
        "columns": {"marker": marker, "extra": np.full(rows, np.nan)},
        "outcome": Outcome(event_years <= ended, np.minimum(event_years, ended), None, "relapse"),
    }
    return Cohort(**{**given, **changed})


def judged(cohort: Cohort, horizon: float | None = 5, **more: Any) -> dict[str, Any]:
    from fyr.learn.output_choice import choose_output

    chosen = choose_output(FiveYears().card, horizon_years=horizon, title="relapse", competing=False)
    predictions = predictions_of_model(FiveYears(), cohort, chosen)
    return validate(cohort, predictions, horizon_years=horizon, **{"resamples": 50, **more})


def numbers_in(value: Any) -> Iterator[float]:
    if isinstance(value, dict):
        for entry in value.values():
            yield from numbers_in(entry)
    elif isinstance(value, list | tuple):
        for entry in value:
            yield from numbers_in(entry)
    elif isinstance(value, float):
        yield value


def assert_every_gap_has_a_reason(part: dict[str, Any]) -> None:
    for name in FIGURES:
        assert (part[name] is None) == (name in part["not_assessable"]), name
    for name in CALIBRATION:
        assert (part["calibration"][name] is None) == (name in part["calibration"]["not_assessable"]), name


def test_the_document_has_every_part_and_is_json() -> None:
    document = judged(cohort_of(), sha256="ab" * 32)
    assert set(document) >= KEYS
    assert all(np.isfinite(number) for number in numbers_in(document))
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert document["model"]["output"] == "risk_5y"
    assert document["cohort"]["source"] == "table.csv"
    assert document["cohort"]["answered"] + document["cohort"]["refused"] == document["cohort"]["rows"] == 400
    assert set(document["by"]["hospital"]) == {"h0", "h1"}
    for part in (document, *document["by"]["hospital"].values()):
        assert_every_gap_has_a_reason(part)
        assert set(part) >= {"rows", "events", "calibration", "net_benefit", *FIGURES}
    assert [item["item"] for item in document["tripod_ai"]] == [str(number) for number in range(1, 28)]
    assert {item["filled"] for item in document["tripod_ai"]} == {"yes", "in part", "no"}


def test_a_model_that_is_right_is_found_right() -> None:
    """The times were drawn from the model's own hazard: the intervals must cover slope 1 and ratio 1."""
    document = judged(cohort_of(1500), resamples=200)
    slope, ratio = document["calibration"]["slope"], document["calibration"]["e_over_o"]
    assert slope["low"] < 1 < slope["high"]
    assert ratio["low"] < 1 < ratio["high"]


def test_the_same_seed_is_the_same_document_and_one_more_group_changes_no_other() -> None:
    cohort = cohort_of()
    once = judged(cohort, seed=3)
    assert once == judged(cohort, seed=3)
    halves = np.array(["a", "b"] * 200, dtype=object)
    more = judged(cohort_of(groups={"half": halves}), seed=3)
    assert more["by"]["hospital"] == once["by"]["hospital"]
    assert more["c_index"] == once["c_index"]
    assert more["by"]["half"]["a"]["net_benefit"]["threshold"] == once["net_benefit"]["threshold"]


def test_a_hospital_with_two_patients_is_shown_and_not_assessable() -> None:
    cohort = cohort_of()
    hospital = cohort.hospital.copy()
    hospital[:2] = "tiny"
    document = judged(cohort_of(hospital=hospital))
    tiny = document["by"]["hospital"]["tiny"]
    assert (tiny["rows"], tiny["small"]) == (2, True)
    assert tiny["calibration"]["ici"] is None
    assert "by 5 years" in tiny["calibration"]["not_assessable"]["ici"]
    assert_every_gap_has_a_reason(tiny)


def test_a_hospital_whose_every_row_is_refused_is_shown_too() -> None:
    cohort = cohort_of()
    marker = np.where(cohort.hospital == "h1", np.nan, cohort.columns["marker"])
    document = judged(cohort_of(columns={"marker": marker}))
    assert document["by"]["hospital"]["h1"]["rows"] == 0
    assert document["by"]["hospital"]["h1"]["not_assessable"]["c_index"] == "there are no patients"
    assert document["refusals"] == [{"reason": "marker is missing", "rows": 200}]
    assert document["cohort"]["refusal_reasons"] == {"marker is missing": 200}
    assert "what follows speaks of those alone" in " ".join(
        judged(cohort_of(columns={"marker": np.where(np.arange(400) < 250, np.nan, 0.1 * np.arange(400) % 3)}))[
            "warnings"
        ]
    )


def test_missing_values_and_those_refused_are_counted_and_compared() -> None:
    cohort = cohort_of()
    marker = cohort.columns["marker"].copy()
    age = np.where(np.arange(400) < 40, 70.0, 50.0) + np.arange(400) % 2
    marker[:30], marker[30:40] = np.nan, 9.0
    document = judged(cohort_of(columns={"marker": marker, "extra": cohort.columns["extra"], "age": age}))
    found = {one["name"]: one for one in document["missing"]["inputs"]}
    assert (found["marker"]["missing"], found["marker"]["unreadable"]) == (30, 10)
    assert (found["extra"]["missing"], found["extra"]["taken_as"]) == (400, "not used")
    compared = document["refused_compared"]
    assert (compared["answered"]["rows"], compared["refused"]["rows"]) == (360, 40)
    assert compared["refused"]["events"] == int(cohort.outcome.event[:40].sum())
    by_hand = {one["name"]: one for one in compared["columns"]}["age"]
    assert (by_hand["answered"], by_hand["refused"]) == (50.5, 70.5)
    spread = np.sqrt((age[40:].var(ddof=1) + age[:40].var(ddof=1)) / 2)
    assert by_hand["standardised_difference"] == pytest.approx(20 / spread)


def test_no_answer_at_all_is_a_refusal() -> None:
    with pytest.raises(Refused, match=r"answered none of 400 rows: marker is out of range \(400 rows\)"):
        judged(cohort_of(columns={"marker": np.full(400, 9.0)}))
    with pytest.raises(BadInput, match="no column is an input of marker"):
        judged(cohort_of(columns={"other": np.zeros(400)}))


def test_a_horizon_beyond_the_follow_up_is_explained() -> None:
    cohort = cohort_of()
    years = np.minimum(cohort.outcome.years if cohort.outcome.years is not None else 0, 3)
    document = judged(cohort_of(outcome=Outcome(cohort.outcome.event & (years < 3), years, None, "relapse")))
    assert document["brier"] is None
    assert "follow-up ends at 3 years" in document["not_assessable"]["brier"]
    assert any("lies beyond the follow-up, which ends after 3.0 years" in said for said in document["warnings"])
    assert document["c_index"] is not None


def test_a_follow_up_in_which_everybody_had_the_event_is_not_too_short() -> None:
    cohort = cohort_of()
    years = np.minimum(cohort.outcome.years if cohort.outcome.years is not None else 0, 3)
    outcome = Outcome(np.ones(400, dtype=bool), years, None, "relapse")
    document = judged(cohort_of(outcome=outcome))
    assert not any("beyond the follow-up" in said for said in document["warnings"])
    assert document["observed_risk"]["estimate"] == 1


def test_an_outcome_in_disguise_is_named() -> None:
    cohort = cohort_of()
    event, years = cohort.outcome.event, cohort.outcome.years
    assert years is not None
    draw = np.random.default_rng(1)
    spoiled = {
        **cohort.columns,
        "discharged_as": np.where(event, "deceased", "alive").astype(object),
        "score_at_end": event + draw.normal(scale=0.2, size=400),
        "days_known": 365 * years,
        "honest": draw.normal(size=400),
    }
    warnings = " ".join(judged(cohort_of(columns=spoiled))["warnings"])
    assert "'discharged_as' alone tells who has the event (area under the curve 1.000)" in warnings
    assert "'score_at_end' alone tells" in warnings
    assert "'days_known' follows the time of the event almost exactly" in warnings
    assert "'honest'" not in warnings
    assert "'marker'" not in warnings


def test_predictions_of_the_table_itself_can_be_judged() -> None:
    cohort = cohort_of()
    risk = 1 - np.exp(-0.5 * np.exp(cohort.columns["marker"]))
    given = {"risk": risk, "percent": 100 * risk, "alive": 1 - risk, "points": cohort.columns["marker"]}
    table = cohort_of(columns=given)

    def of(column: str, **more: Any) -> dict[str, Any]:
        predictions = predictions_of_column(table, column, **more)
        return validate(table, predictions, horizon_years=5, resamples=20)

    model = judged(cohort, resamples=20)
    for column, more in (("risk", {}), ("percent", {"percent": True}), ("alive", {"higher_is": "better"})):
        found = of(column, **more)
        assert found["calibration"]["slope"]["estimate"] == pytest.approx(model["calibration"]["slope"]["estimate"])
        assert found["c_index"]["estimate"] == pytest.approx(model["c_index"]["estimate"])
    ranks = of("points", higher_is="worse")
    assert ranks["c_index"]["estimate"] == pytest.approx(model["c_index"]["estimate"])
    assert ranks["calibration"]["not_assessable"]["slope"] == "the model gives a rank, not a probability"
    with pytest.raises(BadInput, match="are these percent, or a score"):
        of("percent")
    with pytest.raises(BadInput, match="goes from -"):
        of("points", percent=True)


def test_thirds_of_the_prediction_are_kaplan_meier_or_competing_incidence() -> None:
    cohort = cohort_of(300)
    score: NDArray[np.float64] = cohort.columns["marker"]
    outcome = cohort.outcome
    assert outcome.years is not None
    groups = risk_groups(score, None, outcome, 5)
    assert [group["name"] for group in groups] == ["low", "middle", "high"]
    assert sum(group["rows"] for group in groups) == 300
    high = score > np.quantile(score, 2 / 3)
    peer = KaplanMeierFitter().fit(outcome.years[high], outcome.event[high])
    assert groups[2]["observed"] == pytest.approx(1 - float(peer.predict(5)), abs=1e-12)
    competing = Outcome(outcome.event & (score > 0), outcome.years, outcome.event & (score <= 0), "relapse")
    lower = risk_groups(score, None, competing, 5)[0]
    assert lower["observed"] == 0
    assert lower["events"] == 0


def test_a_score_of_few_values_is_cut_between_them() -> None:
    outcome = Outcome(np.tile([True, False], 50), np.tile([1.0, 6.0], 50), None, "relapse")
    groups = risk_groups(np.repeat([0.0, 1.0], 50), None, outcome, 5)
    assert [group["rows"] for group in groups] == [50, 50]
    assert len(risk_groups(np.zeros(100), None, outcome, 5)) == 1
    assert risk_groups(np.zeros(0), None, outcome.take(np.zeros(0, dtype=np.intp)), 5) == []


def test_a_group_that_is_not_there_is_refused() -> None:
    with pytest.raises(BadInput, match="no group 'sex'; it has hospital"):
        judged(cohort_of(), by=["sex"])
    with pytest.raises(BadInput, match="no horizon is given"):
        judged(cohort_of(), horizon=None)


def test_a_word_among_the_predictions_is_no_prediction() -> None:
    cohort = cohort_of()
    words = np.array([f"{value:.3f}" for value in np.linspace(0.01, 0.9, len(cohort))], dtype=object)
    words[:3] = ["oops", "", "inf"]
    given = predictions_of_column(cohort_of(columns={"risk": words}), "risk")
    assert given.answered.sum() == len(cohort) - 3
    assert given.refusal_reasons == {
        "what stands in column 'risk' is no number": 2,
        "no prediction in column 'risk'": 1,
    }
    with pytest.raises(BadInput, match="no cell of column 'kind' is a number"):
        predictions_of_column(cohort_of(columns={"kind": np.full(len(cohort), "large", dtype=object)}), "kind")
