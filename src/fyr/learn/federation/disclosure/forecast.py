"""Before anything is sent: what a study would disclose of a hospital's rows, weighed with all that was sent before.

Other hospitals' rows are not here, so this hospital's own stand in for theirs: the study is run in this process with
every site holding the same rows, and what this site would have said is weighed against a copy of its ledger. The number
of rounds may differ from that of the real study; which groups of rows are summed, and by which columns, does not.
"""

from __future__ import annotations

import tempfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from secrets import token_bytes
from typing import Any

from fyr.errors import Refused
from fyr.learn.federation.disclosure.control import Control
from fyr.learn.federation.disclosure.foresight import foresee
from fyr.learn.federation.disclosure.ledger import Ledger
from fyr.learn.federation.disclosure.rules import Rules, stricter
from fyr.learn.federation.in_process_study import conduct_in_process
from fyr.learn.federation.site_table import SiteTable
from fyr.learn.federation.study import Study

__all__ = ["forecast"]


def forecast(
    study: Study,
    table: SiteTable,
    *,
    rules: Rules | None = None,
    ledger: Path | None = None,
    secret: bytes | None = None,
) -> dict[str, Any]:
    """Return what a study would disclose, without sending anything or charging the ledger.

    Parameters
    ----------
    study : Study
    table : SiteTable
        This hospital's rows, under its name in the study.
    rules : Rules, optional
        Of this hospital; the default ones.
    ledger : Path, optional
        What was disclosed before; a copy of it is read. None: nothing was.
    secret : bytes, optional
        That of the ledger.

    Returns
    -------
    dict
        ``would_refuse`` (the reason in one line, or None), ``rows``, ``rows_isolable``, ``rows_in_small_groups``,
        ``unguarded`` (rows that could be isolated if neither rules nor masks stood in between),
        ``reasons``, ``masked``, ``rounds``, ``numbers``, ``columns``, ``rho``, ``bytes``, ``steps`` and ``rules``.

    Raises
    ------
    BadInput
        If the study cannot be run at all: it asks for an option or a column that there is not.
    """
    own = rules or Rules()
    refusal: str | None = None
    controls: dict[str, Control] = {}
    with tempfile.TemporaryDirectory(prefix="fyr-forecast-") as folder:
        copy = _copied(ledger, Path(folder))
        before = 0 if copy is None else len(Ledger(copy).entries())

        def gate_of(site: str) -> Control:
            if site not in controls:
                mine = site == table.site
                key = (secret if mine else None) or token_bytes(32)
                controls[site] = Control(key, Ledger(copy if mine else None), own)
            return controls[site]

        sizes: list[int] = []
        try:
            applied = stricter(own, Rules.read(study.rules))
            tables = {site: SiteTable(site, table.columns) for site in study.sites} | {table.site: table}
            # The sites that are played here have keys of their own, not those that the study names.
            outcome = conduct_in_process(replace(study, keys={}), tables, gate_of=gate_of)
            sizes = outcome.bytes_per_round.get(table.site, [])
        except Refused as problem:
            refusal = str(problem)
            applied = own
        control = gate_of(table.site)
        past = None if copy is None else Ledger(copy)
        unguarded = foresee(study, table, secret or token_bytes(32), past)
        entries = control.ledger.entries()[before:]
        leak = control.leak.document()
    return {
        "would_refuse": refusal,
        **leak,
        "unguarded": unguarded.leak.isolable,
        "reasons": list(unguarded.leak.reasons),
        "rows": max((one.rows for one in entries), default=0),
        "masked": applied.masks(len(study.sites)),
        "rounds": len({one.round for one in entries if one.of is None}),
        "numbers": sum(one.numbers for one in entries),
        "columns": sorted({name for one in entries for name in one.columns}),
        "rho": sum(one.rho for one in entries),
        "bytes": sum(sizes),
        "steps": list(dict.fromkeys(one.step for one in entries)),
        "rules": applied.document(),
    }


def _copied(ledger: Path | None, folder: Path) -> Path | None:
    """Return a copy of a ledger that another process may be writing; SQLite's own way of taking one."""
    if ledger is None or not ledger.exists():
        return None
    import sqlite3

    copy = folder / "ledger.sqlite"
    with closing(sqlite3.connect(ledger)) as there, closing(sqlite3.connect(copy)) as here:
        there.backup(here)
    return copy
