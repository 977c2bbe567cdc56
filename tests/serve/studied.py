"""Studies in a hospital's home: one that is finished, one that wants a decision, one that the rules refuse."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.random import default_rng

from fyr.learn.federation.desk import StudyDesk
from fyr.learn.federation.disclosure.control import Control
from fyr.learn.federation.disclosure.forecast import forecast
from fyr.learn.federation.disclosure.ledger import Ledger
from fyr.learn.federation.in_process_study import StudyFolder, conduct_in_process
from fyr.learn.federation.site_table import SiteTable
from fyr.learn.federation.study import Study

__all__ = ["SITES", "finished", "proposed", "refused", "rows"]

SITES = ("Here", "Lund", "Oslo")


def rows(site: str, count: int = 120) -> SiteTable:
    """Return simulated rows."""
    draw = default_rng(len(site) + ord(site[0]))
    age, dose = draw.normal(60, 10, count), draw.normal(20, 6, count)
    happened = draw.random(count) < 1 / (1 + np.exp(-(-3 + 0.03 * age + 0.06 * dose)))
    return SiteTable(site, {"age": age, "mean_dose_gy": dose, "pneumonitis": happened.astype(np.float64)})


def _study(name: str, sites: tuple[str, ...] = SITES) -> Study:
    return Study(name, "logistic", sites, {"features": ["age", "mean_dose_gy"], "outcome": "pneumonitis"})


def finished(home: Path) -> str:
    """Keep a study that came to its end, in which this hospital took part and charged its ledger."""
    study, desk = _study("Pneumonitis and lung dose"), StudyDesk(home)
    table = rows("Here")
    weighed = forecast(study, table, ledger=desk.ledger, secret=desk.secret())
    put = desk.propose(study, "Here", "lung.csv", weighed)
    desk.decide(put.id, "approved", "A. Steward", "agreed with the data protection officer")
    own = Control(desk.secret(), Ledger(desk.ledger))
    others = {site: Control(bytes(32), Ledger()) for site in SITES[1:]}
    conduct_in_process(
        study,
        {site: rows(site) for site in SITES},
        folder=StudyFolder(put.folder),
        gate_of=lambda site: own if site == "Here" else others[site],
    )
    return put.id


def proposed(home: Path) -> str:
    """Keep a study that waits for a decision."""
    study, desk = _study("Pneumonitis again"), StudyDesk(home)
    weighed = forecast(study, rows("Here"), ledger=desk.ledger, secret=desk.secret())
    return desk.propose(study, "Here", "lung.csv", weighed).id


def refused(home: Path) -> str:
    """Keep a study that this hospital's rules refuse: it has seven patients, and two hospitals wear no masks."""
    study, desk = _study("Seven patients", SITES[:2]), StudyDesk(home)
    weighed = forecast(study, rows("Here", 7), ledger=desk.ledger, secret=desk.secret())
    return desk.propose(study, "Here", "few.csv", weighed).id
