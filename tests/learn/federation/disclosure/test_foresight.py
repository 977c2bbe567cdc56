"""What is foreseen is what the meter counts in the study itself, and nothing is written for it."""

from __future__ import annotations

import numpy as np
from tests.learn.federation.disclosure.trial import Trial, study, tables

from fyr.learn.federation.disclosure.foresight import foresee
from fyr.learn.federation.disclosure.ledger import Ledger
from fyr.learn.federation.disclosure.rules import Rules
from fyr.learn.federation.site_table import SiteTable

_SECRET = b"oslo".ljust(32)


def _with_rare(sites: dict[str, SiteTable]) -> dict[str, SiteTable]:
    found = {}
    for site, table in sites.items():
        rare = np.zeros(table.rows)
        rare[:1] = 1
        found[site] = SiteTable(site, {**table.columns, "rare": rare})
    return found


def test_a_rare_category_is_seen_before_anything_is_sent() -> None:
    sites = _with_rare(tables())
    wanted = study(sites, features=["age", "rare"], l2=1.0)
    seen = foresee(wanted, sites["oslo"], _SECRET)
    assert seen.leak.isolable == 1
    assert "'rare is not 0' is true of 1" in seen.leak.reasons
    assert seen.stopped == ""
    free = {"masked": "never", "meter": False}
    trial = Trial(sites, Rules(masked="never", meter=False))
    trial.conduct(study(sites, rules=free, features=["age", "rare"], l2=1.0))
    assert trial.gates["oslo"].rows_isolable == seen.leak.isolable


def test_earlier_studies_are_taken_into_account_and_left_as_they_are() -> None:
    sites = tables()
    trial = Trial(sites)
    trial.conduct(study(sites))
    ledger = trial.gates["oslo"].ledger
    before = len(ledger.entries())
    oslo = sites["oslo"]
    fewer = oslo.taking(np.arange(oslo.rows) > 0)
    assert foresee(study(sites, l2=1.0), oslo, _SECRET, ledger).leak.isolable == 0
    assert foresee(study(sites, l2=1.0), fewer, _SECRET, ledger).leak.isolable == 1
    assert foresee(study(sites, l2=1.0), fewer, _SECRET, Ledger()).leak.isolable == 0
    assert len(ledger.entries()) == before
