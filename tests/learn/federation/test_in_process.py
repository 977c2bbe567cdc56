"""Sites in one process give the pooled fit."""

from __future__ import annotations

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from numpy.random import default_rng

from fyr.errors import Refused
from fyr.learn.federation.coordinator import conduct
from fyr.learn.federation.in_process import InProcess
from fyr.learn.federation.site import Site
from fyr.learn.federation.site_table import SiteTable
from fyr.learn.federation.study import Study


def _tables() -> dict[str, SiteTable]:
    draw = default_rng(3)
    tables = {}
    for site, rows in (("oslo", 80), ("lund", 130)):
        age, dose = draw.normal(size=rows), draw.normal(size=rows)
        happened = draw.random(rows) < 1 / (1 + np.exp(-(0.4 + 0.8 * age - 0.5 * dose)))
        tables[site] = SiteTable(site, {"age": age, "dose": dose, "event": happened.astype(np.float64)})
    return tables


def _conduct(tables: dict[str, SiteTable]) -> dict[str, float]:
    study = Study("trial", "logistic", tuple(tables), {"features": ["age", "dose"], "outcome": "event"})
    own = Ed25519PrivateKey.generate()
    keys = {name: Ed25519PrivateKey.generate() for name in tables}
    sites = {name: Site(table, study, keys[name], own.public_key()) for name, table in tables.items()}
    transport = InProcess({name: site.handle for name, site in sites.items()})
    outcome = conduct(study, transport, own, {name: key.public_key() for name, key in keys.items()})
    coefficients: dict[str, float] = outcome.result["coefficients"]
    return coefficients


def test_the_slope_of_the_pooled_rows_is_zero_at_the_answer() -> None:
    tables = _tables()
    beta = np.array(list(_conduct(tables).values()))
    pooled = np.concatenate(
        [np.column_stack([np.ones(t.rows), t.numbers("age"), t.numbers("dose")]) for t in tables.values()]
    )
    happened = np.concatenate([t.numbers("event") for t in tables.values()])
    slope = pooled.T @ (happened - 1 / (1 + np.exp(-pooled @ beta)))
    assert np.abs(slope).max() < 1e-9


def test_a_site_without_the_column_is_named() -> None:
    tables = _tables()
    tables["lund"] = SiteTable("lund", {k: v for k, v in tables["lund"].columns.items() if k != "dose"})
    with pytest.raises(Refused, match=r"lund: there is no column 'dose'"):
        _conduct(tables)
