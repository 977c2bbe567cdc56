"""How long a whole judgement of 2,000 patients with 1,000 resamples takes, beside a loop over the peers' functions.

Fyr gives, for the sample and for every resample of patients: Harrell's and Uno's concordance, the area under the curve
at the horizon, Brier score and scaled Brier score, calibration slope, intercept and hazard slope, the smooth curve with
ICI, E50 and E90, E/O, and net benefit at 50 thresholds. Without and with competing events.

The peers, a few resamples of the same rows (``--peer-resamples``), times the number: lifelines' concordance and
Kaplan-Meier and its Cox model on a spline of the prediction for the smooth curve (the same model as Fyr's, with Efron's
ties); scikit-survival's Uno's concordance, area and Brier score. They do less: no pseudo-observations, no decision
curve, no competing events. Concordance, area, Brier score and observed risk must agree to 1e-9 first.

Run: ``python benchmarks/judge.py [--rows 2000] [--resamples 1000]``
"""

from __future__ import annotations

import argparse
import json
import statistics
import time

import lifelines
import numpy as np
import pandas as pd
import sksurv
from lifelines import CoxPHFitter, KaplanMeierFitter
from lifelines.utils import concordance_index
from sksurv.metrics import brier_score, concordance_index_ipcw, cumulative_dynamic_auc
from sksurv.util import Surv

from fyr.learn.judging.calibration_curve import CurveBasis
from fyr.learn.judging.judgement import Judgement, judge
from fyr.learn.outcome import Outcome

HORIZON = 5.0


def cohort(rows: int, competing: bool) -> tuple[np.ndarray, Outcome]:
    """Return risks that are a little too extreme, and outcomes; no two times are the same."""
    generator = np.random.default_rng(2023)
    index = generator.normal(size=rows).clip(-2.5, 2.5)
    event_at, censored = generator.exponential(10 * np.exp(-index)), generator.uniform(0, 20, rows)
    other_at = generator.exponential(25, rows) if competing else np.full(rows, np.inf)
    years = np.minimum.reduce([event_at, other_at, censored])
    outcome = Outcome(years == event_at, years, years == other_at if competing else None)
    return 1 - np.exp(-0.5 * np.exp(1.2 * index)), outcome


def whole(risk: np.ndarray, outcome: Outcome, resamples: int) -> tuple[Judgement, float, float]:
    """Judge with Fyr; return the judgement, the seconds by the clock and of the processor."""
    clock, processor = time.perf_counter(), time.process_time()
    found = judge(
        risk,
        outcome,
        horizon_years=HORIZON,
        patient=np.arange(len(risk)),
        generator=np.random.default_rng(1),
        resamples=resamples,
    )
    return found, time.perf_counter() - clock, time.process_time() - processor


def by_peers(risk: np.ndarray, columns: np.ndarray, outcome: Outcome, rows: np.ndarray) -> tuple[float, ...]:
    """Return what the peers give for some rows."""
    chance, event, years = risk[rows], outcome.event[rows], outcome.years[rows]
    truth = Surv.from_arrays(event, years)
    harrell = concordance_index(years, -chance, event)
    uno = concordance_index_ipcw(truth, truth, chance, tau=HORIZON)[0]
    area = cumulative_dynamic_auc(truth, truth, chance, [HORIZON])[0][0]
    brier = brier_score(truth, truth, 1 - chance[:, None], [HORIZON])[1][0]
    observed = 1 - float(KaplanMeierFitter().fit(years, event).survival_function_at_times(HORIZON).iloc[0])
    cut = {"t": np.minimum(years, HORIZON), "e": event & (years <= HORIZON)}
    frame = pd.DataFrame({**cut, "x": columns[rows, 0], "y": columns[rows, 1]})
    smooth = CoxPHFitter().fit(frame, "t", "e")
    curve = 1 - smooth.predict_survival_function(frame, times=[HORIZON]).to_numpy()[0]
    return harrell, uno, float(area), float(brier), observed, float(np.abs(curve - chance).mean())


def main() -> None:
    """Measure and print a table and one JSON line."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=2_000)
    options.add_argument("--resamples", type=int, default=1_000)
    options.add_argument("--peer-resamples", type=int, default=10)
    options.add_argument("--repeat", type=int, default=3)
    chosen = options.parse_args()
    risk, outcome = cohort(chosen.rows, competing=False)
    columns = CurveBasis.of(risk, timed=True).rows
    found = whole(risk, outcome, 0)[0]
    peer = by_peers(risk, columns, outcome, np.arange(chosen.rows))
    ours = [one.estimate for one in (found.c_index, found.uno_c, found.auc, found.brier, found.observed_risk)]
    assert np.allclose(ours, peer[:5], rtol=0, atol=1e-9), (ours, peer)
    assert abs(found.calibration["ici"]["estimate"] - peer[5]) < 1e-3
    taken = [whole(risk, outcome, chosen.resamples)[1:] for _ in range(chosen.repeat)]
    clock, processor = (statistics.median(column) for column in zip(*taken, strict=True))
    with_others = cohort(chosen.rows, competing=True)
    whole(*with_others, 0)
    competing = statistics.median(whole(*with_others, chosen.resamples)[2] for _ in range(chosen.repeat))
    generator = np.random.default_rng(1)
    peer_clock, peer_processor = time.perf_counter(), time.process_time()
    for _ in range(chosen.peer_resamples):
        by_peers(risk, columns, outcome, generator.integers(0, chosen.rows, chosen.rows))
    share = chosen.resamples / chosen.peer_resamples
    peer_clock = (time.perf_counter() - peer_clock) * share
    peer_processor = (time.process_time() - peer_processor) * share
    print(f"{chosen.rows:,} patients, {chosen.resamples:,} resamples; the same estimates")
    print(f"fyr                                  {clock:9.2f} s by the clock {processor:9.2f} s of processor time")
    print(f"fyr, with competing events           {'':>9}                {competing:9.2f} s of processor time")
    name = f"lifelines {lifelines.__version__} and scikit-survival {sksurv.__version__}"
    print(f"{name:<37}{peer_clock:9.2f} s by the clock {peer_processor:9.2f} s of processor time")
    print(f"the peers take {peer_processor / processor:.0f} x the processor time")
    document = {
        "rows": chosen.rows,
        "resamples": chosen.resamples,
        "fyr_s": clock,
        "fyr_processor_s": processor,
        "fyr_competing_processor_s": competing,
        "peers_processor_s": peer_processor,
        "faster": peer_processor / processor,
    }
    print(json.dumps(document))


if __name__ == "__main__":
    main()
