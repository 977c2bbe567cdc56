"""A hospital's studies as the page shows them: what was proposed, what goes on, and what was disclosed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fyr.errors import BadInput, FyrError
from fyr.learn.federation.desk import DeskStudy, StudyDesk
from fyr.learn.federation.disclosure.ledger import Entry, Ledger
from fyr.learn.federation.study_status import study_rounds, study_status

__all__ = ["ShownStudies"]


class ShownStudies:
    """What can be shown of the studies in one home.

    Parameters
    ----------
    home : Path
        The folder of the record's files.
    """

    def __init__(self, home: Path) -> None:
        self.desk = StudyDesk(home)

    def listed(self) -> dict[str, Any]:
        """Return all studies, the newest first, with the ledger in short."""
        found, problems = self.desk.all()
        entries, summary = self._ledger(problems)
        rows = [_row(one, self._status(one), entries) for one in found]
        rows.sort(key=lambda row: row["last"] or "", reverse=True)
        return {"studies": rows, "ledger": summary, "problems": problems}

    def one(self, name: str) -> dict[str, Any]:
        """Return a study, with its rounds and what it disclosed."""
        found = self.desk.read(name)
        entries, _ = self._ledger([])
        status = self._status(found)
        row = _row(found, status, entries)
        own = found.own or {}
        rounds = study_rounds(found.journal) if found.journal is not None and status.get("problem") is None else []
        study = found.study
        return {
            **row,
            "options": dict(study.options) if study is not None else {},
            "rules": dict(study.rules) if study is not None else {},
            "quorum": study.needed if study is not None else len(row["sites"]),
            "table": own.get("table"),
            "proposed_at": own.get("proposed_at"),
            "forecast": own.get("forecast"),
            "decision": found.decision,
            "rounds": rounds,
            "answered": status.get("answered", []),
            "waiting_for": status.get("waiting_for", []),
            "waiting_since": status.get("waiting_since"),
            "refusals": status.get("refusals", {}),
            "left_out": status.get("left_out", {}),
            "bytes_by_site": status.get("bytes_by_site", {}),
            "result": status.get("result"),
            "transcript": status.get("transcript"),
            "ledger": [one.document() for one in entries if one.study == row["digest"]],
        }

    def entries(self) -> list[Entry]:
        """Return every disclosure of this hospital, the oldest first."""
        return Ledger(self.desk.ledger).entries() if self.desk.ledger.is_file() else []

    def _ledger(self, problems: list[str]) -> tuple[list[Entry], dict[str, Any] | None]:
        if not self.desk.ledger.is_file():
            return [], None
        ledger = Ledger(self.desk.ledger)
        try:
            ledger.verify()
            whole = True
        except BadInput as problem:
            problems.append(str(problem))
            whole = False
        entries = ledger.entries()
        counted = ledger.by_patient()
        return entries, {
            "entries": len(entries),
            "patients": len(counted),
            "studies": len({one.study for one in entries}),
            "most_by_patient": max(counted.values(), default=0),
            "rows_isolable": _isolable(entries),
            "whole": whole,
        }

    @staticmethod
    def _status(one: DeskStudy) -> dict[str, Any]:
        if one.journal is None:
            return {}
        try:
            return study_status(one.journal)
        except FyrError as problem:
            return {"problem": str(problem)}


def _isolable(entries: list[Entry]) -> int:
    return next((one.isolable for one in reversed(entries) if one.of is None), 0)


def _row(one: DeskStudy, status: dict[str, Any], entries: list[Entry]) -> dict[str, Any]:
    own = one.own or {}
    study = one.study
    digest = study.digest if study is not None else status.get("digest", "")
    mine = [entry for entry in entries if entry.study == digest]
    forecast = own.get("forecast")
    isolable = _isolable(mine) if mine else None if forecast is None else forecast["rows_isolable"]
    return {
        "id": one.id,
        "name": study.name if study is not None else status.get("study", one.id),
        "method": study.method if study is not None else status.get("method", ""),
        "digest": digest,
        "sites": list(study.sites) if study is not None else status.get("sites", []),
        "site": own.get("site"),
        "state": _state(one, status, begun=bool(mine)),
        "round": status.get("round", len({entry.round for entry in mine})),
        "begun": status.get("begun") or (mine[0].document()["at"] if mine else None),
        "last": status.get("last") or (mine[-1].document()["at"] if mine else own.get("proposed_at")),
        "rows_isolable": isolable,
        "problem": status.get("problem"),
    }


def _state(one: DeskStudy, status: dict[str, Any], *, begun: bool) -> str:
    if "state" in status:
        return str(status["state"])
    if one.decision is not None and (not begun or one.decision["decision"] == "declined"):
        return str(one.decision["decision"])
    return "computing" if begun else "proposed"
