"""What a hospital answered in a study, on its own disk before it is said: asked again, it says the same bytes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from fyr.errors import BadInput
from fyr.learn.federation.append_log import AppendLog, Disk, read_log
from fyr.version import __version__

__all__ = ["Said", "SiteJournal", "answers_of"]

_FORM: Final = 1


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """One answer that was made ready to leave.

    Parameters
    ----------
    round : int
    asked : str
        The digest of the question's step and values.
    question, answer : bytes
        The sealed envelopes; :func:`~fyr.learn.federation.envelope.payload_of` reads them.
    """

    round: int
    asked: str
    question: bytes
    answer: bytes


class SiteJournal:
    """A site's journal of one study.

    Parameters
    ----------
    path : Path or None
        None keeps it in memory, for studies that need not outlive the process.
    study : str
        The study's digest.
    site : str
    disk : Disk, optional

    Raises
    ------
    BadInput
        If the file is of another study or site, or damaged.
    ServiceUnavailable
        If the disk cannot be written.
    """

    def __init__(self, path: Path | None, study: str, site: str, disk: Disk | None = None) -> None:
        self._log: AppendLog | None = None
        self._site = site
        self._said: dict[int, Said] = {}
        self._rows: str | None = None
        if path is None:
            return
        head = {"kind": "site", "form": _FORM, "study": study, "site": site, "fyr": __version__}
        self._log = AppendLog(path, head, disk)
        found = self._log.records[0]
        if any(found.get(name) != head[name] for name in ("kind", "form", "study", "site")):
            self._log.close()
            raise BadInput(
                f"this is the journal of {found.get('site', 'a coordinator')} in another study",
                where=str(path),
                mend="name another folder",
            )
        for one in self._log.records[1:]:
            if one["kind"] == "rows":
                self._rows = str(one["digest"])
        self._said = {one.round: one for one in _answers(self._log.records)}

    def of_rows(self, rows: str) -> None:
        """Say which rows answers are computed from; once something was answered, they must stay the same.

        Parameters
        ----------
        rows : str
            The digest of the table.

        Raises
        ------
        BadInput
            If earlier answers are of other rows: sums over two states of a table are those of neither.
        """
        if self._rows == rows:
            return
        if self._said:
            raise BadInput(
                "the table is not the one that this study's earlier answers were computed from",
                where=self._site,
                mend="bring back the table as it was, or begin the study anew with another name",
            )
        if self._log is not None:
            self._log.append({"kind": "rows", "digest": rows})
        self._rows = rows

    def said(self, number: int) -> Said | None:
        """Return what was answered in a round."""
        return self._said.get(number)

    def keep(self, one: Said) -> None:
        """Keep an answer; only then may it leave."""
        if self._log is not None:
            self._log.append(
                {
                    "kind": "answer",
                    "round": one.round,
                    "asked": one.asked,
                    "question": np.frombuffer(one.question, np.uint8),
                    "answer": np.frombuffer(one.answer, np.uint8),
                }
            )
        self._said[one.round] = one

    def close(self) -> None:
        """Let go of the file."""
        if self._log is not None:
            self._log.close()


def answers_of(path: Path) -> list[Said]:
    """Return what a site has answered, from its journal, whether or not the site is running.

    Raises
    ------
    BadInput
        If there is no journal, or it is damaged.
    """
    return list(_answers(read_log(path)))


def _answers(records: list[dict[str, Any]]) -> Iterator[Said]:
    for one in records:
        if one["kind"] == "answer":
            yield Said(int(one["round"]), str(one["asked"]), one["question"].tobytes(), one["answer"].tobytes())
