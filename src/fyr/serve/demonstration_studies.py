"""The demonstration's studies: hospitals of an open trial compute together, where its table was fetched before.

The patients are real ones of a published trial. That each institution is a hospital with a Fyr of its own is played,
in this process.
"""

from __future__ import annotations

import logging
import os
import threading
from pathlib import Path
from typing import Final

import polars as pl

from fyr.errors import FyrError
from fyr.exchange.samples import SAMPLES, SampleCache
from fyr.exchange.samples.cache import default_cache
from fyr.learn.federation.desk import DeskStudy, StudyDesk
from fyr.learn.federation.disclosure.control import Control
from fyr.learn.federation.disclosure.forecast import forecast
from fyr.learn.federation.disclosure.ledger import Ledger
from fyr.learn.federation.in_process_study import StudyFolder, conduct_in_process
from fyr.learn.federation.site_table import SiteTable
from fyr.learn.federation.study import Study
from fyr.learn.federation.study_status import study_status

__all__ = ["keep_studies", "keep_studies_quietly"]

_LOG: Final = logging.getLogger("fyr.serve")
_SAMPLE: Final = "lung"
_FEWEST: Final = 9
"""Institutions with fewer patients are not played."""
_COLUMNS: Final = ("time", "status", "age", "sex", "ph.ecog")
_DEMONSTRATION: Final = "the demonstration"


def keep_studies_quietly(files: Path) -> threading.Thread:
    """Keep the studies beside the live ward, in a thread that is returned."""
    cache = SampleCache(default_cache(os.environ))
    thread = threading.Thread(target=keep_studies, args=(files, cache), name="demonstration studies", daemon=True)
    thread.start()
    return thread


def keep_studies(files: Path, cache: SampleCache) -> None:
    """Keep one study that is finished and one that wants a decision; what is there already stays, or goes on.

    Parameters
    ----------
    files : Path
        The demonstration's folder.
    cache : SampleCache
        Nothing is fetched into it.
    """
    if not cache.has(SAMPLES[_SAMPLE]):
        return
    desk = StudyDesk(files)
    try:
        tables = _tables(cache.table(SAMPLES[_SAMPLE]))
        _conduct(desk, _study("Survival with advanced lung cancer", tables, "age", "sex"), tables)
        _proposed(desk, _study("Does performance status add to age and sex?", tables, "age", "sex", "ph.ecog"), tables)
    except FyrError as problem:
        _LOG.warning("the demonstration's studies are not whole: %s", problem)


def _study(name: str, tables: dict[str, SiteTable], *features: str) -> Study:
    options = {"duration": "time", "event": "status", "strata": ["site"], "features": list(features)}
    return Study(name, "cox", tuple(tables), options, on_refusal="exclude")


def _proposed(desk: StudyDesk, study: Study, tables: dict[str, SiteTable]) -> DeskStudy:
    """Return the study on the desk; it is weighed, and put there, once."""
    for one in desk.all()[0]:
        if one.study is not None and one.study.digest == study.digest:
            return one
    own = next(iter(tables.values()))
    weighed = forecast(study, own, ledger=desk.ledger, secret=desk.secret())
    return desk.propose(study, own.site, SAMPLES[_SAMPLE].title, weighed)


def _conduct(desk: StudyDesk, study: Study, tables: dict[str, SiteTable]) -> None:
    put = _proposed(desk, study, tables)
    if put.decision is None:
        put = desk.decide(put.id, "approved", _DEMONSTRATION, "Open data of a published trial (Loprinzi et al. 1994).")
    if put.journal is not None and study_status(put.journal)["state"] == "finished":
        return
    folder, own = StudyFolder(put.folder), next(iter(tables))
    controls = {site: Control(folder.secret(site), Ledger()) for site in tables if site != own}
    controls[own] = Control(desk.secret(), Ledger(desk.ledger))
    conduct_in_process(study, tables, folder=folder, gate_of=lambda site: controls[site])


def _tables(path: Path) -> dict[str, SiteTable]:
    """Return the trial's patients by institution, the one with most patients first."""
    frame = pl.read_csv(path).drop_nulls("inst")
    counts = frame["inst"].value_counts(sort=True).filter(pl.col("count") >= _FEWEST)
    tables: dict[str, SiteTable] = {}
    for number in counts.sort(["count", "inst"], descending=[True, False])["inst"]:
        rows = frame.filter(pl.col("inst") == number)
        site = f"institution-{number:.0f}"
        tables[site] = SiteTable(
            site, {name: rows[name].cast(pl.Float64).fill_null(float("nan")).to_numpy() for name in _COLUMNS}
        )
    return tables
