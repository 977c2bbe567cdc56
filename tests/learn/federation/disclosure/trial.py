"""Hospitals of simulated patients, their gates, and a study between them; every letter is kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from numpy.random import default_rng

from fyr.learn.federation.coordinator import Outcome, conduct
from fyr.learn.federation.disclosure.control import Control
from fyr.learn.federation.disclosure.ledger import Ledger
from fyr.learn.federation.disclosure.rules import Rules
from fyr.learn.federation.in_process import InProcess
from fyr.learn.federation.site import Site
from fyr.learn.federation.site_table import SiteTable
from fyr.learn.federation.study import Study

SIZES = {"aarhus": 60, "lund": 130, "oslo": 80}


def tables(sizes: Mapping[str, int] = SIZES, seed: int = 3) -> dict[str, SiteTable]:
    draw = default_rng(seed)
    found = {}
    for site, rows in sizes.items():
        age, dose = draw.normal(size=rows), draw.normal(size=rows)
        smoker = (np.arange(rows) % 3 == 0).astype(np.float64)
        happened = draw.random(rows) < 1 / (1 + np.exp(-(0.4 + 0.8 * age - 0.5 * dose)))
        columns = {"age": age, "dose": dose, "smoker": smoker, "event": happened.astype(np.float64)}
        found[site] = SiteTable(site, columns)
    return found


def study(sites: Mapping[str, SiteTable], *, rules: Mapping[str, Any] | None = None, **options: Any) -> Study:
    asked = {"features": ["age", "dose", "smoker"], "outcome": "event", **options}
    return Study("trial", "logistic", tuple(sites), asked, rules=rules or {})


class Trial:
    """Sites that remember: gates and ledgers outlive a study."""

    def __init__(self, sites: Mapping[str, SiteTable], rules: Rules | None = None) -> None:
        self.tables = dict(sites)
        self.keys = {site: Ed25519PrivateKey.generate() for site in sites}
        self.public = {site: key.public_key() for site, key in self.keys.items()}
        self.gates = {
            site: Control(site.encode().ljust(32), Ledger(), rules, identity=self.keys[site], peers=self.public)
            for site in sites
        }
        self.letters: list[bytes] = []

    def conduct(self, wanted: Study, change: Callable[[str, bytes], bytes | None] | None = None) -> Outcome:
        own = Ed25519PrivateKey.generate()
        sites = {
            name: Site(self.tables[name], wanted, self.keys[name], own.public_key(), self.gates[name])
            for name in wanted.sites
        }

        def handle(name: str) -> Callable[[bytes], bytes | None]:
            def answer(question: bytes) -> bytes | None:
                said = sites[name].handle(question)
                if said is not None:
                    self.letters.append(said)
                return said if change is None else change(name, said or b"")

            return answer

        transport = InProcess({name: handle(name) for name in wanted.sites})
        return conduct(wanted, transport, own, {name: self.public[name] for name in wanted.sites}, wait_s=60)


def coefficients(outcome: Outcome) -> np.ndarray:
    return np.array(list(outcome.result["coefficients"].values()))
