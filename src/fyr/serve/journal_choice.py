"""Which journal the wards are in: of which kind, and parted among how many workers; it is never changed by accident.

The number of workers is part of the partitions' names, and each kind of journal is a store of its own. With another
choice every ward would begin with nothing: no alarm that stands, no acknowledgement, no limits of a patient's own. So
the choice is kept in the record, and another one is refused unless it is said that the wards are to begin anew.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from typing import Final

import orjson

from fyr.clock import SystemClock, to_iso
from fyr.errors import BadInput
from fyr.record.journal import Journal

__all__ = ["CHOICES_PARTITION", "JournalChoice", "hold_to_choice", "kept_choice"]

CHOICES_PARTITION: Final = "house/journal"
"""Where each choice stands, in the record's own journal; the last one holds."""

_LOG: Final = logging.getLogger("fyr.serve")
_EMBEDDED: Final = "ward/hospital"
_WORKERS: Final = re.compile(r"^ward/hospital/\d+ of (\d+)$")


@dataclass(frozen=True, slots=True)
class JournalChoice:
    """A kind of journal, ``embedded`` or ``jetstream``, and the number of workers that share the wards."""

    kind: str
    workers: int

    def __str__(self) -> str:
        return self.kind if self.kind == "embedded" else f"{self.kind} with {self.workers} worker(s)"


def hold_to_choice(record_journal: Journal, wards: Journal, wanted: JournalChoice, *, begin_anew: bool = False) -> None:
    """Stop here unless the wards' journal is the one that they are in; note it where it is the first.

    Parameters
    ----------
    record_journal : Journal
        The record's own, where the choice stands.
    wards : Journal
        The one that the wards are to be in.
    wanted : JournalChoice
    begin_anew : bool
        Whether another choice is meant: the wards begin anew in it.

    Raises
    ------
    BadInput
        If the wards are in another one, and that they begin anew was not said.
    """
    kept = kept_choice(record_journal)
    held = kept or _found(record_journal, wards, wanted)
    if held is not None and held != wanted:
        if not begin_anew:
            raise BadInput(
                f"the wards are in the journal '{held}', and '{wanted}' would begin anew without their alarms, "
                "acknowledgements and own limits",
                where="[journal]",
                mend=f'set kind = "{held.kind}" and workers = {held.workers} again, or begin anew on purpose '
                "with --begin-anew",
            )
        _LOG.warning("the wards begin anew in the journal '%s'; they were in '%s'", wanted, held)
    if kept is None or held != wanted:
        entry = {"kind": wanted.kind, "workers": wanted.workers, "time": to_iso(SystemClock().now_us())}
        record_journal.append(CHOICES_PARTITION, [orjson.dumps(entry)])


def kept_choice(record_journal: Journal) -> JournalChoice | None:
    """Return the choice that was noted last; ``None`` where none was."""
    kept = [orjson.loads(one.payload) for one in record_journal.follow(CHOICES_PARTITION)]
    return JournalChoice(kept[-1]["kind"], kept[-1]["workers"]) if kept else None


def _found(record_journal: Journal, wards: Journal, wanted: JournalChoice) -> JournalChoice | None:
    """Return what an older Fyr, which noted no choice, left: what is wanted, if that is among it."""
    found = [JournalChoice("embedded", 1)] if record_journal.end(_EMBEDDED) else []
    if wanted.kind != "embedded":
        numbers = {int(named[1]) for name in wards.partitions(f"{_EMBEDDED}/") if (named := _WORKERS.match(name))}
        found += [JournalChoice(wanted.kind, number) for number in sorted(numbers)]
    return wanted if wanted in found else found[-1] if found else None
