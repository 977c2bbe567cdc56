"""Four made-up hospitals, one study, and the keys of all: what every carrier is held to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.random import default_rng

from fyr.learn.federation.carriers.study_keys import CoordinatorKeys, SiteKeys
from fyr.learn.federation.coordinator import Outcome, conduct
from fyr.learn.federation.in_process import InProcess
from fyr.learn.federation.site import Site
from fyr.learn.federation.site_table import SiteTable
from fyr.learn.federation.study import Study

SITES = ("oslo", "lund", "aarhus", "turku")
STUDY = Study("trial", "logistic", SITES, {"features": ["age", "dose"], "outcome": "event"})


def table(site: str) -> SiteTable:
    draw = default_rng(SITES.index(site))
    rows = 60 + 20 * SITES.index(site)
    age, dose = draw.normal(size=rows), draw.normal(size=rows)
    happened = draw.random(rows) < 1 / (1 + np.exp(-(0.4 + 0.8 * age - 0.5 * dose)))
    return SiteTable(site, {"age": age, "dose": dose, "event": happened.astype(np.float64)})


@dataclass(frozen=True)
class Enrolled:
    """Everybody's keys, in folders of their own."""

    coordinator: CoordinatorKeys
    sites: dict[str, SiteKeys]

    def site(self, name: str) -> Site:
        return Site(table(name), STUDY, self.sites[name].signing, self.coordinator.card.signing_key)

    def in_process(self) -> Outcome:
        transport = InProcess({name: self.site(name).handle for name in SITES})
        return conduct(STUDY, transport, self.coordinator.signing, self.coordinator.signing_keys(SITES))


def enrolled(folder: Path, address: str = "https://localhost:9443") -> Enrolled:
    coordinator = CoordinatorKeys.create(folder / "coordinator", "trial", address)
    sites = {}
    for name in SITES:
        keys = SiteKeys.create(folder / name, name)
        _, admission = coordinator.admit((folder / name / "request.json").read_bytes(), name)
        sites[name] = keys.accept(admission, name)
    return Enrolled(coordinator, sites)
