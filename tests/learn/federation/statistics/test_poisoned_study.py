"""A hospital whose sums are made up is left out by the study's rule, and the result is that of the others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.random import default_rng

from fyr.errors import Refused
from fyr.learn.federation.disclosure.experiment import Controls
from fyr.learn.federation.in_process_study import conduct_in_process
from fyr.learn.federation.message import Payload
from fyr.learn.federation.rounds import Answer
from fyr.learn.federation.site import Gate
from fyr.learn.federation.site_table import SiteTable
from fyr.learn.federation.study import Study


def tables() -> dict[str, SiteTable]:
    draw = default_rng(11)
    found = {}
    for site in ("oslo", "lund", "turku"):
        dose = draw.normal(2, 1, 120)
        event = (draw.random(120) < 1 / (1 + np.exp(2 - dose))).astype(float)
        found[site] = SiteTable(site, {"dose": dose, "event": event})
    return found


def gate_of(site: str) -> Gate:
    """Return a gate that sends a slope ten times too large from one hospital."""

    def gate(study: Study, number: int, step: str, values: Payload, answer: Answer, table: SiteTable) -> Answer:
        if site == "lund" and step == "glm":
            return replace(answer, sums={**answer.sums, "gradient": 10 * answer.sums["gradient"]})
        return answer

    return gate


def study(sites: tuple[str, ...], on_refusal: str) -> Study:
    return Study(
        "trial", "logistic", sites, {"features": ["dose"], "outcome": "event"}, quorum=2, on_refusal=on_refusal
    )


def test_a_slope_ten_times_too_large_stops_the_study_or_leaves_its_hospital_out() -> None:
    three = tables()
    two = {site: three[site] for site in ("oslo", "turku")}
    expected = conduct_in_process(study(tuple(two), "stop"), two).result
    with pytest.raises(Refused, match="lund: its sums cannot be right"):
        conduct_in_process(study(tuple(three), "stop"), three, gate_of=gate_of)
    outcome = conduct_in_process(study(tuple(three), "exclude"), three, gate_of=gate_of)
    assert list(outcome.left_out) == ["lund"]
    assert outcome.result["coefficients"] == pytest.approx(expected["coefficients"], abs=1e-12)


@pytest.mark.parametrize("times", [10.0, -1.0])
def test_masks_do_not_hide_that_a_slope_is_wrong(times: float) -> None:
    three, controls = tables(), Controls()

    def wrong(site: str) -> Gate:
        def gate(study: Study, number: int, step: str, values: Payload, answer: Answer, table: SiteTable) -> Answer:
            if site == "lund" and step == "glm":
                answer = replace(answer, sums={**answer.sums, "gradient": times * answer.sums["gradient"]})
            return controls.gate_of(site)(study, number, step, values, answer, table)

        return gate

    whole = replace(study(tuple(three), "stop"), quorum=0)
    assert conduct_in_process(whole, three, gate_of=Controls().gate_of).result["rows"] == 360
    with pytest.raises(Refused, match=r"a hospital's sums cannot be right.*masks hide whose"):
        conduct_in_process(whole, three, gate_of=wrong)


def test_masks_that_were_promised_are_worn_when_a_hospital_was_left_out() -> None:
    three, controls = tables(), Controls()

    def gate_of(site: str) -> Gate:
        def gate(study: Study, number: int, step: str, values: Payload, answer: Answer, table: SiteTable) -> Answer:
            if site == "lund" and step == "columns":
                raise Refused("not from here", where=site)
            assert "gradient" not in controls.gate_of(site)(study, number, step, values, answer, table).sums
            return controls.gate_of(site)(study, number, step, values, answer, table)

        return gate

    outcome = conduct_in_process(study(tuple(three), "exclude"), three, gate_of=gate_of)
    two = {site: three[site] for site in ("oslo", "turku")}
    expected = conduct_in_process(study(tuple(two), "stop"), two).result
    assert outcome.left_out == {"lund": "not from here"}
    assert outcome.result["coefficients"] == pytest.approx(expected["coefficients"], abs=1e-12)
