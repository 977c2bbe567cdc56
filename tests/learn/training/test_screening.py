from __future__ import annotations

import numpy as np
from lifelines.statistics import logrank_test
from scipy.stats import chi2_contingency

from fyr.learn.training.screening import score_tests
from fyr.learn.training.truth import Truth

GENERATOR = np.random.default_rng(2)
GROUP = GENERATOR.random(200) < 0.4
YEARS = GENERATOR.exponential(np.where(GROUP, 1.0, 2.0))  # no ties
EVENT = GENERATOR.random(200) < 0.6


def test_with_times_it_is_the_log_rank_test() -> None:
    truth = Truth(EVENT, YEARS, np.ones(200))
    peer = logrank_test(YEARS[GROUP], YEARS[~GROUP], EVENT[GROUP], EVENT[~GROUP])

    statistic = score_tests(np.column_stack([GROUP.astype(float), np.ones(200)]), truth)

    assert np.isclose(statistic[0], peer.test_statistic)
    assert statistic[1] == 0.0


def test_without_times_it_is_the_chi_square_of_the_table() -> None:
    table = np.array(
        [[(GROUP & EVENT).sum(), (GROUP & ~EVENT).sum()], [(~GROUP & EVENT).sum(), (~GROUP & ~EVENT).sum()]]
    )

    statistic = score_tests(GROUP[:, None].astype(float), Truth(EVENT, None, np.ones(200)))

    assert np.isclose(statistic[0], chi2_contingency(table, correction=False).statistic)


def test_a_row_that_weighs_nothing_is_not_there() -> None:
    weight = np.where(np.arange(200) < 150, 1.0, 0.0)
    some = slice(0, 150)

    whole = score_tests(GROUP[:, None].astype(float), Truth(EVENT, None, weight))
    part = score_tests(GROUP[some, None].astype(float), Truth(EVENT[some], None, weight[some]))

    assert np.isclose(whole[0], part[0])
