"""How far a study has come, read from its coordinator's journal while that is being written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from fyr.clock import to_iso
from fyr.errors import BadInput
from fyr.learn.federation.append_log import read_log
from fyr.learn.federation.study import Study

__all__ = ["study_status"]


def study_status(path: Path) -> dict[str, Any]:
    """Return the state of a study.

    Parameters
    ----------
    path : Path
        The coordinator's journal.

    Returns
    -------
    dict
        ``study``, ``method``, ``digest``, ``sites``, ``state`` (``waiting``, ``computing``, ``refused`` or
        ``finished``), ``round``, ``answered``, ``waiting_for``, ``waiting_since``, ``bytes_by_site``, ``left_out``,
        ``refusals``, ``begun``, ``last`` and, at the end, ``result`` and ``transcript``.

    Raises
    ------
    BadInput
        If there is no journal of a coordinator.
    """
    records = read_log(path)
    head = records[0]
    if head.get("kind") != "coordinator":
        raise BadInput("this is no coordinator's journal", where=str(path), mend="name the coordinator's")
    study = Study.decode(head["study"].tobytes())
    status = _Status(study)
    for one in records[1:]:
        status.take(one)
    return {
        "study": study.name,
        "method": study.method,
        "digest": study.digest,
        "sites": list(study.sites),
        "fyr": head["fyr"],
        "begun": to_iso(head["at_us"]),
        "last": to_iso(records[-1]["at_us"]),
        **status.document(),
    }


class _Status:
    def __init__(self, study: Study) -> None:
        self._sites = list(study.sites)
        self._left_out: dict[str, str] = {}
        self._refusals: dict[str, str] = {}
        self._bytes = dict.fromkeys(study.sites, 0)
        self._answered: list[str] = []
        self._asked: dict[str, Any] | None = None
        self._open = False
        self._end: dict[str, Any] | None = None

    def take(self, one: dict[str, Any]) -> None:
        match one["kind"]:
            case "question":
                self._asked, self._open, self._answered, self._refusals = one, True, [], {}
            case "answer":
                self._answered.append(one["site"])
                self._refusals.pop(one["site"], None)
                self._bytes[one["site"]] += len(one["sealed"])
            case "refusal":
                self._refusals[one["site"]] = one["reason"]
            case "closed":
                self._open = False
            case "left out":
                self._open = False
                self._left_out |= one["sites"]
            case "result":
                self._end = one

    def document(self) -> dict[str, Any]:
        silent = [
            site
            for site in self._sites
            if self._open and site not in self._answered and site not in {*self._left_out, *self._refusals}
        ]
        found: dict[str, Any] = {
            "state": "computing",
            "round": 0 if self._asked is None else self._asked["round"] + 1,
            "answered": self._answered,
            "waiting_for": silent,
            "waiting_since": to_iso(self._asked["at_us"]) if silent and self._asked is not None else None,
            "bytes_by_site": self._bytes,
            "left_out": self._left_out,
            "refusals": self._refusals,
        }
        if self._end is not None:
            return {
                **found,
                "state": "finished",
                "result": json.loads(self._end["result"].tobytes()),
                "transcript": self._end["transcript"],
            }
        if self._refusals:
            return {**found, "state": "refused"}
        return {**found, "state": "waiting" if silent else "computing"}
