"""How probably one plan is better: against the closed form where only one parameter is uncertain."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import norm

from fyr.errors import BadInput
from fyr.models import Prediction
from fyr.treat.dvh import Dvh, Sampling
from fyr.treat.dvh_metrics import parse_metric
from fyr.treat.outcome import ComplicationModel, OrganOutcome, Parameter, ParameterSet
from fyr.treat.plan_comparison import compare_plans
from fyr.treat.plan_course import PlanCourse, PlanCurve
from fyr.treat.plan_risks import PlanRisks, combined_draws, plan_risks

N, N_LOW, N_HIGH = 0.5, 0.2, 0.8


def fit(name: str = "ntcp-made-up", **changed: object) -> ComplicationModel:
    """A Lyman fit whose n alone is uncertain."""
    parameters = {"td50_gy": Parameter(25.0), "m": Parameter(0.3), "n": Parameter(N, N_LOW, N_HIGH)}
    return ComplicationModel(
        ParameterSet(
            name=name, organ="heart", title="Made up", endpoint="Made-up harm", form="lyman",
            parameters={**parameters, **changed}, reduction="gEUD", dose="physical", alpha_beta_gy=3.0,
            fraction_dose_gy=(1.0, 3.0), cohort="None.", citation="None.",
        )
    )  # fmt: skip


def curve(doses_gy: list[float], volumes_cm3: list[float], name: str = "Heart", bin_gy: float = 0.05) -> PlanCurve:
    histogram = np.zeros(int(max(doses_gy) / bin_gy) + 1)
    for dose, volume in zip(doses_gy, volumes_cm3, strict=True):
        histogram[int(dose / bin_gy)] += volume
    mean = float(np.average(doses_gy, weights=volumes_cm3))
    dvh = Dvh(name, sum(volumes_cm3), 0.0, min(doses_gy), mean, max(doses_gy), bin_gy, histogram, Sampling(1, 1.0, 0.0))
    return PlanCurve(name, 1, "ORGAN", None, dvh, "Heart", "heart", "standard")


def risks(model: ComplicationModel, doses_gy: list[float], volumes_cm3: list[float]) -> PlanRisks:
    drawn = curve(doses_gy, volumes_cm3)
    plan = PlanCourse("plan", (drawn,), {}, 50.0, 25)
    evidence = {
        "dvh_dose_gy": doses_gy, "dvh_volume_cm3": volumes_cm3, "fractions": 25, "dose_per_fraction_gy": 2.0,
    }  # fmt: skip
    answer = model.predict(evidence)
    assert isinstance(answer, Prediction)
    return PlanRisks(plan, ((drawn, OrganOutcome("Heart", "heart", model, answer, evidence)),), None)


def geud(n: float) -> float:
    return float((0.5 * 30.0 ** (1 / n) + 0.5 * 5.0 ** (1 / n)) ** n)


def test_the_probability_is_that_of_the_one_uncertain_parameter():
    """A is 20 Gy everywhere, B is 30 and 5 Gy in halves: A is better where n is below the crossing of their gEUDs."""
    crossing = brentq(lambda n: geud(n) - 20.0, 0.1, 1.0)
    spread = (N_HIGH - N_LOW) / (2 * norm.ppf(0.975))
    expected = norm.cdf((crossing - N) / spread)
    assert 0.55 < expected < 0.99 or 0.01 < expected < 0.45  # a case that can tell
    model = fit()
    found = compare_plans([risks(model, [20.0], [100.0]), risks(model, [30.0, 5.0], [50.0, 50.0])], [])
    (pair,) = found["endpoints"][0]["pairs"]
    assert pair["probability"] == pytest.approx(expected, abs=0.02)  # 10,000 draws, and n above 0
    assert pair["difference"]["low"] < 0 < pair["difference"]["high"]
    assert found["combined"]["any_complication"]["pairs"][0]["probability"] == pytest.approx(pair["probability"])


def test_the_difference_is_that_of_the_two_answers():
    model = fit()
    one, other = risks(model, [20.0], [100.0]), risks(model, [25.0], [100.0])
    (pair,) = compare_plans([one, other], [])["endpoints"][0]["pairs"]
    expected = norm.cdf(0.0) - norm.cdf((20.0 - 25.0) / (0.3 * 25.0))
    assert pair["difference"]["value"] == pytest.approx(expected)
    assert pair["probability"] == 1.0  # uniform doses do not hang on n, which alone is uncertain
    assert "same order under every draw" in pair["note"]


def test_a_plan_against_itself_is_even():
    model = fit()
    same = [risks(model, [30.0, 5.0], [50.0, 50.0]) for _ in range(2)]
    (pair,) = compare_plans(same, [])["endpoints"][0]["pairs"]
    assert pair["probability"] == 0.5
    assert pair["difference"] == {"value": 0.0, "low": 0.0, "high": 0.0}


def test_a_fit_without_intervals_gives_no_probability():
    model = fit(n=Parameter(N))
    found = compare_plans([risks(model, [20.0], [100.0]), risks(model, [30.0, 5.0], [50.0, 50.0])], [])
    (pair,) = found["endpoints"][0]["pairs"]
    assert pair["probability"] is None
    assert pair["reason"]
    assert pair["difference"]["low"] is None


def test_plans_without_a_common_structure_are_refused():
    one = plan_risks(PlanCourse("one", (curve([20.0], [1.0]),), {}, 50.0, 25))
    lone = PlanCurve("Liver", 1, "ORGAN", None, curve([20.0], [1.0]).dvh)
    other = plan_risks(PlanCourse("other", (lone,), {}, 50.0, 25))
    with pytest.raises(BadInput, match="no structure in common"):
        compare_plans([one, other], [parse_metric("mean")])


def test_control_is_better_where_it_is_higher():
    tumour = {
        "structure": "Heart", "tcd50_gy": 50, "tcd50_se_gy": 2, "gamma50": 2, "gamma50_se": 0.3, "a": -10,
        "alpha_beta_gy": 10,
    }  # fmt: skip
    high, low = (
        plan_risks(PlanCourse("plan", (curve([dose], [10.0]),), {}, dose, 30), tumour=tumour) for dose in (60.0, 54.0)
    )
    control = compare_plans([high, low], [])["control"]
    assert control["answers"]["A"]["estimate"]["value"] == pytest.approx(1 / (1 + (50 / 60) ** 8), rel=2e-3)
    assert control["pairs"][0]["probability"] == 1.0
    assert control["pairs"][0]["note"]


def test_the_errors_of_different_fits_are_independent():
    """The variances of log (1 - NTCP) then add up; with the same draws they would be twice the sum."""
    heart = {"td50_gy": Parameter(25.0, 20.0, 30.0), "n": Parameter(0.5)}
    parts = [risks(fit(name, **heart), [20.0], [100.0]) for name in ("ntcp-one", "ntcp-other")]
    plan = parts[0].plan
    both = PlanRisks(plan, tuple(part.complications[0] for part in parts), None)
    keys = [("Heart", "ntcp-one"), ("Heart", "ntcp-other")]
    together = np.var(np.log1p(-combined_draws(both, keys)["any_complication"]))
    alone = [np.var(np.log1p(-combined_draws(both, [key])["any_complication"])) for key in keys]
    assert alone[0] == pytest.approx(alone[1])
    assert together == pytest.approx(sum(alone), rel=0.06)


def test_together_is_not_weighed_where_control_has_no_interval():
    tumour = {
        "structure": "Heart", "alpha_per_gy": 0.3, "alpha_sd_per_gy": 0.05, "alpha_beta_gy": 10,
        "clonogens_per_cm3": 1e5,
    }  # fmt: skip
    model = fit()
    both = []
    for doses in ([20.0], [30.0, 5.0]):
        one = risks(model, doses, [100.0 / len(doses)] * len(doses))
        both.append(PlanRisks(one.plan, one.complications, plan_risks(one.plan, tumour=tumour).control))
    together = compare_plans(both, [])["combined"]
    assert together["any_complication"]["pairs"][0]["probability"] is not None
    (pair,) = together["p_plus"]["pairs"]
    assert pair["probability"] is None
    assert "no interval was published of Heart: control" in pair["reason"]
    assert any("Heart: control" in one for one in together["assumes"])


def test_together_has_no_interval_where_a_complication_has_none():
    """The known spread of one part is no interval of the whole, and the part without one may turn the order."""
    known, unknown = fit(), fit("ntcp-without", n=Parameter(N))
    both = []
    for doses in ([20.0], [30.0, 5.0]):
        one, other = (risks(model, doses, [100.0 / len(doses)] * len(doses)) for model in (known, unknown))
        ((drawn, first),), ((_, second),) = one.complications, other.complications
        both.append(PlanRisks(one.plan, ((drawn, first), (drawn, second)), None))
    keys = [("Heart", "ntcp-made-up"), ("Heart", "ntcp-without")]
    together = compare_plans(both, [], keys)["combined"]
    estimate = together["any_complication"]["answers"]["B"]["estimate"]
    (pair,) = together["any_complication"]["pairs"]
    assert 0 < estimate["value"] < 1
    assert (estimate["low"], estimate["high"], pair["probability"], pair["difference"]["low"]) == (None,) * 4
    assert "no interval was published of Heart: ntcp-without" in pair["reason"]
    assert together["assumes"][-1] == "no interval together, for none was published of Heart: ntcp-without"
    (alone,) = compare_plans(both, [], keys[:1])["combined"]["any_complication"]["pairs"]
    assert alone["probability"] is not None
