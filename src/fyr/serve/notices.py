"""What stands of the house's own troubles, and what stood: each with a beginning and an end, kept in the journal."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from fyr.clock import from_iso, to_iso
from fyr.errors import FyrError
from fyr.record.journal import Journal

__all__ = ["NOTICES_PARTITION", "Notice", "NoticeBoard", "read_notices"]

NOTICES_PARTITION: Final = "house/notices"

_LOG: Final = logging.getLogger("fyr.serve")


@dataclass(frozen=True, slots=True)
class Notice:
    """A trouble of the house: a source, the engine, the disk. It names no patient.

    Parameters
    ----------
    id : str
        Of this one time that it stands.
    subject : str
        What it is about, always the same: ``source/monitors/silent``.
    title, detail : str
        What to tell, and what to do.
    since_us : int
        When it began, microseconds UTC.
    priority : str
        ``high``, ``medium`` or ``low``.
    """

    id: str
    subject: str
    title: str
    detail: str
    since_us: int
    priority: str

    def document(self) -> dict[str, str]:
        """Return it as the page and the API show it."""
        return {
            "id": self.id,
            "title": self.title,
            "detail": self.detail,
            "since": to_iso(self.since_us),
            "priority": self.priority,
        }


class NoticeBoard:
    """The notices that stand; any thread may ask. They are told at once, and kept by :meth:`keep`.

    Parameters
    ----------
    journal : Journal, optional
        Where every beginning and end is kept. While it cannot be written they wait, and are kept when it can.
    on_change : callable
        Given all that stand, whenever that changes.
    """

    def __init__(
        self, journal: Journal | None = None, on_change: Callable[[Sequence[Notice]], None] = lambda _: None
    ) -> None:
        self._journal = journal
        self._on_change = on_change
        self._standing: dict[str, Notice] = {}
        self._to_keep: list[tuple[str, bytes]] = []
        self._lock = threading.Lock()

    def standing(self) -> tuple[Notice, ...]:
        """Return what stands, the oldest first."""
        with self._lock:
            return tuple(self._standing.values())

    def resume(self) -> None:
        """Take up what stood when the server ended: it goes on until it is found to be over."""
        if self._journal is None:
            return
        try:
            kept = read_notices(self._journal)
        except FyrError as problem:
            _LOG.warning("the notices that stood cannot be read: %s", problem.what)
            return
        with self._lock:
            for event, notice, _ in kept:
                if event == "begun":
                    self._standing[notice.subject] = notice
                else:
                    self._standing.pop(notice.subject, None)
        self._on_change(self.standing())

    def change(self, begun: Sequence[Notice], ended: Sequence[str], now_us: int) -> None:
        """Let notices begin, and others end by their subject; tell it where anything is new."""
        with self._lock:
            new = [one for one in begun if one.subject not in self._standing]
            over = [self._standing.pop(subject) for subject in ended if subject in self._standing]
            self._standing.update((one.subject, one) for one in new)
            self._to_keep += [(f"begun/{one.id}", _entry("begun", one, now_us)) for one in new]
            self._to_keep += [(f"ended/{one.id}", _entry("ended", one, now_us)) for one in over]
        for one in new:
            _LOG.warning("notice: %s: %s", one.title, one.detail)
        for one in over:
            _LOG.info("notice is over: %s", one.title)
        if new or over:
            self._on_change(self.standing())

    def keep(self) -> bool:
        """Write what waits into the journal; return whether nothing waits any more."""
        with self._lock:
            waiting = list(self._to_keep)
        if not waiting or self._journal is None:
            return True
        try:
            self._journal.append(NOTICES_PARTITION, [entry for _, entry in waiting], keys=[key for key, _ in waiting])
        except FyrError as problem:
            _LOG.warning("notices cannot be kept now: %s", problem.what)
            return False
        with self._lock:
            del self._to_keep[: len(waiting)]
        return True


def read_notices(journal: Journal) -> list[tuple[str, Notice, int]]:
    """Return every beginning and end that was kept: ``begun`` or ``ended``, the notice, and when."""
    found = []
    for entry in journal.read(NOTICES_PARTITION):
        document: dict[str, Any] = orjson.loads(entry.payload)
        notice = Notice(
            document["id"],
            document["subject"],
            document["title"],
            document["detail"],
            from_iso(document["since"]),
            document["priority"],
        )
        found.append((str(document["event"]), notice, from_iso(document["time"])))
    return found


def _entry(event: str, notice: Notice, now_us: int) -> bytes:
    return orjson.dumps({"event": event, "subject": notice.subject, "time": to_iso(now_us), **notice.document()})
